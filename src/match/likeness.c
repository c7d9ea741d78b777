/* Preparing a column's values, and the level of two of them. */
#include "match/likeness.h"

#include "base/bits.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/order.h"
#include "text/similarity_join.h"

#include <math.h>
#include <stdlib.h>

static const unsigned levels_of[COLUMN_N_TYPES] = {[COLUMN_NAME] = NAME_LEVELS,
    [COLUMN_TEXT] = WORDS_LEVELS,
    [COLUMN_DATE] = DAY_LEVELS,
    [COLUMN_IDENTIFIER] = IDENTIFIER_LEVELS,
    [COLUMN_CATEGORY] = CATEGORY_LEVELS,
    [COLUMN_NUMBER] = NUMBER_LEVELS,
    [COLUMN_COUNT] = COUNT_LEVELS};

/* ---- names and identifiers ---- */

/* Knuth's multiplicative one: the slots are few. */
static uint32_t hash_code(uint32_t code)
{
    return code * UINT32_C(2654435769) >> 8;
}

static uint64_t sign_of(struct slice text)
{
    uint64_t sign = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char letter = (unsigned char)text.ptr[i];
        uint64_t bit = (uint64_t)1 << (letter & 31);
        sign |= sign & bit ? bit << 32 : bit;
    }
    return sign;
}

static uint64_t sign_of_words(struct slice text)
{
    uint64_t sign = 0;
    struct slice word;
    while (token_next(&text, &word))
        sign |= (uint64_t)1 << (hash_slice(word) & 63);
    return sign;
}

static unsigned level_of_pair(enum column_type type, const struct slice *texts, const struct similarity_pair *pair)
{
    if (type == COLUMN_IDENTIFIER)
        return pair->edits == 1 ? IDENTIFIER_NEAR : IDENTIFIER_ALIKE;
    size_t a = texts[pair->a].len, b = texts[pair->b].len, shortest = a < b ? a : b;
    if ((pair->edits <= 1 && shortest >= 4) || pair->alike >= 950)
        return NAME_NEAR;
    return pair->alike >= 900 || (pair->edits <= 2 && shortest >= 7) ? NAME_ALIKE : NAME_SOMEWHAT;
}

/* Between empty and half full; codes that are alike to none have no slot. */
static uint32_t n_slots(uint32_t n_alike)
{
    uint32_t n = n_alike ? 2 : 0;
    while (n < 2 * n_alike)
        n *= 2;
    return n;
}

static void put_alike(struct likeness *likeness, uint32_t a, uint32_t b, unsigned level)
{
    uint32_t first = likeness->first_slot[a], mask = likeness->first_slot[a + 1] - first - 1, at = hash_code(b) & mask;
    while (likeness->slots[first + at])
        at = (at + 1) & mask;
    likeness->slots[first + at] = b;
    likeness->slot_levels[first + at] = (uint8_t)level;
}

/* Each pair stands with both of its codes: who compares one value with many stays within one small table. */
static enum comity_status keep_pairs(struct likeness *likeness, const struct similarity_join *join)
{
    uint32_t n_values = likeness->column->n_values;
    uint32_t *first = likeness->first_slot = calloc(n_values + 1u, sizeof *first);
    if (!first)
        return COMITY_NOMEM;
    for (size_t i = 0; i < join->n_pairs; i++) {
        first[join->pairs[i].a + 2]++; /* the join knows nothing of code 0 */
        first[join->pairs[i].b + 2]++;
    }
    for (uint32_t v = 0; v < n_values; v++)
        first[v + 1] = first[v] + n_slots(first[v + 1]);
    likeness->slots = calloc(first[n_values] + 1u, sizeof *likeness->slots);
    likeness->slot_levels = calloc(first[n_values] + 1u, sizeof *likeness->slot_levels);
    if (!likeness->slots || !likeness->slot_levels)
        return COMITY_NOMEM;
    for (size_t i = 0; i < join->n_pairs; i++) {
        struct similarity_pair pair = join->pairs[i];
        pair.a++, pair.b++;
        unsigned apart = bits_count(likeness->signs[pair.a].letters ^ likeness->signs[pair.b].letters);
        unsigned level = level_of_pair(likeness->type, likeness->column->texts, &pair);
        if (apart > likeness->most_apart)
            likeness->most_apart = apart;
        put_alike(likeness, pair.a, pair.b, level);
        put_alike(likeness, pair.b, pair.a, level);
    }
    return COMITY_OK;
}

