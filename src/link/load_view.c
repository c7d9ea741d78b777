/* Each distinct value is hashed once for each view. What a source leaves out is a value too ("nothing said"): copies
 * leave out the same. */
#include "link/load_view.h"

#include "base/hash.h"

#include <stdio.h>

enum { DIGITS_OF_VALUES = 6, DIGITS_ROUNDED = 2, DIGITS_COARSE = 3 };

const char *load_view_text(enum load_view view)
{
    static const char *const texts[N_LOAD_VIEWS] = {
#define X(symbol, text) text,
        LOAD_VIEW_TABLE(X)
#undef X
    };
    return texts[view];
}

static bool is_seen(const struct domain *domain, enum load_view view, int field)
{
    const struct field *f = &domain->fields[field];
    bool is_core = field == domain->what || field == domain->how_much || field == domain->where;
    if (view == LOAD_VIEW_CONTENT || field == domain->when || field == domain->key || field == domain->case_id)
        return false;
    if (view == LOAD_VIEW_COARSE)
        return is_core;
    return f->is_compared && f->spec.type != VALUE_TEXT && f->spec.type != VALUE_NAME &&
           f->spec.type != VALUE_IDENTIFIER;
}

static uint64_t hash_amount(const struct unit_table *units, const struct value *value, int digits)
{
    char text[40];
    int len = snprintf(text, sizeof text, "%.*e", digits - 1, unit_to_base(units, value));
    return hash_seeded(text, (size_t)len, units->units[value->quantity.unit].dimension_id + 1);
}

static uint64_t hash_place(const struct value *value, enum load_view view)
{
    uint64_t area = (uint64_t)value->place.country << 16 | value->place.subdivision;
    bool is_exact = view == LOAD_VIEW_VALUES && place_is_numbered(value);
    return hash_u64(area << 32 | (is_exact ? value->place.geonames : 0));
}

static uint64_t hash_typed(const struct value_spec *spec, const struct value *value, enum load_view view)
{
    switch ((enum value_type)value->type) {
    case VALUE_QUANTITY:
        return hash_amount(spec->units, value,
            view == LOAD_VIEW_VALUES    ? DIGITS_OF_VALUES
            : view == LOAD_VIEW_ROUNDED ? DIGITS_ROUNDED
                                        : DIGITS_COARSE);
    case VALUE_PLACE:
        return hash_place(value, view);
    case VALUE_CONCEPT:
        return hash_u64(value->concept.id);
    case VALUE_CATEGORY:
        return hash_u64(value->category.id);
    case VALUE_COUNTRY:
        return hash_u64(value->country.id);
    case VALUE_COUNT:
        return hash_u64((uint64_t)value->count.number);
    case VALUE_DATE:
        return hash_u64((uint64_t)(uint32_t)value->date.first << 32 | (uint32_t)value->date.last);
    default:
        return hash_slice(value->text);
    }
}

/* A name that was not read may be spelled otherwise in the copy: only VALUES, the strictest, holds it to the letter. */
static uint64_t hash_value(const struct value_spec *spec, const struct value *value, enum load_view view)
{
    if (value->state == VALUE_TYPED)
        return hash_typed(spec, value, view);
    if (value->state == VALUE_UNREAD)
        return view == LOAD_VIEW_VALUES ? hash_slice(value->text) : 2;
    return 1;
}

bool load_view_agrees(const struct mentions *mentions, enum load_view view, uint64_t fields, size_t a, size_t b)
{
    const struct domain *domain = mentions->domain;
    if (view == LOAD_VIEW_CONTENT)
        return mentions->content[a] == mentions->content[b];
    for (int f = 0; f < (int)domain->n_fields; f++) {
        const struct value_spec *spec = &domain->fields[f].spec;
        if (is_seen(domain, view, f) && fields & load_field_bit((size_t)f) &&
            hash_value(spec, mention_value(mentions, a, f), view) !=
                hash_value(spec, mention_value(mentions, b, f), view))
            return false;
    }
    return true;
}

static bool hash_column(struct load_views *views, enum load_view view, int field)
{
    const struct column *column = &views->mentions->columns[field];
    const struct value_spec *spec = &views->mentions->domain->fields[field].spec;
    uint64_t *hashes = ARENA_ARRAY(&views->arena, uint64_t, (size_t)column->n_values + 1);
    views->hashes[view][field] = hashes;
    if (!hashes)
        return false;
    for (uint32_t i = 0; i < column->n_values; i++)
        hashes[i] = hash_u64(hash_value(spec, &column->values[i], view) + hash_u64((uint64_t)field));
    return true;
}

enum comity_status load_views_make(const struct mentions *mentions, struct load_views *out)
{
    const struct domain *domain = mentions->domain;
    *out = (struct load_views){.mentions = mentions};
    arena_init(&out->arena, SIZE_MAX);
    bool is_made = true;
    for (unsigned view = 0; is_made && view < N_LOAD_VIEWS; view++) {
        out->hashes[view] = ARENA_ARRAY(&out->arena, uint64_t *, domain->n_fields + 1);
        is_made = out->hashes[view] != NULL;
        for (int f = 0; is_made && f < (int)domain->n_fields; f++)
            if (is_seen(domain, (enum load_view)view, f))
                is_made = hash_column(out, (enum load_view)view, f);
    }
    if (!is_made)
        load_views_release(out);
    return is_made ? COMITY_OK : COMITY_NOMEM;
}

void load_views_release(struct load_views *views)
{
    arena_release(&views->arena);
    *views = (struct load_views){0};
}

/* Field by field: the hashes of a field lie together, and no row waits for another. */
void load_view_hashes(const struct load_views *views, enum load_view view, uint64_t fields, const uint32_t *rows,
    size_t n, uint64_t *hashes)
{
    const struct mentions *mentions = views->mentions;
    for (size_t i = 0; i < n; i++)
        hashes[i] = view == LOAD_VIEW_CONTENT ? mentions->content[rows[i]] : view;
    for (size_t f = 0; view != LOAD_VIEW_CONTENT && f < mentions->domain->n_fields; f++) {
        const uint64_t *of_field = views->hashes[view][f];
        const uint32_t *code = mentions->columns[f].code;
        for (size_t i = 0; of_field && fields & load_field_bit(f) && i < n; i++)
            hashes[i] = hash_u64(hashes[i] * 31 + of_field[code[rows[i]]]);
    }
}

uint64_t load_view_hash(const struct load_views *views, enum load_view view, uint64_t fields, size_t mention)
{
    uint64_t hash;
    load_view_hashes(views, view, fields, &(uint32_t){(uint32_t)mention}, 1, &hash);
    return hash;
}
