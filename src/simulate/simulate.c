/* From options to a folder of files. */
#include "simulate/simulate.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/file.h"
#include "simulate/sink.h"
#include "simulate/tell.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST_SOURCES = 8, TELL_EVERY = 4096 };
enum { TOLD = 1, TOLD_AMOUNT = 2 };

const struct simulate_options simulate_defaults = {
    .seed = 1,
    .n_events = 20000,
    .seen = 0.75,
    .several = 0.12,
    .twins = 0.10,
    .nulls = 0.15,
    .rounding = 0.25,
    .revisions = 0.05,
    .lag = 0.15,
    .repeated_days = 6,
    .ministry = {.doubled = 0.02,
        .missing = 0.02,
        .part = 0.02,
        .wrong = 0.02,
        .rounded = 0.02,
        .invented = 0.01,
        .revised = 0.05,
        .dropped = 0.01},
};

struct simulation {
    const struct domain *domain;
    const char *folder;
    const struct simulate_options *options;
    struct profile *profile;
    struct world world;
    struct account accounts[MOST_SOURCES];
    uint8_t *told; /* by event: TOLD, TOLD_AMOUNT */
    struct simulate_report *report;
    struct arena arena;
    struct buffer text; /* for one cell */
};

static struct slice capitals(struct simulation *simulation, const struct profile_source *source, struct slice text)
{
    if (!source->is_upper_case)
        return text;
    buffer_clear(&simulation->text);
    /* Only ASCII letters and the Latin-1 letters of UTF-8 (U+00E0 … U+00FE), which is what names of the profile's
     * countries need; "ÿ" and "÷" have no capital there. */
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i], before = i ? (unsigned char)text.ptr[i - 1] : 0;
        bool is_latin = before == 0xC3 && c >= 0xA0 && c <= 0xBE && c != 0xB7;
        if (c >= 'a' && c <= 'z')
            c = (unsigned char)(c - 'a' + 'A');
        else if (is_latin)
            c = (unsigned char)(c - 0x20);
        buffer_add_byte(&simulation->text, (char)c);
    }
    return buffer_slice(&simulation->text);
}

static void write_day(struct sink *sink, const struct profile_source *source, int32_t day)
{
    struct civil civil = civil_from_day(day);
    char text[32];
    if (strcmp(source->date_form, "cell") == 0 || strcmp(source->date_form, "ymd") == 0) {
        sink_day(sink, day);
        return;
    }
    bool is_day_first = strcmp(source->date_form, "dmy") == 0;
    int len = snprintf(text, sizeof text, "%02u/%02u/%04d", is_day_first ? civil.day : civil.month,
        is_day_first ? civil.month : civil.day, civil.year);
    sink_text(sink, slice_of(text, (size_t)len));
}

static struct slice attribute_text(
    const struct simulation *simulation, const struct event *event, int field_id, int language)
{
    for (unsigned i = 0; i < simulation->profile->attributes_count; i++) {
        if (simulation->profile->attributes[i].field_id != field_id)
            continue;
        const struct value_spec *spec = &simulation->domain->fields[field_id].spec;
        return spec->type == VALUE_COUNTRY ? country_label(spec->countries, event->attributes[i], language)
                                           : category_label(spec->categories, event->attributes[i], language);
    }
    return SLICE_EMPTY;
}

static void number_text(char *text, size_t size, const struct profile_source *source, char kind, uint64_t number)
{
    snprintf(text, size, "%.1s%c%07llu", source->code + 4, kind, (unsigned long long)number);
}

/* The cells of names: what the source calls the country, the town, the substance … */
static struct slice name_cell(struct simulation *simulation, const struct profile_source *source,
    const struct profile_column *column, const struct event *event)
{
    const struct domain *domain = simulation->domain;
    const struct town *town = &simulation->world.towns[event->town];
    int language = source->language_number;
    if (strcmp(column->what, "country") == 0)
        return country_label(domain->countries, town->country, language);
    if (strcmp(column->what, "subdivision") == 0)
        return subdivision_label(domain->gazetteer, town->subdivision, language);
    if (strcmp(column->what, "place") == 0)
        return settlement_label(domain->gazetteer, town->geonames, language);
    if (strcmp(column->what, "concept") == 0)
        return concept_label(domain->fields[domain->what].spec.concepts,
            simulation->profile->concepts[event->concept].concept_id, language);
    return attribute_text(simulation, event, column->field_id, language);
}

