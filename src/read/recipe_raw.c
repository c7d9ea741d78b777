/* Runs for every row: names are written once, cells with one reservation each. */
#include "read/recipe_raw.h"

#include "base/array.h"

#include <stdlib.h>

void raw_release(struct recipe_raw *raw)
{
    buffer_release(&raw->names);
    free(raw->name_ends);
}

void raw_restart(struct recipe_raw *raw)
{
    raw->n_names = 0;
    buffer_clear(&raw->names);
}

static bool is_special(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

/* A JSON text, for every cell of every row: one reservation, then bytes. Cells are UTF-8 already, so that only quotes,
 * backslashes and control characters need care. */
static void add_json_text(struct buffer *out, struct slice text)
{
    static const char hex[] = "0123456789abcdef";
    if (!buffer_reserve(out, 6 * text.len + 2))
        return;
    char *to = out->ptr + out->len;
    *to++ = '"';
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (!is_special(c)) {
            *to++ = (char)c;
            continue;
        }
        *to++ = '\\';
        if (c == '"' || c == '\\') {
            *to++ = (char)c;
        } else if (c == '\n') {
            *to++ = 'n';
        } else {
            memcpy(to, "u00", 3);
            to[3] = hex[c >> 4];
            to[4] = hex[c & 15];
            to += 5;
        }
    }
    *to++ = '"';
    *to = '\0';
    out->len = (size_t)(to - out->ptr);
}

static bool make_names(struct recipe_raw *raw, const struct rows *rows)
{
    size_t n = rows_n_columns(rows);
    if (!ARRAY_ROOM(raw->name_ends, raw->n_names, raw->room, n - raw->n_names))
        return false;
    for (; raw->n_names < n && !raw->names.failed; raw->n_names++) {
        add_json_text(&raw->names, rows_column_name(rows, raw->n_names));
        buffer_add_byte(&raw->names, ':');
        raw->name_ends[raw->n_names] = raw->names.len;
    }
    return !raw->names.failed;
}

void raw_add(struct recipe_raw *raw, const struct rows *rows, const struct row *row, struct buffer *out)
{
    if (raw->n_names != rows_n_columns(rows) && !make_names(raw, rows)) {
        out->failed = true;
        return;
    }
    buffer_add_byte(out, '{');
    for (size_t i = 0; i < row->n_cells && i < raw->n_names; i++) {
        size_t begin = i ? raw->name_ends[i - 1] : 0;
        if (i)
            buffer_add_byte(out, ',');
        buffer_add(out, raw->names.ptr + begin, raw->name_ends[i] - begin);
        add_json_text(out, row->cells[i]);
    }
    buffer_add_byte(out, '}');
}
