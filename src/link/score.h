/* score.h - going through the proposed pairs: once to count patterns for training, once to keep the likely ones. */
#ifndef LINK_SCORE_H
#define LINK_SCORE_H

#include "base/progress.h"
#include "link/block.h"
#include "link/model.h"

/* Two positions, a < b, and the log2 odds that they are one event. */
struct edge {
    uint32_t a, b;
    float bits;
};

struct pattern_counts {
    struct pattern *patterns; /* by source, then vector */
    size_t n;
    uint64_t n_new[BLOCK_MOST_RULES]; /* pairs that no earlier rule had proposed */
};

/* The log2 odds of a pair that is proposed; NAN where what is known of all sources speaks so much against it that it is
 * not looked at. */
double score_pair(const struct frame *frame, const struct link_model *model, uint32_t a, uint32_t b);

/* Each returns COMITY_CANCELLED when the progress asks to stop. The caller frees patterns or edges. */
enum comity_status score_patterns(const struct blocking *blocking, unsigned threads, const struct progress *progress,
    struct pattern_counts *out) COMITY_MUST_USE;
/* Edges with odds better than even, by a and b; with `keeps_all`, also those that may get there by what is yet to be
 * learned of the two sources. */
enum comity_status score_edges(const struct blocking *blocking, const struct link_model *model, bool keeps_all,
    unsigned threads, const struct progress *progress, struct edge **edges, size_t *n_edges) COMITY_MUST_USE;
/* Scores edges anew and keeps those with odds better than even; returns how many. */
size_t score_again(const struct frame *frame, const struct link_model *model, struct edge *edges, size_t n);

#endif
