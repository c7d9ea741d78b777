/* part.c - pieces of pages. */
#include "page/part.h"

#include "base/calendar.h"
#include "base/error.h"
#include "page/answer_cache.h"

#include <math.h>

enum comity_status part_answer(
    struct page *page, const struct answer_options *options, const struct answer **out, struct comity_error *err)
{
    struct buffer text;
    buffer_init(&text, HTTP_MOST_URI * 4);
    buffer_format(&text, "%u %llu %d %d%d%d%d%d %u %u ", page->reader.audience_class,
        (unsigned long long)page->snapshot->sequence, page->catalogue.language, options->with_facets,
        options->with_timeline, options->with_marks, options->with_rows, options->with_totals, options->facet_cap,
        options->mark_cap);
    query_format(&page->query, page->domain, -1, NULL, &text);
    struct slice key = arena_copy(page->arena, buffer_slice(&text));
    buffer_release(&text);
    if (!key.ptr)
        return error_nomem(err);
    cached_answer_release(page->cached);
    page->cached = NULL;
    enum comity_status status = answer_cache_ask(
        page->cache, key, page->snapshot->view, &page->reader, &page->query, options, &page->cached, err);
    *out = status == COMITY_OK ? &page->cached->answer : NULL;
    return status;
}

void part_section(struct page *page, const char *id, const char *heading)
{
    struct html *h = &page->html;
    html_open(h, "section");
    html_attr(h, "id", id);
    html_attr_format(h, "aria-labelledby", "%s-heading", id);
    html_open(h, "h2");
    html_attr_format(h, "id", "%s-heading", id);
    html_string(h, heading);
    html_close(h, "h2");
}

void part_table_head(struct page *page, const char *const *names, size_t n, size_t number_from)
{
    struct html *h = &page->html;
    html_open(h, "thead");
    html_open(h, "tr");
    for (size_t i = 0; i < n; i++) {
        html_open(h, "th");
        html_attr(h, "scope", "col");
        if (i >= number_from)
            html_attr(h, "class", "number");
        html_string(h, names[i]);
        html_close(h, "th");
    }
    html_close(h, "tr");
    html_close(h, "thead");
}

void part_table_begin(struct page *page, const char *labelled_by, const char *class_name)
{
    struct html *h = &page->html;
    html_open(h, "div");
    html_attr(h, "class", "scroll");
    html_attr(h, "role", "region");
    html_attr(h, "tabindex", "0");
    html_attr(h, "aria-labelledby", labelled_by);
    html_open(h, "table");
    if (class_name)
        html_attr(h, "class", class_name);
}

void part_table_end(struct page *page)
{
    struct html *h = &page->html;
    html_close(h, "tbody");
    html_close(h, "table");
    html_close(h, "div");
}

void part_link(struct page *page, struct slice address, struct slice text)
{
    struct html *h = &page->html;
    if (address.len) {
        html_open(h, "a");
        html_link(h, "href", address);
    }
    html_name(h, text);
    if (address.len)
        html_close(h, "a");
}

void part_sorts(struct page *page)
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
        html_link(h, "href", page_address(page, page->route->pattern, -1, SORTS[i].extra));
        if (page->query.sort == SORTS[i].sort)
            html_attr(h, "aria-current", "true");
        html_string(h, tr(&page->catalogue, SORTS[i].name));
        html_close(h, "a");
    }
    html_close(h, "p");
}

static void paging_link(struct page *page, struct slice address, const char *rel, struct slice text)
{
    struct html *h = &page->html;
    if (!address.len)
        return;
    html_open(h, "a");
    if (rel)
        html_attr(h, "rel", rel);
    html_link(h, "href", address);
    html_text(h, text);
    html_close(h, "a");
    html_string(h, " ");
}

void part_paging(struct page *page, const struct paging *paging)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    if (!paging->first.len && !paging->previous.len && !paging->next.len)
        return;
    html_open(h, "p");
    html_attr(h, "class", "paging");
    paging_link(page, paging->first, NULL, slice_from(tr(c, "To the first")));
    struct say n[] = {{"n", page_number(page, paging->size), SLICE_EMPTY}};
    paging_link(page, paging->previous, "prev",
        paging->size ? page_sentence_n(page, tr(c, "The previous {n}"), n, 1) : slice_from(tr(c, "The previous")));
    paging_link(page, paging->next, "next",
        paging->size ? page_sentence_n(page, tr(c, "The next {n}"), n, 1) : slice_from(tr(c, "The next")));
    html_close(h, "p");
}

