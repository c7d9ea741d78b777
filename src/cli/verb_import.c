/* comity import: files in, typed mentions stored, with a receipt for each file. */
#include "base/error.h"
#include "base/file.h"
#include "cli/cli.h"
#include "cli/covers.h"
#include "cli/foreseen.h"
#include "cli/receipt.h"
#include "cli/recipes.h"
#include "cli/words.h"
#include "flow/template.h"

struct job {
    struct cli *cli;
    struct desk desk;
    struct recipe *recipe;         /* null: each file must be a template that somebody filled in */
    struct template_source source; /* of templates */
    struct import_options options;
    struct coverage_claim claim;
    struct foresight foresight;
    uint64_t n_rejected;
};

/* ---- templates -------------------------------------------------------------------------------------------------- */

static enum comity_status no_recipe(struct comity_error *err)
{
    error_set(err, COMITY_USAGE, "'--recipe' is needed: it says how the file maps to the domain");
    error_hint(err, "`comity sniff FILE` drafts one; only a filled `comity template` needs none");
    return COMITY_USAGE;
}

static enum comity_status read_template(
    struct job *job, struct slice bytes, struct arena *arena, struct recipe **recipe, struct comity_error *err)
{
    struct entry_table table;
    struct template_found found;
    enum comity_status status = entry_table_make(job->desk.domain, cli_words, arena, &table, err);
    if (status == COMITY_OK)
        status = template_find(&table, bytes, arena, &found, err);
    if (status != COMITY_OK)
        return status;
    return found.is_template ? template_recipe(&table, &found, &job->source, recipe, err) : no_recipe(err);
}

/* The recipe of a file that is a template. */
static enum comity_status recipe_of(struct job *job, const char *path, struct recipe **recipe, struct comity_error *err)
{
    struct file_map map = {0};
    struct arena arena = {0};
    if (!job->desk.domain->form || strcmp(path, "-") == 0)
        return no_recipe(err);
    enum comity_status status = file_map(&map, path, err);
    if (status == COMITY_OK)
        status = read_template(job, slice_of(map.ptr, map.len), &arena, recipe, err);
    if (status != COMITY_OK && err && !err->where[0])
        error_at(err, path, 0, 0);
    file_unmap(&map);
    arena_release(&arena);
    return status;
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

static enum comity_status import_one(struct job *job, const char *path, struct comity_error *err)
{
    struct import_receipt receipt = {0};
    struct recipe *made = NULL;
    enum comity_status status = job->recipe ? COMITY_OK : recipe_of(job, path, &made, err);
    if (status == COMITY_OK)
        status = desk_import(&job->desk, path, made ? made : job->recipe, &job->options, &receipt, err);
    progress_stop(job->cli);
    recipe_free(made);
    if (status == COMITY_OK) {
        job->n_rejected += receipt.counts.n_rejected;
        /* With --events these are the answer, not the receipt; a file that was there already has none. */
        status = job->options.foresight && !receipt.already
                     ? foreseen_print(job->cli, &job->foresight, err)
                     : receipt_print(job->cli, path, &receipt, job->options.is_dry_run, err);
    }
    foresight_release(&job->foresight);
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
    job.source = (struct template_source){
        slice_from(argument_of(arguments, "source")), slice_from(argument_of(arguments, "title"))};
    if (recipe && (job.source.code.len || job.source.title.len))
        return error_set(err, COMITY_USAGE, "the recipe says who speaks: '--source' and '--title' are for templates");
    if (argument_is_given(arguments, "rejects") && arguments->n_words > 1)
        return error_set(err, COMITY_USAGE, "'--rejects' names one file: import the files one by one");
    job.options = (struct import_options){.is_dry_run = argument_is_given(arguments, "dry-run"),
        .rejects_path = argument_of(arguments, "rejects"),
        .progress = &cli->progress,
        .who = &cli->reader};
    if (argument_is_given(arguments, "events")) {
        if (!job.options.is_dry_run)
            return error_set(err, COMITY_USAGE, "'--events' tells what would be: it goes with '--dry-run'");
        job.options.foresight = &job.foresight;
    }
    bool has_claim;
    enum comity_status status = read_claim(arguments, &job.claim, &has_claim, err);
    if (status != COMITY_OK)
        return status;
    job.options.coverage = has_claim ? &job.claim : NULL;
    status = cli_open(cli, STORE_WRITE, &job.desk, err);
    if (status != COMITY_OK)
        return status;
    status = recipe ? recipe_find(job.desk.domain, recipe, &job.recipe, err) : COMITY_OK;
    if (status == COMITY_OK)
        status = import_all(&job, arguments, err);
    recipe_free(job.recipe);
    desk_close(&job.desk);
    return status;
}

static const struct option_spec options[] = {
    {"recipe", 'r', "RECIPE", "a recipe file, or the name of one in the domain pack"},
    {"source", 0, "CODE", "of a filled template: who speaks (default: template)"},
    {"title", 0, "TEXT", "and the name of that source"},
    {"dry-run", 'n', NULL, "read and report, store nothing"},
    {"events", 0, NULL, "with --dry-run: tell which event each row would belong to, instead of the receipt"},
    {"rejects", 0, "FILE", "where rejected rows go (default: beside the file, numbered where one is there)"},
    {"covers", 0, "FROM..TO", "the days, months or years that the file covers, as a person confirms"},
    {"covers-country", 0, "CODES", "and its countries, such as CO,EC (default: all)"},
    {"complete", 0, NULL, "the file is complete for these: what it does not say again is retracted"},
    {"strict", 0, NULL, "exit with status 3 when rows were rejected (the rest is stored all the same)"},
};

const struct verb verb_import = {
    .name = "import",
    .arguments = "FILE… --recipe RECIPE | TEMPLATE… [--source CODE --title TEXT]",
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
        "With --dry-run --events each row is linked at once, and taken back: whether it tells of an event that is "
        "known,\n"
        "with what probability, and what it is like. Repeated loads and parts are only found by `comity link`.\n"
        "A filled template (`comity template`) needs no recipe: it is known by its hidden marks.\n"
        "\nExamples:\n"
        "  comity import seizures.csv --recipe unodc-ids-2011-2016 --dry-run\n"
        "  comity import today.csv --recipe customs --dry-run --events -o csv\n"
        "  comity import january.csv.gz february.csv.gz --recipe ./police.yaml\n"
        "  comity import may.csv --recipe police --covers 2018-01..2018-05 --covers-country CO --complete --dry-run\n"
        "  zcat old.csv.gz | comity import - --recipe police -o json\n",
};
