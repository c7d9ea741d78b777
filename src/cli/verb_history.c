/* comity history: what became of entities, or of one. */
#include "base/error.h"
#include "cli/became.h"
#include "cli/cli.h"
#include "cli/print.h"
#include "flow/history.h"

static const struct option_spec options[] = {
    {"since", 0, "SEQUENCE", "only what came after this sequence number (as_of of the answer before)"},
    {"after", 0, "NUMBER", "only changes behind this one: `next` of the answer before"},
};
enum { SINCE, AFTER };

static void add_all(struct buffer *out, const json_t *history)
{
    size_t i;
    json_t *round;
    json_array_foreach(json_object_get(history, "rounds"), i, round)
    {
        buffer_format(out,
            "%6lld  %s  %lld entities of %lld mentions: %lld new ones, %lld mentions joined, %lld changes\n",
            (long long)json_integer_value(json_object_get(round, "sequence")),
            json_string_value(json_object_get(round, "when")),
            (long long)json_integer_value(json_object_get(round, "entities")),
            (long long)json_integer_value(json_object_get(round, "mentions")),
            (long long)json_integer_value(json_object_get(round, "created")),
            (long long)json_integer_value(json_object_get(round, "joined")),
            (long long)json_integer_value(json_object_get(round, "changes")));
    }
    if (i)
        buffer_add_byte(out, '\n');
    became_print(out, json_object_get(history, "changes"));
    if (!json_array_size(json_object_get(history, "changes")))
        buffer_add_string(out, "nothing changed\n");
    if (json_is_integer(json_object_get(history, "next")))
        buffer_format(out, "more: --after %lld\n", (long long)json_integer_value(json_object_get(history, "next")));
}

static enum comity_status read_part(
    const struct arguments *arguments, struct entity_event_part *part, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    if (arguments->n_words)
        status = word_number(arguments->words[0], "an entity", &part->entity, err);
    if (status == COMITY_OK)
        status = argument_number(arguments, options[SINCE].name, 0, INT64_MAX, 0, &part->since, err);
    if (status == COMITY_OK)
        status = argument_number(arguments, options[AFTER].name, 0, INT64_MAX, 0, &part->after, err);
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct desk desk;
    struct buffer json;
    struct entity_event_part part = {0};
    enum comity_status status = read_part(arguments, &part, err);
    if (status != COMITY_OK)
        return status;
    status = cli_open(cli, STORE_READ, &desk, err);
    if (status != COMITY_OK)
        return status;
    buffer_init(&json, (size_t)256 << 20);
    status = store_sequence(desk.store, &part.until, err);
    if (status == COMITY_OK)
        status = history_changes_json(desk.store, &cli->reader, &part, &json, err);
    if (status == COMITY_OK)
        status = print_report(cli, buffer_slice(&json), add_all, err);
    buffer_release(&json);
    desk_close(&desk);
    return status;
}

const struct verb verb_history = {
    .name = "history",
    .arguments = "[ENTITY]",
    .summary = "tells what became of entities: merged, split, moved, returned, ended",
    .most_words = 1,
    VERB_OPTIONS(options),
    .run = run,
    .help =
        "Each linking is a round with a sequence number. What it saw for the first time is counted; what changed is\n"
        "told with its cause: a judgement, an import or its undo where that is known, otherwise the linking itself.\n"
        "At most 1,000 changes are told at once.\n"
        "\nExamples:\n"
        "  comity history e12\n"
        "  comity history --since 40\n"
        "  comity history -o json | jq .as_of\n",
};
