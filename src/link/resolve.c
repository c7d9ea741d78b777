/* Field by field over all entities, so that the common case (an entity with one mention) is one gather from a column.
 * Where mentions differ, equal values are tallied by sorting their codes and the field's rule picks the winner; ties
 * end at the mention with the smallest identity, so that the answer does not depend on the order of the table. */
#include "link/resolve.h"

#include "base/disjoint.h"
#include "base/error.h"
#include "base/order.h"

#include <math.h>
#include <stdlib.h>

/* One distinct value among an entity's mentions. */
struct tally {
    uint32_t code, count;
    uint32_t witness; /* the best mention that gives it */
    uint32_t latest;  /* the mention with the newest import that gives it */
};

struct resolver {
    const struct mentions *mentions;
    struct resolution *out;
    struct sort_item *items; /* scratch: the members of one entity by code */
    struct tally *tallies;
};

const char *resolve_rule_name(enum resolve_rule rule)
{
    switch (rule) {
    case RESOLVE_MOST:
        return "most";
    case RESOLVE_RELIABLE:
        return "reliable";
    case RESOLVE_PRECISE:
        return "precise";
    case RESOLVE_EARLIEST:
        return "earliest";
    case RESOLVE_LATEST:
        return "latest";
    }
    return "most";
}

static unsigned reliability(const struct mentions *mentions, uint32_t mention)
{
    unsigned grade = mentions->sources[mentions->source[mention]].reliability;
    return grade ? grade : 6;
}

/* Negative when `a` is the better witness. */
static int compare_witness(const struct mentions *mentions, uint32_t a, uint32_t b)
{
    int by_grade = (int)reliability(mentions, a) - (int)reliability(mentions, b);
    if (by_grade)
        return by_grade;
    return mentions->identity[a] < mentions->identity[b] ? -1 : mentions->identity[a] > mentions->identity[b];
}

static int compare_recency(const struct mentions *mentions, uint32_t a, uint32_t b)
{
    if (mentions->import[a] != mentions->import[b])
        return mentions->import[a] > mentions->import[b] ? -1 : 1;
    return mentions->identity[a] < mentions->identity[b] ? -1 : mentions->identity[a] > mentions->identity[b];
}

/* Typed values win over texts that could not be read, and those over "the source says that it does not know". */
static int compare_state(const struct value *a, const struct value *b)
{
    static const uint8_t rank[] = {[VALUE_TYPED] = 0, [VALUE_UNREAD] = 1, [VALUE_NULL] = 2, [VALUE_ABSENT] = 3};
    return (int)rank[a->state & 3] - (int)rank[b->state & 3];
}

/* Precision 0 is "not said": last. A sea says more than a country alone. */
static int coarseness(const struct value *value)
{
    bool is_sea = value->type == VALUE_PLACE && value->precision == PLACE_SEA;
    return is_sea ? 2 * PLACE_COUNTRY - 1 : value->precision ? 2 * value->precision : 2 * UINT8_MAX;
}

static int compare_precision(const struct value *a, const struct value *b)
{
    return coarseness(a) - coarseness(b);
}

static int compare_dates(const struct value *a, const struct value *b)
{
    if (a->type != VALUE_DATE || b->type != VALUE_DATE || a->state != VALUE_TYPED || b->state != VALUE_TYPED)
        return 0;
    return a->date.first < b->date.first ? -1 : a->date.first > b->date.first;
}

static int first_of(int a, int b, int c)
{
    return a ? a : b ? b : c;
}

