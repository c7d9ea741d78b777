/* A compiled gettext catalogue (the format is in gettext's manual, "The Format of GNU MO Files"). */
#include "gazetteer.h"

#include <stdlib.h>

static struct slice string_at(const struct file_map *map, uint32_t table, uint32_t i)
{
    uint32_t len, offset;
    if ((size_t)table + 8u * (i + 1) > map->len)
        die("a catalogue is cut off");
    memcpy(&len, map->ptr + table + 8u * i, 4);
    memcpy(&offset, map->ptr + table + 8u * i + 4, 4);
    if ((size_t)offset + len > map->len)
        die("a catalogue is cut off");
    return slice_of(map->ptr + offset, len);
}

bool catalogue_open(struct catalogue *c, const char *path)
{
    *c = (struct catalogue){0};
    if (file_map(&c->map, path, NULL) != COMITY_OK)
        return false;
    uint32_t head[5];
    if (c->map.len < sizeof head)
        die("'%s' is no catalogue", path);
    memcpy(head, c->map.ptr, sizeof head);
    if (head[0] != 0x950412de)
        die("'%s' is no catalogue of this machine's byte order", path);
    c->n = head[2];
    c->messages = calloc(c->n + 1, sizeof *c->messages);
    if (!c->messages)
        die("out of memory");
    for (uint32_t i = 0; i < c->n; i++)
        c->messages[i] = (struct message){string_at(&c->map, head[3], i), string_at(&c->map, head[4], i)};
    return true;
}

struct slice catalogue_get(const struct catalogue *c, struct slice id)
{
    size_t low = 0, high = c->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = slice_compare(c->messages[middle].id, id);
        if (order == 0)
            return c->messages[middle].text;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return SLICE_EMPTY;
}

void catalogue_close(struct catalogue *c)
{
    file_unmap(&c->map);
    free(c->messages);
}
