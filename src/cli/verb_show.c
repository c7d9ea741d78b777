/* comity show: one entity, all sources side by side, and why they are one. */
#include "base/error.h"
#include "cli/became.h"
#include "cli/cli.h"
#include "cli/explain.h"
#include "cli/print.h"
#include "flow/show.h"

#include <jansson.h>

static const char *text_at(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static unsigned long long number_at(const json_t *object, const char *key)
{
    return (unsigned long long)json_integer_value(json_object_get(object, key));
}

static void add_derived(struct buffer *out, const json_t *value)
{
    size_t i;
    json_t *other;
    if (json_is_false(json_object_get(value, "is_convertible")))
        buffer_add_string(out, "                 not convertible to kg\n");
    if (json_is_true(json_object_get(value, "kg_is_derived")))
        buffer_format(out, "                 derived: %g kg, by %s\n", json_number_value(json_object_get(value, "kg")),
            text_at(value, "kg_document"));
    json_array_foreach(json_object_get(value, "others"), i, other)
    {
        buffer_format(out, "                 could also be: %s\n", text_at(other, "text"));
    }
}

static void add_resolved(struct buffer *out, const json_t *entity)
{
    const char *field;
    json_t *value;
    json_object_foreach(json_object_get(entity, "values"), field, value)
    {
        buffer_format(out, "  %-14s %s   (%s, from m%llu%s)\n", field, text_at(value, "text"), text_at(value, "rule"),
            number_at(value, "mention"),
            json_is_true(json_object_get(value, "is_disputed")) ? ", the sources disagree" : "");
        add_derived(out, value);
    }
}

static void add_statement(struct buffer *out, const json_t *statement)
{
    const char *field, *text;
    json_t *value;
    buffer_format(out, "\nm%llu: %s (%s, reliability %s)\n", number_at(statement, "mention"),
        text_at(statement, "source_title"), text_at(statement, "kind"), text_at(statement, "reliability"));
    if (json_object_get(statement, "file"))
        buffer_format(out, "  row %llu of %s, import %llu, recipe %s\n", number_at(statement, "row"),
            text_at(statement, "file"), number_at(statement, "import"), text_at(statement, "recipe"));
    json_object_foreach(json_object_get(statement, "record"), field, value)
    {
        if ((text = json_string_value(value)) && text[0])
            buffer_format(out, "    %s: %s\n", field, text);
    }
}

static void add_all(struct buffer *out, const json_t *entity)
{
    size_t i;
    json_t *item;
    buffer_format(out, "%s %llu", text_at(entity, "kind"), number_at(entity, "entity"));
    if (json_object_get(entity, "asked"))
        buffer_format(out, " (%llu was merged into it)", number_at(entity, "asked"));
    buffer_format(out, ", case %llu, %zu statements\n", number_at(entity, "case"),
        json_array_size(json_object_get(entity, "statements")));
    add_resolved(out, entity);
    json_array_foreach(json_object_get(entity, "statements"), i, item)
    {
        add_statement(out, item);
    }
    json_array_foreach(json_object_get(entity, "why"), i, item)
    {
        buffer_add_byte(out, '\n');
        explain_print(out, item);
    }
    const json_t *weakest = json_object_get(entity, "weakest");
    if (weakest)
        buffer_format(out,
            "\nits weakest link: m%llu and m%llu, by themselves one event with a probability of %.4f; without it %zu "
            "would "
            "stand apart\n",
            number_at(weakest, "a"), number_at(weakest, "b"),
            json_number_value(json_object_get(weakest, "probability")),
            json_array_size(json_object_get(weakest, "behind")));
    json_array_foreach(json_object_get(entity, "judgements"), i, item)
    {
        buffer_format(out, "\njudgement %llu: %s, by %s on %s. %s\n", number_at(item, "id"), text_at(item, "kind"),
            text_at(item, "who"), text_at(item, "when"), text_at(item, "why"));
    }
    if (json_array_size(json_object_get(entity, "history")))
        buffer_add_string(out, "\nwhat became of it:\n");
    became_print(out, json_object_get(entity, "history"));
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct desk desk;
    struct snapshot *snapshot = NULL;
    struct buffer json;
    uint64_t entity;
    enum comity_status status = word_number(arguments->words[0], "an entity", &entity, err);
    if (status != COMITY_OK)
        return status;
    status = cli_open(cli, STORE_READ, &desk, err);
    if (status != COMITY_OK)
        return status;
    buffer_init(&json, (size_t)64 << 20);
    status = desk_snapshot(&desk, &snapshot, err);
    if (status == COMITY_OK)
        status = show_entity_json(desk.store, snapshot, &cli->reader, entity, &json, err);
    if (status == COMITY_NOTFOUND)
        error_hint(
            err, "comity history %llu tells what became of it, if it was ever there", (unsigned long long)entity);
    if (status == COMITY_OK)
        status = print_report(cli, buffer_slice(&json), add_all, err);
    buffer_release(&json);
    snapshot_release(snapshot);
    desk_close(&desk);
    return status;
}

const struct verb verb_show = {
    .name = "show",
    .arguments = "ENTITY",
    .summary = "shows one entity: all sources side by side, and why they are one",
    .least_words = 1,
    .most_words = 1,
    .run = run,
    .help = "Each field with the rule that chose its value and the mention it is from, then every statement verbatim, "
            "then\n"
            "what speaks for and against their being one. An id that was merged shows what it was merged into.\n"
            "\nExamples:\n"
            "  comity show 17\n"
            "  comity show 17 -o json\n",
};
