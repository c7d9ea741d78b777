/* history.h - what became of an entity, as a part of its page and as the page of one that ended; and the feed of
 * changes for programs. Of the store's own partition: who has another one is told that none is kept (flow/history.h).
 */
#ifndef PAGE_HISTORY_H
#define PAGE_HISTORY_H

#include "page/page.h"

/* A section, where something became of it. */
void history_section(struct page *page, uint64_t entity);
/* The page of an id that is no entity now, but was one: 404, and what became of it. COMITY_NOTFOUND where nothing is
 * known, or who asks may not know it. */
enum comity_status history_ended(struct page *page, uint64_t entity, struct comity_error *err) COMITY_MUST_USE;

#endif
