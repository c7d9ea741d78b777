/* See coverage.h. The distinct periods of a country are few, so a walk from its first one is enough. */
#include "sums/coverage.h"

#include "base/error.h"

#include <stdlib.h>

static int order(const void *left, const void *right)
{
    const struct covered *a = left, *b = right;
    if (a->level != b->level)
        return a->level < b->level ? -1 : 1;
    if (a->country != b->country)
        return a->country < b->country ? -1 : 1;
    if (a->first_day != b->first_day)
        return a->first_day < b->first_day ? -1 : 1;
    return (a->last_day > b->last_day) - (a->last_day < b->last_day);
}

static uint64_t start_key(enum sums_level level, uint16_t country)
{
    return (uint64_t)level << 16 | country;
}

static enum comity_status list_periods(const struct sums_table *series, struct coverage *out, struct comity_error *err)
{
    size_t n = series->n_cells;
    for (size_t i = 0; i < n; i++)
        out->list[i] = (struct covered){.level = series->cells[i].place.level,
            .country = series->cells[i].place.country,
            .first_day = series->cells[i].first_day,
            .last_day = series->cells[i].last_day};
    if (n)
        qsort(out->list, n, sizeof *out->list, order);
    for (size_t i = 0; i < n; i++) {
        bool is_again = out->n && order(&out->list[out->n - 1], &out->list[i]) == 0, is_new;
        if (!is_again)
            out->list[out->n++] = out->list[i];
        struct covered *covered = &out->list[out->n - 1];
        uint64_t *start = map_put(&out->starts, start_key(covered->level, covered->country), &is_new);
        if (!start)
            return error_nomem(err);
        if (is_new)
            *start = out->n - 1;
        int32_t length = covered->last_day - covered->first_day;
        out->longest = length > out->longest ? length : out->longest;
        covered->n_cells++;
    }
    return COMITY_OK;
}

/* The cells of a country at a level, and whether no other level of it has more. */
static uint64_t cells_at(const struct coverage *coverage, enum sums_level level, uint16_t country)
{
    const uint64_t *start = map_get(&coverage->starts, start_key(level, country));
    uint64_t n = 0;
    for (size_t i = start ? *start : coverage->n; i < coverage->n; i++) {
        if (coverage->list[i].level != level || coverage->list[i].country != country)
            break;
        n += coverage->list[i].n_cells;
    }
    return n;
}

static bool is_main_level(const struct coverage *coverage, enum sums_level level, uint16_t country)
{
    uint64_t n = cells_at(coverage, level, country);
    for (enum sums_level other = LEVEL_WORLD; other < N_LEVELS; other++)
        if (other != level && cells_at(coverage, other, country) > n)
            return false;
    return true;
}

static void find_grain(const struct sums_table *series, struct coverage *out)
{
    bool is_main = false;
    for (size_t i = 0; i < out->n; i++) {
        struct covered *covered = &out->list[i];
        bool is_new = !i || covered->level != covered[-1].level || covered->country != covered[-1].country;
        if (is_new)
            is_main = is_main_level(out, covered->level, covered->country);
        covered->is_grain = is_main && period_of(covered->first_day, covered->last_day) == series->period;
    }
}

enum comity_status coverage_find(const struct sums_table *series, struct coverage *out, struct comity_error *err)
{
    *out = (struct coverage){.list = malloc((series->n_cells + 1) * sizeof *out->list)};
    enum comity_status status = out->list ? list_periods(series, out, err) : error_nomem(err);
    if (status)
        coverage_release(out);
    else
        find_grain(series, out);
    return status;
}

void coverage_release(struct coverage *coverage)
{
    free(coverage->list);
    map_release(&coverage->starts);
    *coverage = (struct coverage){0};
}

/* The first of a level and country that may contain `day`: periods are in order of their first days. */
static struct covered *seek(const struct coverage *coverage, enum sums_level level, uint16_t country, int32_t day)
{
    const uint64_t *start = map_get(&coverage->starts, start_key(level, country));
    struct covered wanted = {.level = (uint8_t)level,
        .country = country,
        .first_day = day < INT32_MIN + coverage->longest ? INT32_MIN : day - coverage->longest,
        .last_day = INT32_MIN};
    size_t low = start ? *start : coverage->n, high = coverage->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order(&coverage->list[middle], &wanted) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return coverage->list + low;
}

struct covered *coverage_next(
    const struct coverage *coverage, enum sums_level level, const struct claim *claim, struct covered *after)
{
    uint16_t country = level == LEVEL_WORLD ? COUNTRY_NONE : claim->country;
    struct covered *end = coverage->list + coverage->n;
    struct covered *at = after ? after + 1 : seek(coverage, level, country, claim->first_day);
    for (; at < end && at->level == level && at->country == country && at->first_day <= claim->first_day; at++)
        if (at->last_day >= claim->last_day)
            return at;
    return NULL;
}

struct covered *coverage_of(const struct coverage *coverage, const struct sums_cell *cell)
{
    struct covered wanted = {.level = cell->place.level,
        .country = cell->place.country,
        .first_day = cell->first_day,
        .last_day = cell->last_day};
    return coverage->n ? bsearch(&wanted, coverage->list, coverage->n, sizeof wanted, order) : NULL;
}
