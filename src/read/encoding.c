/* Own code: three tables' worth of rules, called for every byte of a file. Well-formedness of UTF-8 is Unicode 15,
 * table 3-7. */
#include "read/encoding.h"

#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

static const struct {
    const char *name;
    enum encoding encoding;
} names[] = {{"utf-8", ENCODING_UTF8}, {"utf8", ENCODING_UTF8}, {"ascii", ENCODING_UTF8}, {"us-ascii", ENCODING_UTF8},
    {"latin-1", ENCODING_LATIN1}, {"latin1", ENCODING_LATIN1}, {"iso-8859-1", ENCODING_LATIN1},
    {"windows-1252", ENCODING_1252}, {"cp1252", ENCODING_1252}, {"utf-16", ENCODING_UTF16},
    {"utf-16le", ENCODING_UTF16LE}, {"utf-16be", ENCODING_UTF16BE}};

enum encoding encoding_from_name(struct slice name)
{
    if (!name.len)
        return ENCODING_AUTO;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (slice_equal_nocase(name, slice_from(names[i].name)))
            return names[i].encoding;
    return ENCODING_UNKNOWN;
}

const char *encoding_name(enum encoding encoding)
{
    static const char *const texts[] = {[ENCODING_AUTO] = "utf-8",
        [ENCODING_UTF8] = "utf-8",
        [ENCODING_LATIN1] = "latin-1",
        [ENCODING_1252] = "windows-1252",
        [ENCODING_UTF16LE] = "utf-16le",
        [ENCODING_UTF16BE] = "utf-16be",
        [ENCODING_UTF16] = "utf-16",
        [ENCODING_UNKNOWN] = "unknown"};
    return texts[encoding];
}

/* The bytes of ASCII in front. */
static size_t ascii_run(struct slice text)
{
    size_t i = 0;
#ifdef __SSE2__
    for (; i + 16 <= text.len; i += 16) {
        int high = _mm_movemask_epi8(_mm_loadu_si128((const __m128i *)(const void *)(text.ptr + i)));
        if (high)
            return i + (size_t)__builtin_ctz((unsigned)high);
    }
#else
    for (; i + 8 <= text.len; i += 8) {
        uint64_t word;
        memcpy(&word, text.ptr + i, 8);
        if (word & 0x8080808080808080u)
            break;
    }
#endif
    while (i < text.len && (unsigned char)text.ptr[i] < 0x80)
        i++;
    return i;
}

bool text_is_ascii(struct slice text)
{
    return ascii_run(text) == text.len;
}

/* The length of the well-formed character at the beginning, 0 when there is none; *is_cut when more bytes could make it
 * one. */
static size_t character_length(struct slice text, bool *is_cut)
{
    const unsigned char *p = (const unsigned char *)text.ptr;
    size_t need = p[0] < 0x80 ? 1 : p[0] < 0xC2 ? 0 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : p[0] < 0xF5 ? 4 : 0;
    unsigned char low = p[0] == 0xE0 ? 0xA0 : p[0] == 0xF0 ? 0x90 : 0x80;
    unsigned char high = p[0] == 0xED ? 0x9F : p[0] == 0xF4 ? 0x8F : 0xBF;
    *is_cut = false;
    for (size_t i = 1; i < need; i++) {
        if (i == text.len) {
            *is_cut = true;
            return 0;
        }
        if (p[i] < low || p[i] > high)
            return 0;
        low = 0x80;
        high = 0xBF;
    }
    return need;
}

bool text_is_utf8(struct slice text)
{
    size_t at = 0;
    while ((at += ascii_run(slice_of(text.ptr + at, text.len - at))) < text.len) {
        bool is_cut;
        size_t len = character_length(slice_of(text.ptr + at, text.len - at), &is_cut);
        if (!len)
            return false;
        at += len;
    }
    return true;
}

