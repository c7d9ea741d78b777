/* Words of folded texts, compared whole. */
#include "link/text.h"

enum { LONG_WORD = 4, MOST_WORDS = 64 };

static size_t long_words(struct slice text, struct slice words[MOST_WORDS])
{
    size_t n = 0;
    while (text.len && n < MOST_WORDS) {
        struct slice word = slice_cut(&text, ' ');
        if (word.len >= LONG_WORD)
            words[n++] = word;
    }
    return n;
}

double words_shared(struct slice a, struct slice b)
{
    struct slice of_a[MOST_WORDS], of_b[MOST_WORDS];
    size_t n_a = long_words(a, of_a), n_b = long_words(b, of_b), shared = 0, bytes_a = 0, bytes_b = 0;
    for (size_t i = 0; i < n_a; i++)
        bytes_a += of_a[i].len;
    for (size_t j = 0; j < n_b; j++)
        bytes_b += of_b[j].len;
    for (size_t i = 0; i < n_a; i++)
        for (size_t j = 0; j < n_b; j++)
            if (slice_equal(of_a[i], of_b[j])) {
                shared += of_a[i].len;
                of_b[j].len = 0;
                break;
            }
    size_t least = bytes_a < bytes_b ? bytes_a : bytes_b;
    return least ? (double)shared / (double)least : 0;
}
