/* sample.h - precision and recall without truth, from a sample of pairs that a person looks at.
 *
 * Strata: pairs that were joined and pairs that were compared and stayed apart, each by the model's bits, so that the
 * few pairs that tell much are not lost among the many that tell nothing. Within a stratum each pair is as likely as
 * any other; the same seed and the same data give the same sample. What it cannot tell: pairs that no rule proposed are
 * not in it, so that recall is among the compared pairs.
 *
 * Estimates: sums of shares over strata, by their sizes (Cochran, Sampling Techniques, 1977, 5). Intervals: 2,000 draws
 * from a beta posterior of each stratum, 90 % between their quantiles. The prior is worth two pairs at the first guess
 * of the stratum: a prior that knows nothing would find hundreds of missed pairs in a stratum of a hundred thousand of
 * which ninety answers are no.
 */
#ifndef FLOW_SAMPLE_H
#define FLOW_SAMPLE_H

#include "link/link.h"

enum { SAMPLE_STRATA = 9, SAMPLE_MOST = 100000 };

struct sample_stratum {
    const char *name; /* "joined, 4 to 8 bits" */
    bool is_joined;
    double low, high; /* bits */
    double expected;  /* the share that is one event, as a first guess: for how many of it are taken */
    uint64_t n_pairs; /* of the whole */
    size_t n_sampled;
};
struct sample_pair {
    uint32_t a, b; /* mentions */
    unsigned stratum;
    uint64_t priority; /* from the seed: the lowest of a stratum are its sample */
};
struct sample {
    struct sample_stratum strata[SAMPLE_STRATA];
    struct sample_pair *pairs; /* in an order that tells nothing of strata */
    size_t n;
};
/* About `n` pairs: half of them in equal shares, half by the sizes of the strata and how unsure they are (Neyman 1934);
 * at least one of each that is not empty. Goes through all compared pairs once. Arguments as of doubtful_find. */
enum comity_status sample_draw(const struct mentions *mentions, const struct link_model *model,
    const struct judgement *judgements, size_t n_judgements, const uint32_t *cluster, size_t n, uint64_t seed,
    const struct progress *progress, struct sample *out, struct comity_error *err) COMITY_MUST_USE;
void sample_release(struct sample *sample);

/* Their names and bounds; the sample writes their numbers, so that whoever answers does not see what the model thinks.
 */
const struct sample_stratum *sample_strata(void);

/* What a person said of one stratum. */
struct sample_answers {
    struct slice name;
    bool is_joined;
    double expected; /* as of the stratum */
    uint64_t n_pairs;
    uint64_t n_answered, n_same;
};
struct sample_estimate {
    double precision, precision_low, precision_high;
    double recall, recall_low, recall_high; /* among compared pairs */
    uint64_t n_answered, n_unanswered_strata;
};
/* Strata without an answer are left out of the estimate and counted; NAN where nothing can be said. */
void sample_estimate(const struct sample_answers *strata, size_t n, struct sample_estimate *out);

#endif
