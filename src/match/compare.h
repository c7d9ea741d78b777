/* compare.h - going through the candidates: once to count patterns, once to keep the pairs that may be true.
 *
 * The first time notes the pattern of each pair, eight bytes a pair, where a piece of the records has no more than
 * 65,536 pairs; the second then compares only what was not noted. At most 64 MB.
 */
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
    uint64_t one_in;     /* to count patterns: of so many pairs one is compared, and counted for all; 0: each */
    uint64_t *n_scored;  /* grows by the pairs that were compared */
    struct notes *notes; /* made by compare_patterns, used by compare_likely; start with null */
};

void comparing_release(struct comparing *comparing);

/* Patterns by vector, ascending; `n_new` (by chosen rule, 256) grows by the pairs that it is the first to propose. The
 * caller frees them. */
enum comity_status compare_patterns(
    struct comparing *comparing, struct match_pattern **patterns, size_t *n, uint64_t *n_new) COMITY_MUST_USE;
/* Pairs with evidence above `least`, by a and b; after compare_patterns. The caller frees them. */
enum comity_status compare_likely(
    const struct comparing *comparing, double least, struct likely_pair **pairs, size_t *n) COMITY_MUST_USE;

#endif
