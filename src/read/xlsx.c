/* Workbooks as rows. A ZIP archive is read from its end, so it must be seekable: what comes through a pipe or in gzip
 * is first put into a temporary file. */
#include "read/xlsx.h"

#include "base/error.h"
#include "read/number_text.h"
#include "read/pieces.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_COLUMNS = 16384 };
static const uint64_t MOST_SPOOL = (uint64_t)4 << 30;

struct xlsx {
    struct xlsx_book book;
    struct xlsx_part part;  /* the sheet that is being read */
    size_t sheet;           /* its number */
    bool is_open, is_first; /* is_first: its header is still to come */
    struct pieces pieces;
    struct slice header; /* the first row's cells joined, to compare the sheets of "*" */
    struct buffer joined;
    uint64_t row_number;
    char fault[96], note[96];
};

/* ---- one cell ------------------------------------------------------------------------------------------------ */

struct cell {
    size_t column;
    char type[12];
    unsigned long style;
    struct buffer text; /* of <v> or <t> */
};

/* "BC7" → 54. SIZE_MAX when it is no such name. */
static size_t column_number(const char *name)
{
    size_t column = 0;
    const char *at = name;
    for (; *at >= 'A' && *at <= 'Z' && column <= MOST_COLUMNS; at++)
        column = column * 26 + (size_t)(*at - 'A' + 1);
    return at == name || column > MOST_COLUMNS ? SIZE_MAX : column - 1;
}

/* What the cell says, appended to the pieces. */
static void add_cell_text(struct xlsx *xlsx, const struct cell *cell)
{
    struct buffer *out = &xlsx->pieces.text;
    struct slice text = buffer_slice(&cell->text);
    char number[NUMBER_TEXT];
    if (!strcmp(cell->type, "s")) {
        unsigned long id = text.len ? strtoul(text.ptr, NULL, 10) : ULONG_MAX;
        if (id < xlsx->book.n_strings)
            buffer_add_slice(out, xlsx->book.strings[id]);
    } else if (!strcmp(cell->type, "b")) {
        buffer_add_string(out, slice_is(text, "1") ? "true" : "false");
    } else if (!strcmp(cell->type, "e")) {
        snprintf(xlsx->note, sizeof xlsx->note, "a cell holds the error '%.40s'", text.len ? text.ptr : "");
    } else if (!strcmp(cell->type, "n") || !cell->type[0]) {
        char *end;
        double value = text.len ? strtod(text.ptr, &end) : 0;
        bool is_date = cell->style < xlsx->book.n_styles && xlsx->book.is_date[cell->style];
        if (!text.len || *end)
            buffer_add_slice(out, text);
        else if (is_date && xlsx_date_text(value, xlsx->book.is_1904, number))
            buffer_add_string(out, number);
        else
            buffer_add(out, number, number_text(value, number));
    } else {
        buffer_add_slice(out, text); /* str, inlineStr, d */
    }
}

static enum comity_status end_cell(struct xlsx *xlsx, struct cell *cell, struct comity_error *err)
{
    pieces_begin(&xlsx->pieces);
    add_cell_text(xlsx, cell);
    if (xlsx->pieces.text.len == xlsx->pieces.begun)
        return COMITY_OK;
    if (cell->column == SIZE_MAX)
        return error_set(err, COMITY_INPUT, "a cell of sheet %zu has no place that could be read", xlsx->sheet + 1);
    return !cell->text.failed && pieces_end(&xlsx->pieces, cell->column) ? COMITY_OK : error_nomem(err);
}

static void begin_cell(struct xlsx *xlsx, struct cell *cell)
{
    char text[32];
    buffer_clear(&cell->text);
    cell->column = xlsx_attribute(&xlsx->part, "r", text, sizeof text) ? column_number(text) : cell->column + 1;
    if (!xlsx_attribute(&xlsx->part, "t", cell->type, sizeof cell->type))
        cell->type[0] = '\0';
    cell->style = xlsx_attribute(&xlsx->part, "s", text, sizeof text) ? strtoul(text, NULL, 10) : 0;
}

/* ---- one row ------------------------------------------------------------------------------------------------- */

/* Reads the cells up to the end of the row. */
static enum comity_status read_cells(struct xlsx *xlsx, struct cell *cell, struct comity_error *err)
{
    struct xlsx_part *part = &xlsx->part;
    bool has_node = true, is_value = false, is_phonetic = false;
    enum comity_status status;
    while (!(status = xlsx_part_next(part, &has_node, err)) && has_node && !xlsx_is_end(part, "row")) {
        const char *text = xlsx_text(part);
        if (text) {
            if (is_value && !is_phonetic)
                buffer_add_string(&cell->text, text);
            continue;
        }
        if (xlsx_is_element(part, "c"))
            begin_cell(xlsx, cell);
        if (xlsx_is_element(part, "v") || xlsx_is_element(part, "t"))
            is_value = true;
        if (xlsx_is_end(part, "v") || xlsx_is_end(part, "t"))
            is_value = false;
        if (xlsx_is_element(part, "rPh"))
            is_phonetic = true;
        if (xlsx_is_end(part, "rPh"))
            is_phonetic = false;
        if (xlsx_is_end(part, "c") && (status = end_cell(xlsx, cell, err)))
            return status;
    }
    return status;
}

