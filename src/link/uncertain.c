/* Clusters are taken apart again by the linkage that made them; what lies between them is found among the pairs that
 * linking kept. Pieces of the work write to places of their own, which are put together in order. */
#include "link/uncertain.h"

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/order.h"
#include "base/parallel.h"
#include "link/calibrate.h"
#include "link/run.h"
#include "link/score.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

/* As in component.c: rows of one source agree in every word, which says less than it seems. */
static const double most_within = 15;
enum { MOST_SIDE = 40 }; /* members of a side that its mean is taken over */

/* Above what is doubtful by so much, a pair is not weighed again: its bits were rounded when it was kept. */
static const double rounding = 0.5;

struct tie {
    uint32_t low, high; /* clusters */
    uint32_t a, b;      /* positions */
    float bits;
};

struct search {
    const struct mentions *mentions;
    const struct frame *frame;
    const struct link_model *model;
    uint32_t *cluster; /* by mention: the lowest position of its cluster, so that no order of import shows */
    const struct progress *progress;
    struct map judged;   /* pairs of clusters that a person has parted; identities that a person has joined */
    uint32_t *positions; /* by cluster, ascending */
    size_t *first_of;    /* by position that names a cluster: where its positions begin; n + 1 of them */
    uint32_t *n_sure;    /* by cluster: pairs of two sources that are beyond doubt */
    float *kept;      /* by cluster: bits of a pair of it that linking kept, of two members the only one; NAN: none */
    struct tie *ties; /* the strongest of each pair of clusters */
    size_t n_ties, room_ties;
    struct finding *findings; /* by piece: first those of ties, then those of clusters */
    size_t n_tie_pieces, n_pieces;
    pthread_mutex_t lock;
    size_t n_done;
};
enum { PIECE_TIES = 4096, PIECE_CLUSTERS = 16384 };

/* What one piece finds. */
struct finding {
    struct doubtful_links out;
    size_t room, room_behind;
};

/* ---- evidence between sides ------------------------------------------------------------------------------------ */

static double bounded(const struct frame *frame, uint32_t a, uint32_t b, double bits)
{
    return frame->source[a] == frame->source[b] ? fmin(bits, most_within) : bits;
}

static double evidence(const struct search *search, uint32_t a, uint32_t b)
{
    const struct frame *frame = search->frame;
    return bounded(frame, a, b, model_evidence(search->model, frame, a, b, frame_compare(frame, a, b)));
}

/* Of a pair that linking kept: what it was weighed with, but for the rate. */
static double kept_evidence(const struct search *search, uint32_t a, uint32_t b, float bits)
{
    return bounded(search->frame, a, b, (double)bits - model_rate_bits(search->model, search->frame, a, b));
}

static bool tells(const struct frame *frame, const uint32_t *side, size_t n, uint32_t source)
{
    for (size_t i = 0; i < n; i++)
        if (frame->source[side[i]] == source)
            return true;
    return false;
}

/* How often such sides are one: the rate of two sources, or of each source that is in both. */
static double rate_bits(const struct search *search, const uint32_t *x, size_t n_x, const uint32_t *y, size_t n_y)
{
    const struct frame *frame = search->frame;
    double twice = 0;
    bool is_twice = false;
    for (size_t i = 0; i < n_x; i++) {
        uint32_t source = frame->source[x[i]];
        if (tells(frame, x, i, source) || !tells(frame, y, n_y, source))
            continue;
        twice += frame->twice_bits[source];
        is_twice = true;
    }
    return is_twice ? twice : log2(search->model->rate);
}

static double side_gain(const struct search *search, const uint32_t *x, size_t n_x, const uint32_t *y, size_t n_y)
{
    double sum = 0;
    n_x = n_x < MOST_SIDE ? n_x : MOST_SIDE;
    n_y = n_y < MOST_SIDE ? n_y : MOST_SIDE;
    for (size_t i = 0; i < n_x; i++)
        for (size_t j = 0; j < n_y; j++)
            sum += evidence(search, x[i], y[j]);
    return sum / ((double)n_x * (double)n_y) + rate_bits(search, x, n_x, y, n_y);
}

