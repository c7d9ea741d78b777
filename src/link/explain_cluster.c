/* What holds a cluster together, and what keeps two apart. Together: Prim's algorithm over the evidence of all its
 * pairs, whose weakest edge is the link that would part it. Not the weakest of all pairs: two that never met may differ
 * in everything and yet both agree with a third. */
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

static double pair_bits(const struct link_model *model, const struct frame *frame, size_t x, size_t y)
{
    return model_evidence(model, frame, x, y, frame_compare(frame, x, y)) + model_rate_bits(model, frame, x, y);
}

/* ---- what holds a cluster together ----------------------------------------------------------------------------- */

static void grow(struct tree *tree, uint32_t from)
{
    tree->is_in[from] = true;
    for (uint32_t x = 0; x < tree->n; x++) {
        if (tree->is_in[x])
            continue;
        double bits = pair_bits(tree->model, tree->frame, from, x);
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

/* ---- what keeps two apart -------------------------------------------------------------------------------------- */

/* As many as a page has time for: each looks through all mentions once for its neighbours. */
enum { MOST_RIVALS = 16, RIVAL_DAYS = FRAME_WINDOW_DAYS };

struct look_alike {
    uint32_t mention, n_shared;
};

struct rivalry {
    const struct mentions *mentions;
    const struct link_model *model;
    const uint32_t *cluster;
    uint32_t pair[2];
    double bits;
    struct look_alike likely[MOST_RIVALS]; /* by n_shared, falling; then by mention */
    size_t n;
};

static bool is_near(const struct mentions *mentions, uint32_t x, uint32_t y)
{
    int when = mentions->domain->when;
    const struct value *a = when < 0 ? NULL : mention_value(mentions, x, when);
    const struct value *b = when < 0 ? NULL : mention_value(mentions, y, when);
    return !a || !value_is_typed(a) || !value_is_typed(b) ||
           ((int64_t)a->date.first - b->date.last <= RIVAL_DAYS && (int64_t)b->date.first - a->date.last <= RIVAL_DAYS);
}

/* Whether two cannot be one event: by the model, or as two rows of one source that weigh differently (part.c). */
static bool are_two(const struct link_model *model, const struct frame *frame, size_t x, size_t y)
{
    unsigned level = frame->amount < 0 ? 0 : vector_level(frame_compare(frame, x, y), (unsigned)frame->amount);
    bool is_unlike = level == AMOUNT_20 || level == AMOUNT_FAR;
    return (is_unlike && frame->source[x] == frame->source[y]) || pair_bits(model, frame, x, y) <= 0;
}

/* In how many fields two say the same. */
static uint32_t n_shared(const struct mentions *mentions, uint32_t x, uint32_t y)
{
    uint32_t n = 0;
    for (size_t f = 0; f < mentions->domain->n_fields; f++)
        n += mentions->columns[f].code[x] == mentions->columns[f].code[y] &&
             value_is_typed(mention_value(mentions, x, (int)f));
    return n;
}

static void add_likely(struct rivalry *r, struct look_alike found)
{
    size_t at = r->n;
    while (at && r->likely[at - 1].n_shared < found.n_shared)
        at--;
    if (at == MOST_RIVALS)
        return;
    size_t last = r->n < MOST_RIVALS ? r->n : MOST_RIVALS - 1;
    memmove(&r->likely[at + 1], &r->likely[at], (last - at) * sizeof found);
    r->likely[at] = found;
    r->n = last + 1;
}

/* Members of the two clusters before all others. */
static void list_likely(struct rivalry *r)
{
    const struct mentions *mentions = r->mentions;
    for (uint32_t m = 0; m < mentions->n; m++) {
        struct look_alike found = {.mention = m};
        bool is_member = false;
        for (int k = 0; k < 2; k++) {
            uint32_t other = r->pair[k], shared = is_near(mentions, m, other) ? n_shared(mentions, m, other) : 0;
            is_member = is_member || r->cluster[m] == r->cluster[other];
            found.n_shared = shared > found.n_shared ? shared : found.n_shared;
        }
        if (is_member)
            found.n_shared += DOMAIN_MOST_FIELDS;
        if (found.n_shared && m != r->pair[0] && m != r->pair[1])
            add_likely(r, found);
    }
}

/* Positions 0 and 1 of the frame are the two; behind them stand those that are likely. Odds are summed as clustering
 * sums them (cluster.c, is_likeliest), pair by pair. */
static void hold_against(const struct rivalry *r, const struct frame *frame, struct link_rival *out)
{
    double odds = 0;
    struct link_rival best = {r->pair[0], r->pair[0], -INFINITY};
    for (size_t x = 2; x < frame->n; x++)
        for (size_t k = 0; k < 2; k++) {
            bool is_of_other = r->cluster[frame->mention[x]] == r->cluster[r->pair[1 - k]];
            double bits = pair_bits(r->model, frame, k, x);
            if (is_of_other || !are_two(r->model, frame, 1 - k, x))
                continue;
            odds += exp2(fmin(bits, 60));
            if (bits > best.bits)
                best = (struct link_rival){r->pair[k], frame->mention[x], bits};
        }
    if (best.bits > 0 && odds >= exp2(fmin(r->bits, 60)))
        *out = best;
}

enum comity_status link_find_rival(const struct mentions *mentions, const struct link_model *model,
    const uint32_t *cluster, size_t a, size_t b, double bits, struct link_rival *out)
{
    struct rivalry r = {
        .mentions = mentions, .model = model, .cluster = cluster, .pair = {(uint32_t)a, (uint32_t)b}, .bits = bits};
    uint32_t list[2 + MOST_RIVALS] = {r.pair[0], r.pair[1]};
    struct frame frame = {0};
    *out = (struct link_rival){a, a, 0};
    list_likely(&r);
    for (size_t i = 0; i < r.n; i++)
        list[2 + i] = r.likely[i].mention;
    enum comity_status status = frame_build_few(mentions, model, list, 2 + r.n, &frame);
    if (status == COMITY_OK)
        hold_against(&r, &frame, out);
    frame_release(&frame);
    return status;
}
