/* chart_map.c - the map of a page without scripts (page/equal_earth.h). The area of a circle is its count. The land is
 * a picture of its own
 * (/static/world.svg, made from the base map), so that it is fetched once and kept. */
#include "page/chart.h"

#include "page/assets.h"
#include "page/equal_earth.h"
#include "page/part.h"

#include <math.h>
#include <stdlib.h>

enum { MAP_WIDTH = WORLD_WIDTH, MAP_HEIGHT = WORLD_HEIGHT, MOST_MARKS = 400, MOST_PLACES = 15 };

const char *chart_basemap_address(void)
{
    const struct asset *asset = asset_find("basemap.json");
    return asset ? asset->address : "";
}

static void land(struct html *h)
{
    const struct asset *world = asset_find("world.svg");
    if (!world)
        return;
    html_open(h, "image");
    html_link(h, "href", slice_from(world->address));
    html_attr_format(h, "width", "%d", MAP_WIDTH);
    html_attr_format(h, "height", "%d", MAP_HEIGHT);
    html_close(h, "image");
}

static int compare_marks(const void *a, const void *b)
{
    const struct mark *p = *(const struct mark *const *)a, *q = *(const struct mark *const *)b;
    if (p->count != q->count)
        return p->count > q->count ? -1 : 1;
    if (p->lat_e5 != q->lat_e5)
        return p->lat_e5 < q->lat_e5 ? -1 : 1;
    return p->lon_e5 < q->lon_e5 ? -1 : p->lon_e5 > q->lon_e5;
}

/* Biggest first, so that small circles lie on top of big ones. */
static const struct mark **ordered_marks(struct page *page, const struct answer *answer)
{
    const struct mark **marks = ARENA_ARRAY(page->arena, const struct mark *, answer->n_marks + 1);
    for (size_t i = 0; marks && i < answer->n_marks; i++)
        marks[i] = &answer->marks[i];
    if (marks && answer->n_marks)
        qsort(marks, answer->n_marks, sizeof *marks, compare_marks);
    return marks;
}

/* Whether a mark is the label point of an area, and no place of its own. */
static bool is_area(const struct mark *mark)
{
    return mark->precision >= PLACE_DISTRICT;
}

static void circle(struct page *page, const struct mark *mark, uint64_t most)
{
    struct html *h = &page->html;
    double x, y;
    equal_earth(mark->lon_e5 / 1e5, mark->lat_e5 / 1e5, &x, &y);
    html_open(h, "circle");
    html_attr_format(h, "cx", "%.1f", x);
    html_attr_format(h, "cy", "%.1f", y);
    html_attr_format(h, "r", "%.1f", 2 + 20 * sqrt((double)mark->count / (double)most));
    html_attr_format(h, "class", is_area(mark) ? "g%u area" : "g%u", chart_group_colour(page, mark->concept));
    html_open(h, "title");
    html_text(h, mark->label.len ? mark->label : page_kind_label(page, true));
    html_string(h, ": ");
    html_text(h, page_number(page, mark->count));
    html_close(h, "title");
    html_close(h, "circle");
}

static void places(struct page *page, const struct mark *const *marks, size_t n)
{
    struct html *h = &page->html;
    html_open(h, "details");
    html_leaf(h, "summary", NULL, slice_from(tr(&page->catalogue, "The places with most")));
    html_open(h, "ol");
    html_attr(h, "class", "places");
    for (size_t i = 0, shown = 0; i < n && shown < MOST_PLACES; i++) {
        if (marks[i]->label.len == 0)
            continue;
        shown++;
        html_open(h, "li");
        part_link(page, marks[i]->entity ? page_entity_address(page, marks[i]->entity) : SLICE_EMPTY, marks[i]->label);
        html_string(h, " ");
        html_leaf(h, "span", "count", page_number(page, marks[i]->count));
        html_close(h, "li");
    }
    html_close(h, "ol");
    html_close(h, "details");
}

void chart_map(struct page *page, const struct answer *answer)
{
    struct html *h = &page->html;
    const struct mark **marks = ordered_marks(page, answer);
    size_t n = marks ? answer->n_marks : 0;
    html_open(h, "svg");
    html_attr_format(h, "viewBox", "0 0 %d %d", MAP_WIDTH, MAP_HEIGHT);
    html_attr(h, "class", "world");
    html_attr(h, "role", "img");
    html_attr(h, "aria-label", tr(&page->catalogue, "Map of the places; the list below says the same"));
    land(h);
    for (size_t i = 0; i < n && i < MOST_MARKS; i++)
        circle(page, marks[i], marks[0]->count);
    html_close(h, "svg");
    if (n > MOST_MARKS) {
        html_open(h, "p");
        html_attr(h, "class", "note");
        page_say(page, tr(&page->catalogue, "The map shows the {n} largest of {all} marks."),
            {"n", page_number(page, MOST_MARKS), SLICE_EMPTY}, {"all", page_number(page, n), SLICE_EMPTY});
        html_close(h, "p");
    }
}

void chart_places(struct page *page, const struct answer *answer)
{
    const struct mark **marks = ordered_marks(page, answer);
    if (marks && answer->n_marks)
        places(page, marks, answer->n_marks);
}

/* ---- colours -------------------------------------------------------------------------------------------------- */

unsigned chart_group_colour(const struct page *page, uint32_t concept)
{
    const struct domain *domain = page->domain;
    const struct concept_tree *tree = domain->what < 0 ? NULL : domain->fields[domain->what].spec.concepts;
    unsigned colour = 0;
    if (!tree || concept >= tree->n_nodes)
        return CHART_OTHER;
    for (uint32_t i = 1; i < concept && colour < CHART_OTHER; i++)
        colour += tree->nodes[i].depth == 1;
    return colour;
}

static bool is_listed_before(const struct answer *answer, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (answer->groups[k].concept == answer->groups[i].concept)
            return true;
    return false;
}

static void legend_item(struct page *page, unsigned colour, struct slice name)
{
    struct html *h = &page->html;
    html_open(h, "li");
    html_open(h, "svg");
    html_attr(h, "viewBox", "0 0 12 12");
    html_attr(h, "aria-hidden", "true");
    html_open(h, "circle");
    html_attr_format(h, "class", "g%u", colour);
    html_attr(h, "cx", "6");
    html_attr(h, "cy", "6");
    html_attr(h, "r", "5");
    html_close(h, "circle");
    html_close(h, "svg");
    html_name(h, name);
    html_close(h, "li");
}

void chart_legend(struct page *page, const struct answer *answer)
{
    struct html *h = &page->html;
    const struct domain *domain = page->domain;
    bool has_other = false;
    if (domain->what < 0)
        return;
    const struct concept_tree *tree = domain->fields[domain->what].spec.concepts;
    html_open(h, "ul");
    html_attr(h, "class", "legend");
    for (size_t i = 0; i < answer->n_groups; i++) {
        uint32_t concept = answer->groups[i].concept;
        unsigned colour = chart_group_colour(page, concept);
        has_other = has_other || colour == CHART_OTHER;
        if (colour != CHART_OTHER && !is_listed_before(answer, i))
            legend_item(page, colour, concept_label(tree, concept, page->catalogue.language));
    }
    if (has_other)
        legend_item(page, CHART_OTHER, slice_from(tr(&page->catalogue, "others")));
    html_close(h, "ul");
}
