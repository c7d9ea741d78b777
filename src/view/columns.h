/* columns.h - inside the view: what is computed once for an audience class, so that a query is a few passes over narrow
 * arrays.
 *
 * Every facet is a column of small numbers ("buckets", 0: unknown) by entity, so that counting is one increment. What
 * has several values at once (the years of an interval, the sources of an entity) is a bucket for each distinct *set*.
 * All arrays are by entity index or by mention index of the resolution that the view was built on.
 */
#ifndef VIEW_COLUMNS_H
#define VIEW_COLUMNS_H

#include "text/fold.h"
#include "view/view.h"

enum facet_kind {
    FACET_TREE,        /* bucket − 1 is a concept */
    FACET_CATEGORY,    /* … a category */
    FACET_COUNTRY,     /* bucket is a country */
    FACET_SUBDIVISION, /* bucket is a subdivision */
    FACET_DIMENSION,   /* bucket − 1 is a dimension */
    FACET_TEXT,        /* bucket is a code of the mentions' column */
    FACET_YEAR,        /* a set of years */
    FACET_SOURCE       /* a set of sources */
};

struct facet_column {
    enum facet_kind kind;
    int field; /* -1: sources */
    uint32_t n_buckets;
    uint16_t *bucket;      /* by entity */
    uint32_t *set_first;   /* kinds with sets: n_buckets + 1 offsets into … */
    uint32_t *set_members; /* … years or source numbers, ascending */
    uint32_t *tree_order;  /* FACET_TREE: by node, its place in a walk from the root */
};

/* Where an entity stands on the map: a point, or an area with only a label point. Site 0 is nowhere. What is placed in
 * a sea stands with its country, as far as the record names one. */
struct site {
    int32_t lat_e5, lon_e5;
    uint8_t precision; /* enum value_precision of places */
    uint16_t country, subdivision;
    uint32_t geonames;
    uint32_t place_code; /* a value of the place column that stands there; 0: from the country alone */
};
static inline bool site_is_point(const struct site *site)
{
    return site->precision == PLACE_POINT || site->precision == PLACE_SETTLEMENT;
}

/* By which totals are added up: (group, dimension) as one small number. */
struct slots {
    uint32_t n_groups;     /* top-level concepts; one more, behind them, for what has none */
    uint32_t n_dimensions; /* dimension + 1 is used; 0: no amount */
    uint32_t *group_node;  /* by group */
    uint32_t *node_group;  /* by concept */
};
static inline uint32_t slots_count(const struct slots *slots)
{
    return (slots->n_groups + 1) * (slots->n_dimensions + 1);
}

struct view_class {
    uint32_t audience_class; /* view keys are (class, entity) */
    struct facet_column *facets;
    size_t n_facets;
    int facet_of_field[DOMAIN_MOST_FIELDS];
    size_t source_facet;
    struct site *sites;
    size_t n_sites;
    uint32_t *site_of_place, *site_of_country; /* by code of the column; null where the domain has no such field */
    uint32_t *site;                            /* by entity */
    double *base_amount;                       /* by code of the amount column, in the base unit */
    double *amount, *mention_amount;           /* 0 where there is none */
    uint16_t *slot, *mention_slot;             /* see struct slots */
    uint16_t *doubts, *mention_doubts;         /* bit by enum doubt */
    uint32_t *newest, *largest;                /* entity indexes in the order of lists */
};

struct view {
    const struct mentions *mentions;
    const struct resolution *resolution;
    struct slots slots;
    struct folding folding;
    struct slice *source_codes;
    struct view_class *classes;
    size_t n_classes;
    struct arena arena; /* everything above */
};

/* Fills a class. Texts and arrays live in view->arena. */
enum comity_status columns_build(struct view *view, struct view_class *class, struct comity_error *err) COMITY_MUST_USE;
/* facet_build.c: the facet columns of a class. */
enum comity_status facets_build(struct view *view, struct view_class *class, struct comity_error *err) COMITY_MUST_USE;
/* parts.c: a whole amounts to no less than what one source tells of its parts, but for rounding; after facets. */
enum comity_status parts_raise_amounts(
    struct view *view, struct view_class *class, struct comity_error *err) COMITY_MUST_USE;
/* order.c of the view: newest and largest. */
enum comity_status orders_build(struct view *view, struct view_class *class, struct comity_error *err) COMITY_MUST_USE;
/* doubt.c: doubts by mention and by entity; after sites and slots. */
enum comity_status doubts_build(struct view *view, struct view_class *class, struct comity_error *err) COMITY_MUST_USE;

static inline const struct domain *view_domain(const struct view *view)
{
    return view->mentions->domain;
}

/* The index of an entity by id; UINT32_MAX when there is none. */
static inline uint32_t entity_index(const struct resolution *resolution, uint64_t entity)
{
    size_t low = 0, high = resolution->n_entities;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (resolution->entity[middle] < entity)
            low = middle + 1;
        else
            high = middle;
    }
    return low < resolution->n_entities && resolution->entity[low] == entity ? (uint32_t)low : UINT32_MAX;
}

/* The column of a field by its number, or null for −1. */
static inline const struct column *view_column(const struct view *view, int field)
{
    return field < 0 ? NULL : &view->mentions->columns[field];
}

#endif
