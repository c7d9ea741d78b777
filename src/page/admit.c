/* See admit.h. A token beats a cookie, and a program with one is no person: it has no session and no form of ours. */
#include "page/admit.h"

#include "base/error.h"
#include "page/fields.h"
#include "share/door.h"

static bool bearer(const struct http_request *request, struct slice *token)
{
    struct slice scheme = SLICE("Bearer ");
    bool is_there = request->authorization.len > scheme.len &&
                    slice_equal_nocase(slice_of(request->authorization.ptr, scheme.len), scheme);
    *token = is_there ? slice_trim(
                            slice_of(request->authorization.ptr + scheme.len, request->authorization.len - scheme.len))
                      : SLICE_EMPTY;
    return is_there;
}

/* Whoever has a session that is open, or shows a token. A failure of the store makes a stranger. */
static void look_up(struct page *page)
{
    struct account *account = ARENA_NEW(page->arena, struct account);
    struct session session;
    struct slice token;
    enum comity_status status = COMITY_NOTFOUND;
    page->session = session_of(page->request);
    if (!account)
        return;
    if (bearer(page->request, &token)) {
        page->session = SLICE_EMPTY;
        status = door_token(page->door, token, page->now, page->arena, account, &page->rights, NULL);
    } else if (page->session.len) {
        status = door_session(page->door, page->session, page->now, page->arena, &session, account, NULL);
        page->rights = status == COMITY_OK ? roles_rights(account->roles) : 0;
    }
    if (status != COMITY_OK)
        return;
    page->account = account;
    page->reader.name = account->name.ptr;
}

void admit_identify(struct page *page)
{
    page->reader.name = "web";
    page->rights = page->has_people ? 0 : DESK_RIGHTS;
    if (page->door)
        look_up(page);
    page->reader.hides_restricted = !(page->rights & RIGHT_RESTRICTED);
}

enum gate_answer admit_ask(const struct page *page, uint32_t needs, enum route_place place)
{
    bool is_program = page->account && !page->session.len;
    struct gate_question question = {.is_used = page->has_people,
        .is_in = page->account != NULL,
        .wants_factor = page->account && !is_program && door_wants_factor(page->account),
        .rights = page->rights,
        .needs = needs,
        .is_for_all_in = place == ROUTE_OWN,
        .is_post = page->request->method == HTTP_POST,
        .is_own_form = page->session.len && form_mark_matches(page->session, fields_sent(page, "mark"))};
    /* A stranger's form has no session to carry the mark of: the seam has seen that it is of our own pages. */
    if (place == ROUTE_STRANGERS)
        question.is_in = false;
    /* A token is for the data: nobody's own account is changed with one. */
    if (is_program && place != ROUTE_DATA)
        return GATE_CLOSED;
    return gate_ask(&question);
}

static enum comity_status send_to_log_in(struct page *page, struct comity_error *err)
{
    bool is_page = page->format == PAGE_HTML && page->request->method != HTTP_POST;
    struct slice path = page->request->path, query = page->request->query;
    if (!is_page) {
        page->response->www_authenticate = "Bearer";
        return error_set(err, COMITY_LOGIN, "log in first, or send a token");
    }
    struct slice here = page_format_text(page, query.len ? "%.*s?%.*s" : "%.*s%.*s", SLICE_ARG(path), SLICE_ARG(query));
    bool is_home = path.len == 1 && !query.len;
    page->response->status = 303;
    page->response->location =
        is_home ? "/login" : page_format_text(page, "/login?next=%.*s", SLICE_ARG(page_encode(page, here))).ptr;
    return COMITY_OK;
}

/* What the gate says where it is not open. */
enum comity_status admit_turn_away(struct page *page, enum gate_answer gate, struct comity_error *err)
{
    page->response->is_private = true;
    switch (gate) {
    case GATE_LOG_IN:
        return send_to_log_in(page, err);
    case GATE_FACTOR:
        fields_go(page, "/account/factor");
        return COMITY_OK;
    case GATE_FOREIGN:
        return error_set(
            err, COMITY_REFUSED, TELL("This form is not of this log-in: go back, reload the page, and try again."));
    default:
        return error_set(err, COMITY_REFUSED, TELL("Your roles do not allow this."));
    }
}
