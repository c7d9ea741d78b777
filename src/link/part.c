/* Hits are taken from the surest to the least sure; a figure is a part of one whole, and no whole is a part. What
 * persons have said comes before. Then decoys say how sure is sure enough. */
#include "link/part.h"

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "link/part_lines.h"
#include "link/part_search.h"
#include "link/part_tell.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* PART_LEAST_LOG_ODDS where decoys stand for it; odds of 19 to 1 where there are too few of either to know. */
static const double sure_log_odds = 2.94;
/* A correction changes an amount by no more than this share. */
static const double most_corrected = 0.05;
/* More than twice as far as anything is looked for, so that no decoy meets its own parts. */
static const int32_t decoy_shifts[] = {67, 131};
static_assert(67 > 2 * PART_FAR_DAYS, "decoys stand among others");
enum { N_DECOYS = sizeof decoy_shifts / sizeof *decoy_shifts };
/* So many figures say how many accidents there are. */
enum { ENOUGH_FIGURES = 50000 };

struct finding {
    const struct frame *frame;
    const uint32_t *cluster;
    unsigned threads;
    size_t every;                  /* of so many figures one is looked for among decoys */
    const struct figures *figures; /* of the state */
    const struct part_hits *hits;  /* likewise */
    bool *is_taken;                /* by hit */
    uint32_t *part_of;             /* by entity: the whole it is a part of, as entity + 1 */
    bool *is_whole;                /* by entity */
    bool *is_used;                 /* by figure: it is a part */
    struct map refused;            /* pairs of entities, and of positions */
    struct map known;              /* pairs of entities that are judged already */
    struct parts_known *parts;
    struct arena *arena;
    struct parts_found *out;
};

static uint64_t pair_key(uint32_t part, uint32_t whole)
{
    return hash_u64((uint64_t)part << 32 | whole);
}

static const struct figure *figure_of(const struct finding *f, uint32_t i)
{
    return &f->figures->at[i];
}

/* ---- judgements that are there ----------------------------------------------------------------------------------- */

static bool is_refusal(const struct judgement *j)
{
    return j->kind == JUDGEMENT_PART_OF && j->is_undone && !j->is_withdrawn;
}

static bool is_of_person(const struct judgement *j)
{
    return j->kind == JUDGEMENT_PART_OF && !j->is_undone && j->is_by_person;
}

/* Who says that it is a part, or that it is none, has said that it is not the same. */
static bool set_apart(struct finding *f, uint32_t part, uint32_t whole, uint8_t which)
{
    struct parts_found *out = f->out;
    if (!ARRAY_ROOM(out->apart, out->n_apart, out->room_apart, 1))
        return false;
    out->apart[out->n_apart++] = (struct position_pair){part, whole, which};
    out->is_settled = out->is_settled && f->cluster[part] != f->cluster[whole];
    return true;
}

static enum comity_status refuse(struct finding *f, uint32_t part, uint32_t whole)
{
    uint32_t a = f->cluster[part], b = f->cluster[whole];
    if (!map_put(&f->refused, pair_key(part, whole), NULL) || !set_apart(f, part, whole, PART_NONE))
        return COMITY_NOMEM;
    return a == b || map_put(&f->refused, pair_key(a, b), NULL) ? COMITY_OK : COMITY_NOMEM;
}

static enum comity_status hold(struct finding *f, uint32_t part, uint32_t whole)
{
    uint32_t a = f->cluster[part], b = f->cluster[whole];
    if (!set_apart(f, part, whole, PART_A))
        return COMITY_NOMEM;
    if (a == b)
        return COMITY_OK;
    f->part_of[a] = b + 1;
    f->is_whole[b] = true;
    return map_put(&f->known, pair_key(a, b), NULL) ? COMITY_OK : COMITY_NOMEM;
}

static enum comity_status apply_judgement(struct finding *f, const struct judgement *j, const struct map *positions)
{
    const uint64_t *a = map_get(positions, j->a), *b = map_get(positions, j->b);
    if (!*a || !*b)
        return COMITY_OK; /* it sleeps */
    return is_refusal(j) ? refuse(f, (uint32_t)(*a - 1), (uint32_t)(*b - 1))
                         : hold(f, (uint32_t)(*a - 1), (uint32_t)(*b - 1));
}

