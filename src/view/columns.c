/* columns.c - builds a class: each distinct value is looked at once, then every entity and mention is a table look-up.
 */
#include "view/columns.h"

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"

#include <stdlib.h>

/* ---- sites --------------------------------------------------------------------------------------------------- */

struct site_builder {
    struct view_class *class;
    struct map known; /* site key → site number */
    struct site *sites;
    size_t n_sites, room_sites;
};

/* What makes two places one site: a point's coordinates, an area's identity. */
static uint64_t site_key(const struct site *site)
{
    if (site_is_point(site))
        return (uint64_t)(uint32_t)site->lat_e5 << 32 | (uint32_t)site->lon_e5;
    if (site->precision == PLACE_DISTRICT && site->geonames)
        return hash_u64((uint64_t)site->geonames | 1ull << 40);
    if (site->precision != PLACE_COUNTRY && site->subdivision)
        return hash_u64((uint64_t)site->subdivision | 2ull << 40);
    return hash_u64((uint64_t)site->country | 3ull << 40);
}

static bool add_site(struct site_builder *builder, const struct site *site, uint32_t *number)
{
    bool is_new = false;
    uint64_t *place = map_put(&builder->known, site_key(site), &is_new);
    if (!place)
        return false;
    if (is_new) {
        if (!ARRAY_ROOM(builder->sites, builder->n_sites, builder->room_sites, 1))
            return false;
        *place = builder->n_sites;
        builder->sites[builder->n_sites++] = *site;
    }
    *number = (uint32_t)*place;
    return true;
}

static struct site site_of_place_value(const struct value *value, uint32_t code)
{
    struct site site = {value->place.lat_e5, value->place.lon_e5, value->precision, value->place.country,
        value->place.subdivision, value->place.geonames, code};
    if (site.precision == PLACE_DISTRICT && !site.geonames && !site.subdivision)
        site.precision = PLACE_COUNTRY;
    return site;
}

static bool sites_of_places(const struct view *view, struct site_builder *builder, struct arena *arena)
{
    const struct column *column = view_column(view, view_domain(view)->where);
    if (!column)
        return true;
    uint32_t *sites = ARENA_ARRAY(arena, uint32_t, column->n_values + 1);
    builder->class->site_of_place = sites;
    for (uint32_t code = 0; sites && code < column->n_values; code++) {
        const struct value *value = &column->values[code];
        struct site site = site_of_place_value(value, code);
        bool is_somewhere =
            value_is_typed(value) && site.precision != PRECISION_NONE && site.precision != PLACE_SEA &&
            (site_is_point(&site) || site.country != COUNTRY_NONE || site.subdivision != SUBDIVISION_NONE);
        if (is_somewhere && !add_site(builder, &site, &sites[code]))
            return false;
    }
    return sites != NULL;
}

static bool sites_of_countries(const struct view *view, struct site_builder *builder, struct arena *arena)
{
    const struct domain *domain = view_domain(view);
    const struct column *column = view_column(view, domain->country);
    if (!column)
        return true;
    uint32_t *sites = ARENA_ARRAY(arena, uint32_t, column->n_values + 1);
    builder->class->site_of_country = sites;
    for (uint32_t code = 0; sites && code < column->n_values; code++) {
        const struct value *value = &column->values[code];
        if (!value_is_typed(value) || value->country.id == COUNTRY_NONE)
            continue;
        const struct country *country = country_get(domain->fields[domain->country].spec.countries, value->country.id);
        struct site site = {country->lat_e5, country->lon_e5, PLACE_COUNTRY, value->country.id, SUBDIVISION_NONE, 0, 0};
        if (!add_site(builder, &site, &sites[code]))
            return false;
    }
    return sites != NULL;
}

static enum comity_status sites_build(struct view *view, struct view_class *class, struct comity_error *err)
{
    struct site_builder builder = {.class = class};
    struct site nowhere = {0};
    const struct domain *domain = view_domain(view);
    const struct resolution *resolution = view->resolution;
    bool is_good = ARRAY_ROOM(builder.sites, builder.n_sites, builder.room_sites, 1);
    if (is_good)
        builder.sites[builder.n_sites++] = nowhere;
    is_good =
        is_good && sites_of_places(view, &builder, &view->arena) && sites_of_countries(view, &builder, &view->arena);
    class->n_sites = builder.n_sites;
    class->sites = is_good ? ARENA_ARRAY(&view->arena, struct site, class->n_sites) : NULL;
    class->site = ARENA_ARRAY(&view->arena, uint32_t, resolution->n_entities + 1);
    is_good = class->sites && class->site;
    if (is_good)
        memcpy(class->sites, builder.sites, class->n_sites * sizeof *class->sites);
    free(builder.sites);
    map_release(&builder.known);
    for (size_t i = 0; is_good && i < resolution->n_entities; i++) {
        if (class->site_of_place)
            class->site[i] = class->site_of_place[resolution->winner[domain->where][i]];
        if (class->site[i] == 0 && class->site_of_country)
            class->site[i] = class->site_of_country[resolution->winner[domain->country][i]];
    }
    return is_good ? COMITY_OK : error_nomem(err);
}

