/* Opening, and the loop. Waiting is done in one place, for everything at once: transfers, arrivals, being stopped, and
 * the next look of any feed. */
#include "intake/work.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/file.h"
#include "flow/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <unistd.h>

enum { LEAST_PATIENCE_S = 60, MOST_DOUBLINGS = 6, LOCK_LOOK_MS = 50, SLACK_MOST_S = 60 };
/* Who can only be asked to stop through the progress is asked often. */
enum { LONGEST_WAIT_MS = 60000, LONGEST_ASKING_MS = 1000 };

static bool tell(void *context, const char *stage, uint64_t done, uint64_t total)
{
    const struct intake *intake = context;
    return !atomic_load(&intake->is_stopping) && progress_tell(intake->options.progress, stage, done, total);
}

bool intake_should_stop(const struct intake *intake)
{
    return !progress_tell(&intake->progress, "intake", 0, 0);
}

void intake_say(const struct intake *intake, const struct feed_state *feed, const char *format, ...)
{
    char line[1600];
    int at = feed ? snprintf(line, sizeof line, "%.*s: ", SLICE_ARG(feed->settings->id)) : 0;
    va_list args;
    if (!intake->options.say)
        return;
    va_start(args, format);
    vsnprintf(line + at, sizeof line - (size_t)at, format, args);
    va_end(args);
    intake->options.say(intake->options.context, line);
}

void intake_failed(
    struct intake *intake, const struct feed_state *feed, const char *item, const struct comity_error *err)
{
    char text[1200];
    error_format(err, text, sizeof text);
    intake_say(intake, feed, "%s%s%s", item, *item ? ": " : "", text);
    if (intake->summary.n_failures++ == 0) {
        intake->summary.failure = *err;
        error_set(&intake->summary.failure, err->status, "%.*s: %s%s%.300s", feed ? (int)feed->settings->id.len : 0,
            feed ? feed->settings->id.ptr : "", item, *item ? ": " : "", err->message);
        error_hint(&intake->summary.failure, "%s", err->hint);
    }
}

int64_t intake_patience(const struct feed_state *feed)
{
    uint64_t n = feed->n_failures + feed->n_troubles;
    int64_t wait_s = (int64_t)LEAST_PATIENCE_S << (n < MOST_DOUBLINGS ? n : MOST_DOUBLINGS);
    return wait_s < feed->settings->every_s ? wait_s : feed->settings->every_s;
}

/* ---- opening --------------------------------------------------------------------------------------------------- */

static char *beside_store(struct intake *intake)
{
    char path[PATH_MAX];
    int len = snprintf(path, sizeof path, "%s-intake", intake->options.store_path);
    return len < 0 || (size_t)len >= sizeof path ? NULL : arena_string(&intake->arena, slice_from(path));
}

