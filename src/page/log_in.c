/* log_in.c - coming in: the password, the code, the link for those who come for the first time; and going out. */
#include "base/error.h"
#include "page/fields.h"
#include "page/part.h"
#include "share/door.h"

static const struct field_look name_look = {.type = "text", .autocomplete = "username"};
static const struct field_look old_password = {.type = "password", .autocomplete = "current-password"};

/* Refused is a page like any other, with its form again; only what cannot be shown is a failure. */
static bool is_refusal(enum comity_status status)
{
    return status == COMITY_REFUSED || status == COMITY_LIMIT || status == COMITY_USAGE || status == COMITY_CONFLICT ||
           status == COMITY_BUSY;
}

static void begin(struct page *page, const char *title)
{
    frame_begin(page, slice_from(title));
    html_open(&page->html, "div");
    html_attr(&page->html, "class", "narrow");
    html_leaf(&page->html, "h1", NULL, slice_from(title));
}

static void end(struct page *page)
{
    html_close(&page->html, "div");
    frame_end(page);
}

/* ---- the password -------------------------------------------------------------------------------------------------
 */

/* Only a path of ours: what follows a second slash or a backslash might be another host. */
static struct slice next_of(struct slice sent)
{
    bool is_local = sent.len && sent.ptr[0] == '/' && (sent.len == 1 || (sent.ptr[1] != '/' && sent.ptr[1] != '\\'));
    for (size_t i = 0; i < sent.len; i++)
        is_local = is_local && (unsigned char)sent.ptr[i] > ' ' && sent.ptr[i] != '\\';
    return is_local ? sent : SLICE("/");
}

static enum comity_status show_login(
    struct page *page, struct slice name, struct slice next, const struct comity_error *why)
{
    const struct catalogue *c = &page->catalogue;
    begin(page, tr(c, "Log in"));
    fields_refusal(page, why);
    fields_begin(page, "/login");
    fields_hidden(page, "next", next);
    fields_input(page, "name", tr(c, "Name"), name, &name_look);
    fields_input(page, "password", tr(c, "Password"), SLICE_EMPTY, &old_password);
    fields_button(page, tr(c, "Log in"));
    html_close(&page->html, "form");
    html_leaf(&page->html, "p", "note",
        slice_from(tr(c, "Who has forgotten the password, or has no account yet, asks an administrator for a link.")));
    end(page);
    return COMITY_OK;
}

enum comity_status page_login(struct page *page, struct comity_error *err)
{
    (void)err;
    return show_login(page, SLICE_EMPTY, next_of(page_own(page, "next")), NULL);
}

static void go_in(struct page *page, const struct admission *entry, struct slice next)
{
    cookies_set_session(page, entry->token);
    if (entry->needs_code) {
        fields_go(page, "/login/code");
        page->response->location =
            page_format_text(page, "%s&next=%.*s", page->response->location, SLICE_ARG(page_encode(page, next))).ptr;
        return;
    }
    cookies_set_device(page, entry->device);
    page->response->status = 303;
    page->response->location = page_format_text(page, "%.*s", SLICE_ARG(next)).ptr;
}

enum comity_status act_login(struct page *page, struct comity_error *err)
{
    struct visit visit = page_visit(page);
    struct admission entry;
    struct slice name = fields_sent(page, "name"), next = next_of(fields_sent(page, "next"));
    enum comity_status status =
        door_password(page->door, &visit, name, fields_sent(page, "password"), page->session, &entry, err);
    page->response->retry_after = (unsigned)visit.wait;
    if (status == COMITY_OK)
        go_in(page, &entry, next);
    return is_refusal(status) ? show_login(page, name, next, err) : status;
}

/* ---- the code -----------------------------------------------------------------------------------------------------
 */

static enum comity_status show_code(struct page *page, struct slice next, const struct comity_error *why)
{
    static const struct field_look code_look = {.type = "text", .autocomplete = "one-time-code"};
    const struct catalogue *c = &page->catalogue;
    begin(page, tr(c, "Second step"));
    fields_refusal(page, why);
    fields_begin(page, "/login/code");
    fields_hidden(page, "next", next);
    fields_input(page, "code", tr(c, "Code of your authenticator, or a recovery code"), SLICE_EMPTY, &code_look);
    fields_button(page, tr(c, "Go on"));
    html_close(&page->html, "form");
    end(page);
    return COMITY_OK;
}

