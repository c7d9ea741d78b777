/* include/comity.h over a desk. A snapshot is kept until the store's sequence number moves, so that many questions cost
 * one loading. */
#include "base/error.h"
#include "flow/desk.h"
#include "flow/show.h"
#include "view/answer_json.h"

#include <stdlib.h>
#include <string.h>

enum { ANSWER_CAP = 256 << 20 };

struct comity {
    struct desk desk;
    struct comity_options options;
    struct progress progress;
    struct snapshot *snapshot;
};

static const struct reader library = {.language = "en", .name = "library"};

/* ---- opening --------------------------------------------------------------------------------------------------- */

static struct desk_options desk_options_of(const struct comity_options *options)
{
    struct desk_options desk = {.mode = STORE_WRITE};
    if (options) {
        desk.data_folder = options->data_folder;
        desk.mode = options->read_only ? STORE_READ : STORE_WRITE;
        desk.wait_ms = options->wait_ms;
    }
    return desk;
}

enum comity_status comity_create(
    const char *path, const char *domain, const struct comity_options *options, struct comity_error *err)
{
    struct desk_options desk = desk_options_of(options);
    return desk_create(path, domain, &desk, err);
}

static bool tell(void *context, const char *stage, uint64_t done, uint64_t total)
{
    const struct comity *comity = context;
    return comity->options.progress(comity->options.progress_context, stage, done, total) != 0;
}

enum comity_status comity_open(
    const char *path, const struct comity_options *options, struct comity **out, struct comity_error *err)
{
    struct desk_options desk = desk_options_of(options);
    struct comity *comity = calloc(1, sizeof *comity);
    *out = NULL;
    if (!comity)
        return error_nomem(err);
    if (options)
        comity->options = *options;
    comity->progress = (struct progress){.tell = comity->options.progress ? tell : NULL, .context = comity};
    enum comity_status status = desk_open(&comity->desk, path, &desk, err);
    if (status) {
        free(comity);
        return status;
    }
    *out = comity;
    return COMITY_OK;
}

void comity_close(struct comity *comity)
{
    if (!comity)
        return;
    snapshot_release(comity->snapshot);
    desk_close(&comity->desk);
    free(comity);
}

void comity_text_free(struct comity_text *text)
{
    free(text->ptr);
    *text = (struct comity_text){0};
}

/* ---- texts ------------------------------------------------------------------------------------------------------ */

static enum comity_status copy_out(struct slice from, struct comity_text *to, struct comity_error *err)
{
    if (!to)
        return COMITY_OK;
    to->ptr = malloc(from.len + 1);
    if (!to->ptr)
        return error_nomem(err);
    if (from.len)
        memcpy(to->ptr, from.ptr, from.len);
    to->ptr[from.len] = '\0';
    to->len = from.len;
    return COMITY_OK;
}

static enum comity_status hand_out(
    struct buffer *from, enum comity_status status, struct comity_text *to, struct comity_error *err)
{
    if (!status)
        status = copy_out(buffer_slice(from), to, err);
    buffer_release(from);
    return status;
}

static void clear_text(struct comity_text *text)
{
    if (text)
        *text = (struct comity_text){0};
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

enum comity_status comity_import(
    struct comity *comity, const char *path, const char *recipe, struct comity_text *receipt, struct comity_error *err)
{
    struct recipe *loaded = NULL;
    struct import_receipt result = {0};
    struct import_options options = {.progress = &comity->progress, .who = &library};
    clear_text(receipt);
    enum comity_status status = desk_recipe(&comity->desk, recipe, &loaded, err);
    if (!status)
        status = desk_import(&comity->desk, path, loaded, &options, &result, err);
    if (!status)
        status = copy_out(result.json, receipt, err);
    import_receipt_release(&result);
    if (loaded)
        recipe_free(loaded);
    return status;
}

enum comity_status comity_undo_import(struct comity *comity, uint64_t number, struct comity_error *err)
{
    return store_import_undo(comity->desk.store, number, &library, err);
}

enum comity_status comity_link(struct comity *comity, struct comity_text *report, struct comity_error *err)
{
    struct link_summary summary = {0};
    clear_text(report);
    enum comity_status status = desk_link(&comity->desk, &library, 0, &comity->progress, &summary, err);
    if (!status)
        status = copy_out(summary.json, report, err);
    link_summary_release(&summary);
    return status;
}

/* ---- asking ----------------------------------------------------------------------------------------------------- */

static enum comity_status refresh(struct comity *comity, struct comity_error *err)
{
    uint64_t sequence;
    enum comity_status status = store_sequence(comity->desk.store, &sequence, err);
    if (status || (comity->snapshot && comity->snapshot->sequence == sequence))
        return status;
    struct snapshot *fresh;
    status = desk_snapshot(&comity->desk, &fresh, err);
    if (status)
        return status;
    snapshot_release(comity->snapshot);
    comity->snapshot = fresh;
    return COMITY_OK;
}

static enum comity_status write_answer(
    const struct snapshot *snapshot, struct slice text, struct buffer *out, struct comity_error *err)
{
    struct query query = {0};
    struct answer answer = {0};
    size_t n_sources;
    const struct slice *sources = view_source_codes(snapshot->view, &n_sources);
    enum comity_status status = query_parse(text, snapshot->mentions.domain, sources, n_sources, &query, err);
    if (!status)
        status = view_answer(snapshot->view, &library, &query, &answer_everything, &answer, err);
    if (!status)
        status = answer_json(snapshot->view, &library, &query, &answer, snapshot->sequence, out, err);
    answer_release(&answer);
    query_release(&query);
    return status;
}

enum comity_status comity_query(
    struct comity *comity, const char *query, struct comity_text *answer, struct comity_error *err)
{
    struct buffer out;
    clear_text(answer);
    buffer_init(&out, ANSWER_CAP);
    enum comity_status status = refresh(comity, err);
    if (!status)
        status = write_answer(comity->snapshot, slice_from(query), &out, err);
    return hand_out(&out, status, answer, err);
}

enum comity_status comity_show(
    struct comity *comity, uint64_t entity, struct comity_text *answer, struct comity_error *err)
{
    struct buffer out;
    clear_text(answer);
    buffer_init(&out, ANSWER_CAP);
    enum comity_status status = refresh(comity, err);
    if (!status)
        status = show_entity_json(comity->desk.store, comity->snapshot, &library, entity, &out, err);
    return hand_out(&out, status, answer, err);
}

enum comity_status comity_why(
    struct comity *comity, uint64_t mention_a, uint64_t mention_b, struct comity_text *answer, struct comity_error *err)
{
    struct buffer out;
    clear_text(answer);
    buffer_init(&out, ANSWER_CAP);
    enum comity_status status = refresh(comity, err);
    if (!status)
        status = show_why_json(comity->snapshot, &library, mention_a, mention_b, &out, err);
    return hand_out(&out, status, answer, err);
}
