/* doubts.c - what is missing or doubtful, as bits by mention and by entity. */
#include "view/columns.h"

#include "base/error.h"
#include "base/hash.h"

#include <stdlib.h>

static uint16_t bit(enum doubt doubt)
{
    return (uint16_t)(1u << doubt);
}

/* By code of a column (null where the domain has no such field): the bits that its value alone gives. */
struct doubt_tables {
    uint16_t *when, *what, *how_much;
};

static uint16_t *table_of(
    const struct column *column, uint16_t when_not_typed, uint16_t when_unread, uint16_t when_implausible)
{
    uint16_t *table = calloc(column->n_values + 1, sizeof *table);
    for (uint32_t code = 0; table && code < column->n_values; code++) {
        const struct value *value = &column->values[code];
        table[code] = value->state == VALUE_UNREAD ? when_unread : 0;
        if (!value_is_typed(value))
            table[code] |= when_not_typed;
        else if (value->flags & VALUE_IMPLAUSIBLE)
            table[code] |= when_implausible;
    }
    return table;
}

static bool make_tables(const struct view *view, struct doubt_tables *tables)
{
    const struct domain *domain = view_domain(view);
    const struct column *when = view_column(view, domain->when), *what = view_column(view, domain->what);
    const struct column *how_much = view_column(view, domain->how_much);
    tables->when = when ? table_of(when, bit(DOUBT_NO_DATE), 0, 0) : NULL;
    tables->what = what ? table_of(what, 0, bit(DOUBT_UNREAD), 0) : NULL;
    tables->how_much = how_much ? table_of(how_much, bit(DOUBT_NO_QUANTITY), 0, bit(DOUBT_IMPLAUSIBLE)) : NULL;
    return (!when || tables->when) && (!what || tables->what) && (!how_much || tables->how_much);
}

static uint16_t site_doubt(const struct view *view, const struct view_class *class, uint32_t site)
{
    if (view_domain(view)->where < 0 && view_domain(view)->country < 0)
        return 0;
    if (site == 0)
        return bit(DOUBT_NOT_PLACED);
    return site_is_point(&class->sites[site]) ? 0 : bit(DOUBT_IMPRECISE);
}

static uint32_t site_of_mention(const struct view *view, const struct view_class *class, size_t mention)
{
    const struct domain *domain = view_domain(view);
    uint32_t site = 0;
    if (class->site_of_place)
        site = class->site_of_place[view->mentions->columns[domain->where].code[mention]];
    if (site == 0 && class->site_of_country)
        site = class->site_of_country[view->mentions->columns[domain->country].code[mention]];
    return site;
}

static void fill_own(const struct view *view, struct view_class *class, const struct doubt_tables *tables)
{
    const struct domain *domain = view_domain(view);
    const struct resolution *resolution = view->resolution;
    const struct column *columns = view->mentions->columns;
    for (size_t i = 0; i < resolution->n_entities; i++) {
        uint16_t doubts = site_doubt(view, class, class->site[i]);
        doubts |= tables->when ? tables->when[resolution->winner[domain->when][i]] : 0;
        doubts |= tables->what ? tables->what[resolution->winner[domain->what][i]] : 0;
        doubts |= tables->how_much ? tables->how_much[resolution->winner[domain->how_much][i]] : 0;
        class->doubts[i] = doubts;
    }
    for (size_t i = 0; i < view->mentions->n; i++) {
        uint16_t doubts = site_doubt(view, class, site_of_mention(view, class, i));
        doubts |= tables->when ? tables->when[columns[domain->when].code[i]] : 0;
        doubts |= tables->what ? tables->what[columns[domain->what].code[i]] : 0;
        doubts |= tables->how_much ? tables->how_much[columns[domain->how_much].code[i]] : 0;
        class->mention_doubts[i] = doubts;
    }
}

/* ---- what an entity has of its own ---------------------------------------------------------------------------- */

