/* ministry.h - a ministry's sums of the events of a world, with differences planted on purpose, and a register that
 * knows every event, so that it can be told whether reconciling finds what was planted and nothing else.
 *
 * Files, all simulated:
 *   complete.csv          every event once, exactly (to the digits of its unit): nothing late, nothing empty
 *   sums.csv          sums by month, subdivision and concept, with planted differences
 *   sums-rounded.csv  a second edition in which nothing changed but the digits
 *   sums-revised.csv  a third one, with amounts revised, cells that were missing added, and some dropped
 *   truth-sums.csv        each cell: what it truly is, what each edition says, and what was planted
 */
#ifndef SIMULATE_MINISTRY_H
#define SIMULATE_MINISTRY_H

#include "simulate/world.h"

/* Shares of cells. What is planted is large enough to be seen: cells below a hundred units of the last digit are left
 * alone, and a missing cell stands beside others of its country and month, so that the silence can be told. */
struct ministry_options {
    bool is_wanted;
    double doubled;          /* the sum counts everything twice */
    double missing;          /* no row */
    double part;             /* the sum has more than happened (the events are a part of it) */
    double wrong;            /* the sum has less than happened */
    double rounded;          /* the sum has no decimals: no difference */
    double invented;         /* a row where nothing happened; as a share of the true cells */
    double revised, dropped; /* of the third edition */
};

enum comity_status ministry_write(const struct world *world, const char *folder, uint64_t seed,
    const struct ministry_options *options, uint64_t *n_rows, struct comity_error *err) COMITY_MUST_USE;

#endif
