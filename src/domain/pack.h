/* pack.h - inside of domain_load(): what the readers of a pack's files share. */
#ifndef DOMAIN_PACK_H
#define DOMAIN_PACK_H

#include "base/error.h"
#include "base/file.h"
#include "domain/domain.h"
#include "text/yaml.h"

/* One file of the pack while it is read. */
struct pack_file {
    struct domain *domain;
    struct comity_error *err;
    struct file_map map;
    struct yaml_text yaml;
    const cyaml_schema_value_t *schema;
    void *data;
};

/* Maps domain->folder/name and reads it by the schema; `where` of errors is that path. Always release. */
enum comity_status pack_open(struct pack_file *file, struct domain *domain, const char *name,
    const cyaml_schema_value_t *schema, struct comity_error *err) COMITY_MUST_USE;
void pack_release(struct pack_file *file);

/* The readers of the parts, each into the next free table of the domain (which has room). */
enum comity_status pack_read_tree(
    struct domain *domain, const char *name, struct concept_tree *tree, struct comity_error *err) COMITY_MUST_USE;
enum comity_status pack_read_categories(
    struct domain *domain, const char *name, struct category_table *table, struct comity_error *err) COMITY_MUST_USE;
/* After the trees, since conversions name their concepts. */
enum comity_status pack_read_units(
    struct domain *domain, const char *name, struct unit_table *units, struct comity_error *err) COMITY_MUST_USE;

/* After the fields, since the form names them. */
enum comity_status pack_read_form(
    struct domain *domain, const char *name, struct form **out, struct comity_error *err) COMITY_MUST_USE;

/* Texts in up to seven languages, as libcyaml fills them. */
struct pack_labels {
    char *text[N_LANGUAGES];
};
extern const cyaml_schema_field_t pack_label_fields[];
extern const cyaml_schema_value_t pack_string;
#define PACK_LABELS(key, type, member) CYAML_FIELD_MAPPING(key, CYAML_FLAG_OPTIONAL, type, member, pack_label_fields)
#define PACK_STRING(key, type, member) CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER, type, member, 1, CYAML_UNLIMITED)
#define PACK_OPTIONAL(key, type, member)                                                                               \
    CYAML_FIELD_STRING_PTR(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, 0, CYAML_UNLIMITED)
#define PACK_STRINGS(key, type, member)                                                                                \
    CYAML_FIELD_SEQUENCE(key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, type, member, &pack_string, 0, CYAML_UNLIMITED)

/* A field as it stands in the file, and read with the tables of the domain. */
struct pack_field_entry {
    char *id, *type, *role, *rule, *tree, *table;
    char *facet, *compared, *restricted;
    char **headers;
    unsigned headers_count;
    struct pack_labels labels;
};
extern const cyaml_schema_value_t pack_field;
enum comity_status pack_read_field(
    struct pack_file *file, const struct pack_field_entry *entry, struct field *field) COMITY_MUST_USE;

/* Copies into the domain's arena. False when memory is out. */
bool pack_copy(struct domain *domain, const char *text, struct slice *out);
bool pack_copy_labels(struct domain *domain, const struct pack_labels *labels, struct slice out[N_LANGUAGES]);

/* An error at the line where `key: value` stands. */
#define PACK_ERROR(file, key, value, ...)                                                                              \
    yaml_error(&(file)->yaml, yaml_line(&(file)->yaml, 1, (key), slice_from(value)), (file)->err, __VA_ARGS__)

/* ---- names: folded text → whose it is -----------------------------------------------------------------------------
 */

/* `names` and `*owner` belong to the table that is filled; the rest lives while it is filled. */
struct pack_names {
    struct pack_file *file;
    const char *key;            /* "code": what the owners' lines begin with */
    const struct intern *codes; /* of the owners, for messages */
    uint32_t code_offset;       /* owner number of the first code */
    struct intern *names;
    uint32_t *owner;
    struct slice *raw;
    size_t room, room_raw;
    struct buffer scratch;
};

void pack_names_init(struct pack_names *names, struct pack_file *file, const struct intern *codes, struct intern *out);
/* One name. Claimed by another owner: an error that names both lines, or nothing if it `is_label`. */
enum comity_status pack_names_add(
    struct pack_names *names, const char *name, uint32_t owner, bool is_label) COMITY_MUST_USE;
enum comity_status pack_names_add_all(
    struct pack_names *names, char *const *list, unsigned n, uint32_t owner) COMITY_MUST_USE;
enum comity_status pack_names_add_labels(
    struct pack_names *names, const struct pack_labels *labels, const char *code, uint32_t owner) COMITY_MUST_USE;
/* The owners by name, in the domain's arena, and the names as they are written; null when memory is out. */
uint32_t *pack_names_take(struct pack_names *names, struct slice **written);
void pack_names_release(struct pack_names *names);

/* The text in `codes` nearest to `word`, as a hint to the error. */
void pack_hint_near(struct comity_error *err, const struct intern *codes, const char *word);

#endif
