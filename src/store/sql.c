/* SQLite, checked. Transactions are explicit; the writer's lock is an flock() on a file beside the store, because an
 * import commits many batches before it is published and SQLite's own lock would be free between them. The kernel
 * gives the lock back when a process dies. */
#include "store/sql.h"

#include "base/calendar.h"
#include "base/error.h"

#include <stdarg.h>
#include <sys/file.h>
#include <time.h>

enum comity_status sql_fail(struct store *store, const char *doing, struct comity_error *err)
{
    int code = sqlite3_errcode(store->db) & 0xFF;
    enum comity_status status = COMITY_INTERNAL;
    switch (code) {
    case SQLITE_NOMEM:
        return error_nomem(err);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        status = COMITY_BUSY;
        break;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        status = COMITY_CORRUPT;
        break;
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
        status = COMITY_REFUSED;
        break;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
        status = COMITY_IO;
        break;
    case SQLITE_INTERRUPT:
        status = COMITY_CANCELLED;
        break;
    }
    error_set(err, status, "unable to %s '%s': %s", doing, store->path, sqlite3_errmsg(store->db));
    if (code == SQLITE_FULL)
        error_hint(err, "make room on the disk and try again; nothing that was acknowledged is lost");
    return status;
}

enum comity_status sql_exec(struct store *store, const char *sql, struct comity_error *err)
{
    return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? COMITY_OK : sql_fail(store, "use", err);
}

enum comity_status sql_prepare(struct store *store, const char *sql, sqlite3_stmt **out, struct comity_error *err)
{
    return sqlite3_prepare_v3(store->db, sql, -1, 0, out, NULL) == SQLITE_OK ? COMITY_OK : sql_fail(store, "use", err);
}

/* An empty slice may have a null pointer, which SQLite would take for NULL. */
static int bind_slice(sqlite3_stmt *statement, int at, struct slice s, bool is_text)
{
    const char *ptr = s.ptr ? s.ptr : "";
    return is_text ? sqlite3_bind_text64(statement, at, ptr, s.len, SQLITE_STATIC, SQLITE_UTF8)
                   : sqlite3_bind_blob64(statement, at, ptr, s.len, SQLITE_STATIC);
}

static int bind_one(sqlite3_stmt *statement, int at, char type, va_list *args)
{
    switch (type) {
    case 'i':
        return sqlite3_bind_int64(statement, at, va_arg(*args, int64_t));
    case 'u':
        return sqlite3_bind_int64(statement, at, (int64_t)va_arg(*args, uint64_t));
    case 'd':
        return sqlite3_bind_double(statement, at, va_arg(*args, double));
    case 't':
    case 'b':
        return bind_slice(statement, at, va_arg(*args, struct slice), type == 't');
    default:
        return sqlite3_bind_null(statement, at);
    }
}

static int bind_all(sqlite3_stmt *statement, const char *types, va_list *args)
{
    int result = SQLITE_OK;
    sqlite3_reset(statement);
    for (int i = 0; types[i] && result == SQLITE_OK; i++)
        result = bind_one(statement, i + 1, types[i], args);
    return result;
}

enum comity_status sql_bind(
    struct store *store, sqlite3_stmt *statement, struct comity_error *err, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    int result = bind_all(statement, types, &args);
    va_end(args);
    return result == SQLITE_OK ? COMITY_OK : sql_fail(store, "write to", err);
}

enum comity_status sql_step(struct store *store, sqlite3_stmt *statement, bool *has_row, struct comity_error *err)
{
    int result = sqlite3_step(statement);
    if (has_row)
        *has_row = result == SQLITE_ROW;
    if (result == SQLITE_ROW || result == SQLITE_DONE)
        return COMITY_OK;
    return sql_fail(store, sqlite3_stmt_readonly(statement) ? "read" : "write to", err);
}

enum comity_status sql_run(struct store *store, struct comity_error *err, const char *sql, const char *types, ...)
{
    sqlite3_stmt *statement = NULL;
    va_list args;
    enum comity_status status = sql_prepare(store, sql, &statement, err);
    if (status)
        return status;
    va_start(args, types);
    int result = bind_all(statement, types, &args);
    va_end(args);
    status = result == SQLITE_OK ? sql_step(store, statement, NULL, err) : sql_fail(store, "write to", err);
    sqlite3_finalize(statement);
    return status;
}

enum comity_status sql_number(struct store *store, struct comity_error *err, uint64_t *number, uint64_t otherwise,
    const char *sql, const char *types, ...)
{
    sqlite3_stmt *statement = NULL;
    bool has_row = false;
    va_list args;
    *number = otherwise;
    enum comity_status status = sql_prepare(store, sql, &statement, err);
    if (status)
        return status;
    va_start(args, types);
    int result = bind_all(statement, types, &args);
    va_end(args);
    status = result == SQLITE_OK ? sql_step(store, statement, &has_row, err) : sql_fail(store, "read", err);
    if (!status && has_row && sqlite3_column_type(statement, 0) != SQLITE_NULL)
        *number = sql_u64(statement, 0);
    sqlite3_finalize(statement);
    return status;
}

