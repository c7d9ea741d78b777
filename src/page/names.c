/* names.c - names of places that were not read as a point, for a person to settle: what they are, how often they stand,
 * and the command that settles one. */
#include "flow/names.h"
#include "base/json.h"
#include "page/page.h"
#include "page/part.h"
#include "value/place.h"

#include <math.h>

enum { SHOWN = 200 };

/* The country and the source that the query names, where it names one; the other terms do not change the list. */
static struct unresolved_options options_of(const struct page *page)
{
    struct unresolved_options options = {.most = page->format == PAGE_HTML ? SHOWN : 0};
    const struct domain *domain = page->domain;
    for (size_t i = 0; i < page->query.n_terms; i++) {
        const struct query_term *term = &page->query.terms[i];
        bool is_place = term->field >= 0 && (term->field == domain->country || term->field == domain->where) &&
                        (term->part == PART_COUNTRY || term->field == domain->country);
        if (term->n_matches != 1)
            continue;
        if (term->key == QUERY_SOURCE)
            options.source = term->matches[0].text;
        else if (term->key == QUERY_FIELD && is_place && term->matches[0].code < UINT16_MAX)
            options.country = slice_from(country_get(domain->countries, (uint16_t)term->matches[0].code)->alpha2);
    }
    return options;
}

static const char *doubt_label(const struct page *page, enum name_doubt doubt)
{
    const struct catalogue *c = &page->catalogue;
    switch (doubt) {
    case NAME_UNKNOWN:
        return tr(c, "not found");
    case NAME_COARSE:
        return tr(c, "only the area around it");
    case NAME_AMBIGUOUS:
        return tr(c, "one of several places");
    default:
        return tr(c, "through another spelling");
    }
}

static struct slice sources_of(struct page *page, const struct unresolved_name *name)
{
    struct slice parts[NAME_SOURCES + 1];
    size_t n = 0;
    for (; n < name->n_sources; n++)
        parts[n] = page->snapshot->mentions.sources[name->sources[n]].title;
    if (name->n_all_sources > name->n_sources)
        parts[n++] = SLICE("…");
    return page_joined(page, parts, n, ", ");
}

static struct slice reading_of(struct page *page, const struct value *value)
{
    return value->state == VALUE_TYPED ? page_value(page, page->domain->where, value) : SLICE("—");
}

/* ---- HTML -------------------------------------------------------------------------------------------------------- */

static void cell(struct page *page, struct slice text)
{
    html_open(&page->html, "td");
    html_name(&page->html, text);
    html_close(&page->html, "td");
}

static void line(struct page *page, const struct unresolved_name *name)
{
    struct html *h = &page->html;
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "row");
    part_link(page, page_entity_address(page, page->snapshot->entity_of[name->example_index]), name->name);
    html_close(h, "th");
    cell(page, slice_from(doubt_label(page, name->doubt)));
    cell(page, reading_of(page, &name->reading));
    html_open(h, "td");
    for (uint32_t i = 0; i < name->n_suggestions; i++) {
        if (i)
            html_string(h, "; ");
        html_name(h, reading_of(page, &name->suggestions[i]));
    }
    if (!name->n_suggestions)
        html_string(h, "—");
    html_close(h, "td");
    cell(page, sources_of(page, name));
    html_leaf(h, "td", "number", page_number(page, name->n_mentions));
    html_close(h, "tr");
}

static void table(struct page *page, const struct unresolved_list *list)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {
        tr(c, "Name"), tr(c, "Doubt"), tr(c, "Read as"), tr(c, "May be"), tr(c, "Source"), tr(c, "Rows")};
    part_section(page, "names", tr(c, "Most frequent first"));
    html_open(h, "div");
    html_attr(h, "class", "scroll");
    html_attr(h, "role", "region");
    html_attr(h, "tabindex", "0");
    html_attr(h, "aria-labelledby", "names-heading");
    html_open(h, "table");
    part_table_head(page, names, 6, 5);
    html_open(h, "tbody");
    for (size_t i = 0; i < list->n; i++)
        line(page, &list->names[i]);
    html_close(h, "tbody");
    html_close(h, "table");
    html_close(h, "div");
    html_close(h, "section");
}

static void sentences(struct page *page, const struct unresolved_list *list)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    double share = list->n_mentions ? 100 * (double)list->n_placed / (double)list->n_mentions : 0;
    html_open(h, "p");
    html_attr(h, "class", "sentence");
    page_say(page, tr(c, "{n} rows tell a place; {share} of them are read as a point on the map."),
        {"n", page_number(page, list->n_mentions), SLICE_EMPTY},
        {"share", page_format_text(page, "%.*s %%", SLICE_ARG(page_decimal(page, round(share * 10) / 10))),
            SLICE_EMPTY});
    html_string(h, " ");
    part_number_of(page, tr_n(c, "{n} name is unresolved.", "{n} names are unresolved.", list->n_all), list->n_all);
    html_close(h, "p");
    html_open(h, "p");
    html_string(
        h, tr(c, "A name is settled once, for one source or for all, on the command line; records stay as they are:"));
    html_string(h, " ");
    html_leaf(h, "code", NULL, SLICE("comity names --help"));
    html_close(h, "p");
}

