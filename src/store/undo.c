/* Taking an import back. What a later import said again is handed to it and stays. Versions of one statement are a
 * doubly linked list (supersedes, superseded_by) of which undone ones are unlinked, so that any order of undoing ends
 * the same. What changes in `said` is sorted first and applied in one pass. */
#include "store/import.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/json.h"
#include "store/retract.h"

struct undoing {
    struct store *store;
    struct comity_error *err;
    uint64_t number, source, first, last;
    struct slice source_code;
    struct arena arena;
    struct sorter said; /* (what, ordinal, the older version or 0) */
    sqlite3_stmt *older, *newer;
};

/* What an entry brought follows from the entry: taken back behind its back, it would be told as published. */
static enum comity_status refuse_entry(struct undoing *u)
{
    uint64_t entry = 0;
    enum comity_status status =
        sql_number(u->store, u->err, &entry, 0, "SELECT entry FROM entry_import WHERE import = ?", "u", u->number);
    if (status || !entry)
        return status;
    error_set(u->err, COMITY_CONFLICT, "import %llu is of entry %llu", (unsigned long long)u->number,
        (unsigned long long)entry);
    error_hint(u->err, "retract or restore the entry, on its page");
    return COMITY_CONFLICT;
}

static enum comity_status find_import(struct undoing *u)
{
    sqlite3_stmt *statement = NULL;
    bool has_row = false;
    enum comity_status status = sql_prepare(u->store,
        "SELECT state, source, first_mention, last_mention, source.code FROM import JOIN source ON source.id = "
        "import.source"
        " WHERE number = ?",
        &statement, u->err);
    if (!status)
        status = sql_bind(u->store, statement, u->err, "u", u->number);
    if (!status)
        status = sql_step(u->store, statement, &has_row, u->err);
    uint64_t state = !status && has_row ? sql_u64(statement, 0) : 0;
    if (!status && !state)
        status = error_set(u->err, COMITY_NOTFOUND, "there is no import %llu", (unsigned long long)u->number);
    if (!status && state == 2)
        status = error_set(u->err, COMITY_CONFLICT, "import %llu was taken back before", (unsigned long long)u->number);
    if (!status)
        status = refuse_entry(u);
    if (!status) {
        u->source = sql_u64(statement, 1);
        u->first = sql_u64(statement, 2);
        u->last = sql_u64(statement, 3);
        status = sql_copy(statement, 4, &u->arena, &u->source_code) ? COMITY_OK : error_nomem(u->err);
    }
    sqlite3_finalize(statement);
    return status;
}

/* To the earliest of the later imports that said it again. */
static enum comity_status hand_over(struct undoing *u)
{
    sqlite3_stmt *runs = NULL;
    bool has_row = false;
    enum comity_status status = sql_prepare(u->store,
        "SELECT a.import, a.first_mention, a.last_mention FROM said_again AS a JOIN import AS i ON i.number = a.import"
        " WHERE i.state = 1 AND i.number <> ?1 AND i.source = ?2 ORDER BY a.import, a.id",
        &runs, u->err);
    if (!status)
        status = sql_bind(u->store, runs, u->err, "uu", u->number, u->source);
    while (!status && !(status = sql_step(u->store, runs, &has_row, u->err)) && has_row)
        status = sql_run(u->store, u->err, "UPDATE mention SET import = ? WHERE id BETWEEN ? AND ? AND import = ?",
            "uuuu", sql_u64(runs, 0), sql_u64(runs, 1), sql_u64(runs, 2), u->number);
    sqlite3_finalize(runs);
    return status;
}

static enum comity_status link_versions(struct undoing *u, sqlite3_stmt *statement, uint64_t mention, uint64_t other)
{
    if (!mention)
        return COMITY_OK;
    enum comity_status status = sql_bind(u->store, statement, u->err, "uu", mention, other);
    return status ? status : sql_step(u->store, statement, NULL, u->err);
}

/* One mention that dies: its neighbours in the list of versions join hands. */
static enum comity_status unlink_mention(struct undoing *u, sqlite3_stmt *row)
{
    uint64_t older = sql_u64(row, 4), newer = sql_u64(row, 5);
    enum comity_status status = link_versions(u, u->older, older, newer);
    if (!status)
        status = link_versions(u, u->newer, newer, older);
    if (status || newer)
        return status;
    struct sorter_item item = {
        {mention_what(sql_slice(row, 3), sql_u64(row, 2), sql_u64(row, 0)), sql_u64(row, 1), older, 0}};
    return sorter_add(&u->said, &item, u->err);
}

