/* comity codebook: the words of a domain pack as a data dictionary. */
#include "cli/cli.h"
#include "cli/packs.h"
#include "flow/codebook.h"

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct domain *domain = NULL;
    struct buffer out;
    bool is_json = cli->format == OUTPUT_JSON;
    buffer_init(&out, (size_t)64 << 20);
    enum comity_status status = pack_load(cli, argument_of(arguments, "domain"), &domain, err);
    if (status == COMITY_OK)
        status = is_json ? codebook_json(domain, &out, err)
                         : codebook_csv(domain, language_number(cli->language), &out, err);
    if (status == COMITY_OK)
        status = cli_write(buffer_slice(&out), err);
    buffer_release(&out);
    domain_free(domain);
    return status;
}

static const struct option_spec options[] = {
    {"domain", 'd', "PACK", "the domain pack (default: drugs)"},
};

const struct verb verb_codebook = {
    .name = "codebook",
    .arguments = "",
    .summary = "every field, category, concept and unit, with its code and the names that are understood",
    VERB_OPTIONS(options),
    .run = run,
    .help = "As CSV, or with -o json, where labels are in all languages.\n"
            "\nExamples:\n"
            "  comity codebook --lang es > codebook.csv\n"
            "  comity codebook -o json | jq '.categories[].id'\n",
};
