/* All live mentions linked anew, and the partition published. What costs most is comparing pairs, twice with a
 * training; under a model that is there it is once, and the mentions that were loaded become the next snapshot. */
#include "flow/snapshot.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/json.h"
#include "base/parallel.h"
#include "flow/review.h"
#include "link/run.h"

#include <jansson.h>
#include <pthread.h>
#include <stdlib.h>

enum { MODEL_CAP = 1 << 30, REPORT_CAP = 128 << 20 };

struct linking {
    struct desk *desk;
    const struct reader *who;
    struct mentions mentions;
    uint64_t *entity_of;
    struct arena arena;
    struct judgement *judgements;
    size_t n_judgements;
    struct link_result result;
    struct run_kept run; /* of it, until its doubts are found */
    bool has_mentions, has_result;
    bool is_snapshot_wanted; /* of the mentions, when they are linked */
    struct buffer model, report, doubts;
    unsigned threads;
    const struct progress *progress;
    const struct link_model *given; /* by the caller */
    struct link_model *kept;        /* the stored model, where it still fits */
    uint64_t trained_on;            /* mentions */
    uint64_t sequence;              /* at which they were loaded */
    uint64_t up_to;                 /* how long the ledger was before */
    uint64_t load_ms, link_ms;
};

static void add_load(struct buffer *out, const struct judgement *load)
{
    char first[DAY_TEXT], last[DAY_TEXT];
    day_format(load->first_day, first);
    day_format(load->last_day, last);
    buffer_add_byte(out, '{');
    json_member(out, "source", load->source);
    json_member(out, "country", load->country);
    json_member(out, "first_day", slice_from(first));
    json_member(out, "last_day", slice_from(last));
    json_member(out, "shape", load_shape_name(load->shape));
    json_member_number(out, "shift_days", load->shift_days);
    json_member_number(out, "shift_months", load->shift_months);
    json_member(out, "copied_from", load->copied_from);
    json_member_u64(out, "times", load->times);
    json_member_u64(out, "rows", load->n_rows);
    json_member_u64(out, "surplus", load->n_surplus);
    json_member_number(out, "confidence", load->confidence);
    json_member(out, "why", load->why);
    json_name(out, "evidence");
    if (load->evidence.len)
        buffer_add_slice(out, load->evidence);
    else
        buffer_add_string(out, "null");
    buffer_add_byte(out, '}');
}

static void add_rule(struct buffer *out, const struct link_rule_report *rule)
{
    buffer_add_byte(out, '{');
    json_member(out, "name", rule->name);
    json_member_u64(out, "pairs", rule->n_pairs);
    json_member_u64(out, "new_pairs", rule->n_new_pairs);
    json_member_u64(out, "cut_blocks", rule->n_cut_blocks);
    buffer_add_byte(out, '}');
}

static uint64_t count_surplus(const struct link_result *result)
{
    uint64_t n = 0;
    for (size_t i = 0; i < result->n_loads; i++)
        n += result->loads[i].n_surplus;
    return n;
}

/* Most often it is too long; but memory may be out. */
static enum comity_status cannot_keep(enum comity_status status, const char *why, struct comity_error *err)
{
    return status == COMITY_NOMEM ? error_nomem(err) : error_set(err, status, "%s", why);
}

static enum comity_status write_report(struct linking *l, struct comity_error *err)
{
    const struct link_result *result = &l->result;
    struct buffer *out = &l->report;
    buffer_add_byte(out, '{');
    json_member_u64(out, "mentions", l->mentions.n);
    json_member_u64(out, "entities", result->n_clusters);
    json_member_u64(out, "surplus", count_surplus(result));
    json_member_u64(out, "parts", result->n_parts);
    json_member_u64(out, "pairs", result->n_pairs);
    json_member_u64(out, "edges", result->n_edges);
    json_member_bool(out, "has_converged", result->has_converged);
    json_member_bool(out, "is_new_model", !l->kept && !l->given);
    json_member_u64(out, "trained_on", l->trained_on);
    json_member_u64(out, "load_ms", l->load_ms);
    json_member_u64(out, "link_ms", l->link_ms);
    json_name(out, "rules");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < result->n_rules; i++) {
        buffer_add_string(out, i ? "," : "");
        add_rule(out, &result->rules[i]);
    }
    buffer_add_byte(out, ']');
    json_name(out, "repeated_loads");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < result->n_loads; i++) {
        buffer_add_string(out, i ? "," : "");
        add_load(out, &result->loads[i]);
    }
    buffer_add_byte(out, ']');
    uint64_t start = clock_ms();
    enum comity_status status =
        review_linking(&l->run, result, l->judgements, l->n_judgements, l->threads, l->progress, out, &l->doubts, err);
    if (status)
        return status;
    json_member_u64(out, "doubts_ms", clock_ms() - start);
    buffer_add_byte(out, '}');
    status = buffer_status(out);
    return status ? cannot_keep(status, "the report of the linking is too long", err) : COMITY_OK;
}

