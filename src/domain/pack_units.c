/* Reads dimensions, units and conversions. A conversion without a document is refused: a factor that nobody can look up
 * is an opinion. */
#include "domain/pack.h"

struct dimension_entry {
    char *id, *base, *shown, *implausible;
    struct pack_labels labels;
};

struct unit_entry {
    char *code, *dimension, *factor;
    char **names;
    unsigned names_count;
    struct pack_labels labels;
};

struct conversion_entry {
    char *concept, *unit, *kg, *document;
};

struct units_file {
    struct dimension_entry *dimensions;
    struct unit_entry *units;
    struct conversion_entry *conversions;
    unsigned dimensions_count, units_count, conversions_count;
    char *conversion_version;
};

static const cyaml_schema_field_t dimension_fields[] = {
    PACK_STRING("id", struct dimension_entry, id),
    PACK_STRING("base", struct dimension_entry, base),
    PACK_STRING("shown", struct dimension_entry, shown),
    PACK_OPTIONAL("implausible", struct dimension_entry, implausible),
    PACK_LABELS("labels", struct dimension_entry, labels),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t dimension_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct dimension_entry, dimension_fields)};
static const cyaml_schema_field_t unit_fields[] = {
    PACK_STRING("code", struct unit_entry, code),
    PACK_STRING("dimension", struct unit_entry, dimension),
    PACK_STRING("factor", struct unit_entry, factor),
    PACK_STRINGS("names", struct unit_entry, names),
    PACK_LABELS("labels", struct unit_entry, labels),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t unit_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct unit_entry, unit_fields)};
static const cyaml_schema_field_t conversion_fields[] = {
    PACK_OPTIONAL("concept", struct conversion_entry, concept),
    PACK_STRING("unit", struct conversion_entry, unit),
    PACK_STRING("kg", struct conversion_entry, kg),
    PACK_STRING("document", struct conversion_entry, document),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t conversion_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct conversion_entry, conversion_fields)};
static const cyaml_schema_field_t file_fields[] = {
    CYAML_FIELD_SEQUENCE(
        "dimensions", CYAML_FLAG_POINTER, struct units_file, dimensions, &dimension_value, 1, CYAML_UNLIMITED),
    CYAML_FIELD_SEQUENCE("units", CYAML_FLAG_POINTER, struct units_file, units, &unit_value, 1, CYAML_UNLIMITED),
    PACK_OPTIONAL("conversion_version", struct units_file, conversion_version),
    CYAML_FIELD_SEQUENCE("conversions", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct units_file, conversions,
        &conversion_value, 0, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t file_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct units_file, file_fields)};

/* What is at hand while the file is read. */
struct units_work {
    struct pack_file file;
    const struct units_file *in;
    struct unit_table *table;
    struct intern dimensions, codes;
};

static enum comity_status dimensions_fill(struct units_work *work)
{
    struct domain *domain = work->file.domain;
    struct unit_table *table = work->table;
    table->n_dimensions = work->in->dimensions_count;
    table->dimensions = ARENA_ARRAY(&domain->arena, struct dimension, table->n_dimensions);
    table->dimension_labels = arena_zero(&domain->arena, table->n_dimensions, sizeof *table->dimension_labels);
    if (!table->dimensions || !table->dimension_labels)
        return error_nomem(work->file.err);
    for (uint32_t i = 0; i < table->n_dimensions; i++) {
        const struct dimension_entry *entry = &work->in->dimensions[i];
        struct dimension *dimension = &table->dimensions[i];
        uint32_t id = intern_put(&work->dimensions, slice_from(entry->id));
        if (id == INTERN_NONE || !pack_copy(domain, entry->id, &dimension->id) ||
            !pack_copy(domain, entry->base, &dimension->base_unit) ||
            !pack_copy(domain, entry->shown, &dimension->shown_unit) ||
            !pack_copy_labels(domain, &entry->labels, table->dimension_labels[i]))
            return error_nomem(work->file.err);
        if (id != i)
            return PACK_ERROR(&work->file, "id", entry->id, "dimension '%s' stands twice", entry->id);
        dimension->label = table->dimension_labels[i][LANGUAGE_EN];
        if (entry->implausible &&
            (!yaml_number(entry->implausible, &dimension->implausible) || dimension->implausible < 0))
            return PACK_ERROR(&work->file, "implausible", entry->implausible, "'%s' is no amount", entry->implausible);
    }
    return COMITY_OK;
}

