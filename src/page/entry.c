/* One entry: what it says, how it differs from what readers see, who did what, and what can be done now. */
#include "base/error.h"
#include "page/entries.h"
#include "page/feeds.h"
#include "page/fields.h"
#include "page/part.h"
#include "share/gate.h"

#include <stdio.h>

enum { MOST_REASON = 2000 };

/* ---- what the pages of entries share ---------------------------------------------------------------------------- */

bool entries_number(struct slice text, uint64_t *number)
{
    *number = 0;
    if (!text.len || text.len > 15)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
        *number = *number * 10 + (uint64_t)(text.ptr[i] - '0');
    }
    return *number > 0;
}

static struct gate_entry_question question(const struct page *page, const struct entry *entry)
{
    return (struct gate_entry_question){.rights = page->rights,
        .name = page->account->name,
        .unit = page->account->unit,
        .author = entry->author,
        .entry_unit = entry->unit};
}

bool entries_may(const struct page *page, const struct entry *entry, enum entry_deed deed)
{
    struct gate_entry_question q = question(page, entry);
    return gate_ask_do(&q, deed) == GATE_ENTRY_OPEN;
}

enum comity_status entries_find(struct page *page, uint64_t id, struct entry *out, struct comity_error *err)
{
    enum comity_status status = store_entry(door_lock(page->door), &page->reader, id, page->arena, out, err);
    door_unlock(page->door);
    if (status != COMITY_OK)
        return status;
    struct gate_entry_question q = question(page, out);
    return gate_ask_see(&q) == GATE_ENTRY_OPEN ? COMITY_OK
                                               : error_set(err, COMITY_NOTFOUND, TELL("There is no such entry."));
}

enum comity_status entries_read(struct page *page, struct draft *draft, struct comity_error *err)
{
    struct entry_asking asking = {
        .domain = page->domain, .content = &draft->content, .now = page->now, .language = page->reader.language};
    return entry_read(&asking, page->arena, &draft->reading, err);
}

enum comity_status entries_load(
    struct page *page, const struct entry *entry, uint64_t version, struct draft *out, struct comity_error *err)
{
    struct entry_version found;
    out->entry = *entry;
    enum comity_status status =
        store_entry_version(door_lock(page->door), &page->reader, entry->id, version, page->arena, &found, err);
    door_unlock(page->door);
    if (status == COMITY_OK)
        status = entry_content_parse(found.content, page->arena, &out->content, err);
    return status == COMITY_OK ? entries_read(page, out, err) : status;
}

const char *entries_state(const struct page *page, const struct entry *entry)
{
    static const char *const names[N_ENTRY_STATES] = {[ENTRY_DRAFT] = TELL("Draft"),
        [ENTRY_SUBMITTED] = TELL("Waits for approval"),
        [ENTRY_RETURNED] = TELL("Returned"),
        [ENTRY_APPROVED] = TELL("Published"),
        [ENTRY_DISCARDED] = TELL("Discarded")};
    if (entry->is_retracted && entry->state == ENTRY_APPROVED)
        return tr(&page->catalogue, "Not shown any more");
    return tr(&page->catalogue, names[entry->state]);
}

const char *entries_deed(const struct page *page, enum entry_deed deed)
{
    static const char *const names[N_ENTRY_DEEDS] = {[ENTRY_SAVE] = TELL("saved"),
        [ENTRY_SUBMIT] = TELL("submitted"),
        [ENTRY_RETURN] = TELL("returned"),
        [ENTRY_APPROVE] = TELL("approved"),
        [ENTRY_RETRACT] = TELL("withdrawn"),
        [ENTRY_RESTORE] = TELL("restored"),
        [ENTRY_DISCARD] = TELL("discarded")};
    return tr(&page->catalogue, names[deed]);
}

const char *entries_address(struct page *page, const char *path, uint64_t id)
{
    return page_format_text(page, "%s%llu", path, (unsigned long long)id).ptr;
}

/* ---- what it says ----------------------------------------------------------------------------------------------- */

