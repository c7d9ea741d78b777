/* parts.c - what is part of a whole is not counted beside it: the one place where that is decided for totals, counts,
 * facets, timeline, marks, lists and exports.
 *
 * Whether the whole is counted depends on the query: who asks for one source that told the parts only gets the parts.
 */
#include "view/filter.h"

#include "base/error.h"
#include "base/hash.h"

#include <string.h>

void parts_leave_out(const struct view *view, const struct query *query, uint8_t *fail)
{
    const uint32_t *whole = view->resolution->whole;
    if (!whole || query->shows_parts)
        return;
    for (size_t i = 0; i < view->resolution->n_entities; i++) {
        if (whole[i] == RESOLVE_NO_WHOLE || fail[i] == FAIL_MANY)
            continue;
        /* Wholes are parts of nothing, so that what they fail in is not changed here. A facet counts, besides what
         * matches, what fails in its own field alone: there the whole stands for the part as well. */
        uint8_t of_whole = fail[whole[i]];
        if (of_whole == 0 || (fail[i] && of_whole == fail[i]))
            fail[i] = FAIL_MANY;
    }
}

/* ---- what a whole amounts to ---------------------------------------------------------------------------------- */

static uint64_t key_of(uint32_t whole, uint32_t source)
{
    return hash_u64((uint64_t)whole << 32 | source);
}

static bool add_to(struct map *sums, uint64_t key, double amount)
{
    double sum;
    uint64_t *at = map_put(sums, key, NULL);
    if (!at)
        return false;
    memcpy(&sum, at, sizeof sum);
    sum += amount;
    memcpy(at, &sum, sizeof sum);
    return true;
}

/* What each source tells of a whole's parts; two that tell all of them in parts of their own must not be added up. */
static bool add_part(const struct view *view, struct view_class *class, struct map *sums, uint32_t part)
{
    const struct facet_column *sources = &class->facets[class->source_facet];
    uint32_t set = sources->bucket[part];
    bool is_good = true;
    for (uint32_t i = sources->set_first[set]; is_good && i < sources->set_first[set + 1]; i++)
        is_good = add_to(sums, key_of(view->resolution->whole[part], sources->set_members[i]), class->amount[part]);
    return is_good;
}

static void raise_whole(const struct view *view, struct view_class *class, const struct map *sums, uint32_t part)
{
    const double rounding = 1.05;
    const struct facet_column *sources = &class->facets[class->source_facet];
    uint32_t set = sources->bucket[part], whole = view->resolution->whole[part];
    for (uint32_t i = sources->set_first[set]; i < sources->set_first[set + 1]; i++) {
        double sum;
        memcpy(&sum, map_get(sums, key_of(whole, sources->set_members[i])), sizeof sum);
        if (sum > rounding * class->amount[whole])
            class->amount[whole] = sum;
    }
}

enum comity_status parts_raise_amounts(struct view *view, struct view_class *class, struct comity_error *err)
{
    const uint32_t *whole = view->resolution->whole;
    uint32_t n = whole ? (uint32_t)view->resolution->n_entities : 0;
    struct map sums = {0};
    bool is_good = true;
    for (uint32_t i = 0; is_good && i < n; i++)
        is_good = whole[i] == RESOLVE_NO_WHOLE || add_part(view, class, &sums, i);
    for (uint32_t i = 0; is_good && i < n; i++)
        if (whole[i] != RESOLVE_NO_WHOLE)
            raise_whole(view, class, &sums, i);
    map_release(&sums);
    return is_good ? COMITY_OK : error_nomem(err);
}