static void write_cell(struct simulation *simulation, struct sink *sink, const struct profile_source *source,
    const struct telling *telling, unsigned c, bool is_second_edition)
{
    const struct profile_column *column = &source->columns[c];
    const struct event *event = &simulation->world.events[telling->event];
    const struct profile_unit *unit = account_unit(&simulation->world, source, event);
    char text[32];
    if (telling->nulls >> (c & 31) & 1) {
        sink_text(sink, SLICE_EMPTY);
    } else if (strcmp(column->what, "date") == 0) {
        write_day(sink, source, telling->day);
    } else if (strcmp(column->what, "amount") == 0) {
        sink_number(sink, is_second_edition ? telling->revised : telling->amount, unit->decimals);
    } else if (strcmp(column->what, "unit") == 0) {
        sink_text(sink, slice_from(unit->text));
    } else if (strcmp(column->what, "note") == 0) {
        sink_text(sink, slice_from(source->note));
    } else if (strcmp(column->what, "key") == 0 || strcmp(column->what, "case") == 0) {
        bool is_key = column->what[0] == 'k';
        number_text(text, sizeof text, source, is_key ? 'R' : 'C', is_key ? telling->number : telling->case_number);
        sink_text(sink, slice_from(text));
    } else {
        sink_text(sink, capitals(simulation, source, name_cell(simulation, source, column, event)));
    }
}

static enum comity_status write_edition(struct simulation *simulation, const struct account *account, const char *name,
    bool is_second_edition, struct comity_error *err)
{
    const struct profile_source *source = account->source;
    struct sink *sink;
    const char *path = path_join(&simulation->arena, simulation->folder, name);
    enum comity_status status = path ? sink_open(path, &sink, err) : error_nomem(err);
    if (status != COMITY_OK)
        return status;
    for (unsigned c = 0; c < source->columns_count; c++)
        sink_text(sink, slice_from(source->columns[c].header));
    sink_end_row(sink);
    for (size_t i = 0; i < account->n_tellings && status == COMITY_OK; i++) {
        const struct telling *telling = &account->tellings[i];
        if (is_second_edition && telling->revised == telling->amount)
            continue;
        for (unsigned c = 0; c < source->columns_count; c++)
            write_cell(simulation, sink, source, telling, c, is_second_edition);
        sink_end_row(sink);
        simulation->report->n_rows++;
        if (i % TELL_EVERY == 0 && !progress_tell(simulation->options->progress, "write", i, account->n_tellings))
            status = error_set(err, COMITY_CANCELLED, "stopped on request");
    }
    struct comity_error *close_err = status == COMITY_OK ? err : NULL;
    enum comity_status closed = sink_close(sink, close_err);
    return status != COMITY_OK ? status : closed;
}

/* "police.xlsx" → "police-revised.xlsx". */
static const char *revised_name(struct simulation *simulation, const char *file)
{
    const char *dot = strrchr(file, '.');
    char name[256];
    snprintf(name, sizeof name, "%.*s-revised%s", dot ? (int)(dot - file) : (int)strlen(file), file, dot ? dot : "");
    return arena_string(&simulation->arena, slice_from(name));
}

static enum comity_status write_account(
    struct simulation *simulation, const struct account *account, struct comity_error *err)
{
    enum comity_status status = write_edition(simulation, account, account->source->file, false, err);
    if (status != COMITY_OK || !account->source->is_revised)
        return status;
    const char *name = revised_name(simulation, account->source->file);
    return name ? write_edition(simulation, account, name, true, err) : error_nomem(err);
}

static void note_told(struct simulation *simulation, const struct account *account)
{
    uint32_t amount_column = 0;
    for (unsigned c = 0; c < account->source->columns_count && c < 32; c++)
        if (strcmp(account->source->columns[c].what, "amount") == 0)
            amount_column = (uint32_t)1 << c;
    for (size_t i = 0; i < account->n_tellings; i++) {
        const struct telling *telling = &account->tellings[i];
        simulation->report->n_told += !simulation->told[telling->event];
        simulation->told[telling->event] |= telling->nulls & amount_column ? TOLD : TOLD | TOLD_AMOUNT;
    }
}

static void write_truth_row(
    struct sink *sink, const struct account *account, const struct telling *telling, const struct event *event)
{
    char text[32];
    sink_text(sink, slice_from(account->source->code));
    number_text(text, sizeof text, account->source, 'R', telling->number);
    sink_text(sink, slice_from(text));
    sink_number(sink, telling->event + 1.0, 0);
    sink_number(sink, (double)event->case_number, 0);
    sink_text(sink, SLICE("SIMULATED"));
    sink_end_row(sink);
}

