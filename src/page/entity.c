/* entity.c - one entity: its resolved values with rule and witness, every source's statement side by side, why they are
 * linked, and what else is part of the same case. */
#include "page/chart.h"
#include "page/history.h"
#include "page/page.h"
#include "page/part.h"
#include "page/why.h"

#include "base/error.h"
#include "flow/show.h"

#include <jansson.h>
#include <stdlib.h>

enum { MOST_STATEMENTS = 24, MOST_MATES = 30 };

struct entity {
    uint64_t id;
    uint32_t index;
    const uint32_t *members;
    size_t n_members, n_shown;
    struct record records[MOST_STATEMENTS];
    bool has_record[MOST_STATEMENTS];
};

/* ---- reading -------------------------------------------------------------------------------------------------- */

static bool read_id(struct slice text, uint64_t *id)
{
    *id = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9' || *id > UINT64_MAX / 10 - 1)
            return false;
        *id = *id * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return text.len > 0;
}

/* After a merge the losers' ids lead to the survivor: 301, with the format and query that were asked for. */
static enum comity_status follow(struct page *page, uint64_t id, struct comity_error *err)
{
    static const char *const ENDS[] = {"", ".json", ".csv", ".geojson"};
    uint64_t live = id;
    pthread_mutex_lock(&page->store->lock);
    enum comity_status status = snapshot_follow(page->store->store, page->snapshot, &live, err);
    pthread_mutex_unlock(&page->store->lock);
    if (status != COMITY_OK || live == id || view_find(page->snapshot->view, &page->reader, live) == UINT32_MAX)
        return history_ended(page, id, err);
    struct slice query = page->request->query;
    page->response->status = 301;
    page->response->etag[0] = '\0';
    page->response->location = page_format_text(page, query.len ? "/entity/%llu%s?%.*s" : "/entity/%llu%s%.*s",
        (unsigned long long)live, ENDS[page->format], SLICE_ARG(query))
                                   .ptr;
    return COMITY_OK;
}

static void load_records(struct page *page, struct entity *entity)
{
    pthread_mutex_lock(&page->store->lock);
    for (size_t i = 0; i < entity->n_shown; i++) {
        uint64_t mention = page->snapshot->mentions.id[entity->members[i]];
        entity->has_record[i] = store_record(page->store->store, &page->reader, mention, page->arena,
                                    &entity->records[i], NULL) == COMITY_OK;
    }
    pthread_mutex_unlock(&page->store->lock);
}

static void find_members(const struct page *page, struct entity *entity)
{
    const struct resolution *resolution = &page->snapshot->resolution;
    uint32_t first = resolution->first_member[entity->index];
    entity->members = resolution->members + first;
    entity->n_members = resolution->first_member[entity->index + 1] - first;
    entity->n_shown = entity->n_members < MOST_STATEMENTS ? entity->n_members : MOST_STATEMENTS;
}

static const struct source_info *source_of(const struct page *page, uint32_t mention)
{
    const struct mentions *mentions = &page->snapshot->mentions;
    return &mentions->sources[mentions->source[mention]];
}

/* ---- resolved values ------------------------------------------------------------------------------------------ */

static bool is_told(const struct value *value)
{
    return value->state == VALUE_TYPED || value->state == VALUE_UNREAD;
}

static void value_text(struct page *page, int field, const struct value *value)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    if (value->state == VALUE_NULL) {
        html_string(h, tr(c, "not known to the source"));
        return;
    }
    if (!is_told(value)) {
        html_string(h, "—");
        return;
    }
    html_name(h, page_value(page, field, value));
    const char *note = value->state == VALUE_UNREAD       ? tr(c, "in no list")
                       : value->flags & VALUE_IMPLAUSIBLE ? tr(c, "implausible")
                       : value->flags & VALUE_AMBIGUOUS   ? tr(c, "ambiguous")
                       : value->flags & VALUE_OLD_NAME    ? tr(c, "a name of its day")
                       : value->flags & VALUE_SETTLED     ? tr(c, "settled by a person")
                                                          : NULL;
    if (note) {
        html_string(h, " ");
        html_leaf(h, "span", "flag", slice_from(note));
    }
}

