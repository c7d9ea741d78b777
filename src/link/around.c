/* Cumulative counts by bucket: a window is the difference of two. */
#include "link/around.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/order.h"
#include "link/frame.h"

#include <math.h>
#include <stdlib.h>

/* A series of a day or two says little of its mean: so many days are added to it. */
static const double unseen_days = 2 * AROUND_WINDOW_DAYS + 1;

static int32_t bucket_of(int64_t day)
{
    return (int32_t)((day - (day < 0 ? AROUND_BUCKET_DAYS - 1 : 0)) / AROUND_BUCKET_DAYS);
}

/* ---- counting ---- */

struct counting {
    struct around *out;
    size_t room_series, room_steps;
};

static bool add_day(struct counting *counting, struct around_series *series, int32_t day)
{
    struct around *out = counting->out;
    if (day == NO_DAY) {
        series->n_undated++;
        return true;
    }
    struct around_step *last = series->n_steps && out->steps ? &out->steps[out->n_steps - 1] : NULL;
    if (!last || last->bucket != bucket_of(day)) {
        struct around_step step = {.bucket = bucket_of(day), .before = last ? last->before + last->here : 0};
        if (!ARRAY_ROOM(out->steps, out->n_steps, counting->room_steps, 1) || !out->steps)
            return false;
        out->steps[out->n_steps++] = step;
        series->n_steps++;
    }
    out->steps[out->n_steps - 1].here++;
    return true;
}

/* Positions of one source or of all, of country after country, each in the order of days. */
static bool add_series(
    struct counting *counting, const struct frame *frame, const uint64_t *items, size_t n, uint64_t source)
{
    struct around *out = counting->out;
    struct around_series *series = NULL;
    for (size_t i = 0; i < n; i++) {
        uint32_t p = items ? (uint32_t)items[i] : (uint32_t)i;
        if (!series || frame->country[p] != series->country) {
            if (!ARRAY_ROOM(out->series, out->n_series, counting->room_series, 1))
                return false;
            series = &out->series[out->n_series++];
            *series =
                (struct around_series){.source = source, .country = frame->country[p], .first_step = out->n_steps};
        }
        if (!add_day(counting, series, frame->first[p]))
            return false;
    }
    return true;
}

/* Positions stand by country and day: a stable sort by source keeps that. */
static bool add_sources(struct counting *counting, const struct frame *frame)
{
    uint64_t *items = malloc((frame->n + 1) * 2 * sizeof *items);
    bool is_good = items != NULL;
    for (size_t p = 0; is_good && p < frame->n; p++)
        items[p] = (uint64_t)frame->source[p] << 32 | p;
    if (is_good)
        sort_uppers(items, items + frame->n, frame->n);
    for (size_t i = 0, end; is_good && i < frame->n; i = end) {
        uint64_t source = items[i] >> 32;
        for (end = i + 1; end < frame->n && items[end] >> 32 == source; end++) {
        }
        is_good = add_series(counting, frame, &items[i], end - i, hash_slice(frame->mentions->sources[source].code));
    }
    free(items);
    return is_good;
}

static int compare_series(const struct around_series *series, uint64_t source, uint16_t country)
{
    if (series->source != source)
        return series->source < source ? -1 : 1;
    return series->country < country ? -1 : series->country > country;
}

static int compare_two(const void *a, const void *b)
{
    const struct around_series *other = b;
    return compare_series(a, other->source, other->country);
}

enum comity_status around_count(const struct frame *frame, struct around *out)
{
    struct counting counting = {.out = out};
    *out = (struct around){0};
    bool is_good = add_series(&counting, frame, NULL, frame->n, AROUND_ALL_SOURCES) && add_sources(&counting, frame);
    if (is_good && out->n_series)
        qsort(out->series, out->n_series, sizeof *out->series, compare_two);
    return is_good ? COMITY_OK : COMITY_NOMEM;
}

void around_release(struct around *around)
{
    free(around->series);
    free(around->steps);
    *around = (struct around){0};
}

/* ---- asking ---- */

static const struct around_series *find_series(const struct around *around, uint64_t source, uint16_t country)
{
    size_t low = 0, high = around->n_series;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = compare_series(&around->series[middle], source, country);
        if (!order)
            return &around->series[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static double dated_of(const struct around *around, const struct around_series *series)
{
    const struct around_step *last = &around->steps[series->first_step + series->n_steps - 1];
    return (double)last->before + last->here;
}

/* The last step from `low` on that does not begin behind the day; `low` does not. Near ones are found at once. */
static size_t find_step(const struct around_step *steps, size_t n, size_t low, int64_t day)
{
    size_t high = low + 1;
    for (size_t stride = 1; high < n && (int64_t)steps[high].bucket * AROUND_BUCKET_DAYS <= day; stride *= 2) {
        low = high;
        high += stride;
    }
    high = high < n ? high : n;
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if ((int64_t)steps[middle].bucket * AROUND_BUCKET_DAYS <= day)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Mentions before a day: below zero or more than all outside of the time that was counted. `*step`: where the search
 * begins, and has ended. */
static double count_before(const struct around *around, const struct around_series *series, int64_t day, uint32_t *step)
{
    const struct around_step *steps = &around->steps[series->first_step];
    size_t n = series->n_steps;
    int64_t begin = (int64_t)steps[0].bucket * AROUND_BUCKET_DAYS;
    int64_t end = ((int64_t)steps[n - 1].bucket + 1) * AROUND_BUCKET_DAYS;
    double all = dated_of(around, series);
    if (day <= begin || day >= end) {
        double a_day = all / ((double)(end - begin) + unseen_days);
        return day <= begin ? (double)(day - begin) * a_day : all + (double)(day - end) * a_day;
    }
    const struct around_step *at = &steps[ *step = (uint32_t)find_step(steps, n, *step, day)];
    double into = (double)(day - (int64_t)at->bucket * AROUND_BUCKET_DAYS) / AROUND_BUCKET_DAYS;
    return at->before + at->here * fmin(into, 1);
}

void around_walk_begin(const struct around *around, uint64_t source, uint16_t country, struct around_walk *walk)
{
    *walk = (struct around_walk){.series = find_series(around, source, country), .day = NO_DAY};
}

double around_walk_day(const struct around *around, struct around_walk *walk, int32_t day)
{
    const struct around_series *series = walk->series;
    if (!series)
        return 0;
    if (day == NO_DAY)
        return series->n_undated;
    if (!series->n_steps)
        return 0;
    if (day < walk->day)
        walk->step[0] = walk->step[1] = 0;
    walk->day = day;
    return count_before(around, series, (int64_t)day + AROUND_WINDOW_DAYS + 1, &walk->step[1]) -
           count_before(around, series, (int64_t)day - AROUND_WINDOW_DAYS, &walk->step[0]);
}

double around_day(const struct around *around, uint64_t source, uint16_t country, int32_t day)
{
    struct around_walk walk;
    around_walk_begin(around, source, country, &walk);
    return around_walk_day(around, &walk, day);
}

double around_ever(const struct around *around, uint64_t source, uint16_t country)
{
    const struct around_series *series = find_series(around, source, country);
    if (!series)
        return 0;
    return series->n_undated + (series->n_steps ? dated_of(around, series) : 0);
}
