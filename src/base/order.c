/* American-flag style radix sort from the highest byte that differs, insertion sort for short runs. In place, no
 * recursion deeper than the twelve bytes of an item. Where there is a scratch, from the lowest digit that differs. */
#include "base/order.h"

#include <stdbool.h>
#include <string.h>

enum { SHORT_RUN = 24, N_BYTES = 12, DIGIT_BITS = 11, FEW_DIGIT_BITS = 8, FEW = 2048 };

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

/* `differing`: bit b stands for byte b, in which items differ. */
static void sort_by_byte(struct sort_item *items, size_t n, unsigned byte, unsigned differing)
{
    size_t count[256], start[256], next[256];
    for (;; byte++) {
        if (n <= SHORT_RUN || byte == N_BYTES) {
            sort_short(items, n);
            return;
        }
        if (!(differing >> byte & 1))
            continue;
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
            sort_by_byte(&items[start[b]], count[b], byte + 1, differing);
}

void sort_items(struct sort_item *items, size_t n)
{
    struct sort_item differences = {0};
    bool is_sorted = true;
    unsigned differing = 0;
    for (size_t i = 1; i < n; i++) {
        is_sorted = is_sorted && !is_before(&items[i], &items[i - 1]);
        differences.key |= items[i].key ^ items[0].key;
        differences.payload |= items[i].payload ^ items[0].payload;
    }
    for (unsigned byte = 0; byte < N_BYTES; byte++)
        differing |= (unsigned)(byte_of(&differences, byte) != 0) << byte;
    if (!is_sorted)
        sort_by_byte(items, n, 0, differing);
}

static void sort_few_uppers(uint64_t *items, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        uint64_t item = items[i];
        size_t at = i;
        for (; at > 0 && items[at - 1] >> 32 > item >> 32; at--)
            items[at] = items[at - 1];
        items[at] = item;
    }
}

static void sort_by_digit(const uint64_t *from, uint64_t *into, size_t n, unsigned shift, unsigned bits)
{
    uint32_t next[1 << DIGIT_BITS], sum = 0, mask = (UINT32_C(1) << bits) - 1;
    memset(next, 0, ((size_t)mask + 1) * sizeof *next);
    for (size_t i = 0; i < n; i++)
        next[from[i] >> shift & mask]++;
    for (uint32_t digit = 0; digit <= mask; digit++) {
        uint32_t count = next[digit];
        next[digit] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        into[next[from[i] >> shift & mask]++] = from[i];
}

static void sort_by_digits(uint64_t *items, uint64_t *scratch, size_t n, unsigned shift, unsigned bits)
{
    unsigned most = n < FEW ? FEW_DIGIT_BITS : DIGIT_BITS, n_digits = (bits + most - 1) / most;
    unsigned width = (bits + n_digits - 1) / n_digits;
    uint64_t *from = items, *into = scratch;
    for (unsigned digit = 0; digit < n_digits; digit++) {
        sort_by_digit(from, into, n, shift + digit * width, width);
        uint64_t *swap = from;
        from = into;
        into = swap;
    }
    if (from != items)
        memcpy(items, from, n * sizeof *items);
}

void sort_uppers(uint64_t *items, uint64_t *scratch, size_t n)
{
    uint64_t differences = 0;
    bool is_sorted = true;
    if (n <= SHORT_RUN) {
        sort_few_uppers(items, n);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        differences |= items[i] ^ items[0];
        is_sorted = is_sorted && items[i - 1] >> 32 <= items[i] >> 32;
    }
    if (is_sorted)
        return;
    unsigned low = 32 + (unsigned)__builtin_ctzll(differences >> 32);
    sort_by_digits(items, scratch, n, low, 64 - (unsigned)__builtin_clzll(differences) - low);
}

uint32_t sort_ranks(struct sort_item *items, size_t n, uint32_t *ranks)
{
    uint32_t rank = 0;
    sort_items(items, n);
    for (size_t i = 0; i < n; i++) {
        rank += items[i].key && (i == 0 || items[i].key != items[i - 1].key);
        ranks[items[i].payload] = items[i].key ? rank : 0;
    }
    return rank;
}
