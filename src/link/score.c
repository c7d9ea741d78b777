/* Pieces of blocks run on threads. Patterns are added under a lock and sorted at the end, pairs are listed piece by
 * piece: neither the order nor the number of threads shows. */
#include "link/score.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/parallel.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>

/* So many pairs teach what all sources have in common; of more, those of an even part of the positions are counted. */
static const double enough_pairs = 1e6;

/* A pair that is kept. */
struct found {
    uint64_t key; /* a above b */
    uint64_t vector;
    float bits;
};

/* What one piece found, by key. */
struct found_list {
    struct found *at;
    size_t n;
    size_t first; /* behind those of the pieces before */
};

struct scoring {
    const struct blocking *blocking;
    const struct link_model *model;
    size_t every; /* of positions, the pairs of one in so many are counted */
    bool keeps_all;
    const struct progress *progress;
    pthread_mutex_t lock;
    size_t n_done;
    struct map index; /* pattern → place in out */
    struct pattern_counts *out;
    size_t room;
    struct found_list *found; /* by piece */
    struct edge_list *edges;
    uint64_t *n_new; /* by rule */
};

/* What one piece finds. */
struct finding {
    const struct scoring *scoring;
    struct map index;
    struct pattern *patterns;
    size_t n_patterns, room_patterns;
    struct found *edges;
    size_t n_edges, room_edges;
    uint64_t n_new[BLOCK_MOST_RULES];
    bool has_failed;
};

static uint64_t pattern_key(uint64_t vector, uint32_t source)
{
    return hash_u64(vector) ^ hash_u64(hash_u64((uint64_t)source + 1));
}

static bool add_pattern(
    struct map *index, struct pattern **patterns, size_t *n, size_t *room, const struct pattern *pattern)
{
    bool is_new;
    uint64_t *at = map_put(index, pattern_key(pattern->vector, pattern->source), &is_new);
    if (!at || !ARRAY_ROOM(*patterns, *n, *room, 1))
        return false;
    if (is_new) {
        *at = *n;
        (*patterns)[(*n)++] = *pattern;
    } else {
        (*patterns)[*at].count += pattern->count;
    }
    return true;
}

static void count_pair(struct finding *finding, uint32_t a, uint32_t b)
{
    const struct frame *frame = finding->scoring->blocking->frame;
    enum pair_class class = frame_class(frame, a, b);
    const float *density = frame->density[class];
    uint64_t around = density_class(density[a] > density[b] ? density[a] : density[b]);
    uint64_t windowed =
        blocking_has_window(finding->scoring->blocking, class == PAIR_ACROSS ? FRAME_WINDOW_DAYS : 0, a, b);
    struct pattern pattern = {
        .vector = frame_compare(frame, a, b) | around << VECTOR_DENSITY | windowed << VECTOR_WINDOWED,
        .count = finding->scoring->every,
        .source = class == PAIR_WITHIN ? frame->source[a] : NO_SOURCE};
    if (!add_pattern(&finding->index, &finding->patterns, &finding->n_patterns, &finding->room_patterns, &pattern))
        finding->has_failed = true;
}

static void count_pairs(void *context, uint32_t a, const uint32_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        count_pair(context, a, b[i]);
}

static double bits_of(
    const struct frame *frame, const struct link_model *model, uint32_t a, uint32_t b, uint64_t vector)
{
    return model_evidence(model, frame, a, b, vector) + model_rate_bits(model, frame, a, b);
}

double score_bits(const struct frame *frame, const struct link_model *model, uint32_t a, uint32_t b)
{
    return bits_of(frame, model, a, b, frame_compare(frame, a, b));
}

double score_pair(const struct frame *frame, const struct link_model *model, uint32_t a, uint32_t b)
{
    return model_hopeful_bits(model, frame, a, b, frame_compare(frame, a, b), SCORE_LEAST_BITS);
}

static void keep_pair(struct finding *finding, uint32_t a, uint32_t b)
{
    const struct scoring *scoring = finding->scoring;
    uint64_t vector = frame_compare(scoring->blocking->frame, a, b);
    double bits = model_hopeful_bits(scoring->model, scoring->blocking->frame, a, b, vector, SCORE_LEAST_BITS);
    if (isnan(bits) || (!scoring->keeps_all && bits < SCORE_LEAST_BITS))
        return;
    if (!ARRAY_ROOM(finding->edges, finding->n_edges, finding->room_edges, 1)) {
        finding->has_failed = true;
        return;
    }
    uint64_t low = a < b ? a : b, high = a < b ? b : a;
    finding->edges[finding->n_edges++] = (struct found){low << 32 | high, vector, (float)bits};
}

