/* reply.c - what every response carries, whatever page made it. */
#include "http/reply.h"

#include "http/disposition.h"
#include "http/events.h"
#include "http/pack.h"

#include <stdio.h>
#include <stdlib.h>

enum { WORTH_PACKING = 600, RETRY_SECONDS = 60, MOST_DISPOSITION = 4096 };

static const char PAGE_POLICY[] =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/* Of bytes that somebody brought: no script, no form, no origin of ours. */
static const char FOREIGN_POLICY[] =
    "sandbox; default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

static const char *const SECURITY_HEADERS[][2] = {
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
};

/* ---- the body ------------------------------------------------------------------------------------------------- */

/* Takes the body over, whatever happens. */
static struct MHD_Response *response_of_buffer(struct buffer *body)
{
    size_t len;
    char *ptr = buffer_take(body, &len);
    if (!ptr)
        return MHD_create_response_from_buffer(0, (void *)(uintptr_t) "", MHD_RESPMEM_PERSISTENT);
    struct MHD_Response *made = MHD_create_response_from_buffer_with_free_callback(len, ptr, free);
    if (!made)
        free(ptr);
    return made;
}

static struct MHD_Response *response_of_bytes(struct slice bytes)
{
    return MHD_create_response_from_buffer(bytes.len, (void *)(uintptr_t)bytes.ptr, MHD_RESPMEM_PERSISTENT);
}

static bool is_text(const char *type)
{
    return strncmp(type, "text/", 5) == 0 || strstr(type, "json") || strstr(type, "javascript") || strstr(type, "svg");
}

/* The body in the shape that is sent. `*is_packed` tells whether it is gzip. */
static struct MHD_Response *make_body(struct http_response *response, bool takes_gzip, bool *is_packed)
{
    *is_packed = false;
    bool may_pack = takes_gzip && response->type && is_text(response->type);
    if (response->stream.more) {
        struct http_stream stream = response->stream;
        response->stream = (struct http_stream){0};
        *is_packed = may_pack;
        return pack_stream(&stream, may_pack);
    }
    if (response->fixed.ptr) {
        *is_packed = takes_gzip && response->fixed_gzip.len;
        return response_of_bytes(*is_packed ? response->fixed_gzip : response->fixed);
    }
    if (may_pack && response->body.len >= WORTH_PACKING)
        *is_packed = pack_buffer(&response->body);
    return response_of_buffer(&response->body);
}

/* ---- the headers ---------------------------------------------------------------------------------------------- */

static void add(struct MHD_Response *made, const char *name, const char *value)
{
    if (value)
        MHD_add_response_header(made, name, value);
}

static const char *cache_control(const struct http_response *response)
{
    if (response->is_private)
        return "no-store";
    return response->is_immutable ? "public, max-age=31536000, immutable" : "no-cache";
}

static void add_fixed_headers(struct MHD_Response *made, const struct http_response *response)
{
    add(made, "Content-Security-Policy", response->is_foreign ? FOREIGN_POLICY : PAGE_POLICY);
    for (size_t i = 0; i < sizeof SECURITY_HEADERS / sizeof *SECURITY_HEADERS; i++)
        add(made, SECURITY_HEADERS[i][0], SECURITY_HEADERS[i][1]);
    add(made, "Vary", "Accept-Encoding, Accept-Language");
    if (response->is_secure)
        add(made, "Strict-Transport-Security", "max-age=31536000");
}

static void add_retry(struct MHD_Response *made, const struct http_response *response)
{
    char text[16];
    unsigned seconds = response->retry_after;
    if (!seconds && response->status == 503)
        seconds = RETRY_SECONDS;
    if (!seconds)
        return;
    snprintf(text, sizeof text, "%u", seconds);
    add(made, "Retry-After", text);
}

/* Where memory is out the name is lost, but not that it is a download. */
static void add_disposition(struct MHD_Response *made, const char *file_name)
{
    struct buffer text;
    if (!file_name)
        return;
    buffer_init(&text, MOST_DISPOSITION);
    disposition_format(&text, slice_from(file_name));
    add(made, "Content-Disposition", buffer_status(&text) == COMITY_OK ? text.ptr : "attachment");
    buffer_release(&text);
}

