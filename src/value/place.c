/* Hits to values. */
#include "value/place.h"

#include "value/place_read.h"
#include "value/quantity.h"

#include <math.h>

enum {
    AMBIGUITY_KM = 20,
    AMBIGUITY_CONFIDENCE = 20,
    AMBIGUITY_RANK = 25, /* a factor of some forty in inhabitants */
    NEAREST_KM = 100     /* a point farther from every settlement is in no subdivision */
};

double place_distance_km(int32_t lat_a, int32_t lon_a, int32_t lat_b, int32_t lon_b)
{
    const double radian = M_PI / 180 * 1e-5, earth_km = 6371.0088;
    double sin_lat = sin((lat_b - (double)lat_a) * radian / 2), sin_lon = sin((lon_b - (double)lon_a) * radian / 2);
    double h = sin_lat * sin_lat + cos(lat_a * radian) * cos(lat_b * radian) * sin_lon * sin_lon;
    return 2 * earth_km * asin(sqrt(h < 1 ? h : 1));
}

static void set_settlement(const struct country_table *t, const struct place_hit *hit, struct value *v)
{
    const struct settlement_row *row = &t->settlements[hit->target];
    v->precision = PLACE_SETTLEMENT;
    v->place.geonames = row->geonames;
    v->place.lat_e5 = row->lat_e5;
    v->place.lon_e5 = row->lon_e5;
}

static void set_sea(const struct country_table *t, uint32_t row, struct value *v)
{
    v->precision = PLACE_SEA;
    v->place.geonames = t->seas[row].number;
    v->place.subdivision = SUBDIVISION_NONE;
    v->place.lat_e5 = v->place.lon_e5 = 0;
}

static void set_area(const struct country_table *t, const struct place_hit *hit, bool is_district, struct value *v)
{
    if (hit->kind == TARGET_DISTRICT)
        v->place.geonames = t->districts[hit->target].number;
    v->precision = is_district ? PLACE_DISTRICT : hit->subdivision ? PLACE_SUBDIVISION : PLACE_COUNTRY;
    const struct subdivision *row = &t->subdivisions[hit->subdivision];
    const struct country *country = &t->countries[hit->country];
    v->place.lat_e5 = hit->subdivision ? row->lat_e5 : country->lat_e5;
    v->place.lon_e5 = hit->subdivision ? row->lon_e5 : country->lon_e5;
}

static struct value value_of(const struct place_reading *r, const struct place_hit *hit)
{
    struct value v = {.type = VALUE_PLACE, .state = VALUE_TYPED, .flags = hit->flags, .confidence = hit->score};
    v.place.country = hit->country;
    v.place.subdivision = hit->subdivision;
    if (hit->kind == TARGET_SETTLEMENT && !hit->is_area)
        set_settlement(r->search.table, hit, &v);
    else if (hit->kind == TARGET_SEA)
        set_sea(r->search.table, hit->target, &v);
    else
        set_area(
            r->search.table, hit, hit->kind != TARGET_SUBDIVISION || (r->place_cell.is_district && hit->is_area), &v);
    return v;
}

static bool is_rival(const struct country_table *t, const struct place_hit *best, const struct place_hit *other)
{
    if (place_is_area(best) || place_is_area(other) || best->is_outside != other->is_outside)
        return false;
    const struct settlement_row *a = &t->settlements[best->target], *b = &t->settlements[other->target];
    return other->rank + AMBIGUITY_RANK >= best->rank &&
           place_distance_km(a->lat_e5, a->lon_e5, b->lat_e5, b->lon_e5) > AMBIGUITY_KM;
}

static bool is_ambiguous(const struct place_search *s)
{
    for (size_t i = 1; i < s->n_hits; i++)
        if (is_rival(s->table, &s->hits[0], &s->hits[i]))
            return true;
    return false;
}

size_t place_candidates(
    const struct value_spec *spec, const struct value_input *input, struct place_candidate out[PLACE_CANDIDATES])
{
    struct place_reading r;
    place_read(spec, input, &r);
    size_t n = 0;
    for (; n < r.search.n_hits && n < PLACE_CANDIDATES; n++) {
        const struct place_hit *hit = &r.search.hits[n];
        out[n] = (struct place_candidate){.value = value_of(&r, hit), .score = hit->score};
        if (hit->kind == TARGET_SETTLEMENT)
            out[n].population = r.search.table->settlements[hit->target].population;
    }
    return n;
}

static struct value country_value(const struct country_table *t, uint16_t country)
{
    struct value v = {.type = VALUE_PLACE, .state = VALUE_TYPED, .precision = PLACE_COUNTRY, .confidence = 100};
    v.place.country = country;
    v.place.lat_e5 = t->countries[country].lat_e5;
    v.place.lon_e5 = t->countries[country].lon_e5;
    return v;
}

static enum comity_status set_text(struct slice raw, bool is_folded, struct arena *arena, struct value *out)
{
    struct place_key key;
    if (is_folded) {
        place_key(raw, &key);
        raw = place_key_slice(&key);
    }
    out->text = raw.len ? arena_copy(arena, raw) : SLICE_EMPTY;
    return raw.len && !out->text.ptr ? COMITY_NOMEM : COMITY_OK;
}

/* ---- coordinates given by the source ---- */

static bool read_degrees(struct slice cell, double most, int32_t *e5)
{
    double degrees;
    cell = slice_trim(cell);
    bool has_comma = cell.len && memchr(cell.ptr, ',', cell.len);
    if (!cell.len || !number_parse(cell, has_comma ? DECIMAL_COMMA : DECIMAL_POINT, &degrees) ||
        !(fabs(degrees) <= most))
        return false;
    *e5 = (int32_t)lround(degrees * 1e5);
    return true;
}

