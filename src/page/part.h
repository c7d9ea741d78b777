/* part.h - pieces that several pages are made of. */
#ifndef PAGE_PART_H
#define PAGE_PART_H

#include "page/page.h"

/* Answers the page's query through the cache. The answer lives until the request is over. */
enum comity_status part_answer(struct page *page, const struct answer_options *options, const struct answer **out,
    struct comity_error *err) COMITY_MUST_USE;

/* <section id="…"><h2>…; the caller closes "section". `heading` is translated already. */
void part_section(struct page *page, const char *id, const char *heading);
/* <thead> with these names; from `number_from` on they stand over numbers. */
void part_table_head(struct page *page, const char *const *names, size_t n, size_t number_from);
/* A table that scrolls by itself where it is wider than the window, under the heading `labelled_by`; its class may be
 * null. After the head and <tbody>, part_table_end closes all. */
void part_table_begin(struct page *page, const char *labelled_by, const char *class_name);
void part_table_end(struct page *page);
/* A link; only the text where the address is empty. */
void part_link(struct page *page, struct slice address, struct slice text);
/* The orders of a list; each keeps the query and begins at the first row. */
void part_sorts(struct page *page);
/* To the rows before and behind, as links; an empty address: none. */
struct paging {
    struct slice first, previous, next;
    uint64_t size; /* how many there are on a page, to be told; 0: it is not */
};
void part_paging(struct page *page, const struct paging *paging);
/* "1,234 hauls · 2,345 rows · 2 sources · 2016-01-01 – 2016-01-31". */
void part_counts(struct page *page, const struct answer *answer);
/* <dt> and <dd> of a list of facts; a dash where there is nothing. */
void part_term(struct page *page, const char *name, struct slice value);
/* A sentence with one number, {n}. */
void part_number_of(struct page *page, const char *sentence, uint64_t n);
/* The page's title with the query's terms: "Situation: Country: Colombia". */
struct slice part_title(struct page *page);
/* The terms of the query, each with a link that takes it away. */
void part_chips(struct page *page);
/* The form with text and dates; its fields are put together by the server (see server.c, on_form). */
void part_search(struct page *page);
/* What a form of one's own needs of it: the query's terms but text and date as hidden fields, the language, and the
 * dates. */
void part_form_fields(struct page *page);
/* A labelled list to choose from, with its options between. */
void part_select_begin(struct page *page, const char *name, const char *label);
void part_option(struct page *page, struct slice value, struct slice text, bool is_selected);
void part_select_end(struct page *page);
/* Counts by enum doubt. */
void part_doubt_counts(const struct view_doubts *doubts, uint64_t count[N_DOUBTS]);

/* All that matches, as CSV or GeoJSON, while it is made. */
enum comity_status part_export(struct page *page, struct comity_error *err) COMITY_MUST_USE;
/* One entity by its index. */
enum comity_status part_entity_export(struct page *page, uint32_t index, struct comity_error *err) COMITY_MUST_USE;
/* Says in a JSON object that was written that its data is simulated: as its first member. */
void part_mark_simulated(struct page *page);
/* A cell of a small table, safe for spreadsheets; then a comma or the end of the line. */
void part_csv_cell(struct buffer *out, struct slice text, bool is_last);
enum comity_status part_answer_json(
    struct page *page, const struct answer *answer, struct comity_error *err) COMITY_MUST_USE;

#endif
