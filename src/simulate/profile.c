/* libcyaml fills the structs; what it cannot know (codes of the pack) is checked behind it. */
#include "simulate/profile.h"

#include "base/error.h"
#include "base/file.h"

#include <cyaml/cyaml.h>

#define OPTIONAL_TEXT(key, type, member)                                                                               \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 0, 200)
#define TEXTS(key, type, member)                                                                                       \
    CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, &text_schema, 0, 250)
#define TEXT(key, type, member) CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, member, 0, 200)

static const cyaml_schema_value_t text_schema = {CYAML_VALUE_STRING(CYAML_FLAG_POINTER, char, 0, 200)};

static const cyaml_schema_field_t concept_fields[] = {
    TEXT("code", struct profile_concept, code),
    CYAML_FIELD_FLOAT("weight", CYAML_FLAG_DEFAULT, struct profile_concept, weight),
    TEXT("unit", struct profile_concept, unit),
    CYAML_FIELD_FLOAT("median", CYAML_FLAG_DEFAULT, struct profile_concept, median),
    CYAML_FIELD_FLOAT("spread", CYAML_FLAG_DEFAULT, struct profile_concept, spread),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t concept_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct profile_concept, concept_fields)};

static const cyaml_schema_field_t country_fields[] = {
    TEXT("code", struct profile_country, code),
    CYAML_FIELD_FLOAT("weight", CYAML_FLAG_DEFAULT, struct profile_country, weight),
    OPTIONAL_TEXT("region", struct profile_country, region),
    OPTIONAL_TEXT("subregion", struct profile_country, subregion),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t country_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct profile_country, country_fields)};

static const cyaml_schema_field_t attribute_fields[] = {
    TEXT("field", struct profile_attribute, field),
    TEXTS("countries", struct profile_attribute, countries),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t attribute_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct profile_attribute, attribute_fields)};

static const cyaml_schema_field_t unit_fields[] = {
    TEXT("unit", struct profile_unit, unit),
    TEXT("text", struct profile_unit, text),
    CYAML_FIELD_INT("decimals", CYAML_FLAG_DEFAULT, struct profile_unit, decimals),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t unit_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct profile_unit, unit_fields)};

static const cyaml_schema_field_t column_fields[] = {
    TEXT("header", struct profile_column, header),
    TEXT("what", struct profile_column, what),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t column_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct profile_column, column_fields)};

static const cyaml_schema_field_t source_fields[] = {
    TEXT("code", struct profile_source, code),
    TEXT("file", struct profile_source, file),
    TEXT("language", struct profile_source, language),
    TEXT("date_form", struct profile_source, date_form),
    TEXT("note", struct profile_source, note),
    OPTIONAL_TEXT("delimiter", struct profile_source, delimiter),
    OPTIONAL_TEXT("about", struct profile_source, about),
    TEXTS("months", struct profile_source, months),
    TEXTS("countries", struct profile_source, countries),
    TEXTS("stories", struct profile_source, stories),
    CYAML_FIELD_FLOAT("seen", CYAML_FLAG_OPTIONAL, struct profile_source, seen),
    CYAML_FIELD_UINT("digits", CYAML_FLAG_OPTIONAL, struct profile_source, digits),
    CYAML_FIELD_UINT("lag_days", CYAML_FLAG_OPTIONAL, struct profile_source, lag_days),
    CYAML_FIELD_UINT("first_year", CYAML_FLAG_OPTIONAL, struct profile_source, first_year),
    CYAML_FIELD_UINT("last_year", CYAML_FLAG_OPTIONAL, struct profile_source, last_year),
    CYAML_FIELD_BOOL("decimal_comma", CYAML_FLAG_OPTIONAL, struct profile_source, has_decimal_comma),
    CYAML_FIELD_BOOL("prefers_large", CYAML_FLAG_OPTIONAL, struct profile_source, prefers_large),
    CYAML_FIELD_BOOL("running_numbers", CYAML_FLAG_OPTIONAL, struct profile_source, has_running_numbers),
    CYAML_FIELD_BOOL("sheet_per_year", CYAML_FLAG_OPTIONAL, struct profile_source, has_sheet_per_year),
    CYAML_FIELD_BOOL("falls_silent", CYAML_FLAG_OPTIONAL, struct profile_source, is_falling_silent),
    CYAML_FIELD_BOOL("capitals", CYAML_FLAG_OPTIONAL, struct profile_source, is_upper_case),
    CYAML_FIELD_BOOL("several_per_case", CYAML_FLAG_OPTIONAL, struct profile_source, has_several_per_case),
    CYAML_FIELD_BOOL("loaded_twice", CYAML_FLAG_OPTIONAL, struct profile_source, is_loaded_twice),
    CYAML_FIELD_BOOL("revised", CYAML_FLAG_OPTIONAL, struct profile_source, is_revised),
    CYAML_FIELD_SEQUENCE("units", CYAML_FLAG_POINTER, struct profile_source, units, &unit_schema, 1, 20),
    CYAML_FIELD_SEQUENCE("columns", CYAML_FLAG_POINTER, struct profile_source, columns, &column_schema, 1, 60),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t source_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct profile_source, source_fields)};

