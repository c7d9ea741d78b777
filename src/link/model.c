/* Value frequencies, and what they say of a pair. */
#include "link/model.h"

#include "base/hash.h"
#include "link/count.h"

#include <math.h>
#include <stdlib.h>

/* A stratum with few mentions borrows this many from the value's frequency at large. */
static const double borrowed = 20;
static const double other_kind = 12; /* bits against two concepts in one source */

void link_model_free(struct link_model *model)
{
    if (!model)
        return;
    for (unsigned c = 0; c < model->n_comparisons; c++)
        map_release(&model->comparisons[c].counts);
    map_release(&model->together);
    around_release(&model->around);
    free(model->sources);
    free(model->relations);
    free(model);
}

static double count_of(const struct map *counts, uint64_t key)
{
    const uint64_t *count = map_get(counts, key);
    return count ? (double)*count : 0;
}

/* Two that agree are themselves among those counted: half of that pair is taken out. */
static double others(double count)
{
    return fmax(count - 1.5, 0.25);
}

static uint8_t quarter_bits(double frequency)
{
    double bits = -4 * log2(fmin(fmax(frequency, 1e-18), 1));
    return (uint8_t)fmin(round(bits), 255);
}

uint8_t model_rarity(const struct link_model *model, unsigned comparison, uint64_t stratum, uint64_t canon)
{
    const struct map *counts = &model->comparisons[comparison].counts;
    uint64_t large = count_at_large(stratum);
    double n_large = count_of(counts, count_key(large, 0)), n_stratum = count_of(counts, count_key(stratum, 0));
    double prior = others(count_of(counts, count_key(large, canon))) / fmax(n_large, 1);
    double here = others(count_of(counts, count_key(stratum, canon)));
    return quarter_bits((here + borrowed * prior) / (n_stratum + borrowed));
}

void model_frequency(const struct link_model *model, unsigned comparison, uint64_t stratum, uint64_t canon,
    uint64_t *count, uint64_t *total)
{
    const struct map *counts = &model->comparisons[comparison].counts;
    *count = (uint64_t)fmax(count_of(counts, count_key(stratum, canon)), 1);
    *total = (uint64_t)fmax(count_of(counts, count_key(stratum, 0)), 1);
}

uint8_t model_nearness(
    const struct link_model *model, unsigned comparison, uint64_t stratum, const struct prepared *value)
{
    const struct map *counts = &model->comparisons[comparison].counts;
    int64_t bin = count_bin(value);
    double near = 0;
    for (int shift = -1; shift <= 1; shift++)
        near += count_of(counts, count_key(stratum, count_bin_key(value, bin, shift)));
    return quarter_bits((others(near) + 0.5) / (count_of(counts, count_key(stratum, 0)) + borrowed));
}

uint8_t model_together(const struct link_model *model, const struct frame *frame, size_t p, uint64_t key)
{
    const uint64_t *packed = key ? map_get(&model->together, key) : NULL;
    if (!packed)
        return 0;
    /* Mentions of one day may be one event; the one of the source itself is counted. */
    double mentions = (double)(*packed >> 32), days = (double)(uint32_t)*packed;
    double chance = fmax(mentions - 1, 0) * (1 - 1 / days);
    unsigned where = (unsigned)frame->where, amount = (unsigned)frame->amount;
    uint64_t stratum = frame_stratum(frame, amount, p);
    double n_country = count_of(&model->comparisons[where].counts, count_key(frame_stratum(frame, where, p), 0));
    double n_group = count_of(&model->comparisons[amount].counts, count_key(stratum, 0));
    double apart = exp2(-(frame->rows[p].rarity[where] + frame->rows[p].rarity[amount]) / 4.0) *
                   fmin(n_group / fmax(n_country, 1), 1);
    double excess = 4 * log2(fmax(chance / fmax(n_country, 1) / fmax(apart, 1e-18), 1));
    return (uint8_t)fmin(round(excess), 60);
}

static const double most_rounded_bits = 8;

/* Rounded by habit: how many amounts around would be this one when rounded so is known, so it takes the place of u. */
static double rounded_bits(const struct link_model *model, const struct frame *frame, size_t a, size_t b)
{
    const double counted = 0.1576; /* the width of the three bins of nearness */
    const struct model_comparison *weights = &model->comparisons[frame->amount];
    size_t coarse = frame_rounded(frame, a, b) ? b : a;
    double width = rounding_width(&frame->rows[coarse].amount, frame->digits[frame->source[coarse]]);
    double rarity = frame->nearness[coarse] / 4.0 - log2(fmin(width / counted, 1));
    double expected = weights->bits[PAIR_ACROSS][AMOUNT_ROUNDED] - log2(weights->m[PAIR_ACROSS][AMOUNT_ROUNDED]);
    return fmin(fmax(rarity - expected, -most_rounded_bits), most_rounded_bits);
}

