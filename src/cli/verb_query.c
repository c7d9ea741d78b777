/* comity query: totals, facets and the newest entities of a query. */
#include "base/calendar.h"
#include "base/error.h"
#include "cli/deliver.h"
#include "view/answer_json.h"

enum { SHOWN_FACET_VALUES = 6, SHOWN_ROWS = 15 };

struct screen {
    const struct cli *cli;
    const struct ask *ask;
    const struct domain *domain;
    const struct answer *answer;
    struct buffer out;
};

static void add_number(struct buffer *out, double number)
{
    char digits[64];
    int len = snprintf(digits, sizeof digits, number < 100 ? "%.2f" : "%.0f", number);
    int whole = (int)strcspn(digits, ".");
    int first = digits[0] == '-';
    for (int i = 0; i < len; i++) {
        if (i > first && i < whole && (whole - i) % 3 == 0)
            buffer_add_byte(out, ',');
        buffer_add_byte(out, digits[i]);
    }
}

static void add_total(struct screen *screen, struct slice label, const struct view_total *total)
{
    double factor = 1;
    const struct unit_table *units = screen->domain->units;
    uint32_t unit = answer_unit(screen->ask->snapshot->view, &screen->ask->query, total->dimension, &factor);
    struct slice name = unit == UINT32_MAX ? units->dimensions[total->dimension].base_unit : units->units[unit].code;
    double difference = total->plain - total->once;
    buffer_format(&screen->out, "  %.*s: plain sum ", SLICE_ARG(label));
    add_number(&screen->out, total->plain / factor);
    buffer_add_string(&screen->out, ", counted once ");
    add_number(&screen->out, total->once / factor);
    buffer_add_string(&screen->out, ", difference ");
    add_number(&screen->out, difference / factor);
    buffer_format(&screen->out, " %.*s\n", SLICE_ARG(name));
}

static void add_totals(struct screen *screen)
{
    const struct answer *answer = screen->answer;
    const struct unit_table *units = screen->domain->units;
    for (size_t i = 0; i < answer->n_totals; i++)
        add_total(screen, units->dimensions[answer->totals[i].dimension].label, &answer->totals[i]);
    if (answer->n_groups && screen->domain->what >= 0)
        buffer_add_string(&screen->out, "by group:\n");
    for (size_t i = 0; i < answer->n_groups && screen->domain->what >= 0; i++) {
        const struct view_group_total *group = &answer->groups[i];
        const struct concept_tree *tree = screen->domain->fields[screen->domain->what].spec.concepts;
        struct slice label = group->concept == CONCEPT_NONE
                                 ? SLICE("(unknown)")
                                 : concept_label(tree, group->concept, screen->ask->query.language);
        add_total(screen, label, &group->total);
    }
}

static void add_facets(struct screen *screen)
{
    for (size_t f = 0; f < screen->answer->n_facets; f++) {
        const struct facet *facet = &screen->answer->facets[f];
        size_t n = facet->n_values < SHOWN_FACET_VALUES ? facet->n_values : SHOWN_FACET_VALUES;
        if (!n)
            continue;
        buffer_format(&screen->out, "%.*s=", SLICE_ARG(facet->key));
        for (size_t i = 0; i < n; i++)
            buffer_format(&screen->out, "%s%.*s (%llu)", i ? ", " : "", SLICE_ARG(facet->values[i].key),
                (unsigned long long)facet->values[i].count);
        buffer_add_string(&screen->out, facet->n_values + facet->n_more > n ? ", …\n" : "\n");
    }
}

static void add_doubts(struct screen *screen)
{
    const struct view_doubts *doubts = &screen->answer->doubts;
    const struct {
        uint64_t count;
        const char *text;
    } lines[] = {{doubts->n_without_quantity, "without an amount"}, {doubts->n_not_placed, "not placed"},
        {doubts->n_without_date, "without a date"}, {doubts->n_unread_concept, "of an unknown kind"},
        {doubts->n_implausible, "with an implausible amount"}, {doubts->n_in_conflict, "whose sources disagree"},
        {doubts->n_undecided, "that look like another one"}};
    const char *separator = "doubtful: ";
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        if (!lines[i].count)
            continue;
        buffer_format(&screen->out, "%s%llu %s", separator, (unsigned long long)lines[i].count, lines[i].text);
        separator = ", ";
    }
    buffer_add_string(&screen->out, separator[0] == ',' ? "\n" : "");
}

