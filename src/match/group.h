/* group.h - from likely pairs to groups of records that are one thing.
 *
 * Pairs with better than even odds connect components. Each is solved by itself in the order of positions: the two
 * groups with the greatest gain are joined while it is positive. The gain is, in log-odds, half the mean evidence of
 * all pairs between them, compared by a rule or not, and half the strongest: a chain of weak links does not hold.
 * Components over GROUP_MOST_MEMBERS are cut at their weakest pairs first, and counted.
 *
 * Where each file is free of duplicates: the best pair first, each record once.
 */
#ifndef MATCH_GROUP_H
#define MATCH_GROUP_H

#include "match/weights.h"

enum { GROUP_MOST_MEMBERS = 2500 };

struct matching {
    const struct table *table;
    const struct likeness *likeness;
    const struct weights *weights;
    bool is_across;
};

struct grouping {
    uint32_t *group; /* by position: the lowest position of its group */
    size_t n_groups;
    uint64_t n_cut; /* components that were cut because they were too large */
};

/* `pairs` by a, with evidence without the prior. Release it whatever the status. */
enum comity_status group_records(const struct matching *matching, const struct likely_pair *pairs, size_t n,
    unsigned threads, struct grouping *out) COMITY_MUST_USE;
/* Whatever pairs of odds over eight connect: good enough to count values by. */
enum comity_status group_roughly(
    const struct matching *matching, const struct likely_pair *pairs, size_t n, struct grouping *out) COMITY_MUST_USE;
/* One partner at most. */
enum comity_status group_one_to_one(
    const struct matching *matching, const struct likely_pair *pairs, size_t n, struct grouping *out) COMITY_MUST_USE;
void grouping_release(struct grouping *grouping);

#endif
