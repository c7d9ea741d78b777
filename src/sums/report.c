/* The table as JSON and CSV, and which of its cells are told. */
#include "sums/report.h"

#include "base/calendar.h"
#include "base/csv_cell.h"
#include "base/error.h"
#include "base/json.h"
#include "sums/claim.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- picking --------------------------------------------------------------------------------------------------- */

enum comity_status sums_only_read(struct slice text, struct sums_only *out, struct comity_error *err)
{
    *out = (struct sums_only){0};
    while (text.len) {
        struct slice word = slice_trim(slice_cut(&text, ',')), rest = word;
        enum sums_verdict verdict;
        bool is_plain = slice_starts_with(word, SLICE("plain:"));
        if (is_plain)
            slice_cut(&rest, ':');
        if (!word.len)
            continue;
        if (!sums_verdict_from(rest, &verdict)) {
            error_set(err, COMITY_USAGE, "'%.*s' is no verdict", SLICE_ARG(rest));
            error_hint(err, "one of equal, double, part, over, missing-in-events, missing-in-series, not-comparable, "
                            "rounding, revised, added, dropped; 'plain:' before it asks for the plain sum");
            return COMITY_USAGE;
        }
        *(is_plain ? &out->plain : &out->once) |= (uint32_t)1 << verdict;
    }
    return COMITY_OK;
}

static bool is_told(const struct sums_cell *cell, const struct sums_only *only)
{
    bool is_all = !only->once && !only->plain;
    return cell->is_wanted && (is_all || only->once >> cell->verdict & 1 || only->plain >> cell->plain_verdict & 1);
}

struct picking {
    const struct sums_cell *cells;
    enum query_sort sort;
};

static int by_sort(const void *left, const void *right, void *context)
{
    const struct picking *picking = context;
    uint32_t i = *(const uint32_t *)left, k = *(const uint32_t *)right;
    const struct sums_cell *a = &picking->cells[i], *b = &picking->cells[k];
    if (picking->sort == SORT_LARGEST) {
        double x = fabs(a->series.amount - a->once.amount), y = fabs(b->series.amount - b->once.amount);
        if (a->dimension != b->dimension)
            return a->dimension < b->dimension ? -1 : 1;
        if (x != y)
            return x > y ? -1 : 1;
    } else if (a->first_day != b->first_day) {
        return (a->first_day < b->first_day) == (picking->sort == SORT_OLDEST) ? -1 : 1;
    }
    return i < k ? -1 : i > k;
}

enum comity_status sums_pick(const struct sums_table *table, const struct sums_only *only, enum query_sort sort,
    uint32_t **indexes, size_t *n, struct comity_error *err)
{
    struct picking picking = {table->cells, sort};
    *n = 0;
    *indexes = malloc((table->n_cells + 1) * sizeof **indexes);
    if (!*indexes)
        return error_nomem(err);
    for (size_t i = 0; i < table->n_cells; i++)
        if (is_told(&table->cells[i], only))
            (*indexes)[(*n)++] = (uint32_t)i;
    if (*n)
        qsort_r(*indexes, *n, sizeof **indexes, by_sort, &picking);
    return COMITY_OK;
}

/* ---- JSON -------------------------------------------------------------------------------------------------------- */

static void day_member(struct buffer *out, const char *name, int32_t day)
{
    char text[DAY_TEXT];
    day_format(day, text);
    json_member(out, name, slice_from(text));
}

/* Appends what `write` makes as a text member; a failed buffer stays failed. */
struct text {
    struct buffer buffer;
};

static void text_begin(struct text *text)
{
    buffer_init(&text->buffer, 1 << 20);
}

static void text_member(struct buffer *out, const char *name, struct text *text)
{
    out->failed |= text->buffer.failed;
    json_member(out, name, buffer_slice(&text->buffer));
    buffer_clear(&text->buffer);
}

static void ids_member(
    const struct sums_report *report, const char *name, const uint64_t *ids, uint32_t n, struct buffer *out)
{
    json_name(out, name);
    buffer_add_byte(out, '[');
    for (uint32_t i = 0; i < n && i < report->most_ids; i++)
        buffer_format(out, i ? ",%llu" : "%llu", (unsigned long long)ids[i]);
    buffer_add_byte(out, ']');
}

