/* about_loads.h - the repeated loads that were found: their shape, how it is known, and what they change in the totals.
 * A part of the page about the data. */
#ifndef PAGE_ABOUT_LOADS_H
#define PAGE_ABOUT_LOADS_H

#include "page/part.h"

struct about_load;
struct about_loads {
    struct about_load *at; /* in the page's arena */
    size_t n;
    uint64_t n_surplus;
};

/* Those of the snapshot that hold. COMITY_NOMEM. */
enum comity_status about_loads_find(struct page *page, struct about_loads *out) COMITY_MUST_USE;
/* A section with a table. */
void about_loads_html(struct page *page, const struct about_loads *loads);
/* The member "loads": an array; amounts in base units, `surplus_amount_base` in the dimension that is told most. */
void about_loads_json(
    struct page *page, const struct about_loads *loads, uint32_t leading_dimension, struct buffer *out);

#endif
