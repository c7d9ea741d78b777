/* How often unrelated records agree: u of Fellegi and Sunter (1969). Equality, and the pairs that the similarity join
 * found, are summed over the frequencies of values; only levels that no table lists are sampled. */
#include "match/likeness.h"

#include "base/hash.h"

#include <math.h>
#include <stdlib.h>

/* Levels that only a sample tells of: words shared and numbers near are rare, so these need more draws; long texts cost
 * more each. */
enum { SAMPLE_RARE = 1000000, SAMPLE_COMMON = 200000, SAMPLE_WORDS = 16000000 };

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

/* The codes of those that tell the column: of file 0 first, then of the others. */
struct tellers {
    uint32_t *codes;
    size_t n_first, n;
};

static void find_tellers(const struct table *table, unsigned c, struct tellers *out)
{
    for (unsigned side = 0; side < 2; side++)
        for (size_t i = 0; i < table->n; i++)
            if ((table->file[i] > 0) == side && table_code(table, i, c)) {
                out->codes[out->n++] = table_code(table, i, c);
                out->n_first += side == 0;
            }
}

static uint64_t n_draws(const struct likeness *likeness, double told)
{
    bool is_rare = likeness->type == COLUMN_TEXT || likeness->type == COLUMN_NUMBER;
    double draws = is_rare ? SAMPLE_RARE : SAMPLE_COMMON;
    if (likeness->type == COLUMN_TEXT) {
        uint32_t n_values = likeness->column->n_values;
        double words = (double)likeness->word_start[n_values] / fmax(n_values, 1);
        draws = fmin(draws, SAMPLE_WORDS / fmax(words, 1));
    }
    return (uint64_t)fmin(draws, 4 * told);
}

/* Pairs at fixed draws, so that every run counts the same; one of each side where only pairs across are compared. */
static bool sample(
    const struct likeness *likeness, const struct table *table, bool is_across, double told, double *hits)
{
    unsigned c = (unsigned)(likeness->column - table->columns);
    struct tellers tellers = {.codes = malloc((table->n + 1) * sizeof *tellers.codes)};
    if (!tellers.codes)
        return false;
    find_tellers(table, c, &tellers);
    size_t n_first = tellers.n_first, n_others = tellers.n - n_first;
    bool can_draw = is_across ? n_first && n_others : tellers.n > 1;
    for (uint64_t s = 0, n = can_draw ? n_draws(likeness, told) : 0; s < n; s++) {
        uint64_t x = hash_u64(2 * s), y = hash_u64(2 * s + 1);
        size_t a = is_across ? x % n_first : x % tellers.n;
        size_t b = is_across ? n_first + y % n_others : y % tellers.n;
        if (a != b)
            hits[likeness_level(likeness, tellers.codes[a], tellers.codes[b])]++;
    }
    free(tellers.codes);
    return true;
}

bool likeness_chance(
    const struct likeness *likeness, const struct table *table, bool is_across, double chance[LIKENESS_MOST_LEVELS])
{
    const struct table_column *column = likeness->column;
    double hits[LIKENESS_MOST_LEVELS] = {0}, exact[LIKENESS_MOST_LEVELS] = {0}, drawn = 0;
    double told = fmax(pairs_told(column, is_across), 1);
    if (!sample(likeness, table, is_across, told, hits))
        return false;
    for (uint32_t v = 1; v < column->n_values; v++)
        exact[LIKENESS_EQUAL] += pairs_of(column, is_across, v, v);
    for (uint32_t a = 1; likeness->slots && a < column->n_values; a++)
        for (uint32_t i = likeness->first_slot[a]; i < likeness->first_slot[a + 1]; i++)
            if (likeness->slots[i] > a)
                exact[likeness_level(likeness, a, likeness->slots[i])] +=
                    pairs_of(column, is_across, a, likeness->slots[i]);
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
    return true;
}
