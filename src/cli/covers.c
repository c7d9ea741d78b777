/* See covers.h. */
#include "cli/covers.h"

#include "base/calendar.h"
#include "base/error.h"
#include "value/value.h"

enum { SHOWN_TOTALS = 12 };

static bool read_end_of_range(struct slice text, bool is_last, int32_t *day)
{
    struct value_spec spec = {.type = VALUE_DATE};
    struct value_input input = {.raw = text, .date_order = DATE_ORDER_YMD};
    struct arena arena = {0};
    struct value value = {0};
    bool is_read = value_parse(&spec, &input, &arena, &value) == COMITY_OK && value_is_typed(&value);
    *day = is_last ? value.date.last : value.date.first;
    arena_release(&arena);
    return is_read;
}

static enum comity_status read_countries(const char *text, struct coverage_claim *claim, struct comity_error *err)
{
    struct slice rest = slice_from(text);
    while (rest.len) {
        struct slice country = slice_trim(slice_cut(&rest, ','));
        if ((country.len != 2 && country.len != 4) || claim->n_countries == COVERAGE_MOST_COUNTRIES) {
            error_set(err, COMITY_USAGE, "'%.*s' is no country code", SLICE_ARG(country));
            error_hint(
                err, "letters of ISO 3166-1, or of 3166-3 for countries that are no more, with commas between: CO,EC");
            return COMITY_USAGE;
        }
        claim->countries[claim->n_countries++] = country;
    }
    return COMITY_OK;
}

enum comity_status covers_read(
    const char *range, const char *countries, bool is_complete, struct coverage_claim *claim, struct comity_error *err)
{
    struct slice text = slice_from(range), from = text, to = text;
    ptrdiff_t at = slice_find(text, SLICE(".."));
    *claim = (struct coverage_claim){.is_complete = is_complete};
    if (at >= 0) {
        from = slice_of(text.ptr, (size_t)at);
        to = slice_of(text.ptr + at + 2, text.len - (size_t)at - 2);
    }
    if (!read_end_of_range(from, false, &claim->first_day) || !read_end_of_range(to, true, &claim->last_day) ||
        claim->last_day < claim->first_day) {
        error_set(err, COMITY_USAGE, "'%s' is no range of days", range);
        error_hint(err, "2018-01..2018-05, or 2018-01-01..2018-05-31, or 2018");
        return COMITY_USAGE;
    }
    return countries ? read_countries(countries, claim, err) : COMITY_OK;
}

/* ---- telling -------------------------------------------------------------------------------------------------- */

static void add_countries(struct buffer *out, const struct coverage_claim *claim, const char *before)
{
    for (size_t i = 0; i < claim->n_countries; i++)
        buffer_format(out, "%s%.*s", i ? "," : before, SLICE_ARG(claim->countries[i]));
}

static void add_days(struct buffer *out, const struct coverage_claim *claim, const char *between)
{
    char day[DAY_TEXT];
    day_format(claim->first_day, day);
    buffer_add_string(out, day);
    buffer_add_string(out, between);
    day_format(claim->last_day, day);
    buffer_add_string(out, day);
}

static void add_totals(struct buffer *out, const struct coverage_report *report)
{
    for (size_t i = 0; i < report->n_totals && i < SHOWN_TOTALS; i++) {
        const struct coverage_total *total = &report->totals[i];
        buffer_format(out, "    %.*s: %llu rows",
            SLICE_ARG(total->concept.len ? total->concept : SLICE("not in a list")), (unsigned long long)total->n);
        if (total->unit.len)
            buffer_format(out, ", %.10g %.*s", total->amount, SLICE_ARG(total->unit));
        buffer_add_string(out, "\n");
    }
    if (report->n_totals > SHOWN_TOTALS)
        buffer_format(out, "    and %zu more sums; -o json has them all\n", report->n_totals - SHOWN_TOTALS);
}

static void add_command(struct buffer *out, const struct coverage_report *report, uint64_t import)
{
    if (import)
        buffer_format(out, "  if it is complete for these days: comity coverage confirm %llu --covers ",
            (unsigned long long)import);
    else
        buffer_add_string(out, "  if it is complete for these days, import it with: --covers ");
    add_days(out, &report->claim, "..");
    add_countries(out, &report->claim, import ? " --country " : " --covers-country ");
    buffer_add_string(out, " --complete\n");
}

void claim_report(struct buffer *out, const struct coverage_report *report, uint64_t import)
{
    const unsigned long long n_missing = report->n_missing, n_before = report->n_before, n_said = report->n_said;
    if (!report->has_days || (report->is_first && !report->is_confirmed))
        return;
    buffer_add_string(out, report->is_confirmed ? "  coverage, confirmed: " : "  coverage, proposed: ");
    add_days(out, &report->claim, " to ");
    add_countries(out, &report->claim, ", ");
    if (report->is_complete)
        buffer_format(out, ", complete: %llu of %llu rows said before are retracted\n", n_missing, n_before);
    else
        buffer_format(
            out, ": %llu of %llu rows said before are not said again; nothing is retracted\n", n_missing, n_before);
    if (!n_missing)
        return;
    add_totals(out, report);
    if (report->is_large)
        buffer_format(out, "  warning: this %s %llu of %llu rows: the file covers only %llu rows; is it complete?\n",
            report->is_complete ? "retracts" : "would retract", n_missing, n_before, n_said);
    if (!report->is_complete)
        add_command(out, report, import);
}
