/* comity sources: who speaks in this store, how late each is, and what each has declared. */
#include "base/calendar.h"
#include "base/error.h"
#include "cli/cli.h"
#include "intake/freshness.h"

#include <stdlib.h>

/* ---- the list -------------------------------------------------------------------------------------------------- */

struct listing {
    struct arena arena;
    struct source_row *sources;
    struct import_row *imports;
    struct silence *silences;
    struct feed_row *feeds;
    size_t n_sources, n_imports, n_silences, n_feeds;
    struct mentions mentions;
    int32_t *last_day;
    int64_t now;
};

static enum comity_status load(struct cli *cli, struct desk *desk, struct listing *l, struct comity_error *err)
{
    uint64_t *entity_of = NULL, sequence;
    struct store *store = desk->store;
    enum comity_status status = store_sources(store, &cli->reader, &l->arena, &l->sources, &l->n_sources, err);
    if (!status)
        status = store_imports(store, &cli->reader, &l->arena, &l->imports, &l->n_imports, err);
    if (!status)
        status = store_silences(store, &cli->reader, true, &l->arena, &l->silences, &l->n_silences, err);
    if (!status)
        status = store_feeds(store, &cli->reader, &l->arena, &l->feeds, &l->n_feeds, err);
    if (!status)
        status = store_load(store, desk->domain, &l->mentions, &entity_of, &sequence, err);
    if (!status)
        status = freshness_last_days(&l->mentions, day_of_instant(l->now), &l->arena, &l->last_day, err);
    free(entity_of);
    return status;
}

static enum comity_status add_day(struct sheet *sheet, int32_t day)
{
    char text[DAY_TEXT] = "";
    if (day != NO_RECORD_DAY)
        day_format(day, text);
    return sheet_cell(sheet, slice_from(text));
}

static int32_t last_day_of(const struct listing *l, struct slice code)
{
    for (size_t i = 0; i < l->mentions.n_sources; i++)
        if (slice_equal(l->mentions.sources[i].code, code))
            return l->last_day[i];
    return NO_RECORD_DAY;
}

static enum comity_status add_freshness(
    struct sheet *sheet, struct listing *l, const struct source_row *row, struct comity_error *err)
{
    struct freshness freshness;
    struct freshness_facts facts = {l->imports, l->n_imports, l->silences, l->n_silences, l->feeds, l->n_feeds, l->now};
    char due[INSTANT_TEXT] = "";
    enum comity_status status = freshness_of_source(&facts, row->info.code, &l->arena, &freshness, err);
    if (!status)
        status = add_day(sheet, last_day_of(l, row->info.code));
    if (!status)
        status = sheet_cell(sheet, slice_from(freshness_state_text(freshness.state)));
    if (freshness.due)
        instant_format(freshness.due, due);
    return status ? status : sheet_cell(sheet, slice_from(due));
}

static enum comity_status add_row(
    struct sheet *sheet, struct listing *l, const struct source_row *row, struct comity_error *err)
{
    enum comity_status status = sheet_cell(sheet, row->info.code);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, row->info.title);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, row->info.is_aggregate ? SLICE("sums, kept apart") : row->info.kind);
    if (status == COMITY_OK)
        status = sheet_format(sheet, "%c",
            row->info.reliability >= 1 && row->info.reliability <= 6 ? 'A' + row->info.reliability - 1 : '-');
    if (status == COMITY_OK)
        status = sheet_format(sheet, "%llu", (unsigned long long)row->n_mentions);
    if (status == COMITY_OK)
        status = sheet_format(sheet, "%llu", (unsigned long long)row->n_imports);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, row->last_import);
    if (status == COMITY_OK)
        status = add_freshness(sheet, l, row, err);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, row->info.marking);
    return status == COMITY_OK ? sheet_cell(sheet, row->info.licence) : status;
}

static enum comity_status list_sources(struct cli *cli, struct comity_error *err)
{
    static const char *const columns[] = {"source", "title", "kind", "reliability", "mentions#", "imports#",
        "last import", "last record", "freshness", "due", "marking", "licence"};
    struct desk desk;
    struct listing l = {.now = seconds_now()};
    struct sheet sheet;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    enum comity_status status = cli_open(cli, STORE_READ, &desk, err);
    if (status != COMITY_OK)
        return status;
    status = load(cli, &desk, &l, err);
    for (size_t i = 0; i < l.n_sources && status == COMITY_OK; i++)
        status = add_row(&sheet, &l, &l.sources[i], err);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, cli, err);
    sheet_release(&sheet);
    if (l.mentions.domain)
        mentions_release(&l.mentions);
    arena_release(&l.arena);
    desk_close(&desk);
    return status;
}

/* ---- nothing to report ----------------------------------------------------------------------------------------- */

