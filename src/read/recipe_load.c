/* A recipe is checked as a whole against its domain before a row is read: a typing error must not cost an import of an
 * hour. */
#include "base/error.h"
#include "base/file.h"
#include "read/encoding.h"
#include "read/header.h"
#include "read/header_unit.h"
#include "read/recipe_form.h"
#include "text/distance.h"
#include "text/fold.h"
#include "text/yaml.h"
#include "value/place_key.h"

#include <stdlib.h>

/* ---- telling faults ------------------------------------------------------------------------------------------ */

/* The line where a value stands, found again in the text. */
static enum comity_status at_value(const struct recipe *recipe, const char *value, struct comity_error *err)
{
    const struct yaml_text yaml = {.where = recipe->name, .text = recipe->text};
    error_at(err, recipe->name, yaml_line(&yaml, 1, NULL, slice_from(value)), 0);
    return COMITY_SYNTAX;
}

/* One of some words; `what` names the key. */
static enum comity_status one_of(const struct recipe *recipe, const char *what, const char *value,
    const char *const *words, size_t n, int *out, struct comity_error *err)
{
    char list[200] = "";
    size_t at = 0;
    for (size_t i = 0; i < n && value; i++) {
        if (slice_equal_nocase(slice_from(value), slice_from(words[i]))) {
            *out = (int)i;
            return COMITY_OK;
        }
        if (at < sizeof list)
            at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", i ? ", " : "", words[i]);
    }
    if (!value)
        return COMITY_OK;
    error_set(err, COMITY_SYNTAX, "'%s' is no %s", value, what);
    error_hint(err, "one of: %s", list);
    return at_value(recipe, value, err);
}
#define ONE_OF(what, value, out, ...)                                                                                  \
    one_of(recipe, what, value, (const char *const[]){__VA_ARGS__},                                                    \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *), out, err)

/* ---- the parts ----------------------------------------------------------------------------------------------- */

static enum comity_status check_source(struct recipe *recipe, struct comity_error *err)
{
    const struct yaml_source *yaml = &recipe->yaml->source;
    static const char *const kinds[] = {"official", "partner", "open", "simulated"};
    static const char *const markings[] = {"TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"};
    int kind = 2, grade = 5, marking = 2;
    enum comity_status status = one_of(recipe, "kind of source", yaml->kind, kinds, 4, &kind, err);
    if (!status)
        status = ONE_OF("reliability grade", yaml->reliability, &grade, "A", "B", "C", "D", "E", "F");
    if (!status)
        status = one_of(recipe, "marking", yaml->marking, markings, 5, &marking, err);
    recipe->source = (struct source_info){.code = slice_from(yaml->code),
        .title = slice_from(yaml->title ? yaml->title : yaml->code),
        .kind = slice_from(kinds[kind]),
        .reliability = (uint8_t)(grade + 1),
        .licence = slice_from(yaml->licence),
        .marking = slice_from(markings[marking]),
        .is_aggregate = yaml->aggregate};
    return status;
}

static enum comity_status check_delimiter(
    struct recipe *recipe, const char *what, const char *text, char *out, struct comity_error *err)
{
    if (!text)
        return COMITY_OK;
    bool is_tab = !strcmp(text, "tab") || !strcmp(text, "\\t");
    if (!is_tab && (strlen(text) != 1 || *text == '\n' || *text == '\r' || (unsigned char)*text > 127)) {
        error_set(err, COMITY_SYNTAX, "'%s' is no %s", text, what);
        error_hint(err, "one character such as \";\", or tab");
        return at_value(recipe, text, err);
    }
    *out = is_tab ? '\t' : *text;
    return COMITY_OK;
}

static enum comity_status check_header(struct recipe *recipe, struct comity_error *err)
{
    const struct yaml_file *yaml = &recipe->yaml->file;
    struct rows_options *options = &recipe->options;
    bool is_none = yaml->header && !*yaml->header;
    options->has_no_header = is_none;
    options->header_rows = yaml->header_rows;
    if (yaml->header_rows <= (is_none ? 0 : HEADER_MOST_ROWS))
        return COMITY_OK;
    if (is_none)
        error_set(err, COMITY_SYNTAX, "'header: no' and 'header_rows' exclude each other");
    else
        error_set(err, COMITY_SYNTAX, "'header_rows' is at most %d", HEADER_MOST_ROWS);
    return at_value(recipe, "header_rows", err);
}