/* The next row of the open sheet that has a cell; *has_row is false at its end. */
static enum comity_status next_of_sheet(
    struct rows *rows, struct xlsx *xlsx, struct row *row, bool *has_row, struct comity_error *err)
{
    struct xlsx_part *part = &xlsx->part;
    bool has_node = true;
    enum comity_status status;
    struct cell cell = {0};
    buffer_init(&cell.text, WINDOW_MOST);
    *has_row = false;
    while (!(status = xlsx_part_next(part, &has_node, err)) && has_node && !*has_row) {
        char number[24];
        if (!xlsx_is_element(part, "row"))
            continue;
        xlsx->row_number =
            xlsx_attribute(part, "r", number, sizeof number) ? strtoull(number, NULL, 10) : xlsx->row_number + 1;
        pieces_clear(&xlsx->pieces);
        xlsx->note[0] = '\0';
        cell.column = SIZE_MAX;
        if (!xmlTextReaderIsEmptyElement(part->reader) && (status = read_cells(xlsx, &cell, err)))
            break;
        *has_row = xlsx->pieces.n > 0;
        if (*has_row)
            break;
    }
    buffer_release(&cell.text);
    if (status || !*has_row)
        return status;
    row->line = xlsx->row_number;
    row->note = xlsx->note[0] ? xlsx->note : NULL;
    status = pieces_lay(&xlsx->pieces, rows, &row->n_cells, err);
    row->cells = rows->cells;
    return status;
}

/* ---- sheets -------------------------------------------------------------------------------------------------- */

static enum comity_status open_sheet(struct xlsx *xlsx, size_t sheet, struct comity_error *err)
{
    xlsx_part_close(&xlsx->part);
    xlsx->sheet = sheet;
    xlsx->row_number = 0;
    enum comity_status status = xlsx_part_open(&xlsx->book, xlsx->book.sheets[sheet].path.ptr, &xlsx->part, err);
    xlsx->is_open = !status;
    return status;
}

/* The header row of the open sheet, below skipped rows; no row: an empty sheet. */
static enum comity_status read_header(
    struct rows *rows, struct xlsx *xlsx, struct row *row, bool *has_row, struct comity_error *err)
{
    enum comity_status status;
    do
        status = next_of_sheet(rows, xlsx, row, has_row, err);
    while (!status && *has_row && row->line <= rows->options.skip_lines);
    if (status || !*has_row)
        return status;
    buffer_clear(&xlsx->joined);
    for (size_t i = 0; i < row->n_cells; i++) {
        buffer_add_slice(&xlsx->joined, slice_trim(row->cells[i]));
        buffer_add_byte(&xlsx->joined, '\n');
    }
    return xlsx->joined.failed ? error_nomem(err) : COMITY_OK;
}

static bool takes_all_sheets(const struct rows *rows)
{
    return slice_is(rows->options.sheet, "*");
}

/* Opens the next sheet that has the same header; false when there is none. */
static enum comity_status next_sheet(struct rows *rows, struct xlsx *xlsx, bool *has_sheet, struct comity_error *err)
{
    *has_sheet = false;
    for (size_t i = xlsx->sheet + 1; i < xlsx->book.n_sheets && takes_all_sheets(rows); i++) {
        struct row row = {0};
        enum comity_status status = open_sheet(xlsx, i, err);
        if (!status)
            status = read_header(rows, xlsx, &row, has_sheet, err);
        if (status)
            return status;
        *has_sheet = *has_sheet && slice_equal(buffer_slice(&xlsx->joined), xlsx->header);
        if (*has_sheet)
            return COMITY_OK;
    }
    return COMITY_OK;
}

static enum comity_status xlsx_next(struct rows *rows, struct row *row, bool *has_row, struct comity_error *err)
{
    struct xlsx *xlsx = rows->state;
    enum comity_status status = COMITY_OK;
    while (xlsx->is_open) {
        if (xlsx->is_first) {
            /* Without a header its first row is data, and was kept. */
            xlsx->is_first = false;
            row->line = xlsx->row_number;
            status = pieces_lay(&xlsx->pieces, rows, &row->n_cells, err);
            row->cells = rows->cells;
            *has_row = true;
        } else {
            status = next_of_sheet(rows, xlsx, row, has_row, err);
        }
        if (status)
            return status;
        if (*has_row)
            return rows_fit(rows, row, xlsx->fault, sizeof xlsx->fault, err);
        status = next_sheet(rows, xlsx, &xlsx->is_open, err);
        if (status)
            return status;
    }
    return COMITY_OK;
}

/* ---- opening ------------------------------------------------------------------------------------------------- */

