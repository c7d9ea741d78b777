/* about_data.c - what is missing or doubtful in what the query finds, and what was done to the rows: names in no list,
 * repeated loads, conversions, terms of reuse. */
#include "base/json.h"
#include "page/about_loads.h"

#include "base/error.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_NAMES = 40 };

static const struct answer_options COUNTS = {.with_totals = true};

struct unread {
    struct slice name;
    uint32_t rows;
};
struct doubt_report {
    const struct answer *answer;
    uint64_t count[N_DOUBTS];
    struct unread *names;
    size_t n_names, n_names_all;
    struct about_loads loads;
};

/* ---- names in no list ----------------------------------------------------------------------------------------- */

static int by_rows(const void *a, const void *b)
{
    const struct unread *p = a, *q = b;
    if (p->rows != q->rows)
        return p->rows > q->rows ? -1 : 1;
    return slice_compare(p->name, q->name);
}

static bool find_names(struct page *page, struct doubt_report *report)
{
    if (page->domain->what < 0)
        return true;
    const struct column *column = &page->snapshot->mentions.columns[page->domain->what];
    report->names = ARENA_ARRAY(page->arena, struct unread, (size_t)column->n_values + 1);
    if (!report->names)
        return false;
    for (uint32_t i = 0; i < column->n_values; i++)
        if (column->values[i].state == VALUE_UNREAD)
            report->names[report->n_names_all++] = (struct unread){column->values[i].text, column->frequency[i]};
    qsort(report->names, report->n_names_all, sizeof *report->names, by_rows);
    report->n_names = report->n_names_all < MOST_NAMES ? report->n_names_all : MOST_NAMES;
    return true;
}

/* ---- HTML ----------------------------------------------------------------------------------------------------- */

/* "9.2 %" */
static struct slice share(struct page *page, uint64_t part, uint64_t all)
{
    double percent = all ? round(1000.0 * (double)part / (double)all) / 10 : 0;
    bool is_tiny = part && percent < 0.1;
    return page_format_text(
        page, "%s%.*s\u00A0%%", is_tiny ? "< " : "", SLICE_ARG(page_decimal(page, is_tiny ? 0.1 : percent)));
}

static void counts_section(struct page *page, const struct doubt_report *report)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {tr(c, "What"), tr(c, "Records"), tr(c, "Share")};
    uint64_t all = report->answer->n_entities;
    part_section(page, "doubtful", tr(c, "What is missing or doubtful"));
    html_open(h, "table");
    part_table_head(page, names, 3, 1);
    html_open(h, "tbody");
    for (unsigned d = 0; d < N_DOUBTS; d++) {
        html_open(h, "tr");
        html_open(h, "th");
        html_attr(h, "scope", "row");
        part_link(page,
            page_address(page, "/records", -1, page_format_text(page, "doubtful=%s", doubt_word((enum doubt)d)).ptr),
            slice_from(page_doubt_label(page, (enum doubt)d)));
        html_close(h, "th");
        html_leaf(h, "td", "number", page_number(page, report->count[d]));
        html_open(h, "td");
        html_attr(h, "class", "number");
        html_text(h, share(page, report->count[d], all));
        html_close(h, "td");
        html_close(h, "tr");
    }
    html_close(h, "tbody");
    html_close(h, "table");
    html_close(h, "section");
}

static void names_section(struct page *page, const struct doubt_report *report)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    if (report->n_names == 0)
        return;
    part_section(page, "names", tr(c, "Names that are in no list yet"));
    html_open(h, "p");
    html_attr(h, "class", "note");
    page_say(page,
        tr(c, "Names: {n}. These stand in most rows. They are kept and shown as they are, and counted under no group."),
        {"n", page_number(page, report->n_names_all), SLICE_EMPTY});
    html_close(h, "p");
    html_open(h, "ol");
    html_attr(h, "class", "names");
    for (size_t i = 0; i < report->n_names; i++) {
        html_open(h, "li");
        html_name(h, report->names[i].name);
        html_string(h, " ");
        html_leaf(h, "span", "count", page_number(page, report->names[i].rows));
        html_close(h, "li");
    }
    html_close(h, "ol");
    html_close(h, "section");
}

