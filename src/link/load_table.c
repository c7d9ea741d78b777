/* One sort by source, country and day; a view sorts the rows of a series by hash, their places breaking ties. */
#include "link/load_table.h"

#include "base/array.h"
#include "base/order.h"
#include "link/load.h"

#include <stdlib.h>

static uint64_t series_key(const struct mentions *mentions, uint32_t mention)
{
    const struct value *when = mention_value(mentions, mention, mentions->domain->when);
    uint64_t who = (uint64_t)mentions->source[mention] << 16 | mention_country(mentions, mention);
    return who << 32 | ((uint32_t)when->date.first ^ UINT32_C(0x80000000));
}

static bool add_day(struct load_table *table, uint64_t key, size_t begin, size_t end)
{
    uint32_t source = (uint32_t)(key >> 48);
    uint16_t country = (uint16_t)(key >> 32);
    struct load_series *last = table->n_series ? &table->series[table->n_series - 1] : NULL;
    if (!ARRAY_ROOM(table->days, table->n_days, table->room_days, 1))
        return false;
    if (!last || last->source != source || last->country != country) {
        if (!ARRAY_ROOM(table->series, table->n_series, table->room_series, 1) || !table->series)
            return false;
        last = &table->series[table->n_series++];
        *last = (struct load_series){source, country, table->n_days, table->n_days};
    }
    table->days[table->n_days++] =
        (struct load_day){.day = (int32_t)((uint32_t)key ^ UINT32_C(0x80000000)), .begin = begin, .end = end};
    last->end_day = table->n_days;
    return true;
}

static bool split(struct load_table *table, const struct sort_item *items)
{
    for (size_t i = 0, j; i < table->n_rows; i = j) {
        for (j = i; j < table->n_rows && items[j].key == items[i].key; j++)
            table->rows[j] = items[j].payload;
        if (!add_day(table, items[i].key, i, j))
            return false;
    }
    return true;
}

enum comity_status load_table_make(const struct mentions *mentions, struct load_table *out)
{
    *out = (struct load_table){0};
    struct sort_item *items = malloc((mentions->n + 1) * sizeof *items);
    out->rows = malloc((mentions->n + 1) * sizeof *out->rows);
    bool is_made = items && out->rows;
    for (uint32_t i = 0; is_made && i < mentions->n; i++) {
        const struct value *when = mention_value(mentions, i, mentions->domain->when);
        if (when->type == VALUE_DATE && when->state == VALUE_TYPED)
            items[out->n_rows++] = (struct sort_item){series_key(mentions, i), i};
    }
    if (is_made) {
        sort_items(items, out->n_rows);
        is_made = split(out, items);
    }
    free(items);
    return is_made ? COMITY_OK : COMITY_NOMEM;
}

void load_table_release(struct load_table *table)
{
    free(table->rows);
    free(table->days);
    free(table->series);
    *table = (struct load_table){0};
}

/* ---- a view ------------------------------------------------------------------------------------------------------ */

/* What is worked on: the rows of the series, counted from its first. */
struct looking {
    const struct load_table *table;
    const struct load_series *series;
    size_t begin, n;         /* in the table's rows */
    struct sort_item *items; /* hash, row */
    uint32_t *day_of;        /* by row: day of the series */
    uint32_t *n_days;        /* by row, where another view tells; or null */
    struct load_look *out;
};

static void sort_rows(struct looking *l, const struct load_views *views, enum load_view view, uint64_t fields)
{
    enum { BATCH = 256 };
    uint64_t hashes[BATCH];
    for (size_t at = 0, n; at < l->n; at += n) {
        n = l->n - at < BATCH ? l->n - at : BATCH;
        load_view_hashes(views, view, fields, l->table->rows + l->begin + at, n, hashes);
        for (size_t i = 0; i < n; i++)
            l->items[at + i] = (struct sort_item){hashes[i], (uint32_t)(at + i)};
    }
    sort_items(l->items, l->n);
}

static size_t end_of_run(const struct looking *l, size_t begin)
{
    size_t end = begin + 1;
    while (end < l->n && l->items[end].key == l->items[begin].key)
        end++;
    return end;
}

