/* Files beside an entry: the list with small pictures, the form, and the bytes themselves. */
#include "base/calendar.h"
#include "base/error.h"
#include "files/attachment.h"
#include "page/entries.h"
#include "page/feeds.h"
#include "page/fields.h"
#include "page/part.h"
#include "share/gate.h"

#include <string.h>

/* ---- the list --------------------------------------------------------------------------------------------------- */

/* "12", "12-thumb", "12-original". */
static const char *address(struct page *page, const struct attachment *attachment, const char *part)
{
    return page_format_text(page, "/attachments/%llu%s", (unsigned long long)attachment->id, part).ptr;
}

static void link_to(struct page *page, const char *to, const char *text)
{
    html_open(&page->html, "a");
    html_link(&page->html, "href", slice_from(to));
    html_string(&page->html, text);
    html_close(&page->html, "a");
}

static void picture(struct page *page, const struct attachment *attachment)
{
    struct html *h = &page->html;
    if (!attachment->has_thumbnail)
        return;
    html_void(h, "img");
    html_link(h, "src", slice_from(address(page, attachment, "-thumb")));
    html_attr(h, "alt", "");
    html_attr(h, "loading", "lazy");
    html_attr(h, "class", "thumb");
}

static struct slice size_text(struct page *page, uint64_t bytes)
{
    return bytes < 100000 ? page_format_text(page, "%.1f kB", (double)bytes / 1000)
                          : page_format_text(page, "%.1f MB", (double)bytes / 1e6);
}

static struct slice instant(struct page *page, struct slice text)
{
    int64_t seconds;
    return text.ptr && instant_parse(text.ptr, &seconds) ? feeds_instant(page, seconds) : text;
}

static void change_button(struct page *page, const struct entry *entry, const struct attachment *attachment)
{
    fields_begin(page, entries_address(page, "/entries/", entry->id));
    fields_do(page, attachment->is_removed ? "reattach" : "detach");
    fields_hidden(page, "attachment", page_format_text(page, "%llu", (unsigned long long)attachment->id));
    fields_button(page, attachment->is_removed ? tr(&page->catalogue, "Put it back") : tr(&page->catalogue, "Remove"));
    html_close(&page->html, "form");
}

static void item(struct page *page, const struct entry *entry, const struct attachment *attachment)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    html_open(h, "li");
    if (attachment->is_removed) {
        html_name(h, attachment->name);
        html_leaf(h, "span", "flag", slice_from(tr(c, "removed")));
    } else {
        picture(page, attachment);
        html_open(h, "a");
        html_link(h, "href", slice_from(address(page, attachment, "")));
        html_name(h, attachment->name);
        html_close(h, "a");
        html_string(h, " · ");
        html_text(h, size_text(page, attachment->size));
        if (attachment->original_size) {
            html_string(h, " · ");
            link_to(page, address(page, attachment, "-original"), tr(c, "as it came, with what the camera wrote"));
        }
    }
    html_open(h, "p");
    html_attr(h, "class", "note");
    page_say(page, tr(c, "by {name}, {day}"), {"name", attachment->who, SLICE_EMPTY},
        {"day", instant(page, attachment->when), SLICE_EMPTY});
    if (attachment->note.len) {
        html_string(h, " · ");
        html_name(h, attachment->note);
    }
    html_close(h, "p");
    html_open(h, "p");
    html_attr(h, "class", "note");
    html_attr(h, "dir", "ltr");
    html_string(h, "SHA-256 ");
    html_text(h, attachment->sha256);
    html_close(h, "p");
    if (entries_may(page, entry, ENTRY_SAVE))
        change_button(page, entry, attachment);
    html_close(h, "li");
}

static void upload_form(struct page *page, const struct entry *entry)
{
    static const struct field_look optional = {.type = "text", .is_optional = true};
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    fields_begin_files(page, entries_address(page, "/entries/", entry->id));
    fields_do(page, "attach");
    html_open(h, "label");
    html_leaf(h, "span", NULL, slice_from(tr(c, "Photograph, certificate or scan")));
    html_void(h, "input");
    html_attr(h, "type", "file");
    html_attr(h, "name", "file");
    html_attr(h, "accept", "image/jpeg,image/png,image/webp,application/pdf");
    html_flag(h, "required");
    html_leaf(h, "small", NULL,
        slice_from(
            tr(c, "JPEG, PNG, WebP or PDF, up to 20 MB. What a camera writes into a picture, such as where it was "
                  "taken, is removed; a PDF is kept as it is.")));
    html_close(h, "label");
    fields_input(page, "note", tr(c, "What it shows"), SLICE_EMPTY, &optional);
    fields_check(
        page, "original", "yes", tr(c, "Keep it also as it came, for those who may see restricted fields"), false);
    fields_button(page, tr(c, "Attach"));
    html_close(h, "form");
}

