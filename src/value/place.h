/* place.h - where: from "BOGOTÁ, D.C. (CT)" to a settlement, a subdivision or a country, with its precision stated.
 *
 * The gazetteer is one read-only file, memory-mapped, compiled at build time by tools/ from packaged data (GeoNames and
 * SimpleMaps, CC BY 4.0; OurAirports; iso-codes). Opening costs no parsing; several processes share
 * it.
 *
 * Rules that always hold: a settlement or finer is a point; the centre of a subdivision or a country never poses as
 * one, and a sea area has none at all; a column of first-level names is read at that level; where the name is ambiguous
 * the likeliest is taken, flagged VALUE_AMBIGUOUS, and place_candidates() lists the others.
 */
#ifndef VALUE_PLACE_H
#define VALUE_PLACE_H

#include "value/country.h"
#include "value/value.h"

struct gazetteer;

/* Whether the number says what the place is (a settlement, a second-level area, a sea) and not what it lies in. */
static inline bool place_is_numbered(const struct value *value)
{
    return value->place.geonames && (value->precision <= PLACE_DISTRICT || value->precision == PLACE_SEA);
}

/* Maps the compiled file. COMITY_CORRUPT when it is no gazetteer of this version. Close with gazetteer_close (null ok).
 */
enum comity_status gazetteer_open(const char *path, struct gazetteer **out, struct comity_error *err) COMITY_MUST_USE;
void gazetteer_close(struct gazetteer *gazetteer);
const struct country_table *gazetteer_countries(const struct gazetteer *gazetteer);
/* One line for the screen and NOTICE: what data, which version, which licence. */
const char *gazetteer_credit(const struct gazetteer *gazetteer);

/* First-level subdivisions; index 0 is none. `code` is stable ("CO.38" as GeoNames numbers them). */
struct subdivision {
    char code[12];
    char iso[8]; /* ISO 3166-2 ("CO-VAC") where it is known, else "" */
    uint16_t country;
    int32_t lat_e5, lon_e5; /* a label point */
    uint32_t city;          /* GeoNames id where the subdivision is one city (Baku, Berlin), else 0 */
};
size_t subdivision_count(const struct gazetteer *gazetteer);
const struct subdivision *subdivision_get(const struct gazetteer *gazetteer, uint16_t id);
uint16_t subdivision_by_code(const struct gazetteer *gazetteer, struct slice code); /* SUBDIVISION_NONE */
struct slice subdivision_label(const struct gazetteer *gazetteer, uint16_t id, int language);

/* Readings at a level, as place_parse() would make them; fields of `*out` that are not of the place stay. */
bool place_by_number(const struct gazetteer *gazetteer, uint32_t number, struct value *out); /* false: no such place */
void place_of_subdivision(const struct gazetteer *gazetteer, uint16_t subdivision, struct value *out);
void place_of_country(const struct gazetteer *gazetteer, uint16_t country, struct value *out);

/* The name of a settlement, second-level area or sea by its number, in a language or its own; empty when not in the
 * file. */
struct slice settlement_label(const struct gazetteer *gazetteer, uint32_t geonames, int language);

enum { PLACE_CANDIDATES = 8 };
struct place_candidate {
    struct value value;
    uint32_t population;
    uint8_t score; /* 0 … 100 */
};
/* The readings of one input, best first; returns how many. */
size_t place_candidates(
    const struct value_spec *, const struct value_input *, struct place_candidate out[PLACE_CANDIDATES]);

enum comity_status place_parse(
    const struct value_spec *, const struct value_input *, struct arena *, struct value *) COMITY_MUST_USE;

/* Great-circle distance in km. */
double place_distance_km(int32_t lat_a, int32_t lon_a, int32_t lat_b, int32_t lon_b);

#endif
