/* Sums are kept for each pair of concept and unit that was seen; a text that could not be typed is told apart from
 * others until there are UNREAD_MOST of them. */
#include "read/recipe_tally.h"

#include "base/array.h"
#include "base/error.h"

#include <stdlib.h>

void tally_release(struct recipe_tally *tally)
{
    for (size_t i = 0; i < DOMAIN_MOST_FIELDS; i++) {
        intern_release(&tally->unread[i].texts);
        free(tally->unread[i].n);
    }
    map_release(&tally->total_of);
    free(tally->totals);
    free(tally->sorted);
}

static enum comity_status count_unread(struct tally_unread *unread, struct slice text, struct comity_error *err)
{
    uint32_t id = intern_get(&unread->texts, text);
    if (id == INTERN_NONE && unread->texts.count >= UNREAD_MOST) {
        unread->n_others++;
        return COMITY_OK;
    }
    if (id == INTERN_NONE) {
        if (!ARRAY_ROOM(unread->n, unread->texts.count, unread->room, 1))
            return error_nomem(err);
        id = intern_put(&unread->texts, text);
        if (id == INTERN_NONE)
            return error_nomem(err);
        unread->n[id] = 0;
    }
    unread->n[id]++;
    return COMITY_OK;
}

enum comity_status tally_value(struct recipe_tally *tally, const struct domain *domain, int field,
    const struct value *value, struct comity_error *err)
{
    struct recipe_counts *counts = &tally->counts;
    counts->by_state[field][value->state]++;
    if (value->type == VALUE_COUNT && value_is_typed(value))
        counts->sums[field] += (uint64_t)value->count.number;
    if (field == domain->where && value_is_typed(value) && value->precision < N_PLACE_PRECISIONS)
        counts->by_precision[value->precision]++;
    return value->state == VALUE_UNREAD ? count_unread(&tally->unread[field], value->text, err) : COMITY_OK;
}

enum comity_status tally_total(
    struct recipe_tally *tally, const struct domain *domain, const struct value *values, struct comity_error *err)
{
    const struct value *what = domain->what >= 0 ? &values[domain->what] : NULL;
    const struct value *how_much = domain->how_much >= 0 ? &values[domain->how_much] : NULL;
    uint64_t concept = what && what->type == VALUE_CONCEPT && value_is_typed(what) ? what->concept.id + (uint64_t)1 : 0;
    uint64_t unit = how_much && how_much->type == VALUE_QUANTITY && value_is_typed(how_much)
                        ? how_much->quantity.unit + (uint64_t)1
                        : 0;
    bool is_new;
    if (!ARRAY_ROOM(tally->totals, tally->n_totals, tally->room_totals, 1))
        return error_nomem(err);
    uint64_t *at = map_put(&tally->total_of, concept << 32 | unit, &is_new);
    if (!at)
        return error_nomem(err);
    if (is_new) {
        *at = tally->n_totals;
        tally->totals[tally->n_totals++] = (struct recipe_total){
            .concept = concept ? domain->fields[domain->what].spec.concepts->nodes[concept - 1].code : SLICE_EMPTY,
            .unit = unit ? domain->fields[domain->how_much].spec.units->units[unit - 1].code : SLICE_EMPTY};
    }
    tally->totals[*at].n++;
    if (unit)
        tally->totals[*at].amount += how_much->quantity.amount;
    return COMITY_OK;
}

static int by_count(const void *a, const void *b)
{
    const struct unread_text *x = a, *y = b;
    return x->n != y->n ? (x->n < y->n ? 1 : -1) : slice_compare(x->text, y->text);
}

enum comity_status tally_unread(struct recipe_tally *tally, int field, const struct unread_text **out, size_t *n,
    uint64_t *n_others, struct comity_error *err)
{
    *out = NULL;
    *n = 0;
    *n_others = 0;
    if (field < 0 || field >= DOMAIN_MOST_FIELDS)
        return COMITY_OK;
    const struct tally_unread *of = &tally->unread[field];
    *n = of->texts.count;
    *n_others = of->n_others;
    if (!ARRAY_ROOM(tally->sorted, 0, tally->room_sorted, *n))
        return error_nomem(err);
    for (size_t i = 0; i < *n; i++)
        tally->sorted[i] = (struct unread_text){intern_text(&of->texts, (uint32_t)i), of->n[i]};
    if (*n)
        qsort(tally->sorted, *n, sizeof *tally->sorted, by_count);
    *out = tally->sorted;
    return COMITY_OK;
}
