/* Reading rows with a recipe. A row costs one hash look-up for each field: each distinct cell (with the other cells
 * that its reading depends on) is parsed once, see recipe_cache.h. */
#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"
#include "read/recipe_cache.h"
#include "read/recipe_cells.h"
#include "read/recipe_raw.h"
#include "read/recipe_survey.h"
#include "read/recipe_tally.h"
#include "text/fold.h"

#include <stdio.h>
#include <stdlib.h>

enum { PACKED_MOST = 64 << 20, NO_REF = -1 };

struct run_field {
    const struct recipe_field *form;
    const struct field *field;
    ptrdiff_t refs[N_PARTS]; /* NO_REF: not mapped */
    bool is_single;          /* only the raw cell counts */
    bool is_identity;
    struct recipe_cache cache;
};

struct recipe_run {
    const struct recipe *recipe;
    const struct domain *domain;
    struct recipe_cells cells;
    struct run_field *fields;
    size_t n_fields;
    struct run_field *by_domain[DOMAIN_MOST_FIELDS];
    ptrdiff_t key_ref;
    size_t first_identity_ref, n_identity_refs;
    struct recipe_survey survey;
    bool is_surveyed;
    struct folding folding;

    struct reading *readings;
    size_t *packed_at;    /* where each reading's packed bytes begin */
    struct value *values; /* most parts × fields of the domain */
    struct buffer packed, keys, key, folded, one, reason, mend;

    struct recipe_tally tally;
    struct recipe_raw raw;
};

/* ---- beginning and end --------------------------------------------------------------------------------------- */

static enum comity_status begin_field(
    struct recipe_run *run, struct run_field *field, const struct recipe_field *form, struct comity_error *err)
{
    field->form = form;
    field->field = &run->domain->fields[form->field];
    field->is_identity = field->field->role != ROLE_KEY;
    field->is_single = true;
    for (size_t i = 0; i < N_PARTS; i++) {
        size_t ref;
        field->refs[i] = NO_REF;
        if (!form->columns[i].len)
            continue;
        enum comity_status status = cells_ref_also(
            &run->cells, form->columns[i], i == PART_RAW ? form->also : NULL, form->is_optional, &ref, err);
        if (status)
            return status;
        field->refs[i] = (ptrdiff_t)ref;
        field->is_single = field->is_single && i == PART_RAW;
    }
    run->by_domain[form->field] = field;
    return COMITY_OK;
}

static enum comity_status begin_identity(struct recipe_run *run, struct comity_error *err)
{
    const struct yaml_identity *identity = &run->recipe->yaml->identity;
    struct run_field *key_field = run->domain->key >= 0 ? run->by_domain[run->domain->key] : NULL;
    enum comity_status status = COMITY_OK;
    size_t ref;
    run->key_ref = key_field ? key_field->refs[PART_RAW] : NO_REF;
    if (identity->key) {
        status = cells_ref(&run->cells, slice_from(identity->key), &ref, err);
        run->key_ref = (ptrdiff_t)ref;
    }
    run->first_identity_ref = run->cells.n_refs;
    run->n_identity_refs = identity->columns.n;
    for (unsigned i = 0; i < identity->columns.n && !status; i++)
        status = cells_ref(&run->cells, slice_from(identity->columns.list[i]), &ref, err);
    return status;
}

static void init_buffers(struct recipe_run *run)
{
    struct buffer *all[] = {&run->packed, &run->keys, &run->key, &run->folded, &run->one, &run->reason, &run->mend};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        buffer_init(all[i], PACKED_MOST);
    buffer_init(&run->raw.names, PACKED_MOST);
}

static enum comity_status begin_run(struct recipe_run *run, const struct rows *rows, struct comity_error *err)
{
    const struct recipe *recipe = run->recipe;
    size_t n_parts = cells_most_parts(recipe);
    run->fields = calloc(recipe->n_fields, sizeof *run->fields);
    run->readings = calloc(n_parts, sizeof *run->readings);
    run->packed_at = calloc(2 * n_parts + 2, sizeof *run->packed_at);
    run->values = calloc(n_parts * run->domain->n_fields, sizeof *run->values);
    if (!run->fields || !run->readings || !run->packed_at || !run->values)
        return error_nomem(err);
    enum comity_status status = cells_init(&run->cells, recipe, rows, err);
    for (; run->n_fields < recipe->n_fields && !status; run->n_fields++)
        status = begin_field(run, &run->fields[run->n_fields], &recipe->fields[run->n_fields], err);
    if (!status)
        status = begin_identity(run, err);
    if (!status)
        status = cells_resolve(&run->cells, err);
    struct run_field *where = run->domain->where >= 0 ? run->by_domain[run->domain->where] : NULL;
    bool with_places = where && where->form->level == LEVEL_AUTO && !where->form->codes && where->refs[PART_RAW] >= 0;
    return status ? status : survey_init(&run->survey, run->domain, with_places, err);
}

