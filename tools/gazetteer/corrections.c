/* The project's own tables: tab-separated, '#' begins a comment line, the last column tells the source. */
#include "gazetteer.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct table {
    struct file_map map;
    char path[512];
    struct slice rest;
    unsigned line;
};

static void table_open(struct table *t, const char *folder, const char *name)
{
    struct comity_error err;
    *t = (struct table){0};
    snprintf(t->path, sizeof t->path, "%s/%s", folder, name);
    if (file_map(&t->map, t->path, &err) != COMITY_OK)
        die("%s", err.message);
    t->rest = slice_of(t->map.ptr, t->map.len);
}

/* The next row's cells; empty ones where it has fewer. */
static bool table_next(struct table *t, struct slice *cells, size_t n)
{
    while (t->rest.len) {
        struct slice line = slice_cut(&t->rest, '\n');
        t->line++;
        if (!slice_trim(line).len || line.ptr[0] == '#')
            continue;
        for (size_t i = 0; i < n; i++)
            cells[i] = slice_trim(slice_cut(&line, '\t'));
        return true;
    }
    file_unmap(&t->map);
    return false;
}

static uint16_t country_or_any(const struct builder *b, const struct table *t, struct slice code)
{
    if (slice_is(code, "*"))
        return COUNTRY_NONE;
    uint16_t country = find_country(b, code);
    if (country == COUNTRY_NONE)
        die("%s:%u: no country '%.*s'", t->path, t->line, SLICE_ARG(code));
    return country;
}

static enum word_class class_of(const struct table *t, struct slice name)
{
    static const char *const NAMES[] = {"", "subdivision", "district", "settlement", "facility", "agency", "article",
        "street", "noise", "airport", "near", "road"};
    for (size_t i = 1; i < sizeof NAMES / sizeof *NAMES; i++)
        if (slice_is(name, NAMES[i]))
            return (enum word_class)i;
    die("%s:%u: no class '%.*s'", t->path, t->line, SLICE_ARG(name));
}

static int by_word(const void *a, const void *b)
{
    const struct word_row *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return x->country - y->country;
}

void read_words(struct builder *b, const char *folder)
{
    struct table t;
    struct slice cells[3];
    table_open(&t, folder, "words.tsv");
    while (table_next(&t, cells, 3)) {
        struct slice codes = cells[0];
        while (codes.len) {
            struct place_key key;
            place_key(cells[2], &key);
            GROW(b->words, b->n_words, b->room_words);
            b->words[b->n_words++] = (struct word_row){
                .hash = place_hash(place_key_slice(&key), PLACE_HASH_WORD),
                .country = country_or_any(b, &t, slice_cut(&codes, ',')),
                .class = (uint8_t)class_of(&t, cells[1]),
            };
        }
    }
    qsort(b->words, b->n_words, sizeof *b->words, by_word);
}

static void read_countries(struct builder *b, const char *folder)
{
    struct table t;
    struct slice cells[3];
    table_open(&t, folder, "countries.tsv");
    while (table_next(&t, cells, 3))
        add_country_name(
            b, country_or_any(b, &t, cells[0]), slice_is(cells[1], "old") ? NAME_OLD : NAME_ALTERNATE, cells[2]);
}

/* "CO.29" is a subdivision, "3688256" a settlement, "3871336+" or "BG.43+" parts of it. */
static void name_place(struct builder *b, const struct table *t, struct slice code, struct slice name)
{
    bool is_part = slice_ends_with(code, SLICE("+"));
    enum name_quality quality = is_part ? NAME_PART : NAME_ALTERNATE;
    uint16_t subdivision = find_subdivision(b, slice_of(code.ptr, code.len - is_part));
    if (subdivision) {
        add_name(b, TARGET_SUBDIVISION, subdivision, b->subdivisions[subdivision].country, quality, name);
        return;
    }
    size_t settlement = find_settlement(b, (uint32_t)strtoul(code.ptr, NULL, 10));
    if (settlement == SIZE_MAX)
        die("%s:%u: no place '%.*s'", t->path, t->line, SLICE_ARG(code));
    add_name(b, TARGET_SETTLEMENT, (uint32_t)settlement, b->settlements[settlement].country, quality, name);
}

