/* place_road.h - texts that name two towns as the ends of a road or a range: "km 15 vía Florencia - Neiva", "Main road
 * from Kraljevo to Raška", "54 km avtodorogi Novosibirsk-Tomsk", "between A and B". What happened there happened in
 * neither. Private to place*.c.
 *
 * Words for roads are dressing of the class "road" (tools/gazetteer/words.tsv). A dash alone makes no road: most cells
 * with one tell a town and its area.
 */
#ifndef VALUE_PLACE_ROAD_H
#define VALUE_PLACE_ROAD_H

#include "value/place_find.h"

enum { ROAD_NEAR_KM = 3 }; /* as far from its first end, a place is told by that end */

struct place_road {
    struct place_hit ends[2]; /* settlements by their exact names, near each other; score 0: not one we know */
    bool is_near_first;       /* at a kilometre that lies near the first end */
};

/* False when the text tells no road, or one of which neither end is known. */
bool place_read_road(const struct place_search *search, struct slice cell, struct place_road *out);

#endif
