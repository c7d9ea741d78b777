/* distance.h - how alike two texts are. They work on bytes: give them folded texts (text/fold.h), which are ASCII for
 * nearly all names. */
#ifndef TEXT_DISTANCE_H
#define TEXT_DISTANCE_H

#include "base/slice.h"

/* The fewest insertions, deletions, replacements and swaps of neighbours that make `b` of `a`, where no part is edited
 * twice (optimal string alignment, the restricted Damerau-Levenshtein distance). `limit` + 1 when there are more than
 * `limit` (at most 127). Time and memory grow with the length times the limit; it allocates nothing. */
size_t distance_edits(struct slice a, struct slice b, size_t limit);

/* Of a list ended by null: the word nearest to `word`, or null when none is near enough to be meant. */
const char *distance_nearest(struct slice word, const char *const *list);

/* Whether `candidate` may have been meant by `word`: at most a third of its letters differ. `*best` holds the fewest
 * edits so far (start with SIZE_MAX) and is lowered when the answer is true. */
bool distance_is_nearer(struct slice word, struct slice candidate, size_t *best);

#endif
