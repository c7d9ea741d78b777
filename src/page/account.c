/* account.c - one's own account: password, second factor, sessions, tokens for programs. */
#include "base/error.h"
#include "page/feeds.h"
#include "page/fields.h"
#include "page/part.h"
#include "page/qr.h"
#include "share/door.h"
#include "share/totp.h"

enum { TOKEN_DAYS = 90 };

static void own_password(struct page *page)
{
    static const struct field_look old = {.type = "password", .autocomplete = "current-password"};
    const struct catalogue *c = &page->catalogue;
    const struct field_look fresh = {.type = "password",
        .autocomplete = "new-password",
        .hint = tr(c, "At least 12 characters; four words in a row are good.")};
    part_section(page, "password", tr(c, "Password"));
    fields_begin(page, "/account");
    fields_do(page, "password");
    fields_input(page, "old", tr(c, "Old password"), SLICE_EMPTY, &old);
    fields_input(page, "password", tr(c, "New password"), SLICE_EMPTY, &fresh);
    fields_button(page, tr(c, "Change"));
    html_close(&page->html, "form");
    html_close(&page->html, "section");
}

static void own_factor(struct page *page, uint64_t n_codes)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    part_section(page, "factor", tr(c, "Second factor"));
    html_open(h, "p");
    if (page->account->totp.len)
        page_say(page, tr(c, "An authenticator is set up; {n} recovery codes are left."),
            {"n", page_number(page, n_codes), SLICE_EMPTY});
    else
        html_string(h, tr(c, "No authenticator is set up."));
    html_close(h, "p");
    html_open(h, "p");
    part_link(page, page_address(page, "/account/factor", -1, NULL), slice_from(tr(c, "Set up an authenticator")));
    html_close(h, "p");
    html_close(h, "section");
}

/* For this one the way out, which also takes the cookie away. */
static void session_button(struct page *page, const struct session *session, bool is_here)
{
    const struct catalogue *c = &page->catalogue;
    fields_begin(page, is_here ? "/logout" : "/account");
    if (!is_here) {
        fields_do(page, "end-session");
        fields_hidden(page, "session", page_format_text(page, "%llu", (unsigned long long)session_number(session)));
    }
    fields_button(page, is_here ? tr(c, "Log out") : tr(c, "End it"));
    html_close(&page->html, "form");
}

static void session_line(struct page *page, const struct session *session, const struct secret_hash *here)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    bool is_here = memcmp(session->hash.bytes, here->bytes, ACCOUNT_HASH) == 0;
    html_open(h, "tr");
    html_open(h, "th");
    html_attr(h, "scope", "row");
    html_name(h, session->agent.len ? session->agent : SLICE("—"));
    if (is_here)
        html_leaf(h, "span", "flag", slice_from(tr(c, "this one")));
    html_close(h, "th");
    html_leaf(h, "td", NULL, session->peer);
    html_leaf(h, "td", NULL, feeds_instant(page, session->created));
    html_leaf(h, "td", NULL, feeds_instant(page, session->seen));
    html_open(h, "td");
    session_button(page, session, is_here);
    html_close(h, "td");
    html_close(h, "tr");
}

static void own_sessions(struct page *page, const struct session *sessions, size_t n)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    const char *const names[] = {
        tr(c, "Browser"), tr(c, "Address"), tr(c, "Since"), tr(c, "Last used"), tr(c, "End it")};
    struct secret_hash here;
    token_hash(page->session, &here);
    part_section(page, "sessions", tr(c, "Where you are logged in"));
    part_table_begin(page, "sessions-heading", NULL);
    part_table_head(page, names, 5, 5);
    html_open(h, "tbody");
    for (size_t i = 0; i < n; i++)
        session_line(page, &sessions[i], &here);
    part_table_end(page);
    fields_begin(page, "/account");
    fields_do(page, "end-others");
    fields_button(page, tr(c, "End all but this one"));
    html_close(h, "form");
    html_close(h, "section");
}

