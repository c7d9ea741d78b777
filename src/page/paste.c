/* Rows pasted from a spreadsheet, or a filled template: shown with what was understood, then saved. What stays to be
 * mended stays in the text. */
#include "page/paste.h"

#include "base/error.h"
#include "base/hash.h"
#include "page/fields.h"
#include "page/part.h"
#include "share/secret.h"

#include <stdio.h>

static const char ADDRESS[] = "/entries/paste";

bool paste_is_good(const struct paste_entry *entry)
{
    return !entry->reading.n_open && !entry->has_conflict;
}

/* ---- the page --------------------------------------------------------------------------------------------------- */

static void order(struct page *page, const struct entry_table *table)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    html_open(h, "details");
    html_leaf(h, "summary", NULL, slice_from(tr(c, "Which columns there are, and in which order without a header")));
    html_open(h, "ol");
    html_attr(h, "class", "columns");
    for (size_t i = 0; i < table->n; i++) {
        html_open(h, "li");
        html_name(h, entry_column_label(table, &table->columns[i], c->language, page->arena));
        if (table->columns[i].is_needed)
            html_leaf(h, "span", "needed", SLICE(" *"));
        html_close(h, "li");
    }
    html_close(h, "ol");
    html_close(h, "details");
}

static void text_box(struct page *page, struct slice text)
{
    struct html *h = &page->html;
    html_open(h, "label");
    html_attr(h, "for", "pasted-rows");
    html_string(h, tr(&page->catalogue, "Rows, with the names of the columns above them"));
    html_close(h, "label");
    html_open(h, "textarea");
    html_attr(h, "id", "pasted-rows");
    html_attr(h, "name", "rows");
    html_attr(h, "rows", "10");
    html_attr(h, "wrap", "off");
    html_attr(h, "spellcheck", "false");
    html_attr(h, "dir", "auto");
    html_text(h, text);
    html_close(h, "textarea");
}

static bool has_any(const struct pasting_page *pasting)
{
    return pasting->is_read && pasting->paste.n_rows > 0;
}

static void form(struct page *page, const struct pasting_page *pasting)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    html_open(h, "div");
    html_attr(h, "class", "entry");
    fields_begin(page, ADDRESS);
    fields_hidden(page, "nonce", pasting->nonce);
    text_box(page, pasting->text);
    html_open(h, "div");
    html_attr(h, "class", "buttons");
    fields_do_button(page, "check", tr(c, "Look at it"), !has_any(pasting));
    if (has_any(pasting)) {
        fields_do_button(page, "save", tr(c, "Save as drafts"), false);
        fields_do_button(page, "submit", tr(c, "Save and submit those without faults"), true);
    }
    html_close(h, "div");
    html_close(h, "form");
    html_close(h, "div");
}

static void upload_form(struct page *page)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    part_section(page, "file", tr(c, "Or upload a file"));
    html_open(h, "p");
    html_open(h, "a");
    html_link(h, "href", page_format_text(page, "/template.xlsx?lang=%s", page->reader.language));
    html_string(h, tr(c, "An empty template, to fill in"));
    html_close(h, "a");
    html_close(h, "p");
    fields_begin_files(page, ADDRESS);
    html_open(h, "label");
    html_leaf(h, "span", NULL, slice_from(tr(c, "A filled template, or another table with a header")));
    html_void(h, "input");
    html_attr(h, "type", "file");
    html_attr(h, "name", "file");
    html_attr(h, "accept", ".xlsx,.ods,.csv,.tsv");
    html_flag(h, "required");
    html_leaf(h, "small", NULL, slice_from(tr(c, "Nothing is saved before you have looked at it.")));
    html_close(h, "label");
    fields_button(page, tr(c, "Upload"));
    html_close(h, "form");
    html_close(h, "section");
}

static void saved(struct page *page, const struct pasting_page *pasting)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    if (!pasting->n_saved)
        return;
    html_open(h, "div");
    html_attr(h, "class", "good");
    html_attr(h, "role", "status");
    html_open(h, "p");
    part_number_of(
        page, pasting->n_submitted ? tr(c, "Submitted: {n}") : tr(c, "Saved as drafts: {n}"), pasting->n_saved);
    html_close(h, "p");
    html_open(h, "ul");
    for (size_t i = 0; i < pasting->n_saved; i++) {
        html_open(h, "li");
        part_link(page,
            page_format_text(
                page, "/entries/%llu?lang=%s", (unsigned long long)pasting->saved[i].id, page->reader.language),
            pasting->saved[i].title);
        html_close(h, "li");
    }
    html_close(h, "ul");
    html_close(h, "div");
}

