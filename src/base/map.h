/* map.h - hash maps: numbers to numbers, and texts to dense numbers (interning).
 *
 * struct map: uint64_t -> uint64_t. Open addressing, no removal.
 * struct intern: text -> 0, 1, 2 … in order of first sight; each text is copied once into the intern's arena and its
 * address stays the same until release. Both start zeroed (`= {0}`) and may be released at any time.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct map_pair {
    uint64_t key, value; /* key 0: empty */
};
struct map {
    struct map_pair *pairs; /* size of them, and behind them the one of key 0 */
    bool has_zero;
    size_t count, size;
};

void map_release(struct map *map);
/* Empties it and keeps the memory. */
void map_clear(struct map *map);
/* The place of the value for `key`, with `*is_new` (may be null) telling whether it was made now, as 0. Null when
 * memory is out. The place is good until the next map_put. */
uint64_t *map_put(struct map *map, uint64_t key, bool *is_new);
/* The place of the value, or null. */
uint64_t *map_get(const struct map *map, uint64_t key);
/* Asks the memory for the place of a key, for who looks many up, so that it is there when it is looked at. */
void map_seek(const struct map *map, uint64_t key);
/* Goes through all pairs in no order: start with *at = 0; false at the end. */
bool map_next(const struct map *map, size_t *at, uint64_t *key, uint64_t *value);

#define INTERN_NONE UINT32_MAX

/* The lower half of the text's hash, so that hardly any text is looked at in vain; id + 1, 0: empty. */
struct intern_slot {
    uint32_t hash, id;
};
struct intern {
    struct arena arena;
    struct slice *texts; /* by id */
    struct intern_slot *slots;
    size_t count, room, size;
};

void intern_release(struct intern *intern);
/* The id of `text`, made if new. INTERN_NONE when memory is out. */
uint32_t intern_put(struct intern *intern, struct slice text);
/* The id, or INTERN_NONE. */
uint32_t intern_get(const struct intern *intern, struct slice text);

/* The same in steps, for who must do something before a text is made known. Finding leaves the place of a text that is
 * not known, for adding; the place is good until the next text is put or added. */
struct intern_place {
    size_t slot;
    uint32_t hash;
};
uint32_t intern_find(const struct intern *intern, struct slice text, uint32_t hash, struct intern_place *place);
uint32_t intern_add(struct intern *intern, struct slice text, const struct intern_place *place);

/* What finding will look at, asked of the memory before, by who finds many texts: first the slot of a hash, then what
 * the slot leads to, then the text there. Each step needs what the one before it asked for. */
uint32_t intern_hash(struct slice text);
void intern_ask_slot(const struct intern *intern, uint32_t hash);
void intern_ask_place(const struct intern *intern, uint32_t hash);
void intern_ask_text(const struct intern *intern, uint32_t hash);

/* Gives back what only finding and adding need; the copied texts stay where they are. Nothing may be put or found
 * afterwards. */
void intern_seal(struct intern *intern);

static inline struct slice intern_text(const struct intern *intern, uint32_t id)
{
    return intern->texts[id];
}

#endif
