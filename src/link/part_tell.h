/* part_tell.h - inside parts and wholes: why something is held to be a part, in English. */
#ifndef LINK_PART_TELL_H
#define LINK_PART_TELL_H

#include "link/part_search.h"

/* "6 kg + 6370 g of police are what customs tells as 12.37 kg, on the same day in the same place; such sums by chance:
 * …". Null where memory is out; else in the arena. */
struct slice part_tell_sum(
    const struct figures *figures, const struct part_hits *hits, const struct part_hit *hit, struct arena *arena);
/* Of a line and its whole, positions: likewise. */
struct slice part_tell_line(const struct frame *frame, uint32_t line, uint32_t whole, struct arena *arena);

#endif
