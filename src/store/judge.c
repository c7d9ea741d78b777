/* Judgements: rows that are never removed; undoing marks them and adds a line to the ledger. */
#include "store/sql.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/json.h"
#include "store/decision.h"
#include "store/judge.h"

#include <stdio.h>

static const char *const kind_names[] = {
#define X(symbol, text) text,
    JUDGEMENT_KIND_TABLE(X)
#undef X
};
enum { N_KINDS = sizeof kind_names / sizeof kind_names[0], TEXT_MOST = 4096 };

static enum comity_status check(const struct judgement *j, struct comity_error *err)
{
    if ((size_t)j->kind >= N_KINDS)
        return error_set(err, COMITY_USAGE, "there is no such kind of judgement");
    if (j->why.len > TEXT_MOST)
        return error_set(err, COMITY_LIMIT, "the reason is longer than %d bytes", TEXT_MOST);
    if (j->kind != JUDGEMENT_REPEATED_LOAD)
        return j->a == j->b ? error_set(err, COMITY_USAGE, "a judgement needs two mentions") : COMITY_OK;
    if (j->times < 2 || j->last_day < j->first_day || !j->source.len)
        return error_set(err, COMITY_USAGE, "a repeated load needs a source, days and a number of times from 2");
    return COMITY_OK;
}

enum comity_status judgement_insert(
    struct store *store, const struct judgement *j, struct slice who, uint64_t *id, struct comity_error *err)
{
    char when[INSTANT_TEXT];
    instant_now(when);
    enum comity_status status = sql_run(store, err,
        "INSERT INTO judgement(kind, is_by_person, is_undone, a, b, source, country, first_day, last_day, times, "
        "n_rows,"
        " n_surplus, confidence, who, at, why, shape, shift_days, shift_months, copied_from, evidence)"
        " VALUES(?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        "iiuuttiiiiidtttiiitt", (int64_t)j->kind, (int64_t)j->is_by_person, j->a, j->b, j->source, j->country,
        (int64_t)j->first_day, (int64_t)j->last_day, (int64_t)j->times, (int64_t)j->n_rows, (int64_t)j->n_surplus,
        j->confidence, who, slice_from(when), j->why, (int64_t)j->shape, (int64_t)j->shift_days,
        (int64_t)j->shift_months, j->copied_from, j->evidence);
    *id = (uint64_t)sqlite3_last_insert_rowid(store->db);
    return status;
}

static enum comity_status add_ledger_line(
    struct store *store, const struct judgement *j, uint64_t id, const struct reader *who, struct comity_error *err)
{
    struct buffer detail;
    char identity[24];
    ledger_open(&detail);
    json_member_u64(&detail, "judgement", id);
    json_member(&detail, "kind", slice_from(kind_names[j->kind]));
    snprintf(identity, sizeof identity, "%016llx", (unsigned long long)j->a);
    json_member(&detail, "a", slice_from(identity));
    snprintf(identity, sizeof identity, "%016llx", (unsigned long long)j->b);
    json_member(&detail, "b", slice_from(identity));
    json_member(&detail, "why", j->why);
    return ledger_close(store, slice_from(who->name), "judge", &detail, err);
}

enum comity_status store_judge(struct store *store, const struct judgement *judgement, const struct reader *who,
    uint64_t *id, struct comity_error *err)
{
    *id = 0;
    enum comity_status status = check(judgement, err);
    if (!status)
        status = write_begin(store, err);
    if (status)
        return status;
    status = judgement_insert(store, judgement, slice_from(who->name), id, err);
    if (!status)
        status = add_ledger_line(store, judgement, *id, who, err);
    if (!status)
        status = sequence_next(store, err);
    return write_end(store, status, err);
}

enum comity_status store_judge_undo(
    struct store *store, uint64_t id, const struct reader *who, struct comity_error *err)
{
    static const struct decision_kind kind = {
        .table = "judgement", .noun = "judgement", .member = "judgement", .undo = "undo judgement"};
    return decision_undo(store, &kind, id, who, err);
}

/* Linkings of before they said how far they go by the ledger: all of it. */
enum comity_status store_judgements_need_link(struct store *store, bool *needs, struct comity_error *err)
{
    uint64_t found = 0;
    enum comity_status status = sql_number(store, err, &found, 0,
        "SELECT EXISTS(SELECT 1 FROM ledger WHERE what IN ('judge', 'undo judgement') AND number >"
        " ifnull((SELECT ifnull(json_extract(detail, '$.up_to'), number) FROM ledger WHERE what = 'link'"
        " ORDER BY number DESC LIMIT 1), 0))",
        "");
    *needs = found != 0;
    return status;
}

static bool read_judgement(sqlite3_stmt *row, struct arena *arena, void *item)
{
    struct judgement *j = item;
    *j = (struct judgement){.id = sql_u64(row, 0),
        .kind = (enum judgement_kind)sql_u64(row, 1),
        .is_by_person = sql_u64(row, 2) != 0,
        .is_undone = sql_u64(row, 3) != 0,
        .is_withdrawn = sql_u64(row, 3) == JUDGEMENT_WITHDRAWN,
        .a = sql_u64(row, 4),
        .b = sql_u64(row, 5),
        .first_day = (int32_t)sql_u64(row, 8),
        .last_day = (int32_t)sql_u64(row, 9),
        .times = (uint32_t)sql_u64(row, 10),
        .n_rows = (uint32_t)sql_u64(row, 11),
        .n_surplus = (uint32_t)sql_u64(row, 12),
        .confidence = sqlite3_column_double(row, 13),
        .shape = (enum load_shape)sql_u64(row, 17),
        .shift_days = (int32_t)sql_u64(row, 18),
        .shift_months = (int32_t)sql_u64(row, 19)};
    return sql_copy(row, 6, arena, &j->source) && sql_copy(row, 7, arena, &j->country) &&
           sql_copy(row, 14, arena, &j->who) && sql_copy(row, 15, arena, &j->when) &&
           sql_copy(row, 16, arena, &j->why) && sql_copy(row, 20, arena, &j->copied_from) &&
           sql_copy(row, 21, arena, &j->evidence);
}

enum comity_status store_judgements(struct store *store, const struct reader *reader, bool live_only,
    struct arena *arena, struct judgement **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    reader_sees_all(reader);
    enum comity_status status = sql_list(store, arena, sizeof **out, read_judgement, &items, err,
        "SELECT id, kind, is_by_person, is_undone, a, b, source, country, first_day, last_day, times, n_rows, "
        "n_surplus, confidence, who, at, why, shape, shift_days, shift_months, copied_from, evidence FROM judgement "
        "WHERE is_undone <= ? ORDER BY id",
        "i", live_only ? INT64_C(0) : (int64_t)JUDGEMENT_WITHDRAWN);
    *out = items.at;
    *n = items.n;
    return status;
}
