/* quality.h - pieces that the pages "Sources" and "Quality of sources" share. */
#ifndef PAGE_QUALITY_H
#define PAGE_QUALITY_H

#include "flow/quality.h"
#include "page/page.h"

/* The source's number in the quality, or UINT32_MAX: a series of sums has none. */
uint32_t quality_source(const struct page *page, struct slice code);
/* <dt> and <dd> of how one source tells; nothing for UINT32_MAX. */
void quality_terms(struct page *page, const struct quality *quality, uint32_t source);
/* A section with a line for each two sources that tell of the same events. */
void quality_pairs(struct page *page, const struct quality *quality);
/* The members of one source's object, and the member "pairs". */
void quality_source_json(const struct quality *quality, uint32_t source, struct buffer *out);
void quality_pairs_json(struct page *page, const struct quality *quality, struct buffer *out);

#endif
