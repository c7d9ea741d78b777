/* American-flag style radix sort from the highest byte that differs, insertion sort for short runs. In place, no
 * recursion deeper than the twelve bytes of an item. */
#include "base/order.h"

#include <stdbool.h>
#include <string.h>

enum { SHORT_RUN = 24, N_BYTES = 12 };

static bool is_before(const struct sort_item *a, const struct sort_item *b)
{
    return a->key != b->key ? a->key < b->key : a->payload < b->payload;
}

static void sort_short(struct sort_item *items, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct sort_item item = items[i];
        size_t at = i;
        for (; at > 0 && is_before(&item, &items[at - 1]); at--)
            items[at] = items[at - 1];
        items[at] = item;
    }
}

/* Bytes 0 … 7 are the key's from the highest, 8 … 11 the payload's. */
static unsigned byte_of(const struct sort_item *item, unsigned byte)
{
    return byte < 8 ? (unsigned)(item->key >> (56 - 8 * byte)) & 255 : (item->payload >> (88 - 8 * byte)) & 255;
}

static void sort_by_byte(struct sort_item *items, size_t n, unsigned byte)
{
    size_t count[256], start[256], next[256];
    for (;; byte++) {
        if (n <= SHORT_RUN || byte == N_BYTES) {
            sort_short(items, n);
            return;
        }
        memset(count, 0, sizeof count);
        for (size_t i = 0; i < n; i++)
            count[byte_of(&items[i], byte)]++;
        if (count[byte_of(&items[0], byte)] < n)
            break;
    }
    size_t sum = 0;
    for (unsigned b = 0; b < 256; b++) {
        start[b] = next[b] = sum;
        sum += count[b];
    }
    for (unsigned b = 0; b < 256; b++)
        while (next[b] < start[b] + count[b]) {
            unsigned to = byte_of(&items[next[b]], byte);
            if (to == b) {
                next[b]++;
                continue;
            }
            struct sort_item other = items[next[to]];
            items[next[to]++] = items[next[b]];
            items[next[b]] = other;
        }
    for (unsigned b = 0; b < 256; b++)
        if (count[b] > 1)
            sort_by_byte(&items[start[b]], count[b], byte + 1);
}

void sort_items(struct sort_item *items, size_t n)
{
    bool is_sorted = true;
    for (size_t i = 1; i < n && is_sorted; i++)
        is_sorted = !is_before(&items[i], &items[i - 1]);
    if (!is_sorted)
        sort_by_byte(items, n, 0);
}
