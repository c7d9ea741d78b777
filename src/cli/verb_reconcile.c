/* comity reconcile: series of sums beside the events that they should be sums of, and beside each other. */
#include "base/error.h"
#include "cli/ask.h"
#include "flow/reconcile.h"

#include <math.h>
#include <stdlib.h>

enum { SHOWN_CELLS = 40, MOST_IDS = 100, ALL_IDS = 10000000 };

struct telling {
    struct cli *cli;
    struct ask *ask;
    struct reconcile_result *result;
    struct sums_report report;
};

/* ---- the series that there are, when none is named -----------------------------------------------------------------
 */

static enum comity_status add_source(
    struct telling *t, struct sheet *sheet, const struct source_row *row, struct comity_error *err)
{
    struct mentions mentions;
    struct sums_table table;
    struct sums_options options = {0};
    enum comity_status status =
        store_load_source(t->ask->desk.store, &t->cli->reader, t->ask->desk.domain, row->info.code, 0, &mentions, err);
    if (status != COMITY_OK)
        return status;
    status = series_read(&mentions, &options, &table, err);
    mentions_release(&mentions);
    if (status != COMITY_OK)
        return status;
    status = sheet_cell(sheet, row->info.code);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, row->info.is_aggregate ? SLICE("sums") : SLICE("reports"));
    if (status == COMITY_OK)
        status = sheet_format(sheet, "%zu", table.n_cells);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, slice_from(table.n_cells ? sums_level_word(table.level) : ""));
    if (status == COMITY_OK)
        status = sheet_cell(sheet, slice_from(table.n_cells ? sums_period_word(table.period) : ""));
    if (status == COMITY_OK)
        status = sheet_cell(sheet, row->info.title);
    sums_release(&table);
    return status;
}

static enum comity_status list_series(struct telling *t, struct comity_error *err)
{
    static const char *const columns[] = {"source", "tells", "cells#", "level", "period", "title"};
    struct arena arena = {0};
    struct source_row *rows = NULL;
    size_t n = 0;
    struct sheet sheet;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    enum comity_status status = store_sources(t->ask->desk.store, &t->cli->reader, &arena, &rows, &n, err);
    for (size_t i = 0; i < n && status == COMITY_OK; i++)
        status = add_source(t, &sheet, &rows[i], err);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, t->cli, err);
    sheet_release(&sheet);
    arena_release(&arena);
    return status;
}

/* ---- a table for people ---------------------------------------------------------------------------------------------
 */

static enum comity_status number_cell(struct sheet *sheet, bool has_number, double number)
{
    double size = fabs(number);
    return has_number ? sheet_format(sheet, "%.*f",
                            size >= 1000 ? 0
                            : size >= 10 ? 1
                                         : 3,
                            number)
                      : sheet_cell(sheet, SLICE_EMPTY);
}

static enum comity_status verdict_cell(struct sheet *sheet, enum sums_verdict verdict, unsigned times, bool is_inverse)
{
    if (times < 2)
        return sheet_cell(sheet, slice_from(sums_verdict_word(verdict)));
    return sheet_format(sheet, is_inverse ? "%s 1/%u" : "%s ×%u", sums_verdict_word(verdict), times);
}

static enum comity_status key_cells(const struct telling *t, struct sheet *sheet, const struct sums_cell *cell)
{
    struct buffer text;
    buffer_init(&text, 1 << 16);
    sums_period_label(cell, &text);
    enum comity_status status = sheet_cell(sheet, buffer_slice(&text));
    buffer_clear(&text);
    sums_place_label(&t->result->table, cell, t->report.language, &text);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, buffer_slice(&text));
    buffer_release(&text);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, sums_concept_label(&t->result->table, cell, t->report.language));
    return status;
}

static enum comity_status add_cell(const struct telling *t, struct sheet *sheet, const struct sums_cell *cell)
{
    const struct sums_table *table = &t->result->table;
    double to_base;
    struct slice unit = sums_unit(table, cell, t->report.language, &to_base);
    enum comity_status status = key_cells(t, sheet, cell);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, unit);
    if (status == COMITY_OK)
        status = number_cell(sheet, cell->has_series, cell->series.amount / to_base);
    if (status == COMITY_OK)
        status = number_cell(sheet, cell->once.n > 0, cell->once.amount / to_base);
    if (status == COMITY_OK && !table->is_of_series)
        status = number_cell(sheet, cell->plain.n > 0, cell->plain.amount / to_base);
    if (status == COMITY_OK && !table->is_of_series)
        status = sheet_format(sheet, "%u", cell->once.n);
    if (status == COMITY_OK)
        status = verdict_cell(sheet, cell->verdict, cell->times, cell->is_inverse);
    if (status == COMITY_OK && !table->is_of_series)
        status = verdict_cell(sheet, cell->plain_verdict, cell->plain_times, cell->is_plain_inverse);
    return status;
}

