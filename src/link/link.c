/* repeated loads → block → compare → score → cluster. */
#include "link/link.h"

#include "base/array.h"
#include "base/error.h"
#include "base/parallel.h"
#include "link/cluster.h"
#include "link/load.h"
#include "link/part.h"
#include "link/relation.h"
#include "link/run.h"

#include <stdlib.h>

/* What is worked on between the stages. */
struct run {
    const struct mentions *mentions;
    const struct judgement *judgements;
    size_t n_judgements;
    const struct link_options *options;
    struct link_result *out;
    struct load_result loads;
    struct frame frame;
    struct blocking blocking;
    struct link_model *model;
    struct edge_list edges; /* as score_part leaves them; without vectors from when they are scored for good */
    size_t n_edges, n_close;
    struct position_pair *together, *apart; /* as mentions until the frame is built, then as positions */
    size_t n_together, room_together, n_apart, room_apart, n_judged_apart;
    uint32_t *position_of; /* by mention, of a repeated load by what it repeats */
    struct clustering clustering;
    struct parts_known parts;
    struct parallel_aside aside; /* what parts are looked for in */
};

/* ---- judgements ---- */

static bool is_about_pair(const struct judgement *judgement)
{
    return !judgement->is_undone && (judgement->kind == JUDGEMENT_SAME || judgement->kind == JUDGEMENT_DIFFERENT ||
                                        judgement->kind == JUDGEMENT_NEWER_VERSION);
}

static bool is_of_same_pair(const struct judgement *a, const struct judgement *b)
{
    return (a->a == b->a && a->b == b->b) || (a->a == b->b && a->b == b->a);
}

/* The last word on a pair: a person's before the model's, the later before the earlier. */
static bool is_overruled(const struct run *run, size_t i)
{
    const struct judgement *judgement = &run->judgements[i];
    for (size_t j = 0; j < run->n_judgements; j++) {
        const struct judgement *other = &run->judgements[j];
        if (j == i || !is_about_pair(other) || !is_of_same_pair(judgement, other))
            continue;
        if (other->is_by_person != judgement->is_by_person ? other->is_by_person : j > i)
            return true;
    }
    return false;
}

static enum comity_status add_pair(struct run *run, const struct judgement *judgement, const struct map *known)
{
    const uint64_t *a = map_get(known, judgement->a), *b = map_get(known, judgement->b);
    /* A judgement about mentions that are not there sleeps. */
    if (!*a || !*b || *a == *b)
        return COMITY_OK;
    struct position_pair pair = {(uint32_t)(*a - 1), (uint32_t)(*b - 1), PART_NONE};
    if (judgement->kind == JUDGEMENT_DIFFERENT) {
        if (!ARRAY_ROOM(run->apart, run->n_apart, run->room_apart, 1))
            return COMITY_NOMEM;
        run->apart[run->n_apart++] = pair;
        return COMITY_OK;
    }
    if (!ARRAY_ROOM(run->together, run->n_together, run->room_together, 1))
        return COMITY_NOMEM;
    run->together[run->n_together++] = pair;
    return COMITY_OK;
}

static enum comity_status read_judgements(struct run *run)
{
    struct map known = {0};
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; status == COMITY_OK && i < run->n_judgements; i++)
        if (is_about_pair(&run->judgements[i]) &&
            (!map_put(&known, run->judgements[i].a, NULL) || !map_put(&known, run->judgements[i].b, NULL)))
            status = COMITY_NOMEM;
    for (size_t m = 0; status == COMITY_OK && known.count && m < run->mentions->n; m++) {
        uint64_t *place = map_get(&known, mention_named(run->mentions, m));
        if (place)
            *place = m + 1;
    }
    for (size_t i = 0; status == COMITY_OK && i < run->n_judgements; i++)
        if (is_about_pair(&run->judgements[i]) && !is_overruled(run, i))
            status = add_pair(run, &run->judgements[i], &known);
    map_release(&known);
    return status;
}

/* What a person holds apart is no repeated load of each other. */
static void part_copies(struct run *run)
{
    uint32_t *copy_of = run->loads.copy_of;
    for (size_t i = 0; i < run->n_apart; i++) {
        uint32_t a = run->apart[i].a, b = run->apart[i].b;
        if (copy_of[a] != copy_of[b])
            continue;
        uint32_t freed = copy_of[a] == a ? b : a;
        copy_of[freed] = freed;
    }
}

