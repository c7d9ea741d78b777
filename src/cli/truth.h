/* truth.h - files that say what is true, as the simulator writes them. */
#ifndef CLI_TRUTH_H
#define CLI_TRUTH_H

#include "cli/cli.h"

/* Reads source, key, event and gives each mention its event (0: the file does not say). `*truth` is freed by the
 * caller. COMITY_INPUT when not one row meets a mention. */
enum comity_status truth_read(
    const char *path, const struct mentions *mentions, uint64_t **truth, struct comity_error *err) COMITY_MUST_USE;

/* Prints, for each concept and dimension of the file: the true amount, the plain sum of the rows, the amount counted
 * once, and the errors of both in per cent. */
enum comity_status truth_print_totals(
    const struct cli *cli, const char *path, const struct snapshot *snapshot, struct comity_error *err) COMITY_MUST_USE;

#endif
