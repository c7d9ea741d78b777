/* From options to a folder of files. */
#include "simulate/simulate.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/file.h"
#include "simulate/parts.h"
#include "simulate/simulation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TELL_EVERY = 4096 };

const struct simulate_options simulate_defaults = {
    .seed = 1,
    .n_events = 20000,
    .from_year = 2023,
    .seen = 0.75,
    .several = 0.12,
    .twins = 0.10,
    .nulls = 0.15,
    .rounding = 0.25,
    .revisions = 0.05,
    .lag = 0.15,
    .repeated_days = 6,
    .editions = 1,
    .corrected = 0.05,
    .late = 0.03,
    .dropped = 0.01,
    .ministry = {.doubled = 0.02,
        .missing = 0.02,
        .part = 0.02,
        .wrong = 0.02,
        .rounded = 0.02,
        .invented = 0.01,
        .revised = 0.05,
        .dropped = 0.01},
};

/* ---- which sources ----------------------------------------------------------------------------------------------- */

/* "customs" and "sim-customs" are the same. */
static bool is_called(const struct profile_source *source, struct slice name)
{
    struct slice code = slice_from(source->code);
    return slice_equal(code, name) || (code.len > 4 && slice_equal(slice_of(code.ptr + 4, code.len - 4), name));
}

static enum comity_status no_source(const struct simulation *simulation, struct slice name, struct comity_error *err)
{
    struct buffer names;
    buffer_init(&names, 4096);
    for (unsigned s = 0; s < simulation->profile->sources_count; s++)
        buffer_format(&names, " %s", simulation->profile->sources[s].code);
    enum comity_status status = error_set(err, COMITY_USAGE, "there is no source '%.*s' to be simulated; there are%.*s",
        SLICE_ARG(name), SLICE_ARG(buffer_slice(&names)));
    buffer_release(&names);
    return status;
}

static enum comity_status want_named(struct simulation *simulation, struct slice names, struct comity_error *err)
{
    while (names.len) {
        struct slice name = slice_trim(slice_cut(&names, ','));
        bool is_known = false;
        for (unsigned s = 0; s < simulation->profile->sources_count; s++) {
            bool is_it = is_called(&simulation->profile->sources[s], name);
            simulation->is_wanted[s] |= is_it;
            is_known |= is_it;
        }
        if (!is_known)
            return no_source(simulation, name, err);
    }
    return COMITY_OK;
}

static enum comity_status want_first(struct simulation *simulation, unsigned long n, struct comity_error *err)
{
    unsigned most = simulation->profile->sources_count;
    if (n < 1 || n > most)
        return error_set(err, COMITY_USAGE, "%lu sources are asked for; the pack can simulate 1 to %u", n, most);
    for (unsigned s = 0; s < n; s++)
        simulation->is_wanted[s] = true;
    return COMITY_OK;
}

static enum comity_status choose_sources(struct simulation *simulation, struct comity_error *err)
{
    const struct simulate_options *options = simulation->options;
    const char *sources = options->sources;
    unsigned most = simulation->profile->sources_count;
    char *end = NULL;
    unsigned long n = sources ? strtoul(sources, &end, 10) : most < SIMULATE_SOURCES ? most : SIMULATE_SOURCES;
    bool is_number = !sources || (end != sources && !*end);
    enum comity_status status =
        is_number ? want_first(simulation, n, err) : want_named(simulation, slice_from(sources), err);
    struct slice only = slice_from(options->only ? options->only : "");
    for (unsigned s = 0; s < most && only.len; s++)
        simulation->is_wanted[s] = is_called(&simulation->profile->sources[s], only);
    for (unsigned s = 0; s < most; s++) {
        simulation->report->n_sources += simulation->is_wanted[s];
        if (options->silent)
            simulation->profile->sources[s].is_falling_silent =
                is_called(&simulation->profile->sources[s], slice_from(options->silent));
    }
    if (status == COMITY_OK && !simulation->report->n_sources)
        status = no_source(simulation, only, err);
    return status;
}

/* ---- periods ----------------------------------------------------------------------------------------------------- */

/* A period begins in the middle half of the world, so that there is ordinary time on both sides. */
static struct period draw_period(const struct simulation *simulation, unsigned days, uint64_t purpose)
{
    const struct simulate_report *report = simulation->report;
    struct random random = {hash_u64(simulation->options->seed ^ purpose)};
    int32_t length = report->last_day - report->first_day + 1;
    if (!days || length < 4)
        return (struct period){0, -1};
    int32_t first = report->first_day + length / 4 + (int32_t)random_below(&random, (size_t)length / 2);
    return (struct period){first, first + (int32_t)days - 1};
}

