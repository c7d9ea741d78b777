/* The stages in order: rules twice, first cheap ones to learn from, then those that the data asks for. */
#include "match/match.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/parallel.h"
#include "match/compare.h"
#include "match/rivals.h"

#include <math.h>
#include <stdlib.h>

/* To learn from: so many pairs for each record. Then so many, where nothing is said. */
static const double pairs_to_learn = 15, pairs_usual = 100, usual_target = 0.999;
/* Patterns are counted of no more pairs than about this: what agreement is worth needs no more. */
static const double pairs_counted = 4e6;
/* A pair so far below even odds is never true, nor does it take much from one that is. */
static const double bits_below = 12;

struct run {
    const struct table *table;
    const struct match_options *options;
    struct match_result *out;
    struct candidates candidates;
    uint32_t *copy_of; /* as in struct rules */
    struct likely_pair *likely;
    size_t n_likely;
    struct grouping grouping;
    uint64_t since;
};

static void take_time(struct run *run, unsigned stage)
{
    uint64_t now = clock_ms();
    run->out->ms[stage] += now - run->since;
    run->since = now;
}

static bool is_across(const struct run *run)
{
    return run->options->is_once_each;
}

/* Blocks hold so many records; more that are equal in everything would all be left out. They are neighbours. */
static enum comity_status find_copies(struct run *run)
{
    const size_t many = 16;
    const struct table *table = run->table;
    size_t width = table->n_columns * sizeof *table->codes;
    run->copy_of = malloc((table->n + 1) * sizeof *run->copy_of);
    if (!run->copy_of)
        return COMITY_NOMEM;
    for (uint32_t i = 0, end; i < table->n; i = end) {
        const uint32_t *codes = &table->codes[(size_t)i * table->n_columns];
        for (end = i + 1; end < table->n && !memcmp(codes, &table->codes[(size_t)end * table->n_columns], width);
             end++) {
        }
        for (uint32_t k = i; k < end; k++)
            run->copy_of[k] = end - i > many && !is_across(run) ? i : k;
    }
    return COMITY_OK;
}

/* Copies are one thing with the first of them where what they say is evidence enough. */
static void join_copies(struct run *run)
{
    const struct match_result *out = run->out;
    for (uint32_t i = 0; i < run->table->n; i++) {
        uint32_t first = run->copy_of[i];
        if (first == i)
            continue;
        uint64_t vector = weights_vector(run->table, out->likeness, first, i);
        double bits = weights_evidence(&out->weights, run->table, out->likeness, first, i, vector);
        if (bits + weights_prior(&out->weights) > 0) {
            run->grouping.group[i] = run->grouping.group[first];
            run->grouping.n_groups--;
        }
    }
}

static enum comity_status prepare(struct run *run, struct comity_error *err)
{
    struct match_result *out = run->out;
    enum comity_status status = COMITY_OK;
    out->likeness = calloc(run->table->n_columns, sizeof *out->likeness);
    if (!out->likeness)
        return error_nomem(err);
    out->n_columns = run->table->n_columns;
    for (unsigned c = 0; c < run->table->n_columns && status == COMITY_OK; c++) {
        if (!progress_tell(run->options->progress, "prepare", c, run->table->n_columns))
            return error_set(err, COMITY_CANCELLED, "matching was stopped");
        status = likeness_build(run->table, c, is_across(run), run->options->threads, &out->likeness[c], err);
    }
    if (status == COMITY_OK && find_copies(run) != COMITY_OK)
        status = error_nomem(err);
    if (status == COMITY_OK)
        status = weights_init(
            run->table, out->likeness, is_across(run), is_across(run), run->options->threads, &out->weights, err);
    take_time(run, 0);
    return status;
}

static enum comity_status build_index(struct run *run, struct comity_error *err)
{
    candidates_release(&run->candidates);
    enum comity_status status = candidates_build(&run->out->rules, run->options->threads, &run->candidates, err);
    take_time(run, 1);
    return status;
}

static struct comparing comparing_of(const struct run *run)
{
    return (struct comparing){.table = run->table,
        .likeness = run->out->likeness,
        .candidates = &run->candidates,
        .weights = &run->out->weights,
        .threads = run->options->threads,
        .progress = run->options->progress,
        .n_scored = &run->out->n_scored};
}