/* From mentions to positions. */
static enum comity_status place_pairs(struct run *run)
{
    const uint32_t *copy_of = run->loads.copy_of;
    uint32_t *position_of = run->position_of = malloc((run->mentions->n + 1) * sizeof *position_of);
    if (!position_of)
        return COMITY_NOMEM;
    for (uint32_t p = 0; p < run->frame.n; p++)
        position_of[run->frame.mention[p]] = p;
    for (size_t m = 0; m < run->mentions->n; m++)
        if (copy_of[m] != m)
            position_of[m] = position_of[copy_of[m]];
    for (size_t i = 0; i < run->n_together; i++)
        run->together[i] =
            (struct position_pair){position_of[run->together[i].a], position_of[run->together[i].b], PART_NONE};
    for (size_t i = 0; i < run->n_apart; i++)
        run->apart[i] = (struct position_pair){position_of[run->apart[i].a], position_of[run->apart[i].b], PART_NONE};
    run->n_judged_apart = run->n_apart;
    return COMITY_OK;
}

/* ---- stages ---- */

static enum comity_status read_parts(void *context)
{
    struct run *run = context;
    return parts_read(&run->frame, &run->parts);
}

static enum comity_status compare_parts(void *context)
{
    struct run *run = context;
    return parts_compare(&run->parts);
}

/* Aside, while something goes on that is on one thread for the most part; what was begun before is ended. */
static enum comity_status begin_aside(struct run *run, enum comity_status (*work)(void *context))
{
    enum comity_status status = parallel_end(&run->aside);
    if (status == COMITY_OK && !run->options->is_plain)
        parallel_begin(&run->aside, run->options->threads, work, run);
    return status;
}

static enum comity_status train(struct run *run)
{
    struct pattern_counts counts = {0};
    unsigned threads = run->options->threads;
    enum comity_status status = model_estimate_u(run->model, &run->frame, threads);
    if (status == COMITY_OK)
        status = score_patterns(&run->blocking, threads, run->options->progress, &counts);
    if (status == COMITY_OK)
        status = begin_aside(run, read_parts);
    if (status == COMITY_OK)
        status = model_train(run->model, &run->frame, threads, counts.patterns, counts.n);
    free(counts.patterns);
    return status;
}

static enum comity_status score(struct run *run, const struct link_model *model)
{
    uint64_t n_new[BLOCK_MOST_RULES];
    enum comity_status status = score_edges(
        &run->blocking, model, run->model, run->options->threads, run->options->progress, &run->edges, n_new);
    for (unsigned r = 0; status == COMITY_OK && r < run->blocking.n_rules; r++)
        run->out->rules[r].n_new_pairs = n_new[r];
    return status;
}

/* What two sources have of their own is learned from the pairs that may be true. */
static enum comity_status learn_relations(struct run *run)
{
    enum comity_status status = begin_aside(run, compare_parts);
    if (status == COMITY_OK)
        status = relations_make(run->model, &run->frame, &run->edges);
    if (status == COMITY_OK)
        status = frame_set_sources(&run->frame, run->model);
    return status == COMITY_OK ? relations_learn(run->model, &run->frame, &run->edges, run->options->threads) : status;
}

static enum comity_status report_rules(struct run *run)
{
    struct link_result *out = run->out;
    out->rules = ARENA_ARRAY(&out->arena, struct link_rule_report, run->blocking.n_rules + 1);
    if (!out->rules)
        return COMITY_NOMEM;
    for (unsigned r = 0; r < run->blocking.n_rules; r++) {
        const struct block_rule *rule = &run->blocking.rules[r];
        out->rules[r] = (struct link_rule_report){.name = arena_copy(&out->arena, slice_from(rule->name)),
            .n_pairs = rule->n_pairs,
            .n_cut_blocks = rule->n_cut_blocks};
        if (!out->rules[r].name.ptr)
            return COMITY_NOMEM;
    }
    out->n_rules = run->blocking.n_rules;
    return COMITY_OK;
}

static enum comity_status find_loads(struct run *run, struct comity_error *err)
{
    return run->options->is_plain ? loads_none(run->mentions, &run->loads)
                                  : loads_find(run->mentions, run->judgements, run->n_judgements, run->options->threads,
                                        &run->out->arena, &run->loads, err);
}

static enum comity_status keep_loads(struct run *run)
{
    struct link_result *out = run->out;
    out->n_loads = run->loads.n_loads;
    out->loads = ARENA_ARRAY(&out->arena, struct judgement, out->n_loads + 1);
    if (!out->loads)
        return COMITY_NOMEM;
    if (run->loads.loads)
        memcpy(out->loads, run->loads.loads, out->n_loads * sizeof *out->loads);
    return COMITY_OK;
}

