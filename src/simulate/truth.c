/* What is true, beside what is told: every line says which row of which source tells of which event. */
#include "base/calendar.h"
#include "base/error.h"
#include "base/file.h"
#include "base/json.h"
#include "simulate/parts.h"
#include "simulate/simulation.h"

#include <stdlib.h>
#include <string.h>

enum comity_status truth_open(struct simulation *simulation, const char *name, const char *const *headers, size_t n,
    struct sink **out, struct comity_error *err)
{
    const char *path = path_join(&simulation->arena, simulation->folder, name);
    enum comity_status status = path ? sink_open(path, NULL, out, err) : error_nomem(err);
    for (size_t i = 0; status == COMITY_OK && i < n; i++)
        sink_text(*out, slice_from(headers[i]));
    if (status == COMITY_OK)
        sink_end_row(*out);
    return status;
}

static void write_truth_row(
    struct sink *sink, const struct world *world, const struct account *account, const struct telling *telling)
{
    char text[NUMBER_TEXT];
    sink_text(sink, slice_from(account->source->code));
    scribe_number(text, account->source, 'R', telling->number);
    sink_text(sink, slice_from(text));
    sink_number(sink, (double)parts_event_number(world, telling), 0);
    sink_number(sink, (double)world->events[telling->event].case_number, 0);
    sink_text(sink, SLICE("SIMULATED"));
    sink_end_row(sink);
}

/* Where numbers are those of the export, each edition has its own; elsewhere one line holds for all. */
static void write_truth_of(struct simulation *simulation, struct sink *sink, const struct account *account)
{
    unsigned n = account->source->has_running_numbers ? simulation->options->editions : 1;
    struct telling telling;
    for (unsigned edition = 1; edition <= n; edition++)
        for (size_t i = 0; i < account->n_tellings; i++)
            if (account_edition(account, i, edition, &telling) || n == 1)
                write_truth_row(sink, &simulation->world, account, &telling);
}

static enum comity_status write_truth(struct simulation *simulation, struct comity_error *err)
{
    static const char *const headers[] = {"source", "key", "event", "case", "note"};
    struct sink *sink = NULL;
    enum comity_status status = truth_open(simulation, "truth.csv", headers, 5, &sink, err);
    if (status != COMITY_OK)
        return status;
    for (unsigned s = 0; s < simulation->profile->sources_count; s++)
        if (simulation->is_wanted[s])
            write_truth_of(simulation, sink, &simulation->accounts[s]);
    return sink_close(sink, err);
}

/* ---- editions ---------------------------------------------------------------------------------------------------- */

struct change {
    const char *name;
    const struct telling *before, *after; /* one of them may be null */
};

static void write_side(struct sink *sink, const struct account *account, const struct telling *telling, bool is_key)
{
    char text[NUMBER_TEXT];
    if (!telling) {
        sink_text(sink, SLICE_EMPTY);
    } else if (is_key) {
        scribe_number(text, account->source, 'R', telling->number);
        sink_text(sink, slice_from(text));
    } else {
        sink_number(sink, telling->amount, 6);
    }
}

static void write_change(
    struct sink *sink, const struct account *account, const char *file, unsigned edition, struct change change)
{
    const struct telling *any = change.after ? change.after : change.before;
    sink_text(sink, slice_from(account->source->code));
    sink_text(sink, slice_from(file));
    sink_number(sink, edition, 0);
    sink_text(sink, slice_from(change.name));
    sink_number(sink, any->event + 1.0, 0);
    write_side(sink, account, change.before, true);
    write_side(sink, account, change.after, true);
    write_side(sink, account, change.before, false);
    write_side(sink, account, change.after, false);
    sink_text(sink, SLICE("SIMULATED"));
    sink_end_row(sink);
}

static bool shows_amount(const struct account *account, const struct telling *telling)
{
    for (unsigned c = 0; c < account->source->columns_count && c < 32; c++)
        if (strncmp(account->source->columns[c].what, "amount", 6) == 0 && telling->nulls >> c & 1)
            return false;
    return true;
}

static void write_changes(struct sink *sink, const struct account *account, const char *file, unsigned edition)
{
    struct telling before, after;
    for (size_t i = 0; i < account->n_tellings; i++) {
        bool was = account_edition(account, i, edition - 1, &before);
        bool is = account_edition(account, i, edition, &after);
        if (was && !is)
            write_change(sink, account, file, edition, (struct change){"dropped", &before, NULL});
        else if (is && !was)
            write_change(sink, account, file, edition, (struct change){"added", NULL, &after});
        else if (is && before.amount != after.amount && shows_amount(account, &after))
            write_change(sink, account, file, edition, (struct change){"corrected", &before, &after});
    }
}

static enum comity_status write_editions(struct simulation *simulation, struct comity_error *err)
{
    static const char *const headers[] = {"source", "file", "edition", "change", "event", "key_before", "key_after",
        "amount_before", "amount_after", "note"};
    struct sink *sink = NULL;
    if (simulation->options->editions < 2)
        return COMITY_OK;
    enum comity_status status = truth_open(simulation, "truth-editions.csv", headers, 10, &sink, err);
    if (status != COMITY_OK)
        return status;
    for (unsigned s = 0; s < simulation->profile->sources_count && status == COMITY_OK; s++) {
        const struct account *account = &simulation->accounts[s];
        for (unsigned edition = 2; simulation->is_wanted[s] && edition <= simulation->options->editions; edition++) {
            const char *file = edition_name(simulation, account->source->file, edition);
            if (file)
                write_changes(sink, account, file, edition);
            else
                status = error_nomem(err);
        }
    }
    enum comity_status closed = sink_close(sink, status == COMITY_OK ? err : NULL);
    return status != COMITY_OK ? status : closed;
}