static enum comity_status unit_fill(struct units_work *work, uint32_t i)
{
    const struct unit_entry *entry = &work->in->units[i];
    struct pack_file *file = &work->file;
    struct unit *unit = &work->table->units[i];
    uint32_t id = intern_put(&work->codes, slice_from(entry->code));
    if (id == INTERN_NONE || !pack_copy(file->domain, entry->code, &unit->code) ||
        !pack_copy(file->domain, entry->dimension, &unit->dimension) ||
        !pack_copy_labels(file->domain, &entry->labels, work->table->unit_labels[i]))
        return error_nomem(file->err);
    if (id != i)
        return PACK_ERROR(file, "code", entry->code, "unit '%s' stands twice", entry->code);
    unit->label = work->table->unit_labels[i][LANGUAGE_EN];
    unit->dimension_id = intern_get(&work->dimensions, unit->dimension);
    if (unit->dimension_id == INTERN_NONE) {
        PACK_ERROR(file, "dimension", entry->dimension, "unit '%s' is of dimension '%s', which is not told",
            entry->code, entry->dimension);
        pack_hint_near(file->err, &work->dimensions, entry->dimension);
        return COMITY_SYNTAX;
    }
    if (!yaml_number(entry->factor, &unit->to_base) || unit->to_base <= 0)
        return PACK_ERROR(file, "code", entry->code, "the factor '%s' of unit '%s' is no positive number",
            entry->factor, entry->code);
    return COMITY_OK;
}

static enum comity_status units_fill(struct units_work *work)
{
    struct unit_table *table = work->table;
    table->n_units = work->in->units_count;
    table->units = ARENA_ARRAY(&work->file.domain->arena, struct unit, table->n_units);
    table->unit_labels = arena_zero(&work->file.domain->arena, table->n_units, sizeof *table->unit_labels);
    if (!table->units || !table->unit_labels)
        return error_nomem(work->file.err);
    enum comity_status status = COMITY_OK;
    for (uint32_t i = 0; i < table->n_units && status == COMITY_OK; i++)
        status = unit_fill(work, i);
    return status;
}

/* A dimension's base and shown unit must be units of it, and the base has the factor 1. */
static enum comity_status dimension_check(
    struct units_work *work, const struct dimension *dimension, const char *key, struct slice code, bool is_base)
{
    uint32_t unit = intern_get(&work->codes, code);
    const struct unit *units = work->table->units;
    if (unit == INTERN_NONE || !slice_equal(units[unit].dimension, dimension->id)) {
        PACK_ERROR(&work->file, key, code.ptr, "'%s' is no unit of dimension '%s'", code.ptr, dimension->id.ptr);
        pack_hint_near(work->file.err, &work->codes, code.ptr);
        return COMITY_SYNTAX;
    }
    if (is_base && units[unit].to_base != 1)
        return PACK_ERROR(&work->file, "code", code.ptr, "the base unit '%s' must have the factor 1", code.ptr);
    return COMITY_OK;
}

static enum comity_status dimensions_check(struct units_work *work)
{
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < work->table->n_dimensions && status == COMITY_OK; i++) {
        const struct dimension *dimension = &work->table->dimensions[i];
        status = dimension_check(work, dimension, "base", dimension->base_unit, true);
        if (status == COMITY_OK)
            status = dimension_check(work, dimension, "shown", dimension->shown_unit, false);
    }
    return status;
}

static bool is_concept(const struct domain *domain, struct slice code)
{
    for (size_t i = 0; i < domain->n_trees; i++)
        if (intern_get(&domain->trees[i].codes, code) != INTERN_NONE)
            return true;
    return false;
}