void part_term(struct page *page, const char *name, struct slice value)
{
    struct html *h = &page->html;
    html_leaf(h, "dt", NULL, slice_from(name));
    html_open(h, "dd");
    html_name(h, value.len ? value : SLICE("—"));
    html_close(h, "dd");
}

void part_number_of(struct page *page, const char *sentence, uint64_t n)
{
    page_say(page, sentence, {"n", page_number(page, n), SLICE_EMPTY});
}

void part_counts(struct page *page, const struct answer *answer)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    html_open(h, "p");
    html_attr(h, "class", "sentence");
    page_say(page, tr(c, "{count} {kind}"), {"count", page_number(page, answer->n_entities), SLICE_EMPTY},
        {"kind", page_kind_label(page, answer->n_entities != 1), SLICE_EMPTY});
    html_string(h, " · ");
    part_number_of(page, tr_n(c, "{n} row", "{n} rows", answer->n_mentions), answer->n_mentions);
    html_string(h, " · ");
    part_number_of(page, tr_n(c, "{n} source", "{n} sources", answer->n_sources), answer->n_sources);
    if (answer->last_day >= answer->first_day && answer->n_entities) {
        html_string(h, " · ");
        html_name(h, page_format_text(page, "%.*s – %.*s", SLICE_ARG(page_day(page, answer->first_day)),
                         SLICE_ARG(page_day(page, answer->last_day))));
    }
    html_close(h, "p");
}

struct slice part_title(struct page *page)
{
    struct slice title = slice_from(tr(&page->catalogue, page->route->title));
    struct slice *parts = ARENA_ARRAY(page->arena, struct slice, page->query.n_terms + 1);
    if (!parts || page->query.n_terms == 0)
        return title;
    for (size_t i = 0; i < page->query.n_terms; i++)
        parts[i] = page_term_text(page, &page->query.terms[i]);
    return page_format_text(
        page, "%.*s – %.*s", SLICE_ARG(title), SLICE_ARG(page_joined(page, parts, page->query.n_terms, " · ")));
}

static const char *own_page(const struct page *page)
{
    return page->route ? page->route->pattern : "/";
}

void part_chips(struct page *page)
{
    struct html *h = &page->html;
    if (page->query.n_terms == 0)
        return;
    html_open(h, "ul");
    html_attr(h, "class", "chips");
    html_attr(h, "aria-label", tr(&page->catalogue, "Conditions; each can be taken away"));
    for (size_t i = 0; i < page->query.n_terms; i++) {
        html_open(h, "li");
        html_open(h, "a");
        html_link(h, "href", page_address(page, own_page(page), (int)i, NULL));
        html_attr(h, "title", tr(&page->catalogue, "take this condition away"));
        html_name(h, page_term_text(page, &page->query.terms[i]));
        html_string(h, " ×");
        html_close(h, "a");
        html_close(h, "li");
    }
    if (page->query.n_terms > 1) {
        html_open(h, "li");
        part_link(page, page_home(page), slice_from(tr(&page->catalogue, "Take all away")));
        html_close(h, "li");
    }
    html_close(h, "ul");
}

/* ---- the search form ------------------------------------------------------------------------------------------ */

/* A term as a hidden field: what stands before and behind the first "=" of its canonical text. */
static void hidden_term(struct page *page, size_t i)
{
    struct html *h = &page->html;
    struct query one = page->query;
    struct buffer text;
    one.terms += i;
    one.n_terms = 1;
    buffer_init(&text, HTTP_MOST_URI * 4);
    query_format(&one, page->domain, -1, NULL, &text);
    struct slice value = buffer_slice(&text), decoded;
    value = slice_cut(&value, '&');
    struct slice key = slice_cut(&value, '=');
    if (http_decode(value, false, page->arena, &decoded)) {
        html_void(h, "input");
        html_attr(h, "type", "hidden");
        html_attr_slice(h, "name", key);
        html_attr_slice(h, "value", decoded);
    }
    buffer_release(&text);
}

static void input(struct page *page, const char *type, const char *name, const char *label, struct slice value)
{
    struct html *h = &page->html;
    html_open(h, "label");
    html_leaf(h, "span", NULL, slice_from(label));
    html_void(h, "input");
    html_attr(h, "type", type);
    html_attr(h, "name", name);
    if (value.len)
        html_attr_slice(h, "value", value);
    html_close(h, "label");
}

void part_option(struct page *page, struct slice value, struct slice text, bool is_selected)
{
    struct html *h = &page->html;
    html_open(h, "option");
    html_attr_slice(h, "value", value);
    if (is_selected)
        html_flag(h, "selected");
    html_text(h, text);
    html_close(h, "option");
}

