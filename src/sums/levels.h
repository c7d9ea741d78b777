/* levels.h - inside sums: whether a series' cells of a coarser level are totals, or hold what is in no finer cell.
 *
 * A series by towns has rows whose town could not be read: their cell is the subdivision, and they are its rest. A
 * series by states has rows for the whole country: they are totals. Where both levels stand side by side, a level of a
 * country is a total when its cell is no less than the finer ones together in at least half of the cases. */
#ifndef SUMS_LEVELS_H
#define SUMS_LEVELS_H

#include "base/map.h"
#include "sums/claim.h"

struct level_use {
    struct map rests; /* (country, level) → 1 where the level holds rests */
};
enum comity_status level_use_find(
    const struct sums_table *series, struct level_use *out, struct comity_error *err) COMITY_MUST_USE;
void level_use_release(struct level_use *use);
bool level_use_is_rest(const struct level_use *use, uint16_t country, enum sums_level level);

#endif
