/* Evidence is counted on distinct cells, so that one frequent cell does not decide. */
#include "read/sniff_look.h"

#include "base/array.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_IDS = 4 << 20 };

/* The id of each field and its labels, folded once. */
static enum comity_status fold_labels(struct look *look)
{
    const struct domain *domain = look->domain;
    look->labels = ARENA_ARRAY(&look->sniff->arena, struct slice, domain->n_fields * (N_LANGUAGES + 1));
    if (!look->labels)
        return error_nomem(look->err);
    for (size_t f = 0; f < domain->n_fields; f++)
        for (size_t i = 0; i <= N_LANGUAGES; i++)
            look->labels[f * (N_LANGUAGES + 1) + i] =
                folded(look, &look->sniff->arena, i < N_LANGUAGES ? domain->fields[f].labels[i] : domain->fields[f].id);
    return COMITY_OK;
}

enum comity_status see_columns(struct look *look, const struct rows *rows)
{
    struct sniff *sniff = look->sniff;
    const struct domain *domain = look->domain;
    size_t n_numbers = 0;
    sniff->n_columns = rows_n_columns(rows);
    sniff->columns = ARENA_ARRAY(&sniff->arena, struct sniff_column, sniff->n_columns + 1);
    look->seen = calloc(sniff->n_columns + 1, sizeof *look->seen);
    look->most_kept = sniff->n_columns ? MOST_IDS / sniff->n_columns : 0;
    look->most_kept = look->most_kept < SNIFF_ROWS ? look->most_kept : SNIFF_ROWS;
    look->ids = calloc(sniff->n_columns * look->most_kept + 1, sizeof *look->ids);
    if (!sniff->columns || !look->seen || !look->ids)
        return error_nomem(look->err);
    if (fold_labels(look))
        return COMITY_NOMEM;
    for (size_t i = 0; i < sniff->n_columns; i++) {
        struct seen *seen = &look->seen[i];
        double number;
        sniff->columns[i].name = arena_copy(&sniff->arena, rows_column_name(rows, i));
        sniff->columns[i].field = -1;
        sniff->columns[i].unit = UINT32_MAX;
        seen->folded = folded(look, &sniff->arena, sniff->columns[i].name);
        seen->unit = (struct header_unit){.unit = UINT32_MAX, .rest = sniff->columns[i].name};
        if (domain->how_much >= 0 &&
            header_cut_unit(domain->fields[domain->how_much].spec.units, sniff->columns[i].name, &seen->unit))
            return error_nomem(look->err);
        n_numbers += number_parse(sniff->columns[i].name, DECIMAL_AUTO, &number);
    }
    sniff->looks_headless = !sniff->found.has_no_header && n_numbers && n_numbers * 3 >= sniff->n_columns;
    return COMITY_OK;
}

void see_nothing(struct look *look)
{
    for (size_t i = 0; i < look->sniff->n_columns && look->seen; i++) {
        intern_release(&look->seen[i].cells);
        free(look->seen[i].n_rows);
    }
    free(look->seen);
    free(look->ids);
    arena_release(&look->scratch);
}

/* ---- rows ---------------------------------------------------------------------------------------------------------
 */

static struct slice cell_of(const struct row *row, size_t column)
{
    return column < row->n_cells ? slice_trim(row->cells[column]) : SLICE_EMPTY;
}

static enum comity_status see_cell(struct look *look, struct seen *seen, struct slice cell, uint32_t *id)
{
    *id = NO_CELL;
    seen->n++;
    seen->n_empty += !cell.len;
    if (!cell.len)
        return COMITY_OK;
    *id = intern_get(&seen->cells, cell);
    if (*id == INTERN_NONE && seen->cells.count < SNIFF_DISTINCT) {
        if (!ARRAY_ROOM(seen->n_rows, seen->cells.count, seen->room, 1))
            return error_nomem(look->err);
        *id = intern_put(&seen->cells, cell);
        if (*id == INTERN_NONE)
            return error_nomem(look->err);
        seen->n_rows[*id] = 0;
    }
    if (*id != INTERN_NONE)
        seen->n_rows[*id]++;
    return COMITY_OK;
}

static enum comity_status see_row(struct look *look, const struct row *row)
{
    bool is_kept = look->n_kept < look->most_kept;
    uint32_t *ids = look->ids + look->n_kept * look->sniff->n_columns, unused;
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < look->sniff->n_columns && !status; i++)
        status = see_cell(look, &look->seen[i], cell_of(row, i), is_kept ? &ids[i] : &unused);
    look->n_kept += is_kept;
    return status;
}

/* Whether a row fills less than three fifths of the cells that the rows before it fill on average. */
static bool is_edge(const struct look *look, const struct row *row, double mean)
{
    size_t n = 0;
    for (size_t i = 0; i < look->sniff->n_columns; i++)
        n += cell_of(row, i).len > 0;
    return n > 0 && (double)n * 5 < mean * 3;
}

