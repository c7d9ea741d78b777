/* For each record its few strongest partners; for each of these pairs the other partners of its two records, and how
 * they stand to the other one. EM with three classes then goes over these contests only. */
#include "match/rivals.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_PARTNERS = 6, MOST_ROUNDS = 100, CONTESTS_TO_LOOK = 20000, CONTESTS_TO_LEARN = 200000 };
static const double settled = 1e-4;
/* A list in which less is contested is told well by the same and the unrelated. */
static const double much_contested = 0.2;
/* What was learned is kept where no more than this is contested then, and no more of the likely expected to be wrong.
 */
static const double clearly = 0.2;

struct seen_pair {
    uint32_t pattern;
    float times; /* by how much rarity multiplies the odds */
};

struct rival {
    struct seen_pair instead; /* the rival and the record of the pair that it is a partner of */
    struct seen_pair beside;  /* the rival and the other record */
};

struct contest {
    struct seen_pair pair;
    uint32_t rivals_end;
};

/* By pattern. */
struct chances {
    double same, related; /* odds against unrelated */
    double n_same, n_related;
};

struct rivals {
    const struct weights *weights;
    const struct table *table;
    const struct likeness *likeness;
    const struct likely_pair *pairs;
    uint32_t *partners; /* by position × MOST_PARTNERS: number of a pair + 1, the strongest first; 0: none */
    struct contest *contests;
    struct rival *rivals;
    size_t n, room, n_rivals, room_rivals;
    uint64_t one_in; /* of so many pairs one contest */
    struct map number_of;
    uint64_t *vectors; /* by pattern */
    struct chances *chances;
    size_t n_patterns, room_vectors;
};

/* ---- finding them ---- */

static bool number_pattern(struct rivals *rivals, uint64_t vector, uint32_t *pattern)
{
    bool is_new;
    uint64_t *number = map_put(&rivals->number_of, vector, &is_new);
    if (!number)
        return false;
    if (is_new) {
        if (!ARRAY_ROOM(rivals->vectors, rivals->n_patterns, rivals->room_vectors, 1))
            return false;
        *number = rivals->n_patterns;
        rivals->vectors[rivals->n_patterns++] = vector;
    }
    *pattern = (uint32_t)*number;
    return true;
}

static double bits_of_levels(const struct weights *weights, uint64_t vector)
{
    double bits = 0;
    for (unsigned c = 0; c < weights->n_columns; c++)
        if (weights_level(vector, c))
            bits += weights_bits(weights, vector, c);
    return bits;
}

static bool see_pair(struct rivals *rivals, double bits, uint64_t vector, struct seen_pair *seen)
{
    seen->times = (float)exp2(fmax(fmin(bits - bits_of_levels(rivals->weights, vector), 60), -60));
    return number_pattern(rivals, vector, &seen->pattern);
}

static bool is_copy(const struct table *table, uint32_t a, uint32_t b)
{
    size_t width = table->n_columns;
    return !memcmp(&table->codes[a * width], &table->codes[b * width], width * sizeof *table->codes);
}

/* Of equally strong ones the first stays. */
static void add_partner(struct rivals *rivals, uint32_t position, uint32_t pair)
{
    uint32_t *partners = &rivals->partners[(size_t)position * MOST_PARTNERS], at = MOST_PARTNERS;
    while (at > 0 && (!partners[at - 1] || rivals->pairs[partners[at - 1] - 1].bits < rivals->pairs[pair].bits))
        at--;
    if (at == MOST_PARTNERS)
        return;
    memmove(&partners[at + 1], &partners[at], (MOST_PARTNERS - 1 - at) * sizeof *partners);
    partners[at] = pair + 1;
}

static bool has_partner(const struct rivals *rivals, uint32_t position, uint32_t pair)
{
    for (unsigned i = 0; i < MOST_PARTNERS; i++)
        if (rivals->partners[(size_t)position * MOST_PARTNERS + i] == pair + 1)
            return true;
    return false;
}

