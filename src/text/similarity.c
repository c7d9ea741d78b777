/* One pair at a time. Texts within a machine word: one bit for each letter of one text, so that a letter of the other
 * is compared with all of them at once (Myers 1999; Hyyrö 2003). Both longer than a word: the plain tables, since names
 * are not so long and a second fast path would have to be proved right too. */
#include "text/similarity_score.h"

#define ALWAYS static inline __attribute__((always_inline))

enum { WIDE_SLOTS = 128 };

/* ---- queries ---------------------------------------------------------------------------------------------------- */

/* At most 64 of 128 slots are taken: a free one is always near. */
static size_t wide_slot(const struct similarity_query *query, uint16_t symbol)
{
    size_t slot = (symbol * 40503u >> 5) % WIDE_SLOTS;
    while (query->wide_symbols[slot] && query->wide_symbols[slot] != symbol)
        slot = (slot + 1) % WIDE_SLOTS;
    return slot;
}

static uint64_t wide_places(const struct similarity_query *query, uint16_t symbol)
{
    return query->wide_places[wide_slot(query, symbol)];
}

ALWAYS unsigned symbol_of(const void *ptr, size_t i, bool is_wide)
{
    return is_wide ? ((const uint16_t *)ptr)[i] : ((const uint8_t *)ptr)[i];
}

ALWAYS uint64_t places(const struct similarity_query *query, const void *ptr, size_t i, bool is_wide)
{
    unsigned symbol = symbol_of(ptr, i, is_wide);
    return !is_wide || symbol <= UINT8_MAX ? query->places[symbol] : wide_places(query, (uint16_t)symbol);
}

static struct symbols looked_at(struct symbols text)
{
    text.len = text.len < SIMILARITY_MOST ? text.len : SIMILARITY_MOST;
    return text;
}

static size_t in_word(struct symbols text)
{
    return text.len < SIMILARITY_WORD ? text.len : SIMILARITY_WORD;
}

/* Clears what the former text set. That text may be gone by now, so it is not asked: two kilobytes are cleared in some
 * 20 ns, and the table of wide symbols only where there were any. */
static void query_clear(struct similarity_query *query)
{
    memset(query->places, 0, sizeof query->places);
    if (!query->text.is_wide)
        return;
    memset(query->wide_symbols, 0, sizeof query->wide_symbols);
    memset(query->wide_places, 0, sizeof query->wide_places);
}

static void query_fill(struct similarity_query *query)
{
    for (size_t i = 0; i < in_word(query->text); i++) {
        uint16_t symbol = symbol_at(query->text, i);
        uint64_t place = (uint64_t)1 << i;
        if (symbol <= UINT8_MAX) {
            query->places[symbol] |= place;
            continue;
        }
        size_t slot = wide_slot(query, symbol);
        query->wide_symbols[slot] = symbol;
        query->wide_places[slot] |= place;
    }
}

void similarity_query_set(struct similarity_query *query, struct symbols text)
{
    query_clear(query);
    query->text = looked_at(text);
    query_fill(query);
}

/* For one pair: the query's memory is not initialised, and its wide part stays so if neither text could ask for it. */
static void query_begin(struct similarity_query *query, struct symbols text, struct symbols other)
{
    query->text.is_wide = text.is_wide || other.is_wide;
    similarity_query_set(query, text);
}

/* ---- Jaro and Jaro-Winkler -------------------------------------------------------------------------------------- */

static size_t common_prefix(struct symbols a, struct symbols b)
{
    size_t most = a.len < b.len ? a.len : b.len, n = 0;
    most = most < WINKLER_LETTERS ? most : WINKLER_LETTERS;
    while (n < most && symbol_at(a, n) == symbol_at(b, n))
        n++;
    return n;
}

/* Each letter of the text takes the first free equal one within the window. */
ALWAYS uint64_t match_word(const struct similarity_query *query, const void *ptr, size_t len, bool is_wide,
    uint64_t *in_query, size_t *matched)
{
    size_t window = jaro_window(query->text.len, len);
    uint64_t bound = ((uint64_t)1 << window) - 1, taken = 0, in_text = 0;
    size_t n = 0;
    for (size_t j = 0; j < len; j++) {
        bound = bound << 1 | (j <= window);
        uint64_t free_ones = places(query, ptr, j, is_wide) & bound & ~taken;
        taken |= free_ones & -free_ones;
        in_text |= (uint64_t)(free_ones != 0) << j;
        n += free_ones != 0;
    }
    *in_query = taken;
    *matched = n; /* counting bits is dear on processors of the baseline */
    return in_text;
}

