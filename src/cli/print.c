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
