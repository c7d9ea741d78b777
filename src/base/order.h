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

#endif
