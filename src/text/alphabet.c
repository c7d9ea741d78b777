/* Characters beyond ASCII get numbers by a hash map. UTF-8 is decoded here, strictly (RFC 3629), since what is no UTF-8
 * must stay distinct too: such a byte is taken for a character past the end of Unicode. */
#include "text/alphabet.h"

#include "base/error.h"

enum { FIRST_NUMBER = 128, MOST_NUMBERS = ALPHABET_OTHER - FIRST_NUMBER, NO_UTF8 = 0x110000 };

void alphabet_release(struct alphabet *alphabet)
{
    map_release(&alphabet->numbers);
}

static bool is_ascii(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] & 0x80)
            return false;
    return true;
}

/* How long the character is that begins with this byte; 0: none begins so. */
static size_t length_by_first(uint8_t first)
{
    if (first < 0x80)
        return 1;
    if (first < 0xC2 || first > 0xF4)
        return 0;
    return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

static bool is_code_point(uint32_t code, size_t len)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    return code >= least[len] && code < NO_UTF8 && (code < 0xD800 || code > 0xDFFF);
}

/* Takes one character off the front. */
static uint32_t next_character(struct slice *rest)
{
    const uint8_t *bytes = (const uint8_t *)rest->ptr;
    size_t len = length_by_first(bytes[0]), i = 1;
    uint32_t code = len > 1 ? bytes[0] & (0x7Fu >> len) : bytes[0];
    for (; i < len && i < rest->len && (bytes[i] & 0xC0) == 0x80; i++)
        code = code << 6 | (bytes[i] & 0x3F);
    if (len == 0 || i < len || !is_code_point(code, len)) {
        code = NO_UTF8 + bytes[0];
        len = 1;
    }
    *rest = slice_of(rest->ptr + len, rest->len - len);
    return code;
}

static enum comity_status number_character(struct alphabet *alphabet, uint32_t code, struct comity_error *err)
{
    bool is_new;
    if (code < FIRST_NUMBER)
        return COMITY_OK;
    if (alphabet->numbers.count >= MOST_NUMBERS && !map_get(&alphabet->numbers, code))
        return error_set(err, COMITY_LIMIT, "more than %d different characters", MOST_NUMBERS);
    uint64_t *number = map_put(&alphabet->numbers, code, &is_new);
    if (!number)
        return error_nomem(err);
    if (is_new)
        *number = FIRST_NUMBER + alphabet->numbers.count - 1;
    return COMITY_OK;
}

enum comity_status alphabet_add(struct alphabet *alphabet, struct slice text, struct comity_error *err)
{
    if (is_ascii(text))
        return COMITY_OK;
    while (text.len) {
        enum comity_status status = number_character(alphabet, next_character(&text), err);
        if (status)
            return status;
    }
    return COMITY_OK;
}

static uint16_t number_of(const struct alphabet *alphabet, uint32_t code)
{
    if (code < FIRST_NUMBER)
        return (uint16_t)code;
    const uint64_t *number = alphabet->numbers.count ? map_get(&alphabet->numbers, code) : NULL;
    return number ? (uint16_t)*number : ALPHABET_OTHER;
}

static void narrow(uint16_t *wide, size_t len)
{
    /* Front to back: a byte is never written before the number under it was read. */
    uint8_t *bytes = (uint8_t *)wide;
    for (size_t i = 0; i < len; i++)
        bytes[i] = (uint8_t)wide[i];
}

enum comity_status alphabet_turn(const struct alphabet *alphabet, struct slice text, struct arena *arena,
    struct symbols *symbols, struct comity_error *err)
{
    *symbols = symbols_of(text);
    if (is_ascii(text))
        return COMITY_OK;
    uint16_t *wide = arena_alloc(arena, text.len * sizeof *wide), highest = 0;
    if (!wide)
        return error_nomem(err);
    size_t len = 0;
    while (text.len) {
        wide[len] = number_of(alphabet, next_character(&text));
        highest = wide[len] > highest ? wide[len] : highest;
        len++;
    }
    *symbols = (struct symbols){.ptr = wide, .len = len, .is_wide = highest > UINT8_MAX};
    if (!symbols->is_wide)
        narrow(wide, len);
    return COMITY_OK;
}