/* The nearest settlement, of the country where it is known; SIZE_MAX when there is none near. */
static size_t nearest(const struct country_table *t, uint16_t country, int32_t lat_e5, int32_t lon_e5)
{
    size_t best = SIZE_MAX;
    double squeeze = cos(lat_e5 * M_PI / 180 * 1e-5), least = INFINITY;
    for (size_t i = 0; i < t->n_settlements; i++) {
        const struct settlement_row *row = &t->settlements[i];
        if (country != COUNTRY_NONE && row->country != country)
            continue;
        double y = row->lat_e5 - (double)lat_e5, x = fabs(row->lon_e5 - (double)lon_e5);
        x = (x > 180e5 ? 360e5 - x : x) * squeeze;
        if (x * x + y * y < least) {
            least = x * x + y * y;
            best = i;
        }
    }
    if (best == SIZE_MAX)
        return best;
    const struct settlement_row *row = &t->settlements[best];
    return place_distance_km(lat_e5, lon_e5, row->lat_e5, row->lon_e5) <= NEAREST_KM ? best : SIZE_MAX;
}

/* True when the source gave a point: the text then only names it. (0, 0) stands for "not known" in most sources. */
static bool read_point(const struct country_table *t, const struct value_input *input, struct value *v)
{
    int32_t lat_e5, lon_e5;
    if (!read_degrees(input->latitude, 90, &lat_e5) || !read_degrees(input->longitude, 180, &lon_e5) ||
        (!lat_e5 && !lon_e5))
        return false;
    if (v->state != VALUE_TYPED)
        *v = (struct value){.type = VALUE_PLACE, .state = VALUE_TYPED, .confidence = 100};
    if (v->place.country == COUNTRY_NONE && input->country < t->n_countries)
        v->place.country = input->country;
    if (v->place.subdivision == SUBDIVISION_NONE) {
        size_t row = nearest(t, v->place.country, lat_e5, lon_e5);
        v->place.subdivision = row == SIZE_MAX ? SUBDIVISION_NONE : t->settlements[row].subdivision;
        v->place.country = row == SIZE_MAX ? v->place.country : t->settlements[row].country;
    }
    v->precision = PLACE_POINT;
    v->place.lat_e5 = lat_e5;
    v->place.lon_e5 = lon_e5;
    return true;
}

/* ---- the whole ---- */

static struct slice told(const struct value_input *input)
{
    struct slice cells[] = {slice_trim(input->raw), slice_trim(input->district), slice_trim(input->subdivision)};
    return cells[0].len ? cells[0] : cells[1].len ? cells[1] : cells[2];
}

/* What is no code of the systems that the source uses stays unread, so that it is told and not hidden in its country.
 */
static void read_text(const struct value_spec *spec, const struct value_input *input, struct value *out)
{
    struct place_reading r;
    place_read(spec, input, &r);
    if (r.search.n_hits) {
        *out = value_of(&r, &r.search.hits[0]);
        if (is_ambiguous(&r.search)) {
            out->flags |= VALUE_AMBIGUOUS;
            out->confidence -= AMBIGUITY_CONFIDENCE;
        }
    } else if (r.search.country != COUNTRY_NONE && !(input->codes && slice_trim(input->raw).len)) {
        *out = country_value(r.search.table, r.search.country);
    }
}

enum comity_status place_parse(
    const struct value_spec *spec, const struct value_input *input, struct arena *arena, struct value *out)
{
    struct slice raw = told(input);
    *out = (struct value){.type = VALUE_PLACE, .state = raw.len ? VALUE_UNREAD : VALUE_ABSENT};
    if (raw.len)
        read_text(spec, input, out);
    (void)read_point(&spec->gazetteer->table, input, out);
    if (raw.len)
        return set_text(raw, out->state == VALUE_TYPED, arena, out);
    return COMITY_OK;
}

/* ---- by code ---- */

void place_of_country(const struct gazetteer *gazetteer, uint16_t country, struct value *out)
{
    out->place = country_value(&gazetteer->table, country).place;
    out->precision = PLACE_COUNTRY;
}

void place_of_subdivision(const struct gazetteer *gazetteer, uint16_t subdivision, struct value *out)
{
    const struct subdivision *row = subdivision_get(gazetteer, subdivision);
    struct place_hit hit = {
        .kind = TARGET_SUBDIVISION, .target = subdivision, .subdivision = subdivision, .country = row->country};
    out->place.geonames = 0;
    out->place.country = row->country;
    out->place.subdivision = subdivision;
    set_area(&gazetteer->table, &hit, false, out);
}

bool place_by_number(const struct gazetteer *gazetteer, uint32_t number, struct value *out)
{
    const struct country_table *t = &gazetteer->table;
    size_t row = place_settlement(t, number);
    const struct district_row *district = row == SIZE_MAX ? place_district(t, number) : NULL;
    uint32_t sea = place_sea(t, number);
    if (sea)
        set_sea(t, sea, out);
    if (row == SIZE_MAX && !district)
        return sea != 0;
    struct place_hit hit = {.kind = district ? TARGET_DISTRICT : TARGET_SETTLEMENT};
    hit.target = district ? (uint32_t)(district - t->districts) : (uint32_t)row;
    hit.subdivision = district ? district->subdivision : t->settlements[row].subdivision;
    hit.country = district ? district->country : t->settlements[row].country;
    out->place.country = hit.country;
    out->place.subdivision = hit.subdivision;
    if (district)
        set_area(t, &hit, true, out);
    else
        set_settlement(t, &hit, out);
    return true;
}