static enum comity_status load(struct linking *l, struct comity_error *err)
{
    uint64_t start = clock_ms();
    enum comity_status status = store_ledger_length(l->desk->store, &l->up_to, err);
    if (!status)
        status = l->is_snapshot_wanted ? desk_load(l->desk, &l->mentions, &l->entity_of, &l->sequence, err)
                                       : desk_load_to_link(l->desk, &l->mentions, &l->entity_of, &l->sequence, err);
    l->has_mentions = !status;
    if (!status)
        status = store_judgements(l->desk->store, l->who, false, &l->arena, &l->judgements, &l->n_judgements, err);
    l->load_ms = clock_ms() - start;
    return status;
}

static enum comity_status run(
    struct linking *l, unsigned threads, const struct progress *progress, struct comity_error *err)
{
    struct link_options options = {.threads = threads, .progress = progress, .model = l->given ? l->given : l->kept};
    uint64_t start = clock_ms();
    enum comity_status status =
        link_run_keeping(&l->mentions, l->judgements, l->n_judgements, &options, &l->result, &l->run, err);
    l->has_result = !status;
    l->link_ms = clock_ms() - start;
    return status;
}

static enum comity_status summarise(const struct linking *l, struct link_summary *out, struct comity_error *err)
{
    const struct link_result *result = &l->result;
    out->n_mentions = l->mentions.n;
    out->n_entities = result->n_clusters;
    out->n_loads = result->n_loads;
    out->n_surplus = count_surplus(result);
    out->n_parts = result->n_parts;
    out->n_pairs = result->n_pairs;
    out->n_edges = result->n_edges;
    out->has_converged = result->has_converged;
    out->json = arena_copy(&out->arena, buffer_slice(&l->report));
    return out->json.ptr ? COMITY_OK : error_nomem(err);
}

/* What the store keeps: the report, and in it the doubts, which nobody wants to read so. */
static enum comity_status add_doubts(struct linking *l, struct comity_error *err)
{
    struct buffer *out = &l->report;
    out->len--;
    json_member(out, "doubts", buffer_slice(&l->doubts));
    buffer_add_byte(out, '}');
    enum comity_status status = buffer_status(&l->doubts) ? buffer_status(&l->doubts) : buffer_status(out);
    return status ? cannot_keep(status, "there are too many doubts to keep", err) : COMITY_OK;
}

/* ---- the model that is there ----------------------------------------------------------------------------------- */

static uint64_t read_trained_on(struct slice report)
{
    json_t *json = json_loadb(report.len ? report.ptr : "{}", report.len ? report.len : 2, 0, NULL);
    const json_t *number = json_object_get(json, "trained_on");
    /* Reports before there was that member are all of trainings. */
    json_int_t n = json_integer_value(number ? number : json_object_get(json, "mentions"));
    json_decref(json);
    return n > 0 ? (uint64_t)n : 0;
}

/* With so many times the mentions that a model was trained on, frequencies have moved: it is trained anew. */
bool snapshot_model_fits(const struct link_model *model, uint64_t trained_on, const struct mentions *mentions)
{
    const double model_holds = 1.5;
    return trained_on && link_model_knows(model, mentions) && (double)mentions->n <= model_holds * (double)trained_on;
}

