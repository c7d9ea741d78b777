/* receipt.h - an import's receipt on the screen. */
#ifndef CLI_RECEIPT_H
#define CLI_RECEIPT_H

#include "cli/cli.h"

/* With -o json or ndjson the receipt's JSON, otherwise a summary for people. */
enum comity_status receipt_print(const struct cli *cli, const char *path, const struct import_receipt *receipt,
    bool is_dry_run, struct comity_error *err) COMITY_MUST_USE;

#endif