static enum comity_status check_frame(struct recipe *recipe, struct comity_error *err)
{
    const struct yaml_file *yaml = &recipe->yaml->file;
    const struct yaml_totals *totals = &recipe->yaml->totals;
    struct rows_options *options = &recipe->options;
    int mode = TOTALS_NO, has_footnotes = 0;
    enum comity_status status = ONE_OF("way to find totals", yaml->totals, &mode, "no", "auto");
    if (!status)
        status = ONE_OF("way to find footnotes", yaml->footnotes, &has_footnotes, "no", "auto");
    if (status)
        return status;
    options->has_footnotes = has_footnotes;
    options->totals = (enum totals_mode)mode;
    if (!totals->column)
        return COMITY_OK;
    if (mode == TOTALS_AUTO) {
        error_set(err, COMITY_SYNTAX, "'totals' are found out or told by their labels, not both");
        return at_value(recipe, "totals", err);
    }
    struct slice *labels = ARENA_ARRAY(&recipe->arena, struct slice, totals->equals.n);
    if (!labels)
        return error_nomem(err);
    for (unsigned i = 0; i < totals->equals.n; i++)
        labels[i] = slice_trim(slice_from(totals->equals.list[i]));
    options->totals = TOTALS_LABELLED;
    options->total_column = slice_from(totals->column);
    options->total_labels = labels;
    options->n_total_labels = totals->equals.n;
    return COMITY_OK;
}

static enum comity_status check_file(struct recipe *recipe, enum decimal_mark *decimal, struct comity_error *err)
{
    const struct yaml_file *yaml = &recipe->yaml->file;
    struct rows_options *options = &recipe->options;
    int format = ROWS_AUTO, mark = DECIMAL_AUTO, fills = 0;
    enum comity_status status =
        ONE_OF("file format", yaml->format, &format, "auto", "csv", "xlsx", "json", "ndjson", "ods", "geojson", "tsv");
    if (!status)
        status = ONE_OF("decimal mark", yaml->decimal, &mark, "auto", "point", "comma");
    if (!status)
        status = ONE_OF("way to read merged cells", yaml->merged, &fills, "first", "fill");
    if (!status)
        status = check_delimiter(recipe, "delimiter", yaml->delimiter, &options->delimiter, err);
    if (!status)
        status = check_delimiter(recipe, "quote", yaml->quote, &options->quote, err);
    if (!status && encoding_from_name(slice_from(yaml->encoding)) == ENCODING_UNKNOWN) {
        error_set(err, COMITY_SYNTAX, "unknown encoding '%s'", yaml->encoding);
        error_hint(err, "one of: utf-8, latin-1, windows-1252, utf-16");
        status = at_value(recipe, yaml->encoding, err);
    }
    /* GeoJSON is JSON of a known shape; tab-separated values are CSV. */
    bool is_tsv = format > ROWS_ODS + 1;
    options->format = is_tsv ? ROWS_CSV : format > ROWS_ODS ? ROWS_AUTO : (enum row_format)format;
    if (is_tsv && !options->delimiter)
        options->delimiter = '\t';
    options->encoding = slice_from(yaml->encoding);
    options->sheet = slice_from(yaml->sheet);
    options->member = slice_from(yaml->member);
    options->merged = fills ? MERGED_FILL : MERGED_FIRST;
    options->skip_lines = yaml->skip;
    options->decimal = (enum decimal_mark)mark;
    *decimal = (enum decimal_mark)mark;
    return status;
}

static enum comity_status check_nulls(struct recipe *recipe, struct comity_error *err)
{
    const struct yaml_texts *null = &recipe->yaml->null;
    recipe->null_tokens = ARENA_ARRAY(&recipe->arena, struct slice, null->n + !null->n);
    if (!recipe->null_tokens)
        return error_nomem(err);
    for (unsigned i = 0; i < null->n; i++)
        recipe->null_tokens[recipe->n_null_tokens++] = slice_trim(slice_from(null->list[i]));
    return COMITY_OK;
}

