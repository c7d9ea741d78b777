/* Which columns hang together among unrelated records. */
#include "match/weights.h"

#include "base/hash.h"
#include "base/parallel.h"

#include <math.h>
#include <stdlib.h>

enum { N_DRAWN = 8000, LEAST_PAIRS = N_DRAWN / 10 };
/* Below this many bits per pair at large, a dependence is noise or does no harm. */
static const double least_information = 5e-4;

/* The records of a column by value, and how many pairs are equal in it. */
struct equals {
    const struct table *table;
    bool is_across;
    uint32_t *records; /* by code, those of file 0 first */
    uint32_t *start;   /* by code */
    double *pairs;     /* running sum by code */
};

static double pairs_of(const struct equals *equals, const struct table_column *column, uint32_t v)
{
    double first = column->frequency[0][v], others = column->frequency[1][v], all = first + others;
    return equals->is_across ? first * others : all * (all - 1) / 2;
}

static void fill_records(struct equals *equals, unsigned c)
{
    const struct table_column *column = &equals->table->columns[c];
    uint32_t n = column->n_values;
    equals->start[0] = 0;
    equals->pairs[0] = 0;
    for (uint32_t v = 0; v < n; v++) {
        equals->start[v + 1] = equals->start[v] + column->frequency[0][v] + column->frequency[1][v];
        equals->pairs[v + 1] = equals->pairs[v] + (v ? pairs_of(equals, column, v) : 0);
    }
    for (unsigned side = 0; side < 2; side++)
        for (uint32_t i = 0; i < equals->table->n; i++)
            if ((equals->table->file[i] > 0) == side)
                equals->records[equals->start[table_code(equals->table, i, c)]++] = i;
    for (uint32_t v = n; v > 0; v--)
        equals->start[v] = equals->start[v - 1];
    equals->start[0] = 0;
}

static uint32_t value_at(const struct equals *equals, uint32_t n_values, double at)
{
    uint32_t low = 0, high = n_values - 1;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (equals->pairs[middle + 1] > at)
            high = middle;
        else
            low = middle + 1;
    }
    return low;
}

/* A pair that is equal in the column: each as often as the other. False when the draw takes one record twice. */
static bool draw_pair(const struct equals *equals, unsigned c, uint64_t number, uint32_t *a, uint32_t *b)
{
    const struct table_column *column = &equals->table->columns[c];
    double share = (double)(hash_u64(3 * number) >> 11) * 0x1p-53;
    uint32_t v = value_at(equals, column->n_values, share * equals->pairs[column->n_values]);
    uint32_t first = column->frequency[0][v], all = first + column->frequency[1][v];
    const uint32_t *records = &equals->records[equals->start[v]];
    if (equals->is_across ? first == 0 || all == first : all < 2)
        return false;
    if (equals->is_across) {
        *a = records[hash_u64(3 * number + 1) % first];
        *b = records[first + hash_u64(3 * number + 2) % (all - first)];
        return true;
    }
    *a = records[hash_u64(3 * number + 1) % all];
    *b = records[hash_u64(3 * number + 2) % all];
    return *a != *b;
}

/* The share by which a pair is unrelated, as columns other than p and c tell. */
static double unrelated(const struct weights *weights, double prior, uint64_t vector, unsigned p, unsigned c)
{
    double bits = prior;
    for (unsigned other = 0; other < weights->n_columns; other++)
        if (other != p && other != c && weights_level(vector, other))
            bits += weights->bits[other][weights_level(vector, other)];
    return 1 / (1 + exp2(fmin(bits, 200)));
}

static const double least_unrelated = 0.6;

typedef double levels_given[TABLE_MOST_COLUMNS][LIKENESS_MOST_LEVELS];

static void sample_given(const struct weights *weights, const struct equals *equals, const struct likeness *likeness,
    const uint32_t *group, unsigned p, levels_given all, levels_given sums)
{
    double prior = weights->is_one_to_one ? -log2(fmax(weights->n_pairs, 2)) / 2 : log2(fmin(weights->rate, 0.5));
    for (uint64_t s = 0; s < N_DRAWN; s++) {
        uint32_t a, b;
        if (!draw_pair(equals, p, s, &a, &b))
            continue;
        if (group && group[a] == group[b])
            continue;
        uint64_t vector = weights_vector(equals->table, likeness, a, b);
        for (unsigned c = 0; c < weights->n_columns; c++)
            if (c != p) {
                sums[c][weights_level(vector, c)] += group ? 1 : unrelated(weights, prior, vector, p, c);
                all[c][weights_level(vector, c)]++;
            }
    }
}

