/* The join level by level: plan, run the pieces on threads, and if that goes over the budget, once more with a tighter
 * level. Pieces keep what they find; at the end it is put in order by counting. */
#include "text/similarity_join.h"

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "text/similarity_plan.h"

static const uint64_t DEFAULT_BUDGET = 4000000000u;
static const uint64_t DEFAULT_PAIRS = 30000000u;

/* What is asked for when the budget does not suffice, one after the other. */
static const struct {
    unsigned least_alike, most_edits;
} tighter[] = {{950, 1}, {970, 1}, {980, 1}, {1000, 1}, {1000, 0}};

enum { N_TIGHTER = sizeof tighter / sizeof *tighter };

/* ---- one level -------------------------------------------------------------------------------------------------- */

static enum comity_status run_piece(void *context, size_t at)
{
    struct join_run *run = context;
    struct join_piece *piece = &run->pieces[at];
    enum comity_status status = piece->has_keys ? join_keys_piece(run, piece) : join_lanes_piece(run, piece);
    if (status)
        return status;
    uint64_t n_found = atomic_fetch_add(&run->n_found, piece->n_pairs) + piece->n_pairs;
    return n_found > run->most_pairs ? COMITY_LIMIT : COMITY_OK;
}

static int compare_seconds(const void *a, const void *b)
{
    const struct similarity_pair *x = a, *y = b;
    return (x->b > y->b) - (x->b < y->b);
}

/* One text's pairs: sorted, and those that were met in two ways once. Returns how many are left, put at `to`. */
static size_t put_once(struct similarity_pair *from, size_t n, struct similarity_pair *to)
{
    size_t n_left = 0;
    qsort(from, n, sizeof *from, compare_seconds);
    for (size_t i = 0; i < n; i++)
        if (n_left == 0 || to[n_left - 1].b != from[i].b)
            to[n_left++] = from[i];
    return n_left;
}

/* `ends` has n + 1 counters; each pair goes behind those of smaller first texts. Returns how many there are. */
static size_t put_in_order(struct join_run *run, uint64_t *ends, uint32_t n, struct similarity_pair *pairs)
{
    size_t n_left = 0;
    for (size_t i = 0; i < run->n_pieces; i++)
        for (size_t k = 0; k < run->pieces[i].n_pairs; k++)
            ends[run->pieces[i].pairs[k].a + 1]++;
    for (uint32_t a = 0; a < n; a++)
        ends[a + 1] += ends[a];
    for (size_t i = 0; i < run->n_pieces; i++) {
        for (size_t k = 0; k < run->pieces[i].n_pairs; k++)
            pairs[ends[run->pieces[i].pairs[k].a]++] = run->pieces[i].pairs[k];
        free(run->pieces[i].pairs);
        run->pieces[i].pairs = NULL;
    }
    for (uint64_t a = 0, begin = 0; a < n; begin = ends[a++])
        if (ends[a] > begin)
            n_left += put_once(pairs + begin, ends[a] - begin, pairs + n_left);
    return n_left;
}

static enum comity_status gather(struct join_run *run, uint32_t n, struct similarity_join *join)
{
    size_t n_pairs = 0;
    for (size_t i = 0; i < run->n_pieces; i++)
        n_pairs += run->pieces[i].n_pairs;
    struct similarity_pair *pairs = malloc((n_pairs + 1) * sizeof *pairs);
    uint64_t *ends = calloc((size_t)n + 1, sizeof *ends);
    if (pairs && ends) {
        n_pairs = put_in_order(run, ends, n, pairs);
        *join = (struct similarity_join){.pairs = pairs,
            .n_pairs = n_pairs,
            .least_alike = run->level.least_alike,
            .most_edits = run->level.most_edits,
            .n_compared = run->n_compared};
        pairs = NULL;
    }
    enum comity_status status = join->pairs ? COMITY_OK : COMITY_NOMEM;
    free(pairs);
    free(ends);
    return status;
}

static bool is_alike(
    const struct join_level *level, const struct similarity_query *query, struct symbols a, struct symbols b)
{
    size_t longest = a.len > b.len ? a.len : b.len, shortest = a.len + b.len - longest;
    unsigned edits = level_edits(level, longest);
    if (level->least_alike < 1000 && similarity_query_jaro_winkler(query, b, 0) >= level->least_alike)
        return true;
    return edits > 0 && longest - shortest <= edits && similarity_query_osa(query, b, edits) <= edits;
}

/* Whether far more is alike than may be found: addresses of one website, say. That is known from a sample before
 * millions of them are written down. */
