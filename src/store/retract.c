/* One rule, applied to the whole source each time: so that no order of importing, confirming and undoing can lead
 * elsewhere than another. */
#include "store/retract.h"

#include "base/array.h"
#include "base/error.h"
#include "store/edition.h"

#include <stdlib.h>

struct changed {
    uint64_t mention, by; /* 0: no longer retracted */
};

struct applying {
    struct edition edition;
    struct changed *changed;
    size_t n, room;
};

static enum comity_status visit(void *context, const struct edition_row *row, struct comity_error *err)
{
    struct applying *a = context;
    const struct edition *e = &a->edition;
    uint64_t by = e->retracted[row->at] > e->said[row->at] ? e->retracted[row->at] : 0;
    if (by == row->retracted_by)
        return COMITY_OK;
    if (!ARRAY_ROOM(a->changed, a->n, a->room, 1))
        return error_nomem(err);
    a->changed[a->n++] = (struct changed){row->id, by};
    return COMITY_OK;
}

static enum comity_status write_one(struct store *store, sqlite3_stmt *mention, sqlite3_stmt *find, sqlite3_stmt *said,
    uint64_t source, const struct changed *changed, struct comity_error *err)
{
    bool has_row = false;
    enum comity_status status = sql_bind(store, mention, err, "uu", changed->mention, changed->by);
    if (!status)
        status = sql_step(store, mention, NULL, err);
    if (!status)
        status = sql_bind(store, find, err, "u", changed->mention);
    if (!status)
        status = sql_step(store, find, &has_row, err);
    if (status || !has_row)
        return status;
    uint64_t what = mention_what(sql_slice(find, 3), sql_u64(find, 2), sql_u64(find, 0));
    status = sql_bind(
        store, said, err, "uuuuu", source, what, sql_u64(find, 1), changed->mention, (uint64_t)(changed->by != 0));
    return status ? status : sql_step(store, said, NULL, err);
}

static enum comity_status write_changes(struct applying *a, uint64_t source, struct comity_error *err)
{
    struct store *store = a->edition.store;
    sqlite3_stmt *mention = NULL, *find = NULL, *said = NULL;
    enum comity_status status =
        sql_prepare(store, "UPDATE mention SET retracted_by = nullif(?2, 0) WHERE id = ?1", &mention, err);
    if (!status)
        status = sql_prepare(store, "SELECT content, ordinal, part, key FROM mention WHERE id = ?", &find, err);
    if (!status)
        status = sql_prepare(store,
            "UPDATE said SET is_retracted = ?5 WHERE source = ?1 AND what = ?2 AND ordinal = ?3 AND mention = ?4",
            &said, err);
    for (size_t i = 0; !status && i < a->n; i++)
        status = write_one(store, mention, find, said, source, &a->changed[i], err);
    sqlite3_finalize(mention);
    sqlite3_finalize(find);
    sqlite3_finalize(said);
    return status;
}

enum comity_status retract_apply(struct store *store, uint64_t source, struct comity_error *err)
{
    struct applying a = {0};
    uint64_t has_any = 0;
    enum comity_status status = sql_number(store, err, &has_any, 0,
        "SELECT EXISTS(SELECT 1 FROM coverage JOIN import ON number = import WHERE source = ?1 AND is_complete = 1)"
        " OR EXISTS(SELECT 1 FROM retraction JOIN import ON number = import WHERE source = ?1)",
        "u", source);
    if (status || !has_any)
        return status;
    status = edition_load(store, source, UINT64_MAX, &a.edition, err);
    if (!status)
        status = edition_scan(&a.edition, visit, &a, err);
    if (!status)
        status = write_changes(&a, source, err);
    if (!status)
        status = sql_run(store, err,
            "UPDATE source SET n_live = (SELECT count(*) FROM said WHERE said.source = ?1 AND is_retracted = 0)"
            " WHERE id = ?1",
            "u", source);
    edition_release(&a.edition);
    free(a.changed);
    return status;
}
