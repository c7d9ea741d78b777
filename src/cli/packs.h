/* packs.h - loading a domain pack when there is no store to tell which. */
#ifndef CLI_PACKS_H
#define CLI_PACKS_H

#include "cli/cli.h"

/* The pack `name` (null: drugs) of the data folder, with its gazetteer. */
enum comity_status pack_load(
    const struct cli *cli, const char *name, struct domain **out, struct comity_error *err) COMITY_MUST_USE;

#endif
