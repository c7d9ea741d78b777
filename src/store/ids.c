/* LEB128 as DWARF has it (version 5, section 7.6). Numbers that break off or are too long end the list. */
#include "store/ids.h"

bool ids_take(struct slice *rest, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < rest->len && i < 10; i++) {
        uint64_t byte = (unsigned char)rest->ptr[i];
        *number |= (byte & 0x7F) << (7 * i);
        if (byte & 0x80)
            continue;
        *rest = slice_of(rest->ptr + i + 1, rest->len - i - 1);
        return true;
    }
    return false;
}

bool id_runs_next(struct id_runs *runs, uint64_t *id)
{
    uint64_t gap, more;
    if (!runs->n_left) {
        if (!ids_take(&runs->rest, &gap) || !ids_take(&runs->rest, &more))
            return false;
        runs->next += gap;
        runs->n_left = more + 1;
    }
    runs->n_left--;
    *id = runs->next++;
    return true;
}

void id_runs_write(struct buffer *out, const uint64_t *ids, size_t n)
{
    uint64_t end = 0;
    for (size_t at = 0, len; at < n; at += len) {
        for (len = 1; at + len < n && ids[at + len] == ids[at] + len; len++)
            ;
        buffer_add_varint(out, ids[at] - end);
        buffer_add_varint(out, len - 1);
        end = ids[at] + len;
    }
}
