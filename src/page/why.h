/* why.h - why rows are, or are not, one event, in the reader's language. Used by the entity's page and its own. */
#ifndef PAGE_WHY_H
#define PAGE_WHY_H

#include "page/page.h"

/* Two mentions of the snapshot, which has a model: heading, sentence, waterfall. */
void why_pair(struct page *page, uint32_t a, uint32_t b);
/* The link that holds a cluster together least, as a sentence; nothing where there are too many members. */
void why_weakest(struct page *page, const uint32_t *members, size_t n);
/* The two in a small table: the fields that records are told apart by, what differs marked. */
void why_side_by_side(struct page *page, const size_t mentions[2]);
/* The fields of it that differ, in a list: for windows that are too narrow for the table. */
void why_differences(struct page *page, const size_t mentions[2]);
/* "/why/12-977": the page of two mentions by their numbers, in the page's language. */
struct slice why_address(struct page *page, size_t a, size_t b);

#endif
