/* Records are cut into pieces of even size; what a piece finds is added in the order of pieces, so that neither the
 * order of threads nor their number shows. */
#include "match/compare.h"

#include "base/array.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/order.h"
#include "base/parallel.h"

#include <pthread.h>
#include <stdlib.h>

enum { N_PIECES = 128, MOST_NOTED = 65536, AHEAD = 12 };

/* What a thread works with; taken by one piece after the other. The numbers of patterns are its own. */
struct worker {
    uint32_t *marks, *others;
    uint64_t *vectors;
    struct map number_of; /* vector → number of its pattern + 1 */
    struct match_pattern *patterns;
    double *most; /* by pattern: the most evidence there can be */
    size_t n_patterns, room;
    struct worker *next_free, *next;
};

struct note {
    uint32_t other, pattern;
};

struct piece {
    struct worker *worker;
    const struct worker *noted_by; /* whose patterns the notes name */
    struct note *notes;
    uint32_t *n_notes; /* by record of the piece; null: nothing was noted */
    size_t n_noted, room_notes;
    struct likely_pair *pairs;
    size_t n_pairs, room;
    uint64_t n_new[256], n_scored;
};

struct notes {
    struct piece pieces[N_PIECES];
    struct worker *workers, *free_workers;
    pthread_mutex_t lock;
};

struct work {
    const struct comparing *comparing;
    double least;
    bool counts;
    size_t n_done;
};

/* ---- workers ---- */

static void worker_release(struct worker *worker)
{
    free(worker->marks);
    free(worker->others);
    free(worker->vectors);
    free(worker->patterns);
    free(worker->most);
    map_release(&worker->number_of);
    free(worker);
}

static struct worker *make_worker(size_t n_records)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return NULL;
    worker->marks = calloc(n_records + 1, sizeof *worker->marks);
    worker->others = malloc((n_records + 1) * sizeof *worker->others);
    worker->vectors = malloc((n_records + 1) * sizeof *worker->vectors);
    if (worker->marks && worker->others && worker->vectors)
        return worker;
    worker_release(worker);
    return NULL;
}

static struct worker *take_worker(struct notes *notes, size_t n_records)
{
    pthread_mutex_lock(&notes->lock);
    struct worker *worker = notes->free_workers;
    if (worker)
        notes->free_workers = worker->next_free;
    else if ((worker = make_worker(n_records)) != NULL) {
        worker->next = notes->workers;
        notes->workers = worker;
    }
    pthread_mutex_unlock(&notes->lock);
    return worker;
}

void comparing_release(struct comparing *comparing)
{
    struct notes *notes = comparing->notes;
    if (!notes)
        return;
    for (size_t i = 0; i < N_PIECES; i++) {
        free(notes->pieces[i].notes);
        free(notes->pieces[i].n_notes);
        free(notes->pieces[i].pairs);
    }
    for (struct worker *worker = notes->workers, *next; worker; worker = next) {
        next = worker->next;
        worker_release(worker);
    }
    pthread_mutex_destroy(&notes->lock);
    free(notes);
    comparing->notes = NULL;
}

/* ---- patterns ---- */

static struct match_pattern *pattern_of(struct worker *worker, uint64_t vector)
{
    uint64_t *number = map_put(&worker->number_of, vector, NULL);
    if (!number)
        return NULL;
    if (!*number) {
        if (!ARRAY_ROOM(worker->patterns, worker->n_patterns, worker->room, 1))
            return NULL;
        worker->patterns[worker->n_patterns++] = (struct match_pattern){.vector = vector};
        *number = worker->n_patterns;
    }
    return &worker->patterns[*number - 1];
}

/* Of very many pairs a part. */
static size_t thin_out(uint32_t a, uint32_t *others, size_t n, uint64_t one_in)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (hash_u64((uint64_t)a << 32 | others[i]) % one_in == 0)
            others[kept++] = others[i];
    return kept;
}

static void drop_notes(struct piece *piece)
{
    free(piece->notes);
    free(piece->n_notes);
    piece->notes = NULL;
    piece->n_notes = NULL;
}

/* Room for the notes of one more record, or no notes at all. */
static bool make_room(struct piece *piece, size_t n)
{
    if (piece->n_notes && piece->n_noted + n > MOST_NOTED)
        drop_notes(piece);
    return !piece->n_notes || ARRAY_ROOM(piece->notes, piece->n_noted, piece->room_notes, n);
}

static enum comity_status count_record(
    struct piece *piece, const struct comparing *comparing, uint32_t a, size_t record)
{
    struct worker *worker = piece->worker;
    uint64_t one_in = comparing->one_in > 1 ? comparing->one_in : 1;
    size_t n = candidates_of(comparing->candidates, a, worker->marks, worker->others, piece->n_new);
    if (one_in > 1)
        n = thin_out(a, worker->others, n, one_in);
    weights_vectors(comparing->table, comparing->likeness, a, worker->others, n, worker->vectors);
    piece->n_scored += n;
    if (!make_room(piece, n))
        return COMITY_NOMEM;
    for (size_t i = 0; i < n; i++) {
        struct match_pattern *pattern = pattern_of(worker, worker->vectors[i]);
        if (!pattern)
            return COMITY_NOMEM;
        pattern->count += one_in;
        if (piece->n_notes)
            piece->notes[piece->n_noted++] = (struct note){worker->others[i], (uint32_t)(pattern - worker->patterns)};
    }
    if (piece->n_notes)
        piece->n_notes[record] = (uint32_t)n;
    return COMITY_OK;
}

