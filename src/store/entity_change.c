/* The partition before and the one after, laid side by side. Only what differs is held: a mention that was in one
 * entity and is in another is a "flow", and sorted flows are the events. What is asked of ids (was it an entity before,
 * is one of its mentions left) is a bit by id, since ids are dense.
 *
 * Which mentions the round before knew is kept as runs of numbers: with it a mention that is new, one that came back
 * and one that is gone can be told apart, whatever imports, undos and retractions did meanwhile. */
#include "store/entity_change.h"

#include "base/array.h"
#include "base/error.h"
#include "store/entity_cause.h"
#include "store/ids.h"

#include <stdlib.h>
#include <string.h>

enum { MOST_ENDED = 1024 }; /* entities in one row of the ended */

struct flow {
    enum entity_event_kind kind;
    struct entity_reason reason;
    uint64_t entity, other, mention; /* of the ended: other and mention 0 */
};

struct round {
    struct store *store;
    struct comity_error *err;
    const struct entity_change *change;
    uint64_t sequence, ledger; /* of this round */
    uint64_t ledger_before, next_id_before, next_id;
    bool *is_known; /* by mention: the round before knew it */
    uint64_t *gone; /* mentions that the round before knew, and are not live */
    /* Bits by id: entity before; one with a mention left; entity after; one that was greeted. */
    uint64_t *was, *is_left, *is_now, *is_met;
    struct flow *flows;
    sqlite3_stmt *drop, *close; /* of a redirect */
    struct entity_causes causes;
    uint64_t n_created, n_joined;
    size_t n_gone, room_gone, n_flows, room_flows;
};

static bool bit(const uint64_t *bits, uint64_t id)
{
    return bits[id / 64] >> (id % 64) & 1;
}

static void set_bit(uint64_t *bits, uint64_t id)
{
    bits[id / 64] |= UINT64_C(1) << (id % 64);
}

/* ---- what the round before knew -------------------------------------------------------------------------------- */

static enum comity_status read_state(struct round *r)
{
    sqlite3_stmt *row = NULL;
    bool has_row = false;
    enum comity_status status = sql_prepare(r->store,
        "SELECT state.sequence, state.n_ledger, state.next_id, coalesce(before.ledger, state.n_ledger),"
        " coalesce(before.next_id, 0) FROM state LEFT JOIN (SELECT ledger, next_id FROM entity_round"
        " ORDER BY sequence DESC LIMIT 1) AS before",
        &row, r->err);
    if (!status)
        status = sql_step(r->store, row, &has_row, r->err);
    if (!status && has_row) {
        r->sequence = sql_u64(row, 0);
        r->ledger = sql_u64(row, 1);
        r->next_id = sql_u64(row, 2);
        r->ledger_before = sql_u64(row, 3);
        r->next_id_before = sql_u64(row, 4);
    }
    sqlite3_finalize(row);
    return status;
}

/* The runs beside the mentions, both ascending. */
static enum comity_status lay_beside(struct round *r, struct slice runs)
{
    const struct mentions *mentions = r->change->mentions;
    struct id_runs reading = {.rest = runs};
    uint64_t id;
    size_t at = 0;
    while (id_runs_next(&reading, &id)) {
        while (at < mentions->n && mentions->id[at] < id)
            at++;
        if (at < mentions->n && mentions->id[at] == id) {
            r->is_known[at] = true;
            continue;
        }
        if (!ARRAY_ROOM(r->gone, r->n_gone, r->room_gone, 1))
            return error_nomem(r->err);
        r->gone[r->n_gone++] = id;
    }
    return COMITY_OK;
}

static enum comity_status read_known(struct round *r)
{
    sqlite3_stmt *row = NULL;
    bool has_row = false;
    enum comity_status status = sql_prepare(r->store, "SELECT runs FROM entity_known", &row, r->err);
    if (!status)
        status = sql_step(r->store, row, &has_row, r->err);
    if (!status && has_row)
        status = lay_beside(r, sql_slice(row, 0));
    sqlite3_finalize(row);
    return status;
}

