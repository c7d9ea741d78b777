/* situation.c - the first page: what matches a query, how much of it, when, where and of what kind. */
#include "base/json.h"
#include "page/chart.h"
#include "page/doubtful.h"
#include "page/part.h"

static const struct answer_options SITUATION = {.with_facets = true,
    .with_timeline = true,
    .with_marks = true,
    .with_rows = true,
    .with_totals = true,
    .facet_cap = 30,
    .mark_cap = 5000};

/* ---- head: chips, sentence, search ---------------------------------------------------------------------------- */

static void sentence(struct page *page, const struct answer *answer)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    if (answer->n_entities > 0) {
        part_counts(page, answer);
        return;
    }
    bool is_empty = page->snapshot->mentions.n == 0;
    html_leaf(h, "p", "sentence",
        slice_from(is_empty ? tr(c, "Nothing is here yet.")
                            : tr(c, "Nothing matches. Take a condition away, or widen the dates.")));
    if (is_empty) {
        html_open(h, "p");
        page_say(page, tr(c, "Import a file and link it: {commands}"),
            {"commands", SLICE("comity import FILE --recipe RECIPE && comity link"), SLICE_EMPTY});
        html_close(h, "p");
    }
}

/* ---- totals --------------------------------------------------------------------------------------------------- */

/* Counted once, and under it how far that may be off. */
static void once_cell(struct page *page, const struct view_total *total, struct slice range)
{
    struct html *h = &page->html;
    html_open(h, "td");
    html_attr(h, "class", "number");
    html_open(h, "strong");
    html_text(h, page_amount(page, total->dimension, total->once));
    html_close(h, "strong");
    if (range.len) {
        html_open(h, "small");
        html_text(h, range);
        html_close(h, "small");
    }
    html_close(h, "td");
}

static void total_cells(struct page *page, const struct view_total *total, struct slice range)
{
    struct html *h = &page->html;
    double surplus = total->plain - total->once;
    html_leaf(h, "td", "number", page_amount(page, total->dimension, total->plain));
    once_cell(page, total, range);
    html_leaf(h, "td", "number", page_amount(page, total->dimension, surplus));
    html_leaf(h, "td", "number", page_number(page, total->n_once));
}

static void total_row(
    struct page *page, struct slice name, struct slice address, const struct view_total *total, struct slice range)
{
    struct html *h = &page->html;
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "row");
    part_link(page, address, name);
    html_close(h, "th");
    total_cells(page, total, range);
    html_close(h, "tr");
}

static struct slice dimension_name(const struct page *page, uint32_t dimension)
{
    const struct unit_table *units = page->domain->units;
    return units && dimension < units->n_dimensions ? dimension_label(units, dimension, page->catalogue.language)
                                                    : SLICE_EMPTY;
}

static void group_row(struct page *page, const struct view_group_total *group, const struct review_intervals *intervals)
{
    const struct domain *domain = page->domain;
    const struct field *what = &domain->fields[domain->what];
    const struct concept_tree *tree = what->spec.concepts;
    struct slice name, address = SLICE_EMPTY;
    if (group->concept < tree->n_nodes) {
        name = concept_label(tree, group->concept, page->catalogue.language);
        address = page_toggle(page, "/", what->id, tree->nodes[group->concept].code);
    } else {
        name = slice_from(tr(&page->catalogue, "unknown"));
    }
    struct slice dimension = dimension_name(page, group->total.dimension);
    if (domain->units && domain->units->n_dimensions > 1 && dimension.len)
        name = page_format_text(page, "%.*s (%.*s)", SLICE_ARG(name), SLICE_ARG(dimension));
    /* What no group is known of is not drawn by itself: its cell would be that of all groups. */
    struct slice range = group->concept == CONCEPT_NONE ? SLICE_EMPTY
                                                        : doubtful_range(page, intervals, group->total.dimension,
                                                              group->concept, group->total.once);
    total_row(page, name, address, &group->total, range);
}