static void add_headers(struct MHD_Response *made, const struct http_response *response, bool is_packed)
{
    char text[128];
    add_fixed_headers(made, response);
    add(made, "Content-Type", response->type);
    add(made, "Cache-Control", cache_control(response));
    add(made, "Content-Encoding", is_packed ? "gzip" : NULL);
    if (response->etag[0]) {
        snprintf(text, sizeof text, "W/\"%s\"", response->etag);
        add(made, "ETag", text);
    }
    add(made, "Location", response->location);
    add(made, "Content-Language", response->language);
    add_disposition(made, response->file_name);
    for (size_t i = 0; i < HTTP_MOST_COOKIES; i++)
        add(made, "Set-Cookie", response->set_cookie[i]);
    add(made, "WWW-Authenticate", response->www_authenticate);
    if (response->status == 405)
        add(made, "Allow", response->allow ? response->allow : "GET, HEAD");
    add_retry(made, response);
}

static struct slice header(struct MHD_Connection *connection, const char *name)
{
    return slice_from(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

bool http_is_known(struct slice if_none_match, const char *etag)
{
    return etag[0] && if_none_match.len && slice_find(if_none_match, slice_from(etag)) >= 0;
}

static void response_release(struct http_response *response)
{
    buffer_release(&response->body);
    if (response->stream.release)
        response->stream.release(response->stream.context);
    response->stream = (struct http_stream){0};
}

/* HEAD asks what there is, and must not be kept waiting. */
static enum MHD_Result send_events(struct MHD_Connection *connection, struct http_response *response)
{
    struct MHD_Response *made =
        response->is_for_head ? response_of_bytes(SLICE("")) : events_listen(response->events, connection);
    response_release(response);
    if (!made)
        return reply_refuse(connection,
            &(struct refusal){503, "too many pages are listening already\n", NULL, response->is_secure, false});
    response->type = "text/event-stream; charset=utf-8";
    add_headers(made, response, false);
    enum MHD_Result result = MHD_queue_response(connection, response->status, made);
    MHD_destroy_response(made);
    return result;
}

/* A body that could not be made whole gives way to the status alone: nothing of it goes out. */
static void drop_failed_body(struct http_response *response)
{
    enum comity_status status = buffer_status(&response->body);
    if (status == COMITY_OK)
        return;
    buffer_release(&response->body);
    response->status = (unsigned)comity_status_http(status);
}

enum MHD_Result reply_send(struct MHD_Connection *connection, struct http_response *response)
{
    bool is_packed = false;
    if (response->events)
        return send_events(connection, response);
    drop_failed_body(response);
    if (response->status == 200 && http_is_known(header(connection, "If-None-Match"), response->etag)) {
        response_release(response);
        response->status = 304;
        response->fixed = SLICE_EMPTY;
    }
    struct MHD_Response *made = make_body(response, http_takes_gzip(header(connection, "Accept-Encoding")), &is_packed);
    response_release(response);
    if (!made)
        return MHD_NO;
    add_headers(made, response, is_packed);
    enum MHD_Result result = MHD_queue_response(connection, response->status, made);
    MHD_destroy_response(made);
    return result;
}

enum MHD_Result reply_refuse(struct MHD_Connection *connection, const struct refusal *refusal)
{
    struct slice text = slice_from(refusal->text);
    struct MHD_Response *made = response_of_bytes(text);
    struct http_response response = {.status = refusal->status,
        .type = "text/plain; charset=utf-8",
        .allow = refusal->allow,
        .is_secure = refusal->is_secure};
    if (!made)
        return MHD_NO;
    add_headers(made, &response, false);
    if (refusal->closes)
        add(made, "Connection", "close");
    enum MHD_Result result = MHD_queue_response(connection, response.status, made);
    MHD_destroy_response(made);
    return result;
}
