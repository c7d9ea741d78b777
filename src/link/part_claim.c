/* Claims are read once from the frame. How exact an amount is told follows from its own digits: nobody says 12.37 kg
 * who has rounded to kilograms. Places of the same settlement are one place; coarser ones count in the area that they
 * name.
 */
#include "link/part_claim.h"

#include "base/error.h"
#include "base/hash.h"
#include "link/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- amounts ----------------------------------------------------------------------------------------------------- */

static bool is_multiple(double amount, double step)
{
    double n = amount / step;
    return n >= 0.5 && fabs(n - round(n)) < 1e-6 * fmax(1, n);
}

/* The power of ten that the amount is a whole number of, no finer than 1e-6 of it. */
static double decimal_step(double amount)
{
    double step = pow(10, floor(log10(amount)));
    for (int i = 0; i < 7 && !is_multiple(amount, step); i++)
        step /= 10;
    return step;
}

/* Nobody rounds to less than two digits but by saying "some". */
static void set_exactness(struct claim *claim, double amount, double to_base)
{
    const double most_rounded = 0.05;
    double step = decimal_step(amount);
    claim->half = fmin(step / 2, most_rounded * amount) * to_base;
    claim->grain = (is_multiple(amount, 5 * step) ? 5 * step : step) * to_base;
    claim->grain = fmin(claim->grain, claim->amount);
}

static bool read_amount(const struct frame *frame, uint32_t mention, struct claim *claim, uint32_t *dimension)
{
    const struct domain *domain = frame->mentions->domain;
    const struct value *value = mention_value(frame->mentions, mention, domain->how_much);
    if (!value_is_typed(value) || value->quantity.amount <= 0)
        return false;
    const struct unit *unit = &domain->units->units[value->quantity.unit];
    claim->amount = value->quantity.amount * unit->to_base;
    *dimension = unit->dimension_id;
    set_exactness(claim, value->quantity.amount, unit->to_base);
    return true;
}

/* ---- the rest of a claim ----------------------------------------------------------------------------------------- */

static void read_place(const struct frame *frame, uint32_t mention, struct claim *claim)
{
    int field = frame->mentions->domain->where;
    if (field < 0)
        return;
    const struct value *value = mention_value(frame->mentions, mention, field);
    if (!value_is_typed(value))
        return;
    claim->subdivision = value->place.subdivision;
    if (value->precision == PLACE_POINT || value->precision == PLACE_SETTLEMENT)
        claim->settlement =
            value->place.geonames
                ? value->place.geonames
                : (uint32_t)hash_u64((uint64_t)(uint32_t)value->place.lat_e5 << 32 | (uint32_t)value->place.lon_e5) | 1;
}

static uint32_t read_case(const struct frame *frame, uint32_t mention)
{
    int field = frame->mentions->domain->case_id;
    if (field < 0 || !value_is_typed(mention_value(frame->mentions, mention, field)))
        return 0;
    return frame->mentions->columns[field].code[mention];
}

/* Days only: what is dated to a month or a year has no neighbours. */
static bool is_dated(const struct frame *frame, size_t p)
{
    return frame->first[p] != NO_DAY && frame->last[p] - frame->first[p] <= 1;
}

struct keyed {
    struct claim claim;
    uint64_t key; /* country, group, dimension */
};

static int by_neighbourhood(const void *left, const void *right)
{
    const struct keyed *a = left, *b = right;
    if (a->key != b->key)
        return a->key < b->key ? -1 : 1;
    if (a->claim.day != b->claim.day)
        return a->claim.day < b->claim.day ? -1 : 1;
    return a->claim.position < b->claim.position ? -1 : a->claim.position > b->claim.position;
}

