/* The partition that readers without restricted fields see. Were it the store's, rows would be one event or two by what
 * such a reader may not know; so it is found anew from what that one sees, and nothing of it is stored: it follows from
 * the mentions and what persons judged, as the rest of a snapshot does. Why:
 * docs/decisions/0740-readers-own-partition.md.
 */
#include "flow/snapshot.h"

#include "base/error.h"
#include "link/run.h"

#include <stdlib.h>

enum { MODEL_CAP = 1 << 30 };

static const struct reader everyone = {.language = "en", .name = ""};

/* ---- judgements ------------------------------------------------------------------------------------------------ */

/* A person's own, and what a person has undone of the model's: what the store's model finds is of all fields. */
static bool is_of_person(const struct judgement *judgement)
{
    return judgement->is_by_person || (judgement->is_undone && !judgement->is_withdrawn);
}

static size_t keep(struct judgement *judgements, size_t n, bool (*is_kept)(const struct judgement *judgement))
{
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++)
        if (is_kept(&judgements[i]))
            judgements[n_kept++] = judgements[i];
    return n_kept;
}

static bool is_live(const struct judgement *judgement)
{
    return !judgement->is_undone;
}

/* They have no number: the store counts persons' and the model's in one row. */
static enum comity_status load_judgements(
    struct desk *desk, struct snapshot *s, struct judgement **out, size_t *n, struct comity_error *err)
{
    enum comity_status status = store_judgements(desk->store, &everyone, false, &s->arena, out, n, err);
    if (status)
        return status;
    *n = keep(*out, *n, is_of_person);
    for (size_t i = 0; i < *n; i++)
        (*out)[i].id = 0;
    return COMITY_OK;
}

/* What holds of the judgements, and the loads and parts that were found; their other texts are the mentions' and the
 * domain's. */
static enum comity_status set_judgements(struct snapshot *s, struct judgement *judgements, size_t n,
    const struct link_result *result, struct comity_error *err)
{
    size_t n_found = result->n_loads + result->n_parts;
    s->judgements = ARENA_ARRAY(&s->arena, struct judgement, n + n_found + 1);
    if (!s->judgements)
        return error_nomem(err);
    for (size_t i = 0; i < n; i++)
        s->judgements[i] = judgements[i];
    s->n_judgements = keep(s->judgements, n, is_live);
    for (size_t i = 0; i < n_found; i++) {
        struct judgement *found = &s->judgements[s->n_judgements++];
        *found = i < result->n_loads ? result->loads[i] : result->parts[i - result->n_loads];
        found->why = arena_copy(&s->arena, found->why);
        found->evidence = arena_copy(&s->arena, found->evidence);
        if (!found->why.ptr || !found->evidence.ptr)
            return error_nomem(err);
    }
    return COMITY_OK;
}

/* ---- the model ------------------------------------------------------------------------------------------------- */

/* A snapshot owns its model, so that it can outlive the one before it. */
static enum comity_status copy_model(
    const struct snapshot *before, const struct domain *domain, struct link_model **out, struct comity_error *err)
{
    struct buffer bytes;
    buffer_init(&bytes, MODEL_CAP);
    enum comity_status status = link_model_save(before->model, &bytes);
    if (status)
        error_set(err, status, "the model cannot be kept");
    else
        status = link_model_load(buffer_slice(&bytes), domain, out, err);
    buffer_release(&bytes);
    return status;
}

static enum comity_status keep_model(
    struct desk *desk, struct snapshot *s, const struct snapshot *before, struct comity_error *err)
{
    if (!before || !before->model || !snapshot_model_fits(before->model, before->trained_on, &s->mentions))
        return COMITY_OK;
    s->trained_on = before->trained_on;
    s->model_version = before->model_version;
    return copy_model(before, desk->domain, &s->model, err);
}

static void take_model(struct snapshot *s, struct link_result *result)
{
    if (!result->owns_model)
        return;
    s->model = result->model;
    result->owns_model = false;
    s->trained_on = s->mentions.n;
    s->model_version = link_model_version(s->model);
}

/* ---- the partition --------------------------------------------------------------------------------------------- */

static void set_entities(struct snapshot *s, const struct link_result *result)
{
    for (size_t i = 0; i < s->mentions.n; i++)
        s->entity_of[i] = s->mentions.id[result ? result->cluster[i] : i];
}

static enum comity_status link_hidden(struct snapshot *s, struct judgement *judgements, size_t n_judgements,
    const struct progress *progress, struct comity_error *err)
{
    struct link_options options = {.model = s->model, .progress = progress};
    struct link_result result;
    struct run_kept run;
    enum comity_status status = link_run_keeping(&s->mentions, judgements, n_judgements, &options, &result, &run, err);
    if (status) {
        run_kept_release(&run);
        return status;
    }
    take_model(s, &result);
    set_entities(s, &result);
    status = set_judgements(s, judgements, n_judgements, &result, err);
    if (!status)
        status = doubtful_find(&run, &result, s->judgements, s->n_judgements, 0, progress, &s->doubts, err);
    s->has_doubts = !status;
    run_kept_release(&run);
    link_result_release(&result);
    return status;
}

static enum comity_status is_linked(struct store *store, bool *out, struct comity_error *err)
{
    struct arena arena = {0};
    struct slice model, report;
    enum comity_status status = store_model(store, &arena, &model, &report, err);
    *out = model.len > 0;
    arena_release(&arena);
    return status;
}

enum comity_status snapshot_link_own(struct desk *desk, struct snapshot *s, const struct snapshot *before,
    const struct progress *progress, struct comity_error *err)
{
    struct judgement *judgements = NULL;
    size_t n_judgements = 0;
    bool has_links = false;
    s->has_own_partition = true;
    enum comity_status status = load_judgements(desk, s, &judgements, &n_judgements, err);
    if (!status)
        status = is_linked(desk->store, &has_links, err);
    if (!status && has_links)
        status = keep_model(desk, s, before, err);
    if (!status && has_links)
        return link_hidden(s, judgements, n_judgements, progress, err);
    if (status)
        return status;
    set_entities(s, NULL);
    return set_judgements(s, judgements, n_judgements, &(struct link_result){0}, err);
}
