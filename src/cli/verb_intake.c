/* comity intake: feeds taken in by themselves, once (for cron) or for as long as it runs; and how they are. */
#include "intake/intake.h"

#include "base/calendar.h"
#include "base/error.h"
#include "cli/cli.h"
#include "store/intake.h"

/* The log is the talk of this verb: it goes to standard error, with the time only where it runs on and on. */
struct talk {
    const struct cli *cli;
    bool has_time;
};

static void say(void *context, const char *line)
{
    const struct talk *talk = context;
    cli_say_line(talk->cli, line, talk->has_time);
}

static enum comity_status tell_failures(const struct intake_summary *summary, struct comity_error *err)
{
    if (!summary->n_failures)
        return COMITY_OK;
    error_set(err, COMITY_FEED, "%.400s", summary->failure.message);
    if (summary->n_failures > 1)
        error_hint(err, "and %zu more; `comity intake status` lists them", summary->n_failures - 1);
    else
        error_hint(err, "%s", summary->failure.hint);
    return COMITY_FEED;
}

static enum comity_status run_feeds(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct intake *intake = NULL;
    struct intake_summary summary = {0};
    bool is_once = argument_is_given(arguments, "once");
    const char *settings = argument_of(arguments, "config");
    struct talk talk = {.cli = cli, .has_time = !is_once};
    struct intake_options options = {.settings_path = settings ? settings : "intake.yaml",
        .store_path = cli->store_path,
        .data_folder = cli->data_folder,
        .wait_ms = cli->wait_ms,
        .progress = &cli->progress,
        .who = &cli->reader,
        .say = say,
        .context = &talk};
    enum comity_status status = intake_open(&options, &intake, err);
    cli_hint_store(cli, status, err);
    if (!status)
        status = is_once ? intake_run_once(intake, &summary, err) : intake_run(intake, err);
    progress_stop(cli);
    intake_close(intake);
    return status ? status : tell_failures(&summary, err);
}

/* ---- status ---------------------------------------------------------------------------------------------------- */

static enum comity_status add_instant(struct sheet *sheet, int64_t seconds)
{
    char text[INSTANT_TEXT] = "";
    if (seconds)
        instant_format(seconds, text);
    return sheet_cell(sheet, slice_from(text));
}

static enum comity_status add_feed(struct sheet *sheet, const struct feed_row *feed)
{
    const char *state = !feed->is_active   ? "not in the settings"
                        : feed->n_failures ? "failing"
                        : feed->looked     ? "ok"
                                           : "new";
    enum comity_status status = sheet_cell(sheet, feed->id);
    if (!status)
        status = sheet_cell(sheet, feed->source);
    if (!status)
        status = sheet_cell(sheet, slice_from(state));
    if (!status)
        status = add_instant(sheet, feed->looked);
    if (!status)
        status = add_instant(sheet, feed->succeeded);
    if (!status)
        status = add_instant(sheet, feed->brought);
    if (!status)
        status = add_instant(sheet, feed->is_active ? feed->due : 0);
    if (!status)
        status = sheet_cell(sheet, feed->place);
    if (!status)
        status = sheet_cell(sheet, feed->error);
    return status ? status : sheet_cell(sheet, feed->hint);
}

static enum comity_status add_file(struct sheet *sheet, const struct feed_file *file)
{
    enum comity_status status = sheet_cell(sheet, file->feed);
    if (!status)
        status = sheet_cell(sheet, SLICE_EMPTY);
    if (!status)
        status = sheet_cell(sheet, SLICE("failed file"));
    if (!status)
        status = add_instant(sheet, file->at);
    for (int i = 0; i < 3 && !status; i++)
        status = sheet_cell(sheet, SLICE_EMPTY);
    if (!status)
        status = sheet_cell(sheet, file->name);
    if (!status)
        status = sheet_cell(sheet, file->error);
    return status ? status : sheet_cell(sheet, file->hint);
}

