#include "http/publisher.h"

#include "base/calendar.h"
#include "base/error.h"
#include "files/attachment.h"
#include "flow/publish.h"
#include "store/entry.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* After a failure it is tried again, not at once: a full disk stays full for a while. */
enum { LOOK_MS = 500, REST_MS = 20000, SWEEP_MS = 3600 * 1000 };

struct publisher {
    struct publisher_options options;
    struct desk desk;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    uint64_t swept_ms; /* of clock_ms */
    bool is_stopping;
};

static const struct reader desk_itself = {.language = "en", .name = "publisher"};

static void tell(const struct publisher *p, const char *what, const struct comity_error *err)
{
    char reason[1100], line[1200];
    error_format(err, reason, sizeof reason);
    snprintf(line, sizeof line, "%s: %s", what, reason);
    if (p->options.say)
        p->options.say(p->options.context, line);
}

static bool asked_to_stop(struct publisher *p)
{
    pthread_mutex_lock(&p->lock);
    bool is_stopping = p->is_stopping;
    pthread_mutex_unlock(&p->lock);
    return is_stopping;
}

/* As progress: a linking that is stopped is made up for at the next start. */
static bool goes_on(void *context, const char *stage, uint64_t done, uint64_t total)
{
    (void)stage;
    (void)done;
    (void)total;
    return !asked_to_stop(context);
}

/* Records that could not be linked are shown all the same: each as an event of its own, until the next linking. */
static bool link_records(struct publisher *p)
{
    struct comity_error err = {0};
    struct link_summary summary;
    struct snapshot *snapshot = NULL;
    const struct progress progress = {goes_on, p};
    bool is_linked = desk_relink(&p->desk, &desk_itself, &progress, &summary, &snapshot, &err) == COMITY_OK;
    if (is_linked)
        link_summary_release(&summary);
    else if (err.status != COMITY_CANCELLED)
        tell(p, "what was published is not linked yet", &err);
    p->options.work(p->options.context, false, snapshot);
    return is_linked;
}

/* False: something failed. `*needs_link`: records were published that are not linked. */
static bool publish(struct publisher *p, bool *needs_link)
{
    struct comity_error err = {0};
    struct publish_summary summary = {0};
    bool has_pending = false, is_good;
    if (store_has_pending(p->desk.store, &has_pending, &err) != COMITY_OK || (!has_pending && !*needs_link))
        return !has_pending;
    p->options.work(p->options.context, true, NULL);
    is_good = desk_publish(&p->desk, &desk_itself, &summary, &err) == COMITY_OK;
    if (!is_good && !asked_to_stop(p))
        tell(p, "what was approved could not be published, and will be tried again", &err);
    *needs_link = *needs_link || summary.n_published;
    if (*needs_link)
        *needs_link = !link_records(p);
    else
        p->options.work(p->options.context, false, NULL);
    return is_good && !*needs_link;
}

/* Whether it goes on. */
static bool rest(struct publisher *p, long ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += ms % 1000 * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&p->lock);
    while (!p->is_stopping && pthread_cond_timedwait(&p->wake, &p->lock, &until) == 0) {
    }
    bool goes_on = !p->is_stopping;
    pthread_mutex_unlock(&p->lock);
    return goes_on;
}

/* Files that nobody names: what a cut line or a refusal left. That it cannot be done now (a backup) is no news. */
static void sweep(struct publisher *p)
{
    size_t n_removed;
    if (!p->options.cabinet || clock_ms() - p->swept_ms < SWEEP_MS)
        return;
    p->swept_ms = clock_ms();
    enum comity_status status = attachment_sweep(p->desk.store, p->options.cabinet, seconds_now(), &n_removed, NULL);
    (void)status;
}

static void *run(void *context)
{
    struct publisher *p = context;
    bool needs_link = false, is_good = true;
    /* What was published just before a stop may not be linked yet. */
    if (store_entries_need_link(p->desk.store, &needs_link, NULL) != COMITY_OK)
        needs_link = false;
    while (rest(p, is_good ? LOOK_MS : REST_MS)) {
        is_good = publish(p, &needs_link);
        sweep(p);
    }
    return NULL;
}

enum comity_status publisher_start(
    const struct publisher_options *options, struct publisher **out, struct comity_error *err)
{
    struct publisher *p = calloc(1, sizeof *p);
    *out = NULL;
    if (!p)
        return error_nomem(err);
    p->options = *options;
    p->desk.domain = options->domain;
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    enum comity_status status = store_open(options->store_path, STORE_WRITE, options->wait_ms, &p->desk.store, err);
    if (status == COMITY_OK && pthread_create(&p->thread, NULL, run, p) != 0)
        status = error_set(err, COMITY_NOMEM, "unable to start a thread");
    if (status == COMITY_OK) {
        *out = p;
        return COMITY_OK;
    }
    store_close(p->desk.store);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    free(p);
    return status;
}

void publisher_halt(struct publisher *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->is_stopping = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

void publisher_stop(struct publisher *p)
{
    if (!p)
        return;
    publisher_halt(p);
    pthread_join(p->thread, NULL);
    store_close(p->desk.store);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
    free(p);
}
