/* history.h - what became of entities, as JSON: the same for command line, API and pages.
 *
 * Of the store's own partition. Readers without restricted fields have another one, which is linked anew for each
 * snapshot and leaves no history (docs/decisions/0740, 0830): whoever answers them calls history_not_kept_json.
 * Members: docs/STORE.md.
 */
#ifndef FLOW_HISTORY_H
#define FLOW_HISTORY_H

#include "base/buffer.h"
#include "store/entity_event.h"

enum { HISTORY_MOST = 1000 }; /* changes in one answer */

/* Appends an array: all that became of one entity up to a sequence number, oldest first. */
enum comity_status history_of_entity_json(struct store *store, const struct reader *reader, uint64_t entity,
    uint64_t until, struct buffer *out, struct comity_error *err) COMITY_MUST_USE;

/* Appends an object: the changes that are asked for, at most HISTORY_MOST and `next` to go on with; and what the rounds
 * among them counted, where it is not of one entity. */
enum comity_status history_changes_json(struct store *store, const struct reader *reader,
    const struct entity_event_part *part, struct buffer *out, struct comity_error *err) COMITY_MUST_USE;
/* The same for whom none is kept. */
void history_not_kept_json(uint64_t since, uint64_t until, struct buffer *out);

#endif
