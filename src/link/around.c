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

/* Items of series and day, in order; the payload is a position. */
static bool add_series(struct counting *counting, const struct frame *frame, struct sort_item *items, bool is_by_source)
{
    struct around *out = counting->out;
    struct around_series *series = NULL;
    sort_items(items, frame->n);
    for (size_t i = 0; i < frame->n; i++) {
        uint32_t p = items[i].payload;
        if (!i || items[i].key >> 32 != items[i - 1].key >> 32) {
            if (!ARRAY_ROOM(out->series, out->n_series, counting->room_series, 1))
                return false;
            series = &out->series[out->n_series++];
            *series = (struct around_series){.country = frame->country[p], .first_step = out->n_steps};
            if (is_by_source)
                series->source = hash_slice(frame->mentions->sources[frame->source[p]].code);
        }
        if (!add_day(counting, series, frame->first[p]))
            return false;
    }
    return true;
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
    struct sort_item *items = malloc((frame->n + 1) * sizeof *items);
    bool is_good = items != NULL;
    for (int is_by_source = 0; is_good && is_by_source < 2; is_by_source++) {
        for (size_t p = 0; p < frame->n; p++) {
            uint64_t source = is_by_source ? (uint64_t)frame->source[p] + 1 : 0;
            items[p] = (struct sort_item){
                (source << 16 | frame->country[p]) << 32 | ((uint32_t)frame->first[p] ^ UINT32_C(0x80000000)),
                (uint32_t)p};
        }
        is_good = add_series(&counting, frame, items, is_by_source);
    }
    free(items);
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

/* Mentions before a day: below zero or more than all outside of the time that was counted. */
static double count_before(const struct around *around, const struct around_series *series, int64_t day)
{
    const struct around_step *steps = &around->steps[series->first_step];
    size_t low = 0, high = series->n_steps;
    int64_t begin = (int64_t)steps[0].bucket * AROUND_BUCKET_DAYS;
    int64_t end = ((int64_t)steps[high - 1].bucket + 1) * AROUND_BUCKET_DAYS;
    double all = dated_of(around, series), a_day = all / ((double)(end - begin) + unseen_days);
    if (day <= begin)
        return (double)(day - begin) * a_day;
    if (day >= end)
        return all + (double)(day - end) * a_day;
    /* The last step that does not begin behind the day. */
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if ((int64_t)steps[middle].bucket * AROUND_BUCKET_DAYS <= day)
            low = middle;
        else
            high = middle;
    }
    double into = (double)(day - (int64_t)steps[low].bucket * AROUND_BUCKET_DAYS) / AROUND_BUCKET_DAYS;
    return steps[low].before + steps[low].here * fmin(into, 1);
}

double around_day(const struct around *around, uint64_t source, uint16_t country, int32_t day)
{
    const struct around_series *series = find_series(around, source, country);
    if (!series)
        return 0;
    if (day == NO_DAY)
        return series->n_undated;
    if (!series->n_steps)
        return 0;
    return count_before(around, series, (int64_t)day + AROUND_WINDOW_DAYS + 1) -
           count_before(around, series, (int64_t)day - AROUND_WINDOW_DAYS);
}

double around_ever(const struct around *around, uint64_t source, uint16_t country)
{
    const struct around_series *series = find_series(around, source, country);
    if (!series)
        return 0;
    return series->n_undated + (series->n_steps ? dated_of(around, series) : 0);
}
