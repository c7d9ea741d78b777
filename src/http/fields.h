/* fields.h - the fields of a form, gathered into an arena; and the form that comes as one line of text. Private to
 * src/http.
 *
 * Names and values together are at most HTTP_MOST_FIELD_BYTES and at most HTTP_MOST_FIELDS pairs. */
#ifndef HTTP_FIELDS_H
#define HTTP_FIELDS_H

#include "http/http.h"

struct fields {
    struct http_field *list;
    size_t n, room;
    size_t bytes;
};

/* Whether it is UTF-8 without NUL. */
bool fields_is_text(struct slice text);
/* COMITY_SYNTAX when either is no UTF-8 or holds a NUL, COMITY_LIMIT when there are too many, COMITY_NOMEM. The slices
 * must live as long as the arena. */
enum comity_status fields_add(
    struct fields *fields, struct arena *arena, struct slice name, struct slice value) COMITY_MUST_USE;
/* Reads application/x-www-form-urlencoded ("a=1&b=x+y"), strictly: a malformed %41 is COMITY_SYNTAX. */
enum comity_status fields_read(struct fields *fields, struct arena *arena, struct slice text) COMITY_MUST_USE;

#endif
