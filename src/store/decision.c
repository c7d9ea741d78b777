/* See decision.h. The names of tables are the program's own words, never input. */
#include "store/decision.h"

#include "base/error.h"
#include "base/json.h"
#include "store/sql.h"

#include <stdio.h>

enum { NO_SUCH_DECISION = 9 };

static enum comity_status add_ledger_line(struct store *store, const struct decision_kind *kind, uint64_t id,
    const struct reader *who, struct comity_error *err)
{
    struct buffer detail;
    ledger_open(&detail);
    json_member_u64(&detail, kind->member, id);
    return ledger_close(store, slice_from(who->name), kind->undo, &detail, err);
}

static enum comity_status undo_within(struct store *store, const struct decision_kind *kind, uint64_t id,
    const struct reader *who, struct comity_error *err)
{
    char sql[128];
    uint64_t is_undone;
    snprintf(sql, sizeof sql, "SELECT is_undone FROM %s WHERE id = ?", kind->table);
    enum comity_status status = sql_number(store, err, &is_undone, NO_SUCH_DECISION, sql, "u", id);
    if (!status && is_undone == NO_SUCH_DECISION)
        return error_set(err, COMITY_NOTFOUND, "there is no %s %llu", kind->noun, (unsigned long long)id);
    if (!status && is_undone)
        return error_set(err, COMITY_CONFLICT, "%s %llu was taken back before", kind->noun, (unsigned long long)id);
    snprintf(sql, sizeof sql, "UPDATE %s SET is_undone = 1 WHERE id = ?", kind->table);
    if (!status)
        status = sql_run(store, err, sql, "u", id);
    if (!status)
        status = add_ledger_line(store, kind, id, who, err);
    return status ? status : sequence_next(store, err);
}

enum comity_status decision_undo(struct store *store, const struct decision_kind *kind, uint64_t id,
    const struct reader *who, struct comity_error *err)
{
    enum comity_status status = write_begin(store, err);
    return status ? status : write_end(store, undo_within(store, kind, id, who, err), err);
}
