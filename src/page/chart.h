/* chart.h - small SVG charts: the same in the page, in print and without scripts. Sizes and places are attributes,
 * never style, because the Content-Security-Policy allows no inline style. Time and numbers run from left to right in
 * every language. */
#ifndef PAGE_CHART_H
#define PAGE_CHART_H

#include "page/page.h"

/* Bars by day, month or year; each is a link that narrows the query to its days. */
void chart_timeline(struct page *page, const struct answer *answer);
/* Marks on a world map (Equal Earth). */
void chart_map(struct page *page, const struct answer *answer);
/* The biggest places as a list: what the map says, in words. */
void chart_places(struct page *page, const struct answer *answer);
/* Which colour stands for which group. */
void chart_legend(struct page *page, const struct answer *answer);
/* The number of a group's colour: its place among the top-level concepts of the pack; CHART_OTHER from the eighth on.
 * The same as the island's (data-groups). */
enum { CHART_OTHER = 7 };
unsigned chart_group_colour(const struct page *page, uint32_t concept);
/* One bar from zero to `bits`, on a scale of ±most. */
void chart_bits(struct page *page, double bits, double most);
/* One step of a waterfall: from one sum to the next, on a scale that all its steps share; with the line of even odds.
 */
struct chart_scale {
    double low, high; /* zero among them */
};
void chart_step(struct page *page, double from, double to, const struct chart_scale *scale);
/* Cells by period, those that differ above those that do not; each bar narrows the dates. Amounts are not added up:
 * cells of totals and of different concepts stand side by side. */
struct chart_period {
    int32_t first_day, last_day;
    uint32_t n_equal, n_different;
};
void chart_cells(struct page *page, const struct chart_period *periods, size_t n);
/* The address of the base map that the island draws; empty when none is built in. */
const char *chart_basemap_address(void);

#endif