/* ---- between clusters ------------------------------------------------------------------------------------------ */

/* A key of two clusters, in either order; never 0. */
static uint64_t pair_key(uint32_t x, uint32_t y)
{
    uint64_t low = x < y ? x : y, high = x < y ? y : x;
    uint64_t key = hash_u64(low << 32 | high);
    return key ? key : 1;
}

static uint32_t cluster_at(const struct search *search, uint32_t position)
{
    return search->cluster[search->frame->mention[position]];
}

/* What the pair says beside the rate of any two sources, as all sides have it. */
static bool is_sure(const struct search *search, const struct edge *edge)
{
    const struct frame *frame = search->frame;
    double bits = (double)edge->bits - model_rate_bits(search->model, frame, edge->a, edge->b);
    return frame->source[edge->a] != frame->source[edge->b] &&
           bits + search->model->rate_bits > DOUBTFUL_HIGH + rounding;
}

static bool add_tie(struct search *search, const struct edge *edge)
{
    uint32_t x = cluster_at(search, edge->a), y = cluster_at(search, edge->b);
    if (x == y) {
        search->n_sure[x] += is_sure(search, edge);
        search->kept[x] = edge->bits;
        return true;
    }
    if (!ARRAY_ROOM(search->ties, search->n_ties, search->room_ties, 1))
        return false;
    bool is_straight = x < y;
    search->ties[search->n_ties++] = (struct tie){.low = is_straight ? x : y,
        .high = is_straight ? y : x,
        .a = is_straight ? edge->a : edge->b,
        .b = is_straight ? edge->b : edge->a,
        .bits = edge->bits};
    return true;
}

/* Of one pair of clusters; equal ones by the order of positions, which is that of content. */
static bool is_stronger(const struct tie *x, const struct tie *y)
{
    if (x->bits != y->bits)
        return x->bits > y->bits;
    return x->a != y->a ? x->a < y->a : x->b < y->b;
}

static const uint32_t *cluster_members(const struct search *search, uint32_t cluster, size_t *n)
{
    *n = search->first_of[cluster + 1] - search->first_of[cluster];
    return &search->positions[search->first_of[cluster]];
}

static enum comity_status add_doubt(struct finding *finding, const struct doubtful_link *doubt)
{
    struct doubtful_links *out = &finding->out;
    if (!ARRAY_ROOM(out->all, out->n, finding->room, 1))
        return COMITY_NOMEM;
    out->all[out->n++] = *doubt;
    return COMITY_OK;
}

static enum comity_status add_between(const struct search *search, const struct tie *tie, struct finding *finding)
{
    size_t n_low, n_high;
    const uint32_t *low = cluster_members(search, tie->low, &n_low);
    const uint32_t *high = cluster_members(search, tie->high, &n_high);
    if (map_get(&search->judged, pair_key(tie->low, tie->high)))
        return COMITY_OK;
    double bits = n_low == 1 && n_high == 1
                      ? kept_evidence(search, *low, *high, tie->bits) + rate_bits(search, low, 1, high, 1)
                      : side_gain(search, low, n_low, high, n_high);
    if (bits < SCORE_LEAST_BITS)
        return COMITY_OK;
    const uint32_t *mention = search->frame->mention;
    struct doubtful_link doubt = {.a = mention[tie->a], .b = mention[tie->b], .bits = (float)bits};
    return add_doubt(finding, &doubt);
}

/* The strongest tie of each pair of clusters, by clusters. */
static void take_strongest(struct search *search, struct sort_item *order, struct tie *strongest)
{
    size_t n = 0;
    for (size_t i = 0; i < search->n_ties; i++)
        order[i] = (struct sort_item){(uint64_t)search->ties[i].low << 32 | search->ties[i].high, (uint32_t)i};
    sort_items(order, search->n_ties);
    for (size_t i = 0; i < search->n_ties; i++) {
        const struct tie *tie = &search->ties[order[i].payload];
        if (!i || order[i].key != order[i - 1].key)
            strongest[n++] = *tie;
        else if (is_stronger(tie, &strongest[n - 1]))
            strongest[n - 1] = *tie;
    }
    free(search->ties);
    search->ties = strongest;
    search->n_ties = n;
}

