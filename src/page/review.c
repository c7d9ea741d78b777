/* review.c - the queue of links that a person should look at first, by what deciding them otherwise is expected to
 * change: each with its two rows side by side and, for who may judge, the two buttons. What was decided since the last
 * linking is left out, so that the next doubt comes in its place. */
#include "flow/review.h"
#include "base/error.h"
#include "base/json.h"
#include "page/judge.h"
#include "page/page.h"
#include "page/part.h"
#include "page/why.h"

#include <math.h>

/* On a page, and in its twins. */
enum { SHOWN_ROWS = 10, MOST_ROWS = 5000 };

struct queue {
    const struct review_item **items;
    size_t n, n_decided; /* left; decided since */
    struct decisions decisions;
    struct judge_way way;
};

/* ---- what is left ------------------------------------------------------------------------------------------------ */

static enum comity_status list_left(struct page *page, struct queue *queue, struct comity_error *err)
{
    const struct review *review = page->snapshot->review;
    enum comity_status status = judge_decisions(page, &queue->decisions, err);
    if (status != COMITY_OK || !review)
        return status;
    queue->items = ARENA_ARRAY(page->arena, const struct review_item *, review->n + 1);
    if (!queue->items)
        return error_nomem(err);
    for (size_t i = 0; i < review->n; i++)
        if (judge_decision(page, &queue->decisions, review->items[i].a, review->items[i].b))
            queue->n_decided++;
        else
            queue->items[queue->n++] = &review->items[i];
    return COMITY_OK;
}

/* The place of "12-977" in the list, or SIZE_MAX. */
static size_t place_of(struct page *page, const struct queue *queue, struct slice pair)
{
    uint64_t id[2] = {0};
    const uint64_t *ids = page->snapshot->mentions.id;
    int k = 0;
    for (size_t i = 0; i < pair.len; i++)
        if (pair.ptr[i] == '-' && !k)
            k = 1;
        else if (pair.len > 40 || pair.ptr[i] < '0' || pair.ptr[i] > '9')
            return SIZE_MAX;
        else
            id[k] = id[k] * 10 + (uint64_t)(pair.ptr[i] - '0');
    for (size_t i = 0; k && i < queue->n; i++)
        if (ids[queue->items[i]->a] == id[0] && ids[queue->items[i]->b] == id[1])
            return i;
    return SIZE_MAX;
}

/* Where the list begins: at a whole page, and not behind its end; at the one with the doubt that is to be in view,
 * wherever a linking has moved that. */
static uint64_t first_of(struct page *page, const struct queue *queue)
{
    struct slice text = page_own(page, "skip");
    uint64_t from = 0, last = queue->n ? (queue->n - 1) / SHOWN_ROWS * SHOWN_ROWS : 0;
    size_t next = place_of(page, queue, page_own(page, "next"));
    if (next != SIZE_MAX)
        return next - next % SHOWN_ROWS;
    for (size_t i = 0; i < text.len; i++) {
        if (text.len > 9 || text.ptr[i] < '0' || text.ptr[i] > '9')
            return 0;
        from = from * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    from -= from % SHOWN_ROWS;
    return from < last ? from : last;
}

/* ---- one doubt --------------------------------------------------------------------------------------------------- */

static struct slice amount_of(struct page *page, const struct review_item *item)
{
    return item->dimension == UINT32_MAX ? SLICE("—") : page_amount(page, item->dimension, item->amount);
}

static void facts(struct page *page, const struct review_item *item)
{
    const struct catalogue *c = &page->catalogue;
    html_open(&page->html, "dl");
    part_term(page, tr(c, "Now"), slice_from(item->is_joined ? tr(c, "joined") : tr(c, "apart")));
    part_term(page, tr(c, "One event with probability"), page_percent(page, item->probability));
    part_term(page, tr(c, "At stake"), amount_of(page, item));
    part_term(page, tr(c, "Expected change of the total"),
        page_format_text(page, "%.*s\u00A0%%", SLICE_ARG(page_decimal(page, 100 * item->worth))));
    html_close(&page->html, "dl");
}

/* At a desk of its own nothing is changed from a page: the command that would. */
static void command(struct page *page, const struct review_item *item)
{
    struct html *h = &page->html;
    const uint64_t *id = page->snapshot->mentions.id;
    if (page->door)
        return;
    html_open(h, "p");
    html_string(h, tr(&page->catalogue, "To decide otherwise"));
    html_string(h, " ");
    html_open(h, "code");
    html_attr(h, "dir", "ltr");
    html_format(h, "comity judge %s m%llu m%llu", item->is_joined ? "different" : "same",
        (unsigned long long)id[item->a], (unsigned long long)id[item->b]);
    html_close(h, "code");
    html_close(h, "p");
}

/* Open where the window is wide, by the stylesheet: a telephone shows what differs, and this when asked. */
static void rows(struct page *page, const size_t mentions[2])
{
    struct html *h = &page->html;
    html_open(h, "details");
    html_leaf(h, "summary", NULL, slice_from(tr(&page->catalogue, "The two rows side by side")));
    why_side_by_side(page, mentions);
    html_close(h, "details");
}

static void doubt(struct page *page, const struct review_item *item, const struct judge_way *way)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const size_t mentions[2] = {item->a, item->b};
    struct slice pair = judge_pair(page, item->a, item->b);
    html_open(h, "section");
    html_attr(h, "class", "doubt");
    html_attr_format(h, "aria-labelledby", "d%.*s", SLICE_ARG(pair));
    html_open(h, "h2");
    html_attr_format(h, "id", "d%.*s", SLICE_ARG(pair));
    html_name(h, list_title(page, item->entity_a));
    html_close(h, "h2");
    why_differences(page, mentions);
    rows(page, mentions);
    html_open(h, "div");
    facts(page, item);
    html_open(h, "p");
    part_link(page, why_address(page, item->a, item->b),
        slice_from(item->is_joined ? tr(c, "Why these are one") : tr(c, "Why these are not one")));
    html_close(h, "p");
    judge_buttons(page, item->a, item->b, way);
    command(page, item);
    html_close(h, "div");
    html_close(h, "section");
}