static void say_head(const struct telling *t)
{
    const struct sums_table *table = &t->result->table;
    struct sums_summary summary;
    struct buffer text;
    buffer_init(&text, 1 << 16);
    sums_summarise(table, &summary);
    sums_overall(table, &summary, &text);
    cli_say(t->cli, "%.*s by %s and %s: %.*s", SLICE_ARG(table->series.code), sums_level_word(table->level),
        sums_period_word(table->period), SLICE_ARG(buffer_slice(&text)));
    buffer_release(&text);
    if (table->rows_left_out.n_replaced)
        cli_say(t->cli, "%u rows of older editions are replaced by newer ones", table->rows_left_out.n_replaced);
    if (t->report.n_all > t->report.n)
        cli_say(t->cli, "%zu of %zu cells are shown: --limit 0 shows all", t->report.n, t->report.n_all);
}

static enum comity_status show_table(const struct telling *t, struct comity_error *err)
{
    static const char *const with_events[] = {
        "period", "place", "concept", "unit", "series#", "once#", "plain#", "events#", "verdict", "plain sum"};
    static const char *const of_series[] = {"period", "place", "concept", "unit", "first#", "second#", "verdict"};
    const struct sums_table *table = &t->result->table;
    struct sheet sheet;
    enum comity_status status = COMITY_OK;
    sheet_init(&sheet, table->is_of_series ? of_series : with_events, table->is_of_series ? 7 : 10);
    for (size_t i = 0; i < t->report.n && status == COMITY_OK; i++)
        status = add_cell(t, &sheet, &table->cells[t->report.indexes[i]]);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, t->cli, err);
    sheet_release(&sheet);
    say_head(t);
    return status;
}

static enum comity_status show(const struct telling *t, struct comity_error *err)
{
    struct buffer out;
    if (t->cli->format == OUTPUT_TABLE)
        return show_table(t, err);
    if (t->cli->format == OUTPUT_GEOJSON)
        return error_set(err, COMITY_USAGE, "there is no geojson of sums");
    buffer_init(&out, (size_t)1 << 30);
    if (t->cli->format == OUTPUT_JSON)
        sums_report_json(&t->report, &out);
    else if (t->cli->format == OUTPUT_CSV)
        sums_report_csv(&t->report, &out);
    for (size_t i = 0; t->cli->format == OUTPUT_NDJSON && i < t->report.n; i++) {
        sums_cell_json(&t->report, t->report.indexes[i], &out);
        buffer_add_byte(&out, '\n');
    }
    enum comity_status status = buffer_status(&out);
    if (status == COMITY_OK)
        status = cli_write(buffer_slice(&out), err);
    else
        error_set(err, status, "%s", comity_status_text(status));
    buffer_release(&out);
    return status;
}

/* ---- running
 * --------------------------------------------------------------------------------------------------------- */

static bool has_difference(const struct sums_table *table)
{
    struct sums_summary summary;
    sums_summarise(table, &summary);
    return summary.n_cells > summary.by_verdict[SUMS_EQUAL] + summary.by_verdict[SUMS_ROUNDING];
}

