/* Making, opening and closing a store. The page cache is fixed, so that memory does not grow with the file; the WAL is
 * checkpointed every 32 MB. */
#include "store/sql.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 };

static const char settings[] = "PRAGMA synchronous = FULL;"
                               "PRAGMA foreign_keys = ON;"
                               "PRAGMA cache_size = -32768;"
                               "PRAGMA temp_store = FILE;"
                               "PRAGMA wal_autocheckpoint = 4096;"
                               "PRAGMA journal_size_limit = 67108864;";

static enum comity_status open_lock(struct store *store, struct comity_error *err)
{
    char path[PATH_ROOM];
    int len = snprintf(path, sizeof path, "%s-lock", store->path);
    if (len < 0 || (size_t)len >= sizeof path)
        return error_set(err, COMITY_USAGE, "the path is too long: '%s'", store->path);
    store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    return store->lock_fd < 0 ? error_io(err, "create", path) : COMITY_OK;
}

static enum comity_status open_database(struct store *store, bool is_new, struct comity_error *err)
{
    int flags = SQLITE_OPEN_READWRITE | (is_new ? SQLITE_OPEN_CREATE : 0) |
                (store->is_shared ? SQLITE_OPEN_FULLMUTEX : SQLITE_OPEN_NOMUTEX);
    int result = sqlite3_open_v2(store->path, &store->db, flags, NULL);
    if (result == SQLITE_NOMEM || !store->db)
        return error_nomem(err);
    if (result != SQLITE_OK)
        return sql_fail(store, "open", err);
    sqlite3_extended_result_codes(store->db, 1);
    /* The wait for another writer is the lock file's; this one is for SQLite's own short locks. */
    sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
    return sql_prepare(store, "ROLLBACK", &store->rollback, err);
}

/* A file that is no store of ours must not be touched, thus this comes before any setting that writes. */
static enum comity_status check_kind(struct store *store, struct comity_error *err)
{
    uint64_t kind, version;
    enum comity_status status = sql_number(store, err, &kind, 0, "PRAGMA application_id", "");
    if (!status)
        status = sql_number(store, err, &version, 0, "PRAGMA user_version", "");
    if (status == COMITY_CORRUPT)
        return error_set(err, COMITY_INPUT, "'%s' is not a Comity store, or it is damaged", store->path);
    if (status)
        return status;
    if (kind != STORE_APPLICATION_ID)
        return error_set(err, COMITY_INPUT, "'%s' is not a Comity store", store->path);
    if (version > STORE_SCHEMA_VERSION) {
        error_set(err, COMITY_UNSUPPORTED, "'%s' was written by a newer Comity (schema %u, this one knows %d)",
            store->path, (unsigned)version, STORE_SCHEMA_VERSION);
        error_hint(err, "use that version or a later one");
        return COMITY_UNSUPPORTED;
    }
    if (version < STORE_SCHEMA_VERSION && store->mode == STORE_READ)
        return error_set(err, COMITY_CONFLICT, "'%s' has the tables of an older Comity", store->path);
    return COMITY_OK;
}

static enum comity_status read_domain(struct store *store, struct comity_error *err)
{
    sqlite3_stmt *statement = NULL;
    bool has_row = false;
    enum comity_status status = sql_prepare(store, "SELECT domain FROM state", &statement, err);
    if (!status)
        status = sql_step(store, statement, &has_row, err);
    if (!status && !has_row)
        status = error_set(err, COMITY_CORRUPT, "'%s' does not say which domain it is for", store->path);
    if (!status) {
        struct slice id = sql_slice(statement, 0);
        store->domain_id = strndup(id.ptr ? id.ptr : "", id.len);
        status = store->domain_id ? COMITY_OK : error_nomem(err);
    }
    sqlite3_finalize(statement);
    return status;
}

/* What a crash left is cleared when nobody is writing now; otherwise the next writer does it. Older tables cannot wait:
 * whoever writes now is an older program, and its end is waited for. */
static enum comity_status tidy(struct store *store, struct comity_error *err)
{
    unsigned wait_ms = store->wait_ms;
    uint64_t version = 0;
    enum comity_status status = sql_number(store, err, &version, 0, "PRAGMA user_version", "");
    if (status)
        return status;
    bool is_older = version < STORE_SCHEMA_VERSION;
    store->wait_ms = is_older ? wait_ms : 0;
    status = writer_lock(store, is_older ? err : NULL);
    store->wait_ms = wait_ms;
    if (status)
        return is_older ? status : COMITY_OK;
    status = sql_exec(store, "BEGIN IMMEDIATE", err);
    if (!status)
        status = schema_migrate(store, err);
    if (!status)
        status = sql_exec(store, "COMMIT", err);
    if (status)
        rollback(store);
    if (!status)
        status = clear_unpublished(store, err);
    writer_unlock(store);
    return status;
}