static bool is_same_kind(const struct looking *l, size_t a, size_t b)
{
    return l->items[a].key == l->items[b].key && l->day_of[l->items[a].payload] == l->day_of[l->items[b].payload];
}

/* Of the rows as they are sorted now. */
static void count_days(struct looking *l)
{
    for (size_t i = 0, end; i < l->n; i = end) {
        uint32_t n_days = 1;
        end = end_of_run(l, i);
        for (size_t j = i + 1; j < end; j++)
            n_days += !is_same_kind(l, j - 1, j);
        for (size_t j = i; j < end; j++)
            l->n_days[l->items[j].payload] = n_days;
    }
}

static void add_kind(struct looking *l, size_t begin, size_t end)
{
    struct load_look *out = l->out;
    uint32_t row = l->items[begin].payload;
    if (out->n_days)
        out->n_days[out->n] = l->n_days[row];
    out->kinds[out->n++] =
        (struct load_kind){.hash = l->items[begin].key, .day = l->day_of[row], .n = (uint32_t)(end - begin)};
}

static bool gather_kinds(struct looking *l)
{
    struct load_look *out = l->out;
    size_t n_kinds = l->n > 0;
    for (size_t i = 1; i < l->n; i++)
        n_kinds += !is_same_kind(l, i - 1, i);
    out->kinds = malloc((n_kinds + 1) * sizeof *out->kinds);
    out->n_days = l->n_days ? malloc((n_kinds + 1) * sizeof *out->n_days) : NULL;
    if (!out->kinds || (l->n_days && !out->n_days))
        return false;
    for (size_t i = 0, j; i < l->n; i = j) {
        for (j = i + 1; j < l->n && is_same_kind(l, i, j); j++) {
        }
        add_kind(l, i, j);
    }
    return true;
}

static void fill_days(struct looking *l)
{
    for (size_t d = l->series->first_day; d < l->series->end_day; d++)
        for (size_t i = l->table->days[d].begin; i < l->table->days[d].end; i++)
            l->day_of[i - l->begin] = (uint32_t)(d - l->series->first_day);
}

enum comity_status load_look_make(const struct load_table *table, const struct load_series *series,
    const struct load_views *views, enum load_view view, uint64_t fields, struct load_look *out)
{
    struct looking l = {.table = table, .series = series, .begin = table->days[series->first_day].begin, .out = out};
    /* Content has its day in it: how common such a row is, its values tell. */
    bool is_by_values = view == LOAD_VIEW_CONTENT;
    *out = (struct load_look){.series = series};
    l.n = table->days[series->end_day - 1].end - l.begin;
    l.items = malloc((l.n + 1) * sizeof *l.items);
    l.day_of = malloc((l.n + 1) * sizeof *l.day_of);
    l.n_days = is_by_values ? malloc((l.n + 1) * sizeof *l.n_days) : NULL;
    bool is_made = l.items && l.day_of && (!is_by_values || l.n_days);
    if (is_made) {
        fill_days(&l);
        if (is_by_values) {
            sort_rows(&l, views, LOAD_VIEW_VALUES, LOAD_ALL_FIELDS);
            count_days(&l);
        }
        sort_rows(&l, views, view, fields);
        is_made = gather_kinds(&l);
    }
    free(l.items);
    free(l.day_of);
    free(l.n_days);
    return is_made ? COMITY_OK : COMITY_NOMEM;
}

void load_look_release(struct load_look *look)
{
    free(look->kinds);
    free(look->n_days);
    *look = (struct load_look){0};
}

/* ---- a day ------------------------------------------------------------------------------------------------------- */

const struct load_day *load_table_day(const struct load_table *table, const struct load_series *series, int32_t day)
{
    size_t low = series->first_day, high = series->end_day;
    int32_t before = day - table->days[low].day;
    if (before < 0 || day > table->days[high - 1].day)
        return NULL;
    /* As many days stand between two as lie between them, at most: where none is missing the search ends at once. */
    if ((size_t)before < high - low)
        high = low + (size_t)before + 1;
    while (low < high) {
        if (table->days[high - 1].day == day)
            return &table->days[high - 1];
        size_t middle = low + (high - low) / 2;
        if (table->days[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low < series->end_day && table->days[low].day == day ? &table->days[low] : NULL;
}
