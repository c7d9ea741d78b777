/* answer_json.h - an answer as JSON: the one form that command line, API and pages share. Its members are in
 * docs/QUERY.md.
 *
 * Amounts are in the shown unit of their dimension, or in the query's `unit`. Marks are columns, not objects, so that
 * 5,000 of them stay small on a thin line.
 */
#ifndef VIEW_ANSWER_JSON_H
#define VIEW_ANSWER_JSON_H

#include "view/view.h"

/* Appends one object. `sequence`: what the store had seen when the view was built (the "as of" of the answer). */
enum comity_status answer_json(const struct view *view, const struct reader *reader, const struct query *query,
    const struct answer *answer, uint64_t sequence, struct buffer *out, struct comity_error *err) COMITY_MUST_USE;

/* One entity as one object (a row of the above, also a line of NDJSON): id, counts, doubts, values by field. */
void entity_json(
    const struct view *view, const struct reader *reader, uint32_t index, int language, struct buffer *out);

/* The unit that amounts of a dimension are shown in, with its factor to the base unit. UINT32_MAX when the domain names
 * none: then the base unit holds, factor 1. */
uint32_t answer_unit(const struct view *view, const struct query *query, uint32_t dimension, double *to_base);

#endif
