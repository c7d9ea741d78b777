/* One pass over the characters, by ICU's decoder and its classes. */
#include "files/file_name.h"

#include <assert.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

static struct slice last_component(struct slice name)
{
    for (size_t i = name.len; i > 0; i--) {
        if (name.ptr[i - 1] == '/' || name.ptr[i - 1] == '\\')
            return slice_of(name.ptr + i, name.len - i);
    }
    return name;
}

/* Controls, format characters (joiners, marks of direction), separators of lines, private use, halves of pairs and
 * what is no character at all. */
static bool is_kept(UChar32 c)
{
    return !(U_GET_GC_MASK(c) & (U_GC_C_MASK | U_GC_ZL_MASK | U_GC_ZP_MASK));
}

static bool is_edge(char byte)
{
    return byte == ' ' || byte == '.';
}

/* Up to `most` bytes; returns how many. */
static size_t copy_characters(struct slice name, char *out, size_t most)
{
    size_t len = 0;
    for (size_t i = 0; i < name.len;) {
        UChar32 c;
        uint8_t piece[U8_MAX_LENGTH];
        size_t n = 0;
        U8_NEXT((const uint8_t *)name.ptr, i, name.len, c);
        c = c < 0 ? '_' : c;
        if (!is_kept(c) || (len == 0 && c < 0x80 && is_edge((char)c)))
            continue;
        U8_APPEND_UNSAFE(piece, n, c);
        if (len + n > most)
            break;
        memcpy(out + len, piece, n);
        len += n;
    }
    while (len && is_edge(out[len - 1]))
        len--;
    return len;
}

void file_name_clean(struct slice name, enum file_kind kind, char out[FILE_NAME_MOST + 1])
{
    struct slice ending = slice_from(file_kind_ending(kind)), last = last_component(name);
    bool fits = file_kind_has_ending(kind, last) && last.len <= FILE_NAME_MOST;
    size_t most = fits ? FILE_NAME_MOST : FILE_NAME_MOST - ending.len;
    size_t len = copy_characters(last, out, most);
    if (!file_kind_has_ending(kind, slice_of(out, len))) {
        len = len ? len : copy_characters(SLICE("file"), out, most);
        assert(len + ending.len <= FILE_NAME_MOST); /* one that fitted lost its ending with all before it: "..jpg" */
        memcpy(out + len, ending.ptr, ending.len);
        len += ending.len;
    }
    out[len] = '\0';
}
