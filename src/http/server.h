/* server.h - a store, served: pages and their twins on a loopback address, for reading only.
 *
 * The server answers from a snapshot. A thread of its own looks at the store's sequence number, and when something was
 * imported, linked or judged it builds the next snapshot while the present one goes on answering. Requests that are
 * under way keep theirs.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "comity.h"

#include <stdint.h>

struct server;

struct server_options {
    const char *store_path;
    const char *data_folder; /* null: as compiled in */
    const char *address;     /* null: 127.0.0.1; COMITY_REFUSED for what is not loopback */
    uint16_t port;           /* 0: the system chooses */
    const char *language;    /* for readers who name none that we have; null: "en" */
    unsigned threads;        /* 0: one for each processor */
};

/* Opens the store, builds the first snapshot and listens. On return requests are answered by other threads. */
enum comity_status server_start(
    const struct server_options *options, struct server **out, struct comity_error *err) COMITY_MUST_USE;
uint16_t server_port(const struct server *server);
/* Lets requests that are under way finish, stops the threads and closes the store. Null is allowed. */
void server_stop(struct server *server);

#endif