static size_t read_claims(const struct frame *frame, const uint32_t *cluster, struct keyed *out)
{
    size_t n = 0;
    for (uint32_t p = 0; p < frame->n; p++) {
        uint32_t mention = frame->mention[p], dimension;
        struct claim claim = {.position = p, .entity = cluster[p], .source = frame->source[p], .day = frame->first[p]};
        if (!is_dated(frame, p) || !frame->country[p] || !frame->group[p] ||
            !read_amount(frame, mention, &claim, &dimension))
            continue;
        read_place(frame, mention, &claim);
        claim.case_code = read_case(frame, mention);
        out[n++] = (struct keyed){
            claim, (uint64_t)frame->country[p] << 48 | (uint64_t)frame->group[p] << 16 | (dimension & 0xFFFF)};
    }
    return n;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static uint64_t area_key(const struct claim *claim, enum area area)
{
    uint64_t place = area == AREA_PLACE ? claim->settlement : area == AREA_SUBDIVISION ? claim->subdivision : 0;
    return hash_u64(hash_u64((uint64_t)claim->stratum << 32 | claim->source) ^ ((uint64_t)area << 60 | place));
}

static bool count(struct map *map, uint64_t key)
{
    uint64_t *n = map_put(map, key, NULL);
    if (n)
        (*n)++;
    return n != NULL;
}

static bool count_areas(struct claims *claims, const struct claim *claim)
{
    return count(&claims->counts, area_key(claim, AREA_COUNTRY)) &&
           (!claim->subdivision || count(&claims->counts, area_key(claim, AREA_SUBDIVISION))) &&
           (!claim->settlement || count(&claims->counts, area_key(claim, AREA_PLACE)));
}

static uint64_t bundle_key(const struct claim *claim)
{
    uint64_t place = (uint64_t)claim->settlement << 32 | claim->subdivision;
    return hash_u64(area_key(claim, AREA_COUNTRY) ^ hash_u64(place) ^ ((uint64_t)(uint32_t)claim->day << 20));
}

/* Half a row is given to each side, so that a source of few rows is not taken to be without bundles. */
static bool find_bundled(struct claims *claims)
{
    size_t n_sources = claims->frame->mentions->n_sources;
    struct map bundles = {0};
    double *told = claims->told = calloc(n_sources + 1, sizeof *told);
    claims->bundled = calloc(n_sources + 1, sizeof *claims->bundled);
    bool is_good = told && claims->bundled;
    for (size_t i = 0; is_good && i < claims->n; i++)
        is_good = count(&bundles, bundle_key(&claims->at[i]));
    for (size_t i = 0; is_good && i < claims->n; i++) {
        told[claims->at[i].source]++;
        claims->bundled[claims->at[i].source] += *map_get(&bundles, bundle_key(&claims->at[i])) > 1;
    }
    for (size_t s = 0; is_good && s < n_sources; s++)
        claims->bundled[s] = (claims->bundled[s] + 0.5) / (told[s] + 1);
    map_release(&bundles);
    return is_good;
}

static bool index_entities(struct claims *claims)
{
    size_t n = claims->frame->n;
    claims->by_entity = malloc((claims->n + 1) * sizeof *claims->by_entity);
    claims->of_entity = calloc(n + 2, sizeof *claims->of_entity);
    if (!claims->by_entity || !claims->of_entity)
        return false;
    for (size_t i = 0; i < claims->n; i++)
        claims->of_entity[claims->at[i].entity + 2]++;
    for (size_t e = 2; e < n + 2; e++)
        claims->of_entity[e] += claims->of_entity[e - 1];
    for (size_t i = 0; i < claims->n; i++)
        claims->by_entity[claims->of_entity[claims->at[i].entity + 1]++] = (uint32_t)i;
    return true;
}

static uint64_t two_sources(uint32_t a, uint32_t b)
{
    return (uint64_t)a << 32 | b;
}

/* Each claim counts once for each other source of its entity. */
static bool find_shared(struct claims *claims)
{
    bool is_good = true;
    for (size_t i = 0; is_good && i < claims->n; i++) {
        const struct claim *claim = &claims->at[i];
        for (uint32_t e = claims->of_entity[claim->entity]; is_good && e < claims->of_entity[claim->entity + 1]; e++) {
            uint32_t other = claims->at[claims->by_entity[e]].source;
            bool is_repeated = other == claim->source;
            for (uint32_t b = claims->of_entity[claim->entity]; b < e && !is_repeated; b++)
                is_repeated = claims->at[claims->by_entity[b]].source == other;
            if (!is_repeated)
                is_good = count(&claims->shared, two_sources(claim->source, other));
        }
    }
    return is_good;
}

double claims_overlap(const struct claims *claims, uint32_t source, uint32_t other)
{
    const uint64_t *n = map_get(&claims->shared, two_sources(source, other));
    return fmin(0.9, n ? (double)*n / (claims->told[source] + 1) : 0);
}

static bool number_strata(struct claims *claims, const struct keyed *keyed, size_t n)
{
    claims->at = malloc((n + 1) * sizeof *claims->at);
    claims->first_of_stratum = malloc((n + 1) * sizeof *claims->first_of_stratum);
    if (!claims->at || !claims->first_of_stratum)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || keyed[i].key != keyed[i - 1].key)
            claims->first_of_stratum[claims->n_strata++] = (uint32_t)i;
        claims->at[i] = keyed[i].claim;
        claims->at[i].stratum = (uint32_t)claims->n_strata - 1;
    }
    claims->first_of_stratum[claims->n_strata] = (uint32_t)n;
    claims->n = n;
    return true;
}

