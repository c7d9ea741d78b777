/* comity import: files in, typed mentions stored, with a receipt for each file. */
#include "base/error.h"
#include "cli/cli.h"
#include "cli/covers.h"
#include "cli/receipt.h"
#include "cli/recipes.h"

struct job {
    struct cli *cli;
    struct desk desk;
    struct recipe *recipe;
    struct import_options options;
    struct coverage_claim claim;
    uint64_t n_rejected;
};

static enum comity_status import_one(struct job *job, const char *path, struct comity_error *err)
{
    struct import_receipt receipt = {0};
    enum comity_status status = desk_import(&job->desk, path, job->recipe, &job->options, &receipt, err);
    progress_stop(job->cli);
    if (status == COMITY_OK) {
        job->n_rejected += receipt.counts.n_rejected;
        status = receipt_print(job->cli, path, &receipt, job->options.is_dry_run, err);
    }
    import_receipt_release(&receipt);
    return status;
}

static enum comity_status import_all(struct job *job, const struct arguments *arguments, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < arguments->n_words && status == COMITY_OK; i++)
        status = import_one(job, arguments->words[i], err);
    if (status != COMITY_OK || !job->n_rejected || !argument_is_given(arguments, "strict"))
        return status;
    return error_set(err, COMITY_REJECTED, "%llu rows were rejected", (unsigned long long)job->n_rejected);
}

static enum comity_status read_claim(
    const struct arguments *arguments, struct coverage_claim *claim, bool *has_claim, struct comity_error *err)
{
    const char *range = argument_of(arguments, "covers"), *countries = argument_of(arguments, "covers-country");
    *has_claim = range != NULL;
    if (!range && (countries || argument_is_given(arguments, "complete"))) {
        error_set(err, COMITY_USAGE, "a coverage needs its days");
        error_hint(err, "--covers 2018-01..2018-05");
        return COMITY_USAGE;
    }
    if (range && arguments->n_words > 1)
        return error_set(err, COMITY_USAGE, "'--covers' is said of one file: import the files one by one");
    return range ? covers_read(range, countries, argument_is_given(arguments, "complete"), claim, err) : COMITY_OK;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct job job = {.cli = cli};
    const char *recipe = argument_of(arguments, "recipe");
    if (!recipe) {
        error_set(err, COMITY_USAGE, "'--recipe' is needed: it says how the file maps to the domain");
        error_hint(err, "`comity sniff FILE` drafts one");
        return COMITY_USAGE;
    }
    if (argument_is_given(arguments, "rejects") && arguments->n_words > 1)
        return error_set(err, COMITY_USAGE, "'--rejects' names one file: import the files one by one");
    job.options = (struct import_options){.is_dry_run = argument_is_given(arguments, "dry-run"),
        .rejects_path = argument_of(arguments, "rejects"),
        .progress = &cli->progress,
        .who = &cli->reader};
    bool has_claim;
    enum comity_status status = read_claim(arguments, &job.claim, &has_claim, err);
    if (status != COMITY_OK)
        return status;
    job.options.coverage = has_claim ? &job.claim : NULL;
    status = cli_open(cli, STORE_WRITE, &job.desk, err);
    if (status != COMITY_OK)
        return status;
    status = recipe_find(job.desk.domain, recipe, &job.recipe, err);
    if (status == COMITY_OK)
        status = import_all(&job, arguments, err);
    recipe_free(job.recipe);
    desk_close(&job.desk);
    return status;
}

static const struct option_spec options[] = {
    {"recipe", 'r', "RECIPE", "a recipe file, or the name of one in the domain pack"},
    {"dry-run", 'n', NULL, "read and report, store nothing"},
    {"rejects", 0, "FILE", "where rejected rows go (default: beside the file, numbered where one is there)"},
    {"covers", 0, "FROM..TO", "the days, months or years that the file covers, as a person confirms"},
    {"covers-country", 0, "CODES", "and its countries, such as CO,EC (default: all)"},
    {"complete", 0, NULL, "the file is complete for these: what it does not say again is retracted"},
    {"strict", 0, NULL, "exit with status 3 when rows were rejected (the rest is stored all the same)"},
};

const struct verb verb_import = {
    .name = "import",
    .arguments = "FILE… --recipe RECIPE",
    .summary = "reads files into the store; a receipt for each",
    VERB_OPTIONS(options),
    .least_words = 1,
    .most_words = MOST_WORDS,
    .run = run,
    .help =
        "CSV, TSV, XLSX, ODS, JSON, NDJSON and GeoJSON, also inside gzip, zstd or ZIP; `-` is standard input. A bad\n"
        "row goes to a file of rejects with its reason, and the rest goes on. The same file twice adds nothing.\n"
        "`comity undo N` takes an import back.\n"
        "A newer edition adds and corrects. It retracts only inside a coverage that you say is complete; else the\n"
        "receipt tells what would be retracted. Try it with --dry-run first.\n"
        "\nExamples:\n"
        "  comity import seizures.csv --recipe unodc-ids-2011-2016 --dry-run\n"
        "  comity import january.csv.gz february.csv.gz --recipe ./police.yaml\n"
        "  comity import may.csv --recipe police --covers 2018-01..2018-05 --covers-country CO --complete --dry-run\n"
        "  zcat old.csv.gz | comity import - --recipe police -o json\n",
};