/* Negative when `a` beats `b` under the rule. */
static int compare_tallies(const struct resolver *resolver, int field, const struct tally *a, const struct tally *b)
{
    const struct mentions *mentions = resolver->mentions;
    const struct value *values = mentions->columns[field].values;
    const struct value *va = &values[a->code], *vb = &values[b->code];
    int by_state = compare_state(va, vb);
    if (by_state)
        return by_state;
    int by_count = (a->count < b->count) - (a->count > b->count);
    int by_grade = (int)reliability(mentions, a->witness) - (int)reliability(mentions, b->witness);
    int by_precision = compare_precision(va, vb);
    int order = 0;
    switch (mentions->domain->fields[field].rule) {
    case RESOLVE_MOST:
        order = first_of(by_count, by_grade, by_precision);
        break;
    case RESOLVE_RELIABLE:
        order = first_of(by_grade, by_count, by_precision);
        break;
    case RESOLVE_PRECISE:
        order = first_of(by_precision, by_grade, by_count);
        break;
    case RESOLVE_EARLIEST:
        order = first_of(compare_dates(va, vb), by_precision, by_count);
        break;
    case RESOLVE_LATEST:
        order = compare_recency(mentions, a->latest, b->latest);
        break;
    }
    return order ? order : compare_witness(mentions, a->witness, b->witness);
}

static bool quantities_agree(const struct unit_table *units, const struct value *a, const struct value *b)
{
    if (!units)
        return a->quantity.unit == b->quantity.unit && a->quantity.amount == b->quantity.amount;
    const struct unit *ua = &units->units[a->quantity.unit], *ub = &units->units[b->quantity.unit];
    if (ua->dimension_id != ub->dimension_id)
        return false;
    double x = a->quantity.amount * ua->to_base, y = b->quantity.amount * ub->to_base;
    return fabs(x - y) <= 1e-6 * fmax(fabs(x), fabs(y));
}

static bool is_within(const struct concept_tree *tree, uint32_t node, uint32_t ancestor)
{
    while (node > ancestor)
        node = tree->nodes[node].parent;
    return node == ancestor;
}

/* Saying the same thing more or less exactly is no disagreement. */
static bool values_agree(const struct value_spec *spec, const struct value *a, const struct value *b)
{
    switch (a->type) {
    case VALUE_DATE:
        return a->date.first <= b->date.last && b->date.first <= a->date.last;
    case VALUE_QUANTITY:
        return quantities_agree(spec->units, a, b);
    case VALUE_CONCEPT:
        return spec->concepts && (is_within(spec->concepts, a->concept.id, b->concept.id) ||
                                     is_within(spec->concepts, b->concept.id, a->concept.id));
    case VALUE_PLACE:
        if (a->place.country != b->place.country)
            return false;
        if (a->place.subdivision && b->place.subdivision && a->place.subdivision != b->place.subdivision)
            return false;
        return !a->place.geonames || !b->place.geonames || a->place.geonames == b->place.geonames;
    default:
        return false; /* equal values have one code */
    }
}

static void resolve_differing(struct resolver *resolver, int field, size_t entity, const uint32_t *members, size_t n)
{
    const struct mentions *mentions = resolver->mentions;
    const struct column *column = &mentions->columns[field];
    struct sort_item *items = resolver->items;
    for (size_t i = 0; i < n; i++)
        items[i] = (struct sort_item){column->code[members[i]], members[i]};
    sort_items(items, n);
    size_t n_tallies = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t mention = items[i].payload;
        if (!n_tallies || resolver->tallies[n_tallies - 1].code != items[i].key) {
            resolver->tallies[n_tallies++] = (struct tally){(uint32_t)items[i].key, 1, mention, mention};
            continue;
        }
        struct tally *tally = &resolver->tallies[n_tallies - 1];
        tally->count++;
        if (compare_witness(mentions, mention, tally->witness) < 0)
            tally->witness = mention;
        if (compare_recency(mentions, mention, tally->latest) < 0)
            tally->latest = mention;
    }
    const struct tally *best = &resolver->tallies[0];
    for (size_t i = 1; i < n_tallies; i++)
        if (compare_tallies(resolver, field, &resolver->tallies[i], best) < 0)
            best = &resolver->tallies[i];
    resolver->out->winner[field][entity] = best->code;
    resolver->out->witness[field][entity] = best->code ? best->witness : UINT32_MAX;
    const struct value *won = &column->values[best->code];
    for (size_t i = 0; i < n_tallies && won->state == VALUE_TYPED; i++) {
        const struct value *other = &column->values[resolver->tallies[i].code];
        if (&resolver->tallies[i] != best && other->state == VALUE_TYPED &&
            !values_agree(&mentions->domain->fields[field].spec, won, other))
            resolver->out->conflicts[entity] |= (uint64_t)1 << field;
    }
}

