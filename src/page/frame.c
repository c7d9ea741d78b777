/* frame.c - what stands around every page: head, menu, languages, banner, footer. */
#include "page/page.h"

#include "page/assets.h"

static void link_asset(struct html *h, const char *name)
{
    const struct asset *asset = asset_find(name);
    if (!asset)
        return;
    bool is_script = slice_ends_with(slice_from(name), SLICE(".js"));
    if (is_script) {
        html_open(h, "script");
        html_attr(h, "type", "module");
        html_link(h, "src", slice_from(asset->address));
        html_close(h, "script");
        return;
    }
    bool is_icon = slice_ends_with(slice_from(name), SLICE(".svg"));
    html_void(h, "link");
    html_attr(h, "rel", is_icon ? "icon" : "stylesheet");
    html_link(h, "href", slice_from(asset->address));
}

static void meta(struct html *h, const char *name, const char *content)
{
    html_void(h, "meta");
    html_attr(h, "name", name);
    html_attr(h, "content", content);
}

/* Machine-readable twins, for clients that look for them. */
static void alternates(struct page *page)
{
    static const char *const TYPES[] = {"text/html", "application/json", "text/csv", "application/geo+json"};
    static const char *const ENDS[] = {"", ".json", ".csv", ".geojson"};
    for (unsigned i = 1; page->route && i < 4; i++) {
        if (!(page->route->formats & 1u << i))
            continue;
        html_void(&page->html, "link");
        html_attr(&page->html, "rel", "alternate");
        html_attr(&page->html, "type", TYPES[i]);
        html_link(&page->html, "href", page_here(page, ENDS[i]));
    }
}

static void head(struct page *page, struct slice title)
{
    struct html *h = &page->html;
    html_open(h, "head");
    html_void(h, "meta");
    html_attr(h, "charset", "utf-8");
    html_open(h, "title");
    html_text(h, title);
    html_string(h, " · Comity");
    html_close(h, "title");
    meta(h, "viewport", "width=device-width, initial-scale=1");
    meta(h, "color-scheme", "light dark");
    link_asset(h, "icon.svg");
    link_asset(h, "style.css");
    link_asset(h, "core.js");
    if (page->route && page->route->island)
        link_asset(h, page->route->island);
    alternates(page);
    html_close(h, "head");
}

static void menu_link(struct page *page, const char *path, const char *text)
{
    struct html *h = &page->html;
    html_open(h, "a");
    html_link(h, "href", page_format_text(page, "%s?lang=%s", path, page->reader.language));
    html_string(h, text);
    html_close(h, "a");
}

/* Who is logged in. */
static void person(struct page *page)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    if (!page->account)
        return;
    html_open(h, "nav");
    html_attr(h, "aria-label", tr(c, "Your account"));
    if (page->rights & RIGHT_ENTER && page->domain->form)
        menu_link(page, "/entries", tr(c, "Entries"));
    menu_link(page, "/account", page->account->name.ptr);
    if (page->rights & RIGHT_ADMINISTER)
        menu_link(page, "/people", tr(c, "People"));
    if (page->rights & RIGHT_AUDIT)
        menu_link(page, "/ledger", tr(c, "Ledger"));
    menu_link(page, "/logout", tr(c, "Log out"));
    html_close(h, "nav");
}

static void menu(struct page *page)
{
    struct html *h = &page->html;
    size_t n;
    const struct route *routes = page_routes(&n);
    if (!page->snapshot)
        return;
    html_open(h, "nav");
    html_attr(h, "aria-label", tr(&page->catalogue, "Pages"));
    for (size_t i = 0; i < n; i++) {
        if (!routes[i].is_in_menu)
            continue;
        html_open(h, "a");
        html_link(h, "href", page_address(page, routes[i].pattern, -1, NULL));
        if (page->route == &routes[i])
            html_attr(h, "aria-current", "page");
        html_string(h, tr(&page->catalogue, routes[i].title));
        html_close(h, "a");
    }
    html_close(h, "nav");
}

static void banner(struct page *page)
{
    struct html *h = &page->html;
    if (!page_is_simulated(page))
        return;
    html_open(h, "p");
    html_attr(h, "class", "banner");
    html_attr(h, "role", "note");
    html_text(h, page_simulated_note(page));
    html_close(h, "p");
}

static void top(struct page *page)
{
    struct html *h = &page->html;
    html_open(h, "header");
    html_attr(h, "class", "top");
    html_open(h, "a");
    html_attr(h, "class", "brand");
    html_link(h, "href", page_home(page));
    html_string(h, "Comity");
    html_close(h, "a");
    if (page->domain)
        html_leaf(h, "span", "subject", domain_label(page->domain->labels, page->domain->id, page->catalogue.language));
    menu(page);
    person(page);
    html_close(h, "header");
    banner(page);
}

