/* around.h - how many mentions stand around a day, of a source or of all, in a country: as a model counted them.
 *
 * A pair that agrees by chance is likelier where many stand around. A count of what is there now would change the
 * evidence of every pair of a country with each mention that comes; a model's count does not, so that a pair's evidence
 * depends on the pair and the model only. Days are counted in buckets of 16, within which mentions are taken to be
 * spread evenly; before and after the time that was counted it goes on at its mean.
 */
#ifndef LINK_AROUND_H
#define LINK_AROUND_H

#include "comity.h"

#include <stddef.h>
#include <stdint.h>

enum { AROUND_WINDOW_DAYS = 31, AROUND_BUCKET_DAYS = 16 };
#define AROUND_ALL_SOURCES UINT64_C(0)

/* Mentions of a bucket that has any; those before it are of the same series. */
struct around_step {
    int32_t bucket; /* day / 16, rounded down */
    uint32_t before, here;
};
struct around_series {
    uint64_t source; /* hash of its code, or AROUND_ALL_SOURCES */
    uint16_t country;
    uint32_t n_undated, n_steps;
    size_t first_step;
};
struct around {
    struct around_series *series; /* by source and country */
    struct around_step *steps;    /* of each series together, by bucket; the series in any order */
    size_t n_series, n_steps;
};

struct frame;
/* Counts the mentions of a frame by their sources, and of all sources. Release it whatever the status. */
enum comity_status around_count(const struct frame *frame, struct around *out) COMITY_MUST_USE;
void around_release(struct around *around);

/* How many mentions of that source and country stand within 31 days of the day; of NO_DAY, without a day as it is. May
 * be a fraction. */
double around_day(const struct around *around, uint64_t source, uint16_t country, int32_t day);
/* The same for many days of one source and country, which is fast where they ascend. */
struct around_walk {
    const struct around_series *series; /* null: there is none */
    int32_t day;
    uint32_t step[2]; /* the last ones at which the window began and ended */
};
void around_walk_begin(const struct around *around, uint64_t source, uint16_t country, struct around_walk *walk);
double around_walk_day(const struct around *around, struct around_walk *walk, int32_t day);
/* On whatever day. */
double around_ever(const struct around *around, uint64_t source, uint16_t country);

#endif
