/* snapshot.h - a snapshot of mentions that are loaded already. Private to src/flow. */
#ifndef FLOW_SNAPSHOT_H
#define FLOW_SNAPSHOT_H

#include "flow/desk.h"

/* Takes mentions and entity_of over, also when it fails; they were read at this sequence number. */
enum comity_status snapshot_of(struct desk *desk, struct mentions *mentions, uint64_t *entity_of, uint64_t sequence,
    struct snapshot **out, struct comity_error *err) COMITY_MUST_USE;

#endif
