/* coverage.h - inside sums: what a series speaks of, so that its silence can be told from not having been asked.
 *
 * It covers a period of a country when it has a cell there, whatever the place within and the concept. Only its grain
 * counts: the level that most of the country's cells have, and the kind of period that most of all its cells have. A
 * few rows that are coarser (a town that could not be read) are no series of subdivisions. */
#ifndef SUMS_COVERAGE_H
#define SUMS_COVERAGE_H

#include "base/map.h"
#include "sums/claim.h"

struct covered {
    uint8_t level;
    uint16_t country;
    int32_t first_day, last_day;
    uint32_t n_cells, n_events; /* of the series; entities within */
    bool is_grain;
};
struct coverage {
    struct covered *list; /* by level, country, period */
    size_t n;
    struct map starts; /* (level, country) → index of the first in the list */
    int32_t longest;
};
enum comity_status coverage_find(
    const struct sums_table *series, struct coverage *out, struct comity_error *err) COMITY_MUST_USE;
void coverage_release(struct coverage *coverage);

/* Those of a level and country that contain the days: begin with null, ends with null. */
struct covered *coverage_next(
    const struct coverage *coverage, enum sums_level level, const struct claim *claim, struct covered *after);
/* That of a cell; null when it has none. */
struct covered *coverage_of(const struct coverage *coverage, const struct sums_cell *cell);

#endif
