/* totals.c - plain sum, counted once, by dimension and by concept group; counts of cases, sources and doubts. */
#include "view/scan.h"

#include "base/error.h"

#include <stdlib.h>

struct sum {
    double amount;
    uint64_t n;
};

static void add_up(const uint32_t *rows, size_t n, const uint16_t *slot, const double *amount, struct sum *sums)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t row = rows[i];
        sums[slot[row]].amount += amount[row];
        sums[slot[row]].n++;
    }
}

static void put_sums(const struct sum *plain, const struct sum *once, struct view_total *out)
{
    out->plain += plain->amount;
    out->n_plain += plain->n;
    out->once += once->amount;
    out->n_once += once->n;
}

static int more_entities(const void *a, const void *b)
{
    const struct view_total *p = a, *q = b;
    if (p->n_once != q->n_once)
        return p->n_once > q->n_once ? -1 : 1;
    return p->dimension < q->dimension ? -1 : p->dimension > q->dimension;
}

struct totals_scan {
    struct scan *scan;
    struct sum *plain, *once;
    struct view_total *by_dimension; /* n_dimensions */
    uint32_t *rank;                  /* of dimensions in the answer */
};

static size_t totals_by_dimension(struct totals_scan *totals)
{
    const struct slots *slots = &totals->scan->view->slots;
    size_t n = 0;
    for (uint32_t dimension = 0; dimension < slots->n_dimensions; dimension++) {
        struct view_total *total = &totals->by_dimension[n];
        *total = (struct view_total){.dimension = dimension};
        for (uint32_t group = 0; group <= slots->n_groups; group++) {
            uint32_t slot = group * (slots->n_dimensions + 1) + dimension + 1;
            put_sums(&totals->plain[slot], &totals->once[slot], total);
        }
        n += total->n_plain + total->n_once > 0;
    }
    qsort(totals->by_dimension, n, sizeof *totals->by_dimension, more_entities);
    for (uint32_t i = 0; i < n; i++)
        totals->rank[totals->by_dimension[i].dimension] = i;
    return n;
}

/* Groups of one dimension follow each other; insertion keeps them in order, there are few. */
static void insert_group(struct answer *out, const uint32_t *rank, const struct view_group_total *group)
{
    size_t at = out->n_groups++;
    for (; at > 0; at--) {
        const struct view_group_total *before = &out->groups[at - 1];
        uint32_t a = rank[before->total.dimension], b = rank[group->total.dimension];
        if (a < b || (a == b && before->total.once >= group->total.once))
            break;
        out->groups[at] = *before;
    }
    out->groups[at] = *group;
}

static void totals_by_group(struct totals_scan *totals)
{
    const struct slots *slots = &totals->scan->view->slots;
    for (uint32_t slot = 0; slot < slots_count(slots); slot++) {
        uint32_t group = slot / (slots->n_dimensions + 1), dimension = slot % (slots->n_dimensions + 1);
        if (dimension == 0 || totals->plain[slot].n + totals->once[slot].n == 0)
            continue;
        struct view_group_total total = {.concept = group < slots->n_groups ? slots->group_node[group] : CONCEPT_NONE,
            .total.dimension = dimension - 1};
        put_sums(&totals->plain[slot], &totals->once[slot], &total.total);
        insert_group(totals->scan->out, totals->rank, &total);
    }
}

enum comity_status totals_answer(struct scan *scan)
{
    const struct slots *slots = &scan->view->slots;
    const struct view_class *class = scan->class;
    struct answer *out = scan->out;
    uint32_t n = slots_count(slots);
    struct totals_scan totals = {.scan = scan};
    totals.plain = calloc(2 * (size_t)n, sizeof *totals.plain);
    totals.rank = ARENA_ARRAY(&out->arena, uint32_t, slots->n_dimensions + 1);
    totals.by_dimension = ARENA_ARRAY(&out->arena, struct view_total, slots->n_dimensions + 1);
    out->groups = ARENA_ARRAY(&out->arena, struct view_group_total, n);
    bool is_good = totals.plain && totals.rank && totals.by_dimension && out->groups;
    if (is_good) {
        totals.once = totals.plain + n;
        add_up(
            scan->picked_mentions, scan->n_picked_mentions, class->mention_slot, class->mention_amount, totals.plain);
        add_up(scan->picked, scan->n_picked, class->slot, class->amount, totals.once);
        out->totals = totals.by_dimension;
        out->n_totals = totals_by_dimension(&totals);
        totals_by_group(&totals);
        if (out->n_totals && out->totals[0].n_once)
            out->leading_dimension = out->totals[0].dimension;
    }
    free(totals.plain);
    return is_good ? COMITY_OK : error_nomem(scan->err);
}

