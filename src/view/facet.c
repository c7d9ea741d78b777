/* facet.c - counts by facet. A facet counts what matches and what fails in its own group alone, so that its other
 * values can be seen beside the chosen ones. */
#include "view/scan.h"

#include "base/error.h"
#include "view/query_read.h"

#include <stdlib.h>

struct facet_scan {
    struct scan *scan;
    const struct facet_column *column;
    const struct field *field; /* null for sources */
    uint32_t *counts;          /* by bucket, 4 times */
    uint32_t *codes;           /* by code of the facet's values; index 0: unknown, code + 1 otherwise */
    uint32_t n_codes;
    struct facet *out;
    struct buffer text;
};

void count_buckets(const uint16_t *bucket, const uint32_t *rows, size_t n, uint32_t *room, uint32_t n_buckets)
{
    uint32_t *a = room, *b = a + n_buckets, *c = b + n_buckets, *d = c + n_buckets;
    size_t i = 0;
    for (; i + 4 <= n; i += 4) {
        a[bucket[rows[i]]]++;
        b[bucket[rows[i + 1]]]++;
        c[bucket[rows[i + 2]]]++;
        d[bucket[rows[i + 3]]]++;
    }
    for (; i < n; i++)
        a[bucket[rows[i]]]++;
    for (uint32_t k = 0; k < n_buckets; k++) {
        a[k] += b[k] + c[k] + d[k];
        b[k] = c[k] = d[k] = 0;
    }
}

/* ---- from buckets to values ---------------------------------------------------------------------------------- */

static uint32_t code_count(const struct facet_column *column)
{
    uint32_t most = column->n_buckets;
    for (uint32_t i = 0; column->set_first && i < column->set_first[column->n_buckets]; i++)
        if (column->set_members[i] >= most)
            most = column->set_members[i] + 1;
    return most + 1;
}

static void spread_sets(struct facet_scan *facet)
{
    const struct facet_column *column = facet->column;
    for (uint32_t bucket = 0; bucket < column->n_buckets; bucket++)
        for (uint32_t i = column->set_first[bucket]; i < column->set_first[bucket + 1]; i++)
            facet->codes[column->set_members[i] + 1] += facet->counts[bucket];
}

/* Kinds whose bucket is the code itself and whose code 0 means none. */
static bool is_by_number(enum facet_kind kind)
{
    return kind == FACET_COUNTRY || kind == FACET_SUBDIVISION || kind == FACET_TEXT;
}

static void spread_counts(struct facet_scan *facet)
{
    const struct facet_column *column = facet->column;
    facet->codes[0] = facet->counts[0];
    if (column->set_first)
        spread_sets(facet);
    else
        for (uint32_t bucket = 1; bucket < column->n_buckets; bucket++)
            facet->codes[is_by_number(column->kind) ? bucket + 1 : bucket] += facet->counts[bucket];
    if (column->kind != FACET_TREE)
        return;
    const struct concept_tree *tree = facet->field->spec.concepts;
    for (size_t node = tree->n_nodes; node-- > 1;)
        facet->codes[tree->nodes[node].parent + 1] += facet->codes[node + 1];
    facet->codes[1] = 0; /* the root is no value */
}

static void count_entities(struct facet_scan *facet)
{
    struct scan *scan = facet->scan;
    uint32_t n_buckets = facet->column->n_buckets;
    count_buckets(facet->column->bucket, scan->picked, scan->n_picked, facet->counts, n_buckets);
    uint8_t group = filter_group(&scan->filter, facet->column->field);
    if (group == 0)
        return;
    size_t n = filter_pick(scan->filter.fail, scan->view->resolution->n_entities, group, scan->spare);
    count_buckets(facet->column->bucket, scan->spare, n, facet->counts, n_buckets);
}

/* ---- keys and labels ----------------------------------------------------------------------------------------- */

static struct slice text_of_value(const struct facet_scan *facet, uint32_t code, struct buffer *text)
{
    const struct value *value = &facet->scan->view->mentions->columns[facet->column->field].values[code];
    if (facet->field->spec.type != VALUE_COUNT)
        return value->text;
    buffer_format(text, "%lld", (long long)value->count.number);
    return buffer_slice(text);
}

static struct slice code_text(const struct facet_scan *facet, uint32_t code, struct buffer *text)
{
    if (facet->column->kind == FACET_SOURCE)
        return facet->scan->view->mentions->sources[code].code;
    const struct value_spec *spec = &facet->field->spec;
    switch (facet->column->kind) {
    case FACET_TREE:
        return spec->concepts->nodes[code].code;
    case FACET_CATEGORY:
        return intern_text(&spec->categories->codes, code);
    case FACET_COUNTRY:
        return slice_from(country_get(spec->countries, (uint16_t)code)->alpha2);
    case FACET_SUBDIVISION:
        return slice_from(subdivision_get(spec->gazetteer, (uint16_t)code)->code);
    case FACET_DIMENSION:
        return spec->units->dimensions[code].id;
    case FACET_YEAR:
        buffer_format(text, "%04u", (unsigned)code);
        return buffer_slice(text);
    default:
        return text_of_value(facet, code, text);
    }
}

