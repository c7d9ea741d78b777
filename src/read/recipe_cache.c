#include "read/recipe_cache.h"

#include "base/array.h"
#include "base/hash.h"

#include <stdlib.h>

void cache_release(struct recipe_cache *cache)
{
    free(cache->entries);
    free(cache->slots);
    arena_release(&cache->arena);
    *cache = (struct recipe_cache){0};
}

void cache_trim(struct recipe_cache *cache)
{
    if (cache->n < CACHE_MOST_ENTRIES && cache->arena.total < CACHE_MOST_BYTES)
        return;
    arena_release(&cache->arena);
    memset(cache->slots, 0, cache->n_slots * sizeof *cache->slots);
    cache->n = 0;
}

/* The slot where the key is or would be. */
static size_t find_slot(const struct recipe_cache *cache, struct slice key, uint64_t hash)
{
    size_t at = hash & (cache->n_slots - 1);
    for (uint32_t id; (id = cache->slots[at]) != 0; at = (at + 1) & (cache->n_slots - 1)) {
        const struct cached *entry = &cache->entries[id - 1];
        if (entry->hash == hash && slice_equal(entry->key, key))
            break;
    }
    return at;
}

struct cached *cache_find(const struct recipe_cache *cache, struct slice key, uint64_t context)
{
    if (!cache->n)
        return NULL;
    uint32_t id = cache->slots[find_slot(cache, key, hash_seeded(key.ptr, key.len, context))];
    return id ? &cache->entries[id - 1] : NULL;
}

static bool grow_slots(struct recipe_cache *cache)
{
    size_t n = cache->n_slots ? cache->n_slots * 2 : 256;
    uint32_t *slots = calloc(n, sizeof *slots);
    if (!slots)
        return false;
    free(cache->slots);
    cache->slots = slots;
    cache->n_slots = n;
    for (size_t i = 0; i < cache->n; i++)
        slots[find_slot(cache, cache->entries[i].key, cache->entries[i].hash)] = (uint32_t)i + 1;
    return true;
}

struct cached *cache_add(struct recipe_cache *cache, struct slice key, uint64_t context)
{
    if (!ARRAY_ROOM(cache->entries, cache->n, cache->room, 1))
        return NULL;
    if (cache->n * 2 >= cache->n_slots && !grow_slots(cache))
        return NULL;
    struct slice copy = arena_copy(&cache->arena, key);
    if (key.len && !copy.ptr)
        return NULL;
    uint64_t hash = hash_seeded(key.ptr, key.len, context);
    cache->slots[find_slot(cache, copy, hash)] = (uint32_t)cache->n + 1;
    struct cached *entry = &cache->entries[cache->n++];
    *entry = (struct cached){.key = copy, .hash = hash};
    return entry;
}