static void totals(struct page *page, const struct answer *answer, const struct review_intervals *intervals)
{
    struct html *h = &page->html;
    if (answer->n_totals == 0)
        return;
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {
        tr(c, "Group"), tr(c, "Plain sum"), tr(c, "Counted once"), tr(c, "Difference"), tr(c, "With an amount")};
    part_section(page, "totals", tr(&page->catalogue, "How much"));
    html_open(h, "div");
    html_attr(h, "class", "scroll");
    html_open(h, "table");
    part_table_head(page, names, 5, 1);
    html_open(h, "tbody");
    for (size_t i = 0; page->domain->what >= 0 && i < answer->n_groups && i < 12; i++)
        group_row(page, &answer->groups[i], intervals);
    html_close(h, "tbody");
    html_open(h, "tfoot");
    for (size_t i = 0; i < answer->n_totals; i++) {
        struct slice name = page_sentence_n(page, tr(&page->catalogue, "All, {dimension}"),
            &(struct say){"dimension", dimension_name(page, answer->totals[i].dimension), SLICE_EMPTY}, 1);
        const struct view_total *total = &answer->totals[i];
        total_row(page, name, SLICE_EMPTY, total,
            doubtful_range(page, intervals, total->dimension, CONCEPT_NONE, total->once));
    }
    html_close(h, "tfoot");
    html_close(h, "table");
    html_close(h, "div");
    html_leaf(h, "p", "note",
        slice_from(tr(&page->catalogue, "Plain sum: all rows as the sources give them. Counted once: what several rows "
                                        "tell of the same event counts once.")));
    html_close(h, "section");
}

/* ---- facets --------------------------------------------------------------------------------------------------- */

static void facet_value_item(struct page *page, const struct facet *facet, const struct facet_value *value)
{
    struct html *h = &page->html;
    html_open(h, "li");
    if (value->depth)
        html_attr_format(h, "class", "depth%u", value->depth < 4 ? value->depth : 4);
    html_open(h, "a");
    html_link(h, "href", page_toggle(page, "/", facet->key, value->key));
    if (value->is_selected)
        html_attr(h, "aria-current", "true");
    html_name(h, value->label.len ? value->label : slice_from(tr(&page->catalogue, "unknown")));
    html_leaf(h, "span", "count", page_number(page, value->count));
    html_close(h, "a");
    html_close(h, "li");
}

static bool is_facet_in_use(const struct facet *facet)
{
    for (size_t i = 0; i < facet->n_values; i++)
        if (facet->values[i].is_selected)
            return true;
    return false;
}

static bool is_worth_showing(const struct facet *facet)
{
    bool is_all_unknown = facet->n_values == 1 && facet->values[0].code == UINT32_MAX;
    return facet->n_values > 0 && !is_all_unknown;
}

/* What, which country and when are open from the start. */
static bool starts_open(const struct page *page, const struct facet *facet)
{
    const struct domain *domain = page->domain;
    return facet->field >= 0 &&
           (facet->field == domain->what || facet->field == domain->country || facet->field == domain->when);
}

static void facet_box(struct page *page, const struct facet *facet)
{
    struct html *h = &page->html;
    html_open(h, "details");
    if (starts_open(page, facet) || is_facet_in_use(facet))
        html_flag(h, "open");
    html_leaf(h, "summary", NULL, facet->label);
    html_open(h, "ul");
    for (size_t i = 0; i < facet->n_values; i++)
        facet_value_item(page, facet, &facet->values[i]);
    html_close(h, "ul");
    if (facet->n_more) {
        html_open(h, "p");
        html_attr(h, "class", "note");
        page_say(page, tr(&page->catalogue, "and {n} more"), {"n", page_number(page, facet->n_more), SLICE_EMPTY});
        html_close(h, "p");
    }
    html_close(h, "details");
}

