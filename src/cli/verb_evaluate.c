/* comity evaluate: how right the links are, where the truth is known. */
#include "base/error.h"
#include "base/hash.h"
#include "base/map.h"
#include "cli/cli.h"
#include "cli/pairs.h"
#include "cli/truth.h"
#include "flow/review.h"

#include <math.h>
#include <stdlib.h>

/* The peer to beat: mentions that agree exactly in date, place, concept and amount are one event. */
static enum comity_status join_exactly(const struct mentions *mentions, uint32_t *cluster, struct comity_error *err)
{
    const struct domain *domain = mentions->domain;
    const int fields[] = {domain->when, domain->where, domain->what};
    struct map seen = {0};
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < mentions->n && status == COMITY_OK; i++) {
        uint64_t key = 0;
        bool is_new = true;
        for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
            key = hash_u64(key ^ (fields[f] < 0 ? 0 : mentions->columns[fields[f]].code[i]));
        cluster[i] = (uint32_t)i;
        const struct value *amount = domain->how_much < 0 ? NULL : mention_value(mentions, i, domain->how_much);
        if (amount && !value_is_typed(amount))
            continue;
        double base = amount ? unit_to_base(domain->units, amount) : 0;
        uint64_t bits = (uint64_t)(base * 1000 + 0.5);
        uint64_t *first = map_put(&seen, hash_u64(key ^ bits), &is_new);
        if (!first)
            status = error_nomem(err);
        else if (is_new)
            *first = i;
        else
            cluster[i] = (uint32_t)*first;
    }
    map_release(&seen);
    return status;
}

static enum comity_status add_quality(struct sheet *sheet, const char *name, const struct link_quality *quality)
{
    const double shares[] = {
        quality->precision, quality->recall, quality->f1, quality->b3_precision, quality->b3_recall, quality->b3_f1};
    enum comity_status status = sheet_cell(sheet, slice_from(name));
    for (size_t i = 0; i < sizeof shares / sizeof *shares && status == COMITY_OK; i++)
        status = sheet_format(sheet, "%.4f", shares[i]);
    if (status == COMITY_OK)
        status = sheet_format(sheet, "%llu", (unsigned long long)quality->n_true_pairs);
    if (status == COMITY_OK)
        status = sheet_format(sheet, "%llu", (unsigned long long)quality->n_found_pairs);
    return status == COMITY_OK ? sheet_format(sheet, "%llu", (unsigned long long)quality->n_right_pairs) : status;
}

static size_t count_clusters(const uint32_t *cluster, size_t n)
{
    size_t n_clusters = 0;
    for (size_t i = 0; i < n; i++)
        n_clusters += cluster[i] == i;
    return n_clusters;
}

/* Mentions whose event is not known are one each. */
static enum comity_status count_events(const uint64_t *truth, size_t n, size_t *out)
{
    struct map seen = {0};
    enum comity_status status = COMITY_OK;
    *out = 0;
    for (size_t i = 0; i < n && status == COMITY_OK; i++) {
        bool is_new = true;
        if (truth[i] && !map_put(&seen, truth[i], &is_new))
            status = COMITY_NOMEM;
        *out += is_new;
    }
    map_release(&seen);
    return status;
}

/* How many there are, between which numbers they should be, and how many there are in truth. */
static enum comity_status add_counts(
    struct sheet *sheet, size_t n_found, const struct review_cell *cell, bool has_interval, size_t n_true)
{
    enum comity_status status = sheet_format(sheet, "%zu", n_found);
    const double ends[] = {cell ? cell->low : 0, cell ? cell->high : 0};
    for (size_t i = 0; i < 2 && status == COMITY_OK; i++)
        status = has_interval ? sheet_format(sheet, "%.0f", (double)n_found + ends[i]) : sheet_cell(sheet, SLICE_EMPTY);
    return status == COMITY_OK ? sheet_format(sheet, "%zu", n_true) : status;
}

