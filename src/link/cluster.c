/* Components by union-find; each solved with a matrix of summed evidence, which is bounded by the cap on its size. */
#include "link/cluster.h"

#include "base/array.h"
#include "base/disjoint.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>

static const double never = -1e9;
/* One source describes alike what is alike: its rows' agreement in every word says less than it seems, and must not
 * pull two of its rows together past the row of another source that belongs to each. */
static const double most_within = 15;
/* One pair, however alike, must not outweigh many that speak against it. */
static const double most_pair = 25;
/* How much the strongest pair across sources counts beside the mean of all: the one row that tells the amount knows
 * more than the two that do not. */
static const double of_strongest = 0.25;
/* What is told by one of two equal events goes to one of them, rather than being a third: so a little less than even.
 */
static const double least_odds = 0.8;

struct component {
    size_t begin, end; /* in members */
};

struct solver {
    const struct frame *frame;
    const struct link_model *model;
    const struct edge *edges;
    size_t n_edges;
    struct position_pair *apart; /* a below b, by a */
    size_t n_apart;
    uint32_t *unit;    /* by position: the lowest position that it is joined with by judgement */
    uint32_t *parent;  /* union-find over positions, for components */
    uint32_t *members; /* positions by component */
    struct component *components;
    size_t n_components, room_components;
    struct clustering *out;
};

/* A group of units while a component is solved. */
struct group {
    uint32_t lowest;
    uint32_t n_members;
    uint32_t best; /* the group behind it that it would gain most from */
    double best_gain;
    bool is_live;
};

struct matrix {
    const struct solver *solver;
    const uint32_t *members;
    size_t n_members, n;
    struct group *groups;
    uint32_t *group_of; /* by member */
    uint8_t *tells;     /* group × n_sources: the source is in the group */
    uint32_t *sources;  /* distinct sources of the component */
    size_t n_sources;
    double *evidence;    /* group × group: sum over pairs of members */
    double *strongest;   /* group × group: the most that a pair across sources says; `never` without one */
    uint8_t *is_put_off; /* group × group: something else was likelier when the two were looked at */
};

/* ---- solving one component ---- */

static double gain(const struct matrix *matrix, size_t i, size_t j)
{
    const struct group *a = &matrix->groups[i], *b = &matrix->groups[j];
    double mean = matrix->evidence[i * matrix->n + j] / ((double)a->n_members * b->n_members), twice = 0;
    double strongest = matrix->strongest[i * matrix->n + j];
    double bits = strongest > never ? (1 - of_strongest) * mean + of_strongest * fmin(strongest, most_pair) : mean;
    for (size_t s = 0; s < matrix->n_sources; s++)
        if (matrix->tells[i * matrix->n_sources + s] && matrix->tells[j * matrix->n_sources + s])
            twice += matrix->solver->frame->twice_bits[matrix->sources[s]];
    return bits + twice;
}

static void find_best(struct matrix *matrix, size_t i)
{
    struct group *group = &matrix->groups[i];
    group->best_gain = never;
    for (size_t j = i + 1; j < matrix->n; j++) {
        if (!matrix->groups[j].is_live || matrix->is_put_off[i * matrix->n + j])
            continue;
        double bits = gain(matrix, i, j);
        if (bits > group->best_gain) {
            group->best_gain = bits;
            group->best = (uint32_t)j;
        }
    }
}

