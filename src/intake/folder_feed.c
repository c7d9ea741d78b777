/* A folder that is watched. A file is taken once it rests; one that was tried as it is now is left alone. */
#include "intake/work.h"

#include "base/array.h"
#include "base/calendar.h"
#include "base/error.h"
#include "base/file.h"

#include <stdlib.h>
#include <unistd.h>

struct look {
    struct intake *intake;
    struct feed_state *feed;
    struct arena arena;
    struct folder_file *files;
    size_t n_files;
    struct feed_file *known;
    size_t n_known;
    uint64_t now_ms, next_ms;
};

/* ---- what waits ------------------------------------------------------------------------------------------------ */

static struct pending *find_pending(struct feed_state *feed, struct slice name)
{
    for (size_t i = 0; i < feed->n_pending; i++)
        if (slice_is(name, feed->pending[i].name))
            return &feed->pending[i];
    return NULL;
}

static struct pending *add_pending(struct feed_state *feed, struct slice name)
{
    char *copy = strndup(name.ptr, name.len);
    if (!copy || !ARRAY_ROOM(feed->pending, feed->n_pending, feed->room_pending, 1)) {
        free(copy);
        return NULL;
    }
    feed->pending[feed->n_pending] = (struct pending){.name = copy};
    return &feed->pending[feed->n_pending++];
}

static void drop_pending(struct feed_state *feed, struct slice name)
{
    struct pending *pending = find_pending(feed, name);
    if (!pending)
        return;
    free(pending->name);
    *pending = feed->pending[--feed->n_pending];
}

/* Those that are in the folder no more. */
static void sweep_pending(struct look *look)
{
    struct feed_state *feed = look->feed;
    for (size_t i = feed->n_pending; i-- > 0;) {
        size_t f = 0;
        while (f < look->n_files && !slice_is(look->files[f].name, feed->pending[i].name))
            f++;
        if (f == look->n_files)
            drop_pending(feed, slice_from(feed->pending[i].name));
    }
}

void folder_feed_release(struct feed_state *feed)
{
    for (size_t i = 0; i < feed->n_pending; i++)
        free(feed->pending[i].name);
    free(feed->pending);
}

void folder_feed_told(void *context, size_t number, struct slice name, enum watch_event event)
{
    struct intake *intake = context;
    struct feed_state *feed = &intake->feeds[number];
    uint64_t now = clock_ms();
    if (event == WATCH_LOST) {
        feed->is_watched = false;
        feed->look_ms = 0;
        return;
    }
    struct pending *pending = find_pending(feed, name);
    if (event == WATCH_CHANGED) {
        if (pending)
            pending->is_whole = false;
        return;
    }
    if (!pending)
        pending = add_pending(feed, name);
    if (pending) {
        pending->is_whole = true;
        pending->whole_ms = now;
        if (!pending->since_ms)
            pending->since_ms = now;
    }
    if (feed->look_ms > now + WHOLE_REST_MS)
        feed->look_ms = now + WHOLE_REST_MS;
}

static bool is_same(const struct folder_file *a, const struct folder_file *b)
{
    return a->size == b->size && a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}

static void look_again_at(struct look *look, uint64_t ms)
{
    if (ms < look->next_ms)
        look->next_ms = ms;
}

/* Whether it rests; otherwise it waits. A writer who has told that he is done needs to rest only for a blink. */
static bool has_rested(struct look *look, const struct folder_file *file)
{
    int64_t settle_ms = look->feed->settings->settle_ms;
    struct pending *pending = find_pending(look->feed, file->name);
    if (!pending && folder_has_rested(file, settle_ms))
        return true;
    if (!pending && !(pending = add_pending(look->feed, file->name)))
        return false;
    if (!pending->since_ms || !is_same(&pending->seen, file)) {
        pending->seen = *file;
        pending->since_ms = look->now_ms;
    }
    uint64_t whole_ms = pending->whole_ms + WHOLE_REST_MS, rest_ms = pending->since_ms + (uint64_t)settle_ms;
    if (pending->is_whole && whole_ms < rest_ms)
        rest_ms = whole_ms;
    if (look->now_ms >= rest_ms || folder_has_rested(file, settle_ms))
        return true;
    look_again_at(look, rest_ms);
    return false;
}

