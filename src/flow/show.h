/* show.h - one entity, and why two mentions are or are not one, as JSON: the same for command line, API and pages.
 *
 * An id that a merge has redirected shows the survivor. Members: docs/STORE.md.
 */
#ifndef FLOW_SHOW_H
#define FLOW_SHOW_H

#include "flow/desk.h"

/* Appends one object: resolved values with rule, witness and conflict; every source's statement side by side with its
 * record; why they are one; judgements on them. COMITY_NOTFOUND. */
enum comity_status show_entity_json(struct store *store, const struct snapshot *snapshot, const struct reader *reader,
    uint64_t entity, struct buffer *out, struct comity_error *err) COMITY_MUST_USE;

/* Appends one object. COMITY_NOTFOUND; COMITY_CONFLICT when nothing was linked yet. */
enum comity_status show_why_json(const struct snapshot *snapshot, const struct reader *reader, uint64_t mention_a,
    uint64_t mention_b, struct buffer *out, struct comity_error *err) COMITY_MUST_USE;

/* From a number that is no entity of the snapshot to the one that took it in; *entity becomes its id. COMITY_NOTFOUND
 * when none did. */
enum comity_status snapshot_follow(
    struct store *store, const struct snapshot *snapshot, uint64_t *entity, struct comity_error *err) COMITY_MUST_USE;

/* The index of a mention by its id, SIZE_MAX when it is not live. */
size_t snapshot_mention(const struct snapshot *snapshot, uint64_t id);

#endif