static void merge(struct matrix *matrix, size_t i, size_t j)
{
    size_t n = matrix->n;
    struct group *a = &matrix->groups[i], *b = &matrix->groups[j];
    a->n_members += b->n_members;
    b->is_live = false;
    for (size_t k = 0; k < n; k++) {
        matrix->evidence[i * n + k] += matrix->evidence[j * n + k];
        matrix->evidence[k * n + i] = matrix->evidence[i * n + k];
        matrix->strongest[i * n + k] = fmax(matrix->strongest[i * n + k], matrix->strongest[j * n + k]);
        matrix->strongest[k * n + i] = matrix->strongest[i * n + k];
        matrix->is_put_off[i * n + k] = matrix->is_put_off[k * n + i] = 0;
    }
    for (size_t s = 0; s < matrix->n_sources; s++)
        matrix->tells[i * matrix->n_sources + s] |= matrix->tells[j * matrix->n_sources + s];
    for (size_t m = 0; m < matrix->n_members; m++)
        if (matrix->group_of[m] == j)
            matrix->group_of[m] = (uint32_t)i;
    for (size_t k = 0; k < n; k++) {
        struct group *group = &matrix->groups[k];
        if (!group->is_live)
            continue;
        if (k == i || group->best == i || group->best == j)
            find_best(matrix, k);
        else if (k < i) {
            double bits = gain(matrix, k, i);
            if (bits > group->best_gain) {
                group->best_gain = bits;
                group->best = (uint32_t)i;
            }
        }
    }
}

/* Odds of what else the first group could be joined with, by what cannot be one with the second too. */
static double odds_of_others(const struct matrix *matrix, size_t i, size_t j)
{
    double odds = 0;
    for (size_t k = 0; k < matrix->n; k++)
        if (k != i && k != j && matrix->groups[k].is_live) {
            double bits = gain(matrix, i, k);
            if (bits > -5 && gain(matrix, j, k) <= 0)
                odds += exp2(fmin(bits, 60));
        }
    return odds;
}

/* Whether the two are one event rather than each one with others: M. Sadinle, JASA 112 (2017) 600-612. */
static bool is_likeliest(const struct matrix *matrix, size_t i, size_t j)
{
    double odds = exp2(fmin(gain(matrix, i, j), 60));
    return odds >= least_odds * (1 + odds_of_others(matrix, i, j) + odds_of_others(matrix, j, i));
}

/* Ties go to the lowest groups: groups stand in the order of their lowest positions. Returns whether any pair was put
 * off and others were joined. */
static bool join_likeliest(struct matrix *matrix)
{
    bool has_joined = false, has_put_off = false;
    for (size_t i = 0; i < matrix->n; i++)
        if (matrix->groups[i].is_live)
            find_best(matrix, i);
    for (;;) {
        size_t best = matrix->n;
        double most = 0;
        for (size_t i = 0; i < matrix->n; i++)
            if (matrix->groups[i].is_live && matrix->groups[i].best_gain > most) {
                most = matrix->groups[i].best_gain;
                best = i;
            }
        if (best == matrix->n)
            return has_joined && has_put_off;
        size_t other = matrix->groups[best].best;
        if (is_likeliest(matrix, best, other)) {
            merge(matrix, best, other);
            has_joined = true;
        } else {
            matrix->is_put_off[best * matrix->n + other] = matrix->is_put_off[other * matrix->n + best] = 1;
            find_best(matrix, best);
            has_put_off = true;
        }
    }
}

/* What was likelier may be joined with something else by then: so what was put off is looked at again. */
static void join_groups(struct matrix *matrix)
{
    const int most_rounds = 4;
    for (int round = 0; round < most_rounds; round++) {
        memset(matrix->is_put_off, 0, matrix->n * matrix->n);
        if (!join_likeliest(matrix))
            return;
    }
}

static void fill_groups(struct matrix *matrix)
{
    const uint32_t *unit = matrix->solver->unit;
    for (size_t m = 0; m < matrix->n_members; m++) {
        size_t g = 0;
        while (g < matrix->n && matrix->groups[g].lowest != unit[matrix->members[m]])
            g++;
        if (g == matrix->n)
            matrix->groups[matrix->n++] = (struct group){.lowest = unit[matrix->members[m]], .is_live = true};
        matrix->groups[g].n_members++;
        matrix->group_of[m] = (uint32_t)g;
        uint32_t source = matrix->solver->frame->source[matrix->members[m]];
        size_t s = 0;
        while (s < matrix->n_sources && matrix->sources[s] != source)
            s++;
        if (s == matrix->n_sources)
            matrix->sources[matrix->n_sources++] = source;
    }
}