/* Of the pairs equal in p, how many are of one thing: as the rate and m of p have it. */
static double share_related(const struct weights *weights, unsigned p, double pairs_equal)
{
    double n_true = weights->rate * (weights->is_one_to_one ? sqrt(weights->n_pairs) : weights->n_pairs);
    return fmin(n_true * weights->m[p][LIKENESS_EQUAL] / fmax(pairs_equal, 1), 1);
}

/* Turns the sums of pairs that other columns speak against, and of all pairs, into shares: u times how much more often
 * the level is seen than expected, by a few pairs drawn towards once. What the other columns cannot tell apart is
 * tempered by what m says of the related ones; the lower of the two estimates holds. Returns the information in bits
 * per pair equal in p. */
static double set_shares(const struct weights *weights, unsigned c, double related, const double *all, double *sums)
{
    const double prior = 3, least_weighed = 0.3;
    double told = 0, seen = 0, total = 0, information = 0;
    for (unsigned l = 1; l < weights->n_levels[c]; l++) {
        told += sums[l];
        seen += all[l];
    }
    for (unsigned l = 1; l < weights->n_levels[c]; l++) {
        double u = weights->u[c][l], weighed = (sums[l] + prior) / (told * u + prior);
        bool is_weighed = told > least_weighed * seen;
        double rest = fmax(all[l] - related * seen * weights->m[c][l], 0);
        double moment = (rest + prior) / ((1 - related) * seen * u + prior);
        double more = !is_weighed || weighed > 1 ? fmax(is_weighed ? fmin(weighed, moment) : moment, 1) : weighed;
        total += sums[l] = u * more;
    }
    for (unsigned l = 1; l < weights->n_levels[c]; l++) {
        sums[l] /= total;
        information += sums[l] * log2(sums[l] / weights->u[c][l]);
    }
    return information;
}

/* Of the pairs equal in p, how many can be of one thing at most: true ones agree in the other columns too, and where
 * two of these agree hardly more than by chance, few are true. (Two, since one may be told so differently that even
 * true pairs are never equal in it.) A column that is equal by chance more often than this tells nothing here. */
static double most_related(const struct weights *weights, unsigned p, levels_given all)
{
    const double most_by_chance = 0.1, least_equal = 0.2, least_pairs = 100;
    double least = 1, second = 1;
    for (unsigned c = 0; c < weights->n_columns; c++) {
        double u = weights->u[c][LIKENESS_EQUAL], m = weights->m[c][LIKENESS_EQUAL], seen = 0;
        for (unsigned l = 1; l < weights->n_levels[c]; l++)
            seen += all[c][l];
        if (c == p || u > most_by_chance || u * weights->n_pairs < least_pairs || m < least_equal || seen < 100)
            continue;
        double share = fmax(all[c][LIKENESS_EQUAL] / seen - u, 0) / (m - u);
        second = fmin(second, fmax(least, share));
        least = fmin(least, share);
    }
    return second;
}

struct dependences {
    const struct table *table;
    const struct weights *weights;
    const struct likeness *likeness;
    const uint32_t *group;
    levels_given given[TABLE_MOST_COLUMNS]; /* by parent */
    double information[TABLE_MOST_COLUMNS][TABLE_MOST_COLUMNS];
};

static bool is_above(const struct weights *weights, unsigned ancestor, unsigned column)
{
    bool is_found = ancestor == column;
    for (unsigned k = 0; k < weights->n_parents[column] && !is_found; k++)
        is_found = is_above(weights, ancestor, weights->parents[column][k]);
    return is_found;
}

static bool has_parent(const struct weights *weights, unsigned c, unsigned p)
{
    for (unsigned k = 0; k < weights->n_parents[c]; k++)
        if (weights->parents[c][k] == p)
            return true;
    return false;
}

