/* A disguise is a source of the profile that is made up on the spot; what stands around its table is written here. */
#include "simulate/disguise.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "simulate/disguise_file.h"
#include "simulate/scribe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TITLES = 4 };

struct masking {
    const struct domain *domain;
    const char *folder;
    const struct simulate_options *options;
    struct disguises *disguises;
    const struct disguise *disguise; /* the one that was picked */
    struct random random;
    uint64_t seed;
    struct profile *profile;
    struct world world;
    struct profile_source source;
    struct account account;
    unsigned n_titles;
    bool has_gap, has_total, is_total_labelled, has_footnote;
    const char *total, *footnote;
    double sum;
    struct disguise_report *report;
    struct arena arena;
};

/* ---- what is picked ---------------------------------------------------------------------------------------------- */

static const char *pick(struct masking *masking, const char *const *texts, unsigned n)
{
    return texts[random_below(&masking->random, n)];
}

static enum comity_status pick_columns(struct masking *masking, struct comity_error *err)
{
    const struct disguise *disguise = masking->disguise;
    struct profile_source *source = &masking->source;
    source->columns = ARENA_ARRAY(&masking->arena, struct profile_column, disguise->columns_count);
    if (!source->columns)
        return error_nomem(err);
    for (unsigned i = 0; i < disguise->columns_count; i++) {
        const struct disguise_column *column = &disguise->columns[i];
        const char *header = pick(masking, column->names, column->names_count);
        if (column->is_optional && random_chance(&masking->random, 0.4))
            continue;
        size_t at = random_below(&masking->random, source->columns_count + 1);
        memmove(
            &source->columns[at + 1], &source->columns[at], (source->columns_count++ - at) * sizeof *source->columns);
        source->columns[at] =
            (struct profile_column){header, column->what, domain_field(masking->domain, slice_from(column->what))};
    }
    return COMITY_OK;
}

/* In another order: of a dimension's units, the first one is taken. */
static enum comity_status pick_units(struct masking *masking, struct comity_error *err)
{
    unsigned n = masking->disguise->units_count;
    struct profile_unit *units = ARENA_ARRAY(&masking->arena, struct profile_unit, n);
    if (!units)
        return error_nomem(err);
    for (unsigned i = 0; i < n; i++) {
        size_t at = random_below(&masking->random, i + 1);
        units[i] = units[at];
        units[at] = masking->disguise->units[i];
    }
    masking->source.units = units;
    masking->source.units_count = n;
    return COMITY_OK;
}

static enum comity_status pick_countries(struct masking *masking, struct comity_error *err)
{
    const char **codes = ARENA_ARRAY(&masking->arena, const char *, masking->profile->countries_count);
    if (!codes)
        return error_nomem(err);
    for (unsigned i = 0; i < masking->profile->countries_count; i++) {
        const char *code = masking->profile->countries[i].code;
        for (unsigned k = 0; k < masking->disguise->countries_count; k++)
            if (strcmp(code, masking->disguise->countries[k]) == 0)
                codes[masking->source.countries_count++] = code;
    }
    masking->source.countries = codes;
    return COMITY_OK;
}

static enum comity_status pick_all(struct masking *masking, struct comity_error *err)
{
    static const char *const dates[] = {"dmy", "mdy", "d.m.y", "ymd"};
    static const char *const delimiters[] = {";", ",", "\t"};
    const struct disguises *disguises = masking->disguises;
    struct random *random = &masking->random;
    masking->disguise = &disguises->list[random_below(random, disguises->list_count)];
    const struct disguise *disguise = masking->disguise;
    bool is_book = random_chance(random, 0.4);
    struct profile_source *source = &masking->source;
    source->code = "sim-disguised";
    source->note = "";
    source->language = disguise->language;
    source->language_number = language_number(disguise->language);
    source->delimiter = pick(masking, delimiters, 3);
    source->has_decimal_comma = !is_book && random_chance(random, 0.7);
    source->date_form = is_book && random_chance(random, 0.5) ? "cell" : pick(masking, dates, 4);
    source->is_upper_case = random_chance(random, 0.5);
    masking->n_titles = 1 + (unsigned)random_below(random, disguise->titles_count);
    masking->has_gap = random_chance(random, 0.5);
    masking->has_total = true;
    masking->is_total_labelled = random_chance(random, 0.7);
    masking->total = pick(masking, disguise->totals, disguise->totals_count);
    masking->has_footnote = random_chance(random, 0.7);
    masking->footnote = pick(masking, disguise->footnotes, disguise->footnotes_count);
    snprintf(masking->report->file, sizeof masking->report->file, "%s-%llu.%s", disguise->file,
        (unsigned long long)masking->seed, is_book ? "xlsx" : "csv");
    enum comity_status status = pick_columns(masking, err);
    if (status == COMITY_OK)
        status = pick_units(masking, err);
    return status == COMITY_OK ? pick_countries(masking, err) : status;
}