static enum comity_status write_known(struct round *r)
{
    struct buffer runs;
    buffer_init(&runs, (size_t)1 << 30);
    id_runs_write(&runs, r->change->mentions->id, r->change->mentions->n);
    enum comity_status status = buffer_status(&runs)
                                    ? error_nomem(r->err)
                                    : sql_run(r->store, r->err, "INSERT OR REPLACE INTO entity_known VALUES(1, ?)", "b",
                                          runs.len ? buffer_slice(&runs) : SLICE(""));
    buffer_release(&runs);
    return status;
}

/* ---- what differs ---------------------------------------------------------------------------------------------- */

static enum comity_status add_flow(struct round *r, struct flow flow)
{
    if (!ARRAY_ROOM(r->flows, r->n_flows, r->room_flows, 1))
        return error_nomem(r->err);
    r->flows[r->n_flows++] = flow;
    return COMITY_OK;
}

/* It was in an entity that there was: the round before knew it, or it came into one by itself, as a newer version does
 * and a mention that comes back to what is left of its entity. */
static bool had_place(const struct round *r, size_t i)
{
    return r->is_known[i] || bit(r->was, r->change->before[i]);
}

static enum comity_status mark_entities(struct round *r, uint64_t *entity_of_gone)
{
    const struct entity_change *c = r->change;
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; !status && i < r->n_gone; i++) {
        status = sql_number(r->store, r->err, &entity_of_gone[i], r->gone[i],
            "SELECT entity FROM membership WHERE mention = ?", "u", r->gone[i]);
        if (!status)
            set_bit(r->was, entity_of_gone[i]);
    }
    for (size_t i = 0; i < c->mentions->n; i++) {
        set_bit(r->is_now, c->after[i]);
        if (r->is_known[i])
            set_bit(r->was, c->before[i]);
    }
    return status;
}

static struct flow flow_of(const struct round *r, size_t i)
{
    const struct entity_change *c = r->change;
    struct flow flow = {.entity = c->before[i], .other = c->after[i], .mention = c->mentions->id[i]};
    flow.kind = c->after[c->claims[flow.entity] - 1] == flow.other ? ENTITY_MERGED
                : bit(r->was, flow.other)                          ? ENTITY_MOVED
                                                                   : ENTITY_SPLIT;
    flow.reason = entity_cause_between(&r->causes, flow.entity, flow.other);
    return flow;
}

/* Whether an id that is an entity now was one earlier, and was told to be no more. */
static enum comity_status was_ended(struct round *r, uint64_t entity, bool *was)
{
    struct arena arena = {0};
    static const struct reader everyone = {.name = ""};
    struct entity_event_part part = {.entity = entity, .until = UINT64_MAX};
    struct entity_event *events = NULL;
    size_t n = 0;
    enum comity_status status = store_entity_events(r->store, &everyone, &part, &arena, &events, &n, r->err);
    *was = false;
    for (size_t i = 0; !status && i < n; i++)
        *was =
            *was || events[i].kind == ENTITY_ENDED || (events[i].kind == ENTITY_MERGED && events[i].entity == entity);
    arena_release(&arena);
    return status;
}

/* One without a place before is new, or is back after it was away. */
static enum comity_status greet(struct round *r, size_t i)
{
    uint64_t entity = r->change->after[i];
    bool is_back = false;
    enum comity_status status = COMITY_OK;
    if (bit(r->was, entity) || bit(r->is_met, entity)) {
        r->n_joined++;
        return COMITY_OK;
    }
    set_bit(r->is_met, entity);
    if (entity < r->next_id_before)
        status = was_ended(r, entity, &is_back);
    r->n_created += !is_back;
    return status || !is_back ? status
                              : add_flow(r, (struct flow){.kind = ENTITY_RETURNED,
                                                .reason = entity_cause_between(&r->causes, entity, entity),
                                                .entity = entity});
}

