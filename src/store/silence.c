/* Nothing to report: rows that are never removed; taking one back marks it. Each has its line in the ledger. */
#include "store/intake.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/json.h"
#include "store/decision.h"
#include "store/sql.h"

enum { REASON_MOST = 4096 };

static enum comity_status check(struct store *store, const struct silence *silence, struct comity_error *err)
{
    uint64_t is_known = 0;
    if (silence->last_day < silence->first_day)
        return error_set(err, COMITY_USAGE, "the last day comes before the first");
    if (silence->why.len > REASON_MOST)
        return error_set(err, COMITY_LIMIT, "the reason is longer than %d bytes", REASON_MOST);
    enum comity_status status = sql_number(store, err, &is_known, 0,
        "SELECT EXISTS(SELECT 1 FROM source WHERE code = ?1) OR EXISTS(SELECT 1 FROM feed WHERE source = ?1)", "t",
        silence->source);
    if (!status && !is_known) {
        error_set(err, COMITY_NOTFOUND, "there is no source '%.*s'", SLICE_ARG(silence->source));
        error_hint(err, "`comity sources` lists those that are there");
        return COMITY_NOTFOUND;
    }
    return status;
}

static enum comity_status add_ledger_line(
    struct store *store, uint64_t id, const struct silence *silence, const struct reader *who, struct comity_error *err)
{
    struct buffer detail;
    char day[DAY_TEXT];
    ledger_open(&detail);
    json_member_u64(&detail, "declaration", id);
    json_member(&detail, "source", silence->source);
    day_format(silence->first_day, day);
    json_member(&detail, "first_day", slice_from(day));
    day_format(silence->last_day, day);
    json_member(&detail, "last_day", slice_from(day));
    json_member(&detail, "why", silence->why);
    return ledger_close(store, slice_from(who->name), "declare nothing", &detail, err);
}

static enum comity_status declare_within(struct store *store, const struct silence *silence, const struct reader *who,
    uint64_t *id, struct comity_error *err)
{
    char when[INSTANT_TEXT];
    instant_now(when);
    enum comity_status status = check(store, silence, err);
    if (!status)
        status = sql_run(store, err,
            "INSERT INTO silence(source, first_day, last_day, who, at, why) VALUES(?, ?, ?, ?, ?, ?)", "tiittt",
            silence->source, (int64_t)silence->first_day, (int64_t)silence->last_day, slice_from(who->name),
            slice_from(when), silence->why);
    if (status)
        return status;
    *id = (uint64_t)sqlite3_last_insert_rowid(store->db);
    status = add_ledger_line(store, *id, silence, who, err);
    return status ? status : sequence_next(store, err);
}

enum comity_status store_silence_declare(struct store *store, const struct silence *silence, const struct reader *who,
    uint64_t *id, struct comity_error *err)
{
    *id = 0;
    enum comity_status status = write_begin(store, err);
    return status ? status : write_end(store, declare_within(store, silence, who, id, err), err);
}

enum comity_status store_silence_undo(
    struct store *store, uint64_t id, const struct reader *who, struct comity_error *err)
{
    static const struct decision_kind kind = {
        .table = "silence", .noun = "declaration", .member = "declaration", .undo = "undo declaration"};
    return decision_undo(store, &kind, id, who, err);
}

static bool read_silence(sqlite3_stmt *row, struct arena *arena, void *item)
{
    struct silence *out = item;
    out->id = sql_u64(row, 0);
    out->first_day = (int32_t)sql_u64(row, 2);
    out->last_day = (int32_t)sql_u64(row, 3);
    out->is_undone = sql_u64(row, 7) != 0;
    return sql_copy(row, 1, arena, &out->source) && sql_copy(row, 4, arena, &out->who) &&
           sql_copy(row, 5, arena, &out->when) && sql_copy(row, 6, arena, &out->why);
}

enum comity_status store_silences(struct store *store, const struct reader *reader, bool live_only, struct arena *arena,
    struct silence **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    reader_sees_all(reader);
    enum comity_status status = sql_list(store, arena, sizeof **out, read_silence, &items, err,
        "SELECT id, source, first_day, last_day, who, at, why, is_undone FROM silence WHERE is_undone <= ? ORDER BY id",
        "i", live_only ? INT64_C(0) : INT64_C(1));
    *out = items.at;
    *n = items.n;
    return status;
}
