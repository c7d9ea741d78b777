/* The cells of one source: every mention gives a piece; pieces are sorted by cell and added up. */
#include "sums/cells.h"

#include "base/array.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>

struct reading {
    const struct mentions *mentions;
    const struct domain *domain;
    const struct sums_options *options;
    struct sums_table *out;
    struct piece *pieces;
    size_t n_pieces, room;
    double *half;      /* see habits_find */
    struct map newest; /* of a series of sums: row but for its numbers → the newest import that has it */
    struct comity_error *err;
};

void sums_release(struct sums_table *table)
{
    free(table->cells);
    free(table->rows);
    free(table->entities);
    free(table->mentions);
    arena_release(&table->arena);
    *table = (struct sums_table){0};
}

bool source_copy(struct arena *arena, const struct source_info *from, struct source_info *to)
{
    *to = *from;
    to->code = arena_copy(arena, from->code);
    to->title = arena_copy(arena, from->title);
    to->kind = arena_copy(arena, from->kind);
    to->licence = arena_copy(arena, from->licence);
    to->marking = arena_copy(arena, from->marking);
    return to->code.ptr && to->title.ptr && to->kind.ptr && to->licence.ptr && to->marking.ptr;
}

double printed_half(const struct unit_table *units, const struct value *much)
{
    return 0.5 * pow(10, -(double)sums_decimals(much->quantity.amount)) * units->units[much->quantity.unit].to_base;
}

enum comity_status habits_find(const struct mentions *m, double **half, struct comity_error *err)
{
    const struct unit_table *units = m->domain->units;
    *half = NULL;
    if (m->domain->how_much < 0 || !units)
        return COMITY_OK;
    size_t n = m->n_sources * units->n_units;
    *half = malloc((n + 1) * sizeof **half);
    if (!*half)
        return error_nomem(err);
    for (size_t i = 0; i < n; i++)
        (*half)[i] = 0.5 * units->units[i % units->n_units].to_base;
    for (size_t i = 0; i < m->n; i++) {
        const struct value *much = mention_value(m, i, m->domain->how_much);
        if (!value_is_typed(much))
            continue;
        double *habit = &(*half)[m->source[i] * units->n_units + much->quantity.unit];
        *habit = fmin(*habit, printed_half(units, much));
    }
    return COMITY_OK;
}

/* ---- editions -------------------------------------------------------------------------------------------------- */

/* What tells rows of a series apart: everything that is said but numbers and keys. */
static uint64_t row_slot(const struct mentions *mentions, size_t i)
{
    const struct domain *domain = mentions->domain;
    uint64_t hash = 0;
    for (size_t f = 0; f < domain->n_fields; f++) {
        const struct field *field = &domain->fields[f];
        if (field->role == ROLE_KEY || field->spec.type == VALUE_COUNT)
            continue;
        uint32_t code = mentions->columns[f].code[i];
        if (field->role == ROLE_HOW_MUCH) {
            const struct value *much = &mentions->columns[f].values[code];
            bool is_amount = value_is_typed(much) && field->spec.units;
            code = is_amount ? 1 + field->spec.units->units[much->quantity.unit].dimension_id : 0;
        }
        hash = hash_u64(hash ^ ((uint64_t)f << 32 | code));
    }
    return hash;
}

static enum comity_status find_newest(struct reading *r)
{
    const struct mentions *mentions = r->mentions;
    for (size_t i = 0; r->out->series.is_aggregate && i < mentions->n; i++) {
        uint64_t *import = map_put(&r->newest, row_slot(mentions, i), NULL);
        if (!import)
            return error_nomem(r->err);
        *import = mentions->import[i] > *import ? mentions->import[i] : *import;
    }
    return COMITY_OK;
}

static bool is_replaced(const struct reading *r, size_t i)
{
    if (!r->out->series.is_aggregate)
        return false;
    const uint64_t *import = map_get(&r->newest, row_slot(r->mentions, i));
    return import && r->mentions->import[i] < *import;
}

/* ---- pieces ---------------------------------------------------------------------------------------------------- */

/* Whether the claim names a cell; what is missing is counted. */
static bool is_whole(const struct claim *claim, struct sums_left_out *left)
{
    left->n_without_date += !claim->has_date;
    left->n_without_concept += claim->has_date && !claim->has_concept;
    left->n_without_amount += claim->has_date && claim->has_concept && !claim->has_amount;
    return claim->has_date && claim->has_concept && claim->has_amount;
}

static uint64_t events_counted(const struct mentions *mentions, size_t i)
{
    int field = mentions->domain->how_many;
    const struct value *count = field < 0 ? NULL : mention_value(mentions, i, field);
    return count && value_is_typed(count) && count->count.number > 0 ? (uint64_t)count->count.number : 0;
}