/* Of amounts that are not equal. */
static double near_bits(const struct link_model *model, const struct frame *frame, size_t a, size_t b, unsigned level)
{
    if (level == AMOUNT_ROUNDED && frame_rounded(frame, a, b) >= 0)
        return rounded_bits(model, frame, a, b);
    unsigned x = frame->nearness[a], y = frame->nearness[b];
    return level <= AMOUNT_5 ? model->comparisons[frame->amount].near[x < y ? x : y] : 0;
}

double model_rarity_bits(
    const struct link_model *model, const struct frame *frame, unsigned comparison, size_t a, size_t b, unsigned level)
{
    const struct model_comparison *weights = &model->comparisons[comparison];
    if (level == 0)
        return 0;
    if (level <= LEVELS_EQUAL) {
        unsigned x = frame->rows[a].rarity[comparison];
        unsigned y = frame->rows[b].rarity[comparison];
        return weights->rare[x < y ? x : y];
    }
    return (int)comparison == frame->amount ? near_bits(model, frame, a, b, level) : 0;
}

static double joint_bits(const struct link_model *model, enum pair_class class, uint64_t vector)
{
    if (model->when < 0 || model->where < 0 || model->what < 0)
        return 0;
    return model->joint[class][vector_level(vector, (unsigned)model->when)]
                       [vector_level(vector, (unsigned)model->where)][vector_level(vector, (unsigned)model->what)];
}

static double rarity_of_pair(
    const struct link_model *model, const struct frame *frame, size_t a, size_t b, uint64_t vector)
{
    double bits = joint_bits(model, frame_class(frame, a, b), vector) - (double)(vector >> VECTOR_TOGETHER & 15);
    uint8_t rarity[FRAME_LANES];
    frame_rarities(frame, a, b, vector, rarity);
    for (unsigned c = 0; c < model->n_comparisons; c++) {
        bits += model->comparisons[c].rare[rarity[c]];
        if ((int)c == frame->amount && vector_level(vector, c) > LEVELS_EQUAL)
            bits += near_bits(model, frame, a, b, vector_level(vector, c));
    }
    return bits;
}

/* Of one source, a mention has one partner at most; so of two sources each is one of the other's around. Where nothing
 * is known of the two, it may be any mention of any other source. */
double model_density(const struct frame *frame, size_t a, size_t b)
{
    const float *density = frame->density[frame_relation(frame, a, b) ? PAIR_WITHIN : frame_class(frame, a, b)];
    return density[a] > density[b] ? density[a] : density[b];
}

double model_base_bits(const struct link_model *model, const struct frame *frame, size_t a, size_t b, uint64_t vector)
{
    return rarity_of_pair(model, frame, a, b, vector) - model_density(frame, a, b);
}

double model_level_bits(
    const struct link_model *model, const struct frame *frame, unsigned comparison, size_t a, size_t b, unsigned level)
{
    uint32_t code = frame_relation(frame, a, b);
    if (!code)
        return model->comparisons[comparison].bits[frame_class(frame, a, b)][level];
    if ((int)comparison == frame->when)
        level = frame_lag(frame, a, b, level);
    return model->relations[relation_index(code)].bits[comparison][level];
}

static double add_levels(
    const struct link_model *model, const struct frame *frame, size_t a, size_t b, uint64_t vector, double bits)
{
    uint32_t code = frame_relation(frame, a, b);
    enum pair_class class = frame_class(frame, a, b);
    const struct model_relation *relation = code ? &model->relations[relation_index(code)] : NULL;
    for (unsigned c = 0; c < model->n_comparisons; c++) {
        unsigned level = vector_level(vector, c);
        if (level && relation)
            bits += relation->bits[c][(int)c == frame->when ? frame_lag(frame, a, b, level) : level];
        else if (level)
            bits += model->comparisons[c].bits[class][level];
    }
    return bits;
}

double model_evidence(const struct link_model *model, const struct frame *frame, size_t a, size_t b, uint64_t vector)
{
    return add_levels(model, frame, a, b, vector, model_base_bits(model, frame, a, b, vector));
}

