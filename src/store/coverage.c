/* Coverages: proposing, confirming and withdrawing them. */
#include "store/coverage.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/json.h"
#include "store/retract.h"
#include "store/weigh.h"

/* ---- writing -------------------------------------------------------------------------------------------------- */

static enum comity_status insert_coverage(struct store *store, uint64_t import, const struct coverage_claim *claim,
    struct slice who, struct comity_error *err)
{
    char when[INSTANT_TEXT];
    size_t n = claim->n_countries ? claim->n_countries : 1;
    enum comity_status status = COMITY_OK;
    instant_now(when);
    for (size_t i = 0; !status && i < n; i++)
        status = sql_run(store, err,
            "INSERT INTO coverage(import, country, first_day, last_day, is_complete, who, at)"
            " VALUES(?, ?, ?, ?, ?, ?, ?)",
            "utiiitt", import, claim->n_countries ? claim->countries[i] : SLICE(""), (int64_t)claim->first_day,
            (int64_t)claim->last_day, (int64_t)claim->is_complete, who, slice_from(when));
    return status;
}

/* What the ledger says of it. */
static enum comity_status coverage_json(uint64_t import, const struct coverage_report *report, struct arena *arena,
    struct slice *out, struct comity_error *err)
{
    const struct coverage_claim *claim = &report->claim;
    char day[DAY_TEXT];
    struct buffer json;
    buffer_init(&json, 1 << 16);
    buffer_add_byte(&json, '{');
    json_member_u64(&json, "import", import);
    day_format(claim->first_day, day);
    json_member(&json, "from", slice_from(day));
    day_format(claim->last_day, day);
    json_member(&json, "to", slice_from(day));
    json_name(&json, "countries");
    for (size_t i = 0; i < claim->n_countries; i++) {
        buffer_add_string(&json, i ? "," : "[");
        json_text(&json, claim->countries[i]);
    }
    buffer_add_string(&json, claim->n_countries ? "]" : "[]");
    json_member_bool(&json, "is_complete", claim->is_complete);
    json_member_u64(&json, "retracted", claim->is_complete ? report->n_missing : 0);
    buffer_add_byte(&json, '}');
    *out = buffer_status(&json) ? SLICE_EMPTY : arena_copy(arena, buffer_slice(&json));
    buffer_release(&json);
    return out->ptr ? COMITY_OK : error_nomem(err);
}

/* Within the writing transaction, with the edition loaded. */
static enum comity_status write_coverage(struct weigh *w, const struct coverage_claim *claim, struct slice who)
{
    enum comity_status status = weigh_take_claim(w, claim);
    if (!status)
        status = insert_coverage(w->edition.store, w->edition.number, &w->report->claim, who, w->err);
    if (!status)
        status = weigh_read_complete(w);
    if (!status)
        status = weigh_count(w);
    return status ? status : weigh_write(w);
}

enum comity_status store_import_cover(struct store_import *import, const struct domain *domain,
    const struct coverage_claim *claim, struct import_counts *counts, struct arena *arena, struct coverage_report *out,
    struct comity_error *err)
{
    struct store *store = import->store;
    struct weigh w = {0};
    uint64_t n_said =
        import->counts.n_new + import->counts.n_updated + import->counts.n_unchanged + import->counts.n_revived;
    uint64_t has_earlier = 0;
    *out = (struct coverage_report){.is_first = true, .n_said = n_said};
    if (!import->is_settled)
        return error_set(err, COMITY_USAGE, "an import must be settled before it is covered");
    enum comity_status status = sql_number(store, err, &has_earlier, 0,
        "SELECT EXISTS(SELECT 1 FROM import WHERE source = ? AND state = 1)", "u", (uint64_t)import->source.id);
    if (status || (!claim && !has_earlier))
        return status;
    status = sql_run(
        store, err, "UPDATE import SET last_mention = ? WHERE number = ?", "uu", import->next_id - 1, import->number);
    if (!status)
        status = weigh_load(&w, store, import->source.id, import->number, domain, arena, out, err);
    if (!status && claim) {
        status = write_coverage(&w, claim, import->info.who);
        if (!status)
            status = coverage_json(import->number, out, &import->arena, &import->coverage_json, err);
        import->counts.n_retracted = counts->n_retracted = w.n_retracted;
    } else if (!status) {
        status = weigh_own_claim(&w);
        if (!status)
            status = weigh_count(&w);
    }
    weigh_release(&w);
    return status;
}

/* ---- published imports ---------------------------------------------------------------------------------------- */

static enum comity_status source_of(struct store *store, uint64_t import, uint64_t *source, struct comity_error *err)
{
    uint64_t state = 0;
    enum comity_status status =
        sql_number(store, err, &state, 0, "SELECT state FROM import WHERE number = ?", "u", import);
    if (!status && !state) {
        error_set(err, COMITY_NOTFOUND, "there is no import %llu", (unsigned long long)import);
        error_hint(err, "`comity imports` lists them");
        return COMITY_NOTFOUND;
    }
    if (!status && state == 2)
        return error_set(err, COMITY_CONFLICT, "import %llu was taken back", (unsigned long long)import);
    return status ? status
                  : sql_number(store, err, source, 0, "SELECT source FROM import WHERE number = ?", "u", import);
}

