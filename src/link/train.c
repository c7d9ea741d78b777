/* m by EM on pattern counts with priors (Fellegi and Sunter 1969; Winkler 1988; nulls unobserved as in Enamorado,
 * Fifield and Imai 2019). What chance pairs look like is in chance.c. */
#include "link/model.h"

#include "base/hash.h"
#include "base/order.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_ROUNDS = 200 };

/* How much a priori: pairs' worth of prior on the levels of m. Some hundred chance pairs that look true must not
 * outweigh it; where sources do overlap, true pairs are thousands. */
static const double prior_pairs = 300;
/* A raid makes equal rows of one source that are not one event, and rows alone cannot tell the two apart. So a source
 * is never held to tell an event twice more often than this; only rare amounts overcome it. */
static const double most_twice = 0.0002;

static const double m_of_dates[DATE_LEVELS] = {0, 0.62, 0.12, 0.1, 0.07, 0.01, 0.01, 0.01, 0.06};
static const double m_of_amounts[AMOUNT_LEVELS] = {0, 0.6, 0, 0, 0, 0.06, 0.08, 0.05, 0.08, 0.05, 0.07, 0.01};
static const double m_of_concepts[CONCEPT_LEVELS] = {0, 0.8, 0, 0, 0, 0.08, 0.04, 0.05, 0.03};
static const double m_of_places[PLACE_LEVELS] = {0, 0.75, 0, 0, 0, 0.05, 0.05, 0.04, 0.035, 0.005, 0.07};
static const double m_of_codes[CODE_LEVELS] = {0, 0.8, 0, 0, 0, 0.2};
static const double m_of_texts[TEXT_LEVELS] = {0, 0.5, 0, 0, 0, 0.3, 0.2};
static const double m_of_names[NAME_LEVELS] = {0, 0.65, 0, 0, 0, 0.1, 0.1, 0.08, 0.07};

/* What is expected of true pairs before any are seen; equality stands in the first of its levels. */
static const double *m_expected(enum value_type type)
{
    switch (type) {
    case VALUE_DATE:
        return m_of_dates;
    case VALUE_QUANTITY:
        return m_of_amounts;
    case VALUE_CONCEPT:
        return m_of_concepts;
    case VALUE_PLACE:
        return m_of_places;
    case VALUE_TEXT:
        return m_of_texts;
    case VALUE_NAME:
        return m_of_names;
    default:
        return m_of_codes;
    }
}

/* ---- m ---- */

struct em {
    struct link_model *model;
    double sums[LINK_MOST_COMPARISONS][LINK_MOST_LEVELS]; /* expected true pairs by level */
    double *true_pairs;                                   /* by source; across sources: the last */
    double *active;                                       /* mentions with others of the class around, likewise */
    double most_found;                                    /* across sources: so many true pairs may there be */
};

static void start_m(struct link_model *model)
{
    for (unsigned c = 0; c < model->n_comparisons; c++) {
        struct model_comparison *weights = &model->comparisons[c];
        const double *expected = m_expected((enum value_type)weights->type);
        for (int k = 0; k < N_PAIR_CLASSES; k++)
            for (unsigned l = 1; l < weights->n_levels; l++)
                weights->m[k][l] =
                    weights->type != VALUE_DATE && l <= LEVELS_EQUAL ? expected[1] * weights->share[l] : expected[l];
    }
}

static double likelihood_bits(const struct link_model *model, int class, uint64_t vector)
{
    double ratio = 1;
    for (unsigned c = 0; c < model->n_comparisons; c++) {
        unsigned level = vector_level(vector, c);
        if (level)
            ratio *= model->comparisons[c].m[class][level] / model->comparisons[c].u[class][level];
    }
    double bits = log2(fmax(ratio, 1e-300)) - (double)(vector >> VECTOR_TOGETHER & 15);
    if (model->when >= 0 && model->where >= 0 && model->what >= 0)
        bits += model->joint[class][vector_level(vector, (unsigned)model->when)]
                            [vector_level(vector, (unsigned)model->where)][vector_level(vector, (unsigned)model->what)];
    return bits;
}

/* Patterns of one class that differ in one field only, its `spread`: the date for pairs across sources, the amount for
 * pairs within one. */
struct family {
    const struct pattern *patterns;
    size_t n;
    int spread;
};