static enum comity_status read_judgements(struct finding *f, const struct judgement *judgements, size_t n)
{
    struct map positions = {0};
    bool is_good = true;
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < n && is_good; i++)
        if (is_refusal(&judgements[i]) || is_of_person(&judgements[i]))
            is_good = map_put(&positions, judgements[i].a, NULL) && map_put(&positions, judgements[i].b, NULL);
    for (uint32_t p = 0; is_good && positions.count && p < f->frame->n; p++) {
        uint64_t *at = map_get(&positions, mention_named(f->frame->mentions, f->frame->mention[p]));
        if (at)
            *at = p + 1;
    }
    status = is_good ? COMITY_OK : COMITY_NOMEM;
    for (size_t i = 0; i < n && status == COMITY_OK; i++)
        if (is_refusal(&judgements[i]) || is_of_person(&judgements[i]))
            status = apply_judgement(f, &judgements[i], &positions);
    map_release(&positions);
    return status;
}

/* ---- which hits are taken ---------------------------------------------------------------------------------------- */

static bool is_refused(const struct finding *f, const struct figure *part, const struct figure *whole)
{
    return f->refused.count && (map_get(&f->refused, pair_key(part->position, whole->position)) ||
                                   map_get(&f->refused, pair_key(part->entity, whole->entity)));
}

static bool may_take_member(const struct finding *f, const struct figure *part, const struct figure *whole)
{
    if (is_refused(f, part, whole))
        return false;
    if (part->entity == whole->entity)
        return true;
    uint32_t taken_by = f->part_of[part->entity];
    return !f->is_whole[part->entity] && (!taken_by || taken_by == whole->entity + 1);
}

static bool may_take(const struct finding *f, const struct part_hit *hit)
{
    const struct figure *whole = figure_of(f, hit->whole);
    if (f->part_of[whole->entity] || f->is_used[hit->whole])
        return false;
    for (size_t i = 0; i < hit->n; i++) {
        uint32_t member = f->hits->members[hit->first + i];
        if (f->is_used[member] || !may_take_member(f, figure_of(f, member), whole))
            return false;
    }
    return true;
}

static void take(struct finding *f, const struct part_hit *hit)
{
    const struct figure *whole = figure_of(f, hit->whole);
    f->is_whole[whole->entity] = true;
    for (size_t i = 0; i < hit->n; i++) {
        uint32_t member = f->hits->members[hit->first + i];
        f->is_used[member] = true;
        if (figure_of(f, member)->entity != whole->entity)
            f->part_of[figure_of(f, member)->entity] = whole->entity + 1;
    }
}

struct ranked {
    double log_odds;
    uint32_t whole;
    size_t hit;
};

static int surest_first(const void *left, const void *right)
{
    const struct ranked *a = left, *b = right;
    if (a->log_odds != b->log_odds)
        return a->log_odds > b->log_odds ? -1 : 1;
    if (a->whole != b->whole)
        return a->whole < b->whole ? -1 : 1;
    return a->hit < b->hit ? -1 : a->hit > b->hit;
}

static struct ranked *rank(const struct part_hits *hits)
{
    struct ranked *ranked = malloc((hits->n + 1) * sizeof *ranked);
    for (size_t i = 0; ranked && i < hits->n; i++)
        ranked[i] = (struct ranked){hits->at[i].log_odds, hits->at[i].whole, i};
    if (ranked)
        qsort(ranked, hits->n, sizeof *ranked, surest_first);
    return ranked;
}

/* ---- how sure is sure enough ------------------------------------------------------------------------------------- */

struct decoys {
    double *log_odds;
    size_t n, room;
};

/* The log-odds of decoys, of which none has a row in common with a surer one; appended to `out`, by kind. */
static enum comity_status add_decoys(struct finding *f, int32_t shift, struct decoys out[N_SUM_KINDS])
{
    struct part_hits hits;
    bool *is_used = calloc(f->figures->n + 1, sizeof *is_used);
    enum comity_status status = parts_search(f->figures, shift, f->every, f->threads, &hits);
    struct ranked *ranked = status == COMITY_OK && is_used ? rank(&hits) : NULL;
    bool is_good = ranked != NULL;
    for (size_t i = 0; is_good && i < hits.n; i++) {
        const struct part_hit *hit = &hits.at[ranked[i].hit];
        bool is_free = !is_used[hit->whole];
        for (size_t m = 0; m < hit->n; m++)
            is_free = is_free && !is_used[hits.members[hit->first + m]];
        for (size_t m = 0; is_free && m < hit->n; m++)
            is_used[hits.members[hit->first + m]] = true;
        if (!is_free)
            continue;
        struct decoys *decoys = &out[hit->kind];
        is_good = ARRAY_ROOM(decoys->log_odds, decoys->n, decoys->room, 1);
        if (is_good)
            decoys->log_odds[decoys->n++] = hit->log_odds;
    }
    free(ranked);
    free(is_used);
    part_hits_release(&hits);
    return is_good ? COMITY_OK : COMITY_NOMEM;
}