static enum comity_status check_filters(const struct recipe *recipe, struct comity_error *err)
{
    for (unsigned i = 0; i < recipe->yaml->n_filter; i++) {
        const struct yaml_filter *filter = &recipe->yaml->filter[i];
        if (!filter->equals.n == !filter->not .n) {
            error_set(err, COMITY_SYNTAX, "the filter of '%s' needs either 'equals' or 'not'", filter->column);
            return at_value(recipe, filter->column, err);
        }
    }
    return COMITY_OK;
}

/* ---- fields -------------------------------------------------------------------------------------------------- */

static enum comity_status unknown_field(const struct recipe *recipe, const char *id, struct comity_error *err)
{
    const struct domain *domain = recipe->domain;
    size_t best = SIZE_MAX;
    const struct field *near = NULL;
    for (size_t i = 0; i < domain->n_fields; i++)
        if (distance_is_nearer(slice_from(id), domain->fields[i].id, &best))
            near = &domain->fields[i];
    error_set(err, COMITY_SYNTAX, "the domain '%.*s' has no field '%s'", SLICE_ARG(domain->id), id);
    if (near)
        error_hint(err, "did you mean '%.*s'?", SLICE_ARG(near->id));
    return at_value(recipe, id, err);
}

/* Options that a field of this type cannot have. */
static const char *misplaced(const struct yaml_field *yaml, enum value_type type)
{
    if (type != VALUE_DATE)
        for (size_t i = 0; i < 5; i++)
            if ((const char *[]){yaml->order, yaml->until, yaml->year, yaml->year_begins, yaml->period}[i])
                return (const char *[]){"order", "until", "year", "year_begins", "period"}[i];
    if (type != VALUE_QUANTITY && (yaml->unit || yaml->unit_column || yaml->n_unit_map))
        return yaml->unit ? "unit" : yaml->unit_column ? "unit_column" : "unit_map";
    if (type == VALUE_PLACE)
        return NULL;
    return yaml->subdivision           ? "subdivision"
           : yaml->district            ? "district"
           : yaml->latitude            ? "latitude"
           : yaml->longitude           ? "longitude"
           : yaml->level               ? "level"
           : yaml->codes.n             ? "codes"
           : yaml->subdivision_codes.n ? "subdivision_codes"
                                       : NULL;
}

static enum comity_status check_cells(
    const struct recipe *recipe, const struct yaml_field *yaml, struct recipe_field *field, struct comity_error *err)
{
    enum value_type type = recipe->domain->fields[field->field].spec.type;
    const char *odd = misplaced(yaml, type);
    bool has_other = yaml->subdivision || yaml->district || (yaml->latitude && yaml->longitude);
    if (odd) {
        error_set(
            err, COMITY_SYNTAX, "the field '%s' is a %s: it takes no '%s'", yaml->field, value_type_name(type), odd);
        return at_value(recipe, yaml->field, err);
    }
    if (yaml->column ? yaml->value != NULL : !yaml->value && !has_other) {
        error_set(err, COMITY_SYNTAX, "the field '%s' needs either 'column' or 'value'", yaml->field);
        return at_value(recipe, yaml->field, err);
    }
    const char *const columns[N_PARTS] = {yaml->column, yaml->unit_column, yaml->until, yaml->subdivision,
        yaml->district, yaml->latitude, yaml->longitude, yaml->year};
    for (size_t i = 0; i < N_PARTS; i++)
        field->columns[i] = slice_from(columns[i]);
    field->constants[PART_RAW] = slice_from(yaml->value);
    field->constants[PART_UNIT] = slice_from(yaml->unit);
    return COMITY_OK;
}

static bool is_null_token(const struct recipe *recipe, struct slice text)
{
    for (size_t i = 0; i < recipe->n_null_tokens; i++)
        if (slice_equal_nocase(text, recipe->null_tokens[i]))
            return true;
    return false;
}

