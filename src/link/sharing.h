/* sharing.h - bringing positions together that share a day, a concept group, a place, an amount.
 *
 * What is shared is told by small numbers (a value's by its code: struct frame's `rank` or a table like it), so that a
 * sort looks at few bits, and nothing is hashed. An item is a number for the sort in its upper half and a position in
 * its lower one. Does not change after sharing_init(), so threads may use one.
 */
#ifndef LINK_SHARING_H
#define LINK_SHARING_H

#include "link/frame.h"

/* ANY_GROUP: positions without a group are one, too. */
enum sharing_kind { SHARING_GROUP, SHARING_ANY_GROUP, SHARING_DAY, SHARING_VALUE };
struct sharing_part {
    enum sharing_kind kind;
    unsigned comparison;   /* of a value */
    const uint32_t *ranks; /* by its code: from 1, 0: it has none; borrowed */
    uint32_t most;         /* no number is greater */
    int32_t before;        /* no day is as early */
};
struct sharing_part sharing_part_group(const struct frame *frame);
struct sharing_part sharing_part_any_group(const struct frame *frame);
struct sharing_part sharing_part_day(const struct frame *frame);
struct sharing_part sharing_part_value(const struct frame *frame, unsigned comparison);

enum { SHARING_MOST_PARTS = 4 };
struct sharing {
    const struct frame *frame;
    unsigned n_parts, n_words; /* a word is what one sort looks at */
    struct sharing_part parts[SHARING_MOST_PARTS];
    unsigned end_part[SHARING_MOST_PARTS]; /* by word: behind its last part */
    unsigned shift[SHARING_MOST_PARTS];    /* of each part in its word */
};

void sharing_init(const struct frame *frame, const struct sharing_part *parts, unsigned n, struct sharing *out);

/* The number of a position for a part; 0: none. */
static inline uint32_t sharing_number(const struct frame *frame, const struct sharing_part *part, size_t p)
{
    switch (part->kind) {
    case SHARING_GROUP:
        return frame->group[p];
    case SHARING_ANY_GROUP:
        return frame->group[p] + 1;
    case SHARING_DAY:
        return frame->first[p] != NO_DAY && frame->first[p] == frame->last[p]
                   ? (uint32_t)((int64_t)frame->first[p] - part->before)
                   : 0;
    default:
        return part->ranks[frame->codes[p * frame->n_comparisons + part->comparison]];
    }
}

/* Lists those of begin … end − 1 that have all parts; returns how many. `items`: room for all. */
size_t sharing_list(const struct sharing *sharing, size_t begin, size_t end, uint64_t *items);
/* Items of equal numbers in all parts adjoin, in the order in which they were. `scratch`: room for n. */
void sharing_sort(const struct sharing *sharing, uint64_t *items, uint64_t *scratch, size_t n);
/* Of sorted items, the end of those that are equal to the one at `begin`. */
size_t sharing_end(const struct sharing *sharing, const uint64_t *items, size_t begin, size_t n);

#endif