static int falling(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return a > b ? -1 : a < b;
}

/* The lowest threshold at which so few of the sums of a kind are accidents as the decoys of that kind say. */
static double threshold_of(
    const struct finding *f, const struct ranked *ranked, enum sum_kind kind, const struct decoys *decoys)
{
    size_t d = 0, n_found = 0;
    double threshold = INFINITY;
    if (decoys->n)
        qsort(decoys->log_odds, decoys->n, sizeof *decoys->log_odds, falling);
    for (size_t i = 0; i < f->hits->n; i++) {
        if (f->hits->at[ranked[i].hit].kind != kind)
            continue;
        n_found++;
        for (; d < decoys->n && decoys->log_odds[d] >= ranked[i].log_odds; d++) {
        }
        /* One decoy more than were seen, as is usual for so few, unless the odds speak for themselves. */
        double accidents = (double)(d * f->every) + (ranked[i].log_odds < sure_log_odds);
        if (accidents / N_DECOYS <= PART_MOST_FALSE * (double)n_found)
            threshold = ranked[i].log_odds;
    }
    return threshold;
}

static enum comity_status set_thresholds(struct finding *f, const struct ranked *ranked)
{
    struct decoys decoys[N_SUM_KINDS] = {0};
    enum comity_status status = COMITY_OK;
    static_assert((int)PART_KINDS == (int)N_SUM_KINDS, "a threshold for each kind");
    if (f->parts->is_known)
        return COMITY_OK;
    f->every = 1 + f->figures->n / ENOUGH_FIGURES;
    for (int i = 0; i < N_DECOYS && status == COMITY_OK; i++)
        status = add_decoys(f, decoy_shifts[i], decoys);
    for (enum sum_kind kind = 0; kind < N_SUM_KINDS; kind++) {
        if (status == COMITY_OK)
            f->parts->log_odds[kind] = threshold_of(f, ranked, kind, &decoys[kind]);
        free(decoys[kind].log_odds);
    }
    f->parts->is_known = status == COMITY_OK;
    return status;
}

/* ---- what follows ------------------------------------------------------------------------------------------------ */

static enum comity_status keep_apart(struct finding *f, const struct figure *a, const struct figure *b, uint8_t part)
{
    struct parts_found *out = f->out;
    if (a->position == b->position)
        return COMITY_OK;
    out->is_settled = out->is_settled && a->entity != b->entity;
    if (!ARRAY_ROOM(out->apart, out->n_apart, out->room_apart, 1))
        return COMITY_NOMEM;
    out->apart[out->n_apart++] = (struct position_pair){a->position, b->position, part};
    return COMITY_OK;
}

static bool is_amount_of(const struct figure *whole, const struct figure *other)
{
    return fabs(other->amount - whole->amount) <= whole->half + other->half + 1e-6 * whole->amount;
}

/* From what tells the whole's amount in an entity: the whole itself, or a twin of it that the part was joined with. */
static enum comity_status keep_from_wholes(
    struct finding *f, const struct figure *part, const struct figure *whole, uint32_t entity)
{
    enum comity_status status = COMITY_OK;
    for (uint32_t e = f->figures->of_entity[entity]; e < f->figures->of_entity[entity + 1] && status == COMITY_OK;
         e++) {
        const struct figure *other = figure_of(f, f->figures->by_entity[e]);
        if (is_amount_of(whole, other))
            status = keep_apart(f, part, other, PART_A);
    }
    return status;
}

/* Parts are neither their whole, whoever tells it, nor each other. */
static enum comity_status part_hit_apart(struct finding *f, const struct part_hit *hit)
{
    const struct figure *whole = figure_of(f, hit->whole);
    const uint32_t *members = &f->hits->members[hit->first];
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < hit->n && status == COMITY_OK; i++) {
        const struct figure *part = figure_of(f, members[i]);
        status = keep_from_wholes(f, part, whole, whole->entity);
        if (status == COMITY_OK && part->entity != whole->entity)
            status = keep_from_wholes(f, part, whole, part->entity);
        for (size_t j = 0; j < i && status == COMITY_OK; j++)
            status = keep_apart(f, part, figure_of(f, members[j]), PART_NONE);
    }
    return status;
}