static void place_json(
    const struct sums_report *report, const struct sums_cell *cell, struct text *text, struct buffer *out)
{
    const struct domain *domain = report->table->domain;
    json_member(out, "level", slice_from(sums_level_word(cell->place.level)));
    if (cell->place.country)
        json_member(out, "country", slice_from(country_get(domain->countries, cell->place.country)->alpha2));
    if (cell->place.subdivision)
        json_member(out, "subdivision", slice_from(subdivision_get(domain->gazetteer, cell->place.subdivision)->code));
    if (cell->place.settlement)
        json_member_u64(out, "settlement", cell->place.settlement);
    sums_place_label(report->table, cell, report->language, &text->buffer);
    text_member(out, "place", text);
}

static void sum_member(struct buffer *out, const char *name, struct sum sum, double to_base)
{
    json_name(out, name);
    buffer_add_string(out, "{");
    json_member_number(out, "amount", sum.amount / to_base);
    json_member_u64(out, "n", sum.n);
    if (sum.n_events)
        json_member_u64(out, "events", sum.n_events);
    buffer_add_byte(out, '}');
}

static void sums_json(
    const struct sums_report *report, const struct sums_cell *cell, double to_base, struct buffer *out)
{
    bool is_of_series = report->table->is_of_series;
    if (cell->has_series)
        sum_member(out, is_of_series ? "first" : "series", cell->series, to_base);
    if (is_of_series) {
        if (cell->once.n)
            sum_member(out, "second", cell->once, to_base);
    } else {
        sum_member(out, "once", cell->once, to_base);
        sum_member(out, "plain", cell->plain, to_base);
        if (cell->possible.n)
            sum_member(out, "possible", cell->possible, to_base);
        json_member_u64(out, "other_unit", cell->n_other_unit);
        json_member_u64(out, "without_amount", cell->n_without_amount);
    }
    if (cell->has_series && cell->once.n)
        json_member_number(out, "difference", (cell->once.amount - cell->series.amount) / to_base);
}

static void verdict_json(const struct sums_report *report, const struct sums_cell *cell, struct buffer *out)
{
    json_member(out, "verdict", slice_from(sums_verdict_word(cell->verdict)));
    if (cell->times > 1) {
        json_member_u64(out, "times", cell->times);
        json_member(out, "larger", cell->is_inverse ? SLICE("series") : SLICE("events"));
    }
    if (report->table->is_of_series)
        return;
    if (cell->verdict == SUMS_MISSING_EVENTS)
        json_member(out, "silence",
            cell->is_silent    ? SLICE("country and period")
            : cell->is_unheard ? SLICE("country and concept")
                               : SLICE("cell"));
    json_member(out, "plain_verdict", slice_from(sums_verdict_word(cell->plain_verdict)));
    if (cell->plain_times > 1) {
        json_member_u64(out, "plain_times", cell->plain_times);
        json_member(out, "plain_larger", cell->is_plain_inverse ? SLICE("series") : SLICE("events"));
    }
}

static void behind_json(const struct sums_report *report, const struct sums_cell *cell, struct buffer *out)
{
    const struct sums_table *table = report->table;
    if (cell->has_series)
        ids_member(report, "series_rows", table->rows + cell->first_row, cell->series.n, out);
    if (!table->is_of_series)
        ids_member(report, "entities", table->entities + cell->first_entity, cell->once.n, out);
    ids_member(report, table->is_of_series ? "second_rows" : "mentions", table->mentions + cell->first_mention,
        cell->plain.n, out);
}

void sums_cell_json(const struct sums_report *report, uint32_t index, struct buffer *out)
{
    const struct sums_table *table = report->table;
    const struct sums_cell *cell = &table->cells[index];
    struct text text;
    double to_base;
    struct slice unit = sums_unit(table, cell, -1, &to_base);
    text_begin(&text);
    buffer_add_byte(out, '{');
    place_json(report, cell, &text, out);
    sums_period_label(cell, &text.buffer);
    text_member(out, "period", &text);
    day_member(out, "first_day", cell->first_day);
    day_member(out, "last_day", cell->last_day);
    if (table->domain->what >= 0)
        json_member(
            out, "concept", table->domain->fields[table->domain->what].spec.concepts->nodes[cell->concept].code);
    json_member(out, "concept_label", sums_concept_label(table, cell, report->language));
    json_member(out, "dimension", table->domain->units->dimensions[cell->dimension].id);
    json_member(out, "unit", unit);
    sums_json(report, cell, to_base, out);
    verdict_json(report, cell, out);
    sums_sentence(table, cell, &text.buffer);
    text_member(out, "sentence", &text);
    sums_cell_query(report, cell, &text.buffer);
    if (text.buffer.len)
        text_member(out, "query", &text);
    behind_json(report, cell, out);
    buffer_add_byte(out, '}');
    buffer_release(&text.buffer);
}