ALWAYS size_t moved_in_word(
    const struct similarity_query *query, const void *ptr, bool is_wide, uint64_t in_query, uint64_t in_text)
{
    size_t moved = 0;
    for (; in_text; in_text &= in_text - 1, in_query &= in_query - 1) {
        uint64_t first = in_query & -in_query;
        moved += !(places(query, ptr, (size_t)__builtin_ctzll(in_text), is_wide) & first);
    }
    return moved;
}

/* Letters in front count only where Jaro is over 0.7, which takes so many matches. */
static bool may_count_prefix(const struct common_letters *c)
{
    return 10 * c->matched * (c->len_a + c->len_b) > 11 * c->len_a * c->len_b;
}

/* A bound from the lengths and the matches alone: whether it is worth to look at their order. */
static bool is_hopeless(const struct common_letters *c, unsigned cutoff)
{
    return cutoff && score(c) < cutoff;
}

ALWAYS unsigned jaro_word(
    const struct similarity_query *query, struct symbols text, bool is_wide, bool has_prefix, unsigned cutoff)
{
    struct common_letters c = {.len_a = query->text.len, .len_b = text.len};
    c.matched = c.len_a < c.len_b ? c.len_a : c.len_b;
    c.prefix = has_prefix ? WINKLER_LETTERS : 0;
    if (is_hopeless(&c, cutoff))
        return 0;
    uint64_t in_query, in_text = match_word(query, text.ptr, text.len, is_wide, &in_query, &c.matched);
    if (is_hopeless(&c, cutoff))
        return 0;
    c.prefix = has_prefix && may_count_prefix(&c) ? common_prefix(query->text, text) : 0;
    c.moved = moved_in_word(query, text.ptr, is_wide, in_query, in_text);
    unsigned alike = score(&c);
    return alike >= cutoff ? alike : 0;
}

struct flags {
    bool in_a[SIMILARITY_MOST], in_b[SIMILARITY_MOST];
};

static size_t match_long(struct symbols a, struct symbols b, struct flags *flags)
{
    size_t window = jaro_window(a.len, b.len), matched = 0;
    memset(flags, 0, sizeof *flags);
    for (size_t i = 0; i < a.len; i++) {
        size_t low = i > window ? i - window : 0, high = i + window + 1 < b.len ? i + window + 1 : b.len;
        for (size_t j = low; j < high && !flags->in_a[i]; j++)
            if (!flags->in_b[j] && symbol_at(a, i) == symbol_at(b, j)) {
                flags->in_a[i] = flags->in_b[j] = true;
                matched++;
            }
    }
    return matched;
}

static size_t moved_in_long(struct symbols a, struct symbols b, const struct flags *flags)
{
    size_t moved = 0, j = 0;
    for (size_t i = 0; i < a.len; i++) {
        if (!flags->in_a[i])
            continue;
        while (!flags->in_b[j])
            j++;
        moved += symbol_at(a, i) != symbol_at(b, j++);
    }
    return moved;
}

static unsigned jaro_long(struct symbols a, struct symbols b, bool has_prefix, unsigned cutoff)
{
    struct flags flags;
    struct common_letters c = {.len_a = a.len, .len_b = b.len};
    c.matched = match_long(a, b, &flags);
    c.moved = moved_in_long(a, b, &flags);
    c.prefix = has_prefix ? common_prefix(a, b) : 0;
    unsigned alike = score(&c);
    return alike >= cutoff ? alike : 0;
}

ALWAYS unsigned query_jaro(const struct similarity_query *query, struct symbols text, bool has_prefix, unsigned cutoff)
{
    text = looked_at(text);
    if (query->text.len > SIMILARITY_WORD || text.len > SIMILARITY_WORD)
        return jaro_long(query->text, text, has_prefix, cutoff);
    return text.is_wide ? jaro_word(query, text, true, has_prefix, cutoff)
                        : jaro_word(query, text, false, has_prefix, cutoff);
}

unsigned similarity_query_jaro(const struct similarity_query *query, struct symbols text, unsigned cutoff)
{
    return query_jaro(query, text, false, cutoff);
}

unsigned similarity_query_jaro_winkler(const struct similarity_query *query, struct symbols text, unsigned cutoff)
{
    return query_jaro(query, text, true, cutoff);
}

unsigned similarity_jaro(struct symbols a, struct symbols b, unsigned cutoff)
{
    struct similarity_query query;
    query_begin(&query, a, b);
    return query_jaro(&query, b, false, cutoff);
}

unsigned similarity_jaro_winkler(struct symbols a, struct symbols b, unsigned cutoff)
{
    struct similarity_query query;
    query_begin(&query, a, b);
    return query_jaro(&query, b, true, cutoff);
}

