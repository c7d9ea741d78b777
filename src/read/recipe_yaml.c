/* The schema of a recipe. Errors with their lines are made by text/yaml.h. */
#include "read/recipe_form.h"
#include "text/yaml.h"

#define TEXT(key, type, member)                                                                                        \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 0, 10000)
#define TEXT_NEEDED(key, type, member) CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, member, 1, 10000)
#define TRUTH(key, type, member) CYAML_FIELD_BOOL_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member)
#define TEXTS(key, flags, type, member)                                                                                \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | (flags), type, member.list, member.n, &text_value, 1, 10000)
#define LIST(key, type, member, value)                                                                                 \
    CYAML_FIELD_SEQUENCE_COUNT(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, n_##member, value, 0, 10000)

static const cyaml_schema_value_t text_value = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char *, 0, 10000)};

static const cyaml_schema_field_t source_keys[] = {TEXT_NEEDED("code", struct yaml_source, code),
    TEXT("title", struct yaml_source, title), TEXT("kind", struct yaml_source, kind),
    TEXT("reliability", struct yaml_source, reliability), TEXT("licence", struct yaml_source, licence),
    TEXT("marking", struct yaml_source, marking),
    CYAML_FIELD_BOOL("aggregate", CYAML_FLAG_OPTIONAL, struct yaml_source, aggregate), CYAML_FIELD_END};

static const cyaml_schema_field_t file_keys[] = {TEXT("format", struct yaml_file, format),
    TEXT("delimiter", struct yaml_file, delimiter), TEXT("quote", struct yaml_file, quote),
    TEXT("encoding", struct yaml_file, encoding), TEXT("decimal", struct yaml_file, decimal),
    TEXT("sheet", struct yaml_file, sheet), CYAML_FIELD_UINT("skip", CYAML_FLAG_OPTIONAL, struct yaml_file, skip),
    CYAML_FIELD_UINT("header_rows", CYAML_FLAG_OPTIONAL, struct yaml_file, header_rows),
    TRUTH("header", struct yaml_file, header), TEXT("member", struct yaml_file, member),
    TEXT("totals", struct yaml_file, totals), TEXT("footnotes", struct yaml_file, footnotes),
    TEXT("merged", struct yaml_file, merged), CYAML_FIELD_END};

static const cyaml_schema_field_t totals_keys[] = {
    TEXT_NEEDED("column", struct yaml_totals, column), TEXTS("equals", 0, struct yaml_totals, equals), CYAML_FIELD_END};

static const cyaml_schema_field_t identity_keys[] = {TEXT("key", struct yaml_identity, key),
    TEXTS("columns", CYAML_FLAG_OPTIONAL, struct yaml_identity, columns), CYAML_FIELD_END};

static const cyaml_schema_field_t filter_keys[] = {TEXT_NEEDED("column", struct yaml_filter, column),
    TEXTS("equals", CYAML_FLAG_OPTIONAL, struct yaml_filter, equals),
    TEXTS("not", CYAML_FLAG_OPTIONAL, struct yaml_filter, not ), CYAML_FIELD_END};
static const cyaml_schema_value_t filter_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_filter, filter_keys)};

static const cyaml_schema_field_t split_keys[] = {TEXT_NEEDED("column", struct yaml_split, column),
    TEXT_NEEDED("at", struct yaml_split, at), TEXTS("into", 0, struct yaml_split, into), CYAML_FIELD_END};
static const cyaml_schema_value_t split_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_split, split_keys)};

static const cyaml_schema_field_t join_keys[] = {TEXTS("columns", 0, struct yaml_join, columns),
    TEXT("with", struct yaml_join, with), TEXT_NEEDED("into", struct yaml_join, into),
    CYAML_FIELD_BOOL("sum", CYAML_FLAG_OPTIONAL, struct yaml_join, sum), CYAML_FIELD_END};
static const cyaml_schema_value_t join_value = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_join, join_keys)};

