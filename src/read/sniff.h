/* sniff.h - what a file is, and a recipe drafted for it with a confidence for each guess.
 *
 * The first rows are looked at closely, further ones for their number and for rows unlike the others (a total, a
 * footnote). A column is taken for a field by two kinds of evidence: its header, against the labels and headers of the
 * domain in all languages and common words of tables; and how many of its distinct cells the field's type can read.
 * The draft always is a recipe that recipe_parse takes. It ends with what the sniffer is unsure of, and how to check
 * it; a person should still look at every line.
 */
#ifndef READ_SNIFF_H
#define READ_SNIFF_H

#include "base/arena.h"
#include "domain/domain.h"
#include "read/rows.h"

enum {
    SNIFF_ROWS = 20000,     /* looked at closely */
    SNIFF_FURTHER = 500000, /* only counted, and looked through for a total at the end */
    SNIFF_SAMPLES = 5,
    SNIFF_DISTINCT = 2000,
    SNIFF_TITLE_ROWS = 15, /* most rows above a header */
    SNIFF_FILTERS = 4,
    SNIFF_DOUBTS = 24
};

/* What a column is in the draft. The parts beside USE_FIELD belong to the field that they complete. */
enum sniff_use {
    USE_NONE,
    USE_FIELD,
    USE_UNIT,
    USE_SUBDIVISION,
    USE_LATITUDE,
    USE_LONGITUDE,
    USE_YEAR,     /* of a date whose month stands in another column */
    USE_DAY,      /* likewise */
    USE_UNPIVOTED /* one of several columns that become one mention each */
};

struct sniff_column {
    struct slice name;
    enum sniff_use use;
    int field;          /* of the domain; -1 with USE_NONE */
    uint32_t unit;      /* of the amounts of an unpivoted column; UINT32_MAX */
    uint8_t confidence; /* 0 … 100 */
    double distinct_share, empty_share;
    bool has_many_distinct; /* more than SNIFF_DISTINCT: the share is a lower bound */
    struct slice samples[SNIFF_SAMPLES];
    size_t n_samples;
};

/* Rows whose date tells which part is the day. */
struct sniff_days {
    uint64_t n, year_first, day_first, month_first, open;
};

/* What the unpivoted columns' names tell. */
enum sniff_wide { WIDE_NOT, WIDE_CONCEPTS, WIDE_UNITS, WIDE_PERIODS };

struct sniff_map {
    struct slice from, to;
};

/* Rows that the draft leaves out: those with (or without) a text in a column. */
struct sniff_filter {
    struct slice column, text; /* no text: an empty cell */
    uint64_t n, row;           /* how many, and one of them */
};

struct sniff {
    struct rows_options found;
    uint64_t n_rows, n_faults; /* looked at */
    bool has_more_rows;        /* than were looked at closely */
    bool looks_headless;       /* the header row holds numbers */
    const char *language;      /* of the headers: "es"; null: not told */
    enum decimal_mark decimal;
    bool is_decimal_open; /* every mark could part thousands */
    enum date_order order;
    bool is_order_open; /* day and month could be swapped in every date that was seen */
    struct sniff_days days;
    bool is_monthly, is_yearly; /* no date is finer */
    unsigned first_month;       /* of a fiscal year; 0: years are calendar years */
    bool is_first_month_seen;   /* told by a year that is not complete, not only by custom */
    uint16_t country;           /* suggested constant; COUNTRY_NONE */
    uint8_t country_confidence;
    struct slice unit; /* suggested constant, a unit's code; empty */
    enum sniff_wide wide;
    bool has_units_in_names; /* of the unpivoted columns */
    bool is_zero_nothing;    /* most unpivoted cells are zero */
    bool is_aggregate;       /* a series of sums */
    struct slice aggregate_reasons;
    struct sniff_map *maps; /* for the field with the role what: cells that name a concept among other words */
    size_t n_maps;
    struct sniff_filter filters[SNIFF_FILTERS];
    size_t n_filters;
    struct sniff_column *columns;
    size_t n_columns;
    struct slice *null_tokens;
    size_t n_null_tokens;
    struct slice doubts[SNIFF_DOUBTS]; /* what to check, and how */
    size_t n_doubts;
    struct slice recipe; /* the draft, YAML */
    struct arena arena;  /* holds all texts */
};

/* Looks at a file ("-": standard input). COMITY_INPUT for an empty one, COMITY_UNSUPPORTED for one that is no table (a
 * YAML file, a web page). Release with sniff_release, also after a failure. Rows above the header are
 * found in files, not on standard input, which cannot be read twice. */
enum comity_status sniff_file(const char *path, const struct rows_options *options, const struct domain *domain,
    struct sniff *out, struct comity_error *err) COMITY_MUST_USE;
/* The same over rows that are open; `name` gives the recipe its id. */
enum comity_status sniff_rows(struct rows *rows, const char *name, const struct domain *domain, struct sniff *out,
    struct comity_error *err) COMITY_MUST_USE;
void sniff_release(struct sniff *sniff);

#endif
