/* Three passes without a look-up: the imports of the source give ranges of ids, which become one dense index; the runs
 * of said_again and of retraction are painted over it in the order of their imports; the mentions are read range by
 * range. */
#include "store/edition.h"

#include "base/array.h"
#include "base/error.h"

#include <stdlib.h>

static enum comity_status load_imports(struct edition *e, struct comity_error *err)
{
    sqlite3_stmt *row = NULL;
    bool has_row = false;
    enum comity_status status = sql_prepare(e->store,
        "SELECT number, first_mention, last_mention, state FROM import WHERE source = ?1 AND number <= ?2"
        " AND (state > 0 OR number = ?2) ORDER BY number",
        &row, err);
    if (!status)
        status = sql_bind(e->store, row, err, "uu", e->source, e->number > INT64_MAX ? INT64_MAX : e->number);
    while (!status && !(status = sql_step(e->store, row, &has_row, err)) && has_row) {
        struct edition_import import = {.number = sql_u64(row, 0),
            .first = sql_u64(row, 1),
            .last = sql_u64(row, 2),
            .at = e->n,
            .is_published = sql_u64(row, 3) == 1};
        if (import.number > UINT32_MAX)
            status = error_set(err, COMITY_LIMIT, "there are too many imports");
        else if (!ARRAY_ROOM(e->imports, e->n_imports, e->room_imports, 1))
            status = error_nomem(err);
        else
            e->imports[e->n_imports++] = import;
        if (import.last >= import.first)
            e->n += import.last - import.first + 1;
    }
    sqlite3_finalize(row);
    return status;
}

bool edition_find(const struct edition *e, uint64_t mention, size_t *index)
{
    size_t low = 0, high = e->n_imports;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (e->imports[middle].first <= mention)
            low = middle + 1;
        else
            high = middle;
    }
    /* An import without mentions begins where the next one does, so the last that begins here or before is the one. */
    if (!low || mention > e->imports[low - 1].last)
        return false;
    *index = e->imports[low - 1].at + (size_t)(mention - e->imports[low - 1].first);
    return true;
}

/* Runs may lie over the mentions of several imports, with those of other sources between. */
static void paint(struct edition *e, uint64_t first, uint64_t last, uint64_t number, uint32_t *by)
{
    for (size_t i = 0; i < e->n_imports && e->imports[i].first <= last; i++) {
        const struct edition_import *import = &e->imports[i];
        uint64_t from = first > import->first ? first : import->first, to = last < import->last ? last : import->last;
        for (uint64_t id = from; id <= to; id++) {
            size_t at = import->at + (size_t)(id - import->first);
            if (number == e->number)
                e->is_said[at] = by == e->said ? 1 : e->is_said[at];
            else
                by[at] = (uint32_t)number;
        }
    }
}

static enum comity_status paint_runs(struct edition *e, const char *sql, uint32_t *by, struct comity_error *err)
{
    sqlite3_stmt *row = NULL;
    bool has_row = false;
    enum comity_status status = sql_prepare(e->store, sql, &row, err);
    if (!status)
        status = sql_bind(e->store, row, err, "uu", e->source, e->number > INT64_MAX ? INT64_MAX : e->number);
    while (!status && !(status = sql_step(e->store, row, &has_row, err)) && has_row)
        paint(e, sql_u64(row, 1), sql_u64(row, 2), sql_u64(row, 0), by);
    sqlite3_finalize(row);
    return status;
}

enum comity_status edition_load(
    struct store *store, uint64_t source, uint64_t number, struct edition *e, struct comity_error *err)
{
    *e = (struct edition){.store = store, .source = source, .number = number};
    enum comity_status status = load_imports(e, err);
    if (status)
        return status;
    e->said = calloc(e->n + 1, sizeof *e->said);
    e->retracted = calloc(e->n + 1, sizeof *e->retracted);
    e->is_said = calloc(e->n + 1, 1);
    if (!e->said || !e->retracted || !e->is_said)
        return error_nomem(err);
    for (size_t i = 0; i < e->n_imports; i++) {
        const struct edition_import *import = &e->imports[i];
        if (import->last >= import->first && (import->is_published || import->number == number))
            paint(e, import->first, import->last, import->number, e->said);
    }
    status = paint_runs(e,
        "SELECT a.import, a.first_mention, a.last_mention FROM said_again AS a JOIN import AS i ON i.number = a.import"
        " WHERE i.source = ?1 AND i.number <= ?2 AND (i.state = 1 OR i.number = ?2) ORDER BY i.number",
        e->said, err);
    return status ? status
                  : paint_runs(e,
                        "SELECT r.import, r.first_mention, r.last_mention FROM retraction AS r JOIN import AS i ON"
                        " i.number = r.import WHERE i.source = ?1 AND i.number < ?2 AND i.state = 1 ORDER BY i.number",
                        e->retracted, err);
}

void edition_release(struct edition *e)
{
    free(e->imports);
    free(e->said);
    free(e->retracted);
    free(e->is_said);
    *e = (struct edition){0};
}

/* ---- reading -------------------------------------------------------------------------------------------------- */

static struct edition_row read_row(
    const struct edition *e, const struct edition_import *import, sqlite3_stmt *statement, uint64_t first_own)
{
    struct edition_row row = {.id = sql_u64(statement, 0),
        .supersedes = sql_u64(statement, 1),
        .superseded_by = sql_u64(statement, 2),
        .retracted_by = sql_u64(statement, 3),
        .is_own = import->number == e->number,
        .key = sql_slice(statement, 4),
        .packed = sql_slice(statement, 5)};
    row.at = import->at + (size_t)(row.id - import->first);
    bool is_superseded_before = row.superseded_by && row.superseded_by < first_own;
    row.is_live_before = e->said[row.at] > e->retracted[row.at] && !is_superseded_before;
    return row;
}

enum comity_status edition_scan(const struct edition *e, edition_visit visit, void *context, struct comity_error *err)
{
    sqlite3_stmt *statement = NULL;
    if (!e->n_imports)
        return COMITY_OK;
    const struct edition_import *last = &e->imports[e->n_imports - 1];
    uint64_t first_own = last->number == e->number ? last->first : UINT64_MAX;
    /* A mention that was handed over is vouched for by another import of the same source. */
    enum comity_status status = sql_prepare(e->store,
        "SELECT id, supersedes, superseded_by, retracted_by, key, packed FROM mention WHERE id BETWEEN ?1 AND ?2"
        " AND EXISTS(SELECT 1 FROM import WHERE number = mention.import AND source = ?3"
        " AND (state = 1 OR number = ?4))",
        &statement, err);
    for (size_t i = 0; !status && i < e->n_imports; i++) {
        const struct edition_import *import = &e->imports[i];
        bool has_row = false;
        if (import->last < import->first)
            continue;
        status = sql_bind(e->store, statement, err, "uuuu", import->first, import->last, e->source,
            e->number > INT64_MAX ? INT64_MAX : e->number);
        while (!status && !(status = sql_step(e->store, statement, &has_row, err)) && has_row) {
            struct edition_row row = read_row(e, import, statement, first_own);
            status = visit(context, &row, err);
        }
    }
    sqlite3_finalize(statement);
    return status;
}