static enum comity_status take_lock(struct intake *intake, struct comity_error *err)
{
    char *path = path_join(&intake->arena, intake->folder, "lock");
    uint64_t until = clock_ms() + intake->options.wait_ms;
    if (!path)
        return error_nomem(err);
    intake->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (intake->lock_fd < 0)
        return error_io(err, "make", path);
    while (flock(intake->lock_fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return error_io(err, "lock", path);
        if (clock_ms() >= until || intake_should_stop(intake)) {
            error_set(err, COMITY_BUSY, "another intake is at work on '%s'", intake->options.store_path);
            error_hint(err, "a server with --intake, or a run that has not ended; --wait waits longer");
            return COMITY_BUSY;
        }
        struct timespec blink = {.tv_nsec = LOCK_LOOK_MS * 1000000L};
        nanosleep(&blink, NULL);
    }
    return COMITY_OK;
}

static enum comity_status make_folders(struct intake *intake, struct comity_error *err)
{
    struct arena *arena = &intake->arena;
    char *copies = path_join(arena, intake->folder, "copies"), *rejects = path_join(arena, intake->folder, "rejects");
    enum comity_status status = copies && rejects ? folder_make(copies, err) : error_nomem(err);
    if (!status)
        status = folder_make(rejects, err);
    if (!status)
        folder_empty(copies); /* what a crash left */
    for (size_t i = 0; !status && i < intake->settings.n_feeds; i++) {
        struct feed_state *feed = &intake->feeds[i];
        feed->copies = path_join(arena, copies, feed->settings->id.ptr);
        feed->rejects = path_join(arena, rejects, feed->settings->id.ptr);
        status = feed->copies && feed->rejects ? folder_make(feed->copies, err) : error_nomem(err);
        if (!status)
            status = folder_make(feed->rejects, err);
    }
    return status;
}

/* A folder with its pattern, or an address that shows no secrets. */
static enum comity_status name_place(struct intake *intake, struct feed_state *feed, struct comity_error *err)
{
    const struct feed_settings *settings = feed->settings;
    const char *whole = settings->folder ? path_join(&intake->arena, settings->folder, settings->pattern) : NULL;
    feed->place = settings->url ? fetch_shown_address(&intake->arena, settings->url) : slice_from(whole);
    return feed->place.ptr ? COMITY_OK : error_nomem(err);
}

static enum comity_status open_feed(struct intake *intake, struct feed_state *feed, struct comity_error *err)
{
    const struct feed_settings *settings = feed->settings;
    struct buffer text;
    enum comity_status status = desk_recipe(&intake->desk, settings->recipe, &feed->recipe, err);
    if (status)
        return status;
    buffer_init(&text, (size_t)64 << 20);
    buffer_add_slice(&text, recipe_text(feed->recipe));
    buffer_add_string(&text, settings->url ? settings->url : "");
    if (buffer_status(&text))
        status = error_nomem(err);
    else
        spool_hash(text.ptr, text.len, feed->recipe_hash);
    buffer_release(&text);
    return status ? status : name_place(intake, feed, err);
}

static enum comity_status open_feeds(struct intake *intake, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    size_t n = intake->settings.n_feeds;
    intake->feeds = ARENA_ARRAY(&intake->arena, struct feed_state, n + 1);
    if (!intake->feeds)
        return error_nomem(err);
    for (size_t i = 0; !status && i < n; i++) {
        intake->feeds[i].settings = &intake->settings.feeds[i];
        intake->feeds[i].number = i;
        status = open_feed(intake, &intake->feeds[i], err);
    }
    return status;
}

static enum comity_status declare_feeds(struct intake *intake, struct comity_error *err)
{
    size_t n = intake->settings.n_feeds;
    struct feed_row *rows = ARENA_ARRAY(&intake->arena, struct feed_row, n + 1);
    if (!rows)
        return error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        const struct feed_state *feed = &intake->feeds[i];
        rows[i] = (struct feed_row){.id = feed->settings->id,
            .source = recipe_source(feed->recipe)->code,
            .recipe = recipe_id(feed->recipe),
            .place = feed->place,
            .is_address = feed->settings->url != NULL,
            .every_s = feed->settings->every_s,
            .expect_s = feed->settings->expect_s};
    }
    return store_feeds_declare(intake->desk.store, rows, n, err);
}

/* A run from cron that comes a little early must not wait for the next one: a tenth of the time is left off. */
static uint64_t due_ms(const struct feed_row *row, int64_t now)
{
    int64_t slack = row->every_s / 10 < SLACK_MOST_S ? row->every_s / 10 : SLACK_MOST_S;
    int64_t wait_s = row->due - slack - now;
    return row->due && wait_s > 0 ? clock_ms() + (uint64_t)wait_s * 1000 : 0;
}

static void resume_feed(struct feed_state *feed, const struct feed_row *row, int64_t now)
{
    feed->n_failures = row->n_failures;
    /* Folders are always looked at: it costs next to nothing. */
    if (feed->settings->url)
        feed->look_ms = due_ms(row, now);
    /* An answer that another recipe was to read, or of another address, is no reason not to ask for it. */
    if (slice_is(row->recipe_hash, feed->recipe_hash)) {
        snprintf(feed->etag, sizeof feed->etag, "%.*s", SLICE_ARG(row->etag));
        snprintf(feed->modified, sizeof feed->modified, "%.*s", SLICE_ARG(row->modified));
    }
}

static enum comity_status resume(struct intake *intake, struct comity_error *err)
{
    struct arena arena = {0};
    struct feed_row *rows;
    size_t n;
    enum comity_status status = store_feeds(intake->desk.store, intake->options.who, &arena, &rows, &n, err);
    for (size_t r = 0; !status && r < n; r++)
        for (size_t i = 0; i < intake->settings.n_feeds; i++)
            if (slice_equal(rows[r].id, intake->feeds[i].settings->id))
                resume_feed(&intake->feeds[i], &rows[r], seconds_now());
    arena_release(&arena);
    if (!status && intake->settings.links)
        status = store_needs_link(intake->desk.store, &intake->needs_link, err);
    return status;
}

