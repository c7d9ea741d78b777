/* live_pairs.h - what is known of pairs of positions, found from either: chains in one array. */
#ifndef LINK_LIVE_PAIRS_H
#define LINK_LIVE_PAIRS_H

#include "comity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum live_kind {
    LIVE_EVIDENCE, /* better than even odds by the model */
    LIVE_TOGETHER, /* by judgement, as the next */
    LIVE_APART,
    LIVE_PARTED, /* apart since both are parts of one whole, as the next two */
    LIVE_PART,   /* the position is a part of the other */
    LIVE_WHOLE   /* the other is a part of it */
};
struct live_half {
    uint32_t other, next; /* next: number of the half behind it, 0: none */
    float bits;           /* of evidence */
    uint8_t kind;
};
struct live_pairs {
    struct live_half *halves; /* from 1 */
    size_t n_halves, room_halves;
    uint32_t free_half;
    uint32_t *head; /* by position */
    size_t room;
};

void live_pairs_release(struct live_pairs *pairs);
/* Room for so many positions. */
bool live_pairs_room(struct live_pairs *pairs, size_t n);
/* False when memory is out. `kind` as it is to `a`. A pair may have one of each kind. */
bool live_pairs_put(struct live_pairs *pairs, uint32_t a, uint32_t b, enum live_kind kind, float bits);
/* Whether it was there. */
bool live_pairs_take(struct live_pairs *pairs, uint32_t a, uint32_t b, enum live_kind kind);
/* Goes along the pairs of a position: start with NULL; null at the end. Not to be changed meanwhile. */
const struct live_half *live_pairs_next(
    const struct live_pairs *pairs, uint32_t position, const struct live_half *before);

#endif
