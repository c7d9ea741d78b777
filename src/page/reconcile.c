/* reconcile.c - series of sums beside the events that they should be sums of, and beside each other: which differ, by
 * how much, and the rows behind. The words are in reconcile_words.c. */
#include "page/reconcile.h"

#include "base/error.h"
#include "base/json.h"
#include "page/chart.h"
#include "page/part.h"
#include "sums/claim.h"

#include <math.h>
#include <stdlib.h>

enum { SHOWN_CELLS = 100, MOST_PERIODS = 120, MOST_IDS = 100 };

static struct slice own_or(struct page *page, const char *key, struct slice otherwise)
{
    struct slice value = page_own(page, key);
    return value.len ? value : otherwise;
}

/* ---- asking ---------------------------------------------------------------------------------------------------- */

/* What sums can be asked for of the query; the rest is told to be left out. */
static bool choose_terms(struct page *page, struct reconciling *r)
{
    r->query = page->query;
    r->query.terms = ARENA_ARRAY(page->arena, struct query_term, page->query.n_terms + 1);
    r->query.n_terms = 0;
    for (size_t i = 0; r->query.terms && i < page->query.n_terms; i++)
        if (sums_knows_term(&page->query.terms[i], page->domain))
            r->query.terms[r->query.n_terms++] = page->query.terms[i];
    return r->query.terms != NULL;
}

static enum comity_status ask(struct page *page, struct reconciling *r, struct comity_error *err)
{
    struct reconcile_request request = {.series = r->series,
        .against = page_own(page, "against"),
        .edition = page_own(page, "edition"),
        .period = page_own(page, "period"),
        .level = page_own(page, "level"),
        .groups = page_own(page, "group"),
        .lock = &page->store->lock,
        .query = &r->query};
    if (request.edition.len)
        request.against = SLICE_EMPTY;
    enum comity_status status = sums_only_read(page_own(page, "only"), &r->only, err);
    if (status == COMITY_OK)
        status = reconcile(page->store->store, page->snapshot, page->domain, &page->reader, &request, &r->result, err);
    r->has_result = status == COMITY_OK;
    if (status == COMITY_OK)
        status = sums_pick(&r->result.table, &r->only, page->query.sort, &r->indexes, &r->n, err);
    if (status == COMITY_OK)
        sums_summarise(&r->result.table, &r->summary);
    return status;
}

static enum comity_status list_sources(struct page *page, struct reconciling *r, struct comity_error *err)
{
    pthread_mutex_lock(&page->store->lock);
    enum comity_status status =
        store_sources(page->store->store, &page->reader, page->arena, &r->sources, &r->n_sources, err);
    pthread_mutex_unlock(&page->store->lock);
    return status;
}

/* ---- the form -------------------------------------------------------------------------------------------------- */

static void choose_source(struct page *page, const struct reconciling *r, const char *name, const char *label,
    const char *none, struct slice chosen)
{
    part_select_begin(page, name, label);
    part_option(page, SLICE_EMPTY, slice_from(none), !chosen.len);
    for (int is_report = 0; is_report < 2; is_report++)
        for (size_t i = 0; i < r->n_sources; i++) {
            const struct source_info *source = &r->sources[i].info;
            if (source->is_aggregate != is_report)
                part_option(page, source->code, source->title.len ? source->title : source->code,
                    slice_equal(source->code, chosen));
        }
    part_select_end(page);
}

static void choose_word(struct page *page, const char *name, const char *label, const char *const *words,
    const char *const *labels, size_t n)
{
    struct slice chosen = own_or(page, name, SLICE("auto"));
    part_select_begin(page, name, label);
    for (size_t i = 0; i < n; i++)
        part_option(page, slice_from(words[i]), slice_from(labels[i]), slice_is(chosen, words[i]));
    part_select_end(page);
}

static void form(struct page *page, const struct reconciling *r)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    static const char *const periods[] = {"auto", "day", "month", "quarter", "year"};
    const char *const period_labels[] = {
        tr(c, "as the series has it"), tr(c, "Day"), tr(c, "Month"), tr(c, "Quarter"), tr(c, "Year")};
    static const char *const levels[] = {"auto", "country", "subdivision", "settlement"};
    const char *const level_labels[] = {
        tr(c, "as the series has it"), tr(c, "Country"), tr(c, "Subdivision"), tr(c, "Settlement")};
    html_open(h, "form");
    html_attr(h, "method", "get");
    html_attr(h, "role", "search");
    html_link(h, "action", slice_from(page->route->pattern));
    choose_source(page, r, "series", tr(c, "Series"), "—", r->series);
    choose_source(page, r, "against", tr(c, "Beside"), tr(c, "all reports"), page_own(page, "against"));
    choose_word(page, "period", tr(c, "Period"), periods, period_labels, 5);
    choose_word(page, "level", tr(c, "Places"), levels, level_labels, 4);
    part_form_fields(page);
    html_open(h, "button");
    html_attr(h, "type", "submit");
    html_string(h, tr(c, "Show"));
    html_close(h, "button");
    html_close(h, "form");
}

