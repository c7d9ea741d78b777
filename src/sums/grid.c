/* See grid.h. A key has 3 bits of level, 32 of place and 29 of concept: exact, not a hash. */
#include "sums/grid.h"

#include "base/error.h"

#include <stdlib.h>

static uint64_t key_of(enum sums_level level, uint32_t place, uint32_t concept)
{
    return (uint64_t)level << 61 | (uint64_t)place << 29 | concept;
}

static bool is_same_group(const struct sums_cell *a, const struct sums_cell *b)
{
    return a->place.level == b->place.level && place_number(&a->place) == place_number(&b->place) &&
           a->concept == b->concept;
}

static bool make_groups(struct grid *grid)
{
    for (size_t i = 0; i < grid->n_cells; i++) {
        const struct sums_cell *cell = &grid->cells[i];
        if (i == 0 || !is_same_group(cell, cell - 1)) {
            uint64_t *place =
                map_put(&grid->by_key, key_of(cell->place.level, place_number(&cell->place), cell->concept), NULL);
            if (!place)
                return false;
            *place = grid->n_groups;
            grid->groups[grid->n_groups++] = (struct grid_group){.first = (uint32_t)i};
        }
        struct grid_group *group = &grid->groups[grid->n_groups - 1];
        int32_t length = cell->last_day - cell->first_day;
        group->n++;
        group->longest = length > group->longest ? length : group->longest;
        grid->uses_level[cell->place.level] = true;
    }
    return true;
}

static void sort_by_country(struct grid *grid, size_t n_countries)
{
    for (size_t i = 0; i < grid->n_groups; i++)
        grid->country_first[grid->cells[grid->groups[i].first].place.country + 1]++;
    for (size_t c = 0; c < n_countries; c++)
        grid->country_first[c + 1] += grid->country_first[c];
    for (size_t i = grid->n_groups; i-- > 0;) {
        /* Filled from behind: the offset of the next country counts down to that of this one. */
        uint16_t country = grid->cells[grid->groups[i].first].place.country;
        grid->country_groups[--grid->country_first[country + 1]] = (uint32_t)i;
    }
    /* Now country_first[c + 1] is where c begins. */
    for (size_t c = 0; c < n_countries; c++)
        grid->country_first[c] = grid->country_first[c + 1];
    grid->country_first[n_countries] = (uint32_t)grid->n_groups;
}

enum comity_status grid_build(
    struct sums_cell *cells, size_t n, size_t n_countries, struct grid *out, struct comity_error *err)
{
    *out = (struct grid){.cells = cells, .n_cells = n};
    out->groups = calloc(n + 1, sizeof *out->groups);
    out->country_groups = malloc((n + 1) * sizeof *out->country_groups);
    out->country_first = calloc(n_countries + 2, sizeof *out->country_first);
    if (!out->groups || !out->country_groups || !out->country_first || !make_groups(out)) {
        grid_release(out);
        return error_nomem(err);
    }
    sort_by_country(out, n_countries);
    return COMITY_OK;
}

void grid_release(struct grid *grid)
{
    free(grid->groups);
    free(grid->country_groups);
    free(grid->country_first);
    map_release(&grid->by_key);
    *grid = (struct grid){0};
}

const struct grid_group *grid_find(const struct grid *grid, enum sums_level level, uint32_t place, uint32_t concept)
{
    const uint64_t *group = map_get(&grid->by_key, key_of(level, place, concept));
    return group ? &grid->groups[*group] : NULL;
}

uint32_t grid_seek(const struct grid *grid, const struct grid_group *group, int32_t first_day)
{
    uint32_t low = group->first, high = group->first + group->n;
    int64_t from = (int64_t)first_day - group->longest;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (grid->cells[middle].first_day < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
