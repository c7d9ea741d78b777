/* history.c - what became of entities: a table on the page of each, and /entities/changes.json for programs that keep a
 * copy. No more than the snapshot's sequence number has, so that page and history are of one moment. */
#include "page/history.h"
#include "page/part.h"

#include "base/error.h"
#include "flow/history.h"

#include <stdlib.h>

enum { MOST_SHOWN = 50 };

struct told {
    struct entity_event *events;
    size_t n;
};

static enum comity_status read_events(struct page *page, uint64_t entity, struct told *out, struct comity_error *err)
{
    struct entity_event_part part = {.entity = entity, .until = page->snapshot->sequence};
    *out = (struct told){0};
    pthread_mutex_lock(&page->store->lock);
    enum comity_status status =
        store_entity_events(page->store->store, &page->reader, &part, page->arena, &out->events, &out->n, err);
    pthread_mutex_unlock(&page->store->lock);
    return status;
}

/* ---- one event as a sentence ----------------------------------------------------------------------------------- */

static void name_other(struct page *page, const char *sentence, uint64_t other, size_t n)
{
    page_say(page, sentence,
        {"other", page_format_text(page, "%llu", (unsigned long long)other), page_entity_address(page, other)},
        {"n", page_number(page, n), SLICE_EMPTY});
}

static void what_happened(struct page *page, const struct entity_event *e, uint64_t entity)
{
    const struct catalogue *c = &page->catalogue;
    bool is_from = e->entity == entity;
    uint64_t other = is_from ? e->other : e->entity;
    switch (e->kind) {
    case ENTITY_SPLIT:
        name_other(page,
            is_from ? tr_n(c, "{n} row was split off and is {other}.", "{n} rows were split off and are {other}.",
                          e->n_members)
                    : tr_n(c, "It was split off from {other}, with {n} row.",
                          "It was split off from {other}, with {n} rows.", e->n_members),
            other, e->n_members);
        break;
    case ENTITY_MOVED:
        name_other(page,
            is_from ? tr_n(c, "{n} row went to {other}.", "{n} rows went to {other}.", e->n_members)
                    : tr_n(c, "{n} row came from {other}.", "{n} rows came from {other}.", e->n_members),
            other, e->n_members);
        break;
    case ENTITY_MERGED:
        name_other(
            page, is_from ? tr(c, "It was merged into {other}.") : tr(c, "{other} was merged into it."), other, 0);
        break;
    case ENTITY_RETURNED:
        html_string(&page->html, tr(c, "A row of it came back, and with it this number."));
        break;
    case ENTITY_ENDED:
        html_string(&page->html, tr(c, "It ended: none of its rows is left."));
        break;
    }
}

static void why_it_happened(struct page *page, const struct entity_event *e)
{
    const struct catalogue *c = &page->catalogue;
    struct slice number = page_number(page, e->cause_id);
    switch (e->cause) {
    case ENTITY_BY_LINKING:
        html_string(&page->html, tr(c, "linking"));
        break;
    case ENTITY_BY_JUDGEMENT:
        page_say(page, tr(c, "judgement {n} by {who}"), {"n", number, SLICE_EMPTY}, {"who", e->who, SLICE_EMPTY});
        break;
    case ENTITY_BY_UNDONE_JUDGEMENT:
        page_say(page, tr(c, "judgement {n}, undone"), {"n", number, SLICE_EMPTY});
        break;
    case ENTITY_BY_IMPORT:
        page_say(page, tr(c, "import {n}"), {"n", number, SLICE_EMPTY});
        break;
    case ENTITY_BY_UNDONE_IMPORT:
        page_say(page, tr(c, "import {n}, undone"), {"n", number, SLICE_EMPTY});
        break;
    }
}

