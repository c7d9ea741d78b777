/* Pieces of blocks run on threads; what they find is added under a lock and sorted at the end, so that neither the
 * order nor the number of threads shows. */
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
    struct sort_item *edges; /* a and b; bits */
    size_t n_edges, room_edges;
    uint64_t *n_new; /* by rule */
};

/* What one piece finds. */
struct finding {
    const struct scoring *scoring;
    struct map index;
    struct pattern *patterns;
    size_t n_patterns, room_patterns;
    struct sort_item *edges;
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

static void count_pair(void *context, uint32_t a, uint32_t b)
{
    struct finding *finding = context;
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

double score_bits(const struct frame *frame, const struct link_model *model, uint32_t a, uint32_t b)
{
    return model_evidence(model, frame, a, b, frame_compare(frame, a, b)) + model_rate_bits(model, frame, a, b);
}

double score_pair(const struct frame *frame, const struct link_model *model, uint32_t a, uint32_t b)
{
    return model_hopeful_bits(model, frame, a, b, frame_compare(frame, a, b), SCORE_LEAST_BITS);
}

static uint32_t bits_to_payload(float bits)
{
    uint32_t payload;
    memcpy(&payload, &bits, sizeof payload);
    return payload;
}

static float bits_from_payload(uint32_t payload)
{
    float bits;
    memcpy(&bits, &payload, sizeof bits);
    return bits;
}

static void keep_pair(void *context, uint32_t a, uint32_t b)
{
    struct finding *finding = context;
    double bits = score_pair(finding->scoring->blocking->frame, finding->scoring->model, a, b);
    if (isnan(bits) || (!finding->scoring->keeps_all && bits < SCORE_LEAST_BITS))
        return;
    if (!ARRAY_ROOM(finding->edges, finding->n_edges, finding->room_edges, 1)) {
        finding->has_failed = true;
        return;
    }
    uint64_t low = a < b ? a : b, high = a < b ? b : a;
    finding->edges[finding->n_edges++] = (struct sort_item){low << 32 | high, bits_to_payload((float)bits)};
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
    if (finding->n_edges) {
        if (!ARRAY_ROOM(scoring->edges, scoring->n_edges, scoring->room_edges, finding->n_edges))
            return COMITY_NOMEM;
        memcpy(&scoring->edges[scoring->n_edges], finding->edges, finding->n_edges * sizeof *finding->edges);
        scoring->n_edges += finding->n_edges;
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
        scoring->blocking, piece, scoring->every, scoring->out ? count_pair : keep_pair, &finding, finding.n_new);
    pthread_mutex_lock(&scoring->lock);
    enum comity_status status = add_finding(scoring, &finding);
    pthread_mutex_unlock(&scoring->lock);
    map_release(&finding.index);
    free(finding.patterns);
    free(finding.edges);
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

/* A pair is proposed once, so keys differ. */
static enum comity_status list_edges(struct sort_item *found, size_t n, struct edge **out)
{
    struct edge *edges = *out = malloc((n + 1) * sizeof *edges);
    if (!edges)
        return COMITY_NOMEM;
    sort_items(found, n);
    for (size_t e = 0; e < n; e++)
        edges[e] =
            (struct edge){(uint32_t)(found[e].key >> 32), (uint32_t)found[e].key, bits_from_payload(found[e].payload)};
    return COMITY_OK;
}

enum comity_status score_edges(const struct blocking *blocking, const struct link_model *model, bool keeps_all,
    unsigned threads, const struct progress *progress, struct edge **edges, size_t *n_edges, uint64_t *n_new)
{
    struct scoring scoring = {
        .blocking = blocking, .model = model, .every = 1, .keeps_all = keeps_all, .progress = progress, .n_new = n_new};
    memset(n_new, 0, BLOCK_MOST_RULES * sizeof *n_new);
    pthread_mutex_init(&scoring.lock, NULL);
    enum comity_status status = parallel_run(blocking->n_pieces, threads, run_piece, &scoring);
    pthread_mutex_destroy(&scoring.lock);
    *edges = NULL;
    if (status == COMITY_OK)
        status = list_edges(scoring.edges, scoring.n_edges, edges);
    *n_edges = status == COMITY_OK ? scoring.n_edges : 0;
    free(scoring.edges);
    return status;
}

/* ---- once more ---- */

enum { PIECE_EDGES = 1 << 14 };

struct rescoring {
    const struct frame *frame;
    const struct link_model *model;
    struct edge *edges;
    size_t n;
};

static enum comity_status rescore_piece(void *context, size_t piece)
{
    const struct rescoring *work = context;
    size_t begin = piece * PIECE_EDGES, end = begin + PIECE_EDGES < work->n ? begin + PIECE_EDGES : work->n;
    for (struct edge *edge = &work->edges[begin]; edge < &work->edges[end]; edge++)
        edge->bits = (float)score_bits(work->frame, work->model, edge->a, edge->b);
    return COMITY_OK;
}

enum comity_status score_again(
    const struct frame *frame, const struct link_model *model, unsigned threads, struct edge *edges, size_t n)
{
    struct rescoring work = {frame, model, edges, n};
    return parallel_run((n + PIECE_EDGES - 1) / PIECE_EDGES, threads, rescore_piece, &work);
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