void part_select_begin(struct page *page, const char *name, const char *label)
{
    struct html *h = &page->html;
    html_open(h, "label");
    html_leaf(h, "span", NULL, slice_from(label));
    html_open(h, "select");
    html_attr(h, "name", name);
}

void part_select_end(struct page *page)
{
    html_close(&page->html, "select");
    html_close(&page->html, "label");
}

static struct slice first_text(const struct page *page)
{
    int term = page_term_of(page, SLICE("text"));
    return term < 0 || page->query.terms[term].n_matches == 0 ? SLICE_EMPTY : page->query.terms[term].matches[0].text;
}

/* The ends of the date term, where it is one plain range. */
static void date_ends(struct page *page, struct slice *from, struct slice *to)
{
    int term = page->domain->when < 0 ? -1 : page_term_of(page, page->domain->fields[page->domain->when].id);
    *from = *to = SLICE_EMPTY;
    if (term < 0 || page->query.terms[term].n_matches != 1 || !page->query.terms[term].matches[0].is_range)
        return;
    const struct query_match *match = &page->query.terms[term].matches[0];
    if (!isinf(match->least))
        *from = page_day(page, (int32_t)match->least);
    if (!isinf(match->most))
        *to = page_day(page, (int32_t)match->most);
}

/* Terms but text and date, which have fields of their own, and the language. */
static void hidden_fields(struct page *page)
{
    int text = page_term_of(page, SLICE("text")), when = -1;
    if (page->domain->when >= 0)
        when = page_term_of(page, page->domain->fields[page->domain->when].id);
    for (size_t i = 0; i < page->query.n_terms; i++)
        if ((int)i != text && (int)i != when)
            hidden_term(page, i);
    if (page->query.language >= 0) {
        html_void(&page->html, "input");
        html_attr(&page->html, "type", "hidden");
        html_attr(&page->html, "name", "lang");
        html_attr(&page->html, "value", language_code(page->query.language));
    }
}

static void date_inputs(struct page *page)
{
    struct slice from, to;
    if (page->domain->when < 0)
        return;
    date_ends(page, &from, &to);
    input(page, "date", "from", tr(&page->catalogue, "From"), from);
    input(page, "date", "to", tr(&page->catalogue, "To"), to);
}

void part_form_fields(struct page *page)
{
    hidden_fields(page);
    date_inputs(page);
}

void part_search(struct page *page)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    html_open(h, "form");
    html_attr(h, "method", "get");
    html_attr(h, "role", "search");
    html_link(h, "action", slice_from(own_page(page)));
    hidden_fields(page);
    input(page, "search", "text", tr(c, "Text"), first_text(page));
    date_inputs(page);
    html_open(h, "button");
    html_attr(h, "type", "submit");
    html_string(h, tr(c, "Show"));
    html_close(h, "button");
    html_close(h, "form");
}

/* ---- doubts --------------------------------------------------------------------------------------------------- */

void part_doubt_counts(const struct view_doubts *doubts, uint64_t count[N_DOUBTS])
{
    memset(count, 0, N_DOUBTS * sizeof *count);
    count[DOUBT_IMPLAUSIBLE] = doubts->n_implausible;
    count[DOUBT_NO_QUANTITY] = doubts->n_without_quantity;
    count[DOUBT_NOT_PLACED] = doubts->n_not_placed;
    count[DOUBT_NO_DATE] = doubts->n_without_date;
    count[DOUBT_CONFLICT] = doubts->n_in_conflict;
    count[DOUBT_UNREAD] = doubts->n_unread_concept;
    count[DOUBT_ALIKE] = doubts->n_undecided;
    count[DOUBT_IMPRECISE] = doubts->n_imprecise_place;
    count[DOUBT_REPEATED] = doubts->n_repeated;
}

const char *page_doubt_label(const struct page *page, enum doubt doubt)
{
    const struct catalogue *c = &page->catalogue;
    switch (doubt) {
    case DOUBT_IMPLAUSIBLE:
        return tr(c, "implausible amount");
    case DOUBT_NO_QUANTITY:
        return tr(c, "without an amount");
    case DOUBT_NOT_PLACED:
        return tr(c, "not placed");
    case DOUBT_NO_DATE:
        return tr(c, "without a date");
    case DOUBT_CONFLICT:
        return tr(c, "sources disagree");
    case DOUBT_UNREAD:
        return tr(c, "with a name that is in no list");
    case DOUBT_REPEATED:
        return tr(c, "said more than once by one source");
    case DOUBT_ALIKE:
        return tr(c, "undecided: alike but not linked");
    case DOUBT_IMPRECISE:
        return tr(c, "placed in an area only");
    default:
        return "";
    }
}