static enum comity_status add_judgement(
    struct finding *f, const struct part_hit *hit, uint32_t member, struct slice why, size_t room)
{
    const struct figure *part = figure_of(f, member), *whole = figure_of(f, hit->whole);
    const struct frame *frame = f->frame;
    bool is_new = true;
    if (part->entity != whole->entity && !map_put(&f->known, pair_key(part->entity, whole->entity), &is_new))
        return COMITY_NOMEM;
    if (!is_new || f->out->n == room)
        return COMITY_OK;
    f->out->at[f->out->n++] = (struct judgement){.kind = JUDGEMENT_PART_OF,
        .a = mention_named(frame->mentions, frame->mention[part->position]),
        .b = mention_named(frame->mentions, frame->mention[whole->position]),
        .confidence = fmin(1 / (1 + exp(-hit->log_odds)), 0.9999),
        .who = SLICE("model"),
        .why = why};
    return COMITY_OK;
}

static enum comity_status judge(struct finding *f)
{
    size_t room = f->hits->n_members + f->parts->n_lines;
    struct slice why;
    enum comity_status status = COMITY_OK;
    f->out->at = ARENA_ARRAY(f->arena, struct judgement, room + 1);
    if (!f->out->at)
        return COMITY_NOMEM;
    /* Hits stand in the order of their wholes. */
    for (size_t h = 0; h < f->hits->n && status == COMITY_OK; h++) {
        const struct part_hit *hit = &f->hits->at[h];
        if (!f->is_taken[h])
            continue;
        status = part_hit_apart(f, hit);
        why = part_tell_sum(f->figures, f->hits, hit, f->arena);
        if (status == COMITY_OK && !why.ptr)
            status = COMITY_NOMEM;
        for (size_t i = 0; i < hit->n && status == COMITY_OK; i++)
            status = add_judgement(f, hit, f->hits->members[hit->first + i], why, room);
    }
    return status;
}

static bool may_be_line(const struct finding *f, const struct position_pair *pair)
{
    uint32_t line = f->cluster[pair->a], whole = f->cluster[pair->b];
    bool is_refused = f->refused.count &&
                      (map_get(&f->refused, pair_key(pair->a, pair->b)) || map_get(&f->refused, pair_key(line, whole)));
    bool is_free = !f->part_of[line] || f->part_of[line] == whole + 1;
    return pair->part == PART_A && !is_refused && line != whole && is_free && !f->is_whole[line] && !f->part_of[whole];
}

/* Lines without amounts are parts of what is told once of the same, where sums say nothing else. */
static enum comity_status judge_lines(struct finding *f)
{
    const double confidence = 0.9; /* in simulated worlds more of them are right: 97 in 100 */
    for (size_t i = 0; i < f->parts->n_lines; i++) {
        const struct position_pair *pair = &f->parts->lines[i];
        uint32_t line = f->cluster[pair->a], whole = f->cluster[pair->b];
        bool is_new = false;
        if (!may_be_line(f, pair))
            continue;
        struct slice why = part_tell_line(f->frame, pair->a, pair->b, f->arena);
        if (!why.ptr || !map_put(&f->known, pair_key(line, whole), &is_new))
            return COMITY_NOMEM;
        f->part_of[line] = whole + 1;
        f->is_whole[whole] = true;
        if (is_new)
            f->out->at[f->out->n++] = (struct judgement){.kind = JUDGEMENT_PART_OF,
                .a = mention_named(f->frame->mentions, f->frame->mention[pair->a]),
                .b = mention_named(f->frame->mentions, f->frame->mention[pair->b]),
                .confidence = confidence,
                .who = SLICE("model"),
                .why = why};
    }
    return COMITY_OK;
}

/* Figures of two rows, by number. */
struct unlike {
    uint32_t (*at)[2];
    size_t n, room;
};

struct unlike_search {
    const struct finding *f;
    struct unlike *found; /* by piece */
};
enum { PIECE_ENTITIES = 1 << 15 };

static bool are_unlike(const struct figure *a, const struct figure *b)
{
    double alike = fmax(a->half + b->half, most_corrected * fmax(a->amount, b->amount));
    return a->source == b->source && fabs(a->amount - b->amount) > alike;
}

