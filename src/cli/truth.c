/* See truth.h. A file's lines become a map of addresses to events, and each mention is looked up in it. */
#include "cli/truth.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/map.h"
#include "flow/review.h"
#include "read/rows.h"

#include <math.h>
#include <stdlib.h>

/* How the lines of a file of truth name what they speak of. */
struct address_form {
    const char *columns[3]; /* two that make the address, and the event */
    bool is_row;            /* else a source and its key */
};
static const struct address_form by_key = {{"source", "key", "event"}, false},
                                 by_row = {{"file", "row", "event"}, true};

struct labels {
    const struct mentions *mentions;
    const struct address_form *form;
    const char *path;
    struct map events; /* address → event */
    struct comity_error *err;
};

static uint64_t key_address(struct slice source, struct slice key)
{
    return hash_seeded(key.ptr, key.len, hash_slice(source));
}

static uint64_t row_address(uint64_t file_hash, uint64_t row)
{
    return hash_u64(file_hash ^ hash_u64(row));
}

static struct slice cell(const struct row *row, ptrdiff_t column)
{
    return (size_t)column < row->n_cells ? slice_trim(row->cells[column]) : SLICE_EMPTY;
}

static bool cell_number(struct slice text, double *number)
{
    return number_parse(text, DECIMAL_POINT, number);
}

/* ---- the lines ------------------------------------------------------------------------------------------------- */

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

static enum comity_status no_number(
    const struct labels *labels, const struct row *row, const char *what, struct slice text)
{
    error_set(labels->err, COMITY_INPUT, "the %s '%.*s' is no number from 1", what, SLICE_ARG(text));
    error_at(labels->err, labels->path, (uint32_t)row->line, 0);
    return COMITY_INPUT;
}

/* Keys are compared in their normal form, as the store keeps them. */
static enum comity_status address_of_key(
    const struct labels *labels, struct slice source, struct slice raw, uint64_t *address)
{
    const struct domain *domain = labels->mentions->domain;
    struct arena arena = {0};
    struct value key = {0};
    struct value_input input = {.raw = raw};
    enum comity_status status = value_parse(&domain->fields[domain->key].spec, &input, &arena, &key);
    *address = key_address(source, key.text);
    arena_release(&arena);
    return status == COMITY_OK ? COMITY_OK : error_nomem(labels->err);
}

static enum comity_status address_of_line(
    const struct labels *labels, const struct row *row, const ptrdiff_t columns[3], uint64_t *address)
{
    struct slice first = cell(row, columns[0]), second = cell(row, columns[1]);
    double number;
    if (!labels->form->is_row)
        return address_of_key(labels, first, second, address);
    if (!cell_number(second, &number) || number < 1)
        return no_number(labels, row, "row", second);
    *address = row_address(hash_slice(first), (uint64_t)number);
    return COMITY_OK;
}

static enum comity_status take_line(struct labels *labels, const struct row *row, const ptrdiff_t columns[3])
{
    double event;
    uint64_t address, *at;
    if (!cell_number(cell(row, columns[2]), &event) || event < 1)
        return no_number(labels, row, "event", cell(row, columns[2]));
    enum comity_status status = address_of_line(labels, row, columns, &address);
    if (status != COMITY_OK)
        return status;
    if (!(at = map_put(&labels->events, address, NULL)))
        return error_nomem(labels->err);
    *at = (uint64_t)event;
    return COMITY_OK;
}

static enum comity_status choose_form(struct labels *labels, const struct rows *rows)
{
    bool has_rows = rows_column(rows, SLICE("row")) >= 0 && rows_column(rows, SLICE("file")) >= 0;
    labels->form = has_rows ? &by_row : &by_key;
    if (!has_rows && labels->mentions->domain->key < 0)
        return error_set(labels->err, COMITY_UNSUPPORTED, "the domain has no field with the role 'key'");
    return COMITY_OK;
}

static enum comity_status read_lines(struct labels *labels)
{
    struct rows *rows = NULL;
    struct rows_options options = {.format = ROWS_CSV};
    ptrdiff_t columns[3];
    struct row row;
    bool has_row = true;
    enum comity_status status = rows_open(labels->path, &options, &rows, labels->err);
    if (status == COMITY_OK)
        status = choose_form(labels, rows);
    if (status == COMITY_OK)
        status = find_columns(rows, labels->path, labels->form->columns, columns, 3, labels->err);
    while (status == COMITY_OK && (status = rows_next(rows, &row, &has_row, labels->err)) == COMITY_OK && has_row)
        status = take_line(labels, &row, columns);
    rows_close(rows);
    return status;
}

