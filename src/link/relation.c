/* EM over pairs, not patterns: what else a mention could be is another pair. Pairs are few by then: blocking and the
 * weights that all sources share have gone before. */
#include "link/relation.h"

#include "base/hash.h"
#include "base/map.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_ROUNDS = 60, MOST_SOURCES = 1000, MOST_RELATIONS = 2000, MOST_PAIRS = 600000 };

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

struct learner {
    struct link_model *model;
    const struct frame *frame;
    struct candidate *candidates;
    size_t n;
    size_t n_sides;
    double share_read;
    double *sums;    /* by side: odds of all its candidates */
    double *active;  /* by relation × 2: mentions of each source with the other around */
    double (*found)[LINK_MOST_COMPARISONS][LINK_MOST_LEVELS]; /* by relation: expected true pairs by level */
    double *n_found;
    double *twins; /* by relation: of mentions, how many have a twin that the other source may have told of */
};

/* ---- which relations there are ---- */

enum comity_status relations_make(struct link_model *model, const struct frame *frame)
{
    const struct mentions *mentions = frame->mentions;
    size_t n = model->n_sources, room = n * (n - 1) / 2;
    model->n_relations = 0;
    if (n < 2 || n > MOST_SOURCES || room > MOST_RELATIONS)
        return COMITY_OK;
    model->relations = calloc(room, sizeof *model->relations);
    if (!model->relations)
        return COMITY_NOMEM;
    for (size_t s = 0; s < n; s++)
        for (size_t t = s + 1; t < n; t++) {
            uint64_t x = hash_slice(mentions->sources[s].code), y = hash_slice(mentions->sources[t].code);
            struct model_relation *relation = &model->relations[model->n_relations++];
            *relation = (struct model_relation){.first_hash = x < y ? x : y, .second_hash = x < y ? y : x, .rate = 0.3};
        }
    return COMITY_OK;
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

static double set_level(struct model_relation *relation, const struct model_comparison *weights, unsigned c,
    unsigned level, double m)
{
    double bits = common_bits(weights, level) + log2(fmax(m, 1e-6) / common_m(weights, level));
    bits = fmin(fmax(bits, -14), 40);
    double change = fabs(m - relation->m[c][level]);
    relation->m[c][level] = m;
    relation->bits[c][level] = bits;
    return change;
}

static void start_relations(struct link_model *model)
{
    for (size_t r = 0; r < model->n_relations; r++)
        for (unsigned c = 0; c < model->n_comparisons; c++)
            for (unsigned l = 1; l < n_codes(&model->comparisons[c]); l++)
                set_level(&model->relations[r], &model->comparisons[c], c, l, common_m(&model->comparisons[c], l));
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

static enum comity_status count_active(struct learner *learner)
{
    const struct frame *frame = learner->frame;
    size_t n_sources = frame->mentions->n_sources, n = 0;
    uint32_t *sources = malloc((n_sources + 1) * sizeof *sources);
    double *counts = calloc(n_sources + 1, sizeof *counts);
    size_t *at = calloc(n_sources + 1, sizeof *at);
    enum comity_status status = sources && counts && at ? COMITY_OK : COMITY_NOMEM;
    int32_t month = 0;
    uint16_t country = 0;
    for (size_t r = 0; status == COMITY_OK && r <= frame->n; r++) {
        uint32_t p = r < frame->n ? frame->by_day[r] : 0;
        int32_t its = r < frame->n ? month_of(frame, p) : 0;
        if (r == frame->n || its != month || frame->country[p] != country) {
            count_month(learner, sources, counts, n);
            for (size_t i = 0; i < n; i++) {
                at[sources[i]] = 0;
                counts[i] = 0;
            }
            n = 0;
            month = its;
            country = frame->country[p];
        }
        if (r == frame->n)
            break;
        if (!is_read(learner, p))
            continue;
        if (!at[frame->source[p]]) {
            sources[n++] = frame->source[p];
            at[frame->source[p]] = n;
        }
        counts[at[frame->source[p]] - 1]++;
    }
    free(sources);
    free(counts);
    free(at);
    return status;
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

static enum comity_status read_edges(struct learner *learner, const struct edge *edges, size_t n_edges)
{
    const struct frame *frame = learner->frame;
    struct map sides = {0};
    enum comity_status status = COMITY_OK;
    for (size_t e = 0; status == COMITY_OK && e < n_edges; e++) {
        uint32_t a = edges[e].a, b = edges[e].b;
        uint32_t code = frame_relation(frame, a, b);
        if (!code || !is_read(learner, a) || !is_read(learner, b))
            continue;
        struct candidate *candidate = &learner->candidates[learner->n++];
        uint64_t vector = frame_compare(frame, a, b);
        candidate->base = (float)model_base_bits(learner->model, frame, a, b, vector);
        candidate->vector = vector;
        candidate->relation = relation_index(code);
        if (frame->when >= 0) {
            unsigned when = (unsigned)frame->when, level = vector_level(vector, when);
            candidate->vector &= ~((uint64_t)15 << (4 * when));
            candidate->vector |= (uint64_t)frame_lag(frame, a, b, level) << (4 * when);
        }
        if (!number_side(learner, &sides, a, frame->source[b], &candidate->side[0]) ||
            !number_side(learner, &sides, b, frame->source[a], &candidate->side[1]))
            status = COMITY_NOMEM;
    }
    map_release(&sides);
    return status;
}

static bool is_core(const struct link_model *model, unsigned comparison)
{
    int c = (int)comparison;
    return c == model->when || c == model->where || c == model->what || c == model->amount;
}

/* However rare an amount is, day, place, kind and amount say no more than that there are other events equal in them: or
 * EM would learn from such twins that true pairs differ in all else. */
static void expect(struct learner *learner)
{
    const struct link_model *model = learner->model;
    memset(learner->sums, 0, learner->n_sides * sizeof *learner->sums);
    memset(learner->found, 0, model->n_relations * sizeof *learner->found);
    memset(learner->n_found, 0, model->n_relations * sizeof *learner->n_found);
    for (size_t i = 0; i < learner->n; i++) {
        struct candidate *candidate = &learner->candidates[i];
        const struct model_relation *relation = &model->relations[candidate->relation];
        double core = candidate->base, others = log2(relation->rate / (1 - relation->rate));
        for (unsigned c = 0; c < model->n_comparisons; c++)
            *(is_core(model, c) ? &core : &others) += relation->bits[c][vector_level(candidate->vector, c)];
        core = exp2(fmin(-core, 500)) + learner->twins[candidate->relation] / (1 - relation->rate);
        candidate->odds = (float)exp2(fmin(others - log2(core), 60));
        learner->sums[candidate->side[0]] += candidate->odds;
        learner->sums[candidate->side[1]] += candidate->odds;
    }
    for (size_t i = 0; i < learner->n; i++) {
        const struct candidate *candidate = &learner->candidates[i];
        double odds = candidate->odds;
        double others = fmax(learner->sums[candidate->side[0]] + learner->sums[candidate->side[1]] - odds, odds);
        double share = odds / (1 + others);
        learner->n_found[candidate->relation] += share;
        for (unsigned c = 0; c < model->n_comparisons; c++)
            learner->found[candidate->relation][c][vector_level(candidate->vector, c)] += share;
    }
}

static double maximise(struct learner *learner)
{
    struct link_model *model = learner->model;
    double change = 0;
    for (size_t r = 0; r < model->n_relations; r++) {
        struct model_relation *relation = &model->relations[r];
        for (unsigned c = 0; c < model->n_comparisons; c++) {
            const struct model_comparison *weights = &model->comparisons[c];
            double total = prior_pairs;
            for (unsigned l = 1; l < n_codes(weights); l++)
                total += learner->found[r][c][l];
            for (unsigned l = 1; l < n_codes(weights); l++)
                change = fmax(change, set_level(relation, weights, c, l,
                                          (learner->found[r][c][l] + prior_pairs * common_m(weights, l)) / total));
        }
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
    learner->n_found = calloc(n + 1, sizeof *learner->n_found);
    learner->twins = calloc(n + 1, sizeof *learner->twins);
    bool is_done = learner->candidates && learner->active && learner->found && learner->n_found && learner->twins;
    if (is_done)
        set_twins(learner);
    return is_done ? COMITY_OK : COMITY_NOMEM;
}

enum comity_status relations_learn(
    struct link_model *model, const struct frame *frame, const struct edge *edges, size_t n_edges)
{
    struct learner learner = {
        .model = model, .frame = frame, .share_read = n_edges > MOST_PAIRS ? (double)MOST_PAIRS / (double)n_edges : 1};
    enum comity_status status = allocate(&learner, edges, n_edges);
    if (status == COMITY_OK && model->n_relations) {
        start_relations(model);
        status = count_active(&learner);
        if (status == COMITY_OK)
            status = read_edges(&learner, edges, n_edges);
        learner.sums = malloc((learner.n_sides + 1) * sizeof *learner.sums);
        if (!learner.sums)
            status = COMITY_NOMEM;
        double change = 1;
        for (int round = 0; status == COMITY_OK && round < MOST_ROUNDS && change > settled; round++) {
            expect(&learner);
            change = maximise(&learner);
        }
        if (status == COMITY_OK)
            model->has_converged = model->has_converged && change <= 10 * settled;
    }
    free(learner.candidates);
    free(learner.sums);
    free(learner.active);
    free(learner.found);
    free(learner.n_found);
    free(learner.twins);
    return status;
}