static const cyaml_schema_field_t unpivot_keys[] = {TEXTS("columns", 0, struct yaml_unpivot, columns),
    TEXT_NEEDED("name", struct yaml_unpivot, name), TEXT_NEEDED("value", struct yaml_unpivot, value),
    TEXT("unit", struct yaml_unpivot, unit), TRUTH("skip_empty", struct yaml_unpivot, skip_empty), CYAML_FIELD_END};

static const cyaml_schema_field_t map_keys[] = {
    TEXT_NEEDED("from", struct yaml_map, from), TEXT("to", struct yaml_map, to), CYAML_FIELD_END};
static const cyaml_schema_value_t map_value = {CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_map, map_keys)};

static const cyaml_schema_field_t field_keys[] = {TEXT_NEEDED("field", struct yaml_field, field),
    TEXT("column", struct yaml_field, column), TEXT("value", struct yaml_field, value),
    TEXT("order", struct yaml_field, order), TEXT("until", struct yaml_field, until),
    TEXT("subdivision", struct yaml_field, subdivision), TEXT("district", struct yaml_field, district),
    TEXT("latitude", struct yaml_field, latitude), TEXT("longitude", struct yaml_field, longitude),
    TEXT("unit_column", struct yaml_field, unit_column), TEXT("unit", struct yaml_field, unit),
    TEXT("level", struct yaml_field, level), TEXT("decimal", struct yaml_field, decimal),
    TEXT("year", struct yaml_field, year), TEXT("year_begins", struct yaml_field, year_begins),
    TEXT("period", struct yaml_field, period), TEXT("per", struct yaml_field, per),
    TRUTH("required", struct yaml_field, required), TRUTH("optional", struct yaml_field, optional),
    TEXTS("also", CYAML_FLAG_OPTIONAL, struct yaml_field, also),
    TEXTS("codes", CYAML_FLAG_OPTIONAL, struct yaml_field, codes),
    TEXTS("subdivision_codes", CYAML_FLAG_OPTIONAL, struct yaml_field, subdivision_codes),
    LIST("map", struct yaml_field, map, &map_value), LIST("unit_map", struct yaml_field, unit_map, &map_value),
    CYAML_FIELD_END};
static const cyaml_schema_value_t field_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct yaml_field, field_keys)};

static const cyaml_schema_field_t recipe_keys[] = {TEXT_NEEDED("recipe", struct recipe_yaml, recipe),
    TEXT_NEEDED("domain", struct recipe_yaml, domain),
    CYAML_FIELD_MAPPING("source", CYAML_FLAG_DEFAULT, struct recipe_yaml, source, source_keys),
    CYAML_FIELD_MAPPING("file", CYAML_FLAG_OPTIONAL, struct recipe_yaml, file, file_keys),
    CYAML_FIELD_MAPPING("totals", CYAML_FLAG_OPTIONAL, struct recipe_yaml, totals, totals_keys),
    TEXTS("null", CYAML_FLAG_OPTIONAL, struct recipe_yaml, null),
    CYAML_FIELD_MAPPING("identity", CYAML_FLAG_OPTIONAL, struct recipe_yaml, identity, identity_keys),
    LIST("filter", struct recipe_yaml, filter, &filter_value), LIST("split", struct recipe_yaml, split, &split_value),
    LIST("join", struct recipe_yaml, join, &join_value),
    CYAML_FIELD_MAPPING_PTR(
        "unpivot", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct recipe_yaml, unpivot, unpivot_keys),
    CYAML_FIELD_SEQUENCE_COUNT(
        "fields", CYAML_FLAG_POINTER, struct recipe_yaml, fields, n_fields, &field_value, 1, 1000),
    CYAML_FIELD_END};
static const cyaml_schema_value_t recipe_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct recipe_yaml, recipe_keys)};

enum comity_status recipe_yaml_read(
    struct slice text, const char *name, struct recipe_yaml **out, struct comity_error *err)
{
    const struct yaml_text yaml = {.where = name, .text = text};
    void *data = NULL;
    enum comity_status status = yaml_load(&yaml, &recipe_value, &data, err);
    *out = data;
    return status;
}

void recipe_yaml_free(struct recipe_yaml *yaml)
{
    yaml_release(&recipe_value, yaml);
}
