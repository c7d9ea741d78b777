/* Packing: texts are sorted by the width of their lanes and their length, so that a block needs no masks for texts that
 * have ended, and within that by their letters, so that texts that have nothing in common with a query fill whole
 * blocks, which are then left early. Batches go through a group piece by piece, with numbers on the stack. */
#include "base/error.h"
#include "text/similarity_pack.h"

enum {
    PIECE_BLOCKS = 64,
    PIECE_LANES = PIECE_BLOCKS * LANES_ROW_BYTES,
    FIRST_LETTERS = 7,
    NO_LANES = 0xFF,
    MOST_LETTERS = 47
};

struct sort_key {
    uint64_t key;
    uint32_t position;
};

static bool is_any_wide(struct symbols text)
{
    for (size_t i = 0; text.is_wide && i < text.len; i++)
        if (symbol_at(text, i) > UINT8_MAX)
            return true;
    return false;
}

/* The narrowest lane that has a bit for each symbol, and holds it; LANES_WIDTHS: none. */
static unsigned width_of(struct symbols text)
{
    unsigned width = is_any_wide(text) ? 1 : 0;
    if (text.len == 0)
        return LANES_WIDTHS;
    while (width < LANES_WIDTHS && text.len > 8u << width)
        width++;
    return width;
}

/* Width, length, and the first letters (their low bytes: this is but an order). Behind the lanes: those that have none,
 * by their length. */
static uint64_t sort_key(struct symbols text)
{
    unsigned width = width_of(text);
    uint64_t len = text.len < SIMILARITY_MOST ? text.len : SIMILARITY_MOST;
    uint64_t key = width < LANES_WIDTHS ? width << 6 | (len - 1) : (uint64_t)NO_LANES << 16 | len;
    for (size_t i = 0; i < (width < LANES_WIDTHS ? FIRST_LETTERS : FIRST_LETTERS - 2); i++)
        key = key << 8 | (i < text.len ? symbol_at(text, i) & UINT8_MAX : 0);
    return key;
}

static int compare_keys(const void *a, const void *b)
{
    const struct sort_key *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->position > y->position) - (x->position < y->position);
}

static unsigned group_of(uint64_t key)
{
    return (unsigned)(key >> 56);
}

static void add_group(struct similarity_pack *pack, unsigned group, uint32_t first, uint32_t n)
{
    pack->groups[pack->n_groups++] =
        (struct pack_group){.len = (group & 63) + 1, .width = group >> 6, .first = first, .n = n};
    pack->n_in_lanes = first + n;
}

static void find_groups(struct similarity_pack *pack, const struct sort_key *keys)
{
    for (uint32_t i = 0, first = 0; i < pack->n; i++) {
        pack->order[i] = keys[i].position;
        unsigned group = group_of(keys[i].key);
        if (i + 1 < pack->n && group_of(keys[i + 1].key) == group)
            continue;
        if (group != NO_LANES)
            add_group(pack, group, first, i + 1 - first);
        first = i + 1;
    }
}

static void put_symbol(uint8_t *row, unsigned width, size_t lane, uint16_t symbol)
{
    uint64_t wide = symbol;
    if (width == 0)
        row[lane] = (uint8_t)symbol;
    else if (width == 1)
        ((uint16_t *)row)[lane] = symbol;
    else if (width == 2)
        ((uint32_t *)row)[lane] = symbol;
    else
        ((uint64_t *)row)[lane] = wide;
}

/* Whether the letters are so few that tables of them pay, which take up to six times the memory of symbols. */
static void find_letters(struct similarity_pack *pack)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < pack->n_in_lanes; i++) {
        struct symbols text = pack->texts[pack->order[i]];
        for (size_t j = 0; j < text.len; j++) {
            uint16_t symbol = symbol_at(text, j);
            if (symbol <= UINT8_MAX && pack->letter_rows[symbol])
                continue;
            if (symbol > UINT8_MAX || n == MOST_LETTERS)
                return;
            pack->letter_rows[symbol] = (uint8_t)++n;
        }
    }
    pack->n_letters = n;
}

