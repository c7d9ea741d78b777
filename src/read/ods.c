/* Workbooks in OpenDocument 1.2 (ISO/IEC 26300, part 1, 9): all sheets stand one behind the other in content.xml, with
 * runs of equal cells and rows written once. Programs fill a sheet to its last row and column with such runs: empty
 * ones only move the counters. */
#include "read/sheets.h"

#include "base/array.h"
#include "base/error.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_ROWS = 16777216, MOST_EQUAL_ROWS = 100000 };

enum ods_type { ODS_TEXT, ODS_NUMBER, ODS_DATE, ODS_TIME, ODS_BOOLEAN };

struct ods {
    struct sheets sheets; /* first: the shared state */
    struct archive *archive;
    size_t next_sheet; /* the number of the table that comes next in the part; SIZE_MAX: it is not open */
    struct arena names;
    /* one cell */
    enum ods_type type;
    bool is_error, is_covered;
    size_t column, n_columns; /* n_columns: how often it is repeated */
    struct buffer value, text;
    bool has_value;
    uint64_t n_again; /* how often the row in `pieces` is still to be given */
};

/* ---- one cell ------------------------------------------------------------------------------------------------ */

/* An attribute as a number from 1 to `most`. */
static size_t repeated(struct ods *ods, const char *name, size_t most)
{
    char text[24];
    if (!xml_copy(&ods->sheets.part, name, text, sizeof text))
        return 1;
    unsigned long n = strtoul(text, NULL, 10);
    return n < 1 ? 1 : n > most ? most : n;
}

static enum comity_status take_value(struct ods *ods, struct slice name, struct comity_error *err)
{
    struct slice value;
    enum comity_status status = xml_attribute(&ods->sheets.part, name, &value, err);
    if (status || !value.ptr)
        return status;
    ods->has_value = true;
    buffer_add_slice(&ods->value, value);
    return ods->value.failed ? error_nomem(err) : COMITY_OK;
}

/* How many columns a cell is merged over, for the header; how many rows, where it is one. */
static enum comity_status note_merge(struct rows *rows, struct comity_error *err)
{
    struct ods *ods = rows->state;
    struct merges *merges = &ods->sheets.merges;
    uint64_t row = ods->sheets.row_number;
    size_t n = repeated(ods, "number-columns-spanned", SHEET_MOST_COLUMNS);
    size_t n_rows = n == 1 && rows->options.merged ? repeated(ods, "number-rows-spanned", MOST_ROWS) : 1;
    if (n_rows > 1)
        return sheets_add_merged(rows, row, row + n_rows - 1, ods->column, err);
    if (n < 2 || row > 1000)
        return COMITY_OK;
    if (!ARRAY_ROOM(merges->list, merges->n, merges->room, 1))
        return error_nomem(err);
    merges->list[merges->n++] = (struct merge){row, ods->column, ods->column + n - 1};
    return COMITY_OK;
}

static enum comity_status begin_cell(struct rows *rows, struct comity_error *err)
{
    struct ods *ods = rows->state;
    static const struct {
        const char *name;
        enum ods_type type;
        struct slice value;
    } types[] = {{"float", ODS_NUMBER, {"value", 5}}, {"percentage", ODS_NUMBER, {"value", 5}},
        {"currency", ODS_NUMBER, {"value", 5}}, {"date", ODS_DATE, {"date-value", 10}},
        {"time", ODS_TIME, {"time-value", 10}}, {"boolean", ODS_BOOLEAN, {"boolean-value", 13}},
        {"string", ODS_TEXT, {"string-value", 12}}};
    struct xml *part = &ods->sheets.part;
    char type[16], shown[16];
    enum comity_status status = COMITY_OK;
    buffer_clear(&ods->value);
    buffer_clear(&ods->text);
    ods->type = ODS_TEXT;
    ods->has_value = false;
    ods->is_covered = xml_is_named(part, SLICE("covered-table-cell"));
    ods->n_columns = repeated(ods, "number-columns-repeated", SHEET_MOST_COLUMNS);
    /* Newer files say the type twice; what a formula could not do is told by the second. */
    ods->is_error = xml_copy(part, "calcext:value-type", shown, sizeof shown) && !strcmp(shown, "error");
    if (xml_copy(part, "office:value-type", type, sizeof type))
        for (size_t i = 0; i < sizeof types / sizeof *types && !status; i++) {
            if (strcmp(type, types[i].name) != 0)
                continue;
            ods->type = types[i].type;
            status = take_value(ods, types[i].value, err);
        }
    bool may_be_merged = ods->sheets.wants_merges || rows->options.merged;
    return !status && may_be_merged && !ods->is_covered ? note_merge(rows, err) : status;
}

/* "PT06H30M00.5S" as 06:30:00; false when it is another duration. */
static bool add_time(struct slice value, struct buffer *out)
{
    unsigned hours, minutes, seconds;
    char copy[40];
    snprintf(copy, sizeof copy, "%.*s", SLICE_ARG(value));
    if (sscanf(copy, "PT%3uH%2uM%2u", &hours, &minutes, &seconds) != 3 || hours > 23)
        return false;
    buffer_format(out, "%02u:%02u:%02u", hours, minutes, seconds);
    return true;
}

