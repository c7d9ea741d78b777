/* comity sniff: what a file is, and a drafted recipe. */
#include "base/error.h"
#include "base/file.h"
#include "cli/packs.h"
#include "read/sniff.h"

static const char *const use_names[] = {"not used", "field", "unit of", "subdivision of", "latitude of", "longitude of",
    "year of", "day of", "one column of"};
static const char *const order_names[] = {"not known", "year first", "day first", "month first"};

static enum comity_status add_column(
    struct sheet *sheet, const struct domain *domain, const struct sniff_column *column)
{
    struct buffer samples;
    buffer_init(&samples, 1 << 16);
    for (size_t i = 0; i < column->n_samples; i++)
        buffer_format(&samples, "%s%.*s", i ? " | " : "", SLICE_ARG(column->samples[i]));
    enum comity_status status = sheet_cell(sheet, column->name);
    if (status == COMITY_OK && column->use == USE_NONE)
        status = sheet_cell(sheet, SLICE("kept, not used"));
    else if (status == COMITY_OK)
        status = sheet_format(sheet, "%s%s%.*s", column->use == USE_FIELD ? "" : use_names[column->use],
            column->use == USE_FIELD ? "" : " ", SLICE_ARG(domain->fields[column->field].id));
    if (status == COMITY_OK && column->use == USE_NONE)
        status = sheet_cell(sheet, SLICE_EMPTY);
    else if (status == COMITY_OK)
        status = sheet_format(sheet, "%u", column->confidence);
    if (status == COMITY_OK)
        status = sheet_format(sheet, "%.0f", 100 * column->empty_share);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, buffer_slice(&samples));
    buffer_release(&samples);
    return status;
}

static enum comity_status print_columns(
    const struct cli *cli, const struct domain *domain, const struct sniff *sniff, struct comity_error *err)
{
    static const char *const columns[] = {"column", "taken for", "sure %#", "empty %#", "samples"};
    struct sheet sheet;
    enum comity_status status = COMITY_OK;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < sniff->n_columns && status == COMITY_OK; i++)
        status = add_column(&sheet, domain, &sniff->columns[i]);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, cli, err);
    sheet_release(&sheet);
    return status;
}

static void print_file(const struct sniff *sniff)
{
    printf("%s, %.*s", row_format_name(sniff->found.format), SLICE_ARG(sniff->found.encoding));
    if (sniff->found.format == ROWS_CSV)
        printf(", delimiter '%c', decimal %s", sniff->found.delimiter,
            sniff->decimal == DECIMAL_COMMA   ? "comma"
            : sniff->decimal == DECIMAL_POINT ? "point"
                                              : "not known");
    printf(", dates %s%s\n", order_names[sniff->order],
        sniff->is_order_open ? " (day and month could be swapped: look)" : "");
    printf("%llu rows looked at%s, %llu of them faulty\n", (unsigned long long)sniff->n_rows,
        sniff->has_more_rows ? " (there are more)" : "", (unsigned long long)sniff->n_faults);
    if (sniff->looks_headless)
        printf("the first row looks like data, not like a header: see `no_header` in docs/RECIPES.md\n");
    printf("\n");
}

static enum comity_status print(const struct cli *cli, const struct arguments *arguments, const struct domain *domain,
    const struct sniff *sniff, struct comity_error *err)
{
    const char *path = argument_of(arguments, "write");
    if (cli->format != OUTPUT_TABLE)
        return print_columns(cli, domain, sniff, err);
    print_file(sniff);
    enum comity_status status = print_columns(cli, domain, sniff, err);
    if (status != COMITY_OK)
        return status;
    if (!path) {
        printf("\n# ---- a drafted recipe; look at every line ----\n");
        return cli_write(sniff->recipe, err);
    }
    status = file_replace(path, sniff->recipe, err);
    if (status == COMITY_OK)
        cli_say(cli,
            "a drafted recipe is in '%s'; next: look at every line, then comity import %s --recipe %s --dry-run", path,
            arguments->words[0], path);
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct domain *domain = NULL;
    struct sniff sniff = {0};
    struct rows_options options = {.sheet = slice_from(argument_of(arguments, "sheet"))};
    enum comity_status status = pack_load(cli, argument_of(arguments, "domain"), &domain, err);
    if (status == COMITY_OK)
        status = sniff_file(arguments->words[0], &options, domain, &sniff, err);
    if (status == COMITY_OK)
        status = print(cli, arguments, domain, &sniff, err);
    sniff_release(&sniff);
    domain_free(domain);
    return status;
}

static const struct option_spec options[] = {
    {"domain", 'd', "PACK", "the domain pack (default: drugs)"},
    {"sheet", 0, "NAME", "the sheet of a workbook"},
    {"write", 'w', "FILE", "write the drafted recipe there"},
};

const struct verb verb_sniff = {
    .name = "sniff",
    .arguments = "FILE",
    .summary = "says what a file is, and drafts a recipe with a confidence for each guess",
    VERB_OPTIONS(options),
    .least_words = 1,
    .most_words = 1,
    .run = run,
    .help = "The draft is a recipe that imports; a person should still look at every line of it.\n"
            "\nExamples:\n"
            "  comity sniff seizures.csv\n"
            "  comity sniff seizures.xlsx --sheet 2016 --write mine.yaml\n",
};
