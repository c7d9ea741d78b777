/* The division narrows the place; parts of one cell narrow each other; what lies elsewhere is dropped; and where
 * nothing is left, the division itself is the reading.
 */
#include "value/place_read.h"

#include "value/place_code.h"
#include "value/place_road.h"
#include "value/place_sea.h"

enum {
    LEAST_SCORE = 55,
    CITY_KM = 40,        /* the most that a quarter or suburb lies from the city it is filed under */
    PART_SCORE = 80,     /* of a city that stands for a quarter we do not know */
    END_KM = 20,         /* the most that lies between two places of the name of a road's end */
    NAMESAKE_RANK = 600, /* what the province's name is worth, where it may be the country's */
    ROAD_SCORE = 75      /* of the area that stands for a road */
};

/* "Mixco, Guatemala": the cell of divisions tells the town as well. */
static struct place_hit town_beside(const struct place_search *s)
{
    const struct place_hit *area = &s->hits[0];
    for (size_t i = 1; i < s->n_hits && area->kind == TARGET_SUBDIVISION && area->part; i++) {
        const struct place_hit *hit = &s->hits[i];
        if (hit->kind == TARGET_SETTLEMENT && hit->part && hit->part != area->part && !hit->is_area &&
            hit->subdivision == area->subdivision && hit->score >= EXACT_SCORE)
            return *hit;
    }
    return (struct place_hit){0};
}

/* The division by its code; what is no code says nothing. */
static void read_division_code(struct place_reading *r, unsigned systems, struct slice cell)
{
    if (!place_find_code(&r->search, systems, cell, &r->division))
        return;
    r->search.country = r->division.country;
    r->search.subdivision = r->division.subdivision;
    r->search.is_firm = place_is_area(&r->division);
}

static void read_division(struct place_reading *r, struct slice cell)
{
    r->search.in_division = true;
    r->division_cell = place_read_cell(&r->search, cell);
    r->search.in_division = false;
    if (!r->search.n_hits)
        return;
    r->division = r->search.hits[0];
    r->town = town_beside(&r->search);
    r->search.subdivision = r->division.subdivision;
    r->search.is_firm = place_is_area(&r->division);
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

/* Whether another part of the cell names a town in the area, or one of its districts; those of a city are the city. */
static bool names_town_beside(const struct place_search *s, const struct place_hit *area)
{
    bool is_city = s->table->subdivisions[area->subdivision].city != 0;
    for (size_t i = 0; i < s->n_hits; i++)
        if ((!place_is_area(&s->hits[i]) || (s->hits[i].kind == TARGET_DISTRICT && !is_city)) &&
            s->hits[i].part != area->part && s->hits[i].subdivision == area->subdivision &&
            !names_area(s, s->hits[i].part, area->subdivision))
            return true;
    return false;
}

/* "Moscow Region, Korolev city": one part of the cell is the subdivision of another. */
static bool narrow_to_towns(struct place_search *s)
{
    for (size_t i = 0; i < s->n_hits; i++) {
        const struct place_hit area = s->hits[i];
        if (area.kind != TARGET_SUBDIVISION || !area.part || !names_town_beside(s, &area))
            continue;
        s->subdivision = area.subdivision;
        s->is_firm = true;
        drop_namesakes(s, &area);
        place_rank_again(s);
        return true;
    }
    return false;
}

/* Towns that are meant whatever area the text names: said to be one, or a seat of the first level, or in an area that
 * lies or lay within it ("Leningrad Region, St. Petersburg"). */
static bool is_meant_anyway(const struct place_search *s, const struct place_hit *town, uint16_t area)
{
    struct place_search within = {.table = s->table, .subdivision = area};
    return town->is_dressed || s->table->settlements[town->target].rank >= SETTLEMENT_FIRST_SEAT ||
           place_fits(&within, town->subdivision);
}

/* "Moscow Region, Ivanovskoe": the text says "region", and the only Ivanovskoe that we know lies in another. */
static void narrow_to_area(struct place_search *s)
{
    const struct place_hit *area = NULL;
    bool has_town = false;
    for (size_t i = 0; i < s->n_hits && !area; i++)
        if (s->hits[i].kind == TARGET_SUBDIVISION && s->hits[i].part && s->hits[i].is_called_area)
            area = &s->hits[i];
    for (size_t i = 0; area && i < s->n_hits; i++) {
        const struct place_hit *hit = &s->hits[i];
        if (place_is_area(hit) || hit->part == area->part)
            continue;
        if (is_meant_anyway(s, hit, area->subdivision))
            return;
        has_town = true;
    }
    if (has_town) {
        s->hits[0] = *area;
        s->n_hits = 1;
    }
}

static void narrow_by_parts(struct place_reading *r)
{
    if (!(r->search.subdivision && r->search.is_firm) && !narrow_to_towns(&r->search))
        narrow_to_area(&r->search);
}

/* "Kerman/Sardounieyh": the town is not one we know, and Kerman is its province. */
static void prefer_area(struct place_reading *r)
{
    struct place_search *s = &r->search;
    if (!s->n_hits || place_is_area(&s->hits[0]) || !s->hits[0].part || r->place_cell.n_unknown == 0 ||
        s->hits[0].is_dressed)
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

/* What lies outside the subdivision that the record names is another place of the same name, but for what is
 * known anywhere. */
static void drop_outside(struct place_search *s)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n_hits; i++) {
        const struct place_hit *hit = &s->hits[i];
        if (hit->score >= LEAST_SCORE &&
            !(hit->is_outside && (s->is_firm || hit->score < EXACT_SCORE) && !place_is_known_anywhere(s, hit)))
            s->hits[n++] = *hit;
    }
    s->n_hits = n;
}

