/* Feeds: one row each, one row for each file that was tried, and a list of attempts. What happens again and again is
 * counted up in place, so that a feed that fails every minute for a year leaves one row. */
#include "store/intake.h"

#include "base/error.h"
#include "base/json.h"
#include "store/sql.h"

const char *attempt_result_text(enum attempt_result result)
{
    static const char *const texts[N_ATTEMPT_RESULTS] = {"imported", "already", "failed"};
    return (size_t)result < N_ATTEMPT_RESULTS ? texts[result] : "unknown";
}

/* ---- what the settings say ------------------------------------------------------------------------------------- */

static enum comity_status declare_one(struct store *store, const struct feed_row *feed, struct comity_error *err)
{
    enum comity_status status = sql_run(store, err,
        "INSERT INTO feed(id, source, recipe, place, is_address, every_s, expect_s, is_active)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT(id) DO UPDATE SET source = excluded.source,"
        " recipe = excluded.recipe, every_s = excluded.every_s, expect_s = excluded.expect_s, is_active = 1,"
        " is_address = excluded.is_address",
        "ttttiii", feed->id, feed->source, feed->recipe, feed->place, (int64_t)feed->is_address, feed->every_s,
        feed->expect_s);
    if (status)
        return status;
    return sql_run(store, err,
        "UPDATE feed SET place = ?2, etag = '', modified = '', due = 0, n_failures = 0, failing_since = 0, error = '',"
        " hint = '' WHERE id = ?1 AND place <> ?2",
        "tt", feed->id, feed->place);
}

