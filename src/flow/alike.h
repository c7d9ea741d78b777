/* alike.h - which records look like the same event as what somebody is typing in, and why: the model's own arithmetic,
 * on the mention that it would be.
 *
 * Candidates are the records of the same country within two weeks, of a related drug. Where nothing was linked yet
 * there is no model: then those on the same day with an amount within a tenth are told, without a probability. What
 * agrees in day, place and amount is told however common it is, and one's own unit's records as well as others'.
 */
#ifndef FLOW_ALIKE_H
#define FLOW_ALIKE_H

#include "flow/desk.h"

enum { ALIKE_MOST = 5 };
struct alike {
    size_t mention;                                 /* index in the snapshot's mentions */
    uint64_t id;                                    /* of that mention */
    uint64_t entity;                                /* its id */
    double probability;                             /* NAN: there is no model */
    struct link_reason reasons[DOMAIN_MOST_FIELDS]; /* by field, the strongest first; texts in the arena */
    size_t n_reasons;
};
/* `values`: by field of the domain. `unit`, `entry`: whose it is and its number (0: none yet), so that what it said
 * itself is left out. Best first, at most ALIKE_MOST, one for each entity. */
struct alike_asking {
    const struct value *values;
    struct slice unit;
    uint64_t entry;
};
enum comity_status desk_alike(struct snapshot *snapshot, const struct alike_asking *asking, struct arena *arena,
    struct alike out[ALIKE_MOST], size_t *n, struct comity_error *err) COMITY_MUST_USE;

#endif
