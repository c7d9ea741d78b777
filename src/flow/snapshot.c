/* store_load → resolve → view, once for each sequence number. Nothing in a snapshot points into the store, so that it
 * outlives what is written meanwhile; it borrows the desk's domain. */
#include "flow/snapshot.h"

#include "base/calendar.h"
#include "base/error.h"
#include "flow/quality.h"
#include "flow/review.h"
#include "link/part.h"

#include <jansson.h>
#include <stdlib.h>

/* The cluster of a mention is the lowest mention of its entity. */
static enum comity_status find_clusters(struct snapshot *s, struct comity_error *err)
{
    const struct resolution *resolution = &s->resolution;
    s->cluster = malloc((s->mentions.n + 1) * sizeof *s->cluster);
    if (!s->cluster)
        return error_nomem(err);
    for (size_t i = 0; i < s->mentions.n; i++)
        s->cluster[i] = resolution->members[resolution->first_member[resolution->of_mention[i]]];
    return COMITY_OK;
}

/* A report of a time when nobody looked for doubts has none, and then nothing is said of them. */
static enum comity_status read_doubts(struct snapshot *s, struct slice report, struct comity_error *err)
{
    json_t *json = json_loadb(report.len ? report.ptr : "{}", report.len ? report.len : 2, 0, NULL);
    const json_t *text = json_object_get(json, "doubts");
    enum comity_status status = COMITY_OK;
    if (json_is_string(text)) {
        status =
            doubtful_read(&s->mentions, slice_of(json_string_value(text), json_string_length(text)), &s->doubts, err);
        s->has_doubts = true;
    }
    json_decref(json);
    return status;
}

static enum comity_status load_model(struct desk *desk, struct snapshot *s, struct comity_error *err)
{
    struct slice model, report;
    struct arena arena = {0};
    enum comity_status status = store_model(desk->store, &arena, &model, &report, err);
    if (!status && model.len)
        status = link_model_load(model, desk->domain, &s->model, err);
    if (!status)
        status = read_doubts(s, report, err);
    arena_release(&arena);
    /* A model of another time or pack explains nothing; the next linking makes a new one. */
    if (status == COMITY_CORRUPT || status == COMITY_UNSUPPORTED || status == COMITY_CONFLICT) {
        s->model = NULL;
        status = COMITY_OK;
    }
    return status;
}

static const struct reader everyone = {.language = "en", .name = ""};

/* What the store says of how they are linked. Whether that is behind is asked last: a judgement that is in the list is
 * not taken for linked; nor is one that was linked only after the members were read. */
static enum comity_status load_links(struct desk *desk, struct snapshot *s, struct comity_error *err)
{
    uint64_t sequence = s->sequence;
    enum comity_status status =
        store_judgements(desk->store, &everyone, true, &s->arena, &s->judgements, &s->n_judgements, err);
    if (!status)
        status = load_model(desk, s, err);
    if (!status)
        status = store_judgements_need_link(desk->store, &s->is_behind, err);
    if (!status)
        status = store_sequence(desk->store, &sequence, err);
    s->is_behind = s->is_behind || sequence != s->sequence;
    return status;
}

static enum comity_status build_review(struct snapshot *s, struct comity_error *err)
{
    s->review = calloc(1, sizeof *s->review);
    if (!s->review)
        return error_nomem(err);
    enum comity_status status = review_build(&s->mentions, &s->resolution, &s->doubts, s->review, err);
    doubtful_release(&s->doubts);
    return status;
}

/* All but the mentions and how they are linked. */
static enum comity_status derive(struct desk *desk, struct snapshot *s, struct comity_error *err)
{
    uint64_t start = clock_ms(), resolved;
    enum comity_status status = store_coverages(desk->store, &everyone, &s->arena, &s->coverages, &s->n_coverages, err);
    if (!status)
        status = resolve_entities(&s->mentions, s->entity_of, &s->resolution, err);
    if (!status)
        status = parts_place(&s->mentions, s->judgements, s->n_judgements, &s->resolution, err);
    if (!status)
        status = find_clusters(s, err);
    if (!status && s->has_doubts)
        status = build_review(s, err);
    resolved = clock_ms();
    if (!status)
        status = view_build(&s->mentions, &s->resolution, &s->view, err);
    s->resolve_ms = resolved - start;
    s->view_ms = clock_ms() - resolved;
    return status;
}

static enum comity_status new_snapshot(struct snapshot **out, struct comity_error *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out)
        return error_nomem(err);
    atomic_init(&(*out)->n_references, 1);
    pthread_mutex_init(&(*out)->quality_lock, NULL);
    return COMITY_OK;
}

static enum comity_status end_building(enum comity_status status, struct snapshot **out)
{
    if (status) {
        snapshot_release(*out);
        *out = NULL;
    }
    return status;
}

