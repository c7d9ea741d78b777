/* comity export: all entities that a query finds, as a file. */
#include "base/error.h"
#include "cli/deliver.h"

static enum output_format format_of(const struct cli *cli, const char *path)
{
    struct slice name = slice_from(path ? path : "");
    if (cli->has_format && cli->format != OUTPUT_TABLE)
        return cli->format;
    if (slice_ends_with(name, SLICE(".geojson")))
        return OUTPUT_GEOJSON;
    if (slice_ends_with(name, SLICE(".ndjson")))
        return OUTPUT_NDJSON;
    return slice_ends_with(name, SLICE(".json")) ? OUTPUT_JSON : OUTPUT_CSV;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct ask ask;
    const char *path = argument_of(arguments, "out");
    enum comity_status status = ask_begin(&ask, cli, arguments, err);
    if (status != COMITY_OK)
        return status;
    status = deliver_all(cli, &ask, format_of(cli, path), path, err);
    if (status == COMITY_OK && path)
        cli_say(cli, "written: %s", path);
    ask_end(&ask);
    return status;
}

static const struct option_spec options[] = {
    {"out", 0, "FILE", "where to (default: standard output); its ending gives the format unless -o does"},
};

const struct verb verb_export = {
    .name = "export",
    .arguments = "[QUERY…]",
    .summary = "writes all entities that a query finds: csv, json, ndjson, geojson",
    VERB_OPTIONS(options),
    .most_words = 64,
    .run = run,
    .help = "One row for each entity: counted once. `comity query --help` explains queries. A CSV guards against texts "
            "that a\n"
            "spreadsheet would run as formulas.\n"
            "\nExamples:\n"
            "  comity export > all.csv\n"
            "  comity export drug=cocaine-type date=2016-01 --out january.geojson\n",
};