static enum comity_status open_desk(struct intake *intake, struct comity_error *err)
{
    const struct intake_options *options = &intake->options;
    struct desk_options desk = {.data_folder = options->data_folder, .mode = STORE_WRITE, .wait_ms = options->wait_ms};
    intake->owns_domain = options->domain == NULL;
    if (intake->owns_domain)
        return desk_open(&intake->desk, options->store_path, &desk, err);
    /* Shared and only read. */
    intake->desk.domain = (struct domain *)(uintptr_t)options->domain;
    return store_open(options->store_path, STORE_WRITE, options->wait_ms, &intake->desk.store, err);
}

static enum comity_status open_within(struct intake *intake, struct comity_error *err)
{
    enum comity_status status = settings_load(intake->options.settings_path, &intake->settings, err);
    if (!status)
        status = open_desk(intake, err);
    if (!status)
        status = open_feeds(intake, err);
    if (!status)
        status = (intake->folder = beside_store(intake)) ? folder_make(intake->folder, err)
                                                         : error_set(err, COMITY_USAGE, "the path is too long");
    if (!status)
        status = take_lock(intake, err);
    if (!status)
        status = make_folders(intake, err);
    if (!status)
        status = fetcher_open(&intake->fetcher, err);
    if (!status)
        status = declare_feeds(intake, err);
    if (!status)
        status = resume(intake, err);
    return status;
}

enum comity_status intake_open(const struct intake_options *options, struct intake **out, struct comity_error *err)
{
    struct intake *intake = calloc(1, sizeof *intake);
    *out = NULL;
    if (!intake)
        return error_nomem(err);
    intake->options = *options;
    intake->lock_fd = -1;
    atomic_init(&intake->is_stopping, false);
    intake->progress = (struct progress){tell, intake};
    intake->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    enum comity_status status =
        intake->wake_fd < 0 ? error_io(err, "make", "an event descriptor") : open_within(intake, err);
    if (status) {
        intake_close(intake);
        return status;
    }
    *out = intake;
    return COMITY_OK;
}

void intake_close(struct intake *intake)
{
    if (!intake)
        return;
    fetcher_close(intake->fetcher);
    watch_close(intake->watch);
    for (size_t i = 0; intake->feeds && i < intake->settings.n_feeds; i++) {
        folder_feed_release(&intake->feeds[i]);
        recipe_free(intake->feeds[i].recipe);
    }
    settings_release(&intake->settings);
    if (!intake->owns_domain)
        intake->desk.domain = NULL;
    desk_close(&intake->desk);
    if (intake->lock_fd >= 0)
        close(intake->lock_fd);
    if (intake->wake_fd >= 0)
        close(intake->wake_fd);
    arena_release(&intake->arena);
    free(intake);
}

void intake_stop(struct intake *intake)
{
    atomic_store(&intake->is_stopping, true);
    uint64_t one = 1;
    ssize_t n = write(intake->wake_fd, &one, sizeof one);
    (void)n; /* full: it is awake */
}

/* ---- linking --------------------------------------------------------------------------------------------------- */

static void end_work(struct intake *intake, struct snapshot *snapshot)
{
    if (intake->options.work)
        intake->options.work(intake->options.context, false, snapshot);
    else
        snapshot_release(snapshot);
    intake->is_working = false;
}

/* Trouble with linking is told and tried again: what was imported is there all the same. */
static enum comity_status link_now(struct intake *intake, struct comity_error *err)
{
    struct link_summary summary;
    struct snapshot *snapshot = NULL;
    struct comity_error cause = {0};
    if (!intake->is_working && intake->options.work)
        intake->options.work(intake->options.context, true, NULL);
    enum comity_status status = desk_relink(&intake->desk, intake->options.who, &intake->progress, &summary,
        intake->options.work ? &snapshot : NULL, &cause);
    if (!status) {
        intake_say(intake, NULL, "linked: %zu mentions are %zu entities", summary.n_mentions, summary.n_entities);
        intake->needs_link = false;
        link_summary_release(&summary);
    } else {
        intake->link_ms = clock_ms() + LINK_AGAIN_MS;
    }
    end_work(intake, snapshot);
    if (status == COMITY_CANCELLED)
        return error_set(err, status, "%s", cause.message);
    if (status)
        intake_failed(intake, NULL, "linking", &cause);
    return COMITY_OK;
}

