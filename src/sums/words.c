/* Labels and sentences. */
#include "sums/report.h"

#include "base/calendar.h"
#include "base/error.h"
#include "sums/claim.h"

#include <math.h>

enum { MOST_IDS_IN_QUERY = 100 };

/* ---- labels ---------------------------------------------------------------------------------------------------- */

void sums_place_label(const struct sums_table *table, const struct sums_cell *cell, int language, struct buffer *out)
{
    const struct domain *domain = table->domain;
    const struct sums_place *place = &cell->place;
    struct slice parts[3] = {SLICE_EMPTY, SLICE_EMPTY, SLICE_EMPTY};
    size_t start = out->len;
    if (place->settlement && domain->gazetteer)
        parts[0] = settlement_label(domain->gazetteer, place->settlement, language);
    if (place->subdivision && domain->gazetteer)
        parts[1] = subdivision_label(domain->gazetteer, place->subdivision, language);
    if (place->country && domain->countries)
        parts[2] = country_label(domain->countries, place->country, language);
    for (size_t i = 0; i < 3; i++) {
        bool is_again = i && slice_equal(parts[i], parts[i - 1]);
        if (!parts[i].len || is_again)
            continue;
        if (out->len > start)
            buffer_add_string(out, ", ");
        buffer_add_slice(out, parts[i]);
    }
}

void sums_period_label(const struct sums_cell *cell, struct buffer *out)
{
    char first[DAY_TEXT], last[DAY_TEXT];
    enum sums_period period = period_of(cell->first_day, cell->last_day);
    day_format(cell->first_day, first);
    day_format(cell->last_day, last);
    size_t len = strlen(first);
    if (period == PERIOD_YEAR && len > 6)
        len -= 6;
    else if (period == PERIOD_MONTH && len > 3)
        len -= 3;
    buffer_add(out, first, len);
    if (period == PERIOD_QUARTER || period == PERIOD_RANGE)
        buffer_format(out, "..%s", last);
}

struct slice sums_concept_label(const struct sums_table *table, const struct sums_cell *cell, int language)
{
    const struct domain *domain = table->domain;
    return domain->what < 0 ? SLICE_EMPTY
                            : concept_label(domain->fields[domain->what].spec.concepts, cell->concept, language);
}

struct slice sums_unit(const struct sums_table *table, const struct sums_cell *cell, int language, double *to_base)
{
    const struct unit_table *units = table->domain->units;
    *to_base = 1;
    if (!units || cell->dimension >= units->n_dimensions)
        return SLICE_EMPTY;
    uint32_t unit = unit_find(units, units->dimensions[cell->dimension].shown_unit);
    if (unit == UINT32_MAX)
        return units->dimensions[cell->dimension].base_unit;
    *to_base = units->units[unit].to_base;
    return language < 0 ? units->units[unit].code : unit_label(units, unit, language);
}

/* ---- one cell ------------------------------------------------------------------------------------------------------
 */

static void add_number(struct buffer *out, double number)
{
    double size = fabs(number);
    buffer_format(out, "%.*f", size >= 1000 ? 0 : size >= 10 ? 1 : 3, number);
}

static void add_amount(const struct sums_table *table, const struct sums_cell *cell, double amount, struct buffer *out)
{
    double to_base;
    struct slice unit = sums_unit(table, cell, LANGUAGE_EN, &to_base);
    add_number(out, amount / to_base);
    buffer_format(out, " %.*s", SLICE_ARG(unit));
}

static void add_share(double part, double whole, struct buffer *out)
{
    double percent = whole != 0 ? 100 * part / whole : 0;
    buffer_format(out, "%.*f %%", fabs(percent) < 10 ? 1 : 0, percent);
}

static void say_plain(const struct sums_cell *cell, struct buffer *out)
{
    if (!cell->plain.n || cell->plain_verdict == cell->verdict || !cell->has_series)
        return;
    if (cell->plain_verdict == SUMS_EQUAL)
        buffer_add_string(
            out, "; the plain sum of the rows is equal to it: the series counts some events more than once");
    else if (cell->plain_verdict == SUMS_DOUBLE && !cell->is_plain_inverse && cell->verdict == SUMS_EQUAL)
        buffer_format(out, "; the plain sum of the rows is %u times it, counted once it is equal", cell->plain_times);
    else if (cell->verdict == SUMS_EQUAL)
        buffer_add_string(out, "; the plain sum of the rows is not, counted once it is equal");
}

