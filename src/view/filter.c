/* filter.c - a term becomes a table by code; the table is applied to entities (codes of winners) and to mentions (their
 * own codes) in passes without branches. */
#include "view/filter.h"

#include "base/error.h"
#include "view/match.h"

#include <math.h>
#include <stdlib.h>

struct filtering {
    const struct view *view;
    const struct view_class *class;
    const struct query *query;
    const struct query_term *term;
    uint8_t group;
    struct filter *out;
    uint8_t *pass; /* scratch: as large as the largest table or the number of rows */
    struct comity_error *err;
};

/* ---- passes -------------------------------------------------------------------------------------------------- */

/* With masks instead of branches: whether a row passes is as good as random, and a wrong guess costs more than all of
 * this. */
static inline uint8_t fail_more(uint8_t fail, uint8_t pass, uint8_t group)
{
    uint8_t fails = (uint8_t)((pass != 0) - 1);                          /* 0xFF when it does */
    uint8_t worse = (uint8_t)(group | -((fail != 0) & (fail != group))); /* FAIL_MANY where another group failed */
    return (uint8_t)((fail & ~fails) | (worse & fails));
}

static void apply_wide(
    uint8_t *restrict fail, const uint32_t *restrict codes, size_t n, const uint8_t *restrict pass, uint8_t group)
{
    for (size_t i = 0; i < n; i++)
        fail[i] = fail_more(fail[i], pass[codes[i]], group);
}

static void apply_narrow(
    uint8_t *restrict fail, const uint16_t *restrict codes, size_t n, const uint8_t *restrict pass, uint8_t group)
{
    for (size_t i = 0; i < n; i++)
        fail[i] = fail_more(fail[i], pass[codes[i]], group);
}

static void apply_rows(uint8_t *restrict fail, size_t n, const uint8_t *restrict pass, uint8_t group)
{
    for (size_t i = 0; i < n; i++)
        fail[i] = fail_more(fail[i], pass[i], group);
}

/* ---- kinds of terms ------------------------------------------------------------------------------------------ */

static enum comity_status filter_field(struct filtering *f)
{
    struct matcher matcher;
    const struct column *column = &f->view->mentions->columns[f->term->field];
    enum comity_status status = matcher_init(&matcher, f->view, f->term, f->err);
    if (status == COMITY_OK)
        status = matcher_fill(&matcher, column, f->pass, f->err);
    matcher_release(&matcher);
    if (status != COMITY_OK)
        return status;
    apply_wide(
        f->out->fail, f->view->resolution->winner[f->term->field], f->view->resolution->n_entities, f->pass, f->group);
    if (f->out->mention_fail)
        apply_wide(f->out->mention_fail, column->code, f->view->mentions->n, f->pass, f->group);
    return COMITY_OK;
}

static uint8_t source_hits(const struct filtering *f, uint32_t source)
{
    uint8_t hits = 0;
    for (size_t i = 0; i < f->term->n_matches; i++)
        if (slice_equal(f->view->mentions->sources[source].code, f->term->matches[i].text))
            hits |= f->term->matches[i].is_negated ? HIT_NEGATED : HIT_PLAIN;
    return hits;
}

static enum comity_status filter_source(struct filtering *f)
{
    const struct facet_column *facet = &f->class->facets[f->class->source_facet];
    for (uint32_t bucket = 0; bucket < facet->n_buckets; bucket++) {
        uint8_t hits = 0;
        for (uint32_t i = facet->set_first[bucket]; i < facet->set_first[bucket + 1]; i++)
            hits |= source_hits(f, facet->set_members[i]);
        f->pass[bucket] = term_accepts(f->term, hits);
    }
    apply_narrow(f->out->fail, facet->bucket, f->view->resolution->n_entities, f->pass, f->group);
    for (uint32_t source = 0; source < f->view->mentions->n_sources; source++)
        f->pass[source] = term_accepts(f->term, source_hits(f, source));
    if (f->out->mention_fail)
        apply_wide(f->out->mention_fail, f->view->mentions->source, f->view->mentions->n, f->pass, f->group);
    return COMITY_OK;
}

