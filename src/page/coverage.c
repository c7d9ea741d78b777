/* coverage.c - source × country × period: records, nothing to report, nothing happened, or not known. Years at
 * /coverage, the months of one at /coverage/2018. */
#include "flow/matrix.h"

#include "base/calendar.h"
#include "base/error.h"
#include "base/json.h"
#include "page/page.h"
#include "page/part.h"

struct covering {
    struct matrix matrix;
    const struct coverage_row *coverages;
    size_t n_coverages;
    int year; /* 0: years */
};

static enum comity_status read_year(struct page *page, struct covering *c, struct comity_error *err)
{
    for (size_t i = 0; i < page->subject.len; i++) {
        char digit = page->subject.ptr[i];
        if (digit < '0' || digit > '9' || page->subject.len != 4)
            return error_set(err, COMITY_NOTFOUND, "'%.*s' is no year", SLICE_ARG(page->subject));
        c->year = c->year * 10 + digit - '0';
    }
    return COMITY_OK;
}

static enum comity_status load(struct page *page, struct covering *c, struct comity_error *err)
{
    enum comity_status status = read_year(page, c, err);
    if (status != COMITY_OK)
        return status;
    struct matrix_options options = {.year = c->year};
    c->coverages = page->snapshot->coverages;
    c->n_coverages = page->snapshot->n_coverages;
    pthread_mutex_lock(&page->store->lock);
    status = matrix_read_declarations(page->store->store, &page->reader, page->arena, &options, err);
    pthread_mutex_unlock(&page->store->lock);
    if (status != COMITY_OK)
        return status;
    return matrix_build(page->snapshot, page->domain, &page->reader, &options, page->arena, &c->matrix, err);
}

/* ---- HTML ----------------------------------------------------------------------------------------------------- */

static const char *state_word(const struct page *page, enum matrix_state state)
{
    const struct catalogue *c = &page->catalogue;
    switch (state) {
    case MATRIX_RECORDS:
        return tr(c, "records");
    case MATRIX_DECLARED:
        return tr(c, "nothing to report");
    case MATRIX_NOTHING:
        return tr(c, "nothing happened");
    default:
        return tr(c, "not known");
    }
}

static const char *const MARKS[N_MATRIX_STATES] = {"?", "", "∅", "0"};
static const char *const CLASSES[N_MATRIX_STATES] = {"unknown", "records", "declared", "nothing"};

static void mark(struct page *page, enum matrix_state state, const char *shown)
{
    struct html *h = &page->html;
    html_open(h, "span");
    html_attr(h, "class", "mark");
    html_attr(h, "aria-hidden", "true");
    html_string(h, shown);
    html_close(h, "span");
    html_string(h, " ");
    html_open(h, "small");
    html_string(h, state_word(page, state));
    html_close(h, "small");
}

static void legend(struct page *page)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *const meanings[N_MATRIX_STATES] = {
        tr(c, "no record, and no coverage that was confirmed: nobody asked, or nobody answered"),
        tr(c, "so many records; the number leads to them"),
        tr(c, "the source said that there was nothing"),
        tr(c, "no record inside a coverage that a person confirmed as complete"),
    };
    static const enum matrix_state ORDER[] = {MATRIX_RECORDS, MATRIX_DECLARED, MATRIX_NOTHING, MATRIX_UNKNOWN};
    html_open(h, "dl");
    html_attr(h, "class", "facts");
    for (size_t i = 0; i < N_MATRIX_STATES; i++) {
        enum matrix_state state = ORDER[i];
        html_open(h, "dt");
        html_attr_format(h, "class", "cover-%s", CLASSES[state]);
        mark(page, state, state == MATRIX_RECORDS ? "12" : MARKS[state]);
        html_close(h, "dt");
        html_leaf(h, "dd", NULL, slice_from(meanings[state]));
    }
    html_close(h, "dl");
}

static struct slice records_address(struct page *page, const struct matrix_row *row, const struct matrix_period *period)
{
    struct slice source = page_encode(page, row->source), date = SLICE_EMPTY;
    struct slice when = page->domain->when >= 0 ? page->domain->fields[page->domain->when].id : SLICE_EMPTY;
    struct slice country = page->domain->country >= 0 ? page->domain->fields[page->domain->country].id : SLICE_EMPTY;
    if (period && when.len)
        date = page_format_text(page, "&%.*s=%s", SLICE_ARG(when), period->text);
    struct slice where = row->country.len && country.len
                             ? page_format_text(page, "&%.*s=%.*s", SLICE_ARG(country), SLICE_ARG(row->country))
                             : SLICE_EMPTY;
    struct slice language = page->query.language < 0
                                ? SLICE_EMPTY
                                : page_format_text(page, "&lang=%s", language_code(page->query.language));
    return page_format_text(page, "/records?source=%.*s%.*s%.*s%.*s", SLICE_ARG(source), SLICE_ARG(where),
        SLICE_ARG(date), SLICE_ARG(language));
}