static enum comity_status list_ties(struct search *search, const struct run_kept *run)
{
    for (size_t e = 0; e < run->n_edges + run->n_close; e++)
        if (!add_tie(search, &run->edges[e]))
            return COMITY_NOMEM;
    struct sort_item *order = malloc((search->n_ties + 1) * sizeof *order);
    struct tie *strongest = malloc((search->n_ties + 1) * sizeof *strongest);
    bool has_memory = order && strongest;
    if (has_memory)
        take_strongest(search, order, strongest);
    else
        free(strongest);
    free(order);
    return has_memory ? COMITY_OK : COMITY_NOMEM;
}

static enum comity_status find_between(const struct search *search, size_t piece, struct finding *finding)
{
    size_t end = (piece + 1) * PIECE_TIES;
    enum comity_status status = COMITY_OK;
    for (size_t i = piece * PIECE_TIES; i < end && i < search->n_ties && !status; i++)
        status = add_between(search, &search->ties[i], finding);
    return status;
}

/* ---- within a cluster ------------------------------------------------------------------------------------------ */

/* The average linkage of one cluster, all the way up. Members of a group stand side by side in `order`. */
struct linkage {
    const uint32_t *members;
    size_t n;
    double *between; /* member × member: evidence */
    uint32_t *side[2];
    uint32_t *group; /* by member: its group's lowest member */
};

static size_t list_group(const struct linkage *linkage, uint32_t group, uint32_t *out)
{
    size_t n = 0;
    for (uint32_t m = 0; m < linkage->n; m++)
        if (linkage->group[m] == group)
            out[n++] = m;
    return n;
}

static double group_gain(const struct search *search, struct linkage *linkage, uint32_t x, uint32_t y)
{
    size_t n_x = list_group(linkage, x, linkage->side[0]), n_y = list_group(linkage, y, linkage->side[1]);
    double sum = 0;
    for (size_t i = 0; i < n_x; i++)
        for (size_t j = 0; j < n_y; j++)
            sum += linkage->between[linkage->side[0][i] * linkage->n + linkage->side[1][j]];
    for (size_t i = 0; i < n_x; i++)
        linkage->side[0][i] = linkage->members[linkage->side[0][i]];
    for (size_t j = 0; j < n_y; j++)
        linkage->side[1][j] = linkage->members[linkage->side[1][j]];
    return sum / ((double)n_x * (double)n_y) + rate_bits(search, linkage->side[0], n_x, linkage->side[1], n_y);
}

static double best_merge(const struct search *search, struct linkage *linkage, uint32_t *x, uint32_t *y)
{
    double best = -INFINITY;
    for (uint32_t i = 0; i < linkage->n; i++)
        for (uint32_t j = i + 1; linkage->group[i] == i && j < linkage->n; j++) {
            double gain = linkage->group[j] == j ? group_gain(search, linkage, i, j) : -INFINITY;
            if (gain > best) {
                best = gain;
                *x = i;
                *y = j;
            }
        }
    return best;
}

static bool is_said_by_a_person(const struct search *search, const struct linkage *linkage, uint32_t x, uint32_t y)
{
    const struct frame *frame = search->frame;
    const struct mentions *mentions = search->mentions;
    for (uint32_t i = 0; i < linkage->n; i++)
        for (uint32_t j = 0; linkage->group[i] == x && j < linkage->n; j++)
            if (linkage->group[j] == y &&
                map_get(&search->judged, mention_named(mentions, frame->mention[linkage->members[i]])) &&
                map_get(&search->judged, mention_named(mentions, frame->mention[linkage->members[j]])))
                return true;
    return false;
}

/* The pair across the merge that speaks most for it. */
static void find_tie(
    const struct search *search, struct linkage *linkage, uint32_t x, uint32_t y, struct doubtful_link *doubt)
{
    double best = -INFINITY;
    for (uint32_t i = 0; i < linkage->n; i++)
        for (uint32_t j = 0; linkage->group[i] == x && j < linkage->n; j++) {
            double bits = linkage->group[j] == y ? linkage->between[i * linkage->n + j] : -INFINITY;
            if (bits <= best)
                continue;
            best = bits;
            doubt->a = search->frame->mention[linkage->members[i]];
            doubt->b = search->frame->mention[linkage->members[j]];
        }
}

