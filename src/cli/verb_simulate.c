/* comity simulate: a world that never was, with the truth beside it. */
#include "base/calendar.h"
#include "base/error.h"
#include "cli/packs.h"
#include "simulate/simulate.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

static enum comity_status rate(
    const struct arguments *arguments, const char *option, double *share, struct comity_error *err)
{
    const char *text = argument_of(arguments, option);
    if (!text)
        return COMITY_OK;
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !(value >= 0 && value <= 1))
        return error_set(err, COMITY_USAGE, "'--%s' needs a share from 0 to 1, found '%s'", option, text);
    *share = value;
    return COMITY_OK;
}

static enum comity_status read_options(
    const struct arguments *arguments, struct simulate_options *options, struct comity_error *err)
{
    struct {
        const char *name;
        double *share;
    } rates[] = {{"seen", &options->seen}, {"several", &options->several}, {"twins", &options->twins},
        {"nulls", &options->nulls}, {"rounding", &options->rounding}, {"revisions", &options->revisions},
        {"lag", &options->lag}, {"doubled", &options->ministry.doubled}, {"missing", &options->ministry.missing},
        {"part", &options->ministry.part}, {"wrong", &options->ministry.wrong}, {"rounded", &options->ministry.rounded},
        {"invented", &options->ministry.invented}};
    uint64_t days = options->repeated_days, per_day = 0;
    enum comity_status status =
        argument_number(arguments, "events", 1, 50000000, options->n_events, &options->n_events, err);
    if (status == COMITY_OK)
        status = argument_number(arguments, "seed", 0, UINT64_MAX, options->seed, &options->seed, err);
    if (status == COMITY_OK)
        status = argument_number(arguments, "repeated-days", 0, 366, days, &days, err);
    if (status == COMITY_OK)
        status = argument_number(arguments, "per-day", 1, 1000000, 0, &per_day, err);
    options->repeated_days = (unsigned)days;
    options->ministry.is_wanted = argument_is_given(arguments, "ministry");
    options->per_day = (double)per_day;
    for (size_t i = 0; i < sizeof rates / sizeof *rates && status == COMITY_OK; i++)
        status = rate(arguments, rates[i].name, rates[i].share, err);
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct simulate_options options = simulate_defaults;
    struct simulate_report report;
    struct domain *domain = NULL;
    const char *folder = argument_of(arguments, "out"), *pack = argument_of(arguments, "domain");
    char first[DAY_TEXT], last[DAY_TEXT];
    options.progress = &cli->progress;
    options.only = argument_of(arguments, "only");
    enum comity_status status = read_options(arguments, &options, err);
    if (status == COMITY_OK && !folder)
        folder = "simulated";
    if (status == COMITY_OK && mkdir(folder, 0777) != 0 && errno != EEXIST)
        status = error_io(err, "create", folder);
    if (status == COMITY_OK)
        status = pack_load(cli, pack, &domain, err);
    if (status == COMITY_OK)
        status = simulate_world(domain, folder, &options, &report, err);
    if (status == COMITY_OK) {
        day_format(report.repeated_first, first);
        day_format(report.repeated_last, last);
        cli_say(cli, "%llu events, %llu of them told of, in %llu rows; simulated files are in '%s'",
            (unsigned long long)report.n_events, (unsigned long long)report.n_told, (unsigned long long)report.n_rows,
            folder);
        if (report.n_repeated)
            cli_say(
                cli, "%s to %s is loaded twice: %llu surplus rows", first, last, (unsigned long long)report.n_repeated);
    }
    domain_free(domain);
    return status;
}

static const struct option_spec options[] = {
    {"out", 0, "FOLDER", "where the files go (default: ./simulated)"},
    {"domain", 'd', "PACK", "the domain pack (default: drugs)"},
    {"events", 'n', "N", "how many events (default 20000)"},
    {"seed", 0, "N", "the same seed gives the same bytes (default 1)"},
    {"per-day", 0, "N", "events of an ordinary day (default 27): a larger world has more days, not fuller ones"},
    {"seen", 0, "SHARE", "of cases: how many each source tells of (default 0.75)"},
    {"several", 0, "SHARE", "of cases: more than one haul (default 0.12)"},
    {"twins", 0, "SHARE", "of events: another one agrees exactly in date, place, drug and amount (default 0.10)"},
    {"nulls", 0, "SHARE", "of cells that may be empty (default 0.15)"},
    {"rounding", 0, "SHARE", "of amounts: told with two digits (default 0.25)"},
    {"revisions", 0, "SHARE", "of rows: told again with another amount (default 0.05)"},
    {"lag", 0, "SHARE", "of cases: dated one to five days late (default 0.15)"},
    {"repeated-days", 0, "N", "length of the period that is loaded twice (default 6; 0: none)"},
    {"ministry", 0, NULL, "also a ministry's sums with planted differences, and a register of every event"},
    {"doubled", 0, "SHARE", "of the ministry's cells: told twice as much (default 0.02, as the next four)"},
    {"missing", 0, "SHARE", "of its cells: left out"},
    {"part", 0, "SHARE", "of its cells: told more than the events are"},
    {"wrong", 0, "SHARE", "of its cells: told less than the events are"},
    {"rounded", 0, "SHARE", "of its cells: told without decimals, which is no difference"},
    {"invented", 0, "SHARE", "of its cells: as many more, where nothing happened (default 0.01)"},
    {"only", 0, "SOURCE", "write only this source's file (sim-customs, sim-police)"},
};

const struct verb verb_simulate = {
    .name = "simulate",
    .arguments = "[--out FOLDER]",
    .summary = "makes a simulated world: two sources, and the truth beside them",
    VERB_OPTIONS(options),
    .run = run,
    .help =
        "Writes customs.csv (English), police.xlsx and police-revised.xlsx (Spanish), truth.csv, truth-totals.csv and\n"
        "world.json. With --ministry: ministry.csv with its editions ministry-rounded.csv and ministry-revised.csv,\n"
        "register.csv and truth-sums.csv. Everything says that it is simulated.\n"
        "\nExamples:\n"
        "  comity simulate --out world --events 20000 --seed 7\n"
        "  comity simulate --out sums --ministry --missing 0.05\n"
        "  comity simulate --out hard --nulls 0.3 --rounding 0.5 --twins 0.2\n",
};
