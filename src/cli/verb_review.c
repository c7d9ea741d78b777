/* comity review: which decisions of the linking are worth a person's look. */
#include "base/error.h"
#include "cli/cli.h"
#include "cli/sampled.h"
#include "flow/review.h"
#include "value/quantity.h"

enum { SHOWN = 30, MOST_SHOWN = 1000000, MOST_SAMPLED = 100000 };

static const struct unit_table *units_of(const struct domain *domain)
{
    return domain->how_much < 0 ? NULL : domain->fields[domain->how_much].spec.units;
}

static enum comity_status add_amount(struct sheet *sheet, const struct domain *domain, const struct review_item *item)
{
    const struct unit_table *units = units_of(domain);
    bool has_amount = units && item->dimension < units->n_dimensions;
    const struct concept_tree *tree = domain->what < 0 ? NULL : domain->fields[domain->what].spec.concepts;
    enum comity_status status =
        has_amount ? sheet_format(sheet, "%.10g", item->amount) : sheet_cell(sheet, SLICE_EMPTY);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, has_amount ? units->dimensions[item->dimension].base_unit : SLICE_EMPTY);
    bool has_concept = tree && item->concept < tree->n_nodes;
    return status == COMITY_OK ? sheet_cell(sheet, has_concept ? tree->nodes[item->concept].code : SLICE_EMPTY)
                               : status;
}

static enum comity_status add_item(struct sheet *sheet, const struct snapshot *snapshot, const struct review_item *item)
{
    const struct mentions *mentions = &snapshot->mentions;
    const uint64_t numbers[] = {mentions->id[item->a], mentions->id[item->b],
        snapshot->resolution.entity[item->entity_a], snapshot->resolution.entity[item->entity_b]};
    enum comity_status status = sheet_format(sheet, "%.4f", 100 * item->worth);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, item->is_joined ? SLICE("joined") : SLICE("apart"));
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers && status == COMITY_OK; i++)
        status = sheet_format(sheet, "%llu", (unsigned long long)numbers[i]);
    if (status == COMITY_OK)
        status = sheet_format(sheet, "%.4f", item->probability);
    if (status == COMITY_OK)
        status = sheet_format(sheet, "%.2f", item->bits);
    return status == COMITY_OK ? add_amount(sheet, mentions->domain, item) : status;
}

static enum comity_status list(const struct cli *cli, const struct snapshot *snapshot, const struct review *review,
    uint64_t most, struct comity_error *err)
{
    static const char *const columns[] = {"change %#", "decided", "a#", "b#", "entity a#", "entity b#", "probability#",
        "bits#", "amount#", "unit", "concept"};
    struct sheet sheet;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < review->n && i < most && status == COMITY_OK; i++)
        status = add_item(&sheet, snapshot, &review->items[i]);
    if (status != COMITY_OK)
        status = error_nomem(err);
    else
        status = sheet_print(&sheet, cli, err);
    sheet_release(&sheet);
    if (status == COMITY_OK && review->n > most)
        cli_say(cli, "the first %llu of %zu", (unsigned long long)most, review->n);
    return status;
}

static enum comity_status show_queue(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct desk desk;
    struct snapshot *snapshot = NULL;
    uint64_t most;
    enum comity_status status = argument_number(arguments, "most", 1, MOST_SHOWN, SHOWN, &most, err);
    if (status == COMITY_OK)
        status = cli_open(cli, STORE_READ, &desk, err);
    if (status != COMITY_OK)
        return status;
    status = desk_snapshot(&desk, &snapshot, err);
    const struct review *review = status == COMITY_OK ? snapshot->review : NULL;
    if (status == COMITY_OK && !review) {
        status = error_set(err, COMITY_CONFLICT, "nobody has looked for doubts yet");
        error_hint(err, "`comity link` does");
    }
    if (review)
        status = list(cli, snapshot, review, most, err);
    snapshot_release(snapshot);
    desk_close(&desk);
    return status;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    const char *answers = argument_of(arguments, "answers");
    bool is_sample = argument_is_given(arguments, "sample");
    uint64_t n, seed;
    if ((answers != NULL) + is_sample + argument_is_given(arguments, "most") > 1)
        return error_set(err, COMITY_USAGE, "'--most', '--sample' and '--answers' are three things: ask for one");
    if (argument_is_given(arguments, "seed") && !is_sample)
        return error_set(err, COMITY_USAGE, "'--seed' goes with '--sample'");
    enum comity_status status = argument_number(arguments, "sample", 1, MOST_SAMPLED, 0, &n, err);
    if (status == COMITY_OK)
        status = argument_number(arguments, "seed", 0, UINT32_MAX, 1, &seed, err);
    if (status != COMITY_OK)
        return status;
    if (answers)
        return sampled_read(cli, answers, err);
    return is_sample ? sampled_write(cli, n, seed, err) : show_queue(cli, arguments, err);
}

static const struct option_spec options[] = {
    {"most", 'n', "N", "how many (default 30)"},
    {"sample", 0, "N", "instead: about N pairs as CSV, for a person to say which are the same"},
    {"seed", 0, "N", "of the sample (default 1): the same seed, the same pairs"},
    {"answers", 0, "FILE", "such a file, filled in: what it says of precision and recall"},
};

const struct verb verb_review = {
    .name = "review",
    .arguments = "",
    .summary = "lists the doubtful links that weigh most in the totals, or samples links",
    VERB_OPTIONS(options),
    .run = run,
    .help =
        "Pairs that were joined though they may be two, and pairs that stay apart though they may be one; first those\n"
        "whose decision is expected to change the totals most: how likely it is wrong, times the amount at stake as a\n"
        "share of the total of its dimension. A and B are mentions: `comity why A B` says more, `comity judge` "
        "decides.\n"
        "\nExamples:\n"
        "  comity review\n"
        "  comity review -n 1000 -o csv > queue.csv\n"
        "  comity review --sample 200 --seed 7 > sample.csv\n"
        "  comity review --answers sample.csv\n",
};
