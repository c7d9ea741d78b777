/* comity.h - the public API of libcomity.
 *
 * Comity takes what many sources say about the same events and keeps one record per event, traceable to every
 * source. This header is the manual of the library; `examples/import_and_link.c` shows it in use.
 *
 * Life of a program: open a store with comity_open(), give it files with comity_import(), let it find which reports
 * tell of the same event with comity_link(), ask with comity_query(), close with comity_close().
 *
 * Ownership: strings and handles that you pass in stay yours and need to live only during the call. What a function
 * hands out as `struct comity_text` is yours: give it back with comity_text_free().
 * Threads: one handle may be used by one thread at a time; several handles on one store may be used at once, also
 * from several processes (one of them writes at a time, the others get COMITY_BUSY or wait as told).
 * Errors: every fallible function returns a status and, where `err` is not null, writes the detail there: what went
 * wrong, in which file, line and column, and how to mend it. On failure nothing has changed.
 * The library never prints, never exits, never reads the environment and keeps no globals.
 */
#ifndef COMITY_H
#define COMITY_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define COMITY_VERSION_MAJOR 0
#define COMITY_VERSION_MINOR 1
#define COMITY_VERSION_PATCH 0
#define COMITY_VERSION "0.1.0"

#if defined(__GNUC__)
#define COMITY_MUST_USE __attribute__((warn_unused_result))
#define COMITY_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#define COMITY_MUST_USE
#define COMITY_PRINTF(text, first)
#endif

/* One table for all that can go wrong: symbol, text, HTTP status, exit status of the command line. */
#define COMITY_STATUS_TABLE(X)                                                                                         \
    X(OK, "ok", 200, 0)                                                                                                \
    X(NOMEM, "out of memory", 503, 1)                                                                                  \
    X(IO, "reading or writing failed", 500, 1)                                                                         \
    X(CORRUPT, "the store is damaged", 500, 1)                                                                         \
    X(INTERNAL, "an internal fault", 500, 1)                                                                           \
    X(USAGE, "wrong use", 400, 2)                                                                                      \
    X(SYNTAX, "not understood", 400, 2)                                                                                \
    X(INPUT, "the input is not what was expected", 422, 1)                                                             \
    X(REJECTED, "some rows were rejected", 422, 3)                                                                     \
    X(NOTFOUND, "not found", 404, 4)                                                                                   \
    X(LOGIN, "not logged in", 401, 5)                                                                                  \
    X(REFUSED, "refused", 403, 5)                                                                                      \
    X(BUSY, "somebody else is writing", 409, 6)                                                                        \
    X(CONFLICT, "in conflict with what is there", 409, 6)                                                              \
    X(LIMIT, "over a limit", 413, 1)                                                                                   \
    X(UNSUPPORTED, "not supported", 415, 1)                                                                            \
    X(CANCELLED, "stopped on request", 503, 130)                                                                       \
    X(FEED, "a feed failed", 502, 7)

enum comity_status {
#define X(symbol, text, http, exit) COMITY_##symbol,
    COMITY_STATUS_TABLE(X)
#undef X
};

/* Detail of a failure. `where` names a file, an address or a field; line and column count from 1, 0 is "not known".
 * Messages have no capital and no full stop; `hint` says how to mend it, or is empty. */
struct comity_error {
    enum comity_status status;
    uint32_t line, column;
    char where[256];
    char message[512];
    char hint[256];
};

const char *comity_status_text(enum comity_status status);
int comity_status_http(enum comity_status status);
int comity_status_exit(enum comity_status status);
const char *comity_version(void);

/* ---- the handle ---------------------------------------------------------------------------------------------- */

struct comity; /* an open store with its domain pack */

struct comity_options {
    const char *data_folder; /* where domains/ and gazetteer.bin are; null: the place that was compiled in */
    int read_only;
    unsigned wait_ms; /* how long to wait for another writer; 0: not at all */
    /* Called now and then during long work; a result of 0 asks it to stop. May be null. */
    int (*progress)(void *context, const char *stage, uint64_t done, uint64_t total);
    void *progress_context;
};

/* Text that the library made: NUL-terminated UTF-8, `len` without the NUL. */
struct comity_text {
    char *ptr;
    size_t len;
};
void comity_text_free(struct comity_text *text);

/* Creates a store file for a domain pack ("drugs"). COMITY_CONFLICT if the file exists. `options` may be null, here and
 * below. */
enum comity_status comity_create(const char *path, const char *domain, const struct comity_options *options,
    struct comity_error *err) COMITY_MUST_USE;
enum comity_status comity_open(const char *path, const struct comity_options *options, struct comity **out,
    struct comity_error *err) COMITY_MUST_USE;
void comity_close(struct comity *comity);

/* Imports one file with a recipe (a path, or the name of one in the domain pack). `receipt` (may be null) becomes a
 * JSON object: import number, counts, totals, rejects. The same file twice adds nothing. */
enum comity_status comity_import(struct comity *comity, const char *path, const char *recipe,
    struct comity_text *receipt, struct comity_error *err) COMITY_MUST_USE;
enum comity_status comity_undo_import(struct comity *comity, uint64_t number, struct comity_error *err) COMITY_MUST_USE;

/* Finds which mentions tell of the same event. `report` (may be null): a JSON object. */
enum comity_status comity_link(
    struct comity *comity, struct comity_text *report, struct comity_error *err) COMITY_MUST_USE;

/* Answers a query as JSON (docs/QUERY.md): totals, facets, timeline, marks and one page of rows. */
enum comity_status comity_query(
    struct comity *comity, const char *query, struct comity_text *answer, struct comity_error *err) COMITY_MUST_USE;
/* One entity as JSON: resolved values, every source's statement, judgements. */
enum comity_status comity_show(
    struct comity *comity, uint64_t entity, struct comity_text *answer, struct comity_error *err) COMITY_MUST_USE;
/* Why two mentions are, or are not, one event, as JSON. */
enum comity_status comity_why(struct comity *comity, uint64_t mention_a, uint64_t mention_b, struct comity_text *answer,
    struct comity_error *err) COMITY_MUST_USE;

#ifdef __cplusplus
}
#endif
#endif
