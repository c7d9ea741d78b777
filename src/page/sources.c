/* sources.c - who speaks: each source with its kind, reliability, terms, lateness and imports, and the feeds it comes
 * by. The page depends on the time of day and on feeds, which no sequence number counts: it is live. */
#include "base/error.h"
#include "base/json.h"
#include "page/backups.h"
#include "page/feeds.h"
#include "page/page.h"
#include "page/part.h"
#include "page/quality.h"

#include <math.h>

struct listing {
    struct source_row *sources;
    struct import_row *imports;
    size_t n_sources, n_imports;
    struct feeds feeds;
    struct freshness *freshness; /* by source */
    const struct quality *quality;
};

static enum comity_status load(struct page *page, struct listing *out, struct comity_error *err)
{
    pthread_mutex_lock(&page->store->lock);
    enum comity_status status =
        store_sources(page->store->store, &page->reader, page->arena, &out->sources, &out->n_sources, err);
    if (status == COMITY_OK)
        status = store_imports(page->store->store, &page->reader, page->arena, &out->imports, &out->n_imports, err);
    if (status == COMITY_OK)
        status = feeds_load(page, &out->feeds, err);
    pthread_mutex_unlock(&page->store->lock);
    if (status == COMITY_OK && !(out->freshness = ARENA_ARRAY(page->arena, struct freshness, out->n_sources + 1)))
        status = error_nomem(err);
    for (size_t i = 0; status == COMITY_OK && i < out->n_sources; i++)
        status = feeds_freshness(
            page, &out->feeds, out->imports, out->n_imports, out->sources[i].info.code, &out->freshness[i], err);
    return status == COMITY_OK ? snapshot_quality(page->snapshot, &page->reader, &out->quality, err) : status;
}

/* The grades of the Admiralty code: A, completely reliable, to F, cannot be judged. */
static struct slice grade(struct page *page, unsigned reliability)
{
    return reliability >= 1 && reliability <= 6 ? page_format_text(page, "%c", 'A' + (int)reliability - 1) : SLICE("—");
}

static const char *kind_text(const struct page *page, struct slice kind)
{
    const struct catalogue *c = &page->catalogue;
    return slice_is(kind, "official")       ? tr(c, "official")
           : slice_is(kind, "partner")      ? tr(c, "partner")
           : slice_is(kind, "open")         ? tr(c, "open source")
           : slice_is(kind, "simulated")    ? tr(c, "simulated")
           : slice_is(kind, SOURCE_ENTERED) ? tr(c, "entered here")
                                            : "—";
}

/* Late in words, and marked. */
static void freshness_terms(struct page *page, const struct listing *listing, const struct source_row *row)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const struct freshness *f = &listing->freshness[row - listing->sources];
    part_term(page, tr(c, "Last record"), feeds_last_record(page, &listing->feeds, row->info.code));
    part_term(page, tr(c, "Last import"), feeds_instant(page, f->last_arrival));
    part_term(page, tr(c, "Usual gap between imports"), feeds_length(page, f->usual_s));
    html_open(h, "dt");
    html_string(h, tr(c, "Lateness"));
    html_close(h, "dt");
    html_open(h, "dd");
    html_leaf(h, f->state == FRESHNESS_OVERDUE ? "strong" : "span", f->state == FRESHNESS_OVERDUE ? "flag" : NULL,
        feeds_freshness_text(page, f));
    html_close(h, "dd");
}