enum comity_status recipe_begin(
    const struct recipe *recipe, const struct rows *rows, struct recipe_run **out, struct comity_error *err)
{
    struct recipe_run *run = calloc(1, sizeof *run);
    *out = NULL;
    if (!run)
        return error_nomem(err);
    run->recipe = recipe;
    run->domain = recipe->domain;
    init_buffers(run);
    enum comity_status status = begin_run(run, rows, err);
    if (status)
        recipe_end(run);
    else
        *out = run;
    return status;
}

enum comity_status recipe_use_rows(struct recipe_run *run, const struct rows *rows, struct comity_error *err)
{
    run->cells.rows = rows;
    raw_restart(&run->raw);
    return cells_resolve(&run->cells, err);
}

void recipe_end(struct recipe_run *run)
{
    if (!run)
        return;
    struct buffer *all[] = {&run->packed, &run->keys, &run->key, &run->folded, &run->one, &run->reason, &run->mend};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        buffer_release(all[i]);
    for (size_t i = 0; i < run->n_fields; i++)
        cache_release(&run->fields[i].cache);
    tally_release(&run->tally);
    raw_release(&run->raw);
    cells_release(&run->cells);
    survey_release(&run->survey);
    folding_release(&run->folding);
    free(run->fields);
    free(run->readings);
    free(run->packed_at);
    free(run->values);
    free(run);
}

/* ---- one value ----------------------------------------------------------------------------------------------- */

static struct slice part_text(
    const struct recipe_run *run, const struct run_field *field, const struct row *row, enum recipe_part part)
{
    return field->refs[part] >= 0 ? cells_get(&run->cells, row, (size_t)field->refs[part])
                                  : field->form->constants[part];
}

/* The bytes that the reading depends on: the cell itself, or all cells with their lengths. */
static struct slice value_key(struct recipe_run *run, const struct run_field *field, const struct row *row)
{
    if (field->is_single)
        return part_text(run, field, row, PART_RAW);
    buffer_clear(&run->key);
    for (size_t i = 0; i < N_PARTS; i++) {
        if (field->refs[i] < 0)
            continue;
        struct slice cell = cells_get(&run->cells, row, (size_t)field->refs[i]);
        buffer_add_u32(&run->key, (uint32_t)cell.len);
        buffer_add_slice(&run->key, cell);
    }
    return buffer_slice(&run->key);
}

/* What a cell is mapped to by the recipe; false when it is not. */
static bool mapped(struct recipe_run *run, const struct recipe_map *map, struct slice cell, struct slice *to)
{
    if (!map->from.count)
        return false;
    buffer_clear(&run->folded);
    folding_apply(&run->folding, cell, &run->folded);
    uint32_t id = intern_get(&map->from, buffer_slice(&run->folded));
    if (id != INTERN_NONE)
        *to = map->to[id];
    return id != INTERN_NONE;
}

/* The unit as the recipe wants it: the constant where the cell is empty, what a cell is mapped to where it is. */
static struct slice unit_text(struct recipe_run *run, const struct run_field *field, const struct row *row)
{
    struct slice unit = slice_trim(part_text(run, field, row, PART_UNIT));
    struct slice to;
    if (!unit.len)
        return field->form->constants[PART_UNIT];
    return mapped(run, &field->form->unit_map, unit, &to) ? to : unit;
}

