/* score.h - going through the proposed pairs: once to count patterns for training, once to keep those that may be one
 * event. */
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

/* Edges by a and b, and what was compared of each: frame_compare(). */
struct edge_list {
    struct edge *at;
    uint64_t *vectors;
    size_t n;
};
void edge_list_release(struct edge_list *edges);

struct pattern_counts {
    struct pattern *patterns; /* by source, then vector */
    size_t n;
};

/* Pairs whose odds are below are kept by nobody: they are neither joined nor doubtful. */
#define SCORE_LEAST_BITS (-12.0)

/* The log2 odds of a pair. */
double score_bits(const struct frame *frame, const struct link_model *model, uint32_t a, uint32_t b);
/* The same of a pair that is proposed; NAN where what is known of all sources speaks so much against it that it is not
 * looked at. */
double score_pair(const struct frame *frame, const struct link_model *model, uint32_t a, uint32_t b);

/* Each returns COMITY_CANCELLED when the progress asks to stop. The caller frees patterns, or
 * releases edges. */
enum comity_status score_patterns(const struct blocking *blocking, unsigned threads, const struct progress *progress,
    struct pattern_counts *out) COMITY_MUST_USE;
/* Pairs of SCORE_LEAST_BITS and better, by a and b; with `keeps_all`, also those that may get there by what is yet to
 * be learned of the two sources. Fills n_new[BLOCK_MOST_RULES]: pairs that no earlier rule had proposed. */
enum comity_status score_edges(const struct blocking *blocking, const struct link_model *model, bool keeps_all,
    unsigned threads, const struct progress *progress, struct edge_list *edges, uint64_t *n_new) COMITY_MUST_USE;
/* Scores edges anew. Their vectors stand: what is compared does not hang on what was learned of two sources. */
enum comity_status score_again(const struct frame *frame, const struct link_model *model, unsigned threads,
    const struct edge_list *edges) COMITY_MUST_USE;
/* Moves edges with odds better than even to the front and those of SCORE_LEAST_BITS and better behind them, each in the
 * order that they had; the others are dropped. */
enum comity_status score_part(struct edge *edges, size_t n, size_t *n_likely, size_t *n_close) COMITY_MUST_USE;

#endif
