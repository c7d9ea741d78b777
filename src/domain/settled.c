/* Rules are found by the hash of country and name, so that a value costs one look-up however many rules there are; and
 * codes are exchanged in one pass over the mentions, however many rules name a source. */
#include "domain/settled.h"

#include "base/error.h"
#include "base/hash.h"
#include "value/place.h"
#include "value/place_key.h"

#include <stdlib.h>

enum comity_status settled_fold(struct slice name, struct arena *arena, struct slice *out)
{
    struct place_key key;
    place_key(name, &key);
    *out = arena_copy(arena, place_key_slice(&key));
    return out->ptr ? COMITY_OK : COMITY_NOMEM;
}

/* ---- the place of a rule ------------------------------------------------------------------------------------- */

static bool is_number(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len > 0 && text.len < 11;
}

static uint64_t number_of(struct slice text)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.len; i++)
        number = number * 10 + (uint64_t)(text.ptr[i] - '0');
    return number;
}

static struct slice area_of(const struct settled_name *rule)
{
    if (!slice_is(rule->place, SETTLED_NOWHERE))
        return rule->place;
    return rule->subdivision.len ? rule->subdivision : rule->country;
}

static enum comity_status no_such_place(const struct settled_name *rule, struct comity_error *err)
{
    error_set(err, COMITY_NOTFOUND, "the gazetteer has no place '%.*s'", SLICE_ARG(rule->place));
    error_hint(err, "a GeoNames number (3687238), a subdivision (CO.35), a country (CO), or - for no place");
    return COMITY_NOTFOUND;
}

enum comity_status settled_value(
    const struct value_spec *spec, const struct settled_name *rule, struct value *out, struct comity_error *err)
{
    struct slice area = area_of(rule);
    *out = (struct value){
        .type = VALUE_PLACE, .state = VALUE_TYPED, .confidence = 100, .flags = VALUE_SETTLED, .text = rule->name};
    if (!area.len) {
        *out = (struct value){.type = VALUE_PLACE, .state = VALUE_NULL};
        return COMITY_OK;
    }
    if (is_number(area))
        return number_of(area) <= UINT32_MAX && place_by_number(spec->gazetteer, (uint32_t)number_of(area), out)
                   ? COMITY_OK
                   : no_such_place(rule, err);
    uint16_t subdivision = subdivision_by_code(spec->gazetteer, area);
    if (subdivision != SUBDIVISION_NONE) {
        place_of_subdivision(spec->gazetteer, subdivision, out);
        return COMITY_OK;
    }
    uint16_t country = country_by_alpha2(gazetteer_countries(spec->gazetteer), area);
    if (country == COUNTRY_NONE)
        return no_such_place(rule, err);
    place_of_country(spec->gazetteer, country, out);
    return COMITY_OK;
}

/* ---- laying rules over mentions ------------------------------------------------------------------------------- */

struct laying {
    struct mentions *mentions;
    const struct settled_name *rules;
    size_t n_rules;
    struct map first; /* hash of country and name → 1 + index of the first rule */
    uint32_t *next;   /* by rule: 1 + index of the next with that hash */
};

static uint64_t rule_hash(struct slice country, struct slice name)
{
    return hash_u64(hash_slice(country) ^ hash_u64(hash_slice(name)));
}

static enum comity_status index_rules(struct laying *l, struct comity_error *err)
{
    l->next = calloc(l->n_rules + 1, sizeof *l->next);
    if (!l->next)
        return error_nomem(err);
    for (size_t i = 0; i < l->n_rules; i++) {
        if (l->rules[i].is_undone)
            continue;
        uint64_t *first = map_put(&l->first, rule_hash(l->rules[i].country, l->rules[i].name), NULL);
        if (!first)
            return error_nomem(err);
        l->next[i] = (uint32_t)*first;
        *first = i + 1;
    }
    return COMITY_OK;
}

