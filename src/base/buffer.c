/* Growth doubles; the cap is checked before memory is asked for, so that a hostile length cannot exhaust it. */
#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>

void buffer_init(struct buffer *buffer, size_t cap)
{
    *buffer = (struct buffer){.cap = cap};
}

void buffer_release(struct buffer *buffer)
{
    free(buffer->ptr);
    buffer_init(buffer, buffer->cap);
}

void buffer_clear(struct buffer *buffer)
{
    buffer->len = 0;
    buffer->failed = buffer->over_cap = false;
    if (buffer->ptr)
        buffer->ptr[0] = '\0';
}

bool buffer_reserve(struct buffer *buffer, size_t more)
{
    if (buffer->failed)
        return false;
    if (more > buffer->cap || buffer->len > buffer->cap - more) {
        buffer->failed = buffer->over_cap = true;
        return false;
    }
    size_t need = buffer->len + more + 1;
    if (need <= buffer->size)
        return true;
    size_t size = buffer->size ? buffer->size * 2 : 64;
    if (size < need)
        size = need;
    char *grown = realloc(buffer->ptr, size);
    if (!grown) {
        buffer->failed = true;
        return false;
    }
    buffer->ptr = grown;
    buffer->size = size;
    return true;
}

void buffer_add(struct buffer *buffer, const void *bytes, size_t len)
{
    if (!buffer_reserve(buffer, len))
        return;
    if (len)
        memcpy(buffer->ptr + buffer->len, bytes, len);
    buffer->len += len;
    buffer->ptr[buffer->len] = '\0';
}

void buffer_add_slice(struct buffer *buffer, struct slice text)
{
    buffer_add(buffer, text.ptr, text.len);
}

void buffer_add_string(struct buffer *buffer, const char *string)
{
    buffer_add(buffer, string, strlen(string));
}

void buffer_add_byte(struct buffer *buffer, char byte)
{
    buffer_add(buffer, &byte, 1);
}

void buffer_vformat(struct buffer *buffer, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int need = vsnprintf(NULL, 0, format, args);
    if (need >= 0 && buffer_reserve(buffer, (size_t)need)) {
        vsnprintf(buffer->ptr + buffer->len, (size_t)need + 1, format, again);
        buffer->len += (size_t)need;
    }
    va_end(again);
}

void buffer_format(struct buffer *buffer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    buffer_vformat(buffer, format, args);
    va_end(args);
}

void buffer_add_varint(struct buffer *buffer, uint64_t number)
{
    char bytes[10];
    size_t n = 0;
    while (number >= 0x80) {
        bytes[n++] = (char)(number | 0x80);
        number >>= 7;
    }
    bytes[n++] = (char)number;
    buffer_add(buffer, bytes, n);
}

void buffer_add_u32(struct buffer *buffer, uint32_t number)
{
    char bytes[4];
    for (int i = 0; i < 4; i++)
        bytes[i] = (char)(number >> (8 * i));
    buffer_add(buffer, bytes, sizeof bytes);
}

void buffer_add_u64(struct buffer *buffer, uint64_t number)
{
    buffer_add_u32(buffer, (uint32_t)number);
    buffer_add_u32(buffer, (uint32_t)(number >> 32));
}

enum comity_status buffer_status(const struct buffer *buffer)
{
    return !buffer->failed ? COMITY_OK : buffer->over_cap ? COMITY_LIMIT : COMITY_NOMEM;
}

char *buffer_take(struct buffer *buffer, size_t *len)
{
    char *taken = buffer->ptr;
    if (len)
        *len = buffer->len;
    buffer_init(buffer, buffer->cap);
    return taken;
}
