/* load.h - rows that were loaded more than once.
 *
 * Rows may be equal because equal things happened: ten grams on a street, twice on one day. What tells a second load is
 * that far more of a contiguous stretch's rows stand again than chance explains, in one of these shapes: all of them a
 * multiple of k times; some of them; all or some of them dated a day, a month, a year away; spelled, rounded or in
 * units otherwise; in another source. One judgement over the block says so (load_tell.h: shape and evidence), and a row
 * that stands m times in it stands for m/k, rounded up: 58 for 29, not for 1.
 *
 * Nothing is set by country: what chance explains is learned from the other days of the source and country. That two
 * sources tell of one event is no second load; a copy is held for one only where nearly all rows of a stretch agree
 * with the other source in all that both tell, gaps included, and where they do so seldom otherwise.
 *
 * Cost: O(n) for each source and view, and for each pair of sources that share countries and circumstances; these are
 * searched apart from each other, on as many threads as may be used. Memory: 16 bytes a mention, and for what is being
 * searched some 16 to 36 bytes a mention and 140 a day and country of one or two sources, and 55 a mention of the
 * series at hand. The parts: load_view (what must be equal), load_table (rows by day), load_shift (how far away),
 * load_tally (what stands again), load_test (evidence and blocks), load_search (all sources and views), load_pair
 * (which row is whose copy), load_tell (the judgement).
 */
#ifndef LINK_LOAD_H
#define LINK_LOAD_H

#include "domain/judgement.h"
#include "domain/mentions.h"

struct load_result {
    struct judgement *loads; /* found here, by source, country, day; texts borrowed from the mentions and the domain,
                                `why` and `evidence` in the arena */
    size_t n_loads, room_loads;
    uint32_t *copy_of; /* by mention: the mention it is a repeated load of, or itself */
};

/* Finds blocks; applies them, and those that a person named; leaves out what a person has undone. The texts of new
 * judgements live in `arena`. Release the result whatever the status. The result does not depend on the order of
 * mentions. */
enum comity_status loads_find(const struct mentions *mentions, const struct judgement *judgements, size_t n_judgements,
    unsigned threads, struct arena *arena, struct load_result *out, struct comity_error *err) COMITY_MUST_USE;
/* As if there were none. */
enum comity_status loads_none(const struct mentions *mentions, struct load_result *out) COMITY_MUST_USE;
void loads_release(struct load_result *result);

/* The judgement by which one of two mentions is a copy of the other, or null: the sources, country and days are its
 * own, and the rows agree in what, how much and where. */
const struct judgement *load_of_pair(
    const struct mentions *mentions, const struct judgement *judgements, size_t n_judgements, size_t a, size_t b);

/* The country of a mention: its own field's or its place's. */
uint16_t mention_country(const struct mentions *mentions, size_t mention);
/* The same of values by field. */
uint16_t values_country(const struct domain *domain, const struct value *values);

#endif