struct slice sql_slice(sqlite3_stmt *statement, int column)
{
    const char *ptr = sqlite3_column_blob(statement, column);
    return slice_of(ptr, ptr ? (size_t)sqlite3_column_bytes(statement, column) : 0);
}

bool sql_copy(sqlite3_stmt *statement, int column, struct arena *arena, struct slice *out)
{
    *out = arena_copy(arena, sql_slice(statement, column));
    return out->ptr != NULL;
}

/* ---- pairs of numbers -------------------------------------------------------------------------------------------- */

static enum comity_status prepare_pairs(
    const struct sql_pairs *pairs, size_t n, sqlite3_stmt **out, struct comity_error *err)
{
    struct buffer sql;
    if (*out)
        return COMITY_OK;
    buffer_init(&sql, 4096);
    buffer_add_string(&sql, pairs->insert);
    for (size_t i = 0; i < n; i++)
        buffer_add_string(&sql, i ? ",(?,?)" : "(?,?)");
    enum comity_status status = sql.failed ? error_nomem(err) : sql_prepare(pairs->store, sql.ptr, out, err);
    buffer_release(&sql);
    return status;
}

static enum comity_status put_pairs(
    const struct sql_pairs *pairs, sqlite3_stmt *statement, const uint64_t *numbers, int n, struct comity_error *err)
{
    int result = SQLITE_OK;
    sqlite3_reset(statement);
    for (int i = 0; i < n && result == SQLITE_OK; i++)
        result = sqlite3_bind_int64(statement, i + 1, (int64_t)numbers[i]);
    return result == SQLITE_OK ? sql_step(pairs->store, statement, NULL, err) : sql_fail(pairs->store, "write to", err);
}

enum comity_status sql_pairs_add(struct sql_pairs *pairs, uint64_t x, uint64_t y, struct comity_error *err)
{
    pairs->numbers[pairs->n++] = x;
    pairs->numbers[pairs->n++] = y;
    if (pairs->n < 2 * PAIRS_AT_ONCE)
        return COMITY_OK;
    enum comity_status status = prepare_pairs(pairs, PAIRS_AT_ONCE, &pairs->many, err);
    if (!status)
        status = put_pairs(pairs, pairs->many, pairs->numbers, pairs->n, err);
    pairs->n = 0;
    return status;
}

enum comity_status sql_pairs_end(struct sql_pairs *pairs, enum comity_status status, struct comity_error *err)
{
    if (!status && pairs->n)
        status = prepare_pairs(pairs, 1, &pairs->one, err);
    for (int i = 0; !status && i < pairs->n; i += 2)
        status = put_pairs(pairs, pairs->one, &pairs->numbers[i], 2, err);
    sqlite3_finalize(pairs->many);
    sqlite3_finalize(pairs->one);
    pairs->many = pairs->one = NULL;
    pairs->n = 0;
    return status;
}

/* ---- many rows, one row --------------------------------------------------------------------------------------- */

static enum comity_status prepare_bound(struct store *store, const char *sql, const char *types, va_list *args,
    sqlite3_stmt **out, struct comity_error *err)
{
    enum comity_status status = sql_prepare(store, sql, out, err);
    if (!status && bind_all(*out, types, args) != SQLITE_OK)
        status = sql_fail(store, "read", err);
    return status;
}

/* Room for one more item, zeroed. What is outgrown stays in the arena: as much again at most. */
static void *next_item(struct sql_items *items, size_t *room, size_t size, struct arena *arena)
{
    if (items->n == *room) {
        void *more = arena_zero(arena, 2 * *room, size);
        if (!more)
            return NULL;
        memcpy(more, items->at, items->n * size);
        items->at = more;
        *room *= 2;
    }
    return (char *)items->at + items->n++ * size;
}

static enum comity_status read_items(struct store *store, sqlite3_stmt *row, struct arena *arena, size_t size,
    sql_reader *read, struct sql_items *out, struct comity_error *err)
{
    size_t room = 8;
    bool has_row = false;
    enum comity_status status = (out->at = arena_zero(arena, room, size)) ? COMITY_OK : error_nomem(err);
    while (!status && !(status = sql_step(store, row, &has_row, err)) && has_row) {
        void *item = next_item(out, &room, size, arena);
        status = item && read(row, arena, item) ? COMITY_OK : error_nomem(err);
    }
    return status;
}

