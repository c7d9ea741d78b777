/* One thread sleeps until the next is due. The folder itself tells when the last one was made. */
#include "keep/schedule.h"

#include "base/calendar.h"
#include "base/error.h"
#include "keep/passphrase.h"
#include "keep/shelf.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TRY_AGAIN_S = 900 };

struct schedule {
    struct schedule_options options; /* its texts are copies */
    char *store_path, *folder, *passphrase_file;
    pthread_mutex_t lock; /* guards state and is_stopping */
    pthread_cond_t wake;
    struct schedule_state state;
    bool is_stopping;
};

static enum comity_status check_folder(const char *folder, struct comity_error *err)
{
    struct stat info;
    if (stat(folder, &info) != 0)
        return error_io(err, "look into", folder);
    if (!S_ISDIR(info.st_mode))
        return error_set(err, COMITY_USAGE, "'%s' is no folder", folder);
    return access(folder, R_OK | W_OK | X_OK) == 0 ? COMITY_OK : error_io(err, "write into", folder);
}

static enum comity_status check_passphrase(const char *path, struct comity_error *err)
{
    struct passphrase passphrase;
    enum comity_status status = passphrase_read(&passphrase, path, err);
    passphrase_forget(&passphrase);
    return status;
}

static enum comity_status copy_options(
    struct schedule *schedule, const struct schedule_options *options, struct comity_error *err)
{
    schedule->options = *options;
    schedule->store_path = strdup(options->store_path);
    schedule->folder = strdup(options->folder);
    schedule->passphrase_file = options->passphrase_file ? strdup(options->passphrase_file) : NULL;
    if (!schedule->store_path || !schedule->folder || (options->passphrase_file && !schedule->passphrase_file))
        return error_nomem(err);
    schedule->options.store_path = schedule->store_path;
    schedule->options.folder = schedule->folder;
    schedule->options.passphrase_file = schedule->passphrase_file;
    return COMITY_OK;
}

static void begin_state(struct schedule *schedule, int64_t newest)
{
    struct schedule_state *state = &schedule->state;
    const struct schedule_options *options = &schedule->options;
    snprintf(state->folder, sizeof state->folder, "%s", options->folder);
    state->every_s = options->every_s;
    state->keep = options->keep;
    state->is_encrypted = options->passphrase_file != NULL;
    if (newest > seconds_now()) /* made while the clock was wrong: it tells nothing */
        newest = 0;
    state->last = newest;
    state->due = newest ? newest + options->every_s : seconds_now();
}

enum comity_status schedule_open(
    const struct schedule_options *options, struct schedule **out, struct comity_error *err)
{
    char stem[KEEP_PATH];
    int64_t newest = 0;
    struct schedule *schedule = calloc(1, sizeof *schedule);
    *out = NULL;
    if (!schedule)
        return error_nomem(err);
    pthread_mutex_init(&schedule->lock, NULL);
    pthread_cond_init(&schedule->wake, NULL);
    enum comity_status status = copy_options(schedule, options, err);
    if (!status)
        status = check_passphrase(schedule->passphrase_file, err);
    if (!status)
        status = shelf_stem(schedule->store_path, options->wait_ms, stem, err);
    /* A folder that will not do now is told of when the first is due, at once. */
    if (!status && check_folder(schedule->folder, NULL) == COMITY_OK)
        status = shelf_newest(schedule->folder, stem, &newest, err);
    if (status) {
        schedule_close(schedule);
        return status;
    }
    begin_state(schedule, newest);
    *out = schedule;
    return COMITY_OK;
}

static void say(const struct schedule *schedule, const char *line)
{
    if (schedule->options.say)
        schedule->options.say(schedule->options.context, line);
}

static bool is_wanted(struct schedule *schedule)
{
    pthread_mutex_lock(&schedule->lock);
    bool is_stopping = schedule->is_stopping;
    pthread_mutex_unlock(&schedule->lock);
    return !is_stopping;
}

static bool go_on(void *context, const char *stage, uint64_t done, uint64_t total)
{
    (void)stage;
    (void)done;
    (void)total;
    return is_wanted(context);
}