static uint32_t best_witness(const struct mentions *mentions, const uint32_t *members, size_t n)
{
    uint32_t best = members[0];
    for (size_t i = 1; i < n; i++)
        if (compare_witness(mentions, members[i], best) < 0)
            best = members[i];
    return best;
}

static bool are_of_one_code(const uint32_t *code, const uint32_t *members, size_t n)
{
    size_t i = 1;
    while (i < n && code[members[i]] == code[members[0]])
        i++;
    return i == n;
}

static void resolve_field(struct resolver *resolver, int field)
{
    struct resolution *out = resolver->out;
    const uint32_t *code = resolver->mentions->columns[field].code;
    uint32_t *winner = out->winner[field], *witness = out->witness[field];
    for (size_t e = 0; e < out->n_entities; e++) {
        uint32_t first = out->first_member[e], end = out->first_member[e + 1], mention = out->members[first];
        if (!are_of_one_code(code, &out->members[first], end - first)) {
            resolve_differing(resolver, field, e, &out->members[first], end - first);
            continue;
        }
        winner[e] = code[mention];
        witness[e] = UINT32_MAX;
        if (code[mention])
            witness[e] = best_witness(resolver->mentions, &out->members[first], end - first);
    }
}

/* Entities, their members, and the way back. */
static enum comity_status group_members(const struct mentions *mentions, const uint64_t *entity_of,
    struct resolution *out, size_t *most_members, struct comity_error *err)
{
    size_t n = mentions->n;
    struct sort_item *items = malloc((n + 1) * sizeof *items);
    out->entity = malloc((n + 1) * sizeof *out->entity);
    out->first_member = malloc((n + 1) * sizeof *out->first_member);
    out->members = malloc((n + 1) * sizeof *out->members);
    out->of_mention = malloc((n + 1) * sizeof *out->of_mention);
    if (!items || !out->entity || !out->first_member || !out->members || !out->of_mention) {
        free(items);
        return error_nomem(err);
    }
    for (size_t i = 0; i < n; i++)
        items[i] = (struct sort_item){entity_of[i], (uint32_t)i};
    sort_items(items, n);
    size_t n_entities = 0;
    for (size_t i = 0; i < n; i++) {
        if (!i || items[i].key != items[i - 1].key) {
            out->entity[n_entities] = items[i].key;
            out->first_member[n_entities++] = (uint32_t)i;
        }
        out->members[i] = items[i].payload;
        out->of_mention[items[i].payload] = (uint32_t)(n_entities - 1);
        size_t size = i + 1 - out->first_member[n_entities - 1];
        if (size > *most_members)
            *most_members = size;
    }
    out->first_member[n_entities] = (uint32_t)n;
    out->n_entities = n_entities;
    free(items);
    return COMITY_OK;
}

/* Joins the entities that share a case of one source: mentions sorted by (source, case). */
static enum comity_status join_cases(const struct mentions *mentions, struct resolution *out, struct comity_error *err)
{
    int field = mentions->domain->case_id;
    if (field < 0)
        return COMITY_OK;
    const struct column *column = &mentions->columns[field];
    struct sort_item *items = malloc((mentions->n + 1) * sizeof *items);
    if (!items)
        return error_nomem(err);
    size_t n = 0;
    for (size_t i = 0; i < mentions->n; i++)
        if (column->values[column->code[i]].state == VALUE_TYPED)
            items[n++] = (struct sort_item){(uint64_t)mentions->source[i] << 32 | column->code[i], (uint32_t)i};
    sort_items(items, n);
    for (size_t i = 1; i < n; i++)
        if (items[i].key == items[i - 1].key)
            disjoint_join(out->case_number, out->of_mention[items[i].payload], out->of_mention[items[i - 1].payload]);
    free(items);
    return COMITY_OK;
}

