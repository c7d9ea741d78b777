/* Reads form.yaml, after the fields of the domain that it names. */
#include "domain/form.h"

#include "domain/pack.h"

#include <stdio.h>
#include <stdlib.h>

struct input_entry {
    char *field, *example, *unit, *required, *is_long, *is_unit;
    struct pack_field_entry *own;
    struct pack_labels help;
};

struct section_entry {
    char *id, *lines, *most, *count, *text;
    struct pack_labels labels, help;
    struct input_entry *fields;
    unsigned fields_count;
};

struct form_file {
    char *form;
    struct section_entry *sections;
    unsigned sections_count;
};

/* As a field of the domain, but without an id: that is the input's. */
static const cyaml_schema_field_t own_fields[] = {
    PACK_STRING("type", struct pack_field_entry, type),
    PACK_OPTIONAL("tree", struct pack_field_entry, tree),
    PACK_OPTIONAL("table", struct pack_field_entry, table),
    PACK_LABELS("labels", struct pack_field_entry, labels),
    CYAML_FIELD_END,
};
static const cyaml_schema_field_t input_fields[] = {
    PACK_STRING("field", struct input_entry, field),
    PACK_OPTIONAL("example", struct input_entry, example),
    PACK_OPTIONAL("unit", struct input_entry, unit),
    PACK_OPTIONAL("required", struct input_entry, required),
    PACK_OPTIONAL("is_long", struct input_entry, is_long),
    PACK_OPTIONAL("is_unit", struct input_entry, is_unit),
    CYAML_FIELD_MAPPING_PTR("own", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, struct input_entry, own, own_fields),
    PACK_LABELS("help", struct input_entry, help),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t input_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct input_entry, input_fields)};
static const cyaml_schema_field_t section_fields[] = {
    PACK_STRING("id", struct section_entry, id),
    PACK_LABELS("labels", struct section_entry, labels),
    PACK_LABELS("help", struct section_entry, help),
    PACK_OPTIONAL("lines", struct section_entry, lines),
    PACK_OPTIONAL("most", struct section_entry, most),
    PACK_OPTIONAL("count", struct section_entry, count),
    PACK_OPTIONAL("text", struct section_entry, text),
    CYAML_FIELD_SEQUENCE("fields", CYAML_FLAG_POINTER, struct section_entry, fields, &input_value, 1, FORM_MOST_INPUTS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t section_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct section_entry, section_fields)};
static const cyaml_schema_field_t form_fields[] = {
    PACK_STRING("form", struct form_file, form),
    CYAML_FIELD_SEQUENCE(
        "sections", CYAML_FLAG_POINTER, struct form_file, sections, &section_value, 1, FORM_MOST_SECTIONS),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t form_value = {CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct form_file, form_fields)};

/* ---- inputs ----------------------------------------------------------------------------------------------------- */

static enum comity_status read_flag(
    struct pack_file *file, const struct input_entry *entry, const char *key, const char *text, bool *flag)
{
    *flag = false;
    return !text || yaml_bool(text, flag)
               ? COMITY_OK
               : PACK_ERROR(file, key, text, "'%s' of '%s' is true or false, not '%s'", key, entry->field, text);
}

static enum comity_status read_own(struct pack_file *file, const struct input_entry *entry, struct form_input *input)
{
    struct field *field = ARENA_NEW(&file->domain->arena, struct field);
    if (!field)
        return error_nomem(file->err);
    entry->own->id = entry->field; /* lent: given back below, since the parser frees both */
    enum comity_status status = pack_read_field(file, entry->own, field);
    entry->own->id = NULL;
    input->field = field;
    input->index = -1;
    return status;
}

static enum comity_status read_field(struct pack_file *file, const struct input_entry *entry, struct form_input *input)
{
    if (entry->own)
        return read_own(file, entry, input);
    input->index = domain_field(file->domain, slice_from(entry->field));
    if (input->index < 0)
        return PACK_ERROR(
            file, "field", entry->field, "the form asks for '%s', which is no field of the domain", entry->field);
    input->field = &file->domain->fields[input->index];
    return COMITY_OK;
}

