/* intake.h - what the store keeps of feeds: what is declared of each, how its last look went, what became of each file,
 * what was tried; and when a source has declared that it has nothing to report.
 *
 * The settings of feeds are a file of the person who runs the intake (docs/INTAKE.md); here is a copy of what a page
 * needs to show. None of it changes what is counted, so that the sequence number stays and no view is built anew; only
 * declarations count it up. An attempt that brought an import and every declaration have a line in the ledger.
 * Instants are seconds since 1970, 0: never.
 */
#ifndef STORE_INTAKE_H
#define STORE_INTAKE_H

#include "store/store.h"

/* ---- feeds ----------------------------------------------------------------------------------------------------- */

struct feed_row {
    /* Declared in the settings. */
    struct slice id, source, recipe, place; /* place: a folder with its pattern, or an address */
    bool is_address;
    int64_t every_s, expect_s; /* expect_s 0: the usual gap is learned */
    /* Found. */
    bool is_active;              /* stands in the settings that were used last */
    int64_t looked, due;         /* the last look, the next one */
    int64_t succeeded, brought;  /* the last look that went well, the last that brought an import */
    struct slice etag, modified; /* of the answer that was taken in last, with */
    struct slice recipe_hash;    /* this recipe */
    uint64_t n_failures;         /* of the address or the folder, in a row; files have their own */
    int64_t failing_since;
    struct slice error, hint;
};
/* Takes over what the settings say; what was found of a feed stays, but a new address forgets the old one's etag. Feeds
 * that are not among them stay with is_active false. */
enum comity_status store_feeds_declare(
    struct store *store, const struct feed_row *feeds, size_t n, struct comity_error *err) COMITY_MUST_USE;
/* All, by id. */
enum comity_status store_feeds(struct store *store, const struct reader *reader, struct arena *arena,
    struct feed_row **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;

/* A file of a folder as it was when it was last tried: until one of the numbers changes it is not tried again. */
struct feed_file {
    struct slice feed, name;
    uint64_t size;
    int64_t modified_ns, changed_ns; /* mtime, ctime */
    bool has_failed;
    struct slice recipe_hash; /* of the recipe that it was tried with */
    int64_t at;
    struct slice error, hint;
};
/* Those of one feed by name, or of all feeds (an empty id). */
enum comity_status store_feed_files(struct store *store, struct slice feed, bool only_failed, struct arena *arena,
    struct feed_file **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;
/* It is in the folder no more. */
enum comity_status store_feed_forget(
    struct store *store, struct slice feed, struct slice name, struct comity_error *err) COMITY_MUST_USE;

enum attempt_result { ATTEMPT_IMPORTED, ATTEMPT_ALREADY, ATTEMPT_FAILED, N_ATTEMPT_RESULTS };
const char *attempt_result_text(enum attempt_result result); /* "imported" */

struct attempt_row {
    uint64_t number;
    struct slice feed, item; /* the file's name, or the address */
    int64_t at, last;        /* the first and the last time that this came out */
    uint64_t times;          /* in a row */
    enum attempt_result result;
    uint64_t bytes, import, took_ms;
    struct slice error, hint;
};
/* Newest first, at most `most`. */
enum comity_status store_attempts(struct store *store, const struct reader *reader, size_t most, struct arena *arena,
    struct attempt_row **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;
/* Another one when there is a new attempt, or when a feed or a file begins or ceases to fail. */
enum comity_status store_intake_number(struct store *store, uint64_t *number, struct comity_error *err) COMITY_MUST_USE;

/* What one look, or the trying of one file, came to; written in one transaction. */
struct feed_record {
    struct slice feed;
    int64_t at, due;
    bool is_failed_look;             /* of the folder or the address as a whole */
    const struct attempt_row *tried; /* null: there was nothing to try. The same failure again counts up the last one */
    const struct feed_file *file;    /* of a folder */
    const struct feed_row *answer;   /* of an address that was taken in: etag, modified, recipe_hash */
    struct slice error, hint;        /* of a failed look */
};
enum comity_status store_feed_record(struct store *store, const struct feed_record *record, const struct reader *who,
    struct comity_error *err) COMITY_MUST_USE;

/* Whether an import or an undo came after the last linking. */
enum comity_status store_needs_link(struct store *store, bool *needs_link, struct comity_error *err) COMITY_MUST_USE;

/* ---- nothing to report ----------------------------------------------------------------------------------------- */

/* A source says that nothing happened from day to day. Silence says nothing. */
struct silence {
    uint64_t id;
    struct slice source;
    int32_t first_day, last_day;
    struct slice who, when, why;
    bool is_undone;
};
/* COMITY_NOTFOUND when neither an import nor a feed knows the source. */
enum comity_status store_silence_declare(struct store *store, const struct silence *silence, const struct reader *who,
    uint64_t *id, struct comity_error *err) COMITY_MUST_USE;
enum comity_status store_silence_undo(
    struct store *store, uint64_t id, const struct reader *who, struct comity_error *err) COMITY_MUST_USE;
/* All, oldest first; with `live_only` those that were not taken back. */
enum comity_status store_silences(struct store *store, const struct reader *reader, bool live_only, struct arena *arena,
    struct silence **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;

#endif
