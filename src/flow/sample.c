/* A sample of fixed size from each stratum in one pass: each pair has a random number that follows from the seed and
 * its two identities, and the lowest are kept. So neither threads nor the order of pairs shows. */
#include "flow/sample.h"

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/order.h"
#include "base/parallel.h"
#include "link/recompare.h"
#include "link/score.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

static const struct sample_stratum strata[SAMPLE_STRATA] = {
    {.name = "joined, under 0 bits", .is_joined = true, .low = -INFINITY, .high = 0, .expected = 0.5},
    {.name = "joined, 0 to 4 bits", .is_joined = true, .low = 0, .high = 4, .expected = 0.8},
    {.name = "joined, 4 to 8 bits", .is_joined = true, .low = 4, .high = 8, .expected = 0.95},
    {.name = "joined, over 8 bits", .is_joined = true, .low = 8, .high = INFINITY, .expected = 0.99},
    {.name = "apart, over 0 bits", .low = 0, .high = INFINITY, .expected = 0.5},
    {.name = "apart, -4 to 0 bits", .low = -4, .high = 0, .expected = 0.3},
    {.name = "apart, -8 to -4 bits", .low = -8, .high = -4, .expected = 0.1},
    {.name = "apart, -16 to -8 bits", .low = -16, .high = -8, .expected = 0.02},
    {.name = "apart, under -16 bits", .low = -INFINITY, .high = -16, .expected = 0.0005},
};

const struct sample_stratum *sample_strata(void)
{
    return strata;
}

/* The lowest of one stratum so far; sorted and cut when it is full. */
struct pool {
    struct sample_pair *pairs;
    size_t n, room;
    uint64_t n_seen;
};

struct draw {
    const struct recompare *pairs;
    const struct progress *progress;
    uint64_t seed;
    size_t most; /* of a stratum */
    pthread_mutex_t lock;
    size_t n_done;
    struct pool pools[SAMPLE_STRATA];
};

/* What one thread found in one piece. */
struct finding {
    struct draw *draw;
    struct pool pools[SAMPLE_STRATA];
    bool has_failed;
};

static unsigned stratum_of(bool is_joined, double bits)
{
    unsigned s = 0;
    while (
        s + 1 < SAMPLE_STRATA && !(strata[s].is_joined == is_joined && bits >= strata[s].low && bits < strata[s].high))
        s++;
    return s;
}

static int compare_priority(const void *a, const void *b)
{
    const struct sample_pair *x = a, *y = b;
    if (x->priority != y->priority)
        return x->priority < y->priority ? -1 : 1;
    return x->a != y->a ? (x->a < y->a ? -1 : 1) : (x->b > y->b) - (x->b < y->b);
}

static void cut(struct pool *pool, size_t most)
{
    if (pool->n)
        qsort(pool->pairs, pool->n, sizeof *pool->pairs, compare_priority);
    if (pool->n > most)
        pool->n = most;
}

static bool add(struct pool *pool, const struct sample_pair *pair, size_t most)
{
    if (pool->n >= 2 * most + 64)
        cut(pool, most);
    if (!ARRAY_ROOM(pool->pairs, pool->n, pool->room, 1))
        return false;
    pool->pairs[pool->n++] = *pair;
    return true;
}

static void take(struct finding *finding, uint32_t a, uint32_t b, bool is_joined)
{
    const struct draw *draw = finding->draw;
    const struct mentions *mentions = draw->pairs->mentions;
    struct sample_pair pair = {.a = draw->pairs->frame.mention[a], .b = draw->pairs->frame.mention[b]};
    uint64_t x = hash_u64(mentions->identity[pair.a]), y = hash_u64(mentions->identity[pair.b]);
    pair.stratum = stratum_of(is_joined, score_bits(&draw->pairs->frame, draw->pairs->model, a, b));
    pair.priority = hash_u64((x + y) ^ hash_u64(draw->seed));
    finding->pools[pair.stratum].n_seen++;
    if (!add(&finding->pools[pair.stratum], &pair, draw->most))
        finding->has_failed = true;
}

static void take_apart(void *context, uint32_t a, const uint32_t *b, size_t n)
{
    struct finding *finding = context;
    const uint32_t *cluster = finding->draw->pairs->cluster;
    for (size_t i = 0; i < n; i++)
        if (cluster[a] != cluster[b[i]])
            take(finding, a, b[i], false);
}

static enum comity_status hand_in(struct draw *draw, struct finding *finding)
{
    bool is_good = !finding->has_failed;
    for (unsigned s = 0; s < SAMPLE_STRATA; s++) {
        draw->pools[s].n_seen += finding->pools[s].n_seen;
        for (size_t i = 0; i < finding->pools[s].n && is_good; i++)
            is_good = add(&draw->pools[s], &finding->pools[s].pairs[i], draw->most);
        free(finding->pools[s].pairs);
    }
    return is_good ? COMITY_OK : COMITY_NOMEM;
}

