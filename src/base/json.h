/* json.h - writing JSON into a buffer, piece by piece: names, texts and numbers. The caller writes braces and commas.
 *
 * Whatever is handed in, what comes out is JSON: bytes that are no UTF-8 become U+FFFD, control characters are escaped,
 * numbers that JSON does not know (NaN, infinities) become null.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/buffer.h"

/* A text with its quotes. `<`, `>` and `&` stay as they are: JSON that goes into HTML is escaped there. */
void json_text(struct buffer *out, struct slice text);

/* "name":  with a comma before it unless it is the first in its object. */
void json_name(struct buffer *out, const char *name);

/* The shortest decimal number that reads back as the same double. */
void json_number(struct buffer *out, double number);

/* A name with its value. */
void json_member(struct buffer *out, const char *name, struct slice text);
void json_member_u64(struct buffer *out, const char *name, uint64_t number);
void json_member_number(struct buffer *out, const char *name, double number);
void json_member_bool(struct buffer *out, const char *name, bool is_true);

#endif