static enum comity_status store_new(
    const char *path, enum store_mode mode, unsigned wait_ms, struct store **out, struct comity_error *err)
{
    struct store *store = calloc(1, sizeof *store);
    *out = store;
    if (!store)
        return error_nomem(err);
    store->mode = mode == STORE_WRITE ? STORE_WRITE : STORE_READ;
    store->is_shared = mode == STORE_READ_SHARED;
    store->wait_ms = wait_ms;
    store->lock_fd = -1;
    store->path = strdup(path);
    if (sodium_init() < 0)
        return error_set(err, COMITY_INTERNAL, "libsodium cannot be used");
    return store->path ? COMITY_OK : error_nomem(err);
}

static enum comity_status open_once(
    const char *path, enum store_mode mode, unsigned wait_ms, struct store **out, struct comity_error *err)
{
    struct store *store = NULL;
    enum comity_status status = COMITY_OK;
    *out = NULL;
    if (access(path, R_OK) != 0)
        return error_io(err, "open", path);
    status = store_new(path, mode, wait_ms, &store, err);
    if (!status)
        status = open_database(store, false, err);
    if (!status)
        status = check_kind(store, err);
    if (!status)
        status = sql_exec(store, settings, err);
    if (!status && store->mode == STORE_READ)
        status = sql_exec(store, "PRAGMA query_only = ON", err);
    if (!status && mode == STORE_WRITE)
        status = open_lock(store, err);
    if (!status && mode == STORE_WRITE)
        status = tidy(store, err);
    if (!status)
        status = read_domain(store, err);
    if (status) {
        store_close(store);
        return status;
    }
    *out = store;
    return COMITY_OK;
}

/* A file of an older version is brought forward also by the first who only wants to read: it only gets tables more. */
enum comity_status store_open(
    const char *path, enum store_mode mode, unsigned wait_ms, struct store **out, struct comity_error *err)
{
    struct store *writer;
    enum comity_status status = open_once(path, mode, wait_ms, out, err);
    if (mode == STORE_WRITE || status != COMITY_CONFLICT)
        return status;
    status = open_once(path, STORE_WRITE, wait_ms, &writer, err);
    store_close(status ? NULL : writer);
    if (!status)
        status = open_once(path, mode, wait_ms, out, err);
    if (status)
        error_hint(
            err, "the tables of an older Comity must be brought forward first: open it once where it may be written");
    return status;
}

static enum comity_status fill_new(
    struct store *store, struct slice domain_id, struct slice domain_version, struct comity_error *err)
{
    char sql[80];
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d", STORE_APPLICATION_ID);
    enum comity_status status = sql_exec(store, "PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;", err);
    if (!status)
        status = sql_exec(store, settings, err);
    if (!status)
        status = write_begin(store, err);
    if (status)
        return status;
    status = sql_exec(store, sql, err);
    if (!status)
        status = schema_migrate(store, err);
    if (!status)
        status =
            sql_run(store, err, "INSERT INTO state VALUES(1, ?, ?, 1, 1, 0, x'')", "tt", domain_id, domain_version);
    if (!status)
        status = ledger_add(store, SLICE(""), "create", SLICE("{}"), err);
    return write_end(store, status, err);
}

enum comity_status store_create(
    const char *path, struct slice domain_id, struct slice domain_version, struct comity_error *err)
{
    struct store *store = NULL;
    char beside[PATH_ROOM];
    /* Made here and not by SQLite, so that of two who create one file, one is told. */
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600); /* SQLite gives -wal and -shm the same mode */
    if (fd < 0 && errno == EEXIST)
        return error_set(err, COMITY_CONFLICT, "'%s' is there already", path);
    if (fd < 0)
        return error_io(err, "create", path);
    close(fd);
    enum comity_status status = store_new(path, STORE_WRITE, 0, &store, err);
    if (!status)
        status = open_database(store, true, err);
    if (!status)
        status = open_lock(store, err);
    if (!status)
        status = fill_new(store, domain_id, domain_version, err);
    store_close(store);
    if (status) {
        static const char *const ends[] = {"", "-wal", "-shm", "-lock"};
        for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
            snprintf(beside, sizeof beside, "%s%s", path, ends[i]);
            unlink(beside);
        }
    }
    return status;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    if (store->import)
        store_import_abort(store->import);
    rollback(store);
    sqlite3_finalize(store->rollback);
    sqlite3_close(store->db);
    if (store->lock_fd >= 0)
        close(store->lock_fd);
    free(store->domain_id);
    free(store->path);
    free(store);
}

struct slice store_domain(const struct store *store)
{
    return slice_from(store->domain_id);
}

enum comity_status store_sequence(struct store *store, uint64_t *sequence, struct comity_error *err)
{
    return sql_number(store, err, sequence, 0, "SELECT sequence FROM state", "");
}
