/* part_candidate.h - inside parts and wholes: what one source tells around a figure W that may be parts of it.
 *
 * That are figures of W's stratum within PART_DAYS days that tell less than it by more than rounding explains; of W's
 * own source the lines beside it only, those of its day, place and case. Farther away, as far as the two sources are
 * late, only what may be of W's place. What tells W itself tells none of its parts,
 * and what somebody tells beside W, as a haul of its own, is none.
 *
 * Wholes are best taken in the order of figures: where a source's figures begin is known from the W before.
 */
#ifndef LINK_PART_CANDIDATE_H
#define LINK_PART_CANDIDATE_H

#include "base/order.h"
#include "link/part_figure.h"

struct part_candidate {
    uint32_t index; /* among figures */
    enum tie tie;   /* with W */
    int32_t days;   /* behind W; below 0: before it */
    double rows;    /* of its source a day around it: figures_rate() */
};

/* Where figures of a source begin and end that are near enough in time to W, or were to the last one. */
struct part_hint {
    uint32_t begin, end;
};

/* Of one thread. */
struct part_candidates {
    const struct figures *figures;
    const struct figure *whole;
    struct part_candidate *at; /* by day, place and case: those of a bundle adjoin, and of a case within it */
    size_t n;
    int32_t day;                     /* where W is looked for: its own but in decoys */
    uint32_t stratum;                /* of the hints; UINT32_MAX: of none */
    struct part_hint *hints;         /* by source of the stratum */
    struct part_candidate *gathered; /* the same as `at` before it is in order */
    struct sort_item *items;         /* to sort them */
};

/* Release it whatever the status. */
enum comity_status part_candidates_init(struct part_candidates *c, const struct figures *figures) COMITY_MUST_USE;
void part_candidates_release(struct part_candidates *c);
/* Takes W to so many days from its own: forwards, else backwards; false where its stratum has no such days. */
bool part_candidates_begin(struct part_candidates *c, const struct figure *whole, int32_t shift_days);
/* Fills in at[n] from one of the runs of W's stratum (figures->runs). None, n = 0, where they are less than two, fall
 * short of W, or are too many to be looked through. */
void part_candidates_gather(struct part_candidates *c, size_t run);

static inline const struct figure *part_candidate_figure(const struct figures *figures, const struct part_candidate *c)
{
    return &figures->at[c->index];
}
double part_candidates_sum(const struct figures *figures, const struct part_candidate *at, size_t n);
/* All of them together are less than W can have been told as in parts. */
bool part_candidates_fall_short(
    const struct figures *figures, const struct figure *whole, const struct part_candidate *at, size_t n);
/* Of one day and place, as far as told. */
static inline bool part_is_of_bundle(const struct figure *a, const struct figure *b)
{
    return a->day == b->day && a->settlement == b->settlement && a->subdivision == b->subdivision;
}

#endif
