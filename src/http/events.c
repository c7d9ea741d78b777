/* libmicrohttpd asks a listener's response for bytes; when there are none the connection is suspended in the same
 * moment, under the lock that the teller takes before it resumes, so that nothing can be missed between the two. */
#include "http/events.h"

#include "base/calendar.h"

#include <microhttpd.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK = 1024, EVENT_MOST = 160 };

struct listener {
    struct http_events *events;
    struct MHD_Connection *connection;
    struct listener *next;
    uint64_t told[EVENTS_MOST_TOPICS];
    bool has_told[EVENTS_MOST_TOPICS];
    bool is_suspended, needs_beat;
};

struct http_events {
    pthread_mutex_t lock;
    const char *topics[EVENTS_MOST_TOPICS];
    uint64_t numbers[EVENTS_MOST_TOPICS];
    bool is_known[EVENTS_MOST_TOPICS];
    unsigned n_topics, n_listeners;
    struct listener *listeners;
    uint64_t beat_ms;
    bool is_closed;
};

struct http_events *events_new(const char *const *topics, unsigned n_topics)
{
    struct http_events *events = calloc(1, sizeof *events);
    if (!events)
        return NULL;
    pthread_mutex_init(&events->lock, NULL);
    for (unsigned i = 0; i < n_topics && i < EVENTS_MOST_TOPICS; i++)
        events->topics[events->n_topics++] = topics[i];
    events->beat_ms = clock_ms();
    return events;
}

void events_free(struct http_events *events)
{
    if (!events)
        return;
    pthread_mutex_destroy(&events->lock);
    free(events);
}

/* With the lock held. */
static void resume_all(struct http_events *events)
{
    for (struct listener *l = events->listeners; l; l = l->next) {
        if (!l->is_suspended)
            continue;
        l->is_suspended = false;
        MHD_resume_connection(l->connection);
    }
}

void events_tell(struct http_events *events, unsigned topic, uint64_t number)
{
    pthread_mutex_lock(&events->lock);
    bool is_news = !events->is_known[topic] || events->numbers[topic] != number;
    events->numbers[topic] = number;
    events->is_known[topic] = true;
    if (is_news)
        resume_all(events);
    pthread_mutex_unlock(&events->lock);
}

void events_beat(struct http_events *events)
{
    uint64_t now = clock_ms();
    pthread_mutex_lock(&events->lock);
    if (now - events->beat_ms >= EVENTS_BEAT_MS) {
        events->beat_ms = now;
        for (struct listener *l = events->listeners; l; l = l->next)
            l->needs_beat = true;
        resume_all(events);
    }
    pthread_mutex_unlock(&events->lock);
}

void events_close(struct http_events *events)
{
    pthread_mutex_lock(&events->lock);
    events->is_closed = true;
    resume_all(events);
    pthread_mutex_unlock(&events->lock);
}

unsigned events_listeners(struct http_events *events)
{
    pthread_mutex_lock(&events->lock);
    unsigned n = events->n_listeners;
    pthread_mutex_unlock(&events->lock);
    return n;
}

/* ---- one listener ---------------------------------------------------------------------------------------------- */

/* What is to be said, into `out` (of EVENT_MOST bytes for each topic); 0: nothing. */
static size_t write_news(struct listener *l, char *out, size_t room)
{
    const struct http_events *events = l->events;
    size_t at = 0;
    for (unsigned i = 0; i < events->n_topics && at + EVENT_MOST < room; i++) {
        if (!events->is_known[i] || (l->has_told[i] && l->told[i] == events->numbers[i]))
            continue;
        l->told[i] = events->numbers[i];
        l->has_told[i] = true;
        int n = snprintf(out + at, EVENT_MOST, "event: %.60s\ndata: %llu\n\n", events->topics[i],
            (unsigned long long)events->numbers[i]);
        at += n > 0 ? (size_t)n : 0;
    }
    if (!at && l->needs_beat)
        at = (size_t)snprintf(out, room, ":\n\n");
    l->needs_beat = false;
    return at;
}

static ssize_t on_read(void *context, uint64_t position, char *out, size_t room)
{
    struct listener *l = context;
    struct http_events *events = l->events;
    ssize_t n = MHD_CONTENT_READER_END_OF_STREAM;
    (void)position;
    pthread_mutex_lock(&events->lock);
    if (!events->is_closed) {
        n = (ssize_t)write_news(l, out, room);
        if (n == 0) {
            l->is_suspended = true;
            MHD_suspend_connection(l->connection);
        }
    }
    pthread_mutex_unlock(&events->lock);
    return n;
}

static void on_gone(void *context)
{
    struct listener *l = context;
    struct http_events *events = l->events;
    pthread_mutex_lock(&events->lock);
    struct listener **at = &events->listeners;
    while (*at && *at != l)
        at = &(*at)->next;
    if (*at) {
        *at = l->next;
        events->n_listeners--;
    }
    pthread_mutex_unlock(&events->lock);
    free(l);
}

struct MHD_Response *events_listen(struct http_events *events, struct MHD_Connection *connection)
{
    struct listener *l = calloc(1, sizeof *l);
    if (!l)
        return NULL;
    *l = (struct listener){.events = events, .connection = connection};
    pthread_mutex_lock(&events->lock);
    bool is_welcome = !events->is_closed && events->n_listeners < EVENTS_MOST_LISTENERS;
    if (is_welcome) {
        l->next = events->listeners;
        events->listeners = l;
        events->n_listeners++;
    }
    pthread_mutex_unlock(&events->lock);
    if (!is_welcome) {
        free(l);
        return NULL;
    }
    struct MHD_Response *response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK, on_read, l, on_gone);
    if (!response)
        on_gone(l);
    return response;
}
