/* See truth.h. Keys are matched in their normal form, as the store keeps them. */
#include "cli/truth.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/map.h"
#include "read/rows.h"

#include <math.h>
#include <stdlib.h>

static uint64_t key_hash(struct slice source, struct slice key)
{
    return hash_seeded(key.ptr, key.len, hash_slice(source));
}

static enum comity_status map_keys(const struct mentions *mentions, struct map *keys, struct comity_error *err)
{
    int field = mentions->domain->key;
    if (field < 0)
        return error_set(err, COMITY_UNSUPPORTED, "the domain has no field with the role 'key'");
    for (size_t i = 0; i < mentions->n; i++) {
        const struct value *key = mention_value(mentions, i, field);
        if (!value_is_typed(key))
            continue;
        uint64_t *at = map_put(keys, key_hash(mentions->sources[mentions->source[i]].code, key->text), NULL);
        if (!at)
            return error_nomem(err);
        *at = i;
    }
    return COMITY_OK;
}

/* Finds the named columns or says which one is missing. */
static enum comity_status find_columns(const struct rows *rows, const char *path, const char *const *names,
    ptrdiff_t *columns, size_t n, struct comity_error *err)
{
    for (size_t i = 0; i < n; i++) {
        columns[i] = rows_column(rows, slice_from(names[i]));
        if (columns[i] >= 0)
            continue;
        error_set(err, COMITY_INPUT, "no column '%s'", names[i]);
        error_at(err, path, 1, 0);
        return COMITY_INPUT;
    }
    return COMITY_OK;
}

static struct slice cell(const struct row *row, ptrdiff_t column)
{
    return (size_t)column < row->n_cells ? slice_trim(row->cells[column]) : SLICE_EMPTY;
}

static bool cell_number(struct slice text, double *number)
{
    return number_parse(text, DECIMAL_POINT, number);
}

static enum comity_status match_row(const struct mentions *mentions, const struct map *keys, const struct row *row,
    const ptrdiff_t columns[3], uint64_t *truth, size_t *n_matched, struct comity_error *err)
{
    struct arena arena = {0};
    struct value key = {0};
    double event;
    struct value_input input = {.raw = cell(row, columns[1])};
    if (!cell_number(cell(row, columns[2]), &event) || event < 1) {
        error_set(err, COMITY_INPUT, "the event '%.*s' is no number from 1", SLICE_ARG(cell(row, columns[2])));
        error_at(err, "truth", (uint32_t)row->line, 0);
        return COMITY_INPUT;
    }
    enum comity_status status =
        value_parse(&mentions->domain->fields[mentions->domain->key].spec, &input, &arena, &key);
    const uint64_t *at = status == COMITY_OK ? map_get(keys, key_hash(cell(row, columns[0]), key.text)) : NULL;
    if (at) {
        truth[*at] = (uint64_t)event;
        ++*n_matched;
    }
    arena_release(&arena);
    return status == COMITY_OK ? COMITY_OK : error_nomem(err);
}

static enum comity_status match_rows(struct rows *rows, const char *path, const struct mentions *mentions,
    const struct map *keys, uint64_t *truth, struct comity_error *err)
{
    static const char *const names[] = {"source", "key", "event"};
    ptrdiff_t columns[3];
    struct row row;
    bool has_row = true;
    size_t n_matched = 0;
    enum comity_status status = find_columns(rows, path, names, columns, 3, err);
    while (status == COMITY_OK && (status = rows_next(rows, &row, &has_row, err)) == COMITY_OK && has_row)
        status = match_row(mentions, keys, &row, columns, truth, &n_matched, err);
    if (status == COMITY_OK && n_matched == 0)
        status = error_set(err, COMITY_INPUT, "not one row of '%s' meets a mention of the store", path);
    return status;
}

enum comity_status truth_read(
    const char *path, const struct mentions *mentions, uint64_t **truth, struct comity_error *err)
{
    struct map keys = {0};
    struct rows *rows = NULL;
    struct rows_options options = {.format = ROWS_CSV};
    *truth = calloc(mentions->n + 1, sizeof **truth);
    enum comity_status status = *truth ? map_keys(mentions, &keys, err) : error_nomem(err);
    if (status == COMITY_OK)
        status = rows_open(path, &options, &rows, err);
    if (status == COMITY_OK)
        status = match_rows(rows, path, mentions, &keys, *truth, err);
    rows_close(rows);
    map_release(&keys);
    return status;
}

