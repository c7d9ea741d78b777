/* reply.h - a response on its way out: body, headers that all have, and refusals. Private to src/http. */
#ifndef HTTP_REPLY_H
#define HTTP_REPLY_H

#include "http/http.h"

#include <microhttpd.h>

/* What the seam answers by itself. `text` is a line for people. */
struct refusal {
    unsigned status; /* 0: none */
    const char *text;
    const char *allow; /* of a 405 */
    bool is_secure;
    bool closes; /* the line is not used again */
};

/* Queues it and releases what it holds, whatever happens. */
enum MHD_Result reply_send(struct MHD_Connection *connection, struct http_response *response);
enum MHD_Result reply_refuse(struct MHD_Connection *connection, const struct refusal *refusal);

#endif
