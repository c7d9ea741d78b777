/* libcyaml tells what is wrong, and where, only through its log: the first line is the message, then a backtrace from
 * the inside out, whose first "(line: …)" is the nearest known place. For an unknown key that is the place of the
 * mapping it stands in, so the key itself is looked for from there on. */
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
    const char *place = strstr(text, "(line: ");
    if (place && !log->line)
        sscanf(place, "(line: %u, column: %u", &log->line, &log->column);
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

static uint32_t key_line(const struct yaml_text *yaml, uint32_t from, const char *key)
{
    uint32_t line = yaml_line(yaml, from, key, SLICE_EMPTY);
    return line ? line : from;
}

static enum comity_status yaml_fail(const struct yaml_text *yaml, const cyaml_schema_value_t *schema,
    const struct yaml_log *log, cyaml_err_t code, struct comity_error *err)
{
    const char *subject;
    size_t best = SIZE_MAX;
    if (code == CYAML_ERR_OOM || code == CYAML_ERR_LIBYAML_PARSER_INIT)
        return error_nomem(err);
    /* libyaml has no words for it: a problem that it does not name. */
    if (code == CYAML_ERR_LIBYAML_PARSER && (!log->message[0] || strstr(log->message, "(null)")))
        return error_nomem(err);
    if ((subject = message_subject(log, "Unexpected key: "))) {
        yaml_error(yaml, key_line(yaml, log->line, subject), err, "unknown key '%s'", subject);
        const char *nearest = schema_nearest(schema, slice_from(subject), &best, 8);
        if (nearest)
            error_hint(err, "did you mean '%s'?", nearest);
    } else if ((subject = message_subject(log, "Missing required mapping field: ")))
        yaml_error(yaml, log->line, err, "key '%s' is missing", subject);
    else if ((subject = message_subject(log, "Mapping field already seen: ")))
        yaml_error(yaml, log->line, err, "key '%s' stands twice", subject);
    else if ((subject = message_subject(log, "libyaml: ")))
        yaml_error(yaml, log->line, err, "not valid YAML: %s", subject);
    else
        yaml_error(yaml, log->line, err, "%s", log->message[0] ? log->message : cyaml_strerror(code));
    return COMITY_SYNTAX;
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