static enum comity_status evaluate(
    const struct cli *cli, const struct snapshot *snapshot, const uint64_t *truth, struct comity_error *err)
{
    static const char *const columns[] = {"method", "precision#", "recall#", "f1#", "b3 precision#", "b3 recall#",
        "b3 f1#", "true pairs#", "found pairs#", "right pairs#", "entities#", "low#", "high#", "true entities#"};
    struct link_quality linked, joined;
    struct review_intervals intervals = {0};
    size_t n_true = 0, n = snapshot->mentions.n;
    struct sheet sheet;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    uint32_t *exact = malloc((snapshot->mentions.n + 1) * sizeof *exact);
    enum comity_status status = exact ? join_exactly(&snapshot->mentions, exact, err) : error_nomem(err);
    if (status == COMITY_OK)
        status = link_evaluate(snapshot->cluster, truth, snapshot->mentions.n, &linked);
    if (status == COMITY_OK)
        status = link_evaluate(exact, truth, snapshot->mentions.n, &joined);
    if (status == COMITY_OK)
        status = count_events(truth, n, &n_true);
    if (status == COMITY_OK && snapshot->review)
        status = review_intervals(snapshot->review, &snapshot->resolution, NULL, 0, &intervals, err);
    if (status == COMITY_OK)
        status = add_quality(&sheet, "comity", &linked);
    if (status == COMITY_OK)
        status = add_counts(&sheet, snapshot->resolution.n_entities,
            review_cell_of(&intervals, UINT32_MAX, CONCEPT_NONE), snapshot->review, n_true);
    if (status == COMITY_OK)
        status = add_quality(&sheet, "exact-key join", &joined);
    if (status == COMITY_OK)
        status = add_counts(&sheet, count_clusters(exact, n), NULL, false, n_true);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, cli, err);
    free(exact);
    review_intervals_release(&intervals);
    sheet_release(&sheet);
    return status;
}

/* ---- calibration ----------------------------------------------------------------------------------------------- */

enum { BIN_BITS = 2, N_BINS = 12, LOWEST_BIN = -6 };
struct bin {
    size_t n, n_one;
    double expected;
};

static size_t bin_of(double bits)
{
    double bin = floor(bits / BIN_BITS) - LOWEST_BIN;
    return bin < 0 ? 0 : bin >= N_BINS ? N_BINS - 1 : (size_t)bin;
}

static enum comity_status add_bin(struct sheet *sheet, bool is_joined, size_t b, const struct bin *bin)
{
    enum comity_status status = sheet_cell(sheet, is_joined ? SLICE("joined") : SLICE("apart"));
    if (status == COMITY_OK)
        status = sheet_format(sheet, "%d", ((int)b + LOWEST_BIN) * BIN_BITS);
    if (status == COMITY_OK)
        status = sheet_format(sheet, "%zu", bin->n);
    if (status == COMITY_OK)
        status = sheet_format(sheet, "%.4f", bin->expected / (double)bin->n);
    return status == COMITY_OK ? sheet_format(sheet, "%.4f", (double)bin->n_one / (double)bin->n) : status;
}

/* Of the doubtful decisions, by their bits: how many should be one event, and how many are. */
static enum comity_status calibrate(
    const struct cli *cli, const struct snapshot *snapshot, const uint64_t *truth, struct comity_error *err)
{
    static const char *const columns[] = {"decided", "bits from#", "doubts#", "expected#", "actual#"};
    struct bin bins[2][N_BINS] = {0};
    const struct review *review = snapshot->review;
    if (!review)
        return error_set(err, COMITY_CONFLICT, "nobody has looked for doubts yet");
    for (size_t i = 0; i < review->n; i++) {
        const struct review_item *item = &review->items[i];
        if (!truth[item->a] || !truth[item->b])
            continue;
        struct bin *bin = &bins[item->is_joined][bin_of(item->bits)];
        bin->n++;
        bin->n_one += truth[item->a] == truth[item->b];
        bin->expected += item->probability;
    }
    struct sheet sheet;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    enum comity_status status = COMITY_OK;
    for (int joined = 0; joined < 2; joined++)
        for (size_t b = 0; b < N_BINS && status == COMITY_OK; b++)
            if (bins[joined][b].n)
                status = add_bin(&sheet, joined, b, &bins[joined][b]);
    status = status == COMITY_OK ? sheet_print(&sheet, cli, err) : error_nomem(err);
    sheet_release(&sheet);
    return status;
}

/* ---- parts of wholes ----------------------------------------------------------------------------------------------
 */

/* What truth-parts.csv says, and what was found. A row can be found where it tells an amount and somebody tells that of
 * its whole: the others are left out. */
struct parts_quality {
    uint64_t n_proposed, n_right; /* entities that are part of another one */
    uint64_t n_planted, n_found;  /* rows */
};