static enum comity_status draw_piece(void *context, size_t piece)
{
    struct draw *draw = context;
    struct finding finding = {.draw = draw};
    blocking_propose(&draw->pairs->blocking, piece, 1, take_apart, &finding, NULL);
    pthread_mutex_lock(&draw->lock);
    enum comity_status status = hand_in(draw, &finding);
    if (!status && !progress_tell(draw->progress, "sample", ++draw->n_done, draw->pairs->blocking.n_pieces))
        status = COMITY_CANCELLED;
    pthread_mutex_unlock(&draw->lock);
    return status;
}

/* Links are all pairs of a cluster, whether a rule proposed them or not. */
static enum comity_status draw_joined(struct draw *draw)
{
    const struct recompare *pairs = draw->pairs;
    size_t n = pairs->frame.n, n_run;
    struct finding finding = {.draw = draw};
    struct sort_item *items = malloc((n + 1) * sizeof *items);
    if (!items)
        return COMITY_NOMEM;
    for (uint32_t p = 0; p < n; p++)
        items[p] = (struct sort_item){pairs->cluster[p], p};
    sort_items(items, n);
    for (size_t i = 0; i < n; i += n_run) {
        for (n_run = 1; i + n_run < n && items[i + n_run].key == items[i].key; n_run++)
            for (size_t k = 0; k < n_run; k++)
                take(&finding, items[i + k].payload, items[i + n_run].payload, true);
    }
    free(items);
    return hand_in(draw, &finding);
}

static double unsureness(const struct sample_stratum *stratum)
{
    return (double)stratum->n_pairs * sqrt(stratum->expected * (1 - stratum->expected));
}

/* Half by unsureness; the rest in equal shares, and what a small stratum leaves goes to the others. */
static void allocate(const struct draw *draw, size_t n, struct sample *out)
{
    size_t left = n;
    bool is_growing = true;
    double sum = 0;
    for (unsigned s = 0; s < SAMPLE_STRATA; s++)
        sum += unsureness(&out->strata[s]);
    for (unsigned s = 0; s < SAMPLE_STRATA && sum > 0; s++) {
        size_t share = (size_t)((double)n / 2 * unsureness(&out->strata[s]) / sum);
        out->strata[s].n_sampled = share < draw->pools[s].n ? share : draw->pools[s].n;
        left -= out->strata[s].n_sampled;
    }
    while (left && is_growing) {
        is_growing = false;
        for (unsigned s = 0; s < SAMPLE_STRATA && left; s++)
            if (out->strata[s].n_sampled < draw->pools[s].n) {
                out->strata[s].n_sampled++;
                left--;
                is_growing = true;
            }
    }
}

static enum comity_status choose(struct draw *draw, size_t n, struct sample *out)
{
    size_t n_open = 0;
    for (unsigned s = 0; s < SAMPLE_STRATA; s++) {
        cut(&draw->pools[s], draw->most);
        out->strata[s] = strata[s];
        out->strata[s].n_pairs = draw->pools[s].n_seen;
        n_open += draw->pools[s].n > 0;
    }
    allocate(draw, n > n_open ? n : n_open, out);
    out->pairs = malloc((n + SAMPLE_STRATA) * sizeof *out->pairs);
    if (!out->pairs)
        return COMITY_NOMEM;
    for (unsigned s = 0; s < SAMPLE_STRATA; s++)
        for (size_t i = 0; i < out->strata[s].n_sampled; i++)
            out->pairs[out->n++] = draw->pools[s].pairs[i];
    /* Whoever answers must not see from the order what the model thinks. */
    for (size_t i = 0; i < out->n; i++)
        out->pairs[i].priority = hash_u64(out->pairs[i].priority);
    if (out->n)
        qsort(out->pairs, out->n, sizeof *out->pairs, compare_priority);
    return COMITY_OK;
}

enum comity_status sample_draw(const struct mentions *mentions, const struct link_model *model,
    const struct judgement *judgements, size_t n_judgements, const uint32_t *cluster, size_t n, uint64_t seed,
    const struct progress *progress, struct sample *out, struct comity_error *err)
{
    struct recompare pairs;
    struct draw draw = {.pairs = &pairs, .progress = progress, .seed = seed, .most = n};
    *out = (struct sample){0};
    pthread_mutex_init(&draw.lock, NULL);
    enum comity_status status = recompare_begin(mentions, model, judgements, n_judgements, cluster, 0, &pairs, err);
    if (!status) {
        status = parallel_run(pairs.blocking.n_pieces, 0, draw_piece, &draw);
        if (!status)
            status = draw_joined(&draw);
        if (!status)
            status = choose(&draw, n, out);
        status = status == COMITY_NOMEM       ? error_nomem(err)
                 : status == COMITY_CANCELLED ? error_set(err, status, "sampling was stopped")
                                              : status;
    }
    recompare_end(&pairs);
    pthread_mutex_destroy(&draw.lock);
    for (unsigned s = 0; s < SAMPLE_STRATA; s++)
        free(draw.pools[s].pairs);
    return status;
}

void sample_release(struct sample *sample)
{
    free(sample->pairs);
    *sample = (struct sample){0};
}
