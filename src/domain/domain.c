/* Loads a pack: trees and categories first, then units (whose conversions name concepts), then the fields, which point
 * to all of them. Everything hangs on one struct domain from the start, so that domain_free() cleans up after any
 * failure. */
#include "domain/domain.h"

#include "domain/pack.h"
#include "text/distance.h"

#include <stdlib.h>

struct kind_entry {
    char *id, *part_of;
    struct pack_labels labels, plurals;
};

struct field_entry {
    char *id, *type, *role, *rule, *tree, *table;
    char *facet, *compared, *restricted;
    char **headers;
    unsigned headers_count;
    struct pack_labels labels;
};

struct domain_file {
    char *domain, *version, *units;
    struct pack_labels labels;
    struct kind_entry *kinds;
    char **trees, **categories;
    struct field_entry *fields;
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
static const cyaml_schema_field_t field_fields[] = {
    PACK_STRING("id", struct field_entry, id),
    PACK_STRING("type", struct field_entry, type),
    PACK_OPTIONAL("role", struct field_entry, role),
    PACK_OPTIONAL("rule", struct field_entry, rule),
    PACK_OPTIONAL("tree", struct field_entry, tree),
    PACK_OPTIONAL("table", struct field_entry, table),
    PACK_OPTIONAL("facet", struct field_entry, facet),
    PACK_OPTIONAL("compared", struct field_entry, compared),
    PACK_OPTIONAL("restricted", struct field_entry, restricted),
    PACK_STRINGS("headers", struct field_entry, headers),
    PACK_LABELS("labels", struct field_entry, labels),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t field_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct field_entry, field_fields)};
static const cyaml_schema_field_t domain_fields[] = {
    PACK_STRING("domain", struct domain_file, domain),
    PACK_STRING("version", struct domain_file, version),
    PACK_LABELS("labels", struct domain_file, labels),
    CYAML_FIELD_SEQUENCE("kinds", CYAML_FLAG_POINTER, struct domain_file, kinds, &kind_value, 1, CYAML_UNLIMITED),
    PACK_OPTIONAL("units", struct domain_file, units),
    PACK_STRINGS("trees", struct domain_file, trees),
    PACK_STRINGS("categories", struct domain_file, categories),
    CYAML_FIELD_SEQUENCE("fields", CYAML_FLAG_POINTER, struct domain_file, fields, &field_value, 1, CYAML_UNLIMITED),
    CYAML_FIELD_END,
};
static const cyaml_schema_value_t domain_value = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct domain_file, domain_fields)};

/* Both lists stand in the order of their enums. `type` is what a field of that role must be, `or` another that it may
 * be. */
static const struct {
    const char *name;
    enum value_type type, or ;
} roles[] = {
    [ROLE_PLAIN] = {"plain", VALUE_NONE, VALUE_NONE},
    [ROLE_WHEN] = {"when", VALUE_DATE, VALUE_DATE},
    [ROLE_WHERE] = {"where", VALUE_PLACE, VALUE_PLACE},
    [ROLE_COUNTRY] = {"country", VALUE_COUNTRY, VALUE_COUNTRY},
    [ROLE_WHAT] = {"what", VALUE_CONCEPT, VALUE_CONCEPT},
    [ROLE_HOW_MUCH] = {"how_much", VALUE_QUANTITY, VALUE_QUANTITY},
    [ROLE_HOW_MANY] = {"how_many", VALUE_COUNT, VALUE_COUNT},
    [ROLE_CASE] = {"case", VALUE_IDENTIFIER, VALUE_TEXT},
    [ROLE_KEY] = {"key", VALUE_IDENTIFIER, VALUE_TEXT},
    [ROLE_TITLE] = {"title", VALUE_NAME, VALUE_TEXT},
};
static const char *const rules[] = {"most", "reliable", "precise", "earliest", "latest", NULL};
enum { N_ROLES = sizeof roles / sizeof *roles };

