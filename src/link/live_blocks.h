/* live_blocks.h - the blocks of block.h, kept while mentions come and go.
 *
 * The rules, keys and limits are those of block.h, and so is what comes out: two positions are proposed if and only if
 * blocking_build() over the same positions would propose them. A block knows how many pairs it holds; when one more
 * mention makes it too dense it is split, and joined again when one less does not: then the pairs of others change,
 * too, which is told. Some dozen bytes for each mention and slot.
 */
#ifndef LINK_LIVE_BLOCKS_H
#define LINK_LIVE_BLOCKS_H

#include "link/block.h"

struct live_block;
struct live_slot {
    struct map block_of; /* key → block number * 2, or position * 2 + 1 of the only one with it; 0: none */
    struct live_block *blocks;
    size_t n_blocks, room_blocks;
    uint32_t free_block; /* those that are not used any more, one leading to the next; 0: none */
    uint32_t *moved;     /* positions whose block became another by the last change, without that which came or went */
    size_t n_moved, room_moved;
};
struct live_blocks {
    const struct frame *frame;
    struct blocking rules; /* without keys */
    struct live_slot slots[BLOCK_MOST_SLOTS];
    uint32_t *leaf; /* position × n_slots: the block that it meets others in; 0: none */
    size_t room;    /* positions */
    uint32_t *marks, mark;
};

/* All positions of the frame. Release it whatever the status. */
enum comity_status live_blocks_build(
    const struct frame *frame, unsigned threads, struct live_blocks *out) COMITY_MUST_USE;
void live_blocks_release(struct live_blocks *blocks);

/* One position that the frame has and the blocks do not, or the other way round. After COMITY_NOMEM release them. */
enum comity_status live_blocks_add(struct live_blocks *blocks, uint32_t position) COMITY_MUST_USE;
enum comity_status live_blocks_remove(struct live_blocks *blocks, uint32_t position) COMITY_MUST_USE;

/* Whether any rule proposes the two. */
bool live_blocks_propose(const struct live_blocks *blocks, uint32_t a, uint32_t b);
/* Calls pair(context, position, other) once for each other that any rule proposes with it. */
void live_blocks_visit(struct live_blocks *blocks, uint32_t position,
    void (*pair)(void *context, uint32_t position, uint32_t other), void *context);

#endif