static void facets(struct page *page, const struct answer *answer)
{
    struct html *h = &page->html;
    html_open(h, "aside");
    html_attr(h, "class", "facets");
    html_attr(h, "id", "facets");
    html_attr(h, "aria-label", tr(&page->catalogue, "Narrow down"));
    html_leaf(h, "h2", NULL, slice_from(tr(&page->catalogue, "Narrow down")));
    part_search(page);
    for (size_t i = 0; i < answer->n_facets; i++)
        if (is_worth_showing(&answer->facets[i]))
            facet_box(page, &answer->facets[i]);
    html_close(h, "aside");
}

/* ---- doubts --------------------------------------------------------------------------------------------------- */

static void doubts(struct page *page, const struct answer *answer)
{
    struct html *h = &page->html;
    uint64_t count[N_DOUBTS];
    part_doubt_counts(&answer->doubts, count);
    html_open(h, "p");
    html_attr(h, "class", "doubts");
    html_string(h, tr(&page->catalogue, "Doubtful:"));
    for (unsigned d = 0; d < N_DOUBTS; d++) {
        if (count[d] == 0)
            continue;
        html_string(h, " ");
        html_open(h, "a");
        html_link(h, "href",
            page_address(page, "/", -1, page_format_text(page, "doubtful=%s", doubt_word((enum doubt)d)).ptr));
        html_string(h, page_doubt_label(page, (enum doubt)d));
        html_string(h, " ");
        html_leaf(h, "span", "count", page_number(page, count[d]));
        html_close(h, "a");
    }
    html_close(h, "p");
}

/* ---- the page ------------------------------------------------------------------------------------------------- */

static void add_word(struct page *page, struct buffer *out, const char *name, const char *english)
{
    json_member(out, name, slice_from(tr(&page->catalogue, english)));
}

/* The words that the island shows, in the page's language. */
static struct slice island_words(struct page *page)
{
    struct buffer words;
    buffer_init(&words, 8192);
    buffer_add_byte(&words, '{');
    add_word(page, &words, "map", "Map of the places");
    add_word(page, &words, "zoomIn", "Closer");
    add_word(page, &words, "zoomOut", "Farther");
    add_word(page, &words, "home", "The whole world");
    add_word(page, &words, "close", "Close");
    add_word(page, &words, "records", "{n} records");
    add_word(page, &words, "area", "somewhere in this area");
    add_word(page, &words, "open", "Open");
    add_word(page, &words, "failed", "The map did not load. The list below says the same.");
    add_word(page, &words, "keys", "Arrow keys move, + and - zoom, n and p go from mark to mark, Enter opens");
    buffer_add_byte(&words, '}');
    struct slice kept =
        buffer_status(&words) == COMITY_OK ? arena_copy(page->arena, buffer_slice(&words)) : SLICE("{}");
    buffer_release(&words);
    return kept;
}

/* The groups that have a colour, in the order of the domain pack, so that a group has one colour on every map. */
static struct slice island_groups(struct page *page)
{
    const struct concept_tree *tree =
        page->domain->what < 0 ? NULL : page->domain->fields[page->domain->what].spec.concepts;
    struct slice parts[CHART_OTHER];
    size_t n = 0;
    for (size_t i = 1; tree && i < tree->n_nodes && n < CHART_OTHER; i++)
        if (tree->nodes[i].depth == 1)
            parts[n++] = tree->nodes[i].code;
    return page_joined(page, parts, n, " ");
}

static void island_data(struct page *page)
{
    struct html *h = &page->html;
    html_attr_slice(h, "data-src", page_here(page, ".json"));
    html_attr_slice(h, "data-records", page_address(page, "/records", -1, NULL));
    html_attr(h, "data-basemap", chart_basemap_address());
    html_attr_slice(h, "data-groups", island_groups(page));
    html_attr_slice(h, "data-words", island_words(page));
}