/* Refuses a word that is in no list: which field, which line, what it may have meant. */
static enum comity_status field_refuse(
    struct pack_file *file, const struct field_entry *entry, const char *key, const char *word, const char *const *list)
{
    uint32_t line = yaml_line(&file->yaml, 1, "id", slice_from(entry->id));
    uint32_t exact = yaml_line(&file->yaml, line, key, slice_from(word));
    const char *nearest = distance_nearest(slice_from(word), list);
    yaml_error(
        &file->yaml, exact ? exact : line, file->err, "field '%s' has the unknown %s '%s'", entry->id, key, word);
    if (nearest)
        error_hint(file->err, "did you mean '%s'?", nearest);
    return COMITY_SYNTAX;
}

static enum comity_status field_error(struct pack_file *file, const struct field_entry *entry, const char *text)
{
    return PACK_ERROR(file, "id", entry->id, "field '%s' %s", entry->id, text);
}

static enum comity_status field_type(struct pack_file *file, const struct field_entry *entry, struct field *field)
{
    const char *names[VALUE_N_TYPES] = {NULL};
    field->spec.type = value_type_from_name(slice_from(entry->type));
    for (unsigned type = VALUE_NONE + 1; type < VALUE_N_TYPES; type++)
        names[type - 1] = value_type_name((enum value_type)type);
    return field->spec.type == VALUE_N_TYPES ? field_refuse(file, entry, "type", entry->type, names) : COMITY_OK;
}

static enum comity_status field_role(struct pack_file *file, const struct field_entry *entry, struct field *field)
{
    const char *names[N_ROLES + 1] = {NULL}, *role = entry->role ? entry->role : "plain";
    unsigned found = N_ROLES;
    for (unsigned i = 0; i < N_ROLES; i++) {
        names[i] = roles[i].name;
        found = slice_is(slice_from(role), roles[i].name) ? i : found;
    }
    if (found == N_ROLES)
        return field_refuse(file, entry, "role", role, names);
    field->role = (enum field_role)found;
    if (found != ROLE_PLAIN && field->spec.type != roles[found].type && field->spec.type != roles[found].or)
        return PACK_ERROR(file, "id", entry->id, "field '%s' has the role '%s' and must be of type '%s', not '%s'",
            entry->id, role, value_type_name(roles[found].type), entry->type);
    return COMITY_OK;
}

static enum comity_status field_rule(struct pack_file *file, const struct field_entry *entry, struct field *field)
{
    const char *rule = entry->rule ? entry->rule : rules[RESOLVE_MOST];
    for (unsigned i = 0; rules[i]; i++)
        if (slice_is(slice_from(rule), rules[i])) {
            field->rule = (enum resolve_rule)i;
            return COMITY_OK;
        }
    return field_refuse(file, entry, "rule", rule, rules);
}

static enum comity_status field_flag(
    struct pack_file *file, const struct field_entry *entry, const char *key, const char *text, bool *flag)
{
    static const char *const words[] = {"true", "false", NULL};
    *flag = false;
    return !text || yaml_bool(text, flag) ? COMITY_OK : field_refuse(file, entry, key, text, words);
}

static enum comity_status field_tree(struct pack_file *file, const struct field_entry *entry, struct field *field)
{
    struct domain *domain = file->domain;
    const char **ids = ARENA_ARRAY(&domain->arena, const char *, domain->n_trees + 1);
    if (!ids)
        return error_nomem(file->err);
    if (!entry->tree)
        return field_error(file, entry, "is a concept and must name its tree");
    for (size_t i = 0; i < domain->n_trees; i++) {
        ids[i] = domain->trees[i].id.ptr;
        if (slice_is(domain->trees[i].id, entry->tree))
            field->spec.concepts = &domain->trees[i];
    }
    return field->spec.concepts ? COMITY_OK : field_refuse(file, entry, "tree", entry->tree, ids);
}

static enum comity_status field_table(struct pack_file *file, const struct field_entry *entry, struct field *field)
{
    struct domain *domain = file->domain;
    const char **ids = ARENA_ARRAY(&domain->arena, const char *, domain->n_categories + 1);
    if (!ids)
        return error_nomem(file->err);
    if (!entry->table)
        return field_error(file, entry, "is a category and must name its table");
    for (size_t i = 0; i < domain->n_categories; i++) {
        ids[i] = domain->categories[i].id.ptr;
        if (slice_is(domain->categories[i].id, entry->table))
            field->spec.categories = &domain->categories[i];
    }
    return field->spec.categories ? COMITY_OK : field_refuse(file, entry, "table", entry->table, ids);
}

