#include "cli/foreseen.h"

#include "base/error.h"

#include <math.h>

static const char *const columns[] = {"row#", "key", "tells of", "event#", "probability#", "like", "like source"};

static const char *what_of(const struct foreseen *row)
{
    if (row->is_newer)
        return row->entity ? "a newer version" : "a newer version, apart";
    if (row->entity)
        return "a known event";
    return row->first_row == row->row ? "a new event" : "one of this file";
}

static enum comity_status add_row(struct sheet *sheet, const struct foreseen *row)
{
    enum comity_status status = sheet_format(sheet, "%llu", (unsigned long long)row->row);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, row->key);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, slice_from(what_of(row)));
    if (status == COMITY_OK)
        status =
            row->entity ? sheet_format(sheet, "%llu", (unsigned long long)row->entity) : sheet_cell(sheet, SLICE_EMPTY);
    if (status == COMITY_OK)
        status =
            isnan(row->probability) ? sheet_cell(sheet, SLICE_EMPTY) : sheet_format(sheet, "%.4f", row->probability);
    if (status == COMITY_OK && row->nearest)
        status = sheet_format(sheet, "m%llu", (unsigned long long)row->nearest);
    else if (status == COMITY_OK)
        status = row->first_row != row->row && !row->entity
                     ? sheet_format(sheet, "row %llu", (unsigned long long)row->first_row)
                     : sheet_cell(sheet, SLICE_EMPTY);
    return status == COMITY_OK ? sheet_cell(sheet, row->source) : status;
}

static void say_sums(const struct cli *cli, const struct foresight *foresight)
{
    cli_say(cli, "  %zu rows: %zu tell of events that are known, the others of %zu new ones; nothing was stored",
        foresight->n, foresight->n_known, foresight->n_new);
    if (foresight->is_trained)
        cli_say(
            cli, "  the store's model does not know all sources: one was trained on everything, these rows among it");
    else if (foresight->p50_us > 0)
        cli_say(cli, "  a row took %.0f microseconds to link, 99 of 100 less than %.0f", foresight->p50_us,
            foresight->p99_us);
}

enum comity_status foreseen_print(const struct cli *cli, const struct foresight *foresight, struct comity_error *err)
{
    struct sheet sheet;
    enum comity_status status = COMITY_OK;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < foresight->n && status == COMITY_OK; i++)
        status = add_row(&sheet, &foresight->rows[i]);
    status = status == COMITY_OK ? sheet_print(&sheet, cli, err) : error_nomem(err);
    sheet_release(&sheet);
    if (status == COMITY_OK)
        say_sums(cli, foresight);
    return status;
}