/* ---- what is known --------------------------------------------------------------------------------------------- */

static int compare_known(const void *name, const void *file)
{
    const struct slice *a = name, *b = &((const struct feed_file *)file)->name;
    int order = memcmp(a->ptr, b->ptr, a->len < b->len ? a->len : b->len);
    return order ? order : a->len < b->len ? -1 : a->len > b->len;
}

/* A mended recipe is worth another try of what failed; what was taken is not read again. */
static bool was_tried(const struct look *look, const struct folder_file *file)
{
    const struct feed_file *known =
        look->n_known ? bsearch(&file->name, look->known, look->n_known, sizeof *known, compare_known) : NULL;
    return known && known->size == file->size && known->modified_ns == file->modified_ns &&
           known->changed_ns == file->changed_ns &&
           (!known->has_failed || slice_is(known->recipe_hash, look->feed->recipe_hash));
}

/* What is known of files that are gone. */
static enum comity_status forget_gone(struct look *look, struct comity_error *err)
{
    const struct feed_settings *settings = look->feed->settings;
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; !status && i < look->n_known; i++) {
        struct slice name = look->known[i].name;
        size_t f = 0;
        while (f < look->n_files && !slice_equal(look->files[f].name, name))
            f++;
        if (f < look->n_files || (settings->moves && folder_has(settings->folder, "failed", name)))
            continue;
        status = store_feed_forget(look->intake->desk.store, settings->id, name, err);
    }
    return status;
}

/* ---- taking ---------------------------------------------------------------------------------------------------- */

static void put_away(struct look *look, const struct folder_file *file, const char *into, struct slice name)
{
    struct comity_error err = {0};
    if (folder_move(look->feed->settings->folder, file, into, name, &err) != COMITY_OK)
        intake_say(look->intake, look->feed, "%s stays where it is: %s", file->name.ptr, err.message);
}

/* Writes down what came of it, then puts it away: the other way round a crash would leave it untold. */
static enum comity_status conclude(
    struct look *look, const struct folder_file *file, const struct taken *taken, struct comity_error *err)
{
    const struct feed_settings *settings = look->feed->settings;
    const char *into = taken->status ? "failed" : "done";
    struct slice name = file->name;
    enum comity_status status = settings->moves && taken->status
                                    ? folder_free_name(settings->folder, name, into, &look->arena, &name, err)
                                    : COMITY_OK;
    struct feed_file known = {.feed = settings->id,
        .name = name,
        .size = file->size,
        .modified_ns = file->modified_ns,
        .changed_ns = file->changed_ns,
        .has_failed = taken->status != COMITY_OK,
        .recipe_hash = slice_from(look->feed->recipe_hash),
        .at = taken->attempt.at,
        .error = taken->attempt.error,
        .hint = taken->attempt.hint};
    struct feed_record record = {.at = taken->attempt.at,
        .due = taken->attempt.at + settings->every_s,
        .tried = &taken->attempt,
        .file = settings->moves && !taken->status ? NULL : &known};
    if (status)
        return status;
    take_record(look->intake, look->feed, &record);
    if (settings->moves && !taken->status)
        status = folder_free_name(settings->folder, name, into, &look->arena, &name, err);
    if (!status && settings->moves)
        put_away(look, file, into, name);
    return status;
}

/* Trouble of ours: the file is tried again as it is, and the page says why nothing comes. */
static void put_off(struct look *look, const struct folder_file *file, const struct comity_error *cause)
{
    struct feed_state *feed = look->feed;
    int64_t wait_s = intake_patience(feed), now = seconds_now();
    struct feed_record record = {.at = now,
        .due = now + wait_s,
        .is_failed_look = true,
        .error = slice_from(cause->message),
        .hint = slice_from(cause->hint)};
    feed->n_troubles++;
    intake_failed(look->intake, feed, file->name.ptr, cause);
    take_record(look->intake, feed, &record);
    look->next_ms = look->now_ms + (uint64_t)wait_s * 1000;
}

