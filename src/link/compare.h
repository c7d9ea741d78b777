/* compare.h - how alike two values of a field are, as a small level.
 *
 * Each compared field of the domain is one comparison. Its distinct values are prepared once (canonical number, base
 * amount, point on the sphere …), so that comparing two mentions touches no text. Level 0 is "unobserved": one side
 * does not say, or was not read; it is evidence of nothing. Lower levels agree better. Equality of values that may be
 * common is split by how rare the value is (the levels 1 … 4), so that a pattern of levels tells 419.104 kg from 1 g.
 */
#ifndef LINK_COMPARE_H
#define LINK_COMPARE_H

#include "domain/domain.h"

enum { LINK_MOST_COMPARISONS = 14, LINK_MOST_LEVELS = 16, LEVELS_EQUAL = 4 };

/* Levels by type. LEVELS_EQUAL levels of equality come first for all types but dates. */
enum {
    DATE_SAME = 1,
    DATE_1,
    DATE_3,
    DATE_7,
    DATE_15,
    DATE_31,
    DATE_FAR,
    DATE_OVERLAP, /* one of them is a month, a year or a range, and they overlap */
    DATE_LEVELS,

    AMOUNT_CLOSEST = LEVELS_EQUAL + 1, /* within 0.2 % */
    AMOUNT_ROUNDED,                    /* one is the other, rounded */
    AMOUNT_1,
    AMOUNT_5,
    AMOUNT_20,
    AMOUNT_FAR,
    AMOUNT_INCOMPARABLE, /* another dimension */
    AMOUNT_LEVELS,

    CONCEPT_WITHIN = LEVELS_EQUAL + 1,
    CONCEPT_SIBLING,
    CONCEPT_GROUP,
    CONCEPT_OTHER,
    CONCEPT_LEVELS,

    PLACE_NAME = LEVELS_EQUAL + 1, /* the same name in the same subdivision, whatever it was read as */
    PLACE_NEAR,                    /* within 25 km */
    PLACE_SAME_AREA,               /* other places of one subdivision */
    PLACE_OTHER_AREA,
    PLACE_OTHER_COUNTRY,
    PLACE_AREA, /* one says only the subdivision, and it is the same */
    PLACE_LEVELS,

    CODE_OTHER = LEVELS_EQUAL + 1,
    CODE_LEVELS,

    TEXT_SHARED = LEVELS_EQUAL + 1, /* most of their rare words are the same */
    TEXT_OTHER,
    TEXT_LEVELS,

    NAME_95 = LEVELS_EQUAL + 1, /* Jaro-Winkler similarity */
    NAME_88,
    NAME_75,
    NAME_OTHER,
    NAME_LEVELS
};

/* Between two sources whose order is settled a date's level has a sign: levels from DATE_1 to DATE_FAR say that the
 * second source's date is the later one, those LAG_EARLIER above them that it is the earlier one. */
enum { LAG_EARLIER = DATE_LEVELS - DATE_1, LAG_LEVELS = DATE_FAR + LAG_EARLIER + 1 };
static inline unsigned date_of_lag(unsigned lag)
{
    return lag < DATE_LEVELS ? lag : lag - LAG_EARLIER;
}

struct comparison {
    int field;
    enum value_type type;
    enum field_role role;
    unsigned n_levels;
    bool is_code; /* of a type whose values are equal or not, and nothing between, as most are */
    const struct value_spec *spec;
};

struct compared_place {
    float x, y, z; /* on the unit sphere; x is PLACE_NO_POINT of what is no point */
    uint32_t name; /* hash of its folded name, 0 without one */
    uint16_t country, subdivision;
};
#define PLACE_NO_POINT 2.0f
static inline bool place_is_point(const struct compared_place *place)
{
    return place->x != PLACE_NO_POINT;
}

struct compared_amount {
    double base; /* base unit */
    uint16_t dimension;
    int16_t magnitude; /* the power of ten of its first digit */
};

/* A distinct value, ready to be compared. */
struct prepared {
    uint64_t canon; /* equal for values that mean the same; 0: unobserved. Stable: may be stored */
    uint8_t tag;    /* by the frame: see struct frame_row */
    union {
        struct {
            int32_t first, last;
        } date;
        struct compared_amount amount;
        struct {
            uint32_t id, group;
        } concept;
        struct compared_place place;
        struct {
            const char *ptr;
            uint32_t len;
        } text;
    };
};

/* The comparisons of a domain: compared fields, dates, places and concepts first. Returns how many. */
unsigned comparisons_of(const struct domain *domain, struct comparison out[LINK_MOST_COMPARISONS]);

/* Which of them tells when, where, what and how much; -1 for none. */
void comparisons_find_roles(
    const struct comparison *comparisons, unsigned n, int *when, int *where, int *what, int *amount);

void compare_prepare(const struct comparison *comparison, const struct value *value, struct prepared *out);

/* The level; equality is given as LEVELS_EQUAL and split by the caller. Symmetric. */
unsigned compare_prepared(const struct comparison *comparison, const struct prepared *a, const struct prepared *b);

/* The levels of what is observed on both sides: of dates, each from one day to another; of places that mean different
 * things; of amounts, LEVELS_EQUAL where they are equal. */
static inline unsigned compare_days(int32_t first_a, int32_t last_a, int32_t first_b, int32_t last_b)
{
    static const uint8_t levels[] = {DATE_SAME, DATE_1, DATE_3, DATE_3, DATE_7, DATE_7, DATE_7, DATE_7, DATE_15,
        DATE_15, DATE_15, DATE_15, DATE_15, DATE_15, DATE_15, DATE_15, DATE_31, DATE_31, DATE_31, DATE_31, DATE_31,
        DATE_31, DATE_31, DATE_31, DATE_31, DATE_31, DATE_31, DATE_31, DATE_31, DATE_31, DATE_31, DATE_31};
    int64_t gap = (int64_t)(first_a > first_b ? first_a : first_b) - (last_a < last_b ? last_a : last_b);
    if (gap <= 0)
        return first_a == last_a && first_b == last_b ? DATE_SAME : DATE_OVERLAP;
    return gap < (int64_t)sizeof levels ? levels[gap] : DATE_FAR;
}
unsigned compare_places(const struct compared_place *a, const struct compared_place *b);
unsigned compare_amounts(const struct compared_amount *a, const struct compared_amount *b);

/* As precise as equality is: the same for amounts of one canonical number. */
double amount_as_equal(double base);
/* 10^exponent. */
double power_of_ten(int exponent);
/* Significant digits of an amount in its base unit, at most MOST_DIGITS. */
enum { MOST_DIGITS = 4 };
unsigned amount_digits(const struct compared_amount *amount);
/* The level of two unequal amounts of which the second is of a source that always gives so many digits: what it is when
 * rounded like that decides. `level` is what compare_amounts() says. */
unsigned compare_rounded(
    const struct compared_amount *fine, const struct compared_amount *coarse, unsigned digits, unsigned level);
/* How wide the amounts are spread that are this one when rounded to so many digits, as a share of it. */
double rounding_width(const struct compared_amount *coarse, unsigned digits);

/* Whether equality of this type is split by rarity. */
bool comparison_has_rarity(const struct comparison *comparison);

/* The group of a concept: its ancestor below the root. */
uint32_t concept_group(const struct concept_tree *tree, uint32_t node);

/* "2 days apart": the level in words. */
const char *comparison_level_text(const struct comparison *comparison, unsigned level);

#endif
