/* comity restore: a store from a backup, whole or not at all. */
#include "base/error.h"
#include "cli/cli.h"
#include "cli/keeping.h"
#include "keep/passphrase.h"
#include "keep/restore.h"

static enum comity_status restore(
    struct cli *cli, const struct arguments *arguments, struct slice passphrase, struct comity_error *err)
{
    struct backup_info info;
    char kept[KEEP_PATH];
    const char *to = argument_of(arguments, "to");
    struct restore_options options = {.path = arguments->words[0],
        .store_path = to ? to : cli->store_path,
        .passphrase = passphrase,
        .replaces = argument_is_given(arguments, "replace"),
        .wait_ms = cli->wait_ms,
        .who = &cli->reader,
        .progress = &cli->progress};
    enum comity_status status = restore_store(&options, &info, kept, err);
    if (status != COMITY_OK)
        return status;
    keeping_say(cli, "restored", &info);
    if (kept[0])
        cli_say(cli, "the store that was there is now '%s'; remove it once you need it no more", kept);
    cli_say(cli, "people log in anew; invitations that were open are withdrawn");
    printf("%s\n", options.store_path);
    return COMITY_OK;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct passphrase passphrase;
    enum comity_status status = passphrase_read(&passphrase, argument_of(arguments, "passphrase-file"), err);
    if (status != COMITY_OK)
        return status;
    status = restore(cli, arguments, passphrase_slice(&passphrase), err);
    passphrase_forget(&passphrase);
    return status;
}

static const struct option_spec options[] = {
    {"to", 0, "PATH", "where the store is to stand (default: --store)"},
    {"replace", 0, NULL, "put it in the place of a store that is there, which is kept under another name"},
    {"passphrase-file", 0, "FILE", "its first line is the passphrase (- is standard input)"},
};

const struct verb verb_restore = {
    .name = "restore",
    .arguments = "FILE",
    .summary = "makes a store of a backup",
    VERB_OPTIONS(options),
    .least_words = 1,
    .most_words = 1,
    .run = run,
    .help = "The backup is checked, unpacked beside, brought forward where its tables are older, checked like `comity "
            "verify`\n"
            "does, and only then put in its place. Whatever happens before, a store that was there is untouched. That "
            "it was\n"
            "restored is a line of the ledger; sessions and invitations of the time of the backup are ended.\n"
            "\nExamples:\n"
            "  comity restore comity.sqlite-1f0c9a27-20261128T191541Z.comity-backup --to looked-at.sqlite\n"
            "  comity restore /media/backups/desk.comity-backup --passphrase-file - --store desk.sqlite\n"
            "  comity restore desk.comity-backup --replace\n",
};
