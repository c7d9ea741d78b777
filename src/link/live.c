/* The run's frame, edges and judgements, with blocks beside them that can be changed; components are gathered when they
 * are touched, and solved by the same component_solve(). */
#include "link/live.h"

#include "base/array.h"
#include "base/disjoint.h"
#include "base/error.h"
#include "link/live_blocks.h"
#include "link/live_pairs.h"
#include "link/run.h"

#include <math.h>
#include <stdlib.h>

/* What the order of positions comes from: see frame.h. */
struct live_key {
    uint64_t order, content, identity;
    uint32_t ordinal, position;
};

struct positions {
    uint32_t *at;
    size_t n, room;
};

struct link_live {
    const struct mentions *mentions;
    const struct link_model *model;
    struct link_result result;
    struct frame frame;
    struct frame_room room;
    uint32_t *position_of; /* by mention */
    struct live_blocks blocks;
    struct live_pairs pairs;
    struct live_key *keys; /* by position */
    uint32_t *cluster;     /* by position */
    uint32_t *place;       /* by position: its place among the members that are gathered, from 1; else 0 */
    uint32_t *solved;      /* by position: the number of the change after which its component was solved last */
    uint32_t n_changes;
    uint8_t *is_gone; /* by position */
    size_t room_positions;
    struct positions touched, changed, members;
    bool has_failed;
    struct arena texts;
};

static bool add_position(struct positions *positions, uint32_t position)
{
    if (!ARRAY_ROOM(positions->at, positions->n, positions->room, 1))
        return false;
    positions->at[positions->n++] = position;
    return true;
}

static void touch(struct link_live *live, uint32_t position)
{
    live->has_failed = live->has_failed || !add_position(&live->touched, position);
}

/* ---- starting ---- */

static bool grow(void **array, size_t room, size_t size)
{
    void *larger = realloc(*array, room * size);
    if (larger)
        *array = larger;
    return larger != NULL;
}

static bool make_room(struct link_live *live, size_t n)
{
    size_t before = live->room_positions, room = n + n / 2 + 64;
    if (n <= before)
        return true;
    if (!grow((void **)&live->keys, room, sizeof *live->keys) ||
        !grow((void **)&live->cluster, room, sizeof *live->cluster) ||
        !grow((void **)&live->place, room, sizeof *live->place) ||
        !grow((void **)&live->solved, room, sizeof *live->solved) || !grow((void **)&live->is_gone, room, 1) ||
        !live_pairs_room(&live->pairs, room))
        return false;
    memset(&live->place[before], 0, (room - before) * sizeof *live->place);
    memset(&live->solved[before], 0, (room - before) * sizeof *live->solved);
    memset(&live->is_gone[before], 0, room - before);
    live->room_positions = room;
    return true;
}

static bool take_pairs(struct link_live *live, const struct run_kept *kept)
{
    bool is_good = true;
    for (size_t i = 0; is_good && i < kept->n_edges; i++)
        is_good = live_pairs_put(&live->pairs, kept->edges[i].a, kept->edges[i].b, LIVE_EVIDENCE, kept->edges[i].bits);
    for (size_t i = 0; is_good && i < kept->n_together; i++)
        if (kept->together[i].a != kept->together[i].b)
            is_good = live_pairs_put(&live->pairs, kept->together[i].a, kept->together[i].b, LIVE_TOGETHER, 0);
    for (size_t i = 0; is_good && i < kept->n_apart; i++) {
        const struct position_pair *pair = &kept->apart[i];
        enum live_kind kind = i < kept->n_judged     ? LIVE_APART
                              : pair->part == PART_A ? LIVE_PART
                              : pair->part == PART_B ? LIVE_WHOLE
                                                     : LIVE_PARTED;
        if (pair->a != pair->b)
            is_good = live_pairs_put(&live->pairs, pair->a, pair->b, kind, 0);
    }
    return is_good;
}

static uint64_t order_of(const struct link_live *live, uint32_t p)
{
    return frame_order_key(live->frame.country[p], live->frame.first[p]);
}

static enum comity_status take_over(struct link_live *live, struct run_kept *kept, unsigned threads)
{
    const struct mentions *mentions = live->mentions;
    live->model = live->result.model;
    live->frame = kept->frame;
    kept->frame = (struct frame){0};
    live->position_of = kept->position_of;
    kept->position_of = NULL;
    if (!make_room(live, live->frame.n + 1) || !take_pairs(live, kept))
        return COMITY_NOMEM;
    for (uint32_t p = 0; p < live->frame.n; p++) {
        uint32_t m = live->frame.mention[p];
        live->keys[p] =
            (struct live_key){order_of(live, p), mentions->content[m], mentions->identity[m], mentions->ordinal[m], p};
        live->cluster[p] = kept->cluster[p];
    }
    return live_blocks_build(&live->frame, threads, &live->blocks);
}

