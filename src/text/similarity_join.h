/* similarity_join.h - all pairs of a dictionary's texts that are alike enough.
 *
 *     struct similarity_join_options options = {.least_alike = 850, .most_edits = 2, .letters_for_edits = {0, 0, 5}};
 *     struct similarity_join join = {0};
 *     status = similarity_join(symbols, n, &options, &join, err);
 *     …join.pairs[0 … join.n_pairs-1]; join.least_alike and join.most_edits say what they are exact for
 *     similarity_join_release(&join);
 *
 * A pair is found if its Jaro-Winkler similarity is at least `least_alike` OR its optimal string alignment distance is
 * at most what its length allows. Exact: every such pair, and no other; sorted by (a, b) with a < b; the same with any
 * number of threads and on any processor. Memory grows with the texts and with what is found.
 *
 * Cost: pairs of lengths between which no pair can be alike are never looked at. The others are compared lane by lane
 * (text/similarity.h), about a nanosecond each, or, where there are very many and they must share nearly all their
 * letters, met through a hash of the letters without one or two of them (deletion neighbourhoods: T. Bocek, E. Hunt,
 * B. Stiller, "Fast similarity search in large dictionaries", TR ifi-2007.02, Zurich; here of letters regardless of
 * order, so that they are complete for Jaro-Winkler too). A million names ask for some 250 MB and ten seconds.
 *
 * Where that would take more comparisons than the budget, the join tightens what it asks for until it fits, and says
 * so (where far more is alike than may be found, a sample tells before): first 0.95 and 1 edit, then 0.97, 0.98 and 1
 * edit, then 1 edit alone, then only equal texts.
 */
#ifndef TEXT_SIMILARITY_JOIN_H
#define TEXT_SIMILARITY_JOIN_H

#include "text/similarity.h"

enum { SIMILARITY_JOIN_MOST_EDITS = 3 };

struct similarity_join_options {
    unsigned least_alike; /* thousandths, 800 … 1000; 1000: by edits only */
    unsigned most_edits;  /* 0 … 3 */
    /* k edits are few enough only where the longer text has at least letters_for_edits[k] symbols ([0] is not used;
     * all 0: at any length). {0, 0, 5, 10}: one edit under 5 letters, two under 10. */
    unsigned letters_for_edits[SIMILARITY_JOIN_MOST_EDITS + 1];
    uint64_t budget;     /* comparisons of names of a few letters (longer ones count for more); 0: 4e9, a few seconds */
    uint64_t most_pairs; /* what is found (in two ways: twice) may not be more; 0: 30 million */
    /* For tests: pairs of one pair of lengths from which keys are used whatever they cost; 0: where they are cheaper.
     */
    uint64_t keys_from;
    unsigned n_threads; /* 0: one for each processor */
};

struct similarity_pair {
    uint32_t a, b;  /* positions of the two texts, a < b */
    uint16_t alike; /* Jaro-Winkler in thousandths */
    uint16_t edits; /* optimal string alignment distance, told in full */
};

struct similarity_join {
    struct similarity_pair *pairs;
    size_t n_pairs;
    unsigned least_alike, most_edits; /* for which `pairs` is exact: as asked, or tightened */
    bool is_tightened;
    uint64_t n_compared; /* comparisons that were made */
};

/* Texts should be distinct; equal ones are pairs with 1000 and 0. COMITY_NOMEM, COMITY_USAGE (options out of range);
 * after a failure `join` is empty. */
enum comity_status similarity_join(const struct symbols *texts, uint32_t n,
    const struct similarity_join_options *options, struct similarity_join *join,
    struct comity_error *err) COMITY_MUST_USE;
void similarity_join_release(struct similarity_join *join);

#endif