static const cyaml_schema_field_t profile_fields[] = {
    TEXT("profile", struct profile, profile),
    CYAML_FIELD_FLOAT("events_per_day", CYAML_FLAG_DEFAULT, struct profile, events_per_day),
    CYAML_FIELD_FLOAT("twice", CYAML_FLAG_OPTIONAL, struct profile, twice),
    CYAML_FIELD_UINT("towns", CYAML_FLAG_DEFAULT, struct profile, towns),
    CYAML_FIELD_SEQUENCE("countries", CYAML_FLAG_POINTER, struct profile, countries, &country_schema, 1, 250),
    CYAML_FIELD_SEQUENCE("concepts", CYAML_FLAG_POINTER, struct profile, concepts, &concept_schema, 1, 1000),
    CYAML_FIELD_SEQUENCE(
        "attributes", CYAML_FLAG_POINTER, struct profile, attributes, &attribute_schema, 0, PROFILE_MOST_ATTRIBUTES),
    CYAML_FIELD_SEQUENCE("sources", CYAML_FLAG_POINTER, struct profile, sources, &source_schema, 1, 8),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t profile_schema = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct profile, profile_fields)};

/* libcyaml tells what is wrong and where through its log only: the first error line is kept. */
static void keep_log(cyaml_log_t level, void *context, const char *format, va_list args) COMITY_PRINTF(3, 0);

static void keep_log(cyaml_log_t level, void *context, const char *format, va_list args)
{
    struct buffer *log = context;
    if (level < CYAML_LOG_ERROR || log->len > 400)
        return;
    buffer_vformat(log, format, args);
}

static cyaml_config_t config_with(struct buffer *log)
{
    return (cyaml_config_t){.log_fn = keep_log,
        .log_ctx = log,
        .log_level = CYAML_LOG_WARNING,
        .mem_fn = cyaml_mem,
        .flags = CYAML_CFG_DEFAULT};
}

void profile_free(struct profile *profile)
{
    struct buffer log;
    buffer_init(&log, 4096);
    cyaml_config_t config = config_with(&log);
    cyaml_free(&config, &profile_schema, profile, 0);
    buffer_release(&log);
}

uint32_t profile_unit_find(const struct domain *domain, const char *code)
{
    for (size_t i = 0; domain->units && i < domain->units->n_units; i++)
        if (slice_is(domain->units->units[i].code, code))
            return (uint32_t)i;
    return UINT32_MAX;
}

static enum comity_status no_code(struct comity_error *err, const char *what, const char *code)
{
    return error_set(err, COMITY_INPUT, "the pack has no %s '%s'", what, code);
}

static enum comity_status check_concepts(struct profile *profile, const struct domain *domain, struct comity_error *err)
{
    const struct concept_tree *tree = domain->what >= 0 ? domain->fields[domain->what].spec.concepts : NULL;
    if (!tree || domain->when < 0 || domain->where < 0 || domain->country < 0 || domain->how_much < 0)
        return error_set(err, COMITY_UNSUPPORTED,
            "only domains with a date, a place, a country, a concept and an amount can be simulated");
    for (unsigned i = 0; i < profile->concepts_count; i++) {
        struct profile_concept *concept = &profile->concepts[i];
        concept->concept_id = concept_by_code(tree, slice_from(concept->code));
        concept->unit_id = profile_unit_find(domain, concept->unit);
        if (concept->concept_id == CONCEPT_NONE)
            return no_code(err, "concept", concept->code);
        if (concept->unit_id == UINT32_MAX)
            return no_code(err, "unit", concept->unit);
    }
    return COMITY_OK;
}