static bool is_part_of(const struct snapshot *snapshot, const uint64_t *truth, uint64_t event, size_t entity)
{
    const struct resolution *resolution = &snapshot->resolution;
    uint32_t whole = resolution_whole(resolution, entity);
    for (uint32_t i = resolution->first_member[whole]; i < resolution->first_member[whole + 1]; i++)
        if (truth[resolution->members[i]] == event)
            return true;
    return false;
}

static bool is_right(const struct snapshot *snapshot, const uint64_t *truth, const uint64_t *parts, size_t entity)
{
    const struct resolution *resolution = &snapshot->resolution;
    for (uint32_t i = resolution->first_member[entity]; i < resolution->first_member[entity + 1]; i++) {
        uint64_t event = parts[resolution->members[i]];
        if (event && is_part_of(snapshot, truth, event, entity))
            return true;
    }
    return false;
}

static bool tells_amount(const struct snapshot *snapshot, size_t mention)
{
    int field = snapshot->mentions.domain->how_much;
    return field >= 0 && value_is_typed(mention_value(&snapshot->mentions, mention, field));
}

static enum comity_status count_parts(const struct snapshot *snapshot, const uint64_t *truth, const uint64_t *parts,
    struct parts_quality *out, struct comity_error *err)
{
    const struct resolution *resolution = &snapshot->resolution;
    struct map told = {0};
    bool is_good = true;
    *out = (struct parts_quality){0};
    for (size_t i = 0; is_good && i < snapshot->mentions.n; i++)
        is_good = !tells_amount(snapshot, i) || map_put(&told, truth[i], NULL) != NULL;
    for (size_t i = 0; is_good && i < snapshot->mentions.n; i++) {
        uint32_t entity = resolution->of_mention[i];
        bool is_placed = resolution_whole(resolution, entity) != RESOLVE_NO_WHOLE;
        if (!parts[i] || !tells_amount(snapshot, i) || !map_get(&told, parts[i]))
            continue;
        out->n_planted++;
        out->n_found += is_placed && is_part_of(snapshot, truth, parts[i], entity);
    }
    for (size_t e = 0; is_good && e < resolution->n_entities; e++) {
        if (resolution_whole(resolution, e) == RESOLVE_NO_WHOLE)
            continue;
        out->n_proposed++;
        out->n_right += is_right(snapshot, truth, parts, e);
    }
    map_release(&told);
    return is_good ? COMITY_OK : error_nomem(err);
}

static enum comity_status print_parts(const struct cli *cli, const struct parts_quality *q, struct comity_error *err)
{
    static const char *const columns[] = {"precision#", "recall#", "proposed#", "right#", "planted#", "found#"};
    const double shares[] = {q->n_proposed ? (double)q->n_right / (double)q->n_proposed : 1,
        q->n_planted ? (double)q->n_found / (double)q->n_planted : 1};
    const uint64_t numbers[] = {q->n_proposed, q->n_right, q->n_planted, q->n_found};
    struct sheet sheet;
    enum comity_status status = COMITY_OK;
    sheet_init(&sheet, columns, sizeof columns / sizeof *columns);
    for (size_t i = 0; i < 2 && status == COMITY_OK; i++)
        status = sheet_format(&sheet, "%.4f", shares[i]);
    for (size_t i = 0; i < 4 && status == COMITY_OK; i++)
        status = sheet_format(&sheet, "%llu", (unsigned long long)numbers[i]);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, cli, err);
    sheet_release(&sheet);
    return status;
}

static enum comity_status evaluate_parts(const struct cli *cli, const char *path, struct store *store,
    const struct snapshot *snapshot, const uint64_t *truth, struct comity_error *err)
{
    uint64_t *parts = NULL;
    struct parts_quality quality;
    enum comity_status status = truth_read(path, &snapshot->mentions, store, &cli->reader, &parts, err);
    if (status == COMITY_OK)
        status = count_parts(snapshot, truth, parts, &quality, err);
    if (status == COMITY_OK)
        status = print_parts(cli, &quality, err);
    free(parts);
    return status;
}

/* ---- all of it ----------------------------------------------------------------------------------------------------
 */

/* Both results in one document, where the format has documents. */
static enum comity_status say(const struct cli *cli, bool has_both, const char *json, struct comity_error *err)
{
    return has_both && cli->format == OUTPUT_JSON ? cli_write(slice_from(json), err) : COMITY_OK;
}

