/* patience.c - a list of lines and a thread that shuts the overdue ones down. Shutting a socket down, and not closing
 * it, leaves it to libmicrohttpd, which reads an end and does its own clean-up. */
#include "http/patience.h"

#include "base/calendar.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

struct line {
    struct line *next, **from; /* `from` points to what points here */
    int fd;
    uint64_t deadline_ms; /* 0: nothing is awaited */
};

struct patience {
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pthread_t thread;
    struct patience_options options;
    struct line *lines;
    bool is_stopping;
};

/* Whether the client has hung up, perhaps behind bytes that nobody has read yet. */
static bool has_gone(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLRDHUP};
    return poll(&one, 1, 0) == 1;
}

/* With the lock held. Ends are made once: a line whose socket is shut down is not looked at again. */
static void look_at(struct line *line, uint64_t now)
{
    if (!line->deadline_ms)
        return;
    if (now >= line->deadline_ms) {
        shutdown(line->fd, SHUT_RDWR);
        line->deadline_ms = 0;
    } else if (has_gone(line->fd)) {
        /* What came before the end can still be read, and answered if it was whole. */
        shutdown(line->fd, SHUT_RD);
    }
}

/* With the lock held: waits for a second, or, when there is no line, for one to come. */
static void rest(struct patience *patience)
{
    struct timespec until;
    if (!patience->lines) {
        pthread_cond_wait(&patience->wake, &patience->lock);
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec++;
    while (!patience->is_stopping && pthread_cond_timedwait(&patience->wake, &patience->lock, &until) != ETIMEDOUT) {
    }
}

static void *watch(void *context)
{
    struct patience *patience = context;
    pthread_mutex_lock(&patience->lock);
    while (!patience->is_stopping) {
        uint64_t now = clock_ms();
        for (struct line *line = patience->lines; line; line = line->next)
            look_at(line, now);
        rest(patience);
    }
    pthread_mutex_unlock(&patience->lock);
    return NULL;
}

struct patience *patience_new(const struct patience_options *options)
{
    struct patience *patience = calloc(1, sizeof *patience);
    pthread_condattr_t monotonic;
    if (!patience)
        return NULL;
    patience->options = *options;
    pthread_mutex_init(&patience->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&patience->wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    if (pthread_create(&patience->thread, NULL, watch, patience) == 0)
        return patience;
    pthread_cond_destroy(&patience->wake);
    pthread_mutex_destroy(&patience->lock);
    free(patience);
    return NULL;
}

void patience_free(struct patience *patience)
{
    if (!patience)
        return;
    pthread_mutex_lock(&patience->lock);
    patience->is_stopping = true;
    pthread_cond_signal(&patience->wake);
    pthread_mutex_unlock(&patience->lock);
    pthread_join(patience->thread, NULL);
    pthread_cond_destroy(&patience->wake);
    pthread_mutex_destroy(&patience->lock);
    free(patience);
}

/* ---- one line ------------------------------------------------------------------------------------------------- */

struct line *patience_begin(struct patience *patience, int fd)
{
    struct line *line = calloc(1, sizeof *line);
    if (!line)
        return NULL;
    line->fd = fd;
    line->deadline_ms = clock_ms() + patience->options.head_ms;
    pthread_mutex_lock(&patience->lock);
    line->next = patience->lines;
    line->from = &patience->lines;
    if (line->next)
        line->next->from = &line->next;
    patience->lines = line;
    if (!line->next)
        pthread_cond_signal(&patience->wake);
    pthread_mutex_unlock(&patience->lock);
    return line;
}

static void set_deadline(struct patience *patience, struct line *line, uint64_t deadline_ms)
{
    if (!line)
        return;
    pthread_mutex_lock(&patience->lock);
    line->deadline_ms = deadline_ms;
    pthread_mutex_unlock(&patience->lock);
}

void patience_body(struct patience *patience, struct line *line, uint64_t bytes)
{
    set_deadline(
        patience, line, clock_ms() + patience->options.body_ms + bytes / patience->options.bytes_per_sec * 1000);
}

void patience_answer(struct patience *patience, struct line *line)
{
    set_deadline(patience, line, 0);
}

void patience_next(struct patience *patience, struct line *line)
{
    set_deadline(patience, line, clock_ms() + patience->options.idle_ms + patience->options.head_ms);
}

void patience_end(struct patience *patience, struct line *line)
{
    if (!line)
        return;
    pthread_mutex_lock(&patience->lock);
    *line->from = line->next;
    if (line->next)
        line->next->from = line->from;
    pthread_mutex_unlock(&patience->lock);
    free(line);
}
