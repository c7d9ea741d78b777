/* comity verify: whether the store is whole and the ledger unbroken. */
#include "cli/cli.h"
#include "files/attachment.h"

/* What is attached lies beside the store, and is read again. */
static enum comity_status verify_files(struct cli *cli, struct store *store, size_t *n_files, struct comity_error *err)
{
    struct cabinet *cabinet = NULL;
    enum comity_status status = cabinet_open(cli->store_path, STORE_READ, &cabinet, err);
    if (status == COMITY_OK)
        status = attachment_verify(store, cabinet, n_files, err);
    cabinet_close(cabinet);
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct desk desk;
    uint64_t n_lines = 0;
    size_t n_files = 0;
    (void)arguments;
    enum comity_status status = cli_open(cli, STORE_READ, &desk, err);
    if (status != COMITY_OK)
        return status;
    status = store_verify(desk.store, &n_lines, err);
    if (status == COMITY_OK)
        status = verify_files(cli, desk.store, &n_files, err);
    if (status == COMITY_OK && n_files)
        printf("whole: %zu files that are attached\n", n_files);
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
        "Files that are attached are read again, and compared with their hashes.\n"
        "\nExamples:\n"
        "  comity verify\n"
        "  comity backup --verify /media/backups/desk.comity-backup\n",
};
