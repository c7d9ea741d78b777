/* match.h - inside the view: whether one distinct value satisfies a term. Terms are evaluated once for each distinct
 * value of a column; entities and mentions then look up the result. */
#ifndef VIEW_MATCH_H
#define VIEW_MATCH_H

#include "view/columns.h"

struct matcher {
    const struct view *view;
    const struct query_term *term;
    const struct field *field; /* null for terms that are on no field */
    struct slice *needles;     /* by alternative: the folded text */
    struct buffer folded;      /* of `last` */
    struct slice last;
    struct arena arena;
};

enum comity_status matcher_init(struct matcher *matcher, const struct view *view, const struct query_term *term,
    struct comity_error *err) COMITY_MUST_USE;
void matcher_release(struct matcher *matcher);

/* pass[code] for every distinct value of the term's field. */
enum comity_status matcher_fill(
    struct matcher *matcher, const struct column *column, uint8_t *pass, struct comity_error *err) COMITY_MUST_USE;

/* For terms on texts: the bit of the alternatives' side that a value of any column hits. */
enum { HIT_PLAIN = 1, HIT_NEGATED = 2 };
enum comity_status matcher_fill_hits(struct matcher *matcher, const struct field *field, const struct column *column,
    uint8_t *hits, struct comity_error *err) COMITY_MUST_USE;

/* Whether hits satisfy the term: one of its plain alternatives (if it has any), and none of the negated. */
bool term_accepts(const struct query_term *term, uint8_t hits);

#endif
