/* The form: a new entry, a draft that is gone on with, or a correction. */
#include "base/error.h"
#include "page/entries.h"
#include "page/entry_pin.h"
#include "page/fields.h"
#include "page/part.h"
#include "share/secret.h"

/* ---- what was sent ---------------------------------------------------------------------------------------------- */

/* As maxlength counts them, near enough. */
static size_t n_letters(struct slice text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += ((unsigned char)text.ptr[i] & 0xC0) != 0x80;
    return n;
}

/* Keys that are none of the form's are no error: buttons, marks, and what a newer form of another day had. */
static enum comity_status read_sent(struct page *page, struct draft *draft, struct comity_error *err)
{
    const struct form *form = page->domain->form;
    struct entry_content *content = &draft->content;
    struct slice name, value;
    bool is_too_much = false;
    /* Two more for the point that a click may set. */
    content->cells = ARENA_ARRAY(page->arena, struct entry_cell, page->request->n_fields + 3);
    if (!content->cells)
        return error_nomem(err);
    for (size_t at = 0; http_form_next(page->request, &at, &name, &value);) {
        value = slice_trim(value);
        if (!value.len || !entry_knows(form, name) || entry_text(content, name).len)
            continue;
        is_too_much = is_too_much || content->n == ENTRY_MOST_CELLS || n_letters(value) > ENTRY_MOST_TEXT;
        content->cells[content->n++] = (struct entry_cell){name, value}; /* there is room for all that was sent */
    }
    return is_too_much ? error_set(err, COMITY_LIMIT, TELL("That is more than the form holds.")) : COMITY_OK;
}

/* "more:drugs": a line more than are shown. */
static void read_more(struct page *page, struct draft *draft)
{
    struct slice what = fields_sent(page, "do");
    if (!slice_starts_with(what, SLICE("more:")))
        return;
    draft->more_of = slice_of(what.ptr + 5, what.len - 5);
    draft->more = 1;
}

static bool version_sent(const struct page *page, uint64_t *version)
{
    return entries_number(fields_sent(page, "version"), version);
}

/* ---- the page --------------------------------------------------------------------------------------------------- */

static void hidden_fields(struct page *page, const struct draft *draft)
{
    if (draft->is_checked) /* once it is asked for, what is missing is told until it is there */
        fields_hidden(page, "checked", SLICE("yes"));
    if (draft->entry.id)
        fields_hidden(page, "version", page_format_text(page, "%llu", (unsigned long long)draft->entry.version));
    else
        fields_hidden(page, "nonce", draft->nonce);
}

/* What Enter does is what the first button of a form does: it must not be a click on the map. */
static void first_button(struct page *page)
{
    struct html *h = &page->html;
    html_open(h, "button");
    html_attr(h, "type", "submit");
    html_attr(h, "name", "do");
    html_attr(h, "value", "check");
    html_attr(h, "class", "hidden");
    html_attr(h, "tabindex", "-1");
    html_attr(h, "aria-hidden", "true");
    html_string(h, tr(&page->catalogue, "Check"));
    html_close(h, "button");
}

static const char *address(struct page *page, const struct draft *draft)
{
    return draft->entry.id ? entries_address(page, "/edit/", draft->entry.id) : "/entries/new";
}

static const char *heading(struct page *page, const struct draft *draft)
{
    const struct catalogue *c = &page->catalogue;
    return !draft->entry.id        ? tr(c, "New entry")
           : draft->entry.approved ? tr(c, "Correct an entry")
                                   : tr(c, "Go on with a draft");
}

static void open_count(struct page *page, const struct draft *draft)
{
    if (!draft->is_checked)
        return;
    html_open(&page->html, "p");
    html_attr(&page->html, "role", "status");
    html_attr(&page->html, "class", draft->reading.n_open ? "refusal" : "good");
    if (draft->reading.n_open)
        page_say(page, tr(&page->catalogue, "To mend before it can be submitted: {n}"),
            {"n", page_number(page, draft->reading.n_open), SLICE_EMPTY});
    else
        html_string(&page->html, tr(&page->catalogue, "Nothing is missing."));
    html_close(&page->html, "p");
}