static enum comity_status turn_texts(
    const struct table_column *column, struct arena *arena, struct symbols *symbols, struct comity_error *err)
{
    struct alphabet alphabet = {0};
    enum comity_status status = COMITY_OK;
    for (uint32_t v = 1; v < column->n_values && status == COMITY_OK; v++)
        status = alphabet_add(&alphabet, column->texts[v], err);
    for (uint32_t v = 1; v < column->n_values && status == COMITY_OK; v++)
        status = alphabet_turn(&alphabet, column->texts[v], arena, &symbols[v - 1], err);
    alphabet_release(&alphabet);
    return status;
}

static enum comity_status join_texts(struct likeness *likeness, unsigned threads, struct comity_error *err)
{
    const struct table_column *column = likeness->column;
    struct similarity_join_options options = {.least_alike = 1000, .most_edits = 2, .n_threads = threads};
    if (likeness->type == COLUMN_NAME)
        options = (struct similarity_join_options){
            .least_alike = 800, .most_edits = 2, .letters_for_edits = {0, 4, 7, 0}, .n_threads = threads};
    struct arena arena = {0};
    struct similarity_join join = {0};
    struct symbols *symbols = calloc(column->n_values, sizeof *symbols);
    enum comity_status status = symbols ? turn_texts(column, &arena, symbols, err) : error_nomem(err);
    if (status == COMITY_OK)
        status = similarity_join(symbols, column->n_values - 1, &options, &join, err);
    if (status == COMITY_OK) {
        likeness->least_alike = join.least_alike;
        likeness->most_edits = join.most_edits;
        likeness->is_tightened = join.is_tightened;
        status = keep_pairs(likeness, &join) == COMITY_OK ? COMITY_OK : error_nomem(err);
    }
    similarity_join_release(&join);
    arena_release(&arena);
    free(symbols);
    return status;
}

static enum comity_status prepare_names(struct likeness *likeness, unsigned threads, struct comity_error *err)
{
    const struct table_column *column = likeness->column;
    likeness->signs = calloc(column->n_values, sizeof *likeness->signs);
    likeness->first_letters = calloc(column->n_values, sizeof *likeness->first_letters);
    if (!likeness->signs || !likeness->first_letters)
        return error_nomem(err);
    for (uint32_t v = 0; v < column->n_values; v++) {
        struct slice text = column->texts[v];
        uint64_t words = likeness->type == COLUMN_NAME ? sign_of_words(text) : hash_bytes(text.ptr, (text.len + 1) / 2);
        likeness->signs[v] = (struct value_sign){sign_of(text), words};
        likeness->first_letters[v] = text.len ? (uint8_t)text.ptr[0] : 0;
    }
    return join_texts(likeness, threads, err);
}

/* Whether each word of one is a word of the other, where the bits of their words do not tell that it is not so. */
static bool has_words_of(const struct likeness *likeness, uint32_t a, uint32_t b)
{
    struct slice few = likeness->column->texts[a], many = likeness->column->texts[b];
    if (few.len > many.len) {
        struct slice swap = few;
        few = many;
        many = swap;
    }
    struct slice word;
    if (few.len < 3)
        return false;
    while (token_next(&few, &word)) {
        struct slice rest = many, other;
        bool is_there = false;
        while (!is_there && token_next(&rest, &other))
            is_there = slice_equal(word, other);
        if (!is_there)
            return false;
    }
    return true;
}

static inline bool is_part(const struct likeness *likeness, uint32_t a, uint32_t b)
{
    uint64_t x = likeness->signs[a].words, y = likeness->signs[b].words;
    return ((x & y) == x || (x & y) == y) && has_words_of(likeness, a, b);
}

static inline bool is_letter(const struct likeness *likeness, uint32_t a)
{
    uint64_t letters = likeness->signs[a].letters;
    return (letters & (letters - 1)) == 0;
}

static inline bool is_initial(const struct likeness *likeness, uint32_t a, uint32_t b)
{
    return (is_letter(likeness, a) || is_letter(likeness, b)) &&
           likeness->first_letters[a] == likeness->first_letters[b];
}

