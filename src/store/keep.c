/* Copying is SQLite's online backup from within a read transaction: the copy is one moment of the store, page for page,
 * however long it takes and whoever writes meanwhile, and it begins anew for nobody. */
#include "store/keep.h"

#include "base/calendar.h"
#include "base/error.h"
#include "store/sql.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <unistd.h>

enum { PAGES_AT_ONCE = 512, HOLD_WAIT_MS = 500 };

uint64_t store_schema_known(void)
{
    return STORE_SCHEMA_VERSION;
}

static enum comity_status read_head(struct store *store, struct store_facts *out, struct comity_error *err)
{
    sqlite3_stmt *row = NULL;
    bool has_row = false;
    enum comity_status status = sql_prepare(store,
        "SELECT sequence, n_ledger, ledger_head, (SELECT count(*) FROM import WHERE state = 1),"
        " (SELECT substr(hash, 1, 4) FROM ledger WHERE number = 1) FROM state",
        &row, err);
    if (!status)
        status = sql_step(store, row, &has_row, err);
    if (!status && has_row) {
        struct slice head = sql_slice(row, 2), first = sql_slice(row, 4);
        out->sequence = sql_u64(row, 0);
        out->n_ledger = sql_u64(row, 1);
        out->n_imports = sql_u64(row, 3);
        if (head.len * 2 < sizeof out->ledger_head)
            sodium_bin2hex(out->ledger_head, sizeof out->ledger_head, (const unsigned char *)head.ptr, head.len);
        memset(out->identity, '0', STORE_IDENTITY);
        if (first.len * 2 == STORE_IDENTITY)
            sodium_bin2hex(out->identity, sizeof out->identity, (const unsigned char *)first.ptr, first.len);
    }
    sqlite3_finalize(row);
    return status;
}

enum comity_status store_facts(struct store *store, struct store_facts *out, struct comity_error *err)
{
    *out = (struct store_facts){0};
    enum comity_status status = read_begin(store, err);
    if (status)
        return status;
    status = sql_number(store, err, &out->schema, 0, "PRAGMA user_version", "");
    if (!status)
        status = read_head(store, out, err);
    read_end(store);
    return status;
}

/* ---- copying --------------------------------------------------------------------------------------------------- */

static enum comity_status run_copy(
    sqlite3_backup *backup, struct store *copy, const struct progress *progress, struct comity_error *err)
{
    int result = SQLITE_OK;
    while (result == SQLITE_OK) {
        uint64_t total = (uint64_t)sqlite3_backup_pagecount(backup);
        uint64_t left = (uint64_t)sqlite3_backup_remaining(backup);
        if (!progress_tell(progress, "copy", total - left, total))
            break;
        result = sqlite3_backup_step(backup, PAGES_AT_ONCE);
    }
    bool is_stopped = result == SQLITE_OK;
    result = sqlite3_backup_finish(backup);
    if (is_stopped)
        return error_set(err, COMITY_CANCELLED, "stopped before '%s' was copied", copy->path);
    return result == SQLITE_OK ? COMITY_OK : sql_fail(copy, "write", err);
}

static enum comity_status copy_into(
    struct store *store, struct store *copy, const struct progress *progress, struct comity_error *err)
{
    int result = sqlite3_open_v2(copy->path, &copy->db, SQLITE_OPEN_READWRITE, NULL);
    if (result == SQLITE_NOMEM || !copy->db)
        return error_nomem(err);
    if (result != SQLITE_OK)
        return sql_fail(copy, "open", err);
    enum comity_status status = sql_exec(copy, "PRAGMA synchronous = FULL; PRAGMA cache_size = -4096;", err);
    if (status)
        return status;
    sqlite3_backup *backup = sqlite3_backup_init(copy->db, "main", store->db, "main");
    return backup ? run_copy(backup, copy, progress, err) : sql_fail(copy, "write", err);
}

enum comity_status store_copy(
    struct store *store, const char *path, const struct progress *progress, struct comity_error *err)
{
    uint64_t sequence;
    struct store copy = {.path = (char *)path};
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_io(err, "create", path);
    close(fd);
    enum comity_status status = read_begin(store, err);
    if (!status) /* BEGIN alone takes no snapshot yet */
        status = store_sequence(store, &sequence, err);
    if (!status)
        status = copy_into(store, &copy, progress, err);
    read_end(store);
    if (sqlite3_close(copy.db) != SQLITE_OK && !status)
        status = error_set(err, COMITY_INTERNAL, "unable to close '%s'", path);
    if (status)
        unlink(path);
    return status;
}

enum { STEPS_BETWEEN = 100000 };

static int ask(void *context)
{
    return !progress_tell(context, "check", 0, 0);
}

void store_ask(struct store *store, const struct progress *progress)
{
    sqlite3_progress_handler(store->db, progress ? STEPS_BETWEEN : 0, ask, (void *)(uintptr_t)progress);
}

/* ---- restoring ------------------------------------------------------------------------------------------------- */

static enum comity_status note(
    struct store *store, const struct reader *who, struct slice detail_json, struct comity_error *err)
{
    enum comity_status status = sql_exec(store, "DELETE FROM session; DELETE FROM invitation;", err);
    if (!status)
        status = sql_run(store, err, "UPDATE state SET sequence = max(sequence + 1, ?)", "i", (int64_t)seconds_now());
    return status ? status : ledger_add(store, slice_from(who->name), "restore", detail_json, err);
}

enum comity_status store_note_restore(
    struct store *store, const struct reader *who, struct slice detail_json, struct comity_error *err)
{
    enum comity_status status = write_begin(store, err);
    return status ? status : write_end(store, note(store, who, detail_json, err), err);
}

enum comity_status store_empty_log(struct store *store, struct comity_error *err)
{
    int result = sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    return result == SQLITE_OK ? COMITY_OK : sql_fail(store, "write", err);
}

/* ---- holding --------------------------------------------------------------------------------------------------- */

struct store_hold {
    struct store store;
};

/* In exclusive mode SQLite takes its locks when it first reads, and keeps them: while anybody else has the file open,
 * that fails. */
static enum comity_status seize(struct store *store, struct comity_error *err)
{
    int result = sqlite3_open_v2(store->path, &store->db, SQLITE_OPEN_READWRITE, NULL);
    if (result == SQLITE_NOMEM || !store->db)
        return error_nomem(err);
    if (result != SQLITE_OK)
        return sql_fail(store, "open", err);
    sqlite3_busy_timeout(store->db, HOLD_WAIT_MS);
    enum comity_status status = sql_exec(
        store, "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT; PRAGMA wal_checkpoint(TRUNCATE);", err);
    if (status == COMITY_BUSY) {
        error_set(err, COMITY_BUSY, "somebody has '%s' open", store->path);
        error_hint(err, "stop the server and whatever else uses it, then try again");
    }
    return status;
}

enum comity_status store_hold(const char *path, struct store_hold **out, struct comity_error *err)
{
    struct store_hold *hold = calloc(1, sizeof *hold);
    *out = NULL;
    if (!hold)
        return error_nomem(err);
    hold->store.path = strdup(path);
    enum comity_status status = hold->store.path ? seize(&hold->store, err) : error_nomem(err);
    if (status) {
        store_let_go(hold);
        return status;
    }
    *out = hold;
    return COMITY_OK;
}

void store_let_go(struct store_hold *hold)
{
    if (!hold)
        return;
    sqlite3_close(hold->store.db);
    free(hold->store.path);
    free(hold);
}
