/* slice.h - a piece of text or bytes that somebody else owns: pointer, then length. Not terminated.
 * An empty slice may have a null pointer; all functions take that. */
#ifndef BASE_SLICE_H
#define BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const char *ptr;
    size_t len;
};

#define SLICE_EMPTY ((struct slice){NULL, 0})
/* Of a string literal. */
#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})
/* For printf: printf("%.*s", SLICE_ARG(s)). */
#define SLICE_ARG(s) (int)(s).len, ((s).ptr ? (s).ptr : "")

static inline struct slice slice_of(const char *ptr, size_t len)
{
    return (struct slice){ptr, len};
}

static inline struct slice slice_from(const char *string)
{
    return (struct slice){string, string ? strlen(string) : 0};
}

static inline bool slice_equal(struct slice a, struct slice b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* The same, without a call where they have 4 to 16 bytes: for who compares millions of short texts. */
static inline bool slice_equal_short(struct slice a, struct slice b)
{
    uint64_t x[2] = {0}, y[2] = {0};
    if (a.len != b.len || a.len < 4 || a.len > 16)
        return slice_equal(a, b);
    /* Two words that overlap. */
    if (a.len >= 8) {
        memcpy(&x[0], a.ptr, 8);
        memcpy(&y[0], b.ptr, 8);
        memcpy(&x[1], a.ptr + a.len - 8, 8);
        memcpy(&y[1], b.ptr + b.len - 8, 8);
    } else {
        memcpy(&x[0], a.ptr, 4);
        memcpy(&y[0], b.ptr, 4);
        memcpy(&x[1], a.ptr + a.len - 4, 4);
        memcpy(&y[1], b.ptr + b.len - 4, 4);
    }
    return ((x[0] ^ y[0]) | (x[1] ^ y[1])) == 0;
}

static inline bool slice_is(struct slice a, const char *string)
{
    return slice_equal(a, slice_from(string));
}

/* Order by bytes, shorter first where one is the beginning of the other. */
int slice_compare(struct slice a, struct slice b);

/* ASCII letters compared without case. */
bool slice_equal_nocase(struct slice a, struct slice b);

/* Without ASCII white space (and U+00A0) at both ends. */
struct slice slice_trim(struct slice s);

/* Cuts off what stands before `separator` and returns it; `*rest` becomes what follows. Without a separator the whole
 * text is returned and `*rest` is {NULL, 0}. */
struct slice slice_cut(struct slice *rest, char separator);

bool slice_starts_with(struct slice s, struct slice prefix);
bool slice_ends_with(struct slice s, struct slice suffix);

/* The position of `needle` in `s`, or -1. */
ptrdiff_t slice_find(struct slice s, struct slice needle);

#endif
