/* Reading what became of entities. When and who are the ledger's: the line of the linking that made the round, or the
 * judgement's own. */
#include "store/entity_event.h"

#include "base/error.h"
#include "store/ids.h"
#include "store/sql.h"

static const char *const kind_words[] = {
#define X(symbol, text) text,
    ENTITY_EVENT_TABLE(X)
#undef X
};
static const char *const cause_words[] = {
#define X(symbol, text) text,
    ENTITY_CAUSE_TABLE(X)
#undef X
};
enum { N_KINDS = sizeof kind_words / sizeof *kind_words, N_CAUSES = sizeof cause_words / sizeof *cause_words };

const char *entity_event_word(enum entity_event_kind kind)
{
    return (size_t)kind < N_KINDS ? kind_words[kind] : "";
}

const char *entity_cause_word(enum entity_cause cause)
{
    return (size_t)cause < N_CAUSES ? cause_words[cause] : "";
}

static bool read_members(struct arena *arena, struct slice bytes, struct entity_event *event)
{
    uint64_t step, id = 0;
    size_t most = bytes.len; /* each takes a byte or more */
    event->members = ARENA_ARRAY(arena, uint64_t, most + 1);
    while (event->members && ids_take(&bytes, &step))
        event->members[event->n_members++] = id += step;
    return event->members != NULL;
}

static bool read_event(sqlite3_stmt *row, struct arena *arena, void *item)
{
    struct entity_event *event = item;
    event->number = sql_u64(row, 0);
    event->sequence = sql_u64(row, 1);
    event->kind = (enum entity_event_kind)sql_u64(row, 2);
    event->entity = sql_u64(row, 3);
    event->other = sql_u64(row, 4);
    event->cause = (enum entity_cause)sql_u64(row, 5);
    event->cause_id = sql_u64(row, 6);
    return read_members(arena, sql_slice(row, 7), event) && sql_copy(row, 8, arena, &event->when) &&
           sql_copy(row, 9, arena, &event->who) && sql_copy(row, 10, arena, &event->model);
}

/* Ranges of ended entities hold others, too. */
static size_t keep_those_of(struct entity_event *events, size_t n, uint64_t entity)
{
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool is_of = events[i].kind != ENTITY_ENDED;
        for (size_t m = 0; !is_of && m < events[i].n_members; m++)
            is_of = events[i].members[m] == entity;
        if (is_of)
            events[n_kept++] = events[i];
    }
    return n_kept;
}

#define EVENT_COLUMNS                                                                                                  \
    "SELECT e.id, e.sequence, e.kind, e.entity, e.other, e.cause, e.cause_id, e.members, l.at,"                        \
    " CASE WHEN e.cause = 1 THEN coalesce(j.who, l.who) ELSE l.who END, r.model FROM entity_event AS e"                \
    " JOIN entity_round AS r ON r.sequence = e.sequence JOIN ledger AS l ON l.number = r.ledger"                       \
    " LEFT JOIN judgement AS j ON e.cause = 1 AND j.id = e.cause_id"

static const char of_all[] = EVENT_COLUMNS " WHERE e.sequence > ?2 AND e.sequence <= ?3 AND e.id > ?4 AND ?1 = 0"
                                           " ORDER BY e.id LIMIT ?5";
/* Through the three indexes: as entity, as other, and among the ended. */
static const char of_one[] =
    EVENT_COLUMNS " WHERE e.id IN (SELECT id FROM entity_event WHERE entity = ?1 AND kind <> 4"
                  " UNION SELECT id FROM entity_event WHERE other = ?1 AND other <> 0 AND kind <> 4"
                  " UNION SELECT id FROM entity_event WHERE kind = 4 AND entity <= ?1 AND other >= ?1)"
                  " AND e.sequence > ?2 AND e.sequence <= ?3 AND e.id > ?4 ORDER BY e.id LIMIT ?5";

enum comity_status store_entity_events(struct store *store, const struct reader *reader,
    const struct entity_event_part *part, struct arena *arena, struct entity_event **out, size_t *n,
    struct comity_error *err)
{
    struct sql_items items;
    uint64_t until = part->until > INT64_MAX ? INT64_MAX : part->until;
    reader_sees_all(reader);
    enum comity_status status =
        sql_list(store, arena, sizeof **out, read_event, &items, err, part->entity ? of_one : of_all, "uuuui",
            part->entity, part->since, until, part->after, part->most ? (int64_t)part->most : INT64_C(-1));
    *out = items.at;
    *n = status || !part->entity ? items.n : keep_those_of(items.at, items.n, part->entity);
    return status;
}

static bool read_round(sqlite3_stmt *row, struct arena *arena, void *item)
{
    struct entity_round *round = item;
    round->sequence = sql_u64(row, 0);
    round->n_mentions = sql_u64(row, 1);
    round->n_entities = sql_u64(row, 2);
    round->n_created = sql_u64(row, 3);
    round->n_joined = sql_u64(row, 4);
    round->n_events = sql_u64(row, 5);
    return sql_copy(row, 6, arena, &round->when) && sql_copy(row, 7, arena, &round->who) &&
           sql_copy(row, 8, arena, &round->model);
}

enum comity_status store_entity_rounds(struct store *store, const struct reader *reader, uint64_t since, uint64_t until,
    struct arena *arena, struct entity_round **out, size_t *n, struct comity_error *err)
{
    struct sql_items items;
    reader_sees_all(reader);
    enum comity_status status = sql_list(store, arena, sizeof **out, read_round, &items, err,
        "SELECT r.sequence, r.n_mentions, r.n_entities, r.n_created, r.n_joined,"
        " (SELECT count(*) FROM entity_event AS e WHERE e.sequence = r.sequence), l.at, l.who, r.model"
        " FROM entity_round AS r JOIN ledger AS l ON l.number = r.ledger"
        " WHERE r.sequence > ?1 AND r.sequence <= ?2 ORDER BY r.sequence",
        "uu", since, until > INT64_MAX ? INT64_MAX : until);
    *out = items.at;
    *n = items.n;
    return status;
}
