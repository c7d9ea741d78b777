/* The list of a unit's entries: what waits for somebody first; many can be approved at once. */
#include "page/entries.h"
#include "base/error.h"
#include "page/feeds.h"
#include "page/fields.h"
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

/* What a tick says: "12:3", entry and version, so that nothing is approved that was not looked at. */
static void tick(struct page *page, const struct entry *entry, struct slice title)
{
    struct html *h = &page->html;
    html_open(h, "td");
    if (entries_may(page, entry, ENTRY_APPROVE)) {
        html_void(h, "input");
        html_attr(h, "type", "checkbox");
        html_attr(h, "name", "entry");
        html_attr_format(h, "value", "%llu:%llu", (unsigned long long)entry->id, (unsigned long long)entry->version);
        html_attr_slice(h, "aria-label", title);
    }
    html_close(h, "td");
}

static void line(struct page *page, const struct entry *entry, bool has_tick)
{
    struct html *h = &page->html;
    struct slice title =
        entry->title.len ? entry->title : page_format_text(page, "%llu", (unsigned long long)entry->id);
    html_open(h, "tr");
    if (has_tick)
        tick(page, entry, title);
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
    const char *const names[] = {
        tr(c, "Approve"), tr(c, "Entry"), tr(c, "State"), tr(c, "Written by"), tr(c, "Changed")};
    bool has_tick = n && group->states == 1u << ENTRY_SUBMITTED && page->rights & RIGHT_APPROVE;
    size_t first = has_tick ? 0 : 1;
    if (!n)
        return;
    part_section(page, group->id, tr(c, group->heading));
    if (has_tick)
        fields_begin(page, "/entries");
    part_table_begin(page, page_format_text(page, "%s-heading", group->id).ptr, NULL);
    part_table_head(page, names + first, 5 - first, 5 - first);
    html_open(h, "tbody");
    for (size_t i = 0; i < n; i++)
        line(page, &entries[i], has_tick);
    part_table_end(page);
    if (has_tick) {
        fields_do(page, "approve");
        fields_button(page, tr(c, "Approve and publish what is ticked"));
        html_close(h, "form");
    }
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
    part_link(page, page_format_text(page, "/entries/paste?lang=%s", page->reader.language),
        slice_from(tr(c, "Paste or upload")));
    html_close(h, "p");
}

static enum comity_status show(struct page *page, const struct comity_error *why, struct comity_error *err)
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
    fields_refusal(page, why);
    for (size_t i = 0; i < sizeof groups / sizeof *groups; i++)
        list(page, &groups[i], entries[i], n[i]);
    if (!total)
        html_leaf(&page->html, "p", NULL, slice_from(tr(&page->catalogue, "Your unit has entered nothing yet.")));
    frame_end(page);
    return COMITY_OK;
}

enum comity_status page_entries(struct page *page, struct comity_error *err)
{
    return show(page, NULL, err);
}

/* ---- approving many --------------------------------------------------------------------------------------------- */

/* What is approved is what was looked at, and is whole under the form of today. */
static enum comity_status looked_at(
    struct page *page, const struct entry *entry, uint64_t version, struct comity_error *err)
{
    struct draft draft = {0};
    if (version != entry->version)
        return error_set(err, COMITY_CONFLICT,
            TELL("Somebody else has changed this entry meanwhile. Look at it again before you go on."));
    enum comity_status status = entries_load(page, entry, version, &draft, err);
    return status == COMITY_OK && draft.reading.n_open
               ? error_set(
                     err, COMITY_INPUT, TELL("Something is missing or not understood: go on writing, and check it."))
               : status;
}

static enum comity_status approve(struct page *page, struct slice ticked, struct comity_error *err)
{
    uint64_t id, version;
    struct entry entry;
    struct slice rest = ticked, number = slice_cut(&rest, ':');
    if (!entries_number(number, &id) || !entries_number(rest, &version))
        return error_set(err, COMITY_USAGE, TELL("The form says nothing that can be done."));
    enum comity_status status = entries_find(page, id, &entry, err);
    if (status == COMITY_OK)
        status = looked_at(page, &entry, version, err);
    if (status == COMITY_OK && !entries_may(page, &entry, ENTRY_APPROVE))
        return error_set(err, COMITY_REFUSED, TELL("Somebody else must approve what you wrote."));
    if (status == COMITY_OK) {
        status = store_entry_do(
            door_lock(page->door), id, version, ENTRY_APPROVE, SLICE_EMPTY, page->now, &page->reader, err);
        door_unlock(page->door);
    }
    return status;
}

/* One after another, each a deed of its own: what was approved stays so where a later one is refused, which is told. */
enum comity_status act_entries(struct page *page, struct comity_error *err)
{
    struct comity_error why = {0};
    struct slice name, value;
    enum comity_status status = COMITY_OK;
    for (size_t at = 0; http_form_next(page->request, &at, &name, &value);) {
        struct comity_error refused = {0};
        if (!slice_is(name, "entry") || approve(page, value, &refused) == COMITY_OK)
            continue;
        status = refused.status;
        why = refused;
    }
    if (status != COMITY_OK)
        return show(page, &why, err);
    fields_go(page, "/entries");
    return COMITY_OK;
}
