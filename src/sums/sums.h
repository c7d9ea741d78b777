/* sums.h - series of sums laid beside the events that they should be sums of, and beside each other. Never added.
 *
 * A CELL is a place × a period × a concept × a dimension. What a source that publishes sums says of a cell is one
 * number (or the sum of its rows there). The same cell can be filled from events: once, from entities, each counted
 * once; and plain, from all rows of the sources. Reconciling is saying, for each cell, how those numbers stand to each
 * other, and which rows are behind.
 *
 *     struct sums_table table;
 *     status = series_read(&mentions, &options, &table, err);        // the cells of one source
 *     status = events_choose(snapshot mentions, entity_of, mask, &events, err);
 *     status = sums_reconcile(&table, &events, &options, &result, err);
 *     … result.cells[i].verdict, sums_sentence(&result, i, …) …
 *     sums_release(&result); events_release(&events); sums_release(&table);
 *
 * The laws of this folder, which its tests hold it to:
 *   - A series is never added to events, nor two series to each other: `series`, `once` and `plain` are apart in every
 *     structure and no sum has more than one of them in it. Amounts of different dimensions are never added.
 *   - What is coarser than a cell (an event of a month beside cells of days, of a country beside subdivisions, of a
 * group beside its members) is not guessed into it: it is told apart as `possible`.
 *   - Cells of a finer grid, summed, are the cells of the coarser grid.
 *   - Equal means: within 0.1 % of the larger, or within the precision that the numbers are printed with. Errors of
 * many numbers are added up as far as chance lets them (four standard deviations), and never beyond their bound.
 *
 * PLACE. A country, a first-level subdivision or a settlement; a series that names no country is of the world. A
 * district counts as its subdivision: the gazetteer does not say which settlement lies in which district. PERIOD. A
 * day, month, quarter, year, or any range: a fiscal year is a range. The GRAIN of a series is found from its rows; the
 * options can ask for a coarser one, and rows that are coarser still keep cells of their own. A cell of a country
 * beside cells of its subdivisions is a total of its own, and compared as such. CONCEPT. An event belongs to the
 * nearest concept above it that the series uses. Where a series has a group beside members of the group, the group's
 * cell is read as "the rest" unless it equals the sum of its members in at least half of the cells where both stand:
 * then it is a total, and everything within it belongs to it too.
 *
 * EDITIONS. A series is published again and again. Within a source that is told to be a series of sums, a row replaces
 * the rows of older imports that agree with it in everything but numbers and keys; rows of the same import are summed.
 *
 * Nothing here keeps state; tables own their memory; a table that was made may be read by several threads.
 */
#ifndef SUMS_SUMS_H
#define SUMS_SUMS_H

#include "domain/mentions.h"
#include "domain/reader.h"
#include "link/resolve.h"
#include "view/query.h"

#define SUMS_LEVEL_TABLE(X)                                                                                            \
    X(AUTO, "auto")                                                                                                    \
    X(WORLD, "world")                                                                                                  \
    X(COUNTRY, "country")                                                                                              \
    X(SUBDIVISION, "subdivision")                                                                                      \
    X(SETTLEMENT, "settlement")
enum sums_level {
#define X(symbol, word) LEVEL_##symbol,
    SUMS_LEVEL_TABLE(X)
#undef X
        N_LEVELS
};

#define SUMS_PERIOD_TABLE(X)                                                                                           \
    X(AUTO, "auto")                                                                                                    \
    X(DAY, "day")                                                                                                      \
    X(MONTH, "month")                                                                                                  \
    X(QUARTER, "quarter")                                                                                              \
    X(YEAR, "year")                                                                                                    \
    X(RANGE, "range")
enum sums_period {
#define X(symbol, word) PERIOD_##symbol,
    SUMS_PERIOD_TABLE(X)
#undef X
        N_PERIODS
};
const char *sums_level_word(enum sums_level level);
const char *sums_period_word(enum sums_period period);
/* False when there is no such word. */
bool sums_level_from(struct slice word, enum sums_level *out);
bool sums_period_from(struct slice word, enum sums_period *out);