static bool add_rival(struct rivals *rivals, const struct likely_pair *instead, uint32_t b, uint32_t c)
{
    if (!ARRAY_ROOM(rivals->rivals, rivals->n_rivals, rivals->room_rivals, 1))
        return false;
    struct rival *rival = &rivals->rivals[rivals->n_rivals++];
    uint64_t vector = weights_vector(rivals->table, rivals->likeness, b, c);
    double bits = weights_evidence(rivals->weights, rivals->table, rivals->likeness, b, c, vector);
    return see_pair(rivals, instead->bits, instead->vector, &rival->instead) &&
           see_pair(rivals, bits, vector, &rival->beside);
}

/* The other partners of `a`, for a pair of it and `b`. */
static bool add_rivals(struct rivals *rivals, uint32_t pair, uint32_t a, uint32_t b)
{
    bool is_done = true;
    for (unsigned i = 0; is_done && i < MOST_PARTNERS; i++) {
        uint32_t other = rivals->partners[(size_t)a * MOST_PARTNERS + i];
        if (!other || other == pair + 1)
            continue;
        const struct likely_pair *instead = &rivals->pairs[other - 1];
        is_done = add_rival(rivals, instead, b, instead->a == a ? instead->b : instead->a);
    }
    return is_done;
}

static bool add_contest(struct rivals *rivals, uint32_t number)
{
    const struct likely_pair *pair = &rivals->pairs[number];
    if (!ARRAY_ROOM(rivals->contests, rivals->n, rivals->room, 1))
        return false;
    struct contest *contest = &rivals->contests[rivals->n++];
    bool is_done = see_pair(rivals, pair->bits, pair->vector, &contest->pair) &&
                   add_rivals(rivals, number, pair->a, pair->b) && add_rivals(rivals, number, pair->b, pair->a);
    contest->rivals_end = (uint32_t)rivals->n_rivals;
    return is_done;
}

/* Copies are beyond dispute: among them, all that is not a copy would look merely related. */
static bool is_contest(const struct rivals *rivals, uint32_t pair)
{
    uint32_t a = rivals->pairs[pair].a, b = rivals->pairs[pair].b;
    if (is_copy(rivals->table, a, b))
        return false;
    return has_partner(rivals, a, pair) || has_partner(rivals, b, pair);
}

static bool is_drawn(const struct rivals *rivals, uint32_t pair)
{
    return hash_u64((uint64_t)rivals->pairs[pair].a << 32 | rivals->pairs[pair].b) % rivals->one_in == 0;
}

static void rivals_release(struct rivals *rivals)
{
    free(rivals->partners);
    free(rivals->contests);
    free(rivals->rivals);
    free(rivals->vectors);
    free(rivals->chances);
    map_release(&rivals->number_of);
}

/* Of pairs with more evidence than `least`; without copies, so that what is told often does not hide its rivals. */
static bool find_partners(struct rivals *rivals, size_t n, double least, bool has_copies)
{
    rivals->partners = calloc((rivals->table->n + 1) * MOST_PARTNERS, sizeof *rivals->partners);
    for (uint32_t i = 0; rivals->partners && i < n; i++)
        if (rivals->pairs[i].bits > least &&
            (has_copies || !is_copy(rivals->table, rivals->pairs[i].a, rivals->pairs[i].b))) {
            add_partner(rivals, rivals->pairs[i].a, i);
            add_partner(rivals, rivals->pairs[i].b, i);
        }
    return rivals->partners != NULL;
}

/* Pairs with more evidence than `least`; of very many contests a part. */
static enum comity_status rivals_find(struct rivals *rivals, size_t n, double least, size_t most)
{
    size_t n_contests = 0;
    bool is_done = find_partners(rivals, n, least, true);
    for (uint32_t i = 0; is_done && i < n; i++)
        n_contests += is_contest(rivals, i);
    rivals->one_in = 1 + n_contests / most;
    for (uint32_t i = 0; is_done && i < n; i++)
        if (is_contest(rivals, i) && is_drawn(rivals, i))
            is_done = add_contest(rivals, i);
    if (is_done)
        rivals->chances = calloc(rivals->n_patterns + 1, sizeof *rivals->chances);
    return is_done && rivals->chances ? COMITY_OK : COMITY_NOMEM;
}

/* ---- what they say ---- */

