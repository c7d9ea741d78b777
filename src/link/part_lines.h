/* part_lines.h - inside parts and wholes: lines, which are rows of one source that are alike in all they tell but the
 * amount.
 *
 * A source that tells its hauls in lines tells no two equal events so. What another source tells once of the same is
 * then none of the lines but their whole, unless amounts say which. How a source uses lines is learned: of its bundles
 * of lines with amounts, how many were found to add up to what another source tells.
 */
#ifndef LINK_PART_LINES_H
#define LINK_PART_LINES_H

#include "link/part.h"

/* What a position was found to be. */
enum line_role { LINE_UNKNOWN, LINE_PART, LINE_BESIDE_TOTAL, LINE_WHOLE };

/* Of the sources that tell hauls in lines, adds to found->apart the lines of each bundle, and each line and its whole;
 * adds to known->lines each line that `cluster` joins without an amount that says so, and what it is joined with.
 * `role` by position. O(n log n). */
enum comity_status lines_part(const struct frame *frame, const uint32_t *cluster, const uint8_t *role,
    struct parts_known *known, struct arena *arena, struct parts_found *found) COMITY_MUST_USE;

#endif