static bool finds_too_much(const struct join_run *run, uint32_t n)
{
    enum { N_DRAWN = 8192, LEAST_HITS = 64 };
    double n_pairs = (double)n * (n - 1.0) / 2;
    struct similarity_query query = {0};
    unsigned hits = 0;
    if (n_pairs < 2 * (double)run->most_pairs)
        return false;
    for (uint64_t s = 0; s < N_DRAWN; s++) {
        struct symbols a = run->texts[hash_u64(2 * s) % n], b = run->texts[hash_u64(2 * s + 1) % n];
        if (a.ptr == b.ptr)
            continue;
        similarity_query_set(&query, a);
        hits += is_alike(&run->level, &query, a, b);
    }
    return hits >= LEAST_HITS && hits * n_pairs / N_DRAWN > 2 * (double)run->most_pairs;
}

static enum comity_status run_level(struct join_run *run, uint32_t n, unsigned n_threads, struct similarity_join *join)
{
    if (finds_too_much(run, n))
        return COMITY_LIMIT;
    enum comity_status status = plan_make(run);
    if (!status)
        status = parallel_run(run->n_pieces, n_threads, run_piece, run);
    if (!status)
        status = gather(run, n, join);
    plan_release(run);
    return status;
}

/* ---- levels ----------------------------------------------------------------------------------------------------- */

/* The level of step 0 is what was asked for. False where a step is no tighter than the one before. */
static bool tighten(struct join_level *level, unsigned step)
{
    struct join_level old = *level;
    if (step == 0)
        return true;
    if (tighter[step - 1].least_alike > level->least_alike)
        level->least_alike = tighter[step - 1].least_alike;
    if (tighter[step - 1].most_edits < level->most_edits)
        level->most_edits = tighter[step - 1].most_edits;
    return level->least_alike != old.least_alike || level->most_edits != old.most_edits;
}

static enum comity_status join_levels(const struct symbols *texts, const struct similarity_pack *pack,
    const struct similarity_join_options *options, struct similarity_join *join)
{
    struct join_level level = {.least_alike = options->least_alike, .most_edits = options->most_edits};
    enum comity_status status = COMITY_LIMIT;
    memcpy(level.letters_for_edits, options->letters_for_edits, sizeof level.letters_for_edits);
    for (unsigned step = 0; status == COMITY_LIMIT && step <= N_TIGHTER; step++) {
        if (!tighten(&level, step))
            continue;
        bool is_last = level.least_alike == 1000 && level.most_edits == 0;
        struct join_run run = {.texts = texts,
            .pack = pack,
            .level = level,
            .keys_from = options->keys_from,
            .budget = is_last           ? UINT64_MAX
                      : options->budget ? options->budget
                                        : DEFAULT_BUDGET,
            .most_pairs = options->most_pairs ? options->most_pairs : DEFAULT_PAIRS};
        status = run_level(&run, pack->n, options->n_threads, join);
        join->is_tightened = !status && step > 0;
    }
    return status;
}

static bool is_in_range(const struct similarity_join_options *options)
{
    return options->least_alike >= 800 && options->least_alike <= 1000 &&
           options->most_edits <= SIMILARITY_JOIN_MOST_EDITS;
}

static struct symbols *looked_at(const struct symbols *texts, uint32_t n)
{
    struct symbols *cut = calloc((size_t)n + 1, sizeof *cut);
    for (uint32_t i = 0; cut && i < n; i++) {
        cut[i] = texts[i];
        cut[i].len = cut[i].len < SIMILARITY_MOST ? cut[i].len : SIMILARITY_MOST;
    }
    return cut;
}

enum comity_status similarity_join(const struct symbols *texts, uint32_t n,
    const struct similarity_join_options *options, struct similarity_join *join, struct comity_error *err)
{
    struct similarity_pack *pack = NULL;
    *join = (struct similarity_join){0};
    if (!is_in_range(options))
        return error_set(err, COMITY_USAGE, "a similarity join asks for 800 to 1000 thousandths and 0 to 3 edits");
    struct symbols *cut = looked_at(texts, n);
    if (!cut)
        return error_nomem(err);
    enum comity_status status = similarity_pack_new(cut, n, &pack, err);
    if (!status)
        status = join_levels(cut, pack, options, join);
    similarity_pack_free(pack);
    free(cut);
    if (status == COMITY_NOMEM)
        return error_nomem(err);
    if (status)
        return error_set(err, status, "too many pairs of equal texts");
    return COMITY_OK;
}

void similarity_join_release(struct similarity_join *join)
{
    free(join->pairs);
    *join = (struct similarity_join){0};
}
