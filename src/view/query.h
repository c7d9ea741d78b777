/* query.h - one readable string, the same on the web, the command line, the API, feeds and exports.
 *
 *     drug=cocaine&country=EC,BE&date=2024-01..2024-06&amount.mass=1kg..&source=!co-policia
 *
 * Comma is "or", a repeated key is "and", `!` is "not", `?` is "unknown"; values are codes or quoted text; a range
 * matches a date whose interval overlaps it, `within:` asks for containment. Keys come from the domain pack, plus `source`, `id`, `bbox`,
 * `text`, `doubtful`, and the presentation keys `sort`, `limit`, `after`, `lang`, `z`, `unit`, `tab`. The grammar (EBNF) is in docs/QUERY.md.
 * Strings may be percent-encoded. Errors name the part at fault by column.
 */
#ifndef VIEW_QUERY_H
#define VIEW_QUERY_H

#include "domain/domain.h"

enum query_key { QUERY_FIELD, QUERY_SOURCE, QUERY_ID, QUERY_BBOX, QUERY_TEXT, QUERY_DOUBTFUL };

/* One alternative of a term: a code, a range, a text, or unknown. */
struct query_match {
    bool is_unknown;
    bool is_negated;  /* `!` before this alternative */
    bool is_range, is_within;
    struct slice text;         /* code or quoted text, folded for text matches */
    uint32_t code;             /* concept, category, country, source number; UINT32_MAX where it is a text */
    double least, most;        /* ranges: days, base-unit amounts, counts; ±INFINITY where open */
    uint32_t dimension;        /* quantity ranges */
};
struct query_term {
    enum query_key key;
    int field; /* QUERY_FIELD */
    struct slice part; /* "mass" in amount.mass; "subdivision" in place.subdivision; else empty */
    struct query_match *matches;
    size_t n_matches;
    struct slice source_text; /* as written, for chips */
};
enum query_sort { SORT_NEWEST, SORT_OLDEST, SORT_LARGEST };
struct query {
    struct query_term *terms;
    size_t n_terms;
    enum query_sort sort;
    uint32_t limit;      /* rows of the list; default 50, at most 1000 (exports: 0 = all) */
    uint64_t after;      /* keyset: the entity after which to go on, 0: from the start */
    double west, south, east, north; /* bbox, degrees; NAN where not given */
    int zoom;            /* z, 0 … 18, for marks; default 2 */
    int language;
    struct arena arena;
};

/* Parses text against a domain. `sources`: names for `source=`; may be empty. */
enum comity_status query_parse(struct slice text, const struct domain *domain, const struct slice *source_codes,
    size_t n_sources, struct query *out, struct comity_error *err) COMITY_MUST_USE;
void query_release(struct query *query);

/* The canonical text: keys in order, encoded; equal queries give equal texts. With `without` ≥ 0 that term is left out
 * (a removable chip); with extra != NULL ("country=CO") it is added. */
void query_format(const struct query *query, const struct domain *domain, int without, const char *extra, struct buffer *out);

#endif
