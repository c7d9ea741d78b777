/* simulate.h - a world that never was, told by several sources, with the truth beside it. docs/SIMULATOR.md is for
 * users.
 *
 * Writes into a folder: one file for each source (and edition), a file of corrections for sources that revise, and the
 * truth: truth.csv (source, key, event, case: which row tells of which event), truth-totals.csv (what was really
 * seized, of the events whose amount somebody told), truth-editions.csv (what differs between two editions),
 * truth-silence.csv (who said nothing when, and where nothing happened when), truth-parts.csv (which row tells a part
 * of which event), truth-loads.csv (what came more than once), and world.json (all parameters). With a ministry its
 * sums and a complete register (ministry.h). Every file says that it is simulated. The same options give the same
 * bytes, and a source's files are the same whoever else is written; but loads are planted among the sources that are
 * asked for.
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
    unsigned from_year;     /* of the first event */
    double seen;            /* the share of cases that a source tells of */
    double several;         /* of cases: more than one haul */
    double twins;           /* of events: another one agrees exactly in date, place, concept and amount */
    double nulls;           /* of cells that may be empty: place, amount and other fields */
    double rounding;        /* of amounts: told with two digits */
    double revisions;       /* of rows of a source that revises: first told with another amount */
    double lag;             /* of rows: dated one to five days late */
    double parts;           /* of hauls: a source tells them in parts, and not as one */
    double beside;          /* of hauls: a source tells parts and, beside them, their total */
    double operations;      /* of hauls: the first of an operation that half of the sources tell as one sum */
    unsigned repeated_days; /* length of the period that is loaded twice; 0: none */
    unsigned loads;         /* planted in random sources, countries and shapes (plant.h); 0: none */
    unsigned editions;      /* exports of each source, 1 or more; with more the next three count: */
    double corrected;       /* of rows: a later edition has another amount */
    double late;            /* of rows: not in the first edition */
    double dropped;         /* of rows: gone from some edition on */
    unsigned silent_days;   /* one source says nothing of so many days; 0: never */
    unsigned quiet_days;    /* in one country nothing happens for so many days; 0: never */
    const char *silent;     /* the source that falls silent; null: as the profile says */
    struct ministry_options ministry;
    const char *sources; /* "3": the first three of the profile; "customs,register": these; null: the first two */
    const char *only;    /* of these, write only the source with this code; null: all */
    const struct progress *progress;
};

enum { SIMULATE_SOURCES = 2, SIMULATE_MOST_EDITIONS = 20, SIMULATE_MOST_LOADS = 1000 };

extern const struct simulate_options simulate_defaults;

struct simulate_report {
    uint64_t n_events, n_told; /* all, and those that at least one source tells of */
    uint64_t n_rows;           /* in all files, repeated ones counted */
    uint64_t n_repeated, n_silenced, n_quiet;
    uint64_t n_planted; /* rows of planted loads */
    unsigned n_loads;
    unsigned n_sources;
    int32_t first_day, last_day;
    int32_t repeated_first, repeated_last;
    int32_t silent_first, silent_last, quiet_first, quiet_last;
    uint16_t quiet_country;
};

/* `folder` must exist. */
enum comity_status simulate_world(const struct domain *domain, const char *folder,
    const struct simulate_options *options, struct simulate_report *report, struct comity_error *err) COMITY_MUST_USE;

#endif
