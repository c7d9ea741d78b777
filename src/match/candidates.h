/* candidates.h - the index of the chosen rules, read record by record.
 *
 * For one record, all later records that meet it in a block of any rule, each once. Memory is a few bytes for each key
 * of each record; pairs are never stored. Threads may visit different records at once, each with marks of its own.
 */
#ifndef MATCH_CANDIDATES_H
#define MATCH_CANDIDATES_H

#include "match/rules.h"

struct candidates {
    const struct table *table;
    bool is_across;
    uint32_t *records;     /* of all blocks, one after another; within a block ascending */
    uint32_t *block_end;   /* by place in `records`: behind its block */
    uint8_t *rule;         /* by place: which of the chosen rules, in order */
    uint64_t *first_place; /* by position, n + 1: its places in `places` */
    uint32_t *places;      /* places in `records` */
    size_t n_places;
};

/* Builds the index of the rules chosen; counts split and left-out blocks into them. Release it whatever the status.
 * COMITY_LIMIT beyond 2³² - 1 keys. */
enum comity_status candidates_build(
    struct rules *rules, unsigned threads, struct candidates *out, struct comity_error *err) COMITY_MUST_USE;
void candidates_release(struct candidates *candidates);

/* Writes each b > a that meets it, once, into `others` (room for n) and returns how many. `n_new` (may be null) grows,
 * by chosen rule, by those that it is the first to propose. `marks` has n elements that are no position + 1 visited
 * before: start with zeroes. */
size_t candidates_of(
    const struct candidates *candidates, uint32_t a, uint32_t *marks, uint32_t *others, uint64_t *n_new);

#endif
