/* view.h - the in-memory columnar index that answers queries. It is never the truth: it is built from the store and may
 * be thrown away.
 *
 * One call, view_answer, gives everything a screen needs from one pass: totals (plain sum, counted once, the
 * difference), facets with counts, timeline, marks for the map, and one page of the list. Immutable once built: any
 * number of threads may ask at once. Every call takes the reader.
 *
 * What is counted: entities of the domain's first kind. An entity matches by its resolved values; a mention by its own.
 * "Plain" is what the sources' rows add up to under the query; "once" is what the entities add up to.
 */
#ifndef VIEW_VIEW_H
#define VIEW_VIEW_H

#include "domain/mentions.h"
#include "domain/reader.h"
#include "link/resolve.h"
#include "view/query.h"

struct view;

/* Borrows mentions and resolution: both must outlive the view. */
enum comity_status view_build(const struct mentions *mentions, const struct resolution *resolution, struct view **out,
    struct comity_error *err) COMITY_MUST_USE;
void view_free(struct view *view);

struct view_total {
    uint32_t dimension;       /* of the domain's units */
    double plain, once;       /* in the dimension's base unit; the difference is plain − once */
    uint64_t n_plain, n_once; /* mentions and entities with an amount in it */
};
/* Totals by concept group and dimension ("Cocaine-type, mass"): the dimension that most have first, within it largest
 * first. */
struct view_group_total {
    uint32_t concept; /* a top-level node; CONCEPT_NONE: none is known */
    struct view_total total;
};
struct facet_value {
    uint32_t code;      /* concept, category, country, subdivision, dimension, year, source; UINT32_MAX: unknown */
    struct slice key;   /* the alternative as a query writes it, not yet percent-encoded: CO, ?, "a b" */
    struct slice label; /* in the reader's language */
    uint64_t count;     /* entities */
    bool is_selected;
    uint32_t depth; /* in a tree: 0 for groups */
};
struct facet {
    int field;        /* -1: sources */
    struct slice key; /* as a query writes it: "country", "place.subdivision" */
    struct slice label;
    struct facet_value *values; /* by count, falling; trees in tree order, years upwards; unknown last */
    size_t n_values;
    size_t n_more; /* left out beyond the cap */
};
/* Bars follow each other without gaps. An entity counts once, in the bar of its first day; the step is no finer than
 * the dates of at least half of the entities. */
struct timeline_bar {
    int32_t first_day, last_day;
    uint64_t count;
};
/* Points share a mark where they are near each other at the zoom; an area is a mark of its own with its precision. */
struct mark {
    int32_t lat_e5, lon_e5;
    uint64_t count;     /* entities in it */
    double amount;      /* base unit of the leading dimension; 0 when none has one */
    uint32_t concept;   /* the group most of them belong to */
    uint8_t precision;  /* the coarsest of its places */
    uint64_t entity;    /* when count is 1, else 0 */
    struct slice label; /* the place, when all are in one */
};
struct view_doubts {
    uint64_t n_without_quantity, n_not_placed, n_without_date, n_unread_concept, n_implausible;
    uint64_t n_undecided; /* as doubtful=alike: there is another one that looks the same */
    uint64_t n_in_conflict, n_imprecise_place, n_repeated;
};
struct view_row {
    uint64_t entity;
    uint32_t index; /* into the resolution */
    uint32_t n_mentions, n_sources;
};
struct answer_options {
    bool with_facets, with_timeline, with_marks, with_rows, with_totals;
    uint32_t facet_cap; /* values for each facet; default 30 */
    uint32_t mark_cap;  /* default 5000 */
};
struct answer {
    uint64_t n_entities, n_mentions, n_cases, n_sources; /* mentions: those that match by their own values */
    uint32_t leading_dimension; /* the one that most matching entities have an amount in; UINT32_MAX: none has one */
    int language;               /* of the labels */
    struct view_total *totals;
    size_t n_totals;
    struct view_group_total *groups;
    size_t n_groups;
    struct facet *facets;
    size_t n_facets;
    struct timeline_bar *timeline;
    size_t n_timeline;
    struct slice timeline_step; /* "day", "month", "year"; "decade" or "century" where years would be over 120 bars */
    struct mark *marks;
    size_t n_marks;
    struct view_row *rows;
    size_t n_rows;
    uint64_t next_after; /* keyset for the next page, 0 at the end */
    struct view_doubts doubts;
    int32_t first_day, last_day; /* of what matched; 0, -1 when nothing */
    struct arena arena;          /* owns all of the above */
};

extern const struct answer_options answer_everything;

enum comity_status view_answer(const struct view *view, const struct reader *reader, const struct query *query,
    const struct answer_options *options, struct answer *out, struct comity_error *err) COMITY_MUST_USE;
void answer_release(struct answer *answer);

/* The source codes, for query_parse: `*n` of them, living as long as the view. */
const struct slice *view_source_codes(const struct view *view, size_t *n);

/* The entity indexes that match, ascending by id: for exports. `*indexes` is freed by the caller. */
enum comity_status view_select(const struct view *view, const struct reader *reader, const struct query *query,
    uint32_t **indexes, size_t *n, struct comity_error *err) COMITY_MUST_USE;

/* Where the view puts an entity on the map. False when nowhere. An area is coarser than PLACE_SETTLEMENT. */
struct view_site {
    int32_t lat_e5, lon_e5;
    uint8_t precision;
};
bool view_site(const struct view *view, const struct reader *reader, uint32_t index, struct view_site *out);
/* The number of sources that speak of an entity. */
uint32_t view_source_count(const struct view *view, const struct reader *reader, uint32_t index);
/* Its doubts, one bit by enum doubt (view/query.h). */
uint32_t view_doubts_of(const struct view *view, const struct reader *reader, uint32_t index);

/* The index of an entity by id, UINT32_MAX when this reader has no such entity. */
uint32_t view_find(const struct view *view, const struct reader *reader, uint64_t entity);
const struct mentions *view_mentions(const struct view *view);
const struct resolution *view_resolution(const struct view *view);

#endif