/* ---- counts -------------------------------------------------------------------------------------------------- */

static void count_doubts(const uint32_t *counts, struct view_doubts *out)
{
    uint64_t by_doubt[N_DOUBTS] = {0};
    for (uint32_t doubts = 0; doubts < 1u << N_DOUBTS; doubts++)
        for (int i = 0; i < N_DOUBTS; i++)
            by_doubt[i] += doubts >> i & 1 ? counts[doubts] : 0;
    *out = (struct view_doubts){.n_without_quantity = by_doubt[DOUBT_NO_QUANTITY],
        .n_not_placed = by_doubt[DOUBT_NOT_PLACED],
        .n_without_date = by_doubt[DOUBT_NO_DATE],
        .n_unread_concept = by_doubt[DOUBT_UNREAD],
        .n_implausible = by_doubt[DOUBT_IMPLAUSIBLE],
        .n_undecided = by_doubt[DOUBT_ALIKE],
        .n_in_conflict = by_doubt[DOUBT_CONFLICT],
        .n_imprecise_place = by_doubt[DOUBT_IMPRECISE],
        .n_repeated = by_doubt[DOUBT_REPEATED]};
}

static uint64_t count_sources(const struct scan *scan, const uint32_t *counts, uint8_t *seen)
{
    const struct facet_column *facet = &scan->class->facets[scan->class->source_facet];
    uint64_t n = 0;
    for (uint32_t bucket = 0; bucket < facet->n_buckets; bucket++)
        for (uint32_t i = facet->set_first[bucket]; counts[bucket] && i < facet->set_first[bucket + 1]; i++) {
            n += !seen[facet->set_members[i]];
            seen[facet->set_members[i]] = 1;
        }
    return n;
}

static uint64_t count_cases(const struct scan *scan, uint8_t *seen)
{
    const uint32_t *case_number = scan->view->resolution->case_number;
    uint64_t n = 0;
    for (size_t i = 0; i < scan->n_picked; i++) {
        uint32_t number = case_number[scan->picked[i]];
        n += !seen[number];
        seen[number] = 1;
    }
    return n;
}

enum comity_status counts_answer(struct scan *scan)
{
    const struct facet_column *facet = &scan->class->facets[scan->class->source_facet];
    size_t n_seen = scan->view->resolution->n_cases + scan->view->mentions->n_sources + 1;
    uint32_t n_buckets = facet->n_buckets > 1u << N_DOUBTS ? facet->n_buckets : 1u << N_DOUBTS;
    uint32_t *counts = calloc(4 * (size_t)n_buckets, sizeof *counts);
    uint8_t *seen = calloc(n_seen, 1);
    bool is_good = counts && seen;
    if (is_good) {
        count_buckets(scan->class->doubts, scan->picked, scan->n_picked, counts, 1u << N_DOUBTS);
        count_doubts(counts, &scan->out->doubts);
        memset(counts, 0, 4 * (size_t)n_buckets * sizeof *counts);
        count_buckets(facet->bucket, scan->picked, scan->n_picked, counts, facet->n_buckets);
        scan->out->n_sources = count_sources(scan, counts, seen);
        memset(seen, 0, n_seen);
        scan->out->n_cases = count_cases(scan, seen);
    }
    free(counts);
    free(seen);
    return is_good ? COMITY_OK : error_nomem(scan->err);
}
