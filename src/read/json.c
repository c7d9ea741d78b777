/* JSON as a stream: the bounds of each element are found here, the element itself is read by jansson. So memory holds
 * one element, and a broken element costs that element only.
 *
 * An array of objects at the top, or the first one in an object at the top (one or two levels down), or one object a
 * line.
 */
#include "base/error.h"
#include "read/format.h"
#include "read/number_text.h"
#include "read/pieces.h"

#include <jansson.h>
#include <stdlib.h>

enum { LOOK_AHEAD = 200, MOST_DEPTH = 16 };

struct json {
    bool is_over;
    uint64_t line;
    struct pieces pieces;
    struct buffer key;
    char fault[192];
};

/* How far the end of an element was searched; survives a refill of the window. */
struct search {
    size_t at; /* from window.begin */
    size_t depth;
    bool is_string, is_escaped;
};

/* ---- finding elements --------------------------------------------------------------------------------------- */

/* The record separator stands before each text of a JSON sequence (RFC 7464, and RFC 8142 for GeoJSON). */
static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\x1E';
}

/* The byte at window.begin, or -1 at the end. */
static enum comity_status first_byte(struct rows *rows, int *byte, struct comity_error *err)
{
    struct window *window = &rows->window;
    bool is_full;
    while (window->begin == window->end && !window->at_end) {
        enum comity_status status = window_fill(window, &is_full, err);
        if (status)
            return status;
    }
    *byte = window->begin < window->end ? (unsigned char)window->ptr[window->begin] : -1;
    return COMITY_OK;
}

static void pass(struct rows *rows, size_t n)
{
    struct json *json = rows->state;
    for (size_t i = 0; i < n; i++)
        json->line += rows->window.ptr[rows->window.begin + i] == '\n';
    rows->window.begin += n;
}

static enum comity_status pass_space(struct rows *rows, bool and_commas, int *byte, struct comity_error *err)
{
    enum comity_status status;
    while (!(status = first_byte(rows, byte, err)) && *byte >= 0 &&
           (is_space((char)*byte) || (and_commas && *byte == ',')))
        pass(rows, 1);
    return status;
}

/* Goes on searching the end of an element in `text`; true when search->at is behind it. An element that is neither
 * object nor array nor string ends before a comma or bracket. */
static bool find_end(struct search *search, struct slice text)
{
    for (; search->at < text.len; search->at++) {
        char c = text.ptr[search->at];
        if (search->is_string) {
            if (search->is_escaped)
                search->is_escaped = false;
            else if (c == '\\')
                search->is_escaped = true;
            else if (c == '"')
                search->is_string = false;
        } else if (c == '"') {
            search->is_string = true;
        } else if (c == '{' || c == '[') {
            search->depth++;
        } else if (c == '}' || c == ']') {
            if (!search->depth)
                return true;
            if (!--search->depth) {
                search->at++;
                return true;
            }
        } else if (c == ',' && !search->depth) {
            return true;
        }
    }
    return false;
}

static bool find_line(struct search *search, struct slice text)
{
    const char *end = search->at < text.len ? memchr(text.ptr + search->at, '\n', text.len - search->at) : NULL;
    search->at = end ? (size_t)(end - text.ptr) : text.len;
    return end != NULL;
}

/* Whether the next element lies whole in the window; *len is its length. */
static bool has_element(struct rows *rows, struct search *search, size_t *len)
{
    struct slice text = window_text(&rows->window);
    bool is_lines = rows->found.format == ROWS_NDJSON;
    bool is_whole = is_lines ? find_line(search, text) : find_end(search, text);
    *len = search->at;
    return is_whole || (is_lines && rows->window.at_end);
}

/* ---- from a value to cells ----------------------------------------------------------------------------------- */

static void add_scalar(struct buffer *out, const json_t *value)
{
    char text[NUMBER_TEXT];
    if (json_is_string(value))
        buffer_add(out, json_string_value(value), json_string_length(value));
    else if (json_is_integer(value))
        buffer_format(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    else if (json_is_real(value))
        buffer_add(out, text, number_text(json_real_value(value), text));
    else if (json_is_boolean(value))
        buffer_add_string(out, json_is_true(value) ? "true" : "false");
}

static int add_dump(const char *bytes, size_t len, void *out)
{
    buffer_add(out, bytes, len);
    return ((struct buffer *)out)->failed ? -1 : 0;
}

static bool is_flat(const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array); i++)
        if (json_is_object(json_array_get(array, i)) || json_is_array(json_array_get(array, i)))
            return false;
    return true;
}

