/* A dump of GeoNames as its publisher makes it (https://download.geonames.org/export/dump/readme.txt): tab-separated,
 * without a header or quotes, one place a line. cities500.txt, a country's file or allCountries.txt all serve; lines
 * that are no populated place of today are passed over. What stands in a later dump again is passed over too.
 */
#include "gazetteer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum dump_column {
    DUMP_ID,
    DUMP_NAME,
    DUMP_ASCII,
    DUMP_ALTERNATES, /* parted by commas, in all languages, without saying which */
    DUMP_LATITUDE,
    DUMP_LONGITUDE,
    DUMP_CLASS,
    DUMP_CODE,
    DUMP_COUNTRY,
    DUMP_OTHER_COUNTRIES,
    DUMP_ADMIN1,
    DUMP_ADMIN2,
    DUMP_ADMIN3,
    DUMP_ADMIN4,
    DUMP_POPULATION,
    N_DUMP_COLUMNS
};

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

static double number_of(struct slice cell)
{
    char text[24];
    snprintf(text, sizeof text, "%.*s", SLICE_ARG(cell));
    return strtod(text, NULL);
}

/* One line's cells; false for what is no settlement of today. */
static bool is_settlement(struct slice line, struct slice *cells)
{
    for (size_t i = 0; i < N_DUMP_COLUMNS; i++)
        cells[i] = slice_cut(&line, '\t');
    return cells[DUMP_NAME].len && slice_is(cells[DUMP_CLASS], "P") && !is_gone(cells[DUMP_CODE]);
}

static uint16_t subdivision_of(const struct builder *b, const struct slice *cells)
{
    char code[16];
    int len = snprintf(code, sizeof code, "%.*s.%.*s", SLICE_ARG(cells[DUMP_COUNTRY]), SLICE_ARG(cells[DUMP_ADMIN1]));
    return len > 0 && (size_t)len < sizeof code ? find_subdivision(b, slice_of(code, (size_t)len)) : SUBDIVISION_NONE;
}

/* "LSH" and "BOG" are codes of airports, not names that a text means. */
static bool is_code(struct slice name)
{
    if (name.len > 4)
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] < 'A' || name.ptr[i] > 'Z')
            return false;
    return true;
}

static void add_alternates(struct builder *b, uint32_t geonames, struct slice list)
{
    while (list.len) {
        struct slice name = slice_trim(slice_cut(&list, ','));
        if (name.len && !is_code(name))
            add_alias(b, geonames, NAME_VARIANT, name);
    }
}

static void add_city(struct builder *b, const struct slice *cells)
{
    uint16_t country = find_country(b, cells[DUMP_COUNTRY]);
    double id = number_of(cells[DUMP_ID]);
    bool is_new = false;
    if (country == COUNTRY_NONE || id < 1 || id > INT32_MAX)
        return;
    if (!map_put(&b->numbers, (uint64_t)id, &is_new))
        die("out of memory");
    if (!is_new)
        return;
    GROW(b->settlements, b->n_settlements, b->room_settlements);
    b->settlements[b->n_settlements++] = (struct settlement_row){
        .geonames = (uint32_t)id,
        .lat_e5 = (int32_t)lround(number_of(cells[DUMP_LATITUDE]) * 1e5),
        .lon_e5 = (int32_t)lround(number_of(cells[DUMP_LONGITUDE]) * 1e5),
        .population = (uint32_t)number_of(cells[DUMP_POPULATION]),
        .name = add_text(b, cells[DUMP_NAME]),
        .country = country,
        .subdivision = subdivision_of(b, cells),
        .rank = (uint8_t)rank_of(cells[DUMP_CODE]),
    };
    add_alternates(b, (uint32_t)id, cells[DUMP_ALTERNATES]);
}

void read_cities(struct builder *b, const char *path)
{
    struct file_map map;
    struct comity_error err;
    if (file_map(&map, path, &err) != COMITY_OK)
        die("%s", err.message);
    struct slice rest = slice_of(map.ptr, map.len), cells[N_DUMP_COLUMNS];
    size_t before = b->n_settlements;
    while (rest.len)
        if (is_settlement(slice_cut(&rest, '\n'), cells))
            add_city(b, cells);
    file_unmap(&map);
    if (b->n_settlements == before)
        die("'%s' is no dump of GeoNames: not one line of it is a populated place", path);
}

/* ---- after the last source ---- */