static enum comity_status conversion_fill(struct units_work *work, uint32_t i)
{
    const struct conversion_entry *entry = &work->in->conversions[i];
    struct pack_file *file = &work->file;
    struct conversion *conversion = &work->table->conversions[i];
    if (!pack_copy(file->domain, entry->concept, &conversion->concept) ||
        !pack_copy(file->domain, entry->document, &conversion->document))
        return error_nomem(file->err);
    conversion->unit = intern_get(&work->codes, slice_from(entry->unit));
    if (conversion->unit == INTERN_NONE) {
        PACK_ERROR(file, "unit", entry->unit, "a conversion is of unit '%s', which is not told", entry->unit);
        pack_hint_near(file->err, &work->codes, entry->unit);
        return COMITY_SYNTAX;
    }
    if (conversion->concept.len && !is_concept(file->domain, conversion->concept)) {
        PACK_ERROR(
            file, "concept", entry->concept, "a conversion is of concept '%s', which no tree has", entry->concept);
        for (size_t t = 0; t < file->domain->n_trees; t++)
            pack_hint_near(file->err, &file->domain->trees[t].codes, entry->concept);
        return COMITY_SYNTAX;
    }
    if (!yaml_number(entry->kg, &conversion->kg) || conversion->kg <= 0)
        return PACK_ERROR(file, "kg", entry->kg, "'%s' is no positive number of kg", entry->kg);
    return COMITY_OK;
}

static enum comity_status conversions_fill(struct units_work *work)
{
    struct unit_table *table = work->table;
    table->n_conversions = work->in->conversions_count;
    table->conversions = ARENA_ARRAY(&work->file.domain->arena, struct conversion, table->n_conversions);
    if (!table->conversions || !pack_copy(work->file.domain, work->in->conversion_version, &table->conversion_version))
        return error_nomem(work->file.err);
    if (table->n_conversions && !table->conversion_version.len) {
        yaml_error(&work->file.yaml, yaml_line(&work->file.yaml, 1, "conversions", SLICE_EMPTY), work->file.err,
            "the conversions have no version");
        error_hint(work->file.err, "add 'conversion_version: \"…\"' above them");
        return COMITY_SYNTAX;
    }
    enum comity_status status = COMITY_OK;
    for (uint32_t i = 0; i < table->n_conversions && status == COMITY_OK; i++)
        status = conversion_fill(work, i);
    return status;
}

static enum comity_status units_names(struct units_work *work)
{
    struct pack_names names;
    enum comity_status status = COMITY_OK;
    pack_names_init(&names, &work->file, &work->codes, &work->table->spellings);
    for (uint32_t i = 0; i < work->in->units_count && status == COMITY_OK; i++) {
        const struct unit_entry *entry = &work->in->units[i];
        status = pack_names_add(&names, entry->code, i, false);
        if (status == COMITY_OK)
            status = pack_names_add_all(&names, entry->names, entry->names_count, i);
    }
    for (uint32_t i = 0; i < work->in->units_count && status == COMITY_OK; i++)
        status = pack_names_add_labels(&names, &work->in->units[i].labels, work->in->units[i].code, i);
    if (status == COMITY_OK && !(work->table->spelling_unit = pack_names_take(&names, &work->table->written)))
        status = error_nomem(work->file.err);
    pack_names_release(&names);
    return status;
}

enum comity_status pack_read_units(
    struct domain *domain, const char *name, struct unit_table *units, struct comity_error *err)
{
    static enum comity_status (*const steps[])(struct units_work *) = {
        dimensions_fill, units_fill, dimensions_check, conversions_fill, units_names};
    struct units_work work = {.table = units};
    enum comity_status status = pack_open(&work.file, domain, name, &file_value, err);
    work.in = work.file.data;
    units->folding = &domain->folding;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == COMITY_OK; i++)
        status = steps[i](&work);
    intern_release(&work.dimensions);
    intern_release(&work.codes);
    pack_release(&work.file);
    return status;
}
