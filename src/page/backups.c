/* See backups.h. What went wrong is told in the program's own words, in English. */
#include "page/backups.h"

#include "base/json.h"
#include "keep/schedule.h"
#include "page/feeds.h"
#include "page/part.h"

static bool may_know(const struct page *page)
{
    return page->schedule && (!page->has_people || page->rights & RIGHT_ADMINISTER);
}

static void failure(struct page *page, const struct schedule_state *state)
{
    struct html *h = &page->html;
    const struct say since[] = {{"date", feeds_instant(page, state->failing_since), SLICE_EMPTY}};
    html_open(h, "p");
    html_leaf(h, "strong", "flag", page_sentence_n(page, tr(&page->catalogue, "Failing since {date}"), since, 1));
    html_close(h, "p");
    html_open(h, "p");
    html_attr(h, "lang", "en");
    html_name(h, slice_from(state->error));
    html_close(h, "p");
    if (!state->hint[0])
        return;
    html_open(h, "p");
    html_attr(h, "class", "note");
    html_attr(h, "lang", "en");
    html_name(h, slice_from(state->hint));
    html_close(h, "p");
}

void backups_section(struct page *page)
{
    struct schedule_state state;
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    if (!may_know(page))
        return;
    schedule_look(page->schedule, &state);
    part_section(page, "backups", tr(c, "Backups"));
    if (state.failing_since)
        failure(page, &state);
    html_open(h, "dl");
    html_attr(h, "class", "facts");
    part_term(page, tr(c, "Last backup"), state.last ? feeds_instant(page, state.last) : slice_from(tr(c, "None yet")));
    part_term(page, tr(c, "Next backup"),
        state.is_running ? slice_from(tr(c, "Being made now")) : feeds_instant(page, state.due));
    part_term(page, tr(c, "Every"), feeds_length(page, state.every_s));
    part_term(page, tr(c, "Kept in"), page_format_text(page, "%s", state.folder));
    part_term(page, tr(c, "Encrypted"), slice_from(state.is_encrypted ? tr(c, "Yes") : tr(c, "No")));
    html_close(h, "dl");
    html_close(h, "section");
}

static void instant(struct page *page, struct buffer *out, const char *name, int64_t seconds)
{
    json_member(out, name, feeds_iso(page, seconds));
}

void backups_json(struct page *page, struct buffer *out)
{
    struct schedule_state state;
    if (!may_know(page))
        return;
    schedule_look(page->schedule, &state);
    json_name(out, "backups");
    buffer_add_byte(out, '{');
    json_member(out, "folder", slice_from(state.folder));
    json_member_u64(out, "every_s", (uint64_t)state.every_s);
    json_member_u64(out, "keep", state.keep);
    json_member_bool(out, "is_encrypted", state.is_encrypted);
    json_member_bool(out, "is_running", state.is_running);
    instant(page, out, "last_success", state.last);
    json_member_u64(out, "bytes", state.size);
    instant(page, out, "failing_since", state.failing_since);
    json_member(out, "error", slice_from(state.error));
    json_member(out, "hint", slice_from(state.hint));
    instant(page, out, "next", state.due);
    buffer_add_byte(out, '}');
}