static void source_box(struct page *page, const struct listing *listing, const struct source_row *row)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    html_open(h, "section");
    html_open(h, "h2");
    html_name(h, row->info.title);
    html_close(h, "h2");
    html_open(h, "dl");
    html_attr(h, "class", "facts");
    part_term(page, tr(c, "Code"), row->info.code);
    part_term(page, tr(c, "Kind"), slice_from(kind_text(page, row->info.kind)));
    part_term(page, tr(c, "Reliability, A to F"), grade(page, row->info.reliability));
    part_term(page, tr(c, "Reuse terms"), row->info.licence);
    part_term(page, tr(c, "Marking"), row->info.marking);
    part_term(page, tr(c, "Rows"), page_number(page, row->n_mentions));
    freshness_terms(page, listing, row);
    quality_terms(page, listing->quality, quality_source(page, row->info.code));
    html_close(h, "dl");
    if (row->info.is_aggregate)
        html_leaf(h, "p", "note", slice_from(tr(c, "A series of sums: kept apart, never added to records.")));
    html_open(h, "p");
    part_link(page, page_format_text(page, "/?source=%.*s", SLICE_ARG(page_encode(page, row->info.code))),
        slice_from(tr(c, "What it tells")));
    html_close(h, "p");
    html_close(h, "section");
}

static void import_line(struct page *page, const struct import_row *row)
{
    struct html *h = &page->html;
    const struct slice cells[] = {row->when, row->source_code, row->file_name, row->recipe_id};
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "row");
    struct slice path = page_format_text(page, "/import/%llu", (unsigned long long)row->number);
    part_link(page, page_address(page, path.ptr, -1, NULL), page_number(page, row->number));
    if (row->is_undone)
        html_leaf(h, "span", "flag", slice_from(tr(&page->catalogue, "taken back")));
    html_close(h, "th");
    for (size_t i = 0; i < 4; i++) {
        html_open(h, "td");
        html_name(h, cells[i]);
        html_close(h, "td");
    }
    html_leaf(h, "td", "number", page_number(page, row->counts.n_rows));
    html_leaf(h, "td", "number", page_number(page, row->counts.n_new));
    html_leaf(h, "td", "number", page_number(page, row->counts.n_rejected));
    html_close(h, "tr");
}

static void imports(struct page *page, const struct listing *listing)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {tr(c, "Import"), tr(c, "When"), tr(c, "Source"), tr(c, "File"), tr(c, "Recipe"),
        tr(c, "Rows"), tr(c, "New"), tr(c, "Rejected")};
    part_section(page, "imports", tr(c, "Imports"));
    part_table_begin(page, "imports-heading", NULL);
    part_table_head(page, names, 8, 5);
    html_open(h, "tbody");
    for (size_t i = 0; i < listing->n_imports; i++)
        import_line(page, &listing->imports[i]);
    part_table_end(page);
    html_close(h, "section");
}

static void write_html(struct page *page, const struct listing *listing)
{
    struct html *h = &page->html;
    struct slice title = slice_from(tr(&page->catalogue, page->route->title));
    frame_begin(page, title);
    html_leaf(h, "h1", NULL, title);
    html_open(h, "div");
    html_attr(h, "class", "boxes");
    for (int is_late = 1; is_late >= 0; is_late--)
        for (size_t i = 0; i < listing->n_sources; i++)
            if ((listing->freshness[i].state == FRESHNESS_OVERDUE) == (is_late == 1))
                source_box(page, listing, &listing->sources[i]);
    html_close(h, "div");
    quality_pairs(page, listing->quality);
    html_open(h, "p");
    part_link(page, page_address(page, "/quality", -1, NULL),
        slice_from(tr(&page->catalogue, "How complete and how doubtful, field by field")));
    html_close(h, "p");
    feeds_sections(page, &listing->feeds);
    imports(page, listing);
    backups_section(page);
    frame_exports(page);
    frame_end(page);
}

