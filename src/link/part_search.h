/* part_search.h - inside parts and wholes: which figures add up to another one, and how much that says.
 *
 * Looked through are, for each figure W and each source, the figures around W that tell less than it:
 *   * bundles of one day and place: all lines of a case, all of the bundle, then each two to four of them;
 *   * what stands farther apart: each two to four, where no more than 24 figures stand around.
 * The more there are, the fewer are taken together (part_subset.h).
 * `shift_days` moves W to other days of its stratum: what is found there are accidents (decoys).
 */
#ifndef LINK_PART_SEARCH_H
#define LINK_PART_SEARCH_H

#include "link/part_hit.h"

/* The best for each W and source, if its odds are even or better, in the order of W; `every`: of one in so many W only.
 * Release it whatever the status. */
enum comity_status parts_search(const struct figures *figures, int32_t shift_days, size_t every, unsigned threads,
    struct part_hits *out) COMITY_MUST_USE;
/* The same at home, after entities changed: what is_due[figure] says is searched, the rest is as in `before`. */
enum comity_status parts_search_again(const struct figures *figures, const uint8_t *is_due,
    const struct part_hits *before, unsigned threads, struct part_hits *out) COMITY_MUST_USE;

#endif
