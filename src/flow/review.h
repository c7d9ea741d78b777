/* review.h - doubtful decisions of the linking by what they weigh: how far totals may be off, and what a person should
 * look at first.
 *
 * Totals: every doubtful decision is drawn anew REVIEW_DRAWS times, joined or apart by its probability, together with
 * how wrong the model as a whole may be, and an entity whose rows tell different amounts has one of them; counts and
 * amounts are taken in each draw. The interval leaves out the lowest
 * and the highest twentieth, and always holds what is shown. The same store gives the same intervals: chance follows
 * from the mentions' identities. Covered: pairs that were compared. Not covered: pairs that no rule proposed, wrong
 * values, events that nobody tells.
 *
 * A review is made of a resolution and the doubts of its partition; it is read-only then, and threads may share it.
 */
#ifndef FLOW_REVIEW_H
#define FLOW_REVIEW_H

#include "link/resolve.h"
#include "link/uncertain.h"

enum { REVIEW_DRAWS = 200 };

struct review_item {
    uint32_t a, b;                   /* mentions */
    uint32_t entity_a, entity_b;     /* indexes in the resolution; one entity where they are joined */
    uint64_t identity_a, identity_b; /* of entities that stay apart: the lowest of their rows */
    double bits, probability;        /* that they are one event */
    bool is_joined;
    double
        amount; /* what leaves the total (apart) or comes to it (joined) if it is decided otherwise; 0: none is told */
    uint32_t dimension, concept, group; /* of that amount; UINT32_MAX, CONCEPT_NONE: unknown */
    uint32_t n_behind;
    double worth; /* the expected change: how likely it is wrong × the amount as a share of its dimension's total */
    uint64_t key;
};
/* An entity whose rows tell different amounts: in a draw it has one of them. */
struct review_dispute {
    uint32_t entity, dimension, concept, group;
    uint32_t first, n; /* in `changes` */
    double spread;     /* between the lowest and the highest, as a share of the dimension's total */
    uint64_t key;
};
struct review {
    struct review_item *items; /* by worth, falling; then by how doubtful they are */
    size_t n;
    uint64_t n_left_out;
    struct review_dispute *disputes; /* by spread, falling: the first REVIEW_MOST_DISPUTES */
    size_t n_disputes;
    double *changes; /* of the total, were it that row's amount */
    double *totals;  /* by dimension: of entities, counted once */
};
enum { REVIEW_MOST_DISPUTES = 20000 };

/* First what needs no doubts, the disputes. Release it whatever the status. */
enum comity_status review_begin(const struct mentions *mentions, const struct resolution *resolution,
    struct review *out, struct comity_error *err) COMITY_MUST_USE;
/* Then items. Doubts whose mentions do not stand as they did are left out: they were decided since. */
enum comity_status review_add_doubts(const struct mentions *mentions, const struct resolution *resolution,
    const struct doubtful_links *doubts, struct review *out, struct comity_error *err) COMITY_MUST_USE;
/* The one and the other. */
enum comity_status review_build(const struct mentions *mentions, const struct resolution *resolution,
    const struct doubtful_links *doubts, struct review *out, struct comity_error *err) COMITY_MUST_USE;
void review_release(struct review *review);

/* By how much a number may be lower or higher than what is shown: low ≤ 0 ≤ high. */
struct review_cell {
    uint32_t dimension; /* UINT32_MAX: of entities */
    uint32_t concept;   /* a group or a concept of it; CONCEPT_NONE: over all */
    double low, high;
};
struct review_intervals {
    struct review_cell *cells; /* entities over all first; no cell: nothing about it is doubtful */
    size_t n;
};
/* `is_chosen`: by entity, those that a total is over; null: all. Costs 200 draws for each doubt that touches them: some
 * milliseconds for ten thousand. `threads`: 0: one for each processor; their number does not show. */
enum comity_status review_intervals(const struct review *review, const struct resolution *resolution,
    const uint8_t *is_chosen, unsigned threads, struct review_intervals *out, struct comity_error *err) COMITY_MUST_USE;
void review_intervals_release(struct review_intervals *intervals);
/* The cell, or null. */
const struct review_cell *review_cell_of(
    const struct review_intervals *intervals, uint32_t dimension, uint32_t concept);

/* A member "interval" of an object: entities, and the amount in each dimension, from … to, in its base unit. */
enum comity_status review_add_intervals(const struct mentions *mentions, const struct resolution *resolution,
    const struct review *review, unsigned threads, struct buffer *out, struct comity_error *err) COMITY_MUST_USE;

/* What a linking found doubtful: the intervals as a member of its report, and the doubts as the text that the store
 * keeps beside it. `judgements`: what held when it was linked, without the loads that it found itself. */
enum comity_status review_linking(const struct run_kept *run, const struct link_result *result,
    const struct judgement *judgements, size_t n_judgements, unsigned threads, const struct progress *progress,
    struct buffer *report, struct buffer *kept, struct comity_error *err) COMITY_MUST_USE;

/* Doubts as a line of text each, mentions by their ids, and back: what the store keeps with a linking. Lines about
 * mentions that are not there any more are skipped. */
void doubtful_write(const struct mentions *mentions, const struct doubtful_links *doubts, struct buffer *out);
enum comity_status doubtful_read(const struct mentions *mentions, struct slice text, struct doubtful_links *out,
    struct comity_error *err) COMITY_MUST_USE;

#endif
