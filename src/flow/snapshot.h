/* snapshot.h - how snapshots are made of mentions that are loaded already. Private to src/flow. */
#ifndef FLOW_SNAPSHOT_H
#define FLOW_SNAPSHOT_H

#include "flow/desk.h"

/* Takes mentions and entity_of over, also when it fails; they were read at this sequence number. */
enum comity_status snapshot_of(struct desk *desk, struct mentions *mentions, uint64_t *entity_of, uint64_t sequence,
    struct snapshot **out, struct comity_error *err) COMITY_MUST_USE;

/* Whether mentions can be linked under a model that was trained on so many: every source was there, and they are not
 * half as many more. */
bool snapshot_model_fits(const struct link_model *model, uint64_t trained_on, const struct mentions *mentions);

/* Gives a snapshot whose mentions are loaded and hidden its own partition: entity_of, judgements and model
 * (desk_snapshot_unrestricted). */
enum comity_status snapshot_link_own(struct desk *desk, struct snapshot *snapshot, const struct snapshot *before,
    const struct progress *progress, struct comity_error *err) COMITY_MUST_USE;

#endif
