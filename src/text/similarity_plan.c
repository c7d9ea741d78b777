/* Which groups meet, and how. A key is dearer than a comparison in lanes by two orders of magnitude, but there are as
 * many keys as texts, not as pairs: keys are for large groups whose pairs must have nearly all letters in common. */
#include "text/similarity_plan.h"

#include "base/array.h"

enum {
    MANY_PAIRS = 1 << 25, /* of a pair of groups, before keys are thought of */
    MOST_CUT = 2,         /* letters that a key leaves out */
    PIECE_TEXTS = 128,
    SLICE_KEYS = 1 << 22,
    LETTERS_A_COMPARISON = 8, /* of names, as a comparison in lanes is reckoned; longer texts take longer */
    CELLS_A_COMPARISON = 4    /* of a table of edits, in the time of one comparison in lanes */
};

void plan_release(struct join_run *run)
{
    for (size_t i = 0; i < run->n_pieces; i++)
        free(run->pieces[i].pairs);
    free(run->pieces);
    free(run->plan);
    free(run->plan_of_group);
    free(run->groups);
}

/* ---- groups ----------------------------------------------------------------------------------------------------- */

static size_t length_at(const struct join_run *run, uint32_t position)
{
    return run->texts[run->pack->order[position]].len;
}

static bool plan_groups(struct join_run *run)
{
    const struct similarity_pack *pack = run->pack;
    run->groups = calloc(pack->n_groups + SIMILARITY_MOST + 1, sizeof *run->groups);
    if (!run->groups)
        return false;
    if (pack->n_groups)
        memcpy(run->groups, pack->groups, pack->n_groups * sizeof *run->groups);
    run->n_groups = pack->n_groups;
    for (uint32_t i = pack->n_in_lanes; i < pack->n; i++) {
        if (i == pack->n_in_lanes || length_at(run, i) != length_at(run, i - 1))
            run->groups[run->n_groups++] = (struct pack_group){.len = length_at(run, i), .first = i};
        run->groups[run->n_groups - 1].n++;
    }
    return true;
}

/* ---- pairs of groups -------------------------------------------------------------------------------------------- */

static uint64_t pairs_between(const struct join_run *run, const struct plan_pair *plan)
{
    uint64_t n = run->groups[plan->group].n, m = run->groups[plan->other].n;
    return plan->group == plan->other ? n * (n - 1) / 2 : n * m;
}

/* At each length of prefix that saves matches, pairs with such a prefix have a kind of key; so have pairs of few edits.
 */
static void plan_keys(const struct join_run *run, struct plan_pair *plan, size_t shortest, size_t longest)
{
    bool is_by_edits = run->level.least_alike >= 1000;
    for (size_t prefix = 0; !is_by_edits && prefix <= WINKLER_LETTERS; prefix++) {
        uint16_t needed = plan->matches_needed[prefix];
        if (needed <= shortest && (prefix == 0 || needed < plan->matches_needed[prefix - 1]))
            plan->key_len[prefix] = needed;
    }
    if (plan->is_near && (plan->edits || is_by_edits) && plan->edits < longest)
        plan->key_len[KEY_OF_ORDER] = (uint16_t)(longest - plan->edits);
}

static bool keys_are_better(const struct join_run *run, const struct plan_pair *plan, size_t longest)
{
    uint64_t n_texts = (uint64_t)run->groups[plan->group].n + run->groups[plan->other].n;
    uint64_t n_pairs = pairs_between(run, plan), n_keys = 0;
    size_t most = longest > SIMILARITY_WORD ? 1 : MOST_CUT, most_cut = 0;
    for (unsigned kind = 0; kind < KEY_KINDS; kind++) {
        size_t cut = longest - plan->key_len[kind];
        if (!plan->key_len[kind])
            continue;
        n_keys += join_keys_most(longest, cut, kind);
        most_cut = cut > most_cut ? cut : most_cut;
    }
    /* Very short texts may be alike by edits and share no letter. */
    if (most_cut > most || n_keys == 0 || plan->edits >= longest)
        return false;
    if (most_cut == 0 && run->level.least_alike >= 1000)
        return true;
    if (run->keys_from)
        return n_pairs >= run->keys_from;
    return n_pairs >= MANY_PAIRS && n_texts * n_keys * KEY_PRICE < n_pairs;
}

/* Fills in the plan of two groups; false where no pair of such lengths can be alike. */
static bool plan_groups_pair(const struct join_run *run, struct plan_pair *plan)
{
    size_t len = run->groups[plan->group].len, other = run->groups[plan->other].len;
    size_t shortest = len < other ? len : other, longest = len < other ? other : len;
    for (size_t prefix = 0; prefix <= WINKLER_LETTERS; prefix++)
        plan->matches_needed[prefix] = (uint16_t)score_matches_needed(len, other, prefix, run->level.least_alike);
    plan->edits = (uint16_t)level_edits(&run->level, longest);
    plan->is_near = longest - shortest <= plan->edits;
    plan_keys(run, plan, shortest, longest);
    plan->has_keys = keys_are_better(run, plan, longest);
    return plan->is_near || plan->matches_needed[WINKLER_LETTERS] <= shortest;
}

static bool plan_pairs(struct join_run *run)
{
    run->plan_of_group = calloc(run->n_groups + 1, sizeof *run->plan_of_group);
    if (!run->plan_of_group)
        return false;
    for (uint32_t g = 0; g < run->n_groups; g++) {
        run->plan_of_group[g] = (uint32_t)run->n_plan;
        for (uint32_t h = g; h < run->n_groups; h++) {
            struct plan_pair plan = {.group = g, .other = h};
            if (!plan_groups_pair(run, &plan))
                continue;
            if (!ARRAY_ROOM(run->plan, run->n_plan, run->room_plan, 1))
                return false;
            run->plan[run->n_plan++] = plan;
        }
    }
    run->plan_of_group[run->n_groups] = (uint32_t)run->n_plan;
    return true;
}

