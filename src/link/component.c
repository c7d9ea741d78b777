/* A matrix of summed evidence between groups, which is bounded by the cap on members. */
#include "link/component.h"

#include "base/disjoint.h"

#include <math.h>
#include <stdlib.h>

static const double never = -1e9, always = 1e9;
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

/* A group of units while a component is solved. */
struct group {
    uint32_t lowest; /* member */
    uint32_t n_members;
    uint32_t best; /* the group behind it that it would gain most from */
    double best_gain;
    bool is_live;
};

struct matrix {
    const struct component *component;
    const uint32_t *members; /* of the component, those that are solved together */
    size_t n_members, n;
    struct group *groups;
    uint32_t *group_of; /* by place in `members` */
    uint8_t *tells;     /* group × n_sources: the source is in the group */
    uint32_t *sources;  /* distinct sources of the component */
    size_t n_sources;
    double *evidence;    /* group × group: sum over pairs of members */
    double *strongest;   /* group × group: the most that a pair across sources says; `never` without one */
    double *within;      /* group × group: the least that a pair of one source says; `always` without one */
    uint8_t *is_put_off; /* group × group: something else was likelier when the two were looked at */
    uint8_t *is_part;    /* group × group: the first holds a part of what the second holds */
};

/* ---- solving one component ---- */

