/* country.h - countries and territories: ISO 3166-1 codes, M49 numbers, names in many languages, names of their day.
 *
 * The table is part of the gazetteer file (value/place.h), so that codes, names and places come from one place. Index 0
 * is COUNTRY_NONE. Names are matched folded; a name of its day (Swaziland, "Macedonia, the former Yugoslav Republic
 * of") gives the country of today with VALUE_OLD_NAME. A country that several others followed (Czechoslovakia) is a
 * country of its own, with its code of ISO 3166-3, in its region, and no Member State; it is none of those that
 * followed.
 */
#ifndef VALUE_COUNTRY_H
#define VALUE_COUNTRY_H

#include "value/concept.h"
#include "value/value.h"

struct country {
    char alpha2[5]; /* or the four letters of ISO 3166-3 for one that several others followed: CSHH */
    char alpha3[4];
    bool is_member; /* of the 193 Member States of the United Nations */
    uint16_t m49;
    uint16_t region;        /* M49 number of the smallest region that it lies in; 0: none (Antarctica) */
    int32_t lat_e5, lon_e5; /* a label point */
};

/* A region of the M49 standard: South America (5) within Latin America and the Caribbean (419) within Americas (19). */
struct region {
    uint16_t m49, parent; /* 0: none */
};
size_t region_count(const struct country_table *table);
const struct region *region_get(const struct country_table *table, size_t i);
struct slice region_label(const struct country_table *table, uint16_t m49, int language);
/* By number ("005", "419") or by a label in any language; 0. */
uint16_t region_find(const struct country_table *table, struct slice name);
/* Whether the country lies in the region, at whatever depth. */
bool country_is_within(const struct country_table *table, uint16_t id, uint16_t m49);

size_t country_count(const struct country_table *table); /* with index 0 */
const struct country *country_get(const struct country_table *table, uint16_t id);
/* By any name or code (folded inside); COUNTRY_NONE. `*is_old_name` may be null. */
uint16_t country_find(const struct country_table *table, struct slice name, bool *is_old_name);
/* By ISO alpha-2, or the four letters of ISO 3166-3; COUNTRY_NONE. */
uint16_t country_by_alpha2(const struct country_table *table, struct slice code);
struct slice country_label(const struct country_table *table, uint16_t id, int language);

enum comity_status country_parse(
    const struct value_spec *, const struct value_input *, struct arena *, struct value *) COMITY_MUST_USE;

#endif
