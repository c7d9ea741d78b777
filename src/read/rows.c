/* Opens a file as what it is, and keeps the columns. The formats themselves are in csv.c, json.c, xlsx.c and ods.c. */
#include "read/rows.h"

#include "base/array.h"
#include "base/error.h"
#include "read/foreign.h"
#include "read/format.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- columns ------------------------------------------------------------------------------------------------ */

enum comity_status rows_room_cells(struct rows *rows, size_t n, struct comity_error *err)
{
    return ARRAY_ROOM(rows->cells, 0, rows->room_cells, n) ? COMITY_OK : error_nomem(err);
}

enum comity_status rows_add_column(struct rows *rows, struct slice name, struct comity_error *err)
{
    char number[24];
    struct buffer other;
    name = slice_trim(name);
    if (!name.len)
        name = slice_of(number, (size_t)snprintf(number, sizeof number, "%zu", rows->names.count + 1));
    buffer_init(&other, 1 << 20);
    buffer_add_slice(&other, name);
    for (unsigned i = 2; !other.failed && intern_get(&rows->names, buffer_slice(&other)) != INTERN_NONE; i++) {
        buffer_clear(&other);
        buffer_format(&other, "%.*s (%u)", SLICE_ARG(name), i);
    }
    enum comity_status status = buffer_status(&other);
    if (status == COMITY_LIMIT)
        status = error_set(err, COMITY_LIMIT, "a column name of %zu bytes is too long", name.len);
    else if (status || intern_put(&rows->names, buffer_slice(&other)) == INTERN_NONE)
        status = error_nomem(err);
    buffer_release(&other);
    return status;
}

enum comity_status rows_name_columns(struct rows *rows, const struct slice *cells, size_t n, struct comity_error *err)
{
    while (n > 1 && !cells[n - 1].len && !rows->options.has_no_header)
        n--;
    for (size_t i = 0; i < n; i++) {
        enum comity_status status = rows_add_column(rows, rows->options.has_no_header ? SLICE_EMPTY : cells[i], err);
        if (status)
            return status;
    }
    return COMITY_OK;
}

enum comity_status rows_fit(struct rows *rows, struct row *row, char *text, size_t size, struct comity_error *err)
{
    size_t n_columns = rows->names.count;
    while (row->n_cells > n_columns && !row->cells[row->n_cells - 1].len)
        row->n_cells--;
    if (row->n_cells > n_columns) {
        snprintf(text, size, "row has %zu cells, header has %zu", row->n_cells, n_columns);
        row->fault = text;
        return COMITY_OK;
    }
    enum comity_status status = rows_room_cells(rows, n_columns, err);
    if (status)
        return status;
    for (; row->n_cells < n_columns; row->n_cells++)
        rows->cells[row->n_cells] = SLICE_EMPTY;
    row->cells = rows->cells;
    return COMITY_OK;
}

size_t rows_n_columns(const struct rows *rows)
{
    return rows->names.count;
}

struct slice rows_column_name(const struct rows *rows, size_t column)
{
    return intern_text(&rows->names, (uint32_t)column);
}

ptrdiff_t rows_column(const struct rows *rows, struct slice name)
{
    uint32_t exact = intern_get(&rows->names, name);
    if (exact != INTERN_NONE)
        return exact;
    name = slice_trim(name);
    for (size_t i = 0; i < rows->names.count; i++)
        if (slice_equal_nocase(rows_column_name(rows, i), name))
            return (ptrdiff_t)i;
    return -1;
}

/* ---- opening ------------------------------------------------------------------------------------------------ */

static struct slice first_line(struct slice text)
{
    return slice_trim(slice_cut(&text, '\n'));
}

/* Whether an array of objects, or an empty one, begins somewhere. */
static bool has_array(struct slice text)
{
    const char *at = text.ptr, *end = at + text.len;
    while ((at = memchr(at, '[', (size_t)(end - at))) != NULL) {
        struct slice rest = slice_trim(slice_of(at + 1, (size_t)(end - at) - 1));
        if (rest.len && (rest.ptr[0] == '{' || rest.ptr[0] == ']'))
            return true;
        at++;
    }
    return false;
}

/* JSON that begins with an object is NDJSON when its first line is a whole object and another begins behind it. A
 * single line is one too, unless it holds an array that may be the rows: most such lines are an answer of an API. */
