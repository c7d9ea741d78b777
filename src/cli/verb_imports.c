/* comity imports: what was loaded, and the receipts. */
#include "base/error.h"
#include "cli/cli.h"

static enum comity_status add_row(struct sheet *sheet, const struct import_row *row)
{
    const uint64_t counts[] = {row->counts.n_rows, row->counts.n_new, row->counts.n_updated, row->counts.n_unchanged,
        row->counts.n_retracted, row->counts.n_filtered, row->counts.n_rejected};
    enum comity_status status = sheet_format(sheet, "%llu", (unsigned long long)row->number);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, row->when);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, row->source_code);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, row->file_name);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, row->recipe_id);
    for (size_t i = 0; i < sizeof counts / sizeof *counts && status == COMITY_OK; i++)
        status = sheet_format(sheet, "%llu", (unsigned long long)counts[i]);
    return status == COMITY_OK ? sheet_cell(sheet, row->is_undone ? SLICE("undone") : SLICE("")) : status;
}

static enum comity_status print_receipt(
    const struct import_row *rows, size_t n, uint64_t number, struct comity_error *err)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i].number != number)
            continue;
        enum comity_status status = cli_write(rows[i].receipt_json, err);
        return status == COMITY_OK ? cli_write(SLICE("\n"), err) : status;
    }
    error_set(err, COMITY_NOTFOUND, "there is no import %llu", (unsigned long long)number);
    error_hint(err, "`comity imports` lists them");
    return COMITY_NOTFOUND;
}

static enum comity_status print_list(
    const struct cli *cli, const struct import_row *rows, size_t n, struct comity_error *err)
{
    static const char *const columns[] = {"import#", "when", "source", "file", "recipe", "rows#", "new#", "newer#",
        "there already#", "retracted#", "filtered#", "rejected#", "state"};
    struct sheet sheet;
    enum comity_status status = COMITY_OK;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < n && status == COMITY_OK; i++)
        status = add_row(&sheet, &rows[i]);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, cli, err);
    sheet_release(&sheet);
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct desk desk;
    struct arena arena = {0};
    struct import_row *rows = NULL;
    size_t n = 0;
    uint64_t number = 0;
    enum comity_status status =
        arguments->n_words ? word_number(arguments->words[0], "an import", &number, err) : COMITY_OK;
    if (status != COMITY_OK)
        return status;
    status = cli_open(cli, STORE_READ, &desk, err);
    if (status != COMITY_OK)
        return status;
    status = store_imports(desk.store, &cli->reader, &arena, &rows, &n, err);
    if (status == COMITY_OK)
        status = arguments->n_words ? print_receipt(rows, n, number, err) : print_list(cli, rows, n, err);
    arena_release(&arena);
    desk_close(&desk);
    return status;
}

const struct verb verb_imports = {
    .name = "imports",
    .arguments = "[IMPORT]",
    .summary = "lists what was loaded, or prints one receipt",
    .most_words = 1,
    .run = run,
    .help = "With a number: the whole receipt as JSON (hash, recipe, counts, totals per drug and unit, rejects).\n"
            "\nExamples:\n"
            "  comity imports\n"
            "  comity imports 2\n"
            "  comity diff 2          how it differs from what its source had said before\n",
};
