/* load_pair.h - which row of a block is a copy of which.
 *
 * Copies pair up the same way whatever the order of mentions: what is equal to the byte first, then what is equal in
 * its values, then what is equal under the block's view; among equal rows by ordinal and identity. A row that stands m
 * times in a block loaded k times stands for m/k, rounded up.
 */
#ifndef LINK_LOAD_PAIR_H
#define LINK_LOAD_PAIR_H

#include "link/load_test.h"

struct load_pairs {
    uint32_t *rows; /* that the block is about: originals and copies */
    size_t n_rows, room_rows;
    size_t n_surplus; /* copies */
    size_t n_exact;   /* of them: equal to the byte */
    /* Under a view that leaves fields out: how often both rows of a pair say something in one of these, the same or
     * not. */
    size_t n_agreeing, n_contradicting;
    size_t n_matched; /* distinct rows that stand again */
};

/* Pairs the rows of a block that are no copies yet, and counts; with `copy_of` changed only where `is_applied`. Free
 * `rows`, whatever the status. O(rows of the block). */
enum comity_status load_pairs_make(const struct load_table *table, const struct load_views *views,
    const struct load_block *block, uint32_t *copy_of, bool is_applied, struct load_pairs *out) COMITY_MUST_USE;

#endif
