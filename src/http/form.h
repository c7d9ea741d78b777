/* form.h - the search form's fields put together into a query. Private to src/http. */
#ifndef HTTP_FORM_H
#define HTTP_FORM_H

#include "domain/domain.h"

/* A form without scripts can send `from` and `to`, but not `date=from..to`; and it sends empty fields. Where the text
 * has such, *out becomes the query that they mean and the result is true; otherwise false, and nothing needs to change.
 */
bool form_to_query(struct slice text, const struct domain *domain, struct arena *arena, struct slice *out);

#endif