static enum comity_status show(
    struct page *page, const struct draft *draft, const struct comity_error *why, struct comity_error *err)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    frame_begin(page, slice_from(heading(page, draft)));
    html_leaf(h, "h1", NULL, slice_from(heading(page, draft)));
    fields_refusal(page, why);
    open_count(page, draft);
    html_leaf(h, "p", "muted",
        slice_from(
            tr(c, "Write as you are used to: every field says what it was understood as. * is needed to submit.")));
    html_open(h, "div");
    html_attr(h, "id", "entry");
    html_attr(h, "class", "entry");
    fields_begin(page, address(page, draft));
    first_button(page);
    hidden_fields(page, draft);
    entry_form(page, draft);
    enum comity_status status = entry_alike_section(page, draft, err);
    html_open(h, "div");
    html_attr(h, "class", "buttons");
    fields_do_button(page, "save", tr(c, "Save as a draft"), false);
    fields_do_button(page, "check", tr(c, "Check"), false);
    fields_do_button(page, "submit", tr(c, "Save and submit"), true);
    html_close(h, "div");
    html_close(h, "form");
    html_close(h, "div");
    frame_end(page);
    return status;
}

/* What the script asks for while somebody types: only what is told of it. */
static enum comity_status show_findings(struct page *page, const struct draft *draft, struct comity_error *err)
{
    struct html *h = &page->html;
    page->response->type = "text/html; charset=utf-8";
    html_begin(h, &page->response->body);
    html_open(h, "div");
    entry_form_findings(page, draft);
    enum comity_status status = entry_alike_section(page, draft, err);
    html_close(h, "div");
    return status;
}

/* ---- doing ------------------------------------------------------------------------------------------------------ */

static enum comity_status save(struct page *page, struct draft *draft, struct comity_error *err)
{
    struct buffer content;
    struct entry_asking asking = {
        .domain = page->domain, .content = &draft->content, .now = page->now, .language = page->reader.language};
    buffer_init(&content, 1 << 20);
    entry_content_write(&draft->content, &content);
    struct entry_save save = {.id = draft->entry.id,
        .version = draft->entry.version,
        .nonce = draft->nonce,
        .unit = page->account->unit,
        .title = entry_title(&asking, &draft->reading, page->arena),
        .content = buffer_slice(&content),
        .now = page->now};
    enum comity_status status = buffer_status(&content) ? error_nomem(err) : COMITY_OK;
    if (status == COMITY_OK) {
        status = store_entry_save(door_lock(page->door), &save, &page->reader, page->arena, &draft->entry, err);
        door_unlock(page->door);
    }
    buffer_release(&content);
    return status;
}

static enum comity_status submit(struct page *page, const struct draft *draft, struct comity_error *err)
{
    enum comity_status status = store_entry_do(door_lock(page->door), draft->entry.id, draft->entry.version,
        ENTRY_SUBMIT, SLICE_EMPTY, page->now, &page->reader, err);
    door_unlock(page->door);
    return status;
}

static enum comity_status act(struct page *page, struct draft *draft, struct comity_error *err)
{
    struct comity_error why = {0};
    bool is_submit = fields_does(page, "submit");
    enum comity_status status = read_sent(page, draft, &why);
    bool is_pin = status == COMITY_OK && entry_pin_take(page, draft);
    if (status == COMITY_OK || status == COMITY_LIMIT) { /* nothing that was typed is lost over what is too long */
        struct comity_error unread = {0};
        if (entries_read(page, draft, &unread) != COMITY_OK) {
            status = unread.status;
            why = unread;
        }
    }
    if (status != COMITY_OK)
        return show(page, draft, &why, err);
    draft->is_checked = fields_sent(page, "checked").len > 0;
    if (fields_does(page, "look"))
        return show_findings(page, draft, err);
    read_more(page, draft);
    draft->is_checked = draft->is_checked || fields_does(page, "check") || is_submit;
    if (is_pin || !(is_submit || fields_does(page, "save")))
        return show(page, draft, NULL, err);
    if (is_submit && draft->reading.n_open) {
        page->response->status = 422;
        return show(page, draft, NULL, err);
    }
    status = save(page, draft, &why);
    /* Sent again after the answer was lost: what was submitted stays so. */
    if (status == COMITY_OK && is_submit && draft->entry.state != ENTRY_SUBMITTED)
        status = submit(page, draft, &why);
    if (status != COMITY_OK)
        return show(page, draft, &why, err);
    fields_go(page, entries_address(page, "/entries/", draft->entry.id));
    return COMITY_OK;
}