static void counts(struct page *page, const struct pasting_page *pasting)
{
    const struct paste *paste = &pasting->paste;
    size_t n_good = 0, n_lost = 0, n_left = 0;
    for (size_t i = 0; i < paste->n_entries; i++) {
        n_left += !pasting->is_done || !pasting->is_done[i];
        n_good += (!pasting->is_done || !pasting->is_done[i]) && paste_is_good(&paste->entries[i]);
    }
    for (size_t i = 0; i < paste->n_rows; i++)
        n_lost += paste->rows[i].fault != NULL;
    html_open(&page->html, "p");
    html_attr(&page->html, "role", "status");
    html_attr(&page->html, "class", n_good == n_left && !n_lost ? "good" : "refusal");
    page_say(page, tr(&page->catalogue, "Entries: {n}; without faults: {good}; rows that are of no entry: {lost}."),
        {"n", page_number(page, n_left), SLICE_EMPTY}, {"good", page_number(page, n_good), SLICE_EMPTY},
        {"lost", page_number(page, n_lost), SLICE_EMPTY});
    html_close(&page->html, "p");
}

static enum comity_status show(struct page *page, const struct pasting_page *pasting, const struct comity_error *why)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    frame_begin(page, slice_from(tr(c, "Paste or upload")));
    html_leaf(h, "h1", NULL, slice_from(tr(c, "Paste or upload")));
    fields_refusal(page, why);
    saved(page, pasting);
    html_leaf(h, "p", "muted",
        slice_from(tr(c, "Copy rows from a spreadsheet and paste them here. Names of columns are understood in any "
                         "language; rows with the same case number become one entry. At most 200 rows at once.")));
    if (has_any(pasting)) {
        counts(page, pasting);
        paste_table(page, pasting);
    }
    form(page, pasting);
    order(page, &pasting->table);
    upload_form(page);
    frame_end(page);
    return COMITY_OK;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static enum comity_status begin(struct page *page, struct pasting_page *pasting, struct comity_error *err)
{
    *pasting = (struct pasting_page){0};
    if (!page->domain->form || !page->account)
        return error_set(err, COMITY_NOTFOUND, TELL("Nothing can be entered here."));
    return entry_table_make(page->domain, catalogue_word, page->arena, &pasting->table, err);
}

static enum comity_status make_nonce(struct page *page, struct pasting_page *pasting, struct comity_error *err)
{
    char nonce[TOKEN_TEXT];
    struct secret_hash hash;
    token_make(nonce, &hash);
    pasting->nonce = page_format_text(page, "%s", nonce);
    return pasting->nonce.ptr ? COMITY_OK : error_nomem(err);
}

static enum comity_status read_text(struct page *page, struct pasting_page *pasting, struct comity_error *err)
{
    struct paste_asking asking = {.table = &pasting->table,
        .text = pasting->text,
        .agency = page->account->unit,
        .agency_key = page->domain->form->unit ? page->domain->form->unit->field->id.ptr : "",
        .now = page->now,
        .language = page->catalogue.language};
    enum comity_status status = paste_read(&asking, page->arena, &pasting->paste, err);
    pasting->is_read = status == COMITY_OK;
    return status;
}

/* ---- saving ----------------------------------------------------------------------------------------------------- */

/* Of the form and of what the entry says: sent twice it is the same. */
static struct slice nonce_of(struct page *page, const struct pasting_page *pasting, const struct paste_entry *entry)
{
    struct slice form_nonce = pasting->nonce;
    return page_format_text(page, "paste-%016llx%016llx",
        (unsigned long long)hash_seeded(form_nonce.ptr, form_nonce.len, entry->print[0]),
        (unsigned long long)hash_seeded(form_nonce.ptr, form_nonce.len, entry->print[1]));
}

static enum comity_status store_one(
    struct page *page, const struct entry_save *save, bool is_submit, struct entry *out, struct comity_error *err)
{
    struct store *store = door_lock(page->door);
    enum comity_status status = store_entry_save(store, save, &page->reader, page->arena, out, err);
    if (status == COMITY_OK && out->state == ENTRY_DISCARDED) /* sent again, after it was thrown away */
        status = error_set(
            err, COMITY_CONFLICT, TELL("This entry waits for approval or was discarded, and cannot be changed now."));
    if (status == COMITY_OK && is_submit && out->state == ENTRY_DRAFT)
        status = store_entry_do(store, out->id, out->version, ENTRY_SUBMIT, SLICE_EMPTY, page->now, &page->reader, err);
    door_unlock(page->door);
    return status;
}

static enum comity_status save_entry(struct page *page, struct pasting_page *pasting, const struct paste_entry *entry,
    bool is_submit, struct comity_error *err)
{
    struct buffer content;
    buffer_init(&content, 1 << 20);
    entry_content_write(&entry->content, &content);
    struct entry_save save = {.nonce = nonce_of(page, pasting, entry),
        .unit = page->account->unit,
        .title = entry->title,
        .content = buffer_slice(&content),
        .now = page->now};
    enum comity_status status = buffer_status(&content) || !save.nonce.ptr ? error_nomem(err) : COMITY_OK;
    if (status == COMITY_OK)
        status = store_one(page, &save, is_submit, &pasting->saved[pasting->n_saved], err);
    pasting->n_saved += status == COMITY_OK;
    pasting->n_submitted += status == COMITY_OK && is_submit;
    buffer_release(&content);
    return status;
}