enum encoding encoding_guess(struct slice piece)
{
    size_t n_good = 0, n_bad = 0, n_control = 0;
    size_t at = 0;
    if (!piece.len)
        return ENCODING_AUTO;
    while ((at += ascii_run(slice_of(piece.ptr + at, piece.len - at))) < piece.len) {
        bool is_cut;
        size_t len = character_length(slice_of(piece.ptr + at, piece.len - at), &is_cut);
        unsigned char byte = (unsigned char)piece.ptr[at];
        if (len)
            n_good++;
        else if (!is_cut) {
            n_bad++;
            n_control += byte < 0xA0;
        }
        at += len ? len : 1;
    }
    if (n_bad * 10 <= n_good)
        return n_good ? ENCODING_UTF8 : ENCODING_AUTO;
    return n_control ? ENCODING_1252 : ENCODING_LATIN1;
}

enum encoding encoding_guess_utf16(struct slice piece)
{
    size_t zeros[2] = {0, 0};
    for (size_t i = 0; i < piece.len; i++)
        zeros[i & 1] += piece.ptr[i] == '\0';
    size_t most = zeros[0] > zeros[1] ? zeros[0] : zeros[1], least = zeros[0] + zeros[1] - most;
    if (!most || most * 40 < piece.len || least * 20 > most)
        return ENCODING_AUTO;
    return zeros[1] == most ? ENCODING_UTF16LE : ENCODING_UTF16BE;
}

size_t encoding_mark(struct slice beginning, enum encoding *encoding)
{
    const unsigned char *p = (const unsigned char *)beginning.ptr;
    if (beginning.len >= 3 && p[0] == 0xEF && p[1] == 0xBB && p[2] == 0xBF) {
        *encoding = ENCODING_UTF8;
        return 3;
    }
    if (beginning.len >= 2 && ((p[0] == 0xFF && p[1] == 0xFE) || (p[0] == 0xFE && p[1] == 0xFF))) {
        *encoding = p[0] == 0xFF ? ENCODING_UTF16LE : ENCODING_UTF16BE;
        return 2;
    }
    return 0;
}

static size_t put_character(uint32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* Windows-1252, 0x80 to 0x9F: WHATWG Encoding Standard, index-windows-1252. */
static const uint16_t from_1252[32] = {0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030,
    0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC,
    0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178};

static size_t convert_bytes(bool is_1252, struct slice in, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < in.len; i++) {
        unsigned char byte = (unsigned char)in.ptr[i];
        n += put_character(is_1252 && byte >= 0x80 && byte < 0xA0 ? from_1252[byte - 0x80] : byte, out + n);
    }
    return n;
}

static uint32_t utf16_unit(const char *at, bool is_big)
{
    const unsigned char *p = (const unsigned char *)at;
    return is_big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

static size_t convert_utf16(bool is_big, struct slice in, size_t *used, char *out)
{
    size_t n = 0, i = 0;
    while (i + 2 <= in.len) {
        uint32_t unit = utf16_unit(in.ptr + i, is_big);
        bool is_high = unit >= 0xD800 && unit < 0xDC00;
        if (is_high && i + 4 > in.len)
            break;
        uint32_t second = is_high ? utf16_unit(in.ptr + i + 2, is_big) : 0;
        bool is_pair = is_high && second >= 0xDC00 && second < 0xE000;
        uint32_t c = is_pair ? 0x10000 + ((unit - 0xD800) << 10) + (second - 0xDC00) : unit;
        n += put_character(c >= 0xD800 && c < 0xE000 ? 0xFFFD : c, out + n);
        i += is_pair ? 4 : 2;
    }
    *used = i;
    return n;
}

size_t encoding_convert(enum encoding encoding, struct slice in, size_t *used, char *out)
{
    *used = in.len;
    if (encoding == ENCODING_UTF16LE || encoding == ENCODING_UTF16BE)
        return convert_utf16(encoding == ENCODING_UTF16BE, in, used, out);
    return convert_bytes(encoding == ENCODING_1252, in, out);
}
