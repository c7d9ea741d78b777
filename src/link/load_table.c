/* One sort by source, country and day; every view sorts within days only. */
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
            table->rows[j] = (struct load_row){.mention = items[j].payload};
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

static int by_hash(const void *a, const void *b)
{
    const struct load_row *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->mention < y->mention ? -1 : x->mention > y->mention;
}

/* The day that holds a row, from `low` on. */
static size_t day_of_row(const struct load_table *table, size_t low, size_t end_day, size_t row)
{
    while (end_day - low > 1) {
        size_t middle = low + (end_day - low) / 2;
        if (table->days[middle].begin <= row)
            low = middle;
        else
            end_day = middle;
    }
    return low;
}

/* On how many days rows of a run of equal hashes stand; they come in the order of days. */
static size_t count_days(
    const struct load_table *table, const struct load_series *series, const struct sort_item *run, size_t n)
{
    size_t base = table->days[series->first_day].begin, day = series->first_day, end = 0, n_days = 0;
    for (size_t i = 0; i < n; i++) {
        size_t row = base + run[i].payload;
        if (row < end)
            continue;
        day = day_of_row(table, day, series->end_day, row);
        end = table->days[day].end;
        n_days++;
    }
    return n_days;
}

static void count_all_days(
    struct load_table *table, const struct load_series *series, struct sort_item *items, size_t n)
{
    size_t base = table->days[series->first_day].begin;
    sort_items(items, n);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && items[j].key == items[i].key; j++) {
        }
        size_t n_days = count_days(table, series, &items[i], j - i);
        for (size_t k = i; k < j; k++)
            table->rows[base + items[k].payload].n_days = (uint16_t)(n_days < UINT16_MAX ? n_days : UINT16_MAX);
    }
}

enum comity_status load_table_look(struct load_table *table, const struct load_series *series,
    const struct load_views *views, enum load_view view, uint64_t fields)
{
    size_t begin = table->days[series->first_day].begin, end = table->days[series->end_day - 1].end;
    struct sort_item *items = malloc((end - begin + 1) * sizeof *items);
    if (!items)
        return COMITY_NOMEM;
    for (size_t i = begin; i < end; i++)
        table->rows[i].hash = load_view_hash(views, view, fields, table->rows[i].mention);
    for (size_t d = series->first_day; d < series->end_day; d++) {
        const struct load_day *day = &table->days[d];
        if (day->end - day->begin > 1)
            qsort(&table->rows[day->begin], day->end - day->begin, sizeof *table->rows, by_hash);
    }
    /* Content has its day in it: how common such a row is, its values tell. */
    for (size_t i = begin; i < end; i++)
        items[i - begin] = (struct sort_item){
            view == LOAD_VIEW_CONTENT ? load_view_hash(views, LOAD_VIEW_VALUES, LOAD_ALL_FIELDS, table->rows[i].mention)
                                      : table->rows[i].hash,
            (uint32_t)(i - begin)};
    count_all_days(table, series, items, end - begin);
    free(items);
    return COMITY_OK;
}

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