static enum comity_status unlink_range(struct undoing *u, uint64_t first, uint64_t last)
{
    sqlite3_stmt *row = NULL;
    bool has_row = false;
    enum comity_status status = sql_prepare(u->store,
        "SELECT content, ordinal, part, key, supersedes, superseded_by FROM mention WHERE id BETWEEN ? AND ? AND "
        "import = ?",
        &row, u->err);
    if (!status)
        status = sql_bind(u->store, row, u->err, "uuu", first, last, u->number);
    while (!status && !(status = sql_step(u->store, row, &has_row, u->err)) && has_row)
        status = unlink_mention(u, row);
    sqlite3_finalize(row);
    return status;
}

/* Its own mentions, and those that were handed to it. */
static enum comity_status unlink_all(struct undoing *u)
{
    sqlite3_stmt *runs = NULL;
    bool has_row = false;
    enum comity_status status = unlink_range(u, u->first, u->last);
    if (!status)
        status = sql_prepare(
            u->store, "SELECT first_mention, last_mention FROM said_again WHERE import = ? ORDER BY id", &runs, u->err);
    if (!status)
        status = sql_bind(u->store, runs, u->err, "u", u->number);
    while (!status && !(status = sql_step(u->store, runs, &has_row, u->err)) && has_row)
        status = unlink_range(u, sql_u64(runs, 0), sql_u64(runs, 1));
    sqlite3_finalize(runs);
    return status;
}

static enum comity_status update_said(struct undoing *u, uint64_t *n_gone)
{
    sqlite3_stmt *gone = NULL, *back = NULL;
    struct sorter_item item;
    bool has_item = false;
    enum comity_status status = sorter_finish(&u->said, u->err);
    if (!status)
        status = sql_prepare(u->store, "DELETE FROM said WHERE source = ? AND what = ? AND ordinal = ?", &gone, u->err);
    if (!status)
        status = sql_prepare(u->store,
            "UPDATE said SET mention = ?4, (content, is_retracted) ="
            " (SELECT content, retracted_by IS NOT NULL FROM mention WHERE id = ?4) WHERE source = ?1 AND what = ?2 "
            "AND ordinal = ?3",
            &back, u->err);
    while (!status && !(status = sorter_next(&u->said, &item, &has_item, u->err)) && has_item) {
        uint64_t older = item.word[2];
        sqlite3_stmt *statement = older ? back : gone;
        status =
            sql_bind(u->store, statement, u->err, older ? "uuuu" : "uuu", u->source, item.word[0], item.word[1], older);
        if (!status)
            status = sql_step(u->store, statement, NULL, u->err);
        *n_gone += !older;
    }
    sqlite3_finalize(gone);
    sqlite3_finalize(back);
    return status;
}

static enum comity_status add_ledger_line(struct undoing *u, const struct reader *who)
{
    struct buffer detail;
    ledger_open(&detail);
    json_member_u64(&detail, "import", u->number);
    json_member(&detail, "source", u->source_code);
    return ledger_close(u->store, slice_from(who->name), "undo import", &detail, u->err);
}

static enum comity_status undo_within(struct undoing *u, const struct reader *who)
{
    uint64_t n_gone = 0;
    enum comity_status status = find_import(u);
    if (!status)
        status = hand_over(u);
    if (!status)
        status =
            sql_prepare(u->store, "UPDATE mention SET superseded_by = nullif(?2, 0) WHERE id = ?1", &u->older, u->err);
    if (!status)
        status =
            sql_prepare(u->store, "UPDATE mention SET supersedes = nullif(?2, 0) WHERE id = ?1", &u->newer, u->err);
    if (!status)
        status = unlink_all(u);
    if (!status)
        status = update_said(u, &n_gone);
    if (!status)
        status =
            sql_run(u->store, u->err, "UPDATE source SET n_live = n_live - ? WHERE id = ?", "uu", n_gone, u->source);
    if (!status)
        status = sql_run(u->store, u->err, "UPDATE import SET state = 2 WHERE number = ?", "u", u->number);
    if (!status)
        status = retract_apply(u->store, u->source, u->err);
    if (!status)
        status = sequence_next(u->store, u->err);
    return status ? status : add_ledger_line(u, who);
}

enum comity_status store_import_undo(
    struct store *store, uint64_t number, const struct reader *who, struct comity_error *err)
{
    struct undoing u = {.store = store, .err = err, .number = number};
    enum comity_status status = write_begin(store, err);
    if (status)
        return status;
    sorter_init(&u.said);
    status = undo_within(&u, who);
    sqlite3_finalize(u.older);
    sqlite3_finalize(u.newer);
    sorter_release(&u.said);
    arena_release(&u.arena);
    return write_end(store, status, err);
}
