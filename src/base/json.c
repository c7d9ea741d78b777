/* A comma is needed unless the last byte opened an object or array: no state has to be carried. */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* The length of the UTF-8 character at the front of `text` (RFC 3629: no surrogates, nothing overlong), 0 when it is
 * none. */
static size_t character_len(struct slice text)
{
    const unsigned char *p = (const unsigned char *)text.ptr;
    size_t len = p[0] < 0x80                   ? 1
                 : p[0] >= 0xC2 && p[0] < 0xE0 ? 2
                 : p[0] >= 0xE0 && p[0] < 0xF0 ? 3
                 : p[0] >= 0xF0 && p[0] < 0xF5 ? 4
                                               : 0;
    if (len > text.len)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    }
    bool is_overlong = (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xF0 && p[1] < 0x90);
    bool is_out = (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF4 && p[1] > 0x8F);
    return is_overlong || is_out ? 0 : len;
}

static void add_escape(struct buffer *out, unsigned char byte)
{
    static const char named[] = {
        ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\'};
    char name = byte < sizeof named ? named[byte] : 0;
    if (name) {
        buffer_add_byte(out, '\\');
        buffer_add_byte(out, name);
    } else {
        buffer_format(out, "\\u%04x", byte);
    }
}

void json_text(struct buffer *out, struct slice text)
{
    size_t from = 0, at = 0;
    buffer_add_byte(out, '"');
    while (at < text.len) {
        unsigned char byte = (unsigned char)text.ptr[at];
        if (byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\') {
            at++;
            continue;
        }
        size_t len = character_len(slice_of(text.ptr + at, text.len - at));
        if (len > 1) {
            at += len;
            continue;
        }
        buffer_add(out, text.ptr + from, at - from);
        if (len == 1)
            add_escape(out, byte);
        else
            buffer_add_string(out, "\xEF\xBF\xBD");
        from = ++at;
    }
    buffer_add(out, text.ptr + from, at - from);
    buffer_add_byte(out, '"');
}

void json_name(struct buffer *out, const char *name)
{
    char last = out->len ? out->ptr[out->len - 1] : '{';
    if (last != '{' && last != '[')
        buffer_add_byte(out, ',');
    json_text(out, slice_from(name));
    buffer_add_byte(out, ':');
}

void json_number(struct buffer *out, double number)
{
    char text[32];
    if (!isfinite(number)) {
        buffer_add_string(out, "null");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    buffer_add_string(out, text);
}

void json_member(struct buffer *out, const char *name, struct slice text)
{
    json_name(out, name);
    json_text(out, text);
}

void json_member_u64(struct buffer *out, const char *name, uint64_t number)
{
    json_name(out, name);
    buffer_format(out, "%llu", (unsigned long long)number);
}

void json_member_number(struct buffer *out, const char *name, double number)
{
    json_name(out, name);
    json_number(out, number);
}

void json_member_bool(struct buffer *out, const char *name, bool is_true)
{
    json_name(out, name);
    buffer_add_string(out, is_true ? "true" : "false");
}
