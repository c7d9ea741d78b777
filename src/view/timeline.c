/* timeline.c - bars over time, at the finest step that gives no more than 120 of them. Counted by distinct date first.
 */
#include "view/scan.h"

#include "base/calendar.h"
#include "base/error.h"

#include <stdlib.h>

enum { MOST_BARS = 120 };

enum step { STEP_DAY, STEP_MONTH, STEP_YEAR, STEP_DECADE, STEP_CENTURY };

static int floor_to(int year, int unit)
{
    return (year >= 0 ? year : year - unit + 1) / unit * unit;
}

/* The number of the bar that a day stands in, counted from an arbitrary zero. */
static int32_t bar_number(int32_t day, enum step step)
{
    if (step == STEP_DAY)
        return day;
    struct civil civil = civil_from_day(day);
    switch (step) {
    case STEP_MONTH:
        return civil.year * 12 + (int32_t)civil.month - 1;
    case STEP_DECADE:
        return floor_to(civil.year, 10) / 10;
    case STEP_CENTURY:
        return floor_to(civil.year, 100) / 100;
    default:
        return civil.year;
    }
}

static int32_t bar_first_day(int32_t number, enum step step)
{
    switch (step) {
    case STEP_DAY:
        return number;
    case STEP_MONTH:
        return day_from_civil(floor_to(number, 12) / 12, (unsigned)(number - floor_to(number, 12)) + 1, 1);
    case STEP_YEAR:
        return day_from_civil(number, 1, 1);
    case STEP_DECADE:
        return day_from_civil(number * 10, 1, 1);
    default:
        return day_from_civil(number * 100, 1, 1);
    }
}

struct dated {
    const struct value *values;
    const uint32_t *counts; /* by code */
    uint32_t n_values;
    int32_t first, last, latest_start;
    uint64_t n, n_months, n_years; /* dated at all; no finer than months; than years */
};

static void find_span(struct dated *dated)
{
    for (uint32_t code = 0; code < dated->n_values; code++) {
        const struct value *value = &dated->values[code];
        if (!dated->counts[code] || !value_is_typed(value))
            continue;
        if (dated->n == 0 || value->date.first < dated->first)
            dated->first = value->date.first;
        if (dated->n == 0 || value->date.last > dated->last)
            dated->last = value->date.last;
        if (dated->n == 0 || value->date.first > dated->latest_start)
            dated->latest_start = value->date.first;
        int32_t days = value->date.last - value->date.first + 1;
        dated->n += dated->counts[code];
        dated->n_months += days >= 28 ? dated->counts[code] : 0;
        dated->n_years += days >= 365 ? dated->counts[code] : 0;
    }
}

static enum step choose_step(const struct dated *dated)
{
    enum step step = 2 * dated->n_years > dated->n ? STEP_YEAR : 2 * dated->n_months > dated->n ? STEP_MONTH : STEP_DAY;
    while (step < STEP_CENTURY && bar_number(dated->latest_start, step) - bar_number(dated->first, step) >= MOST_BARS)
        step++;
    return step;
}

static bool make_bars(const struct dated *dated, struct answer *out)
{
    static const char *const names[] = {"day", "month", "year", "decade", "century"};
    enum step step = choose_step(dated);
    int32_t first = bar_number(dated->first, step);
    out->timeline_step = slice_from(names[step]);
    out->n_timeline = (size_t)(bar_number(dated->latest_start, step) - first) + 1;
    out->timeline = ARENA_ARRAY(&out->arena, struct timeline_bar, out->n_timeline);
    if (!out->timeline)
        return false;
    for (size_t i = 0; i < out->n_timeline; i++) {
        out->timeline[i].first_day = bar_first_day(first + (int32_t)i, step);
        out->timeline[i].last_day = bar_first_day(first + (int32_t)i + 1, step) - 1;
    }
    for (uint32_t code = 0; code < dated->n_values; code++)
        if (dated->counts[code] && value_is_typed(&dated->values[code]))
            out->timeline[bar_number(dated->values[code].date.first, step) - first].count += dated->counts[code];
    return true;
}

enum comity_status timeline_answer(struct scan *scan)
{
    int when = view_domain(scan->view)->when;
    const struct column *column = view_column(scan->view, when);
    if (!column)
        return COMITY_OK;
    uint32_t *counts = calloc(column->n_values + 1, sizeof *counts);
    if (!counts)
        return error_nomem(scan->err);
    const uint32_t *winner = scan->view->resolution->winner[when];
    for (size_t i = 0; i < scan->n_picked; i++)
        counts[winner[scan->picked[i]]]++;
    struct dated dated = {.values = column->values, .counts = counts, .n_values = column->n_values};
    find_span(&dated);
    bool is_good = true;
    if (dated.n > 0) {
        scan->out->first_day = dated.first;
        scan->out->last_day = dated.last;
        is_good = !scan->options->with_timeline || make_bars(&dated, scan->out);
    }
    free(counts);
    return is_good ? COMITY_OK : error_nomem(scan->err);
}
