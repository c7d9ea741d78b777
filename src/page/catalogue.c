/* catalogue.c - reads .mo tables (GNU gettext manual, "The Format of GNU MO Files"): two sorted arrays of length and
 * offset, for originals and translations; plural forms are separated by NUL. Found by bisection. Little-endian files
 * only: we make them. */
#include "page/catalogue.h"

#include "page/assets.h"
#include "value/concept.h"

#include <stdlib.h>

static const uint32_t MO_MAGIC = 0x950412de;
enum { MO_HEADER = 28 };

static uint32_t word(struct slice bytes, size_t at)
{
    const unsigned char *p = (const unsigned char *)bytes.ptr + at;
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Every length and offset lies within the file, and every string ends with a NUL: checked once, here. */
static bool is_sound(struct slice bytes)
{
    if (bytes.len < MO_HEADER || word(bytes, 0) != MO_MAGIC)
        return false;
    uint64_t n = word(bytes, 8);
    for (int table = 0; table < 2; table++) {
        uint64_t start = word(bytes, 12 + 4 * (size_t)table);
        if (start + n * 8 > bytes.len)
            return false;
        for (uint64_t i = 0; i < n; i++) {
            uint64_t length = word(bytes, start + i * 8), offset = word(bytes, start + i * 8 + 4);
            if (offset + length >= bytes.len || bytes.ptr[offset + length] != '\0')
                return false;
        }
    }
    return true;
}

struct catalogue catalogue_over(int language, struct slice mo)
{
    return (struct catalogue){language, is_sound(mo) ? mo : SLICE_EMPTY};
}

struct catalogue catalogue_of(int language)
{
    const struct asset *asset = language == LANGUAGE_EN ? NULL : asset_catalogue(language_code(language));
    return catalogue_over(language, asset ? asset->bytes : SLICE_EMPTY);
}

/* The string `index` of a table (12: originals, 16: translations) with its length. */
static const char *entry(struct slice bytes, size_t table, uint32_t index, size_t *len)
{
    size_t at = word(bytes, table) + (size_t)index * 8;
    *len = word(bytes, at);
    return bytes.ptr + word(bytes, at + 4);
}

/* The translation, with its length (plural forms follow each other), or null. Originals of plurals are "one\0many":
 * strcmp sees "one". */
static const char *find(const struct catalogue *catalogue, const char *english, size_t *len)
{
    uint32_t low = 0, high = catalogue->bytes.len ? word(catalogue->bytes, 8) : 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = strcmp(english, entry(catalogue->bytes, 12, middle, len));
        if (order == 0)
            return entry(catalogue->bytes, 16, middle, len);
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const char *tr(const struct catalogue *catalogue, const char *english)
{
    size_t len;
    const char *found = find(catalogue, english, &len);
    return found && len ? found : english;
}

const char *catalogue_word(int language, const char *english)
{
    struct catalogue catalogue = catalogue_of(language);
    return tr(&catalogue, english);
}

const char *tr_n(const struct catalogue *catalogue, const char *one, const char *many, uint64_t n)
{
    size_t len;
    const char *found = find(catalogue, one, &len);
    unsigned form = plural_form(catalogue->language, n);
    if (!found || len == 0)
        return n == 1 ? one : many;
    const char *end = found + len;
    for (const char *at = found; at < end; at += strlen(at) + 1)
        if (form-- == 0)
            return at;
    return found;
}

static unsigned plural_russian(uint64_t n)
{
    if (n % 10 == 1 && n % 100 != 11)
        return 0;
    return n % 10 >= 2 && n % 10 <= 4 && (n % 100 < 12 || n % 100 > 14) ? 1 : 2;
}

static unsigned plural_arabic(uint64_t n)
{
    if (n < 3)
        return (unsigned)n;
    if (n % 100 >= 3 && n % 100 <= 10)
        return 3;
    return n % 100 >= 11 ? 4 : 5;
}

unsigned plural_form(int language, uint64_t n)
{
    switch (language) {
    case LANGUAGE_FR:
    case LANGUAGE_PT:
        return n > 1;
    case LANGUAGE_RU:
        return plural_russian(n);
    case LANGUAGE_AR:
        return plural_arabic(n);
    case LANGUAGE_ZH:
        return 0;
    default:
        return n != 1;
    }
}

/* The quality of "fr;q=0.8" in thousandths. */
static int quality(struct slice parameters)
{
    char text[8] = "";
    parameters = slice_trim(parameters);
    if (!slice_starts_with(parameters, SLICE("q=")))
        return 1000;
    size_t n = parameters.len - 2 < sizeof text - 1 ? parameters.len - 2 : sizeof text - 1;
    memcpy(text, parameters.ptr + 2, n);
    return (int)(strtod(text, NULL) * 1000);
}

static int known_language(struct slice tag)
{
    struct slice rest = tag;
    struct slice primary = slice_cut(&rest, '-');
    for (int i = 0; i < N_LANGUAGES; i++)
        if (slice_equal_nocase(primary, slice_from(language_code(i))))
            return i;
    return -1;
}

int language_negotiate(struct slice accept)
{
    int best = LANGUAGE_EN, best_quality = 0;
    while (accept.len) {
        struct slice parameters = slice_cut(&accept, ',');
        int language = known_language(slice_trim(slice_cut(&parameters, ';')));
        int q = quality(parameters);
        if (language >= 0 && q > best_quality) {
            best = language;
            best_quality = q;
        }
    }
    return best;
}

const char *language_direction(int language)
{
    return language == LANGUAGE_AR ? "rtl" : "ltr";
}

const char *language_own_name(int language)
{
    static const char *const NAMES[N_LANGUAGES] = {
        "English", "Español", "Français", "Português", "Русский", "العربية", "中文"};
    return NAMES[language];
}
