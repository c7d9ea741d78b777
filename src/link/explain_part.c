/* Two that are apart because one of them is a part of the other, as judgements say: they name one mention of each, and
 * what it is one event with goes with it. */
#include "link/explain.h"

#include "base/map.h"

struct naming {
    const struct mentions *mentions;
    const struct judgement *judgements;
    size_t n_judgements;
    const uint32_t *cluster;
    struct map own;    /* identities of the two clusters' mentions → their cluster + 1 */
    struct map others; /* of what else is judged to be a part of the whole */
};

static bool is_standing(const struct judgement *judgement)
{
    return judgement->kind == JUDGEMENT_PART_OF && !judgement->is_undone;
}

static bool is_in(const struct naming *naming, uint64_t identity, uint32_t cluster)
{
    const uint64_t *at = map_get(&naming->own, identity);
    return at && *at == cluster + UINT64_C(1);
}

static bool list_own(struct naming *naming, uint32_t of_a, uint32_t of_b)
{
    for (size_t m = 0; m < naming->mentions->n; m++) {
        if (naming->cluster[m] != of_a && naming->cluster[m] != of_b)
            continue;
        uint64_t *at = map_put(&naming->own, mention_named(naming->mentions, m), NULL);
        if (!at)
            return false;
        *at = naming->cluster[m] + UINT64_C(1);
    }
    return true;
}

static bool is_judged_part(const struct naming *naming, uint32_t part, uint32_t whole)
{
    size_t i = 0;
    while (i < naming->n_judgements &&
           !(is_standing(&naming->judgements[i]) && is_in(naming, naming->judgements[i].a, part) &&
               is_in(naming, naming->judgements[i].b, whole)))
        i++;
    return i < naming->n_judgements;
}

static bool list_others(struct naming *naming, uint32_t part, uint32_t whole)
{
    for (size_t i = 0; i < naming->n_judgements; i++) {
        const struct judgement *judgement = &naming->judgements[i];
        if (is_standing(judgement) && is_in(naming, judgement->b, whole) && !is_in(naming, judgement->a, part) &&
            !map_put(&naming->others, judgement->a, NULL))
            return false;
    }
    return true;
}

/* One mention of each event, by their numbers. */
static void name_others(const struct naming *naming, struct link_parts *out)
{
    uint32_t named[LINK_PARTS_NAMED] = {0};
    for (size_t m = 0; naming->others.count && m < naming->mentions->n && !out->has_more; m++) {
        size_t i = 0;
        if (!map_get(&naming->others, mention_named(naming->mentions, m)))
            continue;
        while (i < out->n_others && named[i] != naming->cluster[m])
            i++;
        out->has_more = i == LINK_PARTS_NAMED;
        if (i < out->n_others || out->has_more)
            continue;
        named[out->n_others] = naming->cluster[m];
        out->others[out->n_others++] = naming->mentions->id[m];
    }
}

static enum comity_status find(struct naming *naming, size_t a, size_t b, struct link_parts *out)
{
    const uint32_t *cluster = naming->cluster;
    if (!list_own(naming, cluster[a], cluster[b]))
        return COMITY_NOMEM;
    bool is_a = is_judged_part(naming, cluster[a], cluster[b]);
    if (!is_a && !is_judged_part(naming, cluster[b], cluster[a]))
        return COMITY_OK;
    size_t part = is_a ? a : b, whole = is_a ? b : a;
    out->part = naming->mentions->id[part];
    out->whole = naming->mentions->id[whole];
    if (!list_others(naming, cluster[part], cluster[whole]))
        return COMITY_NOMEM;
    name_others(naming, out);
    return COMITY_OK;
}

enum comity_status link_find_parts(const struct mentions *mentions, const struct judgement *judgements,
    size_t n_judgements, const uint32_t *cluster, size_t a, size_t b, struct link_parts *out)
{
    struct naming naming = {
        .mentions = mentions, .judgements = judgements, .n_judgements = n_judgements, .cluster = cluster};
    *out = (struct link_parts){0};
    enum comity_status status = find(&naming, a, b, out);
    map_release(&naming.own);
    map_release(&naming.others);
    return status;
}
