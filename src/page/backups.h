/* backups.h - how the server's own backups go: for who administers, or whoever sits at a desk without accounts. Others
 * are told nothing: not even that there are any. */
#ifndef PAGE_BACKUPS_H
#define PAGE_BACKUPS_H

#include "page/page.h"

/* A section of a page; nothing where there is no schedule or who asks may not know of it. */
void backups_section(struct page *page);
/* The same as a member of an object. */
void backups_json(struct page *page, struct buffer *out);

#endif