static enum comity_status propose_within(struct weigh *w, const struct coverage_claim *claim)
{
    enum comity_status status = claim ? weigh_take_claim(w, claim) : weigh_own_claim(w);
    w->report->is_confirmed = false;
    return status ? status : weigh_count(w);
}

enum comity_status store_coverage_propose(struct store *store, const struct reader *reader, const struct domain *domain,
    uint64_t import, const struct coverage_claim *claim, struct arena *arena, struct coverage_report *out,
    struct comity_error *err)
{
    struct weigh w = {0};
    uint64_t source = 0;
    reader_sees_all(reader);
    enum comity_status status = read_begin(store, err);
    if (status)
        return status;
    status = source_of(store, import, &source, err);
    if (!status)
        status = weigh_load(&w, store, source, import, domain, arena, out, err);
    if (!status)
        status = propose_within(&w, claim);
    weigh_release(&w);
    read_end(store);
    return status;
}

static enum comity_status confirm_within(struct store *store, struct weigh *w, const struct domain *domain,
    uint64_t import, const struct coverage_claim *claim, const struct reader *who, struct arena *arena,
    struct coverage_report *out, struct comity_error *err)
{
    uint64_t source = 0;
    struct slice json;
    enum comity_status status = source_of(store, import, &source, err);
    if (!status)
        status = weigh_load(w, store, source, import, domain, arena, out, err);
    if (!status)
        status = write_coverage(w, claim, slice_from(who->name));
    if (!status)
        status = retract_apply(store, source, err);
    if (!status)
        status = sequence_next(store, err);
    if (!status)
        status = coverage_json(import, out, arena, &json, err);
    return status ? status : ledger_add(store, slice_from(who->name), "confirm coverage", json, err);
}

enum comity_status store_coverage_confirm(struct store *store, const struct domain *domain, uint64_t import,
    const struct coverage_claim *claim, const struct reader *who, struct arena *arena, struct coverage_report *out,
    struct comity_error *err)
{
    struct weigh w = {0};
    enum comity_status status = write_begin(store, err);
    if (status)
        return status;
    status = confirm_within(store, &w, domain, import, claim, who, arena, out, err);
    weigh_release(&w);
    return write_end(store, status, err);
}

static enum comity_status withdraw_within(
    struct store *store, uint64_t import, const struct reader *who, struct comity_error *err)
{
    uint64_t source = 0, n = 0;
    char detail[64];
    enum comity_status status = source_of(store, import, &source, err);
    if (!status)
        status = sql_number(
            store, err, &n, 0, "SELECT count(*) FROM coverage WHERE import = ? AND is_withdrawn = 0", "u", import);
    if (!status && !n)
        return error_set(err, COMITY_NOTFOUND, "import %llu has no coverage", (unsigned long long)import);
    if (!status)
        status = sql_run(store, err, "UPDATE coverage SET is_withdrawn = 1 WHERE import = ?", "u", import);
    if (!status)
        status = sql_run(store, err, "DELETE FROM retraction WHERE import = ?", "u", import);
    if (!status)
        status = sql_run(store, err, "UPDATE import SET n_retracted = 0 WHERE number = ?", "u", import);
    if (!status)
        status = retract_apply(store, source, err);
    if (!status)
        status = sequence_next(store, err);
    snprintf(detail, sizeof detail, "{\"import\":%llu}", (unsigned long long)import);
    return status ? status : ledger_add(store, slice_from(who->name), "withdraw coverage", slice_from(detail), err);
}

enum comity_status store_coverage_withdraw(
    struct store *store, uint64_t import, const struct reader *who, struct comity_error *err)
{
    enum comity_status status = write_begin(store, err);
    return status ? status : write_end(store, withdraw_within(store, import, who, err), err);
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

static bool read_coverage(sqlite3_stmt *row, struct arena *arena, void *item)
{
    struct coverage_row *out = item;
    *out = (struct coverage_row){.id = sql_u64(row, 0),
        .import = sql_u64(row, 1),
        .first_day = (int32_t)sqlite3_column_int64(row, 3),
        .last_day = (int32_t)sqlite3_column_int64(row, 4),
        .is_complete = sql_u64(row, 5) != 0,
        .is_withdrawn = sql_u64(row, 6) != 0,
        .is_undone = sql_u64(row, 7) == 2};
    return sql_copy(row, 2, arena, &out->country) && sql_copy(row, 8, arena, &out->who) &&
           sql_copy(row, 9, arena, &out->when) && sql_copy(row, 10, arena, &out->source_code);
}

enum comity_status store_coverages(struct store *store, const struct reader *reader, struct arena *arena,
    struct coverage_row **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    reader_sees_all(reader);
    enum comity_status status = sql_list(store, arena, sizeof **out, read_coverage, &items, err,
        "SELECT c.id, c.import, c.country, c.first_day, c.last_day, c.is_complete, c.is_withdrawn, i.state, c.who,"
        " c.at, s.code FROM coverage AS c JOIN import AS i ON i.number = c.import JOIN source AS s ON s.id = i.source"
        " ORDER BY c.import, c.id",
        "");
    *out = items.at;
    *n = items.n;
    return status;
}
