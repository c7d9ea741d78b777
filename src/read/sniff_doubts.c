/* What the sniffer is unsure of, each with how to check it. Ordered by what would do most harm. */
#include "read/sniff_look.h"

#include "value/concept.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum { SURE = 60, UNREAD_SHOWN = 5 };

__attribute__((format(printf, 2, 3))) static void doubt(struct look *look, const char *format, ...)
{
    char text[600];
    va_list arguments;
    va_start(arguments, format);
    int len = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (len <= 0 || look->sniff->n_doubts == SNIFF_DOUBTS)
        return;
    struct slice copy =
        arena_copy(&look->sniff->arena, slice_of(text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1));
    if (copy.ptr)
        look->sniff->doubts[look->sniff->n_doubts++] = copy;
}

static void doubt_missing(struct look *look)
{
    const struct domain *domain = look->domain;
    const struct sniff *sniff = look->sniff;
    if (domain->when >= 0 && !column_of(look, domain->when, USE_FIELD) && sniff->wide != WIDE_PERIODS)
        doubt(look, "no column was taken for a date: without one the rows stand in no timeline");
    if (domain->country >= 0 && !column_of(look, domain->country, USE_FIELD) && !sniff->country)
        doubt(look, "no country was found: add {field: %.*s, value: …}, or places will be looked for in all the world",
            SLICE_ARG(domain->fields[domain->country].id));
    if (domain->what >= 0 && !column_of(look, domain->what, USE_FIELD) && sniff->wide != WIDE_CONCEPTS)
        doubt(look, "no column was taken for '%.*s': if all rows are of one, add it as a value",
            SLICE_ARG(domain->fields[domain->what].id));
    if (domain->how_much >= 0 && !column_of(look, domain->how_much, USE_FIELD) && !sniff->wide)
        doubt(look, "no column was taken for an amount");
}

static void doubt_dates(struct look *look)
{
    const struct sniff *sniff = look->sniff;
    const struct sniff_days *days = &sniff->days;
    if (sniff->is_order_open)
        doubt(look,
            "day or month first: all %llu dates could be either%s; look up a date that you know and set `order: dmy` "
            "or "
            "`order: mdy`",
            (unsigned long long)days->open,
            sniff->order ? ", and day first was taken because of the language of the headers" : "");
    if (days->day_first && days->month_first)
        doubt(look,
            "day or month first: %llu rows can only be day first, %llu only month first; dates of two kinds are "
            "mixed, so look at both",
            (unsigned long long)days->day_first, (unsigned long long)days->month_first);
    if (sniff->first_month && !sniff->is_first_month_seen)
        doubt(look, "in which month the source's years begin: no year is incomplete, so that October was only assumed "
                    "(July, April and January are as common)");
    if (sniff->is_monthly && !sniff->is_aggregate && !sniff->wide)
        doubt(look, "dates are the first of a month: single events dated to their month, or a series of sums?");
}

static void doubt_amounts(struct look *look)
{
    const struct sniff *sniff = look->sniff;
    const struct domain *domain = look->domain;
    bool has_amount = column_of(look, domain->how_much, USE_FIELD) || sniff->wide;
    bool has_unit = column_of(look, domain->how_much, USE_UNIT) || sniff->unit.len || sniff->has_units_in_names ||
                    sniff->wide == WIDE_UNITS;
    if (has_amount && !has_unit)
        doubt(
            look, "the unit: neither a column nor a header tells it; ask the source, and add `unit: kg` or what it is");
    if (sniff->is_zero_nothing)
        doubt(look, "zeros: more than half of the wide columns' cells are 0, which were taken for nothing told; if the "
                    "source means that there was nothing, take them out of \"null\"");
    if (sniff->is_decimal_open && has_amount) {
        const struct sniff_column *amount = column_of(look, domain->how_much, USE_FIELD);
        for (size_t i = 0; amount && i < seen_of(look, amount)->cells.count; i++) {
            struct slice cell = intern_text(&seen_of(look, amount)->cells, (uint32_t)i);
            if (!memchr(cell.ptr, '.', cell.len) && !memchr(cell.ptr, ',', cell.len))
                continue;
            doubt(look, "decimals: \"%.*s\" could be thousands or three decimals; set `decimal: point` or `comma`",
                SLICE_ARG(cell));
            break;
        }
    }
}

static void doubt_weak(struct look *look)
{
    for (size_t i = 0; i < look->sniff->n_columns; i++) {
        const struct sniff_column *column = &look->sniff->columns[i];
        if (column->use == USE_FIELD && column->confidence < SURE)
            doubt(look, "\"%.*s\" as %.*s (%u %%): compare some rows with what you know of them",
                SLICE_ARG(column->name), SLICE_ARG(look->domain->fields[column->field].id), column->confidence);
    }
    if (look->sniff->country && look->sniff->country_confidence < 75 &&
        !column_of(look, look->domain->country, USE_FIELD))
        doubt(look, "the country (%u %%) was guessed from the names of places", look->sniff->country_confidence);
}