/* The tables that the field's type is read with. */
static enum comity_status field_tables(struct pack_file *file, const struct field_entry *entry, struct field *field)
{
    struct domain *domain = file->domain;
    struct value_spec *spec = &field->spec;
    spec->folding = &domain->folding;
    if (spec->type != VALUE_CONCEPT && entry->tree)
        return field_error(file, entry, "is no concept and has no tree");
    if (spec->type != VALUE_CATEGORY && entry->table)
        return field_error(file, entry, "is no category and has no table");
    switch (spec->type) {
    case VALUE_CONCEPT:
        return field_tree(file, entry, field);
    case VALUE_CATEGORY:
        return field_table(file, entry, field);
    case VALUE_QUANTITY:
        spec->units = domain->units;
        return domain->units ? COMITY_OK : field_error(file, entry, "is a quantity, and the pack has no units");
    case VALUE_PLACE:
    case VALUE_COUNTRY:
        spec->countries = domain->countries;
        spec->gazetteer = domain->gazetteer;
        if (domain->gazetteer)
            return COMITY_OK;
        field_error(file, entry, "is a place or country, and there is no gazetteer");
        error_hint(file->err, "give the path of gazetteer.bin");
        return COMITY_SYNTAX;
    default:
        return COMITY_OK;
    }
}

/* Headers are compared folded, so they are kept so. */
static enum comity_status field_headers(struct pack_file *file, const struct field_entry *entry, struct field *field)
{
    struct domain *domain = file->domain;
    struct buffer folded;
    bool is_ok = true;
    field->headers = ARENA_ARRAY(&domain->arena, struct slice, entry->headers_count + 1);
    if (!field->headers)
        return error_nomem(file->err);
    buffer_init(&folded, 1 << 16);
    for (unsigned i = 0; i < entry->headers_count && is_ok; i++) {
        buffer_clear(&folded);
        folding_apply(&domain->folding, slice_from(entry->headers[i]), &folded);
        field->headers[i] = arena_copy(&domain->arena, buffer_slice(&folded));
        is_ok = !folded.failed && field->headers[i].ptr;
        field->n_headers += is_ok;
    }
    buffer_release(&folded);
    return is_ok ? COMITY_OK : error_nomem(file->err);
}

static enum comity_status field_read(struct pack_file *file, const struct field_entry *entry, struct field *field)
{
    static enum comity_status (*const steps[])(struct pack_file *, const struct field_entry *, struct field *) = {
        field_type, field_role, field_rule, field_tables, field_headers};
    enum comity_status status = COMITY_OK;
    if (!pack_copy(file->domain, entry->id, &field->id) ||
        !pack_copy_labels(file->domain, &entry->labels, field->labels))
        return error_nomem(file->err);
    for (size_t i = 0; i < sizeof steps / sizeof *steps && status == COMITY_OK; i++)
        status = steps[i](file, entry, field);
    if (status == COMITY_OK)
        status = field_flag(file, entry, "facet", entry->facet, &field->is_facet);
    if (status == COMITY_OK)
        status = field_flag(file, entry, "compared", entry->compared, &field->is_compared);
    if (status == COMITY_OK)
        status = field_flag(file, entry, "restricted", entry->restricted, &field->is_restricted);
    return status;
}

/* Where the domain notes the field of a role; null for plain. */
static int *role_place(struct domain *domain, enum field_role role)
{
    int *const places[N_ROLES] = {[ROLE_WHEN] = &domain->when,
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
        enum comity_status status = field_read(file, &in->fields[i], field);
        if (status != COMITY_OK)
            return status;
        if (domain_field(domain, field->id) >= 0)
            return field_error(file, &in->fields[i], "stands twice");
        int *place = role_place(domain, field->role);
        if (place && *place >= 0)
            return PACK_ERROR(file, "id", in->fields[i].id, "field '%s' has the role '%s', which '%s' has already",
                in->fields[i].id, roles[field->role].name, domain->fields[*place].id.ptr);
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
