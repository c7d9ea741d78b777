/* rows.c - one page of the list, by walking an order that was made when the view was built. The page goes on behind the
 * entity that the last one ended with (a keyset), so that pages do not slide when something is added. */
#include "view/scan.h"

#include "base/error.h"

#include <inttypes.h>

struct walk {
    const uint32_t *order;
    size_t n, at;
    bool is_backward;
};

static struct walk walk_start(const struct scan *scan)
{
    bool is_largest = scan->query->sort == SORT_LARGEST;
    return (struct walk){.order = is_largest ? scan->class->largest : scan->class->newest,
        .n = scan->view->resolution->n_entities,
        .is_backward = scan->query->sort == SORT_OLDEST};
}

static bool walk_next(struct walk *walk, uint32_t *index)
{
    if (walk->at == walk->n)
        return false;
    *index = walk->order[walk->is_backward ? walk->n - 1 - walk->at : walk->at];
    walk->at++;
    return true;
}

static enum comity_status walk_behind(const struct scan *scan, struct walk *walk)
{
    uint32_t wanted = entity_index(scan->view->resolution, scan->query->after), index;
    if (wanted == UINT32_MAX) {
        error_set(scan->err, COMITY_NOTFOUND, "no entity %" PRIu64 " to go on after", scan->query->after);
        error_hint(scan->err, "the data has changed; start the list again without 'after'");
        return COMITY_NOTFOUND;
    }
    while (walk_next(walk, &index) && index != wanted)
        ;
    return COMITY_OK;
}

static void put_row(struct scan *scan, uint32_t index)
{
    const struct resolution *resolution = scan->view->resolution;
    const struct facet_column *sources = &scan->class->facets[scan->class->source_facet];
    uint32_t set = sources->bucket[index];
    scan->out->rows[scan->out->n_rows++] = (struct view_row){.entity = resolution->entity[index],
        .index = index,
        .n_mentions = resolution->first_member[index + 1] - resolution->first_member[index],
        .n_sources = sources->set_first[set + 1] - sources->set_first[set]};
}

enum comity_status rows_answer(struct scan *scan)
{
    struct answer *out = scan->out;
    struct walk walk = walk_start(scan);
    size_t limit = scan->query->limit && scan->query->limit < scan->n_picked ? scan->query->limit : scan->n_picked;
    out->rows = ARENA_ARRAY(&out->arena, struct view_row, limit);
    if (!out->rows)
        return error_nomem(scan->err);
    if (scan->query->after) {
        enum comity_status status = walk_behind(scan, &walk);
        if (status != COMITY_OK)
            return status;
    }
    for (uint32_t index; walk_next(&walk, &index);) {
        if (scan->filter.fail[index])
            continue;
        if (out->n_rows == limit) {
            out->next_after = limit ? out->rows[limit - 1].entity : 0;
            break;
        }
        put_row(scan, index);
    }
    return COMITY_OK;
}
