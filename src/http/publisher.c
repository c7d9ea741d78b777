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

/* After a failure it is tried again, not at once: a full disk stays full for a while. Decisions come in rows: they are
 * linked together, when nobody has decided anything for a moment, or when the first of them has waited long enough. */
enum { LOOK_MS = 500, REST_MS = 20000, SWEEP_MS = 3600 * 1000, QUIET_MS = 1000, MOST_WAIT_MS = 10000 };

struct publisher {
    struct publisher_options options;
    struct desk desk;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    uint64_t swept_ms, retry_entries_ms; /* of clock_ms */
    uint64_t retry_ms;                   /* to link; 0: the last linking did not fail */
    /* Judgements that are not linked: when the first and the last were seen; 0: there are none. */
    uint64_t first_ms, last_ms;
    uint64_t looked_at; /* the store's sequence number then; 0: look anew */
    bool needs_link;    /* records were published that are not linked */
    bool is_holding;    /* work() was told that it begins */
    /* With the lock. */
    bool is_stopping, is_woken;
    struct comity_error failure; /* of the last linking */
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

static void hold(struct publisher *p, bool begins, struct snapshot *snapshot)
{
    if (begins != p->is_holding || snapshot)
        p->options.work(p->options.context, begins, snapshot);
    p->is_holding = begins;
}

static void note_failure(struct publisher *p, const struct comity_error *err)
{
    pthread_mutex_lock(&p->lock);
    p->failure = *err;
    pthread_mutex_unlock(&p->lock);
}

bool publisher_failure(struct publisher *p, struct comity_error *out)
{
    pthread_mutex_lock(&p->lock);
    *out = p->failure;
    pthread_mutex_unlock(&p->lock);
    return out->status != COMITY_OK;
}

/* ---- what is to be done ----------------------------------------------------------------------------------------- */

/* Sees judgements that are not linked: those of pages, of the command line, and of before a stop. Nothing is shown
 * anew until they are, unless that has failed. */
static void look_for_judgements(struct publisher *p)
{
    uint64_t sequence, now = clock_ms();
    bool needs;
    if (store_sequence(p->desk.store, &sequence, NULL) != COMITY_OK || sequence == p->looked_at ||
        store_judgements_need_link(p->desk.store, &needs, NULL) != COMITY_OK)
        return;
    p->looked_at = sequence;
    p->last_ms = now;
    if (!needs && p->first_ms) { /* somebody else has linked them */
        p->first_ms = p->retry_ms = 0;
        note_failure(p, &(struct comity_error){0});
        hold(p, false, NULL);
    } else if (needs && !p->first_ms) {
        p->first_ms = now;
        hold(p, !p->retry_ms, NULL);
    }
}

static bool is_due(const struct publisher *p, uint64_t now)
{
    bool is_quiet = now - p->last_ms >= QUIET_MS || now - p->first_ms >= MOST_WAIT_MS;
    return now >= p->retry_ms && (p->needs_link || (p->first_ms && is_quiet));
}

/* Records that could not be linked are shown all the same: each as an event of its own, until the next linking. */
static void link_records(struct publisher *p)
{
    struct comity_error err = {0};
    struct link_summary summary;
    struct snapshot *snapshot = NULL;
    const struct progress progress = {goes_on, p};
    bool is_linked = desk_relink(&p->desk, &desk_itself, &progress, &summary, &snapshot, &err) == COMITY_OK;
    if (is_linked) {
        link_summary_release(&summary);
        p->needs_link = false;
        p->first_ms = p->looked_at = 0; /* what was judged meanwhile is seen at the next look */
    } else if (err.status != COMITY_CANCELLED) {
        tell(p, "what was published or decided is not linked yet, and will be tried again", &err);
    }
    p->retry_ms = is_linked ? 0 : clock_ms() + REST_MS;
    note_failure(p, &err);
    hold(p, false, snapshot);
}

static void publish_entries(struct publisher *p)
{
    struct comity_error err = {0};
    struct publish_summary summary = {0};
    bool is_good = desk_publish(&p->desk, &desk_itself, &summary, &err) == COMITY_OK;
    if (!is_good && !asked_to_stop(p))
        tell(p, "what was approved could not be published, and will be tried again", &err);
    p->needs_link = p->needs_link || summary.n_published;
    p->retry_entries_ms = is_good ? 0 : clock_ms() + REST_MS;
}

static void work(struct publisher *p)
{
    bool has_pending = false;
    look_for_judgements(p);
    if (clock_ms() >= p->retry_entries_ms && store_has_pending(p->desk.store, &has_pending, NULL) != COMITY_OK)
        has_pending = false;
    if (!has_pending && !is_due(p, clock_ms()))
        return;
    hold(p, true, NULL);
    if (has_pending)
        publish_entries(p);
    if (is_due(p, clock_ms()))
        link_records(p);
    else
        hold(p, p->first_ms && !p->retry_ms, NULL);
}

void publisher_wake(struct publisher *p)
{
    if (!p)
        return;
    pthread_mutex_lock(&p->lock);
    p->is_woken = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

/* Whether it goes on. */
static bool rest(struct publisher *p)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += LOOK_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    pthread_mutex_lock(&p->lock);
    while (!p->is_stopping && !p->is_woken && pthread_cond_timedwait(&p->wake, &p->lock, &until) == 0) {
    }
    p->is_woken = false;
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
    /* What was published just before a stop may not be linked yet. */
    if (store_entries_need_link(p->desk.store, &p->needs_link, NULL) != COMITY_OK)
        p->needs_link = false;
    while (rest(p)) {
        work(p);
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