static void keep_pairs(void *context, uint32_t a, const uint32_t *b, size_t n)
{
    for (size_t i = 0; i < n; i++)
        keep_pair(context, a, b[i]);
}

/* By key; a pair is proposed once, so keys differ. */
static bool sort_found(struct found *found, size_t n)
{
    struct sort_item *items = malloc((n + 1) * sizeof *items);
    struct found *copy = malloc((n + 1) * sizeof *copy);
    bool is_ready = items && copy;
    for (uint32_t i = 0; is_ready && i < n; i++)
        items[i] = (struct sort_item){found[i].key, i};
    if (is_ready && n) {
        sort_items(items, n);
        memcpy(copy, found, n * sizeof *copy);
    }
    for (size_t i = 0; is_ready && i < n; i++)
        found[i] = copy[items[i].payload];
    free(items);
    free(copy);
    return is_ready;
}

static enum comity_status add_finding(struct scoring *scoring, const struct finding *finding)
{
    const struct blocking *blocking = scoring->blocking;
    if (finding->has_failed)
        return COMITY_NOMEM;
    for (unsigned r = 0; scoring->n_new && r < blocking->n_rules; r++)
        scoring->n_new[r] += finding->n_new[r];
    if (scoring->out) {
        for (size_t i = 0; i < finding->n_patterns; i++)
            if (!add_pattern(
                    &scoring->index, &scoring->out->patterns, &scoring->out->n, &scoring->room, &finding->patterns[i]))
                return COMITY_NOMEM;
    }
    const char *stage = scoring->out ? "train" : "score";
    return progress_tell(scoring->progress, stage, ++scoring->n_done, blocking->n_pieces) ? COMITY_OK
                                                                                          : COMITY_CANCELLED;
}

static enum comity_status run_piece(void *context, size_t piece)
{
    struct scoring *scoring = context;
    struct finding finding = {.scoring = scoring};
    blocking_propose(
        scoring->blocking, piece, scoring->every, scoring->out ? count_pairs : keep_pairs, &finding, finding.n_new);
    if (scoring->found) {
        finding.has_failed = finding.has_failed || !sort_found(finding.edges, finding.n_edges);
        scoring->found[piece] = (struct found_list){.at = finding.edges, .n = finding.n_edges};
    }
    pthread_mutex_lock(&scoring->lock);
    enum comity_status status = add_finding(scoring, &finding);
    pthread_mutex_unlock(&scoring->lock);
    map_release(&finding.index);
    free(finding.patterns);
    return status;
}

enum comity_status score_patterns(
    const struct blocking *blocking, unsigned threads, const struct progress *progress, struct pattern_counts *out)
{
    struct scoring scoring = {.blocking = blocking, .progress = progress, .out = out};
    *out = (struct pattern_counts){0};
    double n_pairs = 0;
    for (unsigned r = 0; r < blocking->n_rules; r++)
        n_pairs += (double)blocking->rules[r].n_pairs;
    scoring.every = 1 + (size_t)(n_pairs / enough_pairs);
    pthread_mutex_init(&scoring.lock, NULL);
    enum comity_status status = parallel_run(blocking->n_pieces, threads, run_piece, &scoring);
    pthread_mutex_destroy(&scoring.lock);
    map_release(&scoring.index);
    if (status != COMITY_OK) {
        free(out->patterns);
        *out = (struct pattern_counts){0};
    }
    return status;
}

/* ---- listing what was found ---- */

static enum comity_status place_found(void *context, size_t piece)
{
    const struct scoring *scoring = context;
    struct found_list *list = &scoring->found[piece];
    for (size_t i = 0; i < list->n; i++) {
        const struct found *found = &list->at[i];
        scoring->edges->at[list->first + i] =
            (struct edge){(uint32_t)(found->key >> 32), (uint32_t)found->key, found->bits};
        scoring->edges->vectors[list->first + i] = found->vector;
    }
    free(list->at);
    list->at = NULL;
    return COMITY_OK;
}

static bool is_in_order(const struct found_list *lists, size_t n_lists)
{
    uint64_t last = 0;
    for (size_t l = 0; l < n_lists; l++) {
        if (lists[l].n && lists[l].at[0].key < last)
            return false;
        last = lists[l].n ? lists[l].at[lists[l].n - 1].key : last;
    }
    return true;
}

/* A piece's pairs stand before those of the next one, but where a block goes beyond a country: then all are taken for
 * the first one's. */