/* The bits of a vector that differ within a family. */
static uint64_t spread_mask(const struct link_model *model, int class)
{
    if (class == PAIR_ACROSS)
        return model->when >= 0 ? (uint64_t)15 << (4 * (unsigned)model->when) : 0;
    return model->amount >= 0 ? (uint64_t)15 << (4 * (unsigned)model->amount) | (uint64_t)15 << VECTOR_TOGETHER : 0;
}

static void count_true(struct em *em, int class, const struct pattern *pattern, double share)
{
    double expected = (double)pattern->count * share;
    for (unsigned c = 0; c < em->model->n_comparisons; c++)
        em->sums[c][vector_level(pattern->vector, c)] += expected;
    em->true_pairs[class == PAIR_ACROSS ? em->model->n_sources : pattern->source] += expected;
}

/* Odds that a pair like this is true, by the model alone. */
static double odds_of(const struct em *em, int class, const struct pattern *pattern, uint64_t vector)
{
    const struct link_model *model = em->model;
    double rate = class == PAIR_ACROSS ? model->rate : model->sources[pattern->source].twice;
    double density = 2.5 * (double)(vector >> VECTOR_DENSITY & 7) + 1.25;
    return exp2(likelihood_bits(model, class, vector) + log2(rate) - density);
}

/* How chance spreads a family's pairs over the levels, up to a factor that all levels share. */
static double chance_of(const struct link_model *model, int class, const struct family *family, size_t i)
{
    uint64_t vector = family->patterns[i].vector;
    unsigned level = vector_level(vector, (unsigned)family->spread);
    double u = model->comparisons[family->spread].u[class][level];
    if (family->spread == model->amount)
        return fmin(u * exp2((double)(vector >> VECTOR_TOGETHER & 15)), 1);
    if (model->where < 0 || model->what < 0)
        return u;
    return u * exp2(-model->joint[class][level][vector_level(vector, (unsigned)model->where)]
                                 [vector_level(vector, (unsigned)model->what)]);
}

/* Chance pairs that agree in all else are spread over the levels as u says, true ones as m does; so the spread itself
 * tells how many of a family are true, however the other fields hang together. The days tell it across sources; within
 * one a raid makes many true rows of one day, and only their amounts tell. The model's own odds count as `weight`
 * pairs. */
static void expect_family(struct em *em, int class, const struct family *family)
{
    const double weight = 20, most_above = 8; /* days are not all alike: a large family would show a little of all */
    const double *m = em->model->comparisons[family->spread].m[class];
    const struct pattern *first = &family->patterns[0];
    double odds = odds_of(em, class, first, first->vector & ~spread_mask(em->model, class)), prior = odds / (1 + odds);
    double n = 0, share = prior;
    for (size_t i = 0; i < family->n; i++)
        n += (double)family->patterns[i].count;
    for (int round = 0; round < 8; round++) {
        double found = 0;
        for (size_t i = 0; i < family->n; i++) {
            double yes = share * m[vector_level(family->patterns[i].vector, (unsigned)family->spread)];
            double no = (1 - share) * chance_of(em->model, class, family, i);
            found += (double)family->patterns[i].count * yes / fmax(yes + no, 1e-300);
        }
        share = fmin((weight * prior + found) / (weight + n), most_above * prior);
    }
    for (size_t i = 0; i < family->n; i++) {
        double yes = share * m[vector_level(family->patterns[i].vector, (unsigned)family->spread)];
        double no = (1 - share) * chance_of(em->model, class, family, i);
        count_true(em, class, &family->patterns[i], yes / fmax(yes + no, 1e-300));
    }
}

/* Dates within the window, amounts that are said. */
static bool is_spread(const struct link_model *model, int spread, uint64_t vector)
{
    unsigned level = vector_level(vector, (unsigned)spread);
    return level > 0 && (spread == model->amount || level < DATE_FAR) && vector >> VECTOR_WINDOWED;
}

static void expect(struct em *em, int class, const struct pattern *patterns, size_t n)
{
    struct link_model *model = em->model;
    int spread = class == PAIR_ACROSS ? model->when : model->amount;
    memset(em->sums, 0, sizeof em->sums);
    memset(em->true_pairs, 0, (model->n_sources + 1) * sizeof *em->true_pairs);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && patterns[j].source == patterns[i].source && patterns[j].family == patterns[i].family;
             j++) {
        }
        if ((patterns[i].source == NO_SOURCE) != (class == PAIR_ACROSS))
            continue;
        /* What is not spread sorts behind what is. */
        size_t middle = i;
        while (spread >= 0 && middle < j && is_spread(model, spread, patterns[middle].vector))
            middle++;
        if (middle > i)
            expect_family(em, class, &(struct family){&patterns[i], middle - i, spread});
        for (size_t k = middle; k < j; k++) {
            double odds = odds_of(em, class, &patterns[k], patterns[k].vector);
            count_true(em, class, &patterns[k], odds / (1 + odds));
        }
    }
}

