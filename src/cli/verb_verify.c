/* comity verify: whether the store is whole and the ledger unbroken. */
#include "cli/cli.h"

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct desk desk;
    uint64_t n_lines = 0;
    (void)arguments;
    enum comity_status status = cli_open(cli, STORE_READ, &desk, err);
    if (status != COMITY_OK)
        return status;
    status = store_verify(desk.store, &n_lines, err);
    if (status == COMITY_OK)
        printf("whole: %llu lines of the ledger, each bound to the one before it\n", (unsigned long long)n_lines);
    desk_close(&desk);
    return status;
}

const struct verb verb_verify = {
    .name = "verify",
    .arguments = "",
    .summary = "checks the store and the chain of the ledger",
    .run = run,
    .help =
        "Recomputes every hash of the ledger and asks SQLite for its own check. A broken chain names its first line.\n"
        "\nExamples:\n"
        "  comity verify\n"
        "  comity backup --verify /media/backups/desk.comity-backup\n",
};
