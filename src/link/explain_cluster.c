/* What holds a cluster together: Prim's algorithm over the evidence of all its pairs, whose weakest edge is the link
 * that would part it. Not the weakest of all pairs: two that never met may differ in everything and yet both agree with
 * a third. */
#include "link/explain.h"

#include "link/model.h"

#include <math.h>
#include <stdlib.h>

struct tree {
    const struct frame *frame;
    const struct link_model *model;
    size_t n;
    double *bits;    /* by member: of the edge that ties it to the tree */
    uint32_t *above; /* the member at its other end */
    bool *is_in;
};

static void grow(struct tree *tree, uint32_t from)
{
    tree->is_in[from] = true;
    for (uint32_t x = 0; x < tree->n; x++) {
        if (tree->is_in[x])
            continue;
        double bits = model_evidence(tree->model, tree->frame, from, x, frame_compare(tree->frame, from, x)) +
                      model_rate_bits(tree->model, tree->frame, from, x);
        if (bits > tree->bits[x]) {
            tree->bits[x] = bits;
            tree->above[x] = from;
        }
    }
}

static uint32_t next_of(const struct tree *tree)
{
    uint32_t best = UINT32_MAX;
    for (uint32_t x = 0; x < tree->n; x++)
        if (!tree->is_in[x] && (best == UINT32_MAX || tree->bits[x] > tree->bits[best]))
            best = x;
    return best;
}

static bool hangs_below(const struct tree *tree, uint32_t x, uint32_t top)
{
    while (x && x != top)
        x = tree->above[x];
    return x == top;
}

/* The smaller side of the cut; `b` stands on it. */
static enum comity_status find_behind(
    const struct tree *tree, uint32_t cut, const uint32_t *members, struct arena *arena, struct link_weakest *out)
{
    size_t n_below = 0;
    for (uint32_t x = 0; x < tree->n; x++)
        n_below += hangs_below(tree, x, cut);
    bool is_below = 2 * n_below <= tree->n;
    out->b = members[is_below ? cut : tree->above[cut]];
    out->a = members[is_below ? tree->above[cut] : cut];
    out->behind = ARENA_ARRAY(arena, uint32_t, tree->n);
    if (!out->behind)
        return COMITY_NOMEM;
    for (uint32_t x = 0; x < tree->n; x++)
        if (hangs_below(tree, x, cut) == is_below)
            out->behind[out->n_behind++] = members[x];
    return COMITY_OK;
}

static enum comity_status cut_tree(
    struct tree *tree, const uint32_t *members, struct arena *arena, struct link_weakest *out)
{
    for (size_t x = 0; x < tree->n; x++)
        tree->bits[x] = -INFINITY;
    uint32_t cut = 1;
    grow(tree, 0);
    for (uint32_t x = next_of(tree); x != UINT32_MAX; x = next_of(tree))
        grow(tree, x);
    for (uint32_t x = 2; x < tree->n; x++)
        if (tree->bits[x] < tree->bits[cut])
            cut = x;
    out->bits = tree->bits[cut];
    out->probability = 1 / (1 + exp2(-out->bits));
    return find_behind(tree, cut, members, arena, out);
}

enum comity_status link_find_weakest(const struct mentions *mentions, const struct link_model *model,
    const uint32_t *members, size_t n, struct arena *arena, struct link_weakest *out)
{
    *out = (struct link_weakest){0};
    if (n < 2)
        return COMITY_USAGE;
    if (n > WEAKEST_MOST_MEMBERS)
        return COMITY_LIMIT;
    struct frame frame = {0};
    struct tree tree = {.frame = &frame, .model = model, .n = n};
    tree.bits = calloc(n, sizeof *tree.bits);
    tree.above = calloc(n, sizeof *tree.above);
    tree.is_in = calloc(n, sizeof *tree.is_in);
    enum comity_status status = tree.bits && tree.above && tree.is_in ? COMITY_OK : COMITY_NOMEM;
    if (status == COMITY_OK) {
        status = frame_build_few(mentions, model, members, n, &frame);
        if (status == COMITY_OK)
            status = cut_tree(&tree, members, arena, out);
        frame_release(&frame);
    }
    free(tree.bits);
    free(tree.above);
    free(tree.is_in);
    return status;
}