static enum comity_status put_in_order(struct found_list *lists, size_t n_lists)
{
    size_t n = 0, room = 0;
    struct found *all = NULL;
    for (size_t l = 0; l < n_lists; l++)
        room += lists[l].n;
    if (is_in_order(lists, n_lists))
        return COMITY_OK;
    all = malloc(room * sizeof *all);
    if (!all)
        return COMITY_NOMEM;
    for (size_t l = 0; l < n_lists; l++) {
        if (lists[l].n)
            memcpy(&all[n], lists[l].at, lists[l].n * sizeof *all);
        n += lists[l].n;
        free(lists[l].at);
        lists[l] = (struct found_list){0};
    }
    lists[0] = (struct found_list){.at = all, .n = n};
    return sort_found(all, n) ? COMITY_OK : COMITY_NOMEM;
}

static enum comity_status list_edges(struct scoring *scoring, unsigned threads)
{
    size_t n_pieces = scoring->blocking->n_pieces, n = 0;
    struct edge_list *edges = scoring->edges;
    enum comity_status status = put_in_order(scoring->found, n_pieces);
    for (size_t piece = 0; piece < n_pieces; piece++) {
        scoring->found[piece].first = n;
        n += scoring->found[piece].n;
    }
    edges->at = malloc((n + 1) * sizeof *edges->at);
    edges->vectors = malloc((n + 1) * sizeof *edges->vectors);
    edges->n = n;
    if (!edges->at || !edges->vectors)
        return COMITY_NOMEM;
    return status == COMITY_OK ? parallel_run(n_pieces, threads, place_found, scoring) : status;
}

void edge_list_release(struct edge_list *edges)
{
    free(edges->at);
    free(edges->vectors);
    *edges = (struct edge_list){0};
}

enum comity_status score_edges(const struct blocking *blocking, const struct link_model *model, bool keeps_all,
    unsigned threads, const struct progress *progress, struct edge_list *edges, uint64_t *n_new)
{
    struct scoring scoring = {.blocking = blocking,
        .model = model,
        .every = 1,
        .keeps_all = keeps_all,
        .progress = progress,
        .found = calloc(blocking->n_pieces + 1, sizeof *scoring.found),
        .edges = edges,
        .n_new = n_new};
    *edges = (struct edge_list){0};
    memset(n_new, 0, BLOCK_MOST_RULES * sizeof *n_new);
    if (!scoring.found)
        return COMITY_NOMEM;
    pthread_mutex_init(&scoring.lock, NULL);
    enum comity_status status = parallel_run(blocking->n_pieces, threads, run_piece, &scoring);
    pthread_mutex_destroy(&scoring.lock);
    if (status == COMITY_OK)
        status = list_edges(&scoring, threads);
    for (size_t piece = 0; piece < blocking->n_pieces; piece++)
        free(scoring.found[piece].at);
    free(scoring.found);
    if (status != COMITY_OK)
        edge_list_release(edges);
    return status;
}

/* ---- once more ---- */

enum { PIECE_EDGES = 1 << 14, AHEAD = 8 };

struct rescoring {
    const struct frame *frame;
    const struct link_model *model;
    const struct edge_list *edges;
};

static enum comity_status rescore_piece(void *context, size_t piece)
{
    const struct rescoring *work = context;
    const struct edge_list *edges = work->edges;
    size_t begin = piece * PIECE_EDGES, end = begin + PIECE_EDGES < edges->n ? begin + PIECE_EDGES : edges->n;
    for (size_t e = begin; e < end; e++) {
        if (e + AHEAD < end)
            frame_ask_for(work->frame, edges->at[e + AHEAD].b);
        edges->at[e].bits = (float)bits_of(work->frame, work->model, edges->at[e].a, edges->at[e].b, edges->vectors[e]);
    }
    return COMITY_OK;
}

enum comity_status score_again(
    const struct frame *frame, const struct link_model *model, unsigned threads, const struct edge_list *edges)
{
    struct rescoring work = {frame, model, edges};
    return parallel_run((edges->n + PIECE_EDGES - 1) / PIECE_EDGES, threads, rescore_piece, &work);
}

enum comity_status score_part(struct edge *edges, size_t n, size_t *n_likely, size_t *n_close)
{
    struct edge *close = malloc((n + 1) * sizeof *close);
    if (!close)
        return COMITY_NOMEM;
    *n_likely = *n_close = 0;
    for (size_t e = 0; e < n; e++) {
        if (edges[e].bits > 0)
            edges[(*n_likely)++] = edges[e];
        else if ((double)edges[e].bits >= SCORE_LEAST_BITS)
            close[(*n_close)++] = edges[e];
    }
    memcpy(&edges[*n_likely], close, *n_close * sizeof *close);
    free(close);
    return COMITY_OK;
}
