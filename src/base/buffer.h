/* buffer.h - bytes that grow, with a cap.
 *
 * A failed append leaves `failed` set and the contents as they were before it; later appends do nothing, so that a
 * writer may append many times and look once at the end (buffer_status). A zeroed struct with a cap is valid.
 * `ptr` is always terminated with a NUL that `len` does not count, once anything was appended.
 */
#ifndef BASE_BUFFER_H
#define BASE_BUFFER_H

#include "base/slice.h"
#include "comity.h"

#include <stdarg.h>
#include <stdint.h>

struct buffer {
    char *ptr;
    size_t len, size, cap;
    bool failed, over_cap;
};

/* `cap`: the most bytes it may hold; must not be 0. */
void buffer_init(struct buffer *buffer, size_t cap);
void buffer_release(struct buffer *buffer);
/* Empties it, keeps the memory, forgets a failure. */
void buffer_clear(struct buffer *buffer);

void buffer_add(struct buffer *buffer, const void *bytes, size_t len);
void buffer_add_slice(struct buffer *buffer, struct slice text);
void buffer_add_string(struct buffer *buffer, const char *string);
void buffer_add_byte(struct buffer *buffer, char byte);
void buffer_format(struct buffer *buffer, const char *format, ...) COMITY_PRINTF(2, 3);
void buffer_vformat(struct buffer *buffer, const char *format, va_list args) COMITY_PRINTF(2, 0);

/* Numbers of the packed forms: unsigned LEB128, and fixed-size little-endian. */
void buffer_add_varint(struct buffer *buffer, uint64_t number);
void buffer_add_u32(struct buffer *buffer, uint32_t number);
void buffer_add_u64(struct buffer *buffer, uint64_t number);

/* Makes room for `more` bytes. False, with `failed` set, when there is none. */
bool buffer_reserve(struct buffer *buffer, size_t more);

/* COMITY_OK, COMITY_NOMEM, or COMITY_LIMIT when the cap was reached. */
enum comity_status buffer_status(const struct buffer *buffer);

static inline struct slice buffer_slice(const struct buffer *buffer)
{
    return slice_of(buffer->ptr, buffer->len);
}

/* Hands the memory over to the caller, who frees it with free(); the buffer is empty afterwards. Null when empty. */
char *buffer_take(struct buffer *buffer, size_t *len);

#endif