static void conversions_section(struct page *page)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const struct unit_table *units = page->domain->units;
    if (!units)
        return;
    part_section(page, "conversions", tr(c, "Units and conversions"));
    html_open(h, "p");
    page_say(page,
        tr(c, "Amounts of different dimensions are never added. Totals use the units that the sources give; nothing in "
              "them is converted through a factor. The list of factors (version {version}) has {n} lines, each with "
              "its document; what has no factor is not convertible."),
        {"version", units->conversion_version, SLICE_EMPTY},
        {"n", page_number(page, units->n_conversions), SLICE_EMPTY});
    html_close(h, "p");
    html_close(h, "section");
}

static void terms_section(struct page *page)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const struct mentions *mentions = &page->snapshot->mentions;
    part_section(page, "terms", tr(c, "Sources and terms of reuse"));
    html_open(h, "ul");
    for (size_t i = 0; i < mentions->n_sources; i++) {
        html_open(h, "li");
        page_say(page, tr(c, "{source}: {terms}"), {"source", mentions->sources[i].title, SLICE_EMPTY},
            {"terms",
                mentions->sources[i].licence.len ? mentions->sources[i].licence : slice_from(tr(c, "terms not said")),
                SLICE_EMPTY});
        html_close(h, "li");
    }
    if (page->domain->gazetteer) {
        html_open(h, "li");
        html_attr(h, "lang", "en");
        html_name(h, slice_from(gazetteer_credit(page->domain->gazetteer)));
        html_close(h, "li");
    }
    html_open(h, "li");
    html_string(h, tr(c, "Base map: Natural Earth, public domain, with corrections."));
    html_close(h, "li");
    html_close(h, "ul");
    html_close(h, "section");
}

static void write_html(struct page *page, const struct doubt_report *report)
{
    struct html *h = &page->html;
    struct slice title = slice_from(tr(&page->catalogue, page->route->title));
    frame_begin(page, part_title(page));
    html_leaf(h, "h1", NULL, title);
    part_chips(page);
    part_counts(page, report->answer);
    counts_section(page, report);
    about_loads_html(page, &report->loads);
    names_section(page, report);
    conversions_section(page);
    terms_section(page);
    frame_exports(page);
    frame_end(page);
}

/* ---- twins ---------------------------------------------------------------------------------------------------- */

static void write_json(struct page *page, const struct doubt_report *report)
{
    struct buffer *out = &page->response->body;
    page->response->type = "application/json; charset=utf-8";
    buffer_add_byte(out, '{');
    if (page_is_simulated(page))
        json_member(out, "notice", page_simulated_note(page));
    json_member_u64(out, "entities", report->answer->n_entities);
    json_member_u64(out, "sequence", page->snapshot->sequence);
    json_name(out, "doubtful");
    buffer_add_byte(out, '{');
    for (unsigned d = 0; d < N_DOUBTS; d++)
        json_member_u64(out, doubt_word((enum doubt)d), report->count[d]);
    buffer_add_byte(out, '}');
    about_loads_json(page, &report->loads, report->answer->leading_dimension, out);
    json_name(out, "unread_names");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < report->n_names_all; i++) {
        buffer_add_string(out, i ? ",{" : "{");
        json_member(out, "name", report->names[i].name);
        json_member_u64(out, "rows", report->names[i].rows);
        buffer_add_byte(out, '}');
    }
    buffer_add_string(out, "]}\n");
}

static void write_csv(struct page *page, const struct doubt_report *report)
{
    struct buffer *out = &page->response->body;
    page->response->type = "text/csv; charset=utf-8";
    page->response->file_name = "about-data.csv";
    buffer_add_string(out, "doubtful,records\r\n");
    for (unsigned d = 0; d < N_DOUBTS; d++)
        buffer_format(out, "%s,%llu\r\n", doubt_word((enum doubt)d), (unsigned long long)report->count[d]);
}

enum comity_status page_about_data(struct page *page, struct comity_error *err)
{
    struct doubt_report report = {0};
    enum comity_status status = part_answer(page, &COUNTS, &report.answer, err);
    if (status != COMITY_OK)
        return status;
    part_doubt_counts(&report.answer->doubts, report.count);
    if (!find_names(page, &report) || about_loads_find(page, &report.loads) != COMITY_OK)
        return error_nomem(err);
    if (page->format == PAGE_JSON)
        write_json(page, &report);
    else if (page->format == PAGE_CSV)
        write_csv(page, &report);
    else
        write_html(page, &report);
    return COMITY_OK;
}
