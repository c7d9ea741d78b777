/* Puts the readings of the cells together under the rules of place.h. */
#include "value/place.h"

#include "value/place_cell.h"

#include <math.h>

enum {
    LEAST_SCORE = 55,
    CITY_KM = 40,
    PART_SCORE = 80,
    AMBIGUITY_KM = 20,
    AMBIGUITY_CONFIDENCE = 20,
    AMBIGUITY_RANK = 25
};

struct reading {
    struct place_search search;
    struct place_hit division; /* the best of the division's cell; score 0 when there is none */
    struct place_cell division_cell, place_cell;
};

double place_distance_km(int32_t lat_a, int32_t lon_a, int32_t lat_b, int32_t lon_b)
{
    const double radian = M_PI / 180 * 1e-5, earth_km = 6371.0088;
    double sin_lat = sin((lat_b - (double)lat_a) * radian / 2), sin_lon = sin((lon_b - (double)lon_a) * radian / 2);
    double h = sin_lat * sin_lat + cos(lat_a * radian) * cos(lat_b * radian) * sin_lon * sin_lon;
    return 2 * earth_km * asin(sqrt(h < 1 ? h : 1));
}

static struct slice given(const struct value_input *input, struct slice cell)
{
    cell = slice_trim(cell);
    for (size_t i = 0; i < input->n_null_tokens; i++)
        if (slice_equal_nocase(cell, slice_trim(input->null_tokens[i])))
            return SLICE_EMPTY;
    return cell;
}

static bool is_area(const struct place_hit *hit)
{
    return hit->kind != TARGET_SETTLEMENT;
}

static void read_division(struct reading *r, struct slice cell)
{
    r->search.in_division = true;
    r->division_cell = place_read_cell(&r->search, cell);
    r->search.in_division = false;
    if (!r->search.n_hits)
        return;
    r->division = r->search.hits[0];
    r->search.subdivision = r->division.subdivision;
    r->search.is_firm = is_area(&r->division);
    r->search.n_hits = 0;
}

static bool names_area(const struct place_search *s, uint8_t part, uint16_t subdivision)
{
    for (size_t i = 0; i < s->n_hits; i++)
        if (s->hits[i].kind == TARGET_SUBDIVISION && s->hits[i].part == part &&
            (!subdivision || s->hits[i].subdivision == subdivision))
            return true;
    return false;
}

/* "Kerman/Sirjan": Kerman is the province here, not its capital; and the province is said by the town. */
static void drop_namesakes(struct place_search *s, const struct place_hit *area)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_hits; i++)
        if (s->hits[i].kind != TARGET_SUBDIVISION && s->hits[i].part != area->part)
            s->hits[n++] = s->hits[i];
    s->n_hits = n;
}

/* "Moscow Region, Korolev city": one part of the cell is the subdivision of another. */
static void narrow_by_parts(struct reading *r)
{
    struct place_search *s = &r->search;
    for (size_t i = 0; i < s->n_hits; i++) {
        const struct place_hit area = s->hits[i];
        if (area.kind != TARGET_SUBDIVISION || !area.part || (s->subdivision && s->is_firm))
            continue;
        for (size_t j = 0; j < s->n_hits; j++)
            if (!is_area(&s->hits[j]) && s->hits[j].part != area.part && s->hits[j].subdivision == area.subdivision &&
                !names_area(s, s->hits[j].part, area.subdivision)) {
                s->subdivision = area.subdivision;
                s->is_firm = true;
                drop_namesakes(s, &area);
                place_rank_again(s);
                return;
            }
    }
}

/* "Kerman/Sardounieyh": the town is not one we know, and Kerman is its province. */
static void prefer_area(struct reading *r)
{
    struct place_search *s = &r->search;
    if (!s->n_hits || is_area(&s->hits[0]) || !s->hits[0].part || r->place_cell.n_unknown == 0 || s->hits[0].is_dressed)
        return;
    const struct place_hit town = s->hits[0];
    for (size_t i = 1; i < s->n_hits; i++)
        if (s->hits[i].kind == TARGET_SUBDIVISION && s->hits[i].part == town.part) {
            s->hits[0] = s->hits[i];
            s->hits[i] = town;
            return;
        }
}

static void to_subdivision(struct place_hit *hit)
{
    hit->kind = TARGET_SUBDIVISION;
    hit->target = hit->subdivision;
    hit->is_area = false;
}

/* In a column of areas a town's name stands for the area around it. Areas first, then those of towns. */
static void lift_to_subdivisions(struct place_search *s)
{
    struct place_hit hits[PLACE_MOST_HITS];
    size_t n = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < s->n_hits; i++)
            if ((s->hits[i].kind == TARGET_SUBDIVISION) == (pass == 0))
                hits[n++] = s->hits[i];
    for (size_t i = 0; i < n; i++)
        to_subdivision(&hits[i]);
    memcpy(s->hits, hits, n * sizeof *hits);
}

/* What lies outside the subdivision that the record names is another place of the same name, but for the capital. */
static void drop_outside(struct place_search *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_hits; i++) {
        const struct place_hit *hit = &s->hits[i];
        if (hit->score >= LEAST_SCORE && !(hit->is_outside && s->is_firm && !place_is_capital(s, hit)))
            s->hits[n++] = *hit;
    }
    s->n_hits = n;
}

/* A cell that names no place we know: "Mail Center" in Vantaa is in Vantaa, and so is a quarter in the municipality of
 * a city ("D.M. QUITO"); "Karasovići" in the police area of Dubrovnik is only in the same subdivision. */