enum comity_status link_live_start(const struct mentions *mentions, const struct judgement *judgements,
    size_t n_judgements, const struct link_options *options, struct link_live **out, struct comity_error *err)
{
    struct run_kept kept = {0};
    struct link_live *live = *out = calloc(1, sizeof *live);
    if (!live)
        return error_nomem(err);
    live->mentions = mentions;
    enum comity_status status =
        link_run_keeping(mentions, judgements, n_judgements, options, &live->result, &kept, err);
    if (status == COMITY_OK && take_over(live, &kept, options ? options->threads : 0) != COMITY_OK)
        status = error_nomem(err);
    run_kept_release(&kept);
    if (status != COMITY_OK) {
        link_live_free(live);
        *out = NULL;
    }
    return status;
}

void link_live_free(struct link_live *live)
{
    if (!live)
        return;
    live_blocks_release(&live->blocks);
    live_pairs_release(&live->pairs);
    frame_release(&live->frame);
    link_result_release(&live->result);
    arena_release(&live->texts);
    free(live->position_of);
    free(live->keys);
    free(live->cluster);
    free(live->place);
    free(live->solved);
    free(live->is_gone);
    free(live->touched.at);
    free(live->changed.at);
    free(live->members.at);
    free(live);
}

/* ---- asking ---- */

const struct link_result *link_live_result(const struct link_live *live)
{
    return &live->result;
}

uint32_t link_live_position(const struct link_live *live, size_t mention)
{
    return live->position_of[mention];
}

size_t link_live_count(const struct link_live *live)
{
    return live->frame.n;
}

uint32_t link_live_cluster(const struct link_live *live, uint32_t position)
{
    return live->cluster[position];
}

const uint32_t *link_live_changed(const struct link_live *live, size_t *n)
{
    *n = live->changed.n;
    return live->changed.at;
}

/* ---- components ---- */

static int compare_keys(const void *a, const void *b)
{
    const struct live_key *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    if (x->content != y->content)
        return x->content < y->content ? -1 : 1;
    if (x->ordinal != y->ordinal)
        return x->ordinal < y->ordinal ? -1 : 1;
    return x->identity < y->identity ? -1 : x->identity > y->identity;
}

static bool joins(const struct live_half *half)
{
    return half->kind == LIVE_EVIDENCE || half->kind == LIVE_TOGETHER;
}

/* Fills `members` with all that pairs connect with a position, in any order, and marks them. */
static bool gather(struct link_live *live, uint32_t position)
{
    struct positions *members = &live->members;
    members->n = 0;
    bool is_good = add_position(members, position);
    live->place[position] = 1;
    for (size_t m = 0; is_good && m < members->n; m++)
        for (const struct live_half *half = live_pairs_next(&live->pairs, members->at[m], NULL); half && is_good;
             half = live_pairs_next(&live->pairs, members->at[m], half))
            if (joins(half) && !live->place[half->other]) {
                live->place[half->other] = 1;
                is_good = add_position(members, half->other);
            }
    return is_good;
}

static void let_go(struct link_live *live)
{
    for (size_t m = 0; m < live->members.n; m++)
        live->place[live->members.at[m]] = 0;
}

/* Puts the members in their canonical order. */
static bool put_in_order(struct link_live *live)
{
    size_t n = live->members.n;
    struct live_key *keys = malloc(n * sizeof *keys);
    if (!keys)
        return false;
    for (size_t m = 0; m < n; m++)
        keys[m] = live->keys[live->members.at[m]];
    qsort(keys, n, sizeof *keys, compare_keys);
    for (uint32_t m = 0; m < n; m++) {
        live->members.at[m] = keys[m].position;
        live->place[keys[m].position] = m + 1;
    }
    free(keys);
    return true;
}

/* What component_solve() wants to know, by member. */
struct described {
    struct component component;
    uint32_t *unit, *cluster;
    struct position_pair *apart;
    struct edge *edges;
    size_t room_apart, room_edges;
};

static bool describe_pair(struct described *out, uint32_t member, uint32_t other, const struct live_half *half)
{
    struct component *component = &out->component;
    if (half->kind == LIVE_TOGETHER) {
        disjoint_join(out->unit, member, other);
    } else if (half->kind == LIVE_EVIDENCE) {
        if (component->n_members <= COMPONENT_MOST_MEMBERS)
            return true;
        if (!ARRAY_ROOM(out->edges, component->n_edges, out->room_edges, 1))
            return false;
        out->edges[component->n_edges++] = (struct edge){member, other, half->bits};
    } else {
        int part = half->kind == LIVE_PART ? PART_A : half->kind == LIVE_WHOLE ? PART_B : PART_NONE;
        if (!ARRAY_ROOM(out->apart, component->n_apart, out->room_apart, 1))
            return false;
        out->apart[component->n_apart++] = (struct position_pair){member, other, (uint8_t)part};
    }
    return true;
}