/* ---- a new one -------------------------------------------------------------------------------------------------- */

/* What is the same from case to case is filled in: one's unit. */
static enum comity_status begin_new(struct page *page, struct draft *draft, struct comity_error *err)
{
    char nonce[TOKEN_TEXT];
    struct secret_hash hash;
    token_make(nonce, &hash);
    *draft = (struct draft){.entry = {.unit = page->account->unit}};
    draft->nonce = page_format_text(page, "%s", nonce);
    draft->content.cells = ARENA_ARRAY(page->arena, struct entry_cell, 4);
    if (!draft->nonce.ptr || !draft->content.cells)
        return error_nomem(err);
    if (page->account->unit.len && page->domain->form->unit)
        draft->content.cells[draft->content.n++] =
            (struct entry_cell){page->domain->form->unit->field->id, page->account->unit};
    return entries_read(page, draft, err);
}

static enum comity_status need_form(const struct page *page, struct comity_error *err)
{
    return page->domain->form && page->account ? COMITY_OK
                                               : error_set(err, COMITY_NOTFOUND, TELL("Nothing can be entered here."));
}

enum comity_status page_entry_new(struct page *page, struct comity_error *err)
{
    struct draft draft;
    enum comity_status status = need_form(page, err);
    if (status == COMITY_OK)
        status = begin_new(page, &draft, err);
    return status == COMITY_OK ? show(page, &draft, NULL, err) : status;
}

enum comity_status act_entry_new(struct page *page, struct comity_error *err)
{
    struct draft draft = {0};
    enum comity_status status = need_form(page, err);
    if (status != COMITY_OK)
        return status;
    draft.entry.unit = page->account->unit;
    draft.nonce = fields_sent(page, "nonce");
    if (draft.nonce.len < 16 || draft.nonce.len > 64)
        return error_set(err, COMITY_USAGE, TELL("The form says nothing that can be done."));
    return act(page, &draft, err);
}

/* ---- one that is there ------------------------------------------------------------------------------------------ */

static enum comity_status find(struct page *page, struct draft *draft, struct comity_error *err)
{
    uint64_t id;
    enum comity_status status = need_form(page, err);
    if (status != COMITY_OK)
        return status;
    if (!entries_number(page->subject, &id))
        return error_set(err, COMITY_NOTFOUND, TELL("There is no such entry."));
    *draft = (struct draft){0};
    return entries_find(page, id, &draft->entry, err);
}

enum comity_status page_entry_edit(struct page *page, struct comity_error *err)
{
    struct draft draft = {0};
    enum comity_status status = find(page, &draft, err);
    if (status == COMITY_OK)
        status = entries_load(page, &draft.entry, draft.entry.version, &draft, err);
    if (status == COMITY_OK && draft.entry.state == ENTRY_RETURNED)
        draft.is_checked = true;
    return status == COMITY_OK ? show(page, &draft, NULL, err) : status;
}

enum comity_status act_entry_edit(struct page *page, struct comity_error *err)
{
    struct draft draft = {0};
    enum comity_status status = find(page, &draft, err);
    if (status == COMITY_OK && !version_sent(page, &draft.entry.version))
        status = error_set(err, COMITY_USAGE, TELL("The form says nothing that can be done."));
    return status == COMITY_OK ? act(page, &draft, err) : status;
}
