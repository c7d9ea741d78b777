/* Two series over the same cells, and what is said in sum of a table. */
#include "base/error.h"
#include "sums/cells.h"

#include <assert.h>
#include <stdlib.h>

void series_common(const struct sums_table *a, const struct sums_table *b, struct sums_options *options)
{
    if (options->level == LEVEL_AUTO && a->level != b->level)
        options->level = a->level < b->level ? a->level : b->level;
    /* A range cannot be widened to, and holds no shorter periods that could be told. */
    if (options->period == PERIOD_AUTO && a->period != b->period && a->period != PERIOD_RANGE &&
        b->period != PERIOD_RANGE)
        options->period = a->period > b->period ? a->period : b->period;
}

static void judge(struct sums_cell *cell, bool is_in_second)
{
    unsigned times = 1;
    bool is_inverse = false;
    if (!is_in_second) {
        cell->verdict = SUMS_DROPPED;
    } else if (!cell->has_series) {
        cell->verdict = SUMS_ADDED;
    } else if (cell->series.amount == cell->once.amount) {
        cell->verdict = SUMS_EQUAL;
    } else {
        enum sums_verdict verdict = sums_compare(cell->series, cell->once, &times, &is_inverse);
        cell->verdict = verdict == SUMS_EQUAL ? SUMS_ROUNDING : SUMS_REVISED;
    }
    cell->times = cell->plain_times = (uint8_t)times;
    cell->is_inverse = cell->is_plain_inverse = is_inverse;
    cell->plain = cell->once;
    cell->plain_verdict = cell->verdict;
}

static struct sums_cell meet(const struct sums_cell *a, const struct sums_cell *b)
{
    assert(a || b);
    struct sums_cell cell = a ? *a : *b;
    cell.once = b ? b->series : (struct sum){0};
    cell.first_entity = cell.first_mention = b ? b->first_row : 0;
    if (!a) {
        cell.series = (struct sum){0};
        cell.has_series = false;
        cell.first_row = 0;
    }
    judge(&cell, b != NULL);
    return cell;
}

static void merge(const struct sums_table *first, const struct sums_table *second, struct sums_table *out)
{
    size_t a = 0, b = 0;
    while (a < first->n_cells || b < second->n_cells) {
        int order = a == first->n_cells    ? 1
                    : b == second->n_cells ? -1
                                           : cell_order(&first->cells[a], &second->cells[b]);
        const struct sums_cell *in_first = order <= 0 ? &first->cells[a++] : NULL;
        const struct sums_cell *in_second = order >= 0 ? &second->cells[b++] : NULL;
        out->cells[out->n_cells++] = meet(in_first, in_second);
    }
}

static bool copy_ids(uint64_t **to, const uint64_t *from, size_t n)
{
    *to = malloc((n + 1) * sizeof **to);
    for (size_t i = 0; *to && i < n; i++)
        (*to)[i] = from[i];
    return *to != NULL;
}

enum comity_status sums_compare_series(
    const struct sums_table *first, const struct sums_table *second, struct sums_table *out, struct comity_error *err)
{
    *out = (struct sums_table){.domain = first->domain,
        .is_of_series = true,
        .edition = first->edition,
        .other_edition = second->edition,
        .n_rows = first->n_rows,
        .n_mentions = second->n_rows,
        .rows_left_out = first->rows_left_out,
        .events_left_out = second->rows_left_out};
    out->cells = malloc((first->n_cells + second->n_cells + 1) * sizeof *out->cells);
    bool is_good = out->cells && copy_ids(&out->rows, first->rows, first->n_rows) &&
                   copy_ids(&out->mentions, second->rows, second->n_rows) &&
                   source_copy(&out->arena, &first->series, &out->series) &&
                   source_copy(&out->arena, &second->series, &out->other);
    if (!is_good) {
        sums_release(out);
        return error_nomem(err);
    }
    merge(first, second, out);
    table_find_grain(out);
    return COMITY_OK;
}

void sums_summarise(const struct sums_table *table, struct sums_summary *out)
{
    *out = (struct sums_summary){0};
    for (size_t i = 0; i < table->n_cells; i++) {
        const struct sums_cell *cell = &table->cells[i];
        if (!cell->is_wanted)
            continue;
        out->n_cells++;
        out->by_verdict[cell->verdict]++;
        out->by_plain_verdict[cell->plain_verdict]++;
        out->n_shared += cell->has_series && cell->once.n > 0;
        out->n_explained += cell->verdict == SUMS_EQUAL && cell->plain.n > 0 && cell->plain_verdict != SUMS_EQUAL &&
                            cell->plain.amount > cell->series.amount;
    }
}
