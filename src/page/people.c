/* people.c - who has an account, for administrators: invite, change, lock out, let in again, give a link for a new
 * password. */
#include "base/error.h"
#include "base/json.h"
#include "page/feeds.h"
#include "page/fields.h"
#include "page/part.h"
#include "share/door.h"

#include <string.h>

struct people {
    struct account *accounts;
    struct invitation *invitations;
    size_t n_accounts, n_invitations;
};

static enum comity_status load(struct page *page, struct people *out, struct comity_error *err)
{
    struct store *store = door_lock(page->door);
    enum comity_status status =
        store_accounts(store, &page->reader, page->arena, &out->accounts, &out->n_accounts, err);
    if (status == COMITY_OK)
        status = store_invitations(
            store, &page->reader, page->now, page->arena, &out->invitations, &out->n_invitations, err);
    door_unlock(page->door);
    return status;
}

/* By bit. */
static const char *const role_labels[N_ROLES] = {
    TELL("Reader"), TELL("Officer"), TELL("Reviewer"), TELL("Analyst"), TELL("Administrator"), TELL("Auditor")};

static const char *role_label(const struct page *page, int i)
{
    return tr(&page->catalogue, role_labels[i]);
}

static struct slice roles_text(struct page *page, uint32_t roles)
{
    struct slice parts[N_ROLES];
    size_t n = 0;
    for (int i = 0; i < N_ROLES; i++)
        if (roles & role_infos[i].role)
            parts[n++] = slice_from(role_label(page, i));
    return page_joined(page, parts, n, ", ");
}

static void roles_fields(struct page *page, uint32_t roles)
{
    struct html *h = &page->html;
    html_open(h, "fieldset");
    html_leaf(h, "legend", NULL, slice_from(tr(&page->catalogue, "Roles")));
    for (int i = 0; i < N_ROLES; i++)
        fields_check(page, "role", role_infos[i].name, role_label(page, i), roles & role_infos[i].role);
    html_close(h, "fieldset");
}

static void one_button(struct page *page, const char *what, struct slice id, const char *text)
{
    fields_begin(page, "/people");
    fields_do(page, what);
    fields_hidden(page, "id", id);
    fields_button(page, text);
    html_close(&page->html, "form");
}

static void account_box(struct page *page, const struct account *account)
{
    static const struct field_look unit = {.type = "text", .is_optional = true};
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    struct slice id = page_format_text(page, "%llu", (unsigned long long)account->id);
    html_open(h, "details");
    html_open(h, "summary");
    html_name(h, account->name);
    html_string(h, " · ");
    html_text(h, roles_text(page, account->roles));
    if (account->is_disabled)
        html_leaf(h, "span", "flag", slice_from(tr(c, "locked out")));
    html_close(h, "summary");
    html_open(h, "p");
    page_say(page, tr(c, "{name}; last log-in: {day}"),
        {"name", account->full_name.len ? account->full_name : account->name, SLICE_EMPTY},
        {"day", feeds_instant(page, account->seen), SLICE_EMPTY});
    html_close(h, "p");
    fields_begin(page, "/people");
    fields_do(page, "change");
    fields_hidden(page, "id", id);
    fields_input(page, "unit", tr(c, "Unit"), account->unit, &unit);
    roles_fields(page, account->roles);
    fields_button(page, tr(c, "Change"));
    html_close(h, "form");
    one_button(page, "reset", id, tr(c, "A link for a new password"));
    one_button(page, "end-sessions", id, tr(c, "End all sessions"));
    if (account->is_disabled)
        one_button(page, "enable", id, tr(c, "Let in again"));
    else
        one_button(page, "disable", id, tr(c, "Lock out"));
    html_close(h, "details");
}

static void invite_form(struct page *page)
{
    static const struct field_look free_text = {.type = "text", .is_optional = true};
    const struct catalogue *c = &page->catalogue;
    part_section(page, "invite", tr(c, "Invite somebody"));
    fields_begin(page, "/people");
    fields_do(page, "invite");
    fields_input(page, "note", tr(c, "For whom"), SLICE_EMPTY, &free_text);
    fields_input(page, "unit", tr(c, "Unit"), SLICE_EMPTY, &free_text);
    roles_fields(page, 0);
    fields_button(page, tr(c, "Make a link"));
    html_close(&page->html, "form");
    html_close(&page->html, "section");
}

