/* place_list.h - the settlements of a country, for whoever needs a list of them and not the place of a text. */
#ifndef VALUE_PLACE_LIST_H
#define VALUE_PLACE_LIST_H

#include "value/place.h"

struct settlement {
    uint32_t geonames, population;
    uint16_t subdivision;
};

/* The most populous settlements of a country, largest first (equal ones by GeoNames id), sections of cities left out.
 * Writes up to `room` and returns how many. Cost: one pass over the gazetteer. */
size_t gazetteer_largest(const struct gazetteer *gazetteer, uint16_t country, struct settlement *out, size_t room);

#endif
