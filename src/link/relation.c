/* EM over pairs, not patterns: what else a mention could be is another pair. Pairs are few by then: blocking and the
 * weights that all sources share have gone before. */
#include "link/relation.h"

#include "base/hash.h"
#include "base/map.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_ROUNDS = 60, LEAST_EDGES = 20, MOST_RELATIONS = 4000, MOST_PAIRS = 600000 };

static const double settled = 1e-3;
/* How many pairs what all sources have in common counts for. */
static const double prior_pairs = 40;
static const double least_rate = 1e-4, most_rate = 0.95;

/* An edge as EM reads it. */
struct candidate {
    uint64_t vector; /* with the lag instead of the date's level */
    float base;      /* bits that belong to no level */
    float odds;
    uint32_t relation;
    uint32_t side[2]; /* the mention and the other's source, numbered */
};

typedef double relation_levels[LINK_MOST_COMPARISONS][LINK_MOST_LEVELS];

struct learner {
    struct link_model *model;
    const struct frame *frame;
    struct candidate *candidates;
    size_t n;
    size_t n_sides;
    double share_read;
    double *sums;           /* by side: odds of all its candidates */
    double *active;         /* by relation × 2: mentions of each source with the other around */
    relation_levels *m;     /* by relation */
    relation_levels *found; /* likewise: expected true pairs by level */
    double *n_found;
    double *twins; /* by relation: of mentions, how many have a twin that the other source may have told of */
};

/* ---- which relations there are ---- */

/* By pair of sources, the lower number first: how many edges. */
static enum comity_status count_edges(
    const struct frame *frame, const struct edge *edges, size_t n_edges, struct map *counts)
{
    for (size_t e = 0; e < n_edges; e++) {
        uint64_t s = frame->source[edges[e].a], t = frame->source[edges[e].b];
        if (s == t)
            continue;
        uint64_t *count = map_put(counts, s < t ? s << 32 | t : t << 32 | s, NULL);
        if (!count)
            return COMITY_NOMEM;
        ++*count;
    }
    return COMITY_OK;
}

static size_t count_above(const struct map *counts, uint64_t least)
{
    size_t at = 0, n = 0;
    uint64_t key, count;
    while (map_next(counts, &at, &key, &count))
        n += count >= least;
    return n;
}

static int compare_relations(const void *a, const void *b)
{
    const struct model_relation *x = a, *y = b;
    if (x->first_hash != y->first_hash)
        return x->first_hash < y->first_hash ? -1 : 1;
    return x->second_hash < y->second_hash ? -1 : x->second_hash > y->second_hash;
}

static void fill_relations(
    struct link_model *model, const struct mentions *mentions, const struct map *counts, uint64_t least)
{
    size_t at = 0;
    uint64_t key, count;
    while (map_next(counts, &at, &key, &count)) {
        if (count < least)
            continue;
        uint64_t x = hash_slice(mentions->sources[key >> 32].code);
        uint64_t y = hash_slice(mentions->sources[(uint32_t)key].code);
        model->relations[model->n_relations++] =
            (struct model_relation){.first_hash = x < y ? x : y, .second_hash = x < y ? y : x, .rate = 0.3};
    }
    qsort(model->relations, model->n_relations, sizeof *model->relations, compare_relations);
}

enum comity_status relations_make(
    struct link_model *model, const struct frame *frame, const struct edge *edges, size_t n_edges)
{
    struct map counts = {0};
    uint64_t least = LEAST_EDGES;
    enum comity_status status = count_edges(frame, edges, n_edges, &counts);
    while (count_above(&counts, least) > MOST_RELATIONS)
        least *= 2;
    if (status == COMITY_OK) {
        model->relations = calloc(count_above(&counts, least) + 1, sizeof *model->relations);
        if (model->relations)
            fill_relations(model, frame->mentions, &counts, least);
        else
            status = COMITY_NOMEM;
    }
    map_release(&counts);
    return status;
}