static void source_json(struct buffer *out, const char *name, const struct source_info *source, uint64_t edition)
{
    json_name(out, name);
    buffer_add_byte(out, '{');
    json_member(out, "code", source->code);
    json_member(out, "title", source->title);
    json_member_bool(out, "aggregate", source->is_aggregate);
    if (edition)
        json_member_u64(out, "import", edition);
    buffer_add_byte(out, '}');
}

static void counts_json(struct buffer *out, const char *name, const uint64_t counts[N_SUMS_VERDICTS])
{
    json_name(out, name);
    buffer_add_byte(out, '{');
    for (enum sums_verdict verdict = SUMS_EQUAL; verdict < N_SUMS_VERDICTS; verdict++)
        if (counts[verdict])
            json_member_u64(out, sums_verdict_word(verdict), counts[verdict]);
    buffer_add_byte(out, '}');
}

static void left_out_json(struct buffer *out, const char *name, const struct sums_left_out *left)
{
    json_name(out, name);
    buffer_add_byte(out, '{');
    json_member_u64(out, "without_date", left->n_without_date);
    json_member_u64(out, "without_place", left->n_without_place);
    json_member_u64(out, "without_concept", left->n_without_concept);
    json_member_u64(out, "without_amount", left->n_without_amount);
    json_member_u64(out, "replaced", left->n_replaced);
    json_member_u64(out, "outside", left->n_outside);
    buffer_add_byte(out, '}');
}

static void summary_json(const struct sums_report *report, struct buffer *out)
{
    struct sums_summary summary;
    struct text text;
    sums_summarise(report->table, &summary);
    json_name(out, "summary");
    buffer_add_byte(out, '{');
    text_begin(&text);
    sums_overall(report->table, &summary, &text.buffer);
    text_member(out, "sentence", &text);
    buffer_release(&text.buffer);
    json_member_u64(out, "cells", summary.n_cells);
    json_member_u64(out, "shared", summary.n_shared);
    counts_json(out, "by_verdict", summary.by_verdict);
    if (!report->table->is_of_series) {
        counts_json(out, "by_plain_verdict", summary.by_plain_verdict);
        json_member_u64(out, "equal_only_once", summary.n_explained);
    }
    buffer_add_byte(out, '}');
}

static void head_json(const struct sums_report *report, struct buffer *out)
{
    const struct sums_table *table = report->table;
    const struct concept_tree *tree =
        table->domain->what < 0 ? NULL : table->domain->fields[table->domain->what].spec.concepts;
    json_member_u64(out, "as_of", report->sequence);
    source_json(out, "series", &table->series, table->edition);
    if (table->is_of_series) {
        source_json(out, "second", &table->other, table->other_edition);
    } else {
        json_name(out, "against");
        buffer_add_byte(out, '[');
        for (size_t i = 0; i < report->n_against; i++) {
            buffer_add_string(out, i ? "," : "");
            json_text(out, report->against[i]);
        }
        buffer_add_byte(out, ']');
    }
    json_member(out, "level", slice_from(sums_level_word(table->level)));
    json_member(out, "period", slice_from(sums_period_word(table->period)));
    json_name(out, "read_as_totals");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < table->n_totals; i++) {
        buffer_add_string(out, i ? "," : "");
        json_text(out, tree->nodes[table->totals[i]].code);
    }
    buffer_add_byte(out, ']');
}

void sums_report_json(const struct sums_report *report, struct buffer *out)
{
    const struct sums_table *table = report->table;
    buffer_add_byte(out, '{');
    head_json(report, out);
    left_out_json(out, "series_left_out", &table->rows_left_out);
    left_out_json(out, table->is_of_series ? "second_left_out" : "events_left_out", &table->events_left_out);
    summary_json(report, out);
    json_member_u64(out, "n", report->n_all);
    json_name(out, "cells");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < report->n; i++) {
        buffer_add_string(out, i ? ",\n" : "\n");
        sums_cell_json(report, report->indexes[i], out);
    }
    buffer_add_string(out, "]}\n");
}

/* ---- CSV ----------------------------------------------------------------------------------------------------------
 */

