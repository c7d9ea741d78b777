/* Reads a table of categories. */
#include "domain/pack.h"

struct category_entry {
    char *code;
    char **names;
    unsigned names_count;
    struct pack_labels labels;
};

struct category_file {
    char *table;
    struct category_entry *values;
    unsigned values_count;
};

static const cyaml_schema_field_t entry_fields[] = {
    PACK_STRING("code", struct category_entry, code),
    PACK_STRINGS("names", struct category_entry, names),
    PACK_LABELS("labels", struct category_entry, labels),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t entry_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct category_entry, entry_fields)};
static const cyaml_schema_field_t file_fields[] = {
    PACK_STRING("table", struct category_file, table),
    CYAML_FIELD_SEQUENCE("values", CYAML_FLAG_POINTER, struct category_file, values, &entry_value, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t file_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct category_file, file_fields)};

static enum comity_status categories_fill(
    struct category_table *table, struct pack_file *file, const struct category_file *in)
{
    struct domain *domain = file->domain;
    table->labels = arena_zero(&domain->arena, in->values_count, sizeof *table->labels);
    if (!table->labels || !pack_copy(domain, in->table, &table->id))
        return error_nomem(file->err);
    for (uint32_t i = 0; i < in->values_count; i++) {
        const char *code = in->values[i].code;
        uint32_t id = intern_put(&table->codes, slice_from(code));
        if (id == INTERN_NONE || (id == i && !pack_copy_labels(domain, &in->values[i].labels, table->labels[i])))
            return error_nomem(file->err);
        if (id != i) {
            uint32_t first = yaml_line(&file->yaml, 1, "code", slice_from(code));
            return yaml_error(&file->yaml, yaml_line(&file->yaml, first + 1, "code", slice_from(code)), file->err,
                "category '%s' stands twice, first on line %u", code, first);
        }
    }
    return COMITY_OK;
}

static enum comity_status categories_names(
    struct category_table *table, struct pack_file *file, const struct category_file *in)
{
    struct pack_names names;
    enum comity_status status = COMITY_OK;
    pack_names_init(&names, file, &table->codes, &table->names);
    for (uint32_t i = 0; i < in->values_count && status == COMITY_OK; i++)
        status = pack_names_add_all(&names, in->values[i].names, in->values[i].names_count, i);
    for (uint32_t i = 0; i < in->values_count && status == COMITY_OK; i++)
        status = pack_names_add_labels(&names, &in->values[i].labels, in->values[i].code, i);
    if (status == COMITY_OK && !(table->name_category = pack_names_take(&names, &table->written)))
        status = error_nomem(file->err);
    pack_names_release(&names);
    return status;
}

enum comity_status pack_read_categories(
    struct domain *domain, const char *name, struct category_table *table, struct comity_error *err)
{
    struct pack_file file;
    enum comity_status status = pack_open(&file, domain, name, &file_value, err);
    table->folding = &domain->folding;
    if (status == COMITY_OK)
        status = categories_fill(table, &file, file.data);
    if (status == COMITY_OK)
        status = categories_names(table, &file, file.data);
    pack_release(&file);
    return status;
}
