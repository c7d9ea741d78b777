/* Components by union-find; each solved with a matrix of summed evidence (between average linkage, R. R. Sokal and C.
 * D. Michener 1958, and single linkage), the best partner of each group kept at hand. */
#include "match/group.h"

#include "base/arena.h"
#include "base/array.h"
#include "base/disjoint.h"
#include "base/order.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>

/* One pair, however alike, must not outweigh many that speak against it. */
static const float most_bits = 25;

struct component {
    size_t begin, end; /* in members */
};

struct solver {
    const struct matching *matching;
    const struct likely_pair *pairs; /* by a */
    size_t n_pairs;
    size_t *first_pair; /* by position, n + 1 */
    float prior;
    uint32_t *parent, *members, *place; /* place: by position: which member of its component */
    struct component *components;
    size_t n_components, room;
    struct grouping *out;
};

/* ---- one component ---- */

struct matrix {
    size_t n;
    float *evidence;  /* n × n: sums over pairs of members */
    float *strongest; /* n × n: the most of any pair of members */
    uint32_t *size, *best, *group_of;
    float *best_gain;
    uint32_t *live; /* the groups that are left, ascending */
    size_t n_live;
    uint32_t *others; /* for one row: members whose evidence is not known yet, and their levels */
    uint64_t *vectors;
};

/* Half the mean of all pairs between two groups, half the strongest. The mean alone asks of records that were told
 * badly that they be like all others of their group; the strongest alone holds chains together. */
static inline float gain_of(const struct matrix *matrix, size_t i, size_t j)
{
    float mean = matrix->evidence[i * matrix->n + j] / ((float)matrix->size[i] * (float)matrix->size[j]);
    return (mean + matrix->strongest[i * matrix->n + j]) / 2;
}

static void find_best(struct matrix *matrix, size_t i)
{
    float most = -INFINITY;
    for (size_t k = 0; k < matrix->n_live; k++) {
        size_t j = matrix->live[k];
        float gain = j == i ? -INFINITY : gain_of(matrix, i, j);
        if (gain > most) {
            most = gain;
            matrix->best[i] = (uint32_t)j;
        }
    }
    matrix->best_gain[i] = most;
}

static void remove_live(struct matrix *matrix, size_t group)
{
    size_t kept = 0;
    for (size_t k = 0; k < matrix->n_live; k++)
        if (matrix->live[k] != group)
            matrix->live[kept++] = matrix->live[k];
    matrix->n_live = kept;
}

static void add_evidence(struct matrix *matrix, size_t i, size_t j)
{
    size_t n = matrix->n;
    for (size_t l = 0; l < matrix->n_live; l++) {
        size_t k = matrix->live[l];
        matrix->evidence[i * n + k] += matrix->evidence[j * n + k];
        matrix->evidence[k * n + i] = matrix->evidence[i * n + k];
        float most = fmaxf(matrix->strongest[i * n + k], matrix->strongest[j * n + k]);
        matrix->strongest[i * n + k] = matrix->strongest[k * n + i] = most;
    }
    matrix->size[i] += matrix->size[j];
}

static void merge(struct matrix *matrix, size_t i, size_t j)
{
    remove_live(matrix, j);
    add_evidence(matrix, i, j);
    for (size_t k = 0; k < matrix->n; k++)
        if (matrix->group_of[k] == j)
            matrix->group_of[k] = (uint32_t)i;
    for (size_t l = 0; l < matrix->n_live; l++) {
        size_t k = matrix->live[l];
        if (k == i || matrix->best[k] == i || matrix->best[k] == j) {
            find_best(matrix, k);
            continue;
        }
        float gain = gain_of(matrix, k, i);
        if (gain > matrix->best_gain[k]) {
            matrix->best_gain[k] = gain;
            matrix->best[k] = (uint32_t)i;
        }
    }
}

/* The lower group keeps its place; ties go to the lowest. */
static void join_groups(struct matrix *matrix)
{
    for (size_t i = 0; i < matrix->n; i++)
        find_best(matrix, i);
    for (;;) {
        size_t best = matrix->n;
        float most = 0;
        for (size_t l = 0; l < matrix->n_live; l++)
            if (matrix->best_gain[matrix->live[l]] > most) {
                best = matrix->live[l];
                most = matrix->best_gain[best];
            }
        if (best == matrix->n)
            return;
        size_t other = matrix->best[best];
        merge(matrix, best < other ? best : other, best < other ? other : best);
    }
}