struct shown {
    struct draft draft;  /* of the version that is shown */
    struct draft before; /* of the version that readers see, where that is another */
    uint64_t version;
    bool has_before;
    struct entry_event *events;
    size_t n_events;
};

static struct slice text_of(const struct draft *draft, const char *key)
{
    return slice_trim(entry_text(&draft->content, slice_from(key)));
}

static void told(struct page *page, const struct form_place *place, struct slice text)
{
    const struct form_input *input = place->input;
    struct html *h = &page->html;
    uint32_t category = UINT32_MAX;
    if (input->field->spec.type == VALUE_CATEGORY && text.len)
        category = category_find(input->field->spec.categories, text);
    html_name(h, category == UINT32_MAX
                     ? text
                     : category_label(input->field->spec.categories, category, page->catalogue.language));
}

static void row(struct page *page, const struct shown *s, const struct form_place *place)
{
    char key[FORM_KEY];
    struct html *h = &page->html;
    form_key(place, key);
    struct slice now = text_of(&s->draft, key), before = s->has_before ? text_of(&s->before, key) : now;
    const struct entry_finding *found = entry_finding_at(&s->draft.reading, place);
    if (!now.len && !before.len)
        return;
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "row");
    html_text(h, domain_label(place->input->field->labels, place->input->field->id, page->catalogue.language));
    html_close(h, "th");
    html_open(h, "td");
    if (!slice_equal(now, before)) {
        html_open(h, "del");
        told(page, place, before.len ? before : SLICE("—"));
        html_close(h, "del");
        html_string(h, " ");
        html_open(h, "ins");
        told(page, place, now.len ? now : SLICE("—"));
        html_close(h, "ins");
    } else {
        told(page, place, now);
    }
    html_close(h, "td");
    html_open(h, "td");
    if (found && now.len) {
        html_name(h, found->text);
        if (found->message)
            html_leaf(h, "span", "flag", slice_from(tr(&page->catalogue, found->message)));
    }
    html_close(h, "td");
    html_close(h, "tr");
}

static unsigned lines_of(const struct shown *s, const struct form_section *section)
{
    unsigned now = entry_lines(&s->draft.content, section);
    unsigned before = s->has_before ? entry_lines(&s->before.content, section) : 0;
    return now > before ? now : before;
}

/* Whether this version, or the one before it, says anything in a section, or in a line of it. */
static bool says_anything(const struct shown *s, const struct form_section *section, unsigned line)
{
    char key[FORM_KEY];
    for (size_t i = 0; i < section->n_inputs; i++) {
        form_key(&(struct form_place){section, &section->inputs[i], line}, key);
        if (text_of(&s->draft, key).len || (s->has_before && text_of(&s->before, key).len))
            return true;
    }
    return false;
}

static void section_rows(struct page *page, const struct shown *s, const struct form_section *section, unsigned line)
{
    struct html *h = &page->html;
    if (!says_anything(s, section, line))
        return;
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "rowgroup");
    html_attr(h, "colspan", "3");
    html_text(h, domain_label(section->labels, section->id, page->catalogue.language));
    if (line)
        html_format(h, " %u", line);
    html_close(h, "th");
    html_close(h, "tr");
    for (size_t i = 0; i < section->n_inputs; i++)
        row(page, s, &(struct form_place){section, &section->inputs[i], line});
}

static void content_table(struct page *page, const struct shown *s)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const struct form *form = page->domain->form;
    const char *const names[] = {tr(c, "Field"), tr(c, "As it was typed"), tr(c, "Understood as")};
    part_section(page, "content", tr(c, "What it says"));
    part_table_begin(page, "content-heading", NULL);
    part_table_head(page, names, 3, 3);
    for (size_t i = 0; i < form->n_sections; i++) {
        const struct form_section *section = &form->sections[i];
        unsigned n = section->lines == FORM_ONCE ? 1 : lines_of(s, section);
        html_open(h, "tbody");
        for (unsigned line = 1; line <= n; line++)
            section_rows(page, s, section, section->lines == FORM_ONCE ? 0 : line);
        html_close(h, "tbody");
    }
    html_open(h, "tbody");
    part_table_end(page);
    entry_alike_told(page, &s->draft);
    html_close(h, "section");
}