static enum comity_status write_truth(struct simulation *simulation, struct comity_error *err)
{
    static const char *const headers[] = {"source", "key", "event", "case", "note"};
    struct sink *sink;
    const char *path = path_join(&simulation->arena, simulation->folder, "truth.csv");
    enum comity_status status = path ? sink_open(path, &sink, err) : error_nomem(err);
    if (status != COMITY_OK)
        return status;
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        sink_text(sink, slice_from(headers[i]));
    sink_end_row(sink);
    for (unsigned s = 0; s < simulation->profile->sources_count; s++) {
        const struct account *account = &simulation->accounts[s];
        for (size_t i = 0; i < account->n_tellings; i++)
            write_truth_row(
                sink, account, &account->tellings[i], &simulation->world.events[account->tellings[i].event]);
    }
    return sink_close(sink, err);
}

static void write_total_row(struct simulation *simulation, struct sink *sink, unsigned c, uint64_t count, double amount)
{
    const struct profile_concept *concept = &simulation->profile->concepts[c];
    const struct unit *unit = &simulation->domain->units->units[concept->unit_id];
    sink_text(sink, slice_from(concept->code));
    sink_text(sink, unit->dimension);
    sink_number(sink, (double)count, 0);
    sink_number(sink, amount * unit->to_base, 4);
    sink_text(sink, SLICE("SIMULATED"));
    sink_end_row(sink);
}

/* Of the events whose amount somebody told: nobody can add up the others. */
static enum comity_status write_totals(struct simulation *simulation, struct comity_error *err)
{
    static const char *const headers[] = {"concept", "dimension", "events", "amount_base", "note"};
    unsigned n = simulation->profile->concepts_count;
    struct sink *sink = NULL;
    const char *path = path_join(&simulation->arena, simulation->folder, "truth-totals.csv");
    uint64_t *counts = calloc(n, sizeof *counts);
    double *amounts = calloc(n, sizeof *amounts);
    enum comity_status status = path && counts && amounts ? sink_open(path, &sink, err) : error_nomem(err);
    for (size_t i = 0; status == COMITY_OK && i < simulation->world.n_events; i++) {
        const struct event *event = &simulation->world.events[i];
        bool is_known = simulation->told[i] & TOLD_AMOUNT;
        counts[event->concept] += is_known;
        amounts[event->concept] += is_known ? event->amount : 0;
    }
    for (size_t i = 0; status == COMITY_OK && i < sizeof headers / sizeof *headers; i++)
        sink_text(sink, slice_from(headers[i]));
    if (status == COMITY_OK)
        sink_end_row(sink);
    for (unsigned c = 0; status == COMITY_OK && c < n; c++)
        write_total_row(simulation, sink, c, counts[c], amounts[c]);
    if (status == COMITY_OK)
        status = sink_close(sink, err);
    free(counts);
    free(amounts);
    return status;
}

static enum comity_status write_parameters(struct simulation *simulation, struct comity_error *err)
{
    const struct simulate_options *options = simulation->options;
    const struct simulate_report *report = simulation->report;
    char first[DAY_TEXT], last[DAY_TEXT], twice_first[DAY_TEXT], twice_last[DAY_TEXT];
    struct buffer text;
    const char *path = path_join(&simulation->arena, simulation->folder, "world.json");
    if (!path)
        return error_nomem(err);
    day_format(report->first_day, first);
    day_format(report->last_day, last);
    day_format(report->repeated_first, twice_first);
    day_format(report->repeated_last, twice_last);
    buffer_init(&text, 1 << 16);
    buffer_format(&text,
        "{\"note\": \"SIMULATED: no such events happened\", \"profile\": \"%s\", \"comity\": \"%s\",\n"
        " \"seed\": %llu, \"events\": %llu, \"told\": %llu, \"rows\": %llu, \"first_day\": \"%s\", \"last_day\": "
        "\"%s\",\n",
        simulation->profile->profile, comity_version(), (unsigned long long)options->seed,
        (unsigned long long)report->n_events, (unsigned long long)report->n_told, (unsigned long long)report->n_rows,
        first, last);
    buffer_format(&text,
        " \"seen\": %g, \"several\": %g, \"twins\": %g, \"nulls\": %g, \"rounding\": %g, \"revisions\": %g, \"lag\": "
        "%g,\n",
        options->seen, options->several, options->twins, options->nulls, options->rounding, options->revisions,
        options->lag);
    if (options->ministry.is_wanted)
        buffer_format(&text,
            " \"ministry\": {\"doubled\": %g, \"missing\": %g, \"part\": %g, \"wrong\": %g, \"rounded\": %g, "
            "\"invented\": %g, \"revised\": %g, \"dropped\": %g},\n",
            options->ministry.doubled, options->ministry.missing, options->ministry.part, options->ministry.wrong,
            options->ministry.rounded, options->ministry.invented, options->ministry.revised,
            options->ministry.dropped);
    if (report->n_repeated)
        buffer_format(&text,
            " \"loaded_twice\": {\"first_day\": \"%s\", \"last_day\": \"%s\", \"surplus_rows\": %llu}}\n", twice_first,
            twice_last, (unsigned long long)report->n_repeated);
    else
        buffer_add_string(&text, " \"loaded_twice\": null}\n");
    enum comity_status status = buffer_status(&text);
    if (status == COMITY_OK)
        status = file_replace(path, buffer_slice(&text), err);
    buffer_release(&text);
    return status;
}