/* A model that cannot be used is no error: a new one is trained. */
static enum comity_status keep_model(struct linking *l, struct comity_error *err)
{
    struct slice model, report;
    struct arena arena = {0};
    enum comity_status status = store_model(l->desk->store, &arena, &model, &report, err);
    if (!status && model.len) {
        status = link_model_load(model, l->desk->domain, &l->kept, status ? NULL : err);
        uint64_t trained_on = read_trained_on(report);
        bool fits = !status && snapshot_model_fits(l->kept, trained_on, &l->mentions);
        if (fits)
            l->trained_on = trained_on;
        if (!status && !fits)
            link_model_free(l->kept);
        if (!fits)
            l->kept = NULL;
        status = status == COMITY_NOMEM ? status : COMITY_OK;
    }
    arena_release(&arena);
    return status;
}

/* ---- all of it ------------------------------------------------------------------------------------------------- */

struct link_request {
    const struct progress *progress;
    unsigned threads;
    bool keeps_model;
    const struct link_model *model; /* to link under, or null */
    uint64_t trained_on;            /* that one */
    struct snapshot **snapshot;     /* or null */
};

static enum comity_status make_snapshot(struct linking *l, struct snapshot **out, struct comity_error *err)
{
    uint64_t sequence = 0;
    *out = NULL;
    enum comity_status status = store_entities(l->desk->store, &l->mentions, l->entity_of, &sequence, err);
    if (status || sequence != l->sequence + 1)
        return status;
    status = snapshot_of(l->desk, &l->mentions, l->entity_of, sequence, out, err);
    l->has_mentions = false;
    l->entity_of = NULL;
    if (!status)
        status = store_sequence(l->desk->store, &sequence, err);
    if (!status && sequence != (*out)->sequence) {
        snapshot_release(*out);
        *out = NULL;
    }
    return status;
}

/* Members and the report side by side: the one waits for the disk, the other computes. */
struct publishing {
    struct linking *l;
    struct link_summary *out;
    pthread_mutex_t lock;
    pthread_cond_t made;
    bool is_made;
    enum comity_status report_status;
    struct comity_error errors[2];
};

static enum comity_status make_report(struct publishing *p)
{
    struct linking *l = p->l;
    enum comity_status status = write_report(l, &p->errors[0]);
    if (!status)
        status = summarise(l, p->out, &p->errors[0]);
    if (!status)
        status = add_doubts(l, &p->errors[0]);
    pthread_mutex_lock(&p->lock);
    p->report_status = status;
    p->is_made = true;
    pthread_cond_signal(&p->made);
    pthread_mutex_unlock(&p->lock);
    run_kept_release(&l->run); /* while the other one writes */
    return status;
}

static enum comity_status wait_for_report(void *context, struct slice *out, struct comity_error *err)
{
    struct publishing *p = context;
    (void)err; /* what was wrong is told once */
    pthread_mutex_lock(&p->lock);
    while (!p->is_made)
        pthread_cond_wait(&p->made, &p->lock);
    enum comity_status status = p->report_status;
    pthread_mutex_unlock(&p->lock);
    *out = buffer_slice(&p->l->report);
    return status;
}

static enum comity_status save_model(struct linking *l, struct comity_error *err)
{
    enum comity_status status = l->result.model ? link_model_save(l->result.model, &l->model) : COMITY_OK;
    return status ? cannot_keep(status, "the model cannot be kept", err) : COMITY_OK;
}

static enum comity_status publish(struct publishing *p, struct comity_error *err)
{
    struct linking *l = p->l;
    const struct report_maker report = {wait_for_report, p, l->up_to};
    const struct link_result *result = &l->result;
    size_t n = result->n_loads + result->n_parts;
    struct judgement *found = ARENA_ARRAY(&l->arena, struct judgement, n + 1);
    if (!found)
        return error_nomem(err);
    for (size_t i = 0; i < n; i++)
        found[i] = i < result->n_loads ? result->loads[i] : result->parts[i - result->n_loads];
    enum comity_status status = save_model(l, err);
    if (status)
        return status;
    return store_publish_links(
        l->desk->store, &l->mentions, result->cluster, found, n, buffer_slice(&l->model), &report, l->who, err);
}

