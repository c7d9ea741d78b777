/* frame_tags.h - inside frames: a byte for each value, by which most comparisons are settled.
 *
 * Values of one canonical number have one tag; different tags are of values that mean different things. A field of no
 * more than FRAME_TAGS - 1 values has a tag for each (is_tag_exact), so that equal tags are of equal values. 0 is what
 * is not observed.
 */
#ifndef LINK_FRAME_TAGS_H
#define LINK_FRAME_TAGS_H

#include "link/frame.h"

/* Sets the tag of a value of a comparison; false when memory is out. */
bool frame_tag(struct frame *frame, unsigned comparison, const struct prepared *value, uint8_t *tag);
/* Lists the comparisons of which tags do not say all. To be called when all values that there are have tags. */
void frame_list_typed(struct frame *frame);
/* Compares all pairs of the first n_values prepared values beforehand, where they are few and a tag stands for each;
 * false when memory is out. */
bool frame_set_levels(struct frame *frame, unsigned comparison, size_t n_values);

#endif
