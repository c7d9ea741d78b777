/* http.h - the seam over libmicrohttpd: one request in, one response out.
 *
 * Everything that HTTP asks for and that no page should think about is done behind this seam, for every response alike:
 * only GET and HEAD; only loopback addresses; the Host header is checked, so that a foreign name that resolves to
 * 127.0.0.1 gets nothing (DNS rebinding); the length of the address is limited; security headers; ETag and
 * If-None-Match; gzip of text where the client takes it, with Vary.
 *
 * Threads: a pool of internal threads runs an epoll loop each and calls the handler; it must be safe to call at once
 * from all of them. No signal is handled here: the caller decides when to call http_stop, which waits for the
 * responses that are under way.
 */
#ifndef HTTP_HTTP_H
#define HTTP_HTTP_H

#include "base/arena.h"
#include "base/buffer.h"
#include "comity.h"

enum { HTTP_MOST_URI = 8192, HTTP_ETAG = 40, HTTP_MOST_BODY = 256 << 20 };

/* What was asked. Lives until the handler returns; the arena until the response is sent. */
struct http_request {
    struct slice path;  /* percent-decoded, begins with "/" */
    struct slice query; /* as sent, behind the "?" */
    struct slice accept_language;
    struct slice if_none_match; /* the ETags that the client has: see http_is_known */
    struct arena *arena;
};

/* A body that is made while it is sent. `more` appends the next piece to `chunk` (empty when called) and returns false
 * when that was the last; a failed chunk breaks the connection, so that the client sees that it is not whole. `release`
 * is called once. */
struct http_stream {
    bool (*more)(void *context, struct buffer *chunk);
    void (*release)(void *context);
    void *context;
};

struct http_events; /* events.h */

/* What is answered. The seam hands it over with status 200, an empty body and the rest zero. */
struct http_response {
    unsigned status;
    const char *type;           /* "text/html; charset=utf-8"; null: none */
    struct buffer body;         /* owned by the response */
    struct slice fixed;         /* or bytes that outlive the server, */
    struct slice fixed_gzip;    /* and the same compressed */
    struct http_stream stream;  /* or made while it is sent: where `more` is not null */
    struct http_events *events; /* or what is told as it happens */
    char etag[HTTP_ETAG];       /* without quotes; empty: none */
    bool is_immutable;          /* the address names these very bytes: cache for a year */
    const char *location;       /* of a redirect; in the request's arena */
    const char *language;       /* "es"; null: not said */
    const char *file_name;      /* offer it as a file of this name */
    bool is_for_head;           /* set by the seam */
};

typedef void http_handler(void *context, const struct http_request *request, struct http_response *response);

struct http_options {
    const char *address; /* "127.0.0.1" (null), another of 127/8, "::1" or "localhost"; COMITY_REFUSED for what is not
                            loopback */
    uint16_t port;       /* 0: the system chooses; see http_port */
    unsigned threads;    /* 0: one for each processor, at least 2 */
    http_handler *handler;
    void *context;
};

struct http_server;

enum comity_status http_start(
    const struct http_options *options, struct http_server **out, struct comity_error *err) COMITY_MUST_USE;
uint16_t http_port(const struct http_server *server);
/* Waits for the threads; null is allowed. */
void http_stop(struct http_server *server);

/* Decodes %41 into the arena. False when it is malformed, holds a NUL, or memory is out. `plus_is_space` as in forms.
 */
bool http_decode(struct slice text, bool plus_is_space, struct arena *arena, struct slice *out);
/* Whether a Host header names this machine: localhost, 127.x.y.z or [::1], with any port. */
bool http_host_is_local(struct slice host);
/* Whether a client has what an ETag names. The seam asks this of every answer; who asks before making one, and answers
 * with status 304 and nothing else, spares the work. */
bool http_is_known(struct slice if_none_match, const char *etag);
/* Whether an Accept-Encoding header takes gzip. */
bool http_takes_gzip(struct slice accept);

#endif