/* The repeated period begins in the middle half of the world, so that there is ordinary time on both sides. */
static void choose_period(struct simulation *simulation)
{
    struct simulate_report *report = simulation->report;
    const struct world *world = &simulation->world;
    struct random random = {hash_u64(simulation->options->seed ^ 0x7265706561746564u)};
    report->first_day = world->n_events ? world->events[0].day : 0;
    report->last_day = world->n_events ? world->events[world->n_events - 1].day : 0;
    report->repeated_first = 0;
    report->repeated_last = -1;
    int32_t length = report->last_day - report->first_day + 1;
    if (!simulation->options->repeated_days || length < 4)
        return;
    report->repeated_first = report->first_day + length / 4 + (int32_t)random_below(&random, (size_t)length / 2);
    report->repeated_last = report->repeated_first + (int32_t)simulation->options->repeated_days - 1;
}

static bool is_wanted(const struct simulation *simulation, const struct profile_source *source)
{
    return !simulation->options->only || strcmp(simulation->options->only, source->code) == 0;
}

static enum comity_status make_accounts(struct simulation *simulation, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    for (unsigned s = 0; s < simulation->profile->sources_count && status == COMITY_OK; s++) {
        struct account *account = &simulation->accounts[s];
        account->source = &simulation->profile->sources[s];
        if (!is_wanted(simulation, account->source))
            continue;
        status = account_make(&simulation->world, &simulation->profile->sources[s], simulation->options,
            simulation->report->repeated_first, simulation->report->repeated_last, account, err);
        if (status != COMITY_OK)
            break;
        note_told(simulation, account);
        simulation->report->n_repeated += account->n_repeated;
    }
    return status;
}

static enum comity_status write_all(struct simulation *simulation, struct comity_error *err)
{
    enum comity_status status = make_accounts(simulation, err);
    for (unsigned s = 0; s < simulation->profile->sources_count && status == COMITY_OK; s++)
        if (is_wanted(simulation, simulation->accounts[s].source))
            status = write_account(simulation, &simulation->accounts[s], err);
    if (status == COMITY_OK)
        status = write_truth(simulation, err);
    if (status == COMITY_OK)
        status = write_totals(simulation, err);
    if (status == COMITY_OK && simulation->options->ministry.is_wanted)
        status = ministry_write(&simulation->world, simulation->folder, simulation->options->seed,
            &simulation->options->ministry, &simulation->report->n_rows, err);
    return status == COMITY_OK ? write_parameters(simulation, err) : status;
}

enum comity_status simulate_world(const struct domain *domain, const char *folder,
    const struct simulate_options *options, struct simulate_report *report, struct comity_error *err)
{
    struct simulation simulation = {.domain = domain, .folder = folder, .options = options, .report = report};
    struct world_options world_options = {.seed = options->seed,
        .n_events = options->n_events,
        .first_day = day_from_civil(2023, 1, 1),
        .several = options->several,
        .twins = options->twins};
    *report = (struct simulate_report){0};
    buffer_init(&simulation.text, 1 << 16);
    enum comity_status status = profile_load(domain, &simulation.profile, err);
    if (status == COMITY_OK && options->per_day > 0)
        simulation.profile->events_per_day = options->per_day;
    if (status == COMITY_OK)
        status = world_make(domain, simulation.profile, &world_options, &simulation.world, err);
    if (status == COMITY_OK) {
        report->n_events = simulation.world.n_events;
        simulation.told = calloc(simulation.world.n_events + 1, 1);
        choose_period(&simulation);
        status = simulation.told ? write_all(&simulation, err) : error_nomem(err);
    }
    for (size_t s = 0; s < MOST_SOURCES; s++)
        account_release(&simulation.accounts[s]);
    free(simulation.told);
    world_release(&simulation.world);
    profile_free(simulation.profile);
    buffer_release(&simulation.text);
    arena_release(&simulation.arena);
    return status;
}