/* ---- the page ---------------------------------------------------------------------------------------------------- */

static void counts(struct page *page, const struct queue *queue)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    html_open(h, "p");
    html_attr(h, "id", "counts");
    part_number_of(page, tr_n(c, "{n} doubtful link", "{n} doubtful links", queue->n), queue->n);
    if (queue->n_decided) {
        html_string(h, " · ");
        part_number_of(page, tr(c, "Decided since the last linking: {n}"), queue->n_decided);
    }
    html_close(h, "p");
}

/* What was done is told before the doubt that follows it; before all where none does. */
static enum comity_status doubts(struct page *page, struct queue *queue, struct comity_error *err)
{
    size_t told_at = place_of(page, queue, page_own(page, "next"));
    size_t from = (size_t)queue->way.skip, end = from + SHOWN_ROWS < queue->n ? from + SHOWN_ROWS : queue->n;
    size_t at = told_at >= from && told_at < end ? told_at : from;
    enum comity_status status = COMITY_OK;
    if (from == end)
        status = judge_told(page, &queue->way, err);
    for (size_t i = from; i < end && status == COMITY_OK; i++) {
        struct judge_way way = queue->way;
        if (i == at)
            status = judge_told(page, &queue->way, err);
        if (i + 1 < queue->n)
            way.next = judge_pair(page, queue->items[i + 1]->a, queue->items[i + 1]->b);
        doubt(page, queue->items[i], &way);
    }
    return status;
}

static struct slice address_from(struct page *page, uint64_t from)
{
    return page_with_own(page, "skip", page_format_text(page, "%llu", (unsigned long long)from).ptr);
}

static void paging(struct page *page, const struct queue *queue)
{
    uint64_t from = queue->way.skip;
    struct paging paging = {0};
    if (from)
        paging.first = page_with_own(page, "skip", NULL);
    if (from)
        paging.previous = address_from(page, from - SHOWN_ROWS);
    if (from + SHOWN_ROWS < queue->n)
        paging.next = address_from(page, from + SHOWN_ROWS);
    paging.size = SHOWN_ROWS;
    part_paging(page, &paging);
}

static enum comity_status write_html(struct page *page, struct queue *queue, struct comity_error *err)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    struct slice title = slice_from(tr(c, page->route->title));
    queue->way.skip = first_of(page, queue);
    frame_begin(page, title);
    html_leaf(h, "h1", NULL, title);
    html_leaf(h, "p", "note",
        slice_from(
            tr(c, "Decisions of the linking that may be wrong, those first that are expected to change the totals "
                  "most: how likely they are wrong, times the amount at stake.")));
    counts(page, queue);
    judge_linking(page, &queue->decisions);
    enum comity_status status = doubts(page, queue, err);
    page->own = SLICE_EMPTY; /* what was told is not told again further on */
    paging(page, queue);
    frame_exports(page);
    frame_end(page);
    return status;
}

/* ---- twins ------------------------------------------------------------------------------------------------------- */

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

static void write_json(struct page *page, const struct queue *queue)
{
    struct buffer *out = &page->response->body;
    page->response->type = "application/json; charset=utf-8";
    buffer_add_byte(out, '{');
    if (page_is_simulated(page))
        json_member(out, "notice", page_simulated_note(page));
    json_member_u64(out, "doubtful", queue->n);
    json_name(out, "links");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < queue->n && i < MOST_ROWS; i++) {
        buffer_add_string(out, i ? ",{" : "{");
        json_row(page, queue->items[i], out);
        buffer_add_byte(out, '}');
    }
    buffer_add_string(out, "]}\n");
}

static void write_csv(struct page *page, const struct queue *queue)
{
    struct buffer *out = &page->response->body;
    page->response->type = "text/csv; charset=utf-8";
    page->response->file_name = page_is_simulated(page) ? "doubtful-links-simulated.csv" : "doubtful-links.csv";
    buffer_add_string(out, "a,b,decided,probability,change,amount,concept\r\n");
    for (size_t i = 0; i < queue->n && i < MOST_ROWS; i++) {
        const struct review_item *item = queue->items[i];
        char concept[64];
        buffer_format(out, "m%llu,m%llu,%s,%.4f,%.8f,%.10g,%s\r\n",
            (unsigned long long)page->snapshot->mentions.id[item->a],
            (unsigned long long)page->snapshot->mentions.id[item->b], item->is_joined ? "joined" : "apart",
            item->probability, item->worth, item->amount, concept_code(page, item->concept, concept));
    }
}

enum comity_status page_review(struct page *page, struct comity_error *err)
{
    struct queue queue = {0};
    enum comity_status status = list_left(page, &queue, err);
    if (status != COMITY_OK)
        return status;
    if (page->format == PAGE_HTML)
        return write_html(page, &queue, err);
    if (page->format == PAGE_JSON)
        write_json(page, &queue);
    else
        write_csv(page, &queue);
    return COMITY_OK;
}