/* ---- the list of series
 * ---------------------------------------------------------------------------------------------- */

static void source_line(struct page *page, const struct source_row *row)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *code = page_encode(page, row->info.code).ptr;
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "row");
    part_link(
        page, page_with_own(page, "series", code ? code : ""), row->info.title.len ? row->info.title : row->info.code);
    html_close(h, "th");
    html_leaf(h, "td", NULL, slice_from(row->info.is_aggregate ? tr(c, "sums") : tr(c, "reports")));
    html_open(h, "td");
    html_name(h, row->last_import);
    html_close(h, "td");
    html_leaf(h, "td", "number", page_number(page, row->n_mentions));
    html_close(h, "tr");
}

static void source_table(struct page *page, const struct reconciling *r)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {tr(c, "Source"), tr(c, "Tells"), tr(c, "Last import"), tr(c, "Rows")};
    part_section(page, "series", tr(c, "Which series?"));
    html_leaf(h, "p", "note",
        slice_from(tr(c, "Sums are laid beside events and never added to them. Many reports are sums of a day and a "
                         "town: they can be taken as a series too.")));
    part_table_begin(page, "series-heading", NULL);
    part_table_head(page, names, 4, 3);
    html_open(h, "tbody");
    for (int is_report = 0; is_report < 2; is_report++)
        for (size_t i = 0; i < r->n_sources; i++)
            if (r->sources[i].info.is_aggregate != is_report)
                source_line(page, &r->sources[i]);
    part_table_end(page);
    html_close(h, "section");
}

/* ---- the picture
 * -------------------------------------------------------------------------------------------------------- */

static int by_period(const void *left, const void *right)
{
    const struct chart_period *a = left, *b = right;
    return (a->first_day > b->first_day) - (a->first_day < b->first_day);
}

/* One bar for each period that cells begin in, widened until there are few enough. */
static size_t gather_periods(const struct reconciling *r, enum sums_period widen, struct chart_period *periods)
{
    const struct sums_table *table = &r->result.table;
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < table->n_cells; i++) {
        const struct sums_cell *cell = &table->cells[i];
        bool is_equal = cell->verdict == SUMS_EQUAL || cell->verdict == SUMS_ROUNDING;
        if (!cell->is_wanted)
            continue;
        periods[n] = (struct chart_period){cell->first_day, cell->last_day, is_equal, !is_equal};
        period_widen(widen, &periods[n].first_day, &periods[n].last_day);
        n++;
    }
    if (n)
        qsort(periods, n, sizeof *periods, by_period);
    for (size_t i = 0; i < n; i++) {
        if (kept && periods[kept - 1].first_day == periods[i].first_day) {
            struct chart_period *to = &periods[kept - 1];
            to->n_equal += periods[i].n_equal;
            to->n_different += periods[i].n_different;
            to->last_day = to->last_day > periods[i].last_day ? to->last_day : periods[i].last_day;
        } else {
            periods[kept++] = periods[i];
        }
    }
    return kept;
}

static void picture(struct page *page, const struct reconciling *r)
{
    static const enum sums_period wider[] = {PERIOD_AUTO, PERIOD_MONTH, PERIOD_QUARTER, PERIOD_YEAR};
    struct chart_period *periods = malloc((r->result.table.n_cells + 1) * sizeof *periods);
    struct html *h = &page->html;
    size_t n = 0;
    for (size_t i = 0; periods && i < 4; i++)
        if ((n = gather_periods(r, wider[i], periods)) <= MOST_PERIODS)
            break;
    if (periods && n > 1 && page->domain->when >= 0) {
        html_open(h, "div");
        html_attr(h, "class", "scroll");
        chart_cells(page, periods, n);
        html_close(h, "div");
    }
    free(periods);
}

/* ---- the cells
 * ----------------------------------------------------------------------------------------------------------- */

static struct slice cell_text(
    struct page *page, const struct reconciling *r, const struct sums_cell *cell, bool is_place)
{
    struct buffer text;
    buffer_init(&text, 1 << 16);
    if (is_place)
        sums_place_label(&r->result.table, cell, page->catalogue.language, &text);
    else
        sums_period_label(cell, &text);
    struct slice kept = arena_copy(page->arena, buffer_slice(&text));
    buffer_release(&text);
    return kept.len ? kept : SLICE("—");
}

static void amount_cell(struct page *page, bool has_amount, uint32_t dimension, double amount)
{
    html_leaf(&page->html, "td", "number", has_amount ? page_amount(page, dimension, amount) : SLICE("—"));
}