static void cell(
    struct page *page, const struct matrix_row *row, const struct matrix_period *period, const struct matrix_cell *cell)
{
    struct html *h = &page->html;
    html_open(h, "td");
    html_attr_format(h, "class", "cover-%s", CLASSES[cell->state]);
    if (cell->state == MATRIX_RECORDS)
        part_link(page, records_address(page, row, period), page_number(page, cell->n));
    else
        mark(page, cell->state, MARKS[cell->state]);
    html_close(h, "td");
}

static void head(struct page *page, const struct covering *c)
{
    struct html *h = &page->html;
    const char *const names[] = {tr(&page->catalogue, "Source"), tr(&page->catalogue, "Country")};
    html_open(h, "thead");
    html_open(h, "tr");
    for (size_t i = 0; i < 2; i++) {
        html_open(h, "th");
        html_attr(h, "scope", "col");
        html_string(h, names[i]);
        html_close(h, "th");
    }
    for (size_t i = 0; i < c->matrix.n_periods; i++) {
        html_open(h, "th");
        html_attr(h, "scope", "col");
        struct slice text = slice_from(c->matrix.periods[i].text);
        struct slice path = page_format_text(page, "/coverage/%s", c->matrix.periods[i].text);
        part_link(page, c->year ? SLICE_EMPTY : page_address(page, path.ptr, -1, NULL), text);
        html_close(h, "th");
    }
    html_open(h, "th");
    html_attr(h, "scope", "col");
    html_attr(h, "class", "number");
    html_string(h, tr(&page->catalogue, "Not dated here"));
    html_close(h, "th");
    html_close(h, "tr");
    html_close(h, "thead");
}

static void table_row(struct page *page, const struct covering *c, const struct matrix_row *row)
{
    struct html *h = &page->html;
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "row");
    html_name(h, row->source);
    html_close(h, "th");
    html_open(h, "td");
    html_name(h, row->country.len ? row->country_label : slice_from(tr(&page->catalogue, "no country said")));
    html_close(h, "td");
    for (size_t i = 0; i < c->matrix.n_periods; i++)
        cell(page, row, &c->matrix.periods[i], &row->cells[i]);
    html_leaf(h, "td", "number", page_number(page, row->n_outside));
    html_close(h, "tr");
}

static void table(struct page *page, const struct covering *c)
{
    struct html *h = &page->html;
    html_open(h, "div");
    html_attr(h, "class", "scroll");
    html_attr(h, "role", "region");
    html_attr(h, "tabindex", "0");
    html_attr(h, "aria-label", tr(&page->catalogue, page->route->title));
    html_open(h, "table");
    html_attr(h, "class", "coverage");
    head(page, c);
    html_open(h, "tbody");
    for (size_t i = 0; i < c->matrix.n_rows; i++)
        table_row(page, c, &c->matrix.rows[i]);
    html_close(h, "tbody");
    html_close(h, "table");
    html_close(h, "div");
}

static void confirmed_row(struct page *page, const struct coverage_row *row)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    struct slice path = page_format_text(page, "/import/%llu", (unsigned long long)row->import);
    const char *state = row->is_undone      ? tr(c, "taken back with its import")
                        : row->is_withdrawn ? tr(c, "withdrawn")
                        : row->is_complete  ? tr(c, "complete")
                                            : tr(c, "in part");
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "row");
    part_link(page, page_address(page, path.ptr, -1, NULL), page_number(page, row->import));
    html_close(h, "th");
    const struct slice cells[] = {row->source_code,
        row->country.len ? row->country : slice_from(tr(c, "all countries")), page_day(page, row->first_day),
        page_day(page, row->last_day), slice_from(state), row->who, row->when};
    for (size_t i = 0; i < sizeof cells / sizeof *cells; i++) {
        html_open(h, "td");
        html_name(h, cells[i]);
        html_close(h, "td");
    }
    html_close(h, "tr");
}

static void confirmed(struct page *page, const struct covering *c)
{
    struct html *h = &page->html;
    const struct catalogue *t = &page->catalogue;
    const char *const names[] = {tr(t, "Import"), tr(t, "Source"), tr(t, "Country"), tr(t, "From"), tr(t, "To"),
        tr(t, "How complete"), tr(t, "Confirmed by"), tr(t, "When")};
    part_section(page, "confirmed", tr(t, "Coverages that were confirmed"));
    if (!c->n_coverages)
        html_leaf(h, "p", "note", slice_from(tr(t, "None yet: silence says nothing, and nothing was retracted.")));
    html_open(h, "div");
    html_attr(h, "class", "scroll");
    html_attr(h, "role", "region");
    html_attr(h, "tabindex", "0");
    html_attr(h, "aria-labelledby", "confirmed-heading");
    if (c->n_coverages) {
        html_open(h, "table");
        part_table_head(page, names, 8, 8);
        html_open(h, "tbody");
        for (size_t i = 0; i < c->n_coverages; i++)
            confirmed_row(page, &c->coverages[i]);
        html_close(h, "tbody");
        html_close(h, "table");
    }
    html_close(h, "div");
    html_open(h, "pre");
    html_attr(h, "dir", "ltr");
    html_string(h, "comity coverage confirm IMPORT --covers FROM..TO --country CODES --complete");
    html_close(h, "pre");
    html_close(h, "section");
}