static void put_place(uint8_t *row, unsigned width, size_t lane, size_t place)
{
    uint64_t bit = (uint64_t)1 << place;
    if (width == 0)
        row[lane] |= (uint8_t)bit;
    else if (width == 1)
        ((uint16_t *)row)[lane] |= (uint16_t)bit;
    else if (width == 2)
        ((uint32_t *)row)[lane] |= (uint32_t)bit;
    else
        ((uint64_t *)row)[lane] |= bit;
}

static void fill_group(const struct similarity_pack *pack, const struct pack_group *group, uint8_t *rows)
{
    size_t n_lanes = pack_lanes(group->width), block_bytes = pack_block_rows(pack, group) * LANES_ROW_BYTES;
    for (uint32_t i = 0; i < group->n; i++) {
        struct symbols text = pack->texts[pack->order[group->first + i]];
        uint8_t *block = rows + i / n_lanes * block_bytes;
        for (size_t j = 0; j < group->len; j++) {
            uint16_t symbol = symbol_at(text, j);
            if (pack->n_letters)
                put_place(block + pack->letter_rows[symbol] * LANES_ROW_BYTES, group->width, i % n_lanes, j);
            else
                put_symbol(block + j * LANES_ROW_BYTES, group->width, i % n_lanes, symbol);
        }
    }
}

static bool fill_groups(struct similarity_pack *pack)
{
    size_t n_rows = 0;
    find_letters(pack);
    for (size_t g = 0; g < pack->n_groups; g++)
        n_rows += pack_blocks(&pack->groups[g]) * pack_block_rows(pack, &pack->groups[g]);
    pack->memory = calloc(n_rows + 1, LANES_ROW_BYTES);
    if (!pack->memory)
        return false;
    /* calloc aligns to 16 bytes; lanes want a whole row. */
    uint8_t *rows = pack->memory + (-(uintptr_t)pack->memory & (LANES_ROW_BYTES - 1));
    for (size_t g = 0; g < pack->n_groups; g++) {
        pack->groups[g].rows = rows;
        fill_group(pack, &pack->groups[g], rows);
        rows += pack_blocks(&pack->groups[g]) * pack_block_rows(pack, &pack->groups[g]) * LANES_ROW_BYTES;
    }
    return true;
}

static bool pack_fill(struct similarity_pack *pack)
{
    struct sort_key *keys = malloc((pack->n + (size_t)1) * sizeof *keys);
    pack->order = malloc((pack->n + (size_t)1) * sizeof *pack->order);
    pack->groups = malloc(LANES_WIDTHS * (size_t)SIMILARITY_WORD * sizeof *pack->groups);
    if (keys && pack->order && pack->groups) {
        for (uint32_t i = 0; i < pack->n; i++)
            keys[i] = (struct sort_key){sort_key(pack->texts[i]), i};
        qsort(keys, pack->n, sizeof *keys, compare_keys);
        find_groups(pack, keys);
    }
    bool is_filled = keys && pack->order && pack->groups && fill_groups(pack);
    free(keys);
    return is_filled;
}

enum comity_status similarity_pack_new(
    const struct symbols *texts, uint32_t n, struct similarity_pack **pack, struct comity_error *err)
{
    *pack = calloc(1, sizeof **pack);
    if (!*pack)
        return error_nomem(err);
    **pack = (struct similarity_pack){.texts = texts, .n = n};
    similarity_pack_use(*pack, SIMILARITY_BEST);
    if (pack_fill(*pack))
        return COMITY_OK;
    similarity_pack_free(*pack);
    *pack = NULL;
    return error_nomem(err);
}

void similarity_pack_free(struct similarity_pack *pack)
{
    if (!pack)
        return;
    free(pack->order);
    free(pack->groups);
    free(pack->memory);
    free(pack);
}

bool similarity_pack_use(struct similarity_pack *pack, enum similarity_lanes lanes)
{
    const struct lanes_set *set = lanes == SIMILARITY_BASELINE ? NULL : lanes_avx2();
    if (!set && lanes == SIMILARITY_AVX2)
        return false;
    pack->lanes = set ? set : lanes_baseline();
    return true;
}

const char *similarity_pack_lanes(const struct similarity_pack *pack)
{
    return pack->lanes->name;
}