static void add_cell_text(struct ods *ods, struct buffer *out)
{
    struct slice value = buffer_slice(&ods->value), text = buffer_slice(&ods->text);
    if (ods->is_error) {
        snprintf(ods->sheets.note, sizeof ods->sheets.note, "a cell holds the error '%.*s'",
            (int)(text.len < 40 ? text.len : 40), text.len ? text.ptr : "");
        return;
    }
    if (!ods->has_value || (ods->type == ODS_TIME && !add_time(value, out))) {
        buffer_add_slice(out, text);
    } else if (ods->type == ODS_NUMBER) {
        sheets_add_number(out, value);
    } else if (ods->type == ODS_DATE) {
        if (slice_ends_with(value, SLICE("T00:00:00")))
            value.len -= 9;
        buffer_add_slice(out, value);
    } else if (ods->type != ODS_TIME) {
        buffer_add_slice(out, value);
    }
}

static enum comity_status end_cell(struct ods *ods, struct comity_error *err)
{
    struct pieces *pieces = &ods->sheets.pieces;
    size_t first = ods->column;
    ods->column = first + ods->n_columns;
    if (ods->is_covered)
        return COMITY_OK;
    for (size_t i = first; i < ods->column; i++) {
        pieces_begin(pieces);
        add_cell_text(ods, &pieces->text);
        if (pieces->text.failed || ods->text.failed)
            return error_nomem(err);
        if (pieces->text.len == pieces->begun)
            break; /* a run of empty cells */
        if (i >= SHEET_MOST_COLUMNS)
            return error_set(err, COMITY_LIMIT, "row %llu of the sheet '%.*s' has more than %d columns",
                (unsigned long long)ods->sheets.row_number, SLICE_ARG(ods->sheets.name), SHEET_MOST_COLUMNS);
        if (!pieces_end(pieces, i))
            return error_nomem(err);
    }
    return COMITY_OK;
}

/* ---- the text of a cell -------------------------------------------------------------------------------------- */

/* Goes behind the end of the element that was just begun. */
static enum comity_status skip_element(struct ods *ods, struct comity_error *err)
{
    struct xml *part = &ods->sheets.part;
    size_t outside = part->n_open;
    bool has_node = true;
    enum comity_status status = COMITY_OK;
    while (!status && has_node && part->n_open >= outside)
        status = xml_next(part, &has_node, err);
    return status;
}

/* Paragraphs are lines; spaces are elements of their own (6.1.2). Comments and drawings are no text. */
static enum comity_status read_node(struct ods *ods, bool *is_paragraph, struct comity_error *err)
{
    struct xml *part = &ods->sheets.part;
    if (part->node == XML_TEXT) {
        if (*is_paragraph)
            buffer_add_slice(&ods->text, part->text);
        return COMITY_OK;
    }
    if (xml_is_named(part, SLICE("p"))) {
        *is_paragraph = part->node == XML_ELEMENT;
        if (*is_paragraph && ods->text.len)
            buffer_add_byte(&ods->text, '\n');
        return COMITY_OK;
    }
    if (part->node != XML_ELEMENT)
        return COMITY_OK;
    if (xml_is_named(part, SLICE("annotation")) || xml_is_named(part, SLICE("frame")) ||
        xml_is_named(part, SLICE("shapes")))
        return skip_element(ods, err);
    if (xml_is_named(part, SLICE("s")))
        for (size_t n = repeated(ods, "text:c", 1000); n; n--)
            buffer_add_byte(&ods->text, ' ');
    else if (xml_is_named(part, SLICE("tab")) || xml_is_named(part, SLICE("line-break")))
        buffer_add_byte(&ods->text, xml_is_named(part, SLICE("tab")) ? '\t' : '\n');
    return COMITY_OK;
}

/* ---- one row ------------------------------------------------------------------------------------------------- */

static bool is_cell(const struct xml *part)
{
    return part->node != XML_TEXT &&
           (xml_is_named(part, SLICE("table-cell")) || xml_is_named(part, SLICE("covered-table-cell")));
}

static enum comity_status read_cells(struct rows *rows, struct comity_error *err)
{
    struct ods *ods = rows->state;
    struct xml *part = &ods->sheets.part;
    bool has_node = true, is_paragraph = false;
    enum comity_status status;
    pieces_clear(&ods->sheets.pieces);
    ods->sheets.note[0] = '\0';
    ods->column = 0;
    while (!(status = xml_next(part, &has_node, err)) && has_node && !xml_is_end(part, "table-row")) {
        if (is_cell(part))
            status = part->node == XML_ELEMENT ? begin_cell(rows, err) : end_cell(ods, err);
        else
            status = read_node(ods, &is_paragraph, err);
        if (status)
            return status;
    }
    return status;
}