/* ---- totals ---------------------------------------------------------------------------------------------------- */

struct sums {
    double plain, once;
};

static bool counts_for(const struct domain *domain, const struct value *what, const struct value *amount,
    uint32_t concept, struct slice dimension)
{
    return value_is_typed(what) && value_is_typed(amount) && what->concept.id == concept &&
           slice_equal(domain->units->units[amount->quantity.unit].dimension, dimension);
}

static struct sums sum_up(const struct snapshot *snapshot, uint32_t concept, struct slice dimension)
{
    const struct mentions *mentions = &snapshot->mentions;
    const struct resolution *resolution = &snapshot->resolution;
    const struct domain *domain = mentions->domain;
    const struct column *whats = &mentions->columns[domain->what], *amounts = &mentions->columns[domain->how_much];
    struct sums sums = {0};
    for (size_t i = 0; i < mentions->n; i++) {
        const struct value *amount = &amounts->values[amounts->code[i]];
        if (counts_for(domain, &whats->values[whats->code[i]], amount, concept, dimension))
            sums.plain += unit_to_base(domain->units, amount);
    }
    for (size_t e = 0; e < resolution->n_entities; e++) {
        const struct value *amount = &amounts->values[resolution->winner[domain->how_much][e]];
        if (counts_for(domain, &whats->values[resolution->winner[domain->what][e]], amount, concept, dimension))
            sums.once += unit_to_base(domain->units, amount);
    }
    return sums;
}

static enum comity_status add_total(
    struct sheet *sheet, struct slice name, struct slice dimension, double truth, struct sums sums)
{
    enum comity_status status = sheet_cell(sheet, name);
    if (status == COMITY_OK)
        status = sheet_cell(sheet, dimension);
    if (status == COMITY_OK)
        status = sheet_format(sheet, "%.1f", truth);
    if (status == COMITY_OK)
        status = sheet_format(sheet, "%.1f", sums.plain);
    if (status == COMITY_OK)
        status = sheet_format(sheet, "%.1f", sums.once);
    if (status == COMITY_OK)
        status = sheet_format(sheet, "%.2f", truth > 0 ? 100 * (sums.plain - truth) / truth : 0);
    return status == COMITY_OK ? sheet_format(sheet, "%.2f", truth > 0 ? 100 * (sums.once - truth) / truth : 0)
                               : status;
}

static enum comity_status add_total_row(struct sheet *sheet, const struct row *row, const ptrdiff_t columns[3],
    const struct snapshot *snapshot, struct comity_error *err)
{
    const struct domain *domain = snapshot->mentions.domain;
    struct slice code = cell(row, columns[0]), dimension = cell(row, columns[1]);
    uint32_t concept = concept_by_code(domain->fields[domain->what].spec.concepts, code);
    double truth;
    if (concept == CONCEPT_NONE || !cell_number(cell(row, columns[2]), &truth)) {
        error_set(err, COMITY_INPUT, "no concept '%.*s', or no number", SLICE_ARG(code));
        error_at(err, "totals", (uint32_t)row->line, 0);
        return COMITY_INPUT;
    }
    enum comity_status status = add_total(sheet, code, dimension, truth, sum_up(snapshot, concept, dimension));
    return status == COMITY_OK ? COMITY_OK : error_nomem(err);
}

enum comity_status truth_print_totals(
    const struct cli *cli, const char *path, const struct snapshot *snapshot, struct comity_error *err)
{
    static const char *const names[] = {"concept", "dimension", "amount_base"};
    static const char *const shown[] = {
        "concept", "dimension", "truth#", "plain sum#", "counted once#", "plain error %#", "once error %#"};
    struct rows *rows = NULL;
    struct rows_options options = {.format = ROWS_CSV};
    ptrdiff_t columns[3];
    struct row row;
    bool has_row = true;
    struct sheet sheet;
    sheet_init(&sheet, shown, sizeof shown / sizeof *shown);
    enum comity_status status = rows_open(path, &options, &rows, err);
    if (status == COMITY_OK)
        status = find_columns(rows, path, names, columns, 3, err);
    while (status == COMITY_OK && (status = rows_next(rows, &row, &has_row, err)) == COMITY_OK && has_row)
        status = add_total_row(&sheet, &row, columns, snapshot, err);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, cli, err);
    rows_close(rows);
    sheet_release(&sheet);
    return status;
}
