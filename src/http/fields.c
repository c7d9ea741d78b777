/* fields.c - application/x-www-form-urlencoded as the URL standard of WHATWG writes it, section 5.1, read strictly:
 * what no browser sends is an error and not a guess. */
#include "http/fields.h"

#include "read/encoding.h"

enum { FIRST_ROOM = 16 };

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static enum comity_status decode(struct slice text, bool plus_is_space, struct arena *arena, struct slice *out)
{
    char *to = arena_alloc(arena, text.len + 1);
    size_t n = 0;
    if (!to)
        return COMITY_NOMEM;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%') {
            int high = i + 2 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
            int low = i + 2 < text.len ? hex_digit(text.ptr[i + 2]) : -1;
            if (high < 0 || low < 0)
                return COMITY_SYNTAX;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c == '\0')
            return COMITY_SYNTAX;
        to[n++] = c;
    }
    to[n] = '\0';
    *out = slice_of(to, n);
    return COMITY_OK;
}

bool http_decode(struct slice text, bool plus_is_space, struct arena *arena, struct slice *out)
{
    return decode(text, plus_is_space, arena, out) == COMITY_OK;
}

static bool has_room(struct fields *fields, struct arena *arena)
{
    if (fields->n < fields->room)
        return true;
    size_t room = fields->room ? 2 * fields->room : FIRST_ROOM;
    struct http_field *list = ARENA_ARRAY(arena, struct http_field, room);
    if (!list)
        return false;
    if (fields->n)
        memcpy(list, fields->list, fields->n * sizeof *list);
    fields->list = list;
    fields->room = room;
    return true;
}

bool fields_is_text(struct slice text)
{
    return text.len == 0 || (!memchr(text.ptr, '\0', text.len) && text_is_utf8(text));
}

enum comity_status fields_add(struct fields *fields, struct arena *arena, struct slice name, struct slice value)
{
    if (!fields_is_text(name) || !fields_is_text(value))
        return COMITY_SYNTAX;
    if (fields->n == HTTP_MOST_FIELDS || name.len + value.len > HTTP_MOST_FIELD_BYTES - fields->bytes)
        return COMITY_LIMIT;
    if (!has_room(fields, arena))
        return COMITY_NOMEM;
    fields->bytes += name.len + value.len;
    fields->list[fields->n++] = (struct http_field){name, value};
    return COMITY_OK;
}

enum comity_status fields_read(struct fields *fields, struct arena *arena, struct slice text)
{
    enum comity_status status = COMITY_OK;
    while (text.len && status == COMITY_OK) {
        struct slice value = slice_cut(&text, '&');
        if (!value.len)
            continue;
        struct slice name = slice_cut(&value, '=');
        status = decode(name, true, arena, &name);
        if (status == COMITY_OK)
            status = decode(value, true, arena, &value);
        if (status == COMITY_OK)
            status = fields_add(fields, arena, name, value);
    }
    return status;
}

/* ---- what handlers ask ---------------------------------------------------------------------------------------- */

bool http_form(const struct http_request *request, const char *name, struct slice *value)
{
    *value = SLICE_EMPTY;
    for (size_t i = 0; i < request->n_fields; i++) {
        if (!slice_is(request->fields[i].name, name))
            continue;
        *value = request->fields[i].value;
        return true;
    }
    return false;
}

bool http_form_next(const struct http_request *request, size_t *at, struct slice *name, struct slice *value)
{
    if (*at >= request->n_fields)
        return false;
    *name = request->fields[*at].name;
    *value = request->fields[*at].value;
    (*at)++;
    return true;
}

const struct http_file *http_form_file(const struct http_request *request, const char *name)
{
    for (size_t i = 0; i < request->n_files; i++)
        if (slice_is(request->files[i].name, name))
            return &request->files[i];
    return NULL;
}
