/* entity_event.h - what became of entities: merged, split, moved, returned, ended. Reading; publishing writes it.
 *
 * Each publishing of a partition is a round, known by the sequence number that it made. An event is one row about one
 * entity of a round, in the order of kind, entity and other, so that the same change gives the same rows:
 *
 *   SPLIT     `members` left `entity` and are `other`, which was no entity before the round
 *   MOVED     `members` left `entity` for `other`, which was one before
 *   MERGED    what is left of `entity` is `other` from now on, and `entity` redirects to it
 *   RETURNED  `entity`, which had ended or been merged, is there again, since a mention of it came back
 *   ENDED     all mentions of `members` (entities here: the first is `entity`, the last `other`) are gone
 *
 * Applied in this order, the events of a round lead from the partition before it to the one after it: SPLIT and MOVED
 * by their mentions, MERGED by the whole rest of the entity. A mention that was not there before has no event: it
 * begins where the round put it, or, as a newer version, in the entity of the older one. What was seen for the first
 * time is counted in the round, not told one by one. Docs: docs/decisions/0830-entity-events.md.
 *
 * Rows are never changed. History begins with the first publishing after the store had these tables.
 */
#ifndef STORE_ENTITY_EVENT_H
#define STORE_ENTITY_EVENT_H

#include "store/store.h"

#define ENTITY_EVENT_TABLE(X)                                                                                          \
    X(ENTITY_SPLIT, "split")                                                                                           \
    X(ENTITY_MOVED, "moved")                                                                                           \
    X(ENTITY_MERGED, "merged")                                                                                         \
    X(ENTITY_RETURNED, "returned")                                                                                     \
    X(ENTITY_ENDED, "ended")

enum entity_event_kind {
#define X(symbol, text) symbol,
    ENTITY_EVENT_TABLE(X)
#undef X
};

/* What brought it about, where that is known: a judgement that names a mention of both entities, the import or undo
 * that took the mentions away, or whatever was the only change since the round before. Otherwise the linking itself:
 * its model, or several changes together. `cause_id`: the judgement's or import's number. */
#define ENTITY_CAUSE_TABLE(X)                                                                                          \
    X(ENTITY_BY_LINKING, "link")                                                                                       \
    X(ENTITY_BY_JUDGEMENT, "judgement")                                                                                \
    X(ENTITY_BY_UNDONE_JUDGEMENT, "undo judgement")                                                                    \
    X(ENTITY_BY_IMPORT, "import")                                                                                      \
    X(ENTITY_BY_UNDONE_IMPORT, "undo import")

enum entity_cause {
#define X(symbol, text) symbol,
    ENTITY_CAUSE_TABLE(X)
#undef X
};

struct entity_event {
    uint64_t number, sequence;
    enum entity_event_kind kind;
    enum entity_cause cause;
    uint64_t cause_id;
    uint64_t entity, other;
    uint64_t *members; /* ascending: mentions; of ENDED entities */
    size_t n_members;
    struct slice when, who; /* of the linking; of a judgement, who judged */
    struct slice model;     /* hash of the model's bytes, 16 hex digits, as the ledger has it */
};

/* Which events: of one entity (0: all), of rounds behind `since` up to `until` (a snapshot's sequence; UINT64_MAX:
 * all), numbered above `after`; at most `most` (0: all). */
struct entity_event_part {
    uint64_t entity, since, until, after;
    size_t most;
};

const char *entity_event_word(enum entity_event_kind kind);
const char *entity_cause_word(enum entity_cause cause);

/* Oldest first, into `arena`. Costs what it gives: events are found by entity and by sequence through indexes. */
enum comity_status store_entity_events(struct store *store, const struct reader *reader,
    const struct entity_event_part *part, struct arena *arena, struct entity_event **out, size_t *n,
    struct comity_error *err) COMITY_MUST_USE;

/* What a round counted. `n_created`: entities seen for the first time; `n_joined`: mentions seen for the first time
 * that are in another's entity. */
struct entity_round {
    uint64_t sequence, n_mentions, n_entities, n_created, n_joined, n_events;
    struct slice when, who, model;
};
/* Oldest first, of those behind `since` up to `until`. */
enum comity_status store_entity_rounds(struct store *store, const struct reader *reader, uint64_t since, uint64_t until,
    struct arena *arena, struct entity_round **out, size_t *n, struct comity_error *err) COMITY_MUST_USE;

#endif