static enum comity_status check_places(struct profile *profile, const struct domain *domain, struct comity_error *err)
{
    for (unsigned i = 0; i < profile->countries_count; i++) {
        struct profile_country *country = &profile->countries[i];
        country->id = country_by_alpha2(domain->countries, slice_from(country->code));
        if (country->id == COUNTRY_NONE)
            return no_code(err, "country", country->code);
    }
    for (unsigned i = 0; i < profile->attributes_count; i++) {
        struct profile_attribute *attribute = &profile->attributes[i];
        attribute->field_id = domain_field(domain, slice_from(attribute->field));
        if (attribute->field_id < 0)
            return no_code(err, "field", attribute->field);
        enum value_type type = domain->fields[attribute->field_id].spec.type;
        if (type != VALUE_CATEGORY && !(type == VALUE_COUNTRY && attribute->countries_count))
            return error_set(err, COMITY_INPUT, "'%s' is no category and has no list of countries", attribute->field);
        for (unsigned k = 0; k < attribute->countries_count; k++)
            if (country_by_alpha2(domain->countries, slice_from(attribute->countries[k])) == COUNTRY_NONE)
                return no_code(err, "country", attribute->countries[k]);
    }
    return COMITY_OK;
}

bool profile_source_sees(const struct domain *domain, const struct profile_source *source, uint16_t country)
{
    const char *code = country_get(domain->countries, country)->alpha2;
    for (unsigned i = 0; i < source->countries_count; i++)
        if (strcmp(source->countries[i], code) == 0)
            return true;
    return source->countries_count == 0;
}

static enum comity_status check_source(
    struct profile_source *source, const struct domain *domain, struct comity_error *err)
{
    source->language_number = language_number(source->language);
    if (strcmp(source->date_form, "long") == 0 && source->months_count != 12)
        return error_set(err, COMITY_INPUT, "'%s' writes months in words and has %u names instead of 12", source->code,
            source->months_count);
    for (unsigned i = 0; i < source->countries_count; i++)
        if (country_by_alpha2(domain->countries, slice_from(source->countries[i])) == COUNTRY_NONE)
            return no_code(err, "country", source->countries[i]);
    for (unsigned i = 0; i < source->units_count; i++) {
        source->units[i].unit_id = profile_unit_find(domain, source->units[i].unit);
        if (source->units[i].unit_id == UINT32_MAX)
            return no_code(err, "unit", source->units[i].unit);
    }
    for (unsigned i = 0; i < source->columns_count; i++)
        source->columns[i].field_id = domain_field(domain, slice_from(source->columns[i].what));
    return COMITY_OK;
}

static enum comity_status check_profile(struct profile *profile, const struct domain *domain, struct comity_error *err)
{
    enum comity_status status = check_concepts(profile, domain, err);
    if (status == COMITY_OK)
        status = check_places(profile, domain, err);
    for (unsigned i = 0; status == COMITY_OK && i < profile->sources_count; i++)
        status = check_source(&profile->sources[i], domain, err);
    return status;
}

enum comity_status profile_load(
    const struct domain *domain, const char *name, struct profile **out, struct comity_error *err)
{
    struct arena arena = {0};
    struct buffer log;
    struct profile *profile = NULL;
    buffer_init(&log, 4096);
    *out = NULL;
    cyaml_config_t config = config_with(&log);
    const char *path = path_join(&arena, domain->folder, name);
    enum comity_status status = path ? COMITY_OK : error_nomem(err);
    cyaml_err_t result =
        path ? cyaml_load_file(path, &config, &profile_schema, (cyaml_data_t **)&profile, NULL) : CYAML_OK;
    if (result != CYAML_OK) {
        status = error_set(err, result == CYAML_ERR_FILE_OPEN ? COMITY_NOTFOUND : COMITY_INPUT, "%s: %.*s",
            cyaml_strerror(result), SLICE_ARG(slice_trim(buffer_slice(&log))));
        error_at(err, path, 0, 0);
    }
    if (status == COMITY_OK) {
        status = check_profile(profile, domain, err);
        if (status != COMITY_OK)
            error_at(err, path, 0, 0);
    }
    if (status == COMITY_OK)
        *out = profile;
    else
        profile_free(profile);
    buffer_release(&log);
    arena_release(&arena);
    return status;
}
