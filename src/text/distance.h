/* distance.h - which word was meant by one that is not known. Works on bytes: give it folded texts (text/fold.h), which
 * are ASCII for nearly all names. Distance is optimal string alignment (text/similarity.h). */
#ifndef TEXT_DISTANCE_H
#define TEXT_DISTANCE_H

#include "base/slice.h"

/* Of a list ended by null: the word nearest to `word`, or null when none is near enough to be meant. */
const char *distance_nearest(struct slice word, const char *const *list);

/* Whether `candidate` may have been meant by `word`: at most a third of its letters differ. `*best` holds the fewest
 * edits so far (start with SIZE_MAX) and is lowered when the answer is true. */
bool distance_is_nearer(struct slice word, struct slice candidate, size_t *best);

#endif
