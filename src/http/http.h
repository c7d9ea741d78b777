/* http.h - the seam over libmicrohttpd: one request in, one response out.
 *
 * Everything that HTTP asks for and that no page should think about is done behind this seam, for every response alike:
 * GET and HEAD, and POST where `body_limit` says so; the Host header is checked, so that a foreign name that resolves
 * to 127.0.0.1 gets nothing (DNS rebinding); a POST that another site's page sent is refused; the length of addresses,
 * headers and bodies is limited, and the time in which they must come; security headers; ETag and If-None-Match; gzip
 * of text where the client takes it, with Vary; TLS.
 *
 * Bodies. A handler that is called has a whole and well-formed one: what is malformed, too large, cut off or cannot be
 * spooled never reaches it. Forms come as fields, in the order in which they were sent, whichever of the two ways the
 * page chose (application/x-www-form-urlencoded, multipart/form-data): names and values are UTF-8 without NUL. Files
 * are spooled to `spool_folder` as they come and have no name there, so that nothing of them is left when the request
 * ends, the line is cut or the program is killed. Every other content type is handed over as bytes.
 *
 * Who asks. A request with `Authorization: Bearer` is let in from anywhere, since no page of another site can make a
 * browser send one unasked; in return its cookies are hidden (http_cookie). Every other POST must be same-origin. The
 * token against forgery within the site is the pages' business.
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

enum {
    HTTP_MOST_URI = 8192,
    HTTP_ETAG = 40,
    HTTP_MOST_BODY = 256 << 20,        /* of a response */
    HTTP_MOST_IN_MEMORY = 4 << 20,     /* of a request's body that is not multipart, whatever `body_limit` says */
    HTTP_MOST_FIELD_BYTES = 256 << 10, /* names and values of a form together */
    HTTP_MOST_FIELDS = 4096,
    HTTP_MOST_COOKIES = 4
};

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST };

struct http_field {
    struct slice name, value;
};

/* A file of a form. What the client says of it is not to be believed: `file_name` has no folders and no control
 * characters, but may be anything else. A file input that was left empty is no file. */
struct http_file {
    struct slice name; /* of the form's field */
    struct slice file_name, content_type;
    int fd; /* of a file without a name, at its beginning; closed when the request ends. linkat() may give it a name. */
    uint64_t size;
};

/* What was asked. Lives until the handler returns; the arena until the response is sent. Slices of headers that were
 * not sent are empty. */
struct http_request {
    enum http_method method;
    struct slice path;          /* percent-decoded, begins with "/" */
    struct slice query;         /* as sent, behind the "?" */
    struct slice host;          /* as sent: one of the names that are answered, and perhaps a port */
    struct slice if_none_match; /* the ETags that the client has: see http_is_known */
    struct slice accept_language, content_type, authorization, user_agent;
    struct slice cookies; /* as sent; http_cookie reads them */
    struct slice peer; /* who asks: the text of an address, without port; of the proxy's client where one is trusted */
    bool is_secure;    /* it came over TLS, here or at a trusted proxy */
    /* One of our own pages sent it: `Sec-Fetch-Site: same-origin` or, of browsers that do not say that, an `Origin`
     * that is this very scheme and host. False when neither was sent. */
    bool is_same_origin;
    struct slice body; /* of a POST; empty where it was multipart/form-data */
    const struct http_field *fields;
    const struct http_file *files;
    size_t n_fields, n_files;
    struct arena *arena;
};

/* The first cookie of this name; false when there is none, or when the request carries `Authorization: Bearer`. The
 * value is as sent, without the quotes that some put around it. */
bool http_cookie(const struct http_request *request, const char *name, struct slice *value);
/* The first field of the form with this name; false (and *value is empty) when there is none. */
bool http_form(const struct http_request *request, const char *name, struct slice *value);
/* One field after another: `*at` begins with 0. False behind the last. */
bool http_form_next(const struct http_request *request, size_t *at, struct slice *name, struct slice *value);
/* The first file of the field with this name, or null. */
const struct http_file *http_form_file(const struct http_request *request, const char *name);

/* A body that is made while it is sent. `more` appends the next piece to `chunk` (empty when called) and returns false
 * when that was the last; a failed chunk breaks the connection, so that the client sees that it is not whole. `release`
 * is called once. */
