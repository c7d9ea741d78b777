/* Folding by code point: Cyrillic through a table, because a romanisation is wanted and not a decomposition; the rest
 * by Unicode's compatibility decomposition (ICU's data, no transliterator to open and no state), without marks.
 */
#include "value/place_key.h"

#include "base/hash.h"

#include <stdbool.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/utf8.h>

/* U+0430 … U+044F, then U+0450 … U+045F. */
static const char *const CYRILLIC[] = {"a", "b", "v", "g", "d", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p",
    "r", "s", "t", "u", "f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya", "e", "e", "dj", "g", "ye",
    "dz", "i", "yi", "j", "lj", "nj", "c", "k", "i", "u", "dzh"};

static const struct {
    UChar32 from;
    const char *to;
} SPECIAL[] = {{0xDF, "ss"}, {0xE6, "ae"}, {0xF0, "d"}, {0xF8, "o"}, {0xFE, "th"}, {0x111, "d"}, {0x127, "h"},
    {0x131, "i"}, {0x142, "l"}, {0x14B, "ng"}, {0x153, "oe"}, {0x1DD, "a"}, {0x259, "a"}, {0x268, "i"}, {0x491, "g"},
    {0x493, "g"}, {0x49B, "k"}, {0x4A3, "n"}, {0x4AF, "u"}, {0x4B1, "u"}, {0x4B3, "kh"}, {0x4B7, "j"}, {0x4BB, "h"},
    {0x4D9, "a"}, {0x4E3, "i"}, {0x4E9, "o"}, {0x4EF, "u"}, {0x2116, " no "}};

static void put(struct place_key *out, char byte)
{
    if (out->len + 1 < PLACE_KEY_SIZE)
        out->text[out->len++] = byte;
}

static void put_text(struct place_key *out, const char *text)
{
    while (*text)
        put(out, *text++);
}

static void put_space(struct place_key *out)
{
    if (out->len && out->text[out->len - 1] != ' ')
        put(out, ' ');
}

static bool is_apostrophe(UChar32 c)
{
    return c == '\'' || c == '`' || c == 0xB4 || (c >= 0x2B9 && c <= 0x2BF) || c == 0x2018 || c == 0x2019 ||
           c == 0x201B || c == 0x2032;
}

static const char *special(UChar32 c)
{
    if (c >= 0x430 && c <= 0x45F)
        return CYRILLIC[c - 0x430];
    for (size_t i = 0; i < sizeof SPECIAL / sizeof *SPECIAL; i++)
        if (SPECIAL[i].from == c)
            return SPECIAL[i].to;
    return NULL;
}

static void put_point(struct place_key *out, UChar32 c)
{
    char utf8[U8_MAX_LENGTH];
    int32_t len = 0;
    U8_APPEND_UNSAFE(utf8, len, c);
    if (out->len + (size_t)len >= PLACE_KEY_SIZE)
        return;
    for (int32_t i = 0; i < len; i++)
        put(out, utf8[i]);
}

/* One lower-case code point that is not ASCII. */
static void put_folded(struct place_key *out, UChar32 c)
{
    const char *known = special(c);
    if (known)
        put_text(out, known);
    else if (U_MASK(u_charType(c)) & (U_GC_MN_MASK | U_GC_ME_MASK | U_GC_CF_MASK | U_GC_LM_MASK))
        return;
    else if (u_isalnum(c) || u_charType(c) == U_COMBINING_SPACING_MARK)
        put_point(out, c);
    else
        put_space(out);
}

static void fold_point(struct place_key *out, UChar32 c, const UNormalizer2 *nfkd)
{
    if (c < 0x80) {
        if (c >= 'A' && c <= 'Z')
            put(out, (char)(c + 32));
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            put(out, (char)c);
        else if (c != '\'' && c != '`')
            put_space(out);
        return;
    }
    c = u_tolower(c);
    if (is_apostrophe(c))
        return;
    UErrorCode status = U_ZERO_ERROR;
    UChar parts[32];
    int32_t n = special(c) || !nfkd ? -1 : unorm2_getDecomposition(nfkd, c, parts, 32, &status);
    if (n < 0 || U_FAILURE(status)) {
        put_folded(out, c);
        return;
    }
    for (int32_t i = 0; i < n;) {
        UChar32 part;
        U16_NEXT(parts, i, n, part);
        part = u_tolower(part);
        if (part < 0x80)
            fold_point(out, part, NULL);
        else
            put_folded(out, part);
    }
}

