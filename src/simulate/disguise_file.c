/* The schema of disguise.yaml; units are checked against the pack. */
#include "simulate/disguise_file.h"

#include "base/error.h"
#include "base/file.h"
#include "text/yaml.h"

#define TEXTS(key, type, member) CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER, type, member, &text_schema, 1, 100)

static const cyaml_schema_value_t text_schema = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, 200)};

static const cyaml_schema_field_t column_fields[] = {
    CYAML_FIELD_STRING_PTR("what", CYAML_FLAG_POINTER, struct disguise_column, what, 0, 200),
    TEXTS("names", struct disguise_column, names),
    CYAML_FIELD_BOOL("is_optional", CYAML_FLAG_OPTIONAL, struct disguise_column, is_optional),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t column_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct disguise_column, column_fields)};

static const cyaml_schema_field_t unit_fields[] = {
    CYAML_FIELD_STRING_PTR("unit", CYAML_FLAG_POINTER, struct profile_unit, unit, 0, 200),
    CYAML_FIELD_STRING_PTR("text", CYAML_FLAG_POINTER, struct profile_unit, text, 0, 200),
    CYAML_FIELD_INT("decimals", CYAML_FLAG_DEFAULT, struct profile_unit, decimals),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t unit_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct profile_unit, unit_fields)};

static const cyaml_schema_field_t disguise_fields[] = {
    CYAML_FIELD_STRING_PTR("language", CYAML_FLAG_POINTER, struct disguise, language, 0, 200),
    CYAML_FIELD_STRING_PTR("file", CYAML_FLAG_POINTER, struct disguise, file, 0, 60),
    TEXTS("countries", struct disguise, countries),
    TEXTS("titles", struct disguise, titles),
    TEXTS("totals", struct disguise, totals),
    TEXTS("footnotes", struct disguise, footnotes),
    CYAML_FIELD_SEQUENCE("columns", CYAML_FLAG_POINTER, struct disguise, columns, &column_schema, 1, 30),
    CYAML_FIELD_SEQUENCE("units", CYAML_FLAG_POINTER, struct disguise, units, &unit_schema, 1, 30),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t disguise_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct disguise, disguise_fields)};

static const cyaml_schema_field_t disguises_fields[] = {
    CYAML_FIELD_SEQUENCE_COUNT(
        "disguises", CYAML_FLAG_POINTER, struct disguises, list, list_count, &disguise_schema, 1, 20),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t disguises_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct disguises, disguises_fields)};

void disguises_free(struct disguises *disguises)
{
    yaml_release(&disguises_schema, disguises);
}

static enum comity_status check(struct disguise *disguise, const struct domain *domain, struct comity_error *err)
{
    for (unsigned i = 0; i < disguise->units_count; i++) {
        disguise->units[i].unit_id = profile_unit_find(domain, disguise->units[i].unit);
        if (disguise->units[i].unit_id == UINT32_MAX)
            return error_set(err, COMITY_INPUT, "disguise.yaml: the pack has no unit '%s'", disguise->units[i].unit);
    }
    return COMITY_OK;
}

enum comity_status disguises_load(const struct domain *domain, struct disguises **out, struct comity_error *err)
{
    struct arena arena = {0};
    struct file_map map = {0};
    const char *path = path_join(&arena, domain->folder, "disguise.yaml");
    *out = NULL;
    enum comity_status status = path ? file_map(&map, path, err) : error_nomem(err);
    if (status == COMITY_OK) {
        struct yaml_text yaml = {path, slice_of(map.ptr, map.len)};
        status = yaml_load(&yaml, &disguises_schema, (void **)out, err);
    }
    for (unsigned i = 0; status == COMITY_OK && i < (*out)->list_count; i++)
        status = check(&(*out)->list[i], domain, err);
    if (status != COMITY_OK) {
        disguises_free(*out);
        *out = NULL;
    }
    file_unmap(&map);
    arena_release(&arena);
    return status;
}
