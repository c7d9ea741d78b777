/* link_world.h - a small made-up domain and mentions filled by hand, for the tests of link/. */
#ifndef LINK_WORLD_H
#define LINK_WORLD_H

#include "base/calendar.h"
#include "base/hash.h"
#include "link/link.h"

#include <stdlib.h>

enum { DATE, COUNTRY, PLACE, DRUG, AMOUNT, TRANSPORT, HIDING, SITE, DESTINATION, CASE, N_FIELDS };
enum { ANYTHING, COCAINE_TYPE, COCA_PASTE, COCAINE_HCL, OPIOIDS, HEROIN, OPIUM, N_CONCEPTS };
enum { KILOGRAM, GRAM, TABLET, N_UNITS };

struct world {
    struct domain domain;
    struct field fields[N_FIELDS];
    struct concept_node nodes[N_CONCEPTS];
    struct concept_tree tree;
    struct unit units[N_UNITS];
    struct dimension dimensions[2];
    struct unit_table unit_table;
    struct source_info sources[8];
    struct mentions mentions;
};

static inline void world_field(
    struct world *world, int field, const char *id, enum field_role role, enum value_type type, enum resolve_rule rule)
{
    world->fields[field] = (struct field){.id = slice_from(id),
        .role = role,
        .rule = rule,
        .is_compared = role != ROLE_CASE,
        .spec = {.type = type, .units = &world->unit_table, .concepts = &world->tree}};
}

static inline void world_init(struct world *world)
{
    static const uint32_t parents[N_CONCEPTS] = {0, 0, COCAINE_TYPE, COCAINE_TYPE, 0, OPIOIDS, OPIOIDS};
    static const char *const codes[N_CONCEPTS] = {
        "anything", "cocaine-type", "coca-paste", "cocaine-hcl", "opioids", "heroin", "opium"};
    memset(world, 0, sizeof *world);
    world_field(world, DATE, "date", ROLE_WHEN, VALUE_DATE, RESOLVE_EARLIEST);
    world_field(world, COUNTRY, "country", ROLE_COUNTRY, VALUE_COUNTRY, RESOLVE_MOST);
    world_field(world, PLACE, "place", ROLE_WHERE, VALUE_PLACE, RESOLVE_PRECISE);
    world_field(world, DRUG, "drug", ROLE_WHAT, VALUE_CONCEPT, RESOLVE_RELIABLE);
    world_field(world, AMOUNT, "amount", ROLE_HOW_MUCH, VALUE_QUANTITY, RESOLVE_RELIABLE);
    world_field(world, TRANSPORT, "transport", ROLE_PLAIN, VALUE_CATEGORY, RESOLVE_MOST);
    world_field(world, HIDING, "hiding", ROLE_PLAIN, VALUE_CATEGORY, RESOLVE_MOST);
    world_field(world, SITE, "site", ROLE_PLAIN, VALUE_CATEGORY, RESOLVE_LATEST);
    world_field(world, DESTINATION, "destination", ROLE_PLAIN, VALUE_COUNTRY, RESOLVE_MOST);
    world_field(world, CASE, "case", ROLE_CASE, VALUE_IDENTIFIER, RESOLVE_MOST);
    for (uint32_t i = 0; i < N_CONCEPTS; i++)
        world->nodes[i] = (struct concept_node){
            .code = slice_from(codes[i]),
            .parent = parents[i],
            .depth = i == 0            ? 0
                     : parents[i] == 0 ? 1
                                       : 2,
        };
    world->tree = (struct concept_tree){.id = SLICE("drugs"), .nodes = world->nodes, .n_nodes = N_CONCEPTS};
    world->units[KILOGRAM] = (struct unit){SLICE("kg"), SLICE("mass"), 0, 1000, SLICE("kg")};
    world->units[GRAM] = (struct unit){SLICE("g"), SLICE("mass"), 0, 1, SLICE("g")};
    world->units[TABLET] = (struct unit){SLICE("tablet"), SLICE("count"), 1, 1, SLICE("tablet")};
    world->unit_table = (struct unit_table){
        .units = world->units, .n_units = N_UNITS, .dimensions = world->dimensions, .n_dimensions = 2};
    world->domain = (struct domain){.id = SLICE("test"),
        .version = SLICE("1"),
        .fields = world->fields,
        .n_fields = N_FIELDS,
        .units = &world->unit_table,
        .trees = &world->tree,
        .n_trees = 1,
        .when = DATE,
        .where = PLACE,
        .country = COUNTRY,
        .what = DRUG,
        .how_much = AMOUNT,
        .case_id = CASE,
        .key = -1,
        .title = -1};
    static const char *const names[] = {"customs", "police", "press", "third"};
    for (uint32_t i = 0; i < 4; i++)
        world->sources[i] = (struct source_info){.id = i + 1, .code = slice_from(names[i]), .reliability = 1 + i};
    world->mentions.domain = &world->domain;
    world->mentions.sources = world->sources;
    world->mentions.n_sources = 4;
    world->mentions.columns = calloc(N_FIELDS, sizeof *world->mentions.columns);
}

