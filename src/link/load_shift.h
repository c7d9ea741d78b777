/* load_shift.h - by how many days copies may be dated away: what the rows themselves suggest.
 *
 * Rows of a source and country that are equal and rare are paired, and the differences of their days counted: a load
 * that was dated a day, a week, a month or a year away stands out over what chance spreads evenly.
 */
#ifndef LINK_LOAD_SHIFT_H
#define LINK_LOAD_SHIFT_H

#include "link/load_table.h"

/* How far the copies are dated away: calendar months, or else days. */
struct load_shift {
    int32_t days, months;
};
/* The day of the copies; the last one of a shorter month. */
int32_t load_shift_day(struct load_shift shift, int32_t day);
static inline bool load_shift_is_none(struct load_shift shift)
{
    return !shift.days && !shift.months;
}

enum { LOAD_MOST_SHIFTS = 12 };

/* Up to LOAD_MOST_SHIFTS shifts, into the future, the most telling first; returns how many. The series are one
 * source's, looked at under one view. O(n). */
size_t load_shifts_suggest(const struct load_table *table, const struct load_look *looks, size_t n_looks,
    struct load_shift out[LOAD_MOST_SHIFTS]);

#endif