/* `y` is the side that would stand apart: the smaller, of two alike the later. */
static enum comity_status add_merge(
    const struct search *search, struct linkage *linkage, uint32_t x, uint32_t y, double bits, struct finding *finding)
{
    struct doubtful_links *out = &finding->out;
    if (bits > DOUBTFUL_HIGH || is_said_by_a_person(search, linkage, x, y))
        return COMITY_OK;
    size_t n_x = list_group(linkage, x, linkage->side[0]), n_y = list_group(linkage, y, linkage->side[1]);
    if (n_x < n_y) {
        uint32_t other = x;
        x = y;
        y = other;
        n_y = n_x;
    }
    struct doubtful_link doubt = {
        .bits = (float)bits, .is_joined = true, .first_behind = (uint32_t)out->n_behind, .n_behind = (uint32_t)n_y};
    find_tie(search, linkage, x, y, &doubt);
    if (!ARRAY_ROOM(out->behind, out->n_behind, finding->room_behind, n_y))
        return COMITY_NOMEM;
    for (uint32_t m = 0; m < linkage->n; m++)
        if (linkage->group[m] == y)
            out->behind[out->n_behind++] = search->frame->mention[linkage->members[m]];
    return add_doubt(finding, &doubt);
}

static void weigh(const struct search *search, float kept, struct linkage *linkage)
{
    size_t n = linkage->n;
    const uint32_t *members = linkage->members;
    for (uint32_t i = 0; i < n; i++) {
        linkage->group[i] = i;
        for (uint32_t j = 0; j < i; j++)
            linkage->between[i * n + j] = linkage->between[j * n + i] =
                n == 2 && !isnan(kept) ? kept_evidence(search, members[0], members[1], kept)
                                       : evidence(search, members[i], members[j]);
    }
}

static enum comity_status take_apart(
    const struct search *search, float kept, struct linkage *linkage, struct finding *finding)
{
    size_t n = linkage->n;
    enum comity_status status = COMITY_OK;
    weigh(search, kept, linkage);
    for (size_t left = n; left > 1 && !status; left--) {
        uint32_t x = 0, y = 1;
        double bits = best_merge(search, linkage, &x, &y);
        status = add_merge(search, linkage, x, y, bits, finding);
        for (uint32_t m = 0; m < n; m++)
            if (linkage->group[m] == y)
                linkage->group[m] = x;
    }
    return status;
}

/* All pairs of it are, so all members are of different sources, and the mean over any two sides is beyond doubt, too.
 */
static bool is_all_sure(const struct search *search, size_t cluster, size_t n)
{
    return search->n_sure[cluster] == n * (n - 1) / 2;
}

static enum comity_status find_within(const struct search *search, size_t piece, struct finding *finding)
{
    struct linkage linkage = {0};
    size_t most = DOUBTFUL_MOST_MEMBERS, end = (piece + 1) * PIECE_CLUSTERS;
    linkage.between = malloc(most * most * sizeof *linkage.between);
    linkage.side[0] = malloc(3 * most * sizeof *linkage.side[0]);
    enum comity_status status = linkage.between && linkage.side[0] ? COMITY_OK : COMITY_NOMEM;
    for (size_t c = piece * PIECE_CLUSTERS; c < end && c < search->mentions->n && !status; c++) {
        linkage.members = cluster_members(search, (uint32_t)c, &linkage.n);
        linkage.side[1] = linkage.side[0] + most;
        linkage.group = linkage.side[1] + most;
        finding->out.n_left_out += linkage.n > most;
        if (linkage.n > 1 && linkage.n <= most && !is_all_sure(search, c, linkage.n))
            status = take_apart(search, search->kept[c], &linkage, finding);
    }
    free(linkage.between);
    free(linkage.side[0]);
    return status;
}

/* ---- what persons said ----------------------------------------------------------------------------------------- */

