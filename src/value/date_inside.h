/* date_inside.h - between date.c (one date) and date_year.c (a date whose year stands apart). Private to value/. */
#ifndef VALUE_DATE_INSIDE_H
#define VALUE_DATE_INSIDE_H

#include "value/date.h"

struct date_reading {
    int32_t first, last;
    bool is_ambiguous;
};

/* One date, month, quarter or year. COMITY_INPUT when the text is no date. */
enum comity_status date_read_one(
    struct folding *folding, struct slice text, enum date_order order, struct date_reading *out) COMITY_MUST_USE;

/* Whether the year has a cell of its own, or begins in another month than January. */
bool date_has_own_year(const struct value_input *input);
/* Reads a month, quarter or day of the year that the year's cell tells; without a month, the whole year. COMITY_INPUT
 * when either cell cannot be read. */
enum comity_status date_read_in_year(
    struct folding *folding, const struct value_input *input, struct date_reading *out) COMITY_MUST_USE;
/* Makes a reading the whole of the year that it begins in. */
void date_widen_to_year(unsigned first_month, struct date_reading *reading);

#endif