static enum comity_status take_one(
    struct look *look, const struct folder_file *file, bool *goes_on, struct comity_error *err)
{
    struct feed_state *feed = look->feed;
    struct taken taken = {0};
    char *copy = path_join(&look->arena, feed->copies, file->name.ptr);
    if (!copy)
        return error_nomem(err);
    taken.status = folder_copy(feed->settings->folder, file, copy, &taken.err);
    if (taken.status == COMITY_BUSY) {
        intake_say(look->intake, feed, "%s", taken.err.message);
        /* Seen anew by the next look, it has to rest from then on. */
        struct pending *pending = find_pending(feed, file->name);
        pending = pending ? pending : add_pending(feed, file->name);
        if (pending)
            *pending = (struct pending){.name = pending->name};
        look_again_at(look, look->now_ms + (uint64_t)feed->settings->settle_ms);
        return COMITY_OK;
    }
    if (taken.status == COMITY_OK)
        take_file(look->intake, feed, copy, file->name, &look->arena, &taken);
    unlink(copy);
    drop_pending(feed, file->name);
    if (taken.status == COMITY_CANCELLED)
        return error_set(err, COMITY_CANCELLED, "%s", taken.err.message);
    if (taken.status && !taken.is_fault_of_file) {
        put_off(look, file, &taken.err);
        *goes_on = false;
        return COMITY_OK;
    }
    if (taken.status)
        intake_failed(look->intake, feed, file->name.ptr, &taken.err);
    feed->n_troubles = 0;
    return conclude(look, file, &taken, err);
}

static enum comity_status take_all(struct look *look, struct comity_error *err)
{
    bool goes_on = true;
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; !status && goes_on && i < look->n_files; i++) {
        const struct folder_file *file = &look->files[i];
        if (intake_should_stop(look->intake))
            return error_set(err, COMITY_CANCELLED, "the intake was stopped");
        if (was_tried(look, file))
            drop_pending(look->feed, file->name);
        else if (has_rested(look, file))
            status = take_one(look, file, &goes_on, err);
    }
    return status;
}

static enum comity_status look_within(struct look *look, struct comity_error *err)
{
    struct feed_state *feed = look->feed;
    const struct feed_settings *settings = feed->settings;
    struct comity_error cause = {0};
    int64_t now = seconds_now();
    if (!feed->is_watched && look->intake->watch)
        feed->is_watched = watch_add(look->intake->watch, settings->folder, feed->number);
    if (folder_list(settings->folder, settings->pattern, &look->arena, &look->files, &look->n_files, &cause)) {
        struct feed_record record = {.at = now,
            .due = now + settings->every_s,
            .is_failed_look = true,
            .error = slice_from(cause.message),
            .hint = slice_from(cause.hint)};
        intake_failed(look->intake, feed, "", &cause);
        take_record(look->intake, feed, &record);
        return cause.status == COMITY_NOMEM ? error_nomem(err) : COMITY_OK;
    }
    enum comity_status status = store_feed_files(
        look->intake->desk.store, settings->id, false, &look->arena, &look->known, &look->n_known, err);
    if (!status)
        status = forget_gone(look, err);
    sweep_pending(look);
    if (!status) {
        struct feed_record record = {.at = now, .due = now + settings->every_s};
        take_record(look->intake, feed, &record);
        status = take_all(look, err);
    }
    return status;
}

enum comity_status folder_feed_look(struct intake *intake, struct feed_state *feed, struct comity_error *err)
{
    uint64_t now = clock_ms();
    struct look look = {
        .intake = intake, .feed = feed, .now_ms = now, .next_ms = now + (uint64_t)feed->settings->every_s * 1000};
    intake->summary.n_looks++;
    enum comity_status status = look_within(&look, err);
    feed->look_ms = look.next_ms;
    arena_release(&look.arena);
    return status;
}
