/* See alike.h. The model is asked on a table of the records that come into question and the one that would be. */
#include "flow/alike.h"

#include "base/array.h"
#include "base/error.h"
#include "flow/entry.h"
#include "store/entry.h"

#include <math.h>
#include <stdlib.h>

enum { WINDOW_DAYS = 31, NEAR_DAYS = 14, MOST_AROUND = 60000, MOST_ASKED = 48, PACKED_CAP = 1 << 20 };
static const double least_probability = 0.1;

struct candidate {
    uint32_t around; /* index in the table of those around */
    double closeness;
};

struct asking {
    struct snapshot *snapshot;
    const struct domain *domain;
    const struct value *values;
    uint64_t own[FORM_MOST_LINES]; /* identities of this very entry */
    struct slice source_code;
    uint32_t *around; /* mention indexes of the snapshot */
    size_t n_around, room_around;
    struct candidate *candidates;
    size_t n_candidates;
    struct mentions table; /* the candidates, and behind them the one that would be */
    struct source_info *sources;
    struct arena *arena;
};

static bool is_typed(const struct asking *a, int field)
{
    return field >= 0 && a->values[field].state == VALUE_TYPED;
}

static const struct value *other_of(const struct asking *a, size_t mention, int field)
{
    return mention_value(&a->snapshot->mentions, mention, field);
}

/* Days between; 0 where they overlap. */
static int64_t days_apart(const struct value *a, const struct value *b)
{
    int64_t after = (int64_t)a->date.first - b->date.last, before = (int64_t)b->date.first - a->date.last;
    return after > 0 ? after : before > 0 ? before : 0;
}

static bool is_own(const struct asking *a, size_t mention)
{
    for (size_t i = 0; i < FORM_MOST_LINES; i++)
        if (mention_named(&a->snapshot->mentions, mention) == a->own[i])
            return true;
    return false;
}

static bool is_around(const struct asking *a, size_t mention)
{
    const struct value *when = other_of(a, mention, a->domain->when);
    const struct value *country = other_of(a, mention, a->domain->country);
    return when->state == VALUE_TYPED && country->state == VALUE_TYPED &&
           country->country.id == a->values[a->domain->country].country.id &&
           days_apart(when, &a->values[a->domain->when]) <= WINDOW_DAYS && !is_own(a, mention);
}

static enum comity_status gather(struct asking *a, struct comity_error *err)
{
    /* The newest first: where there are too many, they are those that one types in again. */
    for (size_t i = a->snapshot->mentions.n; i-- > 0 && a->n_around < MOST_AROUND;) {
        if (!is_around(a, i))
            continue;
        if (!ARRAY_ROOM(a->around, a->n_around, a->room_around, 1))
            return error_nomem(err);
        a->around[a->n_around++] = (uint32_t)i;
    }
    return COMITY_OK;
}

/* ---- the table -------------------------------------------------------------------------------------------------- */

/* As if another source said it, also where one's own unit has told it before: that is what one wants to be shown. */
static uint32_t own_source(struct asking *a)
{
    struct mentions *table = &a->table;
    a->sources[table->n_sources] = (struct source_info){.code = SLICE("typed in now"), .reliability = 2};
    return (uint32_t)table->n_sources++;
}

static enum comity_status add_one(struct asking *a, uint64_t id, uint32_t source, uint64_t content, uint64_t identity,
    const struct value *values, struct buffer *packed, struct comity_error *err)
{
    struct mention_row row = {.id = id, .source = source, .content = content, .identity = identity};
    buffer_clear(packed);
    mention_pack(a->domain, values, packed);
    row.packed = buffer_slice(packed);
    return packed->failed ? error_nomem(err) : mentions_add(&a->table, &row, err);
}

