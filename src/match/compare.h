/* compare.h - going through the candidates: once to count patterns, once to keep the pairs that may be true. */
#ifndef MATCH_COMPARE_H
#define MATCH_COMPARE_H

#include "base/progress.h"
#include "match/weights.h"

struct comparing {
    const struct table *table;
    const struct likeness *likeness;
    const struct candidates *candidates;
    const struct weights *weights; /* only to keep pairs */
    unsigned threads;
    const struct progress *progress;
    uint64_t one_in;    /* to count patterns: of so many pairs one is compared, and counted for all; 0: each */
    uint64_t *n_scored; /* grows by the pairs that were compared */
};

/* Patterns by vector, ascending; `n_new` (by chosen rule, 256) grows by the pairs that it is the first to propose. The
 * caller frees them. */
enum comity_status compare_patterns(
    const struct comparing *comparing, struct match_pattern **patterns, size_t *n, uint64_t *n_new) COMITY_MUST_USE;
/* Pairs with evidence above `least`, by a and b. The caller frees them. */
enum comity_status compare_likely(
    const struct comparing *comparing, double least, struct likely_pair **pairs, size_t *n) COMITY_MUST_USE;

#endif
