/* query_read.h - inside the query parser: what its files share. query.c cuts the text into terms and pieces,
 * query_value.c reads a piece by the type of its field, query_format.c writes canonical text, query_near.c knows near
 * names for hints. */
#ifndef VIEW_QUERY_READ_H
#define VIEW_QUERY_READ_H

#include "view/query.h"

struct query_context {
    const struct domain *domain;
    const struct slice *source_codes;
    size_t n_sources;
    struct arena *arena;
};

/* One alternative as it stands: without `!`, quotes and escapes. */
struct query_piece {
    struct slice text;
    uint32_t column;
    bool is_quoted, is_negated, is_unknown;
};

/* Presentation keys, in the order of canonical text. */
#define SHOWN_TABLE(X)                                                                                                 \
    X(SORT, "sort", "newest, oldest or largest")                                                                       \
    X(LIMIT, "limit", "rows of the list, 0 to 1000; 0 means all in an export")                                         \
    X(AFTER, "after", "the entity after which the list goes on")                                                       \
    X(LANG, "lang", "language of labels: en, es, fr, pt, ru, ar or zh")                                                \
    X(Z, "z", "zoom of the map, 0 to 18")                                                                              \
    X(UNIT, "unit", "the unit that totals of its dimension are written in")                                            \
    X(PARTS, "parts", "shown: also what is part of a whole that is counted")                                           \
    X(TAB, "tab", "a word that pages use")
enum shown_key {
#define X(symbol, word, meaning) SHOWN_##symbol,
    SHOWN_TABLE(X)
#undef X
        N_SHOWN
};
const char *shown_word(enum shown_key key);
const char *shown_meaning(enum shown_key key);
const char *sort_word(enum query_sort sort);

/* Reads a piece as an alternative of `term` (key, field and part are set; a quantity's part names its dimension). */
enum comity_status query_read_match(const struct query_context *context, const struct query_term *term,
    uint32_t dimension, const struct query_piece *piece, struct query_match *out,
    struct comity_error *err) COMITY_MUST_USE;

/* Sets an error for text at a column of the query. */
enum comity_status query_fault(struct comity_error *err, uint32_t column, const char *format, ...) COMITY_PRINTF(3, 4);

/* Writes the canonical text of every match, puts matches and terms in order and takes out what stands twice. */
enum comity_status query_tidy(
    struct query *query, const struct domain *domain, struct comity_error *err) COMITY_MUST_USE;

/* A code or, with `is_text`, a text as canonical alternatives write it: quoted where it must be. */
void query_add_code(struct buffer *out, struct slice code, bool is_text);

/* A number at the start of `text` with a point as decimal mark, in no locale; *rest is what follows. */
bool query_number(struct slice text, double *number, struct slice *rest);

/* The nearest of some names, or empty when none is near enough to be meant. */
struct near {
    struct slice wanted, best;
    unsigned distance;
};
void near_init(struct near *near, struct slice wanted);
void near_offer(struct near *near, struct slice name);
/* Adds "did you mean 'x'?" to an error when a name was near, otherwise `otherwise`. */
void near_hint(const struct near *near, struct comity_error *err, const char *otherwise);

#endif
