/* Workbooks as rows, whatever their XML is like. */
#include "read/sheets.h"

#include "base/error.h"
#include "read/number_text.h"

#include <stdlib.h>

static struct sheets *sheets_of(const struct rows *rows)
{
    return rows->state;
}

void sheets_init(struct sheets *sheets, const struct rows *rows)
{
    pieces_init(&sheets->pieces);
    buffer_init(&sheets->joined, WINDOW_MOST);
    sheets->wants_merges = header_rows(rows) > 1;
}

void sheets_release(struct sheets *sheets)
{
    xml_close(&sheets->part);
    pieces_release(&sheets->pieces);
    buffer_release(&sheets->joined);
    merged_release(&sheets->merged);
    free(sheets->merges.list);
}

void sheets_progress(const struct rows *rows, uint64_t *done, uint64_t *total)
{
    xml_progress(&sheets_of(rows)->part, done, total);
}

/* ---- the header ---------------------------------------------------------------------------------------------- */

static enum comity_status lay(struct rows *rows, struct row *row, struct comity_error *err)
{
    struct sheets *sheets = sheets_of(rows);
    *row = (struct row){.line = sheets->row_number, .note = sheets->note[0] ? sheets->note : NULL};
    enum comity_status status = pieces_lay(&sheets->pieces, rows, &row->n_cells, err);
    row->cells = rows->cells;
    return status;
}

/* The header rows of the open sheet, below those that are skipped. No row: an empty sheet. */
static enum comity_status read_header(
    struct rows *rows, const struct sheet_kind *kind, struct header *header, struct comity_error *err)
{
    struct sheets *sheets = sheets_of(rows);
    bool has_row = true;
    while (header->n < header_rows(rows)) {
        struct row row;
        enum comity_status status = kind->next(rows, &has_row, err);
        if (status || !has_row)
            return status;
        status = lay(rows, &row, err);
        if (!status)
            status = row.line <= rows->options.skip_lines ? rows_tell_title(rows, &row, err)
                                                          : header_add(header, row.cells, row.n_cells, row.line, err);
        if (status)
            return status;
    }
    sheets->header_line = header->n && !rows->options.has_no_header ? header->lines[header->n - 1] : 0;
    buffer_clear(&sheets->joined);
    for (size_t row = 0; row < header->n; row++)
        for (size_t i = 0; i < header->n_cells[row]; i++) {
            buffer_add_slice(&sheets->joined, header->rows[row][i]);
            buffer_add_byte(&sheets->joined, '\n');
        }
    return sheets->joined.failed ? error_nomem(err) : COMITY_OK;
}

static enum comity_status name_columns(struct rows *rows, struct header *header, struct comity_error *err)
{
    struct slice *names;
    size_t n;
    enum comity_status status = header_join(header, &sheets_of(rows)->merges, &names, &n, err);
    return status ? status : rows_name_columns(rows, names, n, err);
}

/* ---- sheets -------------------------------------------------------------------------------------------------- */

static enum comity_status open_sheet(
    struct rows *rows, const struct sheet_kind *kind, size_t sheet, bool *has_sheet, struct comity_error *err)
{
    struct sheets *sheets = sheets_of(rows);
    sheets->row_number = 0;
    sheets->merges.n = 0;
    sheets->header_line = 0;
    merged_clear(&sheets->merged);
    sheets->sheet = sheet;
    sheets->is_open = false;
    enum comity_status status = kind->open(rows, sheet, has_sheet, err);
    sheets->is_open = !status && *has_sheet;
    rows->n_tables += sheets->is_open;
    rows->table = sheets->is_open ? sheets->name : rows->table;
    return status;
}

static bool takes_all(const struct rows *rows)
{
    return slice_is(rows->options.sheet, "*");
}

/* Opens the next sheet that has the same header; is_open is false when there is none. */
static enum comity_status next_sheet(struct rows *rows, const struct sheet_kind *kind, struct comity_error *err)
{
    struct sheets *sheets = sheets_of(rows);
    bool has_sheet = takes_all(rows), is_same = false;
    enum comity_status status = COMITY_OK;
    sheets->is_open = false;
    while (has_sheet && !is_same && !status) {
        struct header header = {0};
        status = open_sheet(rows, kind, sheets->sheet + 1, &has_sheet, err);
        if (!status && has_sheet)
            status = read_header(rows, kind, &header, err);
        is_same = header.n && slice_equal(buffer_slice(&sheets->joined), sheets->header);
        header_release(&header);
    }
    sheets->is_open = !status && is_same;
    sheets->has_kept = sheets->is_open && rows->options.has_no_header;
    return status;
}

/* Adds a sheet's name to the list for a message. */
static void add_name(char list[200], size_t *used, struct slice name)
{
    if (*used + name.len + 3 < 200)
        *used += (size_t)snprintf(list + *used, 200 - *used, "%s%.*s", *used ? ", " : "", SLICE_ARG(name));
}