/* From half to double: a bar to either side; whole where one side has nothing. */
static void difference_cell(struct page *page, const struct sums_cell *cell)
{
    double a = cell->has_series ? cell->series.amount : 0, b = cell->once.n ? cell->once.amount : 0;
    double larger = fmax(fabs(a), fabs(b));
    html_open(&page->html, "td");
    if (larger > 0)
        chart_bits(page, (b - a) / larger, 1);
    html_close(&page->html, "td");
}

static void behind_cell(struct page *page, const struct reconciling *r, const struct sums_cell *cell)
{
    struct html *h = &page->html;
    struct sums_report report = {
        .table = &r->result.table, .against = r->result.against, .n_against = r->result.n_against};
    struct buffer query;
    buffer_init(&query, 1 << 16);
    sums_cell_query(&report, cell, &query);
    html_open(h, "td");
    if (query.len)
        part_link(page, page_format_text(page, "/records?%.*s", SLICE_ARG(buffer_slice(&query))),
            page_sentence_n(page, tr(&page->catalogue, "{count} {kind}"),
                (const struct say[]){{"count", page_number(page, cell->once.n), SLICE_EMPTY},
                    {"kind", page_kind_label(page, cell->once.n != 1), SLICE_EMPTY}},
                2));
    else
        html_string(h, "—");
    html_close(h, "td");
    buffer_release(&query);
}

static void cell_row(struct page *page, const struct reconciling *r, const struct sums_cell *cell)
{
    struct html *h = &page->html;
    const struct sums_table *table = &r->result.table;
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "row");
    html_attr(h, "class", "day");
    html_name(h, cell_text(page, r, cell, false));
    html_close(h, "th");
    html_open(h, "td");
    html_name(h, cell_text(page, r, cell, true));
    html_close(h, "td");
    html_open(h, "td");
    html_name(h, sums_concept_label(table, cell, page->catalogue.language));
    html_close(h, "td");
    amount_cell(page, cell->has_series, cell->dimension, cell->series.amount);
    amount_cell(page, cell->once.n > 0, cell->dimension, cell->once.amount);
    if (!table->is_of_series)
        amount_cell(page, cell->plain.n > 0, cell->dimension, cell->plain.amount);
    difference_cell(page, cell);
    html_open(h, "td");
    reconcile_say_cell(page, table, cell);
    html_close(h, "td");
    if (!table->is_of_series)
        behind_cell(page, r, cell);
    html_close(h, "tr");
}

static void cells_head(struct page *page, bool is_of_series)
{
    const struct catalogue *c = &page->catalogue;
    struct slice what = page->domain->what < 0 ? SLICE_EMPTY : page_field_label(page, page->domain->what);
    const char *concept = what.len ? arena_string(page->arena, what) : "";
    const char *const with_events[] = {tr(c, "Period"), tr(c, "Place"), concept ? concept : "", tr(c, "Series"),
        tr(c, "Counted once"), tr(c, "Plain sum"), tr(c, "Difference"), tr(c, "Verdict"), tr(c, "Events behind")};
    const char *const of_series[] = {tr(c, "Period"), tr(c, "Place"), concept ? concept : "", tr(c, "First"),
        tr(c, "Second"), tr(c, "Difference"), tr(c, "Verdict")};
    if (is_of_series)
        part_table_head(page, of_series, 7, 7);
    else
        part_table_head(page, with_events, 9, 9);
}

/* Cells of a page: so many as are asked for, behind the one of that number. */
static size_t cells_on_page(const struct page *page)
{
    uint32_t limit = page->query.limit;
    return limit == QUERY_DEFAULT_LIMIT || !limit ? SHOWN_CELLS : limit;
}

/* The first cell that is shown; a number behind the last one leads to the last page. */
static size_t first_cell(const struct page *page, const struct reconciling *r)
{
    size_t step = cells_on_page(page), last = r->n ? (r->n - 1) / step * step : 0;
    return page->query.after < r->n ? (size_t)page->query.after : last;
}

static struct slice address_behind(struct page *page, size_t cell)
{
    struct slice after = page_format_text(page, "after=%zu", cell);
    return page_address(page, page->route->pattern, -1, cell ? after.ptr : NULL);
}

static void cells_paging(struct page *page, const struct reconciling *r)
{
    size_t first = first_cell(page, r), step = cells_on_page(page);
    struct paging paging = {0};
    if (first > step)
        paging.first = address_behind(page, 0);
    if (first)
        paging.previous = address_behind(page, first > step ? first - step : 0);
    if (first + step < r->n)
        paging.next = address_behind(page, first + step);
    part_paging(page, &paging);
}

