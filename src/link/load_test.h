/* load_test.h - one question: were rows of these series loaded again, seen so and dated so far away?
 *
 * For each day of a series its distinct rows are counted, and those of them that stand again where the test looks: on
 * the same day a multiple of times, on a shifted day, or in another source's series. The days are a chain of states
 * (once; whole, most or some of the rows again; three, four times) and the best chain (Viterbi 1967, with a cost for
 * changing state) makes blocks. Evidence is a log-likelihood ratio against the share that stands again by itself,
 * learned from the days outside of blocks, apart for rows that are rare, less so and common.
 */
#ifndef LINK_LOAD_TEST_H
#define LINK_LOAD_TEST_H

#include "link/load_tally.h"

struct load_test {
    enum load_view view;
    uint64_t fields;
    struct load_shift shift;
    const struct load_pairing *pairings; /* of one source, or one pair of sources: they share what chance explains */
    size_t n_pairings;
    bool is_across;     /* two sources: only nearly all rows are evidence, and only where they seldom agree in all */
    double log_n_tests; /* of how many tests this is one: what is found must be the surer */
};

struct load_block {
    const struct load_series *from, *into;
    enum load_view view;
    uint64_t fields;
    struct load_shift shift;
    size_t first_day, end_day;    /* of `from`, in the table's days */
    unsigned times;               /* 2 … 4 */
    double n_distinct, n_matched; /* distinct rows, and those that stand again */
    double share;                 /* the one of the other */
    double by_chance;             /* the share that does by itself */
    double nats;                  /* evidence, costs taken off */
};
struct load_blocks {
    struct load_block *at;
    size_t n, room;
};

/* What tests work in one after the other, since days are many: 120 bytes each. Starts zeroed; of one thread. */
struct load_test_room {
    struct load_test_room *next; /* for who has several */
    struct load_tally *tallies;
    size_t n;
};
void load_test_room_release(struct load_test_room *room);

/* Adds the blocks that are surer than 0.99; where only a part was loaded again, surer still. O(kinds + days). */
enum comity_status load_test_run(const struct load_table *table, const struct load_test *test,
    struct load_test_room *room, struct load_blocks *out) COMITY_MUST_USE;

#endif