static const char *rule_text(const struct page *page, enum resolve_rule rule)
{
    const struct catalogue *c = &page->catalogue;
    switch (rule) {
    case RESOLVE_MOST:
        return tr(c, "what most say");
    case RESOLVE_RELIABLE:
        return tr(c, "the most reliable source");
    case RESOLVE_PRECISE:
        return tr(c, "the most precise");
    case RESOLVE_EARLIEST:
        return tr(c, "the earliest");
    case RESOLVE_LATEST:
        return tr(c, "what was said last");
    }
    return "";
}

static void resolved_row(struct page *page, const struct entity *entity, int field)
{
    struct html *h = &page->html;
    const struct resolution *resolution = &page->snapshot->resolution;
    const struct value *value = list_value(page, entity->index, field);
    uint32_t witness = resolution->witness[field][entity->index];
    bool is_disputed = list_is_disputed(page, entity->index, field);
    if (!is_told(value))
        return;
    html_open(h, "tr");
    html_leaf(h, "th", NULL, page_field_label(page, field));
    html_open(h, "td");
    value_text(page, field, value);
    html_close(h, "td");
    html_open(h, "td");
    if (witness != UINT32_MAX)
        html_name(h, source_of(page, witness)->title);
    html_close(h, "td");
    html_open(h, "td");
    if (is_disputed) {
        html_attr(h, "class", "disputed");
        html_string(h, tr(&page->catalogue, "the sources disagree"));
        html_string(h, ": ");
        html_string(h, rule_text(page, page->domain->fields[field].rule));
    }
    html_close(h, "td");
    html_close(h, "tr");
}

static void resolved(struct page *page, const struct entity *entity)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {tr(c, "Field"), tr(c, "Value"), tr(c, "Taken from"), tr(c, "Why this one")};
    part_section(page, "resolved", tr(c, "What is taken to hold"));
    html_open(h, "div");
    html_attr(h, "class", "scroll");
    html_attr(h, "role", "region");
    html_attr(h, "tabindex", "0");
    html_attr(h, "aria-labelledby", "resolved-heading");
    html_open(h, "table");
    part_table_head(page, names, 4, 4);
    html_open(h, "tbody");
    for (size_t f = 0; f < page->domain->n_fields; f++)
        resolved_row(page, entity, (int)f);
    html_close(h, "tbody");
    html_close(h, "table");
    html_close(h, "div");
    html_close(h, "section");
}

/* ---- statements ----------------------------------------------------------------------------------------------- */

static bool is_field_told(const struct page *page, const struct entity *entity, int field)
{
    for (size_t i = 0; i < entity->n_shown; i++)
        if (mention_value(&page->snapshot->mentions, entity->members[i], field)->state != VALUE_ABSENT)
            return true;
    return false;
}

static void statement_cell(struct page *page, const struct entity *entity, size_t i, int field)
{
    struct html *h = &page->html;
    const struct value *value = mention_value(&page->snapshot->mentions, entity->members[i], field);
    const struct column *column = &page->snapshot->mentions.columns[field];
    uint32_t winner = page->snapshot->resolution.winner[field][entity->index];
    bool differs =
        list_is_disputed(page, entity->index, field) && is_told(value) && column->code[entity->members[i]] != winner;
    html_open(h, "td");
    if (differs)
        html_attr(h, "class", "differs");
    if (differs)
        html_string(h, "≠ ");
    value_text(page, field, value);
    html_close(h, "td");
}

static void statement_head(struct page *page, const struct entity *entity)
{
    struct html *h = &page->html;
    html_open(h, "thead");
    html_open(h, "tr");
    html_leaf(h, "td", NULL, SLICE_EMPTY);
    for (size_t i = 0; i < entity->n_shown; i++) {
        html_open(h, "th");
        html_attr(h, "scope", "col");
        html_name(h, source_of(page, entity->members[i])->title);
        html_close(h, "th");
    }
    html_close(h, "tr");
    html_close(h, "thead");
}

static void raw_cell(struct html *h, const char *column, const json_t *value)
{
    char number[48];
    const char *text = json_string_value(value);
    if (!text && json_is_number(value)) {
        snprintf(number, sizeof number, "%.17g", json_number_value(value));
        text = number;
    }
    html_open(h, "dt");
    html_name(h, slice_from(column));
    html_close(h, "dt");
    html_open(h, "dd");
    html_attr(h, "dir", "auto");
    html_string(h, text ? text : "");
    html_close(h, "dd");
}

