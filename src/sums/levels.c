/* See levels.h. Finer cells are added up under the key of the coarser cell that they lie in, by pair of levels. */
#include "sums/levels.h"

#include "base/error.h"
#include "base/hash.h"

#include <stdlib.h>

struct adding {
    const struct sums_table *series;
    struct map by_key; /* → index in sums */
    struct sum *sums;
    size_t n;
    struct map both, totals; /* (country, level, finer level) → cells */
    struct comity_error *err;
};

static uint64_t key_of(const struct sums_cell *cell, unsigned level, unsigned finer)
{
    struct sums_place place = cell->place;
    place.level = (uint8_t)level;
    uint64_t hash = hash_u64(((uint64_t)level * N_LEVELS + finer) * 0x100000000u + place_number(&place));
    hash = hash_u64(hash ^ ((uint64_t)cell->concept << 32 | cell->dimension));
    return hash_u64(hash ^ ((uint64_t)(uint32_t)cell->first_day << 32 | (uint32_t)cell->last_day));
}

static uint64_t pair_of(uint16_t country, unsigned level, unsigned finer)
{
    return (uint64_t)country << 8 | (uint64_t)level << 4 | finer;
}

static uint16_t country_at(const struct sums_cell *cell, enum sums_level level)
{
    return level == LEVEL_WORLD ? COUNTRY_NONE : cell->place.country;
}

static enum comity_status add_finer(struct adding *a)
{
    for (size_t i = 0; i < a->series->n_cells; i++) {
        const struct sums_cell *cell = &a->series->cells[i];
        for (enum sums_level level = LEVEL_WORLD; level < cell->place.level; level++) {
            bool is_new;
            uint64_t *at = map_put(&a->by_key, key_of(cell, level, cell->place.level), &is_new);
            if (!at)
                return error_nomem(a->err);
            if (is_new)
                *at = a->n++;
            sum_join(&a->sums[*at], &cell->series);
        }
    }
    return COMITY_OK;
}

static enum comity_status vote(struct adding *a, const struct sums_cell *cell, enum sums_level finer)
{
    enum sums_level level = cell->place.level;
    const uint64_t *at = map_get(&a->by_key, key_of(cell, level, finer));
    if (!at)
        return COMITY_OK;
    uint64_t pair = pair_of(country_at(cell, level), level, finer);
    const struct sum *together = &a->sums[*at];
    bool is_total = cell->series.amount >= together->amount || sums_are_equal(cell->series, *together);
    uint64_t *both = map_put(&a->both, pair, NULL);
    if (!both)
        return error_nomem(a->err);
    ++*both;
    uint64_t *totals = map_put(&a->totals, pair, NULL);
    if (!totals)
        return error_nomem(a->err);
    *totals += is_total;
    return COMITY_OK;
}

static enum comity_status find_rests(struct adding *a, struct level_use *out)
{
    size_t at = 0;
    uint64_t pair, both;
    struct map is_total = {0};
    enum comity_status status = COMITY_OK;
    while (!status && map_next(&a->both, &at, &pair, &both)) {
        const uint64_t *totals = map_get(&a->totals, pair);
        struct map *to = totals && 2 * *totals >= both ? &is_total : &out->rests;
        if (!map_put(to, pair >> 4, NULL))
            status = error_nomem(a->err);
    }
    at = 0;
    /* A total of one finer level is none of another's rests. */
    while (!status && map_next(&out->rests, &at, &pair, &both))
        *map_get(&out->rests, pair) = map_get(&is_total, pair) ? 0 : 1;
    map_release(&is_total);
    return status;
}

enum comity_status level_use_find(const struct sums_table *series, struct level_use *out, struct comity_error *err)
{
    struct adding a = {.series = series, .err = err};
    *out = (struct level_use){0};
    a.sums = calloc(series->n_cells * N_LEVELS + 1, sizeof *a.sums);
    if (!a.sums)
        return error_nomem(err);
    enum comity_status status = add_finer(&a);
    for (size_t i = 0; i < series->n_cells && !status; i++)
        for (enum sums_level finer = series->cells[i].place.level + 1; finer < N_LEVELS && !status; finer++)
            status = vote(&a, &series->cells[i], finer);
    if (!status)
        status = find_rests(&a, out);
    free(a.sums);
    map_release(&a.by_key);
    map_release(&a.both);
    map_release(&a.totals);
    if (status)
        level_use_release(out);
    return status;
}

void level_use_release(struct level_use *use)
{
    map_release(&use->rests);
}

bool level_use_is_rest(const struct level_use *use, uint16_t country, enum sums_level level)
{
    const uint64_t *is_rest =
        map_get(&use->rests, pair_of(level == LEVEL_WORLD ? COUNTRY_NONE : country, level, 0) >> 4);
    return is_rest && *is_rest;
}