double model_hopeful_bits(
    const struct link_model *model, const struct frame *frame, size_t a, size_t b, uint64_t vector, double least)
{
    enum pair_class class = frame_class(frame, a, b);
    float density =
        frame->density[class][a] > frame->density[class][b] ? frame->density[class][a] : frame->density[class][b];
    double rate = class == PAIR_ACROSS ? model->rate_bits : frame->twice_bits[frame->source[a]];
    /* Two sums side by side, so that none waits for the other; behind the comparisons are zeroes. */
    double hoped = joint_bits(model, class, vector) - density + rate, others = 0;
    for (unsigned c = 0; c < model->n_comparisons; c += 2) {
        hoped += model->hoped[class][c][vector_level(vector, c)];
        others += model->hoped[class][c + 1][vector_level(vector, c + 1)];
    }
    if (hoped + others < least)
        return (double)NAN;
    double rarity = rarity_of_pair(model, frame, a, b, vector);
    double most = rarity - density;
    for (unsigned c = 0; c < model->n_comparisons; c++)
        most += model->comparisons[c].most[class][vector_level(vector, c)];
    most += rate;
    if (most < least)
        return (double)NAN;
    return add_levels(model, frame, a, b, vector, rarity - model_density(frame, a, b)) +
           model_rate_bits(model, frame, a, b);
}

/* However rare, a value says no more than so many bits beyond its level. */
static double beyond_level(unsigned quarter_bits, double of_level)
{
    const double most = 6;
    return fmin(fmax(quarter_bits / 4.0 - of_level, -most), most);
}

static void settle_rarity(struct model_comparison *weights)
{
    weights->rare[RARITY_NONE] = 0;
    for (unsigned q = 0; q < RARITY_NONE; q++) {
        weights->rare[q] = weights->type == VALUE_DATE ? 0 : beyond_level(q, weights->rarity[rarity_level(q)]);
        weights->near[q] = beyond_level(q, weights->nearness);
    }
}

/* What a level may be worth beyond itself: see rarity_of_pair(). */
static double most_beyond(const struct model_comparison *weights, unsigned level)
{
    double most = 0;
    for (unsigned q = 0; level <= LEVELS_EQUAL && q < RARITY_NONE; q++)
        if (rarity_level(q) == level)
            most = fmax(most, weights->rare[q]);
    bool is_near = level > LEVELS_EQUAL && level <= AMOUNT_5 && weights->type == VALUE_QUANTITY;
    return is_near ? most_rounded_bits : most;
}

static void settle_comparison(struct link_model *model, unsigned c)
{
    struct model_comparison *weights = &model->comparisons[c];
    bool is_when = (int)c == model->when;
    const double rounding = 1e-6; /* of sums in another order */
    for (int k = 0; k < N_PAIR_CLASSES; k++) {
        weights->most[k][0] = model->hoped[k][c][0] = 0;
        for (unsigned l = 1; l < weights->n_levels; l++) {
            double worth = weights->bits[k][l];
            weights->most[k][l] = is_when ? fmax(worth, -log2(fmax(weights->u[k][l], 1e-15))) : worth;
            model->hoped[k][c][l] = weights->most[k][l] + most_beyond(weights, l) + rounding;
        }
    }
}

void model_settle(struct link_model *model)
{
    for (unsigned c = 0; c < model->n_comparisons; c++) {
        settle_rarity(&model->comparisons[c]);
        settle_comparison(model, c);
    }
    model->rate_bits = log2(model->rate);
    for (size_t r = 0; r < model->n_relations; r++) {
        double rate = model->relations[r].rate;
        model->relations[r].rate_bits = log2(rate / (1 - rate));
    }
}

/* One source calls one thing by one name: two of its rows that name different concepts are two hauls, of one case
 * perhaps, in which all the rest agrees (amphetamine without an amount beside methamphetamine). */
static double other_kind_bits(const struct frame *frame, size_t a, size_t b)
{
    if (frame->what < 0 || frame->comparisons[frame->what].type != VALUE_CONCEPT)
        return 0;
    unsigned what = (unsigned)frame->what;
    unsigned level =
        compare_prepared(&frame->comparisons[what], frame_value(frame, what, a), frame_value(frame, what, b));
    return level >= CONCEPT_SIBLING ? -other_kind : 0;
}

double model_rate_bits(const struct link_model *model, const struct frame *frame, size_t a, size_t b)
{
    uint32_t code = frame_relation(frame, a, b);
    if (code)
        return model->relations[relation_index(code)].rate_bits;
    if (frame->source[a] != frame->source[b])
        return model->rate_bits;
    return frame->twice_bits[frame->source[a]] + other_kind_bits(frame, a, b);
}

bool link_model_knows(const struct link_model *model, const struct mentions *mentions)
{
    for (size_t i = 0; i < mentions->n_sources; i++) {
        uint64_t code = hash_slice(mentions->sources[i].code);
        size_t s = 0;
        while (s < model->n_sources && model->sources[s].code_hash != code)
            s++;
        if (s == model->n_sources && !mentions->sources[i].is_aggregate)
            return false;
    }
    return true;
}