/* What a parent says of a pair that is equal in it. */
static double bits_told(const struct dependences *found, unsigned c, unsigned p)
{
    return found->information[p][c] / found->weights->u[p][LIKENESS_EQUAL];
}

static void add_parent(struct weights *weights, const struct dependences *found, unsigned c, unsigned p)
{
    unsigned k = weights->n_parents[c]++;
    for (; k > 0 && bits_told(found, c, weights->parents[c][k - 1]) < bits_told(found, c, p); k--)
        weights->parents[c][k] = weights->parents[c][k - 1];
    weights->parents[c][k] = (uint8_t)p;
}

static void choose(struct weights *weights, const struct dependences *found)
{
    unsigned n = weights->n_columns;
    for (bool is_any = true; is_any;) {
        double most = least_information;
        unsigned child = 0, parent = 0;
        is_any = false;
        for (unsigned p = 0; p < n; p++)
            for (unsigned c = 0; c < n; c++)
                if (c != p && weights->n_parents[c] < WEIGHTS_MOST_PARENTS && found->information[p][c] > most &&
                    !has_parent(weights, c, p) && !is_above(weights, c, p)) {
                    most = found->information[p][c];
                    child = c;
                    parent = p;
                    is_any = true;
                }
        if (is_any)
            add_parent(weights, found, child, parent);
    }
    for (unsigned c = 0; c < n; c++)
        for (unsigned k = 0; k < weights->n_parents[c]; k++)
            memcpy(weights->u_given[c][k], found->given[weights->parents[c][k]][c], sizeof weights->u_given[c][k]);
}

/* What the pairs that are equal in p say of all other columns. */
static void look_from(struct dependences *found, const struct equals *equals, unsigned p)
{
    const struct weights *weights = found->weights;
    const uint32_t *group = found->group;
    double pairs = equals->pairs[found->table->columns[p].n_values];
    if (pairs < LEAST_PAIRS)
        return;
    levels_given all = {{0}};
    double related = group ? 0 : share_related(weights, p, pairs);
    sample_given(weights, equals, found->likeness, group, p, all, found->given[p]);
    /* Before anything was learned, only the columns themselves tell who is related. */
    if (!group)
        related = weights->n_rounds > 0 ? fmin(related, most_related(weights, p, all)) : most_related(weights, p, all);
    if (related > 1 - least_unrelated)
        return;
    for (unsigned c = 0; c < weights->n_columns; c++)
        if (c != p)
            found->information[p][c] =
                weights->u[p][LIKENESS_EQUAL] * set_shares(weights, c, related, all[c], found->given[p][c]);
}

static enum comity_status look_from_column(void *context, size_t p)
{
    struct dependences *found = context;
    const struct table *table = found->table;
    size_t n_values = table->columns[p].n_values;
    struct equals equals = {.table = table,
        .is_across = found->weights->is_one_to_one,
        .records = malloc((table->n + 1) * sizeof *equals.records),
        .start = calloc(n_values + 2, sizeof *equals.start),
        .pairs = calloc(n_values + 2, sizeof *equals.pairs)};
    bool is_ready = equals.records && equals.start && equals.pairs;
    if (is_ready) {
        fill_records(&equals, (unsigned)p);
        look_from(found, &equals, (unsigned)p);
    }
    free(equals.records);
    free(equals.start);
    free(equals.pairs);
    return is_ready ? COMITY_OK : COMITY_NOMEM;
}

enum comity_status weights_find_parents(struct weights *weights, const struct table *table,
    const struct likeness *likeness, const uint32_t *group, unsigned threads)
{
    struct dependences *found = calloc(1, sizeof *found);
    if (!found)
        return COMITY_NOMEM;
    found->table = table;
    found->weights = weights;
    found->likeness = likeness;
    found->group = group;
    for (unsigned c = 0; c < table->n_columns; c++)
        weights->n_parents[c] = 0;
    weights_set_bits(weights);
    enum comity_status status = parallel_run(table->n_columns, threads, look_from_column, found);
    if (status == COMITY_OK) {
        choose(weights, found);
        weights_set_bits(weights);
    }
    free(found);
    return status;
}