/* "2026-11-24" and nothing else. */
static enum comity_status read_day(
    const struct arguments *arguments, const char *option, int32_t *day, struct comity_error *err)
{
    const char *text = argument_of(arguments, option);
    int year = 0, n = 0;
    unsigned month = 0, of_month = 0;
    bool is_day = text && sscanf(text, "%4d-%2u-%2u%n", &year, &month, &of_month, &n) == 3 && n == 10 && !text[n] &&
                  civil_is_valid(year, month, of_month);
    if (is_day) {
        *day = day_from_civil(year, month, of_month);
        return COMITY_OK;
    }
    if (text)
        error_set(err, COMITY_USAGE, "'--%s' needs a day, found '%s'", option, text);
    else
        error_set(err, COMITY_USAGE, "'--%s' is needed", option);
    error_hint(err, "a day is written 2026-11-24");
    return COMITY_USAGE;
}

static enum comity_status declare(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct store *store;
    uint64_t id;
    const char *why = argument_of(arguments, "why");
    struct silence silence = {.source = slice_from(arguments->words[1]), .why = slice_from(why ? why : "")};
    enum comity_status status = read_day(arguments, "from", &silence.first_day, err);
    if (!status)
        status = read_day(arguments, "to", &silence.last_day, err);
    if (!status)
        status = store_open(cli->store_path, STORE_WRITE, cli->wait_ms, &store, err);
    if (status) {
        cli_hint_store(cli, status, err);
        return status;
    }
    status = store_silence_declare(store, &silence, &cli->reader, &id, err);
    if (!status)
        cli_say(cli, "declaration %llu: %s has nothing to report from %s to %s", (unsigned long long)id,
            arguments->words[1], argument_of(arguments, "from"), argument_of(arguments, "to"));
    store_close(store);
    return status;
}

static enum comity_status take_back(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct store *store;
    uint64_t id;
    enum comity_status status = word_number(arguments->words[1], "a declaration", &id, err);
    if (!status)
        status = store_open(cli->store_path, STORE_WRITE, cli->wait_ms, &store, err);
    if (status) {
        cli_hint_store(cli, status, err);
        return status;
    }
    status = store_silence_undo(store, id, &cli->reader, err);
    store_close(store);
    return status;
}

static enum comity_status add_silence(struct sheet *sheet, const struct silence *silence)
{
    enum comity_status status = sheet_format(sheet, "%llu", (unsigned long long)silence->id);
    if (!status)
        status = sheet_cell(sheet, silence->source);
    if (!status)
        status = add_day(sheet, silence->first_day);
    if (!status)
        status = add_day(sheet, silence->last_day);
    if (!status)
        status = sheet_cell(sheet, silence->is_undone ? SLICE("taken back") : SLICE("holds"));
    if (!status)
        status = sheet_cell(sheet, silence->who);
    if (!status)
        status = sheet_cell(sheet, silence->when);
    return status ? status : sheet_cell(sheet, silence->why);
}

static enum comity_status list_declared(struct cli *cli, struct comity_error *err)
{
    static const char *const columns[] = {"declaration#", "source", "from", "to", "state", "who", "when", "why"};
    struct store *store;
    struct arena arena = {0};
    struct silence *silences;
    size_t n = 0;
    struct sheet sheet;
    enum comity_status status = store_open(cli->store_path, STORE_READ, cli->wait_ms, &store, err);
    cli_hint_store(cli, status, err);
    if (status)
        return status;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    status = store_silences(store, &cli->reader, false, &arena, &silences, &n, err);
    for (size_t i = 0; i < n && !status; i++)
        status = add_silence(&sheet, &silences[i]);
    if (!status)
        status = sheet_print(&sheet, cli, err);
    sheet_release(&sheet);
    arena_release(&arena);
    store_close(store);
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    size_t n = arguments->n_words;
    const char *word = n ? arguments->words[0] : NULL;
    if (!word)
        return list_sources(cli, err);
    if (n == 1 && strcmp(word, "declared") == 0)
        return list_declared(cli, err);
    if (n == 2 && strcmp(word, "nothing") == 0)
        return declare(cli, arguments, err);
    if (n == 2 && strcmp(word, "take-back") == 0)
        return take_back(cli, arguments, err);
    error_set(err, COMITY_USAGE, "'%s' is nothing that sources can do, or something is missing", word);
    error_hint(err, "sources nothing SOURCE --from DAY --to DAY, sources declared, sources take-back NUMBER");
    return COMITY_USAGE;
}

static const struct option_spec options[] = {
    {"from", 0, "DAY", "with `nothing`: the first day, such as 2026-11-01"},
    {"to", 0, "DAY", "with `nothing`: the last day"},
    {"why", 0, "TEXT", "with `nothing`: what was said"},
};

const struct verb verb_sources = {
    .name = "sources",
    .arguments = "[declared | nothing SOURCE | take-back N]",
    .summary = "lists who speaks and how late each is; takes down that one has nothing to report",
    VERB_OPTIONS(options),
    .most_words = 2,
    .run = run,
    .help = "A source is overdue when it has been silent for longer than its usual gaps, or than its feed's `expect`.\n"
            "`nothing` takes down that it has declared to have nothing to report: that is not silence. Nothing is\n"
            "lost by `take-back`: both stand in the ledger.\n"
            "\nExamples:\n"
            "  comity sources\n"
            "  comity sources nothing police --from 2026-11-01 --to 2026-11-30 --why 'letter of 2 December'\n"
            "  comity sources declared -o json\n"
            "  comity sources take-back 1\n",
};
