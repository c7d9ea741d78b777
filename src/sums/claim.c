/* From values to places and periods of a grid. */
#include "sums/claim.h"

#include "base/calendar.h"

void claim_fields(const struct domain *domain, int fields[N_CLAIM_FIELDS])
{
    fields[CLAIM_WHEN] = domain->when;
    fields[CLAIM_WHERE] = domain->where;
    fields[CLAIM_COUNTRY] = domain->country;
    fields[CLAIM_WHAT] = domain->what;
    fields[CLAIM_HOW_MUCH] = domain->how_much;
}

static bool is_typed(const struct value *value)
{
    return value && value_is_typed(value);
}

static void read_place(const struct value *where, const struct value *country, struct claim *out)
{
    if (is_typed(country))
        out->country = country->country.id;
    if (!is_typed(where))
        return;
    if (where->place.country != COUNTRY_NONE)
        out->country = where->place.country;
    if (where->precision != PRECISION_NONE && where->precision <= PLACE_SUBDIVISION)
        out->subdivision = where->place.subdivision;
    if (where->precision != PRECISION_NONE && where->precision <= PLACE_SETTLEMENT)
        out->settlement = where->place.geonames;
}

void claim_read(const struct domain *domain, const struct value *const values[N_CLAIM_FIELDS], struct claim *out)
{
    const struct value *when = values[CLAIM_WHEN], *what = values[CLAIM_WHAT], *much = values[CLAIM_HOW_MUCH];
    *out = (struct claim){.dimension = UINT32_MAX};
    read_place(values[CLAIM_WHERE], values[CLAIM_COUNTRY], out);
    if (is_typed(when)) {
        out->has_date = true;
        out->first_day = when->date.first;
        out->last_day = when->date.last;
    }
    out->has_concept = domain->what < 0 || is_typed(what);
    if (is_typed(what))
        out->concept = what->concept.id;
    if (is_typed(much) && domain->units) {
        const struct unit *unit = &domain->units->units[much->quantity.unit];
        out->has_amount = true;
        out->dimension = unit->dimension_id;
        out->unit = much->quantity.unit;
        out->amount = much->quantity.amount * unit->to_base;
    }
}

uint32_t claim_place(const struct claim *claim, enum sums_level level)
{
    switch (level) {
    case LEVEL_WORLD:
        return 1;
    case LEVEL_COUNTRY:
        return claim->country;
    case LEVEL_SUBDIVISION:
        return claim->subdivision;
    case LEVEL_SETTLEMENT:
        return claim->settlement;
    default:
        return 0;
    }
}

enum sums_level claim_level(const struct claim *claim)
{
    enum sums_level level = LEVEL_SETTLEMENT;
    while (!claim_place(claim, level))
        level--;
    return level;
}

struct sums_place claim_place_at(const struct claim *claim, enum sums_level level)
{
    return (struct sums_place){.level = (uint8_t)level,
        .country = level >= LEVEL_COUNTRY ? claim->country : COUNTRY_NONE,
        .subdivision = level >= LEVEL_SUBDIVISION ? claim->subdivision : SUBDIVISION_NONE,
        .settlement = level >= LEVEL_SETTLEMENT ? claim->settlement : 0};
}

uint32_t place_number(const struct sums_place *place)
{
    switch (place->level) {
    case LEVEL_COUNTRY:
        return place->country;
    case LEVEL_SUBDIVISION:
        return place->subdivision;
    case LEVEL_SETTLEMENT:
        return place->settlement;
    default:
        return 1;
    }
}

/* ---- periods --------------------------------------------------------------------------------------------------- */

static void enclosing(enum sums_period period, int32_t day, int32_t *first, int32_t *last)
{
    struct civil civil = civil_from_day(day);
    unsigned from = civil.month, to = civil.month;
    if (period == PERIOD_QUARTER) {
        from = (civil.month - 1) / 3 * 3 + 1;
        to = from + 2;
    } else if (period == PERIOD_YEAR) {
        from = 1;
        to = 12;
    }
    *first = day_from_civil(civil.year, from, 1);
    *last = day_from_civil(civil.year, to, days_in_month(civil.year, to));
}

enum sums_period period_of(int32_t first_day, int32_t last_day)
{
    int32_t first, last;
    if (first_day == last_day)
        return PERIOD_DAY;
    for (enum sums_period period = PERIOD_MONTH; period <= PERIOD_YEAR; period++) {
        enclosing(period, first_day, &first, &last);
        if (first == first_day && last == last_day)
            return period;
    }
    return PERIOD_RANGE;
}

void period_widen(enum sums_period period, int32_t *first_day, int32_t *last_day)
{
    int32_t first, last;
    if (period < PERIOD_MONTH || period > PERIOD_YEAR)
        return;
    enclosing(period, *first_day, &first, &last);
    if (*last_day > last)
        return;
    *first_day = first;
    *last_day = last;
}

/* ---- concepts and cells ------------------------------------------------------------------------------------------ */

static bool is_one_of(const uint32_t *groups, size_t n_groups, uint32_t concept)
{
    for (size_t i = 0; i < n_groups; i++)
        if (groups[i] == concept)
            return true;
    return false;
}

uint32_t concept_grouped(const struct concept_tree *tree, const uint32_t *groups, size_t n_groups, uint32_t concept)
{
    for (uint32_t node = concept; n_groups; node = tree->nodes[node].parent) {
        if (is_one_of(groups, n_groups, node))
            return node;
        if (node == 0)
            break;
    }
    return concept;
}

static int order(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

int cell_order(const struct sums_cell *a, const struct sums_cell *b)
{
    int found = order(a->place.level, b->place.level);
    if (!found)
        found = order(place_number(&a->place), place_number(&b->place));
    if (!found)
        found = order(a->concept, b->concept);
    if (!found)
        found = order(a->first_day, b->first_day);
    if (!found)
        found = order(a->last_day, b->last_day);
    return found ? found : order(a->dimension, b->dimension);
}
