/* Jaro-Winkler after Winkler (1990) with bit masks for the matched letters: names up to 64 bytes need no memory. */
#include "link/text.h"

#include <stdint.h>

enum { MOST_BYTES = 64, LONG_WORD = 4, MOST_WORDS = 64 };

static double jaro(struct slice a, struct slice b)
{
    size_t longest = a.len > b.len ? a.len : b.len, window = longest / 2 ? longest / 2 - 1 : 0, n_matches = 0;
    uint64_t in_a = 0, in_b = 0;
    for (size_t i = 0; i < a.len; i++) {
        size_t low = i > window ? i - window : 0, high = i + window + 1 < b.len ? i + window + 1 : b.len;
        for (size_t j = low; j < high; j++)
            if (!(in_b >> j & 1) && a.ptr[i] == b.ptr[j]) {
                in_a |= (uint64_t)1 << i;
                in_b |= (uint64_t)1 << j;
                n_matches++;
                break;
            }
    }
    if (!n_matches)
        return 0;
    size_t n_moved = 0;
    for (uint64_t x = in_a, y = in_b; x; x &= x - 1, y &= y - 1)
        n_moved += a.ptr[__builtin_ctzll(x)] != b.ptr[__builtin_ctzll(y)];
    size_t n_swaps = n_moved / 2;
    double m = (double)n_matches;
    return (m / (double)a.len + m / (double)b.len + (m - (double)n_swaps) / m) / 3;
}

double name_similarity(struct slice a, struct slice b)
{
    if (!a.len || !b.len)
        return 0;
    /* Greedy matching depends on the side it starts from: always from the smaller one. */
    if (slice_compare(a, b) > 0) {
        struct slice swap = a;
        a = b;
        b = swap;
    }
    a.len = a.len > MOST_BYTES ? MOST_BYTES : a.len;
    b.len = b.len > MOST_BYTES ? MOST_BYTES : b.len;
    double alike = jaro(a, b);
    size_t prefix = 0;
    while (prefix < 4 && prefix < a.len && prefix < b.len && a.ptr[prefix] == b.ptr[prefix])
        prefix++;
    return alike > 0.7 ? alike + (double)prefix * 0.1 * (1 - alike) : alike;
}

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
