/* yaml.h - reading a YAML file by a schema of libcyaml, with errors that say where and how to mend it.
 *
 * A schema tells keys, types and what must be there; unknown keys, missing ones and wrong types are errors with file
 * and line, and with the nearest known key as a hint. What a schema cannot tell (a name used twice) is checked by the
 * caller, who finds the line again with yaml_line().
 *
 * Take numbers and booleans as strings and read them with yaml_number() and yaml_bool(): libcyaml takes "1.5x" for 1.5.
 */
#ifndef TEXT_YAML_H
#define TEXT_YAML_H

#include "base/slice.h"
#include "comity.h"

#include <cyaml/cyaml.h>

struct yaml_text {
    const char *where; /* the file's name, for errors */
    struct slice text;
};

/* Reads into a structure of the schema's (a mapping behind a pointer), which yaml_release() frees. An empty file is an
 * error. */
enum comity_status yaml_load(const struct yaml_text *yaml, const cyaml_schema_value_t *schema, void **out,
    struct comity_error *err) COMITY_MUST_USE;
/* `data` may be null. */
void yaml_release(const cyaml_schema_value_t *schema, void *data);

/* The first line from `from` (1: the whole text) on which `value` stands as a scalar of its own, behind `key:` if `key`
 * is not null. 0: not found. */
uint32_t yaml_line(const struct yaml_text *yaml, uint32_t from, const char *key, struct slice value);

/* error_set() at a line of the file. */
enum comity_status yaml_error(
    const struct yaml_text *yaml, uint32_t line, struct comity_error *err, const char *format, ...) COMITY_PRINTF(4, 5);

/* Whole strings only: "1.5", "5.0e7"; true/false, yes/no, on/off. */
bool yaml_number(const char *text, double *number);
bool yaml_bool(const char *text, bool *is_true);

#endif
