/* query.h - one readable string, the same on the web, the command line, the API, feeds and exports.
 *
 *     drug=cocaine&country=EC,BE&date=2024-01..2024-06&amount.mass=1kg..&source=!co-policia
 *
 * Comma is "or", a repeated key is "and", `!` is "not", `?` is "unknown"; values are codes or quoted text; a range
 * matches a date whose interval overlaps it, `within:` asks for containment. A term holds when one of its plain
 * alternatives matches (or it has none) and none of its `!` alternatives does. Keys come from the domain pack, plus
 * `source`, `id`, `bbox`, `text`, `doubtful`, and the presentation keys `sort`, `limit`, `after`, `lang`, `z`, `unit`,
 * `parts`, `tab`. The grammar (EBNF) is in docs/QUERY.md. Strings may be percent-encoded. Errors name the part at fault
 * by column.
 *
 * A parsed query is in canonical form: terms and alternatives stand in order and once, names have become codes. Its
 * canonical text parses to the same query.
 */
#ifndef VIEW_QUERY_H
#define VIEW_QUERY_H

#include "domain/domain.h"

/* Over these it is an error: what a query may cost is bounded before it runs. */
enum { QUERY_MOST_BYTES = 32768, QUERY_MOST_TERMS = 64, QUERY_MOST_ALTERNATIVES = 400 };

enum query_key { QUERY_FIELD, QUERY_SOURCE, QUERY_ID, QUERY_BBOX, QUERY_TEXT, QUERY_DOUBTFUL };

/* What may be asked of one field besides the value itself: `place.subdivision`, `date.precision`, `amount.mass`. */
enum query_part { PART_WHOLE, PART_SUBDIVISION, PART_COUNTRY, PART_SETTLEMENT, PART_PRECISION, PART_DIMENSION };

/* The words of `doubtful=`, with what they find. */
#define DOUBT_TABLE(X)                                                                                                 \
    X(IMPLAUSIBLE, "implausible", "an amount of an unlikely magnitude")                                                \
    X(NO_QUANTITY, "no-quantity", "no amount that could be read")                                                      \
    X(NOT_PLACED, "not-placed", "neither a place nor a country")                                                       \
    X(NO_DATE, "no-date", "no date that could be read")                                                                \
    X(CONFLICT, "conflict", "its sources disagree on a value")                                                         \
    X(UNREAD, "unread", "a text that is in no list yet")                                                               \
    X(REPEATED, "repeated", "one source says the same more than once")                                                 \
    X(ALIKE, "alike", "another one has the same date, place, concept and amount: undecided")                           \
    X(IMPRECISE, "imprecise", "placed in an area only")

enum doubt {
#define X(symbol, word, meaning) DOUBT_##symbol,
    DOUBT_TABLE(X)
#undef X
        N_DOUBTS
};
/* The word in queries, and one line of English for the manual. */
const char *doubt_word(enum doubt doubt);
const char *doubt_meaning(enum doubt doubt);

/* One alternative of a term: a code, a range, a text, or unknown. */
struct query_match {
    bool is_unknown;
    bool is_negated; /* `!` before this alternative */
    bool is_range, is_within;
    struct slice text;  /* code or text as given; for QUERY_SOURCE the code of the source */
    uint32_t code;      /* concept, category, country, subdivision, precision, doubt; UINT32_MAX where it is a text */
    uint64_t id;        /* entity; geonames number of a settlement */
    double least, most; /* ranges: days, base-unit amounts, counts; ±INFINITY where open */
    uint32_t dimension; /* quantities; UINT32_MAX: any */
    struct slice canonical; /* how query_format writes it, not yet percent-encoded */
};
struct query_term {
    enum query_key key;
    int field; /* QUERY_FIELD, otherwise -1 */
    enum query_part part;
    struct query_match *matches; /* none for QUERY_BBOX */
    size_t n_matches;
    struct slice source_text; /* "country=EC,BE" as written (decoded), for chips */
};
enum query_sort { SORT_NEWEST, SORT_OLDEST, SORT_LARGEST };
struct query {
    struct query_term *terms;
    size_t n_terms;
    enum query_sort sort;
    uint32_t limit;                  /* rows of the list; default 50, at most 1000 (exports: 0 = all) */
    uint64_t after;                  /* keyset: the entity after which to go on, 0: from the start */
    double west, south, east, north; /* bbox, degrees; NAN where not given. west > east crosses the date line */
    int zoom;                        /* z, 0 … 18, for marks; default 2 */
    int language;                    /* -1: the reader's */
    uint32_t unit;    /* that totals of its dimension are written in; UINT32_MAX: the dimension's shown unit */
    bool shows_parts; /* also what is part of a whole that matches */
    struct slice tab; /* a word for pages; may be empty */
    uint32_t given;   /* presentation keys that stood in the text, one bit each */
    struct arena arena;
};

/* A country's match may be a region of M49: its number with this bit. */
enum { QUERY_REGION = 1 << 16 };

enum { QUERY_DEFAULT_LIMIT = 50, QUERY_MOST_LIMIT = 1000, QUERY_DEFAULT_ZOOM = 2, QUERY_MOST_ZOOM = 18 };

/* Parses text against a domain. `sources`: names for `source=`; with none any name is taken. COMITY_SYNTAX with column
 * and hint; then *out is empty. query_release in any case is right. */
enum comity_status query_parse(struct slice text, const struct domain *domain, const struct slice *source_codes,
    size_t n_sources, struct query *out, struct comity_error *err) COMITY_MUST_USE;
void query_release(struct query *query);

/* The canonical text: keys in order, percent-encoded (plain ASCII that is safe in an address and between quotes in
 * HTML but for `&`). With `without` ≥ 0 that term is left out (a removable chip). With extra != NULL it is put in:
 * "country=CO" widens a term of that key that is there (or), and becomes a term of its own otherwise; "sort=oldest"
 * replaces. An extra that is no query is left out. Changing terms drops `after`. */
void query_format(
    const struct query *query, const struct domain *domain, int without, const char *extra, struct buffer *out);

/* Like query_format with `extra`, but an alternative that is there already is taken out: what a click on the value of a
 * facet does. `value` is facet_value.key, `key` facet.key. */
void query_toggle(
    const struct query *query, const struct domain *domain, struct slice key, struct slice value, struct buffer *out);

/* The key of a term as it is written: "place.subdivision". */
void query_term_key(const struct query_term *term, const struct domain *domain, struct buffer *out);

#endif
