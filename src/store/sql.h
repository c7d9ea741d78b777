/* sql.h - the store's way to SQLite: every statement prepared, every call checked, every failure told in our words.
 *
 * Private to src/store. A statement that was handed out is given back with sqlite3_finalize (null is fine).
 * Bind and column types are letters: i int64_t · u uint64_t (kept bit for bit) · d double · t struct slice as text ·
 * b struct slice as bytes · n null (takes no argument).
 */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "store/store.h"

#include <sqlite3.h>

enum { STORE_BUSY_MS = 5000 }; /* how long SQLite's own short locks are waited for */

struct store {
    sqlite3 *db;
    char *path;
    char *domain_id;
    enum store_mode mode;
    unsigned wait_ms;
    int lock_fd;     /* of the writer's lock file; -1 when reading */
    bool is_shared;  /* by threads: SQLite locks it for each call */
    bool is_writing; /* this handle holds the writer's lock */
    bool is_reading; /* between read_begin and read_end, if they made the transaction */
    bool is_relaxed; /* commits do not wait for the disk now */
    sqlite3_stmt *rollback;
    struct store_import *import; /* the one that is open */
};

/* The failure that SQLite told last, as a status with its text. `doing`: "read the imports". */
enum comity_status sql_fail(struct store *store, const char *doing, struct comity_error *err);

enum comity_status sql_exec(struct store *store, const char *sql, struct comity_error *err) COMITY_MUST_USE;
enum comity_status sql_prepare(
    struct store *store, const char *sql, sqlite3_stmt **out, struct comity_error *err) COMITY_MUST_USE;
/* Resets the statement and binds all its parameters. Texts and bytes must stay until it was stepped. */
enum comity_status sql_bind(
    struct store *store, sqlite3_stmt *statement, struct comity_error *err, const char *types, ...) COMITY_MUST_USE;
/* One step: *has_row (may be null, when none is expected) tells whether there is a row. */
enum comity_status sql_step(
    struct store *store, sqlite3_stmt *statement, bool *has_row, struct comity_error *err) COMITY_MUST_USE;
/* Prepare, bind, step once, finalize. */
enum comity_status sql_run(
    struct store *store, struct comity_error *err, const char *sql, const char *types, ...) COMITY_MUST_USE;
/* The first column of the first row as a number; `otherwise` when there is no row or it is null. */
enum comity_status sql_number(struct store *store, struct comity_error *err, uint64_t *number, uint64_t otherwise,
    const char *sql, const char *types, ...) COMITY_MUST_USE;

/* Columns of the row at hand. A slice is good until the next step. */
struct slice sql_slice(sqlite3_stmt *statement, int column);
static inline uint64_t sql_u64(sqlite3_stmt *statement, int column)
{
    return (uint64_t)sqlite3_column_int64(statement, column);
}
/* The text copied into the arena; false when memory is out. */
bool sql_copy(sqlite3_stmt *statement, int column, struct arena *arena, struct slice *out);

/* Rows of two numbers on their way into a table, in the order in which they come: many to a statement, which takes half
 * of the time of one at a time. Of those that were added none is there for certain before sql_pairs_end(). */
enum { PAIRS_AT_ONCE = 64 };
struct sql_pairs {
    struct store *store;
    const char *insert; /* up to VALUES; OR FAIL spares SQLite to keep what it would take a statement back by */
    sqlite3_stmt *many, *one;
    uint64_t numbers[2 * PAIRS_AT_ONCE];
    int n; /* of numbers */
};
enum comity_status sql_pairs_add(
    struct sql_pairs *pairs, uint64_t x, uint64_t y, struct comity_error *err) COMITY_MUST_USE;
/* Puts in what is left, where `status` is OK, and ends the statements. Returns `status`, or what went wrong. */
enum comity_status sql_pairs_end(
    struct sql_pairs *pairs, enum comity_status status, struct comity_error *err) COMITY_MUST_USE;

