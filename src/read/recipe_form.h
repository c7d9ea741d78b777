/* recipe_form.h - a recipe as it stands in memory. Private to read/.
 *
 * `struct recipe_yaml` is what libcyaml fills from the file; `struct recipe` is the checked form, whose texts point
 * into it. Both live until recipe_free.
 */
#ifndef READ_RECIPE_FORM_H
#define READ_RECIPE_FORM_H

#include "base/arena.h"
#include "base/map.h"
#include "read/recipe.h"

/* ---- as written ---------------------------------------------------------------------------------------------- */

struct yaml_texts {
    char **list;
    unsigned n;
};
struct yaml_source {
    char *code, *title, *kind, *reliability, *licence, *marking;
    bool aggregate;
};
struct yaml_file {
    char *format, *delimiter, *quote, *encoding, *decimal, *sheet, *member, *totals, *footnotes, *merged;
    unsigned skip, header_rows;
    bool *header;
};
struct yaml_totals {
    char *column;
    struct yaml_texts equals;
};
struct yaml_identity {
    char *key;
    struct yaml_texts columns;
};
struct yaml_filter {
    char *column;
    struct yaml_texts equals, not ;
};
struct yaml_split {
    char *column, *at;
    struct yaml_texts into;
};
struct yaml_join {
    struct yaml_texts columns;
    char *with, *into;
    bool sum;
};
struct yaml_unpivot {
    struct yaml_texts columns;
    char *name, *value, *unit;
    bool *skip_empty;
};
struct yaml_map {
    char *from, *to;
};
struct yaml_field {
    char *field, *column, *value, *order, *until, *subdivision, *district, *latitude, *longitude, *unit_column, *unit,
        *level, *decimal, *year, *year_begins, *period, *per;
    bool *required, *optional;
    struct yaml_texts also, codes, subdivision_codes;
    struct yaml_map *map, *unit_map;
    unsigned n_map, n_unit_map;
};
struct recipe_yaml {
    char *recipe, *domain;
    struct yaml_source source;
    struct yaml_file file;
    struct yaml_totals totals;
    struct yaml_texts null;
    struct yaml_identity identity;
    struct yaml_filter *filter;
    unsigned n_filter;
    struct yaml_split *split;
    unsigned n_split;
    struct yaml_join *join;
    unsigned n_join;
    struct yaml_unpivot *unpivot;
    struct yaml_field *fields;
    unsigned n_fields;
};

/* Reads the YAML by its schema. An unknown or missing key is COMITY_SYNTAX with its line. */
enum comity_status recipe_yaml_read(
    struct slice text, const char *name, struct recipe_yaml **out, struct comity_error *err) COMITY_MUST_USE;
void recipe_yaml_free(struct recipe_yaml *yaml);

/* ---- as checked ---------------------------------------------------------------------------------------------- */

/* The cells that a value may be read from. */
enum recipe_part {
    PART_RAW,
    PART_UNIT,
    PART_UNTIL,
    PART_SUBDIVISION,
    PART_DISTRICT,
    PART_LATITUDE,
    PART_LONGITUDE,
    PART_YEAR,
    N_PARTS
};

enum recipe_level { LEVEL_AUTO, LEVEL_SETTLEMENT, LEVEL_SUBDIVISION };
enum recipe_period { PERIOD_AUTO, PERIOD_DAY, PERIOD_MONTH, PERIOD_YEAR };

/* Cells that mean something else: folded → index in `to`. */
struct recipe_map {
    struct intern from;
    struct slice *to;
};

struct recipe_field {
    int field;                       /* of the domain */
    struct slice columns[N_PARTS];   /* names; empty: not mapped */
    struct slice constants[N_PARTS]; /* used where there is no column */
    enum date_order order;
    enum decimal_mark decimal;
    enum recipe_level level;
    enum recipe_period period;
    unsigned codes, subdivision_codes; /* of places: bits of enum place_code_system; 0: names */
    unsigned first_month;              /* of the source's year: 1 … 12 */
    bool is_required;                  /* an empty or unread cell rejects the row */
    bool is_unread_fatal;              /* an unread cell rejects the row: the date, unless `required: false` */
    bool is_optional;                  /* the file need not have its columns */
    bool is_per_row;                   /* told of the row as a whole, not of each unpivoted column */
    const struct yaml_texts *also;     /* other names of the main column */
    struct recipe_map map, unit_map;
};

struct recipe {
    const struct domain *domain;
    struct recipe_yaml *yaml;
    struct slice text, id;
    char *name; /* the file, for messages */
    struct rows_options options;
    struct source_info source;
    struct slice *null_tokens;
    size_t n_null_tokens;
    struct recipe_field *fields; /* the country first: places need it */
    size_t n_fields;
    bool has_row_part;                     /* an unpivoted row gives one more mention, of the row as a whole */
    struct slice *part_names, *part_units; /* of the unpivoted columns */
    struct arena arena;
};

#endif