/* From clusters of positions to clusters of mentions, repeated loads with what they repeat. */
static enum comity_status spread_clusters(struct run *run)
{
    struct link_result *out = run->out;
    size_t n = run->mentions->n;
    uint32_t *lowest = malloc((n + 1) * sizeof *lowest);
    out->cluster = malloc((n + 1) * sizeof *out->cluster);
    out->n_mentions = n;
    bool is_ready = lowest && out->cluster;
    if (is_ready)
        memset(lowest, 0xFF, (n + 1) * sizeof *lowest);
    for (uint32_t m = 0; is_ready && m < n; m++) {
        uint32_t cluster = run->clustering.cluster[run->position_of[m]];
        if (lowest[cluster] == UINT32_MAX) {
            lowest[cluster] = m;
            out->n_clusters++;
        }
        out->cluster[m] = lowest[cluster];
    }
    free(lowest);
    return is_ready ? COMITY_OK : COMITY_NOMEM;
}

static enum comity_status set_up_model(struct run *run, struct comity_error *err)
{
    const struct link_options *options = run->options;
    enum comity_status status = COMITY_OK;
    if (!options->model)
        status = model_count(&run->frame, options->threads, &run->model, err);
    if (status != COMITY_OK)
        return status;
    const struct link_model *model = options->model ? options->model : run->model;
    status = frame_set_sources(&run->frame, model);
    return status == COMITY_OK ? frame_set_counts(&run->frame, model, options->threads) : status;
}

static enum comity_status cluster(struct run *run)
{
    return cluster_solve(&run->clustering, run->apart, run->n_apart, run->options->threads);
}

static uint64_t apart_key(const struct position_pair *pair)
{
    return (uint64_t)pair->a << 32 | pair->b;
}

/* Holds apart what was found now; parts that were found before and are no more are let go, or they would be two events
 * and no part. `*has_let_go`: some were. */
static enum comity_status hold_apart(struct run *run, const struct parts_found *found, bool *has_let_go)
{
    struct map known = {0};
    bool is_good = ARRAY_ROOM(run->apart, run->n_apart, run->room_apart, found->n_apart + 1), is_new = true;
    for (size_t i = 0; is_good && i < found->n_apart; i++)
        is_good = map_put(&known, apart_key(&found->apart[i]), NULL) != NULL;
    size_t kept = run->n_judged_apart;
    for (size_t i = kept; is_good && i < run->n_apart; i++)
        if (run->apart[i].part == PART_NONE || map_get(&known, apart_key(&run->apart[i])))
            run->apart[kept++] = run->apart[i];
    *has_let_go = is_good && kept < run->n_apart;
    run->n_apart = is_good ? kept : run->n_apart;
    map_clear(&known);
    for (size_t i = 0; is_good && i < run->n_apart; i++)
        is_good = map_put(&known, apart_key(&run->apart[i]), NULL) != NULL;
    for (size_t i = 0; is_good && i < found->n_apart; i++) {
        is_good = map_put(&known, apart_key(&found->apart[i]), &is_new) != NULL;
        if (is_good && is_new)
            run->apart[run->n_apart++] = found->apart[i];
    }
    map_release(&known);
    return is_good ? COMITY_OK : COMITY_NOMEM;
}

/* What was joined with its whole is clustered again, apart from it; then more can be seen. */
static enum comity_status find_parts(struct run *run, const struct link_model *model)
{
    enum { ROUNDS = 3 };
    struct link_result *out = run->out;
    enum comity_status status = cluster_begin(
        &run->frame, model, run->edges.at, run->n_edges, run->together, run->n_together, &run->clustering);
    if (status == COMITY_OK)
        status = cluster(run);
    if (status == COMITY_OK)
        status = parallel_end(&run->aside);
    for (int round = 0; status == COMITY_OK && round < ROUNDS && !run->options->is_plain; round++) {
        struct parts_found found;
        status = parts_find(&run->frame, run->clustering.cluster, run->judgements, run->n_judgements,
            run->options->threads, &run->parts, &out->arena, &found);
        out->parts = found.at;
        out->n_parts = found.n;
        if (status == COMITY_OK && round == 0)
            status = parts_unlearn_twice(&run->frame, run->clustering.cluster, &found);
        bool has_let_go = false;
        if (status == COMITY_OK)
            status = hold_apart(run, &found, &has_let_go);
        free(found.apart);
        if (status != COMITY_OK || (found.is_settled && !has_let_go))
            break;
        status = cluster(run);
    }
    return status;
}

