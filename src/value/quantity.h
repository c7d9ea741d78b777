/* quantity.h - amounts with a unit in a dimension (mass, volume, count, plants, area …), and what a unit may become.
 *
 * Units and conversions are data of the domain pack. A unit belongs to one dimension and has a factor to the
 * dimension's base unit (g, ml, unit …); amounts of different dimensions are never added. A conversion goes from
 * (concept, unit, region) to the reporting unit (kg) by a factor that names its document; its results are always marked
 * as derived, and no factor means "not convertible".
 */
#ifndef VALUE_QUANTITY_H
#define VALUE_QUANTITY_H

#include "base/map.h"
#include "value/value.h"

struct unit {
    struct slice code;      /* "kg" */
    struct slice dimension; /* "mass" */
    uint32_t dimension_id;
    double to_base;     /* amount × to_base is in the dimension's base unit */
    struct slice label; /* English; unit_label() and dimension_label() know the others */
};

struct dimension {
    struct slice id;         /* "mass" */
    struct slice base_unit;  /* code: "g" */
    struct slice shown_unit; /* code of the unit that totals are shown in: "kg" */
    double implausible;      /* an amount above this, in the base unit, is flagged; 0: never */
    struct slice label;      /* English; `labels` has them all */
    struct slice labels[N_LANGUAGES];
};

/* One factor: `concept` "" for all; the most specific concept (nearest ancestor) wins. */
struct conversion {
    struct slice concept;
    uint32_t unit;
    double kg;             /* kg for one unit */
    struct slice document; /* where the factor stands: title, page or URL */
};

struct unit_table {
    struct dimension *dimensions;
    size_t n_dimensions;
    struct unit *units;
    size_t n_units;
    struct intern spellings; /* folded spelling → … */
    uint32_t *spelling_unit; /* … unit, by spelling id */
    struct slice *written;   /* the spellings as the pack writes them; may be null */
    struct conversion *conversions;
    size_t n_conversions;
    struct slice conversion_version;
    struct folding *folding; /* null: spellings are folded without one */
    struct slice (*unit_labels)[N_LANGUAGES], (*dimension_labels)[N_LANGUAGES]; /* by index; may be null */
};

/* The unit with this spelling (folded: case, dots, accents), or UINT32_MAX. */
uint32_t unit_find(const struct unit_table *table, struct slice spelling);
/* The same, where running out of memory must not pass for "none": COMITY_OK or COMITY_NOMEM. */
enum comity_status unit_look_up(const struct unit_table *table, struct slice spelling, uint32_t *unit) COMITY_MUST_USE;
/* In a language, else in English, else the code. */
struct slice unit_label(const struct unit_table *table, uint32_t unit, int language);
struct slice dimension_label(const struct unit_table *table, uint32_t dimension, int language);
/* The amount in the base unit of its dimension. */
double unit_to_base(const struct unit_table *table, const struct value *quantity);

/* Reads a number as people write it: "1.234,5", "1 234.5", "0.10400000000000001", "1e3", "½". False: not a number.
 * `mark` AUTO decides by the digits behind the last mark: exactly three digits after a single comma are thousands. */
bool number_parse(struct slice text, enum decimal_mark mark, double *number);

/* A kg equivalent. Mass units convert by themselves (is_derived false); others through the table for `concept` or its
 * nearest ancestor in `tree` (is_derived true). False: not convertible. `*used` (may be null) is the conversion taken.
 */
bool quantity_to_kg(const struct unit_table *table, const struct concept_tree *tree, const struct value *quantity,
    uint32_t concept, double *kg, bool *is_derived, const struct conversion **used);

enum comity_status quantity_parse(
    const struct value_spec *, const struct value_input *, struct arena *, struct value *) COMITY_MUST_USE;

#endif