static enum comity_status read_input(struct pack_file *file, const struct input_entry *entry, struct form_input *input)
{
    struct domain *domain = file->domain;
    enum comity_status status = read_field(file, entry, input);
    if (status == COMITY_OK)
        status = read_flag(file, entry, "required", entry->required, &input->is_required);
    if (status == COMITY_OK)
        status = read_flag(file, entry, "is_long", entry->is_long, &input->is_long);
    if (status != COMITY_OK)
        return status;
    if (entry->unit &&
        (input->field->spec.type != VALUE_QUANTITY || unit_find(domain->units, slice_from(entry->unit)) == UINT32_MAX))
        return PACK_ERROR(file, "unit", entry->unit, "'%s' has no unit '%s'", entry->field, entry->unit);
    return pack_copy(domain, entry->unit, &input->unit) && pack_copy(domain, entry->example, &input->example) &&
                   pack_copy_labels(domain, &entry->help, input->help)
               ? COMITY_OK
               : error_nomem(file->err);
}

/* ---- sections --------------------------------------------------------------------------------------------------- */

static enum comity_status read_teller(
    struct pack_file *file, const char *key, const char *name, enum value_type type, int *out)
{
    struct domain *domain = file->domain;
    *out = name ? domain_field(domain, slice_from(name)) : -1;
    if (name && (*out < 0 || domain->fields[*out].spec.type != type))
        return PACK_ERROR(
            file, key, name, "'%s' must be a field of type %s, which '%s' is not", key, value_type_name(type), name);
    return COMITY_OK;
}

static enum comity_status read_lines(
    struct pack_file *file, const struct section_entry *entry, struct form_section *section)
{
    char *end = NULL;
    unsigned long most = entry->most ? strtoul(entry->most, &end, 10) : 20;
    if (!entry->lines)
        return COMITY_OK;
    if (most < 1 || most > FORM_MOST_LINES || (end && *end))
        return PACK_ERROR(file, "most", entry->most, "'most' is a number from 1 to %d", FORM_MOST_LINES);
    section->most = (unsigned)most;
    section->lines = strcmp(entry->lines, "parts") == 0 ? FORM_PARTS : FORM_TOLD;
    if (section->lines == FORM_TOLD && strcmp(entry->lines, "told") != 0)
        return PACK_ERROR(file, "lines", entry->lines, "'lines' is parts or told, not '%s'", entry->lines);
    return COMITY_OK;
}

static enum comity_status read_section(
    struct pack_file *file, const struct section_entry *entry, struct form_section *section)
{
    struct domain *domain = file->domain;
    section->inputs = ARENA_ARRAY(&domain->arena, struct form_input, entry->fields_count);
    if (!section->inputs || !pack_copy(domain, entry->id, &section->id) ||
        !pack_copy_labels(domain, &entry->labels, section->labels) ||
        !pack_copy_labels(domain, &entry->help, section->help))
        return error_nomem(file->err);
    enum comity_status status = read_lines(file, entry, section);
    if (status == COMITY_OK)
        status = read_teller(file, "count", entry->count, VALUE_COUNT, &section->count);
    if (status == COMITY_OK)
        status = read_teller(file, "text", entry->text, VALUE_TEXT, &section->text);
    for (unsigned i = 0; status == COMITY_OK && i < entry->fields_count; i++)
        status = read_input(file, &entry->fields[i], &section->inputs[section->n_inputs++]);
    return status;
}