/* What lies far from the city that the division is, is another place of the same name. */
static void drop_far(struct place_reading *r)
{
    struct place_search *s = &r->search;
    if (!r->division.score || place_is_area(&r->division) || !(r->division_cell.classes & WORD_BIT(WORD_SETTLEMENT)))
        return;
    const struct settlement_row *city = &s->table->settlements[r->division.target], *row;
    size_t n = 0;
    for (size_t i = 0; i < s->n_hits; i++) {
        row = &s->table->settlements[s->hits[i].target];
        bool is_kept = place_is_area(&s->hits[i])
                           ? r->place_cell.is_district
                           : place_distance_km(city->lat_e5, city->lon_e5, row->lat_e5, row->lon_e5) <= CITY_KM;
        if (is_kept)
            s->hits[n++] = s->hits[i];
    }
    s->n_hits = n;
}

/* What is read at the level of a subdivision that is one city is read as the city. */
static void settle_cities(struct place_search *s)
{
    const struct country_table *t = s->table;
    for (size_t i = 0; i < s->n_hits; i++) {
        struct place_hit *hit = &s->hits[i];
        uint32_t city = hit->kind == TARGET_SUBDIVISION ? t->subdivisions[hit->subdivision].city : 0;
        size_t row = city ? place_settlement(t, city) : SIZE_MAX;
        if (row == SIZE_MAX)
            continue;
        hit->kind = TARGET_SETTLEMENT;
        hit->target = (uint32_t)row;
        hit->is_area = false;
    }
}

/* A cell that names no place we know: "Mail Center" in Vantaa is in Vantaa, and so is a quarter in the municipality of
 * a city ("D.M. QUITO"); "Karasovići" in the police area of Dubrovnik is only in the same subdivision. */
static void fall_back(struct place_reading *r)
{
    struct place_search *s = &r->search;
    if (s->n_hits || !r->division.score)
        return;
    struct place_hit hit = r->town.score ? r->town : r->division;
    bool is_within = !r->place_cell.is_empty && !r->place_cell.is_dressing;
    hit.is_area = r->place_cell.is_district;
    if (is_within && (r->town.score || (r->division_cell.classes & WORD_BIT(WORD_SETTLEMENT))))
        hit.score = hit.score < PART_SCORE ? hit.score : PART_SCORE;
    else if (is_within && !place_is_area(&hit))
        to_subdivision(&hit);
    s->hits[s->n_hits++] = hit;
}

/* A code stands for its place and is never read as a name. */
static void read_as_code(struct place_reading *r, unsigned systems, struct slice cell, bool names_subdivisions)
{
    r->search.n_hits = place_find_code(&r->search, systems, cell, &r->search.hits[0]);
    if (names_subdivisions)
        lift_to_subdivisions(&r->search);
    else
        settle_cities(&r->search);
}

static void read_as_sea(struct place_reading *r, uint32_t sea)
{
    r->search.hits[0] =
        (struct place_hit){.kind = TARGET_SEA, .target = sea, .country = r->search.country, .score = 100};
    r->search.n_hits = 1;
}

/* "Panamá" is a country and a province of it. Beside a whole name the province is meant where it has such a town. */
static void prefer_namesake(struct place_search *s, struct slice country_cell)
{
    struct place_search inner = {.table = s->table, .words = s->words, .country = s->country, .in_division = true};
    struct place_key key;
    place_key(country_cell, &key);
    (void)place_find(&inner, place_key_slice(&key), (struct place_clue){0});
    if (!s->n_hits || !inner.n_hits || inner.hits[0].kind != TARGET_SUBDIVISION || inner.hits[0].score < EXACT_SCORE)
        return;
    for (size_t i = 1; i < s->n_hits && !place_is_area(&s->hits[0]) && !s->hits[0].part; i++) {
        struct place_hit hit = s->hits[i];
        if (place_is_area(&hit) || hit.part || hit.score < s->hits[0].score ||
            hit.subdivision != inner.hits[0].subdivision || s->hits[0].subdivision == hit.subdivision)
            continue;
        memmove(&s->hits[1], &s->hits[0], i * sizeof hit);
        hit.rank = s->hits[1].rank + NAMESAKE_RANK;
        s->hits[0] = hit;
        return;
    }
}

