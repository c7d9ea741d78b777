/* Components by union-find; each solved by itself, on threads. */
#include "link/cluster.h"

#include "base/array.h"
#include "base/disjoint.h"
#include "base/parallel.h"

#include <stdatomic.h>
#include <stdlib.h>

struct span {
    size_t begin, end; /* in members */
};

struct solver {
    const struct frame *frame;
    const struct link_model *model;
    const struct edge *edges; /* a below b, by a */
    size_t n_edges;
    struct position_pair *apart; /* a below b, by a */
    size_t n_apart;
    uint32_t *unit;    /* by position: the lowest position that it is joined with by judgement */
    uint32_t *parent;  /* union-find over positions, for components */
    uint32_t *members; /* positions by component, ascending */
    struct span *spans;
    size_t n_spans, room_spans;
    atomic_size_t n_cut;
    struct clustering *out;
};

/* ---- one component ---- */

/* What of a solver concerns a component, by member. */
struct extract {
    struct component component;
    uint32_t *unit, *cluster;
    struct position_pair *apart;
    struct edge *edges;
    size_t room_apart, room_edges;
};

static size_t member_of(const struct component *component, uint32_t position)
{
    return place_in(component->members, component->n_members, position);
}

static size_t first_edge(const struct solver *solver, uint32_t position)
{
    size_t low = 0, high = solver->n_edges;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (solver->edges[middle].a < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool extract_apart(const struct solver *solver, struct extract *out, uint32_t member)
{
    struct component *component = &out->component;
    uint32_t position = component->members[member];
    for (size_t p = first_pair_from(solver->apart, solver->n_apart, position);
         p < solver->n_apart && solver->apart[p].a == position; p++) {
        size_t other = member_of(component, solver->apart[p].b);
        if (other == SIZE_MAX)
            continue;
        if (!ARRAY_ROOM(out->apart, component->n_apart, out->room_apart, 1))
            return false;
        out->apart[component->n_apart++] = (struct position_pair){member, (uint32_t)other, solver->apart[p].part};
    }
    return true;
}

static bool extract_edges(const struct solver *solver, struct extract *out, uint32_t member)
{
    struct component *component = &out->component;
    uint32_t position = component->members[member];
    for (size_t e = first_edge(solver, position); e < solver->n_edges && solver->edges[e].a == position; e++) {
        if (!ARRAY_ROOM(out->edges, component->n_edges, out->room_edges, 1))
            return false;
        out->edges[component->n_edges++] =
            (struct edge){member, (uint32_t)member_of(component, solver->edges[e].b), solver->edges[e].bits};
    }
    return true;
}

static bool extract(const struct solver *solver, const struct span *span, struct extract *out)
{
    size_t n = span->end - span->begin;
    *out = (struct extract){.component = {.frame = solver->frame,
                                .model = solver->model,
                                .members = &solver->members[span->begin],
                                .n_members = n},
        .unit = malloc(n * sizeof *out->unit),
        .cluster = malloc(n * sizeof *out->cluster)};
    bool is_good = out->unit && out->cluster;
    for (uint32_t m = 0; is_good && m < n; m++) {
        out->unit[m] = (uint32_t)member_of(&out->component, solver->unit[out->component.members[m]]);
        is_good = extract_apart(solver, out, m) && (n <= COMPONENT_MOST_MEMBERS || extract_edges(solver, out, m));
    }
    out->component.unit = out->unit;
    out->component.apart = out->apart;
    out->component.edges = out->edges;
    return is_good;
}

static enum comity_status solve_span(void *context, size_t number)
{
    struct solver *solver = context;
    struct extract found;
    bool is_cut = false;
    enum comity_status status = extract(solver, &solver->spans[number], &found) ? COMITY_OK : COMITY_NOMEM;
    const struct component *component = &found.component;
    if (status == COMITY_OK)
        status = component_solve(component, found.cluster, &is_cut);
    for (size_t m = 0; status == COMITY_OK && m < component->n_members; m++)
        solver->out->cluster[component->members[m]] = component->members[found.cluster[m]];
    if (is_cut)
        atomic_fetch_add(&solver->n_cut, 1);
    free(found.unit);
    free(found.cluster);
    free(found.apart);
    free(found.edges);
    return status;
}

/* ---- components ---- */

/* Sorts the positions by root, then position, and adds a span for each root of more than one. */
static bool add_spans(struct solver *solver)
{
    size_t n = solver->frame->n;
    struct sort_item *items = malloc((n + 1) * sizeof *items);
    if (!items)
        return false;
    for (uint32_t p = 0; p < n; p++)
        items[p] = (struct sort_item){disjoint_root(solver->parent, p), p};
    sort_items(items, n);
    for (size_t m = 0; m < n; m++)
        solver->members[m] = items[m].payload;
    bool is_done = true;
    for (size_t i = 0, j; is_done && i < n; i = j) {
        for (j = i + 1; j < n && items[j].key == items[i].key; j++) {
        }
        if (j - i == 1)
            continue;
        is_done = ARRAY_ROOM(solver->spans, solver->n_spans, solver->room_spans, 1);
        if (is_done)
            solver->spans[solver->n_spans++] = (struct span){i, j};
    }
    free(items);
    return is_done;
}

static enum comity_status find_components(
    struct solver *solver, const struct position_pair *together, size_t n_together)
{
    size_t n = solver->frame->n;
    for (uint32_t p = 0; p < n; p++)
        solver->unit[p] = solver->parent[p] = solver->out->cluster[p] = p;
    for (size_t i = 0; i < n_together; i++)
        disjoint_join(solver->unit, together[i].a, together[i].b);
    for (uint32_t p = 0; p < n; p++) {
        solver->unit[p] = disjoint_root(solver->unit, p);
        disjoint_join(solver->parent, p, solver->unit[p]);
    }
    for (size_t e = 0; e < solver->n_edges; e++)
        disjoint_join(solver->parent, solver->edges[e].a, solver->edges[e].b);
    return add_spans(solver) ? COMITY_OK : COMITY_NOMEM;
}

static int compare_pairs(const void *a, const void *b)
{
    const struct position_pair *x = a, *y = b;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

static struct position_pair *sort_apart(const struct position_pair *apart, size_t n)
{
    static const uint8_t turned[] = {[PART_NONE] = PART_NONE, [PART_A] = PART_B, [PART_B] = PART_A};
    struct position_pair *sorted = malloc((n + 1) * sizeof *sorted);
    for (size_t i = 0; sorted && i < n; i++)
        sorted[i] =
            apart[i].a <= apart[i].b ? apart[i] : (struct position_pair){apart[i].b, apart[i].a, turned[apart[i].part]};
    if (sorted && n)
        qsort(sorted, n, sizeof *sorted, compare_pairs);
    return sorted;
}

enum comity_status cluster_positions(const struct frame *frame, const struct link_model *model,
    const struct edge *edges, size_t n_edges, const struct position_pair *together, size_t n_together,
    const struct position_pair *apart, size_t n_apart, unsigned threads, struct clustering *out)
{
    size_t room = frame->n + 1;
    *out = (struct clustering){.cluster = malloc(room * sizeof *out->cluster)};
    struct solver solver = {.frame = frame,
        .model = model,
        .edges = edges,
        .n_edges = n_edges,
        .apart = sort_apart(apart, n_apart),
        .n_apart = n_apart,
        .out = out,
        .unit = malloc(room * sizeof *solver.unit),
        .parent = malloc(room * sizeof *solver.parent),
        .members = malloc(room * sizeof *solver.members)};
    enum comity_status status = COMITY_NOMEM;
    if (out->cluster && solver.apart && solver.unit && solver.parent && solver.members)
        status = find_components(&solver, together, n_together);
    if (status == COMITY_OK)
        status = parallel_run(solver.n_spans, threads, solve_span, &solver);
    out->n_splits = solver.n_cut;
    free(solver.apart);
    free(solver.unit);
    free(solver.parent);
    free(solver.members);
    free(solver.spans);
    return status;
}

void clustering_release(struct clustering *clustering)
{
    free(clustering->cluster);
    *clustering = (struct clustering){0};
}
