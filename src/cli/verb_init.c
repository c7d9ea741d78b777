/* comity init: an empty store for a domain pack. */
#include "cli/cli.h"

#include <unistd.h>

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    const char *domain = argument_of(arguments, "domain");
    const char *path = arguments->n_words ? arguments->words[0] : cli->store_path;
    struct comity_options options = {.data_folder = cli->data_folder, .wait_ms = cli->wait_ms};
    if (argument_is_given(arguments, "if-missing") && access(path, F_OK) == 0)
        return COMITY_OK;
    enum comity_status status = comity_create(path, domain ? domain : "drugs", &options, err);
    if (status == COMITY_OK)
        cli_say(cli, "made '%s' for the domain '%s'; next: comity import FILE --recipe RECIPE", path,
            domain ? domain : "drugs");
    return status;
}

static const struct option_spec options[] = {
    {"domain", 'd', "PACK", "the domain pack: a name under domains/ (default: drugs)"},
    {"if-missing", 0, NULL, "do nothing where the file is there already"},
};

const struct verb verb_init = {
    .name = "init",
    .arguments = "[FILE]",
    .summary = "makes an empty store: one file for everything",
    VERB_OPTIONS(options),
    .most_words = 1,
    .run = run,
    .help = "A file that is there already is never touched.\n"
            "\nExamples:\n"
            "  comity init\n"
            "  comity init desk.sqlite --domain drugs\n"
            "  comity init --if-missing --store /var/lib/comity/comity.sqlite\n",
};
