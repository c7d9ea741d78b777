/* Two paths to the same result. Letters up to U+017F (all of western and central Europe) are folded by a table of our
 * own, since nearly every text is such; anything else goes through ICU: NFKC_Casefold (UAX #15, UTS #31), punctuation
 * to spaces, then transliteration (UTS #35), unless that was done when the program was built (fold_known.h).
 * tests/unit/test_text.c holds both paths against each other. */
#include "text/fold.h"

#include "text/fold_known.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utrans.h>

/* U+0080 … U+017F. A space parts words; an empty text is dropped (soft hyphen, controls count as spaces). */
static const char latin[256][4] = {
    " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ",       /* 0080 */
    " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", " ",       /* 0090 */
    " ", " ", " ", " ", " ", " ", " ", " ", " ", " ", "a", " ", " ", "", " ", " ",        /* 00A0 */
    " ", " ", "2", "3", " ", "u", " ", " ", " ", "1", "o", " ", "1 4", "1 2", "3 4", " ", /* 00B0 */
    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",      /* 00C0 */
    "d", "n", "o", "o", "o", "o", "o", " ", "o", "u", "u", "u", "u", "y", "th", "ss",     /* 00D0 */
    "a", "a", "a", "a", "a", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i",      /* 00E0 */
    "d", "n", "o", "o", "o", "o", "o", " ", "o", "u", "u", "u", "u", "y", "th", "y",      /* 00F0 */
    "a", "a", "a", "a", "a", "a", "c", "c", "c", "c", "c", "c", "c", "c", "d", "d",       /* 0100 */
    "d", "d", "e", "e", "e", "e", "e", "e", "e", "e", "e", "e", "g", "g", "g", "g",       /* 0110 */
    "g", "g", "g", "g", "h", "h", "h", "h", "i", "i", "i", "i", "i", "i", "i", "i",       /* 0120 */
    "i", "i", "ij", "ij", "j", "j", "k", "k", "q", "l", "l", "l", "l", "l", "l", "l ",    /* 0130 */
    "l ", "l", "l", "n", "n", "n", "n", "n", "n", "n", "n", "n", "o", "o", "o", "o",      /* 0140 */
    "o", "o", "oe", "oe", "r", "r", "r", "r", "r", "r", "s", "s", "s", "s", "s", "s",     /* 0150 */
    "s", "s", "t", "t", "t", "t", "t", "t", "u", "u", "u", "u", "u", "u", "u", "u",       /* 0160 */
    "u", "u", "u", "u", "w", "w", "y", "y", "y", "z", "z", "z", "z", "z", "z", "s",       /* 0170 */
};

/* What is being written: words of `out` behind `start`, with a space owed before the next letter. */
struct writer {
    struct buffer *out;
    size_t start;
    bool owes_space;
};

static void write_byte(struct writer *writer, char byte)
{
    if (byte == ' ') {
        writer->owes_space = true;
        return;
    }
    if (writer->owes_space && writer->out->len > writer->start)
        buffer_add_byte(writer->out, ' ');
    writer->owes_space = false;
    buffer_add_byte(writer->out, byte);
}

/* The table below 0x80: lower-case letters and digits, everything else parts words. */
static char fold_ascii(unsigned char byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return (char)(byte + ('a' - 'A'));
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') ? (char)byte : ' ';
}

/* How many bytes the fast path took at `s`: 0 means that the whole text needs the slow one. */
static size_t fold_latin(struct writer *writer, const unsigned char *s, size_t len)
{
    if (s[0] < 0x80) {
        write_byte(writer, fold_ascii(s[0]));
        return 1;
    }
    if (len < 2 || (s[1] & 0xC0) != 0x80)
        return 0;
    if (s[0] >= 0xC2 && s[0] <= 0xC5) {
        for (const char *c = latin[((s[0] & 0x1Fu) << 6 | (s[1] & 0x3Fu)) - 0x80]; *c; c++)
            write_byte(writer, *c);
        return 2;
    }
    if (s[0] == 0xCC || (s[0] == 0xCD && s[1] < 0xB0)) /* a combining accent, U+0300 … U+036F */
        return 2;
    if (len >= 3 && s[0] == 0xE2 && s[1] == 0x80 && s[2] >= 0x90 && s[2] < 0xA8) { /* dashes and quotes */
        write_byte(writer, ' ');
        return 3;
    }
    return 0;
}

