/* An address that is asked now and then. The etag is written down with the record of the import, so that what was not
 * published is fetched again. */
#include "intake/work.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/file.h"

#include <sodium.h>
#include <stdio.h>
#include <unistd.h>

enum { FIRST_BYTES = 4096 };

static char *answer_path(const struct feed_state *feed, struct arena *arena)
{
    return path_join(arena, feed->copies, ".answer");
}

enum comity_status address_feed_look(struct intake *intake, struct feed_state *feed, struct comity_error *err)
{
    struct arena arena = {0};
    const struct feed_settings *settings = feed->settings;
    struct fetch_request request = {.url = settings->url,
        .ca = settings->ca,
        .proxy = settings->proxy,
        .etag = slice_from(feed->etag),
        .modified = slice_from(feed->modified),
        .path = answer_path(feed, &arena),
        .most_bytes = settings->most_bytes,
        .timeout_ms = settings->timeout_ms,
        .may_be_private = settings->may_be_private,
        .tag = feed->number};
    if (!feed->n_tries) {
        intake->summary.n_looks++;
        feed->began_ms = clock_ms();
    }
    enum comity_status status = request.path ? fetcher_begin(intake->fetcher, &request, err) : error_nomem(err);
    feed->is_running = status == COMITY_OK;
    feed->n_tries++;
    arena_release(&arena);
    return status;
}

/* ---- what came ------------------------------------------------------------------------------------------------- */

static void plan(struct feed_state *feed, int64_t wait_s)
{
    feed->n_tries = 0;
    feed->look_ms = clock_ms() + (uint64_t)wait_s * 1000;
}

static void succeed(struct intake *intake, struct feed_state *feed, struct feed_record *record)
{
    feed->n_failures = 0;
    feed->n_troubles = 0;
    record->at = seconds_now();
    record->due = record->at + feed->settings->every_s;
    take_record(intake, feed, record);
    plan(feed, feed->settings->every_s);
}

static void fail(struct intake *intake, struct feed_state *feed, const struct attempt_row *tried,
    const struct comity_error *cause, int64_t retry_after_s)
{
    struct attempt_row unfetched = {.item = feed->place,
        .at = seconds_now(),
        .took_ms = clock_ms() - feed->began_ms,
        .result = ATTEMPT_FAILED,
        .error = slice_from(cause->message),
        .hint = slice_from(cause->hint)};
    int64_t wait_s = intake_patience(feed);
    if (retry_after_s > wait_s)
        wait_s = retry_after_s;
    struct feed_record record = {.at = seconds_now(),
        .due = seconds_now() + wait_s,
        .is_failed_look = true,
        .tried = tried ? tried : &unfetched,
        .error = tried ? tried->error : unfetched.error,
        .hint = tried ? tried->hint : unfetched.hint};
    feed->n_failures++;
    intake_failed(intake, feed, "", cause);
    take_record(intake, feed, &record);
    plan(feed, wait_s);
}

/* Half to all of the time, so that many who were turned away at once do not come back at once. */
static int64_t backoff_ms(const struct feed_state *feed)
{
    int64_t ms = feed->settings->backoff_ms << (feed->n_tries - 1 < 10 ? feed->n_tries - 1 : 10);
    return ms / 2 + (int64_t)randombytes_uniform((uint32_t)(ms / 2 < UINT32_MAX ? ms / 2 : UINT32_MAX) + 1);
}

static bool tries_again(struct intake *intake, struct feed_state *feed, const struct fetch_result *result)
{
    if (!result->is_worth_retrying || feed->n_tries >= feed->settings->tries ||
        result->retry_after_s > MOST_PATIENCE_S || intake_should_stop(intake))
        return false;
    int64_t wait_ms = backoff_ms(feed);
    if (result->retry_after_s * 1000 > wait_ms)
        wait_ms = result->retry_after_s * 1000;
    intake_say(intake, feed, "%s; try %u of %u follows in %lld ms", result->err.message, feed->n_tries + 1,
        feed->settings->tries, (long long)wait_ms);
    feed->look_ms = clock_ms() + (uint64_t)wait_ms;
    return true;
}

static size_t first_bytes(const char *path, char bytes[FIRST_BYTES])
{
    FILE *file = fopen(path, "rbe");
    size_t n = file ? fread(bytes, 1, FIRST_BYTES, file) : 0;
    if (file)
        fclose(file);
    return n;
}

static bool is_rubbish(const char *path, const struct fetch_result *result, struct comity_error *err)
{
    char bytes[FIRST_BYTES];
    const char *what = fetch_rubbish(slice_of(bytes, first_bytes(path, bytes)), result->type);
    if (!what)
        return false;
    error_set(err, COMITY_INPUT, "the server answered with %s where data was expected; nothing was taken in", what);
    error_hint(err, "does the address want a login, or has it moved? open it in a browser");
    return true;
}

static void keep_answer(struct feed_state *feed, const struct fetch_result *result)
{
    snprintf(feed->etag, sizeof feed->etag, "%s", result->etag);
    snprintf(feed->modified, sizeof feed->modified, "%s", result->modified);
}

static enum comity_status take_answer(struct intake *intake, struct feed_state *feed, const struct fetch_result *result,
    const char *path, struct arena *arena, struct comity_error *err)
{
    struct comity_error cause = {0};
    struct taken taken;
    char *named = path_join(arena, feed->copies, result->name);
    if (!named)
        return error_nomem(err);
    if (is_rubbish(path, result, &cause)) {
        unlink(path);
        fail(intake, feed, NULL, &cause, 0);
        return COMITY_OK;
    }
    if (rename(path, named) != 0)
        return error_io(err, "move", path);
    take_file(intake, feed, named, feed->place, arena, &taken);
    unlink(named);
    if (taken.status == COMITY_CANCELLED)
        return error_set(err, COMITY_CANCELLED, "%s", taken.err.message);
    if (taken.status) {
        feed->n_troubles += !taken.is_fault_of_file;
        fail(intake, feed, &taken.attempt, &taken.err, 0);
        return COMITY_OK;
    }
    keep_answer(feed, result);
    struct feed_row answer = {.etag = slice_from(result->etag),
        .modified = slice_from(result->modified),
        .recipe_hash = slice_from(feed->recipe_hash)};
    struct feed_record record = {.tried = &taken.attempt, .answer = &answer};
    succeed(intake, feed, &record);
    return COMITY_OK;
}

enum comity_status address_feed_take(
    struct intake *intake, struct feed_state *feed, struct fetch_result *result, struct comity_error *err)
{
    struct arena arena = {0};
    struct feed_record nothing_new = {0};
    enum comity_status status = COMITY_OK;
    const char *path = answer_path(feed, &arena);
    feed->is_running = false;
    if (!path)
        status = error_nomem(err);
    else if (result->outcome == FETCH_SAME)
        succeed(intake, feed, &nothing_new);
    else if (result->outcome == FETCH_TAKEN)
        status = take_answer(intake, feed, result, path, &arena, err);
    else if (!tries_again(intake, feed, result))
        fail(intake, feed, NULL, &result->err, result->retry_after_s);
    arena_release(&arena);
    return status;
}
