/* array.h - growing a typed array: `struct thing *things; size_t n_things, room_things;`.
 *
 *     if (!ARRAY_ROOM(things, n_things, room_things, 1)) return error_nomem(err);
 *     things[n_things++] = thing;
 *
 * The array starts as null with room 0 and is freed with free(). False leaves it as it was.
 */
#ifndef BASE_ARRAY_H
#define BASE_ARRAY_H

#include <stdbool.h>
#include <stddef.h>

/* Makes room for `more` elements of `size` bytes behind `count`. */
bool array_grow(void **array, size_t *room, size_t count, size_t more, size_t size);

#define ARRAY_ROOM(array, count, room, more)                                                                           \
    ((count) + (more) <= (room) || array_grow((void **)&(array), &(room), (count), (more), sizeof *(array)))

#endif
