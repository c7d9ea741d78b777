/* similarity_pack.h - how a pack lies in memory, for text/similarity_batch.c and the join. Internal. */
#ifndef TEXT_SIMILARITY_PACK_H
#define TEXT_SIMILARITY_PACK_H

#include "text/similarity_lanes.h"

/* Texts of one length in lanes of one width. Those at order[first … first+n-1] fill its lanes from the front. */
struct pack_group {
    size_t len;
    unsigned width; /* lanes of 8 << width bits */
    uint32_t first, n;
    const uint8_t *rows;
};

struct similarity_pack {
    const struct symbols *texts; /* borrowed */
    uint32_t n, n_in_lanes;      /* behind order[n_in_lanes] are those that are empty or over 64, by length */
    uint32_t *order;             /* positions of the texts: by group, then by their first letters, then as given */
    struct pack_group *groups;
    size_t n_groups;
    uint8_t *memory;
    uint8_t letter_rows[256]; /* of blocks that are tables of letters */
    unsigned n_letters;       /* 0: blocks hold symbols */
    const struct lanes_set *lanes;
};

static inline size_t pack_lanes(unsigned width)
{
    return LANES_ROW_BYTES >> width;
}

static inline size_t pack_blocks(const struct pack_group *group)
{
    return (group->n + pack_lanes(group->width) - 1) / pack_lanes(group->width);
}

static inline size_t pack_block_rows(const struct similarity_pack *pack, const struct pack_group *group)
{
    return pack->n_letters ? pack->n_letters + 1u : group->len;
}

/* Sets the job's rows to those from `block` on to the end of the group, and what else depends on the group. */
void pack_set_rows(
    const struct similarity_pack *pack, const struct pack_group *group, size_t block, struct lanes_job *job);

/* The symbols of a text of at most 64, as lanes want them. Returns how many. */
size_t pack_query_symbols(struct symbols text, uint16_t symbols[SIMILARITY_WORD]);

#endif
