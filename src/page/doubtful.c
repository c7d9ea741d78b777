/* doubtful.c - intervals beside totals: how far they may be off by what is doubtful in the links. */
#include "page/doubtful.h"

#include "base/error.h"
#include "base/json.h"
#include "page/part.h"

#include <math.h>
#include <stdlib.h>

/* Doubts that are drawn while somebody waits for a page. */
enum { MOST_DRAWN = 30000 };

/* ---- intervals ------------------------------------------------------------------------------------------------- */

static enum comity_status choose(struct page *page, uint8_t **is_chosen)
{
    uint32_t *indexes = NULL;
    size_t n = 0;
    *is_chosen = calloc(page->snapshot->resolution.n_entities + 1, 1);
    if (!*is_chosen)
        return COMITY_NOMEM;
    enum comity_status status = view_select(page->snapshot->view, &page->reader, &page->query, &indexes, &n, NULL);
    for (size_t i = 0; i < n && status == COMITY_OK; i++)
        (*is_chosen)[indexes[i]] = 1;
    free(indexes);
    return status;
}

/* Into the arena, which cleans up by itself. */
static const struct review_intervals *draw_chosen(struct page *page)
{
    uint8_t *is_chosen = NULL;
    struct review_intervals drawn = {0}, *kept = ARENA_NEW(page->arena, struct review_intervals);
    enum comity_status status = kept ? choose(page, &is_chosen) : COMITY_NOMEM;
    if (status == COMITY_OK)
        status = review_intervals(page->snapshot->review, &page->snapshot->resolution, is_chosen, 1, &drawn, NULL);
    if (status == COMITY_OK) {
        kept->cells = ARENA_ARRAY(page->arena, struct review_cell, drawn.n + 1);
        kept->n = kept->cells ? drawn.n : 0;
        for (size_t i = 0; i < kept->n; i++)
            kept->cells[i] = drawn.cells[i];
    }
    review_intervals_release(&drawn);
    free(is_chosen);
    return status == COMITY_OK ? kept : NULL;
}

const struct review_intervals *doubtful_intervals(struct page *page)
{
    const struct review_intervals *whole = NULL;
    struct snapshot *s = page->snapshot;
    if (!s->review)
        return NULL;
    if (page->query.n_terms)
        return s->review->n + s->review->n_disputes <= MOST_DRAWN ? draw_chosen(page) : NULL;
    return snapshot_intervals(s, &whole, NULL) == COMITY_OK ? whole : NULL;
}

static struct slice shown_number(struct page *page, uint32_t dimension, double number)
{
    return dimension == UINT32_MAX ? page_number(page, (uint64_t)fmax(number, 0))
                                   : page_amount(page, dimension, fmax(number, 0));
}

struct slice doubtful_range(
    struct page *page, const struct review_intervals *intervals, uint32_t dimension, uint32_t concept, double shown)
{
    const struct review_cell *cell = intervals ? review_cell_of(intervals, dimension, concept) : NULL;
    if (!cell || (cell->low >= 0 && cell->high <= 0))
        return SLICE_EMPTY;
    const struct say ends[] = {{"low", shown_number(page, dimension, shown + cell->low), SLICE_EMPTY},
        {"high", shown_number(page, dimension, shown + cell->high), SLICE_EMPTY}};
    return page_sentence_n(page, tr(&page->catalogue, "between {low} and {high}"), ends, 2);
}

void doubtful_note(struct page *page, const struct review_intervals *intervals, uint64_t n_entities)
{
    struct slice range = doubtful_range(page, intervals, UINT32_MAX, CONCEPT_NONE, (double)n_entities);
    if (!range.len)
        return;
    html_open(&page->html, "p");
    html_attr(&page->html, "class", "note");
    page_say(page, tr(&page->catalogue, "By what is doubtful in the links, nine times in ten {range}. {queue}"),
        {"range", range, SLICE_EMPTY},
        {"queue", slice_from(tr(&page->catalogue, "Doubtful links")), page_address(page, "/review", -1, NULL)});
    html_close(&page->html, "p");
}

/* ---- as JSON --------------------------------------------------------------------------------------------------- */

static void add_cell(struct page *page, const struct review_cell *cell, struct buffer *out)
{
    const struct domain *domain = page->domain;
    const struct concept_tree *tree = domain->what < 0 ? NULL : domain->fields[domain->what].spec.concepts;
    buffer_add_byte(out, '{');
    if (cell->dimension != UINT32_MAX) {
        json_member(out, "dimension", domain->units->dimensions[cell->dimension].id);
        json_member(out, "unit", domain->units->dimensions[cell->dimension].base_unit);
    }
    if (tree && cell->concept < tree->n_nodes)
        json_member(out, "concept", tree->nodes[cell->concept].code);
    json_member_number(out, "lower_by", -cell->low);
    json_member_number(out, "higher_by", cell->high);
    buffer_add_byte(out, '}');
}

void doubtful_json(struct page *page, const struct answer *answer)
{
    const struct review_intervals *intervals = doubtful_intervals(page);
    struct buffer *out = &page->response->body;
    if (!intervals || !out->len || out->ptr[out->len - 1] != '}')
        return;
    const struct review_cell *entities = review_cell_of(intervals, UINT32_MAX, CONCEPT_NONE);
    bool is_first = true;
    out->len--;
    json_name(out, "interval");
    buffer_add_byte(out, '{');
    json_member_number(out, "probability", 0.9);
    json_name(out, "entities");
    buffer_add_byte(out, '{');
    json_member_number(out, "low", (double)answer->n_entities + (entities ? entities->low : 0));
    json_member_number(out, "high", (double)answer->n_entities + (entities ? entities->high : 0));
    buffer_add_byte(out, '}');
    json_name(out, "totals");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < intervals->n; i++) {
        if (intervals->cells[i].dimension == UINT32_MAX)
            continue;
        buffer_add_string(out, is_first ? "" : ",");
        is_first = false;
        add_cell(page, &intervals->cells[i], out);
    }
    buffer_add_string(out, "]}}");
}
