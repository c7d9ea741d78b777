/* recipe_cache.h - readings of one field by the bytes of its cells, so that each distinct cell is parsed once.
 *
 * Capped: when it is full it forgets everything, between two rows. Private to read/.
 */
#ifndef READ_RECIPE_CACHE_H
#define READ_RECIPE_CACHE_H

#include "base/arena.h"
#include "value/value.h"

enum { CACHE_MOST_ENTRIES = 1 << 16, CACHE_MOST_BYTES = 16 << 20 };

struct cached {
    struct slice key;
    uint64_t hash;
    struct value value;
    struct slice packed; /* as mention_pack writes the field, with its length */
    uint64_t identity;   /* what it adds to the content hash */
};

struct recipe_cache {
    struct cached *entries;
    uint32_t *slots; /* index + 1; 0: free */
    size_t n, room, n_slots;
    struct arena arena;
};

void cache_release(struct recipe_cache *cache);
/* Forgets everything if it is full. What was handed out before is void then. */
void cache_trim(struct recipe_cache *cache);
/* The entry for `key` in a context (a number that tells equal cells of different meaning apart); null when there is
 * none. */
struct cached *cache_find(const struct recipe_cache *cache, struct slice key, uint64_t context);
/* Adds an empty entry with a copy of the key; null when memory is out. Good until the next cache_add. */
struct cached *cache_add(struct recipe_cache *cache, struct slice key, uint64_t context);

#endif