/* ---- the mentions that they speak of ----------------------------------------------------------------------------- */

static void label_by_key(struct labels *labels, uint64_t *truth)
{
    const struct mentions *mentions = labels->mentions;
    for (size_t i = 0; i < mentions->n; i++) {
        const struct value *key = mention_value(mentions, i, mentions->domain->key);
        struct slice source = mentions->sources[mentions->source[i]].code;
        const uint64_t *event = value_is_typed(key) ? map_get(&labels->events, key_address(source, key->text)) : NULL;
        truth[i] = event ? *event : 0;
    }
}

/* The hash of each import's file name, by number. */
static enum comity_status hash_names(struct store *store, const struct reader *reader, struct arena *arena,
    uint64_t **names, uint64_t *n_names, struct comity_error *err)
{
    struct import_row *imports;
    size_t n;
    enum comity_status status = store_imports(store, reader, arena, &imports, &n, err);
    if (status != COMITY_OK)
        return status;
    *n_names = n ? imports[0].number + 1 : 0; /* newest first */
    *names = ARENA_ARRAY(arena, uint64_t, *n_names + 1);
    for (size_t i = 0; *names && i < n; i++)
        (*names)[imports[i].number] = hash_slice(imports[i].file_name);
    return *names ? COMITY_OK : error_nomem(err);
}

static enum comity_status label_by_row(
    struct labels *labels, struct store *store, const struct reader *reader, uint64_t *truth)
{
    const struct mentions *mentions = labels->mentions;
    struct arena arena = {0};
    uint64_t *names = NULL, n_names = 0;
    enum comity_status status = hash_names(store, reader, &arena, &names, &n_names, labels->err);
    if (status == COMITY_OK)
        status = store_rows(store, mentions, truth, labels->err);
    for (size_t i = 0; status == COMITY_OK && i < mentions->n; i++) {
        const uint64_t *event = mentions->import[i] < n_names
                                    ? map_get(&labels->events, row_address(names[mentions->import[i]], truth[i]))
                                    : NULL;
        truth[i] = event ? *event : 0;
    }
    arena_release(&arena);
    return status;
}

static enum comity_status check_met(const struct labels *labels, const uint64_t *truth)
{
    for (size_t i = 0; i < labels->mentions->n; i++) {
        if (truth[i])
            return COMITY_OK;
    }
    return error_set(labels->err, COMITY_INPUT, "not one row of '%s' meets a mention of the store", labels->path);
}

enum comity_status truth_read(const char *path, const struct mentions *mentions, struct store *store,
    const struct reader *reader, uint64_t **truth, struct comity_error *err)
{
    struct labels labels = {.mentions = mentions, .path = path, .err = err};
    *truth = calloc(mentions->n + 1, sizeof **truth);
    enum comity_status status = *truth ? read_lines(&labels) : error_nomem(err);
    if (status == COMITY_OK && labels.form->is_row)
        status = label_by_row(&labels, store, reader, *truth);
    else if (status == COMITY_OK)
        label_by_key(&labels, *truth);
    if (status == COMITY_OK)
        status = check_met(&labels, *truth);
    map_release(&labels.events);
    return status;
}