static void add_array(struct buffer *out, const json_t *array)
{
    if (!is_flat(array)) {
        json_dump_callback(array, add_dump, out, JSON_COMPACT);
        return;
    }
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i)
            buffer_add_string(out, "; ");
        add_scalar(out, json_array_get(array, i));
    }
}

static enum comity_status add_cell(struct rows *rows, const json_t *value, struct comity_error *err)
{
    struct json *json = rows->state;
    uint32_t column = intern_get(&rows->names, buffer_slice(&json->key));
    if (column == INTERN_NONE && rows->names.count >= ROWS_MOST_CELLS)
        return error_set(err, COMITY_LIMIT, "the objects have more than 65,536 different keys");
    if (column == INTERN_NONE)
        column = intern_put(&rows->names, buffer_slice(&json->key));
    if (column == INTERN_NONE || json->key.failed)
        return error_nomem(err);
    pieces_begin(&json->pieces);
    if (json_is_array(value))
        add_array(&json->pieces.text, value);
    else if (json_is_object(value))
        json_dump_callback(value, add_dump, &json->pieces.text, JSON_COMPACT);
    else
        add_scalar(&json->pieces.text, value);
    return pieces_end(&json->pieces, column) ? COMITY_OK : error_nomem(err);
}

static enum comity_status add_object(struct rows *rows, json_t *object, unsigned depth, struct comity_error *err)
{
    struct json *json = rows->state;
    size_t prefix = json->key.len;
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        json->key.len = prefix;
        buffer_add_string(&json->key, prefix ? "." : "");
        buffer_add_string(&json->key, key);
        enum comity_status status = json_is_object(value) && depth < MOST_DEPTH && json->key.len
                                        ? add_object(rows, value, depth + 1, err)
                                        : add_cell(rows, value, err);
        if (status)
            return status;
    }
    json->key.len = prefix;
    return COMITY_OK;
}

/* ---- GeoJSON (RFC 7946) -------------------------------------------------------------------------------------- */

static bool is_feature(const json_t *object)
{
    const json_t *type = json_object_get(object, "type"), *properties = json_object_get(object, "properties");
    return json_is_string(type) && !strcmp(json_string_value(type), "Feature") &&
           (json_is_object(properties) || json_is_null(properties));
}

static void set_key(struct json *json, const char *key)
{
    buffer_clear(&json->key);
    buffer_add_string(&json->key, key);
}

/* A point has its coordinates in columns of their own. Another shape is kept as it stands: a point in it that the
 * source never said would be made up. */
static enum comity_status add_geometry(struct rows *rows, const json_t *geometry, struct comity_error *err)
{
    static const char *const names[] = {"geometry.longitude", "geometry.latitude", "geometry.altitude"};
    struct json *json = rows->state;
    const json_t *type = json_object_get(geometry, "type"), *coordinates = json_object_get(geometry, "coordinates");
    bool is_point = json_is_string(type) && !strcmp(json_string_value(type), "Point") && is_flat(coordinates) &&
                    json_array_size(coordinates) >= 2;
    enum comity_status status = COMITY_OK;
    if (!json_is_object(geometry))
        return COMITY_OK;
    if (!is_point) {
        set_key(json, "geometry");
        return add_object(rows, (json_t *)geometry, 0, err);
    }
    set_key(json, "geometry.type");
    status = add_cell(rows, type, err);
    for (size_t i = 0; i < json_array_size(coordinates) && i < 3 && !status; i++) {
        set_key(json, names[i]);
        status = add_cell(rows, json_array_get(coordinates, i), err);
    }
    return status;
}