/* What may be said of a cell. The first group is about a series and events, the second about two series. */
#define SUMS_VERDICT_TABLE(X)                                                                                          \
    X(EQUAL, "equal", "both are the same, within rounding")                                                            \
    X(DOUBLE, "double", "one is a whole number of times the other")                                                    \
    X(PART, "part", "the events add up to less than the series")                                                       \
    X(OVER, "over", "the events add up to more than the series")                                                       \
    X(MISSING_EVENTS, "missing-in-events", "the series has an amount, and there is no event")                          \
    X(MISSING_SERIES, "missing-in-series", "there are events, and the series has no cell where it should have one")    \
    X(NOT_COMPARABLE, "not-comparable", "the events are told in another unit that is not converted")                   \
    X(ROUNDING, "rounding", "two series differ by rounding only")                                                      \
    X(REVISED, "revised", "two series say different amounts")                                                          \
    X(ADDED, "added", "only the second series has the cell")                                                           \
    X(DROPPED, "dropped", "only the first series has the cell")
enum sums_verdict {
#define X(symbol, word, meaning) SUMS_##symbol,
    SUMS_VERDICT_TABLE(X)
#undef X
        N_SUMS_VERDICTS
};
const char *sums_verdict_word(enum sums_verdict verdict);
const char *sums_verdict_meaning(enum sums_verdict verdict);
bool sums_verdict_from(struct slice word, enum sums_verdict *out);

/* ---- numbers --------------------------------------------------------------------------------------------------- */

/* An amount in the base unit of its dimension, and what its digits allow. A source has a habit of printing a unit with
 * so many digits; half a unit of the last of them is how far a number may be off. `error` sums that up over the numbers
 * in it, `error2` its squares. A number that is rounder than the habit may have been rounded by hand: `own` is the same
 * from its own digits, and counts only as far as it changes the number by no more than 5 %. */
struct sum {
    double amount, error, error2, own;
    uint32_t n;        /* of what it is the sum */
    uint64_t n_events; /* of a series that tells: how many events it says the sum is of; 0: not told */
};
static inline void sum_add(struct sum *sum, double amount, double half, double own)
{
    sum->amount += amount;
    sum->error += half;
    sum->error2 += half * half;
    sum->own += own;
    sum->n++;
}
/* For sums of sums. */
static inline void sum_join(struct sum *sum, const struct sum *other)
{
    sum->amount += other->amount;
    sum->error += other->error;
    sum->error2 += other->error2;
    sum->own += other->own;
    sum->n += other->n;
    sum->n_events += other->n_events;
}

/* How `other` stands to `sum`: EQUAL, DOUBLE with *times (2 … 9) and *is_inverse when it is `sum` that is so many times
 * `other`, PART (other is less) or OVER. Neither has to be positive; both must be of one dimension. */
enum sums_verdict sums_compare(struct sum sum, struct sum other, unsigned *times, bool *is_inverse);
/* Whether they are the same but for rounding. */
bool sums_are_equal(struct sum a, struct sum b);
/* The digits behind the point that a number was printed with, as far as the number still tells: 0 … 9. */
unsigned sums_decimals(double number);

/* ---- cells ------------------------------------------------------------------------------------------------------ */

struct sums_place {
    uint8_t level; /* enum sums_level, never AUTO */
    uint16_t country, subdivision;
    uint32_t settlement; /* GeoNames id */
};

struct sums_cell {
    struct sums_place place;
    int32_t first_day, last_day;
    uint32_t concept, dimension;
    struct sum series; /* of series against series: the first */
    struct sum once;   /* … the second; its n counts rows */
    struct sum plain;
    struct sum possible;        /* entities that are too coarse to tell */
    uint32_t n_other_unit;      /* entities in the cell with an amount of another dimension */
    uint32_t n_without_amount;  /* … and with none */
    uint8_t verdict;            /* of `once` */
    uint8_t plain_verdict;      /* of `plain` */
    uint8_t times, plain_times; /* of DOUBLE */
    bool is_inverse, is_plain_inverse;
    bool has_series; /* the series has a row here */
    bool is_silent;  /* no event at all is told of this country (or world) in this period */
    bool is_unheard; /* … or of this concept in the country, in any period of the series */
    bool is_wanted;  /* it passes the filter */
    /* Into the table's ids: series.n rows, once.n entities, plain.n mentions. */
    uint32_t first_row, first_entity, first_mention;
};