static void read_names(struct builder *b, const char *folder)
{
    struct table t;
    struct slice cells[2];
    table_open(&t, folder, "names.tsv");
    while (table_next(&t, cells, 2)) {
        struct slice names = cells[1];
        while (names.len)
            name_place(b, &t, cells[0], slice_trim(slice_cut(&names, '|')));
    }
}

/* Border crossings and villages that no list has: a name with its point. */
void read_points(struct builder *b, const char *folder)
{
    struct table t;
    struct slice cells[5];
    table_open(&t, folder, "points.tsv");
    while (table_next(&t, cells, 5)) {
        char *end = NULL;
        double lat = strtod(cells[2].ptr, &end), lon = strtod(cells[3].ptr, NULL);
        uint16_t subdivision = find_subdivision(b, cells[0]);
        if (!subdivision || end == cells[2].ptr || fabs(lat) > 90 || fabs(lon) > 180)
            die("%s:%u: wanted a subdivision, a kind, a latitude, a longitude and names", t.path, t.line);
        struct slice names = cells[4], main_name = slice_trim(slice_cut(&names, '|'));
        uint32_t number = own_number(b->subdivisions[subdivision].code, main_name);
        GROW(b->settlements, b->n_settlements, b->room_settlements);
        b->settlements[b->n_settlements++] = (struct settlement_row){
            .geonames = number,
            .lat_e5 = (int32_t)lround(lat * 1e5),
            .lon_e5 = (int32_t)lround(lon * 1e5),
            .name = add_text(b, main_name),
            .country = b->subdivisions[subdivision].country,
            .subdivision = subdivision,
            .rank = slice_is(cells[1], "crossing")  ? SETTLEMENT_CROSSING
                    : slice_is(cells[1], "airport") ? SETTLEMENT_AIRPORT
                                                    : SETTLEMENT_PLAIN,
        };
        while (names.len)
            add_alias(b, number, NAME_ALTERNATE, slice_trim(slice_cut(&names, '|')));
    }
}

/* Whoever was with either is with both from now on. */
static void join_groups(struct builder *b, uint16_t one, uint16_t other)
{
    uint16_t group = b->groups[one] ? b->groups[one] : one, joined = b->groups[other];
    for (size_t i = 0; joined && i < b->n_subdivisions; i++)
        if (b->groups[i] == joined)
            b->groups[i] = group;
    b->groups[one] = b->groups[other] = group;
}

static void read_groups(struct builder *b, const char *folder)
{
    struct table t;
    struct slice cells[2];
    table_open(&t, folder, "groups.tsv");
    while (table_next(&t, cells, 2)) {
        uint16_t one = find_subdivision(b, cells[0]), other = find_subdivision(b, cells[1]);
        if (!one || !other)
            die("%s:%u: no such subdivision", t.path, t.line);
        join_groups(b, one, other);
    }
}

static void read_city_areas(struct builder *b, const char *folder)
{
    struct table t;
    struct slice cells[2];
    table_open(&t, folder, "city_areas.tsv");
    while (table_next(&t, cells, 2)) {
        uint16_t subdivision = find_subdivision(b, cells[0]);
        uint32_t city = (uint32_t)strtoul(cells[1].ptr, NULL, 10);
        if (!subdivision || find_settlement(b, city) == SIZE_MAX)
            die("%s:%u: no such subdivision or city", t.path, t.line);
        b->subdivisions[subdivision].city = city;
    }
}

/* Seven cells in the order of the languages of labels. */
static void set_labels(struct builder *b, uint32_t texts[N_LANGUAGES], const struct slice *cells)
{
    for (int language = 0; language < N_LANGUAGES; language++)
        texts[language] = add_text(b, cells[language]);
}