static void find_chances(struct rivals *rivals)
{
    const struct weights *weights = rivals->weights;
    double prior = weights_prior(weights), ratio = weights->rate_related / weights->rate;
    for (size_t p = 0; p < rivals->n_patterns; p++) {
        double same = exp2(fmin(bits_of_levels(weights, rivals->vectors[p]) + prior, 200));
        double related = ratio > 0 ? ratio * same * exp2(weights_bits_related(weights, rivals->vectors[p])) : 0;
        rivals->chances[p] = (struct chances){.same = same, .related = related};
    }
}

static double chance_of_same(const struct rivals *rivals, struct seen_pair pair)
{
    const struct chances *chances = &rivals->chances[pair.pattern];
    double same = chances->same * pair.times;
    return same / (1 + same + chances->related * pair.times);
}

static double chance_of_related(const struct rivals *rivals, struct seen_pair pair)
{
    const struct chances *chances = &rivals->chances[pair.pattern];
    double related = chances->related * pair.times;
    return related / (1 + related + chances->same * pair.times);
}

/* How many rivals are expected. */
static double count_rivals(const struct rivals *rivals, size_t contest)
{
    double sum = 0;
    uint32_t r = contest ? rivals->contests[contest - 1].rivals_end : 0;
    for (; r < rivals->contests[contest].rivals_end; r++)
        sum +=
            chance_of_same(rivals, rivals->rivals[r].instead) * (1 - chance_of_same(rivals, rivals->rivals[r].beside));
    return sum;
}

struct dispute {
    double contested; /* of the pairs that are likely, the share that rivals take away */
    double wrong;     /* of them, how many are expected not to be true, rivals aside */
};

static struct dispute look(struct rivals *rivals)
{
    double likely = 0, left = 0, wrong = 0;
    find_chances(rivals);
    for (size_t i = 0; i < rivals->n; i++) {
        double chance = chance_of_same(rivals, rivals->contests[i].pair);
        likely += chance;
        left += chance / (1 + count_rivals(rivals, i));
        wrong += chance * (1 - chance);
    }
    return (struct dispute){likely > 0 ? 1 - left / likely : 0, likely > 0 ? wrong / likely : 1};
}

/* ---- learning ---- */

/* What is the same by less than `least`, rivals and all, teaches the related only. */
static void expect(struct rivals *rivals, double least)
{
    find_chances(rivals);
    for (size_t i = 0; i < rivals->n; i++) {
        struct seen_pair pair = rivals->contests[i].pair;
        double chance = chance_of_same(rivals, pair), same = chance / (1 + count_rivals(rivals, i));
        same = same < least ? 0 : same;
        rivals->chances[pair.pattern].n_same += same;
        rivals->chances[pair.pattern].n_related += chance_of_related(rivals, pair) + chance - same;
    }
}

static double maximise(struct rivals *rivals, struct weights *weights)
{
    struct weights_sums same = {0}, related = {0};
    for (size_t p = 0; p < rivals->n_patterns; p++) {
        weights_add(weights, &same, rivals->vectors[p], rivals->chances[p].n_same);
        weights_add(weights, &related, rivals->vectors[p], rivals->chances[p].n_related);
    }
    double change = weights_share_out(weights, &same, weights->m);
    double other = weights_share_out(weights, &related, weights->m_related);
    double scale = (double)rivals->one_in / weights->n_pairs;
    weights->rate = fmin(fmax(same.n, 0.5) * scale, 0.5);
    weights->rate_related = fmin(fmax(related.n, 0.5) * scale, 0.4);
    weights_set_bits(weights);
    return fmax(change, other);
}

static void train(struct rivals *rivals, struct weights *weights, double least)
{
    double change = 1;
    for (weights->n_rounds = 0; change > settled && weights->n_rounds < MOST_ROUNDS; weights->n_rounds++) {
        expect(rivals, least);
        change = maximise(rivals, weights);
    }
    weights->has_converged = change <= settled;
}

/* First every pair by its chance, then only what is likelier the same than not. False where that does not part them:
 * what is likely is still contested or still unsure, or most of it depended on what is not likely. */