static void say_possible(const struct sums_table *table, const struct sums_cell *cell, struct buffer *out)
{
    if (!cell->possible.n || cell->verdict == SUMS_EQUAL)
        return;
    buffer_format(out, "; %u more with ", cell->possible.n);
    add_amount(table, cell, cell->possible.amount, out);
    buffer_add_string(out, " could belong here, but are told less exactly");
}

static void say_series_sum(const struct sums_table *table, const struct sums_cell *cell, struct buffer *out)
{
    buffer_add_string(out, "the series says ");
    add_amount(table, cell, cell->series.amount, out);
    if (cell->series.n_events)
        buffer_format(out, " in %llu events", (unsigned long long)cell->series.n_events);
}

static void say_two_sums(const struct sums_table *table, const struct sums_cell *cell, struct buffer *out)
{
    say_series_sum(table, cell, out);
    buffer_format(out, ", %u events say ", cell->once.n);
    add_amount(table, cell, cell->once.amount, out);
}

static void say_events(const struct sums_table *table, const struct sums_cell *cell, struct buffer *out)
{
    switch ((enum sums_verdict)cell->verdict) {
    case SUMS_EQUAL:
        say_two_sums(table, cell, out);
        buffer_add_string(out, ": equal");
        break;
    case SUMS_DOUBLE:
        say_two_sums(table, cell, out);
        buffer_format(out,
            cell->is_inverse ? ": the series is %u times the events" : ": the events are %u times the series",
            cell->times);
        break;
    case SUMS_PART:
    case SUMS_OVER:
        say_two_sums(table, cell, out);
        buffer_add_string(out, ": ");
        add_share(cell->once.amount, cell->series.amount, out);
        buffer_add_string(out, cell->verdict == SUMS_PART ? " of it" : " of it, more than it has");
        break;
    case SUMS_MISSING_EVENTS:
        say_series_sum(table, cell, out);
        buffer_add_string(out, cell->is_silent ? ", and no event at all is told of the country in this period"
                               : cell->is_unheard
                                   ? ", and no event of this concept is told of the country in any period"
                                   : ", and there is no event");
        break;
    case SUMS_MISSING_SERIES:
        buffer_format(out, "%u events say ", cell->once.n);
        add_amount(table, cell, cell->once.amount, out);
        buffer_add_string(out, ", and the series has no such cell, though it covers the period");
        break;
    default:
        say_series_sum(table, cell, out);
        buffer_format(out, ", and the %u events are told in other units", cell->n_other_unit);
    }
    say_plain(cell, out);
    say_possible(table, cell, out);
}

static void say_series(const struct sums_table *table, const struct sums_cell *cell, struct buffer *out)
{
    double change = cell->once.amount - cell->series.amount;
    switch ((enum sums_verdict)cell->verdict) {
    case SUMS_ADDED:
        buffer_add_string(out, "only the second has it: ");
        add_amount(table, cell, cell->once.amount, out);
        return;
    case SUMS_DROPPED:
        buffer_add_string(out, "only the first has it: ");
        add_amount(table, cell, cell->series.amount, out);
        return;
    case SUMS_EQUAL:
        buffer_add_string(out, "the same: ");
        add_amount(table, cell, cell->series.amount, out);
        return;
    default:
        add_amount(table, cell, cell->series.amount, out);
        buffer_add_string(out, " and ");
        add_amount(table, cell, cell->once.amount, out);
    }
    if (cell->verdict == SUMS_ROUNDING) {
        buffer_add_string(out, ": the same but for rounding");
        return;
    }
    buffer_add_string(out, change < 0 ? ": less by " : ": more by ");
    if (cell->series.amount != 0)
        add_share(fabs(change), cell->series.amount, out);
    else
        add_amount(table, cell, fabs(change), out);
    if (cell->times > 1)
        buffer_format(out, cell->is_inverse ? ", exactly one in %u" : ", exactly %u times", cell->times);
}

void sums_sentence(const struct sums_table *table, const struct sums_cell *cell, struct buffer *out)
{
    if (table->is_of_series)
        say_series(table, cell, out);
    else
        say_events(table, cell, out);
}

/* ---- the whole ------------------------------------------------------------------------------------------------------
 */

static void count_of(
    const struct sums_summary *summary, enum sums_verdict verdict, const char *words, struct buffer *out)
{
    if (summary->by_verdict[verdict])
        buffer_format(out, "; %llu %s", (unsigned long long)summary->by_verdict[verdict], words);
}

