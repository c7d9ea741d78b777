/* A sort by source and country, then one of each series by day; a view sorts the rows of a series by the upper half of
 * their hashes, in which hardly any two hashes are equal. */
#include "link/load_table.h"

#include "base/order.h"
#include "base/parallel.h"
#include "link/load.h"

#include <stdlib.h>

/* What is worked on: rows above which stands what they are sorted by, and the scratch of that behind them. */
struct making {
    const struct mentions *mentions;
    struct load_table *table;
    uint64_t *items;
    size_t *begins; /* by series, and the end of the last one's */
};

static const struct value *when_of(const struct mentions *mentions, size_t mention)
{
    return mention_value(mentions, mention, mentions->domain->when);
}

static uint32_t day_bits(int32_t day)
{
    return (uint32_t)day ^ UINT32_C(0x80000000);
}

static void sort_by_series(struct making *m)
{
    const struct mentions *mentions = m->mentions;
    size_t n = 0;
    for (uint32_t i = 0; i < mentions->n; i++) {
        const struct value *when = when_of(mentions, i);
        if (when->type == VALUE_DATE && when->state == VALUE_TYPED)
            m->items[n++] = (uint64_t)(mentions->source[i] << 16 | mention_country(mentions, i)) << 32 | i;
    }
    sort_uppers(m->items, m->items + n, n);
    m->table->n_rows = n;
}

static bool find_series(struct making *m)
{
    struct load_table *table = m->table;
    size_t n = 0;
    for (size_t i = 0; i < table->n_rows; i++)
        n += i == 0 || m->items[i] >> 32 != m->items[i - 1] >> 32;
    table->series = malloc((n + 1) * sizeof *table->series);
    m->begins = malloc((n + 1) * sizeof *m->begins);
    if (!table->series || !m->begins)
        return false;
    for (size_t i = 0; i < table->n_rows; i++) {
        if (i > 0 && m->items[i] >> 32 == m->items[i - 1] >> 32)
            continue;
        m->begins[table->n_series] = i;
        table->series[table->n_series++] =
            (struct load_series){.source = (uint32_t)(m->items[i] >> 48), .country = (uint16_t)(m->items[i] >> 32)};
    }
    m->begins[n] = table->n_rows;
    return true;
}

/* For now `end_day` says how many days there are. */
static enum comity_status sort_by_day(void *context, size_t number)
{
    const struct making *m = context;
    struct load_series *series = &m->table->series[number];
    size_t begin = m->begins[number], end = m->begins[number + 1];
    for (size_t i = begin; i < end; i++) {
        uint32_t mention = (uint32_t)m->items[i];
        m->items[i] = (uint64_t)day_bits(when_of(m->mentions, mention)->date.first) << 32 | mention;
    }
    sort_uppers(m->items + begin, m->items + m->table->n_rows + begin, end - begin);
    for (size_t i = begin; i < end; i++)
        series->end_day += i == begin || m->items[i] >> 32 != m->items[i - 1] >> 32;
    return COMITY_OK;
}

static bool place_days(struct load_table *table)
{
    for (size_t s = 0; s < table->n_series; s++) {
        table->series[s].first_day = table->n_days;
        table->series[s].end_day += table->n_days;
        table->n_days = table->series[s].end_day;
    }
    table->days = malloc((table->n_days + 1) * sizeof *table->days);
    table->rows = malloc((table->n_rows + 1) * sizeof *table->rows);
    return table->days && table->rows;
}

static enum comity_status fill_days(void *context, size_t number)
{
    const struct making *m = context;
    struct load_day *day = m->table->days + m->table->series[number].first_day;
    for (size_t i = m->begins[number], j; i < m->begins[number + 1]; i = j) {
        for (j = i; j < m->begins[number + 1] && m->items[j] >> 32 == m->items[i] >> 32; j++)
            m->table->rows[j] = (uint32_t)m->items[j];
        *day++ = (struct load_day){.day = (int32_t)day_bits((int32_t)(m->items[i] >> 32)), .begin = i, .end = j};
    }
    return COMITY_OK;
}

enum comity_status load_table_make(const struct mentions *mentions, unsigned threads, struct load_table *out)
{
    *out = (struct load_table){0};
    struct making making = {
        .mentions = mentions, .table = out, .items = malloc((mentions->n + 1) * 2 * sizeof *making.items)};
    enum comity_status status = making.items ? COMITY_OK : COMITY_NOMEM;
    if (status == COMITY_OK) {
        sort_by_series(&making);
        status = find_series(&making) ? COMITY_OK : COMITY_NOMEM;
    }
    if (status == COMITY_OK)
        status = parallel_run(out->n_series, threads, sort_by_day, &making);
    if (status == COMITY_OK)
        status = place_days(out) ? parallel_run(out->n_series, threads, fill_days, &making) : COMITY_NOMEM;
    free(making.items);
    free(making.begins);
    return status;
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
    size_t begin, n;  /* in the table's rows */
    uint64_t *hashes; /* by row */
    uint64_t *items;  /* rows by hash, the upper half of which is above them; their scratch behind them */
    uint32_t *day_of; /* by row: day of the series */
};

static bool looking_begin(const struct load_table *table, const struct load_series *series, struct looking *l)
{
    *l = (struct looking){.table = table, .series = series, .begin = table->days[series->first_day].begin};
    l->n = table->days[series->end_day - 1].end - l->begin;
    l->hashes = malloc((l->n + 1) * sizeof *l->hashes);
    l->items = malloc((l->n + 1) * 2 * sizeof *l->items);
    l->day_of = malloc((l->n + 1) * sizeof *l->day_of);
    if (!l->hashes || !l->items || !l->day_of)
        return false;
    for (size_t d = series->first_day; d < series->end_day; d++)
        for (size_t i = table->days[d].begin; i < table->days[d].end; i++)
            l->day_of[i - l->begin] = (uint32_t)(d - series->first_day);
    return true;
}