/* 0 where they are no pair of the join. */
static inline unsigned level_in_table(const struct likeness *likeness, uint32_t a, uint32_t b)
{
    if (bits_count(likeness->signs[a].letters ^ likeness->signs[b].letters) > likeness->most_apart)
        return 0;
    uint32_t first = likeness->first_slot[a], n = likeness->first_slot[a + 1] - first;
    if (!n)
        return 0;
    for (uint32_t at = hash_code(b) & (n - 1); likeness->slots[first + at]; at = (at + 1) & (n - 1))
        if (likeness->slots[first + at] == b)
            return likeness->slot_levels[first + at];
    return 0;
}

static inline unsigned level_of_names(const struct likeness *likeness, uint32_t a, uint32_t b)
{
    unsigned level = level_in_table(likeness, a, b);
    if (level && level < NAME_SOMEWHAT)
        return level;
    if (is_part(likeness, a, b))
        return NAME_PART;
    return level ? level : is_initial(likeness, a, b) ? NAME_INITIAL : NAME_DIFFERENT;
}

static inline unsigned level_of_identifiers(const struct likeness *likeness, uint32_t a, uint32_t b)
{
    unsigned level = level_in_table(likeness, a, b);
    if (level)
        return level;
    return likeness->signs[a].words == likeness->signs[b].words ? IDENTIFIER_HALF : IDENTIFIER_DIFFERENT;
}

/* ---- dates ---- */

static enum comity_status prepare_dates(struct likeness *likeness)
{
    const struct table_column *column = likeness->column;
    likeness->digits = calloc(column->n_values, sizeof *likeness->digits);
    if (!likeness->digits)
        return COMITY_NOMEM;
    /* yyyymmdd: the year's first digit in the lowest byte. */
    for (uint32_t v = 1; v < column->n_values; v++)
        memcpy(&likeness->digits[v], column->texts[v].ptr, column->texts[v].len < 8 ? column->texts[v].len : 8);
    return COMITY_OK;
}

/* How many bytes are not 0: the highest bit of each says so, and a product adds them up. */
static unsigned n_bytes(uint64_t different)
{
    const uint64_t low = UINT64_C(0x7F7F7F7F7F7F7F7F), ones = UINT64_C(0x0101010101010101);
    uint64_t set = (((different & low) + low) | different) & ~low;
    return (unsigned)((set >> 7) * ones >> 56);
}

static unsigned level_of_digits(uint64_t a, uint64_t b)
{
    const uint64_t year = UINT64_C(0xFFFFFFFF), month = UINT64_C(0xFFFF00000000), day = UINT64_C(0xFFFF000000000000);
    uint64_t different = a ^ b;
    uint64_t exchanged = (a & year) | (a & month) << 16 | (a & day) >> 16;
    if (n_bytes(different) == 1 || exchanged == b)
        return DAY_MISTYPED;
    /* Two digits exchanged with each other. */
    if (n_bytes(different) == 2)
        for (unsigned i = 0; i < 7; i++) {
            uint64_t x = a >> (8 * i) & 255, y = a >> (8 * i + 8) & 255;
            uint64_t turned = (a & ~(UINT64_C(0xFFFF) << (8 * i))) | y << (8 * i) | x << (8 * i + 8);
            if (turned == b)
                return DAY_MISTYPED;
        }
    if (!(different & (month | day)) || !(different & (year | month)))
        return DAY_HALF;
    return different & year ? DAY_DIFFERENT : DAY_YEAR;
}

static unsigned level_of_dates(const struct likeness *likeness, uint32_t a, uint32_t b)
{
    double from = likeness->column->numbers[a], until = likeness->column->numbers[b];
    if (from == TABLE_NO_DAY || until == TABLE_NO_DAY)
        return level_of_digits(likeness->digits[a], likeness->digits[b]);
    double days = until - from;
    if (!likeness->is_directed)
        days = fabs(days);
    if (days > 0 && days <= 31)
        return days == 1    ? DAY_1
               : days == 2  ? DAY_2
               : days <= 4  ? DAY_4
               : days <= 8  ? DAY_8
               : days <= 16 ? DAY_16
                            : DAY_31;
    if (days < 0 && days >= -31)
        return days == -1 ? DAY_BEFORE_1 : DAY_BEFORE_31;
    return level_of_digits(likeness->digits[a], likeness->digits[b]);
}

/* ---- numbers ---- */