enum comity_status store_feeds_declare(
    struct store *store, const struct feed_row *feeds, size_t n, struct comity_error *err)
{
    enum comity_status status = write_begin(store, err);
    if (status)
        return status;
    status = sql_exec(store, "UPDATE feed SET is_active = 0", err);
    for (size_t i = 0; !status && i < n; i++)
        status = declare_one(store, &feeds[i], err);
    return write_end(store, status, err);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static bool read_feed(sqlite3_stmt *row, struct arena *arena, void *out)
{
    struct feed_row *feed = out;
    feed->is_address = sql_u64(row, 4) != 0;
    feed->every_s = (int64_t)sql_u64(row, 5);
    feed->expect_s = (int64_t)sql_u64(row, 6);
    feed->is_active = sql_u64(row, 7) != 0;
    feed->looked = (int64_t)sql_u64(row, 8);
    feed->due = (int64_t)sql_u64(row, 9);
    feed->succeeded = (int64_t)sql_u64(row, 10);
    feed->brought = (int64_t)sql_u64(row, 11);
    feed->n_failures = sql_u64(row, 15);
    feed->failing_since = (int64_t)sql_u64(row, 16);
    return sql_copy(row, 0, arena, &feed->id) && sql_copy(row, 1, arena, &feed->source) &&
           sql_copy(row, 2, arena, &feed->recipe) && sql_copy(row, 3, arena, &feed->place) &&
           sql_copy(row, 12, arena, &feed->etag) && sql_copy(row, 13, arena, &feed->modified) &&
           sql_copy(row, 14, arena, &feed->recipe_hash) && sql_copy(row, 17, arena, &feed->error) &&
           sql_copy(row, 18, arena, &feed->hint);
}

enum comity_status store_feeds(struct store *store, const struct reader *reader, struct arena *arena,
    struct feed_row **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    reader_sees_all(reader);
    enum comity_status status = sql_list(store, arena, sizeof **out, read_feed, &items, err,
        "SELECT id, source, recipe, place, is_address, every_s, expect_s, is_active, looked, due, succeeded, brought,"
        " etag, modified, recipe_hash, n_failures, failing_since, error, hint FROM feed ORDER BY id",
        "");
    *out = items.at;
    *n = items.n;
    return status;
}

static bool read_file(sqlite3_stmt *row, struct arena *arena, void *out)
{
    struct feed_file *file = out;
    file->size = sql_u64(row, 2);
    file->modified_ns = (int64_t)sql_u64(row, 3);
    file->changed_ns = (int64_t)sql_u64(row, 4);
    file->has_failed = sql_u64(row, 5) != 0;
    file->at = (int64_t)sql_u64(row, 7);
    return sql_copy(row, 0, arena, &file->feed) && sql_copy(row, 1, arena, &file->name) &&
           sql_copy(row, 6, arena, &file->recipe_hash) && sql_copy(row, 8, arena, &file->error) &&
           sql_copy(row, 9, arena, &file->hint);
}

enum comity_status store_feed_files(struct store *store, struct slice feed, bool only_failed, struct arena *arena,
    struct feed_file **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    enum comity_status status = sql_list(store, arena, sizeof **out, read_file, &items, err,
        "SELECT feed, name, size, modified_ns, changed_ns, has_failed, recipe_hash, at, error, hint FROM feed_file"
        " WHERE (feed = ?1 OR ?1 = '') AND (has_failed OR NOT ?2) ORDER BY feed, name",
        "ti", feed, (int64_t)only_failed);
    *out = items.at;
    *n = items.n;
    return status;
}

static bool read_attempt(sqlite3_stmt *row, struct arena *arena, void *out)
{
    struct attempt_row *attempt = out;
    attempt->number = sql_u64(row, 0);
    attempt->at = (int64_t)sql_u64(row, 3);
    attempt->last = (int64_t)sql_u64(row, 4);
    attempt->times = sql_u64(row, 5);
    attempt->result = (enum attempt_result)sql_u64(row, 6);
    attempt->bytes = sql_u64(row, 7);
    attempt->import = sql_u64(row, 8);
    attempt->took_ms = sql_u64(row, 9);
    return sql_copy(row, 1, arena, &attempt->feed) && sql_copy(row, 2, arena, &attempt->item) &&
           sql_copy(row, 10, arena, &attempt->error) && sql_copy(row, 11, arena, &attempt->hint);
}

enum comity_status store_attempts(struct store *store, const struct reader *reader, size_t most, struct arena *arena,
    struct attempt_row **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    reader_sees_all(reader);
    enum comity_status status = sql_list(store, arena, sizeof **out, read_attempt, &items, err,
        "SELECT number, feed, item, at, last, times, result, bytes, import, took_ms, error, hint FROM attempt"
        " ORDER BY last DESC, number DESC LIMIT ?",
        "u", (uint64_t)most);
    *out = items.at;
    *n = items.n;
    return status;
}

enum comity_status store_intake_number(struct store *store, uint64_t *number, struct comity_error *err)
{
    return sql_number(store, err, number, 0,
        "SELECT ifnull((SELECT max(number) FROM attempt), 0) * 4096"
        " + (SELECT count(*) FROM feed WHERE n_failures > 0) + (SELECT count(*) FROM feed_file WHERE has_failed)",
        "");
}

enum comity_status store_needs_link(struct store *store, bool *needs_link, struct comity_error *err)
{
    uint64_t needs = 0;
    enum comity_status status = sql_number(store, err, &needs, 0,
        "SELECT ifnull((SELECT max(number) FROM ledger WHERE what IN ('import', 'undo import')), 0)"
        " > ifnull((SELECT max(number) FROM ledger WHERE what = 'link'), 0)",
        "");
    *needs_link = needs != 0;
    return status;
}

/* ---- what a look came to --------------------------------------------------------------------------------------- */

static enum comity_status record_look(struct store *store, const struct feed_record *record, struct comity_error *err)
{
    if (record->is_failed_look)
        return sql_run(store, err,
            "UPDATE feed SET looked = ?2, due = ?3, n_failures = n_failures + 1, error = ?4, hint = ?5,"
            " failing_since = CASE failing_since WHEN 0 THEN ?2 ELSE failing_since END WHERE id = ?1",
            "tiitt", record->feed, record->at, record->due, record->error, record->hint);
    return sql_run(store, err,
        "UPDATE feed SET looked = ?2, due = ?3, succeeded = ?2, n_failures = 0, failing_since = 0, error = '',"
        " hint = '' WHERE id = ?1",
        "tii", record->feed, record->at, record->due);
}

static enum comity_status record_attempt(
    struct store *store, const struct feed_record *record, uint64_t *number, struct comity_error *err)
{
    const struct attempt_row *a = record->tried;
    *number = 0;
    enum comity_status status = COMITY_OK;
    if (a->result == ATTEMPT_FAILED)
        status = sql_number(store, err, number, 0,
            "SELECT number FROM attempt WHERE number = (SELECT max(number) FROM attempt WHERE feed = ?1)"
            " AND item = ?2 AND result = ?3 AND error = ?4",
            "ttit", record->feed, a->item, (int64_t)a->result, a->error);
    /* The same bytes as then, from an address that has no etag. */
    if (a->result == ATTEMPT_ALREADY)
        status = sql_number(store, err, number, 0,
            "SELECT max(number) FROM attempt WHERE feed = ?1 AND item = ?2 AND import = ?3", "ttu", record->feed,
            a->item, a->import);
    if (!status && *number)
        return sql_run(
            store, err, "UPDATE attempt SET times = times + 1, last = ? WHERE number = ?", "iu", a->at, *number);
    if (!status)
        status = sql_run(store, err,
            "INSERT INTO attempt(feed, item, at, last, times, result, bytes, import, took_ms, error, hint)"
            " VALUES(?1, ?2, ?3, ?3, 1, ?4, ?5, ?6, ?7, ?8, ?9)",
            "ttiiuuutt", record->feed, a->item, a->at, (int64_t)a->result, a->bytes, a->import, a->took_ms, a->error,
            a->hint);
    if (!status)
        *number = (uint64_t)sqlite3_last_insert_rowid(store->db);
    return status;
}

static enum comity_status record_brought(
    struct store *store, const struct feed_record *record, const struct reader *who, struct comity_error *err)
{
    const struct attempt_row *a = record->tried;
    struct buffer detail;
    enum comity_status status =
        sql_run(store, err, "UPDATE feed SET brought = ? WHERE id = ?", "it", record->at, record->feed);
    if (status)
        return status;
    ledger_open(&detail);
    json_member(&detail, "feed", record->feed);
    json_member(&detail, "item", a->item);
    json_member_u64(&detail, "import", a->import);
    json_member_u64(&detail, "bytes", a->bytes);
    return ledger_close(store, slice_from(who->name), "feed", &detail, err);
}

static enum comity_status record_file(struct store *store, const struct feed_file *file, struct comity_error *err)
{
    return sql_run(store, err, "INSERT OR REPLACE INTO feed_file VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", "ttuiiititt",
        file->feed, file->name, file->size, file->modified_ns, file->changed_ns, (int64_t)file->has_failed,
        file->recipe_hash, file->at, file->error, file->hint);
}

static enum comity_status record_within(
    struct store *store, const struct feed_record *record, const struct reader *who, struct comity_error *err)
{
    uint64_t number;
    enum comity_status status = record_look(store, record, err);
    if (!status && record->tried)
        status = record_attempt(store, record, &number, err);
    if (!status && record->tried && record->tried->result == ATTEMPT_IMPORTED)
        status = record_brought(store, record, who, err);
    if (!status && record->file)
        status = record_file(store, record->file, err);
    if (!status && record->answer)
        status = sql_run(store, err, "UPDATE feed SET etag = ?, modified = ?, recipe_hash = ? WHERE id = ?", "tttt",
            record->answer->etag, record->answer->modified, record->answer->recipe_hash, record->feed);
    return status;
}

enum comity_status store_feed_record(
    struct store *store, const struct feed_record *record, const struct reader *who, struct comity_error *err)
{
    enum comity_status status = write_begin(store, err);
    return status ? status : write_end(store, record_within(store, record, who, err), err);
}

enum comity_status store_feed_forget(
    struct store *store, struct slice feed, struct slice name, struct comity_error *err)
{
    enum comity_status status = write_begin(store, err);
    if (status)
        return status;
    status = sql_run(store, err, "DELETE FROM feed_file WHERE feed = ? AND name = ?", "tt", feed, name);
    return write_end(store, status, err);
}