static enum row_format guess_object(struct slice text)
{
    struct slice line = first_line(text), rest = text;
    slice_cut(&rest, '\n');
    rest = slice_trim(rest);
    bool is_whole = line.len > 1 && line.ptr[line.len - 1] == '}';
    bool is_answer = !rest.len && has_array(line);
    return is_whole && !is_answer && (!rest.len || rest.ptr[0] == '{') ? ROWS_NDJSON : ROWS_JSON;
}

static enum row_format guess_text_format(struct slice text)
{
    text = slice_trim(text);
    if (text.len && text.ptr[0] == '[')
        return ROWS_JSON;
    if (text.len && text.ptr[0] == '\x1E')
        return ROWS_NDJSON; /* a JSON sequence */
    return text.len && text.ptr[0] == '{' ? guess_object(text) : ROWS_CSV;
}

const char *row_format_name(enum row_format format)
{
    static const char *const names[] = {"auto", "csv", "xlsx", "json", "ndjson", "ods"};
    return (size_t)format < sizeof names / sizeof *names ? names[format] : "unknown";
}

static bool is_book(enum row_format format)
{
    return format == ROWS_XLSX || format == ROWS_ODS;
}

static enum comity_status begin_format(struct rows *rows, struct comity_error *err)
{
    static const struct format *const formats[] = {[ROWS_CSV] = &csv_format,
        [ROWS_JSON] = &json_format,
        [ROWS_NDJSON] = &json_format,
        [ROWS_XLSX] = &xlsx_format,
        [ROWS_ODS] = &ods_format};
    if (!rows->found.format)
        rows->found.format = guess_text_format(window_text(&rows->window));
    rows->format = formats[rows->found.format];
    enum comity_status status = rows->format->open(rows, err);
    if (status)
        return status;
    rows->found.encoding =
        is_book(rows->found.format) ? SLICE("utf-8") : slice_from(encoding_name(rows->window.encoding));
    return COMITY_OK;
}

/* ---- layers -------------------------------------------------------------------------------------------------- */

struct archive *rows_archive(struct rows *rows)
{
    return &rows->archives[rows->n_archives - 1];
}

static enum comity_status refuse_format(const struct rows *rows, const char *what, struct comity_error *err)
{
    error_set(err, COMITY_INPUT, "the recipe says that this is %s, but it is %s", row_format_name(rows->options.format),
        what);
    error_hint(err, "leave `format` out, or mend it");
    return COMITY_INPUT;
}

/* A ZIP archive is a workbook, or an envelope around the file, which then becomes the innermost layer. */
static enum comity_status open_zip(struct rows *rows, struct comity_error *err)
{
    struct archive *archive = &rows->archives[rows->n_archives++];
    /* Only the file itself can be opened once more, and only if nothing had to be unpacked. */
    bool is_plain = rows->n_layers == 1 && !bytes_is_packed(rows->bytes);
    enum row_format told = rows->options.format;
    uint64_t member;
    enum comity_status status =
        archive_open(archive, is_plain ? rows->path : NULL, is_plain ? rows->memory : SLICE_EMPTY, rows->bytes, err);
    if (status)
        return status;
    archive->most = rows->options.most_unpacked;
    enum archive_kind kind = archive_kind(archive);
    if (kind != ARCHIVE_ENVELOPE) {
        rows->found.format = kind == ARCHIVE_XLSX ? ROWS_XLSX : ROWS_ODS;
        return told && told != rows->found.format
                   ? refuse_format(rows, kind == ARCHIVE_XLSX ? "an XLSX workbook" : "an ODS workbook", err)
                   : COMITY_OK;
    }
    if (rows->n_archives == ROWS_MOST_LAYERS)
        return error_set(err, COMITY_LIMIT, "there are ZIP archives within ZIP archives");
    /* The recipe's member is that of the outermost archive. */
    status = archive_choose(archive, rows->n_archives == 1 ? rows->options.member : SLICE_EMPTY, &member, err);
    if (!status)
        status = archive_read(archive, member, &rows->bytes, err);
    if (status)
        return status;
    bytes_bound(rows->bytes, rows->options.most_unpacked);
    rows->layers[rows->n_layers++] = rows->bytes;
    if (rows->n_archives == 1)
        rows->found.member = arena_copy(&rows->arena, slice_from(archive_name(archive, member)));
    return COMITY_OK;
}

