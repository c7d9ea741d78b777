/* See fields.h. Cookies: "__Host-" binds one to this host and to TLS (RFC 6265bis); without TLS, which is loopback only
 * or a person's own wish, the plain name. */
#include "page/fields.h"

#include "base/error.h"
#include "share/door.h"

#include <stdlib.h>
#include <string.h>

enum { DEVICE_DAYS = 365 };

static const char *local_path(struct page *page, const char *path)
{
    return page_format_text(page, "%s?lang=%s", path, page->reader.language).ptr;
}

static void begin(struct page *page, const char *path, bool has_files)
{
    struct html *h = &page->html;
    char mark[FORM_MARK];
    html_open(h, "form");
    html_attr(h, "method", "post");
    if (has_files)
        html_attr(h, "enctype", "multipart/form-data");
    html_attr(h, "class", "fields");
    html_link(h, "action", slice_from(local_path(page, path)));
    if (!page->session.len)
        return;
    form_mark(page->session, mark);
    fields_hidden(page, "mark", slice_from(mark));
}

void fields_begin(struct page *page, const char *path)
{
    begin(page, path, false);
}

void fields_begin_files(struct page *page, const char *path)
{
    begin(page, path, true);
}

void fields_hidden(struct page *page, const char *name, struct slice value)
{
    struct html *h = &page->html;
    html_void(h, "input");
    html_attr(h, "type", "hidden");
    html_attr(h, "name", name);
    html_attr_slice(h, "value", value);
}

void fields_do(struct page *page, const char *what)
{
    fields_hidden(page, "do", slice_from(what));
}

void fields_input(
    struct page *page, const char *name, const char *label, struct slice value, const struct field_look *look)
{
    struct html *h = &page->html;
    html_open(h, "label");
    html_leaf(h, "span", NULL, slice_from(label));
    html_void(h, "input");
    html_attr(h, "name", name);
    html_attr(h, "type", look->type);
    html_attr(h, "autocomplete", look->autocomplete ? look->autocomplete : "off");
    if (value.len)
        html_attr_slice(h, "value", value);
    if (!look->is_optional)
        html_flag(h, "required");
    if (look->hint)
        html_leaf(h, "small", NULL, slice_from(look->hint));
    html_close(h, "label");
}

void fields_check(struct page *page, const char *name, const char *value, const char *label, bool is_on)
{
    struct html *h = &page->html;
    html_open(h, "label");
    html_attr(h, "class", "check");
    html_void(h, "input");
    html_attr(h, "type", "checkbox");
    html_attr(h, "name", name);
    html_attr(h, "value", value);
    if (is_on)
        html_flag(h, "checked");
    html_string(h, label);
    html_close(h, "label");
}

void fields_button(struct page *page, const char *text)
{
    html_open(&page->html, "button");
    html_attr(&page->html, "type", "submit");
    html_string(&page->html, text);
    html_close(&page->html, "button");
}

void fields_do_button(struct page *page, const char *what, const char *text, bool is_main)
{
    struct html *h = &page->html;
    html_open(h, "button");
    html_attr(h, "type", "submit");
    html_attr(h, "name", "do");
    html_attr(h, "value", what);
    if (!is_main)
        html_attr(h, "class", "quiet");
    html_string(h, text);
    html_close(h, "button");
}

/* What is no fault of the form's is told in words that say what to do; the server's log has the rest. */
static const char *refusal_words(const struct comity_error *err)
{
    switch (err->status) {
    case COMITY_IO:
        return TELL(
            "The disk is full or cannot be written, so nothing was saved. What you typed is still on this page: "
            "when there is room again, send it once more.");
    case COMITY_BUSY:
        return TELL("Somebody else is writing just now, so nothing was saved. Send it again in a moment.");
    case COMITY_NOMEM:
        return TELL("The machine is out of memory just now, so nothing was saved. Send it again in a moment.");
    default:
        return err->message;
    }
}

void fields_refusal(struct page *page, const struct comity_error *err)
{
    struct html *h = &page->html;
    if (!err || !err->message[0])
        return;
    page->response->status = page->response->retry_after ? 429 : (unsigned)comity_status_http(err->status);
    html_open(h, "p");
    html_attr(h, "class", "refusal");
    html_attr(h, "role", "alert");
    html_string(h, tr(&page->catalogue, refusal_words(err)));
    if (err->hint[0] && refusal_words(err) == err->message) {
        html_string(h, " ");
        html_string(h, tr(&page->catalogue, err->hint));
    }
    html_close(h, "p");
}

void fields_once(struct page *page, const char *sentence, struct slice secret)
{
    struct html *h = &page->html;
    html_open(h, "div");
    html_attr(h, "class", "once");
    html_attr(h, "role", "status");
    html_leaf(h, "p", NULL, slice_from(sentence));
    html_open(h, "pre");
    html_attr(h, "dir", "ltr");
    html_text(h, secret);
    html_close(h, "pre");
    html_close(h, "div");
}

struct slice fields_sent(const struct page *page, const char *name)
{
    struct slice value;
    return http_form(page->request, name, &value) ? value : SLICE_EMPTY;
}

bool fields_id(const struct page *page, const char *name, uint64_t *id)
{
    char text[24] = "", *rest;
    struct slice sent = fields_sent(page, name);
    if (!sent.len || sent.len >= sizeof text || sent.ptr[0] < '0' || sent.ptr[0] > '9')
        return false;
    memcpy(text, sent.ptr, sent.len);
    *id = strtoull(text, &rest, 10);
    return *rest == '\0';
}

bool fields_does(const struct page *page, const char *what)
{
    return slice_is(fields_sent(page, "do"), what);
}

void fields_go(struct page *page, const char *path)
{
    page->response->status = 303;
    page->response->location = local_path(page, path);
}

/* ---- cookies ------------------------------------------------------------------------------------------------------
 */

static const char *session_cookie(bool is_secure)
{
    return is_secure ? "__Host-comity-session" : "comity-session";
}

static const char *device_cookie(bool is_secure)
{
    return is_secure ? "__Host-comity-device" : "comity-device";
}

struct slice session_of(const struct http_request *request)
{
    struct slice value;
    return http_cookie(request, session_cookie(request->is_secure), &value) ? value : SLICE_EMPTY;
}

static void set(struct page *page, size_t slot, const char *name, const char *value, const char *age)
{
    page->response->set_cookie[slot] = page_format_text(
        page, "%s=%s; Path=/; HttpOnly; SameSite=Lax%s%s", name, value, page->request->is_secure ? "; Secure" : "", age)
                                           .ptr;
}

void cookies_set_session(struct page *page, const char *token)
{
    set(page, 0, session_cookie(page->request->is_secure), token, token[0] ? "" : "; Max-Age=0");
}

void cookies_set_device(struct page *page, const char *device)
{
    const char *age = page_format_text(page, "; Max-Age=%d", DEVICE_DAYS * 86400).ptr;
    set(page, 1, device_cookie(page->request->is_secure), device, age);
}

struct visit page_visit(const struct page *page)
{
    struct slice device;
    if (!http_cookie(page->request, device_cookie(page->request->is_secure), &device))
        device = SLICE_EMPTY;
    return (struct visit){
        .peer = page->request->peer, .agent = page->request->user_agent, .device = device, .now = page->now};
}