static enum comity_status keep_edge(struct look *look, const struct row *row)
{
    struct edge_row *edge = &look->edges[look->n_edges];
    struct sniff *sniff = look->sniff;
    if (look->n_edges == MOST_EDGES) {
        memmove(look->edges, look->edges + 1, (MOST_EDGES - 1) * sizeof *look->edges);
        edge = &look->edges[--look->n_edges];
    }
    edge->row = look->n_all_rows;
    edge->cells = ARENA_ARRAY(&sniff->arena, struct slice, sniff->n_columns + 1);
    if (!edge->cells)
        return error_nomem(look->err);
    for (size_t i = 0; i < sniff->n_columns; i++) {
        edge->cells[i] = arena_copy(&sniff->arena, cell_of(row, i));
        if (cell_of(row, i).len && !edge->cells[i].ptr)
            return error_nomem(look->err);
    }
    look->n_edges++;
    return COMITY_OK;
}

/* Sums are of full rows only, so that a total at the end can be held against them. */
static void add_sums(struct look *look, const struct row *row)
{
    for (size_t i = 0; i < look->sniff->n_columns; i++) {
        struct slice cell = cell_of(row, i);
        double number;
        if (cell.len && cell.len < 32 && (unsigned char)cell.ptr[0] <= '9' && number_parse(cell, DECIMAL_AUTO, &number))
            look->seen[i].sum += number;
    }
}

enum comity_status see_rows(struct look *look, struct rows *rows)
{
    struct row row;
    bool has_row = true;
    enum comity_status status = COMITY_OK;
    struct sniff *sniff = look->sniff;
    double n_filled = 0, n_full_rows = 0;
    while (look->n_all_rows < SNIFF_ROWS + SNIFF_FURTHER && !(status = rows_next(rows, &row, &has_row, look->err)) &&
           has_row) {
        bool is_close = look->n_all_rows++ < SNIFF_ROWS;
        sniff->n_rows += is_close;
        sniff->n_faults += is_close && row.fault;
        if (row.fault)
            continue;
        if (n_full_rows && is_edge(look, &row, n_filled / n_full_rows)) {
            if ((status = keep_edge(look, &row)))
                return status;
            continue;
        }
        for (size_t i = 0; i < sniff->n_columns; i++)
            n_filled += cell_of(&row, i).len > 0;
        n_full_rows++;
        add_sums(look, &row);
        if (is_close && (status = see_row(look, &row)))
            return status;
    }
    sniff->has_more_rows = look->n_all_rows > sniff->n_rows || has_row;
    look->is_whole = !status && !has_row;
    /* A file that breaks off is still sniffed by what it gave. */
    return status == COMITY_NOMEM ? status : COMITY_OK;
}

/* ---- questions ----------------------------------------------------------------------------------------------------
 */

unsigned cells_score(struct look *look, const struct seen *seen, reads_cell reads, const void *context)
{
    size_t n_read = 0;
    for (size_t i = 0; i < seen->n_told; i++)
        n_read += reads(look, intern_text(&seen->cells, seen->tried[i]), context);
    arena_reset(&look->scratch);
    return seen->n_told ? (unsigned)(100 * n_read / seen->n_told) : 0;
}

bool reads_number(struct look *look, struct slice cell, const void *unused)
{
    double number;
    (void)look;
    (void)unused;
    return number_parse(cell, DECIMAL_AUTO, &number);
}

static bool reads_whole(struct look *look, struct slice cell, const void *unused)
{
    double number;
    (void)look;
    (void)unused;
    return number_parse(cell, DECIMAL_AUTO, &number) && floor(number) == number;
}

bool reads_field(struct look *look, struct slice cell, const void *context)
{
    const struct field *field = context;
    struct value_input input = {.raw = cell, .country = look->sniff->country};
    struct value value = {0};
    return !value_parse(&field->spec, &input, &look->scratch, &value) && value_is_typed(&value);
}

void describe_columns(struct look *look)
{
    for (size_t i = 0; i < look->sniff->n_columns; i++) {
        struct sniff_column *column = &look->sniff->columns[i];
        struct seen *seen = &look->seen[i];
        uint64_t n_full = seen->n - seen->n_empty;
        column->has_many_distinct = seen->cells.count == SNIFF_DISTINCT;
        column->distinct_share = n_full ? (double)seen->cells.count / (double)n_full : 0;
        column->empty_share = seen->n ? (double)seen->n_empty / (double)seen->n : 0;
        for (size_t j = 0; j < seen->cells.count && seen->n_told < CELLS_TRIED; j++)
            if (!is_null_word(look, intern_text(&seen->cells, (uint32_t)j)))
                seen->tried[seen->n_told++] = (uint32_t)j;
        seen->numbers = cells_score(look, seen, reads_number, NULL);
        seen->whole = cells_score(look, seen, reads_whole, NULL);
        for (size_t j = 0; j < SNIFF_SAMPLES && j < seen->cells.count; j++)
            column->samples[column->n_samples++] =
                arena_copy(&look->sniff->arena, intern_text(&seen->cells, (uint32_t)j));
    }
}