/* ---- silence ----------------------------------------------------------------------------------------------------- */

struct gap {
    const char *kind;
    struct slice source, country;
    int32_t first, last;
    uint64_t happened, missing; /* events of these days; rows that are missing for them */
};

static void write_gap(struct sink *sink, const struct gap *gap)
{
    char first[DAY_TEXT], last[DAY_TEXT];
    day_format(gap->first, first);
    day_format(gap->last, last);
    sink_text(sink, slice_from(gap->kind));
    sink_text(sink, gap->source);
    sink_text(sink, gap->country);
    sink_text(sink, slice_from(first));
    sink_text(sink, slice_from(last));
    sink_number(sink, (double)gap->happened, 0);
    sink_number(sink, (double)gap->missing, 0);
    sink_text(sink, SLICE("SIMULATED"));
    sink_end_row(sink);
}

static uint64_t events_between(const struct world *world, int32_t first, int32_t last)
{
    uint64_t n = 0;
    for (size_t i = 0; i < world->n_events; i++)
        n += world->events[i].day >= first && world->events[i].day <= last;
    return n;
}

static enum comity_status write_silence(struct simulation *simulation, struct comity_error *err)
{
    static const char *const headers[] = {
        "kind", "source", "country", "first_day", "last_day", "events", "rows_missing", "note"};
    const struct simulate_report *report = simulation->report;
    const struct world *world = &simulation->world;
    struct sink *sink = NULL;
    if (!simulation->options->silent_days && !simulation->options->quiet_days)
        return COMITY_OK;
    enum comity_status status = truth_open(simulation, "truth-silence.csv", headers, 8, &sink, err);
    if (status != COMITY_OK)
        return status;
    for (unsigned s = 0; s < simulation->profile->sources_count; s++)
        if (simulation->is_wanted[s] && simulation->profile->sources[s].is_falling_silent &&
            report->silent_last >= report->silent_first)
            write_gap(sink, &(struct gap){"silent", slice_from(simulation->profile->sources[s].code), SLICE_EMPTY,
                                report->silent_first, report->silent_last,
                                events_between(world, report->silent_first, report->silent_last),
                                simulation->accounts[s].n_silenced});
    if (report->quiet_last >= report->quiet_first)
        write_gap(sink, &(struct gap){"quiet", SLICE_EMPTY,
                            slice_from(country_get(simulation->domain->countries, report->quiet_country)->alpha2),
                            report->quiet_first, report->quiet_last, 0, 0});
    return sink_close(sink, err);
}

/* ---- totals ------------------------------------------------------------------------------------------------------ */

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
    uint64_t *counts = calloc(n, sizeof *counts);
    double *amounts = calloc(n, sizeof *amounts);
    enum comity_status status =
        counts && amounts ? truth_open(simulation, "truth-totals.csv", headers, 5, &sink, err) : error_nomem(err);
    for (size_t i = 0; status == COMITY_OK && i < simulation->world.n_events; i++) {
        const struct event *event = &simulation->world.events[i];
        bool is_known = simulation->told[i] & TOLD_AMOUNT;
        counts[event->concept] += is_known;
        amounts[event->concept] += is_known ? event->amount : 0;
    }
    for (unsigned c = 0; status == COMITY_OK && c < n; c++)
        write_total_row(simulation, sink, c, counts[c], amounts[c]);
    if (status == COMITY_OK)
        status = sink_close(sink, err);
    free(counts);
    free(amounts);
    return status;
}

static void add_sources(const struct simulation *simulation, struct buffer *text)
{
    bool is_first = true;
    buffer_add_string(text, " \"sources\": [");
    for (unsigned s = 0; s < simulation->profile->sources_count; s++) {
        if (!simulation->is_wanted[s])
            continue;
        buffer_add_string(text, is_first ? "" : ", ");
        json_text(text, slice_from(simulation->profile->sources[s].code));
        is_first = false;
    }
    buffer_add_string(text, "],\n");
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
    buffer_format(&text,
        " \"editions\": %u, \"corrected\": %g, \"late\": %g, \"dropped\": %g, \"silent_days\": %u, \"quiet_days\": "
        "%u,\n",
        options->editions, options->corrected, options->late, options->dropped, options->silent_days,
        options->quiet_days);
    if (options->parts > 0 || options->beside > 0 || options->operations > 0)
        buffer_format(&text, " \"parts\": %g, \"beside\": %g, \"operations\": %g,\n", options->parts, options->beside,
            options->operations);
    if (options->loads)
        buffer_format(
            &text, " \"loads\": %u, \"loaded_rows\": %llu,\n", report->n_loads, (unsigned long long)report->n_planted);
    add_sources(simulation, &text);
    if (options->ministry.is_wanted)
        buffer_format(&text,
            " \"sums\": {\"doubled\": %g, \"missing\": %g, \"part\": %g, \"wrong\": %g, \"rounded\": %g, "
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

enum comity_status truth_write(struct simulation *simulation, struct comity_error *err)
{
    enum comity_status status = write_truth(simulation, err);
    if (status == COMITY_OK)
        status = write_totals(simulation, err);
    if (status == COMITY_OK)
        status = write_editions(simulation, err);
    if (status == COMITY_OK)
        status = write_silence(simulation, err);
    if (status == COMITY_OK)
        status = parts_write_truth(simulation, err);
    if (status == COMITY_OK)
        status = truth_write_loads(simulation, err);
    return status == COMITY_OK ? write_parameters(simulation, err) : status;
}
