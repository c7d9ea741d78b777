/* heads.h - the headers of one request, read once, and what follows from them: whose server is asked, from where, by
 * whom. Private to src/http.
 *
 * libmicrohttpd looks a header up by its first line. That two lines of one name may say two things is how requests are
 * smuggled past a proxy, so that headers of which there must be one are counted here. */
#ifndef HTTP_HEADS_H
#define HTTP_HEADS_H

#include "http/http.h"

struct MHD_Connection;

enum head {
    HEAD_HOST,
    HEAD_ORIGIN,
    HEAD_FETCH_SITE,
    HEAD_AUTHORIZATION,
    HEAD_CONTENT_TYPE,
    HEAD_CONTENT_LENGTH,
    HEAD_CONTENT_ENCODING,
    HEAD_TRANSFER_ENCODING,
    HEAD_COOKIE,
    HEAD_USER_AGENT,
    HEAD_ACCEPT_LANGUAGE,
    HEAD_IF_NONE_MATCH,
    HEAD_FORWARDED_FOR,
    HEAD_FORWARDED_PROTO,
    N_HEADS
};

struct heads {
    struct slice of[N_HEADS]; /* the last, where there are several */
    unsigned count[N_HEADS];
    struct arena *arena; /* cookies of several lines are joined in it */
    bool has_nul, is_out_of_memory;
};

/* Takes one header in. */
void heads_add(struct heads *heads, struct slice name, struct slice value);
void heads_read(struct heads *heads, struct MHD_Connection *connection, struct arena *arena);
/* Whether the headers contradict each other or cannot be: more than one Host, a length beside chunks, a NUL. */
bool heads_are_sound(const struct heads *heads);

/* Fills in what the request is told of its headers. `is_tls` and `peer` say what the line is; a trusted proxy's word
 * replaces them where `peer` is a loopback address. */
void heads_tell(const struct heads *heads, bool trusts_proxy, bool is_tls, struct slice peer, struct http_request *out);

#endif
