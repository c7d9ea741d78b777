/* comity sources: who speaks in this store. */
#include "cli/cli.h"

static enum comity_status add_row(struct sheet *sheet, const struct source_row *row)
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
        status = sheet_cell(sheet, row->info.marking);
    return status == COMITY_OK ? sheet_cell(sheet, row->info.licence) : status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    static const char *const columns[] = {
        "source", "title", "kind", "reliability", "mentions#", "imports#", "last import", "marking", "licence"};
    struct desk desk;
    struct arena arena = {0};
    struct source_row *rows = NULL;
    size_t n = 0;
    struct sheet sheet;
    (void)arguments;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    enum comity_status status = cli_open(cli, STORE_READ, &desk, err);
    if (status != COMITY_OK)
        return status;
    status = store_sources(desk.store, &cli->reader, &arena, &rows, &n, err);
    for (size_t i = 0; i < n && status == COMITY_OK; i++)
        status = add_row(&sheet, &rows[i]);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, cli, err);
    sheet_release(&sheet);
    arena_release(&arena);
    desk_close(&desk);
    return status;
}

const struct verb verb_sources = {
    .name = "sources",
    .arguments = "",
    .summary = "lists who speaks: kind, reliability, licence, marking, counts",
    .run = run,
    .help = "Examples:\n"
            "  comity sources\n"
            "  comity sources -o json\n",
};