enum comity_status entry_files_section(struct page *page, const struct entry *entry, struct comity_error *err)
{
    struct attachment *attachments;
    size_t n;
    const struct catalogue *c = &page->catalogue;
    enum comity_status status =
        store_attachments(door_lock(page->door), &page->reader, entry->id, true, page->arena, &attachments, &n, err);
    door_unlock(page->door);
    if (status != COMITY_OK)
        return status;
    part_section(page, "files", tr(c, "Attachments"));
    if (!n)
        html_leaf(&page->html, "p", NULL, slice_from(tr(c, "Nothing is attached.")));
    html_open(&page->html, "ul");
    html_attr(&page->html, "class", "files");
    for (size_t i = 0; i < n; i++)
        item(page, entry, &attachments[i]);
    html_close(&page->html, "ul");
    if (entries_may(page, entry, ENTRY_SAVE) && entry->state != ENTRY_DISCARDED)
        upload_form(page, entry);
    html_close(&page->html, "section");
    return COMITY_OK;
}

/* ---- doing ------------------------------------------------------------------------------------------------------ */

static enum comity_status attach(struct page *page, const struct entry *entry, struct comity_error *err)
{
    struct attachment kept;
    const struct http_file *file = http_form_file(page->request, "file");
    if (!file)
        return error_set(err, COMITY_INPUT, TELL("Choose a file first."));
    struct attachment_offer offer = {.entry = entry->id,
        .name = file->file_name,
        .note = fields_sent(page, "note"),
        .keeps_original = fields_sent(page, "original").len > 0};
    /* A handle of its own: cleaning a picture takes a while, and others log in meanwhile. */
    struct store *store = NULL;
    enum comity_status status = store_open(page->store_path, STORE_WRITE, 0, &store, err);
    if (status == COMITY_OK)
        status =
            attachment_take_file(store, page->cabinet, &offer, file->fd, NULL, &page->reader, page->arena, &kept, err);
    store_close(store);
    return status;
}

/* One of this very entry: the number comes from the form. */
static enum comity_status change(struct page *page, const struct entry *entry, bool removes, struct comity_error *err)
{
    uint64_t id;
    struct attachment attachment;
    if (!entries_number(fields_sent(page, "attachment"), &id))
        return error_set(err, COMITY_USAGE, TELL("The form says nothing that can be done."));
    struct store *store = door_lock(page->door);
    enum comity_status status = store_attachment(store, &page->reader, id, page->arena, &attachment, err);
    if (status == COMITY_OK && attachment.entry != entry->id)
        status = error_set(err, COMITY_NOTFOUND, TELL("There is no such attachment."));
    if (status == COMITY_OK)
        status = removes ? store_attachment_remove(store, id, &page->reader, err)
                         : store_attachment_restore(store, id, NULL, &page->reader, err);
    door_unlock(page->door);
    return status;
}

bool entry_files_does(const struct page *page)
{
    return fields_does(page, "attach") || fields_does(page, "detach") || fields_does(page, "reattach");
}

enum comity_status entry_files_act(struct page *page, const struct entry *entry, struct comity_error *err)
{
    if (!entries_may(page, entry, ENTRY_SAVE))
        return error_set(err, COMITY_REFUSED, TELL("Your roles do not allow this."));
    return fields_does(page, "attach") ? attach(page, entry, err)
                                       : change(page, entry, fields_does(page, "detach"), err);
}

/* ---- the bytes -------------------------------------------------------------------------------------------------- */

static bool part_asked(struct slice subject, uint64_t *id, enum attachment_part *part)
{
    struct slice rest = subject, number = slice_cut(&rest, '-');
    *part = slice_is(rest, "thumb")      ? ATTACHMENT_THUMBNAIL
            : slice_is(rest, "original") ? ATTACHMENT_ORIGINAL
                                         : ATTACHMENT_KEPT;
    return entries_number(number, id) && (*part != ATTACHMENT_KEPT || number.len == subject.len);
}

static enum comity_status find(
    struct page *page, struct attachment *out, enum attachment_part *part, struct comity_error *err)
{
    uint64_t id;
    struct entry entry;
    if (!part_asked(page->subject, &id, part))
        return error_set(err, COMITY_NOTFOUND, TELL("There is no such attachment."));
    enum comity_status status = store_attachment(door_lock(page->door), &page->reader, id, page->arena, out, err);
    door_unlock(page->door);
    if (status == COMITY_OK)
        status = entries_find(page, out->entry, &entry, err);
    return status != COMITY_OK || out->is_removed
               ? error_set(err, COMITY_NOTFOUND, TELL("There is no such attachment."))
               : COMITY_OK;
}

enum comity_status page_attachment(struct page *page, struct comity_error *err)
{
    struct attachment attachment = {0};
    enum attachment_part part = ATTACHMENT_KEPT;
    struct http_response *response = page->response;
    enum comity_status status = find(page, &attachment, &part, err);
    if (status == COMITY_OK)
        status = attachment_read(page->cabinet, &attachment, part, &response->body, err);
    if (status != COMITY_OK)
        return status;
    response->type = attachment_type(&attachment, part);
    response->is_foreign = true;
    response->is_private = true;
    if (part != ATTACHMENT_THUMBNAIL)
        response->file_name = arena_string(page->arena, attachment.name);
    return COMITY_OK;
}
