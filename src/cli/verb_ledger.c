/* comity ledger: everything that changed state, in order. */
#include "cli/cli.h"

static enum comity_status add_row(struct sheet *sheet, const struct ledger_line *line)
{
    enum comity_status status = sheet_format(sheet, "%llu", (unsigned long long)line->number);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, line->when);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, line->who);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, line->what);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, line->detail_json);
    return status == COMITY_OK ? sheet_cell(sheet, slice_from(line->hash)) : status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    static const char *const columns[] = {"line#", "when", "who", "what", "detail", "hash"};
    struct desk desk;
    struct arena arena = {0};
    struct ledger_line *lines = NULL;
    size_t n = 0;
    struct sheet sheet;
    (void)arguments;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    enum comity_status status = cli_open(cli, STORE_READ, &desk, err);
    if (status != COMITY_OK)
        return status;
    status = store_ledger(desk.store, &cli->reader, &arena, &lines, &n, err);
    for (size_t i = 0; i < n && status == COMITY_OK; i++)
        status = add_row(&sheet, &lines[i]);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, cli, err);
    sheet_release(&sheet);
    arena_release(&arena);
    desk_close(&desk);
    return status;
}

const struct verb verb_ledger = {
    .name = "ledger",
    .arguments = "",
    .summary = "lists everything that changed the store, in order",
    .run = run,
    .help = "Each line holds the hash of the one before it; `comity verify` checks the chain.\n"
            "\nExamples:\n"
            "  comity ledger\n"
            "  comity ledger -o ndjson | tail -n 1\n",
};
