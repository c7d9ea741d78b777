/* similarity_score.h - from counted letters to thousandths: the one place where Jaro and Jaro-Winkler are computed for
 * single pairs. Whole numbers, so that every compiler and processor gets the same. Internal to text/similarity*.c; the
 * lanes (similarity_kernel.h) do the same sums side by side. */
#ifndef TEXT_SIMILARITY_SCORE_H
#define TEXT_SIMILARITY_SCORE_H

#include "text/similarity.h"

enum { WINKLER_LETTERS = 4 };

/* What two texts of len_a and len_b symbols have in common. `moved`: matched letters out of order. `prefix`: equal
 * letters in front, at most 4; 0 makes it Jaro's. */
struct common_letters {
    size_t len_a, len_b, matched, moved, prefix;
};

static inline size_t jaro_window(size_t len_a, size_t len_b)
{
    size_t longest = len_a > len_b ? len_a : len_b;
    return longest >= 4 ? longest / 2 - 1 : 0;
}

/* Jaro is (m/a + m/b + (m - t)/m) / 3 = (m·m·(a + b) + (m - t)·a·b) / (3·m·a·b): a fraction of whole numbers. */
static inline unsigned score_wide(const struct common_letters *c)
{
    uint64_t product = (uint64_t)c->len_a * c->len_b, whole = 3 * c->matched * product;
    uint64_t part = c->matched * c->matched * (c->len_a + c->len_b) + (c->matched - c->moved / 2) * product;
    uint64_t above = 10 * part > 7 * whole ? 100 * c->prefix * (whole - part) : 0;
    return whole ? (unsigned)((1000 * part + above) / whole) : 0;
}

/* The same for texts within a word: 1000 · 3 · 64³ fits 32 bits, where dividing is cheaper. Without
 * branches, which are hard to foresee here. */
static inline unsigned score_word(const struct common_letters *c)
{
    uint32_t m = (uint32_t)c->matched, product = (uint32_t)(c->len_a * c->len_b), whole = 3 * m * product;
    uint32_t part = m * m * (uint32_t)(c->len_a + c->len_b) + (m - (uint32_t)c->moved / 2) * product;
    uint32_t above = 100 * (uint32_t)c->prefix * (whole - part) & -(uint32_t)(10 * part > 7 * whole);
    return (1000 * part + above) / (whole + !whole);
}

static inline unsigned score(const struct common_letters *c)
{
    if (c->len_a + c->len_b == 0)
        return 1000;
    return c->len_a <= SIMILARITY_WORD && c->len_b <= SIMILARITY_WORD ? score_word(c) : score_wide(c);
}

/* The fewest matched letters with which texts of these lengths can reach the cutoff; more than the shorter text has
 * when they cannot. Also bounds what they share regardless of order. */
static inline size_t score_matches_needed(size_t len_a, size_t len_b, size_t prefix, unsigned cutoff)
{
    size_t shortest = len_a < len_b ? len_a : len_b, low = 0, high = cutoff ? shortest + 1 : 0;
    while (low < high) {
        size_t m = (low + high) / 2;
        if (score(&(struct common_letters){len_a, len_b, m, 0, prefix < m ? prefix : m}) >= cutoff)
            high = m;
        else
            low = m + 1;
    }
    return low;
}

#endif