static enum comity_status parse_value(
    struct recipe_run *run, struct run_field *field, const struct row *row, uint64_t context, struct value *out)
{
    const struct recipe *recipe = run->recipe;
    const struct recipe_field *form = field->form;
    const struct value_spec *spec = &field->field->spec;
    struct value_input input = {.raw = part_text(run, field, row, PART_RAW),
        .unit = unit_text(run, field, row),
        .until = part_text(run, field, row, PART_UNTIL),
        .subdivision = part_text(run, field, row, PART_SUBDIVISION),
        .district = part_text(run, field, row, PART_DISTRICT),
        .latitude = part_text(run, field, row, PART_LATITUDE),
        .longitude = part_text(run, field, row, PART_LONGITUDE),
        .year = part_text(run, field, row, PART_YEAR),
        .codes = form->codes,
        .subdivision_codes = form->subdivision_codes,
        .first_month = form->first_month,
        .is_yearly = form->period == PERIOD_YEAR,
        .date_order = form->order,
        .decimal = form->decimal,
        .null_tokens = recipe->null_tokens,
        .n_null_tokens = recipe->n_null_tokens};
    if (spec->type == VALUE_DATE)
        input.is_monthly = context != 0;
    if (spec->type == VALUE_PLACE) {
        input.country = (uint16_t)(context >> 1);
        input.names_subdivisions = context & 1;
    }
    struct slice to;
    if (mapped(run, &form->map, input.raw, &to)) {
        uint32_t id = spec->type == VALUE_CONCEPT ? concept_by_code(spec->concepts, to) : CONCEPT_NONE;
        if (id != CONCEPT_NONE) {
            *out = (struct value){.type = VALUE_CONCEPT, .state = VALUE_TYPED, .confidence = 100, .concept = {id}};
            return COMITY_OK;
        }
        input.raw = to;
    }
    return value_parse(spec, &input, &field->cache.arena, out);
}

/* The packed form with its length before it, as mention_pack writes it; absent is one zero byte. */
static void pack_value(struct recipe_run *run, const struct run_field *field, const struct value *value)
{
    buffer_clear(&run->one);
    buffer_clear(&run->folded);
    if (value->state != VALUE_ABSENT)
        value_pack(&field->field->spec, value, &run->folded);
    buffer_add_varint(&run->one, run->folded.len);
    buffer_add_slice(&run->one, buffer_slice(&run->folded));
    run->one.failed |= run->folded.failed;
}

/* Typed values count by their packed form; what was not read by its folded text, so that unknown texts that differ
 * differ. */
static uint64_t value_identity(struct recipe_run *run, const struct value *value, struct slice raw)
{
    if (value->state == VALUE_TYPED || value->state == VALUE_ABSENT)
        return hash_slice(buffer_slice(&run->one));
    buffer_clear(&run->folded);
    folding_apply(&run->folding, raw, &run->folded);
    struct slice text = run->folded.len ? buffer_slice(&run->folded) : raw;
    return hash_seeded(text.ptr, text.len, value->state);
}

/* What a value depends on besides its cells: for dates whether they are monthly, for places the country and its custom.
 */
static uint64_t value_context(const struct recipe_run *run, const struct run_field *field, uint16_t country)
{
    const struct survey_country *of = survey_of(&run->survey, country);
    switch (field->field->spec.type) {
    case VALUE_DATE:
        return field->form->period == PERIOD_MONTH ||
               (field->form->period == PERIOD_AUTO && field->field->role == ROLE_WHEN && of->is_monthly);
    case VALUE_PLACE: {
        enum recipe_level level = field->form->level;
        bool names_subdivisions = level == LEVEL_SUBDIVISION || (level == LEVEL_AUTO && of->names_subdivisions);
        return (uint64_t)country << 1 | names_subdivisions;
    }
    default:
        return 0;
    }
}

/* The same without what the survey learnt of this file as a whole: a row must be the same row in a file of one month
 * and in a file of ten years, though only the longer one shows that the source dates to the first of the month. */
static uint64_t context_of_row(const struct run_field *field, uint64_t context)
{
    switch (field->field->spec.type) {
    case VALUE_DATE:
        return 0;
    case VALUE_PLACE:
        return field->form->level == LEVEL_AUTO ? context & ~(uint64_t)1 : context;
    default:
        return context;
    }
}

