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

/* What could not be one event whatever is learned of the two sources is not looked at again. */
static const double least_potential = -6;

/* So many pairs teach what all sources have in common; of more, an even part is counted. */
static const double enough_pairs = 1e6;

struct scoring {
    const struct blocking *blocking;
    const struct link_model *model;
    uint64_t every; /* of pairs, one of so many is counted */
    bool keeps_all;
    const struct progress *progress;
    pthread_mutex_t lock;
    size_t n_done;
    struct map index; /* pattern → place in out */
    struct pattern_counts *out;
    size_t room;
    struct edge *edges;
    size_t n_edges, room_edges;
};

/* What one piece finds. */
struct finding {
    const struct scoring *scoring;
    struct map index;
    struct pattern *patterns;
    size_t n_patterns, room_patterns;
    struct edge *edges;
    size_t n_edges, room_edges;
    uint64_t n_pairs;
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
    uint64_t every = finding->scoring->every;
    finding->n_pairs++;
    if (every > 1 && hash_u64(a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a) % every)
        return;
    enum pair_class class = frame_class(frame, a, b);
    const float *density = frame->density[class];
    uint64_t around = density_class(density[a] > density[b] ? density[a] : density[b]);
    uint64_t windowed =
        blocking_has_window(finding->scoring->blocking, class == PAIR_ACROSS ? FRAME_WINDOW_DAYS : 0, a, b);
    struct pattern pattern = {
        .vector = frame_compare(frame, a, b) | around << VECTOR_DENSITY | windowed << VECTOR_WINDOWED,
        .count = every,
        .source = class == PAIR_WITHIN ? frame->source[a] : NO_SOURCE};
    if (!add_pattern(&finding->index, &finding->patterns, &finding->n_patterns, &finding->room_patterns, &pattern))
        finding->has_failed = true;
}

double score_pair(const struct frame *frame, const struct link_model *model, uint32_t a, uint32_t b)
{
    uint64_t vector = frame_compare(frame, a, b);
    if (model_potential(model, frame, a, b, vector) < least_potential)
        return NAN;
    return model_evidence(model, frame, a, b, vector) + model_rate_bits(model, frame, a, b);
}

static void keep_pair(void *context, uint32_t a, uint32_t b)
{
    struct finding *finding = context;
    double bits = score_pair(finding->scoring->blocking->frame, finding->scoring->model, a, b);
    if (isnan(bits) || (!finding->scoring->keeps_all && bits <= 0))
        return;
    if (!ARRAY_ROOM(finding->edges, finding->n_edges, finding->room_edges, 1)) {
        finding->has_failed = true;
        return;
    }
    finding->edges[finding->n_edges++] = (struct edge){.a = a < b ? a : b, .b = a < b ? b : a, .bits = (float)bits};
}

static enum comity_status add_finding(struct scoring *scoring, size_t piece, const struct finding *finding)
{
    const struct blocking *blocking = scoring->blocking;
    if (finding->has_failed)
        return COMITY_NOMEM;
    if (scoring->out) {
        scoring->out->n_new[blocking->slots[blocking->pieces[piece].slot].rule] += finding->n_pairs;
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
    blocking_propose(scoring->blocking, piece, scoring->out ? count_pair : keep_pair, &finding);
    pthread_mutex_lock(&scoring->lock);
    enum comity_status status = add_finding(scoring, piece, &finding);
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
    scoring.every = 1 + (uint64_t)(n_pairs / enough_pairs);
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

static int compare_edges(const void *a, const void *b)
{
    const struct edge *x = a, *y = b;
    if (x->a != y->a)
        return x->a < y->a ? -1 : 1;
    return x->b < y->b ? -1 : x->b > y->b;
}

enum comity_status score_edges(const struct blocking *blocking, const struct link_model *model, bool keeps_all,
    unsigned threads, const struct progress *progress, struct edge **edges, size_t *n_edges)
{
    struct scoring scoring = {.blocking = blocking, .model = model, .keeps_all = keeps_all, .progress = progress};
    pthread_mutex_init(&scoring.lock, NULL);
    enum comity_status status = parallel_run(blocking->n_pieces, threads, run_piece, &scoring);
    pthread_mutex_destroy(&scoring.lock);
    if (status == COMITY_OK && scoring.n_edges)
        qsort(scoring.edges, scoring.n_edges, sizeof *scoring.edges, compare_edges);
    if (status != COMITY_OK) {
        free(scoring.edges);
        scoring.edges = NULL;
        scoring.n_edges = 0;
    }
    *edges = scoring.edges;
    *n_edges = scoring.n_edges;
    return status;
}

size_t score_again(const struct frame *frame, const struct link_model *model, struct edge *edges, size_t n)
{
    size_t kept = 0;
    for (size_t e = 0; e < n; e++) {
        uint32_t a = edges[e].a, b = edges[e].b;
        double bits =
            model_evidence(model, frame, a, b, frame_compare(frame, a, b)) + model_rate_bits(model, frame, a, b);
        if (bits > 0)
            edges[kept++] = (struct edge){a, b, (float)bits};
    }
    return kept;
}
