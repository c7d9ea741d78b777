/* load_tally.h - of each day of a series: its distinct rows, and those of them that stand again where a test looks.
 *
 * Distinct rows are counted in three strata, since chance repeats them so differently: those that stand on no other day
 * of the series, on up to three, and on more. A test looks on the same day, where such rows stand a multiple of times;
 * on a shifted day; or in another source's series. In one series the same question is asked of the days around the one
 * that is looked at, where no copies are (controls): what of the row stands there by chance.
 */
#ifndef LINK_LOAD_TALLY_H
#define LINK_LOAD_TALLY_H

#include "link/load_shift.h"

enum { LOAD_MOST_TIMES = 4, LOAD_STRATA = 3 };

/* Rows of `from` are looked for in `into`: the same series, or one of another source and the same country. Both are
 * looked at under one view and the same fields. */
struct load_pairing {
    const struct load_look *from, *into;
};
static inline size_t load_pairing_days(const struct load_pairing *pairing)
{
    return pairing->from->series->end_day - pairing->from->series->first_day;
}

/* One day of `from`. */
struct load_tally {
    float n[LOAD_STRATA];                    /* distinct rows */
    float hit[LOAD_MOST_TIMES][LOAD_STRATA]; /* that stand again: [0] at all, [k - 1] a multiple of k times */
    float control_n[LOAD_STRATA], control[LOAD_STRATA]; /* asked of days around; that stand there */
    float size;                                         /* rows on the day that is looked at */
    double by_chance[LOAD_STRATA]; /* for who tests, as `state`: at least this share stands again, by the controls */
    uint8_t state;
};
static inline float load_tally_rows(const struct load_tally *tally)
{
    return tally->n[0] + tally->n[1] + tally->n[2];
}
static inline float load_tally_matched(const struct load_tally *tally, unsigned hit)
{
    return tally->hit[hit][0] + tally->hit[hit][1] + tally->hit[hit][2];
}

/* What counts pairings, one after the other: of one thread. Memory: 20 bytes a day and 2 a row of the longest. */
struct load_tallier {
    const struct load_table *table;
    struct load_shift shift;
    bool is_content;           /* seen as content, which has its day in it */
    struct load_place *places; /* by day of the pairing in hand */
    uint16_t *marks;           /* of its kinds, day by day */
    uint32_t *next;            /* by day: where its next mark goes */
};
/* With room for any of the pairings; release it whatever the status. */
enum comity_status load_tallier_init(struct load_tallier *tallier, const struct load_table *table,
    struct load_shift shift, bool is_content, const struct load_pairing *pairings, size_t n_pairings) COMITY_MUST_USE;
void load_tallier_release(struct load_tallier *tallier);
/* Fills out[load_pairing_days()], states 0. O(kinds + days). */
void load_tallier_run(struct load_tallier *tallier, const struct load_pairing *pairing, struct load_tally *out);

#endif