/* Fields on which sources may disagree: every source has texts and keys of its own. */
static uint64_t compared_fields(const struct domain *domain)
{
    uint64_t fields = 0;
    for (size_t i = 0; i < domain->n_fields; i++) {
        enum value_type type = domain->fields[i].spec.type;
        if (type != VALUE_TEXT && type != VALUE_IDENTIFIER && type != VALUE_NAME)
            fields |= 1ull << i;
    }
    return fields;
}

static bool says_twice(const struct view *view, size_t entity)
{
    const struct mentions *mentions = view->mentions;
    const uint32_t *members = view->resolution->members;
    uint32_t first = view->resolution->first_member[entity], end = view->resolution->first_member[entity + 1];
    for (uint32_t a = first + 1; a < end; a++)
        for (uint32_t b = first; b < a; b++)
            if (mentions->source[members[a]] == mentions->source[members[b]] &&
                mentions->content[members[a]] == mentions->content[members[b]])
                return true;
    return false;
}

/* A number that entities with the same date, place, concept and amount share; 0 where one of the four is missing. */
static uint64_t likeness(const struct view *view, const struct view_class *class, size_t entity)
{
    const struct domain *domain = view_domain(view);
    const struct resolution *resolution = view->resolution;
    if (domain->when < 0 || domain->what < 0 || domain->how_much < 0 || class->site[entity] == 0)
        return 0;
    const struct value *when = &view->mentions->columns[domain->when].values[resolution->winner[domain->when][entity]];
    const struct value *what = &view->mentions->columns[domain->what].values[resolution->winner[domain->what][entity]];
    uint32_t step = view->slots.n_dimensions + 1;
    if (!value_is_typed(when) || !value_is_typed(what) || class->slot[entity] % step == 0)
        return 0;
    struct {
        int32_t first, last;
        uint32_t site, concept;
        double amount;
        uint64_t dimension;
    } key = {when->date.first, when->date.last, class->site[entity], what->concept.id, class->amount[entity],
        class->slot[entity] % step};
    uint64_t hash = hash_bytes(&key, sizeof key);
    return hash ? hash : 1;
}

static bool mark_alike(const struct view *view, struct view_class *class)
{
    struct map first_of = {0};
    bool is_good = true;
    for (size_t i = 0; i < view->resolution->n_entities && is_good; i++) {
        bool is_new = false;
        uint64_t key = likeness(view, class, i), *first = key ? map_put(&first_of, key, &is_new) : NULL;
        if (first && is_new)
            *first = i;
        else if (first) {
            class->doubts[i] |= bit(DOUBT_ALIKE);
            class->doubts[*first] |= bit(DOUBT_ALIKE);
        }
        is_good = first || !key;
    }
    map_release(&first_of);
    return is_good;
}

enum comity_status doubts_build(struct view *view, struct view_class *class, struct comity_error *err)
{
    const struct resolution *resolution = view->resolution;
    struct doubt_tables tables = {0};
    class->doubts = ARENA_ARRAY(&view->arena, uint16_t, resolution->n_entities + 1);
    class->mention_doubts = ARENA_ARRAY(&view->arena, uint16_t, view->mentions->n + 1);
    bool is_good = class->doubts && class->mention_doubts && make_tables(view, &tables);
    if (is_good) {
        uint64_t compared = compared_fields(view_domain(view));
        fill_own(view, class, &tables);
        for (size_t i = 0; i < resolution->n_entities; i++) {
            class->doubts[i] |= resolution->conflicts[i] & compared ? bit(DOUBT_CONFLICT) : 0;
            class->doubts[i] |= says_twice(view, i) ? bit(DOUBT_REPEATED) : 0;
        }
        is_good = mark_alike(view, class);
    }
    uint16_t of_entity = (uint16_t)(bit(DOUBT_CONFLICT) | bit(DOUBT_REPEATED) | bit(DOUBT_ALIKE));
    for (size_t i = 0; is_good && i < view->mentions->n; i++)
        class->mention_doubts[i] |= class->doubts[resolution->of_mention[i]] & of_entity;
    free(tables.when);
    free(tables.what);
    free(tables.how_much);
    return is_good ? COMITY_OK : error_nomem(err);
}