static enum comity_status filter_doubt(struct filtering *f)
{
    for (uint32_t doubts = 0; doubts < 1u << N_DOUBTS; doubts++) {
        uint8_t hits = 0;
        for (size_t i = 0; i < f->term->n_matches; i++)
            if (doubts >> f->term->matches[i].code & 1)
                hits |= f->term->matches[i].is_negated ? HIT_NEGATED : HIT_PLAIN;
        f->pass[doubts] = term_accepts(f->term, hits);
    }
    apply_narrow(f->out->fail, f->class->doubts, f->view->resolution->n_entities, f->pass, f->group);
    if (f->out->mention_fail)
        apply_narrow(f->out->mention_fail, f->class->mention_doubts, f->view->mentions->n, f->pass, f->group);
    return COMITY_OK;
}

/* Places without a point are in the box when the label point of their area is; they are drawn and told as areas. */
static bool is_in_box(const struct query *query, const struct site *site)
{
    double lat = site->lat_e5 / 1e5, lon = site->lon_e5 / 1e5;
    bool is_between = query->west <= query->east ? lon >= query->west && lon <= query->east
                                                 : lon >= query->west || lon <= query->east;
    return is_between && lat >= query->south && lat <= query->north;
}

static enum comity_status filter_bbox(struct filtering *f)
{
    const struct domain *domain = view_domain(f->view);
    const struct column *columns = f->view->mentions->columns;
    const struct view_class *class = f->class;
    for (size_t site = 0; site < class->n_sites; site++)
        f->pass[site] = site > 0 && is_in_box(f->query, &class->sites[site]);
    apply_wide(f->out->fail, class->site, f->view->resolution->n_entities, f->pass, f->group);
    for (size_t i = 0; f->out->mention_fail && i < f->view->mentions->n; i++) {
        uint32_t site = class->site_of_place ? class->site_of_place[columns[domain->where].code[i]] : 0;
        if (site == 0 && class->site_of_country)
            site = class->site_of_country[columns[domain->country].code[i]];
        f->out->mention_fail[i] = fail_more(f->out->mention_fail[i], f->pass[site], f->group);
    }
    return COMITY_OK;
}

static enum comity_status filter_id(struct filtering *f)
{
    const struct resolution *resolution = f->view->resolution;
    memset(f->pass, 0, resolution->n_entities);
    for (size_t i = 0; i < f->term->n_matches; i++) {
        uint32_t at = entity_index(resolution, f->term->matches[i].id);
        if (at != UINT32_MAX)
            f->pass[at] |= f->term->matches[i].is_negated ? HIT_NEGATED : HIT_PLAIN;
    }
    for (size_t i = 0; i < resolution->n_entities; i++)
        f->pass[i] = term_accepts(f->term, f->pass[i]);
    apply_rows(f->out->fail, resolution->n_entities, f->pass, f->group);
    for (size_t i = 0; f->out->mention_fail && i < f->view->mentions->n; i++)
        f->out->mention_fail[i] = fail_more(f->out->mention_fail[i], f->pass[resolution->of_mention[i]], f->group);
    return COMITY_OK;
}

/* An entity has what any of its mentions says. */
static void apply_hits(struct filtering *f, const uint8_t *hits)
{
    const struct resolution *resolution = f->view->resolution;
    bool accepts[4];
    for (uint8_t i = 0; i < 4; i++)
        accepts[i] = term_accepts(f->term, i);
    memset(f->pass, 0, resolution->n_entities);
    for (size_t i = 0; i < f->view->mentions->n; i++) {
        f->pass[resolution->of_mention[i]] |= hits[i];
        if (f->out->mention_fail)
            f->out->mention_fail[i] = fail_more(f->out->mention_fail[i], accepts[hits[i]], f->group);
    }
    for (size_t i = 0; i < resolution->n_entities; i++)
        f->out->fail[i] = fail_more(f->out->fail[i], accepts[f->pass[i]], f->group);
}