static enum comity_status count_piece(struct piece *piece, const struct comparing *comparing, size_t begin, size_t end)
{
    enum comity_status status = COMITY_OK;
    if (comparing->one_in <= 1 && !(piece->n_notes = calloc(end - begin + 1, sizeof *piece->n_notes)))
        return COMITY_NOMEM;
    for (size_t a = begin; a < end && status == COMITY_OK; a++)
        status = count_record(piece, comparing, (uint32_t)a, a - begin);
    return status;
}

/* ---- likely pairs ---- */

static bool keep_pair(
    struct piece *piece, const struct comparing *comparing, double least, uint32_t a, uint32_t b, uint64_t vector)
{
    double bits = weights_evidence(comparing->weights, comparing->table, comparing->likeness, a, b, vector);
    if (bits <= least)
        return true;
    if (!ARRAY_ROOM(piece->pairs, piece->n_pairs, piece->room, 1))
        return false;
    piece->pairs[piece->n_pairs++] = (struct likely_pair){a, b, (float)bits, vector};
    return true;
}

static bool keep_noted(struct piece *piece, const struct comparing *comparing, double least, size_t begin, size_t end)
{
    const struct note *note = piece->notes, *behind = note + piece->n_noted;
    const struct worker *by = piece->noted_by;
    bool is_done = true;
    for (size_t a = begin; a < end && is_done; a++)
        for (const struct note *last = note + piece->n_notes[a - begin]; note < last && is_done; note++) {
            if (behind - note > AHEAD && by->most[note[AHEAD].pattern] > least)
                table_fetch(comparing->table, note[AHEAD].other);
            if (by->most[note->pattern] > least)
                is_done =
                    keep_pair(piece, comparing, least, (uint32_t)a, note->other, by->patterns[note->pattern].vector);
        }
    return is_done;
}

static bool keep_compared(
    struct piece *piece, const struct comparing *comparing, double least, size_t begin, size_t end)
{
    struct worker *worker = piece->worker;
    bool is_done = true;
    for (size_t a = begin; a < end && is_done; a++) {
        size_t n = candidates_of(comparing->candidates, (uint32_t)a, worker->marks, worker->others, NULL);
        weights_vectors(comparing->table, comparing->likeness, (uint32_t)a, worker->others, n, worker->vectors);
        piece->n_scored += n;
        for (size_t i = 0; i < n && is_done; i++)
            is_done = keep_pair(piece, comparing, least, (uint32_t)a, worker->others[i], worker->vectors[i]);
    }
    return is_done;
}

/* By b; D. L. Shell, Communications of the ACM 2 (1959) 30-32, in place with the gaps of M. Ciura (2001). */
static void sort_pairs(struct likely_pair *pairs, size_t n)
{
    static const size_t gaps[] = {1750, 701, 301, 132, 57, 23, 10, 4, 1};
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++)
        for (size_t i = gaps[g]; i < n; i++) {
            struct likely_pair pair = pairs[i];
            size_t at = i;
            for (; at >= gaps[g] && pairs[at - gaps[g]].b > pair.b; at -= gaps[g])
                pairs[at] = pairs[at - gaps[g]];
            pairs[at] = pair;
        }
}

/* They stand by a already. */
static void sort_records(struct piece *piece)
{
    for (size_t i = 0, end; i < piece->n_pairs; i = end) {
        for (end = i + 1; end < piece->n_pairs && piece->pairs[end].a == piece->pairs[i].a; end++) {
        }
        sort_pairs(&piece->pairs[i], end - i);
    }
}

static enum comity_status keep_piece(
    struct piece *piece, const struct comparing *comparing, double least, size_t begin, size_t end)
{
    bool is_done = piece->n_notes ? keep_noted(piece, comparing, least, begin, end)
                                  : keep_compared(piece, comparing, least, begin, end);
    drop_notes(piece);
    if (is_done)
        sort_records(piece);
    return is_done ? COMITY_OK : COMITY_NOMEM;
}

/* ---- all pieces ---- */