static enum comity_status measure(const struct cli *cli, const struct arguments *arguments, struct store *store,
    const struct snapshot *snapshot, uint64_t **truth, struct comity_error *err)
{
    const char *path = argument_of(arguments, "truth"), *totals = argument_of(arguments, "totals");
    bool has_both = path && totals, is_by_source = argument_is_given(arguments, "by-source");
    enum comity_status status =
        path ? truth_read(path, &snapshot->mentions, store, &cli->reader, truth, err) : COMITY_OK;
    if (status == COMITY_OK)
        status = say(cli, has_both, "{\"links\": ", err);
    const char *parts = argument_of(arguments, "parts");
    if (status == COMITY_OK && parts && *truth)
        status = evaluate_parts(cli, parts, store, snapshot, *truth, err);
    else if (status == COMITY_OK && path)
        status = is_by_source                                  ? pairs_print(cli, snapshot, *truth, err)
                 : argument_is_given(arguments, "calibration") ? calibrate(cli, snapshot, *truth, err)
                                                               : evaluate(cli, snapshot, *truth, err);
    if (status == COMITY_OK)
        status = say(cli, has_both, ", \"totals\": ", err);
    if (status == COMITY_OK && totals)
        status = truth_print_totals(cli, totals, snapshot, *truth, err);
    return status == COMITY_OK ? say(cli, has_both, "}\n", err) : status;
}

static enum comity_status check(const struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    bool has_truth = argument_is_given(arguments, "truth"), has_totals = argument_is_given(arguments, "totals");
    if (!has_truth && !has_totals)
        return error_set(err, COMITY_USAGE,
            "'--truth' is needed: a CSV with the columns source, key and event, or file, row and event");
    if ((argument_is_given(arguments, "by-source") || argument_is_given(arguments, "calibration")) && !has_truth)
        return error_set(err, COMITY_USAGE, "'--by-source' and '--calibration' need '--truth'");
    if (argument_is_given(arguments, "parts") && (!has_truth || has_totals))
        return error_set(err, COMITY_USAGE, "'--parts' needs '--truth', and stands without '--totals'");
    bool is_one_table = cli->format == OUTPUT_CSV || cli->format == OUTPUT_NDJSON;
    if (has_truth && has_totals && is_one_table)
        return error_set(err, COMITY_USAGE, "links and totals are two tables: ask for one of them, or for json");
    return COMITY_OK;
}

static enum comity_status run(struct cli *cli, const struct arguments *arguments, struct comity_error *err)
{
    struct desk desk;
    struct snapshot *snapshot = NULL;
    uint64_t *truth = NULL;
    enum comity_status status = check(cli, arguments, err);
    if (status == COMITY_OK)
        status = cli_open(cli, STORE_READ, &desk, err);
    if (status != COMITY_OK)
        return status;
    status = desk_snapshot(&desk, &snapshot, err);
    if (status == COMITY_OK)
        status = measure(cli, arguments, desk.store, snapshot, &truth, err);
    free(truth);
    snapshot_release(snapshot);
    desk_close(&desk);
    return status;
}

static const struct option_spec options[] = {
    {"truth", 't', "FILE", "CSV with the columns source, key and event; or file, row and event"},
    {"by-source", 0, NULL, "the links between each two sources, instead of all together"},
    {"parts", 0, "FILE", "CSV with source, key and event: which rows are part of which event; instead of the links"},
    {"calibration", 0, NULL, "of the doubtful decisions: how many should be one event, and how many are"},
    {"totals", 0, "FILE", "CSV with concept, dimension and amount_base: totals are compared with it"},
};

const struct verb verb_evaluate = {
    .name = "evaluate",
    .arguments = "--truth FILE",
    .summary = "measures the links against a known truth",
    VERB_OPTIONS(options),
    .run = run,
    .help =
        "Pairwise and B-cubed precision and recall, beside an exact-key join of date, place, concept and amount.\n"
        "`low` and `high` are where the number or the amount should be, nine times in ten, by what is doubtful.\n"
        "Rows of sources without keys are named by their file and their number in it, from 1, the header not counted.\n"
        "\nExamples:\n"
        "  comity evaluate --truth simulated/truth.csv --totals simulated/truth-totals.csv\n"
        "  comity evaluate --truth simulated/truth.csv --by-source\n"
        "  comity evaluate --truth simulated/truth.csv --parts simulated/truth-parts.csv\n"
        "  comity evaluate --truth un/truth-rows.csv\n",
};
