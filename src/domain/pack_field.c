/* Reads a field of a pack: its type with the tables that it needs, its role, and what it is used for. */
#include "domain/pack.h"

#include "text/distance.h"

static const cyaml_schema_field_t field_fields[] = {
    PACK_STRING("id", struct pack_field_entry, id),
    PACK_STRING("type", struct pack_field_entry, type),
    PACK_OPTIONAL("role", struct pack_field_entry, role),
    PACK_OPTIONAL("rule", struct pack_field_entry, rule),
    PACK_OPTIONAL("tree", struct pack_field_entry, tree),
    PACK_OPTIONAL("table", struct pack_field_entry, table),
    PACK_OPTIONAL("facet", struct pack_field_entry, facet),
    PACK_OPTIONAL("compared", struct pack_field_entry, compared),
    PACK_OPTIONAL("restricted", struct pack_field_entry, restricted),
    PACK_STRINGS("headers", struct pack_field_entry, headers),
    PACK_LABELS("labels", struct pack_field_entry, labels),
    CYAML_FIELD_END,
};
const cyaml_schema_value_t pack_field = {
    CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct pack_field_entry, field_fields)};
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
static enum comity_status field_refuse(struct pack_file *file, const struct pack_field_entry *entry, const char *key,
    const char *word, const char *const *list)
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

static enum comity_status field_error(struct pack_file *file, const struct pack_field_entry *entry, const char *text)
{
    return PACK_ERROR(file, "id", entry->id, "field '%s' %s", entry->id, text);
}

static enum comity_status field_type(struct pack_file *file, const struct pack_field_entry *entry, struct field *field)
{
    const char *names[VALUE_N_TYPES] = {NULL};
    field->spec.type = value_type_from_name(slice_from(entry->type));
    for (unsigned type = VALUE_NONE + 1; type < VALUE_N_TYPES; type++)
        names[type - 1] = value_type_name((enum value_type)type);
    return field->spec.type == VALUE_N_TYPES ? field_refuse(file, entry, "type", entry->type, names) : COMITY_OK;
}

static enum comity_status field_role(struct pack_file *file, const struct pack_field_entry *entry, struct field *field)
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

static enum comity_status field_rule(struct pack_file *file, const struct pack_field_entry *entry, struct field *field)
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
    struct pack_file *file, const struct pack_field_entry *entry, const char *key, const char *text, bool *flag)
{
    static const char *const words[] = {"true", "false", NULL};
    *flag = false;
    return !text || yaml_bool(text, flag) ? COMITY_OK : field_refuse(file, entry, key, text, words);
}

static enum comity_status field_tree(struct pack_file *file, const struct pack_field_entry *entry, struct field *field)
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

static enum comity_status field_table(struct pack_file *file, const struct pack_field_entry *entry, struct field *field)
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
static enum comity_status field_tables(
    struct pack_file *file, const struct pack_field_entry *entry, struct field *field)
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
static enum comity_status field_headers(
    struct pack_file *file, const struct pack_field_entry *entry, struct field *field)
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

enum comity_status pack_read_field(struct pack_file *file, const struct pack_field_entry *entry, struct field *field)
{
    static enum comity_status (*const steps[])(struct pack_file *, const struct pack_field_entry *, struct field *) = {
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

const char *field_role_name(enum field_role role)
{
    return roles[role].name;
}
