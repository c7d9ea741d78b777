/* load.h - periods that were loaded more than once.
 *
 * Rows may be equal because equal things happened: ten grams on a street, twice on one day. Where (nearly) all rows of
 * a source, country and period stand a multiple of k times, the period was loaded k times. One judgement over the block
 * says so, and every row that stands m times in it stands for m/k, rounded up: 58 for 29, not for 1.
 */
#ifndef LINK_LOAD_H
#define LINK_LOAD_H

#include "domain/judgement.h"
#include "domain/mentions.h"

struct load_result {
    struct judgement *loads; /* found here; texts borrowed from the mentions and the domain, `why` in the arena */
    size_t n_loads, room_loads;
    uint32_t *copy_of; /* by mention: the mention it is a repeated load of, or itself */
};

/* Finds blocks; applies them, and those that a person named; leaves out what a person has undone. The texts of new
 * judgements live in `arena`. Release the result whatever the status. */
enum comity_status loads_find(const struct mentions *mentions, const struct judgement *judgements, size_t n_judgements,
    struct arena *arena, struct load_result *out, struct comity_error *err) COMITY_MUST_USE;
void loads_release(struct load_result *result);

/* The country of a mention: its own field's or its place's. */
uint16_t mention_country(const struct mentions *mentions, size_t mention);

#endif
