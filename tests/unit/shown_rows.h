/* shown_rows.h - the rows of some bytes as one text, for tests: the header, then each row behind its line number, cells
 * parted by '|', a fault behind '!', a note behind '?'. An error ends it, behind '#'. */
#ifndef SHOWN_ROWS_H
#define SHOWN_ROWS_H

#include "read/rows.h"

#include <stdlib.h>

static inline void show_rows(struct rows *rows, struct buffer *out)
{
    struct row row;
    bool has_row = false;
    struct comity_error err = {0};
    struct buffer body;
    enum comity_status status;
    buffer_init(&body, 1 << 26);
    while (!(status = rows_next(rows, &row, &has_row, &err)) && has_row) {
        buffer_format(&body, "%u:", (unsigned)row.line);
        for (size_t i = 0; i < row.n_cells && !row.fault; i++)
            buffer_format(&body, "%s%.*s", i ? "|" : "", SLICE_ARG(row.cells[i]));
        buffer_format(&body, "%s%s%s%s\n", row.fault ? "!" : "", row.fault ? row.fault : "", row.note ? "?" : "",
            row.note ? row.note : "");
    }
    for (size_t i = 0; i < rows_n_columns(rows); i++)
        buffer_format(out, "%s%.*s", i ? "|" : "", SLICE_ARG(rows_column_name(rows, i)));
    buffer_add_byte(out, '\n');
    buffer_add_slice(out, buffer_slice(&body));
    if (status)
        buffer_format(out, "#%s", err.message);
    buffer_release(&body);
}

/* Opens a copy of the very size, so that reading past it is seen by the sanitizer. */
static inline void check_rows(struct slice bytes, const struct rows_options *options, const char *expected)
{
    struct rows *rows;
    struct comity_error err = {0};
    struct buffer out;
    char *copy = malloc(bytes.len + !bytes.len);
    if (bytes.len)
        memcpy(copy, bytes.ptr, bytes.len);
    buffer_init(&out, 1 << 26);
    if (rows_open_memory(slice_of(copy, bytes.len), options, &rows, &err)) {
        buffer_format(&out, "#%s", err.message);
    } else {
        show_rows(rows, &out);
        rows_close(rows);
    }
    assert_string_equal(out.ptr, expected);
    buffer_release(&out);
    free(copy);
}

/* The message and hint of what cannot be opened. */
static inline void check_refused(struct slice bytes, const struct rows_options *options, enum comity_status status,
    const char *message, const char *hint)
{
    struct rows *rows;
    struct comity_error err = {0};
    assert_int_equal(rows_open_memory(bytes, options, &rows, &err), status);
    if (!strstr(err.message, message) || !strstr(err.hint, hint))
        fail_msg("told: %s (%s)", err.message, err.hint);
}

#endif