static bool find_unlike(const struct finding *f, size_t entity, struct unlike *out)
{
    uint32_t begin = f->figures->of_entity[entity], end = f->figures->of_entity[entity + 1];
    const uint32_t *by_entity = f->figures->by_entity;
    for (uint32_t i = begin; i < end; i++)
        for (uint32_t j = begin; j < i; j++) {
            if (!are_unlike(figure_of(f, by_entity[i]), figure_of(f, by_entity[j])))
                continue;
            if (!ARRAY_ROOM(out->at, out->n, out->room, 1))
                return false;
            out->at[out->n][0] = by_entity[i];
            out->at[out->n++][1] = by_entity[j];
        }
    return true;
}

static enum comity_status find_unlike_piece(void *context, size_t piece)
{
    const struct unlike_search *search = context;
    bool is_good = true;
    for (size_t e = piece * PIECE_ENTITIES; is_good && e < (piece + 1) * PIECE_ENTITIES && e < search->f->frame->n; e++)
        is_good = find_unlike(search->f, e, &search->found[piece]);
    return is_good ? COMITY_OK : COMITY_NOMEM;
}

/* One source that tells of one case twice, with amounts that no rounding or correction explains, tells of two hauls. */
static enum comity_status part_unlike_rows(struct finding *f)
{
    size_t n_pieces = (f->frame->n + PIECE_ENTITIES - 1) / PIECE_ENTITIES;
    struct unlike_search search = {f, calloc(n_pieces + 1, sizeof *search.found)};
    enum comity_status status =
        search.found ? parallel_run(n_pieces, f->threads, find_unlike_piece, &search) : COMITY_NOMEM;
    for (size_t piece = 0; search.found && piece < n_pieces; piece++) {
        const struct unlike *found = &search.found[piece];
        for (size_t i = 0; i < found->n && status == COMITY_OK; i++)
            status = keep_apart(f, figure_of(f, found->at[i][0]), figure_of(f, found->at[i][1]), PART_NONE);
        free(found->at);
    }
    free(search.found);
    return status;
}

/* Whoever tells the whole tells no line. */
static void set_roles(const struct finding *f, const struct part_hit *hit, uint8_t *role)
{
    const struct figure *whole = figure_of(f, hit->whole);
    for (size_t i = 0; i < hit->n; i++)
        role[figure_of(f, f->hits->members[hit->first + i])->position] =
            hit->kind == SUM_OWN ? LINE_BESIDE_TOTAL : LINE_PART;
    for (uint32_t e = f->figures->of_entity[whole->entity]; e < f->figures->of_entity[whole->entity + 1]; e++) {
        const struct figure *other = figure_of(f, f->figures->by_entity[e]);
        if (is_amount_of(whole, other))
            role[other->position] = LINE_WHOLE;
    }
}

/* Where no sum was found, nobody is known to tell lines. */
static enum comity_status part_lines(struct finding *f)
{
    bool is_any_taken = false;
    for (size_t h = 0; h < f->hits->n && !is_any_taken; h++)
        is_any_taken = f->is_taken[h];
    if (!is_any_taken && !f->parts->n_lines)
        return COMITY_OK;
    uint8_t *role = calloc(f->frame->n + 1, sizeof *role);
    for (size_t h = 0; role && h < f->hits->n; h++)
        if (f->is_taken[h])
            set_roles(f, &f->hits->at[h], role);
    enum comity_status status =
        role ? lines_part(f->frame, f->cluster, role, f->parts, f->arena, f->out) : COMITY_NOMEM;
    free(role);
    return status;
}

static enum comity_status choose(struct finding *f)
{
    struct ranked *ranked = rank(f->hits);
    enum comity_status status = ranked ? set_thresholds(f, ranked) : COMITY_NOMEM;
    for (size_t i = 0; i < f->hits->n && status == COMITY_OK; i++) {
        const struct part_hit *hit = &f->hits->at[ranked[i].hit];
        if (hit->log_odds < f->parts->log_odds[hit->kind] || !may_take(f, hit))
            continue;
        take(f, hit);
        f->is_taken[ranked[i].hit] = true;
    }
    free(ranked);
    return status;
}

/* ---- what is kept ------------------------------------------------------------------------------------------------ */

struct parts_state {
    struct figures figures;
    bool is_compared; /* they are */
    struct part_hits hits;
    uint32_t *cluster; /* by position: as it was when they were found */
};

