/* load_search.h - where rows stand again: every source under every view, and every two sources.
 *
 * Each of these is a piece of work that knows nothing of the others. A source whose rows were typed in at this desk is
 * looked at as content only, and beside no other source: whoever typed them told them apart. Two sources are laid
 * beside each other, either way round, where both tell two fields or more besides date, place, concept and amount: with
 * fewer, that they agree is no evidence that the one copied the other.
 */
#ifndef LINK_LOAD_SEARCH_H
#define LINK_LOAD_SEARCH_H

#include "link/load_test.h"

/* Fills in blocks, source by source; they may overlap. Free out->at whatever the status. O(n) for each source and view,
 * and for each two sources that share fields; pieces are searched on threads. */
enum comity_status load_search(const struct load_table *table, const struct load_views *views, unsigned threads,
    struct load_blocks *out) COMITY_MUST_USE;

#endif
