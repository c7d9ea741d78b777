/* Each distinct value is hashed once for each view, and each row once: for ROUNDED, from which other views are told.
 * What a source leaves out is a value too ("nothing said"): copies leave out the same. */
#include "link/load_view.h"

#include "base/hash.h"
#include "base/parallel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* [view × fields + field] */
struct hashing {
    const struct mentions *mentions;
    uint64_t **hashes;
};

static enum comity_status hash_column(void *context, size_t piece)
{
    const struct hashing *work = context;
    size_t n_fields = work->mentions->domain->n_fields, field = piece % n_fields;
    enum load_view view = (enum load_view)(piece / n_fields);
    const struct column *column = &work->mentions->columns[field];
    const struct value_spec *spec = &work->mentions->domain->fields[field].spec;
    uint64_t *hashes = work->hashes[piece];
    for (uint32_t i = 0; hashes && i < column->n_values; i++)
        hashes[i] = hash_u64(hash_value(spec, &column->values[i], view) + hash_u64((uint64_t)field));
    return COMITY_OK;
}

static bool make_columns(struct load_views *views, struct hashing *work)
{
    const struct domain *domain = views->mentions->domain;
    size_t n = domain->n_fields;
    work->hashes = ARENA_ARRAY(&views->arena, uint64_t *, N_LOAD_VIEWS * n + 1);
    bool is_made = work->hashes != NULL;
    for (unsigned view = 0; is_made && view < N_LOAD_VIEWS; view++) {
        views->hashes[view] = ARENA_ARRAY(&views->arena, const uint64_t *, n + 1);
        is_made = views->hashes[view] != NULL;
        for (size_t f = 0; is_made && f < n; f++) {
            size_t n_values = views->mentions->columns[f].n_values;
            if (n_values <= 1 || !is_seen(domain, (enum load_view)view, (int)f))
                continue;
            uint64_t *hashes = work->hashes[view * n + f] = ARENA_ARRAY(&views->arena, uint64_t, n_values);
            is_made = hashes != NULL;
        }
    }
    return is_made;
}

static enum comity_status hash_columns(struct load_views *views, unsigned threads)
{
    struct hashing work = {.mentions = views->mentions};
    size_t n = views->mentions->domain->n_fields;
    enum comity_status status = make_columns(views, &work) ? COMITY_OK : COMITY_NOMEM;
    if (status == COMITY_OK)
        status = parallel_run(N_LOAD_VIEWS * n, threads, hash_column, &work);
    for (size_t i = 0; status == COMITY_OK && i < N_LOAD_VIEWS * n; i++) {
        const uint64_t *own = work.hashes[i], *rounded = work.hashes[LOAD_VIEW_ROUNDED * n + i % n];
        bool is_same = own && rounded && !memcmp(own, rounded, views->mentions->columns[i % n].n_values * sizeof *own);
        views->hashes[i / n][i % n] = is_same ? rounded : own;
    }
    return status;
}

enum { PIECE = 16384 };

static enum comity_status hash_piece(void *context, size_t piece)
{
    const struct load_views *views = context;
    const struct mentions *mentions = views->mentions;
    size_t begin = piece * PIECE, n = mentions->n - begin < PIECE ? mentions->n - begin : PIECE;
    uint64_t *sums = views->rounded + begin;
    memset(sums, 0, n * sizeof *sums);
    for (size_t f = 0; f < mentions->domain->n_fields; f++) {
        const uint64_t *of_field = views->hashes[LOAD_VIEW_ROUNDED][f];
        const uint32_t *code = mentions->columns[f].code + begin;
        for (size_t i = 0; of_field && i < n; i++)
            sums[i] += of_field[code[i]];
    }
    return COMITY_OK;
}

/* Of one field, since fields are on threads: which sources tell it. */
struct telling {
    struct load_views *views;
    uint8_t *is_told; /* field × source */
};

static enum comity_status find_told_field(void *context, size_t field)
{
    const struct telling *telling = context;
    const struct mentions *mentions = telling->views->mentions;
    const struct column *column = &mentions->columns[field];
    uint8_t *is_told = &telling->is_told[field * mentions->n_sources];
    for (size_t i = 0; telling->views->hashes[LOAD_VIEW_ROUNDED][field] && i < mentions->n; i++)
        if (!is_told[mentions->source[i]])
            is_told[mentions->source[i]] = column->values[column->code[i]].state == VALUE_TYPED;
    return COMITY_OK;
}