/* `to` must be something that the field understands, nothing, or a null token. */
static enum comity_status check_target(
    const struct recipe *recipe, const struct recipe_field *field, const char *to, struct comity_error *err)
{
    const struct value_spec *spec = &recipe->domain->fields[field->field].spec;
    struct slice text = slice_from(to);
    bool is_known = !text.len || is_null_token(recipe, text) ||
                    (spec->type == VALUE_CONCEPT ? concept_by_code(spec->concepts, text) != CONCEPT_NONE ||
                                                       concept_find(spec->concepts, text) != CONCEPT_NONE
                        : spec->type == VALUE_CATEGORY ? category_find(spec->categories, text) != UINT32_MAX
                                                       : true);
    if (is_known)
        return COMITY_OK;
    error_set(err, COMITY_SYNTAX, "the field '%.*s' knows no '%s' that a cell is mapped to",
        SLICE_ARG(recipe->domain->fields[field->field].id), to);
    error_hint(err, "use a code or a name of the domain's tree");
    return at_value(recipe, to, err);
}

/* A unit that cells are mapped to. */
static enum comity_status check_unit(
    const struct recipe *recipe, const struct recipe_field *field, const char *to, struct comity_error *err)
{
    const struct value_spec *spec = &recipe->domain->fields[field->field].spec;
    uint32_t unit = 0;
    if (to && *to && unit_look_up(spec->units, slice_from(to), &unit))
        return error_nomem(err);
    if (unit != UINT32_MAX)
        return COMITY_OK;
    error_set(err, COMITY_SYNTAX, "the domain has no unit '%s' that a cell is mapped to", to);
    error_hint(err, "use a code or a name of the domain's units");
    return at_value(recipe, to, err);
}

static enum comity_status check_map(struct recipe *recipe, const struct recipe_field *field,
    const struct yaml_map *yaml, unsigned n, struct recipe_map *map,
    enum comity_status (*check_one)(
        const struct recipe *, const struct recipe_field *, const char *, struct comity_error *),
    struct comity_error *err)
{
    struct buffer folded;
    enum comity_status status = COMITY_OK;
    map->to = ARENA_ARRAY(&recipe->arena, struct slice, n + !n);
    if (!map->to)
        return error_nomem(err);
    buffer_init(&folded, 1 << 20);
    for (unsigned i = 0; i < n && !status; i++) {
        buffer_clear(&folded);
        text_fold(slice_from(yaml[i].from), &folded);
        uint32_t id = folded.failed ? INTERN_NONE : intern_put(&map->from, buffer_slice(&folded));
        if (id == INTERN_NONE)
            status = error_nomem(err);
        else
            map->to[id] = slice_from(yaml[i].to);
        if (!status)
            status = check_one(recipe, field, yaml[i].to, err);
    }
    buffer_release(&folded);
    return status;
}

static enum comity_status check_codes(
    const struct recipe *recipe, const struct yaml_texts *yaml, unsigned *systems, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    for (unsigned i = 0; i < yaml->n && !status; i++) {
        int system = 0;
        status = ONE_OF("system of codes", yaml->list[i], &system, PLACE_CODE_SYSTEMS);
        *systems |= 1u << system;
    }
    return status;
}

static enum comity_status check_words(
    const struct recipe *recipe, const struct yaml_field *yaml, struct recipe_field *field, struct comity_error *err)
{
    int order = DATE_ORDER_AUTO, level = LEVEL_AUTO, decimal = (int)field->decimal, period = PERIOD_AUTO, month = 0,
        per = 0;
    enum comity_status status = ONE_OF("order of a date", yaml->order, &order, "auto", "ymd", "dmy", "mdy");
    if (!status)
        status = ONE_OF("level of places", yaml->level, &level, "auto", "settlement", "subdivision");
    if (!status)
        status = check_codes(recipe, &yaml->codes, &field->codes, err);
    if (!status)
        status = check_codes(recipe, &yaml->subdivision_codes, &field->subdivision_codes, err);
    if (!status)
        status = ONE_OF("decimal mark", yaml->decimal, &decimal, "auto", "point", "comma");
    if (!status)
        status = ONE_OF("period of a date", yaml->period, &period, "auto", "day", "month", "year");
    if (!status)
        status = ONE_OF("month that a year begins in", yaml->year_begins, &month, "january", "february", "march",
            "april", "may", "june", "july", "august", "september", "october", "november", "december");
    if (!status)
        status = ONE_OF("thing that a field is told per", yaml->per, &per, "mention", "row");
    if (!status && per && !recipe->yaml->unpivot) {
        error_set(err, COMITY_SYNTAX, "'per: row' is for recipes that unpivot");
        status = at_value(recipe, yaml->per, err);
    }
    field->period = (enum recipe_period)period;
    field->first_month = (unsigned)month + 1;
    field->is_per_row = per;
    field->order = (enum date_order)order;
    field->level = (enum recipe_level)level;
    field->decimal = (enum decimal_mark)decimal;
    return status;
}