/* What came back, or follows something that was away, may stand in an entity that led elsewhere when it went: by a row,
 * or by the membership of the mention that has its number, over which a row that leads nowhere goes. */
static enum comity_status drop_redirect(struct round *r, size_t i)
{
    const struct entity_change *c = r->change;
    uint64_t id = c->mentions->id[i];
    if (r->is_known[i] || (id >= r->next_id_before && c->before[i] == id))
        return COMITY_OK;
    enum comity_status status = sql_bind(r->store, r->drop, r->err, "u", c->after[i]);
    if (!status)
        status = sql_step(r->store, r->drop, NULL, r->err);
    if (!status)
        status = sql_bind(r->store, r->close, r->err, "u", c->after[i]);
    return status ? status : sql_step(r->store, r->close, NULL, r->err);
}

static enum comity_status compare(struct round *r)
{
    const struct entity_change *c = r->change;
    enum comity_status status = sql_prepare(r->store, "DELETE FROM redirect WHERE entity = ?", &r->drop, r->err);
    if (!status)
        status = sql_prepare(r->store,
            "INSERT INTO redirect SELECT mention, 0 FROM membership WHERE mention = ?1 AND entity <> ?1", &r->close,
            r->err);
    for (size_t i = 0; !status && i < c->mentions->n; i++) {
        bool has_place = had_place(r, i);
        if (has_place)
            set_bit(r->is_left, c->before[i]);
        if (!has_place)
            status = greet(r, i);
        else if (c->before[i] != c->after[i])
            status = add_flow(r, flow_of(r, i));
        if (!status)
            status = drop_redirect(r, i);
    }
    sqlite3_finalize(r->drop);
    sqlite3_finalize(r->close);
    return status;
}

static enum comity_status end_entities(struct round *r, const uint64_t *entity_of_gone)
{
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; !status && i < r->n_gone; i++) {
        struct flow flow = {.kind = ENTITY_ENDED, .entity = entity_of_gone[i]};
        if (bit(r->is_left, flow.entity) || bit(r->is_now, flow.entity))
            continue;
        set_bit(r->is_left, flow.entity); /* once */
        status = entity_cause_of_gone(r->store, &r->causes, r->gone[i], &flow.reason, r->err);
        if (!status)
            status = add_flow(r, flow);
    }
    return status;
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static int compare_u64(uint64_t a, uint64_t b)
{
    return a < b ? -1 : a > b;
}

/* Of the ended those with one cause stand together. */
static int compare_flows(const void *a, const void *b)
{
    const struct flow *x = a, *y = b;
    int order = compare_u64(x->kind, y->kind);
    if (!order && x->kind == ENTITY_ENDED)
        order = compare_u64(x->reason.cause, y->reason.cause);
    if (!order && x->kind == ENTITY_ENDED)
        order = compare_u64(x->reason.id, y->reason.id);
    if (!order)
        order = compare_u64(x->entity, y->entity);
    if (!order)
        order = compare_u64(x->other, y->other);
    return order ? order : compare_u64(x->mention, y->mention);
}

static bool is_one_event(const struct flow *first, const struct flow *next, size_t n)
{
    if (first->kind != next->kind)
        return false;
    if (first->kind == ENTITY_ENDED)
        return n < MOST_ENDED && first->reason.cause == next->reason.cause && first->reason.id == next->reason.id;
    return first->entity == next->entity && first->other == next->other;
}