/* ---- where it stands -------------------------------------------------------------------------------------------- */

static bool find_entity(const struct page *page, uint64_t identity, uint64_t *entity)
{
    const struct mentions *mentions = &page->snapshot->mentions;
    for (size_t i = 0; i < mentions->n; i++)
        if (mention_named(mentions, i) == identity) {
            const struct resolution *resolution = &page->snapshot->resolution;
            *entity = resolution->entity[resolution->of_mention[i]];
            return true;
        }
    return false;
}

static void records(struct page *page, const struct shown *s)
{
    struct html *h = &page->html;
    char code[64], key[ENTRY_PART_KEY];
    const struct entry *entry = &s->draft.entry;
    if (entry->published != entry_wanted(entry)) {
        html_open(h, "p");
        html_attr(h, "role", "status");
        html_attr(h, "id", "pending");
        html_string(h, tr(&page->catalogue, "The records are being brought up to date; it takes a few seconds."));
        html_close(h, "p");
    }
    if (!page->snapshot || !entry->published)
        return;
    entry_source_code(entry->unit, code);
    html_open(h, "p");
    html_string(h, tr(&page->catalogue, "Its records:"));
    for (unsigned line = 1; line <= page->domain->form->parts->most; line++) {
        uint64_t entity;
        entry_part_key(entry->id, line, key);
        if (!find_entity(page, store_key_identity(slice_from(code), slice_from(key)), &entity))
            continue;
        html_string(h, " ");
        part_link(page, page_entity_address(page, entity), page_format_text(page, "%llu", (unsigned long long)entity));
    }
    html_close(h, "p");
}

static void state(struct page *page, const struct shown *s)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const struct entry *entry = &s->draft.entry;
    html_open(h, "p");
    html_leaf(h, "strong", NULL, slice_from(entries_state(page, entry)));
    html_string(h, " · ");
    page_say(page, tr(c, "version {n} by {name}, {day}"), {"n", page_number(page, entry->version), SLICE_EMPTY},
        {"name", entry->author, SLICE_EMPTY}, {"day", feeds_instant(page, entry->changed), SLICE_EMPTY});
    html_close(h, "p");
    if (entry->approved && entry->approved != entry->version && !entry->is_retracted) {
        html_open(h, "p");
        page_say(page, tr(c, "Readers see version {n}."), {"n", page_number(page, entry->approved), SLICE_EMPTY});
        html_close(h, "p");
    }
    if (entry->is_retracted && entry->state != ENTRY_APPROVED)
        html_leaf(h, "p", "refusal",
            slice_from(tr(c, "What was published of it is retracted, and stays so until it is restored.")));
    if (s->version != entry->version) {
        html_open(h, "p");
        html_attr(h, "class", "refusal");
        page_say(
            page, tr(c, "This is version {n}, as it was then."), {"n", page_number(page, s->version), SLICE_EMPTY});
        html_close(h, "p");
    }
}

static void history(struct page *page, const struct shown *s)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {tr(c, "When"), tr(c, "Who"), tr(c, "What"), tr(c, "Version"), tr(c, "Reason")};
    part_section(page, "history", tr(c, "Who did what"));
    part_table_begin(page, "history-heading", NULL);
    part_table_head(page, names, 5, 5);
    html_open(h, "tbody");
    for (size_t i = s->n_events; i > 0; i--) {
        const struct entry_event *event = &s->events[i - 1];
        html_open(h, "tr");
        html_leaf(h, "td", NULL, feeds_instant(page, event->at));
        html_open(h, "td");
        html_name(h, event->who);
        html_close(h, "td");
        html_leaf(h, "td", NULL, slice_from(entries_deed(page, event->deed)));
        html_open(h, "td");
        part_link(page,
            page_format_text(page, "/entries/%llu?version=%llu&lang=%s", (unsigned long long)s->draft.entry.id,
                (unsigned long long)event->version, page->reader.language),
            page_number(page, event->version));
        html_close(h, "td");
        html_leaf(h, "td", NULL, event->reason);
        html_close(h, "tr");
    }
    part_table_end(page);
    html_close(h, "section");
}

