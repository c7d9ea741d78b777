/* cluster.h - from likely pairs to a partition.
 *
 * Positions that pairs connect are a component; each component is solved by itself, in the canonical order of
 * positions, in log-odds: the two groups with the greatest gain are joined while it is positive and nothing else is
 * likelier for either (M. Sadinle, JASA 112 (2017) 600-612). The gain is three parts of the mean over all pairs between
 * two groups and one part of the strongest, with how often two sources tell of one event; and for each source that is
 * in both, how often it tells an event twice. So two rows of one source seldom meet in one cluster even where both
 * agree with the same row of another.
 */
#ifndef LINK_CLUSTER_H
#define LINK_CLUSTER_H

#include "link/score.h"

struct position_pair {
    uint32_t a, b;
};

enum { CLUSTER_MOST_MEMBERS = 300 };

struct clustering {
    uint32_t *cluster; /* by position: the lowest position of its cluster */
    uint64_t n_splits; /* components over CLUSTER_MOST_MEMBERS that were cut at their weakest pairs */
};

/* `together` are joined whatever the evidence; `apart` never meet unless they are so joined. */
enum comity_status cluster_positions(const struct frame *frame, const struct link_model *model,
    const struct edge *edges, size_t n_edges, const struct position_pair *together, size_t n_together,
    const struct position_pair *apart, size_t n_apart, unsigned threads, struct clustering *out) COMITY_MUST_USE;
void clustering_release(struct clustering *clustering);

#endif
