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

/* ---- Jaro and Jaro-Winkler -------------------------------------------------------------------------------------- */

ALWAYS size_t common_prefix_of_any(struct symbols a, struct symbols b)
{
    size_t most = a.len < b.len ? a.len : b.len, n = 0;
    most = most < WINKLER_LETTERS ? most : WINKLER_LETTERS;
    while (n < most && symbol_at(a, n) == symbol_at(b, n))
        n++;
    return n;
}

/* Of nearly all names: four letters at once. */
ALWAYS size_t common_prefix(struct symbols a, struct symbols b)
{
    uint32_t front, other;
    if (a.is_wide || b.is_wide || a.len < sizeof front || b.len < sizeof front)
        return common_prefix_of_any(a, b);
    memcpy(&front, a.ptr, sizeof front);
    memcpy(&other, b.ptr, sizeof other);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (size_t)__builtin_ctzll((uint64_t)1 << 32 | (front ^ other)) / 8;
#else
    return (size_t)__builtin_clzll((uint64_t)(front ^ other) << 32 | (uint64_t)1 << 31) / 8;
#endif
}

/* What the letters of a text took. `free_ones`: by letter of the text, those it could take. `crossed`: letters of the
 * query that lie behind one taken later; none where the matched letters stand in the same order. */
struct taking {
    uint64_t in_query, crossed, free_ones[SIMILARITY_WORD];
    size_t matched;
};

/* Each letter of the text takes the first free equal one within the window. Without branches: whether a letter matches
 * cannot be foreseen, and to be wrong costs as much as several letters. */
ALWAYS void take_letters(
    struct taking *taking, const struct similarity_query *query, const void *ptr, size_t len, bool is_wide)
{
    size_t window = jaro_window(query->text.len, len), matched = 0;
    uint64_t bound = ((uint64_t)1 << window) - 1, taken = 0, crossed = 0;
    for (size_t j = 0; j < len; j++) {
        bound += bound + (j <= window);
        uint64_t free_ones = places(query, ptr, j, is_wide) & bound & ~taken;
        crossed |= taken & -free_ones; /* those above the first free one, as none of the free ones is taken */
        taken |= free_ones & -free_ones;
        taking->free_ones[j] = free_ones;
        matched += free_ones != 0;
    }
    taking->in_query = taken;
    taking->crossed = crossed;
    taking->matched = matched;
}

ALWAYS size_t moved_in_word(
    const struct taking *taking, const struct similarity_query *query, struct symbols text, bool is_wide)
{
    size_t moved = 0;
    uint64_t in_query = taking->in_query;
    for (size_t j = 0; j < text.len; j++) {
        uint64_t hit = -(uint64_t)(taking->free_ones[j] != 0), first = in_query & -in_query & hit;
        moved += hit & ((places(query, text.ptr, j, is_wide) & first) == 0);
        in_query ^= first;
    }
    return moved;
}

/* Equal letters do not cross, as each takes the first that is free. So where letters cross, their order differs; and of
 * up to three letters, that is one transposition, whichever way: the walk is seldom needed. */
ALWAYS size_t moved_of(
    const struct taking *taking, const struct similarity_query *query, struct symbols text, bool is_wide)
{
    bool is_crossed = taking->crossed != 0;
    return is_crossed && taking->matched > 3 ? moved_in_word(taking, query, text, is_wide) : 2 * (size_t)is_crossed;
}

/* A bound from the lengths alone: whether it is worth to look at the letters. */
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
    struct taking taking;
    take_letters(&taking, query, text.ptr, text.len, is_wide);
    c.matched = taking.matched;
    c.moved = moved_of(&taking, query, text, is_wide);
    c.prefix = has_prefix ? common_prefix(query->text, text) : 0;
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
    if (query->text.len > SIMILARITY_WORD || text.len > SIMILARITY_WORD)
        return jaro_long(query->text, looked_at(text), has_prefix, cutoff);
    return text.is_wide ? jaro_word(query, text, true, has_prefix, cutoff)
                        : jaro_word(query, text, false, has_prefix, cutoff);
}

/* ---- edits ------------------------------------------------------------------------------------------------------ */

/* Columns of the table of edits as differences: `up` and `down` have a bit where a cell is one more, or one less, than
 * the cell above it. */
struct column {
    uint64_t up, down, zero, same;
};

/* Hyyrö's column in an order in which a column waits for eight operations of the one before, not for twelve. `flat`:
 * where a row's difference is not one more. */
ALWAYS void next_column(struct column *column, uint64_t same, bool has_swaps)
{
    uint64_t up = column->up, either = same | column->down, sum = (either & up) + up;
    if (has_swaps)
        either |= ((~column->zero & same) << 1) & column->same;
    uint64_t zero = (sum ^ up) | either, flat = ((sum | up | either) & ~column->down) << 1;
    *column =
        (struct column){.up = (zero & up) << 1 | (flat & ~zero), .down = zero & ~flat, .zero = zero, .same = same};
}

/* Without the instruction by sums side by side: the compiler's own way is a call. */
ALWAYS unsigned bits_in(uint64_t word, bool has_counting)
{
    if (has_counting)
        return (unsigned)__builtin_popcountll(word);
    word -= word >> 1 & 0x5555555555555555;
    word = (word & 0x3333333333333333) + (word >> 2 & 0x3333333333333333);
    return (unsigned)(((word + (word >> 4)) & 0x0F0F0F0F0F0F0F0F) * 0x0101010101010101 >> 56);
}

