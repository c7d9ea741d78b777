/* See derived.h. */
#include "flow/derived.h"

static const struct value *winner_of(const struct snapshot *snapshot, uint32_t index, int field)
{
    if (field < 0)
        return NULL;
    const struct value *value = &snapshot->mentions.columns[field].values[snapshot->resolution.winner[field][index]];
    return value_is_typed(value) ? value : NULL;
}

bool derived_kg(const struct snapshot *snapshot, uint32_t index, struct kg_equivalent *out)
{
    const struct domain *domain = snapshot->mentions.domain;
    const struct value *amount = winner_of(snapshot, index, domain->how_much);
    const struct value *what = winner_of(snapshot, index, domain->what);
    const struct conversion *used = NULL;
    *out = (struct kg_equivalent){0};
    if (!amount || !domain->units)
        return false;
    const struct concept_tree *tree = domain->what < 0 ? NULL : domain->fields[domain->what].spec.concepts;
    uint32_t concept = what ? what->concept.id : CONCEPT_NONE;
    out->is_convertible = quantity_to_kg(domain->units, tree, amount, concept, &out->kg, &out->is_derived, &used);
    if (used)
        out->document = used->document;
    out->version = domain->units->conversion_version;
    return true;
}

static bool is_same_place(const struct value *a, const struct value *b)
{
    return a->place.country == b->place.country && a->place.subdivision == b->place.subdivision &&
           a->place.geonames == b->place.geonames;
}

size_t derived_places(const struct snapshot *snapshot, uint32_t index, struct place_candidate out[PLACE_CANDIDATES])
{
    const struct domain *domain = snapshot->mentions.domain;
    const struct value *place = winner_of(snapshot, index, domain->where);
    if (!place || !(place->flags & VALUE_AMBIGUOUS) || !place->text.len)
        return 0;
    struct value_input input = {.raw = place->text, .country = place->place.country};
    struct place_candidate all[PLACE_CANDIDATES];
    size_t n = place_candidates(&domain->fields[domain->where].spec, &input, all), kept = 0;
    for (size_t i = 0; i < n; i++)
        if (!is_same_place(&all[i].value, place))
            out[kept++] = all[i];
    return kept;
}
