/* What each doubtful decision would change, and the order in which it is worth a look. */
#include "flow/review.h"

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"
#include "value/quantity.h"

#include <math.h>
#include <stdlib.h>

struct building {
    const struct mentions *mentions;
    const struct resolution *resolution;
    const struct doubtful_links *doubts;
    double *total;      /* by dimension: the review's */
    uint8_t *is_behind; /* by mention */
    double *amounts;    /* room for those of one side */
    size_t room_amounts, room_disputes, n_changes, room_changes;
    struct review *out;
};

static const struct unit_table *units_of(const struct domain *domain)
{
    return domain->how_much < 0 ? NULL : domain->fields[domain->how_much].spec.units;
}

static bool read_amount(const struct domain *domain, const struct value *value, double *base, uint32_t *dimension)
{
    const struct unit_table *units = units_of(domain);
    if (!units || !value_is_typed(value))
        return false;
    *base = unit_to_base(units, value);
    *dimension = units->units[value->quantity.unit].dimension_id;
    return true;
}

static const struct value *entity_value(const struct building *b, uint32_t entity, int field)
{
    return &b->mentions->columns[field].values[b->resolution->winner[field][entity]];
}

static bool entity_amount(const struct building *b, uint32_t entity, double *base, uint32_t *dimension)
{
    /* A part is added up with its whole. */
    if (resolution_whole(b->resolution, entity) != RESOLVE_NO_WHOLE)
        return false;
    const struct domain *domain = b->mentions->domain;
    return domain->how_much >= 0 && read_amount(domain, entity_value(b, entity, domain->how_much), base, dimension);
}

static size_t n_members(const struct resolution *resolution, uint32_t entity)
{
    return resolution->first_member[entity + 1] - resolution->first_member[entity];
}

/* ---- what would change ----------------------------------------------------------------------------------------- */

static void find_concept(const struct building *b, const struct value *what, uint32_t *concept, uint32_t *group)
{
    const struct concept_tree *tree = b->mentions->domain->fields[b->mentions->domain->what].spec.concepts;
    if (!value_is_typed(what))
        return;
    *concept = *group = what->concept.id;
    while (tree->nodes[*group].depth > 1)
        *group = tree->nodes[*group].parent;
}

