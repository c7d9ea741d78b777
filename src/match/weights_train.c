/* EM on pattern counts (W. E. Winkler, Proc. Survey Research Methods, ASA 1988, 667-671), with a pair's worth of prior
 * on every level so that none sticks at 0. */
#include "match/weights.h"

#include "base/map.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_ROUNDS = 200 };
static const double settled = 1e-4, most_rate = 0.98;

static double ratio_of(const struct weights *weights, uint64_t vector)
{
    double bits = 0;
    for (unsigned c = 0; c < weights->n_columns; c++)
        if (weights_level(vector, c))
            bits += weights_bits(weights, vector, c);
    return exp2(bits);
}

void weights_add(const struct weights *weights, struct weights_sums *sums, uint64_t vector, double pairs)
{
    sums->n += pairs;
    for (unsigned c = 0; c < weights->n_columns; c++)
        sums->levels[c][weights_level(vector, c)] += pairs;
}

double weights_share_out(const struct weights *weights, const struct weights_sums *sums,
    double shares[TABLE_MOST_COLUMNS][LIKENESS_MOST_LEVELS])
{
    double change = 0;
    for (unsigned c = 0; c < weights->n_columns; c++) {
        double all = weights->n_levels[c] - 1;
        for (unsigned l = 1; l < weights->n_levels[c]; l++)
            all += sums->levels[c][l];
        for (unsigned l = 1; l < weights->n_levels[c]; l++) {
            double share = (sums->levels[c][l] + 1) / all;
            change = fmax(change, fabs(share - shares[c][l]));
            shares[c][l] = share;
        }
    }
    return change;
}

/* Returns the largest change of any m. */
static double maximise(struct weights *weights, const struct weights_sums *sums)
{
    double change = weights_share_out(weights, sums, weights->m);
    weights_set_bits(weights);
    return change;
}

enum comity_status weights_train(struct weights *weights, const struct match_pattern *patterns, size_t n)
{
    double change = 1;
    weights->n_rounds = 0;
    while (change > settled && weights->n_rounds < MOST_ROUNDS) {
        struct weights_sums sums = {0};
        double odds = weights->rate / (1 - weights->rate);
        for (size_t i = 0; i < n; i++) {
            double ratio = odds * ratio_of(weights, patterns[i].vector);
            weights_add(weights, &sums, patterns[i].vector, (double)patterns[i].count * (ratio / (1 + ratio)));
        }
        change = maximise(weights, &sums);
        weights->rate = fmin(fmax(sums.n, 0.5) / weights->n_pairs, 0.5);
        weights->n_rounds++;
    }
    weights->has_converged = change <= settled;
    return COMITY_OK;
}

/* ---- one partner at most ---- */

struct bipartite {
    struct weights *weights;
    const struct likely_pair *pairs;
    size_t n;
    uint32_t *pattern;       /* by pair */
    uint64_t *vectors;       /* by pattern */
    double *ratios, *shares; /* likewise */
    size_t n_patterns;
    double *sums; /* by position: of the ratios of its pairs */
    size_t n_records;
    double n_fewer, n_more; /* records of the smaller file, of the other */
};

static enum comity_status number_patterns(struct bipartite *work)
{
    struct map known = {0};
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; status == COMITY_OK && i < work->n; i++) {
        uint64_t vector = work->pairs[i].vector;
        bool is_new;
        uint64_t *number = map_put(&known, vector, &is_new);
        if (!number)
            status = COMITY_NOMEM;
        else {
            if (is_new) {
                *number = work->n_patterns;
                work->vectors[work->n_patterns++] = vector;
            }
            work->pattern[i] = (uint32_t)*number;
        }
    }
    map_release(&known);
    return status;
}

static double expect(struct bipartite *work)
{
    struct weights *weights = work->weights;
    double nobody = (1 - weights->rate) / weights->rate * work->n_more, found = 0;
    for (size_t p = 0; p < work->n_patterns; p++) {
        work->ratios[p] = ratio_of(weights, work->vectors[p]);
        work->shares[p] = 0;
    }
    for (size_t i = 0; i < work->n_records; i++)
        work->sums[i] = 0;
    for (size_t i = 0; i < work->n; i++) {
        work->sums[work->pairs[i].a] += work->ratios[work->pattern[i]];
        work->sums[work->pairs[i].b] += work->ratios[work->pattern[i]];
    }
    for (size_t i = 0; i < work->n; i++) {
        double ratio = work->ratios[work->pattern[i]];
        double share = ratio / (nobody + work->sums[work->pairs[i].a] + work->sums[work->pairs[i].b] - ratio);
        work->shares[work->pattern[i]] += share;
        found += share;
    }
    return found;
}

static void train(struct bipartite *work)
{
    struct weights *weights = work->weights;
    double change = 1;
    weights->n_rounds = 0;
    while (change > settled && weights->n_rounds < MOST_ROUNDS) {
        struct weights_sums sums = {0};
        double found = expect(work);
        for (size_t p = 0; p < work->n_patterns; p++)
            weights_add(weights, &sums, work->vectors[p], work->shares[p]);
        change = maximise(weights, &sums);
        weights->rate = fmin(fmax(found / work->n_fewer, 1e-6), most_rate);
        weights->n_rounds++;
    }
    weights->has_converged = change <= settled;
}

enum comity_status weights_train_one_to_one(
    struct weights *weights, const struct table *table, const struct likely_pair *pairs, size_t n)
{
    struct bipartite work = {.weights = weights, .pairs = pairs, .n = n, .n_records = table->n};
    work.pattern = malloc((n + 1) * sizeof *work.pattern);
    work.vectors = malloc((n + 1) * sizeof *work.vectors);
    work.ratios = malloc((n + 1) * sizeof *work.ratios);
    work.shares = malloc((n + 1) * sizeof *work.shares);
    work.sums = malloc((table->n + 1) * sizeof *work.sums);
    for (size_t i = 0; i < table->n; i++)
        work.n_fewer += table->file[i] == 0;
    work.n_more = (double)table->n - work.n_fewer;
    if (work.n_more < work.n_fewer) {
        double swap = work.n_more;
        work.n_more = work.n_fewer;
        work.n_fewer = swap;
    }
    enum comity_status status =
        work.pattern && work.vectors && work.ratios && work.shares && work.sums ? COMITY_OK : COMITY_NOMEM;
    if (status == COMITY_OK)
        status = number_patterns(&work);
    if (status == COMITY_OK && n && work.n_fewer > 0)
        train(&work);
    free(work.pattern);
    free(work.vectors);
    free(work.ratios);
    free(work.shares);
    free(work.sums);
    return status;
}