enum comity_status sql_list(struct store *store, struct arena *arena, size_t size, sql_reader *read,
    struct sql_items *out, struct comity_error *err, const char *sql, const char *types, ...)
{
    sqlite3_stmt *row = NULL;
    va_list args;
    *out = (struct sql_items){0};
    enum comity_status status = read_begin(store, err);
    if (status)
        return status;
    va_start(args, types);
    status = prepare_bound(store, sql, types, &args, &row, err);
    va_end(args);
    if (!status)
        status = read_items(store, row, arena, size, read, out, err);
    sqlite3_finalize(row);
    read_end(store);
    return status;
}

enum comity_status sql_find(struct store *store, struct arena *arena, sql_reader *read, void *item,
    const char *otherwise, struct comity_error *err, const char *sql, const char *types, ...)
{
    sqlite3_stmt *row = NULL;
    bool has_row = false;
    va_list args;
    va_start(args, types);
    enum comity_status status = prepare_bound(store, sql, types, &args, &row, err);
    va_end(args);
    if (!status)
        status = sql_step(store, row, &has_row, err);
    if (!status && !has_row)
        status = error_set(err, COMITY_NOTFOUND, "%s", otherwise);
    if (!status && !read(row, arena, item))
        status = error_nomem(err);
    sqlite3_finalize(row);
    return status;
}

/* ---- transactions -------------------------------------------------------------------------------------------- */

void rollback(struct store *store)
{
    if (!store->db || sqlite3_get_autocommit(store->db))
        return;
    sqlite3_step(store->rollback);
    sqlite3_reset(store->rollback);
    /* Even this may fail for want of memory; left open, the transaction would stand in the way of the next. */
    if (!sqlite3_get_autocommit(store->db))
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
}

enum comity_status relax_sync(struct store *store, bool is_relaxed, struct comity_error *err)
{
    if (store->is_relaxed == is_relaxed)
        return COMITY_OK;
    enum comity_status status =
        sql_exec(store, is_relaxed ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL", err);
    if (!status)
        store->is_relaxed = is_relaxed;
    return status;
}

enum comity_status read_begin(struct store *store, struct comity_error *err)
{
    /* Within a writing transaction there is a snapshot already. */
    if (!sqlite3_get_autocommit(store->db))
        return COMITY_OK;
    enum comity_status status = sql_exec(store, "BEGIN", err);
    store->is_reading = !status;
    return status;
}

void read_end(struct store *store)
{
    if (store->is_reading)
        rollback(store);
    store->is_reading = false;
}

static bool try_lock(int fd, unsigned wait_ms)
{
    uint64_t until = clock_ms() + wait_ms;
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (clock_ms() >= until)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
    }
    return true;
}

enum comity_status store_may_write(const struct store *store, struct comity_error *err)
{
    if (store->mode == STORE_WRITE)
        return COMITY_OK;
    return error_set(err, COMITY_REFUSED, "'%s' was opened for reading only", store->path);
}

enum comity_status writer_lock(struct store *store, struct comity_error *err)
{
    enum comity_status status = store_may_write(store, err);
    if (status)
        return status;
    if (store->is_writing)
        return error_set(err, COMITY_USAGE, "an import into '%s' is not finished yet", store->path);
    if (!try_lock(store->lock_fd, store->wait_ms)) {
        error_set(err, COMITY_BUSY, "somebody else is writing to '%s'", store->path);
        error_hint(err, "wait until it is done, or give a longer wait");
        return COMITY_BUSY;
    }
    store->is_writing = true;
    return COMITY_OK;
}

void writer_unlock(struct store *store)
{
    if (store->is_writing)
        flock(store->lock_fd, LOCK_UN);
    store->is_writing = false;
}

enum comity_status write_begin(struct store *store, struct comity_error *err)
{
    enum comity_status status = writer_lock(store, err);
    if (status)
        return status;
    status = relax_sync(store, false, err);
    if (!status)
        status = sql_exec(store, "BEGIN IMMEDIATE", err);
    if (status)
        writer_unlock(store);
    return status;
}

enum comity_status write_end(struct store *store, enum comity_status status, struct comity_error *err)
{
    if (!status)
        status = sql_exec(store, "COMMIT", err);
    if (status)
        rollback(store);
    writer_unlock(store);
    return status;
}

enum comity_status brief_begin(struct store *store, struct comity_error *err)
{
    enum comity_status status = store_may_write(store, err);
    if (!status)
        status = relax_sync(store, false, err);
    return status ? status : sql_exec(store, "BEGIN IMMEDIATE", err);
}

enum comity_status brief_end(struct store *store, enum comity_status status, struct comity_error *err)
{
    if (!status)
        status = sql_exec(store, "COMMIT", err);
    if (status)
        rollback(store);
    return status;
}

enum comity_status sequence_next(struct store *store, struct comity_error *err)
{
    return sql_exec(store, "UPDATE state SET sequence = sequence + 1", err);
}
