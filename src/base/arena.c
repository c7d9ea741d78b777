/* A chain of blocks that double up to 1 MiB; a piece that is larger than a block gets one of its own size. */
#include "base/arena.h"

#include <stdlib.h>

enum { ALIGNMENT = 16, FIRST_BLOCK = 4096, LARGEST_BLOCK = 1 << 20 };

struct arena_block {
    struct arena_block *next;
    size_t size;
    _Alignas(ALIGNMENT) char bytes[];
};

void arena_init(struct arena *arena, size_t cap)
{
    *arena = (struct arena){.cap = cap};
}

void arena_release(struct arena *arena)
{
    struct arena_block *block = arena->block;
    while (block) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    arena_init(arena, arena->cap);
}

void arena_reset(struct arena *arena)
{
    if (!arena->block)
        return;
    struct arena_block *kept = arena->block, *block = kept->next;
    while (block) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
    kept->next = NULL;
    arena->used = 0;
    arena->total = kept->size;
}

static int arena_grow(struct arena *arena, size_t least)
{
    size_t size = arena->size ? arena->size * 2 : FIRST_BLOCK;
    if (size > LARGEST_BLOCK)
        size = LARGEST_BLOCK;
    if (size < least)
        size = least;
    if (arena->cap && (size > arena->cap || arena->total > arena->cap - size))
        return -1;
    struct arena_block *block = malloc(sizeof *block + size);
    if (!block)
        return -1;
    block->next = arena->block;
    block->size = size;
    arena->block = block;
    arena->size = size;
    arena->used = 0;
    arena->total += size;
    return 0;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (size == 0)
        size = ALIGNMENT;
    if (arena->size - arena->used < size && arena_grow(arena, size) != 0)
        return NULL;
    void *piece = arena->block->bytes + arena->used;
    arena->used += size;
    return piece;
}

void *arena_zero(struct arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        return NULL;
    void *piece = arena_alloc(arena, bytes);
    return piece ? memset(piece, 0, bytes) : NULL;
}

char *arena_string(struct arena *arena, struct slice text)
{
    char *copy = arena_alloc(arena, text.len + 1);
    if (!copy)
        return NULL;
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    copy[text.len] = '\0';
    return copy;
}

struct slice arena_copy(struct arena *arena, struct slice text)
{
    const char *copy = arena_string(arena, text);
    return slice_of(copy, copy ? text.len : 0);
}
