/* place_file.h - the layout of gazetteer.bin; private to the gazetteer's compiler (tools/gazetteer) and reader
 * (place*.c).
 *
 * A header, then tables of fixed-size rows, each beginning at a multiple of 8, in the byte order of the machine: the
 * file is made where it is used and is mapped as it is. Texts are offsets into one pool; each is preceded there by its
 * length in two bytes. Raise PLACE_FILE_VERSION with any change.
 */
#ifndef VALUE_PLACE_FILE_H
#define VALUE_PLACE_FILE_H

#include "base/file.h"
#include "value/place.h"

#define PLACE_FILE_MAGIC "COMITYGZ"
enum { PLACE_FILE_VERSION = 9 };

enum place_table {
    TABLE_POOL,             /* bytes */
    TABLE_COUNTRIES,        /* struct country; row 0 is none */
    TABLE_COUNTRY_TEXT,     /* uint32_t[N_LANGUAGES] a country: labels */
    TABLE_COUNTRY_ROWS,     /* struct country_rows a country */
    TABLE_SUBDIVISIONS,     /* struct subdivision; row 0 is none; sorted by code */
    TABLE_SUBDIVISION_TEXT, /* uint32_t[N_LANGUAGES] a subdivision */
    TABLE_GROUPS,           /* uint16_t a subdivision: those of one number lie, or lay, within each other; 0 */
    TABLE_SETTLEMENTS,      /* struct settlement_row, sorted by GeoNames id */
    TABLE_LABELS,           /* struct label_row, sorted by settlement and language */
    TABLE_DISTRICTS,        /* struct district_row; row 0 is none */
    TABLE_NAMES,            /* struct name_row, sorted by hash, country, quality and target */
    TABLE_SPELLINGS,        /* struct spelling_row, grouped by country: what approximate search goes through */
    TABLE_WORDS,            /* struct word_row, sorted by hash */
    TABLE_REGIONS,          /* struct region, large before small */
    TABLE_REGION_TEXT,      /* uint32_t[N_LANGUAGES] a region */
    TABLE_SEAS,             /* struct sea_row; row 0 is none */
    TABLE_SEA_TEXT,         /* uint32_t[N_LANGUAGES] a sea */
    N_PLACE_TABLES
};

struct place_header {
    char magic[8];
    uint32_t version, n_tables;
    uint64_t size, checksum; /* of the whole file; hash_bytes of all that follows the header */
    uint32_t credit, unused; /* a text */
    struct {
        uint64_t offset, rows;
    } tables[N_PLACE_TABLES];
};

struct country_rows {
    uint32_t first_spelling, n_spellings;
    uint16_t first_subdivision, n_subdivisions;
};

enum settlement_rank {
    SETTLEMENT_AIRPORT,  /* by its own name and with its own point */
    SETTLEMENT_CROSSING, /* of a border */
    SETTLEMENT_SECTION,
    SETTLEMENT_PLAIN,
    SETTLEMENT_SEAT,
    SETTLEMENT_FIRST_SEAT,
    SETTLEMENT_CAPITAL
};

struct settlement_row {
    uint32_t geonames;
    int32_t lat_e5, lon_e5;
    uint32_t population;
    uint32_t name;
    uint16_t country, subdivision;
    uint8_t rank; /* enum settlement_rank */
    uint8_t unused[3];
};

struct label_row {
    uint32_t settlement, language, text;
};

/* A second-level area that the text may name: a province of Italy or Spain. */
struct district_row {
    uint16_t country, subdivision;
    uint32_t name;
    uint32_t number;      /* our own, in the place of a GeoNames id; the table is sorted by it */
    uint32_t is_province; /* it stands in ISO 3166-2, and columns of divisions tend to name it */
};

struct sea_row {
    uint32_t number;     /* our own, in the place of a GeoNames id */
    uint32_t is_general; /* "high seas": a named sea beside it says more */
};

