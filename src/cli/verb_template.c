/* comity template: the form of the pack as a workbook that people fill in. */
#include "base/error.h"
#include "cli/cli.h"
#include "cli/packs.h"
#include "cli/words.h"
#include "flow/template.h"

static enum comity_status write_template(
    struct cli *cli, const struct arguments *arguments, const struct domain *domain, struct comity_error *err)
{
    struct arena arena = {0};
    struct entry_table table;
    const char *language = argument_of(arguments, "language"), *path = argument_of(arguments, "output");
    if (!domain->form)
        return error_set(err, COMITY_UNSUPPORTED, "the pack '%.*s' has no form", SLICE_ARG(domain->id));
    language = language ? language : cli->language;
    path = path ? path : "template.xlsx";
    enum comity_status status = cli_language(language, err);
    if (status == COMITY_OK)
        status = entry_table_make(domain, cli_words, &arena, &table, err);
    if (status == COMITY_OK)
        status = template_write(&table, language_number(language), path, err);
    if (status == COMITY_OK)
        cli_say(cli, "wrote '%s'; when it is filled in: comity import '%s'", path, path);
    arena_release(&arena);
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct domain *domain = NULL;
    enum comity_status status = pack_load(cli, argument_of(arguments, "domain"), &domain, err);
    if (status == COMITY_OK)
        status = write_template(cli, arguments, domain, err);
    domain_free(domain);
    return status;
}

static const struct option_spec options[] = {
    {"language", 'l', "CODE", "of headers, lists and help: en, es, fr, pt, ru, ar, zh (default: --lang)"},
    {"output", 'o', "FILE", "where to write it (default: template.xlsx)"},
    {"domain", 'd', "PACK", "the domain pack (default: drugs)"},
};

const struct verb verb_template = {
    .name = "template",
    .arguments = "",
    .summary = "writes a workbook that people fill in, one row for each line of a case",
    VERB_OPTIONS(options),
    .run = run,
    .help = "Headers, lists to choose from and help are in the language; a filled one is known again whatever its "
            "language,\n"
            "and with columns moved, renamed or taken away. No recipe is needed to import it.\n"
            "\nExamples:\n"
            "  comity template --language es -o incautaciones.xlsx\n"
            "  comity import incautaciones.xlsx --source xx-customs --title 'Customs of Xland'\n",
};