/* ---- edits ------------------------------------------------------------------------------------------------------ */

/* Columns of the table of edits as differences: `up` and `down` have a bit where a cell is one more, or one less, than
 * the cell above it. */
struct column {
    uint64_t up, down, zero, same;
};

ALWAYS int next_column(struct column *column, uint64_t same, uint64_t last, bool has_swaps)
{
    uint64_t zero = (((same & column->up) + column->up) ^ column->up) | same | column->down;
    if (has_swaps)
        zero |= ((~column->zero & same) << 1) & column->same;
    uint64_t more = column->down | ~(zero | column->up), less = zero & column->up;
    int change = (int)((more & last) != 0) - (int)((less & last) != 0);
    more = more << 1 | 1;
    less <<= 1;
    *column = (struct column){.up = less | ~(zero | more), .down = zero & more, .zero = zero, .same = same};
    return change;
}

ALWAYS unsigned edits_word(const struct similarity_query *query, struct symbols text, bool is_wide, bool has_swaps)
{
    struct column column = {.up = UINT64_MAX};
    size_t len = query->text.len;
    if (len == 0)
        return (unsigned)text.len;
    uint64_t last = (uint64_t)1 << (len - 1);
    int edits = (int)len;
    for (size_t j = 0; j < text.len; j++)
        edits += next_column(&column, places(query, text.ptr, j, is_wide), last, has_swaps);
    return (unsigned)edits;
}

static uint16_t least_of(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;
    return (uint16_t)(least < c ? least : c);
}

static unsigned edits_long(struct symbols a, struct symbols b, bool has_swaps)
{
    uint16_t rows[3][SIMILARITY_MOST + 1];
    for (size_t i = 0; i <= a.len; i++) {
        uint16_t *now = rows[i % 3], *before = rows[(i + 2) % 3], *earlier = rows[(i + 1) % 3];
        for (size_t j = 0; j <= b.len; j++) {
            if (i == 0 || j == 0) {
                now[j] = (uint16_t)(i + j);
                continue;
            }
            bool differ = symbol_at(a, i - 1) != symbol_at(b, j - 1);
            now[j] = least_of(before[j - 1] + differ, before[j] + 1u, now[j - 1] + 1u);
            if (has_swaps && i > 1 && j > 1 && symbol_at(a, i - 1) == symbol_at(b, j - 2) &&
                symbol_at(a, i - 2) == symbol_at(b, j - 1))
                now[j] = least_of(now[j], earlier[j - 2] + 1u, UINT16_MAX);
        }
    }
    return rows[a.len % 3][b.len];
}

static bool is_too_long(struct symbols a, struct symbols b, unsigned limit)
{
    return (a.len > b.len ? a.len - b.len : b.len - a.len) > limit;
}

ALWAYS unsigned query_edits(const struct similarity_query *query, struct symbols text, bool has_swaps)
{
    if (query->text.len > SIMILARITY_WORD)
        return edits_long(query->text, text, has_swaps);
    return text.is_wide ? edits_word(query, text, true, has_swaps) : edits_word(query, text, false, has_swaps);
}

ALWAYS unsigned query_edits_within(
    const struct similarity_query *query, struct symbols text, bool has_swaps, unsigned limit)
{
    text = looked_at(text);
    limit = limit < SIMILARITY_MOST ? limit : SIMILARITY_MOST;
    if (is_too_long(query->text, text, limit))
        return limit + 1;
    unsigned edits = query_edits(query, text, has_swaps);
    return edits <= limit ? edits : limit + 1;
}

unsigned similarity_query_levenshtein(const struct similarity_query *query, struct symbols text, unsigned limit)
{
    return query_edits_within(query, text, false, limit);
}

unsigned similarity_query_osa(const struct similarity_query *query, struct symbols text, unsigned limit)
{
    return query_edits_within(query, text, true, limit);
}

/* The shorter text is the query: it is the one that may fit a word. */
ALWAYS unsigned pair_edits(struct symbols a, struct symbols b, bool has_swaps, unsigned limit)
{
    struct similarity_query query;
    bool is_shorter = a.len <= b.len;
    query_begin(&query, is_shorter ? a : b, is_shorter ? b : a);
    return query_edits_within(&query, is_shorter ? b : a, has_swaps, limit);
}

unsigned similarity_levenshtein(struct symbols a, struct symbols b, unsigned limit)
{
    return pair_edits(a, b, false, limit);
}

unsigned similarity_osa(struct symbols a, struct symbols b, unsigned limit)
{
    return pair_edits(a, b, true, limit);
}
