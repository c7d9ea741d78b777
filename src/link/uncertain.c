/* Clusters are taken apart again by the linkage that made them; what lies between them is found in one more pass over
 * the proposed pairs. */
#include "link/uncertain.h"

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/order.h"
#include "base/parallel.h"
#include "link/calibrate.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

/* As in cluster.c: rows of one source agree in every word, which says less than it seems. */
static const double most_within = 15;
enum { MOST_SIDE = 40 }; /* members of a side that its mean is taken over */

struct tie {
    uint32_t low, high; /* clusters */
    uint32_t a, b;      /* positions */
    float bits;
};

struct search {
    const struct recompare *pairs;
    const struct progress *progress;
    struct map judged;   /* pairs of clusters that a person has parted; identities that a person has joined */
    uint32_t *positions; /* by cluster, ascending */
    size_t *first_of;    /* by mention that names a cluster: where its positions begin; n + 1 of them */
    pthread_mutex_t lock;
    size_t n_done;
    struct tie *ties;
    size_t n_ties, room_ties;
    struct doubtful_links *out;
    size_t room, room_behind;
};

/* ---- evidence between sides ------------------------------------------------------------------------------------ */

static double evidence(const struct search *search, uint32_t a, uint32_t b)
{
    const struct frame *frame = &search->pairs->frame;
    double bits = model_evidence(search->pairs->model, frame, a, b, frame_compare(frame, a, b));
    return frame->source[a] == frame->source[b] ? fmin(bits, most_within) : bits;
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
    const struct frame *frame = &search->pairs->frame;
    double twice = 0;
    bool is_twice = false;
    for (size_t i = 0; i < n_x; i++) {
        uint32_t source = frame->source[x[i]];
        if (tells(frame, x, i, source) || !tells(frame, y, n_y, source))
            continue;
        twice += frame->twice_bits[source];
        is_twice = true;
    }
    return is_twice ? twice : log2(search->pairs->model->rate);
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

struct finding {
    const struct search *search;
    struct tie *ties;
    size_t n, room;
    bool has_failed;
};

static void look_at(void *context, uint32_t a, uint32_t b)
{
    struct finding *finding = context;
    const struct recompare *pairs = finding->search->pairs;
    uint32_t x = pairs->cluster[a], y = pairs->cluster[b];
    if (x == y)
        return;
    double bits = recompare_bits(pairs, a, b);
    if (bits < DOUBTFUL_LOW)
        return;
    if (!ARRAY_ROOM(finding->ties, finding->n, finding->room, 1)) {
        finding->has_failed = true;
        return;
    }
    bool is_straight = x < y;
    finding->ties[finding->n++] = (struct tie){.low = is_straight ? x : y,
        .high = is_straight ? y : x,
        .a = is_straight ? a : b,
        .b = is_straight ? b : a,
        .bits = (float)bits};
}

static enum comity_status take_ties(struct search *search, const struct finding *finding)
{
    if (finding->has_failed || !ARRAY_ROOM(search->ties, search->n_ties, search->room_ties, finding->n))
        return COMITY_NOMEM;
    if (finding->n)
        memcpy(&search->ties[search->n_ties], finding->ties, finding->n * sizeof *finding->ties);
    search->n_ties += finding->n;
    return progress_tell(search->progress, "doubts", ++search->n_done, search->pairs->blocking.n_pieces)
               ? COMITY_OK
               : COMITY_CANCELLED;
}

static enum comity_status look_through(void *context, size_t piece)
{
    struct search *search = context;
    struct finding finding = {.search = search};
    blocking_propose(&search->pairs->blocking, piece, look_at, &finding);
    pthread_mutex_lock(&search->lock);
    enum comity_status status = take_ties(search, &finding);
    pthread_mutex_unlock(&search->lock);
    free(finding.ties);
    return status;
}

/* By clusters, the strongest first; ties in the order of positions, which is that of content. */
static int compare_ties(const void *a, const void *b)
{
    const struct tie *x = a, *y = b;
    if (x->low != y->low)
        return x->low < y->low ? -1 : 1;
    if (x->high != y->high)
        return x->high < y->high ? -1 : 1;
    if (x->bits != y->bits)
        return x->bits > y->bits ? -1 : 1;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

static const uint32_t *cluster_members(const struct search *search, uint32_t cluster, size_t *n)
{
    *n = search->first_of[cluster + 1] - search->first_of[cluster];
    return &search->positions[search->first_of[cluster]];
}

static enum comity_status add_doubt(struct search *search, const struct doubtful_link *doubt)
{
    struct doubtful_links *out = search->out;
    if (out->n == DOUBTS_MOST) {
        out->n_left_out++;
        return COMITY_OK;
    }
    if (!ARRAY_ROOM(out->all, out->n, search->room, 1))
        return COMITY_NOMEM;
    out->all[out->n++] = *doubt;
    return COMITY_OK;
}

static enum comity_status add_between(struct search *search, const struct tie *tie)
{
    size_t n_low, n_high;
    const uint32_t *low = cluster_members(search, tie->low, &n_low);
    const uint32_t *high = cluster_members(search, tie->high, &n_high);
    if (map_get(&search->judged, recompare_pair_key(tie->low, tie->high)))
        return COMITY_OK;
    double bits = side_gain(search, low, n_low, high, n_high);
    if (bits < DOUBTFUL_LOW)
        return COMITY_OK;
    const uint32_t *mention = search->pairs->frame.mention;
    struct doubtful_link doubt = {.a = mention[tie->a], .b = mention[tie->b], .bits = (float)bits};
    return add_doubt(search, &doubt);
}

static enum comity_status find_between(struct search *search, unsigned threads)
{
    enum comity_status status = parallel_run(search->pairs->blocking.n_pieces, threads, look_through, search);
    if (!status && search->n_ties)
        qsort(search->ties, search->n_ties, sizeof *search->ties, compare_ties);
    for (size_t i = 0; i < search->n_ties && !status; i++)
        if (i == 0 || search->ties[i].low != search->ties[i - 1].low ||
            search->ties[i].high != search->ties[i - 1].high)
            status = add_between(search, &search->ties[i]);
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
    const struct frame *frame = &search->pairs->frame;
    const struct mentions *mentions = search->pairs->mentions;
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
            doubt->a = search->pairs->frame.mention[linkage->members[i]];
            doubt->b = search->pairs->frame.mention[linkage->members[j]];
        }
}

/* `y` is the side that would stand apart: the smaller, of two alike the later. */
static enum comity_status add_merge(struct search *search, struct linkage *linkage, uint32_t x, uint32_t y, double bits)
{
    struct doubtful_links *out = search->out;
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
    if (!ARRAY_ROOM(out->behind, out->n_behind, search->room_behind, n_y))
        return COMITY_NOMEM;
    for (uint32_t m = 0; m < linkage->n; m++)
        if (linkage->group[m] == y)
            out->behind[out->n_behind++] = search->pairs->frame.mention[linkage->members[m]];
    return add_doubt(search, &doubt);
}

static enum comity_status take_apart(struct search *search, struct linkage *linkage)
{
    size_t n = linkage->n;
    enum comity_status status = COMITY_OK;
    for (uint32_t i = 0; i < n; i++) {
        linkage->group[i] = i;
        for (uint32_t j = 0; j < i; j++)
            linkage->between[i * n + j] = linkage->between[j * n + i] =
                evidence(search, linkage->members[i], linkage->members[j]);
    }
    for (size_t left = n; left > 1 && !status; left--) {
        uint32_t x = 0, y = 1;
        double bits = best_merge(search, linkage, &x, &y);
        status = add_merge(search, linkage, x, y, bits);
        for (uint32_t m = 0; m < n; m++)
            if (linkage->group[m] == y)
                linkage->group[m] = x;
    }
    return status;
}

static enum comity_status find_within(struct search *search)
{
    struct linkage linkage = {0};
    size_t most = DOUBTFUL_MOST_MEMBERS;
    linkage.between = malloc(most * most * sizeof *linkage.between);
    linkage.side[0] = malloc(3 * most * sizeof *linkage.side[0]);
    enum comity_status status = linkage.between && linkage.side[0] ? COMITY_OK : COMITY_NOMEM;
    for (uint32_t c = 0; c < search->pairs->mentions->n && !status; c++) {
        linkage.members = cluster_members(search, c, &linkage.n);
        linkage.side[1] = linkage.side[0] + most;
        linkage.group = linkage.side[1] + most;
        search->out->n_left_out += linkage.n > most;
        if (linkage.n > 1 && linkage.n <= most)
            status = take_apart(search, &linkage);
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
static enum comity_status read_judgements(
    struct search *search, const struct judgement *judgements, size_t n, const uint32_t *cluster)
{
    const struct mentions *mentions = search->pairs->mentions;
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
            !map_put(&search->judged, recompare_pair_key((uint32_t)(*a - 1), (uint32_t)(*b - 1)), NULL))
            return COMITY_NOMEM;
    }
    return COMITY_OK;
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

static enum comity_status list_members(struct search *search)
{
    const struct recompare *pairs = search->pairs;
    size_t n_clusters = pairs->mentions->n;
    search->positions = malloc((pairs->frame.n + 1) * sizeof *search->positions);
    search->first_of = calloc(n_clusters + 2, sizeof *search->first_of);
    if (!search->positions || !search->first_of)
        return COMITY_NOMEM;
    for (size_t p = 0; p < pairs->frame.n; p++)
        search->first_of[pairs->cluster[p] + 2]++;
    for (size_t c = 2; c < n_clusters + 2; c++)
        search->first_of[c] += search->first_of[c - 1];
    for (uint32_t p = 0; p < pairs->frame.n; p++)
        search->positions[search->first_of[pairs->cluster[p] + 1]++] = p;
    return COMITY_OK;
}

static enum comity_status find(struct search *search, const struct judgement *judgements, size_t n_judgements,
    const uint32_t *cluster, unsigned threads)
{
    enum comity_status status = list_members(search);
    if (!status)
        status = read_judgements(search, judgements, n_judgements, cluster);
    if (!status)
        status = find_between(search, threads);
    if (!status)
        status = find_within(search);
    if (!status)
        status = calibrate_doubtful(search->pairs, cluster, search->out);
    /* As they are kept: what follows from them must be the same when they are read back. */
    for (size_t i = 0; i < search->out->n && !status; i++)
        search->out->all[i].bits = (float)(round(100 * (double)search->out->all[i].bits) / 100);
    return status;
}

enum comity_status doubtful_find(const struct mentions *mentions, const struct link_model *model,
    const struct judgement *judgements, size_t n_judgements, const uint32_t *cluster, unsigned threads,
    const struct progress *progress, struct doubtful_links *out, struct comity_error *err)
{
    struct recompare pairs;
    struct search search = {.pairs = &pairs, .progress = progress, .out = out};
    *out = (struct doubtful_links){0};
    pthread_mutex_init(&search.lock, NULL);
    enum comity_status status =
        recompare_begin(mentions, model, judgements, n_judgements, cluster, threads, &pairs, err);
    if (!status) {
        status = find(&search, judgements, n_judgements, cluster, threads);
        status = status == COMITY_NOMEM       ? error_nomem(err)
                 : status == COMITY_CANCELLED ? error_set(err, status, "looking for doubts was stopped")
                                              : status;
    }
    recompare_end(&pairs);
    pthread_mutex_destroy(&search.lock);
    map_release(&search.judged);
    free(search.positions);
    free(search.first_of);
    free(search.ties);
    return status;
}

void doubtful_release(struct doubtful_links *doubts)
{
    free(doubts->all);
    free(doubts->behind);
    *doubts = (struct doubtful_links){0};
}

/* ---- probability and chance ------------------------------------------------------------------------------------ */

double uncertain_probability(double bits, double shift)
{
    return 1 / (1 + exp2(-(bits + shift)));
}

double uncertain_chance(uint64_t key, uint32_t draw)
{
    return (double)(hash_u64(key ^ hash_u64(draw + UINT64_C(0x51D0))) >> 11) / 9007199254740992.0;
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