static enum comity_status check_field(
    struct recipe *recipe, const struct yaml_field *yaml, enum decimal_mark decimal, struct comity_error *err)
{
    struct recipe_field *field = &recipe->fields[recipe->n_fields];
    field->field = domain_field(recipe->domain, slice_from(yaml->field));
    field->decimal = decimal;
    if (field->field < 0)
        return unknown_field(recipe, yaml->field, err);
    for (size_t i = 0; i < recipe->n_fields; i++)
        if (recipe->fields[i].field == field->field) {
            error_set(err, COMITY_SYNTAX, "the field '%s' is mapped twice", yaml->field);
            return at_value(recipe, yaml->field, err);
        }
    bool is_when = recipe->domain->fields[field->field].role == ROLE_WHEN;
    field->is_required = yaml->required && *yaml->required;
    field->is_unread_fatal = yaml->required ? *yaml->required : is_when;
    field->is_optional = yaml->optional && *yaml->optional;
    field->also = &yaml->also;
    recipe->n_fields++;
    enum comity_status status = check_cells(recipe, yaml, field, err);
    if (!status)
        status = check_words(recipe, yaml, field, err);
    if (!status)
        status = check_map(recipe, field, yaml->map, yaml->n_map, &field->map, check_target, err);
    if (!status)
        status = check_map(recipe, field, yaml->unit_map, yaml->n_unit_map, &field->unit_map, check_unit, err);
    recipe->has_row_part |= field->is_per_row;
    return status;
}

static enum comity_status check_fields(struct recipe *recipe, enum decimal_mark decimal, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    recipe->fields = ARENA_ARRAY(&recipe->arena, struct recipe_field, recipe->yaml->n_fields);
    if (!recipe->fields)
        return error_nomem(err);
    for (unsigned i = 0; i < recipe->yaml->n_fields && !status; i++)
        status = check_field(recipe, &recipe->yaml->fields[i], decimal, err);
    for (size_t i = 0; i < recipe->n_fields; i++)
        if (recipe->fields[i].field == recipe->domain->country) {
            struct recipe_field first = recipe->fields[0];
            recipe->fields[0] = recipe->fields[i];
            recipe->fields[i] = first;
        }
    return status;
}

/* ---- unpivoted columns --------------------------------------------------------------------------------------- */

/* What the columns' names say: with `unit`, the unit is cut off. */
static enum comity_status check_unpivot(struct recipe *recipe, struct comity_error *err)
{
    const struct yaml_unpivot *unpivot = recipe->yaml->unpivot;
    const struct domain *domain = recipe->domain;
    if (!unpivot)
        return COMITY_OK;
    recipe->part_names = ARENA_ARRAY(&recipe->arena, struct slice, unpivot->columns.n);
    recipe->part_units = ARENA_ARRAY(&recipe->arena, struct slice, unpivot->columns.n);
    if (!recipe->part_names || !recipe->part_units)
        return error_nomem(err);
    if (unpivot->unit && domain->how_much < 0) {
        error_set(
            err, COMITY_SYNTAX, "the domain '%.*s' has no amounts, so columns have no 'unit'", SLICE_ARG(domain->id));
        return at_value(recipe, unpivot->unit, err);
    }
    for (unsigned i = 0; i < unpivot->columns.n; i++) {
        struct header_unit cut = {.rest = slice_from(unpivot->columns.list[i])};
        if (unpivot->unit && header_cut_unit(domain->fields[domain->how_much].spec.units, cut.rest, &cut))
            return error_nomem(err);
        if (unpivot->unit && cut.unit == UINT32_MAX) {
            error_set(err, COMITY_SYNTAX, "the name of the column '%s' tells no unit", unpivot->columns.list[i]);
            error_hint(err, "leave out 'unit' and name the units with `unit_column` and `unit_map`");
            return at_value(recipe, unpivot->columns.list[i], err);
        }
        recipe->part_names[i] = cut.rest;
        recipe->part_units[i] = cut.text;
    }
    return COMITY_OK;
}

