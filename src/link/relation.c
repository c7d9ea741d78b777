/* EM over pairs, not patterns: what else a mention could be is another pair. Pairs are few by then: blocking and the
 * weights that all sources share have gone before. */
#include "link/relation.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_ROUNDS = 60, LEAST_EDGES = 20, MOST_RELATIONS = 4000, MOST_PAIRS = 600000 };

static const double settled = 1e-3;
/* How many pairs what all sources have in common counts for. */
static const double prior_pairs = 40;
static const double least_rate = 1e-4, most_rate = 0.95;

/* An edge as EM reads it. */
struct candidate {
    float against; /* odds against by what belongs to no level */
    float odds;
    uint32_t shape;
    uint32_t side[2]; /* the mention and the other's source, numbered */
};

/* What candidates have in common: few differ in all that a round looks at. */
struct shape {
    uint64_t vector; /* with the lag instead of the date's level */
    uint32_t relation;
    /* Of this round. */
    double against; /* odds against, by day, place, kind and amount */
    double twins;   /* likewise by there being other events equal in them */
    double others;  /* odds for, by all else */
    double found;   /* expected true pairs */
};

typedef double relation_levels[LINK_MOST_COMPARISONS][LINK_MOST_LEVELS];

struct learner {
    struct link_model *model;
    const struct frame *frame;
    const struct edge_list *edges;
    uint8_t *is_read;  /* by position */
    uint32_t *edge_of; /* by candidate */
    struct candidate *candidates;
    size_t n;
    struct shape *shapes;
    size_t n_shapes, room_shapes;
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

/* By source × source, the lower number first: how many edges. Null when memory is out. */
static uint64_t *count_edges(const struct frame *frame, const struct edge_list *edges)
{
    size_t n_sources = frame->mentions->n_sources;
    uint64_t *counts = calloc(n_sources * n_sources + 1, sizeof *counts);
    for (size_t e = 0; counts && e < edges->n; e++) {
        size_t s = frame->source[edges->at[e].a], t = frame->source[edges->at[e].b];
        counts[s < t ? s * n_sources + t : t * n_sources + s] += s != t;
    }
    return counts;
}

static size_t count_above(const uint64_t *counts, size_t n, uint64_t least)
{
    size_t n_above = 0;
    for (size_t i = 0; i < n; i++)
        n_above += counts[i] >= least;
    return n_above;
}

static int compare_relations(const void *a, const void *b)
{
    const struct model_relation *x = a, *y = b;
    if (x->first_hash != y->first_hash)
        return x->first_hash < y->first_hash ? -1 : 1;
    return x->second_hash < y->second_hash ? -1 : x->second_hash > y->second_hash;
}

static void fill_relations(
    struct link_model *model, const struct mentions *mentions, const uint64_t *counts, uint64_t least)
{
    size_t n = mentions->n_sources;
    for (size_t i = 0; i < n * n; i++) {
        if (counts[i] < least)
            continue;
        uint64_t x = hash_slice(mentions->sources[i / n].code), y = hash_slice(mentions->sources[i % n].code);
        model->relations[model->n_relations++] =
            (struct model_relation){.first_hash = x < y ? x : y, .second_hash = x < y ? y : x, .rate = 0.3};
    }
    qsort(model->relations, model->n_relations, sizeof *model->relations, compare_relations);
}

enum comity_status relations_make(struct link_model *model, const struct frame *frame, const struct edge_list *edges)
{
    size_t n = frame->mentions->n_sources * frame->mentions->n_sources;
    uint64_t *counts = count_edges(frame, edges), least = LEAST_EDGES;
    if (!counts)
        return COMITY_NOMEM;
    while (count_above(counts, n, least) > MOST_RELATIONS)
        least *= 2;
    model->relations = calloc(count_above(counts, n, least) + 1, sizeof *model->relations);
    if (model->relations)
        fill_relations(model, frame->mentions, counts, least);
    free(counts);
    return model->relations ? COMITY_OK : COMITY_NOMEM;
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

static bool is_quarter_read(const struct learner *learner, uint32_t p)
{
    uint64_t quarter = (uint64_t)(uint32_t)(month_of(learner->frame, p) / 3 + 100000);
    return (double)(hash_u64(quarter << 16 | learner->frame->country[p]) >> 11) * 0x1p-53 < learner->share_read;
}

static bool is_edge_read(const struct learner *learner, const struct edge *edge)
{
    return learner->is_read[edge->a] && learner->is_read[edge->b] && frame_relation(learner->frame, edge->a, edge->b);
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
        learner->is_read[p] = is_quarter_read(learner, p);
        if (learner->is_read[p])
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

/* ---- what there is to learn from ---- */

enum { PIECE_CANDIDATES = 1 << 14 };

/* The edges that are read, in their order. */
static enum comity_status list_candidates(struct learner *learner)
{
    const struct edge_list *edges = learner->edges;
    learner->edge_of = malloc((edges->n + 1) * sizeof *learner->edge_of);
    if (!learner->edge_of)
        return COMITY_NOMEM;
    for (size_t e = 0; e < edges->n; e++)
        if (is_edge_read(learner, &edges->at[e]))
            learner->edge_of[learner->n++] = (uint32_t)e;
    learner->candidates = malloc((learner->n + 1) * sizeof *learner->candidates);
    return learner->candidates ? COMITY_OK : COMITY_NOMEM;
}

static enum comity_status weigh_piece(void *context, size_t piece)
{
    const double most = 120; /* bits that a float still holds */
    const struct learner *learner = context;
    size_t begin = piece * PIECE_CANDIDATES, end = begin + PIECE_CANDIDATES;
    for (size_t i = begin; i < end && i < learner->n; i++) {
        const struct edge *edge = &learner->edges->at[learner->edge_of[i]];
        uint64_t vector = learner->edges->vectors[learner->edge_of[i]];
        double base = model_base_bits(learner->model, learner->frame, edge->a, edge->b, vector);
        learner->candidates[i].against = (float)exp2(fmin(fmax(-base, -most), most));
    }
    return COMITY_OK;
}

/* The vector of an edge with the lag instead of the date's level, and nothing but levels. */
static uint64_t levels_of(const struct learner *learner, uint32_t e)
{
    const struct frame *frame = learner->frame;
    const struct edge *edge = &learner->edges->at[e];
    uint64_t vector = learner->edges->vectors[e] & ((UINT64_C(1) << VECTOR_TOGETHER) - 1);
    if (frame->when < 0)
        return vector;
    unsigned when = (unsigned)frame->when, lag = frame_lag(frame, edge->a, edge->b, vector_level(vector, when));
    return (vector & ~((uint64_t)15 << (4 * when))) | (uint64_t)lag << (4 * when);
}

static enum comity_status number_shapes(struct learner *learner)
{
    struct map shapes = {0};
    bool is_good = true;
    for (size_t i = 0; is_good && i < learner->n; i++) {
        const struct edge *edge = &learner->edges->at[learner->edge_of[i]];
        uint64_t vector = levels_of(learner, learner->edge_of[i]);
        uint32_t relation = relation_index(frame_relation(learner->frame, edge->a, edge->b));
        bool is_new;
        uint64_t *at = map_put(&shapes, hash_u64(vector) ^ hash_u64(hash_u64(relation + UINT64_C(1))), &is_new);
        is_good = at && ARRAY_ROOM(learner->shapes, learner->n_shapes, learner->room_shapes, 1);
        if (is_good && is_new) {
            *at = learner->n_shapes;
            learner->shapes[learner->n_shapes++] = (struct shape){.vector = vector, .relation = relation};
        }
        if (is_good)
            learner->candidates[i].shape = (uint32_t)*at;
    }
    map_release(&shapes);
    return is_good ? COMITY_OK : COMITY_NOMEM;
}

/* The candidates of each position: twice their number, with the end that it is in the lowest bit. */
struct ends {
    uint32_t *first; /* by position, one more behind them */
    uint32_t *at;
    uint32_t *side;      /* by source: the number of the position and it */
    uint32_t *seen_from; /* by source: the last position that had one with it, + 1 */
};

static uint32_t end_of(const struct learner *learner, size_t i, unsigned end)
{
    const struct edge *edge = &learner->edges->at[learner->edge_of[i]];
    return end ? edge->b : edge->a;
}

static void list_ends(const struct learner *learner, const struct ends *ends)
{
    size_t n = learner->frame->n;
    for (size_t i = 0; i < learner->n; i++)
        for (unsigned end = 0; end < 2; end++)
            ends->first[end_of(learner, i, end) + 1]++;
    for (size_t p = 0; p < n; p++)
        ends->first[p + 1] += ends->first[p];
    for (size_t i = 0; i < learner->n; i++)
        for (unsigned end = 0; end < 2; end++)
            ends->at[ends->first[end_of(learner, i, end)]++] = (uint32_t)(2 * i + end);
    for (size_t p = n; p > 0; p--)
        ends->first[p] = ends->first[p - 1];
    ends->first[0] = 0;
}

/* In the order of positions, so that what is summed side by side lies side by side. */
static void number_ends(struct learner *learner, const struct ends *ends)
{
    const struct frame *frame = learner->frame;
    for (uint32_t p = 0; p < frame->n; p++)
        for (uint32_t k = ends->first[p]; k < ends->first[p + 1]; k++) {
            size_t i = ends->at[k] / 2;
            unsigned end = ends->at[k] % 2;
            uint32_t source = frame->source[end_of(learner, i, !end)];
            if (ends->seen_from[source] != p + 1)
                ends->side[source] = (uint32_t)learner->n_sides++;
            ends->seen_from[source] = p + 1;
            learner->candidates[i].side[end] = ends->side[source];
        }
}

static enum comity_status number_sides(struct learner *learner)
{
    size_t n_sources = learner->frame->mentions->n_sources + 1;
    struct ends ends = {.first = calloc(learner->frame->n + 2, sizeof *ends.first),
        .at = malloc((2 * learner->n + 1) * sizeof *ends.at),
        .side = calloc(n_sources, sizeof *ends.side),
        .seen_from = calloc(n_sources, sizeof *ends.seen_from)};
    bool is_ready = ends.first && ends.at && ends.side && ends.seen_from;
    if (is_ready) {
        list_ends(learner, &ends);
        number_ends(learner, &ends);
    }
    free(ends.first);
    free(ends.at);
    free(ends.side);
    free(ends.seen_from);
    learner->sums = malloc((learner->n_sides + 1) * sizeof *learner->sums);
    return is_ready && learner->sums ? COMITY_OK : COMITY_NOMEM;
}

static enum comity_status read_edges(struct learner *learner, unsigned threads)
{
    enum comity_status status = list_candidates(learner);
    if (status == COMITY_OK)
        status = parallel_run((learner->n + PIECE_CANDIDATES - 1) / PIECE_CANDIDATES, threads, weigh_piece, learner);
    if (status == COMITY_OK)
        status = number_shapes(learner);
    return status == COMITY_OK ? number_sides(learner) : status;
}

/* ---- EM ---- */

static bool is_core(const struct link_model *model, unsigned comparison)
{
    int c = (int)comparison;
    return c == model->when || c == model->where || c == model->what || c == model->amount;
}

static void weigh_shape(const struct learner *learner, struct shape *shape)
{
    const double most = 400;
    const struct link_model *model = learner->model;
    const struct model_relation *relation = &model->relations[shape->relation];
    double core = 0, others = log2(relation->rate / (1 - relation->rate));
    for (unsigned c = 0; c < model->n_comparisons; c++)
        *(is_core(model, c) ? &core : &others) += relation->bits[c][vector_level(shape->vector, c)];
    shape->against = exp2(fmin(fmax(-core, -most), most));
    shape->twins = learner->twins[shape->relation] / (1 - relation->rate);
    shape->others = exp2(fmin(fmax(others, -most), most));
    shape->found = 0;
}

/* Odds of a candidate by itself. However rare an amount is, day, place, kind and amount say no more than that there are
 * other events equal in them: or EM would learn from such twins that true pairs differ in all else. */
static double odds_of(const struct learner *learner, const struct candidate *candidate)
{
    const struct shape *shape = &learner->shapes[candidate->shape];
    double odds = shape->others / ((double)candidate->against * shape->against + shape->twins);
    return odds < 0x1p60 ? odds : 0x1p60;
}

static void expect(struct learner *learner)
{
    size_t n_relations = learner->model->n_relations;
    memset(learner->sums, 0, learner->n_sides * sizeof *learner->sums);
    memset(learner->found, 0, n_relations * sizeof *learner->found);
    memset(learner->n_found, 0, n_relations * sizeof *learner->n_found);
    for (size_t s = 0; s < learner->n_shapes; s++)
        weigh_shape(learner, &learner->shapes[s]);
    for (size_t i = 0; i < learner->n; i++) {
        struct candidate *candidate = &learner->candidates[i];
        candidate->odds = (float)odds_of(learner, candidate);
        learner->sums[candidate->side[0]] += (double)candidate->odds;
        learner->sums[candidate->side[1]] += (double)candidate->odds;
    }
    for (size_t i = 0; i < learner->n; i++) {
        const struct candidate *candidate = &learner->candidates[i];
        double odds = (double)candidate->odds;
        double sums = learner->sums[candidate->side[0]] + learner->sums[candidate->side[1]];
        learner->shapes[candidate->shape].found += odds / (1 + (sums - odds > odds ? sums - odds : odds));
    }
    for (size_t s = 0; s < learner->n_shapes; s++) {
        const struct shape *shape = &learner->shapes[s];
        learner->n_found[shape->relation] += shape->found;
        for (unsigned c = 0; c < learner->model->n_comparisons; c++)
            learner->found[shape->relation][c][vector_level(shape->vector, c)] += shape->found;
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

static enum comity_status allocate(struct learner *learner)
{
    size_t n = learner->model->n_relations;
    learner->is_read = malloc(learner->frame->n + 1);
    learner->active = calloc(2 * n + 1, sizeof *learner->active);
    learner->found = calloc(n + 1, sizeof *learner->found);
    learner->m = calloc(n + 1, sizeof *learner->m);
    learner->n_found = calloc(n + 1, sizeof *learner->n_found);
    learner->twins = calloc(n + 1, sizeof *learner->twins);
    bool is_done =
        learner->is_read && learner->active && learner->m && learner->found && learner->n_found && learner->twins;
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
    struct link_model *model, const struct frame *frame, const struct edge_list *edges, unsigned threads)
{
    struct learner learner = {.model = model,
        .frame = frame,
        .edges = edges,
        .share_read = edges->n > MOST_PAIRS ? (double)MOST_PAIRS / (double)edges->n : 1};
    if (!model->n_relations)
        return COMITY_OK;
    enum comity_status status = allocate(&learner);
    if (status == COMITY_OK)
        status = count_active(&learner);
    if (status == COMITY_OK)
        status = read_edges(&learner, threads);
    if (status == COMITY_OK) {
        start_relations(&learner);
        train(&learner);
        model_settle(model);
    }
    free(learner.is_read);
    free(learner.edge_of);
    free(learner.candidates);
    free(learner.shapes);
    free(learner.sums);
    free(learner.active);
    free(learner.m);
    free(learner.found);
    free(learner.n_found);
    free(learner.twins);
    return status;
}
