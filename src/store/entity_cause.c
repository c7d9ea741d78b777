/* The ledger has every change in order, so nothing is noted twice: what stands in it between the line of the last round
 * and that of this one is what may have been the cause. */
#include "store/entity_cause.h"

#include "base/array.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

static enum entity_cause cause_of_line(struct slice what)
{
    return slice_is(what, "judge")            ? ENTITY_BY_JUDGEMENT
           : slice_is(what, "undo judgement") ? ENTITY_BY_UNDONE_JUDGEMENT
           : slice_is(what, "undo import")    ? ENTITY_BY_UNDONE_IMPORT
                                              : ENTITY_BY_IMPORT;
}

/* An import that a feed brought has two lines, one soon after the other. */
static bool is_known(const struct entity_causes *causes, struct entity_reason reason)
{
    for (size_t i = causes->n; i > 0 && causes->n - i < 4; i--)
        if (causes->deeds[i - 1].reason.cause == reason.cause && causes->deeds[i - 1].reason.id == reason.id)
            return true;
    return false;
}

static struct entity_deed deed_of_line(sqlite3_stmt *line, struct entity_reason reason)
{
    uint64_t kind = sql_u64(line, 4);
    struct entity_deed deed = {.reason = reason, .named = {sql_u64(line, 2), sql_u64(line, 3)}};
    deed.is_of_two =
        reason.cause <= ENTITY_BY_UNDONE_JUDGEMENT && (kind == JUDGEMENT_SAME || kind == JUDGEMENT_DIFFERENT);
    deed.joins = (kind == JUDGEMENT_SAME) == (reason.cause == ENTITY_BY_JUDGEMENT);
    return deed;
}

static enum comity_status read_deeds(
    struct store *store, uint64_t ledger, struct entity_causes *out, struct comity_error *err)
{
    sqlite3_stmt *line = NULL;
    bool has_row = false;
    enum comity_status status = sql_prepare(store,
        "SELECT l.what, coalesce(json_extract(l.detail, '$.judgement'), json_extract(l.detail, '$.import')), j.a, j.b, "
        "j.kind"
        " FROM ledger AS l LEFT JOIN judgement AS j ON j.id = json_extract(l.detail, '$.judgement')"
        " WHERE l.number > ? AND l.what IN ('import', 'feed', 'undo import', 'judge', 'undo judgement')"
        " ORDER BY l.number",
        &line, err);
    if (!status)
        status = sql_bind(store, line, err, "u", ledger);
    while (!status && !(status = sql_step(store, line, &has_row, err)) && has_row) {
        struct entity_reason reason = {cause_of_line(sql_slice(line, 0)), sql_u64(line, 1)};
        if (!reason.id || is_known(out, reason))
            continue;
        if (!ARRAY_ROOM(out->deeds, out->n, out->room, 1))
            status = error_nomem(err);
        else
            out->deeds[out->n++] = deed_of_line(line, reason);
    }
    sqlite3_finalize(line);
    return status;
}

static bool has_judgements(const struct entity_causes *causes)
{
    for (size_t i = 0; i < causes->n; i++)
        if (causes->deeds[i].is_of_two)
            return true;
    return false;
}

static void place_deed(const struct entity_change *change, const struct map *where, struct entity_deed *deed)
{
    for (int side = 0; side < 2; side++) {
        const uint64_t *at = map_get(where, deed->named[side]);
        if (at && *at) {
            deed->before[side] = change->before[*at - 1];
            deed->after[side] = change->after[*at - 1];
        }
    }
}

/* Judgements name identities: one pass finds the mentions that have them. */
static enum comity_status place_judgements(
    const struct entity_change *change, struct entity_causes *causes, struct comity_error *err)
{
    struct map where = {0};
    bool is_full = false;
    for (size_t i = 0; i < causes->n; i++)
        for (int side = 0; side < 2 && causes->deeds[i].is_of_two; side++)
            is_full = is_full || !map_put(&where, causes->deeds[i].named[side], NULL);
    for (size_t i = 0; !is_full && i < change->mentions->n; i++) {
        uint64_t *at = map_get(&where, mention_named(change->mentions, i));
        if (at)
            *at = i + 1;
    }
    for (size_t i = 0; !is_full && i < causes->n; i++)
        if (causes->deeds[i].is_of_two)
            place_deed(change, &where, &causes->deeds[i]);
    map_release(&where);
    return is_full ? error_nomem(err) : COMITY_OK;
}

enum comity_status entity_causes_read(struct store *store, const struct entity_change *change, uint64_t ledger,
    struct entity_causes *out, struct comity_error *err)
{
    enum comity_status status = read_deeds(store, ledger, out, err);
    if (!status && has_judgements(out))
        status = place_judgements(change, out, err);
    return status;
}

void entity_causes_release(struct entity_causes *causes)
{
    free(causes->deeds);
    sqlite3_finalize(causes->gone);
    *causes = (struct entity_causes){0};
}

/* It did what it says, and between these. */
static bool is_between(const struct entity_deed *deed, uint64_t entity, uint64_t other)
{
    bool has_entity = false, has_other = false;
    bool were_together = deed->before[0] == deed->before[1], are_together = deed->after[0] == deed->after[1];
    if (!deed->is_of_two || were_together == deed->joins || are_together != deed->joins)
        return false;
    for (int side = 0; side < 2; side++) {
        has_entity = has_entity || deed->before[side] == entity || deed->after[side] == entity;
        has_other = has_other || deed->before[side] == other || deed->after[side] == other;
    }
    return has_entity && has_other;
}

/* The last judgement between them has the last word. */
struct entity_reason entity_cause_between(const struct entity_causes *causes, uint64_t entity, uint64_t other)
{
    for (size_t i = causes->n; i-- > 0;)
        if (is_between(&causes->deeds[i], entity, other))
            return causes->deeds[i].reason;
    return causes->n == 1 ? causes->deeds[0].reason : (struct entity_reason){ENTITY_BY_LINKING, 0};
}

enum comity_status entity_cause_of_gone(struct store *store, struct entity_causes *causes, uint64_t mention,
    struct entity_reason *out, struct comity_error *err)
{
    bool has_row = false;
    enum comity_status status = COMITY_OK;
    *out = (struct entity_reason){ENTITY_BY_LINKING, 0};
    if (!causes->gone)
        status = sql_prepare(store,
            "SELECT i.state = 2, CASE WHEN i.state = 2 THEN i.number ELSE coalesce(m.retracted_by, newer.import, 0) END"
            " FROM mention AS m JOIN import AS i ON i.number = m.import"
            " LEFT JOIN mention AS newer ON newer.id = m.superseded_by WHERE m.id = ?",
            &causes->gone, err);
    if (!status)
        status = sql_bind(store, causes->gone, err, "u", mention);
    if (!status)
        status = sql_step(store, causes->gone, &has_row, err);
    if (!status && has_row && sql_u64(causes->gone, 1))
        *out = (struct entity_reason){
            sql_u64(causes->gone, 0) ? ENTITY_BY_UNDONE_IMPORT : ENTITY_BY_IMPORT, sql_u64(causes->gone, 1)};
    return status;
}
