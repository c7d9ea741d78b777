/* Linear probing over a power of two, grown at two thirds. Keys are mixed first, so that dense ids spread. */
#include "base/map.h"

#include "base/hash.h"

#include <stdlib.h>

void map_release(struct map *map)
{
    free(map->pairs);
    *map = (struct map){0};
}

void map_clear(struct map *map)
{
    if (map->count)
        memset(map->pairs, 0, (map->size + 1) * sizeof *map->pairs);
    map->has_zero = false;
    map->count = 0;
}

static size_t map_slot(const struct map *map, uint64_t key)
{
    size_t at = hash_u64(key) & (map->size - 1);
    while (map->pairs[at].key && map->pairs[at].key != key)
        at = (at + 1) & (map->size - 1);
    return at;
}

static bool map_grow(struct map *map)
{
    struct map grown = *map;
    grown.size = map->size ? map->size * 2 : 64;
    grown.pairs = calloc(grown.size + 1, sizeof *grown.pairs);
    if (!grown.pairs)
        return false;
    if (map->has_zero)
        grown.pairs[grown.size] = map->pairs[map->size];
    for (size_t i = 0; i < map->size; i++)
        if (map->pairs[i].key)
            grown.pairs[map_slot(&grown, map->pairs[i].key)] = map->pairs[i];
    free(map->pairs);
    *map = grown;
    return true;
}

/* The place of a key, or where it would be. */
static struct map_pair *map_place(const struct map *map, uint64_t key)
{
    return &map->pairs[key ? map_slot(map, key) : map->size];
}

static bool is_there(const struct map *map, const struct map_pair *pair)
{
    return pair->key || (map->has_zero && pair == &map->pairs[map->size]);
}

uint64_t *map_put(struct map *map, uint64_t key, bool *is_new)
{
    if (3 * (map->count + 1) > 2 * map->size && !map_grow(map))
        return NULL;
    struct map_pair *pair = map_place(map, key);
    bool is_known = is_there(map, pair);
    if (is_new)
        *is_new = !is_known;
    if (!is_known) {
        *pair = (struct map_pair){.key = key};
        map->has_zero = map->has_zero || !key;
        map->count++;
    }
    return &pair->value;
}

uint64_t *map_get(const struct map *map, uint64_t key)
{
    if (!map->size)
        return NULL;
    struct map_pair *pair = map_place(map, key);
    return is_there(map, pair) ? &pair->value : NULL;
}

void map_seek(const struct map *map, uint64_t key)
{
    if (map->size)
        __builtin_prefetch(&map->pairs[hash_u64(key) & (map->size - 1)]);
}

bool map_next(const struct map *map, size_t *at, uint64_t *key, uint64_t *value)
{
    for (; map->size && *at <= map->size; (*at)++) {
        const struct map_pair *pair = &map->pairs[*at];
        if (!is_there(map, pair))
            continue;
        *key = pair->key;
        *value = pair->value;
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
