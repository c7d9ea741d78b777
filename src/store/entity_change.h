/* entity_change.h - writing down what a partition that is being published changes. Private to src/store. */
#ifndef STORE_ENTITY_CHANGE_H
#define STORE_ENTITY_CHANGE_H

#include "store/store.h"

/* All by mention, in the order of `mentions`, which are all that are live. */
struct entity_change {
    const struct mentions *mentions;
    const uint64_t *before; /* its entity as membership says, or its own number */
    const uint64_t *after;  /* its entity from now on */
    const uint32_t *claims; /* by entity before: index + 1 of a mention whose entity now is where that entity went */
    uint64_t n_entities;    /* after */
    struct slice model;     /* hash as hex */
};

/* Within the transaction that publishes, when sequence and ledger are those of the round: adds its events and its
 * counts, and notes which mentions it knew. Takes redirects off entities that came back by themselves. One pass over
 * the mentions, bits by id, and work by what differs. */
enum comity_status entity_change_record(
    struct store *store, const struct entity_change *change, struct comity_error *err) COMITY_MUST_USE;

#endif
