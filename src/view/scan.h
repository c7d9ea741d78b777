/* scan.h - inside the view: one question while it is answered. view.c filters once; then each file of this folder fills
 * its part of the answer from the picked indexes. All scratch is by distinct value or bucket, none by entity. */
#ifndef VIEW_SCAN_H
#define VIEW_SCAN_H

#include "view/filter.h"

struct scan {
    const struct view *view;
    const struct view_class *class;
    const struct query *query;
    const struct answer_options *options;
    struct filter filter;
    uint32_t *picked; /* entities that match, ascending */
    size_t n_picked;
    uint32_t *picked_mentions;
    size_t n_picked_mentions;
    uint32_t *spare; /* room for as many indexes as there are entities */
    struct answer *out;
    struct comity_error *err;
};

enum comity_status facets_answer(struct scan *scan) COMITY_MUST_USE;
/* Also finds the leading dimension, which marks need. */
enum comity_status totals_answer(struct scan *scan) COMITY_MUST_USE;
enum comity_status timeline_answer(struct scan *scan) COMITY_MUST_USE;
enum comity_status marks_answer(struct scan *scan) COMITY_MUST_USE;
enum comity_status rows_answer(struct scan *scan) COMITY_MUST_USE;
/* Counts of cases, sources and doubts. */
enum comity_status counts_answer(struct scan *scan) COMITY_MUST_USE;

/* counts[bucket] over picked rows. `room` has space for 4 × n_buckets. Several counters, since one bucket often has
 * nearly all rows and each increment would wait for the one before it. */
void count_buckets(const uint16_t *bucket, const uint32_t *rows, size_t n, uint32_t *room, uint32_t n_buckets);

#endif