static double gain(const struct matrix *matrix, size_t i, size_t j)
{
    const struct frame *frame = matrix->component->frame;
    const struct group *a = &matrix->groups[i], *b = &matrix->groups[j];
    double mean = matrix->evidence[i * matrix->n + j] / ((double)a->n_members * b->n_members), twice = 0;
    double strongest = matrix->strongest[i * matrix->n + j];
    double bits = strongest > never ? (1 - of_strongest) * mean + of_strongest * fmin(strongest, most_pair) : mean;
    for (size_t s = 0; s < matrix->n_sources; s++)
        if (matrix->tells[i * matrix->n_sources + s] && matrix->tells[j * matrix->n_sources + s])
            twice += frame->twice_bits[matrix->sources[s]] + frame->parted_bits[matrix->sources[s]];
    /* A row of another source that agrees with both does not make one event of two rows that say they are two. */
    return fmin(bits, matrix->within[i * matrix->n + j]) + twice;
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
        matrix->within[i * n + k] = fmin(matrix->within[i * n + k], matrix->within[j * n + k]);
        matrix->within[k * n + i] = matrix->within[i * n + k];
        matrix->is_put_off[i * n + k] = matrix->is_put_off[k * n + i] = 0;
        matrix->is_part[i * n + k] |= matrix->is_part[j * n + k];
        matrix->is_part[k * n + i] |= matrix->is_part[k * n + j];
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

/* What else a group could be joined with. */
struct rivals {
    double odds;  /* of all of them */
    size_t first; /* the likeliest */
    double most;  /* its odds */
};

static double odds_of(const struct matrix *matrix, size_t i, size_t j)
{
    return exp2(fmin(gain(matrix, i, j), 60));
}

/* Of the first group, by what cannot be one with the second too. */
static struct rivals find_rivals(const struct matrix *matrix, size_t i, size_t j)
{
    struct rivals rivals = {0};
    for (size_t k = 0; k < matrix->n; k++) {
        if (k == i || k == j || !matrix->groups[k].is_live || matrix->is_part[k * matrix->n + j])
            continue;
        double bits = gain(matrix, i, k);
        if (bits <= -5 || gain(matrix, j, k) > 0)
            continue;
        double odds = exp2(fmin(bits, 60));
        rivals.odds += odds;
        if (odds > rivals.most)
            rivals = (struct rivals){rivals.odds, k, odds};
    }
    return rivals;
}

/* Whether the two are one event rather than each one with others: M. Sadinle, JASA 112 (2017) 600-612. Where the
 * likeliest of those others would be left for each other, that speaks for the two: two that tell of two equal events
 * are two events, whichever of them is which. */
static bool is_likeliest(const struct matrix *matrix, size_t i, size_t j)
{
    double odds = odds_of(matrix, i, j);
    struct rivals a = find_rivals(matrix, i, j), b = find_rivals(matrix, j, i);
    if (odds >= least_odds * (1 + a.odds + b.odds))
        return true;
    double left = a.most > 0 && b.most > 0 && a.first != b.first ? odds_of(matrix, a.first, b.first) : 0;
    return odds * (1 + left) >= least_odds * ((1 + a.odds) * (1 + b.odds) + left);
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

static uint32_t position_of(const struct matrix *matrix, size_t m)
{
    return matrix->component->members[matrix->members[m]];
}

/* SIZE_MAX when the member is solved elsewhere. */
static size_t place_of(const struct matrix *matrix, uint32_t member)
{
    return place_in(matrix->members, matrix->n_members, member);
}

/* A unit is never cut: its first member is here, and before the others. */
static void fill_groups(struct matrix *matrix)
{
    const struct component *component = matrix->component;
    for (size_t m = 0; m < matrix->n_members; m++) {
        uint32_t member = matrix->members[m], unit = component->unit[member];
        if (unit == member) {
            matrix->group_of[m] = (uint32_t)matrix->n;
            matrix->groups[matrix->n++] = (struct group){.lowest = member, .is_live = true};
        } else {
            matrix->group_of[m] = matrix->group_of[place_of(matrix, unit)];
        }
        matrix->groups[matrix->group_of[m]].n_members++;
        uint32_t source = component->frame->source[position_of(matrix, m)];
        size_t s = 0;
        while (s < matrix->n_sources && matrix->sources[s] != source)
            s++;
        if (s == matrix->n_sources)
            matrix->sources[matrix->n_sources++] = source;
    }
}

static void fill_evidence(struct matrix *matrix)
{
    const struct frame *frame = matrix->component->frame;
    const struct link_model *model = matrix->component->model;
    size_t n = matrix->n;
    for (size_t x = 0; x < matrix->n_members; x++) {
        size_t i = matrix->group_of[x];
        for (size_t s = 0; s < matrix->n_sources; s++)
            if (matrix->sources[s] == frame->source[position_of(matrix, x)])
                matrix->tells[i * matrix->n_sources + s] = 1;
        for (size_t y = x + 1; y < matrix->n_members; y++) {
            size_t j = matrix->group_of[y];
            if (i == j)
                continue;
            uint32_t a = position_of(matrix, x), b = position_of(matrix, y);
            double bits = model_evidence(model, frame, a, b, frame_compare(frame, a, b));
            bits = frame->source[a] == frame->source[b] ? fmin(bits, most_within)
                                                        : bits + model_rate_bits(model, frame, a, b);
            if (frame->source[a] != frame->source[b] && bits > matrix->strongest[i * n + j])
                matrix->strongest[i * n + j] = matrix->strongest[j * n + i] = bits;
            if (frame->source[a] == frame->source[b] && bits < matrix->within[i * n + j])
                matrix->within[i * n + j] = matrix->within[j * n + i] = bits;
            matrix->evidence[i * n + j] += bits;
            matrix->evidence[j * n + i] += bits;
        }
    }
}

static void forbid(struct matrix *matrix)
{
    const struct component *component = matrix->component;
    for (size_t x = 0; x < matrix->n_members; x++)
        for (size_t p = first_pair_from(component->apart, component->n_apart, matrix->members[x]);
             p < component->n_apart && component->apart[p].a == matrix->members[x]; p++) {
            size_t y = place_of(matrix, component->apart[p].b);
            if (y == SIZE_MAX || matrix->group_of[x] == matrix->group_of[y])
                continue;
            size_t i = matrix->group_of[x], j = matrix->group_of[y];
            matrix->evidence[i * matrix->n + j] = matrix->evidence[j * matrix->n + i] = never * 1e6;
            matrix->is_part[i * matrix->n + j] |= component->apart[p].part == PART_A;
            matrix->is_part[j * matrix->n + i] |= component->apart[p].part == PART_B;
        }
}

/* Zeroed room for a matrix of so many groups, in one piece: the widest numbers first. */
static void *lay_out(struct matrix *matrix)
{
    size_t n = matrix->n_members, square = n * n;
    size_t numbers = 3 * square * sizeof(double), groups = n * (sizeof *matrix->groups + 2 * sizeof(uint32_t));
    uint8_t *room = calloc(1, numbers + groups + 3 * square);
    if (!room)
        return NULL;
    matrix->evidence = (void *)room;
    matrix->strongest = matrix->evidence + square;
    matrix->within = matrix->strongest + square;
    matrix->groups = (void *)(room + numbers);
    matrix->group_of = (void *)(matrix->groups + n);
    matrix->sources = matrix->group_of + n;
    matrix->tells = (void *)(matrix->sources + n);
    matrix->is_put_off = matrix->tells + square;
    matrix->is_part = matrix->is_put_off + square;
    return room;
}

static enum comity_status solve(const struct component *component, const uint32_t *members, size_t n, uint32_t *cluster)
{
    struct matrix matrix = {.component = component, .members = members, .n_members = n};
    void *room = lay_out(&matrix);
    if (!room)
        return COMITY_NOMEM;
    fill_groups(&matrix);
    for (size_t k = 0; k < matrix.n * matrix.n; k++) {
        matrix.strongest[k] = never;
        matrix.within[k] = always;
    }
    fill_evidence(&matrix);
    forbid(&matrix);
    join_groups(&matrix);
    /* Members ascend, so the first of a group is its lowest. */
    for (size_t m = n; m-- > 0;)
        matrix.groups[matrix.group_of[m]].lowest = members[m];
    for (size_t m = 0; m < n; m++)
        cluster[members[m]] = matrix.groups[matrix.group_of[m]].lowest;
    free(room);
    return COMITY_OK;
}

/* ---- cutting what is too large ---- */

struct cutting {
    const struct component *component;
    uint32_t *parent; /* by member */
    uint32_t *cluster;
};

/* Joins what pairs above `least` connect. */
static void connect(const struct cutting *cutting, const uint32_t *members, size_t n, float least)
{
    const struct component *component = cutting->component;
    for (size_t m = 0; m < n; m++)
        cutting->parent[members[m]] = members[m];
    for (size_t m = 0; m < n; m++)
        disjoint_join(cutting->parent, members[m], component->unit[members[m]]);
    /* Pairs elsewhere join nothing here: a part was cut off with all its pairs above a lower bound. */
    for (size_t e = 0; e < component->n_edges; e++)
        if (component->edges[e].bits > least)
            disjoint_join(cutting->parent, component->edges[e].a, component->edges[e].b);
}

/* `members` is reordered: by part, then as before. */
static enum comity_status cut(const struct cutting *cutting, uint32_t *members, size_t n, float least)
{
    struct sort_item *items = malloc((n + 1) * sizeof *items);
    if (!items)
        return COMITY_NOMEM;
    connect(cutting, members, n, least);
    for (size_t m = 0; m < n; m++)
        items[m] = (struct sort_item){disjoint_root(cutting->parent, members[m]), members[m]};
    sort_items(items, n);
    for (size_t m = 0; m < n; m++)
        members[m] = items[m].payload;
    enum comity_status status = COMITY_OK;
    for (size_t i = 0, j; status == COMITY_OK && i < n; i = j) {
        for (j = i + 1; j < n && items[j].key == items[i].key; j++) {
        }
        status = j - i > COMPONENT_MOST_MEMBERS && least < 60
                     ? cut(cutting, &members[i], j - i, least + 1)
                     : solve(cutting->component, &members[i], j - i, cutting->cluster);
    }
    free(items);
    return status;
}

enum comity_status component_solve(const struct component *component, uint32_t *cluster, bool *is_cut)
{
    size_t n = component->n_members;
    struct cutting cutting = {.component = component, .cluster = cluster};
    uint32_t *members = malloc((n + 1) * sizeof *members);
    enum comity_status status = members ? COMITY_OK : COMITY_NOMEM;
    *is_cut = n > COMPONENT_MOST_MEMBERS;
    for (uint32_t m = 0; members && m < n; m++)
        members[m] = m;
    if (status == COMITY_OK && *is_cut) {
        cutting.parent = malloc(n * sizeof *cutting.parent);
        status = cutting.parent ? cut(&cutting, members, n, 1) : COMITY_NOMEM;
    } else if (status == COMITY_OK) {
        status = solve(component, members, n, cluster);
    }
    free(cutting.parent);
    free(members);
    return status;
}