static void open_invitations(struct page *page, const struct people *people)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    if (!people->n_invitations)
        return;
    part_section(page, "invitations", tr(c, "Links that were not used yet"));
    for (size_t i = 0; i < people->n_invitations; i++) {
        const struct invitation *invitation = &people->invitations[i];
        html_open(h, "p");
        page_say(page, tr(c, "{name}, until {day}"),
            {"name", invitation->note.len ? invitation->note : roles_text(page, invitation->roles), SLICE_EMPTY},
            {"day", feeds_instant(page, invitation->expires), SLICE_EMPTY});
        html_close(h, "p");
        one_button(page, "withdraw", page_format_text(page, "%llu", (unsigned long long)invitation_number(invitation)),
            tr(c, "Take it back"));
    }
    html_close(h, "section");
}

static void show_link(struct page *page, const char *token)
{
    const char *scheme = page->request->is_secure ? "https" : "http";
    fields_once(page,
        tr(&page->catalogue,
            "This link works once, for a week. It is shown this once: give it to that person by a safe way."),
        page_format_text(page, "%s://%.*s/join/%s", scheme, SLICE_ARG(page->request->host), token));
}

static enum comity_status show(
    struct page *page, const char *token, const struct comity_error *why, struct comity_error *err)
{
    struct people people = {0};
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    enum comity_status status = load(page, &people, err);
    if (status != COMITY_OK)
        return status;
    frame_begin(page, slice_from(tr(c, "People")));
    html_leaf(h, "h1", NULL, slice_from(tr(c, "People")));
    fields_refusal(page, why);
    if (token[0])
        show_link(page, token);
    for (size_t i = 0; i < people.n_accounts; i++)
        account_box(page, &people.accounts[i]);
    invite_form(page);
    open_invitations(page, &people);
    frame_end(page);
    return COMITY_OK;
}

enum comity_status page_people(struct page *page, struct comity_error *err)
{
    return show(page, "", NULL, err);
}

/* ---- doing --------------------------------------------------------------------------------------------------------
 */

static uint32_t roles_sent(const struct page *page)
{
    struct slice name, value;
    uint32_t roles = 0;
    for (size_t at = 0; http_form_next(page->request, &at, &name, &value);)
        roles |= slice_is(name, "role") ? role_named(value) : 0;
    return roles;
}

static enum comity_status change(struct page *page, uint64_t id, struct comity_error *err)
{
    struct account account;
    struct store *store = door_lock(page->door);
    enum comity_status status = store_account(store, id, page->arena, &account, err);
    if (status == COMITY_OK && fields_does(page, "change")) {
        account.roles = (uint8_t)roles_sent(page);
        account.unit = slice_trim(fields_sent(page, "unit"));
    } else {
        account.is_disabled = fields_does(page, "disable");
    }
    if (status == COMITY_OK && account.unit.len > 100)
        status = error_set(err, COMITY_USAGE, TELL("The name of a unit has at most 100 letters."));
    if (status == COMITY_OK)
        status = store_account_change(store, &account, ROLE_ADMINISTRATOR, &page->reader, err);
    door_unlock(page->door);
    return status == COMITY_CONFLICT ? error_set(err, COMITY_CONFLICT, TELL("No administrator would be left."))
                                     : status;
}

static enum comity_status do_one(struct page *page, char token[TOKEN_TEXT], struct comity_error *err)
{
    uint64_t id = 0;
    struct invitation invitation = {.roles = (uint8_t)roles_sent(page),
        .unit = slice_trim(fields_sent(page, "unit")),
        .note = fields_sent(page, "note")};
    if (fields_does(page, "invite"))
        return door_invite(page->door, &invitation, page->now, &page->reader, token, err);
    if (!fields_id(page, "id", &id))
        return error_set(err, COMITY_USAGE, TELL("The form says nothing that can be done."));
    if (fields_does(page, "reset"))
        return door_invite(page->door, &(struct invitation){.account = id}, page->now, &page->reader, token, err);
    if (fields_does(page, "change") || fields_does(page, "disable") || fields_does(page, "enable"))
        return change(page, id, err);
    struct store *store = door_lock(page->door);
    enum comity_status status = error_set(err, COMITY_USAGE, TELL("The form says nothing that can be done."));
    if (fields_does(page, "withdraw"))
        status = store_invitation_withdraw(store, id, &page->reader, err);
    else if (fields_does(page, "end-sessions"))
        status = store_sessions_end(store, id, NULL, &page->reader, err);
    door_unlock(page->door);
    return status;
}

enum comity_status act_people(struct page *page, struct comity_error *err)
{
    char token[TOKEN_TEXT] = "";
    struct comity_error why = {0};
    enum comity_status status = do_one(page, token, &why);
    if (status != COMITY_OK || token[0])
        return show(page, token, status == COMITY_OK ? NULL : &why, err);
    fields_go(page, "/people");
    return COMITY_OK;
}