static bool fold_fast(struct slice text, struct buffer *out)
{
    struct writer writer = {.out = out, .start = out->len};
    const unsigned char *bytes = (const unsigned char *)text.ptr;
    for (size_t at = 0; at < text.len;) {
        size_t taken = fold_latin(&writer, bytes + at, text.len - at);
        if (!taken)
            return false;
        at += taken;
    }
    return true;
}

static UTransliterator *transliterator_open(void)
{
    static const UChar id[] = u"Russian-Latin/BGN; Any-Latin; Latin-ASCII; Lower";
    UErrorCode code = U_ZERO_ERROR;
    UTransliterator *opened = utrans_openU(id, -1, UTRANS_FORWARD, NULL, 0, NULL, &code);
    return U_SUCCESS(code) ? opened : NULL;
}

/* The folding's transliterator. Two threads may open one at the same time; the first to hand it in wins. ICU's
 * transliterators keep no state between calls and lock what they share, so one serves all threads. */
static UTransliterator *folding_latin(struct folding *folding)
{
    void *latin_now = atomic_load_explicit(&folding->latin, memory_order_acquire);
    if (latin_now)
        return latin_now;
    UTransliterator *opened = transliterator_open();
    if (opened && !atomic_compare_exchange_strong(&folding->latin, &latin_now, opened)) {
        utrans_close(opened);
        return latin_now;
    }
    return opened;
}

void folding_release(struct folding *folding)
{
    void *held = atomic_exchange(&folding->latin, NULL);
    if (held)
        utrans_close(held);
}

struct wide {
    UChar *text;
    int32_t len, room;
};

/* UTF-8 to UTF-16. The micro sign is a Greek letter to NFKC, and would become an "m": a thousand times too much. */
static bool wide_from_utf8(struct wide *wide, struct slice text)
{
    UErrorCode code = U_ZERO_ERROR;
    int32_t len = 0;
    wide->room = (int32_t)text.len + 1;
    wide->text = malloc((size_t)wide->room * sizeof *wide->text);
    if (!wide->text)
        return false;
    u_strFromUTF8WithSub(wide->text, wide->room, &len, text.ptr, (int32_t)text.len, 0xFFFD, NULL, &code);
    wide->len = len;
    for (int32_t i = 0; i < wide->len; i++) {
        bool is_prefix =
            wide->text[i] == 0x03BC && i + 1 < wide->len && wide->text[i + 1] < 0x80 && u_isalpha(wide->text[i + 1]);
        if (wide->text[i] == 0x00B5 || is_prefix)
            wide->text[i] = 'u';
    }
    return U_SUCCESS(code);
}

/* NFKC_Casefold, then everything but letters, marks and digits to spaces. */
static bool wide_casefold(struct wide *wide)
{
    UErrorCode code = U_ZERO_ERROR;
    const UNormalizer2 *folding = unorm2_getNFKCCasefoldInstance(&code);
    struct wide folded = {.room = wide->len * 4 + 64};
    folded.text = malloc((size_t)folded.room * sizeof *folded.text);
    if (!folded.text)
        return false;
    folded.len = unorm2_normalize(folding, wide->text, wide->len, folded.text, folded.room, &code);
    if (code == U_BUFFER_OVERFLOW_ERROR) { /* one letter may become eighteen */
        code = U_ZERO_ERROR;
        folded.room = folded.len + 1;
        UChar *more = realloc(folded.text, (size_t)folded.room * sizeof *more);
        folded.text = more ? more : folded.text;
        code = more ? U_ZERO_ERROR : U_MEMORY_ALLOCATION_ERROR;
        folded.len = unorm2_normalize(folding, wide->text, wide->len, folded.text, folded.room, &code);
    }
    free(wide->text);
    *wide = folded;
    for (int32_t i = 0; U_SUCCESS(code) && i < wide->len;) {
        int32_t begin = i;
        UChar32 c;
        U16_NEXT(wide->text, i, wide->len, c);
        if (!u_isalnum(c) && !(U_GET_GC_MASK(c) & U_GC_M_MASK))
            for (int32_t j = begin; j < i; j++)
                wide->text[j] = ' ';
    }
    return U_SUCCESS(code);
}

