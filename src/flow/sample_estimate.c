/* Shares of strata put together by their sizes. A ratio such as recall has no simple interval, and a stratum without a
 * single error still may hold some: draws from the posteriors of the strata give both. */
#include "flow/sample.h"

#include "link/uncertain.h"

#include <math.h>
#include <stdlib.h>

enum { DRAWS = 2000 };
static const double prior = 2;
/* That no error was seen among those joined does not say that there are none (Jeffreys' half an error). Of those apart
 * it would say too much: where a hundred of a million were looked at, half a link more would be thousands. */
static const double least_errors = 0.5;

struct chance {
    uint64_t key;
    uint32_t n; /* numbers that were used */
};

static double uniform(struct chance *chance)
{
    return uncertain_chance(chance->key, chance->n++);
}

/* Marsaglia and Tsang (2000), for any positive shape. */
static double gamma_of(double shape, struct chance *chance)
{
    if (shape < 1)
        return gamma_of(shape + 1, chance) * pow(fmax(uniform(chance), 1e-300), 1 / shape);
    double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = uncertain_normal(chance->key, chance->n++), v = 1 + c * x;
        if (v <= 0)
            continue;
        v = v * v * v;
        if (log(fmax(uniform(chance), 1e-300)) < x * x / 2 + d - d * v + d * log(v))
            return d * v;
    }
}

static double share_of(const struct sample_answers *stratum, struct chance *chance)
{
    double same = gamma_of((double)stratum->n_same + prior * stratum->expected, chance);
    double errors = prior * (1 - stratum->expected);
    if (stratum->is_joined)
        errors = fmax(errors, least_errors);
    double other = gamma_of((double)(stratum->n_answered - stratum->n_same) + errors, chance);
    return same + other > 0 ? same / (same + other) : stratum->expected;
}

/* Pairs that are the same: joined, and apart; and how many are joined. */
struct counts {
    double right, missed, joined;
};

static void put_together(
    const struct sample_answers *strata, size_t n, struct chance *chance, double *precision, double *recall)
{
    struct counts counts = {0};
    for (size_t s = 0; s < n; s++) {
        const struct sample_answers *stratum = &strata[s];
        if (!stratum->n_answered)
            continue;
        /* A stratum that was answered whole leaves nothing to guess. */
        bool is_known = !chance || stratum->n_answered >= stratum->n_pairs;
        double share = is_known ? (double)stratum->n_same / (double)stratum->n_answered : share_of(stratum, chance);
        if (stratum->is_joined) {
            counts.joined += (double)stratum->n_pairs;
            counts.right += share * (double)stratum->n_pairs;
        } else {
            counts.missed += share * (double)stratum->n_pairs;
        }
    }
    *precision = counts.joined > 0 ? counts.right / counts.joined : NAN;
    *recall = counts.right + counts.missed > 0 ? counts.right / (counts.right + counts.missed) : NAN;
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void quantiles(double *draws, double *low, double *high)
{
    qsort(draws, DRAWS, sizeof *draws, compare_numbers);
    *low = draws[DRAWS / 20];
    *high = draws[DRAWS - 1 - DRAWS / 20];
}

void sample_estimate(const struct sample_answers *strata, size_t n, struct sample_estimate *out)
{
    double precisions[DRAWS], recalls[DRAWS];
    struct chance chance = {.key = 0x5A3D};
    *out = (struct sample_estimate){0};
    for (size_t s = 0; s < n; s++) {
        out->n_answered += strata[s].n_answered;
        out->n_unanswered_strata += strata[s].n_pairs && !strata[s].n_answered;
    }
    put_together(strata, n, NULL, &out->precision, &out->recall);
    for (int d = 0; d < DRAWS; d++)
        put_together(strata, n, &chance, &precisions[d], &recalls[d]);
    quantiles(precisions, &out->precision_low, &out->precision_high);
    quantiles(recalls, &out->recall_low, &out->recall_high);
    out->precision_low = fmin(out->precision_low, out->precision);
    out->precision_high = fmax(out->precision_high, out->precision);
    out->recall_low = fmin(out->recall_low, out->recall);
    out->recall_high = fmax(out->recall_high, out->recall);
    if (isnan(out->precision))
        out->precision_low = out->precision_high = NAN;
    if (isnan(out->recall))
        out->recall_low = out->recall_high = NAN;
}