static void own_tokens(struct page *page, const struct api_token *tokens, size_t n)
{
    static const struct field_look name = {.type = "text"};
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    part_section(page, "tokens", tr(c, "Tokens for programs"));
    for (size_t i = 0; i < n; i++) {
        fields_begin(page, "/account");
        fields_do(page, "end-token");
        fields_hidden(page, "token", page_format_text(page, "%llu", (unsigned long long)tokens[i].id));
        html_open(h, "p");
        page_say(page, tr(c, "{name}, until {day}"), {"name", tokens[i].name, SLICE_EMPTY},
            {"day", feeds_instant(page, tokens[i].expires), SLICE_EMPTY});
        html_close(h, "p");
        fields_button(page, tr(c, "End it"));
        html_close(h, "form");
    }
    fields_begin(page, "/account");
    fields_do(page, "make-token");
    fields_input(page, "name", tr(c, "What it is for"), SLICE_EMPTY, &name);
    fields_button(page, tr(c, "Make a token for reading"));
    html_close(h, "form");
    html_close(h, "section");
}

struct own_things {
    struct session *sessions;
    struct api_token *tokens;
    size_t n_sessions, n_tokens;
    uint64_t n_codes;
};

static enum comity_status load(struct page *page, struct own_things *out, struct comity_error *err)
{
    struct store *store = door_lock(page->door);
    uint64_t id = page->account->id;
    enum comity_status status =
        store_sessions(store, id, page->now, page->arena, &out->sessions, &out->n_sessions, err);
    if (status == COMITY_OK)
        status = store_tokens(store, id, page->arena, &out->tokens, &out->n_tokens, err);
    if (status == COMITY_OK)
        status = store_account_codes_left(store, id, &out->n_codes, err);
    door_unlock(page->door);
    return status;
}

static enum comity_status show(
    struct page *page, struct slice token, const struct comity_error *why, struct comity_error *err)
{
    struct own_things own = {0};
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    enum comity_status status = load(page, &own, err);
    if (status != COMITY_OK)
        return status;
    frame_begin(page, slice_from(tr(c, "Your account")));
    html_leaf(h, "h1", NULL, slice_from(tr(c, "Your account")));
    fields_refusal(page, why);
    if (token.len)
        fields_once(
            page, tr(c, "This is the token. It is shown this once: keep it where the program finds it."), token);
    html_open(h, "p");
    html_name(h, page->account->full_name.len ? page->account->full_name : page->account->name);
    html_close(h, "p");
    own_password(page);
    own_factor(page, own.n_codes);
    own_sessions(page, own.sessions, own.n_sessions);
    own_tokens(page, own.tokens, own.n_tokens);
    frame_end(page);
    return COMITY_OK;
}

enum comity_status page_account(struct page *page, struct comity_error *err)
{
    return show(page, SLICE_EMPTY, NULL, err);
}

static enum comity_status do_one(struct page *page, char token[TOKEN_TEXT], struct comity_error *err)
{
    struct visit visit = page_visit(page);
    struct secret_hash here;
    const struct reader *who = &page->reader;
    if (fields_does(page, "password"))
        return door_change_password(page->door, &visit, page->account, page->session, fields_sent(page, "old"),
            fields_sent(page, "password"), err);
    if (fields_does(page, "make-token"))
        return door_make_token(page->door, page->account, fields_sent(page, "name"), RIGHT_READ, page->now,
            page->now + TOKEN_DAYS * INT64_C(86400), token, err);
    token_hash(page->session, &here);
    struct store *store = door_lock(page->door);
    enum comity_status status = error_set(err, COMITY_USAGE, TELL("The form says nothing that can be done."));
    uint64_t id = 0;
    if (fields_does(page, "end-others"))
        status = store_sessions_end(store, page->account->id, &here, who, err);
    else if (fields_does(page, "end-session") && fields_id(page, "session", &id))
        status = store_session_end_one(store, page->account->id, id, who, err);
    else if (fields_does(page, "end-token") && fields_id(page, "token", &id))
        status = store_token_end(store, page->account->id, id, who, err);
    door_unlock(page->door);
    bool is_gone = status == COMITY_NOTFOUND && fields_does(page, "end-session"); /* as was wanted */
    return is_gone ? COMITY_OK : status;
}

enum comity_status act_account(struct page *page, struct comity_error *err)
{
    char token[TOKEN_TEXT] = "";
    struct comity_error why = {0};
    enum comity_status status = do_one(page, token, &why);
    if (status != COMITY_OK)
        return show(page, SLICE_EMPTY, &why, err);
    if (token[0])
        return show(page, slice_from(token), NULL, err);
    fields_go(page, "/account");
    return COMITY_OK;
}

/* ---- the second factor --------------------------------------------------------------------------------------------
 */

