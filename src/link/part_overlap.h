/* part_overlap.h - inside parts and wholes: of what two sources both tell, how much it is, and how late the one is.
 *
 * Most sources date a haul within PART_DAYS of each other. A newsroom may be weeks late, in parts as in wholes: where
 * two sources are so far apart in one event of fifty or more often, parts are looked for that far away, too.
 */
#ifndef LINK_PART_OVERLAP_H
#define LINK_PART_OVERLAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct figures;

/* Of days that the part's source is behind the whole's: 31 to 16 before it, 15 to 8, 7 to 2, 1; the same day; behind.
 */
enum { N_LAG_SPANS = 9 };
struct part_lag {
    int32_t back, ahead;       /* so many days before and behind the whole are looked through: PART_DAYS or more */
    double share[N_LAG_SPANS]; /* of the events that both tell: how many on one such day */
};

/* Starts zeroed, ends with part_overlaps_release(). */
struct part_overlaps {
    size_t n_sources;
    uint32_t *shared;      /* by source × source: figures of the one whose entity the other tells, too */
    uint32_t *number;      /* by whole's source × part's source: of their lag */
    struct part_lag *lags; /* the first is of those that tell too few events to say */
    bool *is_late;         /* by source: it has a lag with another one */
    bool is_any_late;
};

/* By the entities of the figures (figures_place). False, and released, where memory is out. */
bool part_overlaps_count(struct part_overlaps *o, const struct figures *figures);
void part_overlaps_release(struct part_overlaps *o);

static inline uint32_t part_shared(const struct part_overlaps *o, uint32_t source, uint32_t other)
{
    return o->shared[source * o->n_sources + other];
}

static inline const struct part_lag *part_lag_of(const struct part_overlaps *o, uint32_t whole, uint32_t part)
{
    return &o->lags[o->number[whole * o->n_sources + part]];
}

/* How often the part's source dates a haul so many days after the whole's (before it: below 0). */
double part_lag_share(const struct part_lag *lag, int32_t days);

#endif
