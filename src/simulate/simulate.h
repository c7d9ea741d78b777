/* simulate.h - a world that never was, told by several sources, with the truth beside it.
 *
 * Writes into a folder: one file for each source of the profile, a second edition for sources that revise, truth.csv
 * (source, key, event, case: which row tells of which event), truth-totals.csv (what was really seized, of the events
 * whose amount somebody told), and world.json (all parameters). With a ministry: its sums and a register (ministry.h).
 * Every file says that it is simulated. The same options give the same bytes.
 */
#ifndef SIMULATE_SIMULATE_H
#define SIMULATE_SIMULATE_H

#include "base/progress.h"
#include "domain/domain.h"
#include "simulate/ministry.h"

struct simulate_options {
    uint64_t seed;
    uint64_t n_events;
    double per_day;         /* events of an ordinary day; 0: as the profile says */
    double seen;            /* the share of cases that a source tells of */
    double several;         /* of cases: more than one haul */
    double twins;           /* of events: another one agrees exactly in date, place, concept and amount */
    double nulls;           /* of cells that may be empty: place, amount and other fields */
    double rounding;        /* of amounts: told with two digits */
    double revisions;       /* of rows of a source that revises: first told with another amount */
    double lag;             /* of rows: dated one to five days late */
    unsigned repeated_days; /* length of the period that is loaded twice; 0: none */
    struct ministry_options ministry;
    const char *only; /* write only the source with this code; null: all */
    const struct progress *progress;
};

extern const struct simulate_options simulate_defaults;

struct simulate_report {
    uint64_t n_events, n_told; /* all, and those that at least one source tells of */
    uint64_t n_rows;           /* in all files, repeated ones counted */
    uint64_t n_repeated;
    int32_t first_day, last_day;
    int32_t repeated_first, repeated_last;
};

/* `folder` must exist. */
enum comity_status simulate_world(const struct domain *domain, const char *folder,
    const struct simulate_options *options, struct simulate_report *report, struct comity_error *err) COMITY_MUST_USE;

#endif