/* The same key as a picture. Whoever sets the authenticator up on the very telephone that shows it has the text. */
static void factor_picture(struct page *page, const unsigned char secret[ACCOUNT_SECRET])
{
    const struct catalogue *c = &page->catalogue;
    const char *address = totp_address(secret, page->account->name, page->arena);
    if (address)
        (void)qr_draw(page, address, tr(c, "QR code of the key below, for the camera of an authenticator"));
}

static void factor_form(struct page *page, const unsigned char secret[ACCOUNT_SECRET])
{
    static const struct field_look code = {.type = "text", .autocomplete = "one-time-code"};
    static const struct field_look password = {.type = "password", .autocomplete = "current-password"};
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    char text[TOTP_TEXT + 8];
    totp_text(secret, text);
    html_leaf(h, "p", NULL,
        slice_from(tr(c,
            "Add a new account in an authenticator on your telephone: point its camera here, or type in this key:")));
    factor_picture(page, secret);
    html_open(h, "pre");
    html_attr(h, "dir", "ltr");
    html_string(h, text);
    html_close(h, "pre");
    html_leaf(h, "p", NULL, slice_from(tr(c, "Then type in the six digits that it shows.")));
    fields_begin(page, "/account/factor");
    fields_hidden(page, "secret", page_format_text(page, "%s", text));
    fields_input(page, "code", tr(c, "Code"), SLICE_EMPTY, &code);
    if (page->account->totp.len)
        fields_input(page, "password", tr(c, "Password"), SLICE_EMPTY, &password);
    fields_button(page, tr(c, "Save"));
    html_close(h, "form");
}

static void factor_page(struct page *page, const unsigned char secret[ACCOUNT_SECRET], const struct comity_error *why)
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    frame_begin(page, slice_from(tr(c, "Second factor")));
    html_open(h, "div");
    html_attr(h, "class", "narrow");
    html_leaf(h, "h1", NULL, slice_from(tr(c, "Second factor")));
    fields_refusal(page, why);
    if (door_wants_factor(page->account))
        html_leaf(h, "p", NULL,
            slice_from(tr(c, "Who may change something needs a second factor: a code beside the password.")));
    factor_form(page, secret);
    html_close(h, "div");
    frame_end(page);
}

enum comity_status page_factor(struct page *page, struct comity_error *err)
{
    unsigned char secret[ACCOUNT_SECRET];
    (void)err;
    totp_make(secret);
    factor_page(page, secret, NULL);
    return COMITY_OK;
}

static void codes_page(struct page *page, char codes[DOOR_RECOVERY_CODES][CODE_TEXT])
{
    struct html *h = &page->html;
    const struct catalogue *c = &page->catalogue;
    struct slice parts[DOOR_RECOVERY_CODES];
    for (int i = 0; i < DOOR_RECOVERY_CODES; i++)
        parts[i] = slice_from(codes[i]);
    frame_begin(page, slice_from(tr(c, "Recovery codes")));
    html_open(h, "div");
    html_attr(h, "class", "narrow");
    html_leaf(h, "h1", NULL, slice_from(tr(c, "Recovery codes")));
    fields_once(page,
        tr(c, "Each of these lets you in once without your telephone. They are shown this once: print them, and keep "
              "them safe."),
        page_joined(page, parts, DOOR_RECOVERY_CODES, "\n"));
    html_open(h, "p");
    part_link(page, page_home(page), slice_from(tr(c, "Go on")));
    html_close(h, "p");
    html_close(h, "div");
    frame_end(page);
}

enum comity_status act_factor(struct page *page, struct comity_error *err)
{
    unsigned char secret[ACCOUNT_SECRET];
    char codes[DOOR_RECOVERY_CODES][CODE_TEXT];
    struct visit visit = page_visit(page);
    if (!totp_read(fields_sent(page, "secret"), secret))
        return error_set(err, COMITY_USAGE, TELL("The form says nothing that can be done."));
    enum comity_status status = door_set_factor(page->door, &visit, page->account, fields_sent(page, "password"),
        slice_of((const char *)secret, sizeof secret), fields_sent(page, "code"), codes, err);
    page->response->retry_after = (unsigned)visit.wait;
    if (status == COMITY_OK)
        codes_page(page, codes);
    else if (status == COMITY_REFUSED || status == COMITY_LIMIT)
        factor_page(page, secret, err);
    return status == COMITY_REFUSED || status == COMITY_LIMIT ? COMITY_OK : status;
}
