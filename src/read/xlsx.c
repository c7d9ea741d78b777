/* The sheets of a workbook in Office Open XML: ECMA-376, part 1, 18.3. */
#include "read/xlsx.h"

#include "base/array.h"
#include "base/error.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

struct cell {
    size_t column;
    char type[12];
    unsigned long style;
    struct buffer text; /* of <v> or <t> */
};

struct xlsx {
    struct sheets sheets; /* first: the shared state */
    struct archive *archive;
    struct xlsx_book book;
    struct cell cell;
    char date_digits[24], date_text[32]; /* the last date: they come in runs */
};

/* ---- one cell ------------------------------------------------------------------------------------------------ */

/* "BC7" → 54. SIZE_MAX when it is no such name. */
static size_t column_number(struct slice name)
{
    size_t column = 0, i = 0;
    for (; i < name.len && name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' && column <= SHEET_MOST_COLUMNS; i++)
        column = column * 26 + (size_t)(name.ptr[i] - 'A' + 1);
    return !i || column > SHEET_MOST_COLUMNS ? SIZE_MAX : column - 1;
}

static unsigned long whole_number(struct slice digits)
{
    unsigned long n = 0;
    for (size_t i = 0; i < digits.len && digits.ptr[i] >= '0' && digits.ptr[i] <= '9' && n < 1000000000; i++)
        n = n * 10 + (unsigned long)(digits.ptr[i] - '0');
    return n;
}

/* A serial number as a date; false when it is none. */
static bool add_date(struct xlsx *xlsx, struct slice digits, struct buffer *out)
{
    char *end;
    if (!digits.len || digits.len >= sizeof xlsx->date_digits)
        return false;
    if (!slice_is(digits, xlsx->date_digits)) {
        char copy[sizeof xlsx->date_digits];
        memcpy(copy, digits.ptr, digits.len);
        copy[digits.len] = '\0';
        double serial = strtod(copy, &end);
        if (*end || !xlsx_date_text(serial, xlsx->book.is_1904, xlsx->date_text))
            return false;
        memcpy(xlsx->date_digits, copy, digits.len + 1);
    }
    buffer_add_string(out, xlsx->date_text);
    return true;
}

/* What the cell says, appended to the pieces. */
static void add_cell_text(struct xlsx *xlsx, const struct cell *cell)
{
    struct buffer *out = &xlsx->sheets.pieces.text;
    struct slice text = buffer_slice(&cell->text);
    if (!cell->type[0] || !strcmp(cell->type, "n")) {
        bool is_date = cell->style < xlsx->book.n_styles && xlsx->book.is_date[cell->style];
        if (!is_date || !add_date(xlsx, text, out))
            sheets_add_number(out, text);
    } else if (!strcmp(cell->type, "s")) {
        unsigned long id = text.len ? whole_number(text) : ULONG_MAX;
        if (id < xlsx->book.n_strings)
            buffer_add_slice(out, xlsx->book.strings[id]);
    } else if (!strcmp(cell->type, "b")) {
        buffer_add_string(out, slice_is(text, "1") ? "true" : "false");
    } else if (!strcmp(cell->type, "e")) {
        snprintf(xlsx->sheets.note, sizeof xlsx->sheets.note, "a cell holds the error '%.*s'",
            (int)(text.len < 40 ? text.len : 40), text.len ? text.ptr : "");
    } else {
        buffer_add_slice(out, text); /* str, inlineStr, d */
    }
}

static enum comity_status end_cell(struct xlsx *xlsx, struct cell *cell, struct comity_error *err)
{
    struct pieces *pieces = &xlsx->sheets.pieces;
    pieces_begin(pieces);
    add_cell_text(xlsx, cell);
    if (cell->text.failed || pieces->text.failed)
        return error_nomem(err);
    if (pieces->text.len == pieces->begun)
        return COMITY_OK;
    if (cell->column == SIZE_MAX)
        return error_set(
            err, COMITY_INPUT, "a cell of sheet %zu has no place that could be read", xlsx->sheets.sheet + 1);
    return pieces_end(pieces, cell->column) ? COMITY_OK : error_nomem(err);
}

static void set_type(struct cell *cell, struct slice type)
{
    size_t len = type.len < sizeof cell->type ? type.len : sizeof cell->type - 1;
    memcpy(cell->type, type.ptr, len);
    cell->type[len] = '\0';
}

static enum comity_status begin_cell(struct xlsx *xlsx, struct cell *cell, struct comity_error *err)
{
    struct slice name, value;
    bool has_one = true;
    size_t at = 0;
    buffer_clear(&cell->text);
    cell->column++;
    cell->type[0] = '\0';
    cell->style = 0;
    while (has_one) {
        enum comity_status status = xml_each_attribute(&xlsx->sheets.part, &at, &name, &value, &has_one, err);
        if (status)
            return status;
        if (!has_one || name.len != 1)
            continue;
        if (*name.ptr == 'r')
            cell->column = column_number(value);
        else if (*name.ptr == 't')
            set_type(cell, value);
        else if (*name.ptr == 's')
            cell->style = whole_number(value);
    }
    return COMITY_OK;
}

/* ---- merged cells ---------------------------------------------------------------------------------------------- */

/* The 7 of "BC7". */
static uint64_t row_of_name(struct slice name)
{
    size_t letters = 0;
    while (letters < name.len && (name.ptr[letters] < '0' || name.ptr[letters] > '9'))
        letters++;
    return whole_number(slice_of(name.ptr + letters, name.len - letters));
}

/* <mergeCell ref="B2:D2"/>: for the header, or for the data below it. */
static enum comity_status add_merge(struct rows *rows, struct xml *part, struct comity_error *err)
{
    struct merges *merges = &((struct xlsx *)rows->state)->sheets.merges;
    struct slice last, first;
    enum comity_status status = xml_attribute(part, SLICE("ref"), &last, err);
    if (status)
        return status;
    first = slice_cut(&last, ':');
    struct merge merge = {row_of_name(first), column_number(first), column_number(last)};
    if (merge.first == SIZE_MAX || merge.last == SIZE_MAX)
        return COMITY_OK;
    if (merge.first == merge.last)
        return row_of_name(last) > merge.row ? sheets_add_merged(rows, merge.row, row_of_name(last), merge.first, err)
                                             : COMITY_OK;
    if (!ARRAY_ROOM(merges->list, merges->n, merges->room, 1))
        return error_nomem(err);
    merges->list[merges->n++] = merge;
    return COMITY_OK;
}

/* ---- one row ------------------------------------------------------------------------------------------------- */

/* Reads the cells up to the end of the row. */
static enum comity_status read_cells(struct xlsx *xlsx, struct cell *cell, struct comity_error *err)
{
    struct xml *part = &xlsx->sheets.part;
    bool has_node = true, is_value = false, is_phonetic = false;
    enum comity_status status;
    while (!(status = xml_next(part, &has_node, err)) && has_node && !xml_is_end(part, "row")) {
        if (part->node == XML_TEXT) {
            if (is_value && !is_phonetic)
                buffer_add_slice(&cell->text, part->text);
        } else if (xml_is_named(part, SLICE("c"))) {
            status = part->node == XML_ELEMENT ? begin_cell(xlsx, cell, err) : end_cell(xlsx, cell, err);
        } else if (xml_is_named(part, SLICE("v")) || xml_is_named(part, SLICE("t"))) {
            is_value = part->node == XML_ELEMENT;
        } else if (xml_is_named(part, SLICE("rPh"))) {
            is_phonetic = part->node == XML_ELEMENT;
        }
        if (status)
            return status;
    }
    return status;
}

static enum comity_status next_row(struct rows *rows, bool *has_row, struct comity_error *err)
{
    struct xlsx *xlsx = rows->state;
    struct sheets *sheets = &xlsx->sheets;
    bool has_node = true;
    enum comity_status status;
    *has_row = false;
    while (!(status = xml_next(&sheets->part, &has_node, err)) && has_node) {
        struct slice number;
        if (rows->options.merged == MERGED_COUNT && xml_is_element(&sheets->part, "mergeCell"))
            status = add_merge(rows, &sheets->part, err);
        if (status)
            break;
        if (!xml_is_element(&sheets->part, "row"))
            continue;
        status = xml_attribute(&sheets->part, SLICE("r"), &number, err);
        if (status)
            return status;
        sheets->row_number = number.ptr ? whole_number(number) : sheets->row_number + 1;
        pieces_clear(&sheets->pieces);
        sheets->note[0] = '\0';
        xlsx->cell.column = SIZE_MAX;
        status = read_cells(xlsx, &xlsx->cell, err);
        *has_row = !status && sheets->pieces.n > 0;
        if (status || *has_row)
            break;
    }
    return status;
}

/* ---- sheets -------------------------------------------------------------------------------------------------- */

/* Merges stand behind the cells: a pass of its own, where the header may have some or they are to be filled. */
static enum comity_status read_merges(struct rows *rows, const char *path, struct comity_error *err)
{
    struct xlsx *xlsx = rows->state;
    struct xml part;
    bool has_node = true;
    enum comity_status status = archive_part(xlsx->archive, path, &part, err);
    while (!status && !(status = xml_next(&part, &has_node, err)) && has_node)
        if (xml_is_element(&part, "mergeCell"))
            status = add_merge(rows, &part, err);
    xml_close(&part);
    return status;
}

static enum comity_status open_sheet(struct rows *rows, size_t sheet, bool *has_sheet, struct comity_error *err)
{
    struct xlsx *xlsx = rows->state;
    xml_close(&xlsx->sheets.part);
    *has_sheet = sheet < xlsx->book.n_sheets;
    if (!*has_sheet)
        return COMITY_OK;
    const struct xlsx_sheet *at = &xlsx->book.sheets[sheet];
    xlsx->sheets.name = at->name;
    bool has_pass = xlsx->sheets.wants_merges || rows->options.merged == MERGED_FILL;
    enum comity_status status = has_pass ? read_merges(rows, at->path.ptr, err) : COMITY_OK;
    return status ? status : archive_part(xlsx->archive, at->path.ptr, &xlsx->sheets.part, err);
}

static const struct sheet_kind kind = {open_sheet, next_row};

static enum comity_status xlsx_open(struct rows *rows, struct comity_error *err)
{
    struct xlsx *xlsx = calloc(1, sizeof *xlsx);
    if (!xlsx)
        return error_nomem(err);
    rows->state = xlsx;
    sheets_init(&xlsx->sheets, rows);
    buffer_init(&xlsx->cell.text, WINDOW_MOST);
    xlsx->archive = rows_archive(rows);
    enum comity_status status = xlsx_book_open(&xlsx->book, xlsx->archive, err);
    return status ? status : sheets_begin(rows, &kind, err);
}

static enum comity_status xlsx_next(struct rows *rows, struct row *row, bool *has_row, struct comity_error *err)
{
    return sheets_next(rows, &kind, row, has_row, err);
}

static void xlsx_close(struct rows *rows)
{
    struct xlsx *xlsx = rows->state;
    if (!xlsx)
        return;
    sheets_release(&xlsx->sheets);
    xlsx_book_close(&xlsx->book);
    buffer_release(&xlsx->cell.text);
    free(xlsx);
}

const struct format xlsx_format = {xlsx_open, xlsx_next, xlsx_close, sheets_progress};
