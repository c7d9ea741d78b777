/* cluster.h - from likely pairs to a partition.
 *
 * Positions that pairs connect are a component; each component is solved by itself, in the canonical order of
 * positions: see component.h.
 */
#ifndef LINK_CLUSTER_H
#define LINK_CLUSTER_H

#include "link/component.h"

struct clustering {
    uint32_t *cluster; /* by position: the lowest position of its cluster */
    uint64_t n_splits; /* components over COMPONENT_MOST_MEMBERS that were cut at their weakest pairs */
};

/* `together` are joined whatever the evidence; `apart` never meet unless they are so joined. */
enum comity_status cluster_positions(const struct frame *frame, const struct link_model *model,
    const struct edge *edges, size_t n_edges, const struct position_pair *together, size_t n_together,
    const struct position_pair *apart, size_t n_apart, unsigned threads, struct clustering *out) COMITY_MUST_USE;
void clustering_release(struct clustering *clustering);

#endif
