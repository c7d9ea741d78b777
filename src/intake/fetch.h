/* fetch.h - files from addresses, several at once, without waiting for any: a seam over libcurl's multi interface.
 *
 * One thread owns a fetcher. It begins requests, waits (also for descriptors of its own), and takes what has ended. A
 * request asks conditionally where an etag or a date is known; its answer goes to a file that is synced before the end
 * is told, and that nothing is left of when it failed. TLS is verified. Only http and https; a redirect from https to
 * http, and one to a private address unless that is allowed, is refused by the address that is connected to, whatever
 * name it had. Proxies of the environment are not used.
 */
#ifndef INTAKE_FETCH_H
#define INTAKE_FETCH_H

#include "base/arena.h"
#include "comity.h"

struct fetcher;

struct fetch_request {
    const char *url, *ca, *proxy; /* ca, proxy: null for none */
    struct slice etag, modified;  /* of what is there already; empty: ask for all */
    const char *path;             /* where the answer goes */
    uint64_t most_bytes;
    int64_t timeout_ms; /* to connect, and without a byte */
    bool may_be_private;
    size_t tag; /* the caller's, to know it again */
};

enum fetch_outcome { FETCH_TAKEN, FETCH_SAME, FETCH_FAILED };

struct fetch_result {
    size_t tag;
    enum fetch_outcome outcome;
    bool is_worth_retrying; /* the server or the line may be well again soon */
    int64_t retry_after_s;  /* what the server asked for; 0: nothing */
    uint64_t bytes;
    char etag[256], modified[64], type[96];
    char name[128];          /* what the file may be called: from the address, safe as a file's name */
    struct comity_error err; /* when it failed: what, and how to mend it */
};

enum comity_status fetcher_open(struct fetcher **out, struct comity_error *err) COMITY_MUST_USE;
/* Requests under way are dropped, with their files. Null is allowed. */
void fetcher_close(struct fetcher *fetcher);

/* Texts need to live during the call only. */
enum comity_status fetcher_begin(
    struct fetcher *fetcher, const struct fetch_request *request, struct comity_error *err) COMITY_MUST_USE;
/* Waits until something happens on a request or can be read from one of `fds`, at most `timeout_ms`, and works on what
 * there is. *is_readable (may be null): whether one of `fds` can be read. */
enum comity_status fetcher_wait(struct fetcher *fetcher, const int *fds, size_t n_fds, int64_t timeout_ms,
    bool *is_readable, struct comity_error *err) COMITY_MUST_USE;
/* Takes one that has ended. False when there is none. */
bool fetcher_take(struct fetcher *fetcher, struct fetch_result *out);

/* Whether a file looks like a web page or like nothing where data was expected: what it is, or null. */
const char *fetch_rubbish(struct slice first_bytes, const char *content_type);
/* Whether a socket address is of this machine, this network or no single host. */
struct sockaddr;
bool fetch_is_private(const struct sockaddr *address);
/* The address as people may see it: without a password and without what stands behind "?". */
struct slice fetch_shown_address(struct arena *arena, const char *url);

#endif
