/* libcyaml tells what is wrong, and where, only through its log, in words for its own programmers: the first line is
 * the message, then a backtrace from the inside out, whose first "(line: …)" is the nearest known place and whose first
 * "mapping field" is the key. For an unknown key that is the place of the mapping it stands in, so the key itself is
 * looked for from there on. Here all of it becomes our words: the key, what was expected, what was found. */
#include "text/yaml.h"

#include "base/error.h"
#include "text/distance.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

struct yaml_log {
    char message[256];
    char key[64];   /* the key whose value is at fault; empty: the file as a whole */
    uint32_t entry; /* which entry of its list, from 1; 0: the value itself */
    uint32_t line, column;
};

static void yaml_log_take(cyaml_log_t level, void *context, const char *format, va_list args) COMITY_PRINTF(3, 0);

static void yaml_log_take(cyaml_log_t level, void *context, const char *format, va_list args)
{
    struct yaml_log *log = context;
    char text[512];
    if (level < CYAML_LOG_ERROR)
        return;
    int n = vsnprintf(text, sizeof text, format, args);
    if (n > 0 && (size_t)n < sizeof text && text[n - 1] == '\n')
        text[n - 1] = '\0';
    const char *place = strstr(text, "(line: "), *entry = strstr(text, "in sequence entry '");
    const char *field = strstr(text, "in mapping field '");
    if (place && !log->line)
        sscanf(place, "(line: %u, column: %u", &log->line, &log->column);
    if (field && !log->key[0])
        sscanf(field, "in mapping field '%63[^']", log->key);
    if (entry && !log->key[0])
        sscanf(entry, "in sequence entry '%u", &log->entry);
    if (!log->message[0])
        snprintf(log->message, sizeof log->message, "%.*s", (int)sizeof log->message - 1,
            strncmp(text, "Load: ", 6) == 0 ? text + 6 : text);
}

static cyaml_config_t yaml_config(struct yaml_log *log)
{
    return (cyaml_config_t){.log_fn = yaml_log_take,
        .log_ctx = log,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_NO_ALIAS};
}

/* The nearest of all keys that the schema knows, at any depth. */
static const char *schema_nearest(const cyaml_schema_value_t *schema, struct slice word, size_t *best, int depth)
{
    const char *nearest = NULL;
    if (depth == 0)
        return NULL;
    if (schema->type == CYAML_SEQUENCE || schema->type == CYAML_SEQUENCE_FIXED)
        return schema_nearest(schema->sequence.entry, word, best, depth - 1);
    if (schema->type != CYAML_MAPPING)
        return NULL;
    for (const cyaml_schema_field_t *field = schema->mapping.fields; field->key; field++) {
        if (distance_is_nearer(word, slice_from(field->key), best))
            nearest = field->key;
        const char *below = schema_nearest(&field->value, word, best, depth - 1);
        nearest = below ? below : nearest;
    }
    return nearest;
}

/* What stands behind "<prefix>: " in the log's message, or null. */
static const char *message_subject(const struct yaml_log *log, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(log->message, prefix, len) == 0 ? log->message + len : NULL;
}

/* A line of the text, from 1. */
static struct slice line_of(const struct yaml_text *yaml, uint32_t number)
{
    struct slice rest = yaml->text, line = SLICE_EMPTY;
    for (uint32_t i = 0; i < number && rest.ptr; i++)
        line = slice_cut(&rest, '\n');
    return line;
}

COMITY_PRINTF(4, 5)
static enum comity_status fail_at_value(
    const struct yaml_text *yaml, const struct yaml_log *log, struct comity_error *err, const char *format, ...)
{
    char message[320];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    if (log->entry)
        yaml_error(yaml, log->line, err, "entry %u of '%s': %s", log->entry, log->key, message);
    else if (log->key[0])
        yaml_error(yaml, log->line, err, "key '%s': %s", log->key, message);
    else
        yaml_error(yaml, log->line, err, "the file as a whole: %s", message);
    error_at(err, yaml->where, log->line, log->column);
    return COMITY_SYNTAX;
}

/* libcyaml's names of what stands in a file; the hint goes on behind "write `key: " or "write `- ". */
static const struct yaml_shape {
    const char *expected, *found, *words, *hint;
} SHAPES[] = {
    {"STRING", "SCALAR", "one text", "text`, with quotes around what begins with [ or {"},
    {"SEQUENCE", "SEQUENCE_START", "a list", "[one, two]`, or a line `- one` for each entry"},
    {"MAPPING", "MAPPING_START", "keys with values", "{inner: value}`, or a line `inner: value` for each"},
    {"UINT", "", "a whole number", "2`, digits only"},
    {"INT", "", "a whole number", "2`, digits only"},
    {"uint64_t", "", "a whole number", "2`, digits only"},
    {"int64_t", "", "a whole number", "2`, digits only"},
    {"FLOAT", "", "a number", "1.5`, with a point"},
    {"BOOL", "", "yes or no", "yes` or `no`"},
};