static bool learn(struct rivals *rivals, struct weights *weights)
{
    train(rivals, weights, 0);
    double rate = weights->rate;
    train(rivals, weights, 0.5);
    struct dispute dispute = look(rivals);
    return dispute.contested < clearly && dispute.wrong < clearly && weights->rate > rate / 2;
}

static enum comity_status look_first(struct rivals *rivals, size_t n, double *contested)
{
    enum comity_status status = rivals_find(rivals, n, -weights_prior(rivals->weights), CONTESTS_TO_LOOK);
    *contested = status == COMITY_OK ? look(rivals).contested : 0;
    return status;
}

enum comity_status rivals_learn(struct weights *weights, const struct table *table, const struct likeness *likeness,
    const struct likely_pair *pairs, size_t n, double *contested, bool *has_changed)
{
    struct rivals few = {.weights = weights, .table = table, .likeness = likeness, .pairs = pairs}, all = few;
    const struct weights before = *weights;
    enum comity_status status = COMITY_OK;
    *contested = 0;
    *has_changed = false;
    if (n >= UINT32_MAX)
        return status;
    status = look_first(&few, n, contested);
    rivals_release(&few);
    if (status != COMITY_OK || *contested < much_contested)
        return status;
    status = rivals_find(&all, n, -INFINITY, CONTESTS_TO_LEARN);
    if (status == COMITY_OK)
        *has_changed = learn(&all, weights);
    if (!*has_changed)
        *weights = before;
    rivals_release(&all);
    return status;
}

/* ---- without a third class ---- */

enum { N_PIECES = 64 };
/* Log2 odds: what is less likely is joined with nothing, whatever its rivals. */
static const double least_joined = -6;
struct discount {
    const struct rivals *rivals;
    size_t n;
    double prior;
    float *bits; /* by pair */
};

/* The odds of a record's other partners, as far as they are not the same as `b`. */
static double odds_of_rivals(const struct discount *d, uint32_t pair, uint32_t a, uint32_t b)
{
    const struct rivals *rivals = d->rivals;
    double sum = 0;
    for (unsigned i = 0; i < MOST_PARTNERS; i++) {
        uint32_t other = rivals->partners[(size_t)a * MOST_PARTNERS + i];
        if (!other || other == pair + 1)
            continue;
        const struct likely_pair *instead = &rivals->pairs[other - 1];
        uint32_t c = instead->a == a ? instead->b : instead->a;
        uint64_t vector = weights_vector(rivals->table, rivals->likeness, b, c);
        double beside = weights_evidence(rivals->weights, rivals->table, rivals->likeness, b, c, vector) + d->prior;
        sum += exp2(fmin(instead->bits + d->prior, 200)) / (1 + exp2(fmin(beside, 200)));
    }
    return sum;
}

static enum comity_status discount_piece(void *context, size_t piece)
{
    const struct discount *d = context;
    size_t begin = d->n * piece / N_PIECES, end = d->n * (piece + 1) / N_PIECES;
    for (size_t i = begin; i < end; i++) {
        const struct likely_pair *pair = &d->rivals->pairs[i];
        bool may_be_joined = pair->bits + d->prior > least_joined;
        double odds = may_be_joined ? odds_of_rivals(d, (uint32_t)i, pair->a, pair->b) +
                                          odds_of_rivals(d, (uint32_t)i, pair->b, pair->a)
                                    : 0;
        d->bits[i] = (float)(pair->bits - log2(1 + odds));
    }
    return COMITY_OK;
}

enum comity_status rivals_discount(const struct weights *weights, const struct table *table,
    const struct likeness *likeness, unsigned threads, struct likely_pair *pairs, size_t n)
{
    struct rivals rivals = {.weights = weights, .table = table, .likeness = likeness, .pairs = pairs};
    struct discount discount = {&rivals, n, weights_prior(weights), malloc((n + 1) * sizeof *discount.bits)};
    bool is_ready = discount.bits && find_partners(&rivals, n, -discount.prior, false);
    enum comity_status status = is_ready ? parallel_run(N_PIECES, threads, discount_piece, &discount) : COMITY_NOMEM;
    for (size_t i = 0; status == COMITY_OK && i < n; i++)
        pairs[i].bits = discount.bits[i];
    free(discount.bits);
    rivals_release(&rivals);
    return status;
}