static enum comity_status number_cases(
    const struct mentions *mentions, struct resolution *out, struct comity_error *err)
{
    out->case_number = malloc((out->n_entities + 1) * sizeof *out->case_number);
    uint32_t *dense = malloc((out->n_entities + 1) * sizeof *dense);
    enum comity_status status = out->case_number && dense ? COMITY_OK : error_nomem(err);
    for (size_t e = 0; status == COMITY_OK && e < out->n_entities; e++)
        out->case_number[e] = (uint32_t)e;
    if (status == COMITY_OK)
        status = join_cases(mentions, out, err);
    /* A root is the lowest entity of its case, so it is numbered before the others ask for its number. */
    for (size_t e = 0; status == COMITY_OK && e < out->n_entities; e++) {
        uint32_t root = disjoint_root(out->case_number, (uint32_t)e);
        dense[e] = root == e ? (uint32_t)out->n_cases++ : dense[root];
    }
    if (status == COMITY_OK)
        memcpy(out->case_number, dense, out->n_entities * sizeof *dense);
    free(dense);
    return status;
}

/* The winners, and the witnesses, of all fields that nobody tells; null when memory is out. */
static uint32_t *nothing(struct resolution *out)
{
    if (!out->nothing)
        out->nothing = calloc(out->n_entities + 1, sizeof *out->nothing);
    return out->nothing;
}

static uint32_t *nobody(struct resolution *out)
{
    if (!out->nobody && (out->nobody = malloc((out->n_entities + 1) * sizeof *out->nobody)))
        memset(out->nobody, 0xFF, (out->n_entities + 1) * sizeof *out->nobody);
    return out->nobody;
}

static enum comity_status resolve_fields(const struct mentions *mentions, uint64_t fields, size_t most_members,
    struct resolution *out, struct comity_error *err)
{
    struct resolver resolver = {.mentions = mentions, .out = out};
    enum comity_status status = COMITY_OK;
    resolver.items = malloc((most_members + 1) * sizeof *resolver.items);
    resolver.tallies = calloc(most_members + 1, sizeof *resolver.tallies);
    out->conflicts = calloc(out->n_entities + 1, sizeof *out->conflicts);
    if (!resolver.items || !resolver.tallies || !out->conflicts)
        status = error_nomem(err);
    for (size_t f = 0; status == COMITY_OK && f < mentions->domain->n_fields; f++) {
        bool is_told = mentions->columns[f].n_values > 1 && (fields >> f & 1);
        out->winner[f] = is_told ? malloc((out->n_entities + 1) * sizeof *out->winner[f]) : nothing(out);
        out->witness[f] = is_told ? malloc((out->n_entities + 1) * sizeof *out->witness[f]) : nobody(out);
        if (!out->winner[f] || !out->witness[f])
            status = error_nomem(err);
        else if (is_told)
            resolve_field(&resolver, (int)f);
    }
    free(resolver.items);
    free(resolver.tallies);
    return status;
}

enum comity_status resolve_few_fields(const struct mentions *mentions, const uint64_t *entity_of, uint64_t fields,
    struct resolution *out, struct comity_error *err)
{
    *out = (struct resolution){0};
    size_t most_members = 0;
    enum comity_status status = group_members(mentions, entity_of, out, &most_members, err);
    if (status == COMITY_OK)
        status = resolve_fields(mentions, fields, most_members, out, err);
    if (status != COMITY_OK)
        resolution_release(out);
    return status;
}

enum comity_status resolve_entities(
    const struct mentions *mentions, const uint64_t *entity_of, struct resolution *out, struct comity_error *err)
{
    enum comity_status status = resolve_few_fields(mentions, entity_of, UINT64_MAX, out, err);
    if (status == COMITY_OK)
        status = number_cases(mentions, out, err);
    if (status != COMITY_OK)
        resolution_release(out);
    return status;
}

void resolution_release(struct resolution *resolution)
{
    free(resolution->entity);
    free(resolution->first_member);
    free(resolution->members);
    free(resolution->of_mention);
    for (int f = 0; f < DOMAIN_MOST_FIELDS; f++) {
        if (resolution->winner[f] != resolution->nothing)
            free(resolution->winner[f]);
        if (resolution->witness[f] != resolution->nobody)
            free(resolution->witness[f]);
    }
    free(resolution->nothing);
    free(resolution->nobody);
    free(resolution->conflicts);
    free(resolution->case_number);
    free(resolution->whole);
    *resolution = (struct resolution){0};
}