static enum comity_status fill_status(
    struct cli *cli, struct store *store, struct sheet *sheet, size_t *n_failing, struct comity_error *err)
{
    struct arena arena = {0};
    struct feed_row *feeds;
    struct feed_file *files = NULL;
    size_t n_feeds = 0, n_files = 0;
    *n_failing = 0;
    enum comity_status status = store_feeds(store, &cli->reader, &arena, &feeds, &n_feeds, err);
    if (!status)
        status = store_feed_files(store, SLICE_EMPTY, true, &arena, &files, &n_files, err);
    for (size_t i = 0; !status && i < n_feeds; i++) {
        *n_failing += feeds[i].is_active && feeds[i].n_failures;
        status = add_feed(sheet, &feeds[i]);
    }
    for (size_t i = 0; !status && i < n_files; i++)
        status = add_file(sheet, &files[i]);
    *n_failing += n_files;
    arena_release(&arena);
    return status;
}

static enum comity_status show_status(struct cli *cli, struct comity_error *err)
{
    static const char *const columns[] = {"feed", "source", "state", "looked", "last success", "last import",
        "next look", "from", "error", "how to mend it"};
    struct store *store = NULL;
    struct sheet sheet;
    size_t n_failing = 0;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    enum comity_status status = store_open(cli->store_path, STORE_READ, cli->wait_ms, &store, err);
    cli_hint_store(cli, status, err);
    if (!status)
        status = fill_status(cli, store, &sheet, &n_failing, err);
    if (!status)
        status = sheet_print(&sheet, cli, err);
    sheet_release(&sheet);
    store_close(store);
    if (status || !n_failing)
        return status;
    return error_set(err, COMITY_FEED, "%zu feeds or files of feeds are failing", n_failing);
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    if (strcmp(arguments->words[0], "run") == 0)
        return run_feeds(cli, arguments, err);
    if (strcmp(arguments->words[0], "status") == 0)
        return show_status(cli, err);
    error_set(err, COMITY_USAGE, "'%s' is nothing that intake can do", arguments->words[0]);
    error_hint(err, "comity intake run, or comity intake status");
    return COMITY_USAGE;
}

static const struct option_spec options[] = {
    {"config", 'c', "FILE", "the settings: which feeds there are (default: intake.yaml here)"},
    {"once", '1', NULL, "do what is due now and end, for cron; without it, go on until stopped"},
};

const struct verb verb_intake = {
    .name = "intake",
    .arguments = "run|status",
    .summary = "takes in watched folders and addresses by itself; tells how they are",
    VERB_OPTIONS(options),
    .least_words = 1,
    .most_words = 1,
    .run = run,
    .help =
        "`run` looks into the folders and asks the addresses of the settings, imports what is new and links it.\n"
        "One intake works on a store at a time; `comity serve --intake FILE` is one too. A file that is still\n"
        "being written is left until it rests; one that fails is tried again when it, or its recipe, changes.\n"
        "\nExit status of `run --once`: 0 all that was due went well, or nothing was due; 7 a feed failed, and the\n"
        "others were taken all the same; 2 the settings are wrong; 6 another intake is at work. `status`: 7 while\n"
        "something is failing.\n"
        "\nSettings (docs/INTAKE.md has all):\n"
        "  feeds:\n"
        "    - feed: customs\n"
        "      recipe: simulated-customs\n"
        "      from: { folder: /srv/customs, pattern: \"*.csv\" }\n"
        "    - feed: ministry\n"
        "      recipe: ./ministry.yaml\n"
        "      from: { url: \"https://ministry.example/seizures.csv\" }\n"
        "      every: 1d\n"
        "\nExamples:\n"
        "  comity intake run --config intake.yaml\n"
        "  */15 * * * * comity intake run --once --quiet --store /srv/desk.sqlite --config /srv/intake.yaml\n"
        "  comity intake status -o json\n",
};
