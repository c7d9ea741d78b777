/* comity backup: the store and its attachments in one file, while others use it; and whether such a file is whole. */
#include "base/error.h"
#include "cli/cli.h"
#include "cli/keeping.h"
#include "keep/backup.h"
#include "keep/passphrase.h"

static enum comity_status verify(struct cli *cli, const char *path, struct slice passphrase, struct comity_error *err)
{
    struct backup_info info;
    enum comity_status status = backup_check(path, passphrase, &cli->progress, &info, err);
    if (status != COMITY_OK)
        return status;
    printf("whole: made %s by Comity %s, %llu lines of the ledger, %llu attachments%s\n", info.made, info.program,
        (unsigned long long)info.n_ledger, (unsigned long long)info.n_files, info.is_encrypted ? ", encrypted" : "");
    return COMITY_OK;
}

static enum comity_status make(
    struct cli *cli, const struct arguments *arguments, struct slice passphrase, struct comity_error *err)
{
    struct backup_info info;
    const char *out = argument_of(arguments, "out");
    struct backup_options options = {.store_path = cli->store_path,
        .out = out ? out : ".",
        .passphrase = passphrase,
        .wait_ms = cli->wait_ms,
        .progress = &cli->progress};
    enum comity_status status = argument_number(arguments, "keep", 1, 1000000, 0, &options.keep, err);
    if (status == COMITY_OK)
        status = backup_make(&options, &info, err);
    cli_hint_store(cli, status, err);
    if (status != COMITY_OK)
        return status;
    keeping_say(cli, "backed up", &info);
    if (info.n_removed)
        cli_say(cli, "removed %llu older", (unsigned long long)info.n_removed);
    printf("%s\n", info.path);
    return COMITY_OK;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct passphrase passphrase;
    const char *checked = argument_of(arguments, "verify");
    const char *file = argument_of(arguments, "passphrase-file");
    if (argument_is_given(arguments, "encrypt") && !file) {
        error_set(err, COMITY_USAGE, "'--encrypt' needs '--passphrase-file'");
        error_hint(err, "its first line is the passphrase; - is standard input");
        return COMITY_USAGE;
    }
    enum comity_status status = passphrase_read(&passphrase, file, err);
    if (status != COMITY_OK)
        return status;
    status = checked ? verify(cli, checked, passphrase_slice(&passphrase), err)
                     : make(cli, arguments, passphrase_slice(&passphrase), err);
    passphrase_forget(&passphrase);
    return status;
}

static const struct option_spec options[] = {
    {"out", 'o', "PLACE", "a folder, for a name of its own (default: this one), or a new file"},
    {"encrypt", 0, NULL, "encrypt it: nobody reads it without the passphrase, and nobody can recover that"},
    {"passphrase-file", 0, "FILE", "its first line is the passphrase (- is standard input); implies --encrypt"},
    {"keep", 0, "N", "in a folder: remove older backups of this store, but for the newest N"},
    {"verify", 0, "FILE", "make none, but read this one from end to end and check it"},
};

const struct verb verb_backup = {
    .name = "backup",
    .arguments = "[-o PLACE]",
    .summary = "keeps the store and its attachments in one file, while others use it",
    VERB_OPTIONS(options),
    .run = run,
    .help =
        "A backup is the store as it was at one moment. It is checked, read back from the disk and only then named; "
        "the\n"
        "name goes to standard output. It takes the store's size of room beside the store, and the backup's where "
        "that\n"
        "goes. With a full disk, a wrong name or a kill there is no new backup, and every older one stays as it was.\n"
        "Exit status 0: there is a new backup, found whole. `comity help exit` lists the others.\n"
        "\nExamples:\n"
        "  comity backup\n"
        "  comity backup -o /media/backups --keep 14\n"
        "  comity backup -o /media/backups --encrypt --passphrase-file /etc/comity/passphrase\n"
        "  comity backup --verify /media/backups/comity.sqlite-1f0c9a27-20261128T191541Z.comity-backup\n"
        "  comity serve --backup-to /media/backups --backup-every 24h --backup-keep 14\n",
};
