/* workbooks.h - a world as workbooks in a public layout, a sheet for each year, however many rows.
 *
 * The layout is `layout-<name>.yaml` of the pack: a profile whose sources are workbooks and the years that they hold.
 * Rows are written as the events happen and nothing is kept of them, so memory does not grow with the world. Beside the
 * workbooks: truth-rows.csv (which row of which sheet tells of which event) and truth-workbooks.csv (rows and amounts
 * of each sheet and concept).
 */
#ifndef SIMULATE_WORKBOOKS_H
#define SIMULATE_WORKBOOKS_H

#include "simulate/simulate.h"

struct workbooks_report {
    uint64_t n_events, n_rows;
    unsigned n_books, n_sheets;
};

/* `options`: seed, n_events, several, twins, nulls, rounding and progress count. `folder` must exist. COMITY_NOTFOUND
 * when the pack has no such layout. */
enum comity_status simulate_workbooks(const struct domain *domain, const char *folder, const char *layout,
    const struct simulate_options *options, struct workbooks_report *report, struct comity_error *err) COMITY_MUST_USE;

#endif