/* A feature is a row: its properties are the columns; what else it has stands under "feature". */
static enum comity_status add_feature(struct rows *rows, json_t *feature, struct comity_error *err)
{
    struct json *json = rows->state;
    const char *key;
    json_t *value;
    enum comity_status status = COMITY_OK;
    json_t *properties = json_object_get(feature, "properties");
    if (json_is_object(properties))
        status = add_object(rows, properties, 0, err);
    if (!status)
        status = add_geometry(rows, json_object_get(feature, "geometry"), err);
    json_object_foreach(feature, key, value)
    {
        bool is_known = !strcmp(key, "type") || !strcmp(key, "properties") || !strcmp(key, "geometry");
        if (status || is_known)
            continue;
        set_key(json, "feature.");
        buffer_add_string(&json->key, key);
        status = add_cell(rows, value, err);
    }
    return status;
}

/* Reads one element into pieces, or says what is wrong with it. */
static enum comity_status read_element(
    struct rows *rows, struct slice text, const char **fault, struct comity_error *err)
{
    struct json *json = rows->state;
    json_error_t detail;
    enum comity_status status = COMITY_OK;
    pieces_clear(&json->pieces);
    buffer_clear(&json->key);
    json_t *value = json_loadb(text.ptr, text.len, JSON_DECODE_ANY, &detail);
    /* jansson tells some failed allocations as faults of the text: a second try tells them apart. */
    if (!value && json_error_code(&detail) != json_error_out_of_memory)
        value = json_loadb(text.ptr, text.len, JSON_DECODE_ANY, &detail);
    if (!value && (json_error_code(&detail) == json_error_out_of_memory || !detail.text[0]))
        return error_nomem(err);
    if (!value) {
        snprintf(json->fault, sizeof json->fault, "not JSON: %.160s", detail.text);
        *fault = json->fault;
    } else if (!json_is_object(value)) {
        *fault = "the element is no object";
    } else if (is_feature(value)) {
        status = add_feature(rows, value, err);
    } else {
        status = add_object(rows, value, 0, err);
    }
    json_decref(value);
    return status;
}

/* ---- rows --------------------------------------------------------------------------------------------------- */

/* Moves to the next element; *is_over at the end. */
static enum comity_status to_element(struct rows *rows, bool *is_over, struct comity_error *err)
{
    struct json *json = rows->state;
    int byte;
    bool is_lines = rows->found.format == ROWS_NDJSON;
    enum comity_status status = json->is_over ? COMITY_OK : pass_space(rows, !is_lines, &byte, err);
    if (status || json->is_over) {
        *is_over = true;
        return status;
    }
    *is_over = byte < 0 || (!is_lines && (byte == ']' || byte == '}'));
    json->is_over = *is_over;
    if (byte < 0 && !is_lines) {
        status = error_set(err, COMITY_INPUT, "the JSON ends before its array is closed");
        error_at(err, "", (uint32_t)json->line, 0);
    }
    return status;
}

/* The length of the element at the window's beginning, filling the window as needed; *fault when it has no end. */
static enum comity_status measure(struct rows *rows, size_t *len, const char **fault, struct comity_error *err)
{
    struct search search = {0};
    bool is_full = false;
    while (!has_element(rows, &search, len)) {
        if (rows->window.at_end || is_full) {
            *fault = is_full ? "the element is longer than 16 MB" : "the element is not closed at the end of the file";
            *len = rows->window.end - rows->window.begin;
            ((struct json *)rows->state)->is_over = true;
            return COMITY_OK;
        }
        enum comity_status status = window_fill(&rows->window, &is_full, err);
        if (status)
            return status;
    }
    return COMITY_OK;
}

static enum comity_status json_next(struct rows *rows, struct row *row, bool *has_row, struct comity_error *err)
{
    struct json *json = rows->state;
    bool is_over;
    size_t len = 0;
    enum comity_status status = to_element(rows, &is_over, err);
    if (status || is_over)
        return status;
    status = measure(rows, &len, &row->fault, err);
    if (status)
        return status;
    *has_row = true;
    row->line = json->line;
    row->raw = slice_trim(slice_of(rows->window.ptr + rows->window.begin, len));
    if (!row->fault)
        status = read_element(rows, row->raw, &row->fault, err);
    if (!status && !row->fault)
        status = pieces_lay(&json->pieces, rows, &row->n_cells, err);
    row->cells = rows->cells;
    pass(rows, len);
    return status;
}

/* ---- opening ------------------------------------------------------------------------------------------------- */