/* What could not be put into a cell. */
struct sums_left_out {
    uint32_t n_without_date, n_without_place, n_without_concept, n_without_amount;
    uint32_t n_replaced; /* of a series: rows of older editions */
    uint32_t n_outside;  /* of events: not covered by the series */
};

struct sums_table {
    const struct domain *domain;
    struct source_info series, other; /* `other`: of series against series, if it is a source */
    uint64_t edition, other_edition;  /* 0: what is live */
    bool is_of_series;                /* series against series */
    struct sums_cell *cells;          /* by place, concept, period, dimension */
    size_t n_cells;
    uint64_t *rows, *entities, *mentions; /* ids behind the cells */
    size_t n_rows, n_entities, n_mentions;
    enum sums_level level;   /* the grain: of most cells */
    enum sums_period period; /* likewise */
    int32_t first_day, last_day;
    uint32_t *totals; /* concepts that are read as totals of their members */
    size_t n_totals;
    struct sums_left_out rows_left_out, events_left_out;
    struct arena arena; /* texts */
};
void sums_release(struct sums_table *table);

struct sums_options {
    enum sums_level level;
    enum sums_period period;
    const uint32_t *groups; /* concepts that whatever lies within them is summed to */
    size_t n_groups;
    const struct query *query; /* which cells are wanted; null: all. See sums_check_query */
};

/* The cells of all mentions of a table, which is one source's (store_load_source). Borrows the domain only. */
enum comity_status series_read(const struct mentions *mentions, const struct sums_options *options,
    struct sums_table *out, struct comity_error *err) COMITY_MUST_USE;

/* ---- events ----------------------------------------------------------------------------------------------------- */

/* Entities as some sources tell them. Values are resolved from the chosen mentions only: otherwise what a source says
 * would be compared with itself where it won. Borrows `mentions`, which must outlive it. */
struct events {
    struct mentions chosen;       /* a table of its own over the columns of the other; five fields have values */
    struct resolution resolution; /* of the chosen */
    uint32_t *absent;             /* the code of the fields that are left out */
    double *half;                 /* by source × unit: half a unit of the digits that it prints */
};
/* `is_chosen`: by source of `mentions`. */
enum comity_status events_choose(const struct mentions *mentions, const uint64_t *entity_of, const bool *is_chosen,
    struct events *out, struct comity_error *err) COMITY_MUST_USE;
/* Leaves out what is part of a whole that is among the chosen: `all` is the resolution that parts were placed in. */
enum comity_status events_place_parts(
    struct events *events, const struct resolution *all, struct comity_error *err) COMITY_MUST_USE;
void events_release(struct events *events);

/* ---- laying side by side ----------------------------------------------------------------------------------------- */

/* Both by the same options as the series was read with. Cells that only events have are made where the series covers
 * the place's country, the period, and the concept in that dimension. */
enum comity_status sums_reconcile(const struct sums_table *series, const struct events *events,
    const struct sums_options *options, struct sums_table *out, struct comity_error *err) COMITY_MUST_USE;

/* Two series, or two editions of one. Read both with the same level and period; series_common finds them. */
enum comity_status sums_compare_series(const struct sums_table *first, const struct sums_table *second,
    struct sums_table *out, struct comity_error *err) COMITY_MUST_USE;
/* The coarser of the grains of two series. */
void series_common(const struct sums_table *a, const struct sums_table *b, struct sums_options *options);

/* A filter names places, dates and concepts only: sums know nothing else. COMITY_USAGE names the term at fault. */
bool sums_knows_term(const struct query_term *term, const struct domain *domain);
enum comity_status sums_check_query(
    const struct query *query, const struct domain *domain, struct comity_error *err) COMITY_MUST_USE;
bool sums_is_wanted(const struct query *query, const struct domain *domain, const struct sums_cell *cell);

/* ---- what came of it --------------------------------------------------------------------------------------------- */

struct sums_summary {
    uint64_t n_cells;                           /* wanted */
    uint64_t by_verdict[N_SUMS_VERDICTS];       /* counted once */
    uint64_t by_plain_verdict[N_SUMS_VERDICTS]; /* plain sums */
    uint64_t n_shared;                          /* cells that both sides have */
    uint64_t n_explained;                       /* cells that are equal once, and whose plain sum is more */
};
void sums_summarise(const struct sums_table *table, struct sums_summary *out);

#endif
