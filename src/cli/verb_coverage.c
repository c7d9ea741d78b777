/* comity coverage: what is known to be covered, as a matrix and as a list; confirming it and taking it back. */
#include "base/calendar.h"
#include "base/error.h"
#include "cli/cli.h"
#include "cli/covers.h"
#include "flow/matrix.h"

#include <stdlib.h>

/* ---- the matrix ----------------------------------------------------------------------------------------------- */

static const char *const marks[N_MATRIX_STATES] = {"·", "", "none", "0"};

static enum comity_status add_wide_row(struct sheet *sheet, const struct matrix *matrix, const struct matrix_row *row)
{
    enum comity_status status = sheet_cell(sheet, row->source);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, row->country);
    for (size_t i = 0; i < matrix->n_periods && status == COMITY_OK; i++)
        status = row->cells[i].state == MATRIX_RECORDS
                     ? sheet_format(sheet, "%llu", (unsigned long long)row->cells[i].n)
                     : sheet_cell(sheet, slice_from(marks[row->cells[i].state]));
    return status == COMITY_OK ? sheet_format(sheet, "%llu", (unsigned long long)row->n_outside) : status;
}

static enum comity_status print_wide(struct cli *cli, const struct matrix *matrix, struct comity_error *err)
{
    char names[MATRIX_MOST_PERIODS][16];
    const char *columns[MATRIX_MOST_PERIODS + 3] = {"source", "country"};
    struct sheet sheet;
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < matrix->n_periods; i++) {
        snprintf(names[i], sizeof names[i], "%s#", matrix->periods[i].text);
        columns[2 + i] = names[i];
    }
    columns[2 + matrix->n_periods] = "not dated here#";
    sheet_init(&sheet, columns, matrix->n_periods + 3);
    for (size_t i = 0; i < matrix->n_rows && status == COMITY_OK; i++)
        status = add_wide_row(&sheet, matrix, &matrix->rows[i]);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, cli, err);
    sheet_release(&sheet);
    cli_say(cli, "a number: records · 0: nothing happened (inside a confirmed, complete coverage) · none: nothing to "
                 "report, declared · a dot: not known");
    return status;
}

static enum comity_status add_cell(
    struct sheet *sheet, const struct matrix_row *row, const char *period, const struct matrix_cell *cell)
{
    enum comity_status status = sheet_cell(sheet, row->source);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, row->country);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, slice_from(period));
    if (status == COMITY_OK)
        status = sheet_cell(sheet, slice_from(matrix_state_name(cell->state)));
    return status == COMITY_OK ? sheet_format(sheet, "%llu", (unsigned long long)cell->n) : status;
}

/* For programs: a row for each cell. */
static enum comity_status print_long(struct cli *cli, const struct matrix *matrix, struct comity_error *err)
{
    static const char *const columns[] = {"source", "country", "period", "state", "records#"};
    struct sheet sheet;
    enum comity_status status = COMITY_OK;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < matrix->n_rows; i++)
        for (size_t j = 0; j < matrix->n_periods && status == COMITY_OK; j++)
            status = add_cell(&sheet, &matrix->rows[i], matrix->periods[j].text, &matrix->rows[i].cells[j]);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, cli, err);
    sheet_release(&sheet);
    return status;
}

static enum comity_status show_matrix(struct cli *cli, const struct arguments *arguments, struct desk *desk,
    struct arena *arena, struct comity_error *err)
{
    struct matrix matrix;
    struct matrix_options options = {0};
    struct snapshot *snapshot = NULL;
    uint64_t year;
    enum comity_status status = argument_number(arguments, "year", 1000, 2199, 0, &year, err);
    if (status == COMITY_OK)
        status = desk_snapshot(desk, &snapshot, err);
    options.year = (int)year;
    if (status == COMITY_OK)
        status = matrix_read_declarations(desk->store, &cli->reader, arena, &options, err);
    if (status == COMITY_OK)
        status = matrix_build(snapshot, desk->domain, &cli->reader, &options, arena, &matrix, err);
    if (status == COMITY_OK)
        status = cli->has_format && cli->format != OUTPUT_TABLE ? print_long(cli, &matrix, err)
                                                                : print_wide(cli, &matrix, err);
    if (snapshot)
        snapshot_release(snapshot);
    return status;
}

/* ---- the list ------------------------------------------------------------------------------------------------- */

static enum comity_status add_row(struct sheet *sheet, const struct coverage_row *row)
{
    char first[DAY_TEXT], last[DAY_TEXT];
    day_format(row->first_day, first);
    day_format(row->last_day, last);
    const struct slice cells[] = {row->source_code, row->country.len ? row->country : SLICE("all"), slice_from(first),
        slice_from(last), row->is_complete ? SLICE("complete") : SLICE("in part"), row->who, row->when,
        row->is_undone      ? SLICE("taken back with its import")
        : row->is_withdrawn ? SLICE("withdrawn")
                            : SLICE("")};
    enum comity_status status = sheet_format(sheet, "%llu", (unsigned long long)row->import);
    for (size_t i = 0; i < sizeof cells / sizeof *cells && status == COMITY_OK; i++)
        status = sheet_cell(sheet, cells[i]);
    return status;
}

