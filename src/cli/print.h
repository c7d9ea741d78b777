/* print.h - what the library answers as JSON, for programs and for people. */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include "cli/cli.h"

#include <jansson.h>

/* Writes `json` to standard output: as it is where JSON or NDJSON is wanted, otherwise as `add` tells it to people. */
enum comity_status print_report(const struct cli *cli, struct slice json,
    void (*add)(struct buffer *out, const json_t *report), struct comity_error *err) COMITY_MUST_USE;

#endif