/* Where sources hardly overlap, EM would take for true pairs whatever else hangs together among chance's (equal round
 * amounts of one week). So what it may find is bounded by what the expected weights found. */
static void bound_found(struct em *em)
{
    double *found = &em->true_pairs[em->model->n_sources], share = fmin(em->most_found / fmax(*found, 1e-9), 1);
    for (unsigned c = 0; c < em->model->n_comparisons; c++)
        for (unsigned l = 0; l < LINK_MOST_LEVELS; l++)
            em->sums[c][l] *= share;
    *found *= share;
}

/* Reports that come weeks late look like chance, and later ones more so: their shares are not learned but held at what
 * is expected. */
static void hold_lags(struct em *em)
{
    double *sums = em->sums[em->model->when], held = m_of_dates[DATE_15] + m_of_dates[DATE_31] + m_of_dates[DATE_FAR],
           others = 0;
    for (unsigned l = 1; l < DATE_LEVELS; l++)
        others += l >= DATE_15 && l <= DATE_FAR ? 0 : sums[l] + prior_pairs * m_of_dates[l];
    for (unsigned l = DATE_15; l <= DATE_FAR; l++)
        sums[l] = m_of_dates[l] * (others / (1 - held) - prior_pairs);
}

static bool is_before(const struct pattern *x, const struct pattern *y)
{
    if (x->source != y->source)
        return x->source < y->source;
    if (x->family != y->family)
        return x->family < y->family;
    if (x->is_spread != y->is_spread)
        return x->is_spread;
    return x->vector < y->vector;
}

/* Of one key, which are few. */
static void sort_family(struct pattern *patterns, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t at = i; at > 0 && is_before(&patterns[at], &patterns[at - 1]); at--) {
            struct pattern other = patterns[at];
            patterns[at] = patterns[at - 1];
            patterns[at - 1] = other;
        }
}

/* By what they agree in but their spread, so that families stand together. */
static enum comity_status sort_patterns(const struct link_model *model, struct pattern *patterns, size_t n)
{
    struct sort_item *items = malloc((n + 1) * sizeof *items);
    struct pattern *copy = malloc((n + 1) * sizeof *copy);
    bool is_ready = items && copy;
    for (uint32_t i = 0; is_ready && i < n; i++) {
        int class = patterns[i].source == NO_SOURCE ? PAIR_ACROSS : PAIR_WITHIN;
        int spread = class == PAIR_ACROSS ? model->when : model->amount;
        patterns[i].family = hash_u64(patterns[i].vector & ~spread_mask(model, class)) ^ class;
        patterns[i].is_spread = spread >= 0 && is_spread(model, spread, patterns[i].vector);
        items[i] = (struct sort_item){patterns[i].family ^ hash_u64(patterns[i].source + UINT64_C(1)), i};
        copy[i] = patterns[i];
    }
    if (is_ready)
        sort_items(items, n);
    for (size_t i = 0; is_ready && i < n; i++)
        patterns[i] = copy[items[i].payload];
    for (size_t i = 0, end; is_ready && i < n; i = end) {
        for (end = i + 1; end < n && items[end].key == items[i].key; end++) {
        }
        sort_family(&patterns[i], end - i);
    }
    free(items);
    free(copy);
    return is_ready ? COMITY_OK : COMITY_NOMEM;
}

/* Returns the largest change of any m or rate. */
static double maximise(struct em *em, int class)
{
    struct link_model *model = em->model;
    double change = 0;
    if (model->when >= 0)
        hold_lags(em);
    for (unsigned c = 0; c < model->n_comparisons; c++) {
        struct model_comparison *weights = &model->comparisons[c];
        const double *expected = m_expected((enum value_type)weights->type);
        double total = prior_pairs;
        for (unsigned l = 1; l < weights->n_levels; l++)
            total += em->sums[c][l];
        for (unsigned l = 1; l < weights->n_levels; l++) {
            bool is_equal = weights->type != VALUE_DATE && l <= LEVELS_EQUAL;
            double prior = is_equal ? expected[1] * weights->share[l] : expected[l];
            double m = fmax((em->sums[c][l] + prior_pairs * prior) / total, 1e-6);
            change = fmax(change, fabs(m - weights->m[class][l]));
            weights->m[class][l] = m;
        }
    }
    return change;
}

