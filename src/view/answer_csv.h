/* answer_csv.h - entities as CSV (RFC 4180), streamed: an export of all needs no large buffer.
 *
 * One row for each entity: id, sources, mentions, then for each field what its type needs:
 *
 *     date            date, date_first, date_last
 *     quantity        amount, amount_unit
 *     concept, category, country     drug (code), drug_label
 *     place           place (label), place_precision, place_subdivision (code), place_latitude, place_longitude
 *     others          the normal form
 *
 * Only points have latitude and longitude. A text that could not be read stands in the label (or main) column. Texts
 * that a spreadsheet would run as a formula (first character = + - @, tab or return) get an apostrophe in front.
 */
#ifndef VIEW_ANSWER_CSV_H
#define VIEW_ANSWER_CSV_H

#include "view/view.h"

/* Takes the next bytes; anything but COMITY_OK stops the export and is returned by it. */
typedef enum comity_status (*answer_sink)(void *context, struct slice bytes);

/* `indexes` as from view_select. `language`: of labels. */
enum comity_status answer_csv(const struct view *view, const struct reader *reader, const uint32_t *indexes, size_t n,
    int language, answer_sink sink, void *context, struct comity_error *err) COMITY_MUST_USE;

#endif
