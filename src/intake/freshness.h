/* freshness.h - how late a source is: a pure function of when it spoke, what it declared, and what is expected of it.
 *
 * A sign of life is an import (also one that only said again what was there) or the end of a period for which the
 * source declared that it has nothing to report: declared is not silent. The usual gap is the median of the gaps
 * between days with an import, declared days taken out; a source is overdue when it has been silent for longer than it
 * has in nine of ten gaps, and half as long again as is usual, or, where a gap was expected of it, longer than that.
 * With fewer than three gaps nothing is known of its habits, and it is called neither late nor on time.
 */
#ifndef INTAKE_FRESHNESS_H
#define INTAKE_FRESHNESS_H

#include "domain/mentions.h"
#include "store/intake.h"

enum { FRESHNESS_LEAST_GAPS = 3 };

enum freshness_state {
    FRESHNESS_UNKNOWN, /* too few gaps, none expected */
    FRESHNESS_ON_TIME,
    FRESHNESS_DECLARED, /* nothing to report, now */
    FRESHNESS_OVERDUE,
    N_FRESHNESS_STATES
};
const char *freshness_state_text(enum freshness_state state); /* "on time" */

struct freshness_input {
    const int64_t *arrivals; /* seconds, ascending */
    size_t n_arrivals;
    const struct silence *silences; /* live ones of this source, in any order */
    size_t n_silences;
    int64_t expect_s; /* 0: learned */
    int64_t now;
};

struct freshness {
    enum freshness_state state;
    int64_t last_arrival;           /* 0: never */
    int64_t usual_s, long_s;        /* median and 0.9 quantile of the gaps; 0: not known */
    int64_t allowed_s;              /* the silence that is no surprise; 0: not known */
    int64_t due;                    /* when the next is to come at the latest; 0: not known */
    int64_t late_s;                 /* since then, when overdue */
    const struct silence *declared; /* the one that holds now, or null */
    size_t n_gaps;
};
enum comity_status freshness_of(
    const struct freshness_input *input, struct freshness *out, struct comity_error *err) COMITY_MUST_USE;

/* The same of one source, picked out of what the store lists. `feeds` tell what is expected. */
struct freshness_facts {
    const struct import_row *imports;
    size_t n_imports;
    const struct silence *silences;
    size_t n_silences;
    const struct feed_row *feeds;
    size_t n_feeds;
    int64_t now;
};
enum comity_status freshness_of_source(const struct freshness_facts *facts, struct slice source, struct arena *arena,
    struct freshness *out, struct comity_error *err) COMITY_MUST_USE;

/* The last day that a source's mentions tell of, NO_RECORD_DAY where they tell none; by source of the mentions. Days
 * after `today` are slips of the pen and are left out. */
#define NO_RECORD_DAY INT32_MIN
enum comity_status freshness_last_days(const struct mentions *mentions, int32_t today, struct arena *arena,
    int32_t **last_day, struct comity_error *err) COMITY_MUST_USE;

#endif
