/* Records are cut into pieces of even size; what a piece finds is added in the order of pieces, so that neither the
 * order of threads nor their number shows. */
#include "match/compare.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/parallel.h"

#include <pthread.h>
#include <stdlib.h>

enum { N_PIECES = 128 };

struct piece {
    const struct comparing *comparing;
    double least;
    bool counts;
    struct map counts_of;
    struct likely_pair *pairs;
    size_t n_pairs, room;
    uint64_t n_new[256], n_scored;
    bool has_failed;
};

struct work {
    const struct comparing *comparing;
    struct piece *pieces;
    pthread_mutex_t lock;
    size_t n_done;
};

static void count_pair(void *context, uint32_t a, uint32_t b, unsigned rule)
{
    struct piece *piece = context;
    const struct comparing *comparing = piece->comparing;
    piece->n_new[rule]++;
    if (comparing->one_in > 1 && hash_u64((uint64_t)a << 32 | b) % comparing->one_in)
        return;
    uint64_t *count = map_put(&piece->counts_of, weights_vector(comparing->table, comparing->likeness, a, b), NULL);
    piece->n_scored++;
    if (count)
        *count += comparing->one_in > 1 ? comparing->one_in : 1;
    else
        piece->has_failed = true;
}

static void keep_pair(void *context, uint32_t a, uint32_t b, unsigned rule)
{
    (void)rule;
    struct piece *piece = context;
    const struct comparing *comparing = piece->comparing;
    uint64_t vector = weights_vector(comparing->table, comparing->likeness, a, b);
    double bits = weights_evidence(comparing->weights, comparing->table, comparing->likeness, a, b, vector);
    piece->n_scored++;
    if (bits <= piece->least)
        return;
    if (ARRAY_ROOM(piece->pairs, piece->n_pairs, piece->room, 1))
        piece->pairs[piece->n_pairs++] = (struct likely_pair){a, b, (float)bits};
    else
        piece->has_failed = true;
}

static enum comity_status run_piece(void *context, size_t number)
{
    struct work *work = context;
    struct piece *piece = &work->pieces[number];
    size_t n = work->comparing->table->n, begin = n * number / N_PIECES, end = n * (number + 1) / N_PIECES;
    uint32_t *marks = calloc(n + 1, sizeof *marks);
    if (!marks)
        return COMITY_NOMEM;
    for (size_t a = begin; a < end && !piece->has_failed; a++)
        candidates_visit(
            work->comparing->candidates, (uint32_t)a, marks, piece->counts ? count_pair : keep_pair, piece);
    free(marks);
    if (piece->has_failed)
        return COMITY_NOMEM;
    pthread_mutex_lock(&work->lock);
    bool goes_on =
        progress_tell(work->comparing->progress, piece->counts ? "compare" : "score", ++work->n_done, N_PIECES);
    pthread_mutex_unlock(&work->lock);
    return goes_on ? COMITY_OK : COMITY_CANCELLED;
}

static enum comity_status run(const struct comparing *comparing, bool counts, double least, struct piece *pieces)
{
    struct work work = {.comparing = comparing, .pieces = pieces};
    for (size_t i = 0; i < N_PIECES; i++)
        pieces[i] = (struct piece){.comparing = comparing, .least = least, .counts = counts};
    pthread_mutex_init(&work.lock, NULL);
    enum comity_status status = parallel_run(N_PIECES, comparing->threads, run_piece, &work);
    pthread_mutex_destroy(&work.lock);
    for (size_t i = 0; i < N_PIECES; i++)
        *comparing->n_scored += pieces[i].n_scored;
    return status;
}

static void release(struct piece *pieces)
{
    for (size_t i = 0; pieces && i < N_PIECES; i++) {
        map_release(&pieces[i].counts_of);
        free(pieces[i].pairs);
    }
    free(pieces);
}

static enum comity_status add_counts(struct map *all, const struct map *counts)
{
    size_t at = 0;
    uint64_t vector, count;
    while (map_next(counts, &at, &vector, &count)) {
        uint64_t *sum = map_put(all, vector, NULL);
        if (!sum)
            return COMITY_NOMEM;
        *sum += count;
    }
    return COMITY_OK;
}

static int compare_vectors(const void *a, const void *b)
{
    const struct match_pattern *x = a, *y = b;
    return x->vector < y->vector ? -1 : x->vector > y->vector;
}

static enum comity_status list_patterns(const struct map *all, struct match_pattern **patterns, size_t *n)
{
    size_t at = 0;
    *n = 0;
    *patterns = malloc((all->count + 1) * sizeof **patterns);
    if (!*patterns)
        return COMITY_NOMEM;
    while (map_next(all, &at, &(*patterns)[*n].vector, &(*patterns)[*n].count))
        ++*n;
    if (*n)
        qsort(*patterns, *n, sizeof **patterns, compare_vectors);
    return COMITY_OK;
}

enum comity_status compare_patterns(
    const struct comparing *comparing, struct match_pattern **patterns, size_t *n, uint64_t *n_new)
{
    struct map all = {0};
    struct piece *pieces = calloc(N_PIECES, sizeof *pieces);
    *patterns = NULL;
    *n = 0;
    enum comity_status status = pieces ? run(comparing, true, 0, pieces) : COMITY_NOMEM;
    for (size_t i = 0; status == COMITY_OK && i < N_PIECES; i++) {
        status = add_counts(&all, &pieces[i].counts_of);
        for (size_t r = 0; r < 256; r++)
            n_new[r] += pieces[i].n_new[r];
    }
    if (status == COMITY_OK)
        status = list_patterns(&all, patterns, n);
    map_release(&all);
    release(pieces);
    return status;
}

static int compare_positions(const void *a, const void *b)
{
    const struct likely_pair *x = a, *y = b;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

enum comity_status compare_likely(
    const struct comparing *comparing, double least, struct likely_pair **pairs, size_t *n)
{
    struct piece *pieces = calloc(N_PIECES, sizeof *pieces);
    size_t room = 0;
    *pairs = NULL;
    *n = 0;
    enum comity_status status = pieces ? run(comparing, false, least, pieces) : COMITY_NOMEM;
    for (size_t i = 0; status == COMITY_OK && i < N_PIECES; i++) {
        if (!pieces[i].n_pairs)
            continue;
        if (!ARRAY_ROOM(*pairs, *n, room, pieces[i].n_pairs)) {
            status = COMITY_NOMEM;
            break;
        }
        memcpy(&(*pairs)[*n], pieces[i].pairs, pieces[i].n_pairs * sizeof **pairs);
        *n += pieces[i].n_pairs;
    }
    if (status == COMITY_OK && *n)
        qsort(*pairs, *n, sizeof **pairs, compare_positions);
    if (status != COMITY_OK) {
        free(*pairs);
        *pairs = NULL;
        *n = 0;
    }
    release(pieces);
    return status;
}