/* What all pairs across sources have in common; lags are as often early as late. */
static double common_m(const struct model_comparison *weights, unsigned level)
{
    const double *m = weights->m[PAIR_ACROSS];
    if (weights->type != VALUE_DATE)
        return m[level];
    unsigned plain = date_of_lag(level);
    return plain >= DATE_1 && plain <= DATE_FAR ? m[plain] / 2 : m[plain];
}

static double common_bits(const struct model_comparison *weights, unsigned level)
{
    return weights->bits[PAIR_ACROSS][weights->type == VALUE_DATE ? date_of_lag(level) : level];
}

static unsigned n_codes(const struct model_comparison *weights)
{
    return weights->type == VALUE_DATE ? LAG_LEVELS : weights->n_levels;
}

/* Returns how far m has moved. */
static double set_level(struct learner *learner, size_t r, unsigned c, unsigned level, double m)
{
    const struct model_comparison *weights = &learner->model->comparisons[c];
    double bits = common_bits(weights, level) + log2(fmax(m, 1e-6) / common_m(weights, level));
    bits = fmin(fmax(bits, -14), 40);
    double change = fabs(m - learner->m[r][c][level]);
    learner->m[r][c][level] = m;
    learner->model->relations[r].bits[c][level] = bits;
    return change;
}

static void start_relations(struct learner *learner)
{
    const struct link_model *model = learner->model;
    for (size_t r = 0; r < model->n_relations; r++)
        for (unsigned c = 0; c < model->n_comparisons; c++)
            for (unsigned l = 1; l < n_codes(&model->comparisons[c]); l++)
                set_level(learner, r, c, l, common_m(&model->comparisons[c], l));
}

/* ---- how many could have a partner ---- */

/* Months by number, and which part of the pairs is read when they are many: whole quarters of countries, so that what
 * competes stays together. */
static int32_t month_of(const struct frame *frame, uint32_t p)
{
    return frame->first[p] == NO_DAY ? 0 : frame->first[p] / FRAME_WINDOW_DAYS;
}

static bool is_read(const struct learner *learner, uint32_t p)
{
    uint64_t quarter = (uint64_t)(uint32_t)(month_of(learner->frame, p) / 3 + 100000);
    return (double)(hash_u64(quarter << 16 | learner->frame->country[p]) >> 11) * 0x1p-53 < learner->share_read;
}

/* One country and month: the mentions of each source that is in it. */
static void count_month(struct learner *learner, const uint32_t *sources, const double *counts, size_t n)
{
    const struct frame *frame = learner->frame;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            uint32_t code = i == j ? 0 : frame->relation[sources[i] * frame->mentions->n_sources + sources[j]];
            if (code)
                learner->active[2 * relation_index(code) + relation_is_turned(code)] += counts[i];
        }
}

/* The sources of one country and month, and how many mentions each has. */
struct month {
    uint32_t *sources;
    double *counts;
    size_t *place; /* by source: in sources, from 1 */
    size_t n;
};

static void add_to_month(struct month *month, uint32_t source)
{
    if (!month->place[source]) {
        month->counts[month->n] = 0;
        month->sources[month->n++] = source;
        month->place[source] = month->n;
    }
    month->counts[month->place[source] - 1]++;
}

static void end_month(struct learner *learner, struct month *month)
{
    count_month(learner, month->sources, month->counts, month->n);
    for (size_t i = 0; i < month->n; i++)
        month->place[month->sources[i]] = 0;
    month->n = 0;
}

static void count_months(struct learner *learner, struct month *month)
{
    const struct frame *frame = learner->frame;
    for (uint32_t p = 0; p < frame->n; p++) {
        uint32_t before = p ? p - 1 : 0;
        if (month_of(frame, p) != month_of(frame, before) || frame->country[p] != frame->country[before])
            end_month(learner, month);
        if (is_read(learner, p))
            add_to_month(month, frame->source[p]);
    }
    end_month(learner, month);
}