/* What was passed on the way to the array. */
struct way {
    unsigned depth; /* of open objects and arrays */
    unsigned aside; /* depth at which something began that is not looked into; 0: none */
    char key[16];   /* the last string */
    size_t key_len;
};

static bool is_aside(const struct way *way)
{
    struct slice key = slice_of(way->key, way->key_len);
    return slice_starts_with(key, SLICE("meta")) || slice_is(key, "links") || slice_is(key, "errors");
}

static enum comity_status pass_string(struct rows *rows, struct way *way, struct comity_error *err)
{
    int byte;
    bool is_escaped = false;
    way->key_len = 0;
    for (pass(rows, 1);; pass(rows, 1)) {
        enum comity_status status = first_byte(rows, &byte, err);
        if (status || byte < 0)
            return status;
        if (!is_escaped && byte == '"')
            break;
        is_escaped = !is_escaped && byte == '\\';
        if (way->key_len < sizeof way->key)
            way->key[way->key_len++] = (char)byte;
    }
    pass(rows, 1);
    return COMITY_OK;
}

/* Goes to the first element of the array of objects. */
static enum comity_status seek_array(struct rows *rows, struct comity_error *err)
{
    struct way way = {0};
    bool saw_empty = false;
    int byte;
    for (;;) {
        enum comity_status status = pass_space(rows, false, &byte, err);
        if (status)
            return status;
        if (byte < 0)
            break;
        if (byte == '"') {
            status = pass_string(rows, &way, err);
            if (status)
                return status;
            continue;
        }
        if (byte == '[' || byte == '{') {
            way.depth++;
            if (!way.aside && (is_aside(&way) || way.depth > 3))
                way.aside = way.depth;
        } else if (byte == ']' || byte == '}') {
            way.aside = way.aside == way.depth ? 0 : way.aside;
            way.depth -= way.depth > 0;
        }
        pass(rows, 1);
        if (byte != '[' || way.aside)
            continue;
        status = pass_space(rows, false, &byte, err);
        if (status || byte == '{' || (way.depth == 1 && byte != '['))
            return status;
        saw_empty = saw_empty || byte == ']';
    }
    ((struct json *)rows->state)->is_over = true;
    if (saw_empty)
        return COMITY_OK;
    error_set(err, COMITY_INPUT, "there is no array of objects in this JSON");
    error_hint(err, "expected [{…}, {…}], or {\"data\": [{…}]}, or one object a line");
    return COMITY_INPUT;
}

/* Learns the keys of the elements that lie in the window already, so that the columns are known before the first row.
 */
static enum comity_status look_ahead(struct rows *rows, struct comity_error *err)
{
    struct json *json = rows->state;
    struct json before = *json;
    size_t begin = rows->window.begin;
    enum comity_status status = COMITY_OK;
    unsigned n_elements = 0;
    while (n_elements < LOOK_AHEAD && !status && rows->window.begin < rows->window.end) {
        struct search search = {0};
        const char *fault;
        size_t len;
        char c = rows->window.ptr[rows->window.begin];
        if (is_space(c) || c == ',') {
            pass(rows, 1);
            continue;
        }
        if (c != '{' || !has_element(rows, &search, &len))
            break;
        status = read_element(rows, slice_of(rows->window.ptr + rows->window.begin, len), &fault, err);
        pass(rows, len);
        n_elements++;
    }
    rows->window.begin = begin;
    json->line = before.line;
    return status;
}

static enum comity_status json_open(struct rows *rows, struct comity_error *err)
{
    struct json *json = calloc(1, sizeof *json);
    int byte;
    if (!json)
        return error_nomem(err);
    rows->state = json;
    json->line = 1;
    pieces_init(&json->pieces);
    buffer_init(&json->key, 1 << 20);
    enum comity_status status =
        rows->found.format == ROWS_NDJSON ? pass_space(rows, false, &byte, err) : seek_array(rows, err);
    return status ? status : look_ahead(rows, err);
}

static void json_close(struct rows *rows)
{
    struct json *json = rows->state;
    if (!json)
        return;
    pieces_release(&json->pieces);
    buffer_release(&json->key);
    free(json);
}

const struct format json_format = {json_open, json_next, json_close, NULL};