/* Which input one's own unit fills in. */
static enum comity_status find_unit(
    struct pack_file *file, const struct section_entry *entry, const struct form_section *section, struct form *form)
{
    enum comity_status status = COMITY_OK;
    for (unsigned i = 0; status == COMITY_OK && i < entry->fields_count; i++) {
        bool is_unit;
        status = read_flag(file, &entry->fields[i], "is_unit", entry->fields[i].is_unit, &is_unit);
        if (status != COMITY_OK || !is_unit)
            continue;
        if (section->lines != FORM_ONCE)
            return PACK_ERROR(file, "field", entry->fields[i].field, "'%s' stands in lines, and cannot be the unit",
                entry->fields[i].field);
        form->unit = &section->inputs[i];
    }
    return status;
}

static enum comity_status read_sections(struct pack_file *file, const struct form_file *in, struct form *form)
{
    enum comity_status status = COMITY_OK;
    form->sections = ARENA_ARRAY(&file->domain->arena, struct form_section, in->sections_count);
    if (!form->sections || !pack_copy(file->domain, in->form, &form->id))
        return error_nomem(file->err);
    for (unsigned i = 0; status == COMITY_OK && i < in->sections_count; i++) {
        struct form_section *section = &form->sections[form->n_sections++];
        status = read_section(file, &in->sections[i], section);
        if (status == COMITY_OK)
            status = find_unit(file, &in->sections[i], section, form);
        if (status == COMITY_OK && section->lines == FORM_PARTS && form->parts)
            return PACK_ERROR(file, "id", in->sections[i].id, "two sections have lines that are parts");
        if (section->lines == FORM_PARTS)
            form->parts = section;
    }
    if (status == COMITY_OK && !form->parts)
        return PACK_ERROR(file, "form", in->form, "no section has lines that are parts");
    return status;
}

enum comity_status pack_read_form(struct domain *domain, const char *name, struct form **out, struct comity_error *err)
{
    struct pack_file file;
    struct form *form = ARENA_NEW(&domain->arena, struct form);
    enum comity_status status = pack_open(&file, domain, name, &form_value, err);
    if (status == COMITY_OK)
        status = form ? read_sections(&file, file.data, form) : error_nomem(err);
    pack_release(&file);
    *out = form;
    return status;
}

/* ---- keys ------------------------------------------------------------------------------------------------------- */

void form_key(const struct form_place *place, char key[FORM_KEY])
{
    if (place->section->lines == FORM_ONCE)
        snprintf(key, FORM_KEY, "%.*s", SLICE_ARG(place->input->field->id));
    else
        snprintf(key, FORM_KEY, "%.*s.%u.%.*s", SLICE_ARG(place->section->id), place->line,
            SLICE_ARG(place->input->field->id));
}

static const struct form_input *find_input(const struct form_section *section, struct slice id)
{
    for (size_t i = 0; i < section->n_inputs; i++)
        if (slice_equal(section->inputs[i].field->id, id))
            return &section->inputs[i];
    return NULL;
}

/* "2", of up to `most`; 0: no such line. */
static unsigned read_line(struct slice text, unsigned most)
{
    unsigned line = 0;
    if (!text.len || text.len > 2 || text.ptr[0] == '0')
        return 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return 0;
        line = line * 10 + (unsigned)(text.ptr[i] - '0');
    }
    return line <= most ? line : 0;
}

static bool find_in_lines(const struct form_section *section, struct slice key, struct form_place *out)
{
    struct slice rest = key, id = slice_cut(&rest, '.'), line = slice_cut(&rest, '.');
    if (!slice_equal(id, section->id))
        return false;
    *out = (struct form_place){section, find_input(section, rest), read_line(line, section->most)};
    return out->input && out->line;
}

bool form_find(const struct form *form, struct slice key, struct form_place *out)
{
    for (size_t i = 0; i < form->n_sections; i++) {
        const struct form_section *section = &form->sections[i];
        if (section->lines != FORM_ONCE) {
            if (find_in_lines(section, key, out))
                return true;
            continue;
        }
        *out = (struct form_place){section, find_input(section, key), 0};
        if (out->input)
            return true;
    }
    return false;
}