enum comity_status page_login_code(struct page *page, struct comity_error *err)
{
    (void)err;
    if (door_awaits_code(page->door, page->session, page->now))
        return show_code(page, next_of(page_own(page, "next")), NULL);
    fields_go(page, "/login");
    return COMITY_OK;
}

enum comity_status act_login_code(struct page *page, struct comity_error *err)
{
    struct visit visit = page_visit(page);
    struct admission entry;
    struct slice next = next_of(fields_sent(page, "next"));
    enum comity_status status = door_code(page->door, &visit, page->session, fields_sent(page, "code"), &entry, err);
    page->response->retry_after = (unsigned)visit.wait;
    if (status == COMITY_OK)
        go_in(page, &entry, next);
    else if (status == COMITY_NOTFOUND)
        fields_go(page, "/login");
    return status == COMITY_NOTFOUND ? COMITY_OK : is_refusal(status) ? show_code(page, next, err) : status;
}

/* ---- going out ----------------------------------------------------------------------------------------------------
 */

enum comity_status page_logout(struct page *page, struct comity_error *err)
{
    const struct catalogue *c = &page->catalogue;
    (void)err;
    begin(page, tr(c, "Log out"));
    fields_begin(page, "/logout");
    fields_button(page, tr(c, "Log out"));
    html_close(&page->html, "form");
    end(page);
    return COMITY_OK;
}

enum comity_status act_logout(struct page *page, struct comity_error *err)
{
    enum comity_status status = door_leave(page->door, page->session, err);
    cookies_set_session(page, "");
    if (status == COMITY_OK)
        fields_go(page, "/login");
    return status;
}

/* ---- the first time -----------------------------------------------------------------------------------------------
 */

static void password_fields(struct page *page)
{
    const struct catalogue *c = &page->catalogue;
    const struct field_look look = {.type = "password",
        .autocomplete = "new-password",
        .hint = tr(c, "At least 12 characters; four words in a row are good.")};
    const struct field_look again = {.type = "password", .autocomplete = "new-password"};
    fields_input(page, "password", tr(c, "New password"), SLICE_EMPTY, &look);
    fields_input(page, "again", tr(c, "New password, once more"), SLICE_EMPTY, &again);
}

static enum comity_status show_join(
    struct page *page, const struct invitation *invitation, const struct comity_error *why)
{
    static const struct field_look full_look = {.type = "text", .autocomplete = "name", .is_optional = true};
    const struct catalogue *c = &page->catalogue;
    begin(page, invitation->account ? tr(c, "A new password") : tr(c, "Your account"));
    fields_refusal(page, why);
    fields_begin(page, page_format_text(page, "/join/%.*s", SLICE_ARG(page->subject)).ptr);
    if (!invitation->account) {
        fields_input(page, "name", tr(c, "Name to log in with"), fields_sent(page, "name"), &name_look);
        fields_input(page, "full_name", tr(c, "Full name"), fields_sent(page, "full_name"), &full_look);
    }
    password_fields(page);
    fields_button(page, tr(c, "Save"));
    html_close(&page->html, "form");
    end(page);
    return COMITY_OK;
}

enum comity_status page_join(struct page *page, struct comity_error *err)
{
    struct invitation invitation;
    enum comity_status status = door_invitation(page->door, page->subject, page->now, page->arena, &invitation, err);
    return status == COMITY_OK ? show_join(page, &invitation, NULL) : status;
}

static enum comity_status use_link(struct page *page, const struct invitation *invitation, struct comity_error *err)
{
    struct slice password = fields_sent(page, "password");
    if (!slice_equal(password, fields_sent(page, "again")))
        return error_set(err, COMITY_USAGE, TELL("The two passwords are not the same."));
    if (invitation->account)
        return door_reset(page->door, page->subject, password, page->now, err);
    return door_join(
        page->door, page->subject, fields_sent(page, "name"), fields_sent(page, "full_name"), password, page->now, err);
}

enum comity_status act_join(struct page *page, struct comity_error *err)
{
    struct invitation invitation;
    enum comity_status status = door_invitation(page->door, page->subject, page->now, page->arena, &invitation, err);
    if (status != COMITY_OK)
        return status;
    status = use_link(page, &invitation, err);
    if (status == COMITY_OK)
        fields_go(page, "/login");
    return is_refusal(status) ? show_join(page, &invitation, err) : status;
}
