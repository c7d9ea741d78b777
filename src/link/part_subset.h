/* part_subset.h - inside parts and wholes: which figures of a set are weighed together.
 *
 * All of a set are one try. Smaller subsets are many, and chance is counted by how many are tried: so each two to four
 * of up to 14 figures are, two or three of up to PART_MOST_TRIPLES, two of up to 60, and none of more. Of these only
 * those are gone through whose sum may be W's by what rounding allows.
 */
#ifndef LINK_PART_SUBSET_H
#define LINK_PART_SUBSET_H

#include "link/part_evidence.h"

enum { PART_MOST_TRIPLES = 24, PART_MOST_PAIRS = 60, PART_MOST_SUBSET = 4 };

/* Of one thread. */
struct part_subsets {
    struct part_evidence *evidence;  /* which takes what is chosen */
    uint64_t n_sets;                 /* tried of this W: whose turn it is. Starts at 0 for each W */
    const struct part_set *set;      /* in hand */
    size_t n;                        /* of it */
    uint8_t place[PART_MOST_PAIRS];  /* in the set, the largest amount first */
    double amounts[PART_MOST_PAIRS]; /* in that order */
    double halves[PART_MOST_PAIRS];  /* likewise: what rounding may have taken */
    double least_sum, most_sum;      /* no other sum is W told in parts */
    size_t picked[PART_MOST_SUBSET]; /* places in that order */
};

/* Weighs n adjoining ones of a set together, if they are 2 to PART_MOST_LINES. */
void part_subsets_try_all(struct part_subsets *s, struct part_set *set, const struct part_candidate *at, size_t n);
/* Weighs smaller subsets; of what stands apart, all of it too. */
void part_subsets_try(struct part_subsets *s, struct part_set *set);

#endif
