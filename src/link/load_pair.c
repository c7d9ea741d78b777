/* Day by day: the rows of a day, sorted so that equal ones adjoin, are paired in three passes, each less strict. */
#include "link/load_pair.h"

#include "base/array.h"

#include <stdlib.h>

enum { LEVEL_CONTENT, LEVEL_VALUES, LEVEL_VIEW, N_LEVELS };

struct candidate {
    uint64_t level[N_LEVELS], identity;
    uint32_t mention, ordinal;
    bool is_there; /* on the day, or in the source, of the copies */
    bool is_done;
};

struct pairer {
    const struct load_table *table;
    const struct load_views *views;
    const struct load_block *block;
    uint32_t *copy_of;
    bool is_applied;
    struct load_pairs *out;
    struct candidate *at; /* of the day in hand */
    size_t n, room;
};

static int compare_numbers(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_likeness(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    for (int level = N_LEVELS; level-- > 0;)
        if (x->level[level] != y->level[level])
            return compare_numbers(x->level[level], y->level[level]);
    if (x->ordinal != y->ordinal)
        return compare_numbers(x->ordinal, y->ordinal);
    return compare_numbers(x->identity, y->identity);
}

static bool add_day(struct pairer *pairer, const struct load_day *day, bool is_there)
{
    const struct mentions *mentions = pairer->views->mentions;
    const struct load_block *block = pairer->block;
    for (size_t i = day ? day->begin : 0; day && i < day->end; i++) {
        uint32_t m = pairer->table->rows[i];
        if (pairer->copy_of[m] != m)
            continue;
        if (!ARRAY_ROOM(pairer->at, pairer->n, pairer->room, 1))
            return false;
        pairer->at[pairer->n++] = (struct candidate){
            .level = {mentions->content[m], load_view_hash(pairer->views, LOAD_VIEW_VALUES, block->fields, m),
                load_view_hash(pairer->views, block->view, block->fields, m)},
            .identity = mentions->identity[m],
            .mention = m,
            .ordinal = mentions->ordinal[m],
            .is_there = is_there};
    }
    return true;
}

static bool keep_row(struct pairer *pairer, const struct candidate *row)
{
    struct load_pairs *out = pairer->out;
    if (!ARRAY_ROOM(out->rows, out->n_rows, out->room_rows, 1))
        return false;
    out->rows[out->n_rows++] = row->mention;
    return true;
}

static void count_left_out(struct pairer *pairer, uint32_t a, uint32_t b)
{
    const struct load_views *views = pairer->views;
    const struct mentions *mentions = views->mentions;
    const uint64_t *const *left_out = views->hashes[LOAD_VIEW_ROUNDED], *const *seen =
                                                                            views->hashes[pairer->block->view];
    for (size_t f = 0; f < mentions->domain->n_fields; f++) {
        const struct column *column = &mentions->columns[f];
        uint32_t x = column->code[a], y = column->code[b];
        if (!left_out[f] || seen[f] || column->values[x].state != VALUE_TYPED || column->values[y].state != VALUE_TYPED)
            continue;
        bool agrees = left_out[f][x] == left_out[f][y];
        pairer->out->n_agreeing += agrees;
        pairer->out->n_contradicting += !agrees;
    }
}

static void set_copy(struct pairer *pairer, struct candidate *copy, const struct candidate *original)
{
    copy->is_done = true;
    pairer->out->n_exact += copy->level[LEVEL_CONTENT] == original->level[LEVEL_CONTENT];
    pairer->out->n_surplus++;
    if (pairer->block->view == LOAD_VIEW_COARSE)
        count_left_out(pairer, copy->mention, original->mention);
    if (pairer->is_applied)
        pairer->copy_of[copy->mention] = original->mention;
}

/* The next row from `i` on that is equal to `first` at this level and not yet paired; `n` when there is none. */
static size_t next_equal(const struct candidate *rows, size_t n, size_t i, const struct candidate *first, int level)
{
    while (i < n && (rows[i].is_done || rows[i].level[level] != first->level[level]))
        i++;
    return i;
}

/* Of rows that are equal at a level: each takes the next times − 1 for its copies. Only the last level takes fewer. */
static void pair_same_day(struct pairer *pairer, struct candidate *rows, size_t n, int level)
{
    unsigned times = pairer->block->times;
    for (size_t i = 0; i < n; i++) {
        size_t found[3], n_found = 0;
        if (rows[i].is_done)
            continue;
        for (size_t j = next_equal(rows, n, i + 1, &rows[i], level); j < n && n_found < times - 1;
             j = next_equal(rows, n, j + 1, &rows[i], level))
            found[n_found++] = j;
        if (n_found < times - 1 && level < LEVEL_VIEW)
            continue;
        for (size_t c = 0; c < n_found; c++)
            set_copy(pairer, &rows[found[c]], &rows[i]);
        rows[i].is_done = true;
    }
}

static size_t next_there(const struct candidate *rows, size_t n, const struct candidate *first, int level)
{
    size_t j = next_equal(rows, n, 0, first, level);
    while (j < n && !rows[j].is_there)
        j = next_equal(rows, n, j + 1, first, level);
    return j;
}

static void pair_across(struct pairer *pairer, struct candidate *rows, size_t n, int level)
{
    for (size_t i = 0; i < n; i++) {
        if (rows[i].is_done || rows[i].is_there)
            continue;
        size_t j = next_there(rows, n, &rows[i], level);
        if (j == n)
            continue;
        set_copy(pairer, &rows[j], &rows[i]);
        rows[i].is_done = true;
    }
}

/* Rows that are equal under the view. */
static bool pair_run(struct pairer *pairer, struct candidate *rows, size_t n, bool is_same_day)
{
    size_t before = pairer->out->n_surplus;
    for (int level = 0; level < N_LEVELS && n > 1; level++) {
        if (is_same_day)
            pair_same_day(pairer, rows, n, level);
        else
            pair_across(pairer, rows, n, level);
    }
    bool has_memory = true, is_matched = pairer->out->n_surplus > before;
    pairer->out->n_matched += is_matched;
    for (size_t i = 0; has_memory && i < n; i++)
        if (!rows[i].is_there || rows[i].is_done)
            has_memory = keep_row(pairer, &rows[i]);
    return has_memory;
}

static bool pair_day(struct pairer *pairer, const struct load_day *day)
{
    const struct load_block *block = pairer->block;
    bool is_same_day = block->from == block->into && load_shift_is_none(block->shift);
    pairer->n = 0;
    bool has_memory = add_day(pairer, day, false);
    if (has_memory && !is_same_day)
        has_memory =
            add_day(pairer, load_table_day(pairer->table, block->into, load_shift_day(block->shift, day->day)), true);
    if (pairer->n)
        qsort(pairer->at, pairer->n, sizeof *pairer->at, by_likeness);
    for (size_t i = 0, j; has_memory && i < pairer->n; i = j) {
        for (j = i + 1; j < pairer->n && pairer->at[j].level[LEVEL_VIEW] == pairer->at[i].level[LEVEL_VIEW]; j++) {
        }
        has_memory = pair_run(pairer, &pairer->at[i], j - i, is_same_day);
    }
    return has_memory;
}

enum comity_status load_pairs_make(const struct load_table *table, const struct load_views *views,
    const struct load_block *block, uint32_t *copy_of, bool is_applied, struct load_pairs *out)
{
    struct pairer pairer = {table, views, block, copy_of, is_applied, out, NULL, 0, 0};
    bool has_memory = true;
    *out = (struct load_pairs){0};
    for (size_t d = block->first_day; has_memory && d < block->end_day; d++)
        has_memory = pair_day(&pairer, &table->days[d]);
    free(pairer.at);
    return has_memory ? COMITY_OK : COMITY_NOMEM;
}