/* All rows of a query, in one snapshot: `read` copies each into an item of `size` bytes, zeroed before, and says
 * whether memory sufficed. Items and what they hold are in the arena; `at` is never null when it succeeds. */
typedef bool sql_reader(sqlite3_stmt *row, struct arena *arena, void *item);
struct sql_items {
    void *at;
    size_t n;
};
enum comity_status sql_list(struct store *store, struct arena *arena, size_t size, sql_reader *read,
    struct sql_items *out, struct comity_error *err, const char *sql, const char *types, ...) COMITY_MUST_USE;
/* The first row likewise; COMITY_NOTFOUND with the sentence `otherwise` when there is none. */
enum comity_status sql_find(struct store *store, struct arena *arena, sql_reader *read, void *item,
    const char *otherwise, struct comity_error *err, const char *sql, const char *types, ...) COMITY_MUST_USE;

/* ---- transactions -------------------------------------------------------------------------------------------- */

/* Reading: one snapshot from begin to end. */
enum comity_status read_begin(struct store *store, struct comity_error *err) COMITY_MUST_USE;
void read_end(struct store *store);

/* The writer's lock: between processes and between handles of one process. COMITY_BUSY after the wait; COMITY_REFUSED
 * on a handle for reading; COMITY_USAGE while this handle is in the middle of an import. */
enum comity_status writer_lock(struct store *store, struct comity_error *err) COMITY_MUST_USE;
void writer_unlock(struct store *store);

/* Lock and BEGIN; then COMMIT (with `status` OK) or ROLLBACK, and unlock. write_end returns `status`, or what the
 * commit said. */
enum comity_status write_begin(struct store *store, struct comity_error *err) COMITY_MUST_USE;
enum comity_status write_end(struct store *store, enum comity_status status, struct comity_error *err) COMITY_MUST_USE;

/* The same without the writer's lock, for what has nothing to do with records: waits for SQLite's own lock only, which
 * an import gives free between its batches. COMITY_BUSY after five seconds. */
enum comity_status brief_begin(struct store *store, struct comity_error *err) COMITY_MUST_USE;
enum comity_status brief_end(struct store *store, enum comity_status status, struct comity_error *err) COMITY_MUST_USE;

/* Ends a transaction, if there is one, as if it had not been. Needs no memory. */
void rollback(struct store *store);

/* Commits wait for the disk; but while an import is being written they need not. */
enum comity_status relax_sync(struct store *store, bool is_relaxed, struct comity_error *err) COMITY_MUST_USE;

/* Counts the sequence number up, within a writing transaction. */
enum comity_status sequence_next(struct store *store, struct comity_error *err) COMITY_MUST_USE;

/* ---- schema -------------------------------------------------------------------------------------------------- */

enum { STORE_APPLICATION_ID = 0x436F6D79, STORE_SCHEMA_VERSION = 9 }; /* "Comy" */
/* Makes the tables of a new file, or brings an older file forward, within one transaction. */
enum comity_status schema_migrate(struct store *store, struct comity_error *err) COMITY_MUST_USE;
/* Takes away what a crash left of imports that were never published. Needs the writer's lock. */
enum comity_status clear_unpublished(struct store *store, struct comity_error *err) COMITY_MUST_USE;

/* ---- ledger -------------------------------------------------------------------------------------------------- */

/* Adds a line, within a writing transaction. `detail_json`: an object. */
enum comity_status ledger_add(struct store *store, struct slice who, const char *what, struct slice detail_json,
    struct comity_error *err) COMITY_MUST_USE;
/* The same where the object is made for it: ledger_open() begins it, the caller adds members (json.h), ledger_close()
 * ends it, adds the line and releases the buffer in any case. */
void ledger_open(struct buffer *detail);
enum comity_status ledger_close(struct store *store, struct slice who, const char *what, struct buffer *detail,
    struct comity_error *err) COMITY_MUST_USE;

#endif