static enum comity_status run_stages(struct run *run, struct comity_error *err)
{
    const struct link_options *options = run->options;
    enum comity_status status = read_judgements(run);
    if (status == COMITY_OK)
        status = find_loads(run, err);
    if (status == COMITY_OK)
        status = keep_loads(run);
    if (status == COMITY_OK && !progress_tell(options->progress, "block", 0, 0))
        status = COMITY_CANCELLED;
    if (status != COMITY_OK)
        return status;
    part_copies(run);
    status = frame_build(run->mentions, run->loads.copy_of, options->threads, &run->frame, err);
    if (status == COMITY_OK)
        status = place_pairs(run);
    if (status == COMITY_OK)
        status = set_up_model(run, err);
    if (status == COMITY_OK)
        status = blocking_build(&run->frame, options->threads, &run->blocking);
    if (status == COMITY_OK)
        status = report_rules(run);
    if (status == COMITY_OK && run->model)
        status = train(run);
    const struct link_model *model = options->model ? options->model : run->model;
    if (status == COMITY_OK)
        status = frame_set_sources(&run->frame, model);
    if (status == COMITY_OK)
        status = score(run, model);
    if (status == COMITY_OK)
        status = run->model ? learn_relations(run) : COMITY_OK;
    if (status == COMITY_OK && run->model)
        status = score_again(&run->frame, run->model, options->threads, &run->edges);
    free(run->edges.vectors);
    run->edges.vectors = NULL;
    if (status == COMITY_OK)
        status = score_part(run->edges.at, run->edges.n, &run->n_edges, &run->n_close);
    if (status == COMITY_OK)
        status = find_parts(run, model);
    return status == COMITY_OK ? spread_clusters(run) : status;
}

/* What was worked on goes to who wants it; what is left is released. */
static void keep_or_release(struct run *run, struct run_kept *kept)
{
    if (kept) {
        *kept = (struct run_kept){.frame = run->frame,
            .edges = run->edges.at,
            .n_edges = run->n_edges,
            .n_close = run->n_close,
            .together = run->together,
            .apart = run->apart,
            .n_together = run->n_together,
            .n_apart = run->n_apart,
            .n_judged = run->n_judged_apart,
            .cluster = run->clustering.cluster,
            .position_of = run->position_of};
        run->clustering.cluster = NULL;
    } else {
        frame_release(&run->frame);
        edge_list_release(&run->edges);
        free(run->together);
        free(run->apart);
        free(run->position_of);
    }
    clustering_release(&run->clustering);
    parts_known_release(&run->parts);
    loads_release(&run->loads);
    blocking_release(&run->blocking);
}

void run_kept_release(struct run_kept *kept)
{
    frame_release(&kept->frame);
    free(kept->edges);
    free(kept->together);
    free(kept->apart);
    free(kept->cluster);
    free(kept->position_of);
    *kept = (struct run_kept){0};
}

enum comity_status link_run_keeping(const struct mentions *mentions, const struct judgement *judgements,
    size_t n_judgements, const struct link_options *options, struct link_result *out, struct run_kept *kept,
    struct comity_error *err)
{
    static const struct link_options defaults = {0};
    *out = (struct link_result){0};
    struct run run = {.mentions = mentions,
        .judgements = judgements,
        .n_judgements = n_judgements,
        .options = options ? options : &defaults,
        .out = out};
    enum comity_status status = run_stages(&run, err), aside = parallel_end(&run.aside);
    status = status == COMITY_OK ? aside : status;
    if (status == COMITY_OK) {
        out->owns_model = run.model != NULL;
        /* A model that was handed in is only read; `owns_model` says who frees it. */
        out->model = run.model ? run.model : (struct link_model *)(uintptr_t)run.options->model;
        out->has_converged = out->model->has_converged;
        out->n_edges = run.n_edges;
        out->n_cut_components = run.clustering.n_splits;
        for (size_t r = 0; r < out->n_rules; r++)
            out->n_pairs += out->rules[r].n_new_pairs;
    } else {
        link_model_free(run.model);
        link_result_release(out);
        status = status == COMITY_NOMEM       ? error_nomem(err)
                 : status == COMITY_CANCELLED ? error_set(err, status, "linking was stopped")
                                              : status;
    }
    keep_or_release(&run, kept);
    return status;
}

enum comity_status link_run(const struct mentions *mentions, const struct judgement *judgements, size_t n_judgements,
    const struct link_options *options, struct link_result *out, struct comity_error *err)
{
    return link_run_keeping(mentions, judgements, n_judgements, options, out, NULL, err);
}

void link_result_release(struct link_result *result)
{
    free(result->cluster);
    if (result->owns_model)
        link_model_free(result->model);
    arena_release(&result->arena);
    *result = (struct link_result){0};
}