static void choose_periods(struct simulation *simulation)
{
    struct simulate_report *report = simulation->report;
    const struct simulate_options *options = simulation->options;
    struct world *world = &simulation->world;
    struct random random = {hash_u64(options->seed ^ 0x636F756E747279u)};
    report->first_day = world->n_events ? world->events[0].day : 0;
    report->last_day = world->n_events ? world->events[world->n_events - 1].day : 0;
    struct period repeated = draw_period(simulation, options->repeated_days, 0x7265706561746564u);
    struct period silent = draw_period(simulation, options->silent_days, 0x73696C656E74u);
    struct period quiet = draw_period(simulation, options->quiet_days, 0x7175696574u);
    report->repeated_first = repeated.first, report->repeated_last = repeated.last;
    report->silent_first = silent.first, report->silent_last = silent.last;
    report->quiet_first = quiet.first, report->quiet_last = quiet.last;
    report->quiet_country =
        simulation->profile->countries[random_below(&random, simulation->profile->countries_count)].id;
    report->n_quiet = world_forget(world, report->quiet_country, quiet.first, quiet.last);
    report->n_events = world->n_events;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

const char *suffixed_name(struct simulation *simulation, const char *file, const char *suffix)
{
    const char *dot = strrchr(file, '.');
    char name[256];
    snprintf(name, sizeof name, "%.*s-%s%s", dot ? (int)(dot - file) : (int)strlen(file), file, suffix, dot ? dot : "");
    return arena_string(&simulation->arena, slice_from(name));
}

const char *edition_name(struct simulation *simulation, const char *file, unsigned edition)
{
    char number[16];
    snprintf(number, sizeof number, "%u", edition);
    return edition < 2 ? file : suffixed_name(simulation, file, number);
}

/* Edition 0 is the list of what was revised since the first, as some sources publish it. */
static bool stands_in(const struct account *account, size_t i, unsigned edition, struct telling *telling)
{
    if (edition)
        return account_edition(account, i, edition, telling);
    *telling = account->tellings[i];
    bool is_revised = telling->revised != telling->amount;
    telling->amount = telling->revised;
    return is_revised;
}

static enum comity_status write_rows(struct simulation *simulation, struct sink *sink, const struct account *account,
    unsigned edition, bool is_later, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    struct telling telling;
    struct scribe scribe;
    scribe_init(&scribe, &simulation->world);
    scribe_header(sink, account->source);
    const struct planting *planting = &simulation->planting;
    for (size_t i = 0; i < account->n_tellings && status == COMITY_OK; i++) {
        if (i % TELL_EVERY == 0 && !progress_tell(simulation->options->progress, "write", i, account->n_tellings))
            status = error_set(err, COMITY_CANCELLED, "stopped on request");
        if (!stands_in(account, i, edition, &telling) || planted_later(planting, &telling) != is_later)
            continue;
        scribe_row(&scribe, sink, planted_writer(planting, account->source, &telling),
            &simulation->world.events[telling.event], &telling);
        simulation->report->n_rows++;
    }
    scribe_release(&scribe);
    return status;
}

static enum comity_status write_edition(struct simulation *simulation, const struct account *account, const char *name,
    unsigned edition, bool is_later, struct comity_error *err)
{
    struct sink *sink = NULL;
    struct sink_style style = scribe_style(account->source);
    const char *path = name ? path_join(&simulation->arena, simulation->folder, name) : NULL;
    enum comity_status status = path ? sink_open(path, &style, &sink, err) : error_nomem(err);
    if (status != COMITY_OK)
        return status;
    status = write_rows(simulation, sink, account, edition, is_later, err);
    enum comity_status closed = sink_close(sink, status == COMITY_OK ? err : NULL);
    return status != COMITY_OK ? status : closed;
}

static enum comity_status write_account(
    struct simulation *simulation, const struct account *account, struct comity_error *err)
{
    unsigned n = simulation->options->editions;
    const char *file = account->source->file;
    enum comity_status status = COMITY_OK;
    for (unsigned edition = 1; edition <= n && status == COMITY_OK; edition++)
        status = write_edition(simulation, account, edition_name(simulation, file, edition), edition, false, err);
    if (status == COMITY_OK && account->source->is_revised && n == 1)
        status = write_edition(simulation, account, suffixed_name(simulation, file, "revised"), 0, false, err);
    if (status == COMITY_OK && planting_has_later(&simulation->planting, account))
        status = write_edition(simulation, account, suffixed_name(simulation, file, "again"), 1, true, err);
    return status;
}

static void note_told(struct simulation *simulation, const struct account *account)
{
    uint32_t amount_column = 0;
    for (unsigned c = 0; c < account->source->columns_count && c < 32; c++)
        if (strncmp(account->source->columns[c].what, "amount", 6) == 0)
            amount_column = (uint32_t)1 << c;
    for (size_t i = 0; i < account->n_tellings; i++) {
        const struct telling *telling = &account->tellings[i];
        simulation->report->n_told += !simulation->told[telling->event];
        uint8_t told = telling->nulls & amount_column ? TOLD : TOLD | TOLD_AMOUNT;
        simulation->told[telling->event] |= told;
        /* Who tells a sum tells of all that it is of. */
        for (size_t e = telling->event + 1; telling->part == PARTS_SUM && e < simulation->world.n_events; e++)
            simulation->told[e] |= simulation->operation_of[e] == telling->event ? told : 0;
    }
}

static enum comity_status make_accounts(struct simulation *simulation, struct comity_error *err)
{
    struct simulate_report *report = simulation->report;
    const struct tell_periods periods = {{report->repeated_first, report->repeated_last},
        {report->silent_first, report->silent_last}, simulation->operation_of};
    enum comity_status status = COMITY_OK;
    for (unsigned s = 0; s < simulation->profile->sources_count && status == COMITY_OK; s++) {
        struct account *account = &simulation->accounts[s];
        if (!simulation->is_wanted[s])
            continue;
        status = account_make(
            &simulation->world, &simulation->profile->sources[s], simulation->options, &periods, account, err);
        if (status != COMITY_OK)
            break;
        note_told(simulation, account);
        report->n_repeated += account->n_repeated;
        report->n_silenced += account->n_silenced;
    }
    return status;
}

static enum comity_status plant_loads(struct simulation *simulation, struct comity_error *err)
{
    struct planting *planting = &simulation->planting;
    *planting = (struct planting){.world = &simulation->world,
        .options = simulation->options,
        .accounts = simulation->accounts,
        .n_accounts = simulation->profile->sources_count};
    enum comity_status status = planting_make(planting, err);
    simulation->report->n_loads = planting->n_loads;
    simulation->report->n_planted = planting->n_more;
    return status;
}

static enum comity_status write_all(struct simulation *simulation, struct comity_error *err)
{
    simulation->told = calloc(simulation->world.n_events + 1, 1);
    enum comity_status status = simulation->told ? parts_find_operations(&simulation->world, simulation->options,
                                                       &simulation->operation_of, err)
                                                 : error_nomem(err);
    if (status == COMITY_OK)
        status = make_accounts(simulation, err);
    if (status == COMITY_OK)
        status = plant_loads(simulation, err);
    for (unsigned s = 0; s < simulation->profile->sources_count && status == COMITY_OK; s++)
        if (simulation->is_wanted[s])
            status = write_account(simulation, &simulation->accounts[s], err);
    if (status == COMITY_OK && simulation->options->ministry.is_wanted)
        status = ministry_write(&simulation->world, simulation->folder, simulation->options->seed,
            &simulation->options->ministry, &simulation->report->n_rows, err);
    return status == COMITY_OK ? truth_write(simulation, err) : status;
}

/* No source could date what is later, nor could it be read. */
static enum comity_status ends_in_time(const struct world *world, struct comity_error *err)
{
    const int last_year = 2199;
    int year = world->n_events ? civil_from_day(world->events[world->n_events - 1].day).year : 0;
    if (year <= last_year)
        return COMITY_OK;
    error_set(err, COMITY_LIMIT, "the world would end in %d, and dates are read up to %d", year, last_year);
    error_hint(
        err, "let it begin earlier (--from-year), have more events a day (--per-day), or fewer of them (--events)");
    return COMITY_LIMIT;
}

enum comity_status simulate_world(const struct domain *domain, const char *folder,
    const struct simulate_options *options, struct simulate_report *report, struct comity_error *err)
{
    struct simulation simulation = {.domain = domain, .folder = folder, .options = options, .report = report};
    struct world_options world_options = {.seed = options->seed,
        .n_events = options->n_events,
        .first_day = day_from_civil((int)options->from_year, 1, 1),
        .several = options->several,
        .twins = options->twins};
    *report = (struct simulate_report){0};
    enum comity_status status = profile_load(domain, PROFILE_FILE, &simulation.profile, err);
    if (status == COMITY_OK)
        status = choose_sources(&simulation, err);
    if (status == COMITY_OK && options->per_day > 0)
        simulation.profile->events_per_day = options->per_day;
    if (status == COMITY_OK)
        status = world_make(domain, simulation.profile, &world_options, &simulation.world, err);
    if (status == COMITY_OK)
        status = ends_in_time(&simulation.world, err);
    if (status == COMITY_OK) {
        choose_periods(&simulation);
        status = write_all(&simulation, err);
    }
    for (size_t s = 0; s < MOST_SOURCES; s++)
        account_release(&simulation.accounts[s]);
    planting_release(&simulation.planting);
    free(simulation.told);
    free(simulation.operation_of);
    world_release(&simulation.world);
    profile_free(simulation.profile);
    arena_release(&simulation.arena);
    return status;
}