/* ---- what can be done ------------------------------------------------------------------------------------------- */

static void deed_form(struct page *page, const struct entry *entry, enum entry_deed deed, const char *text, bool asks)
{
    static const struct field_look reason = {.type = "text"};
    static const char *const words[N_ENTRY_DEEDS] = {
#define X(symbol, number, name) [number] = name,
        ENTRY_DEED_TABLE(X)
#undef X
    };
    fields_begin(page, entries_address(page, "/entries/", entry->id));
    fields_do(page, words[deed]);
    fields_hidden(page, "version", page_format_text(page, "%llu", (unsigned long long)entry->version));
    if (asks)
        fields_input(page, "reason", tr(&page->catalogue, "Reason"), SLICE_EMPTY, &reason);
    fields_button(page, text);
    html_close(&page->html, "form");
}

static void edit_link(struct page *page, const struct entry *entry)
{
    const struct catalogue *c = &page->catalogue;
    html_open(&page->html, "p");
    part_link(page, page_format_text(page, "/edit/%llu?lang=%s", (unsigned long long)entry->id, page->reader.language),
        slice_from(entry->approved ? tr(c, "Correct it") : tr(c, "Go on writing")));
    html_close(&page->html, "p");
}

static void deeds(struct page *page, const struct shown *s)
{
    const struct catalogue *c = &page->catalogue;
    const struct entry *entry = &s->draft.entry;
    bool is_open = entry->state == ENTRY_DRAFT || entry->state == ENTRY_RETURNED;
    if (s->version != entry->version)
        return;
    part_section(page, "deeds", tr(c, "What can be done"));
    if ((is_open || entry->state == ENTRY_APPROVED) && entries_may(page, entry, ENTRY_SAVE))
        edit_link(page, entry);
    if (is_open && entries_may(page, entry, ENTRY_SUBMIT))
        deed_form(page, entry, ENTRY_SUBMIT, tr(c, "Submit for approval"), false);
    if (entry->state == ENTRY_SUBMITTED && entries_may(page, entry, ENTRY_APPROVE))
        deed_form(page, entry, ENTRY_APPROVE, tr(c, "Approve and publish"), false);
    else if (entry->state == ENTRY_SUBMITTED)
        html_leaf(&page->html, "p", NULL, slice_from(tr(c, "It waits for a reviewer who did not write it.")));
    if (entry->state == ENTRY_SUBMITTED && entries_may(page, entry, ENTRY_RETURN))
        deed_form(page, entry, ENTRY_RETURN, tr(c, "Return it"), true);
    if (entry->approved && !entry->is_retracted && entries_may(page, entry, ENTRY_RETRACT))
        deed_form(page, entry, ENTRY_RETRACT, tr(c, "Retract what was published"), true);
    if (entry->approved && entry->is_retracted && entries_may(page, entry, ENTRY_RESTORE))
        deed_form(page, entry, ENTRY_RESTORE, tr(c, "Restore what was retracted"), true);
    if (is_open && entries_may(page, entry, ENTRY_DISCARD))
        deed_form(page, entry, ENTRY_DISCARD, tr(c, "Discard the draft"), false);
    html_close(&page->html, "section");
}

/* ---- the page --------------------------------------------------------------------------------------------------- */

static enum comity_status load(struct page *page, struct shown *s, struct comity_error *err)
{
    uint64_t id;
    struct entry entry;
    if (!page->domain->form || !entries_number(page->subject, &id))
        return error_set(err, COMITY_NOTFOUND, TELL("There is no such entry."));
    enum comity_status status = entries_find(page, id, &entry, err);
    if (status != COMITY_OK)
        return status;
    if (!entries_number(page_own(page, "version"), &s->version))
        s->version = entry.version;
    status = entries_load(page, &entry, s->version, &s->draft, err);
    s->has_before = entry.approved && entry.approved != s->version;
    if (status == COMITY_OK && s->has_before)
        status = entries_load(page, &entry, entry.approved, &s->before, err);
    if (status == COMITY_OK) {
        status =
            store_entry_events(door_lock(page->door), &page->reader, id, page->arena, &s->events, &s->n_events, err);
        door_unlock(page->door);
    }
    return status;
}