static bool make_matrix(struct arena *arena, struct matrix *matrix, size_t n)
{
    *matrix = (struct matrix){.n = n,
        .evidence = arena_alloc(arena, n * n * sizeof *matrix->evidence),
        .strongest = arena_alloc(arena, n * n * sizeof *matrix->strongest),
        .size = arena_alloc(arena, n * sizeof *matrix->size),
        .best = arena_zero(arena, n, sizeof *matrix->best),
        .group_of = arena_alloc(arena, n * sizeof *matrix->group_of),
        .best_gain = arena_alloc(arena, n * sizeof *matrix->best_gain),
        .live = arena_alloc(arena, n * sizeof *matrix->live),
        .n_live = n,
        .others = arena_alloc(arena, n * sizeof *matrix->others),
        .vectors = arena_alloc(arena, n * sizeof *matrix->vectors)};
    return matrix->evidence && matrix->strongest && matrix->size && matrix->best && matrix->group_of &&
           matrix->best_gain && matrix->live && matrix->others && matrix->vectors;
}

static void set_evidence(struct matrix *matrix, size_t i, size_t j, float bits)
{
    bits = bits > most_bits ? most_bits : bits < -most_bits ? -most_bits : bits;
    matrix->evidence[i * matrix->n + j] = matrix->evidence[j * matrix->n + i] = bits;
}

/* What the likely pairs say is known already. */
static void fill_known(const struct solver *solver, const uint32_t *members, struct matrix *matrix)
{
    size_t n = matrix->n;
    for (size_t i = 0; i < n * n; i++)
        matrix->evidence[i] = NAN;
    for (size_t i = 0; i < n; i++)
        for (size_t e = solver->first_pair[members[i]]; e < solver->first_pair[members[i] + 1u]; e++) {
            size_t j = solver->place[solver->pairs[e].b];
            if (j < n && members[j] == solver->pairs[e].b)
                set_evidence(matrix, i, j, solver->pairs[e].bits + solver->prior);
        }
}

static void fill_row(const struct solver *solver, const uint32_t *members, struct matrix *matrix, size_t i)
{
    const struct matching *matching = solver->matching;
    size_t n_others = 0;
    for (size_t j = 0; j < i; j++)
        if (isnan(matrix->evidence[i * matrix->n + j]))
            matrix->others[n_others++] = members[j];
    weights_vectors(matching->table, matching->likeness, members[i], matrix->others, n_others, matrix->vectors);
    for (size_t k = 0; k < n_others; k++) {
        uint32_t other = matrix->others[k];
        double bits = weights_evidence(
            matching->weights, matching->table, matching->likeness, members[i], other, matrix->vectors[k]);
        set_evidence(matrix, i, solver->place[other], (float)bits + solver->prior);
    }
}

static void fill(const struct solver *solver, const uint32_t *members, struct matrix *matrix)
{
    size_t n = matrix->n;
    fill_known(solver, members, matrix);
    for (size_t i = 0; i < n; i++) {
        matrix->size[i] = 1;
        matrix->live[i] = (uint32_t)i;
        matrix->group_of[i] = (uint32_t)i;
        matrix->evidence[i * n + i] = 0;
        fill_row(solver, members, matrix, i);
    }
    memcpy(matrix->strongest, matrix->evidence, n * n * sizeof *matrix->strongest);
}

static enum comity_status solve(void *context, size_t number)
{
    struct solver *solver = context;
    const struct component *component = &solver->components[number];
    const uint32_t *members = &solver->members[component->begin];
    size_t n = component->end - component->begin;
    struct arena arena = {0};
    struct matrix matrix;
    bool is_ready = make_matrix(&arena, &matrix, n);
    if (is_ready) {
        fill(solver, members, &matrix);
        join_groups(&matrix);
        /* Members ascend and a group keeps the place of its lowest. */
        for (size_t i = 0; i < n; i++)
            solver->out->group[members[i]] = members[matrix.group_of[i]];
    }
    arena_release(&arena);
    return is_ready ? COMITY_OK : COMITY_NOMEM;
}

