/* comity undo: takes an import back. */
#include "cli/cli.h"

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct desk desk;
    uint64_t number;
    enum comity_status status = word_number(arguments->words[0], "an import", &number, err);
    if (status != COMITY_OK)
        return status;
    status = cli_open(cli, STORE_WRITE, &desk, err);
    if (status != COMITY_OK)
        return status;
    status = store_import_undo(desk.store, number, &cli->reader, err);
    if (status == COMITY_OK)
        cli_say(cli, "import %llu is taken back; judgements on it sleep until its rows come again. Next: comity link",
            (unsigned long long)number);
    desk_close(&desk);
    return status;
}

const struct verb verb_undo = {
    .name = "undo",
    .arguments = "IMPORT",
    .summary = "takes an import back, by its number",
    .least_words = 1,
    .most_words = 1,
    .run = run,
    .help =
        "Its rows count no more, and what they had replaced counts again. Nothing is erased: the ledger keeps both\n"
        "the import and the undo, and the same file can be imported again. `comity imports` lists the numbers;\n"
        "`comity judge undo N` takes a judgement back.\n"
        "\nExamples:\n"
        "  comity undo 3\n",
};