static inline void world_release(struct world *world)
{
    struct mentions *m = &world->mentions;
    for (int f = 0; f < N_FIELDS; f++) {
        free(m->columns[f].code);
        free(m->columns[f].values);
        free(m->columns[f].frequency);
        intern_release(&m->columns[f].packed);
    }
    free(m->columns);
    free(m->id);
    free(m->source);
    free(m->import);
    free(m->content);
    free(m->identity);
    free(m->ordinal);
}

/* Makes room for `n` mentions in all. */
static inline void world_reserve(struct world *world, size_t n)
{
    struct mentions *m = &world->mentions;
    m->room = n;
    m->id = realloc(m->id, n * sizeof *m->id);
    m->source = realloc(m->source, n * sizeof *m->source);
    m->import = realloc(m->import, n * sizeof *m->import);
    m->content = realloc(m->content, n * sizeof *m->content);
    m->identity = realloc(m->identity, n * sizeof *m->identity);
    m->ordinal = realloc(m->ordinal, n * sizeof *m->ordinal);
    for (int f = 0; f < N_FIELDS; f++)
        m->columns[f].code = realloc(m->columns[f].code, n * sizeof *m->columns[f].code);
}

static inline uint32_t world_code(struct column *column, const struct value *value)
{
    char key[sizeof *value + 64];
    struct value bare = *value;
    if (!column->n_values) {
        struct value absent;
        memset(&absent, 0, sizeof absent);
        column->values = calloc(column->room = 16, sizeof *column->values);
        column->frequency = calloc(column->room, sizeof *column->frequency);
        (void)intern_put(&column->packed, slice_of((const char *)&absent, sizeof absent));
        column->n_values = 1;
    }
    bare.text = SLICE_EMPTY;
    memcpy(key, &bare, sizeof bare);
    if (value->text.len)
        memcpy(key + sizeof bare, value->text.ptr, value->text.len);
    uint32_t code = intern_put(&column->packed, slice_of(key, sizeof bare + value->text.len));
    if (code == column->n_values) {
        if (column->room == code) {
            column->room *= 2;
            column->values = realloc(column->values, column->room * sizeof *column->values);
            column->frequency = realloc(column->frequency, column->room * sizeof *column->frequency);
        }
        column->values[code] = *value;
        if (value->text.len)
            column->values[code].text = slice_of(intern_text(&column->packed, code).ptr + sizeof bare, value->text.len);
        column->frequency[code] = 0;
        column->n_values++;
    }
    column->frequency[code]++;
    return code;
}

