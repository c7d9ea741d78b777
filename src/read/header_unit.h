/* header_unit.h - the unit that a column's name tells: "Heroin_Kg", "Sum Qty (lbs)", "kg de cocaína". Private to read/.
 */
#ifndef READ_HEADER_UNIT_H
#define READ_HEADER_UNIT_H

#include "value/quantity.h"

struct header_unit {
    uint32_t unit;     /* UINT32_MAX: the name tells none */
    struct slice text; /* its words, and … */
    struct slice rest; /* … what is left of the name; without a unit all of it. Both point into the name */
};

/* The unit at the end of the name, or else at its beginning, where something is left beside it. COMITY_NOMEM only. */
enum comity_status header_cut_unit(
    const struct unit_table *units, struct slice name, struct header_unit *out) COMITY_MUST_USE;

#endif
