/* match_world.h - people that never were, told several times with mistakes, for the tests of match/. */
#ifndef MATCH_WORLD_H
#define MATCH_WORLD_H

#include "base/hash.h"
#include "match/match.h"

#include <stdio.h>
#include <stdlib.h>

enum { WORLD_COLUMNS = 5, WORLD_CELL = 48 };

static const struct column_spec world_columns[WORLD_COLUMNS] = {
    {{"name", 4}, COLUMN_NAME},
    {{"surname", 7}, COLUMN_NAME},
    {{"born", 4}, COLUMN_DATE},
    {{"town", 4}, COLUMN_NAME},
    {{"number", 6}, COLUMN_IDENTIFIER},
};

struct world_row {
    uint32_t person;
    unsigned file;
    char cells[WORLD_COLUMNS][WORLD_CELL];
};

struct world {
    struct world_row *rows;
    size_t n;
    uint64_t seed;
};

static inline uint64_t world_draw(struct world *world, uint64_t below)
{
    return hash_u64(world->seed++) % below;
}

static inline void world_word(struct world *world, unsigned syllables, char *out)
{
    static const char *const parts[] = {"ba", "ro", "mi", "ten", "sa", "lu", "ker", "vo", "ni", "dal", "gu", "es",
        "fra", "jo", "pi", "hen", "qua", "zo", "wer", "cha"};
    size_t at = 0;
    for (unsigned i = 0; i < syllables; i++)
        at += (size_t)snprintf(&out[at], WORLD_CELL - at, "%s", parts[world_draw(world, sizeof parts / sizeof *parts)]);
}

/* One letter replaced, left out or written twice. */
static inline void world_mistype(struct world *world, char *cell)
{
    size_t length = strlen(cell), at = length ? world_draw(world, length) : 0;
    if (length < 3)
        return;
    switch (world_draw(world, 3)) {
    case 0:
        cell[at] = cell[at] >= '0' && cell[at] <= '9' ? (char)('0' + world_draw(world, 10))
                                                      : (char)('a' + world_draw(world, 26));
        break;
    case 1:
        memmove(&cell[at], &cell[at + 1], length - at);
        break;
    default:
        if (length + 1 < WORLD_CELL)
            memmove(&cell[at + 1], &cell[at], length - at + 1);
    }
}

static inline void world_person(struct world *world, struct world_row *row)
{
    world_word(world, 2, row->cells[0]);
    world_word(world, 3, row->cells[1]);
    snprintf(row->cells[2], WORLD_CELL, "%04u-%02u-%02u", (unsigned)(1930 + world_draw(world, 70)),
        (unsigned)(1 + world_draw(world, 12)), (unsigned)(1 + world_draw(world, 28)));
    snprintf(
        row->cells[3], WORLD_CELL, "town %c%c", (char)('a' + world_draw(world, 8)), (char)('a' + world_draw(world, 8)));
    snprintf(row->cells[4], WORLD_CELL, "%08u", (unsigned)world_draw(world, 100000000));
}

/* What another clerk writes of the same person. */
static inline void world_retell(struct world *world, struct world_row *row)
{
    for (unsigned c = 0; c < WORLD_COLUMNS; c++) {
        if (world_draw(world, 10) == 0)
            row->cells[c][0] = '\0';
        else if (c != 2 && world_draw(world, 5) == 0)
            world_mistype(world, row->cells[c]);
    }
}

/* `n` persons; the first half told again up to `most` times. With two files: once in each at most. */
static inline void world_make(struct world *world, size_t n, unsigned most, bool has_two_files, uint64_t seed)
{
    *world = (struct world){.seed = seed << 32};
    world->rows = calloc(n * (most + 1), sizeof *world->rows);
    for (uint32_t p = 0; p < n; p++) {
        struct world_row *first = &world->rows[world->n++];
        first->person = p;
        world_person(world, first);
        unsigned again = p < n / 2 ? 1 + (unsigned)world_draw(world, most) : 0;
        for (unsigned i = 0; i < again; i++) {
            struct world_row *row = &world->rows[world->n++];
            *row = *first;
            row->file = has_two_files;
            world_retell(world, row);
        }
    }
}

static inline void world_shuffle(struct world *world, uint64_t seed)
{
    world->seed = seed << 32;
    for (size_t i = world->n; i > 1; i--) {
        size_t j = world_draw(world, i);
        struct world_row swap = world->rows[i - 1];
        world->rows[i - 1] = world->rows[j];
        world->rows[j] = swap;
    }
}

static inline enum comity_status world_table(const struct world *world, struct table *table, struct comity_error *err)
{
    enum comity_status status = table_init(table, world_columns, WORLD_COLUMNS, err);
    for (size_t i = 0; i < world->n && status == COMITY_OK; i++) {
        struct slice cells[WORLD_COLUMNS];
        for (unsigned c = 0; c < WORLD_COLUMNS; c++)
            cells[c] = slice_from(world->rows[i].cells[c]);
        status = table_add(table, world->rows[i].file, cells, err);
    }
    return status == COMITY_OK ? table_seal(table, err) : status;
}

#endif
