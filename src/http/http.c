/* http.c - libmicrohttpd's side of the seam: its two-phase handler, its responses and its clean-up.
 *
 * The address is taken raw from the log callback, because libmicrohttpd splits and decodes the query by rules of its
 * own and the query language has rules of ours. Each request owns an `exchange` with an arena; it is freed when
 * libmicrohttpd says that the request is over. */
#include "http/http.h"

#include "base/error.h"
#include "base/parallel.h"
#include "http/events.h"
#include "http/pack.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MOST_CONNECTIONS = 512,
    IDLE_SECONDS = 60,
    CONNECTION_MEMORY = 32768,
    ARENA_CAP = 64 << 20,
    WORTH_PACKING = 600
};

struct http_server {
    struct MHD_Daemon *daemon;
    http_handler *handler;
    void *context;
    uint16_t port;
};

struct exchange {
    struct arena arena;
    char *uri; /* null when it was over the limit */
};

static const char *const SECURITY_HEADERS[][2] = {
    {"Content-Security-Policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
};

/* ---- small readings of headers -------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 32);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool http_decode(struct slice text, bool plus_is_space, struct arena *arena, struct slice *out)
{
    char *to = arena_alloc(arena, text.len + 1);
    size_t n = 0;
    if (!to)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '%') {
            int high = i + 2 < text.len ? hex_digit(text.ptr[i + 1]) : -1;
            int low = i + 2 < text.len ? hex_digit(text.ptr[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (c == '\0')
            return false;
        to[n++] = c;
    }
    to[n] = '\0';
    *out = slice_of(to, n);
    return true;
}

static bool is_ipv4_loopback(struct slice host)
{
    char text[INET_ADDRSTRLEN];
    struct in_addr address;
    if (host.len == 0 || host.len >= sizeof text)
        return false;
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    return inet_pton(AF_INET, text, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

bool http_host_is_local(struct slice host)
{
    struct slice name, port;
    if (host.len && host.ptr[0] == '[') {
        ptrdiff_t end = slice_find(host, SLICE("]"));
        if (end < 0)
            return false;
        name = slice_of(host.ptr, (size_t)end + 1);
        port = slice_of(host.ptr + end + 1, host.len - (size_t)end - 1);
        if (port.len && port.ptr[0] != ':')
            return false;
    } else {
        port = host;
        name = slice_cut(&port, ':');
    }
    for (size_t i = 0; i < port.len; i++)
        if (port.ptr[i] != ':' && (port.ptr[i] < '0' || port.ptr[i] > '9'))
            return false;
    return slice_equal_nocase(name, SLICE("localhost")) || slice_is(name, "[::1]") || is_ipv4_loopback(name);
}

bool http_takes_gzip(struct slice accept)
{
    while (accept.len) {
        struct slice parameters = slice_cut(&accept, ',');
        struct slice name = slice_trim(slice_cut(&parameters, ';'));
        struct slice quality = slice_trim(parameters);
        if (slice_equal_nocase(name, SLICE("gzip")))
            return !slice_starts_with(quality, SLICE("q=0")) || slice_find(quality, SLICE(".")) >= 0;
    }
    return false;
}

static struct slice header(struct MHD_Connection *connection, const char *name)
{
    return slice_from(MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name));
}

/* ---- responses ------------------------------------------------------------------------------------------------ */

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
    return type && (strncmp(type, "text/", 5) == 0 || strstr(type, "json") || strstr(type, "javascript") ||
                       strstr(type, "svg"));
}

