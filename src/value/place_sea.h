/* place_sea.h - whether a cell names a sea and nothing on land. Private to place*.c.
 *
 * Only whole names count: "Mar Caribe", "en alta mar", "Arabian Sea, Pakistan", "aguas internacionales del Océano
 * Pacífico", "international waters off Puerto Rico"; never a sea within a name ("Barrio Vista al Mar"). Names are those
 * of the gazetteer's table of seas. A named sea beats a general one in the same cell.
 */
#ifndef VALUE_PLACE_SEA_H
#define VALUE_PLACE_SEA_H

#include "value/place_find.h"

/* The row of the sea, or 0: no sea is named, or the text is also the name of a place on land in the search's country
 * and, where the search knows it, subdivision (Sudan's state of Red Sea, a town called Altamar). */
uint32_t place_read_sea(const struct place_search *search, struct slice cell);

#endif
