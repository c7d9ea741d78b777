/* entity_cause.h - why entities changed: what came into the ledger since the round before. Private to src/store. */
#ifndef STORE_ENTITY_CAUSE_H
#define STORE_ENTITY_CAUSE_H

#include "store/entity_change.h"
#include "store/entity_event.h"
#include "store/sql.h"

struct entity_reason {
    enum entity_cause cause;
    uint64_t id;
};

/* One change since. Of a judgement that two are the same or different: whether it brings them together, or its undoing
 * does, and where its two mentions stood and stand; 0 where one is not live. */
struct entity_deed {
    struct entity_reason reason;
    bool is_of_two, joins;
    uint64_t named[2], before[2], after[2];
};

struct entity_causes {
    struct entity_deed *deeds;
    size_t n, room;
    sqlite3_stmt *gone; /* by mention: what took it away */
};

/* Starts zeroed; release in any case. `ledger`: the last line that the round before knew. */
enum comity_status entity_causes_read(struct store *store, const struct entity_change *change, uint64_t ledger,
    struct entity_causes *out, struct comity_error *err) COMITY_MUST_USE;
void entity_causes_release(struct entity_causes *causes);

/* Why mentions went from one entity to another. */
struct entity_reason entity_cause_between(const struct entity_causes *causes, uint64_t entity, uint64_t other);
/* Why a mention is there no more. */
enum comity_status entity_cause_of_gone(struct store *store, struct entity_causes *causes, uint64_t mention,
    struct entity_reason *out, struct comity_error *err) COMITY_MUST_USE;

#endif