/* The reading of a field in a row, from the cache or anew. Good until the next call for this field. */
static enum comity_status read_field(struct recipe_run *run, struct run_field *field, const struct row *row,
    uint64_t context, const struct cached **out, struct comity_error *err)
{
    struct slice key = value_key(run, field, row);
    *out = cache_find(&field->cache, key, context);
    if (*out)
        return COMITY_OK;
    struct value value = {0};
    if (parse_value(run, field, row, context, &value))
        return error_nomem(err);
    pack_value(run, field, &value);
    struct slice packed = arena_copy(&field->cache.arena, buffer_slice(&run->one));
    struct value plain = value;
    if (context_of_row(field, context) != context) {
        if (parse_value(run, field, row, context_of_row(field, context), &plain))
            return error_nomem(err);
        pack_value(run, field, &plain);
    }
    uint64_t identity = value_identity(run, &plain, part_text(run, field, row, PART_RAW));
    struct cached *entry =
        packed.ptr && !run->one.failed && !run->key.failed ? cache_add(&field->cache, key, context) : NULL;
    if (!entry)
        return error_nomem(err);
    entry->value = value;
    entry->packed = packed;
    entry->identity = identity;
    *out = entry;
    return COMITY_OK;
}

static uint16_t country_of(const struct recipe_run *run, const struct value *values)
{
    const struct value *value = run->domain->country >= 0 ? &values[run->domain->country] : NULL;
    return value && value_is_typed(value) ? value->country.id : COUNTRY_NONE;
}

/* ---- the survey ---------------------------------------------------------------------------------------------- */

static void trim_caches(struct recipe_run *run)
{
    for (size_t i = 0; i < run->n_fields; i++)
        cache_trim(&run->fields[i].cache);
}

static enum comity_status survey_part(struct recipe_run *run, const struct row *row, struct comity_error *err)
{
    const struct domain *domain = run->domain;
    struct run_field *country = domain->country >= 0 ? run->by_domain[domain->country] : NULL;
    struct run_field *when = domain->when >= 0 ? run->by_domain[domain->when] : NULL;
    struct run_field *where = domain->where >= 0 ? run->by_domain[domain->where] : NULL;
    const struct cached *read_country = NULL, *read_date = NULL;
    enum comity_status status = country ? read_field(run, country, row, 0, &read_country, err) : COMITY_OK;
    if (!status && when)
        status = read_field(run, when, row, 0, &read_date, err);
    if (status)
        return status;
    uint16_t id = read_country && value_is_typed(&read_country->value) ? read_country->value.country.id : COUNTRY_NONE;
    struct slice place = where ? part_text(run, where, row, PART_RAW) : SLICE_EMPTY;
    struct slice subdivision = where ? part_text(run, where, row, PART_SUBDIVISION) : SLICE_EMPTY;
    return survey_add(&run->survey, id, read_date ? &read_date->value : NULL, subdivision, place, err);
}

bool recipe_needs_survey(const struct recipe_run *run)
{
    const struct run_field *when = run->domain->when >= 0 ? run->by_domain[run->domain->when] : NULL;
    enum row_format format = rows_found(run->cells.rows)->format;
    bool has_dates = when && when->refs[PART_RAW] >= 0;
    return has_dates || run->survey.places || format == ROWS_JSON || format == ROWS_NDJSON;
}

enum comity_status recipe_survey_row(struct recipe_run *run, const struct row *row, struct comity_error *err)
{
    size_t n_parts;
    if (row->fault)
        return COMITY_OK;
    trim_caches(run);
    enum comity_status status = cells_begin_row(&run->cells, row, &n_parts, err);
    for (size_t i = 0; i < n_parts && !status; i++)
        if (cells_set_part(&run->cells, row, i))
            return survey_part(run, row, err);
    return status;
}

enum comity_status recipe_survey_done(struct recipe_run *run, struct comity_error *err)
{
    return survey_done(&run->survey, err);
}

struct slice recipe_survey_text(const struct recipe_run *run)
{
    return buffer_slice(&run->survey.text);
}

/* ---- rejecting ----------------------------------------------------------------------------------------------- */

static const char *what_it_is_not(const struct run_field *field)
{
    switch (field->field->spec.type) {
    case VALUE_DATE:
        return "is no date";
    case VALUE_QUANTITY:
        return "is no amount with a known unit";
    case VALUE_COUNT:
        return "is no whole number";
    case VALUE_PLACE:
        return field->form->codes ? "is no code that is known" : "is no place that is known";
    case VALUE_COUNTRY:
        return "is no country that is known";
    default:
        return "is not known";
    }
}