static int by_country(const void *a, const void *b)
{
    const struct settlement_row *x = a, *y = b;
    if (x->country != y->country)
        return x->country < y->country ? -1 : 1;
    return (x->geonames > y->geonames) - (x->geonames < y->geonames);
}

static int by_geonames(const void *a, const void *b)
{
    uint32_t x = ((const struct settlement_row *)a)->geonames, y = ((const struct settlement_row *)b)->geonames;
    return (x > y) - (x < y);
}

/* A settlement whose first-level code the names do not have (countries redraw their map) takes that of its nearest
 * neighbour. */
static uint16_t neighbours_subdivision(const struct settlement_row *rows, size_t n, const struct settlement_row *row)
{
    uint16_t found = SUBDIVISION_NONE;
    double squeeze = cos(row->lat_e5 * 1e-5 * M_PI / 180), least = INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (!rows[i].subdivision)
            continue;
        double y = rows[i].lat_e5 - (double)row->lat_e5, x = (rows[i].lon_e5 - (double)row->lon_e5) * squeeze;
        if (x * x + y * y < least) {
            least = x * x + y * y;
            found = rows[i].subdivision;
        }
    }
    return found;
}

static void fill_subdivisions(struct builder *b)
{
    uint16_t *filled = calloc(b->n_settlements + 1, sizeof *filled);
    if (!filled)
        die("out of memory");
    for (size_t start = 0, end; start < b->n_settlements; start = end) {
        for (end = start; end < b->n_settlements && b->settlements[end].country == b->settlements[start].country;)
            end++;
        for (size_t i = start; i < end; i++)
            filled[i] = b->settlements[i].subdivision
                            ? b->settlements[i].subdivision
                            : neighbours_subdivision(&b->settlements[start], end - start, &b->settlements[i]);
    }
    for (size_t i = 0; i < b->n_settlements; i++)
        b->settlements[i].subdivision = filled[i];
    free(filled);
}

static void name_settlements(struct builder *b)
{
    for (size_t i = 0; i < b->n_settlements; i++) {
        const struct settlement_row *row = &b->settlements[i];
        add_name(b, TARGET_SETTLEMENT, (uint32_t)i, row->country, NAME_MAIN, intern_text(&b->pool, row->name));
    }
    for (size_t i = 0; i < b->n_aliases; i++) {
        size_t row = find_settlement(b, b->aliases[i].geonames);
        if (row != SIZE_MAX)
            add_name(b, TARGET_SETTLEMENT, (uint32_t)row, b->settlements[row].country, b->aliases[i].quality,
                intern_text(&b->alias_texts, b->aliases[i].name));
    }
}

static void file_codes(struct builder *b)
{
    for (size_t i = 0; i < b->n_codes; i++) {
        size_t row = find_settlement(b, b->codes[i].geonames);
        if (row != SIZE_MAX)
            add_code(b, TARGET_SETTLEMENT, (uint32_t)row, b->codes[i].system,
                intern_text(&b->alias_texts, b->codes[i].code));
    }
}

void sort_cities(struct builder *b)
{
    qsort(b->settlements, b->n_settlements, sizeof *b->settlements, by_country);
    fill_subdivisions(b);
    qsort(b->settlements, b->n_settlements, sizeof *b->settlements, by_geonames);
    name_settlements(b);
    file_codes(b);
}

/* ---- label points ---- */

/* Sums of unit vectors, so that areas across the date line get a point within them. */
struct centre {
    double x, y, z;
};

static void add_point(struct centre *c, int32_t lat_e5, int32_t lon_e5)
{
    double lat = lat_e5 * 1e-5 * M_PI / 180, lon = lon_e5 * 1e-5 * M_PI / 180;
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
        const struct settlement_row *row = &b->settlements[i];
        add_point(&countries[row->country], row->lat_e5, row->lon_e5);
        add_point(&subdivisions[row->subdivision], row->lat_e5, row->lon_e5);
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

void label_between(struct builder *b, uint16_t country, const char *heirs)
{
    struct centre c = {0};
    for (struct slice codes = slice_from(heirs); codes.len;) {
        const struct country *heir = &b->countries[find_country(b, slice_cut(&codes, ' '))];
        add_point(&c, heir->lat_e5, heir->lon_e5);
    }
    set_point(&c, &b->countries[country].lat_e5, &b->countries[country].lon_e5);
}