/* The island finds its data by data-src; what stands inside is shown until then, and where there is no script. */
static void map(struct page *page, const struct answer *answer)
{
    struct html *h = &page->html;
    if (page->domain->where < 0 && page->domain->country < 0)
        return;
    part_section(page, "map", tr(&page->catalogue, "Where"));
    html_open(h, "x-situation");
    island_data(page);
    chart_map(page, answer);
    html_close(h, "x-situation");
    chart_legend(page, answer);
    chart_places(page, answer);
    html_leaf(h, "p", "note",
        slice_from(tr(&page->catalogue,
            "The boundaries and names shown do not imply the expression of any opinion concerning the legal status of "
            "any country, territory, city or area, or of its authorities, or the delimitation of its frontiers.")));
    html_close(h, "section");
}

static void timeline(struct page *page, const struct answer *answer)
{
    if (answer->n_timeline == 0)
        return;
    part_section(page, "timeline", tr(&page->catalogue, "When"));
    html_open(&page->html, "div");
    html_attr(&page->html, "class", "scroll");
    chart_timeline(page, answer);
    html_close(&page->html, "div");
    html_close(&page->html, "section");
}

static void newest(struct page *page, const struct answer *answer)
{
    struct html *h = &page->html;
    if (answer->n_rows == 0)
        return;
    part_section(page, "list",
        page->query.sort == SORT_OLDEST    ? tr(&page->catalogue, "Oldest")
        : page->query.sort == SORT_LARGEST ? tr(&page->catalogue, "Largest")
                                           : tr(&page->catalogue, "Newest"));
    struct answer head = *answer;
    head.n_rows = answer->n_rows < 20 ? answer->n_rows : 20;
    list_table(page, &head,
        page_sentence_n(page, tr(&page->catalogue, "The first {n} of {all}"),
            (const struct say[]){{"n", page_number(page, head.n_rows), SLICE_EMPTY},
                {"all", page_number(page, answer->n_entities), SLICE_EMPTY}},
            2));
    html_open(h, "p");
    part_link(page, page_address(page, "/records", -1, NULL), slice_from(tr(&page->catalogue, "All in a table")));
    html_close(h, "p");
    html_close(h, "section");
}

static void write_html(struct page *page, const struct answer *answer)
{
    struct html *h = &page->html;
    struct slice title = slice_from(tr(&page->catalogue, page->route->title));
    const struct review_intervals *intervals = doubtful_intervals(page);
    frame_begin(page, part_title(page));
    html_leaf(h, "h1", "hidden", title);
    html_open(h, "div");
    html_attr(h, "class", "situation");
    facets(page, answer);
    html_open(h, "div");
    html_attr(h, "class", "answer");
    html_attr(h, "id", "answer");
    html_open(h, "a");
    html_attr(h, "class", "to-facets");
    html_link(h, "href", SLICE("#facets"));
    html_string(h, tr(&page->catalogue, "Narrow down"));
    html_close(h, "a");
    part_chips(page);
    sentence(page, answer);
    doubtful_note(page, intervals, answer->n_entities);
    doubts(page, answer);
    map(page, answer);
    timeline(page, answer);
    totals(page, answer, intervals);
    newest(page, answer);
    frame_exports(page);
    html_close(h, "div");
    html_close(h, "div");
    frame_end(page);
}

enum comity_status page_situation(struct page *page, struct comity_error *err)
{
    if (page->format == PAGE_CSV || page->format == PAGE_GEOJSON)
        return part_export(page, err);
    const struct answer *answer;
    enum comity_status status = part_answer(page, &SITUATION, &answer, err);
    if (status != COMITY_OK)
        return status;
    if (page->format == PAGE_JSON) {
        status = part_answer_json(page, answer, err);
        if (status == COMITY_OK)
            doubtful_json(page, answer);
        return status;
    }
    write_html(page, answer);
    return COMITY_OK;
}