enum { REGION_COLUMNS = 10, SEA_COLUMNS = 10 };

static uint16_t region_number(const struct table *t, struct slice cell)
{
    unsigned long number = strtoul(cell.len ? cell.ptr : "", NULL, 10);
    if (number > 999)
        die("%s:%u: no number of M49", t->path, t->line);
    return (uint16_t)number;
}

static void add_region(struct builder *b, const struct table *t, const struct slice *cells)
{
    if (b->n_regions == sizeof b->regions / sizeof *b->regions)
        die("%s:%u: too many regions", t->path, t->line);
    b->regions[b->n_regions] = (struct region){region_number(t, cells[0]), region_number(t, cells[1])};
    set_labels(b, b->region_text[b->n_regions], cells + 2);
    b->n_regions++;
}

/* The lines of regions, and one of those that are no Member States, which begins with "-". */
static void read_regions(struct builder *b, const char *folder)
{
    struct table t;
    struct slice cells[REGION_COLUMNS];
    for (size_t i = 1; i < b->n_countries; i++)
        b->countries[i].is_member = true;
    table_open(&t, folder, "regions.tsv");
    while (table_next(&t, cells, REGION_COLUMNS)) {
        bool is_region = !slice_is(cells[0], "-");
        struct slice codes = cells[REGION_COLUMNS - 1];
        if (is_region)
            add_region(b, &t, cells);
        while (codes.len) {
            uint16_t country = country_or_any(b, &t, slice_cut(&codes, ' '));
            if (is_region)
                b->countries[country].region = b->regions[b->n_regions - 1].m49;
            else
                b->countries[country].is_member = false;
        }
    }
}

static void add_sea(struct builder *b, const struct table *t, const struct slice *cells)
{
    if (b->n_seas == sizeof b->seas / sizeof *b->seas)
        die("%s:%u: too many seas", t->path, t->line);
    uint32_t row = (uint32_t)b->n_seas++;
    b->seas[row] = (struct sea_row){own_number("sea", cells[0]), slice_is(cells[1], "general")};
    set_labels(b, b->sea_text[row], cells + 2);
    for (int language = 0; language < N_LANGUAGES; language++)
        add_sea_name(b, row, cells[2 + language]);
    for (struct slice names = cells[SEA_COLUMNS - 1]; names.len;)
        add_sea_name(b, row, slice_trim(slice_cut(&names, '|')));
}

static void read_seas(struct builder *b, const char *folder)
{
    struct table t;
    struct slice cells[SEA_COLUMNS];
    b->n_seas = 1;
    table_open(&t, folder, "seas.tsv");
    while (table_next(&t, cells, SEA_COLUMNS))
        add_sea(b, &t, cells);
}

static void read_codes(struct builder *b, const char *folder)
{
    static const char *const SYSTEMS[] = {PLACE_CODE_SYSTEMS};
    struct table t;
    struct slice cells[3];
    table_open(&t, folder, "codes.tsv");
    while (table_next(&t, cells, 3)) {
        unsigned system = 0;
        uint16_t subdivision = find_subdivision(b, cells[2]);
        while (system < N_CODE_SYSTEMS && !slice_is(cells[0], SYSTEMS[system]))
            system++;
        if (system == N_CODE_SYSTEMS || !subdivision)
            die("%s:%u: wanted a system of codes, a code and a subdivision", t.path, t.line);
        add_code(b, TARGET_SUBDIVISION, subdivision, (enum place_code_system)system, cells[1]);
    }
}

void read_corrections(struct builder *b, const char *folder)
{
    read_codes(b, folder);
    read_seas(b, folder);
    read_regions(b, folder);
    read_countries(b, folder);
    read_names(b, folder);
    read_groups(b, folder);
    read_city_areas(b, folder);
}
