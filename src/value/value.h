/* value.h - one typed, normalised reading of a field.
 *
 * A value says what was understood (state), how exactly (precision), how surely (confidence) and what is odd about it
 * (flags). The raw text stays in the record; a value never replaces it.
 *
 * Codes, not pointers: units, concepts, categories, countries and subdivisions are dense numbers of the tables that a
 * `struct value_spec` names (the domain pack loads them; value/ knows no domain). Numbers live as long as the loaded
 * tables; whatever is stored goes through value_pack(), which writes stable codes as text instead.
 *
 * Adding a type: one file src/value/<type>.c with parse, normalise, compare-ready form, format; a line in
 * VALUE_TYPE_TABLE; a fuzz target.
 */
#ifndef VALUE_VALUE_H
#define VALUE_VALUE_H

#include "base/arena.h"
#include "base/buffer.h"
#include "comity.h"

struct folding;        /* text/fold.h */
struct unit_table;     /* value/quantity.h */
struct concept_tree;   /* value/concept.h */
struct category_table; /* value/category.h */
struct country_table;  /* value/country.h */
struct gazetteer;      /* value/place.h */

#define VALUE_TYPE_TABLE(X)                                                                                            \
    X(NONE, "none")                                                                                                    \
    X(DATE, "date")                                                                                                    \
    X(QUANTITY, "quantity")                                                                                            \
    X(CONCEPT, "concept")                                                                                              \
    X(PLACE, "place")                                                                                                  \
    X(COUNTRY, "country")                                                                                              \
    X(CATEGORY, "category")                                                                                            \
    X(COUNT, "count")                                                                                                  \
    X(IDENTIFIER, "identifier")                                                                                        \
    X(TEXT, "text")                                                                                                    \
    X(NAME, "name")

/* Languages of labels, in this order: the six of the United Nations and Portuguese. */
enum { LANGUAGE_EN, LANGUAGE_ES, LANGUAGE_FR, LANGUAGE_PT, LANGUAGE_RU, LANGUAGE_AR, LANGUAGE_ZH, N_LANGUAGES };
/* The number of "es" or "es-CO"; LANGUAGE_EN for what is not in the list (and for null). */
int language_number(const char *language);
const char *language_code(int number);

enum value_type {
#define X(symbol, name) VALUE_##symbol,
    VALUE_TYPE_TABLE(X)
#undef X
        VALUE_N_TYPES
};

enum value_state {
    VALUE_ABSENT, /* the column is not there, or its cell is empty */
    VALUE_NULL,   /* a null token: the source says that it does not know ("--", "Unknown") */
    VALUE_UNREAD, /* there is a text that we could not type; kept in `text`, counted, shown to be mapped */
    VALUE_TYPED
};

/* How exact a value is, coarser upwards within its type. */
enum value_precision {
    PRECISION_NONE,
    DATE_DAY = 1,
    DATE_RANGE, /* several days that are not a whole month or year */
    DATE_MONTH,
    DATE_YEAR,
    PLACE_POINT = 1, /* coordinates given by the source */
    PLACE_SETTLEMENT,
    PLACE_DISTRICT, /* a second-level area: it has no point on the map of its own right */
    PLACE_SUBDIVISION,
    PLACE_COUNTRY,
    PLACE_SEA, /* a sea area: no point, no subdivision, and in no country; the country is that of the record */
    QUANTITY_EXACT = 1,
    QUANTITY_ROUNDED, /* "about", "more than" */
};

enum value_flags {
    VALUE_IMPLAUSIBLE = 1, /* an unlikely magnitude: one record says 4,500,000 kg */
    VALUE_AMBIGUOUS = 2,   /* other readings were possible; the likeliest was taken */
    VALUE_APPROXIMATE = 4, /* read through a spelling that differs */
    VALUE_OLD_NAME = 8,    /* a name of its day (Swaziland) */
    VALUE_SETTLED = 16     /* a person settled what the name means; never packed */
};

#define COUNTRY_NONE 0     /* index 0 of a country table stands for "none" */
#define SUBDIVISION_NONE 0 /* likewise */