static double bounded_rate(double pairs, double mentions, double least, double most)
{
    return fmin(fmax(2 * pairs / fmax(mentions, 1), least), most);
}

static double update_rates(struct em *em, int class)
{
    struct link_model *model = em->model;
    size_t across = model->n_sources;
    if (class == PAIR_ACROSS) {
        double rate = bounded_rate(em->true_pairs[across], em->active[across], 1e-3, 0.95), old = model->rate;
        model->rate = rate;
        return fabs(rate - old);
    }
    double change = 0;
    for (size_t s = 0; s < model->n_sources; s++) {
        double rate = bounded_rate(em->true_pairs[s], em->active[s], 1e-6, most_twice);
        change = fmax(change, fabs(rate - model->sources[s].twice));
        model->sources[s].twice = rate;
    }
    return change;
}

/* Weights never rise with disagreement, within equality and beyond it. */
static void set_bits(struct link_model *model)
{
    for (unsigned c = 0; c < model->n_comparisons; c++) {
        struct model_comparison *weights = &model->comparisons[c];
        unsigned beyond = weights->type == VALUE_DATE ? 1 : LEVELS_EQUAL + 1;
        for (int k = 0; k < N_PAIR_CLASSES; k++)
            for (unsigned l = 1; l < weights->n_levels; l++) {
                double bits = log2(weights->m[k][l] / fmax(weights->u[k][l], 1e-15));
                /* Agreement of what is said less exactly is no step on the way from near to far. */
                bool is_vague = (weights->type == VALUE_DATE && l == DATE_OVERLAP) ||
                                (weights->type == VALUE_PLACE && l == PLACE_AREA);
                bool is_first = l == 1 || l == beyond || is_vague;
                if (!is_first)
                    bits = fmin(bits, weights->bits[k][l - 1]);
                weights->bits[k][l] = fmin(fmax(bits, -14), 40);
            }
    }
}

/* Two rows of one source that are equal in day, place, kind and a rare amount are two events, as a rule: a source
 * seldom tells one twice. So they tell how many events have an equal beside them, of which another source may tell
 * instead. */
static bool is_twin(const struct link_model *model, uint64_t vector)
{
    unsigned amount = vector_level(vector, (unsigned)model->amount);
    unsigned where = vector_level(vector, (unsigned)model->where), what = vector_level(vector, (unsigned)model->what);
    return vector_level(vector, (unsigned)model->when) == DATE_SAME && where && where <= LEVELS_EQUAL && what &&
           what <= LEVELS_EQUAL && amount && amount <= 2;
}

static bool has_twins(const struct link_model *model)
{
    return model->when >= 0 && model->where >= 0 && model->what >= 0 && model->amount >= 0;
}

static enum comity_status count_twins(
    struct link_model *model, const double *rare, const struct pattern *patterns, size_t n)
{
    const double expected = 0.01, weight = 100, most = 0.15;
    if (!has_twins(model))
        return COMITY_OK;
    double *pairs = calloc(model->n_sources + 1, sizeof *pairs);
    if (!pairs)
        return COMITY_NOMEM;
    for (size_t i = 0; i < n; i++)
        if (patterns[i].source != NO_SOURCE && is_twin(model, patterns[i].vector))
            pairs[patterns[i].source] += (double)patterns[i].count;
    for (size_t s = 0; s < model->n_sources; s++)
        model->sources[s].twins = fmin((2 * pairs[s] + weight * expected) / (rare[s] + weight), most);
    free(pairs);
    return COMITY_OK;
}

/* ---- what mentions there are ---- */

enum { PIECE_POSITIONS = 1 << 16 };

/* By source, numbers of mentions: with others of it around; likewise with others of other sources, all of them in the
 * first; and those with a place and a rare amount. */
struct numbers {
    const struct frame *frame;
    const struct link_model *model;
    double *of_pieces; /* piece × N_NUMBERS × sources */
    size_t n_sources;
};
enum { ACTIVE_WITHIN, ACTIVE_ACROSS, RARE, N_NUMBERS };

