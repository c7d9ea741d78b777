/* Members of all hits lie in one array, since most are of two or three. */
#include "link/part_hit.h"

#include "base/array.h"

#include <stdlib.h>
#include <string.h>

bool part_hits_add(struct part_hits *hits, const struct part_hit *hit, const uint32_t *members)
{
    if (!ARRAY_ROOM(hits->at, hits->n, hits->room, 1) ||
        !ARRAY_ROOM(hits->members, hits->n_members, hits->room_members, hit->n))
        return false;
    hits->at[hits->n] = *hit;
    hits->at[hits->n++].first = hits->n_members;
    memcpy(&hits->members[hits->n_members], members, hit->n * sizeof *members);
    hits->n_members += hit->n;
    return true;
}

bool part_hits_append(struct part_hits *hits, const struct part_hits *more)
{
    bool is_good = true;
    for (size_t i = 0; is_good && i < more->n; i++)
        is_good = part_hits_add(hits, &more->at[i], &more->members[more->at[i].first]);
    return is_good;
}

size_t part_hits_first(const struct part_hits *hits, size_t whole)
{
    size_t low = 0, high = hits->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (hits->at[middle].whole < whole)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void part_hits_release(struct part_hits *hits)
{
    free(hits->at);
    free(hits->members);
    *hits = (struct part_hits){0};
}
