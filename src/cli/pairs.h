/* pairs.h - how right the links are between each two sources. */
#ifndef CLI_PAIRS_H
#define CLI_PAIRS_H

#include "cli/cli.h"

/* Prints, for each two sources (and for one with itself), the pairs of mentions that are truly one event, those that
 * were linked, those of them that are right, precision and recall. `truth` as truth_read gives it. */
enum comity_status pairs_print(const struct cli *cli, const struct snapshot *snapshot, const uint64_t *truth,
    struct comity_error *err) COMITY_MUST_USE;

#endif