static enum comity_status write_event(struct round *r, sqlite3_stmt *insert, const struct flow *flows, size_t n)
{
    struct buffer members;
    bool is_ended = flows->kind == ENTITY_ENDED;
    buffer_init(&members, (size_t)1 << 30);
    buffer_add_string(&members, "");
    uint64_t last = 0;
    for (size_t i = 0; i < n && flows->kind != ENTITY_MERGED && flows->kind != ENTITY_RETURNED; i++) {
        uint64_t id = is_ended ? flows[i].entity : flows[i].mention;
        buffer_add_varint(&members, id - last);
        last = id;
    }
    enum comity_status status = buffer_status(&members) ? error_nomem(r->err) : COMITY_OK;
    if (!status)
        status = sql_bind(r->store, insert, r->err, "uiuuiub", r->sequence, (int64_t)flows->kind, flows->entity,
            is_ended ? last : flows->other, (int64_t)flows->reason.cause, flows->reason.id,
            members.len ? buffer_slice(&members) : SLICE(""));
    if (!status)
        status = sql_step(r->store, insert, NULL, r->err);
    buffer_release(&members);
    return status;
}

static enum comity_status write_events(struct round *r)
{
    sqlite3_stmt *insert = NULL;
    if (!r->n_flows)
        return COMITY_OK;
    qsort(r->flows, r->n_flows, sizeof *r->flows, compare_flows);
    enum comity_status status = sql_prepare(r->store,
        "INSERT INTO entity_event(sequence, kind, entity, other, cause, cause_id, members) VALUES(?, ?, ?, ?, ?, ?, ?)",
        &insert, r->err);
    for (size_t at = 0, n; !status && at < r->n_flows; at += n) {
        for (n = 1; at + n < r->n_flows && is_one_event(&r->flows[at], &r->flows[at + n], n); n++)
            ;
        status = write_event(r, insert, &r->flows[at], n);
    }
    sqlite3_finalize(insert);
    return status;
}

static enum comity_status write_round(struct round *r)
{
    return sql_run(r->store, r->err, "INSERT INTO entity_round VALUES(?, ?, ?, ?, ?, ?, ?, ?)", "uuutuuuu", r->sequence,
        r->ledger, r->next_id, r->change->model, (uint64_t)r->change->mentions->n, r->change->n_entities, r->n_created,
        r->n_joined);
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static enum comity_status make_room(struct round *r)
{
    size_t n_words = (size_t)(r->next_id / 64) + 1;
    r->is_known = calloc(r->change->mentions->n + 1, sizeof *r->is_known);
    r->was = calloc(n_words, sizeof *r->was);
    r->is_left = calloc(n_words, sizeof *r->is_left);
    r->is_now = calloc(n_words, sizeof *r->is_now);
    r->is_met = calloc(n_words, sizeof *r->is_met);
    return r->is_known && r->was && r->is_left && r->is_now && r->is_met ? COMITY_OK : error_nomem(r->err);
}

static enum comity_status find_flows(struct round *r)
{
    uint64_t *entity_of_gone = calloc(r->n_gone + 1, sizeof *entity_of_gone);
    enum comity_status status = entity_of_gone ? mark_entities(r, entity_of_gone) : error_nomem(r->err);
    if (!status)
        status = entity_causes_read(r->store, r->change, r->ledger_before, &r->causes, r->err);
    if (!status)
        status = compare(r);
    if (!status)
        status = end_entities(r, entity_of_gone);
    free(entity_of_gone);
    return status;
}

enum comity_status entity_change_record(
    struct store *store, const struct entity_change *change, struct comity_error *err)
{
    struct round r = {.store = store, .err = err, .change = change};
    enum comity_status status = read_state(&r);
    if (!status)
        status = make_room(&r);
    if (!status)
        status = read_known(&r);
    if (!status)
        status = find_flows(&r);
    if (!status)
        status = write_events(&r);
    if (!status)
        status = write_round(&r);
    if (!status)
        status = write_known(&r);
    entity_causes_release(&r.causes);
    free(r.is_known);
    free(r.gone);
    free(r.was);
    free(r.is_left);
    free(r.is_now);
    free(r.is_met);
    free(r.flows);
    return status;
}
