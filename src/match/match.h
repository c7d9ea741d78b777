/* match.h - which records of one or more files are the same thing, without settings.
 *
 *     table → likeness → rules → candidates → weights (→ rivals) → groups
 *
 * Columns have a type each; rules, levels and thresholds come from the data. The result is a pure function of the
 * records and the options: not of their order, nor of the number of threads. Memory is bounded by records, their keys
 * and the pairs that may be true; by the pairs compared only up to 64 MB (compare.h).
 */
#ifndef MATCH_MATCH_H
#define MATCH_MATCH_H

#include "base/progress.h"
#include "match/group.h"

struct match_options {
    unsigned threads;          /* 0: one for each processor */
    bool is_once_each;         /* each file is free of duplicates: only pairs across, one partner at most */
    const struct slice *rules; /* "surname+dob" …: these and no others; none: chosen from the data */
    size_t n_rules;
    double target;     /* share of the true pairs that the rules shall find; 0: 0.999 */
    double most_pairs; /* budget of comparisons; 0: 100 for each record */
    const struct progress *progress;
};

/* The share of likely pairs that contest each other from which on they are taken for what is only near. */
#define MATCH_MUCH_CONTESTED 0.4
struct match_result {
    uint32_t *cluster; /* by row of the table, as added: the lowest row of its cluster */
    size_t n_clusters;
    struct rules rules;        /* with what they cost and found */
    struct likeness *likeness; /* by column */
    unsigned n_columns;
    struct weights weights;
    uint64_t n_compared, n_likely, n_cut;
    double contested;  /* of the likely pairs of a list, the share that others take away (rivals.h) */
    uint64_t n_scored; /* comparisons of two records in all passes, those to learn from included */
    uint64_t ms[5];    /* prepare, choose, compare, train, group */
};

/* Release it whatever the status. COMITY_CANCELLED when the progress asks to stop. */
enum comity_status match_run(const struct table *table, const struct match_options *options, struct match_result *out,
    struct comity_error *err) COMITY_MUST_USE;
void match_result_release(struct match_result *result);

#endif
