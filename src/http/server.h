/* server.h - a store, served: pages and their twins on a loopback address; and the door, where people have accounts.
 *
 * The server answers from a snapshot. A thread of its own looks at the store's sequence number, and when something was
 * imported, linked or judged it builds the next snapshot while the present one goes on answering. Requests that are
 * under way keep theirs. Pages that listen at /events are told of it.
 *
 * Where people have accounts, and the pack has restricted fields, that thread makes one more snapshot behind the other:
 * of those who may not see them, linked by itself (flow/desk.h). Until the first is there such a reader waits.
 *
 * Backups, where they are asked for, are made on one more thread, from a reading handle of its own.
 *
 * With settings of feeds the server takes them in too, on one more thread with a writing handle of its own; while that
 * imports and links, no snapshot is built of what is only half done, and the one that linking leaves is taken as it is.
 */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "comity.h"

#include <stdbool.h>
#include <stdint.h>

struct server;

struct server_options {
    const char *store_path;
    const char *data_folder; /* null: as compiled in */
    const char *address;  /* null: 127.0.0.1; COMITY_REFUSED for what is not loopback, until somebody has an account */
    uint16_t port;        /* 0: the system chooses */
    const char *language; /* for readers who name none that we have; null: "en" */
    unsigned threads;     /* 0: one for each processor */
    const char *const *names; /* host names that are answered beside this machine's (http.h) */
    size_t n_names;
    bool trusts_proxy;              /* X-Forwarded-* from loopback is believed (http.h) */
    const char *tls_cert, *tls_key; /* PEM files, both or neither */
    const char *intake;             /* settings of feeds (intake/settings.h), or null */
    unsigned wait_ms;               /* for another writer, when taking in */
    /* Backups of its own (keep/schedule.h); a null folder: none. */
    const char *backup_folder, *backup_passphrase_file;
    int64_t backup_every_s;
    uint64_t backup_keep;
    bool has_accounts; /* people log in, from the first account on; a store that has accounts says so itself */
    /* May be null: one line for a log, from any thread. */
    void (*say)(void *context, const char *line);
    void *say_context;
};

/* Opens the store, builds the first snapshot and listens. On return requests are answered by other threads. */
enum comity_status server_start(
    const struct server_options *options, struct server **out, struct comity_error *err) COMITY_MUST_USE;
uint16_t server_port(const struct server *server);
/* What makes the first administrator: the end of /join/…; empty where nobody is awaited. */
const char *server_first_link(const struct server *server);
/* Reads the certificate and its key anew; on failure the old ones stay. Thread-safe. */
enum comity_status server_reload(struct server *server, struct comity_error *err) COMITY_MUST_USE;
/* Lets requests that are under way finish, stops the threads and closes the store. Null is allowed. */
void server_stop(struct server *server);

#endif
