/* Blocks as sorted lists of positions, found by their keys. A split block keeps its list: it tells when it is dense no
 * more. */
#include "link/live_blocks.h"

#include "base/array.h"
#include "base/parallel.h"

#include <stdlib.h>

struct live_block {
    uint32_t *items; /* positions by first day */
    uint32_t n, room;
    uint64_t n_pairs;  /* within the window */
    int32_t most_days; /* that the dates of one item ever spanned */
    bool is_dense;     /* split, or left out where there is nothing left to split it by */
};

/* One slot, at work. */
struct work {
    struct live_blocks *blocks;
    struct live_slot *slot;
    const struct block_rule *rule;
    unsigned number; /* of the slot */
    bool has_failed;
};

static uint32_t *leaf_of(const struct work *work, uint32_t position)
{
    return &work->blocks->leaf[(size_t)position * work->blocks->rules.n_slots + work->number];
}

/* ---- one block ---- */

/* The first item whose first day is not below. */
static uint32_t first_from(const struct frame *frame, const struct live_block *block, int64_t day)
{
    uint32_t low = 0, high = block->n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (frame->first[block->items[middle]] < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The items that may be within the window of a position. */
static void find_near(const struct frame *frame, const struct live_block *block, int32_t window, uint32_t position,
    uint32_t *begin, uint32_t *end)
{
    *begin = 0;
    *end = block->n;
    if (window < 0)
        return;
    *begin = first_from(frame, block, (int64_t)frame->first[position] - window - block->most_days);
    *end = first_from(frame, block, (int64_t)frame->last[position] + window + 1);
}

/* How many others it meets. */
static uint64_t count_partners(const struct frame *frame, const struct live_block *block, int32_t window, uint32_t p)
{
    uint32_t begin, end;
    uint64_t n = 0;
    find_near(frame, block, window, p, &begin, &end);
    for (uint32_t i = begin; i < end; i++)
        n += block->items[i] != p && block_in_window(frame, window, block->items[i], p);
    return n;
}

static int32_t days_of(const struct frame *frame, uint32_t position)
{
    int64_t days = (int64_t)frame->last[position] - frame->first[position];
    return days < INT32_MAX / 2 ? (int32_t)days : INT32_MAX / 2;
}

static bool insert_item(const struct frame *frame, struct live_block *block, int32_t window, uint32_t position)
{
    if (block->n == block->room) {
        uint32_t room = block->room ? block->room + block->room / 2 : 2;
        uint32_t *items = realloc(block->items, room * sizeof *items);
        if (!items)
            return false;
        block->items = items;
        block->room = room;
    }
    block->n_pairs += count_partners(frame, block, window, position);
    uint32_t at = first_from(frame, block, (int64_t)frame->first[position] + 1);
    memmove(&block->items[at + 1], &block->items[at], (block->n - at) * sizeof *block->items);
    block->items[at] = position;
    block->n++;
    if (days_of(frame, position) > block->most_days)
        block->most_days = days_of(frame, position);
    return true;
}

static void remove_item(const struct frame *frame, struct live_block *block, int32_t window, uint32_t position)
{
    uint32_t at = first_from(frame, block, frame->first[position]);
    while (at < block->n && block->items[at] != position)
        at++;
    if (at == block->n)
        return;
    block->n--;
    memmove(&block->items[at], &block->items[at + 1], (block->n - at) * sizeof *block->items);
    block->n_pairs -= count_partners(frame, block, window, position);
}

/* ---- blocks by key ---- */

static uint32_t new_block(struct work *work)
{
    struct live_slot *slot = work->slot;
    uint32_t number = slot->free_block;
    if (number) {
        slot->free_block = slot->blocks[number].n;
    } else if (ARRAY_ROOM(slot->blocks, slot->n_blocks, slot->room_blocks, 2)) {
        slot->n_blocks += !slot->n_blocks; /* number 0 is none */
        number = (uint32_t)slot->n_blocks++;
    } else {
        return 0;
    }
    slot->blocks[number] = (struct live_block){0};
    return number;
}

static void free_block(struct work *work, uint32_t number)
{
    struct live_slot *slot = work->slot;
    free(slot->blocks[number].items);
    slot->blocks[number] = (struct live_block){.n = slot->free_block};
    slot->free_block = number;
}

static void move_to(struct work *work, uint32_t position, uint32_t leaf)
{
    struct live_slot *slot = work->slot;
    if (*leaf_of(work, position) == leaf)
        return;
    *leaf_of(work, position) = leaf;
    if (ARRAY_ROOM(slot->moved, slot->n_moved, slot->room_moved, 1))
        slot->moved[slot->n_moved++] = position;
    else
        work->has_failed = true;
}

static bool is_last_split(const struct work *work, unsigned n_split)
{
    return n_split == work->rule->n_splits;
}

static void add_at(struct work *work, uint64_t key, unsigned n_split, uint32_t position);

/* Takes the blocks within one that is dense no more away. */
static void drop_within(struct work *work, uint64_t key, unsigned n_split, uint32_t number)
{
    if (is_last_split(work, n_split))
        return;
    const struct live_block *block = &work->slot->blocks[number];
    for (uint32_t i = 0; i < block->n; i++) {
        uint64_t within = block_key_within(work->blocks->frame, key, work->rule->splits[n_split], block->items[i]);
        uint64_t *found = map_get(&work->slot->block_of, within);
        if (!found || !*found)
            continue;
        if (!(*found & 1)) {
            uint32_t other = (uint32_t)(*found / 2);
            if (work->slot->blocks[other].is_dense)
                drop_within(work, within, n_split + 1, other);
            free_block(work, other);
            block = &work->slot->blocks[number];
        }
        *found = 0;
    }
}

/* After a block's list has changed: splits it, joins it again, or leaves it as it is. */
static void settle(struct work *work, uint64_t key, unsigned n_split, uint32_t number)
{
    struct live_block *block = &work->slot->blocks[number];
    bool is_dense = block_is_dense(work->rule, n_split, block->n_pairs, block->n);
    if (is_dense == block->is_dense)
        return;
    block->is_dense = is_dense;
    if (is_dense && !is_last_split(work, n_split)) {
        for (uint32_t i = 0; i < work->slot->blocks[number].n && !work->has_failed; i++) {
            uint32_t position = work->slot->blocks[number].items[i];
            add_at(work, block_key_within(work->blocks->frame, key, work->rule->splits[n_split], position), n_split + 1,
                position);
        }
        return;
    }
    if (!is_dense)
        drop_within(work, key, n_split, number);
    block = &work->slot->blocks[number];
    for (uint32_t i = 0; i < block->n && !work->has_failed; i++)
        move_to(work, block->items[i], is_dense ? 0 : number);
}

/* Of a block whose only member is known, a block. */
static uint32_t block_for(struct work *work, uint64_t *found, uint32_t position)
{
    if (!*found) {
        *found = (uint64_t)position * 2 + 1;
        move_to(work, position, 0);
        return 0;
    }
    if (!(*found & 1))
        return (uint32_t)(*found / 2);
    uint32_t first = (uint32_t)(*found / 2), number = new_block(work);
    if (!number || !insert_item(work->blocks->frame, &work->slot->blocks[number], work->rule->window_days, first)) {
        work->has_failed = true;
        return 0;
    }
    *found = (uint64_t)number * 2;
    move_to(work, first, number);
    return number;
}

static void add_at(struct work *work, uint64_t key, unsigned n_split, uint32_t position)
{
    const struct frame *frame = work->blocks->frame;
    uint64_t *found = map_put(&work->slot->block_of, key, NULL);
    work->has_failed = work->has_failed || !found;
    uint32_t number = found ? block_for(work, found, position) : 0;
    if (!number)
        return;
    struct live_block *block = &work->slot->blocks[number];
    if (!insert_item(frame, block, work->rule->window_days, position)) {
        work->has_failed = true;
        return;
    }
    if (!block->is_dense)
        move_to(work, position, number);
    else if (is_last_split(work, n_split))
        move_to(work, position, 0);
    else
        add_at(work, block_key_within(frame, key, work->rule->splits[n_split], position), n_split + 1, position);
    settle(work, key, n_split, number);
}

static void remove_at(struct work *work, uint64_t key, unsigned n_split, uint32_t position)
{
    const struct frame *frame = work->blocks->frame;
    uint64_t *found = map_get(&work->slot->block_of, key);
    if (!found || !*found)
        return;
    if (*found & 1) {
        *found = 0;
        return;
    }
    uint32_t number = (uint32_t)(*found / 2);
    if (work->slot->blocks[number].is_dense && !is_last_split(work, n_split))
        remove_at(work, block_key_within(frame, key, work->rule->splits[n_split], position), n_split + 1, position);
    remove_item(frame, &work->slot->blocks[number], work->rule->window_days, position);
    settle(work, key, n_split, number);
    if (work->slot->blocks[number].n == 1) {
        uint32_t last = work->slot->blocks[number].items[0];
        *map_get(&work->slot->block_of, key) = (uint64_t)last * 2 + 1;
        move_to(work, last, 0);
        free_block(work, number);
    }
}

/* ---- all slots ---- */

static struct work start(struct live_blocks *blocks, unsigned s)
{
    struct live_slot *slot = &blocks->slots[s];
    slot->n_moved = 0;
    return (struct work){
        .blocks = blocks, .slot = slot, .rule = &blocks->rules.rules[blocks->rules.slots[s].rule], .number = s};
}

static bool make_room(struct live_blocks *blocks, size_t n)
{
    size_t room = blocks->room ? blocks->room : 1, n_slots = blocks->rules.n_slots;
    if (n <= blocks->room)
        return true;
    while (room < n)
        room += room / 2 + 1;
    uint32_t *leaf = realloc(blocks->leaf, room * (n_slots + 1) * sizeof *leaf);
    blocks->leaf = leaf ? leaf : blocks->leaf;
    uint32_t *marks = realloc(blocks->marks, room * sizeof *marks);
    blocks->marks = marks ? marks : blocks->marks;
    if (!leaf || !marks)
        return false;
    memset(&leaf[blocks->room * n_slots], 0, (room - blocks->room) * n_slots * sizeof *leaf);
    memset(&marks[blocks->room], 0, (room - blocks->room) * sizeof *marks);
    blocks->room = room;
    return true;
}

static enum comity_status fill_slot(void *context, size_t s)
{
    struct live_blocks *blocks = context;
    const struct frame *frame = blocks->frame;
    struct work work = start(blocks, (unsigned)s);
    /* In the order of days, so that each goes to the end of its list. */
    for (size_t r = 0; r < frame->n && !work.has_failed; r++) {
        uint32_t position = blocks->rules.by_day[r];
        uint64_t key = block_key(frame, work.rule, (unsigned)s, position);
        if (key)
            add_at(&work, key, 0, position);
        work.slot->n_moved = 0;
    }
    return work.has_failed ? COMITY_NOMEM : COMITY_OK;
}

enum comity_status live_blocks_build(const struct frame *frame, unsigned threads, struct live_blocks *out)
{
    *out = (struct live_blocks){.frame = frame};
    blocking_rules(frame, &out->rules);
    if (!make_room(out, frame->n + 1))
        return COMITY_NOMEM;
    enum comity_status status = blocking_order(&out->rules);
    if (status == COMITY_OK)
        status = parallel_run(out->rules.n_slots, threads, fill_slot, out);
    free(out->rules.by_day);
    out->rules.by_day = NULL;
    return status;
}

void live_blocks_release(struct live_blocks *blocks)
{
    for (unsigned s = 0; s < blocks->rules.n_slots; s++) {
        struct live_slot *slot = &blocks->slots[s];
        for (size_t i = 1; i < slot->n_blocks; i++)
            free(slot->blocks[i].items);
        free(slot->blocks);
        free(slot->moved);
        map_release(&slot->block_of);
    }
    blocking_release(&blocks->rules);
    free(blocks->leaf);
    free(blocks->marks);
    *blocks = (struct live_blocks){0};
}

/* That which came or went is no news. */
static void forget_moved(struct live_slot *slot, uint32_t position)
{
    size_t kept = 0;
    for (size_t i = 0; i < slot->n_moved; i++)
        if (slot->moved[i] != position)
            slot->moved[kept++] = slot->moved[i];
    slot->n_moved = kept;
}

static enum comity_status change(struct live_blocks *blocks, uint32_t position, bool is_added)
{
    bool has_failed = !make_room(blocks, (size_t)position + 1);
    for (unsigned s = 0; s < blocks->rules.n_slots && !has_failed; s++) {
        struct work work = start(blocks, s);
        uint64_t key = block_key(blocks->frame, work.rule, s, position);
        if (key && is_added)
            add_at(&work, key, 0, position);
        if (key && !is_added)
            remove_at(&work, key, 0, position);
        if (!is_added)
            *leaf_of(&work, position) = 0;
        forget_moved(work.slot, position);
        has_failed = work.has_failed;
    }
    return has_failed ? COMITY_NOMEM : COMITY_OK;
}

enum comity_status live_blocks_add(struct live_blocks *blocks, uint32_t position)
{
    return change(blocks, position, true);
}

enum comity_status live_blocks_remove(struct live_blocks *blocks, uint32_t position)
{
    return change(blocks, position, false);
}

static int32_t window_of(const struct live_blocks *blocks, unsigned slot)
{
    return blocks->rules.rules[blocks->rules.slots[slot].rule].window_days;
}

bool live_blocks_propose(const struct live_blocks *blocks, uint32_t a, uint32_t b)
{
    unsigned n = blocks->rules.n_slots;
    const uint32_t *leaf_a = &blocks->leaf[(size_t)a * n], *leaf_b = &blocks->leaf[(size_t)b * n];
    for (unsigned s = 0; s < n; s++)
        if (leaf_a[s] && leaf_a[s] == leaf_b[s] && block_in_window(blocks->frame, window_of(blocks, s), a, b))
            return true;
    return false;
}

void live_blocks_visit(struct live_blocks *blocks, uint32_t position,
    void (*pair)(void *context, uint32_t position, uint32_t other), void *context)
{
    unsigned n = blocks->rules.n_slots;
    blocks->mark++;
    for (unsigned s = 0; s < n; s++) {
        uint32_t leaf = blocks->leaf[(size_t)position * n + s], begin, end;
        if (!leaf)
            continue;
        const struct live_block *block = &blocks->slots[s].blocks[leaf];
        find_near(blocks->frame, block, window_of(blocks, s), position, &begin, &end);
        for (uint32_t i = begin; i < end; i++) {
            uint32_t other = block->items[i];
            if (other == position || blocks->marks[other] == blocks->mark ||
                !block_in_window(blocks->frame, window_of(blocks, s), position, other))
                continue;
            blocks->marks[other] = blocks->mark;
            pair(context, position, other);
        }
    }
}
