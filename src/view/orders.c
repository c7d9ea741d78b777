/* orders.c - the orders of lists. Distinct values are ranked once, then entities are counted into place: O(entities).
 */
#include "view/columns.h"

#include "base/error.h"

#include <stdlib.h>

struct ranked {
    double major, minor; /* ascending */
    uint32_t code;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *p = a, *q = b;
    if (p->major != q->major)
        return p->major < q->major ? -1 : 1;
    if (p->minor != q->minor)
        return p->minor < q->minor ? -1 : 1;
    return 0;
}

/* Sorts, and writes the rank of every code: equal values share one. Returns the number of ranks. */
static uint32_t give_ranks(struct ranked *ranked, uint32_t n, uint32_t *rank)
{
    uint32_t n_ranks = 0;
    qsort(ranked, n, sizeof *ranked, compare_ranked);
    for (uint32_t i = 0; i < n; i++) {
        n_ranks += i == 0 || compare_ranked(&ranked[i - 1], &ranked[i]) != 0;
        rank[ranked[i].code] = n_ranks - 1;
    }
    return n_ranks;
}

/* Entities by rank of their code; within a rank by index, falling when `is_newest_first`. */
static bool place_by_rank(
    const uint32_t *winner, const uint32_t *rank, uint32_t n_ranks, size_t n, bool is_newest_first, uint32_t *order)
{
    uint32_t *start = calloc(n_ranks + 1, sizeof *start);
    if (!start)
        return false;
    for (size_t i = 0; i < n; i++)
        start[rank[winner[i]] + 1]++;
    for (uint32_t i = 0; i < n_ranks; i++)
        start[i + 1] += start[i];
    for (size_t k = 0; k < n; k++) {
        size_t i = is_newest_first ? n - 1 - k : k;
        order[start[rank[winner[i]]]++] = (uint32_t)i;
    }
    free(start);
    return true;
}

static void order_by_index(size_t n, bool is_newest_first, uint32_t *order)
{
    for (size_t i = 0; i < n; i++)
        order[i] = (uint32_t)(is_newest_first ? n - 1 - i : i);
}

static void rank_date(const struct value *value, struct ranked *out)
{
    out->major = value_is_typed(value) ? 0 : 1;
    out->minor = value_is_typed(value) ? -(double)value->date.first : 0;
}

/* The dimension that most entities have comes first, then the next. */
static void rank_amount(const struct view_class *class, const uint64_t *used, uint32_t dimension, uint32_t n_dimensions,
    uint32_t code, struct ranked *out)
{
    out->major = n_dimensions;
    if (dimension == UINT32_MAX)
        return;
    out->major = 0;
    for (uint32_t other = 0; other < n_dimensions; other++)
        out->major += used[other] > used[dimension] || (used[other] == used[dimension] && other < dimension);
    out->minor = -class->base_amount[code];
}

static bool order_dates(const struct view *view, struct view_class *class, struct ranked *ranked, uint32_t *rank)
{
    int when = view_domain(view)->when;
    const struct column *column = view_column(view, when);
    if (!column) {
        order_by_index(view->resolution->n_entities, true, class->newest);
        return true;
    }
    for (uint32_t code = 0; code < column->n_values; code++) {
        ranked[code] = (struct ranked){.code = code};
        rank_date(&column->values[code], &ranked[code]);
    }
    uint32_t n_ranks = give_ranks(ranked, column->n_values, rank);
    return place_by_rank(
        view->resolution->winner[when], rank, n_ranks, view->resolution->n_entities, true, class->newest);
}

static bool order_amounts(const struct view *view, struct view_class *class, struct ranked *ranked, uint32_t *rank)
{
    const struct domain *domain = view_domain(view);
    const struct column *column = view_column(view, domain->how_much);
    uint64_t used[64] = {0};
    uint32_t step = view->slots.n_dimensions + 1;
    if (!column) {
        order_by_index(view->resolution->n_entities, false, class->largest);
        return true;
    }
    for (size_t i = 0; i < view->resolution->n_entities; i++)
        used[(class->slot[i] % step + 63) % 64] += class->slot[i] % step != 0;
    const struct unit_table *units = domain->fields[domain->how_much].spec.units;
    for (uint32_t code = 0; code < column->n_values; code++) {
        const struct value *value = &column->values[code];
        uint32_t dimension = value_is_typed(value) ? units->units[value->quantity.unit].dimension_id : UINT32_MAX;
        ranked[code] = (struct ranked){.code = code};
        rank_amount(class, used, dimension, view->slots.n_dimensions, code, &ranked[code]);
    }
    uint32_t n_ranks = give_ranks(ranked, column->n_values, rank);
    return place_by_rank(
        view->resolution->winner[domain->how_much], rank, n_ranks, view->resolution->n_entities, false, class->largest);
}

enum comity_status orders_build(struct view *view, struct view_class *class, struct comity_error *err)
{
    const struct column *when = view_column(view, view_domain(view)->when);
    const struct column *how_much = view_column(view, view_domain(view)->how_much);
    uint32_t n_values = when ? when->n_values : 0;
    if (how_much && how_much->n_values > n_values)
        n_values = how_much->n_values;
    struct ranked *ranked = malloc((n_values + 1) * sizeof *ranked);
    uint32_t *rank = malloc((n_values + 1) * sizeof *rank);
    class->newest = ARENA_ARRAY(&view->arena, uint32_t, view->resolution->n_entities + 1);
    class->largest = ARENA_ARRAY(&view->arena, uint32_t, view->resolution->n_entities + 1);
    bool is_good = ranked && rank && class->newest && class->largest && order_dates(view, class, ranked, rank) &&
                   order_amounts(view, class, ranked, rank);
    free(ranked);
    free(rank);
    return is_good ? COMITY_OK : error_nomem(err);
}