/* `content` follows from source and values, the ordinal from the equal rows so far (`n_equal`), identity from both. */
static inline size_t world_add(struct world *world, uint32_t source, const struct value values[N_FIELDS])
{
    struct mentions *m = &world->mentions;
    if (m->n == m->room)
        world_reserve(world, m->room ? m->room * 2 : 64);
    size_t i = m->n++;
    uint64_t content = hash_u64(source + 1);
    for (int f = 0; f < N_FIELDS; f++) {
        uint32_t code = m->columns[f].code[i] = world_code(&m->columns[f], &values[f]);
        struct slice packed = intern_text(&m->columns[f].packed, code);
        content = hash_seeded(packed.ptr, packed.len, content);
    }
    m->id[i] = i + 1;
    m->source[i] = source;
    m->import[i] = 1;
    m->content[i] = content;
    m->ordinal[i] = 0;
    for (size_t j = i; j-- > 0 && i < 2000;)
        if (m->content[j] == content) {
            m->ordinal[i] = m->ordinal[j] + 1;
            break;
        }
    m->identity[i] = hash_u64(content + m->ordinal[i]);
    return i;
}

/* Copies mentions in another order; `from[i]` is where the i-th of the copy stood. */
static inline void world_shuffle(const struct world *one, struct world *other, uint32_t *from, uint64_t seed)
{
    const struct mentions *m = &one->mentions;
    for (uint32_t i = 0; i < m->n; i++)
        from[i] = i;
    for (size_t i = m->n; i > 1; i--) {
        size_t j = hash_u64(seed + i) % i;
        uint32_t swap = from[i - 1];
        from[i - 1] = from[j];
        from[j] = swap;
    }
    for (size_t i = 0; i < m->n; i++) {
        struct value values[N_FIELDS];
        for (int f = 0; f < N_FIELDS; f++)
            values[f] = *mention_value(m, from[i], f);
        size_t at = world_add(other, m->source[from[i]], values);
        other->mentions.content[at] = m->content[from[i]];
        other->mentions.identity[at] = m->identity[from[i]];
        other->mentions.ordinal[at] = m->ordinal[from[i]];
    }
}

static inline double unit_to_grams(const struct world *world, const struct value *amount)
{
    return amount->quantity.amount * world->units[amount->quantity.unit].to_base;
}

static inline struct value value_none(void)
{
    struct value value;
    memset(&value, 0, sizeof value);
    return value;
}

static inline struct value value_new(enum value_type type, unsigned precision)
{
    struct value value = value_none();
    value.type = (uint8_t)type;
    value.state = VALUE_TYPED;
    value.precision = (uint8_t)precision;
    value.confidence = 100;
    return value;
}

static inline struct value on_day(int32_t day)
{
    struct value value = value_new(VALUE_DATE, DATE_DAY);
    value.date.first = value.date.last = day;
    return value;
}

static inline struct value in_country(uint16_t id)
{
    struct value value = value_new(VALUE_COUNTRY, 0);
    value.country.id = id;
    return value;
}

/* Settlement `number` of a subdivision, on a grid of about 100 km. */
static inline struct value at_place(uint16_t country, uint16_t subdivision, uint32_t number)
{
    struct value value = value_new(VALUE_PLACE, number ? PLACE_SETTLEMENT : PLACE_SUBDIVISION);
    value.place.country = country;
    value.place.subdivision = subdivision;
    value.place.geonames = number;
    value.place.lat_e5 = (int32_t)(number % 30) * 100000;
    value.place.lon_e5 = (int32_t)(number / 30) * 100000;
    return value;
}

static inline struct value of_drug(uint32_t concept)
{
    struct value value = value_new(VALUE_CONCEPT, 0);
    value.concept.id = concept;
    return value;
}

static inline struct value weighing(double amount, uint32_t unit)
{
    struct value value = value_new(VALUE_QUANTITY, QUANTITY_EXACT);
    value.quantity.amount = amount;
    value.quantity.unit = unit;
    return value;
}

static inline struct value category(uint32_t id)
{
    struct value value = value_new(VALUE_CATEGORY, 0);
    value.category.id = id;
    return value;
}

static inline struct value identifier(const char *text)
{
    struct value value = value_new(VALUE_IDENTIFIER, 0);
    value.text = slice_from(text);
    return value;
}

#endif
