/* order.h - sorting numbers with a payload, stably and fast: the work-horse of blocking and resolution. */
#ifndef BASE_ORDER_H
#define BASE_ORDER_H

#include <stddef.h>
#include <stdint.h>

struct sort_item {
    uint64_t key;
    uint32_t payload;
};

/* By key, then by payload, ascending. In place; needs no memory of its own, so it cannot fail. */
void sort_items(struct sort_item *items, size_t n);

/* Numbers below 2³² with a payload below them, which is half of the memory: by the upper 32 bits, stably. `scratch`:
 * room for n, which are fewer than 2³². O(n) for each 11 bits in which keys differ: keys should be dense numbers. */
void sort_uppers(uint64_t *items, uint64_t *scratch, size_t n);

/* Numbers equal keys equally and others otherwise, from 1; key 0 gets 0: ranks[payload] of each item. The items are
 * sorted. Returns the highest number. */
uint32_t sort_ranks(struct sort_item *items, size_t n, uint32_t *ranks);

#endif
