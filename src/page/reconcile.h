/* reconcile.h - inside the page of sums: one question while it is answered, and its words. */
#ifndef PAGE_RECONCILE_H
#define PAGE_RECONCILE_H

#include "flow/reconcile.h"
#include "page/page.h"

struct reconciling {
    struct slice series;
    struct query query; /* of the page's, what sums know */
    struct source_row *sources;
    size_t n_sources;
    struct reconcile_result result;
    bool has_result;
    struct sums_only only;
    uint32_t *indexes; /* cells that are told */
    size_t n;
    struct sums_summary summary;
};

/* The verdict of a cell, with what explains it. */
void reconcile_say_cell(struct page *page, const struct sums_table *table, const struct sums_cell *cell);
/* What came of the whole, the verdicts to choose from, and what was left out. */
void reconcile_say_all(struct page *page, const struct reconciling *r);

#endif