/* The last cell is that of row 0 and all differences below it. */
ALWAYS unsigned edits_word(
    const struct similarity_query *query, struct symbols text, bool is_wide, bool has_swaps, bool has_counting)
{
    struct column column = {.up = UINT64_MAX};
    size_t len = query->text.len;
    uint64_t rows = len ? UINT64_MAX >> (SIMILARITY_WORD - len) : 0;
    for (size_t j = 0; j < text.len; j++)
        next_column(&column, places(query, text.ptr, j, is_wide), has_swaps);
    return (unsigned)text.len + bits_in(column.up & rows, has_counting) - bits_in(column.down & rows, has_counting);
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

ALWAYS unsigned query_edits(
    const struct similarity_query *query, struct symbols text, bool has_swaps, bool has_counting)
{
    if (query->text.len > SIMILARITY_WORD)
        return edits_long(query->text, text, has_swaps);
    return text.is_wide ? edits_word(query, text, true, has_swaps, has_counting)
                        : edits_word(query, text, false, has_swaps, has_counting);
}

ALWAYS unsigned query_edits_within(
    const struct similarity_query *query, struct symbols text, bool has_swaps, bool has_counting, unsigned limit)
{
    text = looked_at(text);
    limit = limit < SIMILARITY_MOST ? limit : SIMILARITY_MOST;
    if (is_too_long(query->text, text, limit))
        return limit + 1;
    unsigned edits = query_edits(query, text, has_swaps, has_counting);
    return edits <= limit ? edits : limit + 1;
}

/* ---- what is called ---------------------------------------------------------------------------------------------- */

/* Twice the same code: for what every processor of the architecture has, and with instructions for the lowest bit and
 * for counting bits, which x86-64 has had since 2013. The query knows which. */
#ifdef __x86_64__
#define WITH_BITS __attribute__((target("bmi,popcnt")))

static bool processor_has_bits(void)
{
    return __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}
#else
#define WITH_BITS

static bool processor_has_bits(void)
{
    return false;
}
#endif

typedef unsigned query_measure(const struct similarity_query *query, struct symbols text, unsigned bound);

#define MEASURE(name, instructions, measure)                                                                           \
    instructions static unsigned name(const struct similarity_query *query, struct symbols text, unsigned bound)       \
    {                                                                                                                  \
        return measure;                                                                                                \
    }                                                                                                                  \
    static query_measure name

#define MEASURES(kind, instructions, has_counting)                                                                     \
    MEASURE(jaro_##kind, instructions, query_jaro(query, text, false, bound));                                         \
    MEASURE(winkler_##kind, instructions, query_jaro(query, text, true, bound));                                       \
    MEASURE(levenshtein_##kind, instructions, query_edits_within(query, text, false, has_counting, bound));            \
    MEASURE(osa_##kind, instructions, query_edits_within(query, text, true, has_counting, bound))

MEASURES(plain, , false);
MEASURES(bits, WITH_BITS, true);

void similarity_query_set(struct similarity_query *query, struct symbols text)
{
    query_clear(query);
    query->text = looked_at(text);
    query->has_bits = processor_has_bits();
    query_fill(query);
}

/* By a table: of a branch the compiler makes functions that want their arguments elsewhere, and moving them shows. */
unsigned similarity_query_jaro(const struct similarity_query *query, struct symbols text, unsigned cutoff)
{
    static query_measure *const measures[] = {jaro_plain, jaro_bits};
    return measures[query->has_bits](query, text, cutoff);
}

unsigned similarity_query_jaro_winkler(const struct similarity_query *query, struct symbols text, unsigned cutoff)
{
    static query_measure *const measures[] = {winkler_plain, winkler_bits};
    return measures[query->has_bits](query, text, cutoff);
}

unsigned similarity_query_levenshtein(const struct similarity_query *query, struct symbols text, unsigned limit)
{
    static query_measure *const measures[] = {levenshtein_plain, levenshtein_bits};
    return measures[query->has_bits](query, text, limit);
}

unsigned similarity_query_osa(const struct similarity_query *query, struct symbols text, unsigned limit)
{
    static query_measure *const measures[] = {osa_plain, osa_bits};
    return measures[query->has_bits](query, text, limit);
}

/* For one pair: the query's memory is not initialised, and its wide part stays so if neither text could ask for it. */
static void query_begin(struct similarity_query *query, struct symbols text, struct symbols other)
{
    query->text.is_wide = text.is_wide || other.is_wide;
    similarity_query_set(query, text);
}

unsigned similarity_jaro(struct symbols a, struct symbols b, unsigned cutoff)
{
    struct similarity_query query;
    query_begin(&query, a, b);
    return similarity_query_jaro(&query, b, cutoff);
}

unsigned similarity_jaro_winkler(struct symbols a, struct symbols b, unsigned cutoff)
{
    struct similarity_query query;
    query_begin(&query, a, b);
    return similarity_query_jaro_winkler(&query, b, cutoff);
}

/* The shorter text is the query: it is the one that may fit a word. */
static unsigned pair_edits(struct symbols a, struct symbols b, query_measure *measure, unsigned limit)
{
    struct similarity_query query;
    bool is_shorter = a.len <= b.len;
    query_begin(&query, is_shorter ? a : b, is_shorter ? b : a);
    return measure(&query, is_shorter ? b : a, limit);
}

unsigned similarity_levenshtein(struct symbols a, struct symbols b, unsigned limit)
{
    return pair_edits(a, b, similarity_query_levenshtein, limit);
}

unsigned similarity_osa(struct symbols a, struct symbols b, unsigned limit)
{
    return pair_edits(a, b, similarity_query_osa, limit);
}