static bool describe(const struct link_live *live, struct described *out)
{
    size_t n = live->members.n;
    *out = (struct described){
        .component = {.frame = &live->frame, .model = live->model, .members = live->members.at, .n_members = n},
        .unit = malloc(n * sizeof *out->unit),
        .cluster = malloc(n * sizeof *out->cluster)};
    bool is_good = out->unit && out->cluster;
    for (uint32_t m = 0; is_good && m < n; m++)
        out->unit[m] = m;
    for (uint32_t m = 0; is_good && m < n; m++)
        for (const struct live_half *half = live_pairs_next(&live->pairs, live->members.at[m], NULL); half && is_good;
             half = live_pairs_next(&live->pairs, live->members.at[m], half))
            /* Each pair once, from its first member. */
            if (live->place[half->other] > m + 1)
                is_good = describe_pair(out, m, live->place[half->other] - 1, half);
    for (uint32_t m = 0; is_good && m < n; m++)
        out->unit[m] = disjoint_root(out->unit, m);
    out->component.unit = out->unit;
    out->component.apart = out->apart;
    out->component.edges = out->edges;
    return is_good;
}

/* Solves the component of a position. */
static enum comity_status solve(struct link_live *live, uint32_t position)
{
    struct described described = {0};
    bool is_cut;
    enum comity_status status = COMITY_NOMEM;
    if (gather(live, position) && put_in_order(live) && describe(live, &described))
        status = component_solve(&described.component, described.cluster, &is_cut);
    for (size_t m = 0; status == COMITY_OK && m < live->members.n; m++) {
        live->cluster[live->members.at[m]] = live->members.at[described.cluster[m]];
        live->solved[live->members.at[m]] = live->n_changes;
        if (!add_position(&live->changed, live->members.at[m]))
            status = COMITY_NOMEM;
    }
    let_go(live);
    free(described.unit);
    free(described.cluster);
    free(described.apart);
    free(described.edges);
    return status;
}

/* Solves the components of all that was touched, each once. */
static enum comity_status solve_touched(struct link_live *live, struct comity_error *err)
{
    enum comity_status status = live->has_failed ? COMITY_NOMEM : COMITY_OK;
    live->changed.n = 0;
    live->n_changes++;
    for (size_t t = 0; t < live->touched.n && status == COMITY_OK; t++) {
        uint32_t position = live->touched.at[t];
        if (live->solved[position] != live->n_changes && !live->is_gone[position])
            status = solve(live, position);
    }
    live->touched.n = 0;
    return status == COMITY_OK ? COMITY_OK : error_nomem(err);
}

/* ---- pairs ---- */

static bool has_evidence(const struct link_live *live, uint32_t a, uint32_t b)
{
    const struct live_half *half = live_pairs_next(&live->pairs, a, NULL);
    while (half && (half->other != b || half->kind != LIVE_EVIDENCE))
        half = live_pairs_next(&live->pairs, a, half);
    return half != NULL;
}

static void weigh_pair(void *context, uint32_t position, uint32_t other)
{
    struct link_live *live = context;
    double bits = score_pair(&live->frame, live->model, position, other);
    if (isnan(bits) || bits <= 0 || has_evidence(live, position, other))
        return;
    live->has_failed = live->has_failed || !live_pairs_put(&live->pairs, position, other, LIVE_EVIDENCE, (float)bits);
    touch(live, position);
    touch(live, other);
}

/* The pairs that one position has no more since its block became another. */
static void drop_pairs(struct link_live *live, uint32_t position)
{
    const struct live_half *half = live_pairs_next(&live->pairs, position, NULL);
    while (half && !live->has_failed) {
        uint32_t other = half->other;
        if (half->kind != LIVE_EVIDENCE || live_blocks_propose(&live->blocks, position, other)) {
            half = live_pairs_next(&live->pairs, position, half);
            continue;
        }
        (void)live_pairs_take(&live->pairs, position, other, LIVE_EVIDENCE);
        touch(live, position);
        touch(live, other);
        half = live_pairs_next(&live->pairs, position, NULL);
    }
}

/* Splitting and joining blocks changes which pairs of others are proposed. */
static void follow_moves(struct link_live *live)
{
    for (unsigned s = 0; s < live->blocks.rules.n_slots; s++) {
        const struct live_slot *slot = &live->blocks.slots[s];
        for (size_t i = 0; i < slot->n_moved; i++)
            drop_pairs(live, slot->moved[i]);
    }
    for (unsigned s = 0; s < live->blocks.rules.n_slots; s++) {
        const struct live_slot *slot = &live->blocks.slots[s];
        for (size_t i = 0; i < slot->n_moved; i++)
            live_blocks_visit(&live->blocks, slot->moved[i], weigh_pair, live);
    }
}

