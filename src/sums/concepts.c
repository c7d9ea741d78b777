/* A series that lists a group beside its members means by it either the rest or the total; its own numbers tell which.
 */
#include "sums/concepts.h"

#include "base/error.h"
#include "sums/claim.h"

#include <stdlib.h>

/* By place, period and dimension, so that the concepts of one cell stand together. */
static int beside(const struct sums_cell *x, const struct sums_cell *y)
{
    struct sums_cell a = *x, b = *y;
    a.concept = b.concept = 0;
    return cell_order(&a, &b);
}

struct pointer {
    const struct sums_cell *to;
};

static int by_neighbour(const void *left, const void *right)
{
    return beside(((const struct pointer *)left)->to, ((const struct pointer *)right)->to);
}

/* The nearest used concept properly above a used one. */
static uint32_t used_above(const struct concept_use *use, uint32_t concept)
{
    return concept == 0 ? CONCEPT_NONE : use->nearest[use->tree->nodes[concept].parent];
}

static void find_nearest(const struct sums_table *table, struct concept_use *use)
{
    for (size_t i = 0; i < table->n_cells; i++)
        use->is_used[table->cells[i].concept] = true;
    for (uint32_t node = 0; node < use->tree->n_nodes; node++) {
        uint32_t above = node == 0 ? CONCEPT_NONE : use->nearest[use->tree->nodes[node].parent];
        use->nearest[node] = use->is_used[node] ? node : above;
    }
    for (uint32_t node = (uint32_t)use->tree->n_nodes - 1; node > 0; node--)
        use->has_below[use->tree->nodes[node].parent] |= use->is_used[node] || use->has_below[node];
}

struct votes {
    uint32_t n_both, n_equal;
};

/* One run of cells that differ in their concept only. */
static void vote(const struct concept_use *use, const struct pointer *cells, size_t n, struct votes *votes)
{
    for (size_t i = 0; i < n; i++) {
        struct sum members = {0};
        for (size_t k = 0; k < n; k++) {
            if (used_above(use, cells[k].to->concept) != cells[i].to->concept)
                continue;
            sum_join(&members, &cells[k].to->series);
        }
        if (!members.n)
            continue;
        votes[cells[i].to->concept].n_both++;
        votes[cells[i].to->concept].n_equal += sums_are_equal(cells[i].to->series, members);
    }
}

static bool find_totals(const struct sums_table *table, struct concept_use *use)
{
    size_t n = table->n_cells, n_nodes = use->tree->n_nodes;
    struct pointer *cells = malloc((n + 1) * sizeof *cells);
    struct votes *votes = calloc(n_nodes, sizeof *votes);
    bool is_good = cells && votes;
    for (size_t i = 0; is_good && i < n; i++)
        cells[i].to = &table->cells[i];
    if (is_good && n)
        qsort(cells, n, sizeof *cells, by_neighbour);
    for (size_t i = 0, end; is_good && i < n; i = end) {
        for (end = i + 1; end < n && beside(cells[i].to, cells[end].to) == 0;)
            end++;
        vote(use, cells + i, end - i, votes);
    }
    for (uint32_t node = 0; is_good && node < n_nodes; node++)
        use->is_total[node] = votes[node].n_both && 2 * votes[node].n_equal >= votes[node].n_both;
    free(cells);
    free(votes);
    return is_good;
}

enum comity_status concept_use_find(const struct sums_table *table, struct concept_use *out, struct comity_error *err)
{
    const struct domain *domain = table->domain;
    *out = (struct concept_use){.tree = domain->what < 0 ? NULL : domain->fields[domain->what].spec.concepts};
    if (!out->tree)
        return COMITY_OK;
    size_t n = out->tree->n_nodes + 1;
    out->nearest = malloc(n * sizeof *out->nearest);
    out->is_used = calloc(n, sizeof *out->is_used);
    out->is_total = calloc(n, sizeof *out->is_total);
    out->has_below = calloc(n, sizeof *out->has_below);
    if (out->nearest && out->is_used && out->is_total && out->has_below) {
        find_nearest(table, out);
        if (find_totals(table, out))
            return COMITY_OK;
    }
    concept_use_release(out);
    return error_nomem(err);
}

void concept_use_release(struct concept_use *use)
{
    free(use->nearest);
    free(use->is_used);
    free(use->is_total);
    free(use->has_below);
    *use = (struct concept_use){0};
}

uint32_t concept_use_next(const struct concept_use *use, uint32_t concept, uint32_t after)
{
    if (!use->tree)
        return after == CONCEPT_NONE ? 0 : CONCEPT_NONE;
    if (after == CONCEPT_NONE)
        return use->nearest[concept];
    uint32_t next = used_above(use, after);
    while (next != CONCEPT_NONE && !use->is_total[next])
        next = used_above(use, next);
    return next;
}

bool concept_use_is_possible(const struct concept_use *use, uint32_t concept, uint32_t used)
{
    return use->tree && use->nearest[concept] == CONCEPT_NONE && concept_is_within(use->tree, used, concept);
}