static enum comity_status count_piece(void *context, size_t piece)
{
    const struct numbers *numbers = context;
    const struct frame *frame = numbers->frame;
    size_t n_sources = numbers->n_sources, begin = piece * PIECE_POSITIONS, end = begin + PIECE_POSITIONS;
    double *counts = &numbers->of_pieces[piece * N_NUMBERS * n_sources];
    bool may_be_rare = has_twins(numbers->model);
    unsigned where = (unsigned)frame->where, amount = (unsigned)frame->amount;
    for (size_t p = begin; p < end && p < frame->n; p++) {
        const struct frame_row *row = &frame->rows[p];
        counts[ACTIVE_WITHIN * n_sources + frame->source[p]] += frame->density[PAIR_WITHIN][p] > 0;
        counts[ACTIVE_ACROSS * n_sources] += frame->density[PAIR_ACROSS][p] > 0;
        if (may_be_rare)
            counts[RARE * n_sources + frame->source[p]] +=
                row->tag[where] && row->tag[amount] && rarity_level(row->rarity[amount]) <= 2;
    }
    return COMITY_OK;
}

/* Whole numbers, so that it does not show how they were added up. `out`: N_NUMBERS × sources. */
static enum comity_status count_mentions(
    const struct link_model *model, const struct frame *frame, unsigned threads, double *out)
{
    size_t n_pieces = (frame->n + PIECE_POSITIONS - 1) / PIECE_POSITIONS, n = N_NUMBERS * (model->n_sources + 1);
    struct numbers numbers = {frame, model, calloc((n_pieces + 1) * n, sizeof(double)), model->n_sources + 1};
    enum comity_status status =
        numbers.of_pieces ? parallel_run(n_pieces, threads, count_piece, &numbers) : COMITY_NOMEM;
    for (size_t i = 0; status == COMITY_OK && i < n_pieces * n; i++)
        out[i % n] += numbers.of_pieces[i];
    free(numbers.of_pieces);
    return status;
}

/* Rounds until nothing changes; only the rates, or m as well. Returns the last change. */
static double find_pairs(struct em *em, int class, const struct pattern *patterns, size_t n, bool learns)
{
    double change = 1;
    for (int round = 0; round < MOST_ROUNDS && change > 1e-4; round++) {
        expect(em, class, patterns, n);
        if (learns)
            bound_found(em);
        change = learns ? maximise(em, class) : 0;
        change = fmax(change, update_rates(em, class));
    }
    return change;
}

static void learn(struct em *em, const struct pattern *patterns, size_t n)
{
    struct link_model *model = em->model;
    start_m(model);
    model->rate = 0.3;
    for (size_t s = 0; s < model->n_sources; s++)
        model->sources[s].twice = 0.01;
    model->has_converged = true;
    /* Across sources first: how many pairs the expected weights find, then what these look like. Within one, equal rows
     * may well be two events of one raid, and EM would take them for one told twice; so what true pairs look like is
     * learned across, and only their rate within. */
    find_pairs(em, PAIR_ACROSS, patterns, n, false);
    em->most_found = 2 * em->true_pairs[model->n_sources];
    for (int class = PAIR_ACROSS; class >= PAIR_WITHIN; class --) {
        double change = find_pairs(em, class, patterns, n, class == PAIR_ACROSS);
        model->has_converged = model->has_converged && change <= 1e-4;
        for (unsigned c = 0; c < model->n_comparisons; c++)
            memcpy(model->comparisons[c].m[PAIR_WITHIN], model->comparisons[c].m[PAIR_ACROSS],
                sizeof model->comparisons[c].m[PAIR_WITHIN]);
    }
    set_bits(model);
    model_settle(model);
}

enum comity_status model_train(
    struct link_model *model, const struct frame *frame, unsigned threads, struct pattern *patterns, size_t n)
{
    size_t n_sources = model->n_sources + 1;
    double *counts = calloc(N_NUMBERS * n_sources, sizeof *counts);
    struct em em = {.model = model, .true_pairs = calloc(2 * n_sources, sizeof *em.true_pairs)};
    enum comity_status status = counts && em.true_pairs ? sort_patterns(model, patterns, n) : COMITY_NOMEM;
    if (status == COMITY_OK)
        status = count_mentions(model, frame, threads, counts);
    if (status == COMITY_OK) {
        em.active = em.true_pairs + n_sources;
        memcpy(em.active, &counts[ACTIVE_WITHIN * n_sources], n_sources * sizeof *em.active);
        em.active[model->n_sources] = counts[ACTIVE_ACROSS * n_sources];
        learn(&em, patterns, n);
        status = count_twins(model, &counts[RARE * n_sources], patterns, n);
    }
    free(em.true_pairs);
    free(counts);
    return status;
}