/* After all that was there at once: linking costs the same for one file and for many. */
static enum comity_status finish_work(struct intake *intake, struct comity_error *err)
{
    if (intake->needs_link && intake->settings.links && clock_ms() >= intake->link_ms)
        return link_now(intake, err);
    if (intake->is_working)
        end_work(intake, NULL);
    return COMITY_OK;
}

/* ---- the loop -------------------------------------------------------------------------------------------------- */

static enum comity_status look_at_due(struct intake *intake, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; !status && i < intake->settings.n_feeds; i++) {
        struct feed_state *feed = &intake->feeds[i];
        if (intake_should_stop(intake))
            return error_set(err, COMITY_CANCELLED, "the intake was stopped");
        if (feed->is_running || clock_ms() < feed->look_ms)
            continue;
        status = feed->settings->url ? address_feed_look(intake, feed, err) : folder_feed_look(intake, feed, err);
    }
    return status;
}

static enum comity_status take_answers(struct intake *intake, struct comity_error *err)
{
    struct fetch_result result;
    enum comity_status status = COMITY_OK;
    while (!status && fetcher_take(intake->fetcher, &result))
        status = address_feed_take(intake, &intake->feeds[result.tag], &result, err);
    return status;
}

static int64_t wait_ms(const struct intake *intake)
{
    uint64_t now = clock_ms(), next = now + (intake->options.progress ? LONGEST_ASKING_MS : LONGEST_WAIT_MS);
    for (size_t i = 0; i < intake->settings.n_feeds; i++)
        if (!intake->feeds[i].is_running && intake->feeds[i].look_ms < next)
            next = intake->feeds[i].look_ms;
    if (intake->needs_link && intake->settings.links && intake->link_ms < next)
        next = intake->link_ms;
    return next > now ? (int64_t)(next - now) : 0;
}

static enum comity_status wait_for_something(struct intake *intake, struct comity_error *err)
{
    int fds[2] = {intake->wake_fd};
    size_t n = 1;
    uint64_t woken;
    if (intake->watch)
        fds[n++] = watch_fd(intake->watch);
    enum comity_status status = fetcher_wait(intake->fetcher, fds, n, wait_ms(intake), NULL, err);
    if (intake->watch)
        watch_read(intake->watch, folder_feed_told, intake);
    ssize_t n_read = read(intake->wake_fd, &woken, sizeof woken);
    (void)n_read;
    return status;
}

static enum comity_status turn(struct intake *intake, struct comity_error *err)
{
    enum comity_status status = look_at_due(intake, err);
    if (!status)
        status = take_answers(intake, err);
    return status ? status : finish_work(intake, err);
}

enum comity_status intake_run(struct intake *intake, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    intake->watch = watch_open();
    while (!status && !intake_should_stop(intake)) {
        status = turn(intake, err);
        if (!status)
            status = wait_for_something(intake, err);
    }
    if (intake->is_working)
        end_work(intake, NULL);
    return intake_should_stop(intake) ? COMITY_OK : status;
}

/* ---- once ------------------------------------------------------------------------------------------------------ */

/* Whether something is under way or waits to be tried again; files that will not rest are waited for only so long. */
static bool is_unfinished(struct intake *intake, uint64_t begun)
{
    bool is = false;
    for (size_t i = 0; i < intake->settings.n_feeds; i++) {
        struct feed_state *feed = &intake->feeds[i];
        bool waits = feed->n_pending && clock_ms() - begun < 2 * (uint64_t)feed->settings->settle_ms;
        is = is || feed->is_running || feed->n_tries || (waits && !feed->n_troubles);
    }
    return is;
}

static void count_waiting(struct intake *intake)
{
    for (size_t i = 0; i < intake->settings.n_feeds; i++) {
        const struct feed_state *feed = &intake->feeds[i];
        for (size_t k = 0; k < feed->n_pending && !feed->n_troubles; k++) {
            intake_say(intake, feed, "%s is still being written; it is left for the next run", feed->pending[k].name);
            intake->summary.n_waiting++;
        }
    }
}

enum comity_status intake_run_once(struct intake *intake, struct intake_summary *summary, struct comity_error *err)
{
    uint64_t begun = clock_ms();
    intake->is_once = true;
    enum comity_status status = turn(intake, err);
    while (!status && is_unfinished(intake, begun)) {
        status = wait_for_something(intake, err);
        if (!status)
            status = turn(intake, err);
    }
    if (intake->is_working)
        end_work(intake, NULL);
    if (!status)
        count_waiting(intake);
    *summary = intake->summary;
    return status;
}
