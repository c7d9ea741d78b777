/* comity sources: who speaks in this store, how late and how good each is, and what each has declared. */
#include "base/calendar.h"
#include "base/error.h"
#include "cli/cli.h"
#include "flow/quality.h"
#include "intake/freshness.h"

#include <math.h>
#include <stdlib.h>

/* ---- how well they tell ----------------------------------------------------------------------------------------- */

/* What quality is of; released in any case. */
struct telling {
    struct mentions mentions;
    struct resolution resolution;
    struct quality quality;
};

static enum comity_status load_telling(
    struct cli *cli, struct desk *desk, struct telling *telling, struct comity_error *err)
{
    uint64_t *entity_of = NULL, sequence;
    *telling = (struct telling){0};
    enum comity_status status = desk_load(desk, &telling->mentions, &entity_of, &sequence, err);
    if (!status)
        status = resolve_entities(&telling->mentions, entity_of, &telling->resolution, err);
    if (!status)
        status = quality_build(&telling->mentions, &telling->resolution, &cli->reader, &telling->quality, err);
    free(entity_of);
    return status;
}

static void release_telling(struct telling *telling)
{
    quality_release(&telling->quality);
    resolution_release(&telling->resolution);
    if (telling->mentions.domain)
        mentions_release(&telling->mentions);
}

/* In percent; empty (null, in JSON) where there is nothing to take a share of. */
static enum comity_status add_share(struct sheet *sheet, double share)
{
    return isnan(share) ? sheet_cell(sheet, SLICE_EMPTY) : sheet_format(sheet, "%.1f", 100 * share);
}

static enum comity_status add_pair(struct sheet *sheet, const struct telling *telling, const struct source_pair *pair)
{
    const struct source_info *sources = telling->mentions.sources;
    enum comity_status status = sheet_cell(sheet, sources[pair->a].code);
    if (!status)
        status = sheet_cell(sheet, sources[pair->b].code);
    if (!status)
        status = sheet_format(sheet, "%llu", (unsigned long long)pair->n_entities);
    for (unsigned t = 0; t < telling->quality.n_topics && !status; t++)
        status = add_share(sheet, quality_share(pair->accords[t].n_alike, pair->accords[t].n_both));
    return status ? status
                  : sheet_format(sheet, "source=%.*s&source=%.*s", SLICE_ARG(sources[pair->a].code),
                        SLICE_ARG(sources[pair->b].code));
}

static enum comity_status print_pairs(struct cli *cli, const struct telling *telling, struct comity_error *err)
{
    char topics[LINK_MOST_COMPARISONS][80];
    const char *columns[LINK_MOST_COMPARISONS + 4] = {"source", "other", "told by both#"};
    const struct quality *quality = &telling->quality;
    struct sheet sheet;
    enum comity_status status = COMITY_OK;
    for (unsigned t = 0; t < quality->n_topics; t++) {
        snprintf(topics[t], sizeof topics[t], "%.*s alike %%#",
            SLICE_ARG(quality->domain->fields[quality->topics[t].field].id));
        columns[3 + t] = topics[t];
    }
    columns[3 + quality->n_topics] = "query";
    sheet_init(&sheet, columns, 4 + quality->n_topics);
    for (size_t i = 0; i < quality->n_pairs && !status; i++)
        status = add_pair(&sheet, telling, &quality->pairs[i]);
    if (!status)
        status = sheet_print(&sheet, cli, err);
    sheet_release(&sheet);
    return status;
}

static enum comity_status list_agreement(struct cli *cli, struct comity_error *err)
{
    struct desk desk;
    struct telling telling;
    enum comity_status status = cli_open(cli, STORE_READ, &desk, err);
    if (status)
        return status;
    status = load_telling(cli, &desk, &telling, err);
    if (!status)
        status = print_pairs(cli, &telling, err);
    if (!status && !telling.quality.n_pairs)
        cli_say(cli, "no two sources tell of the same event; `comity link` finds those that do");
    release_telling(&telling);
    desk_close(&desk);
    return status;
}

/* ---- the list -------------------------------------------------------------------------------------------------- */

struct listing {
    struct arena arena;
    struct source_row *sources;
    struct import_row *imports;
    struct silence *silences;
    struct feed_row *feeds;
    size_t n_sources, n_imports, n_silences, n_feeds;
    struct telling telling;
    int32_t *last_day;
    int64_t now;
};

static enum comity_status load(struct cli *cli, struct desk *desk, struct listing *l, struct comity_error *err)
{
    struct store *store = desk->store;
    enum comity_status status = store_sources(store, &cli->reader, &l->arena, &l->sources, &l->n_sources, err);
    if (!status)
        status = store_imports(store, &cli->reader, &l->arena, &l->imports, &l->n_imports, err);
    if (!status)
        status = store_silences(store, &cli->reader, true, &l->arena, &l->silences, &l->n_silences, err);
    if (!status)
        status = store_feeds(store, &cli->reader, &l->arena, &l->feeds, &l->n_feeds, err);
    if (!status)
        status = load_telling(cli, desk, &l->telling, err);
    if (!status)
        status = freshness_last_days(&l->telling.mentions, day_of_instant(l->now), &l->arena, &l->last_day, err);
    return status;
}