static enum comity_status show(
    struct page *page, const struct shown *s, const struct comity_error *why, struct comity_error *err)
{
    struct html *h = &page->html;
    const struct entry *entry = &s->draft.entry;
    struct slice title = entry->title.len ? entry->title : slice_from(tr(&page->catalogue, "Entry"));
    frame_begin(page, title);
    html_open(h, "h1");
    html_name(h, title);
    html_close(h, "h1");
    fields_refusal(page, why);
    state(page, s);
    records(page, s);
    content_table(page, s);
    enum comity_status status = entry_files_section(page, entry, err);
    deeds(page, s);
    history(page, s);
    frame_end(page);
    return status;
}

enum comity_status page_entry(struct page *page, struct comity_error *err)
{
    struct shown shown = {0};
    enum comity_status status = load(page, &shown, err);
    return status == COMITY_OK ? show(page, &shown, NULL, err) : status;
}

static bool deed_sent(const struct page *page, enum entry_deed *deed)
{
#define X(symbol, number, name)                                                                                        \
    if (fields_does(page, name)) {                                                                                     \
        *deed = ENTRY_##symbol;                                                                                        \
        return *deed != ENTRY_SAVE;                                                                                    \
    }
    ENTRY_DEED_TABLE(X)
#undef X
    return false;
}

static bool needs_reason(enum entry_deed deed)
{
    return deed == ENTRY_RETURN || deed == ENTRY_RETRACT || deed == ENTRY_RESTORE;
}

static enum comity_status do_it(struct page *page, const struct shown *s, struct comity_error *err)
{
    enum entry_deed deed;
    uint64_t version;
    struct slice reason = slice_trim(fields_sent(page, "reason"));
    const struct entry *entry = &s->draft.entry;
    if (!deed_sent(page, &deed) || !entries_number(fields_sent(page, "version"), &version))
        return error_set(err, COMITY_USAGE, TELL("The form says nothing that can be done."));
    if (needs_reason(deed) && !reason.len)
        return error_set(err, COMITY_INPUT, TELL("Write a reason, so that others understand it later."));
    if (reason.len > MOST_REASON)
        return error_set(err, COMITY_LIMIT, TELL("That is more than the form holds."));
    /* What is done is done to what was looked at, and who wrote that is who the gate is asked about. */
    if (version != entry->version || s->version != entry->version)
        return error_set(err, COMITY_CONFLICT,
            TELL("Somebody else has changed this entry meanwhile. Look at it again before you go on."));
    struct gate_entry_question q = question(page, entry);
    enum gate_entry_answer gate = gate_ask_do(&q, deed);
    if (gate == GATE_ENTRY_OWN)
        return error_set(err, COMITY_REFUSED, TELL("Somebody else must approve what you wrote."));
    if (gate != GATE_ENTRY_OPEN)
        return error_set(err, COMITY_REFUSED, TELL("Your roles do not allow this."));
    if ((deed == ENTRY_SUBMIT || deed == ENTRY_APPROVE) && s->draft.reading.n_open)
        return error_set(
            err, COMITY_INPUT, TELL("Something is missing or not understood: go on writing, and check it."));
    enum comity_status status =
        store_entry_do(door_lock(page->door), entry->id, version, deed, reason, page->now, &page->reader, err);
    door_unlock(page->door);
    return status;
}

enum comity_status act_entry(struct page *page, struct comity_error *err)
{
    struct shown shown = {0};
    struct comity_error why = {0};
    enum comity_status status = load(page, &shown, err);
    if (status != COMITY_OK)
        return status;
    status = entry_files_does(page) ? entry_files_act(page, &shown.draft.entry, &why) : do_it(page, &shown, &why);
    if (status != COMITY_OK)
        return show(page, &shown, &why, err);
    fields_go(page, entries_address(page, "/entries/", shown.draft.entry.id));
    return COMITY_OK;
}