/* ---- totals -------------------------------------------------------------------------------------------------- */

/* By code: the group's part of the slot, or the dimension's. Null when memory is out. */
static uint16_t *slots_of_concepts(const struct view *view, struct arena *arena)
{
    const struct slots *slots = &view->slots;
    const struct column *column = view_column(view, view_domain(view)->what);
    uint32_t step = slots->n_dimensions + 1;
    uint16_t *table = ARENA_ARRAY(arena, uint16_t, column ? column->n_values + 1 : 1);
    for (uint32_t code = 0; table && code < (column ? column->n_values : 1); code++) {
        bool is_known = column && value_is_typed(&column->values[code]);
        uint32_t group = is_known ? slots->node_group[column->values[code].concept.id] : slots->n_groups;
        table[code] = (uint16_t)(group * step);
    }
    return table;
}

static uint16_t *slots_of_amounts(const struct view *view, struct view_class *class, struct arena *arena)
{
    const struct domain *domain = view_domain(view);
    const struct column *column = view_column(view, domain->how_much);
    uint16_t *table = ARENA_ARRAY(arena, uint16_t, column ? column->n_values + 1 : 1);
    class->base_amount = ARENA_ARRAY(arena, double, column ? column->n_values + 1 : 1);
    if (!table || !class->base_amount || !column)
        return class->base_amount ? table : NULL;
    const struct unit_table *units = domain->fields[domain->how_much].spec.units;
    for (uint32_t code = 0; code < column->n_values; code++) {
        const struct value *value = &column->values[code];
        if (!value_is_typed(value))
            continue;
        class->base_amount[code] = unit_to_base(units, value);
        table[code] = (uint16_t)(units->units[value->quantity.unit].dimension_id + 1);
    }
    return table;
}

struct slot_input {
    const uint32_t *what, *how_much; /* codes by row, or null */
    const uint16_t *of_concept, *of_amount;
    const double *base_amount;
};

static void fill_slots(const struct slot_input *input, size_t n, uint16_t *slot, double *amount)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t what = input->what ? input->what[i] : 0, how_much = input->how_much ? input->how_much[i] : 0;
        slot[i] = (uint16_t)(input->of_concept[what] + input->of_amount[how_much]);
        amount[i] = input->base_amount[how_much];
    }
}

static enum comity_status amounts_build(struct view *view, struct view_class *class, struct comity_error *err)
{
    const struct domain *domain = view_domain(view);
    const struct resolution *resolution = view->resolution;
    size_t n = resolution->n_entities, m = view->mentions->n;
    const struct column *what = view_column(view, domain->what), *how_much = view_column(view, domain->how_much);
    struct slot_input input = {.of_concept = slots_of_concepts(view, &view->arena),
        .of_amount = slots_of_amounts(view, class, &view->arena),
        .base_amount = class->base_amount};
    class->slot = ARENA_ARRAY(&view->arena, uint16_t, n + 1);
    class->mention_slot = ARENA_ARRAY(&view->arena, uint16_t, m + 1);
    class->amount = ARENA_ARRAY(&view->arena, double, n + 1);
    class->mention_amount = ARENA_ARRAY(&view->arena, double, m + 1);
    if (!input.of_concept || !input.of_amount || !class->slot || !class->mention_slot || !class->amount ||
        !class->mention_amount)
        return error_nomem(err);
    input.what = what ? resolution->winner[domain->what] : NULL;
    input.how_much = how_much ? resolution->winner[domain->how_much] : NULL;
    fill_slots(&input, n, class->slot, class->amount);
    input.what = what ? what->code : NULL;
    input.how_much = how_much ? how_much->code : NULL;
    fill_slots(&input, m, class->mention_slot, class->mention_amount);
    return COMITY_OK;
}

enum comity_status columns_build(struct view *view, struct view_class *class, struct comity_error *err)
{
    enum comity_status status = sites_build(view, class, err);
    if (status == COMITY_OK)
        status = amounts_build(view, class, err);
    if (status == COMITY_OK)
        status = facets_build(view, class, err);
    if (status == COMITY_OK)
        status = parts_raise_amounts(view, class, err);
    if (status == COMITY_OK)
        status = doubts_build(view, class, err);
    return status == COMITY_OK ? orders_build(view, class, err) : status;
}