/* Takes envelopes off. Workbooks are told by their first bytes, before anything is taken for text. */
static enum comity_status open_layers(struct rows *rows, struct comity_error *err)
{
    char first[BYTES_MOST_PEEK];
    size_t n;
    bool is_zip = true;
    while (is_zip && !is_book(rows->found.format)) {
        enum comity_status status = bytes_peek(rows->bytes, first, &n, err);
        is_zip = n >= 4 && (memcmp(first, "PK\3\4", 4) == 0 || memcmp(first, "PK\5\6", 4) == 0);
        if (!status && is_zip)
            status = open_zip(rows, err);
        if (status)
            return status;
    }
    if (n >= 4 && memcmp(first, "\xD0\xCF\x11\xE0", 4) == 0) {
        error_set(err, COMITY_UNSUPPORTED, "this is an old .xls file or a workbook with a password");
        error_hint(err, "save it as .xlsx without a password, or as CSV");
        return COMITY_UNSUPPORTED;
    }
    return COMITY_OK;
}

/* The innermost layer may turn out to be no workbook where one was told. */
static enum comity_status open_inside(struct rows *rows, struct comity_error *err)
{
    rows->found.format = is_book(rows->options.format) ? ROWS_AUTO : rows->options.format;
    enum comity_status status = open_layers(rows, err);
    if (!status && is_book(rows->options.format) && !is_book(rows->found.format))
        status = refuse_format(rows, "no workbook", err);
    return status;
}

static enum comity_status look_at_text(struct rows *rows, struct comity_error *err)
{
    struct slice text = window_text(&rows->window);
    rows->foreign = foreign_kind(text);
    if (!rows->window.at_end || slice_trim(text).len)
        return COMITY_OK;
    error_set(err, COMITY_INPUT, text.len ? "the file is empty but for blank lines" : "the file is empty");
    error_hint(err, "it may have been cut on its way, or not be written yet: look where it is made");
    return COMITY_INPUT;
}

static enum comity_status begin_window(struct rows *rows, struct comity_error *err)
{
    enum encoding encoding = encoding_from_name(rows->options.encoding);
    bool is_full;
    if (encoding == ENCODING_UNKNOWN) {
        error_set(err, COMITY_UNSUPPORTED, "unknown encoding '%.*s'", SLICE_ARG(rows->options.encoding));
        error_hint(err, "use utf-8, latin-1, windows-1252 or utf-16");
        return COMITY_UNSUPPORTED;
    }
    window_init(&rows->window, rows->bytes, encoding);
    enum comity_status status = window_fill(&rows->window, &is_full, err);
    return status ? status : look_at_text(rows, err);
}

static bool copy_text(struct rows *rows, struct slice *text)
{
    struct slice copy = arena_copy(&rows->arena, *text);
    bool is_copied = !text->len || copy.ptr;
    *text = copy;
    return is_copied;
}

static enum comity_status copy_options(struct rows *rows, const struct rows_options *options, struct comity_error *err)
{
    if (options)
        rows->options = *options;
    struct rows_options *own = &rows->options;
    struct slice *labels = ARENA_ARRAY(&rows->arena, struct slice, own->n_total_labels + 1);
    bool is_copied = labels && copy_text(rows, &own->encoding) && copy_text(rows, &own->sheet) &&
                     copy_text(rows, &own->member) && copy_text(rows, &own->total_column);
    for (size_t i = 0; is_copied && i < own->n_total_labels; i++) {
        labels[i] = slice_trim(own->total_labels[i]);
        is_copied = copy_text(rows, &labels[i]);
    }
    if (!is_copied)
        return error_nomem(err);
    own->total_labels = labels;
    rows->found = rows->options;
    return COMITY_OK;
}

/* The column that totals are labelled in must be there; only JSON may bring it later. */
static enum comity_status check_totals(struct rows *rows, struct comity_error *err)
{
    bool is_known = is_book(rows->found.format) || rows->found.format == ROWS_CSV;
    if (rows->options.totals != TOTALS_LABELLED || !is_known || !rows->names.count ||
        rows_column(rows, rows->options.total_column) >= 0)
        return COMITY_OK;
    error_set(err, COMITY_INPUT, "the file has no column '%.*s' that its totals are labelled in",
        SLICE_ARG(rows->options.total_column));
    error_hint(err, "its first column is '%.*s'", SLICE_ARG(rows_column_name(rows, 0)));
    return COMITY_INPUT;
}