static enum comity_status find_told(struct load_views *views, unsigned threads)
{
    const struct mentions *mentions = views->mentions;
    size_t n_fields = mentions->domain->n_fields, n_sources = mentions->n_sources;
    struct telling telling = {views, calloc(n_fields * n_sources + 1, 1)};
    views->told = ARENA_ARRAY(&views->arena, uint64_t, n_sources + 1);
    enum comity_status status =
        views->told && telling.is_told ? parallel_run(n_fields, threads, find_told_field, &telling) : COMITY_NOMEM;
    for (size_t i = 0; status == COMITY_OK && i < n_fields * n_sources; i++)
        if (telling.is_told[i])
            views->told[i % n_sources] |= load_field_bit(i / n_sources);
    free(telling.is_told);
    return status;
}

enum comity_status load_views_make(const struct mentions *mentions, unsigned threads, struct load_views *out)
{
    *out = (struct load_views){.mentions = mentions, .rounded = malloc((mentions->n + 1) * sizeof *out->rounded)};
    arena_init(&out->arena, SIZE_MAX);
    enum comity_status status = out->rounded ? hash_columns(out, threads) : COMITY_NOMEM;
    if (status == COMITY_OK)
        status = find_told(out, threads);
    if (status != COMITY_OK)
        return status;
    return parallel_run((mentions->n + PIECE - 1) / PIECE, threads, hash_piece, out);
}

void load_views_release(struct load_views *views)
{
    arena_release(&views->arena);
    free(views->rounded);
    *views = (struct load_views){0};
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

/* The tables of a field that a view takes, and that it gives up of ROUNDED. */
struct difference {
    const uint64_t *plus, *minus;
};

static struct difference differ(const struct load_views *views, enum load_view view, uint64_t fields, size_t f)
{
    struct difference out = {.plus = fields & load_field_bit(f) ? views->hashes[view][f] : NULL,
        .minus = views->hashes[LOAD_VIEW_ROUNDED][f]};
    return out.plus == out.minus ? (struct difference){0} : out;
}

/* Whether fewer fields differ from ROUNDED than there are. */
static bool is_near_rounded(const struct load_views *views, enum load_view view, uint64_t fields)
{
    size_t n = 0, n_different = 0;
    for (size_t f = 0; f < views->mentions->domain->n_fields; f++) {
        struct difference difference = differ(views, view, fields, f);
        n += fields & load_field_bit(f) && views->hashes[view][f];
        n_different += (difference.plus != NULL) + (difference.minus != NULL);
    }
    return n_different < n;
}

/* Field by field: the hashes of a field lie together, and no row waits for another. */
void load_view_hashes(const struct load_views *views, enum load_view view, uint64_t fields, const uint32_t *rows,
    size_t n, uint64_t *hashes)
{
    const struct mentions *mentions = views->mentions;
    bool is_content = view == LOAD_VIEW_CONTENT, is_near = !is_content && is_near_rounded(views, view, fields);
    for (size_t i = 0; i < n; i++)
        hashes[i] = is_content ? mentions->content[rows[i]] : is_near ? views->rounded[rows[i]] : 0;
    for (size_t f = 0; !is_content && f < mentions->domain->n_fields; f++) {
        const uint32_t *code = mentions->columns[f].code;
        struct difference difference = differ(views, view, fields, f);
        if (!is_near)
            difference = (struct difference){.plus = fields & load_field_bit(f) ? views->hashes[view][f] : NULL};
        for (size_t i = 0; difference.plus && i < n; i++)
            hashes[i] += difference.plus[code[rows[i]]];
        for (size_t i = 0; difference.minus && i < n; i++)
            hashes[i] -= difference.minus[code[rows[i]]];
    }
}

uint64_t load_view_hash(const struct load_views *views, enum load_view view, uint64_t fields, size_t mention)
{
    uint64_t hash;
    load_view_hashes(views, view, fields, &(uint32_t){(uint32_t)mention}, 1, &hash);
    return hash;
}