static void find_circumstances(struct claims *claims)
{
    const struct domain *domain = claims->frame->mentions->domain;
    for (int f = 0; f < (int)domain->n_fields; f++) {
        enum value_type type = domain->fields[f].spec.type;
        bool is_kind = type == VALUE_CATEGORY || (type == VALUE_COUNTRY && f != domain->country);
        if (is_kind && domain->fields[f].is_compared)
            claims->circumstances[claims->n_circumstances++] = f;
    }
}

enum comity_status claims_build(const struct frame *frame, const uint32_t *cluster, struct claims *out)
{
    *out = (struct claims){.frame = frame};
    find_circumstances(out);
    struct keyed *keyed = malloc((frame->n + 1) * sizeof *keyed);
    bool is_good = keyed != NULL;
    if (is_good) {
        size_t n = read_claims(frame, cluster, keyed);
        qsort(keyed, n, sizeof *keyed, by_neighbourhood);
        is_good = number_strata(out, keyed, n);
    }
    free(keyed);
    for (size_t i = 0; is_good && i < out->n; i++)
        is_good = count_areas(out, &out->at[i]);
    is_good = is_good && find_bundled(out) && index_entities(out) && find_shared(out);
    return is_good ? COMITY_OK : COMITY_NOMEM;
}

void claims_release(struct claims *claims)
{
    free(claims->at);
    free(claims->first_of_stratum);
    free(claims->by_entity);
    free(claims->of_entity);
    free(claims->bundled);
    free(claims->told);
    map_release(&claims->shared);
    map_release(&claims->counts);
    *claims = (struct claims){0};
}

/* ---- two claims -------------------------------------------------------------------------------------------------- */

enum tie claims_tie(const struct claim *a, const struct claim *b)
{
    bool is_subdivision_told = a->subdivision && b->subdivision;
    if (a->settlement && a->settlement == b->settlement)
        return TIE_PLACE;
    if (is_subdivision_told && a->subdivision != b->subdivision)
        return TIE_COUNTRY;
    if (a->settlement && b->settlement)
        return is_subdivision_told ? TIE_SUBDIVISION : TIE_COUNTRY;
    return TIE_VAGUE;
}

double claims_rate(const struct claims *claims, const struct claim *whole, const struct claim *part)
{
    const double least_days = 30;
    const struct claim *first = &claims->at[claims->first_of_stratum[part->stratum]];
    const struct claim *last = &claims->at[claims->first_of_stratum[part->stratum + 1] - 1];
    enum tie tie = claims_tie(whole, part);
    enum area area = tie == TIE_PLACE ? AREA_PLACE : tie == TIE_COUNTRY ? AREA_COUNTRY : AREA_SUBDIVISION;
    if (area == AREA_SUBDIVISION && (!whole->subdivision || !part->subdivision))
        area = AREA_COUNTRY;
    const uint64_t *n = map_get(&claims->counts, area_key(part, area));
    return ((n ? (double)*n : 0) + 1) / fmax(least_days, last->day - first->day + 1);
}

/* One circumstance: parts of a haul seldom differ in it, and two hauls agree as often as its value is common. */
static double likeness_of(const struct column *column, size_t n, uint32_t a, uint32_t b)
{
    const double agree = 0.85, rarest = 0.05;
    if (!value_is_typed(&column->values[a]) || !value_is_typed(&column->values[b]))
        return 0;
    double share = fmin(0.8, fmax(rarest, (double)column->frequency[a] / (double)(n + 1)));
    return a == b ? log(agree / share) : log((1 - agree) / (1 - share));
}

double claims_likeness(const struct claims *claims, const struct claim *whole, const struct claim *part)
{
    const struct mentions *mentions = claims->frame->mentions;
    uint32_t a = claims->frame->mention[whole->position], b = claims->frame->mention[part->position];
    double sum = 0;
    for (size_t i = 0; i < claims->n_circumstances; i++) {
        const struct column *column = &mentions->columns[claims->circumstances[i]];
        sum += likeness_of(column, mentions->n, column->code[a], column->code[b]);
    }
    return sum;
}
