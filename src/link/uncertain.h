/* uncertain.h - the decisions of a partition that might have gone otherwise, and how likely they are wrong.
 *
 * Two kinds. Where clusters were joined although the evidence is no proof: each merge of the average linkage of a
 * cluster, with its gain in bits. Where clusters were kept apart although something speaks for joining them: each pair
 * of clusters that a compared pair of mentions ties, with the gain that joining them would have. A gain is turned into
 * a probability by a calibration (uncertain_probability), because bits that were added up as if fields were independent
 * say too much.
 *
 * What a person has judged is not doubtful. Pairs that were never compared are not looked at: nothing here covers them.
 * One pass over the pairs that linking kept, and bounded work for each cluster.
 */
#ifndef LINK_UNCERTAIN_H
#define LINK_UNCERTAIN_H

#include "base/hash.h"
#include "link/link.h"

struct run_kept; /* link/run.h */

struct doubtful_link {
    uint32_t a, b; /* mentions: of two clusters, or of two sides of one; those that speak most for joining */
    float bits;    /* log2 of the odds that they are one event, calibrated */
    bool is_joined;
    uint32_t first_behind, n_behind; /* of a joined one: in `behind`, the mentions that would stand apart; b is one */
};

struct doubtful_links {
    struct doubtful_link *all; /* those between clusters first */
    size_t n;
    uint32_t *behind;
    size_t n_behind;
    uint64_t n_left_out; /* clusters too large to be taken apart, and doubts beyond DOUBTS_MOST */
};
enum { DOUBTS_MOST = 1000000, DOUBTFUL_MOST_MEMBERS = 80 };

/* Doubtful is a gain between SCORE_LEAST_BITS and this; what lies outside goes otherwise less often than one in some
 * hundred times. */
#define DOUBTFUL_HIGH 12.0

/* Of a linking: what it worked on and its result. Of `judgements` the words of persons on pairs count. The same for any
 * order of mentions and any number of threads. Release it whatever the status. */
enum comity_status doubtful_find(const struct run_kept *run, const struct link_result *result,
    const struct judgement *judgements, size_t n_judgements, unsigned threads, const struct progress *progress,
    struct doubtful_links *out, struct comity_error *err) COMITY_MUST_USE;
void doubtful_release(struct doubtful_links *doubts);

/* The probability that the two sides of a doubtful link are one event: logistic in its bits. */
double uncertain_probability(double bits);

/* A number in 0 … 1 and one of the standard normal distribution, for a draw of a simulation: they follow from the key
 * and the number of the draw alone. */
double uncertain_chance(uint64_t key, uint32_t draw);
/* The same for who draws for many keys: what stands for the draw is made once. */
static inline uint64_t uncertain_draw(uint32_t draw)
{
    return hash_u64(draw + UINT64_C(0x51D0));
}
static inline double uncertain_chance_in(uint64_t drawn, uint64_t key)
{
    return (double)(hash_u64(key ^ drawn) >> 11) / 9007199254740992.0;
}
double uncertain_normal(uint64_t key, uint32_t draw);
/* What tells a doubt whatever else is there: of the two mentions' identities. */
uint64_t doubtful_key(const struct mentions *mentions, const struct doubtful_link *doubt);

#endif