void place_key(struct slice name, struct place_key *out)
{
    UErrorCode status = U_ZERO_ERROR;
    const UNormalizer2 *nfkd = unorm2_getNFKDInstance(&status);
    out->len = 0;
    for (size_t i = 0; i < name.len;) {
        UChar32 c;
        U8_NEXT((const uint8_t *)name.ptr, i, name.len, c);
        if (c >= 0)
            fold_point(out, c, U_SUCCESS(status) ? nfkd : NULL);
    }
    while (out->len && out->text[out->len - 1] == ' ')
        out->len--;
    out->text[out->len] = '\0';
}

/* What falls together, tried in this order at each letter; longer patterns first. */
static const struct {
    const char *from, *to;
} SOUNDS[] = {{"shch", "s"}, {"tch", "ch"}, {"dzh", "i"}, {"dj", "i"}, {"zh", "i"}, {"kh", "h"}, {"gh", "g"},
    {"ph", "f"}, {"th", "t"}, {"ck", "k"}, {"sh", "sh"}, {"ch", "ch"}, {"tz", "s"}, {"ts", "s"}, {"ce", "se"},
    {"ci", "si"}, {"cy", "si"}, {"oo", "u"}, {"ou", "u"}, {"ee", "i"}, {"iye", "ie"}, {"iy", "i"}, {"yy", "i"},
    {"ij", "i"}, {"ye", "e"}, {"je", "ie"}, {"yo", "io"}, {"jo", "io"}, {"ya", "ia"}, {"ja", "ia"}, {"yu", "iu"},
    {"ju", "iu"}, {"y", "i"}, {"j", "i"}, {"q", "k"}, {"c", "k"}, {"x", "h"}, {"w", "v"}};

static size_t sound_at(struct slice key, size_t at, struct place_key *out)
{
    for (size_t i = 0; i < sizeof SOUNDS / sizeof *SOUNDS; i++) {
        size_t len = strlen(SOUNDS[i].from);
        if (len <= key.len - at && memcmp(key.ptr + at, SOUNDS[i].from, len) == 0) {
            for (const char *to = SOUNDS[i].to; *to; to++)
                if (!out->len || out->text[out->len - 1] != *to)
                    put(out, *to);
            return len;
        }
    }
    if (!out->len || out->text[out->len - 1] != key.ptr[at])
        put(out, key.ptr[at]);
    return 1;
}

void place_sound_key(struct slice key, struct place_key *out)
{
    out->len = 0;
    size_t letters = 0;
    for (size_t i = 0; i < key.len; i++) {
        bool is_letter = key.ptr[i] >= 'a' && key.ptr[i] <= 'z';
        if (!is_letter && key.ptr[i] != ' ' && !(key.ptr[i] >= '0' && key.ptr[i] <= '9')) {
            letters = 0;
            break;
        }
        letters += is_letter;
    }
    for (size_t at = 0; letters >= 4 && at < key.len;)
        at += key.ptr[at] == ' ' ? 1 : sound_at(key, at, out);
    if (out->len > 4 && out->text[out->len - 1] == 'h' && strchr("aeiou", out->text[out->len - 2]))
        out->len--;
    if (out->len < 4)
        out->len = 0;
    out->text[out->len] = '\0';
}

uint64_t place_hash(struct slice key, enum place_hash_kind kind)
{
    /* Not by XXH3's seed: for keys of up to three bytes, two seeds give two keys one hash. */
    return hash_u64(hash_slice(key) ^ hash_u64((uint64_t)kind));
}

void place_code_key(enum place_code_system system, struct slice code, struct place_key *out)
{
    struct place_key key;
    place_key(code, &key);
    *out = (struct place_key){.text = {(char)('0' + system)}, .len = 1};
    for (size_t i = 0; i < key.len && out->len + 1 < PLACE_KEY_SIZE; i++)
        if (key.text[i] != ' ')
            out->text[out->len++] = key.text[i];
    if (out->len == 1)
        *out = (struct place_key){.len = 0};
}
