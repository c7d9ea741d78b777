/* See csv_cell.h. */
#include "base/csv_cell.h"

#include <string.h>

static bool is_one_of(char byte, struct slice set)
{
    return memchr(set.ptr, byte, set.len) != NULL;
}

/* Also the full-width = + - @ (U+FF1D, FF0B, FF0D, FF20), which some spreadsheets take for the narrow ones. */
static bool is_wide_formula(struct slice text)
{
    return text.len > 2 && (unsigned char)text.ptr[0] == 0xEF && (unsigned char)text.ptr[1] == 0xBC &&
           is_one_of(text.ptr[2], SLICE("\x9D\x8B\x8D\xA0"));
}

static bool is_formula(struct slice text)
{
    return text.len > 0 && (is_one_of(text.ptr[0], SLICE("=+-@\t\r\n")) || is_wide_formula(text));
}

static bool is_signed_number(struct slice text)
{
    bool is_number = text.len > 1 && is_one_of(text.ptr[0], SLICE("+-"));
    for (size_t i = 1; i < text.len && is_number; i++)
        is_number = is_one_of(text.ptr[i], SLICE("0123456789.,"));
    return is_number;
}

static bool needs_quotes(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] == '"' || text.ptr[i] == ',' || text.ptr[i] == '\r' || text.ptr[i] == '\n')
            return true;
    return text.len > 0 && (text.ptr[0] == ' ' || text.ptr[text.len - 1] == ' ');
}

static void add_cell(struct buffer *out, struct slice text, bool is_guarded)
{
    bool is_quoted = needs_quotes(text);
    if (!is_quoted && !is_guarded) {
        buffer_add_slice(out, text);
        return;
    }
    if (is_quoted)
        buffer_add_byte(out, '"');
    if (is_guarded)
        buffer_add_byte(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            buffer_add_byte(out, '"');
        buffer_add_byte(out, text.ptr[i]);
    }
    if (is_quoted)
        buffer_add_byte(out, '"');
}

void csv_text(struct buffer *out, struct slice text)
{
    add_cell(out, text, is_formula(text));
}

void csv_text_or_number(struct buffer *out, struct slice text)
{
    add_cell(out, text, is_formula(text) && !is_signed_number(text));
}
