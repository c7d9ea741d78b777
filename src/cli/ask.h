/* ask.h - a store opened for reading, with a snapshot and a parsed query: what query and export begin with. */
#ifndef CLI_ASK_H
#define CLI_ASK_H

#include "cli/cli.h"

struct ask {
    struct desk desk;
    struct snapshot *snapshot;
    struct query query;
};

/* The words are joined with "&", so that `query drug=cocaine country=CO` works without quotes. */
enum comity_status ask_begin(
    struct ask *ask, struct cli *cli, const struct arguments *arguments, struct comity_error *err) COMITY_MUST_USE;
void ask_end(struct ask *ask);

#endif