enum name_target { TARGET_COUNTRY, TARGET_SUBDIVISION, TARGET_DISTRICT, TARGET_SETTLEMENT, TARGET_SEA };
enum name_quality {
    NAME_MAIN,
    NAME_ALTERNATE,
    NAME_VARIANT,   /* of GeoNames' unlabelled lists: names in any language, of its parts and of the past */
    NAME_STRIPPED,  /* of dressing that says "area": Oblast */
    NAME_UNDRESSED, /* of other dressing */
    NAME_PART,      /* a quarter or commune of the settlement */
    NAME_HEAD,      /* "San Lorenzo" of "San Lorenzo de Esmeraldas" */
    NAME_SOUND,
    NAME_CODE,
    NAME_OLD
};

struct name_row {
    uint64_t hash;
    uint32_t target; /* a row of the table that `kind` says */
    uint16_t country;
    uint8_t kind, quality;
};

struct spelling_row {
    uint32_t text;    /* a sound key */
    uint32_t letters; /* bit n: the letter 'a' + n is in it */
    uint32_t target;
    uint8_t kind, len;
    uint16_t unused;
};

/* What a word of dressing says of the name it stands with. */
enum word_class {
    WORD_NONE,
    WORD_SUBDIVISION, /* oblast, departamento, province */
    WORD_DISTRICT,    /* rayon, district, comuna */
    WORD_SETTLEMENT,  /* gorod, city, ville de */
    WORD_FACILITY,    /* airport, prison: something in or near the settlement */
    WORD_AGENCY,      /* police, customs, NCB: who, not where */
    WORD_ARTICLE,     /* el, la: may follow the name in parentheses */
    WORD_STREET,      /* calle, ul: the text is an address; its words are no names of places */
    WORD_NOISE,       /* (CT), DC: nothing */
    WORD_AIRPORT,     /* airport, aeropuerto: a facility whose own name and point are known */
    WORD_NEAR,        /* near, cerca de: not in the settlement, but beside it */
    WORD_ROAD         /* carretera, highway: a street that leads from one settlement to another */
};

struct word_row {
    uint64_t hash;
    uint16_t country; /* COUNTRY_NONE: everywhere */
    uint8_t class, unused[5];
};

struct country_table {
    struct file_map map;
    const struct place_header *header;
    const char *pool;
    const struct country *countries;
    size_t n_countries;
    const uint32_t *country_text;
    const struct country_rows *country_rows;
    const struct subdivision *subdivisions;
    size_t n_subdivisions;
    const uint32_t *subdivision_text;
    const uint16_t *groups;
    const struct settlement_row *settlements;
    size_t n_settlements;
    const struct label_row *labels;
    size_t n_labels;
    const struct district_row *districts;
    size_t n_districts;
    const struct name_row *names;
    size_t n_names;
    const struct spelling_row *spellings;
    size_t n_spellings;
    const struct word_row *words;
    size_t n_words;
    const struct region *regions;
    size_t n_regions;
    const uint32_t *region_text;
    const struct sea_row *seas;
    size_t n_seas;
    const uint32_t *sea_text;
};

/* One mapped file serves as both: the country table is the part of it that value/country.h may see. */
struct gazetteer {
    struct country_table table;
};

/* The text at `offset` of the pool. */
struct slice place_text(const struct country_table *table, uint32_t offset);

/* The row of a settlement by its number; SIZE_MAX. */
size_t place_settlement(const struct country_table *table, uint32_t geonames);
/* A second-level area by its number, or null. */
const struct district_row *place_district(const struct country_table *table, uint32_t number);
/* The row of a sea by its number; 0 when there is none. */
uint32_t place_sea(const struct country_table *table, uint32_t number);

/* The names with this hash: the first of `*n` neighbouring rows, or null. */
const struct name_row *place_names(const struct country_table *table, uint64_t hash, size_t *n);

#endif
