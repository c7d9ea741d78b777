/* cluster.h - from likely pairs to a partition.
 *
 * Positions that pairs connect are a component; each component is solved by itself, in the canonical order of
 * positions: see component.h. Components follow from the pairs alone, so that they stay what they are when it is
 * learned which pairs are apart.
 */
#ifndef LINK_CLUSTER_H
#define LINK_CLUSTER_H

#include "link/component.h"

struct cluster_span {
    size_t begin, end; /* in members */
    bool is_cut, is_due;
};

struct clustering {
    uint32_t *cluster; /* by position: the lowest position of its cluster */
    uint64_t n_splits; /* components over COMPONENT_MOST_MEMBERS that were cut at their weakest pairs */

    const struct frame *frame;
    const struct link_model *model;
    const struct edge *edges; /* a below b, by a */
    size_t n_edges;
    uint32_t *unit;             /* by position: the lowest position that it is joined with by judgement */
    uint32_t *members;          /* positions by component, ascending */
    struct cluster_span *spans; /* components of more than one */
    size_t n_spans, room_spans;
    uint32_t *span_of;           /* by position: its component in spans; UINT32_MAX: it is alone */
    struct position_pair *apart; /* what components were solved with: a below b, in order */
    size_t n_apart;
    double *parted_bits; /* likewise, by source */
};

/* Finds the components. `together` are joined whatever the evidence. Frame, model and edges must live as long; release
 * it whatever the status. */
enum comity_status cluster_begin(const struct frame *frame, const struct link_model *model, const struct edge *edges,
    size_t n_edges, const struct position_pair *together, size_t n_together, struct clustering *out) COMITY_MUST_USE;
/* Sets clusters. `apart` never meet unless they are together. After the first time only components are solved of which
 * something is other than it was: pairs that are apart, or what the frame takes off for a source that tells parts. */
enum comity_status cluster_solve(
    struct clustering *clustering, const struct position_pair *apart, size_t n_apart, unsigned threads) COMITY_MUST_USE;
void clustering_release(struct clustering *clustering);

#endif
