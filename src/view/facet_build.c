/* facet_build.c - one column of buckets for each facet. */
#include "view/columns.h"

#include "base/array.h"
#include "base/calendar.h"
#include "base/error.h"

#include <stdlib.h>

enum { MOST_BUCKETS = UINT16_MAX, MOST_YEARS = 200 };

/* ---- sets ---------------------------------------------------------------------------------------------------- */

/* Distinct sets of numbers, each with a bucket; bucket 0 is the empty set. */
struct sets {
    struct intern known; /* the numbers' bytes */
};

/* The bucket of a set, UINT32_MAX when memory is out. */
static uint32_t set_bucket(struct sets *sets, const uint32_t *members, size_t n)
{
    return intern_put(&sets->known, slice_of((const char *)members, n * sizeof *members));
}

/* Writes the sets into the column. */
static bool keep_sets(const struct sets *sets, struct arena *arena, struct facet_column *out)
{
    size_t n_members = 0, at = 0;
    for (size_t i = 0; i < sets->known.count; i++)
        n_members += intern_text(&sets->known, (uint32_t)i).len / sizeof(uint32_t);
    out->n_buckets = (uint32_t)sets->known.count;
    out->set_first = ARENA_ARRAY(arena, uint32_t, sets->known.count + 1);
    out->set_members = ARENA_ARRAY(arena, uint32_t, n_members + 1);
    if (!out->set_first || !out->set_members)
        return false;
    for (size_t i = 0; i < sets->known.count; i++) {
        struct slice bytes = intern_text(&sets->known, (uint32_t)i);
        out->set_first[i] = (uint32_t)at;
        if (bytes.len)
            memcpy(out->set_members + at, bytes.ptr, bytes.len);
        at += bytes.len / sizeof(uint32_t);
    }
    out->set_first[sets->known.count] = (uint32_t)at;
    return true;
}

/* ---- sources ------------------------------------------------------------------------------------------------- */

static void insert_sorted(uint32_t *numbers, size_t *n, uint32_t number)
{
    size_t at = *n;
    while (at > 0 && numbers[at - 1] >= number) {
        if (numbers[at - 1] == number)
            return;
        at--;
    }
    memmove(numbers + at + 1, numbers + at, (*n - at) * sizeof *numbers);
    numbers[at] = number;
    (*n)++;
}

struct source_sets {
    struct sets sets;
    uint32_t *single;  /* bucket of {source}, 0 when not made yet */
    uint32_t *members; /* scratch, n_sources */
};

static uint32_t source_bucket(const struct view *view, struct source_sets *sources, size_t entity)
{
    const struct resolution *resolution = view->resolution;
    uint32_t at = resolution->first_member[entity], end = resolution->first_member[entity + 1];
    size_t n = 0;
    for (; at < end; at++)
        insert_sorted(sources->members, &n, view->mentions->source[resolution->members[at]]);
    if (n != 1)
        return set_bucket(&sources->sets, sources->members, n);
    uint32_t *single = &sources->single[sources->members[0]];
    if (*single == 0)
        *single = set_bucket(&sources->sets, sources->members, 1);
    return *single;
}

static bool fill_sources(const struct view *view, struct source_sets *sources, uint16_t *bucket)
{
    if (set_bucket(&sources->sets, NULL, 0) != 0)
        return false;
    for (size_t i = 0; i < view->resolution->n_entities; i++) {
        uint32_t number = source_bucket(view, sources, i);
        if (number > MOST_BUCKETS)
            return false;
        bucket[i] = (uint16_t)number;
    }
    return true;
}

static enum comity_status build_sources(struct view *view, struct facet_column *out, struct comity_error *err)
{
    struct source_sets sources = {0};
    *out = (struct facet_column){.kind = FACET_SOURCE, .field = -1};
    out->bucket = ARENA_ARRAY(&view->arena, uint16_t, view->resolution->n_entities + 1);
    sources.single = calloc(view->mentions->n_sources + 1, sizeof *sources.single);
    sources.members = calloc(view->mentions->n_sources + 1, sizeof *sources.members);
    bool is_good = out->bucket && sources.single && sources.members && fill_sources(view, &sources, out->bucket) &&
                   keep_sets(&sources.sets, &view->arena, out);
    bool is_full = sources.sets.known.count > MOST_BUCKETS;
    free(sources.single);
    free(sources.members);
    intern_release(&sources.sets.known);
    if (is_full)
        return error_set(err, COMITY_LIMIT, "more than %d different sets of sources", MOST_BUCKETS);
    return is_good ? COMITY_OK : error_nomem(err);
}

/* ---- fields -------------------------------------------------------------------------------------------------- */

/* A place in a walk from the root, children in the order of their numbers. Parents have smaller numbers. */
static uint32_t *walk_tree(const struct concept_tree *tree, struct arena *arena)
{
    uint32_t *size = ARENA_ARRAY(arena, uint32_t, tree->n_nodes);
    uint32_t *order = ARENA_ARRAY(arena, uint32_t, tree->n_nodes);
    uint32_t *next = ARENA_ARRAY(arena, uint32_t, tree->n_nodes);
    if (!size || !order || !next)
        return NULL;
    for (size_t i = tree->n_nodes; i-- > 1;) {
        size[i]++;
        size[tree->nodes[i].parent] += size[i];
    }
    for (size_t i = 0; i < tree->n_nodes; i++) {
        if (i > 0) {
            order[i] = next[tree->nodes[i].parent];
            next[tree->nodes[i].parent] += size[i];
        }
        next[i] = order[i] + 1;
    }
    return order;
}