static bool is_called_alike(const struct country_table *t, uint32_t name, uint32_t other)
{
    struct place_key a, b;
    place_key(place_text(t, name), &a);
    place_key(place_text(t, other), &b);
    return slice_equal(place_key_slice(&a), place_key_slice(&b));
}

/* The town, a part of it or an airport by its name, or the second-level area that is called so. */
static bool is_end(const struct country_table *t, const struct place_hit *end, const struct place_hit *hit)
{
    const struct settlement_row *town = &t->settlements[end->target], *row = &t->settlements[hit->target];
    if (!end->score || hit->kind == TARGET_SUBDIVISION)
        return false;
    if (hit->kind == TARGET_DISTRICT)
        return is_called_alike(t, t->districts[hit->target].name, town->name);
    return hit->target == end->target ||
           (is_called_alike(t, row->name, town->name) &&
               place_distance_km(row->lat_e5, row->lon_e5, town->lat_e5, town->lon_e5) <= END_KM);
}

/* The subdivision that holds both ends, or, where only one is known, that one. */
static uint16_t road_subdivision(const struct place_search *s, const struct place_hit ends[2])
{
    if (s->subdivision && s->is_firm)
        return s->subdivision;
    if (!ends[0].score || !ends[1].score)
        return ends[ends[0].score ? 0 : 1].subdivision;
    return ends[0].subdivision == ends[1].subdivision ? ends[0].subdivision : SUBDIVISION_NONE;
}

/* "Vía Florencia - Neiva, km 15" is in neither town. Where the division is a town, the record says that it is there;
 * and what is read from other words of the cell stays. */
static void leave_ends_of_road(struct place_reading *r, struct slice cell)
{
    struct place_search *s = &r->search;
    struct place_road road;
    if (r->town.score || (r->division.score && !place_is_area(&r->division)) || !place_read_road(s, cell, &road))
        return;
    const struct place_hit *was = s->n_hits ? &s->hits[0] : NULL;
    bool is_at_end = was && (is_end(s->table, &road.ends[0], was) || is_end(s->table, &road.ends[1], was));
    if (was && !is_at_end)
        return;
    struct place_hit hit = {.country = s->country, .subdivision = road_subdivision(s, road.ends)};
    if (road.is_near_first)
        hit = road.ends[0];
    else
        to_subdivision(&hit);
    hit.score = ROAD_SCORE;
    hit.flags |= VALUE_APPROXIMATE;
    s->hits[0] = hit;
    s->n_hits += !was;
}

/* `country_cell` is the division's where that is the name of the country: it is read where the place's says nothing. */
static void read_on_land(struct place_reading *r, struct slice cell, struct slice country_cell, bool names_subdivisions)
{
    r->place_cell = place_read_cell(&r->search, cell);
    if (country_cell.len && !r->search.n_hits)
        read_division(r, country_cell);
    if (names_subdivisions)
        lift_to_subdivisions(&r->search);
    else {
        narrow_by_parts(r);
        prefer_area(r);
        prefer_namesake(&r->search, country_cell);
    }
    drop_outside(&r->search);
    drop_far(r);
    fall_back(r);
    if (names_subdivisions)
        lift_to_subdivisions(&r->search);
    else
        settle_cities(&r->search);
    if (!names_subdivisions)
        leave_ends_of_road(r, cell);
}

/* What is not there is an empty text, so that one may look at where it begins. */
static struct slice trimmed(struct slice cell)
{
    return cell.ptr ? slice_trim(cell) : SLICE("");
}

static void read_names(struct place_reading *r, const struct value_input *input)
{
    struct slice cell = trimmed(input->raw);
    if (!cell.len)
        cell = trimmed(input->district);
    struct slice division = trimmed(input->subdivision_codes ? SLICE_EMPTY : input->subdivision);
    /* "México" above "Sinaloa/Culiacán" is the country, not the state. */
    bool is_country = cell.len && division.len && country_find(r->search.table, division, NULL) == r->search.country;
    uint32_t division_sea = place_read_sea(&r->search, division);
    if (input->subdivision_codes)
        read_division_code(r, input->subdivision_codes, input->subdivision);
    else if (!is_country && !division_sea)
        read_division(r, division);
    uint32_t sea = cell.len ? place_read_sea(&r->search, cell) : division_sea;
    if (!sea)
        read_on_land(r, cell, is_country ? division : SLICE(""), input->names_subdivisions);
    if (!sea && !r->search.n_hits)
        sea = division_sea;
    if (sea)
        read_as_sea(r, sea);
}

void place_read(const struct value_spec *spec, const struct value_input *input, struct place_reading *r)
{
    const struct country_table *t = &spec->gazetteer->table;
    struct slice cell = slice_trim(input->raw);
    *r = (struct place_reading){.search = {.table = t, .words = {t->words, t->n_words}, .country = input->country}};
    if (input->country >= t->n_countries)
        r->search.country = COUNTRY_NONE;
    if (input->codes && cell.len)
        read_as_code(r, input->codes, cell, input->names_subdivisions);
    else
        read_names(r, input);
}