/* A draft may lack anything, but not contradict itself; what is submitted has no fault. */
static enum comity_status save_all(
    struct page *page, struct pasting_page *pasting, bool is_submit, struct comity_error *err)
{
    const struct paste *paste = &pasting->paste;
    enum comity_status status = COMITY_OK;
    pasting->is_done = ARENA_ARRAY(page->arena, bool, paste->n_entries + 1);
    pasting->saved = ARENA_ARRAY(page->arena, struct entry, paste->n_entries + 1);
    if (!pasting->is_done || !pasting->saved)
        return error_nomem(err);
    for (size_t i = 0; status == COMITY_OK && i < paste->n_entries; i++) {
        const struct paste_entry *entry = &paste->entries[i];
        if (is_submit ? !paste_is_good(entry) : entry->has_conflict)
            continue;
        status = save_entry(page, pasting, entry, is_submit, err);
        pasting->is_done[i] = status == COMITY_OK;
    }
    return status;
}

/* What is saved goes out of the text; what is to be mended stays, below its header. */
static enum comity_status keep_rest(
    struct page *page, struct pasting_page *pasting, bool *has_rest, struct comity_error *err)
{
    const struct paste *paste = &pasting->paste;
    struct buffer rest;
    *has_rest = false;
    buffer_init(&rest, PASTE_MOST_TEXT * 2);
    for (size_t i = 0; i < paste->n_rows; i++) {
        const struct paste_row *row = &paste->rows[i];
        if (row->entry >= 0 && pasting->is_done[row->entry])
            continue;
        if (!*has_rest && paste->has_header) {
            buffer_add_slice(&rest, paste->header);
            buffer_add_byte(&rest, '\n');
        }
        buffer_add_slice(&rest, row->raw);
        buffer_add_byte(&rest, '\n');
        *has_rest = true;
    }
    pasting->text = *has_rest ? arena_copy(page->arena, buffer_slice(&rest)) : SLICE_EMPTY;
    enum comity_status status =
        buffer_status(&rest) || (*has_rest && !pasting->text.ptr) ? error_nomem(err) : COMITY_OK;
    buffer_release(&rest);
    return status;
}

static enum comity_status save_and_show(
    struct page *page, struct pasting_page *pasting, bool is_submit, struct comity_error *err)
{
    struct comity_error why = {0};
    bool has_rest;
    enum comity_status status = save_all(page, pasting, is_submit, &why);
    if (!pasting->is_done)
        return show(page, pasting, &why);
    enum comity_status kept = keep_rest(page, pasting, &has_rest, err);
    /* What is pasted from now on is another paste, also where it says the same. */
    if (kept == COMITY_OK && (status == COMITY_OK || status == COMITY_CONFLICT))
        kept = make_nonce(page, pasting, err);
    if (kept != COMITY_OK)
        return kept;
    if (status == COMITY_OK && !has_rest)
        pasting->is_read = false; /* there is nothing left to look at */
    if (status == COMITY_OK && has_rest)
        page->response->status = 422;
    return show(page, pasting, status == COMITY_OK ? NULL : &why);
}

/* ---- doing ------------------------------------------------------------------------------------------------------ */

enum comity_status page_paste(struct page *page, struct comity_error *err)
{
    struct pasting_page pasting;
    enum comity_status status = begin(page, &pasting, err);
    if (status == COMITY_OK)
        status = make_nonce(page, &pasting, err);
    return status == COMITY_OK ? show(page, &pasting, NULL) : status;
}

static enum comity_status take_sent(struct page *page, struct pasting_page *pasting, struct comity_error *why)
{
    const struct http_file *file = http_form_file(page->request, "file");
    pasting->text = fields_sent(page, "rows");
    if (pasting->text.len > PASTE_MOST_TEXT)
        return error_set(why, COMITY_LIMIT, TELL("That is more than can be looked at here."));
    return file ? paste_upload(page, pasting, file, why) : COMITY_OK;
}

enum comity_status act_paste(struct page *page, struct comity_error *err)
{
    struct pasting_page pasting;
    struct comity_error why = {0};
    enum comity_status status = begin(page, &pasting, err);
    if (status != COMITY_OK)
        return status;
    pasting.nonce = fields_sent(page, "nonce");
    bool has_nonce = pasting.nonce.len >= 16 && pasting.nonce.len <= 64;
    if (!has_nonce)
        status = make_nonce(page, &pasting, err);
    if (status != COMITY_OK)
        return status;
    status = take_sent(page, &pasting, &why);
    if (status == COMITY_OK)
        status = read_text(page, &pasting, &why);
    if (status != COMITY_OK)
        return show(page, &pasting, &why);
    bool is_submit = fields_does(page, "submit");
    if (has_nonce && (is_submit || fields_does(page, "save")) && has_any(&pasting))
        return save_and_show(page, &pasting, is_submit, err);
    return show(page, &pasting, NULL);
}