size_t pack_query_symbols(struct symbols text, uint16_t symbols[SIMILARITY_WORD])
{
    size_t len = text.len < SIMILARITY_WORD ? text.len : SIMILARITY_WORD;
    for (size_t i = 0; i < len; i++)
        symbols[i] = symbol_at(text, i);
    return len;
}

void pack_set_rows(
    const struct similarity_pack *pack, const struct pack_group *group, size_t block, struct lanes_job *job)
{
    job->len = group->len;
    job->block_rows = pack_block_rows(pack, group);
    job->rows = group->rows + block * job->block_rows * LANES_ROW_BYTES;
    job->n_blocks = pack_blocks(group) - block;
    job->letter_rows = pack->n_letters ? pack->letter_rows : NULL;
}

/* ---- batches ---------------------------------------------------------------------------------------------------- */

static void run_group(
    const struct similarity_pack *pack, const struct pack_group *group, const struct lanes_job *all, uint16_t *numbers)
{
    uint16_t piece[PIECE_LANES];
    struct lanes_job job = *all;
    size_t n_blocks = pack_blocks(group), n_lanes = pack_lanes(group->width);
    job.numbers = piece;
    lanes_job_gate(&job, job.query_len, group->len);
    for (size_t block = 0; block < n_blocks; block += PIECE_BLOCKS) {
        size_t first = block * n_lanes;
        pack_set_rows(pack, group, block, &job);
        job.n_blocks = job.n_blocks < PIECE_BLOCKS ? job.n_blocks : PIECE_BLOCKS;
        pack->lanes->run[group->width](&job);
        for (size_t i = 0; i < job.n_blocks * n_lanes && first + i < group->n; i++)
            numbers[pack->order[group->first + first + i]] = piece[i];
    }
}

static unsigned single(const struct similarity_query *query, struct symbols text, const struct lanes_job *job)
{
    switch (job->measure) {
    case LANES_JARO:
        return similarity_query_jaro(query, text, job->cutoff);
    case LANES_WINKLER:
        return similarity_query_jaro_winkler(query, text, job->cutoff);
    case LANES_LEVENSHTEIN:
        return similarity_query_levenshtein(query, text, job->limit);
    default:
        return similarity_query_osa(query, text, job->limit);
    }
}

static void run_all(
    const struct similarity_pack *pack, const struct similarity_query *query, struct lanes_job *job, uint16_t *numbers)
{
    uint16_t symbols[SIMILARITY_WORD];
    bool has_lanes = query->text.len <= SIMILARITY_WORD;
    job->query = symbols;
    job->query_len = pack_query_symbols(query->text, symbols);
    for (size_t g = 0; has_lanes && g < pack->n_groups; g++)
        run_group(pack, &pack->groups[g], job, numbers);
    for (uint32_t i = has_lanes ? pack->n_in_lanes : 0; i < pack->n; i++)
        numbers[pack->order[i]] = (uint16_t)single(query, pack->texts[pack->order[i]], job);
    job->query = NULL;
}

void similarity_pack_jaro(
    const struct similarity_pack *pack, const struct similarity_query *query, unsigned cutoff, uint16_t *alike)
{
    struct lanes_job job = {.measure = LANES_JARO, .cutoff = cutoff};
    run_all(pack, query, &job, alike);
}

void similarity_pack_jaro_winkler(
    const struct similarity_pack *pack, const struct similarity_query *query, unsigned cutoff, uint16_t *alike)
{
    struct lanes_job job = {.measure = LANES_WINKLER, .cutoff = cutoff};
    run_all(pack, query, &job, alike);
}

static unsigned edit_limit(unsigned limit)
{
    return limit < SIMILARITY_MOST ? limit : SIMILARITY_MOST;
}

void similarity_pack_levenshtein(
    const struct similarity_pack *pack, const struct similarity_query *query, unsigned limit, uint16_t *edits)
{
    struct lanes_job job = {.measure = LANES_LEVENSHTEIN, .limit = edit_limit(limit)};
    run_all(pack, query, &job, edits);
}

void similarity_pack_osa(
    const struct similarity_pack *pack, const struct similarity_query *query, unsigned limit, uint16_t *edits)
{
    struct lanes_job job = {.measure = LANES_OSA, .limit = edit_limit(limit)};
    run_all(pack, query, &job, edits);
}