static void write_html(struct page *page, const struct unresolved_list *list)
{
    struct html *h = &page->html;
    frame_begin(page, part_title(page));
    html_leaf(h, "h1", NULL, slice_from(tr(&page->catalogue, page->route->title)));
    part_chips(page);
    sentences(page, list);
    if (list->n)
        table(page, list);
    if (list->n < list->n_all)
        html_leaf(
            h, "p", "note", slice_from(tr(&page->catalogue, "The list is longer; the files below hold all of it.")));
    frame_exports(page);
    frame_end(page);
}

/* ---- twins --------------------------------------------------------------------------------------------------------
 */

static void json_name_row(struct page *page, const struct unresolved_name *name)
{
    struct buffer *out = &page->response->body;
    const struct value_spec *spec = &page->domain->fields[page->domain->where].spec;
    json_member(out, "name", name->name);
    json_member(out, "doubt", slice_from(name_doubt_text(name->doubt)));
    json_member(out, "country", name->country);
    json_member(out, "subdivision", name->subdivision);
    json_member_u64(out, "mentions", name->n_mentions);
    json_member_u64(out, "example", name->example);
    json_name(out, "reading");
    value_format_json(spec, &name->reading, out);
    json_name(out, "suggestions");
    buffer_add_byte(out, '[');
    for (uint32_t i = 0; i < name->n_suggestions; i++) {
        if (i)
            buffer_add_byte(out, ',');
        value_format_json(spec, &name->suggestions[i], out);
    }
    buffer_add_byte(out, ']');
    json_name(out, "sources");
    buffer_add_byte(out, '[');
    for (uint32_t i = 0; i < name->n_sources; i++) {
        if (i)
            buffer_add_byte(out, ',');
        json_text(out, page->snapshot->mentions.sources[name->sources[i]].code);
    }
    buffer_add_byte(out, ']');
}

static void write_json(struct page *page, const struct unresolved_list *list)
{
    struct buffer *out = &page->response->body;
    page->response->type = "application/json; charset=utf-8";
    buffer_add_byte(out, '{');
    if (page_is_simulated(page))
        json_member(out, "notice", page_simulated_note(page));
    json_member_u64(out, "mentions", list->n_mentions);
    json_member_u64(out, "placed", list->n_placed);
    json_member_u64(out, "unresolved", list->n_all);
    json_name(out, "names");
    buffer_add_byte(out, '[');
    for (size_t i = 0; i < list->n; i++) {
        buffer_add_string(out, i ? ",{" : "{");
        json_name_row(page, &list->names[i]);
        buffer_add_byte(out, '}');
    }
    buffer_add_string(out, "]}\n");
}

static void write_csv(struct page *page, const struct unresolved_list *list)
{
    struct buffer *out = &page->response->body;
    page->response->type = "text/csv; charset=utf-8";
    page->response->file_name = page_is_simulated(page) ? "unresolved-names-simulated.csv" : "unresolved-names.csv";
    buffer_add_string(out, "name,doubt,country,subdivision,read_as,suggestion,sources,mentions,example\r\n");
    for (size_t i = 0; i < list->n; i++) {
        const struct unresolved_name *name = &list->names[i];
        const struct slice cells[] = {name->name, slice_from(name_doubt_text(name->doubt)), name->country,
            name->subdivision, reading_of(page, &name->reading),
            name->n_suggestions ? reading_of(page, &name->suggestions[0]) : SLICE_EMPTY, sources_of(page, name),
            page_format_text(page, "%u", name->n_mentions),
            page_format_text(page, "m%llu", (unsigned long long)name->example)};
        for (size_t k = 0; k < sizeof cells / sizeof *cells; k++)
            part_csv_cell(out, cells[k], k + 1 == sizeof cells / sizeof *cells);
    }
}

enum comity_status page_names(struct page *page, struct comity_error *err)
{
    struct unresolved_list list;
    struct unresolved_options options = options_of(page);
    enum comity_status status =
        names_unresolved(page->snapshot, page->domain, &page->reader, &options, page->arena, &list, err);
    if (status != COMITY_OK)
        return status;
    if (page->format == PAGE_JSON)
        write_json(page, &list);
    else if (page->format == PAGE_CSV)
        write_csv(page, &list);
    else
        write_html(page, &list);
    return COMITY_OK;
}
