/* Growth by half keeps the copying amortised and the waste under a third. */
#include "base/array.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool array_grow(void **array, size_t *room, size_t count, size_t more, size_t size)
{
    size_t need, wanted = *room + *room / 2 + 8, bytes;
    if (__builtin_add_overflow(count, more, &need))
        return false;
    if (wanted < need)
        wanted = need;
    if (__builtin_mul_overflow(wanted, size, &bytes))
        return false;
    /* The pointer is copied by bytes: `array` really points to a `struct thing *`, not to a `void *`. */
    void *old, *grown;
    memcpy(&old, array, sizeof old);
    grown = realloc(old, bytes);
    if (!grown)
        return false;
    memcpy(array, &grown, sizeof grown);
    *room = wanted;
    return true;
}
