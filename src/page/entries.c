/* The list of a unit's entries: what waits for somebody first. */
#include "page/entries.h"
#include "base/error.h"

#include "page/feeds.h"
#include "page/part.h"

enum { MOST_SHOWN = 200 };

struct group {
    const char *id, *heading;
    unsigned states;
};

static const struct group groups[] = {
    {"submitted", TELL("Waiting for approval"), 1u << ENTRY_SUBMITTED},
    {"returned", TELL("Returned, to be mended"), 1u << ENTRY_RETURNED},
    {"drafts", TELL("Drafts"), 1u << ENTRY_DRAFT},
    {"published", TELL("Published and retracted"), 1u << ENTRY_APPROVED},
};

static void line(struct page *page, const struct entry *entry)
{
    struct html *h = &page->html;
    struct slice title =
        entry->title.len ? entry->title : page_format_text(page, "%llu", (unsigned long long)entry->id);
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "row");
    html_open(h, "a");
    html_link(h, "href",
        page_format_text(page, "/entries/%llu?lang=%s", (unsigned long long)entry->id, page->reader.language));
    html_name(h, title);
    html_close(h, "a");
    html_close(h, "th");
    html_leaf(h, "td", NULL, slice_from(entries_state(page, entry)));
    html_open(h, "td");
    html_name(h, entry->author);
    html_close(h, "td");
    html_leaf(h, "td", NULL, feeds_instant(page, entry->changed));
    html_close(h, "tr");
}

static void list(struct page *page, const struct group *group, const struct entry *entries, size_t n)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {tr(c, "Entry"), tr(c, "State"), tr(c, "Written by"), tr(c, "Changed")};
    if (!n)
        return;
    part_section(page, group->id, tr(c, group->heading));
    part_table_begin(page, page_format_text(page, "%s-heading", group->id).ptr, NULL);
    part_table_head(page, names, 4, 4);
    html_open(h, "tbody");
    for (size_t i = 0; i < n; i++)
        line(page, &entries[i]);
    part_table_end(page);
    if (n == MOST_SHOWN)
        part_number_of(page, tr(c, "The latest {n} are shown."), n);
    html_close(h, "section");
}

static void begin(struct page *page)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    frame_begin(page, slice_from(tr(c, "Entries")));
    html_leaf(h, "h1", NULL, slice_from(tr(c, "Entries")));
    html_open(h, "p");
    html_attr(h, "class", "actions");
    html_open(h, "a");
    html_attr(h, "class", "button");
    html_link(h, "href", page_format_text(page, "/entries/new?lang=%s", page->reader.language));
    html_string(h, tr(c, "New entry"));
    html_close(h, "a");
    html_close(h, "p");
}

enum comity_status page_entries(struct page *page, struct comity_error *err)
{
    struct entry *entries[sizeof groups / sizeof *groups];
    size_t n[sizeof groups / sizeof *groups], total = 0;
    enum comity_status status = COMITY_OK;
    struct store *store = door_lock(page->door);
    for (size_t i = 0; status == COMITY_OK && i < sizeof groups / sizeof *groups; i++) {
        status = store_entries(store, &page->reader, page->account->unit, groups[i].states, MOST_SHOWN, page->arena,
            &entries[i], &n[i], err);
        total += status == COMITY_OK ? n[i] : 0;
    }
    door_unlock(page->door);
    if (status != COMITY_OK)
        return status;
    begin(page);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        list(page, &groups[i], entries[i], n[i]);
    if (!total)
        html_leaf(&page->html, "p", NULL, slice_from(tr(&page->catalogue, "Your unit has entered nothing yet.")));
    frame_end(page);
    return COMITY_OK;
}