/* ---- the whole ----------------------------------------------------------------------------------------------- */

static enum comity_status check(struct recipe *recipe, struct comity_error *err)
{
    enum decimal_mark decimal = DECIMAL_AUTO;
    recipe->id = slice_from(recipe->yaml->recipe);
    if (!slice_is(recipe->domain->id, recipe->yaml->domain)) {
        error_set(err, COMITY_SYNTAX, "the recipe is for the domain '%s', not for '%.*s'", recipe->yaml->domain,
            SLICE_ARG(recipe->domain->id));
        return at_value(recipe, recipe->yaml->domain, err);
    }
    if (recipe->yaml->identity.key && recipe->yaml->identity.columns.n) {
        error_set(err, COMITY_SYNTAX, "the identity is either a 'key' or 'columns', not both");
        return at_value(recipe, "identity", err);
    }
    enum comity_status status = check_source(recipe, err);
    if (!status)
        status = check_file(recipe, &decimal, err);
    if (!status)
        status = check_header(recipe, err);
    if (!status)
        status = check_frame(recipe, err);
    if (!status)
        status = check_nulls(recipe, err);
    if (!status)
        status = check_filters(recipe, err);
    if (!status)
        status = check_unpivot(recipe, err);
    return status ? status : check_fields(recipe, decimal, err);
}

enum comity_status recipe_parse(
    struct slice yaml, const char *name, const struct domain *domain, struct recipe **out, struct comity_error *err)
{
    struct recipe *recipe = calloc(1, sizeof *recipe);
    *out = NULL;
    if (!recipe)
        return error_nomem(err);
    recipe->domain = domain;
    recipe->text = arena_copy(&recipe->arena, yaml);
    recipe->name = arena_string(&recipe->arena, slice_from(name));
    enum comity_status status = (yaml.len && !recipe->text.ptr) || !recipe->name ? error_nomem(err) : COMITY_OK;
    if (!status)
        status = recipe_yaml_read(recipe->text, recipe->name, &recipe->yaml, err);
    if (!status)
        status = check(recipe, err);
    if (status)
        recipe_free(recipe);
    else
        *out = recipe;
    return status;
}

enum comity_status recipe_load(
    const char *path, const struct domain *domain, struct recipe **out, struct comity_error *err)
{
    struct file_map map = {0};
    *out = NULL;
    enum comity_status status = file_map(&map, path, err);
    if (!status)
        status = recipe_parse(slice_of(map.ptr, map.len), path, domain, out, err);
    file_unmap(&map);
    return status;
}

void recipe_free(struct recipe *recipe)
{
    if (!recipe)
        return;
    for (size_t i = 0; i < recipe->n_fields; i++) {
        intern_release(&recipe->fields[i].map.from);
        intern_release(&recipe->fields[i].unit_map.from);
    }
    recipe_yaml_free(recipe->yaml);
    arena_release(&recipe->arena);
    free(recipe);
}

const struct rows_options *recipe_rows_options(const struct recipe *recipe)
{
    return &recipe->options;
}

const struct source_info *recipe_source(const struct recipe *recipe)
{
    return &recipe->source;
}

struct slice recipe_id(const struct recipe *recipe)
{
    return recipe->id;
}

struct slice recipe_text(const struct recipe *recipe)
{
    return recipe->text;
}