/* ---- the file ---------------------------------------------------------------------------------------------------- */

static unsigned column_of(const struct profile_source *source, const char *what)
{
    unsigned c = 0;
    while (c < source->columns_count && strcmp(source->columns[c].what, what) != 0)
        c++;
    return c;
}

static void write_titles(const struct masking *masking, struct sink *sink)
{
    for (unsigned i = 0; i < masking->n_titles; i++) {
        sink_text(sink, slice_from(masking->disguise->titles[i]));
        sink_end_row(sink);
    }
    if (masking->has_gap)
        sink_end_row(sink);
}

/* The sum of what stands in the column, whatever the units: that is what such lists have at their end. The label goes
 * into the first cell, or the second where the first is the amount. */
static void write_total(const struct masking *masking, struct sink *sink)
{
    unsigned amount = column_of(&masking->source, "amount"), label = amount == 0;
    for (unsigned c = 0; c < masking->source.columns_count; c++) {
        if (c == amount)
            sink_number(sink, masking->sum, 3);
        else
            sink_text(sink, slice_from(masking->is_total_labelled && c == label ? masking->total : ""));
    }
    sink_end_row(sink);
}

static bool shows_amount(const struct masking *masking, const struct telling *telling)
{
    return !(telling->nulls >> column_of(&masking->source, "amount") & 1);
}

static void write_table(struct masking *masking, struct sink *sink)
{
    struct scribe scribe;
    scribe_init(&scribe, &masking->world);
    scribe_header(sink, &masking->source);
    for (size_t i = 0; i < masking->account.n_tellings; i++) {
        const struct telling *telling = &masking->account.tellings[i];
        scribe_row(&scribe, sink, &masking->source, &masking->world.events[telling->event], telling);
        masking->sum += shows_amount(masking, telling) ? telling->amount : 0;
    }
    scribe_release(&scribe);
}

static enum comity_status open_file(struct masking *masking, const char *name, const struct sink_style *style,
    struct sink **sink, struct comity_error *err)
{
    const char *path = path_join(&masking->arena, masking->folder, name);
    return path ? sink_open(path, style, sink, err) : error_nomem(err);
}

static enum comity_status write_file(struct masking *masking, struct comity_error *err)
{
    struct sink *sink = NULL;
    struct sink_style style = scribe_style(&masking->source);
    enum comity_status status = open_file(masking, masking->report->file, &style, &sink, err);
    if (status != COMITY_OK)
        return status;
    write_titles(masking, sink);
    write_table(masking, sink);
    if (masking->has_total)
        write_total(masking, sink);
    if (masking->has_footnote) {
        sink_text(sink, slice_from(masking->footnote));
        sink_end_row(sink);
    }
    return sink_close(sink, err);
}

/* ---- the truth --------------------------------------------------------------------------------------------------- */

static enum comity_status write_rows(struct masking *masking, struct comity_error *err)
{
    struct sink *sink = NULL;
    enum comity_status status = open_file(masking, "truth.csv", NULL, &sink, err);
    if (status != COMITY_OK)
        return status;
    static const char *const headers[] = {"source", "key", "event", "case", "note"};
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        sink_text(sink, slice_from(headers[i]));
    sink_end_row(sink);
    for (size_t i = 0; i < masking->account.n_tellings; i++) {
        const struct telling *telling = &masking->account.tellings[i];
        char number[NUMBER_TEXT];
        scribe_number(number, &masking->source, 'R', telling->number);
        sink_text(sink, slice_from(masking->source.code));
        sink_text(sink, slice_from(number));
        sink_number(sink, telling->event + 1.0, 0);
        sink_number(sink, (double)telling->case_number, 0);
        sink_text(sink, SLICE("SIMULATED"));
        sink_end_row(sink);
    }
    return sink_close(sink, err);
}

static void write_concept(struct masking *masking, struct sink *sink, uint32_t concept)
{
    const struct profile_unit *unit = NULL;
    uint64_t n = 0, n_amounts = 0;
    double sum = 0;
    for (size_t i = 0; i < masking->account.n_tellings; i++) {
        const struct telling *telling = &masking->account.tellings[i];
        const struct event *event = &masking->world.events[telling->event];
        if (event->concept != concept)
            continue;
        unit = account_unit(&masking->world, &masking->source, event);
        n++;
        n_amounts += shows_amount(masking, telling);
        sum += shows_amount(masking, telling) ? telling->amount : 0;
    }
    if (!n)
        return;
    sink_text(sink, slice_from(masking->profile->concepts[concept].code));
    sink_text(sink, slice_from(unit->unit));
    sink_number(sink, (double)n, 0);
    sink_number(sink, (double)n_amounts, 0);
    sink_number(sink, sum, 6);
    sink_text(sink, SLICE("SIMULATED"));
    sink_end_row(sink);
}

