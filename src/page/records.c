/* records.c - what matches, as a table, page by page. */
#include "page/page.h"
#include "page/part.h"

static const struct answer_options ROWS = {.with_rows = true, .with_totals = true};

static void paging(struct page *page, const struct answer *answer)
{
    struct paging paging = {0};
    if (page->query.after)
        paging.first = page_address(page, "/records", -1, NULL);
    if (answer->next_after)
        paging.next = page_address(
            page, "/records", -1, page_format_text(page, "after=%llu", (unsigned long long)answer->next_after).ptr);
    part_paging(page, &paging);
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
    part_sorts(page);
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