static enum comity_status count_active(struct learner *learner)
{
    size_t room = learner->frame->mentions->n_sources + 1;
    struct month month = {.sources = malloc(room * sizeof *month.sources),
        .counts = malloc(room * sizeof *month.counts),
        .place = calloc(room, sizeof *month.place)};
    bool is_ready = month.sources && month.counts && month.place;
    if (is_ready)
        count_months(learner, &month);
    free(month.sources);
    free(month.counts);
    free(month.place);
    return is_ready ? COMITY_OK : COMITY_NOMEM;
}

/* ---- EM ---- */

static bool number_side(struct learner *learner, struct map *sides, uint32_t p, uint32_t source, uint32_t *out)
{
    bool is_new;
    uint64_t *at = map_put(sides, (uint64_t)p << 32 | source, &is_new);
    if (!at)
        return false;
    if (is_new)
        *at = learner->n_sides++;
    *out = (uint32_t)*at;
    return true;
}

static bool read_edge(struct learner *learner, struct map *sides, uint32_t a, uint32_t b)
{
    const struct frame *frame = learner->frame;
    struct candidate *candidate = &learner->candidates[learner->n++];
    uint64_t vector = frame_compare(frame, a, b);
    candidate->base = (float)model_base_bits(learner->model, frame, a, b, vector);
    candidate->vector = vector;
    candidate->relation = relation_index(frame_relation(frame, a, b));
    if (frame->when >= 0) {
        unsigned when = (unsigned)frame->when, level = vector_level(vector, when);
        candidate->vector &= ~((uint64_t)15 << (4 * when));
        candidate->vector |= (uint64_t)frame_lag(frame, a, b, level) << (4 * when);
    }
    return number_side(learner, sides, a, frame->source[b], &candidate->side[0]) &&
           number_side(learner, sides, b, frame->source[a], &candidate->side[1]);
}

static enum comity_status read_edges(struct learner *learner, const struct edge *edges, size_t n_edges)
{
    struct map sides = {0};
    bool is_done = true;
    for (size_t e = 0; is_done && e < n_edges; e++)
        if (frame_relation(learner->frame, edges[e].a, edges[e].b) && is_read(learner, edges[e].a) &&
            is_read(learner, edges[e].b))
            is_done = read_edge(learner, &sides, edges[e].a, edges[e].b);
    map_release(&sides);
    learner->sums = malloc((learner->n_sides + 1) * sizeof *learner->sums);
    return is_done && learner->sums ? COMITY_OK : COMITY_NOMEM;
}

static bool is_core(const struct link_model *model, unsigned comparison)
{
    int c = (int)comparison;
    return c == model->when || c == model->where || c == model->what || c == model->amount;
}

/* Odds of a candidate by itself. However rare an amount is, day, place, kind and amount say no more than that there are
 * other events equal in them: or EM would learn from such twins that true pairs differ in all else. */
static double odds_of(const struct learner *learner, const struct candidate *candidate)
{
    const struct link_model *model = learner->model;
    const struct model_relation *relation = &model->relations[candidate->relation];
    double core = candidate->base, others = log2(relation->rate / (1 - relation->rate));
    for (unsigned c = 0; c < model->n_comparisons; c++)
        *(is_core(model, c) ? &core : &others) += relation->bits[c][vector_level(candidate->vector, c)];
    core = exp2(fmin(-core, 500)) + learner->twins[candidate->relation] / (1 - relation->rate);
    return exp2(fmin(others - log2(core), 60));
}

static void expect(struct learner *learner)
{
    size_t n_relations = learner->model->n_relations;
    memset(learner->sums, 0, learner->n_sides * sizeof *learner->sums);
    memset(learner->found, 0, n_relations * sizeof *learner->found);
    memset(learner->n_found, 0, n_relations * sizeof *learner->n_found);
    for (size_t i = 0; i < learner->n; i++) {
        struct candidate *candidate = &learner->candidates[i];
        candidate->odds = (float)odds_of(learner, candidate);
        learner->sums[candidate->side[0]] += candidate->odds;
        learner->sums[candidate->side[1]] += candidate->odds;
    }
    for (size_t i = 0; i < learner->n; i++) {
        const struct candidate *candidate = &learner->candidates[i];
        double odds = candidate->odds, sums = learner->sums[candidate->side[0]] + learner->sums[candidate->side[1]];
        double share = odds / (1 + fmax(sums - odds, odds));
        learner->n_found[candidate->relation] += share;
        for (unsigned c = 0; c < learner->model->n_comparisons; c++)
            learner->found[candidate->relation][c][vector_level(candidate->vector, c)] += share;
    }
}