static const char *unknown_label(int language)
{
    static const char *const labels[N_LANGUAGES] = {[LANGUAGE_EN] = "unknown",
        [LANGUAGE_ES] = "desconocido",
        [LANGUAGE_FR] = "inconnu",
        [LANGUAGE_PT] = "desconhecido",
        [LANGUAGE_RU] = "неизвестно",
        [LANGUAGE_AR] = "غير معروف",
        [LANGUAGE_ZH] = "未知"};
    return labels[language];
}

static struct slice code_label(const struct facet_scan *facet, uint32_t code, struct slice key)
{
    int language = facet->scan->out->language;
    if (facet->column->kind == FACET_SOURCE) {
        struct slice title = facet->scan->view->mentions->sources[code].title;
        return title.len ? title : key;
    }
    const struct value_spec *spec = &facet->field->spec;
    switch (facet->column->kind) {
    case FACET_TREE:
        return concept_label(spec->concepts, code, language);
    case FACET_CATEGORY:
        return category_label(spec->categories, code, language);
    case FACET_COUNTRY:
        return country_label(spec->countries, (uint16_t)code, language);
    case FACET_SUBDIVISION:
        return subdivision_label(spec->gazetteer, (uint16_t)code, language);
    case FACET_DIMENSION:
        return dimension_label(spec->units, code, language);
    default:
        return key;
    }
}

static bool is_selected(const struct facet_scan *facet, struct slice key)
{
    const struct query *query = facet->scan->query;
    enum query_part part = facet->column->kind == FACET_SUBDIVISION ? PART_SUBDIVISION : PART_WHOLE;
    for (size_t t = 0; t < query->n_terms; t++) {
        const struct query_term *term = &query->terms[t];
        bool is_mine = facet->column->field < 0
                           ? term->key == QUERY_SOURCE
                           : term->key == QUERY_FIELD && term->field == facet->column->field && term->part == part;
        for (size_t i = 0; is_mine && i < term->n_matches; i++)
            if (!term->matches[i].is_negated && slice_equal(term->matches[i].canonical, key))
                return true;
    }
    return false;
}

/* Writes key, label and selection of codes[at]. False when memory is out. */
static bool make_value(struct facet_scan *facet, uint32_t at, struct facet_value *out)
{
    struct arena *arena = &facet->scan->out->arena;
    *out = (struct facet_value){.code = at - 1, .count = facet->codes[at], .key = SLICE("?")};
    buffer_clear(&facet->text);
    if (at == 0) {
        out->label = slice_from(unknown_label(facet->scan->out->language));
    } else {
        struct slice plain = arena_copy(arena, code_text(facet, at - 1, &facet->text));
        buffer_clear(&facet->text);
        bool is_text = facet->column->kind == FACET_TEXT && facet->field->spec.type != VALUE_COUNT;
        query_add_code(&facet->text, plain, is_text);
        out->key = arena_copy(arena, buffer_slice(&facet->text));
        out->label = code_label(facet, at - 1, plain);
    }
    if (facet->column->kind == FACET_TREE && at > 0)
        out->depth = facet->field->spec.concepts->nodes[at - 1].depth - 1;
    out->is_selected = is_selected(facet, out->key);
    return out->key.ptr && buffer_status(&facet->text) == COMITY_OK;
}

/* ---- choosing and ordering ----------------------------------------------------------------------------------- */

struct candidate {
    uint32_t at, count, order; /* order: within the facet, when counts do not decide */
};

static int by_count(const void *a, const void *b)
{
    const struct candidate *p = a, *q = b;
    if (p->count != q->count)
        return p->count > q->count ? -1 : 1;
    return p->order < q->order ? -1 : p->order > q->order;
}

static int by_order(const void *a, const void *b)
{
    const struct candidate *p = a, *q = b;
    return p->order < q->order ? -1 : p->order > q->order;
}

static uint32_t order_of(const struct facet_scan *facet, uint32_t at)
{
    if (facet->column->kind == FACET_TREE)
        return facet->column->tree_order[at - 1];
    return at;
}

/* A value that is chosen stays in the list even when nothing has it. */
static void mark_selected(const struct facet_scan *facet, uint8_t *is_wanted)
{
    const struct query *query = facet->scan->query;
    enum query_part part = facet->column->kind == FACET_SUBDIVISION ? PART_SUBDIVISION : PART_WHOLE;
    for (size_t t = 0; t < query->n_terms; t++) {
        const struct query_term *term = &query->terms[t];
        if (term->key != QUERY_FIELD || term->field != facet->column->field || term->part != part)
            continue;
        for (size_t i = 0; i < term->n_matches; i++)
            if (term->matches[i].code < facet->n_codes - 1 && !term->matches[i].is_negated)
                is_wanted[term->matches[i].code + 1] = 1;
    }
}

