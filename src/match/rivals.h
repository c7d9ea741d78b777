/* rivals.h - telling what is the same from what is only near it, where EM on pairs cannot.
 *
 * Two papers of one group, two lamps of one maker, two inns of one street agree in more than chance explains. Where
 * there are more such pairs than true ones, EM takes them for the true ones. They give themselves away: b and c both
 * look like a, but not like each other. Then c is a rival of b for a, since a cannot be both, and the pair is
 * contested. Records that are one thing have no rivals among themselves, however many they are.
 *
 * So a third kind of pairs is learned beside the same and the unrelated: the related. What is contested teaches the
 * related, what stands undisputed the same (M. D. Larsen, D. B. Rubin, JASA 96 (2001) 32-41, have three classes; the
 * rivals are those of M. Sadinle, JASA 112 (2017) 600-612, without his one partner at most). It is kept only where it
 * parts the two clearly: records told so differently that they look like related ones would be lost otherwise.
 */
#ifndef MATCH_RIVALS_H
#define MATCH_RIVALS_H

#include "match/weights.h"

/* Looks whether the likely pairs contest each other, and if so learns m, the rate and the related anew. `pairs` with
 * evidence by these weights, those of a record's strongest partners among them. `contested`: of the pairs that are
 * likely, the share that rivals take away, before and so also where nothing was changed; `has_changed`: the weights are
 * other ones, and pairs have to be weighed again. Time and memory are bounded by 200,000 pairs. */
enum comity_status rivals_learn(struct weights *weights, const struct table *table, const struct likeness *likeness,
    const struct likely_pair *pairs, size_t n, double *contested, bool *has_changed) COMITY_MUST_USE;

/* Where that is not kept: divides the odds of each pair that may be joined by one plus those of its rivals, which are
 * sought among the six strongest partners of either record that are not copies of it, as if one of them all were the
 * same at most; pairs without rivals stay as they are. For a list that is told in no other way, so that what is only
 * near is not all joined: what stands out among its rivals is. */
enum comity_status rivals_discount(const struct weights *weights, const struct table *table,
    const struct likeness *likeness, unsigned threads, struct likely_pair *pairs, size_t n) COMITY_MUST_USE;

#endif