/* ---- components ---- */

/* Sorts members by root and adds a component for each; too large ones are cut: only edges over a rising least hold. */
static bool add_components(struct solver *solver, size_t begin, size_t end, float least)
{
    uint32_t *members = &solver->members[begin];
    size_t n = end - begin;
    struct sort_item *items = malloc((n + 1) * sizeof *items);
    if (!items)
        return false;
    for (size_t i = 0; i < n; i++)
        items[i] = (struct sort_item){disjoint_root(solver->parent, members[i]), members[i]};
    sort_items(items, n);
    for (size_t i = 0; i < n; i++)
        members[i] = items[i].payload;
    bool is_done = true;
    for (size_t i = 0, j; is_done && i < n; i = j) {
        for (j = i + 1; j < n && items[j].key == items[i].key; j++) {
        }
        if (j - i == 1)
            continue;
        if (j - i > GROUP_MOST_MEMBERS && least < 200) {
            solver->out->n_cut += least == 0;
            uint32_t root = (uint32_t)items[i].key;
            for (size_t k = i; k < j; k++)
                solver->parent[members[k]] = members[k];
            /* All of one component: an edge with one end in it has both. */
            for (size_t e = 0; e < solver->n_pairs; e++)
                if (solver->pairs[e].bits + solver->prior > least + 1 && solver->out->group[solver->pairs[e].a] == root)
                    disjoint_join(solver->parent, solver->pairs[e].a, solver->pairs[e].b);
            for (size_t k = i; k < j; k++)
                solver->out->group[members[k]] = disjoint_root(solver->parent, members[k]);
            is_done = add_components(solver, begin + i, begin + j, least + 1);
            continue;
        }
        for (size_t k = i; k < j; k++)
            solver->place[members[k]] = (uint32_t)(k - i);
        is_done = ARRAY_ROOM(solver->components, solver->n_components, solver->room, 1);
        if (is_done)
            solver->components[solver->n_components++] = (struct component){begin + i, begin + j};
    }
    free(items);
    return is_done;
}