static enum comity_status run_piece(void *context, size_t number)
{
    struct work *work = context;
    const struct comparing *comparing = work->comparing;
    struct notes *notes = comparing->notes;
    struct piece *piece = &notes->pieces[number];
    size_t n = comparing->table->n, begin = n * number / N_PIECES, end = n * (number + 1) / N_PIECES;
    struct worker *worker = piece->worker = take_worker(notes, n);
    if (!worker)
        return COMITY_NOMEM;
    if (work->counts)
        piece->noted_by = worker;
    enum comity_status status = work->counts ? count_piece(piece, comparing, begin, end)
                                             : keep_piece(piece, comparing, work->least, begin, end);
    pthread_mutex_lock(&notes->lock);
    worker->next_free = notes->free_workers;
    notes->free_workers = worker;
    if (status == COMITY_OK &&
        !progress_tell(comparing->progress, work->counts ? "compare" : "score", ++work->n_done, N_PIECES))
        status = COMITY_CANCELLED;
    pthread_mutex_unlock(&notes->lock);
    return status;
}

static enum comity_status run(struct work *work)
{
    struct notes *notes = work->comparing->notes;
    enum comity_status status = parallel_run(N_PIECES, work->comparing->threads, run_piece, work);
    for (size_t i = 0; i < N_PIECES; i++) {
        *work->comparing->n_scored += notes->pieces[i].n_scored;
        notes->pieces[i].n_scored = 0;
    }
    return status;
}

/* Those of all workers, ascending, each once. */
static enum comity_status list_patterns(struct notes *notes, struct match_pattern **patterns, size_t *n)
{
    struct worker *all = notes->workers; /* takes over those of the others */
    for (const struct worker *worker = all ? all->next : NULL; worker; worker = worker->next)
        for (size_t i = 0; i < worker->n_patterns; i++) {
            struct match_pattern *pattern = pattern_of(all, worker->patterns[i].vector);
            if (!pattern)
                return COMITY_NOMEM;
            pattern->count += worker->patterns[i].count;
        }
    size_t n_all = all ? all->n_patterns : 0;
    struct sort_item *items = malloc((n_all + 1) * sizeof *items);
    *patterns = malloc((n_all + 1) * sizeof **patterns);
    for (size_t i = 0; items && i < n_all; i++)
        items[i] = (struct sort_item){all->patterns[i].vector, (uint32_t)i};
    if (items)
        sort_items(items, n_all);
    for (; items && *patterns && *n < n_all; ++*n)
        (*patterns)[*n] = all->patterns[items[*n].payload];
    free(items);
    return items && *patterns ? COMITY_OK : COMITY_NOMEM;
}

enum comity_status compare_patterns(
    struct comparing *comparing, struct match_pattern **patterns, size_t *n, uint64_t *n_new)
{
    struct work work = {.comparing = comparing, .counts = true};
    *patterns = NULL;
    *n = 0;
    comparing->notes = calloc(1, sizeof *comparing->notes);
    if (!comparing->notes)
        return COMITY_NOMEM;
    pthread_mutex_init(&comparing->notes->lock, NULL);
    enum comity_status status = run(&work);
    for (size_t i = 0; i < N_PIECES; i++)
        for (size_t r = 0; r < 256; r++)
            n_new[r] += comparing->notes->pieces[i].n_new[r];
    return status == COMITY_OK ? list_patterns(comparing->notes, patterns, n) : status;
}

/* What each pattern can come to; and marks as they must be before anything is visited. */
static enum comity_status prepare_workers(const struct comparing *comparing)
{
    struct weights_most most = weights_most(comparing->weights, comparing->table);
    for (struct worker *worker = comparing->notes->workers; worker; worker = worker->next) {
        memset(worker->marks, 0, (comparing->table->n + 1) * sizeof *worker->marks);
        worker->most = malloc((worker->n_patterns + 1) * sizeof *worker->most);
        if (!worker->most)
            return COMITY_NOMEM;
        for (size_t i = 0; i < worker->n_patterns; i++)
            worker->most[i] = weights_most_evidence(comparing->weights, &most, worker->patterns[i].vector);
    }
    return COMITY_OK;
}

/* The pieces one after another; each is given back as it is taken over. */
static enum comity_status gather_pairs(struct notes *notes, struct likely_pair **pairs, size_t *n)
{
    size_t n_all = 0;
    for (size_t i = 0; i < N_PIECES; i++)
        n_all += notes->pieces[i].n_pairs;
    *pairs = malloc((n_all + 1) * sizeof **pairs);
    if (!*pairs)
        return COMITY_NOMEM;
    for (size_t i = 0; i < N_PIECES; i++) {
        struct piece *piece = &notes->pieces[i];
        if (piece->n_pairs)
            memcpy(&(*pairs)[*n], piece->pairs, piece->n_pairs * sizeof **pairs);
        *n += piece->n_pairs;
        free(piece->pairs);
        piece->pairs = NULL;
    }
    return COMITY_OK;
}

enum comity_status compare_likely(
    const struct comparing *comparing, double least, struct likely_pair **pairs, size_t *n)
{
    struct work work = {.comparing = comparing, .least = least};
    *pairs = NULL;
    *n = 0;
    enum comity_status status = prepare_workers(comparing);
    if (status == COMITY_OK)
        status = run(&work);
    return status == COMITY_OK ? gather_pairs(comparing->notes, pairs, n) : status;
}
