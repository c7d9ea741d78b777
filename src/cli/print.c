/* See print.h. */
#include "cli/print.h"

static bool looks_like_formula(struct slice text)
{
    if (!text.len || !strchr("=+-@\t\r", text.ptr[0]))
        return false;
    /* A plain signed number is no formula. */
    bool is_number = text.len > 1 && (text.ptr[0] == '-' || text.ptr[0] == '+');
    for (size_t i = 1; i < text.len && is_number; i++)
        is_number = strchr("0123456789.,", text.ptr[i]) != NULL;
    return !is_number;
}

void print_csv_cell(struct buffer *out, struct slice text)
{
    bool is_formula = looks_like_formula(text), needs_quotes = false;
    for (size_t i = 0; i < text.len && !needs_quotes; i++)
        needs_quotes = strchr(",\"\r\n", text.ptr[i]) && text.ptr[i];
    if (needs_quotes)
        buffer_add_byte(out, '"');
    if (is_formula)
        buffer_add_byte(out, '\'');
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            buffer_add_byte(out, '"');
        buffer_add_byte(out, text.ptr[i]);
    }
    if (needs_quotes)
        buffer_add_byte(out, '"');
}

void print_json_string(struct buffer *out, struct slice text)
{
    buffer_add_byte(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '"' || c == '\\')
            buffer_format(out, "\\%c", c);
        else if (c < 0x20)
            buffer_format(out, "\\u%04x", c);
        else
            buffer_add_byte(out, (char)c);
    }
    buffer_add_byte(out, '"');
}