/* The record as its source wrote it, cell by cell. */
static void raw_cells(struct page *page, struct slice raw)
{
    struct html *h = &page->html;
    json_t *object = json_loadb(raw.ptr ? raw.ptr : "", raw.len, 0, NULL);
    const char *column;
    json_t *value;
    html_open(h, "details");
    html_leaf(h, "summary", NULL, slice_from(tr(&page->catalogue, "Word for word")));
    html_open(h, "dl");
    html_attr(h, "class", "raw");
    if (json_is_object(object))
        json_object_foreach(object, column, value) raw_cell(h, column, value);
    html_close(h, "dl");
    html_close(h, "details");
    json_decref(object);
}

static void provenance_cell(struct page *page, const struct entity *entity, size_t i)
{
    struct html *h = &page->html;
    const struct record *record = &entity->records[i];
    html_open(h, "td");
    if (entity->has_record[i]) {
        page_say(page, tr(&page->catalogue, "{file}, row {row}, import {import}"),
            {"file", record->file_name, SLICE_EMPTY}, {"row", page_number(page, record->row), SLICE_EMPTY},
            {"import", page_number(page, record->import), SLICE_EMPTY});
        if (!page->reader.hides_restricted)
            raw_cells(page, record->raw);
    }
    html_close(h, "td");
}

static void statements(struct page *page, const struct entity *entity)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    part_section(page, "statements", tr(c, "What each source says"));
    html_open(h, "div");
    html_attr(h, "class", "scroll");
    html_attr(h, "role", "region");
    html_attr(h, "tabindex", "0");
    html_attr(h, "aria-labelledby", "statements-heading");
    html_open(h, "table");
    html_attr(h, "class", "matrix");
    statement_head(page, entity);
    html_open(h, "tbody");
    for (size_t f = 0; f < page->domain->n_fields; f++) {
        if (!is_field_told(page, entity, (int)f))
            continue;
        html_open(h, "tr");
        html_leaf(h, "th", NULL, page_field_label(page, (int)f));
        for (size_t i = 0; i < entity->n_shown; i++)
            statement_cell(page, entity, i, (int)f);
        html_close(h, "tr");
    }
    html_open(h, "tr");
    html_leaf(h, "th", NULL, slice_from(tr(c, "Read from")));
    for (size_t i = 0; i < entity->n_shown; i++)
        provenance_cell(page, entity, i);
    html_close(h, "tr");
    html_close(h, "tbody");
    html_close(h, "table");
    html_close(h, "div");
    if (entity->n_members > entity->n_shown) {
        html_open(h, "p");
        part_number_of(page, tr(c, "More rows: {n}. The JSON has them all."), entity->n_members - entity->n_shown);
        html_close(h, "p");
    }
    html_close(h, "section");
}

/* ---- why linked ----------------------------------------------------------------------------------------------- */

static void why_linked(struct page *page, const struct entity *entity)
{
    if (entity->n_members < 2 || !page->snapshot->model)
        return;
    part_section(page, "why", tr(&page->catalogue, "Why these are one"));
    why_weakest(page, entity->members, entity->n_members);
    for (size_t i = 1; i < entity->n_shown && i < 6; i++)
        why_pair(page, entity->members[0], entity->members[i]);
    html_close(&page->html, "section");
}

/* ---- the case ------------------------------------------------------------------------------------------------- */

static void mates(struct page *page, const struct entity *entity)
{
    struct html *h = &page->html;
    const struct resolution *resolution = &page->snapshot->resolution;
    uint32_t number = resolution->case_number[entity->index];
    size_t n = 0;
    for (size_t i = 0; i < resolution->n_entities && n < MOST_MATES; i++) {
        if (i == entity->index || resolution->case_number[i] != number)
            continue;
        if (n++ == 0) {
            part_section(page, "case", tr(&page->catalogue, "Part of the same case"));
            html_open(h, "ul");
        }
        html_open(h, "li");
        part_link(page, page_entity_address(page, resolution->entity[i]), list_title(page, (uint32_t)i));
        html_close(h, "li");
    }
    if (n == 0)
        return;
    html_close(h, "ul");
    html_close(h, "section");
}

/* ---- parts and wholes ----------------------------------------------------------------------------------------- */

static void list_link(struct page *page, uint32_t index)
{
    html_open(&page->html, "li");
    part_link(page, page_entity_address(page, page->snapshot->resolution.entity[index]), list_title(page, index));
    html_close(&page->html, "li");
}