static void write_html(struct page *page, const struct covering *c)
{
    struct html *h = &page->html;
    struct slice title = slice_from(tr(&page->catalogue, page->route->title));
    if (c->year)
        title = page_format_text(page, "%.*s %d", SLICE_ARG(title), c->year);
    frame_begin(page, title);
    html_leaf(h, "h1", NULL, title);
    if (c->year) {
        html_open(h, "p");
        part_link(page, page_address(page, "/coverage", -1, NULL), slice_from(tr(&page->catalogue, "All years")));
        html_close(h, "p");
    }
    legend(page);
    table(page, c);
    html_leaf(h, "p", "note",
        slice_from(tr(&page->catalogue, "Records as their sources told them, before they are linked; series of sums "
                                        "are not in it.")));
    confirmed(page, c);
    frame_exports(page);
    frame_end(page);
}

/* ---- twins ---------------------------------------------------------------------------------------------------- */

static void json_row(struct buffer *out, const struct matrix *matrix, const struct matrix_row *row)
{
    buffer_add_byte(out, '{');
    json_member(out, "source", row->source);
    json_member(out, "country", row->country);
    json_member_u64(out, "records", row->n);
    json_member_u64(out, "not_dated_here", row->n_outside);
    json_name(out, "cells");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < matrix->n_periods; i++) {
        buffer_add_string(out, i ? ",{" : "{");
        json_member(out, "period", slice_from(matrix->periods[i].text));
        json_member(out, "state", slice_from(matrix_state_name(row->cells[i].state)));
        json_member_u64(out, "records", row->cells[i].n);
        buffer_add_byte(out, '}');
    }
    buffer_add_string(out, "]}");
}

static void json_coverage(struct page *page, struct buffer *out, const struct coverage_row *row)
{
    buffer_add_byte(out, '{');
    json_member_u64(out, "import", row->import);
    json_member(out, "source", row->source_code);
    json_member(out, "country", row->country);
    json_member(out, "from", page_day(page, row->first_day));
    json_member(out, "to", page_day(page, row->last_day));
    json_member_bool(out, "is_complete", row->is_complete);
    json_member_bool(out, "is_withdrawn", row->is_withdrawn || row->is_undone);
    json_member(out, "who", row->who);
    json_member(out, "when", row->when);
    buffer_add_byte(out, '}');
}

static void write_json(struct page *page, const struct covering *c)
{
    struct buffer *out = &page->response->body;
    page->response->type = "application/json; charset=utf-8";
    buffer_add_byte(out, '{');
    if (page_is_simulated(page))
        json_member(out, "notice", page_simulated_note(page));
    json_name(out, "rows");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < c->matrix.n_rows; i++) {
        buffer_add_string(out, i ? "," : "");
        json_row(out, &c->matrix, &c->matrix.rows[i]);
    }
    buffer_add_byte(out, ']');
    json_name(out, "coverages");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < c->n_coverages; i++) {
        buffer_add_string(out, i ? "," : "");
        json_coverage(page, out, &c->coverages[i]);
    }
    buffer_add_string(out, "]}\n");
}

static void write_csv(struct page *page, const struct covering *c)
{
    struct buffer *out = &page->response->body;
    page->response->type = "text/csv; charset=utf-8";
    page->response->file_name = "coverage.csv";
    buffer_add_string(out, "source,country,period,state,records\r\n");
    for (size_t i = 0; i < c->matrix.n_rows; i++) {
        const struct matrix_row *row = &c->matrix.rows[i];
        for (size_t j = 0; j < c->matrix.n_periods; j++) {
            part_csv_cell(out, row->source, false);
            part_csv_cell(out, row->country, false);
            part_csv_cell(out, slice_from(c->matrix.periods[j].text), false);
            part_csv_cell(out, slice_from(matrix_state_name(row->cells[j].state)), false);
            part_csv_cell(out, page_format_text(page, "%llu", (unsigned long long)row->cells[j].n), true);
        }
    }
}

enum comity_status page_coverage(struct page *page, struct comity_error *err)
{
    struct covering *c = ARENA_ARRAY(page->arena, struct covering, 1);
    if (!c)
        return error_nomem(err);
    memset(c, 0, sizeof *c);
    enum comity_status status = load(page, c, err);
    if (status != COMITY_OK)
        return status;
    if (page->format == PAGE_JSON)
        write_json(page, c);
    else if (page->format == PAGE_CSV)
        write_csv(page, c);
    else
        write_html(page, c);
    return COMITY_OK;
}
