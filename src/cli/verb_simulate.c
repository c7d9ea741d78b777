/* comity simulate: a world that never was, with the truth beside it. */
#include "base/calendar.h"
#include "base/error.h"
#include "cli/packs.h"
#include "simulate/disguise.h"
#include "simulate/workbooks.h"

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
        {"lag", &options->lag}, {"parts", &options->parts}, {"beside", &options->beside},
        {"operations", &options->operations}, {"corrected", &options->corrected}, {"late", &options->late},
        {"dropped", &options->dropped}, {"doubled", &options->ministry.doubled},
        {"missing", &options->ministry.missing}, {"part", &options->ministry.part}, {"wrong", &options->ministry.wrong},
        {"rounded", &options->ministry.rounded}, {"invented", &options->ministry.invented}};
    struct {
        const char *name;
        unsigned *number;
        uint64_t least, most;
    } numbers[] = {{"repeated-days", &options->repeated_days, 0, 366},
        {"loads", &options->loads, 0, SIMULATE_MOST_LOADS}, {"editions", &options->editions, 1, SIMULATE_MOST_EDITIONS},
        {"silent-days", &options->silent_days, 0, 3660}, {"quiet-days", &options->quiet_days, 0, 3660},
        {"from-year", &options->from_year, 1000, 2199}};
    uint64_t per_day = 0;
    enum comity_status status =
        argument_number(arguments, "events", 1, 50000000, options->n_events, &options->n_events, err);
    if (status == COMITY_OK)
        status = argument_number(arguments, "seed", 0, UINT64_MAX, options->seed, &options->seed, err);
    if (status == COMITY_OK)
        status = argument_number(arguments, "per-day", 1, 1000000, 0, &per_day, err);
    options->ministry.is_wanted = argument_is_given(arguments, "sums");
    options->per_day = (double)per_day;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && status == COMITY_OK; i++) {
        uint64_t number = *numbers[i].number;
        status = argument_number(arguments, numbers[i].name, numbers[i].least, numbers[i].most, number, &number, err);
        *numbers[i].number = (unsigned)number;
    }
    for (size_t i = 0; i < sizeof rates / sizeof *rates && status == COMITY_OK; i++)
        status = rate(arguments, rates[i].name, rates[i].share, err);
    return status;
}

static void say_period(const struct cli *cli, int32_t first_day, int32_t last_day, const char *what, uint64_t n)
{
    char first[DAY_TEXT], last[DAY_TEXT];
    if (last_day < first_day)
        return;
    day_format(first_day, first);
    day_format(last_day, last);
    cli_say(cli, "%s to %s %s %llu", first, last, what, (unsigned long long)n);
}

static void say_report(
    const struct cli *cli, const struct domain *domain, const struct simulate_report *report, const char *folder)
{
    char quiet[64];
    cli_say(cli, "%llu events, %llu of them told of, in %llu rows by %u sources; simulated files are in '%s'",
        (unsigned long long)report->n_events, (unsigned long long)report->n_told, (unsigned long long)report->n_rows,
        report->n_sources, folder);
    if (report->n_repeated)
        say_period(
            cli, report->repeated_first, report->repeated_last, "is loaded twice; surplus rows:", report->n_repeated);
    if (report->n_loads)
        cli_say(cli, "%u loads came more than once, with %llu rows; truth-loads.csv says which", report->n_loads,
            (unsigned long long)report->n_planted);
    say_period(cli, report->silent_first, report->silent_last,
        "one source is silent; rows that it left out:", report->n_silenced);
    snprintf(quiet, sizeof quiet,
        "nothing happens in %s; events taken out:", country_get(domain->countries, report->quiet_country)->alpha2);
    say_period(cli, report->quiet_first, report->quiet_last, quiet, report->n_quiet);
}

static enum comity_status disguise(const struct cli *cli, const struct domain *domain, const char *folder,
    const struct simulate_options *options, uint64_t seed, struct comity_error *err)
{
    struct disguise_report report;
    enum comity_status status = simulate_disguise(domain, folder, options, seed, &report, err);
    if (status == COMITY_OK)
        cli_say(cli, "%llu rows of a simulated world are disguised in '%s/%s'; disguise.json there says how",
            (unsigned long long)report.n_rows, folder, report.file);
    return status;
}

static enum comity_status tell(const struct cli *cli, const struct domain *domain, const char *folder,
    const struct simulate_options *options, struct comity_error *err)
{
    struct simulate_report report;
    enum comity_status status = simulate_world(domain, folder, options, &report, err);
    if (status == COMITY_OK)
        say_report(cli, domain, &report, folder);
    return status;
}

static enum comity_status lay_out(const struct cli *cli, const struct domain *domain, const char *folder,
    const char *layout, const struct simulate_options *options, struct comity_error *err)
{
    struct workbooks_report report;
    enum comity_status status = simulate_workbooks(domain, folder, layout, options, &report, err);
    if (status == COMITY_OK)
        cli_say(cli, "%llu events in %llu rows of %u sheets of %u workbooks; simulated files are in '%s'",
            (unsigned long long)report.n_events, (unsigned long long)report.n_rows, report.n_sheets, report.n_books,
            folder);
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct simulate_options options = simulate_defaults;
    struct domain *domain = NULL;
    uint64_t mask = 0;
    const char *folder = argument_of(arguments, "out"), *pack = argument_of(arguments, "domain");
    options.progress = &cli->progress;
    options.only = argument_of(arguments, "only");
    options.sources = argument_of(arguments, "sources");
    options.silent = argument_of(arguments, "silent");
    enum comity_status status = read_options(arguments, &options, err);
    if (status == COMITY_OK)
        status = argument_number(arguments, "disguise", 0, UINT64_MAX, 0, &mask, err);
    if (status == COMITY_OK && !folder)
        folder = "simulated";
    if (status == COMITY_OK && mkdir(folder, 0777) != 0 && errno != EEXIST)
        status = error_io(err, "create", folder);
    if (status == COMITY_OK)
        status = pack_load(cli, pack, &domain, err);
    const char *layout = argument_of(arguments, "layout");
    if (status == COMITY_OK && layout)
        status = lay_out(cli, domain, folder, layout, &options, err);
    else if (status == COMITY_OK)
        status = argument_is_given(arguments, "disguise") ? disguise(cli, domain, folder, &options, mask, err)
                                                          : tell(cli, domain, folder, &options, err);
    domain_free(domain);
    return status;
}