static enum comity_status write_concepts(struct masking *masking, struct comity_error *err)
{
    static const char *const headers[] = {"concept", "unit", "rows", "rows_with_amount", "amount", "note"};
    struct sink *sink = NULL;
    enum comity_status status = open_file(masking, "truth-disguise.csv", NULL, &sink, err);
    if (status != COMITY_OK)
        return status;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        sink_text(sink, slice_from(headers[i]));
    sink_end_row(sink);
    for (uint32_t c = 0; c < masking->profile->concepts_count; c++)
        write_concept(masking, sink, c);
    return sink_close(sink, err);
}

static void describe(const struct masking *masking, struct buffer *out)
{
    const struct profile_source *source = &masking->source;
    char first[DAY_TEXT] = "", last[DAY_TEXT] = "";
    size_t n = masking->account.n_tellings;
    if (n) {
        day_format(masking->account.tellings[0].day, first);
        day_format(masking->account.tellings[n - 1].day, last);
    }
    buffer_add_byte(out, '{');
    json_member(out, "note", SLICE("SIMULATED: no such events happened"));
    json_member(out, "file", slice_from(masking->report->file));
    json_member_u64(out, "seed", masking->seed);
    json_member_u64(out, "world_seed", masking->options->seed);
    json_member(out, "language", slice_from(source->language));
    json_member(out, "dates", slice_from(source->date_form));
    json_member(out, "delimiter", slice_from(source->delimiter));
    json_member(out, "decimal", source->has_decimal_comma ? SLICE("comma") : SLICE("point"));
    json_member_u64(out, "rows_above_header", masking->n_titles + masking->has_gap);
    json_member(out, "total", slice_from(masking->is_total_labelled ? masking->total : ""));
    json_member_bool(out, "has_footnote", masking->has_footnote);
    json_member_u64(out, "rows", n);
    json_member(out, "first_day", slice_from(first));
    json_member(out, "last_day", slice_from(last));
    json_member_number(out, "sum_of_column", masking->sum);
    json_name(out, "columns");
    for (unsigned c = 0; c < source->columns_count; c++) {
        buffer_add_byte(out, c ? ',' : '{');
        json_text(out, slice_from(source->columns[c].what));
        buffer_add_byte(out, ':');
        json_text(out, slice_from(source->columns[c].header));
    }
    buffer_add_string(out, "}}\n");
}

static enum comity_status write_description(struct masking *masking, struct comity_error *err)
{
    struct buffer text;
    const char *path = path_join(&masking->arena, masking->folder, "disguise.json");
    if (!path)
        return error_nomem(err);
    buffer_init(&text, 1 << 16);
    describe(masking, &text);
    enum comity_status status = buffer_status(&text);
    status = status == COMITY_OK ? file_replace(path, buffer_slice(&text), err) : error_set(err, status, "no room");
    buffer_release(&text);
    return status;
}

static enum comity_status write_all(struct masking *masking, struct comity_error *err)
{
    const struct tell_periods never = {.repeated = {0, -1}, .silent = {0, -1}};
    enum comity_status status =
        account_make(&masking->world, &masking->source, masking->options, &never, &masking->account, err);
    if (status == COMITY_OK)
        status = write_file(masking, err);
    if (status == COMITY_OK)
        status = write_rows(masking, err);
    if (status == COMITY_OK)
        status = write_concepts(masking, err);
    masking->report->n_events = masking->world.n_events;
    masking->report->n_rows = masking->account.n_tellings;
    return status == COMITY_OK ? write_description(masking, err) : status;
}

enum comity_status simulate_disguise(const struct domain *domain, const char *folder,
    const struct simulate_options *options, uint64_t seed, struct disguise_report *report, struct comity_error *err)
{
    struct masking masking = {.domain = domain, .folder = folder, .options = options, .seed = seed, .report = report};
    struct world_options world_options = {.seed = options->seed,
        .n_events = options->n_events,
        .first_day = day_from_civil(2023, 1, 1),
        .several = options->several,
        .twins = options->twins};
    *report = (struct disguise_report){0};
    masking.random.state = hash_u64(seed ^ 0x6469736775697365u);
    enum comity_status status = disguises_load(domain, &masking.disguises, err);
    if (status == COMITY_OK)
        status = profile_load(domain, PROFILE_FILE, &masking.profile, err);
    if (status == COMITY_OK && options->per_day > 0)
        masking.profile->events_per_day = options->per_day;
    if (status == COMITY_OK)
        status = world_make(domain, masking.profile, &world_options, &masking.world, err);
    if (status == COMITY_OK)
        status = pick_all(&masking, err);
    if (status == COMITY_OK)
        status = write_all(&masking, err);
    account_release(&masking.account);
    world_release(&masking.world);
    profile_free(masking.profile);
    disguises_free(masking.disguises);
    arena_release(&masking.arena);
    return status;
}