static void set_concept(const struct building *b, const struct value *what, struct review_item *item)
{
    find_concept(b, what, &item->concept, &item->group);
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The middle one of the amounts in a dimension that the entity's members tell, behind the cut or before it. */
static double middle_amount(struct building *b, uint32_t entity, bool is_behind, uint32_t dimension)
{
    const struct resolution *resolution = b->resolution;
    size_t n = 0;
    for (uint32_t i = resolution->first_member[entity]; i < resolution->first_member[entity + 1]; i++) {
        uint32_t m = resolution->members[i], of;
        double base;
        if ((b->is_behind[m] != 0) == is_behind &&
            read_amount(
                b->mentions->domain, mention_value(b->mentions, m, b->mentions->domain->how_much), &base, &of) &&
            of == dimension && ARRAY_ROOM(b->amounts, n, b->room_amounts, 1))
            b->amounts[n++] = base;
    }
    if (n == 0)
        return 0;
    qsort(b->amounts, n, sizeof *b->amounts, compare_numbers);
    return b->amounts[n / 2];
}

/* What would stand beside the entity if it were parted: the side that its amount was not taken from. */
static void weigh_parting(struct building *b, const struct doubtful_link *doubt, struct review_item *item)
{
    const struct domain *domain = b->mentions->domain;
    const uint32_t *behind = &b->doubts->behind[doubt->first_behind];
    double base;
    if (!entity_amount(b, item->entity_a, &base, &item->dimension))
        return;
    for (uint32_t i = 0; i < doubt->n_behind; i++)
        b->is_behind[behind[i]] = 1;
    uint32_t witness = b->resolution->witness[domain->how_much][item->entity_a];
    bool is_witness_behind = witness < b->mentions->n && b->is_behind[witness];
    item->amount = middle_amount(b, item->entity_a, !is_witness_behind, item->dimension);
    for (uint32_t i = 0; i < doubt->n_behind; i++)
        b->is_behind[behind[i]] = 0;
    if (domain->what >= 0)
        set_concept(b, mention_value(b->mentions, is_witness_behind ? doubt->a : doubt->b, domain->what), item);
}

/* What tells an entity whichever number it has: the lowest identity of its rows. */
static uint64_t identity_of(const struct building *b, uint32_t entity)
{
    const struct resolution *resolution = b->resolution;
    uint64_t lowest = UINT64_MAX;
    for (uint32_t i = resolution->first_member[entity]; i < resolution->first_member[entity + 1]; i++) {
        uint64_t identity = b->mentions->identity[resolution->members[i]];
        lowest = identity < lowest ? identity : lowest;
    }
    return lowest;
}

/* Of two that are joined, the one that fewer rows tell gives its amount up. */
static bool is_kept_before(const struct building *b, const struct review_item *item)
{
    size_t n_a = n_members(b->resolution, item->entity_a), n_b = n_members(b->resolution, item->entity_b);
    return n_a != n_b ? n_a > n_b : item->identity_a < item->identity_b;
}

static void weigh_entity(const struct building *b, uint32_t entity, struct review_item *item)
{
    int what = b->mentions->domain->what;
    entity_amount(b, entity, &item->amount, &item->dimension);
    if (what >= 0)
        set_concept(b, entity_value(b, entity, what), item);
}

static void weigh_joining(const struct building *b, struct review_item *item)
{
    item->identity_a = identity_of(b, item->entity_a);
    item->identity_b = identity_of(b, item->entity_b);
    if (!is_kept_before(b, item)) {
        uint32_t entity = item->entity_a, mention = item->a;
        uint64_t identity = item->identity_a;
        item->identity_a = item->identity_b;
        item->identity_b = identity;
        item->entity_a = item->entity_b;
        item->entity_b = entity;
        item->a = item->b;
        item->b = mention;
    }
    weigh_entity(b, item->entity_b, item);
}

/* What is a part is alike with its whole, and with other parts, for a reason that is known. */
static bool has_a_part(const struct resolution *resolution, uint32_t a, uint32_t b)
{
    return resolution_whole(resolution, a) != RESOLVE_NO_WHOLE || resolution_whole(resolution, b) != RESOLVE_NO_WHOLE;
}

static void add_item(struct building *b, const struct doubtful_link *doubt)
{
    const uint32_t *of_mention = b->resolution->of_mention;
    struct review_item item = {.a = doubt->a,
        .b = doubt->b,
        .entity_a = of_mention[doubt->a],
        .entity_b = of_mention[doubt->b],
        .bits = round(100 * (double)doubt->bits) / 100,
        .probability = uncertain_probability(doubt->bits),
        .is_joined = doubt->is_joined,
        .n_behind = doubt->n_behind,
        .dimension = UINT32_MAX,
        .concept = CONCEPT_NONE,
        .group = CONCEPT_NONE,
        .key = doubtful_key(b->mentions, doubt)};
    if (item.is_joined != (item.entity_a == item.entity_b) ||
        (!item.is_joined && has_a_part(b->resolution, item.entity_a, item.entity_b)))
        return;
    if (item.is_joined)
        weigh_parting(b, doubt, &item);
    else
        weigh_joining(b, &item);
    double wrong = item.is_joined ? 1 - item.probability : item.probability;
    double total = item.dimension != UINT32_MAX ? b->total[item.dimension] : 0;
    item.worth = total > 0 ? wrong * fabs(item.amount) / total : 0;
    b->out->items[b->out->n++] = item;
}

/* ---- amounts that are disputed --------------------------------------------------------------------------------- */

/* Whether the rows of an entity differ in an amount of its own dimension; their differences from it as changes, in
 * their order. */
static enum comity_status add_changes(struct building *b, struct review_dispute *dispute, double base)
{
    const struct resolution *resolution = b->resolution;
    double low = 0, high = 0;
    dispute->first = (uint32_t)b->n_changes;
    for (uint32_t i = resolution->first_member[dispute->entity]; i < resolution->first_member[dispute->entity + 1];
         i++) {
        uint32_t m = resolution->members[i], dimension;
        double other;
        if (!read_amount(b->mentions->domain, mention_value(b->mentions, m, b->mentions->domain->how_much), &other,
                &dimension) ||
            dimension != dispute->dimension)
            continue;
        if (!ARRAY_ROOM(b->out->changes, b->n_changes, b->room_changes, 1))
            return COMITY_NOMEM;
        b->out->changes[b->n_changes++] = other - base;
        dispute->key += hash_u64(b->mentions->identity[m]);
        low = fmin(low, other - base);
        high = fmax(high, other - base);
    }
    dispute->n = (uint32_t)(b->n_changes - dispute->first);
    if (dispute->n)
        qsort(&b->out->changes[dispute->first], dispute->n, sizeof *b->out->changes, compare_numbers);
    dispute->spread = b->total[dispute->dimension] > 0 ? (high - low) / b->total[dispute->dimension] : 0;
    return COMITY_OK;
}

static enum comity_status add_dispute(struct building *b, uint32_t entity)
{
    const struct domain *domain = b->mentions->domain;
    struct review *out = b->out;
    struct review_dispute dispute = {.entity = entity, .concept = CONCEPT_NONE, .group = CONCEPT_NONE};
    double base;
    if (n_members(b->resolution, entity) < 2 || !entity_amount(b, entity, &base, &dispute.dimension))
        return COMITY_OK;
    size_t n_before = b->n_changes;
    if (add_changes(b, &dispute, base) != COMITY_OK || !ARRAY_ROOM(out->disputes, out->n_disputes, b->room_disputes, 1))
        return COMITY_NOMEM;
    if (dispute.spread <= 0) {
        b->n_changes = n_before;
        return COMITY_OK;
    }
    if (domain->what >= 0)
        find_concept(b, entity_value(b, entity, domain->what), &dispute.concept, &dispute.group);
    out->disputes[out->n_disputes++] = dispute;
    return COMITY_OK;
}

static int compare_disputes(const void *a, const void *b)
{
    const struct review_dispute *x = a, *y = b;
    if (x->spread != y->spread)
        return x->spread > y->spread ? -1 : 1;
    return x->key < y->key ? -1 : x->key > y->key;
}

static bool add_disputes(struct building *b)
{
    struct review *out = b->out;
    for (uint32_t e = 0; e < b->resolution->n_entities; e++)
        if (add_dispute(b, e) != COMITY_OK)
            return false;
    if (out->n_disputes)
        qsort(out->disputes, out->n_disputes, sizeof *out->disputes, compare_disputes);
    if (out->n_disputes > REVIEW_MOST_DISPUTES)
        out->n_disputes = REVIEW_MOST_DISPUTES;
    return true;
}

/* ---- the whole ------------------------------------------------------------------------------------------------- */

/* By worth; where no amount is at stake, the most doubtful first. Keys at last: the order is the same everywhere. */
static int compare_items(const void *a, const void *b)
{
    const struct review_item *x = a, *y = b;
    if (x->worth != y->worth)
        return x->worth > y->worth ? -1 : 1;
    double far_x = fabs(x->probability - 0.5), far_y = fabs(y->probability - 0.5);
    if (far_x != far_y)
        return far_x < far_y ? -1 : 1;
    return x->key < y->key ? -1 : x->key > y->key;
}

static void add_totals(struct building *b)
{
    for (uint32_t e = 0; e < b->resolution->n_entities; e++) {
        double base;
        uint32_t dimension;
        if (entity_amount(b, e, &base, &dimension))
            b->total[dimension] += base;
    }
}

enum comity_status review_begin(
    const struct mentions *mentions, const struct resolution *resolution, struct review *out, struct comity_error *err)
{
    const struct unit_table *units = units_of(mentions->domain);
    struct building b = {.mentions = mentions, .resolution = resolution, .out = out};
    *out = (struct review){.totals = calloc((units ? units->n_dimensions : 0) + 1, sizeof *out->totals)};
    b.total = out->totals;
    if (!b.total)
        return error_nomem(err);
    add_totals(&b);
    return add_disputes(&b) ? COMITY_OK : error_nomem(err);
}

enum comity_status review_add_doubts(const struct mentions *mentions, const struct resolution *resolution,
    const struct doubtful_links *doubts, struct review *out, struct comity_error *err)
{
    struct building b = {.mentions = mentions,
        .resolution = resolution,
        .doubts = doubts,
        .total = out->totals,
        .is_behind = calloc(mentions->n + 1, 1),
        .out = out};
    out->n_left_out = doubts->n_left_out;
    out->items = calloc(doubts->n + 1, sizeof *out->items);
    bool is_good = b.is_behind && out->items;
    for (size_t i = 0; is_good && i < doubts->n; i++)
        add_item(&b, &doubts->all[i]);
    if (is_good)
        qsort(out->items, out->n, sizeof *out->items, compare_items);
    free(b.is_behind);
    free(b.amounts);
    return is_good ? COMITY_OK : error_nomem(err);
}

enum comity_status review_build(const struct mentions *mentions, const struct resolution *resolution,
    const struct doubtful_links *doubts, struct review *out, struct comity_error *err)
{
    enum comity_status status = review_begin(mentions, resolution, out, err);
    return status ? status : review_add_doubts(mentions, resolution, doubts, out, err);
}

void review_release(struct review *review)
{
    free(review->items);
    free(review->disputes);
    free(review->changes);
    free(review->totals);
    *review = (struct review){0};
}

/* ---- kept as text ---------------------------------------------------------------------------------------------- */

/* By hand, since there may be a million. */
static void add_number(struct buffer *out, uint64_t number, char behind)
{
    char digits[21];
    size_t at = sizeof digits;
    digits[--at] = behind;
    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    buffer_add(out, digits + at, sizeof digits - at);
}

void doubtful_write(const struct mentions *mentions, const struct doubtful_links *doubts, struct buffer *out)
{
    for (size_t i = 0; i < doubts->n; i++) {
        const struct doubtful_link *doubt = &doubts->all[i];
        double hundredths = rint(100 * (double)doubt->bits);
        uint32_t n_behind = doubt->is_joined ? doubt->n_behind : 0;
        add_number(out, mentions->id[doubt->a], ' ');
        add_number(out, mentions->id[doubt->b], ' ');
        if (signbit(hundredths))
            buffer_add_byte(out, '-');
        add_number(out, (uint64_t)fmin(fabs(hundredths), 1e15), n_behind ? ' ' : '\n');
        for (uint32_t k = 0; k < n_behind; k++)
            add_number(out, mentions->id[doubts->behind[doubt->first_behind + k]], k + 1 < n_behind ? ' ' : '\n');
    }
}

/* A mention by its id; false when it is not there. */
static bool find_mention(const struct mentions *mentions, struct slice word, uint32_t *out)
{
    uint64_t id = 0;
    for (size_t i = 0; i < word.len; i++) {
        if (word.ptr[i] < '0' || word.ptr[i] > '9')
            return false;
        id = id * 10 + (uint64_t)(word.ptr[i] - '0');
    }
    size_t low = 0, high = mentions->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (mentions->id[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    *out = (uint32_t)low;
    return low < mentions->n && mentions->id[low] == id;
}

struct reading {
    const struct mentions *mentions;
    struct doubtful_links *out;
    size_t room, room_behind;
};

static enum comity_status read_behind(struct reading *r, struct slice rest, struct doubtful_link *doubt)
{
    struct doubtful_links *out = r->out;
    doubt->is_joined = rest.len > 0;
    doubt->first_behind = (uint32_t)out->n_behind;
    while (rest.len) {
        uint32_t mention;
        if (!find_mention(r->mentions, slice_cut(&rest, ' '), &mention))
            continue;
        if (!ARRAY_ROOM(out->behind, out->n_behind, r->room_behind, 1))
            return COMITY_NOMEM;
        out->behind[out->n_behind++] = mention;
        doubt->n_behind++;
    }
    return COMITY_OK;
}

static enum comity_status read_line(struct reading *r, struct slice line)
{
    struct doubtful_link doubt = {0};
    struct slice a = slice_cut(&line, ' '), b = slice_cut(&line, ' '), bits = slice_cut(&line, ' ');
    char number[24] = "";
    if (!bits.len || bits.len >= sizeof number || !find_mention(r->mentions, a, &doubt.a) ||
        !find_mention(r->mentions, b, &doubt.b))
        return COMITY_OK;
    memcpy(number, bits.ptr, bits.len);
    doubt.bits = (float)(strtod(number, NULL) / 100);
    if (!ARRAY_ROOM(r->out->all, r->out->n, r->room, 1) || read_behind(r, line, &doubt) != COMITY_OK)
        return COMITY_NOMEM;
    r->out->all[r->out->n++] = doubt;
    return COMITY_OK;
}

enum comity_status doubtful_read(
    const struct mentions *mentions, struct slice text, struct doubtful_links *out, struct comity_error *err)
{
    struct reading r = {.mentions = mentions, .out = out};
    *out = (struct doubtful_links){0};
    enum comity_status status = COMITY_OK;
    while (text.len && !status)
        status = read_line(&r, slice_cut(&text, '\n'));
    return status ? error_nomem(err) : COMITY_OK;
}
