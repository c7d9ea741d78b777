/* Words are few and short: each is compared by itself. */
#include "text/distance.h"

#include "text/similarity.h"

bool distance_is_nearer(struct slice word, struct slice candidate, size_t *best)
{
    size_t allowed = 1 + candidate.len / 3;
    if (*best <= allowed)
        allowed = *best ? *best - 1 : 0;
    if (*best == 0 || candidate.len == 0)
        return false;
    size_t edits = similarity_osa(symbols_of(word), symbols_of(candidate), (unsigned)allowed);
    if (edits > allowed || edits >= candidate.len)
        return false;
    *best = edits;
    return true;
}

const char *distance_nearest(struct slice word, const char *const *list)
{
    const char *nearest = NULL;
    size_t best = SIZE_MAX;
    for (; *list; list++)
        if (distance_is_nearer(word, slice_from(*list), &best))
            nearest = *list;
    return nearest;
}
