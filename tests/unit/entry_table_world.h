/* entry_table_world.h - the drugs pack and its form as a table, for the tests of templates and of pasting. */
#ifndef ENTRY_TABLE_WORLD_H
#define ENTRY_TABLE_WORLD_H

#include "flow/entry_table.h"

#include <stdio.h>

static struct domain *drugs;
static struct arena arena;
static struct entry_table table;

static int open_domain(void **state)
{
    struct comity_error err;
    (void)state;
    if (domain_load(SOURCE_FOLDER "/domains/drugs", DATA_FOLDER "/gazetteer.bin", &drugs, &err) ||
        entry_table_make(drugs, NULL, &arena, &table, &err)) {
        fprintf(stderr, "%s: %s\n", err.where, err.message);
        return -1;
    }
    return 0;
}

static int close_domain(void **state)
{
    (void)state;
    arena_release(&arena);
    domain_free(drugs);
    return 0;
}

#endif
