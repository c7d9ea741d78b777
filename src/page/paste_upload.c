/* A filled template, or any other table with a header, goes the way of what is pasted, so that it is shown and mended
 * in the same place. */
#include "base/error.h"
#include "flow/template.h"
#include "page/paste.h"
#include "read/encoding.h"

#include <unistd.h>

/* The whole file, in the request's memory. */
static enum comity_status read_file(
    struct page *page, const struct http_file *file, struct slice *out, struct comity_error *err)
{
    size_t size = (size_t)file->size, at = 0;
    if (file->size > PASTE_MOST_FILE)
        return error_set(err, COMITY_LIMIT, TELL("The file is too large."));
    char *bytes = arena_alloc(page->arena, size + 1);
    if (!bytes)
        return error_nomem(err);
    while (at < size) {
        ssize_t n = pread(file->fd, bytes + at, size - at, (off_t)at);
        if (n <= 0)
            return error_set(err, COMITY_IO, TELL("The file cannot be read."));
        at += (size_t)n;
    }
    *out = slice_of(bytes, size);
    return COMITY_OK;
}

static bool has_cell(const struct row *row)
{
    for (size_t i = 0; i < row->n_cells; i++)
        if (slice_trim(row->cells[i]).len)
            return true;
    return false;
}

/* What is no UTF-8 is most likely Latin-1. */
static struct slice as_utf8(struct page *page, struct slice text)
{
    char *to = text_is_utf8(text) ? NULL : arena_alloc(page->arena, text.len * 2 + 1);
    size_t n = 0;
    if (!to)
        return text_is_utf8(text) ? text : SLICE_EMPTY;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if (byte >= 0xa0)
            to[n++] = (char)(0xc0 | byte >> 6);
        to[n++] = byte < 0x80 ? (char)byte : byte < 0xa0 ? '?' : (char)(0x80 | (byte & 0x3f));
    }
    return slice_of(to, n);
}

/* A row that could not be cut into cells stands behind the last column, as it was: there it is told of, and mended. */
static enum comity_status write_fault(
    struct page *page, const struct rows *rows, const struct row *row, struct buffer *out, struct comity_error *err)
{
    size_t n = rows_n_columns(rows);
    struct slice *cells = ARENA_ARRAY(page->arena, struct slice, n + 1);
    if (!cells)
        return error_nomem(err);
    for (size_t i = 0; i < n; i++)
        cells[i] = SLICE_EMPTY;
    cells[n] = as_utf8(page, row->raw);
    if (!cells[n].len)
        return error_nomem(err);
    paste_write_row(cells, n + 1, out);
    return COMITY_OK;
}

/* With more cells than columns it can be shown as it is. */
static bool is_uncut(const struct rows *rows, const struct row *row)
{
    return row->fault && row->n_cells <= rows_n_columns(rows) && slice_trim(row->raw).len;
}

/* One row more than is taken shows that there are too many. */
static enum comity_status write_rows(struct page *page, struct rows *rows, struct buffer *out, struct comity_error *err)
{
    struct row row;
    bool has_row = true;
    enum comity_status status = COMITY_OK;
    for (unsigned n = 0; !status && n <= PASTE_MOST_ROWS + 1;) {
        status = rows_next(rows, &row, &has_row, err);
        if (status || !has_row)
            break;
        bool is_left = is_uncut(rows, &row);
        if (!is_left && !has_cell(&row))
            continue;
        if (is_left)
            status = write_fault(page, rows, &row, out, err);
        else
            paste_write_row(row.cells, row.n_cells, out);
        n++;
    }
    return status;
}

/* Labels of the reader's language for what the template's keys say; a header of one's own as it is. */
static enum comity_status write_header(struct page *page, const struct entry_table *table,
    const struct template_found *found, const struct rows *rows, struct buffer *out, struct comity_error *err)
{
    size_t n = rows_n_columns(rows);
    struct slice *names = ARENA_ARRAY(page->arena, struct slice, n + 1);
    if (!names)
        return error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        int column = found->is_template && i < found->n ? found->column_of[i] : -1;
        names[i] = column < 0
                       ? rows_column_name(rows, i)
                       : entry_column_label(table, &table->columns[column], page->catalogue.language, page->arena);
    }
    paste_write_row(names, n, out);
    return COMITY_OK;
}

/* What the readers say of a file is for the command line; a person who uploads needs to know what will do. */
static enum comity_status no_table(enum comity_status status, struct comity_error *err)
{
    return status == COMITY_NOMEM ? error_nomem(err)
                                  : error_set(err, COMITY_INPUT, TELL("This file cannot be read as a table."));
}

static enum comity_status convert(struct page *page, const struct entry_table *table, struct slice bytes,
    struct buffer *out, struct comity_error *err)
{
    struct template_found found;
    struct rows *rows = NULL;
    enum comity_status status = template_find(table, bytes, page->arena, &found, NULL);
    if (status == COMITY_INPUT)
        return error_set(err, status, TELL("This is a template of another subject or form."));
    found.options.most_unpacked = TEMPLATE_MOST_UNPACKED;
    if (!status)
        status = rows_open_memory(bytes, &found.options, &rows, NULL);
    if (!status)
        status = write_header(page, table, &found, rows, out, NULL);
    if (!status)
        status = write_rows(page, rows, out, NULL);
    rows_close(rows);
    if (status)
        return no_table(status, err);
    if (buffer_status(out) == COMITY_LIMIT)
        return error_set(err, COMITY_LIMIT, TELL("The file holds more than can be looked at here."));
    return buffer_status(out) ? error_nomem(err) : COMITY_OK;
}

enum comity_status paste_upload(
    struct page *page, struct pasting_page *pasting, const struct http_file *file, struct comity_error *err)
{
    struct buffer out;
    struct slice bytes = SLICE_EMPTY;
    enum comity_status status = read_file(page, file, &bytes, err);
    if (status)
        return status;
    buffer_init(&out, PASTE_MOST_TEXT);
    status = convert(page, &pasting->table, bytes, &out, err);
    if (!status) {
        pasting->text = arena_copy(page->arena, buffer_slice(&out));
        status = pasting->text.ptr ? COMITY_OK : error_nomem(err);
    }
    buffer_release(&out);
    return status;
}
