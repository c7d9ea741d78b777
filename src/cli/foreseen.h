/* foreseen.h - which event each row of a file would belong to, on the screen. */
#ifndef CLI_FORESEEN_H
#define CLI_FORESEEN_H

#include "cli/cli.h"
#include "flow/foresee.h"

/* One line a row, in the reader's format; the sums on standard error. */
enum comity_status foreseen_print(
    const struct cli *cli, const struct foresight *foresight, struct comity_error *err) COMITY_MUST_USE;

#endif
