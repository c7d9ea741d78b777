/* Slices are views, so that cells, lines and request parts are never copied before somebody needs to keep them. */
#include "base/slice.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

int slice_compare(struct slice a, struct slice b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.ptr, b.ptr, n) : 0;
    if (order)
        return order;
    return a.len < b.len ? -1 : a.len > b.len;
}

bool slice_equal_nocase(struct slice a, struct slice b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

static size_t space_at_start(struct slice s)
{
    if (s.len && (s.ptr[0] == ' ' || (s.ptr[0] >= '\t' && s.ptr[0] <= '\r')))
        return 1;
    return s.len >= 2 && memcmp(s.ptr, "\xC2\xA0", 2) == 0 ? 2 : 0;
}

static size_t space_at_end(struct slice s)
{
    char last = s.len ? s.ptr[s.len - 1] : 'x';
    if (last == ' ' || (last >= '\t' && last <= '\r'))
        return 1;
    return s.len >= 2 && memcmp(s.ptr + s.len - 2, "\xC2\xA0", 2) == 0 ? 2 : 0;
}

struct slice slice_trim(struct slice s)
{
    size_t n;
    while ((n = space_at_start(s)))
        s = slice_of(s.ptr + n, s.len - n);
    while ((n = space_at_end(s)))
        s.len -= n;
    return s;
}

struct slice slice_cut(struct slice *rest, char separator)
{
    struct slice whole = *rest;
    const char *at = whole.len ? memchr(whole.ptr, separator, whole.len) : NULL;
    if (!at) {
        *rest = SLICE_EMPTY;
        return whole;
    }
    size_t before = (size_t)(at - whole.ptr);
    *rest = slice_of(at + 1, whole.len - before - 1);
    return slice_of(whole.ptr, before);
}

bool slice_starts_with(struct slice s, struct slice prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

bool slice_ends_with(struct slice s, struct slice suffix)
{
    return s.len >= suffix.len && (suffix.len == 0 || memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

ptrdiff_t slice_find(struct slice s, struct slice needle)
{
    if (needle.len == 0)
        return 0;
    if (s.len < needle.len)
        return -1;
    const char *at = memmem(s.ptr, s.len, needle.ptr, needle.len);
    return at ? at - s.ptr : -1;
}