/* The row as a whole has no unpivoted cells, so that what a field misses there is no fault. */
static bool rejects(struct recipe_run *run, const struct run_field *field, const struct row *row,
    const struct value *value, bool is_row_part)
{
    struct slice id = field->field->id;
    bool is_unread = value->state == VALUE_UNREAD && field->form->is_unread_fatal;
    bool is_empty = value->state == VALUE_ABSENT && field->form->is_required && !is_row_part;
    if (!is_unread && !is_empty)
        return false;
    buffer_clear(&run->reason);
    buffer_clear(&run->mend);
    if (is_empty) {
        buffer_format(&run->reason, "%.*s: there is none", SLICE_ARG(id));
        buffer_format(&run->mend, "%.*s is missing", SLICE_ARG(id));
    } else {
        struct slice raw = slice_trim(part_text(run, field, row, PART_RAW));
        if (raw.len > 200)
            raw.len = 200;
        buffer_format(&run->reason, "%.*s: '%.*s' %s", SLICE_ARG(id), SLICE_ARG(raw), what_it_is_not(field));
        buffer_format(&run->mend, "%.*s not understood", SLICE_ARG(id));
    }
    return true;
}

static void reject_fault(struct recipe_run *run, const struct row *row)
{
    buffer_clear(&run->reason);
    buffer_clear(&run->mend);
    buffer_add_string(&run->reason, row->fault);
    bool is_ragged = !strncmp(row->fault, "row has ", 8), is_json = !strncmp(row->fault, "not JSON", 8);
    buffer_add_string(&run->mend, is_ragged ? "more cells than columns" : is_json ? "not JSON" : row->fault);
}

/* ---- a row --------------------------------------------------------------------------------------------------- */

/* Hash of the cells that the recipe names as identity. */
static uint64_t cells_content(const struct recipe_run *run, const struct row *row)
{
    uint64_t content = run->n_identity_refs;
    for (size_t i = 0; i < run->n_identity_refs; i++) {
        struct slice cell = slice_trim(cells_get(&run->cells, row, run->first_identity_ref + i));
        content = hash_seeded(cell.ptr, cell.len, hash_u64(content));
    }
    return content;
}

/* Reads the fields of one part; *is_rejected leaves reason and mend. */
static enum comity_status read_part(struct recipe_run *run, const struct row *row, bool is_row_part,
    struct value *values, uint64_t *content, bool *is_rejected, struct comity_error *err)
{
    const struct cached *read[DOMAIN_MOST_FIELDS] = {0};
    size_t n_domain = run->domain->n_fields, last = 0;
    memset(values, 0, n_domain * sizeof *values);
    for (size_t i = 0; i < run->n_fields; i++) {
        struct run_field *field = &run->fields[i];
        int id = field->form->field;
        if (field->form->is_per_row && !is_row_part)
            continue;
        uint64_t context = value_context(run, field, country_of(run, values));
        enum comity_status status = read_field(run, field, row, context, &read[id], err);
        if (status)
            return status;
        values[id] = read[id]->value;
        if (rejects(run, field, row, &values[id], is_row_part)) {
            *is_rejected = true;
            return COMITY_OK;
        }
    }
    *content = 0;
    for (size_t i = 0; i < n_domain; i++) {
        if (values[i].state != VALUE_ABSENT)
            last = i + 1;
        if (read[i] && run->by_domain[i]->is_identity)
            *content = hash_u64(*content * 31 + i) ^ read[i]->identity;
    }
    if (run->n_identity_refs)
        *content = cells_content(run, row);
    for (size_t i = 0; i < last; i++)
        buffer_add_slice(&run->packed, read[i] ? read[i]->packed : slice_of("", 1));
    return run->packed.failed ? error_nomem(err) : COMITY_OK;
}

static struct slice read_key(struct recipe_run *run, const struct row *row, size_t part)
{
    struct slice key = run->key_ref >= 0 ? slice_trim(cells_get(&run->cells, row, (size_t)run->key_ref)) : SLICE_EMPTY;
    struct slice name = cells_part_name(&run->cells, part);
    size_t at = run->keys.len;
    if (!key.len)
        return SLICE_EMPTY;
    buffer_add_slice(&run->keys, key);
    if (name.len) {
        buffer_add_byte(&run->keys, '/');
        buffer_add_slice(&run->keys, name);
    }
    return slice_of(NULL, run->keys.len - at);
}

static enum comity_status count_part(struct recipe_run *run, const struct value *values, struct comity_error *err)
{
    enum comity_status status = tally_total(&run->tally, run->domain, values, err);
    run->tally.counts.n_mentions++;
    for (size_t i = 0; i < run->n_fields && !status; i++) {
        int field = run->fields[i].form->field;
        status = tally_value(&run->tally, run->domain, field, &values[field], err);
    }
    return status;
}

