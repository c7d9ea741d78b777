/* fields.h - forms that change something: fields with their labels, the mark that only our own forms carry, what went
 * wrong, and cookies.
 */
#ifndef PAGE_FIELDS_H
#define PAGE_FIELDS_H

#include "page/page.h"

/* <form method="post"> to a local path, in the page's language, with the session's mark; the caller closes "form". */
void fields_begin(struct page *page, const char *path);
/* The same for a form that takes files. */
void fields_begin_files(struct page *page, const char *path);
void fields_hidden(struct page *page, const char *name, struct slice value);
/* What a form does, where a page has several: a hidden field "do". */
void fields_do(struct page *page, const char *what);

struct field_look {
    const char *type;         /* "text", "password", "date" */
    const char *autocomplete; /* as HTML names it: "username"; null: off */
    const char *hint;         /* below the field, translated; or null */
    bool is_optional;
};
/* A labelled input. `label` is translated. */
void fields_input(
    struct page *page, const char *name, const char *label, struct slice value, const struct field_look *look);
void fields_check(struct page *page, const char *name, const char *value, const char *label, bool is_on);
void fields_button(struct page *page, const char *text);
/* One of several buttons of a form: what it does is sent as "do". */
void fields_do_button(struct page *page, const char *what, const char *text, bool is_main);

/* The message of a refusal, translated, where the page shows it again: an alert, and the response's status. */
void fields_refusal(struct page *page, const struct comity_error *err);

/* A secret that a form has just made, with a sentence that is translated: it is shown this once. */
void fields_once(struct page *page, const char *sentence, struct slice secret);

/* A field of the form that was sent; empty where it was not. */
struct slice fields_sent(const struct page *page, const char *name);
/* The same as the number of something; false where it is none. */
bool fields_id(const struct page *page, const char *name, uint64_t *id);
bool fields_does(const struct page *page, const char *what);
/* 303 to a local path, in the page's language. */
void fields_go(struct page *page, const char *path);

/* The session's token and the browser's mark: read, and set (empty: taken away). */
struct slice session_of(const struct http_request *request);
void cookies_set_session(struct page *page, const char *token);
void cookies_set_device(struct page *page, const char *device);

#endif
