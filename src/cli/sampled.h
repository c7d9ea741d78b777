/* sampled.h - a sample of pairs as a file that a person fills in, and what the answers say. */
#ifndef CLI_SAMPLED_H
#define CLI_SAMPLED_H

#include "cli/cli.h"

/* Writes about `n` pairs to standard output as CSV: both mentions side by side, and an empty column `same`. */
enum comity_status sampled_write(struct cli *cli, uint64_t n, uint64_t seed, struct comity_error *err) COMITY_MUST_USE;
/* Reads such a file, filled in (yes, no, 1, 0 …), and prints precision and recall with their intervals. COMITY_INPUT
 * with the line of an answer that is none. */
enum comity_status sampled_read(const struct cli *cli, const char *path, struct comity_error *err) COMITY_MUST_USE;

#endif
