/* sums_world.h - mentions typed by hand, for tests of sums/: when, where, what, how much, of which source and entity.
 */
#ifndef SUMS_WORLD_H
#define SUMS_WORLD_H

#include "base/calendar.h"
#include "base/hash.h"
#include "sums/report.h"
#include "value/date.h"

#include <stdio.h>
#include <stdlib.h>

enum { SUMS_SOURCES = 3, SUMS_MOST = 4096 };

struct told {
    struct domain *domain;
    struct mentions mentions;
    uint64_t entity_of[SUMS_MOST];
};

/* "2016", "2016-01", "2016-01-18" or "2016-01-18..2016-02-01". */
static inline void told_date(const struct domain *domain, const char *text, struct value *out)
{
    struct arena arena = {0};
    struct value_input input = {.raw = slice_from(text), .date_order = DATE_ORDER_YMD};
    if (date_parse(&domain->fields[domain->when].spec, &input, &arena, out) != COMITY_OK)
        abort();
    out->text = SLICE_EMPTY;
    arena_release(&arena);
}

/* "" nowhere, "CO" a country, "CO.38" a subdivision, "CO.38/3687238" a settlement. */
static inline void told_place(const struct domain *domain, const char *text, struct value *where, struct value *country)
{
    struct slice rest = slice_from(text), code = slice_cut(&rest, '/');
    uint16_t subdivision = subdivision_by_code(domain->gazetteer, code);
    *where = (struct value){.type = VALUE_PLACE};
    *country = (struct value){.type = VALUE_COUNTRY};
    if (!code.len)
        return;
    *country = (struct value){.type = VALUE_COUNTRY, .state = VALUE_TYPED, .confidence = 100};
    country->country.id = country_by_alpha2(domain->countries, slice_of(code.ptr, 2));
    if (!subdivision)
        return;
    *where = (struct value){.type = VALUE_PLACE,
        .state = VALUE_TYPED,
        .confidence = 100,
        .precision = rest.len ? PLACE_SETTLEMENT : PLACE_SUBDIVISION};
    where->place.country = country->country.id;
    where->place.subdivision = subdivision;
    where->place.geonames = rest.len ? (uint32_t)strtoul(rest.ptr, NULL, 10) : 0;
}

static inline void told_amount(const struct domain *domain, double amount, const char *unit, struct value *out)
{
    *out = (struct value){.type = VALUE_QUANTITY};
    if (!unit)
        return;
    *out = (struct value){.type = VALUE_QUANTITY, .state = VALUE_TYPED, .precision = QUANTITY_EXACT, .confidence = 100};
    out->quantity.amount = amount;
    out->quantity.unit = unit_find(domain->units, slice_from(unit));
}

static inline void told_values(struct told *told, const char *date, const char *place, const char *concept,
    double amount, const char *unit, struct value values[DOMAIN_MOST_FIELDS])
{
    const struct domain *domain = told->domain;
    for (size_t f = 0; f < domain->n_fields; f++)
        values[f] = (struct value){.type = (uint8_t)domain->fields[f].spec.type};
    told_date(domain, date, &values[domain->when]);
    told_place(domain, place, &values[domain->where], &values[domain->country]);
    told_amount(domain, amount, unit, &values[domain->how_much]);
    struct value *what = &values[domain->what];
    what->concept.id = concept_by_code(domain->fields[domain->what].spec.concepts, slice_from(concept));
    if (what->concept.id == CONCEPT_NONE)
        abort();
    what->state = VALUE_TYPED;
    what->confidence = 100;
}

/* Adds a mention; entity 0: one of its own. */
static inline void say_in(struct told *told, uint32_t source, uint32_t import, uint64_t entity, const char *date,
    const char *place, const char *concept, double amount, const char *unit)
{
    struct value values[DOMAIN_MOST_FIELDS];
    struct buffer packed;
    size_t n = told->mentions.n;
    buffer_init(&packed, 1 << 16);
    told_values(told, date, place, concept, amount, unit, values);
    mention_pack(told->domain, values, &packed);
    struct mention_row row = {.id = n + 1,
        .content = hash_slice(buffer_slice(&packed)),
        .identity = hash_u64(n),
        .source = source,
        .import = import,
        .packed = buffer_slice(&packed)};
    if (n == SUMS_MOST || mentions_add(&told->mentions, &row, NULL) != COMITY_OK)
        abort();
    told->entity_of[n] = entity ? entity : 100000 + n;
    buffer_release(&packed);
}

static inline void told_begin(struct told *told, struct domain *domain)
{
    static const char *const codes[SUMS_SOURCES] = {"one", "two", "series"};
    *told = (struct told){.domain = domain};
    if (mentions_init(&told->mentions, domain, NULL) != COMITY_OK)
        abort();
    told->mentions.sources = ARENA_ARRAY(&told->mentions.arena, struct source_info, SUMS_SOURCES);
    for (uint32_t i = 0; i < SUMS_SOURCES; i++)
        told->mentions.sources[i] = (struct source_info){.id = i + 1,
            .code = slice_from(codes[i]),
            .title = slice_from(codes[i]),
            .kind = SLICE("official"),
            .licence = SLICE("CC0"),
            .marking = SLICE("TLP:CLEAR"),
            .reliability = 2};
    told->mentions.n_sources = SUMS_SOURCES;
}

/* A table of one source, as store_load_source gives it. */
static inline void told_series_begin(struct told *told, struct domain *domain)
{
    told_begin(told, domain);
    told->mentions.sources[0].code = SLICE("series");
    told->mentions.sources[0].is_aggregate = true;
    told->mentions.n_sources = 1;
}

static inline void told_release(struct told *told)
{
    mentions_release(&told->mentions);
}

#endif
