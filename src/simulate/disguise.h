/* disguise.h - a file as an agency that nobody knows would write it, with what is true of it beside.
 *
 * By seed: the language, the names and order of the columns, units, the order of dates, the mark of decimals, CSV or
 * XLSX, rows of title above, a total (labelled or not) and a footnote below. `disguise.json` tells what was picked,
 * truth-disguise.csv how many rows and how much there is of each concept, truth.csv which row tells of which event.
 */
#ifndef SIMULATE_DISGUISE_H
#define SIMULATE_DISGUISE_H

#include "simulate/simulate.h"

enum { DISGUISE_NAME = 128 };
struct disguise_report {
    char file[DISGUISE_NAME];
    uint64_t n_events, n_rows;
};

/* The world is that of `options`; `seed` is the disguise's own. `folder` must exist. */
enum comity_status simulate_disguise(const struct domain *domain, const char *folder,
    const struct simulate_options *options, uint64_t seed, struct disguise_report *report,
    struct comity_error *err) COMITY_MUST_USE;

#endif