/* Patterns of the pairs that the rules propose, m from them, and the pairs that may be true. */
static enum comity_status learn(struct run *run)
{
    struct match_result *out = run->out;
    struct comparing comparing = comparing_of(run);
    comparing.one_in = (uint64_t)(out->rules.n_pairs / pairs_counted);
    struct match_pattern *patterns = NULL;
    uint64_t n_new[256] = {0};
    size_t n = 0, chosen = 0;
    out->weights.rate_related = 0;
    enum comity_status status =
        weights_find_parents(&out->weights, run->table, out->likeness, NULL, run->options->threads);
    take_time(run, 3);
    if (status == COMITY_OK)
        status = compare_patterns(&comparing, &patterns, &n, n_new);
    take_time(run, 2);
    out->n_compared = 0;
    for (size_t r = 0; r < out->rules.n && chosen < 256; r++)
        if (out->rules.rules[r].is_chosen)
            out->n_compared += out->rules.rules[r].n_new = n_new[chosen++];
    double rate = out->weights.rate;
    if (status == COMITY_OK && out->weights.is_one_to_one)
        out->weights.rate = rate / fmax((double)run->table->n / 2, 1);
    if (status == COMITY_OK)
        status = weights_train(&out->weights, patterns, n);
    free(patterns);
    take_time(run, 3);
    free(run->likely);
    run->likely = NULL;
    if (status == COMITY_OK)
        status = compare_likely(&comparing, -weights_prior(&out->weights) - bits_below, &run->likely, &run->n_likely);
    comparing_release(&comparing);
    take_time(run, 2);
    out->n_likely = run->n_likely;
    if (out->weights.is_one_to_one)
        out->weights.rate = rate;
    return status;
}

enum { N_PIECES = 64, AHEAD = 12 };

static enum comity_status weigh_piece(void *context, size_t number)
{
    struct run *run = context;
    size_t begin = run->n_likely * number / N_PIECES, end = run->n_likely * (number + 1) / N_PIECES;
    for (size_t i = begin; i < end; i++) {
        struct likely_pair *pair = &run->likely[i];
        if (i + AHEAD < end)
            table_fetch(run->table, pair[AHEAD].b);
        pair->bits =
            (float)weights_evidence(&run->out->weights, run->table, run->out->likeness, pair->a, pair->b, pair->vector);
    }
    return COMITY_OK;
}

/* Evidence of the likely pairs anew, after the weights have changed. */
static enum comity_status weigh_again(struct run *run)
{
    return parallel_run(N_PIECES, run->options->threads, weigh_piece, run);
}

/* So many pairs for each record, or what was asked for if that is less or comes last. */
static double budget(const struct run *run, double for_each)
{
    double usual = for_each * (double)run->table->n, most = run->options->most_pairs;
    return most > 0 && (most < usual || for_each > pairs_to_learn) ? most : usual;
}

static enum comity_status choose_again(struct run *run, struct comity_error *err)
{
    struct match_result *out = run->out;
    const struct match_options *options = run->options;
    double prior = weights_prior(&out->weights);
    if (out->weights.is_one_to_one)
        prior = log2(1 / fmax((double)run->table->n / 2, 1));
    size_t n = 0;
    struct rule_witness *witnesses = malloc((run->n_likely + 1) * sizeof *witnesses);
    if (!witnesses)
        return error_nomem(err);
    for (size_t i = 0; i < run->n_likely; i++)
        if (run->likely[i].bits + prior > 0)
            witnesses[n++] = (struct rule_witness){run->likely[i].a, run->likely[i].b, 1};
    enum comity_status status =
        rules_choose(&out->rules, witnesses, n, options->target > 0 ? options->target : usual_target,
            budget(run, pairs_usual), (double)n / fmax(out->rules.recall, 0.1), err);
    free(witnesses);
    take_time(run, 1);
    return status;
}

static enum comity_status find_rules(struct run *run, struct comity_error *err)
{
    const struct match_options *options = run->options;
    struct match_result *out = run->out;
    if (options->n_rules)
        return rules_read(
            run->table, out->likeness, is_across(run), options->rules, options->n_rules, &out->rules, err);
    enum comity_status status =
        rules_list(run->table, out->likeness, is_across(run), run->copy_of, options->threads, &out->rules, err);
    if (status == COMITY_OK)
        status = rules_choose(&out->rules, NULL, 0, 0.99, budget(run, pairs_to_learn), 0, err);
    if (status == COMITY_OK)
        status = build_index(run, err);
    if (status == COMITY_OK)
        status = learn(run);
    return status == COMITY_OK ? choose_again(run, err) : status;
}

/* Where likely pairs contest each other, the same is told from what is only near it. */
static enum comity_status tell_related(struct run *run)
{
    struct match_result *out = run->out;
    bool has_changed;
    enum comity_status status = rivals_learn(
        &out->weights, run->table, out->likeness, run->likely, run->n_likely, &out->contested, &has_changed);
    take_time(run, 3);
    return status == COMITY_OK && has_changed ? weigh_again(run) : status;
}

