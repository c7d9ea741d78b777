/* disposition.h - the header that makes a download of an answer. Private to src/http. */
#ifndef HTTP_DISPOSITION_H
#define HTTP_DISPOSITION_H

#include "base/buffer.h"

/* Appends `attachment; filename="…"` (RFC 6266). A name that is not plain ASCII, or has a quote, a backslash or a
 * percent sign, is told twice: with "_" for what is not plain, and whole as `filename*` (RFC 8187). Whatever the name
 * is, one header value comes out. */
void disposition_format(struct buffer *out, struct slice name);

#endif
