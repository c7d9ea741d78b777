/* Mentions are counted, not entities: what a source said is its own, however it is linked. */
#include "flow/matrix.h"

#include "base/array.h"
#include "base/calendar.h"
#include "base/error.h"
#include "base/map.h"
#include "store/intake.h"

#include <stdio.h>
#include <stdlib.h>

struct building {
    const struct snapshot *snapshot;
    const struct mentions *mentions;
    const struct domain *domain;
    const struct matrix_options *options;
    struct arena *arena;
    struct matrix *out;
    int language;
    struct map row_of; /* source << 16 | country → index */
    struct matrix_row *rows;
    size_t n_rows, room_rows;
};

const char *matrix_state_name(enum matrix_state state)
{
    static const char *const names[N_MATRIX_STATES] = {"not known", "records", "nothing to report", "nothing happened"};
    return (size_t)state < N_MATRIX_STATES ? names[state] : "";
}

/* ---- periods -------------------------------------------------------------------------------------------------- */

static void widen(int32_t first_day, int32_t last_day, int *first, int *last)
{
    int from = civil_from_day(first_day).year, to = civil_from_day(last_day).year;
    *first = from < *first ? from : *first;
    *last = to > *last ? to : *last;
}

static const struct value *date_value(const struct building *b, size_t i)
{
    const struct value *date = b->domain->when < 0 ? NULL : mention_value(b->mentions, i, b->domain->when);
    return date && value_is_typed(date) && date->type == VALUE_DATE ? date : NULL;
}

static bool is_shown(const struct coverage_row *coverage)
{
    return coverage->is_complete && !coverage->is_withdrawn && !coverage->is_undone;
}

static void make_years(struct building *b)
{
    int first = 9999, last = 0;
    for (size_t i = 0; i < b->mentions->n; i++) {
        const struct value *date = date_value(b, i);
        if (date)
            widen(date->date.first, date->date.last, &first, &last);
    }
    for (size_t i = 0; i < b->snapshot->n_coverages; i++)
        if (is_shown(&b->snapshot->coverages[i]))
            widen(b->snapshot->coverages[i].first_day, b->snapshot->coverages[i].last_day, &first, &last);
    for (size_t i = 0; i < b->options->n_declarations; i++)
        widen(b->options->declarations[i].first_day, b->options->declarations[i].last_day, &first, &last);
    if (last - first >= MATRIX_MOST_PERIODS)
        first = last - MATRIX_MOST_PERIODS + 1;
    for (int year = first; year <= last; year++) {
        struct matrix_period *period = &b->out->periods[b->out->n_periods++];
        *period = (struct matrix_period){day_from_civil(year, 1, 1), day_from_civil(year, 12, 31), ""};
        snprintf(period->text, sizeof period->text, "%04d", year);
    }
}

static void make_months(struct building *b, int year)
{
    for (unsigned month = 1; month <= 12; month++) {
        struct matrix_period *period = &b->out->periods[b->out->n_periods++];
        *period = (struct matrix_period){
            day_from_civil(year, month, 1), day_from_civil(year, month, days_in_month(year, month)), ""};
        snprintf(period->text, sizeof period->text, "%04d-%02u", year, month);
    }
}

/* ---- rows ----------------------------------------------------------------------------------------------------- */

static struct matrix_row *row_for(struct building *b, uint32_t source, uint16_t country)
{
    bool is_new = false;
    uint64_t *at = map_put(&b->row_of, (uint64_t)source << 16 | country, &is_new);
    if (!at || !ARRAY_ROOM(b->rows, b->n_rows, b->room_rows, 1))
        return NULL;
    if (is_new) {
        struct matrix_cell *cells = ARENA_ARRAY(b->arena, struct matrix_cell, b->out->n_periods + 1);
        if (!cells)
            return NULL;
        memset(cells, 0, (b->out->n_periods + 1) * sizeof *cells);
        *at = b->n_rows;
        b->rows[b->n_rows++] = (struct matrix_row){.source = b->mentions->sources[source].code,
            .source_title = b->mentions->sources[source].title,
            .country = country ? slice_from(country_get(b->domain->countries, country)->alpha2) : SLICE_EMPTY,
            .country_label = country ? country_label(b->domain->countries, country, b->language) : SLICE_EMPTY,
            .cells = cells};
    }
    return &b->rows[*at];
}

static size_t period_of(const struct matrix *matrix, const struct value *date)
{
    size_t low = 0, high = matrix->n_periods;
    if (!date)
        return SIZE_MAX;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (matrix->periods[middle].last_day < date->date.first)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_inside = low < matrix->n_periods && date->date.first >= matrix->periods[low].first_day &&
                     date->date.last <= matrix->periods[low].last_day;
    return is_inside ? low : SIZE_MAX;
}

static enum comity_status count_mentions(struct building *b, struct comity_error *err)
{
    for (size_t i = 0; i < b->mentions->n; i++) {
        const struct value *country = b->domain->country < 0 ? NULL : mention_value(b->mentions, i, b->domain->country);
        bool has_country = country && value_is_typed(country) && country->type == VALUE_COUNTRY;
        struct matrix_row *row = row_for(b, b->mentions->source[i], has_country ? country->country.id : COUNTRY_NONE);
        if (!row)
            return error_nomem(err);
        size_t period = period_of(b->out, date_value(b, i));
        row->n++;
        if (period == SIZE_MAX) {
            row->n_outside++;
        } else {
            row->cells[period].n++;
            row->cells[period].state = MATRIX_RECORDS;
        }
    }
    return COMITY_OK;
}