void parts_known_release(struct parts_known *known)
{
    struct parts_state *state = known->state;
    if (state) {
        figures_release(&state->figures);
        part_hits_release(&state->hits);
        free(state->cluster);
        free(state);
    }
    *known = (struct parts_known){0};
}

static bool is_of_amounts(const struct domain *domain)
{
    return domain->when >= 0 && domain->country >= 0 && domain->what >= 0 && domain->how_much >= 0;
}

enum comity_status parts_read(const struct frame *frame, struct parts_known *known)
{
    if (known->state || !is_of_amounts(frame->mentions->domain))
        return COMITY_OK;
    struct parts_state *state = known->state = calloc(1, sizeof *state);
    return state ? figures_read(frame, &state->figures) : COMITY_NOMEM;
}

enum comity_status parts_compare(struct parts_known *known)
{
    struct parts_state *state = known->state;
    if (!state || state->is_compared)
        return COMITY_OK;
    state->is_compared = true;
    return figures_compare(&state->figures);
}

static enum comity_status search_all(struct finding *f, struct parts_state *state)
{
    state->cluster = malloc((f->frame->n + 1) * sizeof *state->cluster);
    enum comity_status status = state->cluster ? figures_place(&state->figures, f->cluster) : COMITY_NOMEM;
    return status == COMITY_OK ? parts_search(&state->figures, 0, 1, f->threads, &state->hits) : status;
}

static enum comity_status search_changed(struct finding *f, struct parts_state *state)
{
    struct part_hits hits = {0};
    uint8_t *is_due = malloc(state->figures.n + 1);
    enum comity_status status =
        is_due ? figures_find_due(&state->figures, state->cluster, f->cluster, is_due) : COMITY_NOMEM;
    if (status == COMITY_OK)
        status = figures_place(&state->figures, f->cluster);
    if (status == COMITY_OK)
        status = parts_search_again(&state->figures, is_due, &state->hits, f->threads, &hits);
    part_hits_release(&state->hits);
    state->hits = hits;
    free(is_due);
    return status;
}

/* Sums of figures, of which the first time all are looked for, then those that may have become others. */
static enum comity_status search(struct finding *f)
{
    enum comity_status status = parts_read(f->frame, f->parts);
    if (status == COMITY_OK)
        status = parts_compare(f->parts);
    struct parts_state *state = f->parts->state;
    if (status != COMITY_OK)
        return status;
    status = state->cluster ? search_changed(f, state) : search_all(f, state);
    if (state->cluster)
        memcpy(state->cluster, f->cluster, f->frame->n * sizeof *state->cluster);
    f->figures = &state->figures;
    f->hits = &state->hits;
    return status;
}

static enum comity_status find(struct finding *f, const struct judgement *judgements, size_t n_judgements)
{
    size_t n = f->frame->n + 1;
    f->part_of = calloc(n, sizeof *f->part_of);
    f->is_whole = calloc(n, sizeof *f->is_whole);
    enum comity_status status = f->part_of && f->is_whole ? COMITY_OK : COMITY_NOMEM;
    if (status == COMITY_OK)
        status = read_judgements(f, judgements, n_judgements);
    if (status == COMITY_OK)
        status = search(f);
    if (status != COMITY_OK)
        return status;
    f->is_used = calloc(f->figures->n + 1, sizeof *f->is_used);
    f->is_taken = calloc(f->hits->n + 1, sizeof *f->is_taken);
    if (!f->is_used || !f->is_taken)
        return COMITY_NOMEM;
    status = choose(f);
    if (status == COMITY_OK)
        status = part_lines(f);
    if (status == COMITY_OK)
        status = judge(f);
    if (status == COMITY_OK)
        status = judge_lines(f);
    return status == COMITY_OK ? part_unlike_rows(f) : status;
}

enum comity_status parts_find(const struct frame *frame, const uint32_t *cluster, const struct judgement *judgements,
    size_t n_judgements, unsigned threads, struct parts_known *known, struct arena *arena, struct parts_found *out)
{
    struct finding f = {
        .frame = frame, .cluster = cluster, .threads = threads, .parts = known, .arena = arena, .out = out};
    *out = (struct parts_found){.is_settled = true};
    if (!is_of_amounts(frame->mentions->domain))
        return COMITY_OK;
    enum comity_status status = find(&f, judgements, n_judgements);
    free(f.part_of);
    free(f.is_whole);
    free(f.is_used);
    free(f.is_taken);
    map_release(&f.refused);
    map_release(&f.known);
    return status;
}