static uint32_t dimension_find(const struct unit_table *units, struct slice id)
{
    uint32_t d = 0;
    while (d < units->n_dimensions && !slice_equal(units->dimensions[d].id, id))
        d++;
    return d;
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

static struct sums sum_up(
    const struct mentions *mentions, const struct resolution *resolution, uint32_t concept, struct slice dimension)
{
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
        bool is_counted = resolution_whole(resolution, e) == RESOLVE_NO_WHOLE;
        if (is_counted &&
            counts_for(domain, &whats->values[resolution->winner[domain->what][e]], amount, concept, dimension))
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

/* Where the truth should be, nine times in ten; empty where nobody has looked for doubts. */
static enum comity_status add_interval(
    struct sheet *sheet, const struct review_cell *cell, double once, bool has_intervals)
{
    if (!has_intervals) {
        enum comity_status status = sheet_cell(sheet, SLICE_EMPTY);
        return status == COMITY_OK ? sheet_cell(sheet, SLICE_EMPTY) : status;
    }
    enum comity_status status = sheet_format(sheet, "%.1f", once + (cell ? cell->low : 0));
    return status == COMITY_OK ? sheet_format(sheet, "%.1f", once + (cell ? cell->high : 0)) : status;
}

/* What the totals of a file are compared with. */
struct comparing {
    const struct snapshot *snapshot;
    struct review_intervals intervals;
    struct resolution rightly; /* under the true partition, where it is known */
    bool has_rightly;
};

/* The amount that the same rows give when they are linked rightly: what is wrong with it beyond that is no link's
 * fault, and no interval of ours covers it. */
static enum comity_status add_rightly(
    struct sheet *sheet, const struct comparing *c, uint32_t concept, struct slice dimension)
{
    if (!c->has_rightly)
        return sheet_cell(sheet, SLICE_EMPTY);
    return sheet_format(sheet, "%.1f", sum_up(&c->snapshot->mentions, &c->rightly, concept, dimension).once);
}

static enum comity_status resolve_rightly(struct comparing *c, const uint64_t *truth, struct comity_error *err)
{
    const struct mentions *mentions = &c->snapshot->mentions;
    uint64_t *entity_of = malloc((mentions->n + 1) * sizeof *entity_of);
    if (!entity_of)
        return error_nomem(err);
    for (size_t i = 0; i < mentions->n; i++)
        entity_of[i] = truth[i] ? truth[i] : UINT64_C(1) << 62 | i;
    enum comity_status status = resolve_entities(mentions, entity_of, &c->rightly, err);
    c->has_rightly = status == COMITY_OK;
    free(entity_of);
    return status;
}

static enum comity_status add_total_row(struct sheet *sheet, const struct row *row, const ptrdiff_t columns[3],
    const struct comparing *c, struct comity_error *err)
{
    const struct snapshot *snapshot = c->snapshot;
    const struct domain *domain = snapshot->mentions.domain;
    struct slice code = cell(row, columns[0]), dimension = cell(row, columns[1]);
    uint32_t concept = concept_by_code(domain->fields[domain->what].spec.concepts, code);
    double truth;
    if (concept == CONCEPT_NONE || !cell_number(cell(row, columns[2]), &truth)) {
        error_set(err, COMITY_INPUT, "no concept '%.*s', or no number", SLICE_ARG(code));
        error_at(err, "totals", (uint32_t)row->line, 0);
        return COMITY_INPUT;
    }
    struct sums sums = sum_up(&snapshot->mentions, &snapshot->resolution, concept, dimension);
    enum comity_status status = add_total(sheet, code, dimension, truth, sums);
    if (status == COMITY_OK)
        status = add_interval(sheet, review_cell_of(&c->intervals, dimension_find(domain->units, dimension), concept),
            sums.once, snapshot->review);
    if (status == COMITY_OK)
        status = add_rightly(sheet, c, concept, dimension);
    return status == COMITY_OK ? COMITY_OK : error_nomem(err);
}

enum comity_status truth_print_totals(const struct cli *cli, const char *path, const struct snapshot *snapshot,
    const uint64_t *truth, struct comity_error *err)
{
    static const char *const names[] = {"concept", "dimension", "amount_base"};
    static const char *const shown[] = {"concept", "dimension", "truth#", "plain sum#", "counted once#",
        "plain error %#", "once error %#", "low#", "high#", "rightly linked#"};
    struct rows *rows = NULL;
    struct rows_options options = {.format = ROWS_CSV};
    ptrdiff_t columns[3];
    struct row row;
    bool has_row = true;
    struct comparing c = {.snapshot = snapshot};
    struct sheet sheet;
    sheet_init(&sheet, shown, sizeof shown / sizeof *shown);
    enum comity_status status = rows_open(path, &options, &rows, err);
    if (status == COMITY_OK)
        status = find_columns(rows, path, names, columns, 3, err);
    if (status == COMITY_OK && snapshot->review)
        status = review_intervals(snapshot->review, &snapshot->resolution, NULL, 0, &c.intervals, err);
    if (status == COMITY_OK && truth)
        status = resolve_rightly(&c, truth, err);
    while (status == COMITY_OK && (status = rows_next(rows, &row, &has_row, err)) == COMITY_OK && has_row)
        status = add_total_row(&sheet, &row, columns, &c, err);
    if (status == COMITY_OK)
        status = sheet_print(&sheet, cli, err);
    rows_close(rows);
    review_intervals_release(&c.intervals);
    resolution_release(&c.rightly);
    sheet_release(&sheet);
    return status;
}