static enum comity_status fill_table(struct asking *a, struct comity_error *err)
{
    const struct mentions *all = &a->snapshot->mentions;
    struct value values[DOMAIN_MOST_FIELDS];
    struct buffer packed;
    a->sources = ARENA_ARRAY(a->arena, struct source_info, all->n_sources + 2);
    if (!a->sources)
        return error_nomem(err);
    if (all->n_sources)
        memcpy(a->sources, all->sources, all->n_sources * sizeof *a->sources);
    enum comity_status status = mentions_init(&a->table, a->domain, err);
    a->table.sources = a->sources;
    a->table.n_sources = all->n_sources;
    buffer_init(&packed, PACKED_CAP);
    for (size_t i = 0; !status && i < a->n_candidates; i++) {
        uint32_t m = a->around[a->candidates[i].around];
        for (size_t f = 0; f < a->domain->n_fields; f++)
            values[f] = *mention_value(all, m, (int)f);
        status = add_one(a, i + 1, all->source[m], all->content[m], all->identity[m], values, &packed, err);
    }
    if (!status)
        status = add_one(a, a->n_candidates + 1, own_source(a), 0, 0, a->values, &packed, err);
    buffer_release(&packed);
    return status;
}

/* ---- who comes into question ------------------------------------------------------------------------------------ */

static bool are_related(const struct asking *a, size_t mention)
{
    int what = a->domain->what;
    if (!is_typed(a, what) || other_of(a, mention, what)->state != VALUE_TYPED)
        return true;
    const struct concept_tree *tree = a->domain->fields[what].spec.concepts;
    uint32_t mine = a->values[what].concept.id, other = other_of(a, mention, what)->concept.id;
    return concept_common(tree, mine, other) != 0;
}

/* 0: equal; 1: twice as much, or not comparable. */
static double amounts_apart(const struct asking *a, size_t mention)
{
    int field = a->domain->how_much;
    if (!is_typed(a, field) || other_of(a, mention, field)->state != VALUE_TYPED)
        return 0.5;
    const struct unit_table *units = a->domain->units;
    const struct value *mine = &a->values[field], *other = other_of(a, mention, field);
    if (units->units[mine->quantity.unit].dimension_id != units->units[other->quantity.unit].dimension_id)
        return 1;
    double x = unit_to_base(units, mine), y = unit_to_base(units, other), most = fmax(fabs(x), fabs(y));
    return most > 0 ? fmin(1, 2 * fabs(x - y) / most) : 0;
}

static double places_apart(const struct asking *a, size_t mention)
{
    int field = a->domain->where;
    if (!is_typed(a, field) || other_of(a, mention, field)->state != VALUE_TYPED)
        return 0.5;
    const struct value *mine = &a->values[field], *other = other_of(a, mention, field);
    if (place_is_numbered(mine) && place_is_numbered(other) && mine->place.geonames == other->place.geonames)
        return 0;
    if (mine->place.subdivision && mine->place.subdivision == other->place.subdivision)
        return 0.5;
    return 1;
}

static int compare_candidates(const void *a, const void *b)
{
    const struct candidate *x = a, *y = b;
    if (x->closeness != y->closeness)
        return x->closeness > y->closeness ? -1 : 1;
    return x->around < y->around ? -1 : x->around > y->around;
}

static enum comity_status list_candidates(struct asking *a, struct comity_error *err)
{
    a->candidates = malloc((a->n_around + 1) * sizeof *a->candidates);
    if (!a->candidates)
        return error_nomem(err);
    for (uint32_t i = 0; i < a->n_around; i++) {
        int64_t days = days_apart(other_of(a, a->around[i], a->domain->when), &a->values[a->domain->when]);
        if (days <= NEAR_DAYS && are_related(a, a->around[i]))
            a->candidates[a->n_candidates++] = (struct candidate){
                i, 3 - amounts_apart(a, a->around[i]) - places_apart(a, a->around[i]) - (double)days / NEAR_DAYS};
    }
    qsort(a->candidates, a->n_candidates, sizeof *a->candidates, compare_candidates);
    if (a->n_candidates > MOST_ASKED)
        a->n_candidates = MOST_ASKED;
    return COMITY_OK;
}

/* ---- how much alike --------------------------------------------------------------------------------------------- */

static int compare_reasons(const void *a, const void *b)
{
    const struct link_reason *x = a, *y = b;
    if (fabs(x->bits) != fabs(y->bits))
        return fabs(x->bits) > fabs(y->bits) ? -1 : 1;
    return x->field - y->field;
}