static bool is_word_of_a_person(const struct judgement *judgement)
{
    return judgement->is_by_person && !judgement->is_undone &&
           (judgement->kind == JUDGEMENT_SAME || judgement->kind == JUDGEMENT_DIFFERENT);
}

/* First the identities that they name; then the clusters that those are in, where they were parted. */
static enum comity_status read_judgements(struct search *search, const struct judgement *judgements, size_t n)
{
    const struct mentions *mentions = search->mentions;
    const uint32_t *cluster = search->cluster;
    size_t n_words = 0;
    for (size_t i = 0; i < n; i++)
        n_words += is_word_of_a_person(&judgements[i]);
    for (size_t i = 0; i < n && n_words; i++)
        if (is_word_of_a_person(&judgements[i]) &&
            (!map_put(&search->judged, judgements[i].a, NULL) || !map_put(&search->judged, judgements[i].b, NULL)))
            return COMITY_NOMEM;
    for (size_t m = 0; m < mentions->n && n_words; m++) {
        uint64_t *place = map_get(&search->judged, mention_named(mentions, m));
        if (place)
            *place = cluster[m] + UINT64_C(1);
    }
    for (size_t i = 0; i < n; i++) {
        const uint64_t *a = is_word_of_a_person(&judgements[i]) ? map_get(&search->judged, judgements[i].a) : NULL;
        const uint64_t *b = a ? map_get(&search->judged, judgements[i].b) : NULL;
        if (a && b && *a && *b && *a != *b &&
            !map_put(&search->judged, pair_key((uint32_t)(*a - 1), (uint32_t)(*b - 1)), NULL))
            return COMITY_NOMEM;
    }
    return COMITY_OK;
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static enum comity_status list_members(struct search *search, const struct run_kept *run)
{
    size_t n_clusters = search->mentions->n, n = search->frame->n;
    search->cluster = malloc((n_clusters + 1) * sizeof *search->cluster);
    search->positions = malloc((n + 1) * sizeof *search->positions);
    search->first_of = calloc(n_clusters + 2, sizeof *search->first_of);
    search->n_sure = calloc(n_clusters + 1, sizeof *search->n_sure);
    search->kept = malloc((n_clusters + 1) * sizeof *search->kept);
    if (!search->cluster || !search->positions || !search->first_of || !search->n_sure || !search->kept)
        return COMITY_NOMEM;
    for (size_t c = 0; c < n_clusters; c++)
        search->kept[c] = NAN;
    for (size_t m = 0; m < n_clusters; m++)
        search->cluster[m] = run->cluster[run->position_of[m]];
    for (uint32_t p = 0; p < n; p++)
        search->first_of[cluster_at(search, p) + 2]++;
    for (size_t c = 2; c < n_clusters + 2; c++)
        search->first_of[c] += search->first_of[c - 1];
    for (uint32_t p = 0; p < n; p++)
        search->positions[search->first_of[cluster_at(search, p) + 1]++] = p;
    return COMITY_OK;
}

static enum comity_status find_piece(void *context, size_t piece)
{
    struct search *search = context;
    struct finding *finding = &search->findings[piece];
    enum comity_status status = piece < search->n_tie_pieces
                                    ? find_between(search, piece, finding)
                                    : find_within(search, piece - search->n_tie_pieces, finding);
    pthread_mutex_lock(&search->lock);
    if (!progress_tell(search->progress, "doubts", ++search->n_done, search->n_pieces) && !status)
        status = COMITY_CANCELLED;
    pthread_mutex_unlock(&search->lock);
    return status;
}

static enum comity_status find_all(struct search *search, unsigned threads)
{
    search->n_tie_pieces = (search->n_ties + PIECE_TIES - 1) / PIECE_TIES;
    search->n_pieces = search->n_tie_pieces + (search->mentions->n + PIECE_CLUSTERS - 1) / PIECE_CLUSTERS;
    search->findings = calloc(search->n_pieces + 1, sizeof *search->findings);
    return search->findings ? parallel_run(search->n_pieces, threads, find_piece, search) : COMITY_NOMEM;
}

static void append(const struct doubtful_links *found, struct doubtful_links *out)
{
    out->n_left_out += found->n_left_out;
    for (size_t i = 0; i < found->n; i++) {
        struct doubtful_link doubt = found->all[i];
        doubt.first_behind += doubt.is_joined ? (uint32_t)out->n_behind : 0;
        if (out->n == DOUBTS_MOST)
            out->n_left_out++;
        else
            out->all[out->n++] = doubt;
    }
    if (found->n_behind)
        memcpy(&out->behind[out->n_behind], found->behind, found->n_behind * sizeof *found->behind);
    out->n_behind += found->n_behind;
}

static enum comity_status put_together(const struct search *search, struct doubtful_links *out)
{
    size_t n = 0, n_behind = 0;
    for (size_t i = 0; i < search->n_pieces; i++) {
        n += search->findings[i].out.n;
        n_behind += search->findings[i].out.n_behind;
    }
    out->all = malloc((n + 1) * sizeof *out->all);
    out->behind = malloc((n_behind + 1) * sizeof *out->behind);
    if (!out->all || !out->behind)
        return COMITY_NOMEM;
    for (size_t i = 0; i < search->n_pieces; i++)
        append(&search->findings[i].out, out);
    return COMITY_OK;
}

static enum comity_status find(struct search *search, const struct run_kept *run, const struct judgement *judgements,
    size_t n_judgements, unsigned threads, struct doubtful_links *out)
{
    enum comity_status status = list_members(search, run);
    if (!status)
        status = read_judgements(search, judgements, n_judgements);
    if (!status)
        status = list_ties(search, run);
    if (!status)
        status = find_all(search, threads);
    if (!status)
        status = put_together(search, out);
    if (!status)
        status = calibrate_doubtful(search->frame, search->model, search->cluster, out);
    /* As they are kept: what follows from them must be the same when they are read back. */
    for (size_t i = 0; i < out->n && !status; i++)
        out->all[i].bits = (float)(round(100 * (double)out->all[i].bits) / 100);
    return status;
}

static void release(struct search *search)
{
    for (size_t i = 0; search->findings && i < search->n_pieces; i++)
        doubtful_release(&search->findings[i].out);
    free(search->findings);
    map_release(&search->judged);
    free(search->cluster);
    free(search->positions);
    free(search->first_of);
    free(search->n_sure);
    free(search->kept);
    free(search->ties);
}

enum comity_status doubtful_find(const struct run_kept *run, const struct link_result *result,
    const struct judgement *judgements, size_t n_judgements, unsigned threads, const struct progress *progress,
    struct doubtful_links *out, struct comity_error *err)
{
    struct search search = {
        .mentions = run->frame.mentions, .frame = &run->frame, .model = result->model, .progress = progress};
    *out = (struct doubtful_links){0};
    pthread_mutex_init(&search.lock, NULL);
    enum comity_status status = find(&search, run, judgements, n_judgements, threads, out);
    pthread_mutex_destroy(&search.lock);
    release(&search);
    return status == COMITY_NOMEM       ? error_nomem(err)
           : status == COMITY_CANCELLED ? error_set(err, status, "looking for doubts was stopped")
                                        : status;
}

void doubtful_release(struct doubtful_links *doubts)
{
    free(doubts->all);
    free(doubts->behind);
    *doubts = (struct doubtful_links){0};
}

/* ---- probability and chance ------------------------------------------------------------------------------------ */

double uncertain_probability(double bits)
{
    return 1 / (1 + exp2(-bits));
}

double uncertain_chance(uint64_t key, uint32_t draw)
{
    return uncertain_chance_in(uncertain_draw(draw), key);
}

/* Box and Muller (1958). */
double uncertain_normal(uint64_t key, uint32_t draw)
{
    double radius = sqrt(-2 * log(fmax(uncertain_chance(key, draw), 1e-16)));
    return radius * cos(6.283185307179586 * uncertain_chance(~key, draw));
}

uint64_t doubtful_key(const struct mentions *mentions, const struct doubtful_link *doubt)
{
    return hash_u64(mentions->identity[doubt->a]) + hash_u64(mentions->identity[doubt->b]);
}