static enum comity_status filter_text(struct filtering *f)
{
    struct matcher matcher;
    const struct mentions *mentions = f->view->mentions;
    uint8_t *hits = calloc(mentions->n + 1, 1);
    enum comity_status status = matcher_init(&matcher, f->view, f->term, f->err);
    if (status == COMITY_OK && !hits)
        status = error_nomem(f->err);
    for (size_t field = 0; status == COMITY_OK && field < mentions->domain->n_fields; field++) {
        const struct column *column = &mentions->columns[field];
        status = matcher_fill_hits(&matcher, &mentions->domain->fields[field], column, f->pass, f->err);
        for (size_t i = 0; status == COMITY_OK && i < mentions->n; i++)
            hits[i] |= f->pass[column->code[i]];
    }
    if (status == COMITY_OK)
        apply_hits(f, hits);
    matcher_release(&matcher);
    free(hits);
    return status;
}

/* ---- all terms ----------------------------------------------------------------------------------------------- */

static uint8_t group_of(struct filter *filter, const struct query_term *term)
{
    uint8_t *group = term->key == QUERY_FIELD ? &filter->group_of_field[term->field] : &filter->group_of_key[term->key];
    if (*group == 0)
        *group = ++filter->n_groups;
    return *group;
}

static size_t scratch_size(const struct view *view, const struct view_class *class)
{
    size_t size = (size_t)1 << N_DOUBTS;
    size_t others[] = {view->resolution->n_entities, view->mentions->n_sources, class->n_sites,
        class->facets[class->source_facet].n_buckets};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        size = others[i] > size ? others[i] : size;
    for (size_t i = 0; i < view_domain(view)->n_fields; i++)
        if (view->mentions->columns[i].n_values > size)
            size = view->mentions->columns[i].n_values;
    return size;
}

static enum comity_status filter_term(struct filtering *f)
{
    switch (f->term->key) {
    case QUERY_SOURCE:
        return filter_source(f);
    case QUERY_ID:
        return filter_id(f);
    case QUERY_BBOX:
        return filter_bbox(f);
    case QUERY_TEXT:
        return filter_text(f);
    case QUERY_DOUBTFUL:
        return filter_doubt(f);
    default:
        return filter_field(f);
    }
}

enum comity_status filter_run(const struct view *view, const struct view_class *class, const struct query *query,
    bool with_mentions, struct filter *out, struct comity_error *err)
{
    *out = (struct filter){0};
    struct filtering f = {.view = view, .class = class, .query = query, .out = out, .err = err};
    out->fail = calloc(view->resolution->n_entities + 1, 1);
    out->mention_fail = with_mentions ? calloc(view->mentions->n + 1, 1) : NULL;
    f.pass = malloc(scratch_size(view, class));
    enum comity_status status =
        out->fail && f.pass && (out->mention_fail || !with_mentions) ? COMITY_OK : error_nomem(err);
    for (size_t i = 0; i < query->n_terms && status == COMITY_OK; i++) {
        f.term = &query->terms[i];
        f.group = group_of(out, f.term);
        status = filter_term(&f);
    }
    free(f.pass);
    if (status == COMITY_OK)
        parts_leave_out(view, query, out->fail);
    if (status != COMITY_OK)
        filter_release(out);
    return status;
}

void filter_release(struct filter *filter)
{
    free(filter->fail);
    free(filter->mention_fail);
    *filter = (struct filter){0};
}

uint8_t filter_group(const struct filter *filter, int field)
{
    return field < 0 ? filter->group_of_key[QUERY_SOURCE] : filter->group_of_field[field];
}

size_t filter_pick(const uint8_t *fail, size_t n, uint8_t wanted, uint32_t *out)
{
    size_t n_picked = 0;
    for (size_t i = 0; i < n; i++) {
        out[n_picked] = (uint32_t)i;
        n_picked += fail[i] == wanted;
    }
    return n_picked;
}