static const struct option_spec options[] = {
    {"out", 0, "FOLDER", "where the files go (default: ./simulated)"},
    {"domain", 'd', "PACK", "the domain pack (default: drugs)"},
    {"events", 'n', "N", "how many events (default 20000)"},
    {"seed", 0, "N", "the same seed gives the same bytes (default 1)"},
    {"per-day", 0, "N", "events of an ordinary day (default 35): a larger world has more days, not fuller ones"},
    {"from-year", 0, "YEAR", "when it begins (default 2023); no date may be after 2199"},
    {"seen", 0, "SHARE", "of cases: how many each source tells of (default 0.75)"},
    {"several", 0, "SHARE", "of cases: more than one haul (default 0.12)"},
    {"twins", 0, "SHARE", "of events: another one agrees exactly in date, place, drug and amount (default 0.10)"},
    {"nulls", 0, "SHARE", "of cells that may be empty (default 0.15)"},
    {"rounding", 0, "SHARE", "of amounts: told with two digits (default 0.25)"},
    {"revisions", 0, "SHARE", "of rows: told again with another amount (default 0.05)"},
    {"lag", 0, "SHARE", "of cases: dated one to five days late (default 0.15)"},
    {"parts", 0, "SHARE", "of hauls: a source tells them in two to four parts (default 0)"},
    {"beside", 0, "SHARE", "of hauls: a source tells their parts, and the total beside them (default 0)"},
    {"operations", 0, "SHARE",
        "of hauls: they begin an operation that half of the sources tell as one sum (default 0)"},
    {"repeated-days", 0, "N", "length of the period that is loaded twice (default 6; 0: none)"},
    {"loads", 0, "N", "loads that came more than once, in random sources, countries and shapes (default 0)"},
    {"sums", 0, NULL, "also sums of the events with planted differences, and a register of every event"},
    {"doubled", 0, "SHARE", "of the ministry's cells: told twice as much (default 0.02, as the next four)"},
    {"missing", 0, "SHARE", "of its cells: left out"},
    {"part", 0, "SHARE", "of its cells: told more than the events are"},
    {"wrong", 0, "SHARE", "of its cells: told less than the events are"},
    {"rounded", 0, "SHARE", "of its cells: told without decimals, which is no difference"},
    {"invented", 0, "SHARE", "of its cells: as many more, where nothing happened (default 0.01)"},
    {"sources", 0, "WHICH", "how many sources tell of the world (2 … 5, default 2), or their names with commas"},
    {"disguise", 0, "SEED", "instead: one file in Spanish or Portuguese, as an unknown agency would write it"},
    {"layout", 0, "NAME", "instead: workbooks in a public layout of the pack (unodc), a sheet for each year"},
    {"only", 0, "SOURCE", "write only this source's files, and the truth of them"},
    {"editions", 0, "N", "exports of each source, one after another (default 1)"},
    {"corrected", 0, "SHARE", "of rows: a later edition has another amount (default 0.05)"},
    {"late", 0, "SHARE", "of rows: missing in the first edition (default 0.03)"},
    {"dropped", 0, "SHARE", "of rows: missing from some edition on (default 0.01)"},
    {"silent-days", 0, "N", "a source says nothing of so many days although events happen (default 0)"},
    {"silent", 0, "SOURCE", "the source that falls silent (default sim-police)"},
    {"quiet-days", 0, "N", "in one country nothing happens for so many days (default 0)"},
};

const struct verb verb_simulate = {
    .name = "simulate",
    .arguments = "[--out FOLDER]",
    .summary = "makes a simulated world: two to five sources, and the truth beside them",
    VERB_OPTIONS(options),
    .run = run,
    .help = "Writes customs.csv (English), police.xlsx and police-revised.xlsx (Spanish), ministry.json (French), "
            "register.csv\n"
            "(Russian), newsroom.csv (English, rounded and late), as --sources asks, and what is true beside them: "
            "truth.csv,\n"
            "truth-totals.csv, world.json. Everything says that it is simulated. docs/SIMULATOR.md tells more.\n"
            "With --sums: sums.csv, sums-rounded.csv, sums-revised.csv, complete.csv and truth-sums.csv.\n"
            "\nExamples:\n"
            "  comity simulate --out world --events 20000 --seed 7\n"
            "  comity simulate --out five --sources 5\n"
            "  comity simulate --out later --sources ministry,register --editions 2 --late 0.1\n"
            "  comity simulate --out again --sources 5 --repeated-days 0 --loads 12\n"
            "  comity simulate --out gap --sources 3 --silent-days 30 --quiet-days 30\n"
            "  comity simulate --out unknown --events 1000 --disguise 4\n"
            "  comity simulate --out un --events 3000000 --layout unodc\n"
            "  comity simulate --out cells --sums --missing 0.05\n"
            "  comity simulate --out hard --nulls 0.3 --rounding 0.5 --twins 0.2\n",
};
