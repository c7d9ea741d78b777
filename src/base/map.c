/* Linear probing over a power of two, grown at two thirds. Keys are mixed first, so that dense ids spread. */
#include "base/map.h"

#include "base/hash.h"

#include <stdlib.h>

void map_release(struct map *map)
{
    free(map->keys);
    free(map->values);
    free(map->used);
    *map = (struct map){0};
}

void map_clear(struct map *map)
{
    if (map->used)
        memset(map->used, 0, map->size);
    map->count = 0;
}

static size_t map_slot(const struct map *map, uint64_t key)
{
    size_t at = hash_u64(key) & (map->size - 1);
    while (map->used[at] && map->keys[at] != key)
        at = (at + 1) & (map->size - 1);
    return at;
}

static bool map_grow(struct map *map)
{
    struct map grown = {.size = map->size ? map->size * 2 : 64};
    grown.keys = malloc(grown.size * sizeof *grown.keys);
    grown.values = malloc(grown.size * sizeof *grown.values);
    grown.used = calloc(grown.size, 1);
    if (!grown.keys || !grown.values || !grown.used) {
        map_release(&grown);
        return false;
    }
    for (size_t i = 0; i < map->size; i++) {
        if (!map->used[i])
            continue;
        size_t at = map_slot(&grown, map->keys[i]);
        grown.used[at] = 1;
        grown.keys[at] = map->keys[i];
        grown.values[at] = map->values[i];
    }
    grown.count = map->count;
    struct map old = *map;
    *map = grown;
    map_release(&old);
    return true;
}

uint64_t *map_put(struct map *map, uint64_t key, bool *is_new)
{
    if (3 * (map->count + 1) > 2 * map->size && !map_grow(map))
        return NULL;
    size_t at = map_slot(map, key);
    if (is_new)
        *is_new = !map->used[at];
    if (!map->used[at]) {
        map->used[at] = 1;
        map->keys[at] = key;
        map->values[at] = 0;
        map->count++;
    }
    return &map->values[at];
}

uint64_t *map_get(const struct map *map, uint64_t key)
{
    if (!map->size)
        return NULL;
    size_t at = map_slot(map, key);
    return map->used[at] ? &map->values[at] : NULL;
}

bool map_next(const struct map *map, size_t *at, uint64_t *key, uint64_t *value)
{
    for (; *at < map->size; (*at)++) {
        if (!map->used[*at])
            continue;
        *key = map->keys[*at];
        *value = map->values[*at];
        (*at)++;
        return true;
    }
    return false;
}

void intern_release(struct intern *intern)
{
    arena_release(&intern->arena);
    free(intern->texts);
    free(intern->slots);
    *intern = (struct intern){0};
}

static size_t intern_empty(const struct intern_slot *slots, size_t size, uint32_t hash)
{
    size_t at = hash & (size - 1);
    while (slots[at].id)
        at = (at + 1) & (size - 1);
    return at;
}

/* Half of the hash suffices: there are no more slots than it has values. */
static bool intern_grow_slots(struct intern *intern)
{
    size_t size = intern->size ? intern->size * 2 : 64;
    struct intern_slot *slots = size <= (size_t)UINT32_MAX + 1 ? calloc(size, sizeof *slots) : NULL;
    if (!slots)
        return false;
    for (size_t i = 0; i < intern->size; i++)
        if (intern->slots[i].id)
            slots[intern_empty(slots, size, intern->slots[i].hash)] = intern->slots[i];
    free(intern->slots);
    intern->slots = slots;
    intern->size = size;
    return true;
}

static bool intern_grow_texts(struct intern *intern)
{
    size_t room = intern->room ? intern->room * 2 : 64;
    struct slice *texts = realloc(intern->texts, room * sizeof *texts);
    if (!texts)
        return false;
    intern->texts = texts;
    intern->room = room;
    return true;
}

uint32_t intern_hash(struct slice text)
{
    return (uint32_t)hash_slice(text);
}

static const struct intern_slot *first_slot(const struct intern *intern, uint32_t hash)
{
    return &intern->slots[hash & (intern->size - 1)];
}

void intern_ask_slot(const struct intern *intern, uint32_t hash)
{
    if (intern->size)
        __builtin_prefetch(first_slot(intern, hash));
}

void intern_ask_place(const struct intern *intern, uint32_t hash)
{
    if (intern->size && first_slot(intern, hash)->id)
        __builtin_prefetch(&intern->texts[first_slot(intern, hash)->id - 1]);
}

void intern_ask_text(const struct intern *intern, uint32_t hash)
{
    if (intern->size && first_slot(intern, hash)->id)
        __builtin_prefetch(intern->texts[first_slot(intern, hash)->id - 1].ptr);
}

uint32_t intern_find(const struct intern *intern, struct slice text, uint32_t hash, struct intern_place *place)
{
    const struct intern_slot *slots = intern->slots;
    *place = (struct intern_place){.hash = hash};
    if (!intern->size)
        return INTERN_NONE;
    size_t at = hash & (intern->size - 1);
    while (slots[at].id && (slots[at].hash != hash || !slice_equal_short(intern->texts[slots[at].id - 1], text)))
        at = (at + 1) & (intern->size - 1);
    place->slot = at;
    return slots[at].id ? slots[at].id - 1 : INTERN_NONE;
}

uint32_t intern_add(struct intern *intern, struct slice text, const struct intern_place *place)
{
    size_t slot = place->slot;
    if (3 * (intern->count + 1) > 2 * intern->size) {
        if (!intern_grow_slots(intern))
            return INTERN_NONE;
        slot = intern_empty(intern->slots, intern->size, place->hash);
    }
    if (intern->count == intern->room && !intern_grow_texts(intern))
        return INTERN_NONE;
    struct slice copy = arena_copy(&intern->arena, text);
    if (!copy.ptr)
        return INTERN_NONE;
    intern->texts[intern->count] = copy;
    intern->slots[slot] = (struct intern_slot){place->hash, (uint32_t)++intern->count};
    return (uint32_t)intern->count - 1;
}

uint32_t intern_put(struct intern *intern, struct slice text)
{
    struct intern_place place;
    uint32_t id = intern_find(intern, text, intern_hash(text), &place);
    return id != INTERN_NONE ? id : intern_add(intern, text, &place);
}

uint32_t intern_get(const struct intern *intern, struct slice text)
{
    struct intern_place place;
    return intern_find(intern, text, intern_hash(text), &place);
}

void intern_seal(struct intern *intern)
{
    free(intern->texts);
    free(intern->slots);
    *intern = (struct intern){.arena = intern->arena};
}