static enum comity_status rows_begin(struct rows *rows, const struct rows_options *options, struct comity_error *err)
{
    enum comity_status status = copy_options(rows, options, err);
    if (!status && !(rows->frame = frame_new(rows)))
        status = error_nomem(err);
    if (!status)
        status = open_inside(rows, err);
    if (!status && !is_book(rows->found.format))
        status = begin_window(rows, err);
    if (!status)
        status = begin_format(rows, err);
    if (!status)
        status = check_totals(rows, err);
    if (status && err && !err->where[0])
        error_at(err, bytes_name(rows->layers[0]), err->line, err->column);
    return status;
}

static enum comity_status open_path(struct rows *rows, const char *path, struct comity_error *err)
{
    if (strcmp(path, "-") != 0 && !(rows->path = strdup(path)))
        return error_nomem(err);
    return bytes_open(path, &rows->bytes, err);
}

/* `path` null: over `memory`. */
static enum comity_status open_rows(const char *path, struct slice memory, const struct rows_options *options,
    struct rows **out, struct comity_error *err)
{
    struct rows *rows = calloc(1, sizeof *rows);
    *out = NULL;
    if (!rows)
        return error_nomem(err);
    rows->memory = memory;
    enum comity_status status = path ? open_path(rows, path, err) : bytes_open_memory(memory, &rows->bytes, err);
    if (!status) {
        bytes_bound(rows->bytes, options ? options->most_unpacked : 0);
        rows->layers[rows->n_layers++] = rows->bytes;
        status = rows_begin(rows, options, err);
    }
    if (status)
        rows_close(rows);
    else
        *out = rows;
    return status;
}

enum comity_status rows_open(
    const char *path, const struct rows_options *options, struct rows **out, struct comity_error *err)
{
    return open_rows(path, SLICE_EMPTY, options, out, err);
}

enum comity_status rows_open_memory(
    struct slice bytes, const struct rows_options *options, struct rows **out, struct comity_error *err)
{
    return open_rows(NULL, bytes, options, out, err);
}

void rows_close(struct rows *rows)
{
    if (!rows)
        return;
    if (rows->format)
        rows->format->close(rows);
    frame_free(rows->frame);
    window_release(&rows->window);
    for (size_t i = rows->n_layers; i > 0; i--)
        bytes_close(rows->layers[i - 1]);
    for (size_t i = rows->n_archives; i > 0; i--)
        archive_close(&rows->archives[i - 1]);
    intern_release(&rows->names);
    arena_release(&rows->arena);
    free(rows->cells);
    free(rows->path);
    free(rows);
}

/* ---- reading ------------------------------------------------------------------------------------------------ */

static void hint_rows(const struct rows *rows, struct comity_error *err)
{
    char hint[sizeof err->hint];
    snprintf(hint, sizeof hint, "%.200s", err->hint);
    error_hint(err, "%s%s%llu rows were read before this", hint, hint[0] ? "; " : "", (unsigned long long)rows->n_rows);
}

enum comity_status rows_next(struct rows *rows, struct row *row, bool *has_row, struct comity_error *err)
{
    *row = (struct row){0};
    *has_row = false;
    enum comity_status status = frame_next(rows->frame, row, has_row, err);
    if (status && err) {
        if (!err->where[0])
            error_at(err, bytes_name(rows->layers[0]), err->line, err->column);
        if (status != COMITY_NOMEM)
            hint_rows(rows, err);
    }
    if (!status && *has_row)
        row->number = ++rows->n_rows;
    return status;
}

enum comity_status rows_tell_title(struct rows *rows, const struct row *row, struct comity_error *err)
{
    return frame_add_title(rows->frame, row, err);
}

const struct frame_found *rows_frame(const struct rows *rows)
{
    return frame_found(rows->frame);
}

const struct rows_options *rows_found(const struct rows *rows)
{
    return &rows->found;
}

uint64_t rows_n_merged(const struct rows *rows)
{
    return rows->n_merged;
}

const char *rows_foreign(const struct rows *rows)
{
    return rows->foreign;
}

void rows_progress(const struct rows *rows, uint64_t *done, uint64_t *total)
{
    if (rows->format->progress)
        rows->format->progress(rows, done, total);
    else
        bytes_progress(rows->bytes, done, total);
}
