/* arena.h - memory that is given out in pieces and freed at once.
 *
 * For whatever lives as long as one batch, one request or one loaded table. Pieces are aligned to 16 bytes and not
 * initialised unless said. `arena_init` cannot fail; a zeroed struct is an empty arena with the default cap.
 * Cost: a pointer bump, amortised. Not shared between threads.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/slice.h"

#include <stddef.h>
#include <stdint.h>

struct arena_block;

struct arena {
    struct arena_block *block; /* the newest */
    size_t used, size;         /* within the newest block */
    size_t total, cap;         /* bytes of all blocks; the cap, 0: none */
};

/* `cap`: the most bytes that the arena may hold, 0 for no limit. Past it, allocation fails as if memory were out. */
void arena_init(struct arena *arena, size_t cap);

/* Frees everything; the arena is empty and may be used again. */
void arena_release(struct arena *arena);

/* Forgets all pieces but keeps the newest block for the next round. */
void arena_reset(struct arena *arena);

/* Null when memory is out or the cap is reached. */
void *arena_alloc(struct arena *arena, size_t size);

/* `count` objects of `size` bytes, zeroed; null also when the product overflows. */
void *arena_zero(struct arena *arena, size_t count, size_t size);

/* A copy, terminated with a NUL that is not counted. Null when memory is out. */
char *arena_string(struct arena *arena, struct slice text);

/* The same as a slice; `ptr` is null when memory is out. */
struct slice arena_copy(struct arena *arena, struct slice text);

#define ARENA_NEW(arena, type) ((type *)arena_zero((arena), 1, sizeof(type)))
#define ARENA_ARRAY(arena, type, count) ((type *)arena_zero((arena), (count), sizeof(type)))

#endif