static const struct yaml_shape *shape_named(const char *name, size_t len, bool is_found)
{
    for (size_t i = 0; i < sizeof SHAPES / sizeof *SHAPES; i++)
        if (slice_is(slice_of(name, len), is_found ? SHAPES[i].found : SHAPES[i].expected))
            return &SHAPES[i];
    return NULL;
}

static void hint_shape(const struct yaml_log *log, const struct yaml_shape *wanted, struct comity_error *err)
{
    const char *key = log->entry ? "-" : log->key[0] ? log->key : "key";
    error_hint(err, "write `%s%s %s", key, log->entry ? "" : ":", wanted->hint);
}

/* Whether nothing stands where the value should be. */
static bool is_nothing(const struct yaml_text *yaml, const struct yaml_log *log)
{
    struct slice line = line_of(yaml, log->line);
    return log->column > 0 && slice_trim(line).len && log->column - 1 >= line.len;
}

/* "Expecting STRING, got event: SEQUENCE_START". */
static enum comity_status fail_of_shape(
    const struct yaml_text *yaml, const struct yaml_log *log, const char *told, struct comity_error *err)
{
    const char *got = strstr(told, ", got event: ");
    const struct yaml_shape *wanted = got ? shape_named(told, (size_t)(got - told), false) : NULL;
    const struct yaml_shape *found = got ? shape_named(got + 13, strlen(got + 13), true) : NULL;
    if (!wanted)
        return fail_at_value(yaml, log, err, "%s", log->message);
    fail_at_value(yaml, log, err, "expected %s, found %s", wanted->words,
        is_nothing(yaml, log) ? "nothing"
        : found               ? found->words
                              : "something else");
    hint_shape(log, wanted, err);
    return COMITY_SYNTAX;
}

/* "Invalid UINT value: 'two'". */
static enum comity_status fail_of_number(
    const struct yaml_text *yaml, const struct yaml_log *log, const char *told, struct comity_error *err)
{
    const char *value = strstr(told, " value: ");
    const struct yaml_shape *wanted = value ? shape_named(told, (size_t)(value - told), false) : NULL;
    if (!wanted)
        return fail_at_value(yaml, log, err, "%s", log->message);
    fail_at_value(yaml, log, err, "expected %s, found %s", wanted->words, value + 8);
    hint_shape(log, wanted, err);
    return COMITY_SYNTAX;
}

/* The place that is told is its mapping's: the key stands from there on. */
static enum comity_status fail_of_key(const struct yaml_text *yaml, const cyaml_schema_value_t *schema,
    const struct yaml_log *log, const char *key, struct comity_error *err)
{
    size_t best = SIZE_MAX;
    uint32_t found = yaml_line(yaml, log->line, key, SLICE_EMPTY), line = found ? found : log->line;
    ptrdiff_t column = found ? slice_find(line_of(yaml, found), slice_from(key)) : -1;
    yaml_error(yaml, line, err, "unknown key '%s'", key);
    error_at(err, yaml->where, line, (uint32_t)(column + 1));
    const char *nearest = schema_nearest(schema, slice_from(key), &best, 8);
    if (nearest)
        error_hint(err, "did you mean '%s'?", nearest);
    return COMITY_SYNTAX;
}

static enum comity_status fail_of_length(
    const struct yaml_text *yaml, const struct yaml_log *log, const char *told, struct comity_error *err)
{
    unsigned most = 0;
    if (sscanf(told, "> %u", &most) == 1)
        return fail_at_value(yaml, log, err, "the text is longer than %u bytes", most);
    return fail_at_value(yaml, log, err, "expected a text, found nothing");
}

