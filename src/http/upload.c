/* upload.c - which way a body goes, and how far. A body in memory grows as it comes and not as it was announced, so
 * that announcing alone costs nothing. */
#include "http/upload.h"

/* Bytes beyond the limit that are let go by, so that the client is still listening when the refusal comes. */
enum { PATIENCE_BYTES = 1 << 20 };

static const struct refusal TOO_LARGE = {413, "this is more than is taken here\n", NULL, false, true};
static const struct refusal NO_MEMORY = {503, "out of memory: send it again in a while\n", NULL, false, true};
static const struct refusal MALFORMED = {400, "the form is malformed\n", NULL, false, true};
static const struct refusal ENCODED = {415, "send it without Content-Encoding\n", NULL, false, true};

static void refuse(struct upload *upload, struct refusal refusal)
{
    if (upload->refusal.status)
        return;
    upload->refusal = refusal;
}

static void refuse_for(struct upload *upload, enum comity_status status)
{
    if (status == COMITY_LIMIT)
        refuse(upload, TOO_LARGE);
    else if (status == COMITY_NOMEM)
        refuse(upload, NO_MEMORY);
    else if (status != COMITY_OK)
        refuse(upload, MALFORMED);
}

/* What was gathered is of no use any more. */
static void let_go(struct upload *upload)
{
    parts_release(&upload->parts);
    buffer_release(&upload->bytes);
}

static enum upload_kind kind_of(struct slice content_type)
{
    struct slice kind = slice_trim(slice_cut(&content_type, ';'));
    if (slice_equal_nocase(kind, SLICE("multipart/form-data")))
        return UPLOAD_PARTS;
    return slice_equal_nocase(kind, SLICE("application/x-www-form-urlencoded")) ? UPLOAD_FIELDS : UPLOAD_BYTES;
}

/* libmicrohttpd has refused already what is no number of 64 bits. */
static uint64_t announced(const struct heads *heads)
{
    struct slice length = heads->of[HEAD_CONTENT_LENGTH];
    uint64_t number = 0;
    for (size_t i = 0; i < length.len; i++)
        number = number * 10 + (uint64_t)(length.ptr[i] - '0');
    return number;
}

static void begin_parts(struct upload *upload, const struct heads *heads, const struct upload_options *options)
{
    struct slice boundary = parts_boundary(heads->of[HEAD_CONTENT_TYPE]);
    if (!boundary.len || !options->connection)
        refuse(upload, MALFORMED);
    else
        parts_begin(&upload->parts, options->connection, boundary, &options->parts, options->arena, &upload->fields,
            &upload->refusal);
}

static uint64_t limit_of(enum upload_kind kind, uint64_t most)
{
    return kind != UPLOAD_PARTS && most > HTTP_MOST_IN_MEMORY ? HTTP_MOST_IN_MEMORY : most;
}

void upload_begin(struct upload *upload, const struct heads *heads, const struct upload_options *options)
{
    upload->kind = kind_of(heads->of[HEAD_CONTENT_TYPE]);
    upload->most = limit_of(upload->kind, options->most);
    upload->arena = options->arena;
    buffer_init(&upload->bytes, HTTP_MOST_IN_MEMORY + 1);
    if (heads->of[HEAD_CONTENT_ENCODING].len)
        refuse(upload, ENCODED);
    else if (announced(heads) > upload->most)
        refuse(upload, TOO_LARGE);
    else if (upload->kind == UPLOAD_PARTS)
        begin_parts(upload, heads, options);
}

static void take(struct upload *upload, struct slice piece)
{
    if (upload->taken > upload->most) {
        refuse(upload, TOO_LARGE);
    } else if (upload->kind == UPLOAD_PARTS) {
        parts_feed(&upload->parts, piece);
    } else {
        buffer_add_slice(&upload->bytes, piece);
        refuse_for(upload, buffer_status(&upload->bytes));
    }
}

bool upload_take(struct upload *upload, struct slice piece)
{
    upload->taken += piece.len;
    if (!upload->refusal.status) {
        take(upload, piece);
        if (upload->refusal.status)
            let_go(upload);
    }
    return upload->taken <= upload->most + PATIENCE_BYTES;
}

static void finish(struct upload *upload)
{
    if (upload->kind == UPLOAD_PARTS)
        parts_end(&upload->parts);
    else if (upload->kind == UPLOAD_FIELDS)
        refuse_for(upload, fields_read(&upload->fields, upload->arena, buffer_slice(&upload->bytes)));
}

void upload_end(struct upload *upload, struct http_request *request)
{
    if (!upload->refusal.status)
        finish(upload);
    if (upload->refusal.status) {
        let_go(upload);
        return;
    }
    request->body = buffer_slice(&upload->bytes);
    request->fields = upload->fields.list;
    request->n_fields = upload->fields.n;
    request->files = upload->parts.files;
    request->n_files = upload->parts.n_files;
}

void upload_release(struct upload *upload)
{
    let_go(upload);
}
