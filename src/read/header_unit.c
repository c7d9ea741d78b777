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

enum comity_status header_cut_unit(const struct unit_table *units, struct slice name, struct header_unit *out)
{
    struct slice words[MOST_WORDS];
    size_t n = cut_words(name, words);
    *out = (struct header_unit){.unit = UINT32_MAX, .rest = name};
    for (size_t len = LONGEST_UNIT; len > 0; len--) {
        if (len >= n)
            continue;
        out->text = span(words + n - len, len);
        enum comity_status status = unit_look_up(units, out->text, &out->unit);
        out->rest = span(words, n - len);
        if (status || out->unit != UINT32_MAX)
            return status;
        size_t begin = len + (len + 1 < n && is_of(words[len]));
        out->text = span(words, len);
        status = unit_look_up(units, out->text, &out->unit);
        out->rest = span(words + begin, n - begin);
        if (status || out->unit != UINT32_MAX)
            return status;
    }
    *out = (struct header_unit){.unit = UINT32_MAX, .rest = name};
    return COMITY_OK;
}