static enum comity_status list(struct cli *cli, struct desk *desk, struct arena *arena, struct comity_error *err)
{
    static const char *const columns[] = {
        "import#", "source", "country", "from", "to", "how complete", "confirmed by", "when", "state"};
    struct coverage_row *rows;
    struct sheet sheet;
    size_t n;
    enum comity_status status = store_coverages(desk->store, &cli->reader, arena, &rows, &n, err);
    if (status != COMITY_OK)
        return status;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < n && status == COMITY_OK; i++)
        status = add_row(&sheet, &rows[i]);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, cli, err);
    sheet_release(&sheet);
    return status;
}

/* ---- confirming ----------------------------------------------------------------------------------------------- */

static enum comity_status confirm(struct cli *cli, const struct arguments *arguments, struct desk *desk,
    struct arena *arena, uint64_t import, struct comity_error *err)
{
    struct coverage_claim claim;
    struct coverage_report report;
    struct buffer out;
    const char *range = argument_of(arguments, "covers");
    bool is_dry_run = argument_is_given(arguments, "dry-run");
    if (!range && !is_dry_run) {
        error_set(err, COMITY_USAGE, "a coverage needs its days");
        error_hint(err, "--covers 2018-01..2018-05; with --dry-run, the days of the file itself are taken");
        return COMITY_USAGE;
    }
    enum comity_status status = COMITY_OK;
    if (range)
        status = covers_read(
            range, argument_of(arguments, "country"), argument_is_given(arguments, "complete"), &claim, err);
    if (status == COMITY_OK)
        status = is_dry_run ? store_coverage_propose(desk->store, &cli->reader, desk->domain, import,
                                  range ? &claim : NULL, arena, &report, err)
                            : store_coverage_confirm(
                                  desk->store, desk->domain, import, &claim, &cli->reader, arena, &report, err);
    if (status != COMITY_OK)
        return status;
    report.is_complete = report.is_complete && !is_dry_run;
    buffer_init(&out, 1 << 20);
    buffer_format(
        &out, "import %llu%s\n", (unsigned long long)import, is_dry_run ? ": dry run, nothing was changed" : "");
    claim_report(&out, &report, import);
    status = buffer_status(&out);
    if (status == COMITY_OK)
        status = cli_write(buffer_slice(&out), err);
    buffer_release(&out);
    return status;
}

static enum comity_status run_words(struct cli *cli, const struct arguments *arguments, struct desk *desk,
    struct arena *arena, struct comity_error *err)
{
    const char *what = arguments->n_words ? arguments->words[0] : "";
    uint64_t import = 0;
    if (!what[0])
        return show_matrix(cli, arguments, desk, arena, err);
    if (strcmp(what, "list") == 0 && arguments->n_words == 1)
        return list(cli, desk, arena, err);
    if (arguments->n_words < 2)
        return error_set(err, COMITY_USAGE, "'%s' needs the number of an import", what);
    enum comity_status status = word_number(arguments->words[1], "an import", &import, err);
    if (status != COMITY_OK)
        return status;
    if (strcmp(what, "confirm") == 0)
        return confirm(cli, arguments, desk, arena, import, err);
    status = store_coverage_withdraw(desk->store, import, &cli->reader, err);
    if (status == COMITY_OK)
        cli_say(cli, "the coverage of import %llu is withdrawn; what it had retracted counts again. Next: comity link",
            (unsigned long long)import);
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct desk desk;
    struct arena arena = {0};
    const char *what = arguments->n_words ? arguments->words[0] : "";
    bool writes =
        strcmp(what, "withdraw") == 0 || (strcmp(what, "confirm") == 0 && !argument_is_given(arguments, "dry-run"));
    if (what[0] && !writes && strcmp(what, "list") != 0 && strcmp(what, "confirm") != 0) {
        error_set(err, COMITY_USAGE, "'coverage' does not know '%s'", what);
        error_hint(err, "list, confirm IMPORT, withdraw IMPORT, or nothing for the matrix");
        return COMITY_USAGE;
    }
    enum comity_status status = cli_open(cli, writes ? STORE_WRITE : STORE_READ, &desk, err);
    if (status != COMITY_OK)
        return status;
    status = run_words(cli, arguments, &desk, &arena, err);
    arena_release(&arena);
    desk_close(&desk);
    return status;
}

static const struct option_spec options[] = {
    {"covers", 0, "FROM..TO", "confirm: the days, months or years that the import covers"},
    {"country", 0, "CODES", "confirm: and its countries, such as CO,EC (default: all)"},
    {"complete", 0, NULL, "confirm: it is complete for these: what it does not say again is retracted"},
    {"dry-run", 'n', NULL, "confirm: tell what would be retracted, change nothing"},
    {"year", 0, "YEAR", "the matrix of the months of one year (default: years)"},
};

const struct verb verb_coverage = {
    .name = "coverage",
    .arguments = "[list | confirm IMPORT | withdraw IMPORT]",
    .summary = "what is covered: source × country × period; confirms coverages",
    VERB_OPTIONS(options),
    .most_words = 2,
    .run = run,
    .help = "Without a word: a matrix that tells records, nothing happened, nothing to report and not known apart.\n"
            "A row that a newer edition does not repeat stays, unless a person confirms that the edition is complete\n"
            "for some days and countries. `withdraw` takes all coverages of an import back, `comity undo` the import.\n"
            "\nExamples:\n"
            "  comity coverage --year 2018\n"
            "  comity coverage confirm 2 --dry-run\n"
            "  comity coverage confirm 2 --covers 2018-01..2018-05 --country CO --complete\n"
            "  comity coverage withdraw 2\n",
};
