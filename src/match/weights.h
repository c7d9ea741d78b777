/* weights.h - what a level is worth: m and u of Fellegi and Sunter (1969), and the evidence of a pair in bits.
 *
 * u comes from value frequencies (likeness_chance); m and the rate of true pairs by EM on pattern counts, so that
 * training never stores pairs. Not told is unobserved. A pair's evidence is the sum over columns of log2 m/u, corrected
 * by how rare the value is that they share, and by how much of it related records would say as well. Where each file is
 * free of duplicates, a record has one partner at most: then the posterior of a pair is divided by what else its two
 * records could be (M. Sadinle, JASA 112 (2017) 600-612).
 */
#ifndef MATCH_WEIGHTS_H
#define MATCH_WEIGHTS_H

#include "match/candidates.h"

struct match_pattern {
    uint64_t vector; /* four bits a column */
    uint64_t count;
};

/* A pair that may be true. */
struct likely_pair {
    uint32_t a, b; /* positions, a < b */
    float bits;    /* evidence, without the prior */
    uint64_t vector;
};

enum { WEIGHTS_MOST_PARENTS = 2 };
struct weights {
    unsigned n_columns;
    unsigned n_levels[TABLE_MOST_COLUMNS];
    double m[TABLE_MOST_COLUMNS][LIKENESS_MOST_LEVELS], u[TABLE_MOST_COLUMNS][LIKENESS_MOST_LEVELS];
    float bits[TABLE_MOST_COLUMNS][LIKENESS_MOST_LEVELS];
    /* A column hangs together with a parent where unrelated records that are equal in the parent agree in it more
     * often than others: a town has its postcodes. Then u_given holds instead of u, for pairs equal in the parent; of
     * two such parents that of the first, which tells more. */
    unsigned n_parents[TABLE_MOST_COLUMNS];
    uint8_t parents[TABLE_MOST_COLUMNS][WEIGHTS_MOST_PARENTS];
    double u_given[TABLE_MOST_COLUMNS][WEIGHTS_MOST_PARENTS][LIKENESS_MOST_LEVELS];
    float bits_given[TABLE_MOST_COLUMNS][WEIGHTS_MOST_PARENTS][LIKENESS_MOST_LEVELS];
    /* Related pairs, near each other without being the same (rivals.h): how often they agree, and bits of that against
     * m. Their rate is 0 where none were learned. */
    double m_related[TABLE_MOST_COLUMNS][LIKENESS_MOST_LEVELS], rate_related;
    float bits_related[TABLE_MOST_COLUMNS][LIKENESS_MOST_LEVELS];
    float *rarity[TABLE_MOST_COLUMNS]; /* by code: bits that an equal value is worth more (or less) than the mean one */
    float words_mean[TABLE_MOST_COLUMNS][LIKENESS_MOST_LEVELS]; /* TEXT: bits of the words shared at this level */
    double rate;    /* of all pairs, how many are true; between two files free of duplicates: of records of the smaller
                       one, how many have a partner */
    double n_pairs; /* all pairs that there are */
    unsigned n_rounds;
    bool has_converged, is_one_to_one;
};

/* u and rarity from the table; m as usual for each type. Release it whatever the status. */
enum comity_status weights_init(const struct table *table, const struct likeness *likeness, bool is_across,
    bool is_one_to_one, unsigned threads, struct weights *out, struct comity_error *err) COMITY_MUST_USE;
void weights_release(struct weights *weights);

/* The levels of two records, four bits a column. */
uint64_t weights_vector(const struct table *table, const struct likeness *likeness, uint32_t a, uint32_t b);
/* Of one record and n others; several times as fast. */
void weights_vectors(const struct table *table, const struct likeness *likeness, uint32_t a, const uint32_t *others,
    size_t n, uint64_t *vectors);
static inline unsigned weights_level(uint64_t vector, unsigned column)
{
    return (unsigned)(vector >> (4 * column)) & 15;
}

/* How many pairs there are of some kind, and by column and level. */
struct weights_sums {
    double n, levels[TABLE_MOST_COLUMNS][LIKENESS_MOST_LEVELS];
};
void weights_add(const struct weights *weights, struct weights_sums *sums, uint64_t vector, double pairs);
/* Shares of the levels by column, a pair more in each; returns the largest change of any. */
double weights_share_out(const struct weights *weights, const struct weights_sums *sums,
    double shares[TABLE_MOST_COLUMNS][LIKENESS_MOST_LEVELS]);
/* m and the rate by EM until nothing changes by more than 0.0001, for 200 rounds at most. */
enum comity_status weights_train(
    struct weights *weights, const struct match_pattern *patterns, size_t n) COMITY_MUST_USE;
/* The same where a record has one partner at most, from the pairs that may be true. */
enum comity_status weights_train_one_to_one(
    struct weights *weights, const struct table *table, const struct likely_pair *pairs, size_t n) COMITY_MUST_USE;
/* Finds which columns hang together among unrelated records, on samples of pairs equal in each column in turn.
 * Unrelated are those of different groups (by position: its lowest record). While there are none (null), how many of
 * the pairs are unrelated is bounded by how little they agree in two other columns and, once trained, by the rate; what
 * they agree in is told from those that the other columns speak against and by taking off what m says of the related.
 * The strongest dependence is taken first (C. K. Chow, C. N. Liu, IEEE Trans. Inf. Theory 14 (1968) 462-467), none in a
 * circle, as long as a column may have more parents.
 */
enum comity_status weights_find_parents(struct weights *weights, const struct table *table,
    const struct likeness *likeness, const uint32_t *group, unsigned threads) COMITY_MUST_USE;
/* The bits of a column's level in a vector. */
static inline float weights_bits(const struct weights *weights, uint64_t vector, unsigned column)
{
    unsigned level = weights_level(vector, column);
    for (unsigned k = 0; k < weights->n_parents[column]; k++)
        if (weights_level(vector, weights->parents[column][k]) == LIKENESS_EQUAL)
            return weights->bits_given[column][k][level];
    return weights->bits[column][level];
}
/* log2 of how much likelier the levels are among related pairs than among pairs of one thing, once there are any. */
static inline double weights_bits_related(const struct weights *weights, uint64_t vector)
{
    double bits = 0;
    for (unsigned c = 0; c < weights->n_columns; c++)
        if (weights_level(vector, c))
            bits += weights->bits_related[c][weights_level(vector, c)];
    return bits;
}
void weights_set_bits(struct weights *weights);
/* Counts values anew, once for each group of records that are held to be one (by position: its lowest). */
enum comity_status weights_count_groups(
    struct weights *weights, const struct table *table, const uint32_t *group, unsigned threads) COMITY_MUST_USE;

/* Evidence of a pair in bits, without the prior. */
double weights_evidence(const struct weights *weights, const struct table *table, const struct likeness *likeness,
    uint32_t a, uint32_t b, uint64_t vector);
/* By column and level: the most that rarity adds. */
struct weights_most {
    float bits[TABLE_MOST_COLUMNS][LIKENESS_MOST_LEVELS];
};
struct weights_most weights_most(const struct weights *weights, const struct table *table);
/* No pair with these levels has more evidence than this, as long as no related pairs were learned. */
double weights_most_evidence(const struct weights *weights, const struct weights_most *most, uint64_t vector);
/* log2 of the odds before anything is known. */
double weights_prior(const struct weights *weights);

#endif