static enum comity_status add_day(struct sheet *sheet, int32_t day)
{
    char text[DAY_TEXT] = "";
    if (day != NO_RECORD_DAY)
        day_format(day, text);
    return sheet_cell(sheet, slice_from(text));
}

/* Its number among those that tell reports, or UINT32_MAX: a series of sums has none. */
static uint32_t source_number(const struct listing *l, struct slice code)
{
    for (uint32_t i = 0; i < l->telling.mentions.n_sources; i++)
        if (slice_equal(l->telling.mentions.sources[i].code, code))
            return i;
    return UINT32_MAX;
}

static enum comity_status add_quality(struct sheet *sheet, const struct listing *l, uint32_t source)
{
    const struct quality *quality = &l->telling.quality;
    double shares[4] = {NAN, NAN, NAN, NAN};
    enum comity_status status = COMITY_OK;
    if (source != UINT32_MAX) {
        const struct source_quality *q = &quality->sources[source];
        shares[0] = quality_told_share(quality, source);
        shares[1] = quality_doubtful_share(quality, source);
        shares[2] = quality_share(q->n_not_placed, q->n_mentions);
        shares[3] = quality_share(q->n_shared, q->n_mentions);
    }
    for (size_t i = 0; i < 4 && !status; i++)
        status = add_share(sheet, shares[i]);
    return status;
}

static enum comity_status add_freshness(
    struct sheet *sheet, struct listing *l, const struct source_row *row, struct comity_error *err)
{
    struct freshness freshness;
    struct freshness_facts facts = {l->imports, l->n_imports, l->silences, l->n_silences, l->feeds, l->n_feeds, l->now};
    char due[INSTANT_TEXT] = "";
    enum comity_status status = freshness_of_source(&facts, row->info.code, &l->arena, &freshness, err);
    uint32_t source = source_number(l, row->info.code);
    if (!status)
        status = add_day(sheet, source == UINT32_MAX ? NO_RECORD_DAY : l->last_day[source]);
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
        status = add_quality(sheet, l, source_number(l, row->info.code));
    if (status == COMITY_OK)
        status = sheet_cell(sheet, row->info.marking);
    return status == COMITY_OK ? sheet_cell(sheet, row->info.licence) : status;
}

static enum comity_status list_sources(struct cli *cli, struct comity_error *err)
{
    static const char *const columns[] = {"source", "title", "kind", "reliability", "mentions#", "imports#",
        "last import", "last record", "freshness", "due", "told %#", "doubtful %#", "not placed %#", "shared %#",
        "marking", "licence"};
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
    release_telling(&l.telling);
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
    if (n == 1 && strcmp(word, "agreement") == 0)
        return list_agreement(cli, err);
    if (n == 1 && strcmp(word, "declared") == 0)
        return list_declared(cli, err);
    if (n == 2 && strcmp(word, "nothing") == 0)
        return declare(cli, arguments, err);
    if (n == 2 && strcmp(word, "take-back") == 0)
        return take_back(cli, arguments, err);
    error_set(err, COMITY_USAGE, "'%s' is nothing that sources can do, or something is missing", word);
    error_hint(err,
        "sources agreement, sources nothing SOURCE --from DAY --to DAY, sources declared, sources take-back NUMBER");
    return COMITY_USAGE;
}

static const struct option_spec options[] = {
    {"from", 0, "DAY", "with `nothing`: the first day, such as 2026-11-01"},
    {"to", 0, "DAY", "with `nothing`: the last day"},
    {"why", 0, "TEXT", "with `nothing`: what was said"},
};

const struct verb verb_sources = {
    .name = "sources",
    .arguments = "[agreement | declared | nothing SOURCE | take-back N]",
    .summary = "lists who speaks, how late and how good each is; takes down that one has nothing to report",
    VERB_OPTIONS(options),
    .most_words = 2,
    .run = run,
    .help = "A source is overdue when it has been silent for longer than its usual gaps, or than its feed's `expect`.\n"
            "`nothing` takes down that it has declared to have nothing to report: that is not silence. Nothing is\n"
            "lost by `take-back`: both stand in the ledger.\n"
            "\n`told` is the share of the fields that a source fills, `doubtful` of these what could not be read for\n"
            "sure, `shared` the rows that another source tells of too. `agreement` lists, for each two sources, how\n"
            "many events both tell of, and in how many of these their date, amount, concept and place are alike.\n"
            "\nExamples:\n"
            "  comity sources\n"
            "  comity sources agreement\n"
            "  comity sources nothing police --from 2026-11-01 --to 2026-11-30 --why 'letter of 2 December'\n"
            "  comity sources declared -o json\n"
            "  comity sources take-back 1\n",
};
