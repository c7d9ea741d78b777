/* problem.c - what is shown when there is no answer: a page that marks the part at fault, or problem+json (RFC 9457).
 */
#include "base/json.h"
#include "page/page.h"

/* The query with its part at fault, from `column` to the next "&" or ",", marked. */
static void marked_query(struct page *page, uint32_t column)
{
    struct html *h = &page->html;
    struct slice query = page->request->query;
    size_t from = column ? column - 1 : 0;
    if (query.len == 0 || from >= query.len)
        from = query.len;
    size_t to = from;
    while (to < query.len && query.ptr[to] != '&' && query.ptr[to] != ',')
        to++;
    html_open(h, "pre");
    html_attr(h, "dir", "ltr");
    html_text(h, slice_of(query.ptr, from));
    html_leaf(h, "mark", NULL, to > from ? slice_of(query.ptr + from, to - from) : SLICE("…"));
    html_text(h, slice_of(query.ptr + to, query.len - to));
    html_close(h, "pre");
}

static const char *heading(const struct page *page, enum comity_status status)
{
    const struct catalogue *c = &page->catalogue;
    switch (status) {
    case COMITY_NOTFOUND:
        return tr(c, "There is no such page");
    case COMITY_SYNTAX:
    case COMITY_USAGE:
        return tr(c, "The query was not understood");
    default:
        return tr(c, "This did not work");
    }
}

static void write_html(struct page *page, const struct comity_error *err)
{
    struct html *h = &page->html;
    const char *words = tr(&page->catalogue, err->message);
    frame_begin(page, slice_from(heading(page, err->status)));
    html_leaf(h, "h1", NULL, slice_from(heading(page, err->status)));
    html_open(h, "p");
    if (words == err->message) { /* it names something, and is told in English */
        html_attr(h, "lang", "en");
        html_attr(h, "dir", "ltr");
    }
    html_string(h, words);
    if (err->hint[0]) {
        html_string(h, ": ");
        html_string(h, err->hint);
    }
    html_close(h, "p");
    if (err->status == COMITY_SYNTAX && page->request->query.len)
        marked_query(page, err->column);
    html_open(h, "p");
    html_open(h, "a");
    html_link(h, "href", page_home(page));
    html_string(h, tr(&page->catalogue, "To the situation"));
    html_close(h, "a");
    html_close(h, "p");
    frame_end(page);
}

static void write_json(struct page *page, const struct comity_error *err)
{
    struct buffer *out = &page->response->body;
    page->response->type = "application/problem+json";
    buffer_add_byte(out, '{');
    json_member(out, "type", SLICE("about:blank"));
    json_member(out, "title", slice_from(comity_status_text(err->status)));
    json_member_u64(out, "status", page->response->status);
    json_member(out, "detail", slice_from(err->message));
    if (err->hint[0])
        json_member(out, "hint", slice_from(err->hint));
    if (err->column)
        json_member_u64(out, "column", err->column);
    buffer_add_string(out, "}\n");
}

void page_problem(struct page *page, const struct comity_error *err)
{
    buffer_clear(&page->response->body);
    page->response->etag[0] = '\0';
    page->response->status = (unsigned)comity_status_http(err->status);
    if (page->format == PAGE_HTML)
        write_html(page, err);
    else
        write_json(page, err);
}