/* Returns the largest change of m. */
static double maximise_m(struct learner *learner, size_t r, unsigned c)
{
    const struct model_comparison *weights = &learner->model->comparisons[c];
    const double *found = learner->found[r][c];
    double total = prior_pairs, change = 0;
    for (unsigned l = 1; l < n_codes(weights); l++)
        total += found[l];
    for (unsigned l = 1; l < n_codes(weights); l++)
        change = fmax(change, set_level(learner, r, c, l, (found[l] + prior_pairs * common_m(weights, l)) / total));
    return change;
}

static double maximise(struct learner *learner)
{
    double change = 0;
    for (size_t r = 0; r < learner->model->n_relations; r++) {
        struct model_relation *relation = &learner->model->relations[r];
        for (unsigned c = 0; c < learner->model->n_comparisons; c++)
            change = fmax(change, maximise_m(learner, r, c));
        double fewer = fmin(learner->active[2 * r], learner->active[2 * r + 1]);
        double rate = fmin(fmax(learner->n_found[r] / (fewer + 1), least_rate), most_rate);
        change = fmax(change, fabs(rate - relation->rate));
        relation->rate = rate;
    }
    return change;
}

static void set_twins(struct learner *learner)
{
    const struct link_model *model = learner->model;
    for (size_t r = 0; r < model->n_relations; r++)
        for (size_t s = 0; s < model->n_sources; s++)
            if (model->sources[s].code_hash == model->relations[r].first_hash ||
                model->sources[s].code_hash == model->relations[r].second_hash)
                learner->twins[r] = fmax(learner->twins[r], model->sources[s].twins);
}

static enum comity_status allocate(struct learner *learner, const struct edge *edges, size_t n_edges)
{
    size_t n = learner->model->n_relations, n_read = 0;
    for (size_t e = 0; e < n_edges; e++)
        n_read += is_read(learner, edges[e].a) && is_read(learner, edges[e].b);
    learner->candidates = malloc((n_read + 1) * sizeof *learner->candidates);
    learner->active = calloc(2 * n + 1, sizeof *learner->active);
    learner->found = calloc(n + 1, sizeof *learner->found);
    learner->m = calloc(n + 1, sizeof *learner->m);
    learner->n_found = calloc(n + 1, sizeof *learner->n_found);
    learner->twins = calloc(n + 1, sizeof *learner->twins);
    bool is_done =
        learner->candidates && learner->active && learner->m && learner->found && learner->n_found && learner->twins;
    if (is_done)
        set_twins(learner);
    return is_done ? COMITY_OK : COMITY_NOMEM;
}

static void train(struct learner *learner)
{
    double change = 1;
    for (int round = 0; round < MOST_ROUNDS && change > settled; round++) {
        expect(learner);
        change = maximise(learner);
    }
    learner->model->has_converged = learner->model->has_converged && change <= 10 * settled;
}

enum comity_status relations_learn(
    struct link_model *model, const struct frame *frame, const struct edge *edges, size_t n_edges)
{
    struct learner learner = {
        .model = model, .frame = frame, .share_read = n_edges > MOST_PAIRS ? (double)MOST_PAIRS / (double)n_edges : 1};
    if (!model->n_relations)
        return COMITY_OK;
    enum comity_status status = allocate(&learner, edges, n_edges);
    if (status == COMITY_OK)
        status = count_active(&learner);
    if (status == COMITY_OK)
        status = read_edges(&learner, edges, n_edges);
    if (status == COMITY_OK) {
        start_relations(&learner);
        train(&learner);
        model_settle(model);
    }
    free(learner.candidates);
    free(learner.sums);
    free(learner.active);
    free(learner.m);
    free(learner.found);
    free(learner.n_found);
    free(learner.twins);
    return status;
}