static void event_row(struct page *page, const struct entity_event *e, uint64_t entity)
{
    struct html *h = &page->html;
    html_open(h, "tr");
    html_open(h, "td");
    html_name(h, e->when);
    html_close(h, "td");
    html_open(h, "td");
    what_happened(page, e, entity);
    html_close(h, "td");
    html_open(h, "td");
    why_it_happened(page, e);
    html_close(h, "td");
    html_close(h, "tr");
}

/* The newest first; of very many the last. */
static void table(struct page *page, const struct told *told, uint64_t entity)
{
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {tr(c, "When"), tr(c, "What"), tr(c, "Because of")};
    size_t least = told->n > MOST_SHOWN ? told->n - MOST_SHOWN : 0;
    part_table_begin(page, "history-heading", NULL);
    part_table_head(page, names, 3, 3);
    html_open(&page->html, "tbody");
    for (size_t i = told->n; i-- > least;)
        event_row(page, &told->events[i], entity);
    part_table_end(page);
}

/* ---- on pages -------------------------------------------------------------------------------------------------- */

void history_section(struct page *page, uint64_t entity)
{
    struct told told = {0};
    bool is_kept = !page->snapshot->has_own_partition;
    if (is_kept && (read_events(page, entity, &told, NULL) != COMITY_OK || !told.n))
        return;
    part_section(page, "history", tr(&page->catalogue, "What became of it"));
    if (is_kept)
        table(page, &told, entity);
    else
        html_leaf(&page->html, "p", NULL, slice_from(tr(&page->catalogue, "Not kept for this view.")));
    html_close(&page->html, "section");
}

static void write_ended(struct page *page, const struct told *told, uint64_t entity)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    struct slice title = page_sentence_n(page, tr(c, "Record {n} is no more"),
        (const struct say[]){{"n", page_format_text(page, "%llu", (unsigned long long)entity), SLICE_EMPTY}}, 1);
    frame_begin(page, title);
    html_leaf(h, "h1", NULL, title);
    part_section(page, "history", tr(c, "What became of it"));
    table(page, told, entity);
    html_close(h, "section");
    frame_end(page);
}

enum comity_status history_ended(struct page *page, uint64_t entity, struct comity_error *err)
{
    struct told told = {0};
    enum comity_status status = COMITY_OK;
    if (page->format == PAGE_HTML && !page->snapshot->has_own_partition)
        status = read_events(page, entity, &told, err);
    if (status == COMITY_OK && !told.n)
        status = error_set(err, COMITY_NOTFOUND, "no record %llu", (unsigned long long)entity);
    if (status != COMITY_OK)
        return status;
    page->response->status = 404;
    page->response->etag[0] = '\0';
    write_ended(page, &told, entity);
    return COMITY_OK;
}

/* ---- for programs ---------------------------------------------------------------------------------------------- */

static enum comity_status read_number(struct page *page, const char *key, uint64_t *number, struct comity_error *err)
{
    struct slice text = page_own(page, key);
    *number = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || *number > (UINT64_MAX >> 1) / 10 - 1)
            return error_set(err, COMITY_USAGE, "'%s' takes a number, found '%.*s'", key, SLICE_ARG(text));
        *number = *number * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return COMITY_OK;
}

enum comity_status page_changes(struct page *page, struct comity_error *err)
{
    struct entity_event_part part = {.until = page->snapshot->sequence};
    struct buffer *out = &page->response->body;
    enum comity_status status = read_number(page, "since", &part.since, err);
    if (status == COMITY_OK)
        status = read_number(page, "after", &part.after, err);
    if (status == COMITY_OK)
        status = read_number(page, "record", &part.entity, err);
    if (status != COMITY_OK)
        return status;
    page->response->type = "application/json; charset=utf-8";
    if (page->snapshot->has_own_partition) {
        history_not_kept_json(part.since, part.until, out);
    } else {
        pthread_mutex_lock(&page->store->lock);
        status = history_changes_json(page->store->store, &page->reader, &part, out, err);
        pthread_mutex_unlock(&page->store->lock);
    }
    part_mark_simulated(page);
    return status;
}