static enum comity_status next_row(struct rows *rows, bool *has_row, struct comity_error *err)
{
    struct ods *ods = rows->state;
    struct sheets *sheets = &ods->sheets;
    bool has_node = true;
    enum comity_status status = COMITY_OK;
    *has_row = ods->n_again > 0;
    if (*has_row) {
        ods->n_again--;
        sheets->row_number++;
        return COMITY_OK;
    }
    while (!(status = xml_next(&sheets->part, &has_node, err)) && has_node && !xml_is_end(&sheets->part, "table")) {
        if (xml_is_element(&sheets->part, "shapes"))
            status = skip_element(ods, err);
        if (status)
            return status;
        if (!xml_is_element(&sheets->part, "table-row"))
            continue;
        size_t n = repeated(ods, "number-rows-repeated", MOST_ROWS);
        sheets->row_number++;
        status = read_cells(rows, err);
        *has_row = !status && sheets->pieces.n > 0;
        ods->n_again = *has_row ? n - 1 : 0;
        if (*has_row && n > MOST_EQUAL_ROWS) {
            error_set(err, COMITY_LIMIT, "row %llu of the sheet '%.*s' is repeated %zu times",
                (unsigned long long)sheets->row_number, SLICE_ARG(sheets->name), n);
            error_hint(err, "it was probably filled down to the end of the sheet: delete the rows below the table");
            return COMITY_LIMIT;
        }
        if (status || *has_row)
            return status;
        sheets->row_number += n - 1;
    }
    return status;
}

/* ---- sheets -------------------------------------------------------------------------------------------------- */

static enum comity_status reopen(struct ods *ods, struct comity_error *err)
{
    xml_close(&ods->sheets.part);
    ods->next_sheet = 0;
    enum comity_status status = archive_part(ods->archive, "content.xml", &ods->sheets.part, err);
    return status;
}

/* Goes to the next table; false at the end. */
static enum comity_status to_table(struct ods *ods, bool *has_sheet, struct comity_error *err)
{
    struct xml *part = &ods->sheets.part;
    bool has_node = true;
    enum comity_status status;
    while (!(status = xml_next(part, &has_node, err)) && has_node && !xml_is_element(part, "table")) {
    }
    *has_sheet = !status && has_node;
    if (*has_sheet)
        ods->next_sheet++;
    return status;
}

static enum comity_status open_sheet(struct rows *rows, size_t sheet, bool *has_sheet, struct comity_error *err)
{
    struct ods *ods = rows->state;
    struct slice name;
    enum comity_status status = ods->next_sheet > sheet ? reopen(ods, err) : COMITY_OK;
    *has_sheet = true;
    ods->n_again = 0;
    while (!status && *has_sheet && ods->next_sheet <= sheet) {
        status = to_table(ods, has_sheet, err);
        if (!status && *has_sheet && ods->next_sheet <= sheet)
            status = skip_element(ods, err);
    }
    if (status || !*has_sheet)
        return status;
    status = xml_attribute(&ods->sheets.part, SLICE("table:name"), &name, err);
    if (status)
        return status;
    ods->sheets.name = arena_copy(&ods->names, name);
    return ods->sheets.name.ptr ? COMITY_OK : error_nomem(err);
}

static const struct sheet_kind kind = {open_sheet, next_row};

/* A locked workbook says so in its manifest only; what else is odd about that is of no matter here. */
static enum comity_status refuse_locked(const struct archive *archive, struct comity_error *err)
{
    struct xml part;
    bool has_node = true, is_locked = false;
    enum comity_status status = archive_part(archive, "META-INF/manifest.xml", &part, err);
    while (!status && !is_locked && !(status = xml_next(&part, &has_node, err)) && has_node)
        is_locked = xml_is_element(&part, "encryption-data");
    xml_close(&part);
    if (!is_locked)
        return status == COMITY_NOMEM ? status : COMITY_OK;
    error_set(err, COMITY_UNSUPPORTED, "the workbook is locked with a password");
    error_hint(err, "save it without one, or as CSV");
    return COMITY_UNSUPPORTED;
}

static enum comity_status ods_open(struct rows *rows, struct comity_error *err)
{
    struct ods *ods = calloc(1, sizeof *ods);
    if (!ods)
        return error_nomem(err);
    rows->state = ods;
    sheets_init(&ods->sheets, rows);
    buffer_init(&ods->value, WINDOW_MOST);
    buffer_init(&ods->text, WINDOW_MOST);
    ods->archive = rows_archive(rows);
    ods->next_sheet = SIZE_MAX;
    enum comity_status status = refuse_locked(ods->archive, err);
    return status ? status : sheets_begin(rows, &kind, err);
}

static enum comity_status ods_next(struct rows *rows, struct row *row, bool *has_row, struct comity_error *err)
{
    return sheets_next(rows, &kind, row, has_row, err);
}

static void ods_close(struct rows *rows)
{
    struct ods *ods = rows->state;
    if (!ods)
        return;
    sheets_release(&ods->sheets);
    buffer_release(&ods->value);
    buffer_release(&ods->text);
    arena_release(&ods->names);
    free(ods);
}

const struct format ods_format = {ods_open, ods_next, ods_close, sheets_progress};
