/* comity link: finds which mentions tell of the same event. */
#include "base/error.h"
#include "base/file.h"
#include "cli/cli.h"
#include "flow/model_file.h"

#include <jansson.h>

static void add_rules(struct buffer *out, const json_t *report)
{
    const json_t *rules = json_object_get(report, "rules");
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const json_t *rule = json_array_get(rules, i);
        const char *name = json_string_value(json_object_get(rule, "name"));
        buffer_format(out, "  compared by %s: %lld pairs, %lld of them new\n", name ? name : "",
            json_integer_value(json_object_get(rule, "pairs")), json_integer_value(json_object_get(rule, "new_pairs")));
    }
}

/* The reason says what shape it has and how it is known. */
static void add_loads(struct buffer *out, const json_t *report)
{
    size_t i;
    const json_t *load;
    json_array_foreach(json_object_get(report, "repeated_loads"), i, load)
    {
        const char *source = json_string_value(json_object_get(load, "source"));
        const char *country = json_string_value(json_object_get(load, "country"));
        const char *why = json_string_value(json_object_get(load, "why"));
        buffer_format(out, "    %s %s: %s\n", source ? source : "", country ? country : "", why ? why : "");
    }
}

static void add_range(struct buffer *out, const json_t *range, const char *what)
{
    buffer_format(out, "%.0f and %.0f %s", json_number_value(json_object_get(range, "low")),
        json_number_value(json_object_get(range, "high")), what);
}

static void add_intervals(struct buffer *out, const json_t *interval)
{
    const json_t *totals = json_object_get(interval, "totals");
    if (!interval)
        return;
    buffer_format(out, "  by what is doubtful (%lld decisions), 9 times in 10 between ",
        json_integer_value(json_object_get(interval, "doubts")));
    add_range(out, json_object_get(interval, "entities"), "entities\n");
    for (size_t i = 0; i < json_array_size(totals); i++) {
        const json_t *total = json_array_get(totals, i);
        const char *unit = json_string_value(json_object_get(total, "unit"));
        buffer_add_string(out, "    between ");
        add_range(out, total, unit ? unit : "");
        buffer_format(out, " (%.0f counted once)\n", json_number_value(json_object_get(total, "shown")));
    }
}

static enum comity_status print_summary(
    const struct cli *cli, const struct link_summary *summary, struct comity_error *err)
{
    struct buffer out;
    buffer_init(&out, (size_t)64 << 20);
    if (cli->format == OUTPUT_JSON || cli->format == OUTPUT_NDJSON) {
        buffer_add_slice(&out, summary->json);
        buffer_add_byte(&out, '\n');
    } else {
        json_t *report = json_loadb(
            summary->json.ptr ? summary->json.ptr : "{}", summary->json.ptr ? summary->json.len : 2, 0, NULL);
        buffer_format(&out, "%zu mentions are %zu entities (%zu fewer)\n", summary->n_mentions, summary->n_entities,
            summary->n_mentions - summary->n_entities);
        buffer_format(&out, "  repeated loads: %zu, with %llu surplus rows\n", summary->n_loads,
            (unsigned long long)summary->n_surplus);
        buffer_format(&out, "  parts of wholes: %zu\n", summary->n_parts);
        add_loads(&out, report);
        add_rules(&out, report);
        buffer_format(&out, "  %llu pairs compared, %llu kept\n", (unsigned long long)summary->n_pairs,
            (unsigned long long)summary->n_edges);
        add_intervals(&out, json_object_get(report, "interval"));
        if (!summary->has_converged)
            buffer_add_string(&out, "  note: the model's training did not converge; its weights are the best found\n");
        json_decref(report);
    }
    enum comity_status status = buffer_status(&out);
    if (status == COMITY_OK)
        status = cli_write(buffer_slice(&out), err);
    buffer_release(&out);
    return status;
}

static enum comity_status link_as_asked(struct cli *cli, struct desk *desk, const char *path, unsigned threads,
    struct link_summary *summary, struct comity_error *err)
{
    struct model_file file;
    struct file_map map;
    if (!path)
        return desk_link(desk, &cli->reader, threads, &cli->progress, summary, err);
    enum comity_status status = file_map(&map, path, err);
    if (status != COMITY_OK)
        return status;
    status = model_file_read(slice_of(map.ptr, map.len), path, desk->domain, &file, err);
    file_unmap(&map);
    if (status != COMITY_OK)
        return status;
    status = desk_link_under(desk, &cli->reader, threads, file.model, file.trained_on, &cli->progress, summary, err);
    model_file_release(&file);
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct desk desk;
    struct link_summary summary = {0};
    uint64_t threads;
    enum comity_status status = argument_number(arguments, "threads", 0, 64, 0, &threads, err);
    if (status != COMITY_OK)
        return status;
    status = cli_open(cli, STORE_WRITE, &desk, err);
    if (status != COMITY_OK)
        return status;
    status = link_as_asked(cli, &desk, argument_of(arguments, "model"), (unsigned)threads, &summary, err);
    progress_stop(cli);
    if (status == COMITY_OK)
        status = print_summary(cli, &summary, err);
    link_summary_release(&summary);
    desk_close(&desk);
    return status;
}

static const struct option_spec options[] = {
    {"threads", 0, "N", "how many threads (default: one for each processor); the result is the same"},
    {"model", 0, "FILE", "link under this model (comity model) instead of training one"},
};

const struct verb verb_link = {
    .name = "link",
    .arguments = "",
    .summary = "finds which reports tell of the same event",
    VERB_OPTIONS(options),
    .run = run,
    .help =
        "Finds blocks that were loaded more than once, compares what may be the same, trains the model on the data,\n"
        "and groups the mentions into entities. People's judgements (`comity judge`) outrank the model. Nothing is\n"
        "destroyed: entity ids stay, merged ones redirect.\n"
        "\nExamples:\n"
        "  comity link\n"
        "  comity link --model autumn.model\n"
        "  comity link -o json > report.json\n",
};