/* Where the script says, politely, that what is shown is no longer all. Empty, and so not there, without it. */
static void news(struct page *page)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    html_open(h, "p");
    html_attr(h, "id", "news");
    html_attr(h, "role", "status");
    html_attr(h, "data-changed", tr(c, "New data has come in."));
    html_attr(h, "data-intake", tr(c, "There is news of a feed."));
    html_attr(h, "data-show", tr(c, "Show it"));
    html_close(h, "p");
}

void frame_begin(struct page *page, struct slice title)
{
    struct html *h = &page->html;
    page->response->type = "text/html; charset=utf-8";
    buffer_add_string(&page->response->body, "<!doctype html>\n");
    html_begin(h, &page->response->body);
    html_open(h, "html");
    html_attr(h, "lang", page->reader.language);
    html_attr(h, "dir", language_direction(page->catalogue.language));
    if (page->snapshot)
        html_attr_format(h, "data-sequence", "%llu", (unsigned long long)page->snapshot->sequence);
    head(page, title);
    html_open(h, "body");
    html_open(h, "a");
    html_attr(h, "class", "skip");
    html_link(h, "href", SLICE("#main"));
    html_string(h, tr(&page->catalogue, "Skip to the content"));
    html_close(h, "a");
    top(page);
    if (page->snapshot && page->route)
        news(page);
    html_open(h, "main");
    html_attr(h, "id", "main");
}

static void languages(struct page *page)
{
    struct html *h = &page->html;
    char extra[16] = "lang=";
    html_open(h, "nav");
    html_attr(h, "class", "languages");
    html_attr(h, "aria-label", tr(&page->catalogue, "Language"));
    for (int i = 0; i < N_LANGUAGES; i++) {
        memcpy(extra + 5, language_code(i), 3);
        html_open(h, "a");
        html_link(h, "href", page_in_language(page, extra));
        html_attr(h, "lang", language_code(i));
        html_attr(h, "hreflang", language_code(i));
        html_attr(h, "dir", language_direction(i));
        if (i == page->catalogue.language)
            html_attr(h, "aria-current", "true");
        html_string(h, language_own_name(i));
        html_close(h, "a");
    }
    html_close(h, "nav");
}

void frame_exports(struct page *page)
{
    static const char *const NAMES[] = {"", "JSON", "CSV", "GeoJSON"};
    static const char *const ENDS[] = {"", ".json", ".csv", ".geojson"};
    struct html *h = &page->html;
    html_open(h, "p");
    html_attr(h, "class", "exports");
    html_string(h, tr(&page->catalogue, "The same as:"));
    for (unsigned i = 1; i < 4; i++) {
        if (!(page->route->formats & 1u << i))
            continue;
        html_string(h, " ");
        html_open(h, "a");
        html_link(h, "href", page_here(page, ENDS[i]));
        html_string(h, NAMES[i]);
        html_close(h, "a");
    }
    html_close(h, "p");
}

void frame_end(struct page *page)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    html_close(h, "main");
    html_open(h, "footer");
    html_open(h, "p");
    if (page->snapshot)
        page_say(page, tr(c, "State of the data: change {sequence}."),
            {"sequence", page_number(page, page->snapshot->sequence), SLICE_EMPTY});
    html_close(h, "p");
    if (page->snapshot && page->snapshot->has_own_partition)
        html_leaf(h, "p", NULL,
            slice_from(tr(c, "Your role leaves out restricted fields: totals, and what counts as one event, are found "
                             "without them.")));
    if (page->snapshot) {
        html_open(h, "p");
        menu_link(page, "/codebook", tr(c, "Codebook"));
        html_close(h, "p");
    }
    html_leaf(h, "p", NULL,
        slice_from(tr(c,
            "Comity is free software. It is independent of the United Nations, which neither made nor endorses it.")));
    if (page->route && (page->snapshot || page->route->place != ROUTE_DATA))
        languages(page);
    html_close(h, "footer");
    html_close(h, "body");
    html_close(h, "html");
    buffer_add_byte(&page->response->body, '\n');
}

/* By its kind, or by a licence that begins with the word ("simulated data, free to use"). */
static bool is_simulated(const struct source_info *source)
{
    struct slice word = SLICE("simulated");
    struct slice licence =
        slice_of(source->licence.ptr, source->licence.len < word.len ? source->licence.len : word.len);
    return slice_equal_nocase(source->kind, word) || slice_equal_nocase(licence, word);
}

bool page_is_simulated(const struct page *page)
{
    if (!page->snapshot)
        return false;
    const struct mentions *mentions = &page->snapshot->mentions;
    for (size_t i = 0; i < mentions->n_sources; i++)
        if (is_simulated(&mentions->sources[i]))
            return true;
    return false;
}

struct slice page_simulated_note(const struct page *page)
{
    if (!page_is_simulated(page))
        return SLICE_EMPTY;
    return slice_from(tr(&page->catalogue, "Simulated data: none of these events has happened."));
}