static int compare_strength(const void *a, const void *b)
{
    const struct likely_pair *x = a, *y = b;
    if (x->bits != y->bits)
        return x->bits > y->bits ? -1 : 1;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

static struct likely_pair *sort_pairs(const struct likely_pair *pairs, size_t n, float least, size_t *n_kept)
{
    struct likely_pair *sorted = malloc((n + 1) * sizeof *sorted);
    *n_kept = 0;
    for (size_t i = 0; sorted && i < n; i++)
        if (pairs[i].bits > least)
            sorted[(*n_kept)++] = pairs[i];
    if (sorted && *n_kept)
        qsort(sorted, *n_kept, sizeof *sorted, compare_strength);
    return sorted;
}

static void count_groups(struct grouping *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out->n_groups += out->group[i] == i;
}

static void connect(struct solver *solver, size_t n_records)
{
    for (uint32_t i = 0; i < n_records; i++)
        solver->parent[i] = solver->members[i] = i;
    for (size_t e = 0; e < solver->n_pairs; e++) {
        solver->first_pair[solver->pairs[e].a + 1u]++;
        if (solver->pairs[e].bits > -solver->prior)
            disjoint_join(solver->parent, solver->pairs[e].a, solver->pairs[e].b);
    }
    for (uint32_t i = 0; i < n_records; i++) {
        solver->first_pair[i + 1u] += solver->first_pair[i];
        solver->out->group[i] = disjoint_root(solver->parent, i);
    }
}

enum comity_status group_records(
    const struct matching *matching, const struct likely_pair *pairs, size_t n, unsigned threads, struct grouping *out)
{
    size_t n_records = matching->table->n;
    struct solver solver = {.matching = matching,
        .pairs = pairs,
        .n_pairs = n,
        .first_pair = calloc(n_records + 2, sizeof *solver.first_pair),
        .prior = (float)weights_prior(matching->weights),
        .parent = malloc((n_records + 1) * sizeof *solver.parent),
        .members = malloc((n_records + 1) * sizeof *solver.members),
        .place = calloc(n_records + 1, sizeof *solver.place),
        .out = out};
    *out = (struct grouping){.group = malloc((n_records + 1) * sizeof *out->group)};
    bool is_ready = out->group && solver.first_pair && solver.parent && solver.members && solver.place;
    enum comity_status status = is_ready ? COMITY_OK : COMITY_NOMEM;
    if (status == COMITY_OK) {
        connect(&solver, n_records);
        status = add_components(&solver, 0, n_records, 0) ? COMITY_OK : COMITY_NOMEM;
    }
    if (status == COMITY_OK)
        status = parallel_run(solver.n_components, threads, solve, &solver);
    if (status == COMITY_OK)
        count_groups(out, n_records);
    free(solver.first_pair);
    free(solver.parent);
    free(solver.members);
    free(solver.place);
    free(solver.components);
    return status;
}

enum comity_status group_roughly(
    const struct matching *matching, const struct likely_pair *pairs, size_t n, struct grouping *out)
{
    const float odds_over_eight = 3;
    size_t n_records = matching->table->n;
    float least = odds_over_eight - (float)weights_prior(matching->weights);
    *out = (struct grouping){.group = malloc((n_records + 1) * sizeof *out->group)};
    if (!out->group)
        return COMITY_NOMEM;
    for (uint32_t i = 0; i < n_records; i++)
        out->group[i] = i;
    for (size_t i = 0; i < n; i++)
        if (pairs[i].bits > least)
            disjoint_join(out->group, pairs[i].a, pairs[i].b);
    for (uint32_t i = 0; i < n_records; i++)
        out->group[i] = disjoint_root(out->group, i);
    count_groups(out, n_records);
    return COMITY_OK;
}

/* ---- one partner at most ---- */

/* The odds of a pair against all else that its two records could be. */
static void weigh_against_others(
    const struct matching *matching, const struct likely_pair *pairs, size_t n, double *sums, struct likely_pair *out)
{
    double first = 0, all = (double)matching->table->n, rate = matching->weights->rate;
    for (size_t i = 0; i < matching->table->n; i++)
        first += matching->table->file[i] == 0;
    double nobody = (1 - rate) / rate * fmax(first, all - first);
    for (size_t i = 0; i < n; i++) {
        double ratio = exp2(fmin(pairs[i].bits, 200));
        sums[pairs[i].a] += ratio;
        sums[pairs[i].b] += ratio;
    }
    for (size_t i = 0; i < n; i++) {
        double ratio = exp2(fmin(pairs[i].bits, 200));
        double others = nobody + sums[pairs[i].a] + sums[pairs[i].b] - 2 * ratio;
        out[i] =
            (struct likely_pair){pairs[i].a, pairs[i].b, (float)log2(ratio / fmax(others, nobody)), pairs[i].vector};
    }
}

enum comity_status group_one_to_one(
    const struct matching *matching, const struct likely_pair *pairs, size_t n, struct grouping *out)
{
    size_t n_records = matching->table->n, n_kept = 0;
    *out = (struct grouping){.group = malloc((n_records + 1) * sizeof *out->group)};
    double *sums = calloc(n_records + 1, sizeof *sums);
    struct likely_pair *weighed = malloc((n + 1) * sizeof *weighed), *sorted = NULL;
    uint8_t *is_taken = calloc(n_records + 1, 1);
    enum comity_status status = out->group && sums && weighed && is_taken ? COMITY_OK : COMITY_NOMEM;
    if (status == COMITY_OK) {
        weigh_against_others(matching, pairs, n, sums, weighed);
        sorted = sort_pairs(weighed, n, 0, &n_kept);
        status = sorted ? COMITY_OK : COMITY_NOMEM;
    }
    for (uint32_t i = 0; status == COMITY_OK && i < n_records; i++)
        out->group[i] = i;
    for (size_t e = 0; status == COMITY_OK && e < n_kept; e++) {
        uint32_t a = sorted[e].a, b = sorted[e].b;
        if (is_taken[a] || is_taken[b])
            continue;
        is_taken[a] = is_taken[b] = 1;
        out->group[a < b ? b : a] = a < b ? a : b;
    }
    if (status == COMITY_OK)
        count_groups(out, n_records);
    free(sums);
    free(weighed);
    free(sorted);
    free(is_taken);
    return status;
}

void grouping_release(struct grouping *grouping)
{
    free(grouping->group);
    *grouping = (struct grouping){0};
}