static enum comity_status tell(struct telling *t, const struct arguments *arguments, struct comity_error *err)
{
    struct sums_only only;
    uint32_t *indexes = NULL;
    size_t n = 0;
    uint64_t limit, unlimited = t->cli->format == OUTPUT_TABLE ? SHOWN_CELLS : 0;
    enum comity_status status = sums_only_read(slice_from(argument_of(arguments, "only")), &only, err);
    if (status == COMITY_OK)
        status = argument_number(arguments, "limit", 0, UINT32_MAX, unlimited, &limit, err);
    if (status == COMITY_OK)
        status = sums_pick(&t->result->table, &only, t->ask->query.sort, &indexes, &n, err);
    if (status != COMITY_OK)
        return status;
    t->report = (struct sums_report){.table = &t->result->table,
        .reader = &t->cli->reader,
        .language = language_number(t->cli->language),
        .indexes = indexes,
        .n = limit && limit < n ? (size_t)limit : n,
        .n_all = n,
        .against = t->result->against,
        .n_against = t->result->n_against,
        .sequence = t->ask->snapshot->sequence,
        .most_ids = argument_is_given(arguments, "rows") ? ALL_IDS : MOST_IDS};
    status = show(t, err);
    free(indexes);
    if (status == COMITY_OK && argument_is_given(arguments, "strict") && has_difference(&t->result->table))
        status = error_set(err, COMITY_CONFLICT, "the sums differ");
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct ask ask;
    struct reconcile_result result;
    struct reconcile_request request = {.series = slice_from(argument_of(arguments, "series")),
        .against = slice_from(argument_of(arguments, "against")),
        .edition = slice_from(argument_of(arguments, "edition")),
        .level = slice_from(argument_of(arguments, "level")),
        .period = slice_from(argument_of(arguments, "period")),
        .groups = slice_from(argument_of(arguments, "group"))};
    enum comity_status status = ask_begin(&ask, cli, arguments, err);
    if (status != COMITY_OK)
        return status;
    struct telling telling = {.cli = cli, .ask = &ask, .result = &result};
    request.query = &ask.query;
    if (request.against.len && request.edition.len)
        status = error_set(err, COMITY_USAGE, "'--against' and '--edition' ask for different things: give one");
    else if (!request.series.len)
        status = list_series(&telling, err);
    else if ((status = reconcile(
                  ask.desk.store, ask.snapshot, ask.desk.domain, &cli->reader, &request, &result, err)) == COMITY_OK) {
        status = tell(&telling, arguments, err);
        reconcile_result_release(&result);
    }
    ask_end(&ask);
    return status;
}

static const struct option_spec options[] = {
    {"series", 0, "SOURCE", "the source whose numbers are checked: a series of sums, or reports taken as sums"},
    {"against", 0, "SOURCES", "the sources of the events, comma between (default: all reports); or one other series"},
    {"edition", 0, "IMPORT", "instead: what import 7 said beside the one before it, or `5..7`"},
    {"period", 0, "WORD", "auto (default: the series' own), day, month, quarter, year"},
    {"level", 0, "WORD", "auto (default: the series' own), world, country, subdivision, settlement"},
    {"group", 0, "CONCEPTS", "sum what lies within these concepts to them: cocaine-type,opioids"},
    {"only", 0, "VERDICTS", "cells with one of these verdicts; plain:double asks for the plain sum"},
    {"limit", 0, "N", "at most so many cells (default: 40 in a table, else all; 0: all)"},
    {"rows", 0, NULL, "all ids behind each cell (default: the first 100)"},
    {"strict", 0, NULL, "exit status 6 when a cell is not equal"},
};

const struct verb verb_reconcile = {
    .name = "reconcile",
    .arguments = "[--series SOURCE] [QUERY…]",
    .summary = "lays series of sums beside the sums of events, or beside each other; never adds them",
    VERB_OPTIONS(options),
    .most_words = 64,
    .run = run,
    .help =
        "For each cell (place, period, concept, dimension): what the series says, what the events add up to counted "
        "once,\n"
        "what their rows add up to, and how they stand to each other. Without --series: the sources with their grain.\n"
        "The query chooses cells by date, country, place.subdivision, place.settlement and concept; sort=largest puts "
        "the\n"
        "largest differences first. docs/SUMS.md explains the verdicts:\n"
        "  equal, double, part, over, missing-in-events, missing-in-series, not-comparable (beside events)\n"
        "  equal, rounding, revised, added, dropped (beside another series or edition)\n"
        "\nExit status: 0 also when sums differ; 2 wrong use; 4 no such source or edition; 6 with --strict, when they "
        "differ.\n"
        "\nExamples:\n"
        "  comity reconcile\n"
        "  comity reconcile --series sim-sums --only part,missing-in-series -o csv\n"
        "  comity reconcile --series co-policia --against unodc-ids date=2016-01-18..2016-01-23 --only plain:double\n"
        "  comity reconcile --series us-cbp --against us-amo --period year sort=largest\n"
        "  comity reconcile --series unodc-annual --edition 7\n",
};
