/* doubtful.c - intervals beside totals, and the queue of links that a person should look at first: by what deciding
 * them otherwise is expected to change. */
#include "page/doubtful.h"

#include "base/error.h"
#include "base/json.h"
#include "page/part.h"
#include "page/why.h"

#include <math.h>
#include <stdlib.h>

/* Doubts that are drawn while somebody waits for a page; rows of the queue on it, and in its twins. */
enum { MOST_DRAWN = 30000, SHOWN_ROWS = 100, MOST_ROWS = 5000 };

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
        status = review_intervals(page->snapshot->review, &page->snapshot->resolution, is_chosen, &drawn, NULL);
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

/* ---- the queue ------------------------------------------------------------------------------------------------- */

static struct slice amount_of(struct page *page, const struct review_item *item)
{
    return item->dimension == UINT32_MAX ? SLICE("—") : page_amount(page, item->dimension, item->amount);
}

static void entity_cell(struct page *page, uint32_t entity)
{
    html_open(&page->html, "td");
    part_link(page, page_entity_address(page, page->snapshot->resolution.entity[entity]), list_title(page, entity));
    html_close(&page->html, "td");
}

static void queue_row(struct page *page, const struct review_item *item)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    html_open(h, "tr");
    entity_cell(page, item->entity_a);
    if (item->is_joined)
        html_leaf(h, "td", NULL, SLICE("—"));
    else
        entity_cell(page, item->entity_b);
    html_open(h, "td");
    part_link(
        page, why_address(page, item->a, item->b), slice_from(item->is_joined ? tr(c, "joined") : tr(c, "apart")));
    html_close(h, "td");
    html_leaf(h, "td", "number", page_percent(page, item->probability));
    html_leaf(h, "td", "number", amount_of(page, item));
    html_leaf(
        h, "td", "number", page_format_text(page, "%.*s\u00A0%%", SLICE_ARG(page_decimal(page, 100 * item->worth))));
    html_open(h, "td");
    html_open(h, "code");
    html_format(h, "comity judge %s m%llu m%llu", item->is_joined ? "different" : "same",
        (unsigned long long)page->snapshot->mentions.id[item->a],
        (unsigned long long)page->snapshot->mentions.id[item->b]);
    html_close(h, "code");
    html_close(h, "td");
    html_close(h, "tr");
}

static void queue_table(struct page *page, const struct review *review)
{
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {tr(c, "Record"), tr(c, "Other record"), tr(c, "Now"),
        tr(c, "One event with probability"), tr(c, "At stake"), tr(c, "Expected change of the total"),
        tr(c, "To decide otherwise")};
    part_table_begin(page, "queue-heading", NULL);
    part_table_head(page, names, 7, 3);
    html_open(&page->html, "tbody");
    for (size_t i = 0; i < review->n && i < SHOWN_ROWS; i++)
        queue_row(page, &review->items[i]);
    part_table_end(page);
}

static void write_html(struct page *page, const struct review *review)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    struct slice title = slice_from(tr(c, page->route->title));
    frame_begin(page, title);
    html_open(h, "h1");
    html_attr(h, "id", "queue-heading");
    html_text(h, title);
    html_close(h, "h1");
    html_leaf(h, "p", "note",
        slice_from(
            tr(c, "Decisions of the linking that may be wrong, those first that are expected to change the totals "
                  "most: how likely they are wrong, times the amount at stake.")));
    html_open(h, "p");
    part_number_of(page, tr_n(c, "{n} doubtful link", "{n} doubtful links", review->n), review->n);
    html_close(h, "p");
    if (review->n)
        queue_table(page, review);
    frame_exports(page);
    frame_end(page);
}

static const char *concept_code(const struct page *page, uint32_t concept, char text[64])
{
    const struct domain *domain = page->domain;
    const struct concept_tree *tree = domain->what < 0 ? NULL : domain->fields[domain->what].spec.concepts;
    text[0] = '\0';
    if (tree && concept < tree->n_nodes)
        snprintf(text, 64, "%.*s", SLICE_ARG(tree->nodes[concept].code));
    return text;
}

static void json_row(struct page *page, const struct review_item *item, struct buffer *out)
{
    const struct snapshot *s = page->snapshot;
    char concept[64];
    json_member_u64(out, "a", s->mentions.id[item->a]);
    json_member_u64(out, "b", s->mentions.id[item->b]);
    json_member_u64(out, "entity_a", s->resolution.entity[item->entity_a]);
    json_member_u64(out, "entity_b", s->resolution.entity[item->entity_b]);
    json_member_bool(out, "is_joined", item->is_joined);
    json_member_number(out, "probability", round(1e4 * item->probability) / 1e4);
    json_member_number(out, "bits", item->bits);
    json_member_number(out, "change", round(1e6 * item->worth) / 1e6);
    if (item->dimension != UINT32_MAX) {
        json_member_number(out, "amount", item->amount);
        json_member(out, "unit", page->domain->units->dimensions[item->dimension].base_unit);
    }
    json_member(out, "concept", slice_from(concept_code(page, item->concept, concept)));
}

static void write_json(struct page *page, const struct review *review)
{
    struct buffer *out = &page->response->body;
    page->response->type = "application/json; charset=utf-8";
    buffer_add_byte(out, '{');
    if (page_is_simulated(page))
        json_member(out, "notice", page_simulated_note(page));
    json_member_u64(out, "doubtful", review->n);
    json_name(out, "links");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < review->n && i < MOST_ROWS; i++) {
        buffer_add_string(out, i ? ",{" : "{");
        json_row(page, &review->items[i], out);
        buffer_add_byte(out, '}');
    }
    buffer_add_string(out, "]}\n");
}

static void write_csv(struct page *page, const struct review *review)
{
    struct buffer *out = &page->response->body;
    page->response->type = "text/csv; charset=utf-8";
    page->response->file_name = page_is_simulated(page) ? "doubtful-links-simulated.csv" : "doubtful-links.csv";
    buffer_add_string(out, "a,b,decided,probability,change,amount,concept\r\n");
    for (size_t i = 0; i < review->n && i < MOST_ROWS; i++) {
        const struct review_item *item = &review->items[i];
        char concept[64];
        buffer_format(out, "m%llu,m%llu,%s,%.4f,%.8f,%.10g,%s\r\n",
            (unsigned long long)page->snapshot->mentions.id[item->a],
            (unsigned long long)page->snapshot->mentions.id[item->b], item->is_joined ? "joined" : "apart",
            item->probability, item->worth, item->amount, concept_code(page, item->concept, concept));
    }
}

enum comity_status page_review(struct page *page, struct comity_error *err)
{
    static const struct review nothing = {0};
    const struct review *review = page->snapshot->review ? page->snapshot->review : &nothing;
    (void)err;
    if (page->format == PAGE_JSON)
        write_json(page, review);
    else if (page->format == PAGE_CSV)
        write_csv(page, review);
    else
        write_html(page, review);
    return COMITY_OK;
}
