/* Loads a pack: trees and categories first, then units (whose conversions name concepts), then the fields, which point
 * to all of them. Everything hangs on one struct domain from the start, so that domain_free() cleans up after any
 * failure. */
#include "domain/domain.h"

#include "domain/pack.h"

#include <stdlib.h>

struct kind_entry {
    char *id, *part_of;
    struct pack_labels labels, plurals;
};

struct domain_file {
    char *domain, *version, *units, *form;
    struct pack_labels labels;
    struct kind_entry *kinds;
    char **trees, **categories;
    struct pack_field_entry *fields;
    unsigned kinds_count, trees_count, categories_count, fields_count;
};

static const cyaml_schema_field_t kind_fields[] = {
    PACK_STRING("id", struct kind_entry, id),
    PACK_OPTIONAL("part_of", struct kind_entry, part_of),
    PACK_LABELS("labels", struct kind_entry, labels),
    PACK_LABELS("plurals", struct kind_entry, plurals),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t kind_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct kind_entry, kind_fields)};
static const cyaml_schema_field_t domain_fields[] = {
    PACK_STRING("domain", struct domain_file, domain),
    PACK_STRING("version", struct domain_file, version),
    PACK_LABELS("labels", struct domain_file, labels),
    CYAML_FIELD_SEQUENCE("kinds", CYAML_FLAG_POINTER, struct domain_file, kinds, &kind_value, 1, CYAML_UNLIMITED),
    PACK_OPTIONAL("units", struct domain_file, units),
    PACK_OPTIONAL("form", struct domain_file, form),
    PACK_STRINGS("trees", struct domain_file, trees),
    PACK_STRINGS("categories", struct domain_file, categories),
    CYAML_FIELD_SEQUENCE("fields", CYAML_FLAG_POINTER, struct domain_file, fields, &pack_field, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t domain_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct domain_file, domain_fields)};

/* Where the domain notes the field of a role; null for plain. */
static int *role_place(struct domain *domain, enum field_role role)
{
    int *const places[ROLE_TITLE + 1] = {[ROLE_WHEN] = &domain->when,
        [ROLE_WHERE] = &domain->where,
        [ROLE_COUNTRY] = &domain->country,
        [ROLE_WHAT] = &domain->what,
        [ROLE_HOW_MUCH] = &domain->how_much,
        [ROLE_HOW_MANY] = &domain->how_many,
        [ROLE_CASE] = &domain->case_id,
        [ROLE_KEY] = &domain->key,
        [ROLE_TITLE] = &domain->title};
    return places[role];
}

static enum comity_status fields_read(struct pack_file *file, const struct domain_file *in)
{
    struct domain *domain = file->domain;
    if (in->fields_count > DOMAIN_MOST_FIELDS)
        return PACK_ERROR(file, "fields", "", "%u fields are more than %d", in->fields_count, DOMAIN_MOST_FIELDS);
    domain->fields = ARENA_ARRAY(&domain->arena, struct field, in->fields_count);
    if (!domain->fields)
        return error_nomem(file->err);
    for (unsigned i = 0; i < in->fields_count; i++) {
        struct field *field = &domain->fields[i];
        enum comity_status status = pack_read_field(file, &in->fields[i], field);
        if (status != COMITY_OK)
            return status;
        if (domain_field(domain, field->id) >= 0)
            return PACK_ERROR(file, "id", in->fields[i].id, "field '%s' stands twice", in->fields[i].id);
        int *place = role_place(domain, field->role);
        if (place && *place >= 0)
            return PACK_ERROR(file, "id", in->fields[i].id, "field '%s' has the role '%s', which '%s' has already",
                in->fields[i].id, field_role_name(field->role), domain->fields[*place].id.ptr);
        if (place)
            *place = (int)i;
        domain->n_fields++;
    }
    return COMITY_OK;
}

static bool is_kind(const struct domain_file *in, const char *id)
{
    for (unsigned i = 0; i < in->kinds_count; i++)
        if (strcmp(in->kinds[i].id, id) == 0)
            return true;
    return false;
}

static enum comity_status kinds_read(struct pack_file *file, const struct domain_file *in)
{
    struct domain *domain = file->domain;
    domain->kinds = ARENA_ARRAY(&domain->arena, struct entity_kind, in->kinds_count);
    if (!domain->kinds)
        return error_nomem(file->err);
    for (unsigned i = 0; i < in->kinds_count; i++, domain->n_kinds++) {
        const struct kind_entry *entry = &in->kinds[i];
        struct entity_kind *kind = &domain->kinds[i];
        if (!pack_copy(domain, entry->id, &kind->id) || !pack_copy(domain, entry->part_of, &kind->part_of) ||
            !pack_copy_labels(domain, &entry->labels, kind->labels) ||
            !pack_copy_labels(domain, &entry->plurals, kind->plurals))
            return error_nomem(file->err);
        if (entry->part_of && *entry->part_of && (!is_kind(in, entry->part_of) || !strcmp(entry->part_of, entry->id)))
            return PACK_ERROR(file, "part_of", entry->part_of, "kind '%s' is part of '%s', which is no other kind",
                entry->id, entry->part_of);
    }
    return COMITY_OK;
}