static void say_all_series(const struct sums_summary *s, struct buffer *out)
{
    const uint64_t *by = s->by_verdict;
    uint64_t n_real = by[SUMS_REVISED] + by[SUMS_ADDED] + by[SUMS_DROPPED];
    if (s->n_cells && !n_real && by[SUMS_ROUNDING]) {
        buffer_format(out, "nothing really changed: %llu cells, %llu of them differ by rounding only",
            (unsigned long long)s->n_cells, (unsigned long long)by[SUMS_ROUNDING]);
        return;
    }
    if (s->n_cells && !n_real) {
        buffer_format(out, "nothing changed: all %llu cells are equal", (unsigned long long)s->n_cells);
        return;
    }
    buffer_format(out, "%llu cells are in both, %llu of them equal", (unsigned long long)s->n_shared,
        (unsigned long long)by[SUMS_EQUAL]);
    count_of(s, SUMS_ROUNDING, "differ by rounding only", out);
    count_of(s, SUMS_REVISED, "say different amounts", out);
    count_of(s, SUMS_DROPPED, "are only in the first", out);
    count_of(s, SUMS_ADDED, "are only in the second", out);
}

static void say_all_events(const struct sums_summary *s, struct buffer *out)
{
    buffer_format(out, "%llu cells, %llu of them equal", (unsigned long long)s->n_cells,
        (unsigned long long)s->by_verdict[SUMS_EQUAL]);
    if (s->n_explained)
        buffer_format(out, " (%llu only when each event is counted once)", (unsigned long long)s->n_explained);
    count_of(s, SUMS_DOUBLE, "doubled or a multiple", out);
    count_of(s, SUMS_PART, "with events for a part", out);
    count_of(s, SUMS_OVER, "with more events than the series has", out);
    count_of(s, SUMS_MISSING_EVENTS, "without any event", out);
    count_of(s, SUMS_MISSING_SERIES, "missing in the series", out);
    count_of(s, SUMS_NOT_COMPARABLE, "in units that are not comparable", out);
}

void sums_overall(const struct sums_table *table, const struct sums_summary *summary, struct buffer *out)
{
    if (summary->n_cells == 0)
        buffer_add_string(out, "there is no cell to compare");
    else if (table->is_of_series)
        say_all_series(summary, out);
    else
        say_all_events(summary, out);
}

/* ---- a query --------------------------------------------------------------------------------------------------------
 */

static void add_term(struct buffer *out, size_t start, struct slice key)
{
    buffer_format(out, "%s%.*s=", out->len > start ? "&" : "", SLICE_ARG(key));
}

static void query_by_place(const struct domain *domain, const struct sums_cell *cell, size_t start, struct buffer *out)
{
    const struct sums_place *place = &cell->place;
    struct slice where = domain->where < 0 ? SLICE_EMPTY : domain->fields[domain->where].id;
    if (place->settlement && where.len)
        buffer_format(out, "%s%.*s.settlement=%u", out->len > start ? "&" : "", SLICE_ARG(where), place->settlement);
    else if (place->subdivision && where.len)
        buffer_format(out, "%s%.*s.subdivision=%s", out->len > start ? "&" : "", SLICE_ARG(where),
            subdivision_get(domain->gazetteer, place->subdivision)->code);
    else if (place->country && domain->country >= 0) {
        add_term(out, start, domain->fields[domain->country].id);
        buffer_add_string(out, country_get(domain->countries, place->country)->alpha2);
    }
}

void sums_cell_query(const struct sums_report *report, const struct sums_cell *cell, struct buffer *out)
{
    const struct sums_table *table = report->table;
    const struct domain *domain = table->domain;
    size_t start = out->len;
    char first[DAY_TEXT], last[DAY_TEXT];
    if (table->is_of_series || !cell->once.n)
        return;
    if (cell->once.n <= MOST_IDS_IN_QUERY) {
        buffer_add_string(out, "id=");
        for (uint32_t i = 0; i < cell->once.n; i++)
            buffer_format(out, i ? ",%llu" : "%llu", (unsigned long long)table->entities[cell->first_entity + i]);
        return;
    }
    day_format(cell->first_day, first);
    day_format(cell->last_day, last);
    if (domain->when >= 0) {
        add_term(out, start, domain->fields[domain->when].id);
        buffer_format(out, "within:%s..%s", first, last);
    }
    query_by_place(domain, cell, start, out);
    if (domain->what >= 0) {
        add_term(out, start, domain->fields[domain->what].id);
        buffer_add_slice(out, domain->fields[domain->what].spec.concepts->nodes[cell->concept].code);
    }
    for (size_t i = 0; i < report->n_against; i++)
        buffer_format(out, i ? ",%.*s" : "&source=%.*s", SLICE_ARG(report->against[i]));
}