const struct plan_pair *plan_find(const struct join_run *run, uint32_t group, uint32_t other)
{
    uint32_t low = run->plan_of_group[group], end = run->plan_of_group[group + 1], high = end;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (run->plan[middle].other < other)
            low = middle + 1;
        else
            high = middle;
    }
    return low < end && run->plan[low].other == other ? &run->plan[low] : NULL;
}

/* ---- pieces ----------------------------------------------------------------------------------------------------- */

static bool add_piece(struct join_run *run, struct join_piece piece)
{
    if (!ARRAY_ROOM(run->pieces, run->n_pieces, run->room_pieces, 1))
        return false;
    run->pieces[run->n_pieces++] = piece;
    return true;
}

/* How many keys of a kind there are at most, by their length. */
static void count_keys(const struct join_run *run, unsigned kind, uint64_t *n_keys)
{
    for (size_t i = 0; i < run->n_plan; i++) {
        const struct plan_pair *plan = &run->plan[i];
        const struct pack_group *a = &run->groups[plan->group], *b = &run->groups[plan->other];
        uint16_t key_len = plan->key_len[kind];
        if (!plan->has_keys || !key_len)
            continue;
        n_keys[key_len] += a->n * join_keys_most(a->len, a->len - key_len, kind);
        n_keys[key_len] += b->n * join_keys_most(b->len, b->len - key_len, kind);
    }
}

/* Keys first: they are the ones whose cost is not known before, so that a level that is too dear is found out early. */
static bool add_key_pieces(struct join_run *run, unsigned kind)
{
    uint64_t n_keys[SIMILARITY_MOST + 1] = {0};
    count_keys(run, kind, n_keys);
    for (uint32_t key_len = 1; key_len <= SIMILARITY_MOST; key_len++) {
        struct join_piece piece = {.has_keys = true, .kind = kind, .key_len = key_len};
        piece.n_slices = (uint32_t)((n_keys[key_len] + SLICE_KEYS - 1) / SLICE_KEYS);
        for (; piece.slice < piece.n_slices; piece.slice++)
            if (!add_piece(run, piece))
                return false;
    }
    return true;
}

static bool add_lane_pieces(struct join_run *run, uint32_t g)
{
    bool is_any = false;
    for (uint32_t i = run->plan_of_group[g]; i < run->plan_of_group[g + 1]; i++)
        is_any |= !run->plan[i].has_keys;
    for (uint32_t at = 0; is_any && at < run->groups[g].n; at += PIECE_TEXTS) {
        uint32_t left = run->groups[g].n - at;
        struct join_piece piece = {
            .group = g, .first = run->groups[g].first + at, .n = left < PIECE_TEXTS ? left : PIECE_TEXTS};
        if (!add_piece(run, piece))
            return false;
    }
    return true;
}

static bool plan_pieces(struct join_run *run)
{
    for (unsigned kind = 0; kind < KEY_KINDS; kind++)
        if (!add_key_pieces(run, kind))
            return false;
    for (uint32_t g = 0; g < run->n_groups; g++)
        if (!add_lane_pieces(run, g))
            return false;
    return true;
}

enum comity_status plan_make(struct join_run *run)
{
    if (!plan_groups(run) || !plan_pairs(run) || !plan_pieces(run))
        return COMITY_NOMEM;
    for (size_t i = 0; i < run->n_plan; i++) {
        const struct plan_pair *plan = &run->plan[i];
        const struct pack_group *a = &run->groups[plan->group], *b = &run->groups[plan->other];
        uint64_t price = a->rows && b->rows ? 1 + (a->len + b->len) / 2 / LETTERS_A_COMPARISON
                                            : 1 + a->len * b->len / CELLS_A_COMPARISON;
        enum comity_status status = plan->has_keys ? COMITY_OK : plan_spend(run, pairs_between(run, plan), price);
        if (status)
            return status;
    }
    return COMITY_OK;
}

/* ---- while it runs ---------------------------------------------------------------------------------------------- */

enum comity_status plan_spend(struct join_run *run, uint64_t n_comparisons, uint64_t price)
{
    uint64_t cost = n_comparisons * price;
    atomic_fetch_add(&run->n_compared, n_comparisons);
    return atomic_fetch_add(&run->cost, cost) + cost > run->budget ? COMITY_LIMIT : COMITY_OK;
}

bool plan_is_alike(const struct plan_pair *plan, unsigned least_alike, const struct similarity_query *query,
    struct symbols text, struct similarity_pair *pair)
{
    unsigned alike = similarity_query_jaro_winkler(query, text, 0);
    if (alike < least_alike && !plan->is_near)
        return false;
    unsigned edits = similarity_query_osa(query, text, SIMILARITY_MOST);
    pair->alike = (uint16_t)alike;
    pair->edits = (uint16_t)edits;
    return alike >= least_alike || edits <= plan->edits;
}

enum comity_status plan_found(
    struct join_run *run, struct join_piece *piece, uint32_t x, uint32_t y, struct similarity_pair pair)
{
    uint32_t a = run->pack->order[x], b = run->pack->order[y];
    pair.a = a < b ? a : b;
    pair.b = a < b ? b : a;
    if (!ARRAY_ROOM(piece->pairs, piece->n_pairs, piece->room, 1))
        return COMITY_NOMEM;
    piece->pairs[piece->n_pairs++] = pair;
    return COMITY_OK;
}
