/* list.c - entities as a table: one row each, its resolved values, a link to its page. */
#include "page/page.h"

const struct value *list_value(const struct page *page, uint32_t index, int field)
{
    const struct resolution *resolution = &page->snapshot->resolution;
    return &page->snapshot->mentions.columns[field].values[resolution->winner[field][index]];
}

/* A source's own numbers differ by nature. */
bool list_is_disputed(const struct page *page, uint32_t index, int field)
{
    enum field_role role = page->domain->fields[field].role;
    return role != ROLE_KEY && role != ROLE_CASE && (page->snapshot->resolution.conflicts[index] >> field & 1);
}

static void add_field(int fields[DOMAIN_MOST_FIELDS], size_t *n, int field)
{
    for (size_t i = 0; i < *n; i++)
        if (fields[i] == field)
            return;
    if (field >= 0)
        fields[(*n)++] = field;
}

size_t list_fields(const struct page *page, int fields[DOMAIN_MOST_FIELDS])
{
    const struct domain *domain = page->domain;
    size_t n = 0;
    const int first[] = {domain->when, domain->title, domain->what, domain->how_much, domain->where, domain->country};
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        add_field(fields, &n, first[i]);
    for (size_t f = 0; f < domain->n_fields && n < 8; f++)
        if (domain->fields[f].is_facet)
            add_field(fields, &n, (int)f);
    return n;
}

struct slice list_title(struct page *page, uint32_t index)
{
    const struct domain *domain = page->domain;
    const int fields[] = {domain->title, domain->what, domain->how_much,
        domain->where >= 0 ? domain->where : domain->country, domain->when};
    struct slice parts[sizeof fields / sizeof *fields];
    size_t n = 0;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (fields[i] >= 0 && list_value(page, index, fields[i])->state == VALUE_TYPED)
            parts[n++] = page_shown_value(page, fields[i], list_value(page, index, fields[i]));
    struct slice title = page_joined(page, parts, n, " · ");
    return title.len ? title : page_kind_label(page, false);
}

static bool is_number(const struct page *page, int field)
{
    enum value_type type = page->domain->fields[field].spec.type;
    return type == VALUE_QUANTITY || type == VALUE_COUNT;
}

static void head(struct page *page, const int *fields, size_t n)
{
    struct html *h = &page->html;
    html_open(h, "thead");
    html_open(h, "tr");
    for (size_t i = 0; i < n; i++) {
        html_open(h, "th");
        html_attr(h, "scope", "col");
        if (is_number(page, fields[i]))
            html_attr(h, "class", "number");
        html_text(h, page_field_label(page, fields[i]));
        html_close(h, "th");
    }
    html_open(h, "th");
    html_attr(h, "scope", "col");
    html_attr(h, "class", "number");
    html_string(h, tr(&page->catalogue, "Rows"));
    html_close(h, "th");
    html_close(h, "tr");
    html_close(h, "thead");
}

static void cell(struct page *page, const struct view_row *row, int field, bool is_first)
{
    struct html *h = &page->html;
    const struct value *value = list_value(page, row->index, field);
    html_open(h, is_first ? "th" : "td");
    if (is_first)
        html_attr(h, "scope", "row");
    if (is_number(page, field))
        html_attr(h, "class", "number");
    else if (page->domain->fields[field].spec.type == VALUE_DATE)
        html_attr(h, "class", "day");
    if (is_first) {
        html_open(h, "a");
        html_link(h, "href", page_entity_address(page, row->entity));
    }
    if (value->state == VALUE_TYPED || value->state == VALUE_UNREAD)
        html_name(h, page_shown_value(page, field, value));
    else
        html_string(h, is_first ? tr(&page->catalogue, "unknown") : "—");
    if (is_first)
        html_close(h, "a");
    if (list_is_disputed(page, row->index, field)) {
        html_open(h, "span");
        html_attr(h, "class", "differs");
        html_attr(h, "title", tr(&page->catalogue, "the sources disagree"));
        html_string(h, " ≠");
        html_close(h, "span");
    }
    html_close(h, is_first ? "th" : "td");
}

static void table_row(struct page *page, const struct view_row *row, const int *fields, size_t n)
{
    struct html *h = &page->html;
    html_open(h, "tr");
    for (size_t i = 0; i < n; i++)
        cell(page, row, fields[i], i == 0);
    html_open(h, "td");
    html_attr(h, "class", "number");
    html_text(h, page_number(page, row->n_mentions));
    html_close(h, "td");
    html_close(h, "tr");
}

void list_table(struct page *page, const struct answer *answer, struct slice caption)
{
    struct html *h = &page->html;
    int fields[DOMAIN_MOST_FIELDS];
    size_t n = list_fields(page, fields);
    html_open(h, "div");
    html_attr(h, "class", "scroll");
    html_attr(h, "role", "region");
    html_attr(h, "tabindex", "0");
    html_attr_slice(h, "aria-label", caption);
    html_open(h, "table");
    html_leaf(h, "caption", NULL, caption);
    head(page, fields, n);
    html_open(h, "tbody");
    for (size_t i = 0; i < answer->n_rows; i++)
        table_row(page, &answer->rows[i], fields, n);
    html_close(h, "tbody");
    html_close(h, "table");
    html_close(h, "div");
}
