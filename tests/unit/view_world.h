/* view_world.h - random mentions of the drugs pack with a view over them, for tests and benchmarks of view/. */
#ifndef VIEW_WORLD_H
#define VIEW_WORLD_H

#include "base/calendar.h"
#include "base/hash.h"
#include "view/view.h"

#include <stdio.h>
#include <stdlib.h>

enum { WORLD_SOURCES = 5 };

struct view_world {
    struct domain *domain;
    struct mentions mentions;
    struct resolution resolution;
    struct view *view;
    uint64_t state;
};

static inline uint32_t draw(struct view_world *world, uint32_t below)
{
    world->state++;
    return (uint32_t)(hash_u64(world->state) >> 33) % below;
}

static inline void draw_place(struct view_world *world, const struct value_spec *spec, struct value *value)
{
    static char names[64][16];
    uint32_t number = draw(world, 4000), kind = draw(world, 20);
    uint64_t mixed = hash_u64(number + 77);
    value->place.subdivision = (uint16_t)(1 + mixed % (subdivision_count(spec->gazetteer) - 1) % 200);
    value->place.country = subdivision_get(spec->gazetteer, value->place.subdivision)->country;
    value->precision = kind < 14   ? PLACE_SETTLEMENT
                       : kind < 15 ? PLACE_POINT
                       : kind < 16 ? PLACE_DISTRICT
                                   : PLACE_SUBDIVISION;
    if (kind == 19)
        value->precision = PLACE_COUNTRY;
    if (value->precision == PLACE_COUNTRY)
        value->place.subdivision = SUBDIVISION_NONE;
    if (value->precision == PLACE_SETTLEMENT || value->precision == PLACE_DISTRICT)
        value->place.geonames = 9000000 + number;
    value->place.lat_e5 = (int32_t)(mixed >> 20 & 0xFFFFFF) % 14000000 - 6000000;
    value->place.lon_e5 = (int32_t)(mixed >> 8 & 0x1FFFFFF) % 36000000 - 18000000;
    char *name = names[number % 64];
    snprintf(name, 16, "town %u", (unsigned)(number % 64));
    value->text = slice_from(name);
}

static inline void draw_date(struct view_world *world, struct value *value)
{
    int32_t day = day_from_civil(2012, 1, 1) + (int32_t)draw(world, 3600);
    struct civil civil = civil_from_day(day);
    value->precision = draw(world, 10) ? DATE_DAY : draw(world, 3) ? DATE_MONTH : DATE_YEAR;
    value->date.first = value->date.last = day;
    if (value->precision == DATE_MONTH) {
        value->date.first = day_from_civil(civil.year, civil.month, 1);
        value->date.last = value->date.first + (int32_t)days_in_month(civil.year, civil.month) - 1;
    } else if (value->precision == DATE_YEAR) {
        value->date.first = day_from_civil(civil.year, 1, 1);
        value->date.last = day_from_civil(civil.year, 12, 31);
    }
}

static inline void draw_value(struct view_world *world, const struct field *field, struct value *value)
{
    static const char *const words[] = {
        "Guardia Civil", "aduana de Cartagena", "Полиция", "port unit 7", "paquete negro"};
    const struct value_spec *spec = &field->spec;
    *value = (struct value){.type = (uint8_t)spec->type, .state = VALUE_TYPED, .confidence = 100};
    uint32_t luck = draw(world, 20);
    if (luck < 3) {
        value->state = luck == 0 ? VALUE_ABSENT : luck == 1 ? VALUE_NULL : VALUE_UNREAD;
        if (luck == 2)
            value->text = SLICE("Some New Word");
        return;
    }
    switch (spec->type) {
    case VALUE_DATE:
        draw_date(world, value);
        break;
    case VALUE_QUANTITY:
        value->quantity.unit =
            draw(world, 3) ? unit_find(spec->units, SLICE("kg")) : draw(world, (uint32_t)spec->units->n_units);
        value->quantity.amount = (1 + draw(world, 9999)) / 8.0;
        value->flags = draw(world, 50) ? 0 : VALUE_IMPLAUSIBLE;
        value->precision = QUANTITY_EXACT;
        break;
    case VALUE_CONCEPT:
        value->concept.id = draw(world, (uint32_t)spec->concepts->n_nodes);
        break;
    case VALUE_PLACE:
        draw_place(world, spec, value);
        break;
    case VALUE_COUNTRY:
        value->country.id = (uint16_t)(1 + draw(world, 60));
        break;
    case VALUE_CATEGORY:
        value->category.id = draw(world, (uint32_t)spec->categories->codes.count);
        break;
    case VALUE_COUNT:
        value->count.number = draw(world, 12);
        break;
    default:
        value->text = slice_from(words[draw(world, 5)]);
    }
}