static uint32_t source_number(const struct mentions *mentions, struct slice code)
{
    for (uint32_t i = 0; i < mentions->n_sources; i++)
        if (!mentions->sources[i].is_aggregate && slice_equal(mentions->sources[i].code, code))
            return i;
    return UINT32_MAX;
}

/* A country that only a coverage or a declaration names has a row as well. */
static enum comity_status name_row(struct building *b, struct slice source, struct slice code, struct comity_error *err)
{
    uint32_t number = source_number(b->mentions, source);
    uint16_t country = code.len && b->domain->countries ? country_by_alpha2(b->domain->countries, code) : COUNTRY_NONE;
    if (number == UINT32_MAX || country == COUNTRY_NONE)
        return COMITY_OK;
    return row_for(b, number, country) ? COMITY_OK : error_nomem(err);
}

static enum comity_status name_rows(struct building *b, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; !status && i < b->snapshot->n_coverages; i++)
        if (is_shown(&b->snapshot->coverages[i]))
            status = name_row(b, b->snapshot->coverages[i].source_code, b->snapshot->coverages[i].country, err);
    for (size_t i = 0; !status && i < b->options->n_declarations; i++)
        status = name_row(b, b->options->declarations[i].source, b->options->declarations[i].country, err);
    return status;
}

/* ---- what silence means --------------------------------------------------------------------------------------- */

static bool speaks_of(const struct matrix_row *row, struct slice source, struct slice country)
{
    return slice_equal(row->source, source) && (!country.len || slice_equal(row->country, country));
}

static int32_t covered_until(const struct building *b, const struct matrix_row *row, int32_t day, bool by_declaration)
{
    int32_t until = day - 1;
    for (size_t i = 0; !by_declaration && i < b->snapshot->n_coverages; i++) {
        const struct coverage_row *c = &b->snapshot->coverages[i];
        if (is_shown(c) && speaks_of(row, c->source_code, c->country) && c->first_day <= day && c->last_day > until)
            until = c->last_day;
    }
    for (size_t i = 0; by_declaration && i < b->options->n_declarations; i++) {
        const struct matrix_declaration *d = &b->options->declarations[i];
        if (speaks_of(row, d->source, d->country) && d->first_day <= day && d->last_day > until)
            until = d->last_day;
    }
    return until;
}

/* Several coverages may follow one another. */
static bool is_covered(
    const struct building *b, const struct matrix_row *row, const struct matrix_period *period, bool by_declaration)
{
    int32_t day = period->first_day;
    while (day <= period->last_day) {
        int32_t until = covered_until(b, row, day, by_declaration);
        if (until < day)
            return false;
        day = until + 1;
    }
    return true;
}

static void explain_silence(struct building *b, struct matrix_row *row)
{
    for (size_t i = 0; i < b->out->n_periods; i++) {
        if (row->cells[i].n)
            continue;
        if (is_covered(b, row, &b->out->periods[i], true))
            row->cells[i].state = MATRIX_DECLARED;
        else if (is_covered(b, row, &b->out->periods[i], false))
            row->cells[i].state = MATRIX_NOTHING;
    }
}

static int by_source_and_country(const void *left, const void *right)
{
    const struct matrix_row *a = left, *b = right;
    int order = slice_compare(a->source, b->source);
    return order ? order : slice_compare(a->country_label, b->country_label);
}

enum comity_status matrix_build(const struct snapshot *snapshot, const struct domain *domain,
    const struct reader *reader, const struct matrix_options *options, struct arena *arena, struct matrix *out,
    struct comity_error *err)
{
    struct building b = {.snapshot = snapshot,
        .mentions = &snapshot->mentions,
        .domain = domain,
        .options = options,
        .arena = arena,
        .out = out,
        .language = language_number(reader->language)};
    *out = (struct matrix){0};
    if (options->year)
        make_months(&b, options->year);
    else
        make_years(&b);
    enum comity_status status = count_mentions(&b, err);
    if (!status)
        status = name_rows(&b, err);
    for (size_t i = 0; !status && i < b.n_rows; i++)
        explain_silence(&b, &b.rows[i]);
    out->rows = status ? NULL : ARENA_ARRAY(arena, struct matrix_row, b.n_rows + 1);
    if (!status && !out->rows)
        status = error_nomem(err);
    if (!status && b.n_rows) {
        qsort(b.rows, b.n_rows, sizeof *b.rows, by_source_and_country);
        memcpy(out->rows, b.rows, b.n_rows * sizeof *b.rows);
        out->n_rows = b.n_rows;
    }
    free(b.rows);
    map_release(&b.row_of);
    return status;
}

/* ---- what sources declared -------------------------------------------------------------------------------------- */

enum comity_status matrix_read_declarations(struct store *store, const struct reader *reader, struct arena *arena,
    struct matrix_options *options, struct comity_error *err)
{
    struct silence *silences = NULL;
    size_t n = 0;
    enum comity_status status = store_silences(store, reader, true, arena, &silences, &n, err);
    struct matrix_declaration *declarations = status ? NULL : ARENA_ARRAY(arena, struct matrix_declaration, n + 1);
    if (!status && !declarations)
        return error_nomem(err);
    for (size_t i = 0; !status && i < n; i++)
        declarations[i] =
            (struct matrix_declaration){silences[i].source, SLICE_EMPTY, silences[i].first_day, silences[i].last_day};
    options->declarations = declarations;
    options->n_declarations = status ? 0 : n;
    return status;
}
