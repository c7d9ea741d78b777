/* patience.h - how long a client may take to say what it wants. Private to src/http.
 *
 * libmicrohttpd closes a line on which nothing happens; one that says a byte now and then would hold its place for
 * good, and hundreds of those shut everybody else out (Slowloris). So each line has a deadline while it owes us
 * something: its headers, then its body at no less than a trickle. What it has once asked may take as long as it takes.
 *
 * A thread of its own looks at the lines each second. It also finds those whose client has gone in the middle of a
 * request: libmicrohttpd's epoll loop misses that when the last bytes and the end come together, and would keep what
 * was spooled until the line is idle for long enough.
 *
 * All functions are thread-safe; a line is one connection of libmicrohttpd, given by its socket. */
#ifndef HTTP_PATIENCE_H
#define HTTP_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

struct patience;
struct line;

struct patience_options {
    unsigned head_ms;       /* for the headers, and for TLS to be agreed upon before */
    unsigned idle_ms;       /* between two requests, beside that */
    unsigned body_ms;       /* for any body, and */
    unsigned bytes_per_sec; /* for one of some size */
};

/* Null when memory or threads are out. */
struct patience *patience_new(const struct patience_options *options);
/* When no line is left. Null is allowed. */
void patience_free(struct patience *patience);

/* A new line, whose headers are awaited. Null when memory is out: then it has no deadline. The functions below take
 * that. */
struct line *patience_begin(struct patience *patience, int fd);
/* The headers are there, a body of up to `bytes` is awaited. */
void patience_body(struct patience *patience, struct line *line, uint64_t bytes);
/* The whole request is there: nothing is awaited. */
void patience_answer(struct patience *patience, struct line *line);
/* The request is over, the next may come. */
void patience_next(struct patience *patience, struct line *line);
/* Before the socket is closed. */
void patience_end(struct patience *patience, struct line *line);

#endif
