/* How often unrelated records agree: u of Fellegi and Sunter (1969). Equality, and the pairs that the similarity join
 * found, are summed over the frequencies of values; only levels that no table lists are sampled. */
#include "match/likeness.h"

#include "base/hash.h"

#include <math.h>

/* Levels that only a sample tells of: words shared and numbers near are rare, so these need more draws. */
enum { SAMPLE_RARE = 1000000, SAMPLE_COMMON = 200000 };

/* Ordered pairs of records with the values a and b, a ≠ b or not, that may be compared. */
static double pairs_of(const struct table_column *column, bool is_across, uint32_t a, uint32_t b)
{
    double a0 = column->frequency[0][a], b0 = column->frequency[0][b];
    double a1 = column->frequency[1][a], b1 = column->frequency[1][b];
    if (is_across)
        return a == b ? a0 * a1 : a0 * b1 + a1 * b0;
    return a == b ? (a0 + a1) * (a0 + a1 - 1) / 2 : (a0 + a1) * (b0 + b1);
}

static double pairs_told(const struct table_column *column, bool is_across)
{
    double first = (double)column->n_told[0], others = (double)column->n_told[1], all = first + others;
    return is_across ? first * others : all * (all - 1) / 2;
}

/* Pairs of positions at fixed draws, so that every run counts the same. */
static void sample(const struct likeness *likeness, const struct table *table, bool is_across, double *hits)
{
    unsigned c = (unsigned)(likeness->column - table->columns);
    bool is_rare = likeness->type == COLUMN_TEXT || likeness->type == COLUMN_NUMBER;
    uint64_t draws = is_rare ? SAMPLE_RARE : SAMPLE_COMMON;
    for (uint64_t s = 0; s < draws; s++) {
        size_t a = hash_u64(2 * s) % table->n, b = hash_u64(2 * s + 1) % table->n;
        if (a == b || (is_across && (table->file[a] > 0) == (table->file[b] > 0)))
            continue;
        bool is_turned = table->file[a] > table->file[b];
        uint32_t x = table_code(table, is_turned ? b : a, c), y = table_code(table, is_turned ? a : b, c);
        hits[likeness_level(likeness, x, y)]++;
    }
}

void likeness_chance(
    const struct likeness *likeness, const struct table *table, bool is_across, double chance[LIKENESS_MOST_LEVELS])
{
    const struct table_column *column = likeness->column;
    double hits[LIKENESS_MOST_LEVELS] = {0}, exact[LIKENESS_MOST_LEVELS] = {0}, drawn = 0;
    double told = fmax(pairs_told(column, is_across), 1);
    if (table->n > 1)
        sample(likeness, table, is_across, hits);
    for (uint32_t v = 1; v < column->n_values; v++)
        exact[LIKENESS_EQUAL] += pairs_of(column, is_across, v, v);
    for (size_t i = 0; likeness->pairs && i <= likeness->mask; i++)
        if (likeness->pairs[i]) {
            uint32_t a = (uint32_t)(likeness->pairs[i] >> 32), b = (uint32_t)likeness->pairs[i];
            exact[likeness_level(likeness, a, b)] += pairs_of(column, is_across, a, b);
        }
    for (unsigned l = 1; l < likeness->n_levels; l++)
        drawn += hits[l];
    for (unsigned l = 1; l < likeness->n_levels; l++) {
        double sampled = (hits[l] + 0.25) / (drawn + 1);
        /* Words within words are in no table, though some of these pairs are. */
        bool is_mixed = likeness->type == COLUMN_NAME && l == NAME_PART;
        double share = exact[l] > 0 ? exact[l] / told : sampled;
        share = is_mixed ? fmax(share, sampled) : share;
        chance[l] = fmin(fmax(share, 0.1 / told), 1);
    }
}
