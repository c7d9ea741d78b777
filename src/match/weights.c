/* u, rarity, and the evidence of a pair. EM is in weights_train.c. */
#include "match/weights.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>

/* How much of a value's rarity counts where it is only nearly the same, or where texts share words. */
static const float half = 0.5f;
static const float most_of_near = 6, most_of_words = 8;

struct init_work {
    struct weights *weights;
    const struct table *table;
    const struct likeness *likeness;
    bool is_across;
};

/* An equal value is worth log2 u1/f more than the mean one, f its share of the records. */
static enum comity_status init_column(void *context, size_t c)
{
    const struct init_work *work = context;
    struct weights *weights = work->weights;
    const struct table_column *column = &work->table->columns[c];
    if (!likeness_chance(&work->likeness[c], work->table, work->is_across, weights->u[c]))
        return COMITY_NOMEM;
    weights->rarity[c] = calloc(column->n_values, sizeof *weights->rarity[c]);
    if (!weights->rarity[c])
        return COMITY_NOMEM;
    double told = fmax((double)(column->n_told[0] + column->n_told[1]), 1);
    for (uint32_t v = 1; v < column->n_values; v++) {
        double share = (column->frequency[0][v] + column->frequency[1][v]) / told;
        weights->rarity[c][v] = (float)log2(weights->u[c][LIKENESS_EQUAL] / share);
    }
    return COMITY_OK;
}

void weights_set_bits(struct weights *weights)
{
    for (unsigned c = 0; c < weights->n_columns; c++)
        for (unsigned l = 1; l < weights->n_levels[c]; l++) {
            weights->bits[c][l] = (float)log2(weights->m[c][l] / weights->u[c][l]);
            if (weights->rate_related > 0)
                weights->bits_related[c][l] = (float)log2(weights->m_related[c][l] / weights->m[c][l]);
            for (unsigned k = 0; k < weights->n_parents[c]; k++)
                weights->bits_given[c][k][l] = (float)log2(weights->m[c][l] / weights->u_given[c][k][l]);
        }
}

static double count_all_pairs(const struct table *table, bool is_across)
{
    double first = 0, all = (double)table->n;
    for (size_t i = 0; i < table->n; i++)
        first += table->file[i] == 0;
    return fmax(is_across ? first * (all - first) : all * (all - 1) / 2, 1);
}

enum comity_status weights_init(const struct table *table, const struct likeness *likeness, bool is_across,
    bool is_one_to_one, unsigned threads, struct weights *out, struct comity_error *err)
{
    *out = (struct weights){.n_columns = table->n_columns, .is_one_to_one = is_one_to_one};
    struct init_work work = {out, table, likeness, is_across};
    for (unsigned c = 0; c < table->n_columns; c++) {
        out->n_levels[c] = likeness[c].n_levels;
        /* Seven of ten true pairs are equal; the others agree somehow. */
        for (unsigned l = 1; l < out->n_levels[c]; l++)
            out->m[c][l] = l == LIKENESS_EQUAL ? 0.7 : 0.3 / (out->n_levels[c] - 2);
    }
    out->n_pairs = count_all_pairs(table, is_across);
    out->rate = is_one_to_one ? 0.5 : fmin((double)table->n / out->n_pairs, 0.4);
    enum comity_status status = parallel_run(table->n_columns, threads, init_column, &work);
    weights_set_bits(out);
    return status == COMITY_OK ? COMITY_OK : error_nomem(err);
}

void weights_release(struct weights *weights)
{
    for (unsigned c = 0; c < weights->n_columns; c++)
        free(weights->rarity[c]);
    *weights = (struct weights){0};
}

uint64_t weights_vector(const struct table *table, const struct likeness *likeness, uint32_t a, uint32_t b)
{
    if (table->file[a] > table->file[b]) {
        uint32_t swap = a;
        a = b;
        b = swap;
    }
    const uint32_t *of_a = &table->codes[(size_t)a * table->n_columns];
    const uint32_t *of_b = &table->codes[(size_t)b * table->n_columns];
    uint64_t vector = 0;
    for (unsigned c = 0; c < table->n_columns; c++)
        vector |= (uint64_t)likeness_level(&likeness[c], of_a[c], of_b[c]) << (4 * c);
    return vector;
}

/* So many that their rows stay in the cache nearest to the processor while column after column is looked at. */
enum { CHUNK = 128 };

void weights_vectors(const struct table *table, const struct likeness *likeness, uint32_t a, const uint32_t *others,
    size_t n, uint64_t *vectors)
{
    memset(vectors, 0, n * sizeof *vectors);
    for (size_t begin = 0, size; begin < n; begin += size) {
        size = n - begin < CHUNK ? n - begin : CHUNK;
        for (size_t i = begin; i < begin + size; i++)
            table_fetch(table, others[i]);
        for (unsigned c = 0; c < table->n_columns; c++)
            likeness_levels(&likeness[c], table, a, &others[begin], size, &vectors[begin]);
    }
}

static float clamp(float value, float most)
{
    return value > most ? most : value < -most ? -most : value;
}

static bool is_near(enum column_type type, unsigned level)
{
    return (type == COLUMN_NAME && level <= NAME_ALIKE) || (type == COLUMN_IDENTIFIER && level <= IDENTIFIER_ALIKE);
}