struct value {
    uint8_t type, state, precision, flags;
    uint8_t confidence; /* 0 … 100; 100 for an exact reading */
    union {
        struct {
            int32_t first, last; /* days since 1970-01-01, both included */
        } date;
        struct {
            double amount; /* in `unit`, as the source gives it; the base-unit amount is unit_to_base() */
            uint32_t unit; /* index in the spec's unit table */
        } quantity;
        struct {
            uint32_t id; /* index in the spec's tree */
        } concept;
        struct {
            uint16_t country;     /* index in the country table, COUNTRY_NONE */
            uint16_t subdivision; /* index in the gazetteer's first-level table, SUBDIVISION_NONE */
            uint32_t geonames;    /* id of the settlement, second-level area or sea, 0 where there is none */
            int32_t lat_e5,
                lon_e5; /* degrees × 100,000; meant only if precision ≤ PLACE_SETTLEMENT, else a label point */
        } place;
        struct {
            uint16_t id; /* index in the country table */
        } country;
        struct {
            uint32_t id; /* index in the spec's category table */
        } category;
        struct {
            int64_t number;
        } count;
    };
    /* identifier, text, name: the normal form. place: the folded raw name. UNREAD of any type: the raw text, trimmed.
     */
    struct slice text;
};

/* What a field of a domain is, as far as reading it goes. Tables that the type does not need are null. */
struct value_spec {
    enum value_type type;
    const struct unit_table *units;
    const struct concept_tree *concepts;
    const struct category_table *categories;
    const struct country_table *countries;
    const struct gazetteer *gazetteer;
    struct folding *folding; /* for what is compared folded; null: slower, the same result */
};

enum date_order { DATE_ORDER_AUTO, DATE_ORDER_YMD, DATE_ORDER_DMY, DATE_ORDER_MDY };
enum decimal_mark { DECIMAL_AUTO, DECIMAL_POINT, DECIMAL_COMMA };

/* The cells that one value is read from, and what the recipe says of them. All slices may be empty. */
struct value_input {
    struct slice raw;                  /* the main cell */
    struct slice unit;                 /* quantity: the unit's cell or the recipe's constant */
    struct slice subdivision;          /* place: the cell of the administrative division */
    struct slice district;             /* place: the cell of the second-level division */
    struct slice latitude, longitude;  /* place */
    unsigned codes, subdivision_codes; /* place: the main, the division's cell is a code: bits of place_code_system */
    uint16_t country;                  /* place: where the event was, from the record's country value */
    struct slice until;                /* date: the cell of the last day of a range */
    struct slice year;                 /* date: the cell of the year, where it stands apart: "2026 (FYTD)" */
    unsigned first_month; /* date: 2 … 12: years begin in this month and are called by the one they end in */
    enum date_order date_order;
    enum decimal_mark decimal;
    bool is_monthly;         /* date: the source dates to the first of the month */
    bool is_yearly;          /* date: a day stands for its year */
    bool names_subdivisions; /* place: the column holds first-level names (Bolivia): never read as settlements */
    const struct slice *null_tokens; /* compared trimmed and without case */
    size_t n_null_tokens;
};

/* Reads one value. Never fails for bad input (the state tells); COMITY_NOMEM only. Texts live in `arena`. Pure: the
 * same input and tables give the same value, so that callers may cache by distinct input. */
enum comity_status value_parse(const struct value_spec *spec, const struct value_input *input, struct arena *arena,
    struct value *out) COMITY_MUST_USE;

/* The stable, canonical bytes of a value: equal values have equal bytes. Without raw texts of typed values. */
void value_pack(const struct value_spec *spec, const struct value *value, struct buffer *out);

/* Reads packed bytes from the front of `*in` and moves it on. Texts point into `*in`. A code that the tables no longer
 * have becomes UNREAD with the code as text. COMITY_CORRUPT when the bytes are no packed value. */
enum comity_status value_unpack(const struct value_spec *spec, struct slice *in, struct value *out) COMITY_MUST_USE;

/* A value for people, in `language` ("en"): "2016-01-18", "50 kg", "Coca paste", "Cartagena, Bolívar, Colombia". */
void value_format(const struct value_spec *spec, const struct value *value, const char *language, struct buffer *out);

/* The same as a JSON object or null, with code, precision and flags: {"value": …, "precision": "day", …}. */
void value_format_json(const struct value_spec *spec, const struct value *value, struct buffer *out);

const char *value_type_name(enum value_type type);
/* VALUE_N_TYPES when there is no such type. */
enum value_type value_type_from_name(struct slice name);
const char *value_precision_name(enum value_type type, unsigned precision);

static inline bool value_is_typed(const struct value *value)
{
    return value->state == VALUE_TYPED;
}

#endif
