/* Two alphabets: what may stand within quotes for every client, and what RFC 8187 lets stand unescaped. */
#include "http/disposition.h"

static bool is_plain(unsigned char byte)
{
    return byte >= ' ' && byte < 0x7F && byte != '"' && byte != '\\' && byte != '%';
}

/* attr-char of RFC 8187, 3.2.1. */
static bool is_attribute(unsigned char byte)
{
    bool is_alphanumeric = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
    return is_alphanumeric || (byte && strchr("!#$&+-.^_`|~", byte));
}

/* One "_" for each character, not for each byte of it. */
static bool add_plain(struct buffer *out, struct slice name)
{
    bool is_all_plain = true;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char byte = (unsigned char)name.ptr[i];
        if (is_plain(byte))
            buffer_add_byte(out, (char)byte);
        else if ((byte & 0xC0) != 0x80)
            buffer_add_byte(out, '_');
        is_all_plain = is_all_plain && is_plain(byte);
    }
    return is_all_plain;
}

void disposition_format(struct buffer *out, struct slice name)
{
    buffer_add_string(out, "attachment; filename=\"");
    bool is_all_plain = add_plain(out, name);
    buffer_add_byte(out, '"');
    if (is_all_plain)
        return;
    buffer_add_string(out, "; filename*=UTF-8''");
    for (size_t i = 0; i < name.len; i++) {
        unsigned char byte = (unsigned char)name.ptr[i];
        if (is_attribute(byte))
            buffer_add_byte(out, (char)byte);
        else
            buffer_format(out, "%%%02X", byte);
    }
}