/* The sheet that the options name, or the first with rows. header->n is 0 when there is none with rows. */
static enum comity_status choose_sheet(
    struct rows *rows, const struct sheet_kind *kind, struct header *header, struct comity_error *err)
{
    struct sheets *sheets = sheets_of(rows);
    struct slice wanted = takes_all(rows) ? SLICE_EMPTY : rows->options.sheet;
    char names[200] = "";
    size_t used = 0;
    for (size_t i = 0;; i++) {
        bool has_sheet = false;
        enum comity_status status = open_sheet(rows, kind, i, &has_sheet, err);
        if (status || (!has_sheet && !wanted.len))
            return status;
        if (!has_sheet)
            break;
        add_name(names, &used, sheets->name);
        if (wanted.len && !slice_equal_nocase(wanted, sheets->name))
            continue;
        header_release(header);
        status = read_header(rows, kind, header, err);
        if (status || header->n || wanted.len)
            return status;
    }
    error_set(err, COMITY_INPUT, "the workbook has no sheet '%.*s'", SLICE_ARG(wanted));
    error_hint(err, "its sheets are: %s", names);
    return COMITY_INPUT;
}

enum comity_status sheets_begin(struct rows *rows, const struct sheet_kind *kind, struct comity_error *err)
{
    struct sheets *sheets = sheets_of(rows);
    struct header header = {0};
    enum comity_status status = choose_sheet(rows, kind, &header, err);
    if (!status && header.n && header.n < header_rows(rows)) {
        status = error_set(err, COMITY_INPUT, "the sheet '%.*s' has %zu rows, and %zu header rows are asked for",
            SLICE_ARG(sheets->name), header.n, header_rows(rows));
    } else if (!status && header.n) {
        rows->found.sheet = arena_copy(&rows->arena, sheets->name);
        sheets->has_kept = rows->options.has_no_header;
        sheets->header = arena_copy(&rows->arena, buffer_slice(&sheets->joined));
        status = sheets->header.ptr ? name_columns(rows, &header, err) : error_nomem(err);
    }
    header_release(&header);
    return status;
}

/* ---- rows ---------------------------------------------------------------------------------------------------- */

enum comity_status sheets_next(
    struct rows *rows, const struct sheet_kind *kind, struct row *row, bool *has_row, struct comity_error *err)
{
    struct sheets *sheets = sheets_of(rows);
    *has_row = false;
    while (sheets->is_open) {
        *has_row = sheets->has_kept;
        enum comity_status status = sheets->has_kept ? COMITY_OK : kind->next(rows, has_row, err);
        sheets->has_kept = false;
        if (!status && *has_row && rows->options.merged == MERGED_FILL)
            status = merged_fill(&sheets->merged, sheets->row_number, &sheets->pieces, err);
        if (!status && *has_row)
            status = lay(rows, row, err);
        if (status)
            return status;
        if (*has_row)
            return rows_fit(rows, row, sheets->fault, sizeof sheets->fault, err);
        status = next_sheet(rows, kind, err);
        if (status)
            return status;
    }
    return COMITY_OK;
}

enum comity_status sheets_add_merged(
    struct rows *rows, uint64_t first, uint64_t last, size_t column, struct comity_error *err)
{
    uint64_t header_line = sheets_of(rows)->header_line;
    rows->n_merged += rows->options.has_no_header || (header_line && first > header_line);
    return rows->options.merged == MERGED_FILL ? merged_add(&sheets_of(rows)->merged, first, last, column, err)
                                               : COMITY_OK;
}

/* ---- numbers ------------------------------------------------------------------------------------------------- */

/* Whether the digits are what number_text would make of them: no more of them than a double keeps, no needless zero at
 * either end, no exponent in either form. */
static bool is_shortest(struct slice digits)
{
    enum { EXACT_DIGITS = 15, LEAST_EXPONENT = 4 };
    const char *at = digits.ptr, *end = at + digits.len;
    at += at < end && *at == '-';
    const char *begin = at;
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    size_t whole = (size_t)(at - begin);
    if (!whole || whole > EXACT_DIGITS || (*begin == '0' && (whole > 1 || at == end)))
        return digits.len == 1 && *begin == '0';
    if (at == end)
        return true;
    const char *point = at++;
    if (*point != '.')
        return false;
    bool is_small = *begin == '0' && end - at >= LEAST_EXPONENT && !memcmp(at, "0000", LEAST_EXPONENT);
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at == end && end - point > 1 && end[-1] != '0' && !is_small && (size_t)(end - begin) - 1 <= EXACT_DIGITS;
}

void sheets_add_number(struct buffer *out, struct slice digits)
{
    char copy[64], number[NUMBER_TEXT], *end;
    if (is_shortest(digits) || digits.len >= sizeof copy) {
        buffer_add_slice(out, digits);
        return;
    }
    memcpy(copy, digits.ptr, digits.len);
    copy[digits.len] = '\0';
    double value = strtod(copy, &end);
    if (!digits.len || *end)
        buffer_add_slice(out, digits);
    else
        buffer_add(out, number, number_text(value, number));
}
