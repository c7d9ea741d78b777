/* grid.h - inside sums: finding the cells that a claim is in. Cells of one place and concept stand together, by period,
 * and are found by one look-up. */
#ifndef SUMS_GRID_H
#define SUMS_GRID_H

#include "base/map.h"
#include "sums/claim.h"

struct grid_group {
    uint32_t first, n; /* cells */
    int32_t longest;   /* days between first and last day of its longest period */
};
struct grid {
    struct sums_cell *cells; /* borrowed; sorted by cell_order */
    size_t n_cells;
    struct grid_group *groups;
    size_t n_groups;
    struct map by_key;        /* (level, place, concept) → group */
    uint32_t *country_groups; /* groups by country … */
    uint32_t *country_first;  /* … n_countries + 1 offsets */
    bool uses_level[N_LEVELS];
};
enum comity_status grid_build(
    struct sums_cell *cells, size_t n, size_t n_countries, struct grid *out, struct comity_error *err) COMITY_MUST_USE;
void grid_release(struct grid *grid);

/* Null when there is none. */
const struct grid_group *grid_find(const struct grid *grid, enum sums_level level, uint32_t place, uint32_t concept);
/* The first cell of a group that may overlap days that begin at `first_day`. */
uint32_t grid_seek(const struct grid *grid, const struct grid_group *group, int32_t first_day);

#endif
