/* From judgements to the one array that totals, counts and pages go by. */
#include "link/part.h"

#include "base/error.h"

#include <stdlib.h>

struct placing {
    const struct mentions *mentions;
    struct resolution *resolution;
    struct map entities; /* identity of a mention that is judged → its entity + 1 */
};

static bool is_standing(const struct judgement *j)
{
    return j->kind == JUDGEMENT_PART_OF && !j->is_undone;
}

static uint32_t top_of(const struct concept_tree *tree, uint32_t node)
{
    while (tree->nodes[node].depth > 1)
        node = tree->nodes[node].parent;
    return node;
}

static const struct value *winner(const struct placing *p, int field, uint32_t entity)
{
    return &p->mentions->columns[field].values[p->resolution->winner[field][entity]];
}

static bool is_of_one_group(const struct placing *p, uint32_t a, uint32_t b)
{
    int field = p->mentions->domain->what;
    if (field < 0)
        return true;
    const struct concept_tree *tree = p->mentions->domain->fields[field].spec.concepts;
    const struct value *va = winner(p, field, a), *vb = winner(p, field, b);
    if (!value_is_typed(va) || !value_is_typed(vb))
        return value_is_typed(va) == value_is_typed(vb);
    return top_of(tree, va->concept.id) == top_of(tree, vb->concept.id);
}

/* Whether what the part tells is in what the whole tells, so that both must not be added up. */
static bool is_within(const struct placing *p, uint32_t part, uint32_t whole)
{
    int field = p->mentions->domain->how_much;
    if (field < 0)
        return true;
    const struct unit_table *units = p->mentions->domain->fields[field].spec.units;
    const struct value *a = winner(p, field, part), *b = winner(p, field, whole);
    if (!value_is_typed(a))
        return true;
    return value_is_typed(b) &&
           units->units[a->quantity.unit].dimension_id == units->units[b->quantity.unit].dimension_id &&
           is_of_one_group(p, part, whole);
}

static enum comity_status find_entities(
    struct placing *p, const struct judgement *judgements, size_t n, struct comity_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (is_standing(&judgements[i]) &&
            (!map_put(&p->entities, judgements[i].a, NULL) || !map_put(&p->entities, judgements[i].b, NULL)))
            return error_nomem(err);
    for (size_t m = 0; p->entities.count && m < p->mentions->n; m++) {
        uint64_t *at = map_get(&p->entities, mention_named(p->mentions, m));
        if (at)
            *at = p->resolution->of_mention[m] + 1u;
    }
    return COMITY_OK;
}

/* A person's word before the model's, the later before the earlier: that is the order of judgements, persons' last. */
static void place(struct placing *p, const struct judgement *j)
{
    uint64_t part = *map_get(&p->entities, j->a), whole = *map_get(&p->entities, j->b);
    if (part && whole && part != whole && is_within(p, (uint32_t)(part - 1), (uint32_t)(whole - 1)))
        p->resolution->whole[part - 1] = (uint32_t)(whole - 1);
}

/* The outermost whole of each. What comes back to itself, or stands in a chain of more than 64, is counted. */
static void climb(struct resolution *resolution, uint32_t *outermost)
{
    for (size_t e = 0; e < resolution->n_entities; e++) {
        uint32_t at = resolution->whole[e];
        size_t steps = 0, most = 64;
        while (at != RESOLVE_NO_WHOLE && resolution->whole[at] != RESOLVE_NO_WHOLE && at != e && steps++ < most)
            at = resolution->whole[at];
        outermost[e] = at == e || steps > most ? RESOLVE_NO_WHOLE : at;
    }
}

static enum comity_status place_all(
    struct placing *p, const struct judgement *judgements, size_t n, struct comity_error *err)
{
    struct resolution *resolution = p->resolution;
    size_t n_entities = resolution->n_entities;
    uint32_t *outermost = malloc((n_entities + 1) * sizeof *outermost);
    resolution->whole = malloc((n_entities + 1) * sizeof *resolution->whole);
    if (!outermost || !resolution->whole) {
        free(outermost);
        return error_nomem(err);
    }
    memset(resolution->whole, 0xFF, (n_entities + 1) * sizeof *resolution->whole);
    for (int by_person = 0; by_person <= 1; by_person++)
        for (size_t i = 0; i < n; i++)
            if (is_standing(&judgements[i]) && judgements[i].is_by_person == by_person)
                place(p, &judgements[i]);
    climb(resolution, outermost);
    free(resolution->whole);
    resolution->whole = outermost;
    return COMITY_OK;
}

enum comity_status parts_place(const struct mentions *mentions, const struct judgement *judgements, size_t n_judgements,
    struct resolution *resolution, struct comity_error *err)
{
    struct placing p = {.mentions = mentions, .resolution = resolution};
    enum comity_status status = find_entities(&p, judgements, n_judgements, err);
    if (status == COMITY_OK && p.entities.count)
        status = place_all(&p, judgements, n_judgements, err);
    map_release(&p.entities);
    return status;
}