enum comity_status snapshot_of(struct desk *desk, struct mentions *mentions, uint64_t *entity_of, uint64_t sequence,
    struct snapshot **out, struct comity_error *err)
{
    enum comity_status status = new_snapshot(out, err);
    if (status) {
        mentions_release(mentions);
        free(entity_of);
        return status;
    }
    (*out)->mentions = *mentions;
    *mentions = (struct mentions){0};
    (*out)->entity_of = entity_of;
    (*out)->sequence = sequence;
    status = load_links(desk, *out, err);
    return end_building(status ? status : derive(desk, *out, err), out);
}

enum comity_status desk_snapshot(struct desk *desk, struct snapshot **out, struct comity_error *err)
{
    enum comity_status status = new_snapshot(out, err);
    if (status)
        return status;
    struct snapshot *s = *out;
    uint64_t start = clock_ms();
    status = desk_load(desk, &s->mentions, &s->entity_of, &s->sequence, err);
    if (!status)
        status = load_links(desk, s, err);
    s->load_ms = clock_ms() - start;
    return end_building(status ? status : derive(desk, s, err), out);
}

/* Names are laid last: what a person settles is not what a source said, by which equal rows are told. */
static enum comity_status load_hidden(struct desk *desk, struct snapshot *s, struct comity_error *err)
{
    enum comity_status status = store_load(desk->store, desk->domain, &s->mentions, &s->entity_of, &s->sequence, err);
    if (!status)
        status = mentions_hide_restricted(&s->mentions, err);
    return status ? status : desk_lay_names(desk->store, &s->mentions, err);
}

enum comity_status desk_snapshot_unrestricted(struct desk *desk, const struct snapshot *before,
    const struct progress *progress, struct snapshot **out, struct comity_error *err)
{
    enum comity_status status = new_snapshot(out, err);
    if (status)
        return status;
    struct snapshot *s = *out;
    uint64_t start = clock_ms();
    status = load_hidden(desk, s, err);
    s->load_ms = clock_ms() - start;
    if (!status)
        status = snapshot_link_own(desk, s, before, progress, err);
    return end_building(status ? status : derive(desk, s, err), out);
}

struct snapshot *snapshot_share(struct snapshot *snapshot)
{
    atomic_fetch_add_explicit(&snapshot->n_references, 1, memory_order_relaxed);
    return snapshot;
}

void snapshot_release(struct snapshot *snapshot)
{
    if (!snapshot || atomic_fetch_sub_explicit(&snapshot->n_references, 1, memory_order_acq_rel) > 1)
        return;
    if (snapshot->view)
        view_free(snapshot->view);
    if (snapshot->model)
        link_model_free(snapshot->model);
    if (snapshot->quality)
        quality_release(snapshot->quality);
    free(snapshot->quality);
    doubtful_release(&snapshot->doubts);
    if (snapshot->review)
        review_release(snapshot->review);
    free(snapshot->review);
    if (snapshot->intervals)
        review_intervals_release(snapshot->intervals);
    free(snapshot->intervals);
    pthread_mutex_destroy(&snapshot->quality_lock);
    resolution_release(&snapshot->resolution);
    mentions_release(&snapshot->mentions);
    arena_release(&snapshot->arena);
    free(snapshot->cluster);
    free(snapshot->entity_of);
    free(snapshot);
}

static enum comity_status build_quality(
    struct snapshot *snapshot, const struct reader *reader, struct comity_error *err)
{
    struct quality *quality = malloc(sizeof *quality);
    if (!quality)
        return error_nomem(err);
    enum comity_status status = quality_build(&snapshot->mentions, &snapshot->resolution, reader, quality, err);
    if (status)
        free(quality);
    else
        snapshot->quality = quality;
    return status;
}

enum comity_status snapshot_quality(
    struct snapshot *snapshot, const struct reader *reader, const struct quality **out, struct comity_error *err)
{
    pthread_mutex_lock(&snapshot->quality_lock);
    enum comity_status status = snapshot->quality ? COMITY_OK : build_quality(snapshot, reader, err);
    *out = snapshot->quality;
    pthread_mutex_unlock(&snapshot->quality_lock);
    return status;
}

static enum comity_status build_intervals(struct snapshot *snapshot, struct comity_error *err)
{
    struct review_intervals *intervals = malloc(sizeof *intervals);
    if (!intervals)
        return error_nomem(err);
    enum comity_status status = review_intervals(snapshot->review, &snapshot->resolution, NULL, 0, intervals, err);
    if (status)
        free(intervals);
    else
        snapshot->intervals = intervals;
    return status;
}

enum comity_status snapshot_intervals(
    struct snapshot *snapshot, const struct review_intervals **out, struct comity_error *err)
{
    pthread_mutex_lock(&snapshot->quality_lock);
    bool is_there = snapshot->intervals || !snapshot->review;
    enum comity_status status = is_there ? COMITY_OK : build_intervals(snapshot, err);
    *out = snapshot->intervals;
    pthread_mutex_unlock(&snapshot->quality_lock);
    return status;
}
