/* Two histograms: of days, and of calendar months between equal days of the month. */
#include "link/load_shift.h"

#include "base/calendar.h"
#include "base/hash.h"
#include "base/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A year and a month; rows that stand more often than RARE times are common and tell nothing. */
enum { MOST_DAYS = 400, MOST_MONTHS = 13, RARE = 6, LEAST_PAIRS = 8 };

struct differences {
    uint32_t days[MOST_DAYS + 1], months[MOST_MONTHS + 1];
};

static void count_pair(struct differences *differences, int32_t a, int32_t b)
{
    int32_t first = a < b ? a : b, last = a < b ? b : a;
    if (last == first || last - first > MOST_DAYS)
        return;
    differences->days[last - first]++;
    struct civil x = civil_from_day(first), y = civil_from_day(last);
    int months = (y.year - x.year) * 12 + (int)y.month - (int)x.month;
    if (x.day == y.day && months <= MOST_MONTHS)
        differences->months[months]++;
}

static void count_run(struct differences *differences, const struct sort_item *items, size_t n, const int32_t *days)
{
    if (n > RARE)
        return;
    for (size_t i = 0; i < n; i++)
        for (size_t j = i + 1; j < n; j++)
            count_pair(differences, days[items[i].payload], days[items[j].payload]);
}

static size_t fill(const struct load_table *table, const struct load_series *series, size_t n_series,
    struct sort_item *items, int32_t *days)
{
    size_t n = 0;
    for (size_t s = 0; s < n_series; s++)
        for (size_t d = series[s].first_day; d < series[s].end_day; d++)
            for (size_t i = table->days[d].begin; i < table->days[d].end; i++, n++) {
                days[n] = table->days[d].day;
                items[n] = (struct sort_item){hash_u64(table->rows[i].hash + series[s].country), (uint32_t)n};
            }
    return n;
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

enum comity_status load_shifts_suggest(const struct load_table *table, const struct load_series *series,
    size_t n_series, struct load_shift out[LOAD_MOST_SHIFTS], size_t *n)
{
    struct differences differences = {0};
    size_t n_rows = 0;
    *n = 0;
    for (size_t s = 0; s < n_series; s++)
        n_rows += table->days[series[s].end_day - 1].end - table->days[series[s].first_day].begin;
    struct sort_item *items = malloc((n_rows + 1) * sizeof *items);
    int32_t *days = malloc((n_rows + 1) * sizeof *days);
    bool has_memory = items && days;
    if (has_memory) {
        n_rows = fill(table, series, n_series, items, days);
        sort_items(items, n_rows);
        for (size_t i = 0, j; i < n_rows; i = j) {
            for (j = i + 1; j < n_rows && items[j].key == items[i].key; j++) {
            }
            count_run(&differences, &items[i], j - i, days);
        }
        choose(&differences, out, n);
    }
    free(items);
    free(days);
    return has_memory ? COMITY_OK : COMITY_NOMEM;
}