static unsigned level_of_numbers(const struct likeness *likeness, uint32_t a, uint32_t b)
{
    double x = likeness->column->numbers[a], y = likeness->column->numbers[b];
    double apart = fabs(x - y) / fmax(fmax(fabs(x), fabs(y)), 1e-300);
    unsigned less = likeness->is_directed && y < x;
    if (apart <= 0.002)
        return NUMBER_EXACT;
    if (apart <= 0.1)
        return (apart <= 0.01 ? NUMBER_1 : apart <= 0.02 ? NUMBER_2 : apart <= 0.05 ? NUMBER_5 : NUMBER_10) + less;
    return apart <= 0.2 ? NUMBER_20 : NUMBER_DIFFERENT;
}

static unsigned level_of_counts(const struct likeness *likeness, uint32_t a, uint32_t b)
{
    double apart = fabs(likeness->column->numbers[a] - likeness->column->numbers[b]);
    return apart <= 1 ? COUNT_1 : apart <= 3 ? COUNT_3 : COUNT_DIFFERENT;
}

/* ---- words ---- */

static int compare_words(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

static enum comity_status number_words(struct likeness *likeness, struct intern *intern)
{
    const struct table_column *column = likeness->column;
    size_t room = 0, n = 0;
    likeness->word_start = calloc(column->n_values + 1u, sizeof *likeness->word_start);
    if (!likeness->word_start)
        return COMITY_NOMEM;
    for (uint32_t v = 0; v < column->n_values; v++) {
        struct slice rest = column->texts[v], word;
        size_t first = n;
        likeness->word_start[v] = (uint32_t)n;
        while (token_next(&rest, &word)) {
            uint32_t id = intern_put(intern, word);
            if (n == room) {
                room = room ? 2 * room : 4096;
                uint32_t *words = realloc(likeness->words, room * sizeof *words);
                if (!words)
                    return COMITY_NOMEM;
                likeness->words = words;
            }
            if (id == INTERN_NONE)
                return COMITY_NOMEM;
            likeness->words[n++] = id;
        }
        if (n > first)
            qsort(&likeness->words[first], n - first, sizeof *likeness->words, compare_words);
        size_t kept = first;
        for (size_t i = first; i < n; i++)
            if (i == first || likeness->words[i] != likeness->words[kept - 1])
                likeness->words[kept++] = likeness->words[i];
        n = kept;
    }
    likeness->word_start[column->n_values] = (uint32_t)n;
    likeness->n_words = (uint32_t)intern->count;
    return COMITY_OK;
}

static enum comity_status weigh_words(struct likeness *likeness)
{
    const struct table_column *column = likeness->column;
    likeness->word_frequency = calloc(likeness->n_words + 1u, sizeof *likeness->word_frequency);
    likeness->word_bits = calloc(likeness->n_words + 1u, sizeof *likeness->word_bits);
    likeness->text_bits = calloc(column->n_values, sizeof *likeness->text_bits);
    if (!likeness->word_frequency || !likeness->word_bits || !likeness->text_bits)
        return COMITY_NOMEM;
    double told = (double)(column->n_told[0] + column->n_told[1]);
    for (uint32_t v = 1; v < column->n_values; v++)
        for (uint32_t i = likeness->word_start[v]; i < likeness->word_start[v + 1]; i++)
            likeness->word_frequency[likeness->words[i]] += column->frequency[0][v] + column->frequency[1][v];
    for (uint32_t w = 0; w < likeness->n_words; w++)
        likeness->word_bits[w] = (float)log2(fmax(told / likeness->word_frequency[w], 1));
    for (uint32_t v = 1; v < column->n_values; v++)
        for (uint32_t i = likeness->word_start[v]; i < likeness->word_start[v + 1]; i++)
            likeness->text_bits[v] += likeness->word_bits[likeness->words[i]];
    return COMITY_OK;
}

/* By a sort of frequency and word within each text. */
static enum comity_status order_by_rarity(struct likeness *likeness)
{
    uint32_t n_values = likeness->column->n_values, n = likeness->word_start[n_values];
    uint32_t most = 0;
    for (uint32_t v = 0; v < n_values; v++)
        if (likeness->word_start[v + 1] - likeness->word_start[v] > most)
            most = likeness->word_start[v + 1] - likeness->word_start[v];
    struct sort_item *items = malloc((most + 1u) * sizeof *items);
    likeness->rare_words = malloc((n + 1u) * sizeof *likeness->rare_words);
    bool is_ready = items && likeness->rare_words;
    for (uint32_t v = 0; is_ready && v < n_values; v++) {
        uint32_t first = likeness->word_start[v], size = likeness->word_start[v + 1] - first;
        for (uint32_t i = 0; i < size; i++) {
            uint32_t word = likeness->words[first + i];
            items[i] = (struct sort_item){likeness->word_frequency[word], word};
        }
        sort_items(items, size);
        for (uint32_t i = 0; i < size; i++)
            likeness->rare_words[first + i] = items[i].payload;
    }
    free(items);
    return is_ready ? COMITY_OK : COMITY_NOMEM;
}

static enum comity_status prepare_words(struct likeness *likeness)
{
    struct intern intern = {0};
    enum comity_status status = number_words(likeness, &intern);
    intern_release(&intern);
    if (status == COMITY_OK)
        status = weigh_words(likeness);
    return status == COMITY_OK ? order_by_rarity(likeness) : status;
}

float likeness_shared(const struct likeness *likeness, uint32_t a, uint32_t b)
{
    float bits = 0;
    if (a == b)
        return likeness->text_bits[a];
    uint32_t i = likeness->word_start[a], i_end = likeness->word_start[a + 1];
    uint32_t j = likeness->word_start[b], j_end = likeness->word_start[b + 1];
    while (i < i_end && j < j_end) {
        uint32_t x = likeness->words[i], y = likeness->words[j];
        bits += x == y ? likeness->word_bits[x] : 0;
        i += x <= y;
        j += y <= x;
    }
    return bits;
}

static unsigned level_of_texts(const struct likeness *likeness, uint32_t a, uint32_t b)
{
    float shared = likeness_shared(likeness, a, b);
    float x = likeness->text_bits[a], y = likeness->text_bits[b], all = x + y - shared, least = x < y ? x : y;
    float share = (all > 0 ? shared / all : 0) / 2 + (least > 0 ? shared / least : 0) / 2;
    return share >= 0.95f   ? WORDS_95
           : share >= 0.85f ? WORDS_85
           : share >= 0.7f  ? WORDS_70
           : share >= 0.5f  ? WORDS_50
           : share >= 0.35f ? WORDS_35
           : share >= 0.2f  ? WORDS_20
           : share >= 0.1f  ? WORDS_10
           : share > 0      ? WORDS_FEW
                            : WORDS_DIFFERENT;
}

/* ---- all types ---- */

enum comity_status likeness_build(const struct table *table, unsigned column, bool is_directed, unsigned threads,
    struct likeness *out, struct comity_error *err)
{
    const struct table_column *values = &table->columns[column];
    *out = (struct likeness){.column = values, .type = values->type, .n_levels = levels_of[values->type]};
    out->is_directed = is_directed && (out->type == COLUMN_DATE || out->type == COLUMN_NUMBER);
    switch (out->type) {
    case COLUMN_NAME:
    case COLUMN_IDENTIFIER:
        return prepare_names(out, threads, err);
    case COLUMN_DATE:
        return prepare_dates(out) == COMITY_OK ? COMITY_OK : error_nomem(err);
    case COLUMN_TEXT:
        return prepare_words(out) == COMITY_OK ? COMITY_OK : error_nomem(err);
    default:
        return COMITY_OK;
    }
}

void likeness_release(struct likeness *likeness)
{
    free(likeness->slots);
    free(likeness->slot_levels);
    free(likeness->first_slot);
    free(likeness->signs);
    free(likeness->first_letters);
    free(likeness->digits);
    free(likeness->word_start);
    free(likeness->words);
    free(likeness->rare_words);
    free(likeness->word_frequency);
    free(likeness->word_bits);
    free(likeness->text_bits);
    *likeness = (struct likeness){0};
}

static inline unsigned level_by_type(const struct likeness *likeness, enum column_type type, uint32_t a, uint32_t b)
{
    if (!a || !b)
        return 0;
    if (a == b)
        return LIKENESS_EQUAL;
    switch (type) {
    case COLUMN_NAME:
        return level_of_names(likeness, a, b);
    case COLUMN_IDENTIFIER:
        return level_of_identifiers(likeness, a, b);
    case COLUMN_DATE:
        return level_of_dates(likeness, a, b);
    case COLUMN_NUMBER:
        return level_of_numbers(likeness, a, b);
    case COLUMN_COUNT:
        return level_of_counts(likeness, a, b);
    case COLUMN_TEXT:
        return level_of_texts(likeness, a, b);
    case COLUMN_CATEGORY:
    case COLUMN_N_TYPES:
        break;
    }
    return CATEGORY_DIFFERENT;
}

unsigned likeness_level(const struct likeness *likeness, uint32_t a, uint32_t b)
{
    return level_by_type(likeness, likeness->type, a, b);
}

/* A loop for each type, so that none asks for the type within it. */
static inline void add_levels(const struct likeness *likeness, enum column_type type, const struct table *table,
    uint32_t code, const uint32_t *positions, size_t n, uint64_t *vectors)
{
    unsigned c = (unsigned)(likeness->column - table->columns);
    for (size_t i = 0; i < n; i++)
        vectors[i] |= (uint64_t)level_by_type(likeness, type, code, table_code(table, positions[i], c)) << (4 * c);
}

void likeness_levels(const struct likeness *likeness, const struct table *table, uint32_t position,
    const uint32_t *positions, size_t n, uint64_t *vectors)
{
    unsigned c = (unsigned)(likeness->column - table->columns);
    uint32_t code = table_code(table, position, c);
    if (!code)
        return;
    if (likeness->is_directed) {
        for (size_t i = 0; i < n; i++) {
            uint32_t other = table_code(table, positions[i], c);
            bool is_first = table->file[position] <= table->file[positions[i]];
            uint64_t level = is_first ? likeness_level(likeness, code, other) : likeness_level(likeness, other, code);
            vectors[i] |= level << (4 * c);
        }
        return;
    }
    switch (likeness->type) {
    case COLUMN_NAME:
        add_levels(likeness, COLUMN_NAME, table, code, positions, n, vectors);
        break;
    case COLUMN_IDENTIFIER:
        add_levels(likeness, COLUMN_IDENTIFIER, table, code, positions, n, vectors);
        break;
    case COLUMN_CATEGORY:
        add_levels(likeness, COLUMN_CATEGORY, table, code, positions, n, vectors);
        break;
    default:
        add_levels(likeness, likeness->type, table, code, positions, n, vectors);
    }
}

static const char *const name_texts[] = {"one letter off, or nearly the same", "two letters off, or alike",
    "the words of one are words of the other", "somewhat alike", "an initial", "different"};
static const char *const identifier_texts[] = {
    "one character off", "two characters off", "the first half is the same", "different"};
static const char *const day_texts[] = {"1 day later", "2 days later", "3 to 4 days later", "5 to 8 days later",
    "9 to 16 days later", "17 to 31 days later", "1 day earlier", "2 to 31 days earlier",
    "one digit differs, or day and month are exchanged", "month and day, or year and month, are the same",
    "the year is the same", "different"};
static const char *const number_texts[] = {"within 0.2 %", "more by up to 1 %", "less by up to 1 %",
    "more by up to 2 %", "less by up to 2 %", "more by up to 5 %", "less by up to 5 %", "more by up to 10 %",
    "less by up to 10 %", "within 20 %", "different"};
static const char *const count_texts[] = {"1 apart", "2 to 3 apart", "different"};
static const char *const word_texts[] = {"95 % of what the words say is shared", "85 % is shared", "70 % is shared",
    "half is shared", "35 % is shared", "20 % is shared", "10 % is shared", "less is shared", "no word is shared"};

/* Without direction the same levels say "apart". */
static const char *const day_texts_apart[] = {"1 day apart", "2 days apart", "3 to 4 days apart", "5 to 8 days apart",
    "9 to 16 days apart", "17 to 31 days apart"};
static const char *const number_texts_apart[] = {
    "within 0.2 %", "within 1 %", "", "within 2 %", "", "within 5 %", "", "within 10 %", ""};

const char *likeness_text(const struct likeness *likeness, unsigned level)
{
    if (level <= LIKENESS_EQUAL || level >= likeness->n_levels)
        return level == LIKENESS_EQUAL ? "equal" : level == 0 ? "not told" : "";
    level -= LIKENESS_EQUAL + 1;
    switch (likeness->type) {
    case COLUMN_NAME:
        return name_texts[level];
    case COLUMN_IDENTIFIER:
        return identifier_texts[level];
    case COLUMN_DATE:
        return !likeness->is_directed && level <= DAY_31 - DAY_1 ? day_texts_apart[level] : day_texts[level];
    case COLUMN_NUMBER:
        return !likeness->is_directed && level < NUMBER_20 - NUMBER_EXACT ? number_texts_apart[level]
                                                                          : number_texts[level];
    case COLUMN_COUNT:
        return count_texts[level];
    case COLUMN_TEXT:
        return word_texts[level];
    case COLUMN_CATEGORY:
    case COLUMN_N_TYPES:
        break;
    }
    return "different";
}
