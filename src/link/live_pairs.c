/* Each pair stands twice, once for each of its positions. */
#include "link/live_pairs.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

void live_pairs_release(struct live_pairs *pairs)
{
    free(pairs->halves);
    free(pairs->head);
    *pairs = (struct live_pairs){0};
}

bool live_pairs_room(struct live_pairs *pairs, size_t n)
{
    if (n <= pairs->room)
        return true;
    size_t before = pairs->room;
    if (!ARRAY_ROOM(pairs->head, before, pairs->room, n - before))
        return false;
    memset(&pairs->head[before], 0, (pairs->room - before) * sizeof *pairs->head);
    return true;
}

static uint32_t new_half(struct live_pairs *pairs)
{
    uint32_t number = pairs->free_half;
    if (number) {
        pairs->free_half = pairs->halves[number].next;
        return number;
    }
    pairs->n_halves += !pairs->n_halves; /* number 0 is none */
    return (uint32_t)pairs->n_halves++;
}

static void put_half(struct live_pairs *pairs, uint32_t from, struct live_half half)
{
    uint32_t number = new_half(pairs);
    half.next = pairs->head[from];
    pairs->halves[number] = half;
    pairs->head[from] = number;
}

static enum live_kind seen_from_other(enum live_kind kind)
{
    return kind == LIVE_PART ? LIVE_WHOLE : kind == LIVE_WHOLE ? LIVE_PART : kind;
}

bool live_pairs_put(struct live_pairs *pairs, uint32_t a, uint32_t b, enum live_kind kind, float bits)
{
    if (!ARRAY_ROOM(pairs->halves, pairs->n_halves, pairs->room_halves, 3))
        return false;
    put_half(pairs, a, (struct live_half){.other = b, .bits = bits, .kind = (uint8_t)kind});
    put_half(pairs, b, (struct live_half){.other = a, .bits = bits, .kind = (uint8_t)seen_from_other(kind)});
    return true;
}

static bool take_half(struct live_pairs *pairs, uint32_t from, uint32_t other, enum live_kind kind)
{
    for (uint32_t *link = &pairs->head[from]; *link; link = &pairs->halves[*link].next) {
        struct live_half *half = &pairs->halves[*link];
        if (half->other != other || half->kind != kind)
            continue;
        uint32_t number = *link;
        *link = half->next;
        half->next = pairs->free_half;
        pairs->free_half = number;
        return true;
    }
    return false;
}

bool live_pairs_take(struct live_pairs *pairs, uint32_t a, uint32_t b, enum live_kind kind)
{
    return take_half(pairs, a, b, kind) && take_half(pairs, b, a, seen_from_other(kind));
}

const struct live_half *live_pairs_next(
    const struct live_pairs *pairs, uint32_t position, const struct live_half *before)
{
    uint32_t number = before ? before->next : pairs->head[position];
    return number ? &pairs->halves[number] : NULL;
}
