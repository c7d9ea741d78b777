/* upload.h - the body of a POST on its way in. Private to src/http.
 *
 * upload_begin looks at what was announced; upload_take gets the pieces; upload_end hands over what came of them. The
 * first refusal ends it: what was gathered is let go at once, and pieces that still come are let go by, since
 * libmicrohttpd takes no answer before the body has ended. Of an announced body that is what the limit allows; of one
 * in chunks not much more than that.
 *
 * One thread at a time. upload_release at the end in any case; a zeroed struct may be released too. */
#ifndef HTTP_UPLOAD_H
#define HTTP_UPLOAD_H

#include "http/fields.h"
#include "http/heads.h"
#include "http/parts.h"
#include "http/reply.h"

enum upload_kind { UPLOAD_BYTES, UPLOAD_FIELDS, UPLOAD_PARTS };

struct upload {
    enum upload_kind kind;
    uint64_t most, taken;
    struct buffer bytes; /* of what is kept in memory */
    struct fields fields;
    struct parts parts;
    struct arena *arena;
    struct refusal refusal; /* status 0: none so far */
};

struct upload_options {
    struct MHD_Connection *connection; /* null: no multipart */
    struct arena *arena;
    uint64_t most; /* of the body; above 0 */
    struct parts_options parts;
};

/* `heads` are sound. */
void upload_begin(struct upload *upload, const struct heads *heads, const struct upload_options *options);
/* False when the line must be cut: the client does not stop. */
bool upload_take(struct upload *upload, struct slice piece);
/* Fills in body, fields and files of the request, unless there is a refusal. */
void upload_end(struct upload *upload, struct http_request *request);
void upload_release(struct upload *upload);

#endif