/* Offsets become slices when the buffers grow no more. */
static void lay_readings(struct recipe_run *run, size_t n)
{
    const char *key = run->keys.ptr;
    for (size_t i = 0; i < n; i++) {
        struct reading *reading = &run->readings[i];
        size_t begin = run->packed_at[i], len = run->packed_at[i + 1] - begin;
        reading->packed = len ? slice_of(run->packed.ptr + begin, len) : SLICE_EMPTY;
        reading->key.ptr = reading->key.len ? key : NULL;
        key = reading->key.len ? key + reading->key.len : key;
    }
}

/* The row as a whole is told only if one of the fields that are told per row says something. */
static bool says_nothing(const struct recipe_run *run, const struct value *values)
{
    for (size_t i = 0; i < run->n_fields; i++)
        if (run->fields[i].form->is_per_row && values[run->fields[i].form->field].state >= VALUE_UNREAD)
            return false;
    return true;
}

static enum comity_status read_parts(
    struct recipe_run *run, const struct row *row, size_t *n_readings, bool *is_rejected, struct comity_error *err)
{
    size_t n_parts = 0, n = 0;
    enum comity_status status = cells_begin_row(&run->cells, row, &n_parts, err);
    buffer_clear(&run->packed);
    buffer_clear(&run->keys);
    for (size_t i = 0; i < n_parts && !status && !*is_rejected; i++) {
        if (!cells_set_part(&run->cells, row, i))
            continue;
        struct value *values = run->values + n * run->domain->n_fields;
        struct reading *reading = &run->readings[n];
        bool is_row_part = cells_is_row_part(&run->cells, i);
        size_t before = run->packed.len;
        status = read_part(run, row, is_row_part, values, &reading->content, is_rejected, err);
        if (is_row_part && !status && !*is_rejected && says_nothing(run, values)) {
            run->packed.len = before;
            continue;
        }
        reading->values = values;
        reading->key = read_key(run, row, i);
        run->packed_at[++n] = run->packed.len;
    }
    if (!status && run->keys.failed)
        status = error_nomem(err);
    for (size_t i = 0; i < n && !status && !*is_rejected; i++)
        status = count_part(run, run->readings[i].values, err);
    lay_readings(run, status || *is_rejected ? 0 : n);
    *n_readings = status || *is_rejected ? 0 : n;
    return status;
}

enum comity_status recipe_read_row(struct recipe_run *run, const struct row *row, enum reading_outcome *outcome,
    const struct reading **readings, size_t *n_readings, struct slice *reason, struct slice *mend,
    struct comity_error *err)
{
    bool is_rejected = row->fault != NULL;
    enum comity_status status = COMITY_OK;
    *n_readings = 0;
    *readings = run->readings;
    *reason = *mend = SLICE_EMPTY;
    trim_caches(run);
    if (row->fault)
        reject_fault(run, row);
    else
        status = read_parts(run, row, n_readings, &is_rejected, err);
    if (status)
        return status;
    *outcome = is_rejected ? READING_REJECTED : *n_readings ? READING_OK : READING_FILTERED;
    run->tally.counts.n_rows++;
    run->tally.counts.n_rejected += *outcome == READING_REJECTED;
    run->tally.counts.n_filtered += *outcome == READING_FILTERED;
    if (is_rejected) {
        *reason = buffer_slice(&run->reason);
        *mend = buffer_slice(&run->mend);
    }
    return COMITY_OK;
}

/* ---- what was read ------------------------------------------------------------------------------------------- */

const struct recipe_counts *recipe_counts(const struct recipe_run *run)
{
    return &run->tally.counts;
}

const struct recipe_total *recipe_totals(const struct recipe_run *run, size_t *n)
{
    *n = run->tally.n_totals;
    return run->tally.totals;
}

enum comity_status recipe_unread(struct recipe_run *run, int field, const struct unread_text **out, size_t *n,
    uint64_t *n_others, struct comity_error *err)
{
    return tally_unread(&run->tally, field, out, n, n_others, err);
}

void recipe_raw_json(struct recipe_run *run, const struct row *row, struct buffer *out)
{
    raw_add(&run->raw, run->cells.rows, row, out);
}