/* Romanises in place, with more room when the first guess was too small. */
static bool wide_romanise(struct wide *wide, UTransliterator *transliterator)
{
    for (int32_t factor = 4; factor <= 256; factor *= 4) {
        UErrorCode code = U_ZERO_ERROR;
        struct wide roman = {.room = wide->len * factor + 64};
        roman.text = malloc((size_t)roman.room * sizeof *roman.text);
        if (!roman.text)
            return false;
        u_memcpy(roman.text, wide->text, wide->len);
        int32_t len = wide->len, limit = len;
        utrans_transUChars(transliterator, roman.text, &len, roman.room, 0, &limit, &code);
        if (U_SUCCESS(code) && len <= roman.room) {
            roman.len = len;
            free(wide->text);
            *wide = roman;
            return true;
        }
        free(roman.text);
        if (code != U_BUFFER_OVERFLOW_ERROR)
            return false;
    }
    return false;
}

/* Punctuation is gone by now; what is left of it stands for letters (the soft sign) and is dropped with the marks. */
static void write_wide(const struct wide *wide, struct buffer *out)
{
    struct writer writer = {.out = out, .start = out->len};
    for (int32_t i = 0; i < wide->len;) {
        UChar32 c;
        U16_NEXT(wide->text, i, wide->len, c);
        if (c < 0x80) {
            char byte = fold_ascii((unsigned char)c);
            if (byte != ' ' || c == ' ')
                write_byte(&writer, byte);
        } else if (u_isalnum(c)) {
            char bytes[4];
            int32_t n = 0;
            U8_APPEND_UNSAFE(bytes, n, c);
            for (int32_t j = 0; j < n; j++)
                write_byte(&writer, bytes[j]);
        }
    }
}

static void fold_slow(struct folding *folding, struct slice text, struct buffer *out)
{
    struct wide wide = {0};
    UTransliterator *transliterator = folding ? folding_latin(folding) : transliterator_open();
    if (transliterator && wide_from_utf8(&wide, text) && wide_casefold(&wide) && wide_romanise(&wide, transliterator))
        write_wide(&wide, out);
    else
        out->failed = true;
    free(wide.text);
    if (!folding && transliterator)
        utrans_close(transliterator);
}

void folding_apply(struct folding *folding, struct slice text, struct buffer *out)
{
    enum { LONGEST = 1 << 20 };
    struct slice known;
    size_t start = out->len;
    if (text.len == 0 || out->failed || !buffer_reserve(out, text.len < LONGEST ? text.len : 0))
        return;
    out->ptr[start] = '\0';
    if (fold_fast(text, out))
        return;
    out->len = start;
    out->ptr[start] = '\0';
    if (fold_known(text, &known))
        buffer_add_slice(out, known);
    else if (text.len > LONGEST)
        out->failed = out->over_cap = true;
    else if (!out->failed)
        fold_slow(folding, text, out);
}

void text_fold(struct slice text, struct buffer *out)
{
    folding_apply(NULL, text, out);
}

bool token_next(struct slice *rest, struct slice *token)
{
    while (rest->len) {
        *token = slice_cut(rest, ' ');
        if (token->len)
            return true;
    }
    return false;
}