static bool facet_kind_of(const struct field *field, enum facet_kind *kind)
{
    static const enum facet_kind kinds[] = {[VALUE_NONE] = FACET_TEXT,
        [VALUE_DATE] = FACET_YEAR,
        [VALUE_QUANTITY] = FACET_DIMENSION,
        [VALUE_CONCEPT] = FACET_TREE,
        [VALUE_PLACE] = FACET_SUBDIVISION,
        [VALUE_COUNTRY] = FACET_COUNTRY,
        [VALUE_CATEGORY] = FACET_CATEGORY,
        [VALUE_COUNT] = FACET_TEXT,
        [VALUE_IDENTIFIER] = FACET_TEXT,
        [VALUE_TEXT] = FACET_TEXT,
        [VALUE_NAME] = FACET_TEXT};
    *kind = kinds[field->spec.type];
    return field->is_facet && field->spec.type != VALUE_NONE;
}

static uint32_t bucket_count(const struct field *field, enum facet_kind kind, uint32_t n_values)
{
    switch (kind) {
    case FACET_TREE:
        return (uint32_t)field->spec.concepts->n_nodes + 1;
    case FACET_CATEGORY:
        return (uint32_t)field->spec.categories->codes.count + 1;
    case FACET_COUNTRY:
        return (uint32_t)country_count(field->spec.countries);
    case FACET_SUBDIVISION:
        return (uint32_t)subdivision_count(field->spec.gazetteer);
    case FACET_DIMENSION:
        return (uint32_t)field->spec.units->n_dimensions + 1;
    default:
        return n_values;
    }
}

static uint32_t year_bucket(struct sets *years, const struct value *value)
{
    uint32_t members[MOST_YEARS];
    size_t n = 0;
    int first = civil_from_day(value->date.first).year, last = civil_from_day(value->date.last).year;
    for (int year = first; year <= last && n < MOST_YEARS; year++)
        members[n++] = (uint32_t)year;
    return set_bucket(years, members, n);
}

static uint32_t bucket_of_value(
    enum facet_kind kind, const struct field *field, const struct value *value, uint32_t code, struct sets *years)
{
    if (!value_is_typed(value))
        return 0;
    switch (kind) {
    case FACET_TREE:
        return value->concept.id + 1;
    case FACET_CATEGORY:
        return value->category.id + 1;
    case FACET_COUNTRY:
        return value->country.id;
    case FACET_SUBDIVISION:
        return value->place.subdivision;
    case FACET_DIMENSION:
        return field->spec.units->units[value->quantity.unit].dimension_id + 1;
    case FACET_YEAR:
        return year_bucket(years, value);
    default:
        return code;
    }
}

static enum comity_status fill_field(struct view *view, const struct field *field, struct sets *years,
    struct facet_column *out, struct comity_error *err)
{
    const struct column *column = &view->mentions->columns[out->field];
    const uint32_t *winner = view->resolution->winner[out->field];
    uint16_t *table = malloc((column->n_values + 1) * sizeof *table);
    out->bucket = ARENA_ARRAY(&view->arena, uint16_t, view->resolution->n_entities + 1);
    enum comity_status status = table && out->bucket && set_bucket(years, NULL, 0) == 0 ? COMITY_OK : error_nomem(err);
    for (uint32_t code = 0; status == COMITY_OK && code < column->n_values; code++) {
        uint32_t bucket = bucket_of_value(out->kind, field, &column->values[code], code, years);
        table[code] = (uint16_t)bucket;
        if (bucket > MOST_BUCKETS)
            status = bucket == INTERN_NONE
                         ? error_nomem(err)
                         : error_set(err, COMITY_LIMIT, "facet '%.*s' has too many values", SLICE_ARG(field->id));
    }
    for (size_t i = 0; status == COMITY_OK && i < view->resolution->n_entities; i++)
        out->bucket[i] = table[winner[i]];
    free(table);
    return status;
}

static enum comity_status build_field(
    struct view *view, int number, enum facet_kind kind, struct facet_column *out, struct comity_error *err)
{
    const struct field *field = &view_domain(view)->fields[number];
    struct sets years = {0};
    *out = (struct facet_column){.kind = kind, .field = number};
    enum comity_status status = fill_field(view, field, &years, out, err);
    if (status == COMITY_OK && kind == FACET_YEAR && !keep_sets(&years, &view->arena, out))
        status = error_nomem(err);
    if (kind != FACET_YEAR)
        out->n_buckets = bucket_count(field, kind, view->mentions->columns[number].n_values);
    if (status == COMITY_OK && kind == FACET_TREE && !(out->tree_order = walk_tree(field->spec.concepts, &view->arena)))
        status = error_nomem(err);
    intern_release(&years.known);
    return status;
}

enum comity_status facets_build(struct view *view, struct view_class *class, struct comity_error *err)
{
    const struct domain *domain = view_domain(view);
    enum comity_status status = COMITY_OK;
    class->facets = ARENA_ARRAY(&view->arena, struct facet_column, domain->n_fields + 1);
    if (!class->facets)
        return error_nomem(err);
    for (size_t i = 0; i < DOMAIN_MOST_FIELDS; i++)
        class->facet_of_field[i] = -1;
    for (size_t i = 0; i < domain->n_fields && status == COMITY_OK; i++) {
        enum facet_kind kind;
        bool is_many =
            domain->fields[i].spec.type > VALUE_CATEGORY && view->mentions->columns[i].n_values > MOST_BUCKETS;
        if (!facet_kind_of(&domain->fields[i], &kind) || is_many)
            continue;
        class->facet_of_field[i] = (int)class->n_facets;
        status = build_field(view, (int)i, kind, &class->facets[class->n_facets++], err);
    }
    class->source_facet = class->n_facets;
    return status == COMITY_OK ? build_sources(view, &class->facets[class->n_facets++], err) : status;
}