static void looking_end(struct looking *l)
{
    free(l->hashes);
    free(l->items);
    free(l->day_of);
}

static uint64_t hash_at(const struct looking *l, size_t i)
{
    return l->hashes[(uint32_t)l->items[i]];
}

/* Of two hashes with one upper half, which is rare, the rows may stand in turns. */
static void part_hashes(struct looking *l)
{
    for (size_t i = 1; i < l->n; i++) {
        uint64_t item = l->items[i];
        if (l->items[i - 1] >> 32 != item >> 32)
            continue;
        uint64_t hash = hash_at(l, i);
        size_t at = i;
        for (; at > 0 && l->items[at - 1] >> 32 == item >> 32 && hash_at(l, at - 1) > hash; at--)
            l->items[at] = l->items[at - 1];
        l->items[at] = item;
    }
}

/* By hash, then by day, as rows are numbered in the order of days. */
static void sort_rows(struct looking *l, const struct load_views *views, enum load_view view, uint64_t fields)
{
    enum { BATCH = 256 };
    for (size_t at = 0, n; at < l->n; at += n) {
        n = l->n - at < BATCH ? l->n - at : BATCH;
        load_view_hashes(views, view, fields, l->table->rows + l->begin + at, n, l->hashes + at);
        for (size_t i = at; i < at + n; i++)
            l->items[i] = l->hashes[i] >> 32 << 32 | i;
    }
    sort_uppers(l->items, l->items + l->n, l->n);
    part_hashes(l);
}

static void add_row(struct load_look *look, uint64_t hash, uint32_t day)
{
    struct load_kind *last = look->n ? &look->kinds[look->n - 1] : NULL;
    if (last && last->hash == hash && last->day == day)
        last->n++;
    else
        look->kinds[look->n++] = (struct load_kind){.hash = hash, .day = day, .n = 1};
}

/* Gives back what equal rows do not need. */
static void trim(struct load_look *look)
{
    struct load_kind *kinds = realloc(look->kinds, (look->n + 1) * sizeof *kinds);
    look->kinds = kinds ? kinds : look->kinds;
}

static bool gather_kinds(struct looking *l, struct load_look *out)
{
    *out = (struct load_look){.series = l->series, .kinds = malloc((l->n + 1) * sizeof *out->kinds)};
    for (size_t i = 0; out->kinds && i < l->n; i++)
        add_row(out, hash_at(l, i), l->day_of[(uint32_t)l->items[i]]);
    if (out->kinds)
        trim(out);
    return out->kinds != NULL;
}

enum comity_status load_look_make(const struct load_table *table, const struct load_series *series,
    const struct load_views *views, enum load_view view, uint64_t fields, struct load_look *out)
{
    struct looking l;
    *out = (struct load_look){.series = series};
    bool is_made = looking_begin(table, series, &l);
    if (is_made) {
        sort_rows(&l, views, view, fields);
        is_made = gather_kinds(&l, out);
    }
    looking_end(&l);
    return is_made ? COMITY_OK : COMITY_NOMEM;
}

/* By row: on how many days its hash stands; of the rows as they are sorted now. */
static void count_days(const struct looking *l, const struct load_look *values, uint32_t *n_days)
{
    size_t row = 0;
    for (size_t k = 0, end; k < values->n; k = end) {
        end = load_look_run(values, k);
        for (size_t j = k; j < end; j++)
            for (uint32_t i = 0; i < values->kinds[j].n; i++)
                n_days[(uint32_t)l->items[row++]] = (uint32_t)(end - k);
    }
}

/* What is equal to the byte stands on one day. */
static void gather_content(const struct looking *l, const struct load_views *views, const uint32_t *n_days,
    struct sort_item *of_day, struct load_look *out)
{
    const uint64_t *content = views->mentions->content;
    for (size_t d = l->series->first_day; d < l->series->end_day; d++) {
        const struct load_day *day = &l->table->days[d];
        size_t n = day->end - day->begin;
        for (size_t i = 0; i < n; i++)
            of_day[i] =
                (struct sort_item){content[l->table->rows[day->begin + i]], (uint32_t)(day->begin + i - l->begin)};
        sort_items(of_day, n);
        for (size_t i = 0; i < n; i++) {
            add_row(out, of_day[i].key, (uint32_t)(d - l->series->first_day));
            out->n_days[out->n - 1] = n_days[of_day[i].payload];
        }
    }
}

enum comity_status load_look_make_content(const struct load_table *table, const struct load_series *series,
    const struct load_views *views, struct load_look *content, struct load_look *values)
{
    struct looking l;
    *content = *values = (struct load_look){.series = series};
    bool is_made = looking_begin(table, series, &l);
    uint32_t *n_days = malloc((l.n + 1) * sizeof *n_days);
    struct sort_item *of_day = malloc((l.n + 1) * sizeof *of_day);
    content->kinds = calloc(l.n + 1, sizeof *content->kinds);
    content->n_days = malloc((l.n + 1) * sizeof *content->n_days);
    is_made = is_made && n_days && of_day && content->kinds && content->n_days;
    if (is_made) {
        sort_rows(&l, views, LOAD_VIEW_VALUES, LOAD_ALL_FIELDS);
        is_made = gather_kinds(&l, values);
    }
    if (is_made) {
        count_days(&l, values, n_days);
        gather_content(&l, views, n_days, of_day, content);
        trim(content);
    }
    free(n_days);
    free(of_day);
    looking_end(&l);
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