/* The files that the pack's first file names. */
static enum comity_status tables_read(struct pack_file *file, const struct domain_file *in)
{
    struct domain *domain = file->domain;
    enum comity_status status = COMITY_OK;
    domain->trees = ARENA_ARRAY(&domain->arena, struct concept_tree, in->trees_count);
    domain->categories = ARENA_ARRAY(&domain->arena, struct category_table, in->categories_count);
    if (!domain->trees || !domain->categories)
        return error_nomem(file->err);
    for (unsigned i = 0; i < in->trees_count && status == COMITY_OK; i++)
        status = pack_read_tree(domain, in->trees[i], &domain->trees[domain->n_trees++], file->err);
    for (unsigned i = 0; i < in->categories_count && status == COMITY_OK; i++)
        status =
            pack_read_categories(domain, in->categories[i], &domain->categories[domain->n_categories++], file->err);
    if (status != COMITY_OK || !in->units)
        return status;
    domain->units = ARENA_NEW(&domain->arena, struct unit_table);
    return domain->units ? pack_read_units(domain, in->units, domain->units, file->err) : error_nomem(file->err);
}

static enum comity_status form_read(struct pack_file *file, const struct domain_file *in)
{
    struct form *form = NULL;
    enum comity_status status = in->form ? pack_read_form(file->domain, in->form, &form, file->err) : COMITY_OK;
    file->domain->form = form;
    return status;
}

static enum comity_status domain_read(struct domain *domain, struct comity_error *err)
{
    struct pack_file file;
    enum comity_status status = pack_open(&file, domain, "domain.yaml", &domain_value, err);
    const struct domain_file *in = file.data;
    if (status == COMITY_OK &&
        (!pack_copy(domain, in->domain, &domain->id) || !pack_copy(domain, in->version, &domain->version) ||
            !pack_copy_labels(domain, &in->labels, domain->labels)))
        status = error_nomem(err);
    if (status == COMITY_OK)
        status = kinds_read(&file, in);
    if (status == COMITY_OK)
        status = tables_read(&file, in);
    if (status == COMITY_OK)
        status = fields_read(&file, in);
    if (status == COMITY_OK)
        status = form_read(&file, in);
    pack_release(&file);
    return status;
}

enum comity_status domain_load(const char *folder, const char *gazetteer, struct domain **out, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    struct domain *domain = calloc(1, sizeof *domain);
    *out = NULL;
    if (!domain)
        return error_nomem(err);
    domain->when = domain->where = domain->country = domain->what = domain->how_much = domain->how_many = -1;
    domain->case_id = domain->key = domain->title = -1;
    domain->folder = arena_string(&domain->arena, slice_from(folder));
    if (!domain->folder)
        status = error_nomem(err);
    if (status == COMITY_OK && gazetteer)
        status = gazetteer_open(gazetteer, &domain->gazetteer, err);
    if (domain->gazetteer)
        domain->countries = gazetteer_countries(domain->gazetteer);
    if (status == COMITY_OK)
        status = domain_read(domain, err);
    if (status == COMITY_OK)
        *out = domain;
    else
        domain_free(domain);
    return status;
}

void domain_free(struct domain *domain)
{
    if (!domain)
        return;
    for (size_t i = 0; i < domain->n_trees; i++) {
        intern_release(&domain->trees[i].names);
        intern_release(&domain->trees[i].codes);
    }
    for (size_t i = 0; i < domain->n_categories; i++) {
        intern_release(&domain->categories[i].names);
        intern_release(&domain->categories[i].codes);
    }
    if (domain->units)
        intern_release(&domain->units->spellings);
    gazetteer_close(domain->gazetteer);
    folding_release(&domain->folding);
    arena_release(&domain->arena);
    free(domain);
}

bool domain_has_restricted(const struct domain *domain)
{
    for (size_t i = 0; i < domain->n_fields; i++)
        if (domain->fields[i].is_restricted)
            return true;
    return false;
}

int domain_field(const struct domain *domain, struct slice id)
{
    for (size_t i = 0; i < domain->n_fields; i++)
        if (slice_equal(domain->fields[i].id, id))
            return (int)i;
    return -1;
}

struct slice domain_label(const struct slice labels[N_LANGUAGES], struct slice id, int language)
{
    if (language >= 0 && language < N_LANGUAGES && labels[language].len)
        return labels[language];
    return labels[LANGUAGE_EN].len ? labels[LANGUAGE_EN] : id;
}
