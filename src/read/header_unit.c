/* Units of up to three words are tried, the longest first, so that "US gallon" is not read as "gallon". A name that is
 * nothing but a unit names no thing that is measured, so it is left whole. */
#include "read/header_unit.h"

enum { MOST_WORDS = 32, LONGEST_UNIT = 3 };

static bool is_letter(char c)
{
    unsigned char byte = (unsigned char)c;
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || ((byte | 32) >= 'a' && (byte | 32) <= 'z');
}

static size_t cut_words(struct slice name, struct slice words[MOST_WORDS])
{
    size_t n = 0, at = 0;
    while (at < name.len && n < MOST_WORDS) {
        while (at < name.len && !is_letter(name.ptr[at]))
            at++;
        size_t begin = at;
        while (at < name.len && is_letter(name.ptr[at]))
            at++;
        if (at > begin)
            words[n++] = slice_of(name.ptr + begin, at - begin);
    }
    return n;
}

/* From the first to the last of some words. */
static struct slice span(const struct slice *words, size_t n)
{
    return slice_of(words[0].ptr, (size_t)(words[n - 1].ptr + words[n - 1].len - words[0].ptr));
}

/* "kg de cocaína", "grams of heroin": the little word goes with the unit. */
static bool is_of(struct slice word)
{
    static const char *const of[] = {"de", "of", "da", "do", "del", "d"};
    for (size_t i = 0; i < sizeof of / sizeof *of; i++)
        if (slice_equal_nocase(word, slice_from(of[i])))
            return true;
    return false;
}

uint32_t header_cut_unit(const struct unit_table *units, struct slice name, struct slice *rest, struct slice *unit)
{
    struct slice words[MOST_WORDS];
    size_t n = cut_words(name, words);
    *rest = name;
    *unit = SLICE_EMPTY;
    for (size_t len = LONGEST_UNIT; len > 0; len--) {
        if (len >= n)
            continue;
        struct slice last = span(words + n - len, len), first = span(words, len);
        uint32_t found = unit_find(units, last);
        if (found != UINT32_MAX) {
            *rest = span(words, n - len);
            *unit = last;
            return found;
        }
        size_t begin = len + (len + 1 < n && is_of(words[len]));
        found = unit_find(units, first);
        if (found != UINT32_MAX) {
            *rest = span(words + begin, n - begin);
            *unit = first;
            return found;
        }
    }
    return UINT32_MAX;
}