static void write_json(struct page *page, const struct listing *listing)
{
    struct buffer *out = &page->response->body;
    page->response->type = "application/json; charset=utf-8";
    buffer_add_byte(out, '{');
    if (page_is_simulated(page))
        json_member(out, "notice", page_simulated_note(page));
    json_name(out, "sources");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < listing->n_sources; i++) {
        const struct source_row *row = &listing->sources[i];
        buffer_add_string(out, i ? ",{" : "{");
        json_member(out, "code", row->info.code);
        json_member(out, "title", row->info.title);
        json_member(out, "kind", row->info.kind);
        json_member_u64(out, "reliability", row->info.reliability);
        json_member(out, "licence", row->info.licence);
        json_member(out, "marking", row->info.marking);
        json_member_bool(out, "aggregate", row->info.is_aggregate);
        json_member_u64(out, "mentions", row->n_mentions);
        json_member_u64(out, "imports", row->n_imports);
        json_member(out, "last_import", row->last_import);
        json_member(out, "last_record", feeds_last_record(page, &listing->feeds, row->info.code));
        feeds_freshness_json(page, &listing->freshness[i], out);
        uint32_t source = quality_source(page, row->info.code);
        if (source != UINT32_MAX)
            quality_source_json(listing->quality, source, out);
        buffer_add_byte(out, '}');
    }
    buffer_add_byte(out, ']');
    quality_pairs_json(page, listing->quality, out);
    feeds_json(page, &listing->feeds, out);
    backups_json(page, out);
    buffer_add_string(out, "}\n");
}

static struct slice share_cell(struct page *page, double share)
{
    return isnan(share) ? SLICE_EMPTY : page_format_text(page, "%.4f", share);
}

enum { SOURCE_CELLS = 17 };

static void source_cells(
    struct page *page, const struct listing *listing, const struct source_row *row, struct slice cells[SOURCE_CELLS])
{
    const struct freshness *f = &listing->freshness[row - listing->sources];
    uint32_t number = quality_source(page, row->info.code);
    const struct source_quality none = {0}, *q = number == UINT32_MAX ? &none : &listing->quality->sources[number];
    bool is_series = number == UINT32_MAX;
    const struct slice filled[SOURCE_CELLS] = {row->info.code, row->info.title, row->info.kind,
        grade(page, row->info.reliability), row->info.licence, row->info.marking,
        page_format_text(page, "%llu", (unsigned long long)row->n_mentions),
        page_format_text(page, "%llu", (unsigned long long)row->n_imports), row->last_import,
        feeds_last_record(page, &listing->feeds, row->info.code), slice_from(freshness_state_text(f->state)),
        feeds_iso(page, f->due),
        f->usual_s ? page_format_text(page, "%lld", (long long)f->usual_s / 86400) : SLICE_EMPTY,
        share_cell(page, is_series ? NAN : quality_told_share(listing->quality, number)),
        share_cell(page, is_series ? NAN : quality_doubtful_share(listing->quality, number)),
        share_cell(page, quality_share(q->n_not_placed, q->n_mentions)),
        share_cell(page, quality_share(q->n_shared, q->n_mentions))};
    memcpy(cells, filled, sizeof filled);
}

static void write_csv(struct page *page, const struct listing *listing)
{
    struct buffer *out = &page->response->body;
    page->response->type = "text/csv; charset=utf-8";
    page->response->file_name = "sources.csv";
    buffer_add_string(out, "code,title,kind,reliability,licence,marking,mentions,imports,last_import,"
                           "last_record,freshness,due,usual_gap_days,told,doubtful,not_placed,shared\r\n");
    for (size_t i = 0; i < listing->n_sources; i++) {
        struct slice cells[SOURCE_CELLS];
        source_cells(page, listing, &listing->sources[i], cells);
        for (size_t k = 0; k < SOURCE_CELLS; k++)
            part_csv_cell(out, cells[k], k + 1 == SOURCE_CELLS);
    }
}

enum comity_status page_sources(struct page *page, struct comity_error *err)
{
    struct listing listing = {0};
    enum comity_status status = load(page, &listing, err);
    if (status != COMITY_OK)
        return status;
    if (page->format == PAGE_JSON)
        write_json(page, &listing);
    else if (page->format == PAGE_CSV)
        write_csv(page, &listing);
    else
        write_html(page, &listing);
    return COMITY_OK;
}