static void add_row(struct screen *screen, const struct view_row *row)
{
    const struct mentions *mentions = &screen->ask->snapshot->mentions;
    const struct resolution *resolution = &screen->ask->snapshot->resolution;
    const int fields[] = {screen->domain->when, screen->domain->what, screen->domain->how_much, screen->domain->where};
    buffer_format(&screen->out, "  %llu", (unsigned long long)row->entity);
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (fields[i] < 0)
            continue;
        const struct column *column = &mentions->columns[fields[i]];
        const struct value *value = &column->values[resolution->winner[fields[i]][row->index]];
        buffer_add_string(&screen->out, "  ");
        value_format(&screen->domain->fields[fields[i]].spec, value, screen->cli->language, &screen->out);
    }
    buffer_format(&screen->out, "  (%u rows of %u sources)\n", row->n_mentions, row->n_sources);
}

static void add_rows(struct screen *screen)
{
    const struct answer *answer = screen->answer;
    size_t n = answer->n_rows;
    for (size_t i = 0; i < n; i++)
        add_row(screen, &answer->rows[i]);
    if (answer->next_after)
        buffer_format(
            &screen->out, "  … go on with after=%llu, or `comity export`\n", (unsigned long long)answer->next_after);
}

static void add_head(struct screen *screen)
{
    const struct answer *answer = screen->answer;
    char first[DAY_TEXT], last[DAY_TEXT];
    struct slice plural =
        domain_label(screen->domain->kinds[0].plurals, screen->domain->kinds[0].id, screen->ask->query.language);
    buffer_format(&screen->out, "%llu %.*s, told in %llu rows of %llu sources", (unsigned long long)answer->n_entities,
        SLICE_ARG(plural), (unsigned long long)answer->n_mentions, (unsigned long long)answer->n_sources);
    if (answer->last_day >= answer->first_day) {
        day_format(answer->first_day, first);
        day_format(answer->last_day, last);
        buffer_format(&screen->out, ", %s to %s", first, last);
    }
    buffer_add_byte(&screen->out, '\n');
}

static enum comity_status show(
    struct cli *cli, const struct ask *ask, const struct answer *answer, struct comity_error *err)
{
    struct screen screen = {.cli = cli, .ask = ask, .domain = ask->desk.domain, .answer = answer};
    enum comity_status status = COMITY_OK;
    buffer_init(&screen.out, (size_t)256 << 20);
    if (cli->format == OUTPUT_JSON) {
        status = answer_json(
            ask->snapshot->view, &cli->reader, &ask->query, answer, ask->snapshot->sequence, &screen.out, err);
        buffer_add_byte(&screen.out, '\n');
    } else {
        add_head(&screen);
        add_totals(&screen);
        add_doubts(&screen);
        add_facets(&screen);
        add_rows(&screen);
    }
    if (status == COMITY_OK && (status = buffer_status(&screen.out)) != COMITY_OK)
        error_set(err, status, "%s", comity_status_text(status));
    if (status == COMITY_OK)
        status = cli_write(buffer_slice(&screen.out), err);
    buffer_release(&screen.out);
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct ask ask;
    struct answer answer = {0};
    enum comity_status status = ask_begin(&ask, cli, arguments, err);
    if (status != COMITY_OK)
        return status;
    if (cli->format == OUTPUT_TABLE && ask.query.limit == 50)
        ask.query.limit = SHOWN_ROWS;
    if (cli->format == OUTPUT_CSV || cli->format == OUTPUT_NDJSON || cli->format == OUTPUT_GEOJSON) {
        status = deliver_all(cli, &ask, cli->format, NULL, err);
    } else {
        status = view_answer(ask.snapshot->view, &cli->reader, &ask.query, &answer_everything, &answer, err);
        if (status == COMITY_OK)
            status = show(cli, &ask, &answer, err);
        answer_release(&answer);
    }
    ask_end(&ask);
    return status;
}

const struct verb verb_query = {
    .name = "query",
    .arguments = "[QUERY…]",
    .summary = "asks: totals (plain sum, counted once, the difference), facets, newest entities",
    .most_words = 64,
    .run = run,
    .help = "A query is one string, the same on the pages: key=value, comma is \"or\", a repeated key is \"and\", ! is "
            "\"not\",\n"
            "? is \"unknown\", .. is a range. Several words are joined with &. docs/QUERY.md has the whole grammar.\n"
            "With -o csv, ndjson or geojson: all entities, as `comity export`.\n"
            "\nExamples:\n"
            "  comity query 'drug=cocaine-type&country=EC,CO&date=2016-01..2016-06'\n"
            "  comity query drug=heroin amount.mass=1kg.. sort=largest limit=20\n"
            "  comity query country=CO -o json\n",
};
