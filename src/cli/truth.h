/* truth.h - files that say what is true, as the simulator writes them. */
#ifndef CLI_TRUTH_H
#define CLI_TRUTH_H

#include "cli/cli.h"

/* Reads lines of source, key and event, or of file, row and event for sources without keys (the name of an imported
 * file and the number of the data row in it, from 1; all mentions of that row), and gives each mention its event (0:
 * the file does not say). `*truth` is freed by the caller. COMITY_INPUT when not one line meets a mention. */
enum comity_status truth_read(const char *path, const struct mentions *mentions, struct store *store,
    const struct reader *reader, uint64_t **truth, struct comity_error *err) COMITY_MUST_USE;

/* Prints, for each concept and dimension of the file: the true amount, the plain sum of the rows, the amount counted
 * once, the errors of both in per cent, where the amount should be by what is doubtful (empty before a linking), and,
 * where `truth` is given, what the same rows would give rightly linked. */
enum comity_status truth_print_totals(const struct cli *cli, const char *path, const struct snapshot *snapshot,
    const uint64_t *truth, struct comity_error *err) COMITY_MUST_USE;

#endif