static void csv_cell(struct buffer *out, struct slice text)
{
    csv_text(out, text);
    buffer_add_byte(out, ',');
}

static void csv_made(struct buffer *out, struct text *text)
{
    out->failed |= text->buffer.failed;
    csv_cell(out, buffer_slice(&text->buffer));
    buffer_clear(&text->buffer);
}

static void csv_number(struct buffer *out, bool has_number, double number)
{
    if (has_number)
        json_number(out, number);
    buffer_add_byte(out, ',');
}

static void csv_count(struct buffer *out, uint64_t number)
{
    buffer_format(out, "%llu,", (unsigned long long)number);
}

static void csv_place(
    const struct sums_report *report, const struct sums_cell *cell, struct text *text, struct buffer *out)
{
    const struct domain *domain = report->table->domain;
    const struct sums_place *place = &cell->place;
    csv_cell(out, slice_from(sums_level_word(place->level)));
    csv_cell(out, place->country ? slice_from(country_get(domain->countries, place->country)->alpha2) : SLICE_EMPTY);
    csv_cell(out,
        place->subdivision ? slice_from(subdivision_get(domain->gazetteer, place->subdivision)->code) : SLICE_EMPTY);
    if (place->settlement)
        buffer_format(out, "%u", place->settlement);
    buffer_add_byte(out, ',');
    sums_place_label(report->table, cell, report->language, &text->buffer);
    csv_made(out, text);
}

static void csv_key(
    const struct sums_report *report, const struct sums_cell *cell, struct text *text, struct buffer *out)
{
    const struct domain *domain = report->table->domain;
    char first[DAY_TEXT], last[DAY_TEXT];
    day_format(cell->first_day, first);
    day_format(cell->last_day, last);
    csv_place(report, cell, text, out);
    csv_cell(out, slice_from(first));
    csv_cell(out, slice_from(last));
    csv_cell(
        out, domain->what < 0 ? SLICE_EMPTY : domain->fields[domain->what].spec.concepts->nodes[cell->concept].code);
    csv_cell(out, sums_concept_label(report->table, cell, report->language));
}

static void csv_events(const struct sums_report *report, const struct sums_cell *cell, double to_base,
    struct text *text, struct buffer *out)
{
    csv_number(out, cell->plain.n > 0, cell->plain.amount / to_base);
    csv_count(out, cell->plain.n);
    csv_number(out, cell->possible.n > 0, cell->possible.amount / to_base);
    csv_count(out, cell->possible.n);
    csv_cell(out, slice_from(sums_verdict_word(cell->plain_verdict)));
    csv_count(out, cell->plain_times);
    sums_cell_query(report, cell, &text->buffer);
    csv_made(out, text);
}

static void csv_row(const struct sums_report *report, const struct sums_cell *cell, struct buffer *out)
{
    struct text text;
    double to_base;
    struct slice unit = sums_unit(report->table, cell, -1, &to_base);
    text_begin(&text);
    csv_key(report, cell, &text, out);
    csv_cell(out, unit);
    csv_number(out, cell->has_series, cell->series.amount / to_base);
    csv_count(out, cell->series.n);
    csv_number(out, cell->once.n > 0, cell->once.amount / to_base);
    csv_count(out, cell->once.n);
    csv_cell(out, slice_from(sums_verdict_word(cell->verdict)));
    csv_count(out, cell->times);
    if (!report->table->is_of_series)
        csv_events(report, cell, to_base, &text, out);
    sums_sentence(report->table, cell, &text.buffer);
    csv_made(out, &text);
    if (!out->failed)
        out->len--; /* the last comma */
    buffer_add_string(out, "\r\n");
    buffer_release(&text.buffer);
}

void sums_report_csv(const struct sums_report *report, struct buffer *out)
{
    bool is_of_series = report->table->is_of_series;
    buffer_add_string(out, "level,country,subdivision,settlement,place,first_day,last_day,concept,concept_label,unit,");
    buffer_add_string(out, is_of_series ? "first,first_rows,second,second_rows," : "series,series_rows,once,entities,");
    buffer_add_string(out, "verdict,times,");
    if (!is_of_series)
        buffer_add_string(out, "plain,mentions,possible,possible_entities,plain_verdict,plain_times,query,");
    buffer_add_string(out, "sentence\r\n");
    for (size_t i = 0; i < report->n; i++)
        csv_row(report, &report->table->cells[report->indexes[i]], out);
}
