/* records.c - what matches, as a table, page by page. */
#include "page/page.h"
#include "page/part.h"

static const struct answer_options ROWS = {.with_rows = true, .with_totals = true};

static void sort_links(struct page *page)
{
    static const struct {
        enum query_sort sort;
        const char *extra, *name;
    } SORTS[] = {{SORT_NEWEST, "sort=newest", "Newest"}, {SORT_OLDEST, "sort=oldest", "Oldest"},
        {SORT_LARGEST, "sort=largest", "Largest"}};
    struct html *h = &page->html;
    html_open(h, "p");
    html_attr(h, "class", "sorts");
    html_string(h, tr(&page->catalogue, "Order:"));
    for (size_t i = 0; i < sizeof SORTS / sizeof *SORTS; i++) {
        html_string(h, " ");
        html_open(h, "a");
        html_link(h, "href", page_address(page, "/records", -1, SORTS[i].extra));
        if (page->query.sort == SORTS[i].sort)
            html_attr(h, "aria-current", "true");
        html_string(h, tr(&page->catalogue, SORTS[i].name));
        html_close(h, "a");
    }
    html_close(h, "p");
}

static void paging(struct page *page, const struct answer *answer)
{
    struct html *h = &page->html;
    html_open(h, "p");
    html_attr(h, "class", "paging");
    if (page->query.after) {
        part_link(page, page_address(page, "/records", -1, NULL), slice_from(tr(&page->catalogue, "To the first")));
        html_string(h, " ");
    }
    if (answer->next_after) {
        struct slice extra = page_format_text(page, "after=%llu", (unsigned long long)answer->next_after);
        html_open(h, "a");
        html_attr(h, "rel", "next");
        html_link(h, "href", page_address(page, "/records", -1, extra.ptr));
        html_string(h, tr(&page->catalogue, "The next"));
        html_close(h, "a");
    }
    html_close(h, "p");
}

static void write_html(struct page *page, const struct answer *answer)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    struct slice title = slice_from(tr(c, page->route->title));
    const struct say counts[] = {{"n", page_number(page, answer->n_rows), SLICE_EMPTY},
        {"all", page_number(page, answer->n_entities), SLICE_EMPTY},
        {"kind", page_kind_label(page, true), SLICE_EMPTY}};
    frame_begin(page, part_title(page));
    html_leaf(h, "h1", NULL, title);
    part_chips(page);
    part_search(page);
    sort_links(page);
    list_table(page, answer, page_sentence_n(page, tr(c, "{n} of {all} {kind}"), counts, 3));
    paging(page, answer);
    frame_exports(page);
    frame_end(page);
}

enum comity_status page_records(struct page *page, struct comity_error *err)
{
    if (page->format == PAGE_CSV || page->format == PAGE_GEOJSON)
        return part_export(page, err);
    const struct answer *answer;
    enum comity_status status = part_answer(page, &ROWS, &answer, err);
    if (status != COMITY_OK)
        return status;
    if (page->format == PAGE_JSON)
        return part_answer_json(page, answer, err);
    write_html(page, answer);
    return COMITY_OK;
}