static void take_reasons(const struct link_explanation *why, struct alike *out)
{
    for (size_t i = 0; i < why->n_reasons && out->n_reasons < DOMAIN_MOST_FIELDS; i++)
        if (why->reasons[i].field >= 0)
            out->reasons[out->n_reasons++] = why->reasons[i];
    qsort(out->reasons, out->n_reasons, sizeof *out->reasons, compare_reasons);
}

/* Where nothing was linked yet. */
static bool is_plainly_alike(const struct candidate *candidate)
{
    return candidate->closeness >= 2.3;
}

static enum comity_status ask_model(
    struct asking *a, size_t number, const uint32_t *alone, struct alike *out, bool *is_alike, struct comity_error *err)
{
    const struct candidate *candidate = &a->candidates[number];
    struct link_explanation why;
    out->probability = NAN;
    *is_alike = is_plainly_alike(candidate);
    if (!a->snapshot->model)
        return COMITY_OK;
    enum comity_status status =
        link_explain(&a->table, a->snapshot->model, NULL, 0, alone, a->n_candidates, number, a->arena, &why, err);
    if (status)
        return status;
    out->probability = why.probability;
    take_reasons(&why, out);
    /* The same day, place and amount are shown however common they are. */
    *is_alike = why.probability >= least_probability || candidate->closeness >= 2.95;
    return COMITY_OK;
}

/* Best first; the better of two of one entity. */
static void keep(struct alike out[ALIKE_MOST], size_t *n, const struct alike *found)
{
    size_t at = *n;
    for (size_t i = 0; i < *n; i++)
        if (out[i].entity == found->entity) {
            if (!(found->probability > out[i].probability))
                return;
            memmove(&out[i], &out[i + 1], (*n - i - 1) * sizeof *out);
            at = --*n;
            break;
        }
    while (at && found->probability > out[at - 1].probability)
        at--;
    if (at == ALIKE_MOST)
        return;
    size_t last = *n < ALIKE_MOST ? *n : ALIKE_MOST - 1;
    memmove(&out[at + 1], &out[at], (last - at) * sizeof *out);
    out[at] = *found;
    *n = last + 1;
}

static enum comity_status ask_all(struct asking *a, struct alike out[ALIKE_MOST], size_t *n, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    uint32_t alone[MOST_ASKED + 1];
    for (uint32_t i = 0; i <= MOST_ASKED; i++)
        alone[i] = i;
    for (size_t i = 0; !status && i < a->n_candidates; i++) {
        size_t mention = a->around[a->candidates[i].around];
        const struct resolution *resolution = &a->snapshot->resolution;
        struct alike found = {.mention = mention,
            .id = a->snapshot->mentions.id[mention],
            .entity = resolution->entity[resolution->of_mention[mention]]};
        bool is_alike;
        status = ask_model(a, i, alone, &found, &is_alike, err);
        if (!status && is_alike)
            keep(out, n, &found);
    }
    return status;
}

static void name_own(struct asking *a, uint64_t entry)
{
    char key[ENTRY_PART_KEY];
    for (unsigned line = 1; line <= FORM_MOST_LINES; line++) {
        entry_part_key(entry, line, key);
        a->own[line - 1] = store_key_identity(a->source_code, slice_from(key));
    }
}

enum comity_status desk_alike(struct snapshot *snapshot, const struct alike_asking *asking, struct arena *arena,
    struct alike out[ALIKE_MOST], size_t *n, struct comity_error *err)
{
    char source_code[64];
    struct asking a = {
        .snapshot = snapshot, .domain = snapshot->mentions.domain, .values = asking->values, .arena = arena};
    *n = 0;
    entry_source_code(asking->unit, source_code);
    a.source_code = slice_from(source_code);
    name_own(&a, asking->entry);
    /* All of a year would look alike. */
    if (!is_typed(&a, a.domain->when) || !is_typed(&a, a.domain->country) ||
        a.values[a.domain->when].precision > DATE_RANGE)
        return COMITY_OK;
    enum comity_status status = gather(&a, err);
    if (!status)
        status = list_candidates(&a, err);
    if (!status && a.n_candidates && snapshot->model)
        status = fill_table(&a, err);
    if (!status && a.n_candidates)
        status = ask_all(&a, out, n, err);
    if (a.table.columns)
        mentions_release(&a.table);
    free(a.candidates);
    free(a.around);
    return status;
}
