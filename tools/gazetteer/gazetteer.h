/* gazetteer.h - the compiler of gazetteer.bin: reads packaged data into one builder and writes the file.
 *
 * Input: dumps of GeoNames, further lists of settlements and airports, GeoNames' names in many languages
 * (libgeonames-common), ISO 3166 with its translations (iso-codes), and the project's own short tables beside this
 * file. The bytes written depend on nothing else. A program, not a library: any failure ends it with a message.
 */
#ifndef GAZETTEER_H
#define GAZETTEER_H

#include "base/arena.h"
#include "base/array.h"
#include "base/map.h"
#include "value/concept.h"
#include "value/place_file.h"
#include "value/place_key.h"
#include "value/place_words.h"

struct label {
    uint32_t settlement, language, text;
    int rank; /* of the catalogue it came from; the lowest wins */
};

/* A code of a settlement, by the settlement's number. */
struct coded {
    uint32_t geonames, code;
    enum place_code_system system;
};

struct alias {
    uint32_t geonames, name;
    enum name_quality quality;
};

struct builder {
    struct intern pool;    /* texts … */
    uint32_t *pool_offset; /* … and where they stand, made by write */
    struct country countries[300];
    uint32_t country_text[300][N_LANGUAGES];
    size_t n_countries;
    struct subdivision *subdivisions;
    uint32_t (*subdivision_text)[N_LANGUAGES];
    uint16_t *groups;
    size_t n_subdivisions, room_subdivisions;
    struct settlement_row *settlements;
    size_t n_settlements, room_settlements;
    struct map numbers; /* GeoNames ids that a dump had */
    struct label *labels;
    size_t n_labels, room_labels;
    struct intern alias_texts; /* apart from the pool: only their keys are written */
    struct alias *aliases;
    size_t n_aliases, room_aliases;
    struct coded *codes;
    size_t n_codes, room_codes;
    struct district_row *districts;
    size_t n_districts, room_districts;
    struct name_row *names;
    size_t n_names, room_names;
    struct spelling_row *spellings; /* `unused` holds the country until written */
    size_t n_spellings, room_spellings;
    struct word_row *words;
    size_t n_words, room_words;
    struct region regions[64];
    uint32_t region_text[64][N_LANGUAGES];
    size_t n_regions;
    struct sea_row seas[200]; /* row 0 is none */
    uint32_t sea_text[200][N_LANGUAGES];
    size_t n_seas;
};

/* Ends the program. */
void die(const char *format, ...) COMITY_PRINTF(1, 2) __attribute__((noreturn));
#define GROW(array, count, room)                                                                                       \
    do {                                                                                                               \
        if (!ARRAY_ROOM(array, count, room, 1))                                                                        \
            die("out of memory");                                                                                      \
    } while (0)

/* cities.c: a dump of GeoNames. */
void read_cities(struct builder *b, const char *path);
/* After the last source: sorts the settlements and files their names. */
void sort_cities(struct builder *b);
/* After all cities: label points of countries and subdivisions. */
void place_labels(struct builder *b);
/* Puts the label point of a country that is no more between those of the countries that followed it ("CZ SK"). */
void label_between(struct builder *b, uint16_t country, const char *heirs);

/* more.c: sources of settlements without GeoNames ids; after the dumps. */
void read_more_cities(struct builder *b, const char *folder);
void read_more_districts(struct builder *b, const char *folder);
void read_world_cities(struct builder *b, const char *path);
void read_airports(struct builder *b, const char *path);
/* UN/LOCODE of the towns that have a port; adds no place. */
void read_ports(struct builder *b, const char *path);

/* catalogue.c: one gettext catalogue, as pairs in the order of the file. */
struct message {
    struct slice id, text;
};
struct catalogue {
    struct file_map map;
    struct message *messages; /* sorted by id, as gettext keeps them */
    size_t n;
};
/* False when there is no such file. */
bool catalogue_open(struct catalogue *c, const char *path);
struct slice catalogue_get(const struct catalogue *c, struct slice id);
void catalogue_close(struct catalogue *c);

/* geonames.c */
void read_subdivision_codes(struct builder *b, const char *locale_folder);
/* The subdivision with this English label, dressed or not; SUBDIVISION_NONE. */
uint16_t labelled_subdivision(const struct builder *b, uint16_t country, struct slice name);
void read_geonames_names(struct builder *b, const char *locale_folder, const char *const *languages, size_t n);

/* iso.c */
void read_iso_countries(struct builder *b, const char *iso_folder);
void read_iso_names(
    struct builder *b, const char *iso_folder, const char *locale_folder, const char *const *languages, size_t n);

/* corrections.c: the tables beside the sources. read_points() before sort_cities(). */
void read_words(struct builder *b, const char *folder);
void read_points(struct builder *b, const char *folder);
void read_corrections(struct builder *b, const char *folder);

/* names.c */
void builder_release(struct builder *b);
/* Our own numbers for what has no GeoNames id: made of its bytes, with the top bit set, as no GeoNames id is that high.
 */
uint32_t own_number(const char *code, struct slice name);
/* `code` is the area's in its source: "CO.29.76126". Call sort_districts after the last and before naming more. */
uint32_t add_district(struct builder *b, uint16_t parent, const char *code, bool is_province, struct slice name);
/* After the last: sorts them; their names follow. */
void sort_districts(struct builder *b);
uint32_t add_text(struct builder *b, struct slice text); /* 0 for an empty text */
/* Another name of a settlement, filed by sort_cities(). */
void add_alias(struct builder *b, uint32_t geonames, enum name_quality quality, struct slice name);
/* A code of a settlement, filed by sort_cities(); and one of any target, filed at once. */
void add_city_code(struct builder *b, uint32_t geonames, enum place_code_system system, struct slice code);
void add_code(
    struct builder *b, enum name_target kind, uint32_t target, enum place_code_system system, struct slice code);
struct place_words builder_words(const struct builder *b);
uint16_t find_country(const struct builder *b, struct slice alpha2); /* COUNTRY_NONE */
uint16_t find_subdivision(const struct builder *b, struct slice code);
size_t find_settlement(const struct builder *b, uint32_t geonames); /* SIZE_MAX */
/* Files a name with its stripped and sound forms. */
void add_name(struct builder *b, enum name_target kind, uint32_t target, uint16_t country, enum name_quality quality,
    struct slice name);
void add_sea_name(struct builder *b, uint32_t sea, struct slice name);
void add_country_name(struct builder *b, uint16_t country, enum name_quality quality, struct slice name);
/* Whether a name of the subdivision is filed under this plain key. */
uint32_t named_subdivision(const struct builder *b, uint16_t country, struct slice key);
void sort_names(struct builder *b);
/* 0 … 6 for a language that has labels ("pt_BR" → Portuguese), with its rank; -1. */
int label_of_catalogue(const char *language, int *rank);

/* write.c */
void write_gazetteer(struct builder *b, const char *path);

#endif
