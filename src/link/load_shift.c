/* Two histograms: of days, and of calendar months between equal days of the month. */
#include "link/load_shift.h"

#include "base/calendar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int32_t load_shift_day(struct load_shift shift, int32_t day)
{
    if (!shift.months)
        return day + shift.days;
    struct civil civil = civil_from_day(day);
    int month = civil.year * 12 + (int)civil.month - 1 + shift.months;
    unsigned in_year = (unsigned)(month % 12) + 1, last = days_in_month(month / 12, in_year);
    return day_from_civil(month / 12, in_year, civil.day < last ? civil.day : last);
}

/* ---- what rows suggest ------------------------------------------------------------------------------------------- */

/* A year and a month; rows that stand more often than RARE times are common and tell nothing. */
enum { MOST_DAYS = 400, MOST_MONTHS = 13, RARE = 6, LEAST_PAIRS = 8 };

struct differences {
    uint32_t days[MOST_DAYS + 1], months[MOST_MONTHS + 1];
};

static void count_pairs(struct differences *differences, int32_t first, int32_t last, uint32_t n_pairs)
{
    if (last - first > MOST_DAYS)
        return;
    differences->days[last - first] += n_pairs;
    struct civil x = civil_from_day(first), y = civil_from_day(last);
    int months = (y.year - x.year) * 12 + (int)y.month - (int)x.month;
    if (x.day == y.day && months <= MOST_MONTHS)
        differences->months[months] += n_pairs;
}

/* The kinds of a run are of different days, the earlier ones first. */
static void count_run(
    struct differences *differences, const struct load_kind *run, size_t n, const struct load_day *days)
{
    size_t n_rows = 0;
    for (size_t i = 0; i < n; i++)
        n_rows += run[i].n;
    for (size_t i = 0; n_rows <= RARE && i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            count_pairs(differences, days[run[i].day].day, days[run[j].day].day, run[i].n * run[j].n);
}

static void count_series(struct differences *differences, const struct load_table *table, const struct load_look *look)
{
    const struct load_day *days = &table->days[look->series->first_day];
    for (size_t i = 0, end; i < look->n; i = end) {
        end = load_look_run(look, i);
        if (end - i <= RARE)
            count_run(differences, &look->kinds[i], end - i, days);
    }
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* What a difference of days has by chance: the median, with room for its spread. */
static double usual_count(const struct differences *differences)
{
    enum { MIDDLE = MOST_DAYS / 2 };
    uint32_t sorted[MOST_DAYS];
    memcpy(sorted, differences->days + 1, sizeof sorted);
    qsort(sorted, MOST_DAYS, sizeof *sorted, by_number);
    double median = sorted[MIDDLE];
    return median + 4 * sqrt(median + 1) + 2;
}

struct suggestion {
    struct load_shift shift;
    uint32_t n_pairs;
};

/* Keeps the best; of equal ones the first, so that months come before the days that they are. */
static void suggest(struct suggestion *best, size_t *n, struct suggestion new)
{
    size_t at = *n;
    while (at > 0 && best[at - 1].n_pairs < new.n_pairs)
        at--;
    if (at == LOAD_MOST_SHIFTS)
        return;
    size_t kept = *n < LOAD_MOST_SHIFTS ? *n : LOAD_MOST_SHIFTS - 1;
    memmove(best + at + 1, best + at, (kept - at) * sizeof *best);
    best[at] = new;
    *n = kept + 1;
}

static void choose(const struct differences *differences, struct load_shift out[LOAD_MOST_SHIFTS], size_t *n)
{
    struct suggestion best[LOAD_MOST_SHIFTS];
    double usual = fmax(usual_count(differences), LEAST_PAIRS);
    *n = 0;
    for (int32_t m = 1; m <= MOST_MONTHS; m++)
        if (differences->months[m] >= usual)
            suggest(best, n, (struct suggestion){{0, m}, differences->months[m]});
    for (int32_t d = 1; d <= MOST_DAYS; d++)
        if (differences->days[d] >= usual)
            suggest(best, n, (struct suggestion){{d, 0}, differences->days[d]});
    for (size_t i = 0; i < *n; i++)
        out[i] = best[i].shift;
}

size_t load_shifts_suggest(const struct load_table *table, const struct load_look *looks, size_t n_looks,
    struct load_shift out[LOAD_MOST_SHIFTS])
{
    struct differences differences = {0};
    size_t n = 0;
    for (size_t i = 0; i < n_looks; i++)
        count_series(&differences, table, &looks[i]);
    choose(&differences, out, &n);
    return n;
}