static float rarity_of_words(
    const struct weights *weights, const struct likeness *likeness, unsigned c, unsigned level, uint32_t a, uint32_t b)
{
    if (level == WORDS_DIFFERENT)
        return 0;
    return half * clamp(likeness_shared(likeness, a, b) - weights->words_mean[c][level], most_of_words);
}

/* What the rarity of what they share adds to the level's bits. */
static inline float rarity_of(
    const struct weights *weights, const struct likeness *likeness, unsigned c, unsigned level, uint32_t a, uint32_t b)
{
    if (likeness->type == COLUMN_TEXT)
        return rarity_of_words(weights, likeness, c, level, a, b);
    const float *rarity = weights->rarity[c];
    if (level == LIKENESS_EQUAL)
        return rarity[a];
    return is_near(likeness->type, level) ? half * clamp(rarity[a] < rarity[b] ? rarity[a] : rarity[b], most_of_near)
                                          : 0;
}

/* What two records say that are not one thing is said by unrelated and by related ones together. */
static double against_related(const struct weights *weights, uint64_t vector, double bits)
{
    double share = weights->rate_related / (1 - weights->rate);
    double related = share * exp2(fmin(bits + weights_bits_related(weights, vector), 200));
    return bits - log2(1 - share + related);
}

double weights_evidence(const struct weights *weights, const struct table *table, const struct likeness *likeness,
    uint32_t a, uint32_t b, uint64_t vector)
{
    const uint32_t *of_a = &table->codes[(size_t)a * table->n_columns];
    const uint32_t *of_b = &table->codes[(size_t)b * table->n_columns];
    double bits = 0;
    for (unsigned c = 0; c < weights->n_columns; c++) {
        unsigned level = weights_level(vector, c);
        if (level)
            bits += weights_bits(weights, vector, c) + rarity_of(weights, &likeness[c], c, level, of_a[c], of_b[c]);
    }
    return weights->rate_related > 0 ? against_related(weights, vector, bits) : bits;
}

struct weights_most weights_most(const struct weights *weights, const struct table *table)
{
    struct weights_most most = {{{0}}};
    for (unsigned c = 0; c < weights->n_columns; c++) {
        float *bits = most.bits[c];
        enum column_type type = table->columns[c].type;
        for (unsigned l = 1; l < weights->n_levels[c]; l++)
            bits[l] = type == COLUMN_TEXT && l != WORDS_DIFFERENT ? half * most_of_words
                      : is_near(type, l)                          ? half * most_of_near
                                                                  : 0;
        for (uint32_t v = 1; type != COLUMN_TEXT && v < table->columns[c].n_values; v++)
            bits[LIKENESS_EQUAL] = fmaxf(bits[LIKENESS_EQUAL], weights->rarity[c][v]);
    }
    return most;
}

double weights_most_evidence(const struct weights *weights, const struct weights_most *most, uint64_t vector)
{
    double bits = 0.01; /* for what rounding may add */
    for (unsigned c = 0; c < weights->n_columns; c++)
        if (weights_level(vector, c))
            bits += weights_bits(weights, vector, c) + most->bits[c][weights_level(vector, c)];
    return bits;
}

double weights_prior(const struct weights *weights)
{
    return log2(weights->rate / (1 - weights->rate));
}

/* ---- values counted once for each group ---- */

struct count_work {
    struct weights *weights;
    const struct table *table;
    const uint32_t *group;
};

static enum comity_status count_column(void *context, size_t c)
{
    const struct count_work *work = context;
    const struct table *table = work->table;
    struct weights *weights = work->weights;
    uint32_t n_values = table->columns[c].n_values;
    struct map seen = {0};
    uint32_t *counts = calloc(n_values, sizeof *counts);
    enum comity_status status = counts ? COMITY_OK : COMITY_NOMEM;
    double told = 0, pairs = 0;
    for (size_t i = 0; status == COMITY_OK && i < table->n; i++) {
        uint32_t code = table_code(table, i, (unsigned)c);
        bool is_new;
        if (!code)
            continue;
        if (!map_put(&seen, (uint64_t)work->group[i] << 32 | code, &is_new))
            status = COMITY_NOMEM;
        else if (is_new) {
            counts[code]++;
            told++;
        }
    }
    for (uint32_t v = 1; status == COMITY_OK && v < n_values; v++)
        pairs += (double)counts[v] * (counts[v] - 1.0);
    if (status == COMITY_OK && told > 1) {
        /* A rate below one pair in all says no more than that there was none. */
        weights->u[c][LIKENESS_EQUAL] = fmax(pairs, 0.2) / (told * (told - 1));
        for (uint32_t v = 1; v < n_values; v++)
            weights->rarity[c][v] = (float)log2(weights->u[c][LIKENESS_EQUAL] / (fmax(counts[v], 1) / told));
    }
    map_release(&seen);
    free(counts);
    return status;
}

enum comity_status weights_count_groups(
    struct weights *weights, const struct table *table, const uint32_t *group, unsigned threads)
{
    struct count_work work = {weights, table, group};
    enum comity_status status = parallel_run(table->n_columns, threads, count_column, &work);
    weights_set_bits(weights);
    return status;
}