static void fill_evidence(struct matrix *matrix)
{
    const struct frame *frame = matrix->solver->frame;
    const struct link_model *model = matrix->solver->model;
    size_t n = matrix->n;
    for (size_t x = 0; x < matrix->n_members; x++) {
        size_t i = matrix->group_of[x];
        for (size_t s = 0; s < matrix->n_sources; s++)
            if (matrix->sources[s] == frame->source[matrix->members[x]])
                matrix->tells[i * matrix->n_sources + s] = 1;
        for (size_t y = x + 1; y < matrix->n_members; y++) {
            size_t j = matrix->group_of[y];
            if (i == j)
                continue;
            uint32_t a = matrix->members[x], b = matrix->members[y];
            double bits = model_evidence(model, frame, a, b, frame_compare(frame, a, b));
            bits = frame->source[a] == frame->source[b] ? fmin(bits, most_within)
                                                        : bits + model_rate_bits(model, frame, a, b);
            if (frame->source[a] != frame->source[b] && bits > matrix->strongest[i * n + j])
                matrix->strongest[i * n + j] = matrix->strongest[j * n + i] = bits;
            matrix->evidence[i * n + j] += bits;
            matrix->evidence[j * n + i] += bits;
        }
    }
}

static size_t member_of(const struct matrix *matrix, uint32_t position)
{
    size_t low = 0, high = matrix->n_members;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (matrix->members[middle] < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low < matrix->n_members && matrix->members[low] == position ? low : SIZE_MAX;
}

/* The first of the pairs whose lower position is not below. */
static size_t first_apart(const struct solver *solver, uint32_t position)
{
    size_t low = 0, high = solver->n_apart;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (solver->apart[middle].a < position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void forbid(struct matrix *matrix)
{
    const struct solver *solver = matrix->solver;
    for (size_t x = 0; x < matrix->n_members; x++)
        for (size_t p = first_apart(solver, matrix->members[x]);
             p < solver->n_apart && solver->apart[p].a == matrix->members[x]; p++) {
            size_t y = member_of(matrix, solver->apart[p].b);
            if (y == SIZE_MAX || matrix->group_of[x] == matrix->group_of[y])
                continue;
            size_t i = matrix->group_of[x], j = matrix->group_of[y];
            matrix->evidence[i * matrix->n + j] = matrix->evidence[j * matrix->n + i] = never * 1e6;
        }
}

static enum comity_status solve(void *context, size_t number)
{
    struct solver *solver = context;
    const struct component *component = &solver->components[number];
    size_t n = component->end - component->begin;
    struct matrix matrix = {.solver = solver, .members = &solver->members[component->begin], .n_members = n};
    enum comity_status status = COMITY_NOMEM;
    matrix.groups = calloc(n, sizeof *matrix.groups);
    matrix.group_of = calloc(n, sizeof *matrix.group_of);
    matrix.sources = calloc(n, sizeof *matrix.sources);
    if (!matrix.groups || !matrix.group_of || !matrix.sources)
        goto out;
    fill_groups(&matrix);
    matrix.tells = calloc(matrix.n * matrix.n_sources, 1);
    matrix.evidence = calloc(matrix.n * matrix.n, sizeof *matrix.evidence);
    matrix.strongest = malloc(matrix.n * matrix.n * sizeof *matrix.strongest);
    matrix.is_put_off = malloc(matrix.n * matrix.n);
    if (!matrix.tells || !matrix.evidence || !matrix.strongest || !matrix.is_put_off)
        goto out;
    for (size_t k = 0; k < matrix.n * matrix.n; k++)
        matrix.strongest[k] = never;
    fill_evidence(&matrix);
    forbid(&matrix);
    join_groups(&matrix);
    /* Members ascend, so the first of a group is its lowest. */
    for (size_t m = n; m-- > 0;)
        matrix.groups[matrix.group_of[m]].lowest = matrix.members[m];
    for (size_t m = 0; m < n; m++)
        solver->out->cluster[matrix.members[m]] = matrix.groups[matrix.group_of[m]].lowest;
    status = COMITY_OK;
out:
    free(matrix.groups);
    free(matrix.group_of);
    free(matrix.sources);
    free(matrix.tells);
    free(matrix.evidence);
    free(matrix.strongest);
    free(matrix.is_put_off);
    return status;
}

/* ---- components ---- */

/* Joins, within the positions of one mark, what edges above `least` connect. */
static void connect(struct solver *solver, const uint32_t *positions, size_t n, float least)
{
    for (size_t m = 0; m < n; m++)
        solver->parent[positions[m]] = positions[m];
    for (size_t m = 0; m < n; m++)
        disjoint_join(solver->parent, positions[m], solver->unit[positions[m]]);
    for (size_t m = 0; m < n; m++) {
        size_t low = 0, high = solver->n_edges;
        while (low < high) {
            size_t middle = (low + high) / 2;
            if (solver->edges[middle].a < positions[m])
                low = middle + 1;
            else
                high = middle;
        }
        for (; low < solver->n_edges && solver->edges[low].a == positions[m]; low++)
            if (solver->edges[low].bits > least)
                disjoint_join(solver->parent, positions[m], solver->edges[low].b);
    }
}

/* Sorts `positions` by root, then position, and adds a component for each root; too large ones are cut at weaker pairs.
 */
static bool add_components(struct solver *solver, size_t begin, size_t end, float least)
{
    uint32_t *positions = &solver->members[begin];
    size_t n = end - begin;
    struct sort_item *items = malloc((n + 1) * sizeof *items);
    if (!items)
        return false;
    for (size_t m = 0; m < n; m++)
        items[m] = (struct sort_item){disjoint_root(solver->parent, positions[m]), positions[m]};
    sort_items(items, n);
    for (size_t m = 0; m < n; m++)
        positions[m] = items[m].payload;
    bool is_done = true;
    for (size_t i = 0, j; is_done && i < n; i = j) {
        for (j = i + 1; j < n && items[j].key == items[i].key; j++) {
        }
        if (j - i == 1)
            continue;
        if (j - i > CLUSTER_MOST_MEMBERS && least < 60) {
            solver->out->n_splits += least == 0;
            connect(solver, &positions[i], j - i, least + 1);
            is_done = add_components(solver, begin + i, begin + j, least + 1);
            continue;
        }
        is_done = ARRAY_ROOM(solver->components, solver->n_components, solver->room_components, 1);
        if (is_done)
            solver->components[solver->n_components++] = (struct component){begin + i, begin + j};
    }
    free(items);
    return is_done;
}

/* Edges may lead out of a part that is being cut; connect() is only asked about whole components, so they do not. */
static enum comity_status find_components(
    struct solver *solver, const struct position_pair *together, size_t n_together)
{
    size_t n = solver->frame->n;
    for (uint32_t p = 0; p < n; p++)
        solver->unit[p] = solver->parent[p] = solver->members[p] = solver->out->cluster[p] = p;
    for (size_t i = 0; i < n_together; i++)
        disjoint_join(solver->unit, together[i].a, together[i].b);
    for (uint32_t p = 0; p < n; p++) {
        solver->unit[p] = disjoint_root(solver->unit, p);
        disjoint_join(solver->parent, p, solver->unit[p]);
    }
    for (size_t e = 0; e < solver->n_edges; e++)
        disjoint_join(solver->parent, solver->edges[e].a, solver->edges[e].b);
    return add_components(solver, 0, n, 0) ? COMITY_OK : COMITY_NOMEM;
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
    struct position_pair *sorted = malloc((n + 1) * sizeof *sorted);
    for (size_t i = 0; sorted && i < n; i++) {
        bool is_turned = apart[i].a > apart[i].b;
        sorted[i] = (struct position_pair){is_turned ? apart[i].b : apart[i].a, is_turned ? apart[i].a : apart[i].b};
    }
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
        status = parallel_run(solver.n_components, threads, solve, &solver);
    free(solver.apart);
    free(solver.unit);
    free(solver.parent);
    free(solver.members);
    free(solver.components);
    return status;
}

void clustering_release(struct clustering *clustering)
{
    free(clustering->cluster);
    *clustering = (struct clustering){0};
}