/* Copies what the bytes give into a temporary file, which libzip then owns. */
static enum comity_status spool(struct rows *rows, zip_source_t **source, struct comity_error *err)
{
    enum { CHUNK = 64 * 1024 };
    uint64_t total = 0;
    size_t got = 1;
    FILE *file = tmpfile();
    char *chunk = malloc(CHUNK);
    enum comity_status status = !file    ? error_io(err, "make", "a temporary file")
                                : !chunk ? error_nomem(err)
                                         : COMITY_OK;
    while (!status && got && !(status = bytes_read(rows->bytes, chunk, CHUNK, &got, err))) {
        total += got;
        if (got && fwrite(chunk, 1, got, file) != got)
            status = error_io(err, "write", "a temporary file");
        if (total > MOST_SPOOL)
            status = error_set(err, COMITY_LIMIT, "the workbook is larger than 4 GB");
    }
    free(chunk);
    if (!status && fflush(file))
        status = error_io(err, "write", "a temporary file");
    *source = status ? NULL : zip_source_filep_create(file, 0, -1, NULL);
    if (!*source && file)
        fclose(file);
    return status || *source ? status : error_nomem(err);
}

static enum comity_status open_archive(struct rows *rows, zip_t **zip, struct comity_error *err)
{
    zip_source_t *source = NULL;
    zip_error_t fault;
    enum comity_status status = COMITY_OK;
    bool is_plain = !bytes_is_gzip(rows->bytes);
    if (rows->path && is_plain)
        source = zip_source_file_create(rows->path, 0, -1, NULL);
    else if (rows->memory.ptr && is_plain)
        source = zip_source_buffer_create(rows->memory.ptr, rows->memory.len, 0, NULL);
    else
        status = spool(rows, &source, err);
    if (status)
        return status;
    if (!source)
        return error_nomem(err);
    zip_error_init(&fault);
    *zip = zip_open_from_source(source, ZIP_RDONLY, &fault);
    if (!*zip) {
        status = error_set(err, COMITY_INPUT, "unable to read the workbook: %s", zip_error_strerror(&fault));
        zip_source_free(source);
    }
    zip_error_fini(&fault);
    return status;
}

/* The sheet that the options name, or the first with rows. */
static enum comity_status choose_sheet(
    struct rows *rows, struct xlsx *xlsx, struct row *row, bool *has_row, struct comity_error *err)
{
    struct slice wanted = takes_all_sheets(rows) ? SLICE_EMPTY : rows->options.sheet;
    for (size_t i = 0; i < xlsx->book.n_sheets; i++) {
        if (wanted.len && !slice_equal_nocase(wanted, xlsx->book.sheets[i].name))
            continue;
        enum comity_status status = open_sheet(xlsx, i, err);
        if (!status)
            status = read_header(rows, xlsx, row, has_row, err);
        if (status || *has_row || wanted.len)
            return status;
    }
    if (!wanted.len)
        return COMITY_OK;
    error_set(err, COMITY_INPUT, "the workbook has no sheet '%.*s'", SLICE_ARG(wanted));
    error_hint(err, "its first sheet is '%.*s'", SLICE_ARG(xlsx->book.sheets[0].name));
    return COMITY_INPUT;
}

static enum comity_status xlsx_open(struct rows *rows, struct comity_error *err)
{
    struct xlsx *xlsx = calloc(1, sizeof *xlsx);
    struct row row = {0};
    bool has_row = false;
    zip_t *zip = NULL;
    if (!xlsx)
        return error_nomem(err);
    rows->state = xlsx;
    xmlInitParser();
    pieces_init(&xlsx->pieces);
    buffer_init(&xlsx->joined, WINDOW_MOST);
    enum comity_status status = open_archive(rows, &zip, err);
    if (!status)
        status = xlsx_book_open(&xlsx->book, zip, err);
    if (!status)
        status = choose_sheet(rows, xlsx, &row, &has_row, err);
    if (status || !has_row)
        return status;
    rows->found.sheet = xlsx->book.sheets[xlsx->sheet].name;
    xlsx->is_first = rows->options.has_no_header;
    xlsx->header = arena_copy(&rows->arena, buffer_slice(&xlsx->joined));
    return rows_name_columns(rows, row.cells, row.n_cells, err);
}

static void xlsx_close(struct rows *rows)
{
    struct xlsx *xlsx = rows->state;
    if (!xlsx)
        return;
    xlsx_part_close(&xlsx->part);
    xlsx_book_close(&xlsx->book);
    pieces_release(&xlsx->pieces);
    buffer_release(&xlsx->joined);
    free(xlsx);
}

static void xlsx_progress(const struct rows *rows, uint64_t *done, uint64_t *total)
{
    const struct xlsx *xlsx = rows->state;
    *done = xlsx->part.consumed;
    *total = xlsx->part.size;
}

const struct format xlsx_format = {xlsx_open, xlsx_next, xlsx_close, xlsx_progress};