/* Names of concepts that nobody knows, the most frequent first would be best; the first ones will do. */
static void doubt_concepts(struct look *look)
{
    const struct domain *domain = look->domain;
    const struct sniff_column *column = column_of(look, domain->what, USE_FIELD);
    char list[300] = "";
    size_t used = 0, n = 0;
    if (!column)
        return;
    const struct seen *seen = seen_of(look, column);
    for (size_t i = 0; i < seen->cells.count; i++) {
        struct slice cell = intern_text(&seen->cells, (uint32_t)i);
        if (is_null_word(look, cell) || reads_field(look, cell, &domain->fields[domain->what]) ||
            concept_within(look, cell) != CONCEPT_NONE)
            continue;
        if (n++ < UNREAD_SHOWN && used + cell.len + 6 < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s\"%.*s\"", used ? ", " : "", SLICE_ARG(cell));
    }
    arena_reset(&look->scratch);
    if (n)
        doubt(look, "not known in \"%.*s\": %zu (%s): add them under `map`, or to the domain", SLICE_ARG(column->name),
            n, list);
    if (look->sniff->n_maps)
        doubt(look, "understood by a word in \"%.*s\": %zu; look at each line under `map`", SLICE_ARG(column->name),
            look->sniff->n_maps);
}

/* An amount at the end that is the sum of those above, or nearly. */
static void doubt_total(struct look *look)
{
    const struct sniff_column *amount = column_of(look, look->domain->how_much, USE_FIELD);
    for (size_t e = 0; amount && e < look->n_edges; e++) {
        struct slice cell = look->edges[e].cells[amount - look->sniff->columns];
        double number, sum = seen_of(look, amount)->sum;
        if (!look->is_whole || sum <= 0 || !number_parse(cell, look->sniff->decimal, &number) ||
            fabs(number - sum) > sum / 1000)
            continue;
        doubt(look, "row %llu is the sum of the others%s: it was left out", (unsigned long long)look->edges[e].row,
            number == sum ? "" : " but for a rounding");
    }
}

static void doubt_rows(struct look *look)
{
    const struct sniff *sniff = look->sniff;
    for (size_t i = 0; i < sniff->n_filters; i++) {
        const struct sniff_filter *filter = &sniff->filters[i];
        if (filter->row && filter->text.len)
            doubt(look, "row %llu has \"%.*s\" in \"%.*s\" and is left out by `filter`",
                (unsigned long long)filter->row, SLICE_ARG(filter->text), SLICE_ARG(filter->column));
        else if (filter->row)
            doubt(look, "row %llu has nothing in \"%.*s\", as a total or a note has; `filter` leaves such rows out",
                (unsigned long long)filter->row, SLICE_ARG(filter->column));
        else if (filter->n)
            doubt(look, "%llu rows say \"%.*s\" in \"%.*s\" and are left out by `filter`",
                (unsigned long long)filter->n, SLICE_ARG(filter->text), SLICE_ARG(filter->column));
    }
    doubt_total(look);
    if (look->n_edges && look->n_edges < MOST_EDGES && !sniff->n_filters)
        doubt(look, "rows such as %llu fill far fewer cells than the others: totals, notes, or real?",
            (unsigned long long)look->edges[0].row);
    if (sniff->n_faults)
        doubt(look,
            "%llu rows cannot be read and will be rejected: is the delimiter right, are there rows above the "
            "header (`skip`)?",
            (unsigned long long)sniff->n_faults);
    if (sniff->found.skip_lines)
        doubt(look, "above the header, taken for a title: %u (`skip`)", sniff->found.skip_lines);
}

void tell_doubts(struct look *look)
{
    const struct sniff *sniff = look->sniff;
    doubt_missing(look);
    doubt_dates(look);
    doubt_amounts(look);
    if (sniff->aggregate_reasons.len)
        doubt(look, "%s a series of sums (%.*s): %s", sniff->is_aggregate ? "it was taken for" : "it may be",
            SLICE_ARG(sniff->aggregate_reasons),
            sniff->is_aggregate ? "if each row is one event, set `aggregate: false`"
                                : "if so, set `aggregate: true`, or its sums are added to single events");
    doubt_weak(look);
    doubt_concepts(look);
    doubt_rows(look);
    if (slice_is(sniff->found.encoding, "latin-1") || slice_is(sniff->found.encoding, "windows-1252"))
        doubt(look, "the encoding: the bytes are no UTF-8; see whether letters with accents look right in the samples");
    if (sniff->found.format == ROWS_XLSX && sniff->found.sheet.len && !slice_is(sniff->found.sheet, "*"))
        doubt(look, "only the sheet \"%.*s\" was looked at: for a sheet a year, set `sheet: \"*\"`",
            SLICE_ARG(sniff->found.sheet));
}
