/* Settled names: rows that are never removed; undoing marks them and adds a line to the ledger. */
#include "store/sql.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/json.h"
#include "store/decision.h"

enum { NAME_MOST = 1024 };

static enum comity_status check(const struct settled_name *name, struct comity_error *err)
{
    if (!name->name.len || !name->place.len)
        return error_set(err, COMITY_USAGE, "a settled name needs a name and a place");
    if (name->name.len > NAME_MOST || name->why.len > NAME_MOST || name->place.len > 16)
        return error_set(err, COMITY_LIMIT, "a name or a reason is longer than %d bytes", NAME_MOST);
    return COMITY_OK;
}

static enum comity_status add_line(struct store *store, uint64_t id, const struct settled_name *name,
    const struct reader *who, struct comity_error *err)
{
    struct buffer detail;
    ledger_open(&detail);
    json_member_u64(&detail, "settled", id);
    json_member(&detail, "source", name->source);
    json_member(&detail, "country", name->country);
    json_member(&detail, "subdivision", name->subdivision);
    json_member(&detail, "name", name->name);
    json_member(&detail, "place", name->place);
    json_member(&detail, "why", name->why);
    return ledger_close(store, slice_from(who->name), "settle name", &detail, err);
}

/* The same rule with the same place holds already: its id, or 0. */
static enum comity_status find_same(
    struct store *store, const struct settled_name *name, uint64_t *id, struct comity_error *err)
{
    return sql_number(store, err, id, 0,
        "SELECT id FROM settled WHERE is_undone = 0 AND source = ? AND country = ? AND subdivision = ? AND name = ?"
        " AND place = ?",
        "ttttt", name->source, name->country, name->subdivision, name->name, name->place);
}

static enum comity_status insert(struct store *store, const struct settled_name *name, const struct reader *who,
    uint64_t *id, struct comity_error *err)
{
    char when[INSTANT_TEXT];
    instant_now(when);
    enum comity_status status = sql_run(store, err,
        "INSERT INTO settled(source, country, subdivision, name, place, is_undone, who, at, why)"
        " VALUES(?, ?, ?, ?, ?, 0, ?, ?, ?)",
        "tttttttt", name->source, name->country, name->subdivision, name->name, name->place, slice_from(who->name),
        slice_from(when), name->why);
    *id = (uint64_t)sqlite3_last_insert_rowid(store->db);
    return status ? status : add_line(store, *id, name, who, err);
}

enum comity_status store_settle_names(struct store *store, const struct settled_name *names, size_t n,
    const struct reader *who, size_t *n_added, uint64_t *last, struct comity_error *err)
{
    *n_added = 0;
    *last = 0;
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < n && !status; i++)
        status = check(&names[i], err);
    if (!status)
        status = write_begin(store, err);
    if (status)
        return status;
    for (size_t i = 0; i < n && !status; i++) {
        status = find_same(store, &names[i], last, err);
        if (status || *last)
            continue;
        status = insert(store, &names[i], who, last, err);
        ++*n_added;
    }
    if (!status && *n_added)
        status = sequence_next(store, err);
    return write_end(store, status, err);
}

enum comity_status store_settle_undo(
    struct store *store, uint64_t id, const struct reader *who, struct comity_error *err)
{
    static const struct decision_kind kind = {
        .table = "settled", .noun = "settled name", .member = "settled", .undo = "undo settled name"};
    return decision_undo(store, &kind, id, who, err);
}

static bool read_name(sqlite3_stmt *row, struct arena *arena, void *item)
{
    struct settled_name *name = item;
    *name = (struct settled_name){.id = sql_u64(row, 0), .is_undone = sql_u64(row, 6) != 0};
    return sql_copy(row, 1, arena, &name->source) && sql_copy(row, 2, arena, &name->country) &&
           sql_copy(row, 3, arena, &name->subdivision) && sql_copy(row, 4, arena, &name->name) &&
           sql_copy(row, 5, arena, &name->place) && sql_copy(row, 7, arena, &name->who) &&
           sql_copy(row, 8, arena, &name->when) && sql_copy(row, 9, arena, &name->why);
}

enum comity_status store_settled_names(struct store *store, const struct reader *reader, bool live_only,
    struct arena *arena, struct settled_name **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    reader_sees_all(reader);
    enum comity_status status = sql_list(store, arena, sizeof **out, read_name, &items, err,
        "SELECT id, source, country, subdivision, name, place, is_undone, who, at, why FROM settled WHERE is_undone <= "
        "? ORDER BY id",
        "i", live_only ? INT64_C(0) : INT64_C(1));
    *out = items.at;
    *n = items.n;
    return status;
}