/* The report first: on one thread it is made before it is waited for. */
static enum comity_status publish_piece(void *context, size_t piece)
{
    struct publishing *p = context;
    return piece ? publish(p, &p->errors[1]) : make_report(p);
}

static enum comity_status publish_all(struct linking *l, struct link_summary *out, struct comity_error *err)
{
    struct publishing p = {.l = l, .out = out};
    pthread_mutex_init(&p.lock, NULL);
    pthread_cond_init(&p.made, NULL);
    enum comity_status status = parallel_run(2, l->threads, publish_piece, &p);
    pthread_cond_destroy(&p.made);
    pthread_mutex_destroy(&p.lock);
    if (status && err)
        *err = p.errors[p.report_status ? 0 : 1];
    return status;
}

static enum comity_status take_model(struct linking *l, const struct link_request *request, struct comity_error *err)
{
    l->given = request->model;
    l->trained_on = request->trained_on;
    if (link_model_knows(request->model, &l->mentions))
        return COMITY_OK;
    error_set(err, COMITY_CONFLICT, "a source speaks here that the model was not trained on");
    error_hint(
        err, "`comity model show FILE` lists the sources that it knows; link without a model to train one on all");
    return COMITY_CONFLICT;
}

static enum comity_status link_and_publish(
    struct linking *l, const struct link_request *request, struct link_summary *out, struct comity_error *err)
{
    struct store *store = l->desk->store;
    enum comity_status status = store_may_write(store, err);
    if (!status)
        status = load(l, err);
    l->trained_on = l->mentions.n;
    if (!status && request->keeps_model)
        status = keep_model(l, err);
    if (!status && request->model)
        status = take_model(l, request, err);
    if (!status)
        status = run(l, request->threads, request->progress, err);
    return status ? status : publish_all(l, out, err);
}

static enum comity_status link_all(struct desk *desk, const struct reader *who, const struct link_request *request,
    struct link_summary *out, struct comity_error *err)
{
    struct linking l = {.desk = desk,
        .who = who,
        .is_snapshot_wanted = request->snapshot != NULL,
        .threads = request->threads,
        .progress = request->progress};
    *out = (struct link_summary){0};
    buffer_init(&l.model, MODEL_CAP);
    buffer_init(&l.report, REPORT_CAP);
    buffer_init(&l.doubts, REPORT_CAP / 2);
    enum comity_status status = link_and_publish(&l, request, out, err);
    if (status)
        link_summary_release(out);
    if (l.has_result)
        link_result_release(&l.result);
    run_kept_release(&l.run);
    link_model_free(l.kept);
    /* What was published stays, whatever comes of the snapshot: without one the caller builds it from the store. */
    if (!status && request->snapshot && make_snapshot(&l, request->snapshot, NULL) != COMITY_OK)
        *request->snapshot = NULL;
    if (l.has_mentions)
        mentions_release(&l.mentions);
    free(l.entity_of);
    arena_release(&l.arena);
    buffer_release(&l.model);
    buffer_release(&l.report);
    buffer_release(&l.doubts);
    return status;
}

enum comity_status desk_link(struct desk *desk, const struct reader *who, unsigned threads,
    const struct progress *progress, struct link_summary *out, struct comity_error *err)
{
    struct link_request request = {.progress = progress, .threads = threads};
    return link_all(desk, who, &request, out, err);
}

enum comity_status desk_link_under(struct desk *desk, const struct reader *who, unsigned threads,
    const struct link_model *model, uint64_t trained_on, const struct progress *progress, struct link_summary *out,
    struct comity_error *err)
{
    struct link_request request = {.progress = progress, .threads = threads, .model = model, .trained_on = trained_on};
    return link_all(desk, who, &request, out, err);
}

enum comity_status desk_relink(struct desk *desk, const struct reader *who, const struct progress *progress,
    struct link_summary *out, struct snapshot **snapshot, struct comity_error *err)
{
    struct link_request request = {.progress = progress, .keeps_model = true, .snapshot = snapshot};
    if (snapshot)
        *snapshot = NULL;
    return link_all(desk, who, &request, out, err);
}

void link_summary_release(struct link_summary *summary)
{
    arena_release(&summary->arena);
    *summary = (struct link_summary){0};
}