/* How well a rule fits a reading of a source; 0: not at all. Of two that fit alike the later one holds. */
static int fit(const struct settled_name *rule, struct slice source, struct slice subdivision)
{
    if (rule->source.len && !slice_equal(rule->source, source))
        return 0;
    if (rule->subdivision.len && !slice_equal(rule->subdivision, subdivision))
        return 0;
    return 1 + 2 * (rule->source.len > 0) + (rule->subdivision.len > 0);
}

/* The rule for a value as `source` says it ("" for a source that no rule names); null. */
static const struct settled_name *best_rule(const struct laying *l, uint64_t first, struct slice country,
    struct slice name, struct slice source, struct slice subdivision)
{
    const struct settled_name *best = NULL;
    int most = 0;
    for (uint64_t at = first; at; at = l->next[at - 1]) {
        const struct settled_name *rule = &l->rules[at - 1];
        int fits =
            slice_equal(rule->country, country) && slice_equal(rule->name, name) ? fit(rule, source, subdivision) : 0;
        if (fits > most) {
            most = fits;
            best = rule;
        }
    }
    return best;
}

/* The rules are read from the newest to the oldest, so the first of equal fit is the newest. */
static enum comity_status lay_value(
    struct laying *l, int field, uint32_t code, struct mention_replacements *out, struct comity_error *err)
{
    const struct value_spec *spec = &l->mentions->domain->fields[field].spec;
    const struct value *value = &l->mentions->columns[field].values[code];
    struct slice country = SLICE_EMPTY, subdivision = SLICE_EMPTY, name = value->text;
    struct arena arena = {0};
    enum comity_status status = COMITY_OK;
    if (value->state == VALUE_UNREAD)
        status = settled_fold(value->text, &arena, &name);
    else if (value->state != VALUE_TYPED)
        return COMITY_OK;
    else if (value->place.country != COUNTRY_NONE)
        country = slice_from(country_get(gazetteer_countries(spec->gazetteer), value->place.country)->alpha2);
    if (value->state == VALUE_TYPED && value->place.subdivision != SUBDIVISION_NONE)
        subdivision = slice_from(subdivision_get(spec->gazetteer, value->place.subdivision)->code);
    const uint64_t *first = status || !name.len ? NULL : map_get(&l->first, rule_hash(country, name));
    for (size_t s = 0; first && !status && s < l->mentions->n_sources; s++) {
        const struct settled_name *rule =
            best_rule(l, *first, country, name, l->mentions->sources[s].code, subdivision);
        struct value settled;
        if (!rule || settled_value(spec, rule, &settled, NULL) != COMITY_OK)
            continue;
        settled.text = value->text;
        status = mention_replacements_add(out, code, (uint32_t)s, &settled, err);
    }
    arena_release(&arena);
    return status ? error_nomem(err) : COMITY_OK;
}

static enum comity_status lay_field(struct laying *l, int field, size_t *n_changed, struct comity_error *err)
{
    struct mention_replacements replacements = {0};
    enum comity_status status = COMITY_OK;
    uint32_t n_values = l->mentions->columns[field].n_values;
    for (uint32_t code = 1; code < n_values && !status; code++)
        status = lay_value(l, field, code, &replacements, err);
    if (!status)
        status = mentions_replace(l->mentions, field, &replacements, n_changed, err);
    mention_replacements_release(&replacements);
    return status;
}

enum comity_status settled_apply(
    struct mentions *mentions, const struct settled_name *rules, size_t n, size_t *n_changed, struct comity_error *err)
{
    struct laying l = {.mentions = mentions, .rules = rules, .n_rules = n};
    size_t changed = 0;
    enum comity_status status = n ? index_rules(&l, err) : COMITY_OK;
    for (size_t i = 0; n && i < mentions->domain->n_fields && !status; i++) {
        const struct value_spec *spec = &mentions->domain->fields[i].spec;
        if (spec->type == VALUE_PLACE && spec->gazetteer)
            status = lay_field(&l, (int)i, &changed, err);
    }
    if (n_changed)
        *n_changed = changed;
    map_release(&l.first);
    free(l.next);
    return status;
}
