/* One pass with a heap-less insertion: lists are short. */
#include "value/place_list.h"

#include "value/place_file.h"

static bool is_before(const struct settlement *a, const struct settlement *b)
{
    return a->population != b->population ? a->population > b->population : a->geonames < b->geonames;
}

static size_t insert(struct settlement *out, size_t n, size_t room, struct settlement one)
{
    if (n == room && (room == 0 || !is_before(&one, &out[n - 1])))
        return n;
    size_t at = n < room ? n++ : n - 1;
    for (; at > 0 && is_before(&one, &out[at - 1]); at--)
        out[at] = out[at - 1];
    out[at] = one;
    return n;
}

size_t gazetteer_largest(const struct gazetteer *gazetteer, uint16_t country, struct settlement *out, size_t room)
{
    const struct country_table *table = &gazetteer->table;
    size_t n = 0;
    for (size_t i = 0; i < table->n_settlements; i++) {
        const struct settlement_row *row = &table->settlements[i];
        if (row->country != country || row->rank <= SETTLEMENT_SECTION || row->subdivision == SUBDIVISION_NONE)
            continue;
        n = insert(out, n, room, (struct settlement){row->geonames, row->population, row->subdivision});
    }
    return n;
}