static enum comity_status make(struct schedule *schedule, struct backup_info *info, struct comity_error *err)
{
    struct passphrase passphrase;
    struct progress progress = {go_on, schedule};
    const struct schedule_options *options = &schedule->options;
    enum comity_status status = check_folder(options->folder, err);
    if (!status)
        status = passphrase_read(&passphrase, options->passphrase_file, err);
    if (status)
        return status;
    struct backup_options backup = {.store_path = options->store_path,
        .out = options->folder,
        .passphrase = passphrase_slice(&passphrase),
        .keep = options->keep,
        .wait_ms = options->wait_ms,
        .progress = &progress};
    status = backup_make(&backup, info, err);
    passphrase_forget(&passphrase);
    return status;
}

static void note_success(struct schedule *schedule, const struct backup_info *info)
{
    char line[KEEP_PATH + 64];
    struct schedule_state *state = &schedule->state;
    pthread_mutex_lock(&schedule->lock);
    state->last = seconds_now();
    state->size = info->size;
    state->failing_since = 0;
    state->error[0] = state->hint[0] = '\0';
    state->due = state->last + state->every_s;
    pthread_mutex_unlock(&schedule->lock);
    snprintf(line, sizeof line, "backed up to '%s', checked", info->path);
    say(schedule, line);
}

static void note_failure(struct schedule *schedule, const struct comity_error *err)
{
    char text[1024], line[1100];
    struct schedule_state *state = &schedule->state;
    int64_t now = seconds_now();
    pthread_mutex_lock(&schedule->lock);
    if (!state->failing_since)
        state->failing_since = now;
    memcpy(state->error, err->message, sizeof state->error);
    memcpy(state->hint, err->hint, sizeof state->hint);
    state->due = now + (state->every_s < TRY_AGAIN_S ? state->every_s : TRY_AGAIN_S);
    pthread_mutex_unlock(&schedule->lock);
    error_format(err, text, sizeof text);
    snprintf(line, sizeof line, "no backup was made: %s", text);
    say(schedule, line);
}

static void set_running(struct schedule *schedule, bool is_running)
{
    pthread_mutex_lock(&schedule->lock);
    schedule->state.is_running = is_running;
    pthread_mutex_unlock(&schedule->lock);
}

static void run_once(struct schedule *schedule)
{
    struct backup_info info;
    struct comity_error err = {0};
    set_running(schedule, true);
    enum comity_status status = make(schedule, &info, &err);
    if (status == COMITY_OK)
        note_success(schedule, &info);
    else if (status != COMITY_CANCELLED)
        note_failure(schedule, &err);
    set_running(schedule, false);
}

/* A clock that was ahead and is right again would else put it off for as long as it was ahead. */
static bool is_due(struct schedule_state *state)
{
    int64_t now = seconds_now();
    if (state->due > now + (int64_t)state->every_s)
        state->due = now;
    return state->due <= now;
}

/* Until the next is due; false: it is to stop. */
static bool waits(struct schedule *schedule)
{
    pthread_mutex_lock(&schedule->lock);
    while (!schedule->is_stopping && !is_due(&schedule->state)) {
        struct timespec until = {.tv_sec = schedule->state.due};
        pthread_cond_timedwait(&schedule->wake, &schedule->lock, &until);
    }
    bool goes_on = !schedule->is_stopping;
    pthread_mutex_unlock(&schedule->lock);
    return goes_on;
}

void schedule_run(struct schedule *schedule)
{
    while (waits(schedule))
        run_once(schedule);
}

void schedule_stop(struct schedule *schedule)
{
    pthread_mutex_lock(&schedule->lock);
    schedule->is_stopping = true;
    pthread_cond_broadcast(&schedule->wake);
    pthread_mutex_unlock(&schedule->lock);
}

void schedule_look(struct schedule *schedule, struct schedule_state *out)
{
    pthread_mutex_lock(&schedule->lock);
    *out = schedule->state;
    pthread_mutex_unlock(&schedule->lock);
}

void schedule_close(struct schedule *schedule)
{
    if (!schedule)
        return;
    pthread_cond_destroy(&schedule->wake);
    pthread_mutex_destroy(&schedule->lock);
    free(schedule->store_path);
    free(schedule->folder);
    free(schedule->passphrase_file);
    free(schedule);
}
