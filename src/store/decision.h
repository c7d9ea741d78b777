/* decision.h - what people decide and may take back: a judgement, a settled name, a declaration. Private to src/store.
 *
 * Each kind has a table whose rows are never removed: `is_undone` says whether one holds (0), was taken back by a
 * person (1), or more where the kind knows more. Deciding and taking back are lines of the ledger and grow the sequence
 * number.
 */
#ifndef STORE_DECISION_H
#define STORE_DECISION_H

#include "store/store.h"

struct decision_kind {
    const char *table;
    const char *noun;   /* in messages: "settled name" */
    const char *member; /* of the ledger line's detail: "settled" */
    const char *undo;   /* what the ledger calls the taking back: "undo settled name" */
};

/* Takes one back, in a transaction of its own. COMITY_NOTFOUND; COMITY_CONFLICT when it was taken back before. */
enum comity_status decision_undo(struct store *store, const struct decision_kind *kind, uint64_t id,
    const struct reader *who, struct comity_error *err) COMITY_MUST_USE;

#endif
