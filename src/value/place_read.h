/* place_read.h - the cells of one place put together: which hit is meant. Private to place*.c. */
#ifndef VALUE_PLACE_READ_H
#define VALUE_PLACE_READ_H

#include "value/place_cell.h"

struct place_reading {
    struct place_search search; /* its hits are the readings, best first */
    struct place_hit division;  /* the best of the division's cell; score 0 when there is none */
    struct place_hit town;      /* that the division's cell names beside it; likewise */
    struct place_cell division_cell, place_cell;
};

void place_read(const struct value_spec *spec, const struct value_input *input, struct place_reading *out);

static inline bool place_is_area(const struct place_hit *hit)
{
    return hit->kind != TARGET_SETTLEMENT;
}

#endif