/* The values to show, in their order; *n_more are left out. */
static size_t choose(struct facet_scan *facet, const uint8_t *is_wanted, struct candidate *candidates, size_t *n_more)
{
    enum facet_kind kind = facet->column->kind;
    size_t n = 0, cap = facet->scan->options->facet_cap;
    for (uint32_t at = 1; at < facet->n_codes; at++)
        if (facet->codes[at] > 0 || is_wanted[at])
            candidates[n++] =
                (struct candidate){at, facet->codes[at] + (is_wanted[at] ? 1u << 31 : 0), order_of(facet, at)};
    qsort(candidates, n, sizeof *candidates, by_count);
    *n_more = n > cap ? n - cap : 0;
    n -= *n_more;
    for (size_t i = 0; i < n; i++)
        candidates[i].count = facet->codes[candidates[i].at];
    qsort(candidates, n, sizeof *candidates, kind == FACET_TREE || kind == FACET_YEAR ? by_order : by_count);
    if (facet->codes[0] > 0)
        candidates[n++] = (struct candidate){0, facet->codes[0], 0};
    return n;
}

static bool make_values(struct facet_scan *facet)
{
    struct candidate *candidates = malloc((facet->n_codes + 1) * sizeof *candidates);
    uint8_t *is_wanted = calloc(facet->n_codes + 1, 1);
    bool is_good = candidates && is_wanted;
    if (is_good) {
        mark_selected(facet, is_wanted);
        facet->out->n_values = choose(facet, is_wanted, candidates, &facet->out->n_more);
        facet->out->values = ARENA_ARRAY(&facet->scan->out->arena, struct facet_value, facet->out->n_values);
        is_good = facet->out->values != NULL;
    }
    for (size_t i = 0; is_good && i < facet->out->n_values; i++)
        is_good = make_value(facet, candidates[i].at, &facet->out->values[i]);
    free(candidates);
    free(is_wanted);
    return is_good;
}

/* ---- one facet ----------------------------------------------------------------------------------------------- */

static bool name_facet(struct facet_scan *facet)
{
    static const char *const sources[N_LANGUAGES] = {[LANGUAGE_EN] = "Source",
        [LANGUAGE_ES] = "Fuente",
        [LANGUAGE_FR] = "Source",
        [LANGUAGE_PT] = "Fonte",
        [LANGUAGE_RU] = "Источник",
        [LANGUAGE_AR] = "المصدر",
        [LANGUAGE_ZH] = "来源"};
    struct facet *out = facet->out;
    int language = facet->scan->out->language;
    out->field = facet->column->field;
    out->key = facet->field ? facet->field->id : SLICE("source");
    out->label =
        facet->field ? domain_label(facet->field->labels, facet->field->id, language) : slice_from(sources[language]);
    if (facet->column->kind != FACET_SUBDIVISION)
        return true;
    buffer_clear(&facet->text);
    buffer_add_slice(&facet->text, out->key);
    buffer_add_string(&facet->text, ".subdivision");
    out->key = arena_copy(&facet->scan->out->arena, buffer_slice(&facet->text));
    return out->key.ptr != NULL;
}

static bool answer_facet(struct scan *scan, const struct facet_column *column, struct facet *out)
{
    struct facet_scan facet = {.scan = scan, .column = column, .out = out, .n_codes = code_count(column)};
    facet.field = column->field < 0 ? NULL : &view_domain(scan->view)->fields[column->field];
    facet.counts = calloc(4 * ((size_t)column->n_buckets + 1), sizeof *facet.counts);
    facet.codes = calloc(facet.n_codes + 1, sizeof *facet.codes);
    buffer_init(&facet.text, 1 << 20);
    bool is_good = facet.counts && facet.codes;
    if (is_good) {
        count_entities(&facet);
        spread_counts(&facet);
        is_good = name_facet(&facet) && make_values(&facet);
    }
    buffer_release(&facet.text);
    free(facet.counts);
    free(facet.codes);
    return is_good;
}

enum comity_status facets_answer(struct scan *scan)
{
    scan->out->facets = ARENA_ARRAY(&scan->out->arena, struct facet, scan->class->n_facets);
    if (!scan->out->facets)
        return error_nomem(scan->err);
    for (size_t i = 0; i < scan->class->n_facets; i++) {
        if (!answer_facet(scan, &scan->class->facets[i], &scan->out->facets[i]))
            return error_nomem(scan->err);
        scan->out->n_facets++;
    }
    return COMITY_OK;
}