/* Where likely pairs contest each other and nothing tells the related apart, what has rivals is held to be less likely.
 */
static enum comity_status heed_rivals(struct run *run)
{
    const struct match_result *out = run->out;
    if (out->contested < MATCH_MUCH_CONTESTED || out->weights.rate_related > 0)
        return COMITY_OK;
    return rivals_discount(&out->weights, run->table, out->likeness, run->options->threads, run->likely, run->n_likely);
}

/* Values counted once for each rough group, then groups. */
static enum comity_status group(struct run *run)
{
    struct match_result *out = run->out;
    struct matching matching = {run->table, out->likeness, &out->weights, is_across(run)};
    enum comity_status status;
    if (out->weights.is_one_to_one) {
        status = weights_train_one_to_one(&out->weights, run->table, run->likely, run->n_likely);
        take_time(run, 3);
        if (status == COMITY_OK)
            status = weigh_again(run);
        return status == COMITY_OK ? group_one_to_one(&matching, run->likely, run->n_likely, &run->grouping) : status;
    }
    status = tell_related(run);
    if (status == COMITY_OK)
        status = heed_rivals(run);
    if (status == COMITY_OK)
        status = group_roughly(&matching, run->likely, run->n_likely, &run->grouping);
    for (uint32_t i = 0; status == COMITY_OK && i < run->table->n; i++)
        run->grouping.group[i] = run->grouping.group[run->copy_of[i]];
    if (status == COMITY_OK)
        status = weights_count_groups(&out->weights, run->table, run->grouping.group, run->options->threads);
    if (status == COMITY_OK)
        status =
            weights_find_parents(&out->weights, run->table, out->likeness, run->grouping.group, run->options->threads);
    if (status == COMITY_OK)
        status = weigh_again(run);
    if (status == COMITY_OK)
        status = heed_rivals(run);
    if (status != COMITY_OK)
        return status;
    grouping_release(&run->grouping);
    return group_records(&matching, run->likely, run->n_likely, run->options->threads, &run->grouping);
}

static enum comity_status tell(struct run *run)
{
    struct match_result *out = run->out;
    size_t n = run->table->n;
    uint32_t *lowest = malloc((n + 1) * sizeof *lowest);
    out->cluster = malloc((n + 1) * sizeof *out->cluster);
    if (!lowest || !out->cluster) {
        free(lowest);
        return COMITY_NOMEM;
    }
    for (size_t i = 0; i < n; i++)
        lowest[i] = UINT32_MAX;
    for (size_t i = 0; i < n; i++) {
        uint32_t group = run->grouping.group[i], row = (uint32_t)run->table->row[i];
        lowest[group] = row < lowest[group] ? row : lowest[group];
    }
    for (size_t i = 0; i < n; i++)
        out->cluster[run->table->row[i]] = lowest[run->grouping.group[i]];
    free(lowest);
    out->n_clusters = run->grouping.n_groups;
    out->n_cut = run->grouping.n_cut;
    return COMITY_OK;
}

static enum comity_status run_stages(struct run *run, struct comity_error *err)
{
    enum comity_status status = prepare(run, err);
    if (status == COMITY_OK)
        status = find_rules(run, err);
    if (status == COMITY_OK)
        status = build_index(run, err);
    if (status == COMITY_OK)
        status = learn(run);
    if (status == COMITY_OK)
        status = group(run);
    if (status == COMITY_OK)
        join_copies(run);
    if (status == COMITY_OK)
        status = tell(run);
    take_time(run, 4);
    return status;
}

enum comity_status match_run(
    const struct table *table, const struct match_options *options, struct match_result *out, struct comity_error *err)
{
    struct run run = {.table = table, .options = options, .out = out, .since = clock_ms()};
    *out = (struct match_result){0};
    if (options->is_once_each && table->n_files != 2)
        return error_set(err, COMITY_USAGE, "two files are needed where each is free of duplicates");
    enum comity_status status = run_stages(&run, err);
    candidates_release(&run.candidates);
    grouping_release(&run.grouping);
    free(run.copy_of);
    free(run.likely);
    return status == COMITY_NOMEM       ? error_nomem(err)
           : status == COMITY_CANCELLED ? error_set(err, status, "matching was stopped")
                                        : status;
}

void match_result_release(struct match_result *result)
{
    for (unsigned c = 0; result->likeness && c < result->n_columns; c++)
        likeness_release(&result->likeness[c]);
    free(result->likeness);
    free(result->cluster);
    rules_release(&result->rules);
    weights_release(&result->weights);
    *result = (struct match_result){0};
}