static inline bool world_fill(struct view_world *world, size_t n)
{
    struct value values[DOMAIN_MOST_FIELDS];
    struct buffer packed;
    buffer_init(&packed, 1 << 20);
    bool is_good = true;
    for (size_t i = 0; i < n && is_good; i++) {
        for (size_t f = 0; f < world->domain->n_fields; f++)
            draw_value(world, &world->domain->fields[f], &values[f]);
        if (i == 0 || draw(world, 8) || !packed.len) { /* else: the one before, told again */
            buffer_clear(&packed);
            mention_pack(world->domain, values, &packed);
        }
        struct mention_row row = {.id = i + 1,
            .content = hash_slice(buffer_slice(&packed)),
            .identity = hash_u64(i),
            .source = draw(world, 3) ? 0 : draw(world, WORLD_SOURCES),
            .import = 1,
            .packed = buffer_slice(&packed)};
        is_good = mentions_add(&world->mentions, &row, NULL) == COMITY_OK;
    }
    buffer_release(&packed);
    return is_good;
}

/* Two in three mentions are entities of their own; the others join one of the last few. */
static inline bool world_link(struct view_world *world)
{
    uint64_t *entity_of = malloc((world->mentions.n + 1) * sizeof *entity_of);
    for (size_t i = 0; entity_of && i < world->mentions.n; i++)
        entity_of[i] = i > 4 && !draw(world, 3) ? entity_of[i - 1 - draw(world, 4)] : 10 + 2 * i;
    bool is_good = entity_of && resolve_entities(&world->mentions, entity_of, &world->resolution, NULL) == COMITY_OK;
    free(entity_of);
    return is_good;
}

static inline bool world_add_sources(struct view_world *world)
{
    static const char *const codes[WORLD_SOURCES] = {"unodc-ids", "co-policia", "es-aduana", "press", "be-customs"};
    world->mentions.sources = ARENA_ARRAY(&world->mentions.arena, struct source_info, WORLD_SOURCES);
    for (uint32_t i = 0; world->mentions.sources && i < WORLD_SOURCES; i++)
        world->mentions.sources[i] =
            (struct source_info){.id = i + 1, .code = slice_from(codes[i]), .reliability = (uint8_t)(1 + i)};
    world->mentions.n_sources = WORLD_SOURCES;
    return world->mentions.sources != NULL;
}

static inline void view_world_release(struct view_world *world)
{
    view_free(world->view);
    resolution_release(&world->resolution);
    if (world->mentions.domain)
        mentions_release(&world->mentions);
    domain_free(world->domain);
}

static inline bool view_world_load(struct view_world *world)
{
    return domain_load(SOURCE_FOLDER "/domains/drugs", DATA_FOLDER "/gazetteer.bin", &world->domain, NULL) == COMITY_OK;
}

/* All but the view. */
static inline bool view_world_make(struct view_world *world, size_t n, uint64_t seed)
{
    *world = (struct view_world){.state = seed << 32};
    return view_world_load(world) && mentions_init(&world->mentions, world->domain, NULL) == COMITY_OK &&
           world_add_sources(world) && world_fill(world, n) && world_link(world);
}

#endif
