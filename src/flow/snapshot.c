/* store_load → resolve → view, once for each sequence number. Nothing in a snapshot points into the store, so that it
 * outlives what is written meanwhile; it borrows the desk's domain. */
#include "flow/desk.h"

#include "base/calendar.h"
#include "base/error.h"

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

static enum comity_status load_model(struct desk *desk, struct snapshot *s, struct comity_error *err)
{
    struct slice model, report;
    struct arena arena = {0};
    enum comity_status status = store_model(desk->store, &arena, &model, &report, err);
    if (!status && model.len)
        status = link_model_load(model, desk->domain, &s->model, err);
    arena_release(&arena);
    /* A model of another time or pack explains nothing; the next linking makes a new one. */
    if (status == COMITY_CORRUPT || status == COMITY_UNSUPPORTED || status == COMITY_CONFLICT) {
        s->model = NULL;
        status = COMITY_OK;
    }
    return status;
}

static enum comity_status build(struct desk *desk, struct snapshot *s, struct comity_error *err)
{
    static const struct reader everyone = {.language = "en", .name = ""};
    uint64_t start = clock_ms(), loaded, resolved;
    enum comity_status status = store_load(desk->store, desk->domain, &s->mentions, &s->entity_of, &s->sequence, err);
    if (status)
        return status;
    status = store_judgements(desk->store, &everyone, true, &s->arena, &s->judgements, &s->n_judgements, err);
    if (!status)
        status = store_coverages(desk->store, &everyone, &s->arena, &s->coverages, &s->n_coverages, err);
    if (!status)
        status = load_model(desk, s, err);
    loaded = clock_ms();
    if (!status)
        status = resolve_entities(&s->mentions, s->entity_of, &s->resolution, err);
    if (!status)
        status = find_clusters(s, err);
    resolved = clock_ms();
    if (!status)
        status = view_build(&s->mentions, &s->resolution, &s->view, err);
    s->load_ms = loaded - start;
    s->resolve_ms = resolved - loaded;
    s->view_ms = clock_ms() - resolved;
    return status;
}

enum comity_status desk_snapshot(struct desk *desk, struct snapshot **out, struct comity_error *err)
{
    struct snapshot *snapshot = calloc(1, sizeof *snapshot);
    *out = NULL;
    if (!snapshot)
        return error_nomem(err);
    atomic_init(&snapshot->n_references, 1);
    enum comity_status status = build(desk, snapshot, err);
    if (status)
        snapshot_release(snapshot);
    else
        *out = snapshot;
    return status;
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
    resolution_release(&snapshot->resolution);
    mentions_release(&snapshot->mentions);
    arena_release(&snapshot->arena);
    free(snapshot->cluster);
    free(snapshot->entity_of);
    free(snapshot);
}
