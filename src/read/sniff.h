/* sniff.h - what a file is, and a recipe drafted for it with a confidence for each guess.
 *
 * The first rows are looked at. A column is taken for a field by two kinds of evidence: its header, against the labels
 * of the domain in all languages and common words of tables; and how many of its distinct cells the field's type can
 * read. The draft always is a recipe that recipe_parse takes; a person should still look at every line.
 */
#ifndef READ_SNIFF_H
#define READ_SNIFF_H

#include "base/arena.h"
#include "domain/domain.h"
#include "read/rows.h"

enum { SNIFF_ROWS = 20000, SNIFF_SAMPLES = 5, SNIFF_DISTINCT = 2000 };

/* What a column is in the draft. The parts beside USE_FIELD belong to the field that they complete. */
enum sniff_use { USE_NONE, USE_FIELD, USE_UNIT, USE_SUBDIVISION, USE_LATITUDE, USE_LONGITUDE };

struct sniff_column {
    struct slice name;
    enum sniff_use use;
    int field;          /* of the domain; -1 with USE_NONE */
    uint8_t confidence; /* 0 … 100 */
    double distinct_share, empty_share;
    bool has_many_distinct; /* more than SNIFF_DISTINCT: the share is a lower bound */
    struct slice samples[SNIFF_SAMPLES];
    size_t n_samples;
};

struct sniff {
    struct rows_options found;
    uint64_t n_rows, n_faults; /* looked at */
    bool has_more_rows;
    bool looks_headless; /* the header row holds numbers */
    enum decimal_mark decimal;
    enum date_order order;
    bool is_order_open; /* day and month could be swapped in every date that was seen */
    uint16_t country;   /* suggested constant; COUNTRY_NONE */
    uint8_t country_confidence;
    struct slice unit; /* suggested constant, a unit's code; empty */
    struct sniff_column *columns;
    size_t n_columns;
    struct slice *null_tokens;
    size_t n_null_tokens;
    struct slice recipe; /* the draft, YAML */
    struct arena arena;  /* holds all texts */
};

/* Looks at a file ("-": standard input). Release with sniff_release, also after a failure. */
enum comity_status sniff_file(const char *path, const struct rows_options *options, const struct domain *domain,
    struct sniff *out, struct comity_error *err) COMITY_MUST_USE;
/* The same over rows that are open; `name` gives the recipe its id. */
enum comity_status sniff_rows(struct rows *rows, const char *name, const struct domain *domain, struct sniff *out,
    struct comity_error *err) COMITY_MUST_USE;
void sniff_release(struct sniff *sniff);

#endif