/* What lies far from the city that the division is, is another place of the same name. */
static void drop_far(struct reading *r)
{
    struct place_search *s = &r->search;
    if (!r->division.score || is_area(&r->division) || !(r->division_cell.classes & WORD_BIT(WORD_SETTLEMENT)))
        return;
    const struct settlement_row *city = &s->table->settlements[r->division.target], *row;
    size_t n = 0;
    for (size_t i = 0; i < s->n_hits; i++) {
        row = &s->table->settlements[s->hits[i].target];
        if (!is_area(&s->hits[i]) && place_distance_km(city->lat_e5, city->lon_e5, row->lat_e5, row->lon_e5) <= CITY_KM)
            s->hits[n++] = s->hits[i];
    }
    s->n_hits = n;
}

static void fall_back(struct reading *r)
{
    struct place_search *s = &r->search;
    if (s->n_hits || !r->division.score)
        return;
    struct place_hit hit = r->division;
    bool is_within = !r->place_cell.is_empty && !r->place_cell.is_dressing;
    hit.is_area = r->place_cell.is_district;
    if (is_within && (r->division_cell.classes & WORD_BIT(WORD_SETTLEMENT)))
        hit.score = hit.score < PART_SCORE ? hit.score : PART_SCORE;
    else if (is_within && !is_area(&hit))
        to_subdivision(&hit);
    s->hits[s->n_hits++] = hit;
}

static void read_cells(const struct value_spec *spec, const struct value_input *input, struct reading *r)
{
    const struct country_table *t = &spec->gazetteer->table;
    *r = (struct reading){.search = {.table = t, .words = {t->words, t->n_words}, .country = input->country}};
    if (input->country >= t->n_countries)
        r->search.country = COUNTRY_NONE;
    struct slice cell = given(input, input->raw);
    if (!cell.len)
        cell = given(input, input->district);
    struct slice division = given(input, input->subdivision);
    /* "México" above "Sinaloa/Culiacán" is the country, not the state. */
    bool is_country = cell.len && division.len && country_find(t, division, NULL) == r->search.country;
    if (!is_country)
        read_division(r, division);
    r->place_cell = place_read_cell(&r->search, cell);
    if (is_country && !r->search.n_hits)
        read_division(r, division);
    if (input->names_subdivisions)
        lift_to_subdivisions(&r->search);
    else {
        narrow_by_parts(r);
        prefer_area(r);
    }
    drop_outside(&r->search);
    drop_far(r);
    fall_back(r);
    if (input->names_subdivisions)
        lift_to_subdivisions(&r->search);
}

/* ---- hits to values ---- */

static void set_settlement(const struct country_table *t, const struct place_hit *hit, struct value *v)
{
    const struct settlement_row *row = &t->settlements[hit->target];
    v->precision = PLACE_SETTLEMENT;
    v->place.geonames = row->geonames;
    v->place.lat_e5 = row->lat_e5;
    v->place.lon_e5 = row->lon_e5;
}

static void set_area(const struct country_table *t, const struct place_hit *hit, bool is_district, struct value *v)
{
    if (hit->kind == TARGET_DISTRICT)
        v->place.geonames = t->districts[hit->target].number;
    v->precision = is_district ? PLACE_DISTRICT : hit->subdivision ? PLACE_SUBDIVISION : PLACE_COUNTRY;
    v->place.lat_e5 = t->subdivisions[hit->subdivision].lat_e5;
    v->place.lon_e5 = t->subdivisions[hit->subdivision].lon_e5;
}

static struct value value_of(const struct reading *r, const struct place_hit *hit)
{
    struct value v = {.type = VALUE_PLACE, .state = VALUE_TYPED, .flags = hit->flags, .confidence = hit->score};
    v.place.country = hit->country;
    v.place.subdivision = hit->subdivision;
    if (hit->kind == TARGET_SETTLEMENT && !hit->is_area)
        set_settlement(r->search.table, hit, &v);
    else
        set_area(
            r->search.table, hit, hit->kind != TARGET_SUBDIVISION || (r->place_cell.is_district && hit->is_area), &v);
    return v;
}

static bool is_rival(const struct country_table *t, const struct place_hit *best, const struct place_hit *other)
{
    if (is_area(best) || is_area(other) || best->is_outside != other->is_outside)
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
    struct reading r;
    read_cells(spec, input, &r);
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

enum comity_status place_parse(
    const struct value_spec *spec, const struct value_input *input, struct arena *arena, struct value *out)
{
    struct reading r;
    read_cells(spec, input, &r);
    struct slice raw = given(input, input->raw);
    if (!raw.len)
        raw = given(input, input->district);
    if (!raw.len)
        raw = given(input, input->subdivision);
    bool is_told = slice_trim(input->raw).len || slice_trim(input->subdivision).len;
    *out = (struct value){.type = VALUE_PLACE, .state = is_told ? VALUE_NULL : VALUE_ABSENT};
    if (!raw.len)
        return COMITY_OK;
    if (r.search.n_hits) {
        *out = value_of(&r, &r.search.hits[0]);
        if (is_ambiguous(&r.search)) {
            out->flags |= VALUE_AMBIGUOUS;
            out->confidence -= AMBIGUITY_CONFIDENCE;
        }
    } else if (r.search.country != COUNTRY_NONE) {
        *out = country_value(r.search.table, r.search.country);
    } else {
        out->state = VALUE_UNREAD;
        return set_text(raw, false, arena, out);
    }
    return set_text(raw, true, arena, out);
}