/* The body in the shape that is sent. `*is_packed` tells whether it is gzip. */
static struct MHD_Response *make_body(struct http_response *response, bool takes_gzip, bool *is_packed)
{
    *is_packed = false;
    bool may_pack = takes_gzip && is_text(response->type);
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

static void add_headers(struct MHD_Response *made, const struct http_response *response, bool is_packed)
{
    char text[128];
    for (size_t i = 0; i < sizeof SECURITY_HEADERS / sizeof *SECURITY_HEADERS; i++)
        MHD_add_response_header(made, SECURITY_HEADERS[i][0], SECURITY_HEADERS[i][1]);
    if (response->type)
        MHD_add_response_header(made, "Content-Type", response->type);
    MHD_add_response_header(made, "Vary", "Accept-Encoding, Accept-Language");
    MHD_add_response_header(
        made, "Cache-Control", response->is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
    if (is_packed)
        MHD_add_response_header(made, "Content-Encoding", "gzip");
    if (response->etag[0]) {
        snprintf(text, sizeof text, "W/\"%s\"", response->etag);
        MHD_add_response_header(made, "ETag", text);
    }
    if (response->location)
        MHD_add_response_header(made, "Location", response->location);
    if (response->language)
        MHD_add_response_header(made, "Content-Language", response->language);
    if (response->file_name) {
        snprintf(text, sizeof text, "attachment; filename=\"%s\"", response->file_name);
        MHD_add_response_header(made, "Content-Disposition", text);
    }
    if (response->status == 503)
        MHD_add_response_header(made, "Retry-After", "60");
    if (response->status == 405)
        MHD_add_response_header(made, "Allow", "GET, HEAD");
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

static enum MHD_Result send_refusal(struct MHD_Connection *connection, unsigned status, const char *text);

/* HEAD asks what there is, and must not be kept waiting. */
static enum MHD_Result send_events(struct MHD_Connection *connection, struct http_response *response)
{
    struct MHD_Response *made =
        response->is_for_head ? response_of_bytes(SLICE("")) : events_listen(response->events, connection);
    response_release(response);
    if (!made)
        return send_refusal(connection, 503, "too many pages are listening already\n");
    response->type = "text/event-stream; charset=utf-8";
    add_headers(made, response, false);
    enum MHD_Result result = MHD_queue_response(connection, response->status, made);
    MHD_destroy_response(made);
    return result;
}

static enum MHD_Result send_response(struct MHD_Connection *connection, struct http_response *response)
{
    bool is_packed = false;
    if (response->events)
        return send_events(connection, response);
    if (buffer_status(&response->body) != COMITY_OK) {
        buffer_release(&response->body);
        response->status = (unsigned)comity_status_http(buffer_status(&response->body));
    }
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

static enum MHD_Result send_refusal(struct MHD_Connection *connection, unsigned status, const char *text)
{
    struct http_response response = {.status = status, .type = "text/plain; charset=utf-8", .fixed = slice_from(text)};
    return send_response(connection, &response);
}

/* ---- requests ------------------------------------------------------------------------------------------------- */

static void *on_address(void *context, const char *uri, struct MHD_Connection *connection)
{
    (void)context;
    (void)connection;
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange)
        return NULL;
    arena_init(&exchange->arena, ARENA_CAP);
    if (strlen(uri) <= HTTP_MOST_URI)
        exchange->uri = arena_string(&exchange->arena, slice_from(uri));
    return exchange;
}

static void on_completed(
    void *context, struct MHD_Connection *connection, void **slot, enum MHD_RequestTerminationCode why)
{
    (void)context;
    (void)connection;
    (void)why;
    struct exchange *exchange = *slot;
    if (!exchange)
        return;
    arena_release(&exchange->arena);
    free(exchange);
    *slot = NULL;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_size, void **slot)
{
    (void)url;
    (void)version;
    (void)upload;
    (void)upload_size;
    struct http_server *server = context;
    struct exchange *exchange = *slot;
    if (!exchange)
        return send_refusal(connection, 503, "out of memory\n");
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return send_refusal(connection, 405, "this server only answers GET and HEAD\n");
    if (!http_host_is_local(header(connection, "Host")))
        return send_refusal(connection, 421, "this server answers to the names of this machine only\n");
    if (!exchange->uri)
        return send_refusal(connection, 414, "the address is longer than 8192 bytes\n");
    struct http_request request = {.arena = &exchange->arena,
        .accept_language = header(connection, "Accept-Language"),
        .if_none_match = header(connection, "If-None-Match")};
    request.query = slice_from(exchange->uri);
    struct slice path = slice_cut(&request.query, '?');
    if (!http_decode(path, false, &exchange->arena, &request.path) || request.path.len == 0 ||
        request.path.ptr[0] != '/')
        return send_refusal(connection, 400, "the address is malformed\n");
    struct http_response response = {
        .status = 200, .type = "text/plain; charset=utf-8", .is_for_head = method[0] == 'H'};
    buffer_init(&response.body, HTTP_MOST_BODY);
    server->handler(server->context, &request, &response);
    return send_response(connection, &response);
}

/* ---- starting and stopping ------------------------------------------------------------------------------------ */

union any_address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

static enum comity_status read_address(
    const struct http_options *options, union any_address *out, struct comity_error *err)
{
    const char *text = options->address && strcmp(options->address, "localhost") != 0 ? options->address : "127.0.0.1";
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &out->four.sin_addr) == 1) {
        out->four.sin_family = AF_INET;
        out->four.sin_port = htons(options->port);
        if (ntohl(out->four.sin_addr.s_addr) >> 24 == 127)
            return COMITY_OK;
    } else if (inet_pton(AF_INET6, text, &out->six.sin6_addr) == 1) {
        out->six.sin6_family = AF_INET6;
        out->six.sin6_port = htons(options->port);
        if (IN6_IS_ADDR_LOOPBACK(&out->six.sin6_addr))
            return COMITY_OK;
    } else {
        return error_set(err, COMITY_USAGE, "'%s' is no address", text);
    }
    error_set(err, COMITY_REFUSED, "'%s' is not an address of this machine alone", text);
    error_hint(err, "there are no accounts yet: use 127.0.0.1 or ::1");
    return COMITY_REFUSED;
}

enum comity_status http_start(const struct http_options *options, struct http_server **out, struct comity_error *err)
{
    union any_address address;
    enum comity_status status = read_address(options, &address, err);
    if (status != COMITY_OK)
        return status;
    struct http_server *server = calloc(1, sizeof *server);
    if (!server)
        return error_nomem(err);
    server->handler = options->handler;
    server->context = options->context;
    unsigned threads = options->threads ? options->threads : parallel_processors();
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME |
                     (address.any.sa_family == AF_INET6 ? MHD_USE_IPv6 : 0u);
    server->daemon = MHD_start_daemon(flags, options->port, NULL, NULL, on_request, server, MHD_OPTION_SOCK_ADDR,
        &address.any, MHD_OPTION_THREAD_POOL_SIZE, threads < 2 ? 2u : threads, MHD_OPTION_URI_LOG_CALLBACK, on_address,
        NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY, MHD_OPTION_END);
    if (!server->daemon) {
        char port[16];
        snprintf(port, sizeof port, "port %u", (unsigned)options->port);
        error_io(err, "listen on", port);
        error_hint(err, "is another server running there? choose another port");
        free(server);
        return COMITY_IO;
    }
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    server->port = info ? info->port : options->port;
    *out = server;
    return COMITY_OK;
}

uint16_t http_port(const struct http_server *server)
{
    return server->port;
}

void http_stop(struct http_server *server)
{
    if (!server)
        return;
    MHD_stop_daemon(server->daemon);
    free(server);
}
