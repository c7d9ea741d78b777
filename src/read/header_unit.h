/* header_unit.h - the unit that a column's name tells: "Heroin_Kg", "Sum Qty (lbs)", "kg de cocaína". Private to read/.
 */
#ifndef READ_HEADER_UNIT_H
#define READ_HEADER_UNIT_H

#include "value/quantity.h"

/* The unit at the end of the name, or else at its beginning, where something is left beside it: `rest` is the name
 * without it, `unit` the words of the unit; both point into `name`. UINT32_MAX: there is none; then `rest` is the
 * name. */
uint32_t header_cut_unit(
    const struct unit_table *units, struct slice name, struct slice *rest, struct slice *unit);

#endif