/* ---- changing ---- */

static bool is_there(const struct link_live *live, uint32_t position)
{
    return position < live->frame.n && !live->is_gone[position];
}

static enum comity_status not_there(struct comity_error *err)
{
    return error_set(err, COMITY_USAGE, "there is no such mention");
}

/* Texts of the compared fields are kept. */
static bool copy_values(struct link_live *live, const struct value *values, struct value *copies)
{
    size_t n = live->mentions->domain->n_fields;
    memcpy(copies, values, n * sizeof *copies);
    for (unsigned c = 0; c < live->frame.n_comparisons; c++) {
        struct value *value = &copies[live->frame.comparisons[c].field];
        if (value->text.len && !(value->text = arena_copy(&live->texts, value->text)).ptr)
            return false;
    }
    return true;
}

enum comity_status link_live_add(
    struct link_live *live, const struct live_mention *mention, uint32_t *position, struct comity_error *err)
{
    struct value values[DOMAIN_MOST_FIELDS];
    uint32_t p = *position = (uint32_t)live->frame.n;
    if (mention->source >= live->mentions->n_sources)
        return error_set(err, COMITY_USAGE, "the model does not know this source: link everything anew");
    if (!make_room(live, (size_t)p + 1) || !copy_values(live, mention->values, values))
        return error_nomem(err);
    enum comity_status status = frame_add(&live->frame, live->model, values, mention->source, &live->room);
    if (status == COMITY_OK) {
        live->keys[p] = (struct live_key){order_of(live, p), mention->content, mention->identity, mention->ordinal, p};
        live->cluster[p] = p;
        live->is_gone[p] = 0;
        status = live_blocks_add(&live->blocks, p);
    }
    if (status != COMITY_OK)
        return error_nomem(err);
    touch(live, p);
    live_blocks_visit(&live->blocks, p, weigh_pair, live);
    follow_moves(live);
    return solve_touched(live, err);
}

enum comity_status link_live_remove(struct link_live *live, uint32_t position, struct comity_error *err)
{
    if (!is_there(live, position))
        return not_there(err);
    const struct live_half *half;
    while ((half = live_pairs_next(&live->pairs, position, NULL))) {
        touch(live, half->other);
        (void)live_pairs_take(&live->pairs, position, half->other, half->kind);
    }
    live->is_gone[position] = 1;
    live->cluster[position] = position;
    if (live_blocks_remove(&live->blocks, position) != COMITY_OK)
        return error_nomem(err);
    follow_moves(live);
    return solve_touched(live, err);
}

static enum comity_status judge(
    struct link_live *live, uint32_t a, uint32_t b, const enum live_kind *kind, struct comity_error *err)
{
    if (!is_there(live, a) || !is_there(live, b))
        return not_there(err);
    if (a == b)
        return error_set(err, COMITY_CONFLICT, "the one repeats the other: link everything anew");
    while (live_pairs_take(&live->pairs, a, b, LIVE_TOGETHER) || live_pairs_take(&live->pairs, a, b, LIVE_APART)) {
    }
    if (kind && !live_pairs_put(&live->pairs, a, b, *kind, 0))
        return error_nomem(err);
    touch(live, a);
    touch(live, b);
    return solve_touched(live, err);
}

enum comity_status link_live_judge(
    struct link_live *live, uint32_t a, uint32_t b, bool is_same, struct comity_error *err)
{
    enum live_kind kind = is_same ? LIVE_TOGETHER : LIVE_APART;
    return judge(live, a, b, &kind, err);
}

enum comity_status link_live_forget(struct link_live *live, uint32_t a, uint32_t b, struct comity_error *err)
{
    return judge(live, a, b, NULL, err);
}

uint32_t link_live_nearest(struct link_live *live, uint32_t position, double *bits)
{
    uint32_t nearest = position;
    *bits = 0;
    if (is_there(live, position) && gather(live, position))
        for (size_t m = 0; m < live->members.n; m++) {
            uint32_t other = live->members.at[m];
            if (other == position || live->cluster[other] != live->cluster[position])
                continue;
            uint64_t vector = frame_compare(&live->frame, position, other);
            double found = model_evidence(live->model, &live->frame, position, other, vector) +
                           model_rate_bits(live->model, &live->frame, position, other);
            if (nearest == position || found > *bits) {
                nearest = other;
                *bits = found;
            }
        }
    let_go(live);
    return nearest;
}