static enum comity_status yaml_fail(const struct yaml_text *yaml, const cyaml_schema_value_t *schema,
    const struct yaml_log *log, cyaml_err_t code, struct comity_error *err)
{
    const char *subject;
    unsigned n, least;
    if (code == CYAML_ERR_OOM || code == CYAML_ERR_LIBYAML_PARSER_INIT)
        return error_nomem(err);
    /* libyaml has no words for it: a problem that it does not name. */
    if (code == CYAML_ERR_LIBYAML_PARSER && (!log->message[0] || strstr(log->message, "(null)")))
        return error_nomem(err);
    if ((subject = message_subject(log, "Unexpected key: ")))
        return fail_of_key(yaml, schema, log, subject, err);
    if ((subject = message_subject(log, "Expecting ")))
        return fail_of_shape(yaml, log, subject, err);
    if ((subject = message_subject(log, "Invalid ")))
        return fail_of_number(yaml, log, subject, err);
    if ((subject = message_subject(log, "STRING length ")))
        return fail_of_length(yaml, log, subject, err);
    if ((subject = message_subject(log, "Missing required mapping field: ")))
        return yaml_error(yaml, log->line, err, "key '%s' is missing", subject);
    if ((subject = message_subject(log, "Mapping field already seen: ")))
        return yaml_error(yaml, log->line, err, "key '%s' stands twice", subject);
    if ((subject = message_subject(log, "libyaml: ")))
        return yaml_error(yaml, log->line, err, "not valid YAML: %s", subject);
    if (code == CYAML_ERR_ALIAS)
        return fail_at_value(yaml, log, err, "expected the value itself, found a reference to another (`*name`)");
    if (sscanf(log->message, "Insufficient entries (%u of %u min)", &n, &least) == 2) {
        struct yaml_log list = *log;
        list.entry = 0;
        return fail_at_value(yaml, &list, err, "expected a list of at least %u, found one of %u", least, n);
    }
    return fail_at_value(yaml, log, err, "%s", log->message[0] ? log->message : cyaml_strerror(code));
}

enum comity_status yaml_load(
    const struct yaml_text *yaml, const cyaml_schema_value_t *schema, void **out, struct comity_error *err)
{
    struct yaml_log log = {0};
    cyaml_config_t config = yaml_config(&log);
    const uint8_t *bytes = (const uint8_t *)(yaml->text.ptr ? yaml->text.ptr : "");
    *out = NULL;
    cyaml_err_t code = cyaml_load_data(bytes, yaml->text.len, &config, schema, out, NULL);
    if (code != CYAML_OK)
        return yaml_fail(yaml, schema, &log, code, err);
    return *out ? COMITY_OK : yaml_error(yaml, 1, err, "the file is empty");
}

void yaml_release(const cyaml_schema_value_t *schema, void *data)
{
    struct yaml_log log = {0};
    cyaml_config_t config = yaml_config(&log);
    if (data)
        cyaml_free(&config, schema, data, 0);
}

static bool is_boundary(char c)
{
    return strchr(" \t\r\n,:[]{}\"'-", c) != NULL; /* and the NUL */
}

/* Whether `line` has `value` as a word of its own that ends a scalar. */
static bool line_has(struct slice line, struct slice value)
{
    while (value.len && line.len >= value.len) {
        ptrdiff_t at = slice_find(line, value);
        if (at < 0)
            return false;
        bool begins = at == 0 || is_boundary(line.ptr[at - 1]);
        size_t end = (size_t)at + value.len;
        if (begins && (end == line.len || strchr(",:]}\"'\r#", line.ptr[end]) || line.ptr[end] == ' '))
            return true;
        line = slice_of(line.ptr + at + 1, line.len - (size_t)at - 1);
    }
    return value.len == 0;
}

/* What stands behind `key:`, up to the next key of a flow mapping; a null pointer when the key is not on the line. */
static struct slice behind_key(struct slice line, const char *key)
{
    struct slice word = slice_from(key);
    while (line.len) {
        ptrdiff_t at = slice_find(line, word);
        if (at < 0)
            break;
        size_t end = (size_t)at + word.len;
        bool is_key = (at == 0 || is_boundary(line.ptr[at - 1])) && end < line.len && line.ptr[end] == ':';
        if (is_key) {
            struct slice rest = slice_of(line.ptr + end + 1, line.len - end - 1);
            return slice_cut(&rest, ',');
        }
        line = slice_of(line.ptr + at + 1, line.len - (size_t)at - 1);
    }
    return SLICE_EMPTY;
}

uint32_t yaml_line(const struct yaml_text *yaml, uint32_t from, const char *key, struct slice value)
{
    struct slice rest = yaml->text;
    for (uint32_t number = 1; rest.ptr; number++) {
        struct slice line = slice_cut(&rest, '\n');
        if (number < from)
            continue;
        if (key)
            line = behind_key(line, key);
        if (line.ptr && line_has(line, value))
            return number;
    }
    return 0;
}

enum comity_status yaml_error(
    const struct yaml_text *yaml, uint32_t line, struct comity_error *err, const char *format, ...)
{
    char message[512];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    error_set(err, COMITY_SYNTAX, "%s", message);
    error_at(err, yaml->where, line, 0);
    return COMITY_SYNTAX;
}

bool yaml_number(const char *text, double *number)
{
    char *end;
    if (!text || !*text || strspn(text, "0123456789+-.eE") != strlen(text))
        return false;
    *number = strtod(text, &end);
    return *end == '\0' && isfinite(*number);
}

bool yaml_bool(const char *text, bool *is_true)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
    for (size_t i = 0; text && i < sizeof words / sizeof *words; i++)
        if (slice_equal_nocase(slice_from(text), slice_from(words[i]))) {
            *is_true = i % 2;
            return true;
        }
    return false;
}
