/* load_tell.h - a block as a judgement: its shape, its reason in a sentence, its evidence in numbers.
 *
 * Evidence is a JSON object, so that it can be kept as a text: `view` (what had to be equal), `rows` (distinct ones)
 * and `again` (those of them that stand again), `by_chance` (the share that would by itself), `bits` (log2 of how much
 * likelier a repeated load makes it, what the search costs taken off), and `totals`: for each group of concepts and
 * dimension the amount in the base unit `before` and `after` the copies are taken out, of the rows that the judgement
 * is about. The largest changes first, at most 40.
 */
#ifndef LINK_LOAD_TELL_H
#define LINK_LOAD_TELL_H

#include "domain/judgement.h"
#include "link/load_pair.h"

/* Where and when: source, country, days, shift. Texts are borrowed from the mentions and the domain. */
struct judgement load_judgement(
    const struct load_table *table, const struct mentions *mentions, const struct load_block *block);

/* Adds shape, counts, reason and evidence, in `arena`. */
enum comity_status load_describe(const struct mentions *mentions, const struct load_block *block,
    const struct load_pairs *pairs, const uint32_t *copy_of, struct arena *arena,
    struct judgement *load) COMITY_MUST_USE;

#endif