static enum comity_status add_piece(struct reading *r, size_t i, const struct claim *claim, const struct value *much)
{
    const struct sums_options *options = r->options;
    const struct concept_tree *tree = r->domain->what < 0 ? NULL : r->domain->fields[r->domain->what].spec.concepts;
    enum sums_level level = claim_level(claim);
    if (!ARRAY_ROOM(r->pieces, r->n_pieces, r->room, 1))
        return error_nomem(r->err);
    if (options->level != LEVEL_AUTO && options->level < level)
        level = options->level;
    struct piece *piece = &r->pieces[r->n_pieces++];
    *piece =
        (struct piece){.id = r->mentions->id[i], .n_events = events_counted(r->mentions, i), .amount = claim->amount};
    piece->cell = (struct sums_cell){.place = claim_place_at(claim, level),
        .first_day = claim->first_day,
        .last_day = claim->last_day,
        .concept = tree ? concept_grouped(tree, options->groups, options->n_groups, claim->concept) : 0,
        .dimension = claim->dimension,
        .has_series = true};
    period_widen(options->period, &piece->cell.first_day, &piece->cell.last_day);
    piece->half = r->half[r->mentions->source[i] * r->domain->units->n_units + much->quantity.unit];
    piece->own = printed_half(r->domain->units, much) - piece->half;
    return COMITY_OK;
}

static enum comity_status add_pieces(struct reading *r)
{
    int fields[N_CLAIM_FIELDS];
    enum comity_status status = COMITY_OK;
    claim_fields(r->domain, fields);
    for (size_t i = 0; i < r->mentions->n && !status; i++) {
        const struct value *values[N_CLAIM_FIELDS];
        struct claim claim;
        for (int f = 0; f < N_CLAIM_FIELDS; f++)
            values[f] = fields[f] < 0 ? NULL : mention_value(r->mentions, i, fields[f]);
        claim_read(r->domain, values, &claim);
        if (is_replaced(r, i))
            r->out->rows_left_out.n_replaced++;
        else if (is_whole(&claim, &r->out->rows_left_out))
            status = add_piece(r, i, &claim, values[CLAIM_HOW_MUCH]);
    }
    return status;
}

/* ---- adding up --------------------------------------------------------------------------------------------------- */

static int by_cell(const void *left, const void *right)
{
    const struct piece *a = left, *b = right;
    int found = cell_order(&a->cell, &b->cell);
    return found ? found : (a->id > b->id) - (a->id < b->id);
}

void pieces_sort(struct piece *pieces, size_t n)
{
    if (n > 1)
        qsort(pieces, n, sizeof *pieces, by_cell);
}

static enum comity_status add_up(struct reading *r)
{
    struct sums_table *out = r->out;
    pieces_sort(r->pieces, r->n_pieces);
    out->cells = calloc(r->n_pieces + 1, sizeof *out->cells);
    out->rows = malloc((r->n_pieces + 1) * sizeof *out->rows);
    if (!out->cells || !out->rows)
        return error_nomem(r->err);
    for (size_t i = 0; i < r->n_pieces; i++) {
        const struct piece *piece = &r->pieces[i];
        struct sums_cell *cell = &out->cells[out->n_cells ? out->n_cells - 1 : 0];
        if (!i || cell_order(cell, &piece->cell) != 0) {
            cell = &out->cells[out->n_cells++];
            *cell = piece->cell;
            cell->first_row = (uint32_t)i;
            cell->is_wanted = sums_is_wanted(r->options->query, r->domain, cell);
        }
        sum_add(&cell->series, piece->amount, piece->half, piece->own);
        cell->series.n_events += piece->n_events;
        out->rows[out->n_rows++] = piece->id;
    }
    return COMITY_OK;
}

void table_find_grain(struct sums_table *table)
{
    size_t levels[N_LEVELS] = {0}, periods[N_PERIODS] = {0};
    table->first_day = INT32_MAX;
    table->last_day = INT32_MIN;
    for (size_t i = 0; i < table->n_cells; i++) {
        const struct sums_cell *cell = &table->cells[i];
        levels[cell->place.level]++;
        periods[period_of(cell->first_day, cell->last_day)]++;
        table->first_day = cell->first_day < table->first_day ? cell->first_day : table->first_day;
        table->last_day = cell->last_day > table->last_day ? cell->last_day : table->last_day;
    }
    for (enum sums_level level = LEVEL_AUTO; level < N_LEVELS; level++)
        if (levels[level] > levels[table->level])
            table->level = level;
    for (enum sums_period period = PERIOD_AUTO; period < N_PERIODS; period++)
        if (periods[period] > periods[table->period])
            table->period = period;
}

enum comity_status series_read(const struct mentions *mentions, const struct sums_options *options,
    struct sums_table *out, struct comity_error *err)
{
    struct reading r = {.mentions = mentions, .domain = mentions->domain, .options = options, .out = out, .err = err};
    *out = (struct sums_table){.domain = mentions->domain};
    enum comity_status status = COMITY_OK;
    if (mentions->n_sources && !source_copy(&out->arena, &mentions->sources[0], &out->series))
        status = error_nomem(err);
    if (!status)
        status = find_newest(&r);
    if (!status)
        status = habits_find(mentions, &r.half, err);
    if (!status)
        status = add_pieces(&r);
    if (!status)
        status = add_up(&r);
    if (!status)
        table_find_grain(out);
    free(r.pieces);
    free(r.half);
    map_release(&r.newest);
    if (status)
        sums_release(out);
    return status;
}
