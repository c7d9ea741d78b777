/* place_code.h - places told by code: UN/LOCODE of ports, IATA of airports, ISO 3166-2, DANE. Private to place*.c.
 *
 * The gazetteer files codes under keys of their own (place_code_key), so that a code is never taken for a name. A
 * UN/LOCODE gives the town of the port, an IATA code the airport's own point, ISO 3166-2 a subdivision or second-level
 * area; "SP" is BR-SP where the record is Brazil's. Of Colombia's DANE codes only the department is known: five digits
 * of a municipality, with or without those of the settlement in it, leading zero lost or not.
 */
#ifndef VALUE_PLACE_CODE_H
#define VALUE_PLACE_CODE_H

#include "value/place_find.h"

/* False when the cell is no code of any of the systems (bit n: enum place_code_system n) in the search's country: a
 * code of another country is a slip. The first system that knows it wins. */
bool place_find_code(const struct place_search *search, unsigned systems, struct slice cell, struct place_hit *out);

#endif