/* Why it is part of its whole: the reason of the standing judgement that names one of its rows. */
static struct slice reason_of_part(const struct page *page, const struct entity *entity)
{
    const struct snapshot *s = page->snapshot;
    for (size_t i = s->n_judgements; i-- > 0;)
        for (size_t m = 0; s->judgements[i].kind == JUDGEMENT_PART_OF && m < entity->n_members; m++)
            if (s->judgements[i].a == mention_named(&s->mentions, entity->members[m]))
                return s->judgements[i].why;
    return SLICE_EMPTY;
}

static void whole_of(struct page *page, const struct entity *entity)
{
    struct html *h = &page->html;
    uint32_t whole = resolution_whole(&page->snapshot->resolution, entity->index);
    if (whole == RESOLVE_NO_WHOLE)
        return;
    part_section(page, "whole", tr(&page->catalogue, "Part of a whole"));
    html_leaf(h, "p", NULL, slice_from(tr(&page->catalogue, "It is not added up where its whole is.")));
    html_open(h, "ul");
    list_link(page, whole);
    html_close(h, "ul");
    html_open(h, "p");
    html_attr(h, "lang", "en");
    html_attr(h, "dir", "auto");
    html_text(h, reason_of_part(page, entity));
    html_close(h, "p");
    html_close(h, "section");
}

static void parts_of(struct page *page, const struct entity *entity)
{
    struct html *h = &page->html;
    const struct resolution *resolution = &page->snapshot->resolution;
    size_t n = 0;
    for (size_t i = 0; resolution->whole && i < resolution->n_entities && n < MOST_MATES; i++) {
        if (resolution->whole[i] != entity->index)
            continue;
        if (n++ == 0) {
            part_section(page, "parts", tr(&page->catalogue, "Its parts"));
            html_leaf(h, "p", NULL, slice_from(tr(&page->catalogue, "Told on their own, and not added up beside it.")));
            html_open(h, "ul");
        }
        list_link(page, (uint32_t)i);
    }
    if (n == 0)
        return;
    html_close(h, "ul");
    html_close(h, "section");
}

/* ---- the page ------------------------------------------------------------------------------------------------- */

static void write_html(struct page *page, const struct entity *entity)
{
    struct html *h = &page->html;
    struct slice title = list_title(page, entity->index);
    frame_begin(page, title);
    html_open(h, "h1");
    html_name(h, title);
    html_close(h, "h1");
    html_open(h, "p");
    html_attr(h, "class", "sentence");
    html_text(h, page_kind_label(page, false));
    html_string(h, " ");
    html_name(h, page_format_text(page, "%llu", (unsigned long long)entity->id));
    html_string(h, " · ");
    part_number_of(page, tr_n(&page->catalogue, "{n} row", "{n} rows", entity->n_members), entity->n_members);
    html_close(h, "p");
    resolved(page, entity);
    statements(page, entity);
    why_linked(page, entity);
    whole_of(page, entity);
    parts_of(page, entity);
    mates(page, entity);
    history_section(page, entity->id);
    frame_exports(page);
    frame_end(page);
}

static enum comity_status write_json(struct page *page, const struct entity *entity, struct comity_error *err)
{
    page->response->type = "application/json; charset=utf-8";
    pthread_mutex_lock(&page->store->lock);
    enum comity_status status =
        show_entity_json(page->store->store, page->snapshot, &page->reader, entity->id, &page->response->body, err);
    pthread_mutex_unlock(&page->store->lock);
    part_mark_simulated(page);
    return status;
}

enum comity_status page_entity(struct page *page, struct comity_error *err)
{
    struct entity *entity = ARENA_NEW(page->arena, struct entity);
    if (!entity)
        return error_nomem(err);
    if (!read_id(page->subject, &entity->id))
        return error_set(err, COMITY_NOTFOUND, "'%.*s' is no number of a record", SLICE_ARG(page->subject));
    entity->index = view_find(page->snapshot->view, &page->reader, entity->id);
    if (entity->index == UINT32_MAX)
        return follow(page, entity->id, err);
    if (page->format == PAGE_JSON)
        return write_json(page, entity, err);
    if (page->format != PAGE_HTML)
        return part_entity_export(page, entity->index, err);
    find_members(page, entity);
    load_records(page, entity);
    write_html(page, entity);
    return COMITY_OK;
}