static void cells(struct page *page, const struct reconciling *r)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    size_t first = first_cell(page, r), step = cells_on_page(page);
    size_t end = r->n - first < step ? r->n : first + step;
    part_section(page, "cells", tr(c, "Cells"));
    part_sorts(page);
    html_open(h, "p");
    html_attr(h, "class", "note");
    page_say(page, tr(c, "{from} to {to} of {all} cells; JSON and CSV have all."),
        {"from", page_number(page, r->n ? first + 1 : 0), SLICE_EMPTY}, {"to", page_number(page, end), SLICE_EMPTY},
        {"all", page_number(page, r->n), SLICE_EMPTY});
    html_close(h, "p");
    part_table_begin(page, "cells-heading", NULL);
    cells_head(page, r->result.table.is_of_series);
    html_open(h, "tbody");
    for (size_t i = first; i < end; i++)
        cell_row(page, r, &r->result.table.cells[r->indexes[i]]);
    part_table_end(page);
    cells_paging(page, r);
    html_close(h, "section");
}

/* ---- the answers
 * ------------------------------------------------------------------------------------------------------ */

static void write_html(struct page *page, const struct reconciling *r)
{
    struct html *h = &page->html;
    frame_begin(page, part_title(page));
    html_leaf(h, "h1", NULL, slice_from(tr(&page->catalogue, page->route->title)));
    part_chips(page);
    form(page, r);
    if (r->has_result) {
        reconcile_say_all(page, r);
        picture(page, r);
        cells(page, r);
    } else {
        source_table(page, r);
    }
    frame_exports(page);
    frame_end(page);
}

/* The cells from `first` on, at most so many. */
static struct sums_report report_of(const struct page *page, const struct reconciling *r, size_t first, size_t most)
{
    return (struct sums_report){.table = &r->result.table,
        .reader = &page->reader,
        .language = page->catalogue.language,
        .indexes = r->indexes + first,
        .n = r->n - first > most ? most : r->n - first,
        .n_all = r->n,
        .against = r->result.against,
        .n_against = r->result.n_against,
        .sequence = page->snapshot->sequence,
        .most_ids = MOST_IDS};
}

static void list_json(struct page *page, const struct reconciling *r)
{
    struct buffer *out = &page->response->body;
    buffer_add_string(out, "{\"series\":[");
    for (size_t i = 0; i < r->n_sources; i++) {
        buffer_add_string(out, i ? ",{" : "{");
        json_member(out, "code", r->sources[i].info.code);
        json_member(out, "title", r->sources[i].info.title);
        json_member_bool(out, "aggregate", r->sources[i].info.is_aggregate);
        json_member_u64(out, "mentions", r->sources[i].n_mentions);
        buffer_add_byte(out, '}');
    }
    buffer_add_string(out, "]}\n");
}

static void write_json(struct page *page, const struct reconciling *r)
{
    bool is_page = page->query.limit && page->query.limit != QUERY_DEFAULT_LIMIT;
    struct sums_report report =
        is_page ? report_of(page, r, first_cell(page, r), cells_on_page(page)) : report_of(page, r, 0, SIZE_MAX);
    page->response->type = "application/json; charset=utf-8";
    if (r->has_result)
        sums_report_json(&report, &page->response->body);
    else
        list_json(page, r);
    part_mark_simulated(page);
}

static void write_csv(struct page *page, const struct reconciling *r)
{
    struct buffer *out = &page->response->body;
    struct sums_report report = report_of(page, r, 0, SIZE_MAX);
    page->response->type = "text/csv; charset=utf-8";
    page->response->file_name = "sums.csv";
    if (r->has_result) {
        sums_report_csv(&report, out);
        return;
    }
    buffer_add_string(out, "code,title,aggregate,mentions\r\n");
    for (size_t i = 0; i < r->n_sources; i++) {
        const struct source_row *row = &r->sources[i];
        part_csv_cell(out, row->info.code, false);
        part_csv_cell(out, row->info.title, false);
        part_csv_cell(out, row->info.is_aggregate ? SLICE("yes") : SLICE("no"), false);
        part_csv_cell(out, page_format_text(page, "%llu", (unsigned long long)row->n_mentions), true);
    }
}

enum comity_status page_reconcile(struct page *page, struct comity_error *err)
{
    struct reconciling r = {.series = page_own(page, "series")};
    enum comity_status status = choose_terms(page, &r) ? COMITY_OK : error_nomem(err);
    if (status == COMITY_OK)
        status = list_sources(page, &r, err);
    if (status == COMITY_OK && r.series.len)
        status = ask(page, &r, err);
    if (status == COMITY_OK) {
        if (page->format == PAGE_JSON)
            write_json(page, &r);
        else if (page->format == PAGE_CSV)
            write_csv(page, &r);
        else
            write_html(page, &r);
    }
    if (r.has_result)
        reconcile_result_release(&r.result);
    free(r.indexes);
    return status;
}