struct http_stream {
    bool (*more)(void *context, struct buffer *chunk);
    void (*release)(void *context);
    void *context;
};

struct http_events; /* events.h */

/* What is answered. The seam hands it over with status 200, an empty body and the rest zero. Strings live in the
 * request's arena or longer. */
struct http_response {
    unsigned status;                           /* after a POST that did something: 303 with a location */
    const char *type;                          /* "text/html; charset=utf-8"; null: none */
    struct buffer body;                        /* owned by the response */
    struct slice fixed;                        /* or bytes that outlive the server, */
    struct slice fixed_gzip;                   /* and the same compressed */
    struct http_stream stream;                 /* or made while it is sent: where `more` is not null */
    struct http_events *events;                /* or what is told as it happens */
    char etag[HTTP_ETAG];                      /* without quotes; empty: none */
    bool is_immutable;                         /* the address names these very bytes: cache for a year */
    bool is_private;                           /* for this reader alone: no cache keeps it (Cache-Control: no-store) */
    bool is_foreign;                           /* somebody's bytes: nothing in them may run. Give it a file_name */
    const char *location;                      /* of a redirect */
    const char *language;                      /* "es"; null: not said */
    const char *file_name;                     /* offer it as a file of this name, in UTF-8 */
    const char *set_cookie[HTTP_MOST_COOKIES]; /* whole header values; null: none */
    const char *allow;                         /* of a 405; null: "GET, HEAD", and POST where it is taken */
    const char *www_authenticate;              /* of a 401 */
    unsigned retry_after;                      /* seconds; 0: not said, but 60 with 503 */
    bool is_for_head, is_secure;               /* set by the seam */
};

typedef void http_handler(void *context, const struct http_request *request, struct http_response *response);

struct http_options {
    const char *address; /* "127.0.0.1" (null), another of 127/8, "::1" or "localhost"; COMITY_REFUSED for what is not
                            loopback, unless: */
    bool may_listen_beyond; /* there is a log-in: any address of this machine will do, also "0.0.0.0" and "::" */
    uint16_t port;          /* 0: the system chooses; see http_port */
    unsigned threads;       /* 0: one for each processor, at least 2 */
    http_handler *handler;
    void *context;
    /* The most bytes that a request of this method may bring to this path; 0: not allowed there, 405. It is asked for
     * POST before anything of the body is read, from any thread. Null: no POST at all. */
    uint64_t (*body_limit)(void *context, enum http_method method, struct slice path);
    uint64_t most_file;       /* bytes of one file of a form; 0: only the body's limit counts */
    unsigned most_files;      /* files in one form; 0: none is taken */
    const char *spool_folder; /* for files of forms, while the request lasts; null: "/tmp" */
    /* Host names that are answered beside those of this machine, without port: "comity.example.org". */
    const char *const *names;
    size_t n_names;
    /* Another server stands before this one and sends X-Forwarded-Proto and X-Forwarded-For. Believed from loopback
     * addresses only. */
    bool trusts_proxy;
    /* PEM files, to be given both: a certificate with its chain, and its key. TLS 1.2 and 1.3 are then the only thing
     * spoken. See http_reload. */
    const char *tls_cert, *tls_key;
    /* May be null: one line for a log, from any thread. */
    void (*say)(void *context, const char *line);
};

struct http_server;

enum comity_status http_start(
    const struct http_options *options, struct http_server **out, struct comity_error *err) COMITY_MUST_USE;
uint16_t http_port(const struct http_server *server);
/* Reads the certificate and its key anew, for connections that come from now on; on failure the old ones stay. Does
 * nothing without TLS. Thread-safe. */
enum comity_status http_reload(struct http_server *server, struct comity_error *err) COMITY_MUST_USE;
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
/* Whether a Host header is one of these names, without regard to case, with any port. */
bool http_host_is_named(struct slice host, const char *const *names, size_t n_names);
/* Whether a Host header is an address instead of a name: this one or, where it stands for all of the machine
 * ("0.0.0.0",
 * "::"), any. No name is looked up for it, so that none can be bent. */
bool http_host_is_address(struct slice host, const char *address);
/* Whether a request carries `Authorization: Bearer` with something behind it. */
bool http_is_bearer(const struct http_request *request);
/* Whether an Accept-Encoding header takes gzip. */
bool http_takes_gzip(struct slice accept);

#endif
