/* doubtful.h - how far the numbers on a page may be off by what is doubtful in the links. */
#ifndef PAGE_DOUBTFUL_H
#define PAGE_DOUBTFUL_H

#include "flow/review.h"
#include "page/page.h"

/* The intervals of the page's query: from the snapshot where it asks for everything, else drawn for what it chooses.
 * Null where there is nothing to say: no linking, no memory, or more doubts than can be drawn for one page. */
const struct review_intervals *doubtful_intervals(struct page *page);
/* "between 3,010 and 3,214"; empty where the cell says nothing. `amount` in base units; for entities `dimension` is
 * UINT32_MAX. */
struct slice doubtful_range(
    struct page *page, const struct review_intervals *intervals, uint32_t dimension, uint32_t concept, double shown);
/* A note under what is counted: the interval of entities, with a way to the queue. */
void doubtful_note(struct page *page, const struct review_intervals *intervals, uint64_t n_entities);
/* Adds a member "interval" to the JSON object that was written into the body: offsets from what is shown. */
void doubtful_json(struct page *page, const struct answer *answer);

#endif
