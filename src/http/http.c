/* http.c - libmicrohttpd's side of the seam: its handler, which is called once for a request's headers, then for each
 * piece of its body and once more at the end; and its clean-up.
 *
 * The address is taken raw from the log callback, because libmicrohttpd splits and decodes the query by rules of its
 * own and the query language has rules of ours. Each request owns an `exchange` with an arena; it is freed when
 * libmicrohttpd says that the request is over. */
#include "http/http.h"

#include "base/error.h"
#include "base/parallel.h"
#include "http/certificate.h"
#include "http/heads.h"
#include "http/patience.h"
#include "http/reply.h"
#include "http/upload.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    MOST_CONNECTIONS = 512,
    MOST_OF_ONE_PEER = 128, /* an office behind one address: twenty browsers of six connections */
    IDLE_SECONDS = 60,
    CONNECTION_MEMORY = 32768,
    ARENA_CAP = 64 << 20,
    /* How long a client may take: for its headers; for its body, at a rate that a bad line still has. */
    HEAD_MS = 30000,
    BODY_MS = 60000,
    BODY_BYTES_PER_SECOND = 4096
};

static const struct patience_options PATIENCE = {
    .head_ms = HEAD_MS, .idle_ms = IDLE_SECONDS * 1000, .body_ms = BODY_MS, .bytes_per_sec = BODY_BYTES_PER_SECOND};

struct http_server {
    struct MHD_Daemon *daemon;
    struct patience *patience;
    struct certificates *certificates; /* null: no TLS */
    struct http_options options;       /* its strings are the caller's, and not looked at after the start, but: */
    char **names;                      /* copies */
    char *address, *spool_folder;
    uint16_t port;
};

/* One connection; what libmicrohttpd keeps for us beside it. */
struct caller {
    struct http_server *server;
    struct line *line;
};

struct exchange {
    struct arena arena;
    char *uri; /* null when it was over the limit */
    bool has_begun;
    char peer[INET6_ADDRSTRLEN];
    struct heads heads;
    struct http_request request;
    struct upload upload;
};

/* ---- the headers ---------------------------------------------------------------------------------------------- */

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

static struct caller *caller_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info ? info->socket_context : NULL;
}

/* Null where memory was out when it came. */
static struct line *line_of(struct MHD_Connection *connection)
{
    struct caller *caller = caller_of(connection);
    return caller ? caller->line : NULL;
}

static struct caller *begin_caller(struct http_server *server, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct caller *caller = calloc(1, sizeof *caller);
    if (!caller)
        return NULL;
    caller->server = server;
    caller->line = patience_begin(server->patience, info->connect_fd);
    return caller;
}

static void on_connection(
    void *context, struct MHD_Connection *connection, void **slot, enum MHD_ConnectionNotificationCode what)
{
    struct http_server *server = context;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        *slot = begin_caller(server, connection);
    } else if (*slot) {
        patience_end(server->patience, ((struct caller *)*slot)->line);
        free(*slot);
        *slot = NULL;
    }
}

/* GnuTLS asks for the certificate of a handshake. The session's pointer is libmicrohttpd's connection: it sets that for
 * a callback of its own, and its headers do not say so; the tests of TLS would fail without it. */
static int on_handshake(gnutls_session_t session, const gnutls_datum_t *authorities, int n_authorities,
    const gnutls_pk_algorithm_t *algorithms, int n_algorithms, gnutls_pcert_st **chain, unsigned *n_chain,
    gnutls_privkey_t *key)
{
    (void)authorities;
    (void)n_authorities;
    (void)algorithms;
    (void)n_algorithms;
    struct MHD_Connection *connection = gnutls_session_get_ptr(session);
    struct caller *caller = connection ? caller_of(connection) : NULL;
    if (!caller)
        return -1;
    certificates_give(caller->server->certificates, chain, n_chain, key);
    return 0;
}

static void on_completed(
    void *context, struct MHD_Connection *connection, void **slot, enum MHD_RequestTerminationCode why)
{
    (void)why;
    struct http_server *server = context;
    struct exchange *exchange = *slot;
    patience_next(server->patience, line_of(connection));
    if (!exchange)
        return;
    upload_release(&exchange->upload);
    arena_release(&exchange->arena);
    free(exchange);
    *slot = NULL;
}

/* The text of the client's address. One of IPv4 that came in through a socket of both kinds is shown as such. */
static struct slice read_peer(struct MHD_Connection *connection, char text[INET6_ADDRSTRLEN])
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    text[0] = '\0';
    if (!info || !info->client_addr)
        return SLICE_EMPTY;
    if (info->client_addr->sa_family == AF_INET) {
        const struct sockaddr_in *four = (const void *)info->client_addr;
        inet_ntop(AF_INET, &four->sin_addr, text, INET6_ADDRSTRLEN);
    } else if (info->client_addr->sa_family == AF_INET6) {
        const struct sockaddr_in6 *six = (const void *)info->client_addr;
        bool is_mapped = IN6_IS_ADDR_V4MAPPED(&six->sin6_addr);
        inet_ntop(is_mapped ? AF_INET : AF_INET6,
            is_mapped ? &six->sin6_addr.s6_addr[12] : (const void *)&six->sin6_addr, text, INET6_ADDRSTRLEN);
    }
    return slice_from(text);
}

static bool is_our_host(const struct http_server *server, struct slice host)
{
    return http_host_is_local(host) || http_host_is_named(host, server->options.names, server->options.n_names) ||
           (server->options.may_listen_beyond && http_host_is_address(host, server->address));
}

/* How much a POST may bring to the path; 0: there is no POST there. */
static uint64_t post_limit(const struct http_server *server, struct slice path)
{
    const struct http_options *options = &server->options;
    return options->body_limit ? options->body_limit(options->context, HTTP_POST, path) : 0;
}

static bool read_method(const char *text, enum http_method *method)
{
    static const char *const names[] = {[HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD", [HTTP_POST] = "POST"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        *method = (enum http_method)i;
        if (strcmp(text, names[i]) == 0)
            return true;
    }
    return false;
}

static bool has_body(const struct heads *heads)
{
    struct slice length = heads->of[HEAD_CONTENT_LENGTH];
    for (size_t i = 0; i < length.len; i++)
        if (length.ptr[i] != '0')
            return true;
    return heads->count[HEAD_TRANSFER_ENCODING] > 0;
}

/* What is wrong with the address and the host, before anybody looks at what is asked. */
static struct refusal refuse_address(const struct http_server *server, struct exchange *exchange)
{
    const struct heads *heads = &exchange->heads;
    struct http_request *request = &exchange->request;
    if (heads->is_out_of_memory)
        return (struct refusal){.status = 503, .text = "out of memory\n"};
    if (!heads_are_sound(heads))
        return (struct refusal){.status = 400, .text = "the headers contradict each other\n"};
    if (!is_our_host(server, request->host))
        return (struct refusal){.status = 421, .text = "this server does not answer to this name\n"};
    if (!exchange->uri)
        return (struct refusal){.status = 414, .text = "the address is longer than 8192 bytes\n"};
    request->query = slice_from(exchange->uri);
    struct slice path = slice_cut(&request->query, '?');
    if (!http_decode(path, false, &exchange->arena, &request->path) || request->path.len == 0 ||
        request->path.ptr[0] != '/')
        return (struct refusal){.status = 400, .text = "the address is malformed\n"};
    return (struct refusal){0};
}

static struct refusal refuse_method(struct exchange *exchange, const char *method, uint64_t limit)
{
    struct http_request *request = &exchange->request;
    if (!read_method(method, &request->method) || (request->method == HTTP_POST && !limit))
        return (struct refusal){.status = 405,
            .text = limit ? "only GET, HEAD and POST are answered here\n" : "only GET and HEAD are answered here\n",
            .allow = limit ? "GET, HEAD, POST" : "GET, HEAD"};
    if (request->method != HTTP_POST && has_body(&exchange->heads))
        return (struct refusal){.status = 400, .text = "only a POST may bring a body\n"};
    if (request->method == HTTP_POST && !request->is_same_origin && !http_is_bearer(request))
        return (struct refusal){.status = 403,
            .text = "this was sent from a page of another site, or from a program without a token: open the page here "
                    "and send it again\n"};
    return (struct refusal){0};
}

static void begin_upload(
    const struct http_server *server, struct exchange *exchange, struct MHD_Connection *connection, uint64_t limit)
{
    const struct http_options *options = &server->options;
    struct upload_options upload = {.connection = connection,
        .arena = &exchange->arena,
        .most = limit,
        .parts = {.most_file = options->most_file, .most_files = options->most_files, .folder = server->spool_folder}};
    upload_begin(&exchange->upload, &exchange->heads, &upload);
}

/* The first call: all that can be said no to without the body. A refusal here closes the line. */
static struct refusal begin(
    const struct http_server *server, struct exchange *exchange, struct MHD_Connection *connection, const char *method)
{
    struct http_request *request = &exchange->request;
    bool is_tls = server->certificates != NULL;
    exchange->has_begun = true;
    request->arena = &exchange->arena;
    heads_read(&exchange->heads, connection, &exchange->arena);
    heads_tell(&exchange->heads, server->options.trusts_proxy, is_tls, read_peer(connection, exchange->peer), request);
    struct refusal refusal = refuse_address(server, exchange);
    if (refusal.status)
        return refusal;
    bool is_read = strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
    uint64_t limit = is_read ? 0 : post_limit(server, request->path);
    refusal = refuse_method(exchange, method, limit);
    if (refusal.status || request->method != HTTP_POST)
        return refusal;
    begin_upload(server, exchange, connection, limit);
    patience_body(server->patience, line_of(connection), limit);
    return exchange->upload.refusal;
}

/* ---- the body and the answer ---------------------------------------------------------------------------------- */

static enum MHD_Result refuse(struct exchange *exchange, struct MHD_Connection *connection, struct refusal refusal)
{
    refusal.is_secure = exchange->request.is_secure;
    return reply_refuse(connection, &refusal);
}

static enum MHD_Result answer(struct http_server *server, struct exchange *exchange, struct MHD_Connection *connection)
{
    struct http_request *request = &exchange->request;
    patience_answer(server->patience, line_of(connection));
    if (request->method == HTTP_POST)
        upload_end(&exchange->upload, request);
    if (exchange->upload.refusal.status)
        return refuse(exchange, connection, exchange->upload.refusal);
    struct http_response response = {.status = 200,
        .type = "text/plain; charset=utf-8",
        .is_for_head = request->method == HTTP_HEAD,
        .is_secure = request->is_secure};
    buffer_init(&response.body, HTTP_MOST_BODY);
    server->options.handler(server->options.context, request, &response);
    return reply_send(connection, &response);
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *piece, size_t *piece_size, void **slot)
{
    (void)url;
    (void)version;
    struct http_server *server = context;
    struct exchange *exchange = *slot;
    if (!exchange)
        return reply_refuse(connection, &(struct refusal){.status = 503, .text = "out of memory\n"});
    if (!exchange->has_begun) {
        struct refusal refusal = begin(server, exchange, connection, method);
        return refusal.status ? refuse(exchange, connection, refusal) : MHD_YES;
    }
    if (!*piece_size)
        return answer(server, exchange, connection);
    bool goes_on = upload_take(&exchange->upload, slice_of(piece, *piece_size));
    *piece_size = 0;
    return goes_on ? MHD_YES : MHD_NO;
}

/* ---- starting and stopping ------------------------------------------------------------------------------------ */

union any_address {
    struct sockaddr any;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

/* Reads text into an address with the port. False when it is none. */
static bool parse_address(const char *text, uint16_t port, union any_address *out)
{
    memset(out, 0, sizeof *out);
    if (inet_pton(AF_INET, text, &out->four.sin_addr) == 1) {
        out->four.sin_family = AF_INET;
        out->four.sin_port = htons(port);
        return true;
    }
    if (inet_pton(AF_INET6, text, &out->six.sin6_addr) != 1)
        return false;
    out->six.sin6_family = AF_INET6;
    out->six.sin6_port = htons(port);
    return true;
}

static bool is_loopback(const union any_address *address)
{
    if (address->any.sa_family == AF_INET)
        return ntohl(address->four.sin_addr.s_addr) >> 24 == 127;
    return IN6_IS_ADDR_LOOPBACK(&address->six.sin6_addr);
}

static enum comity_status read_address(
    const struct http_server *server, union any_address *out, struct comity_error *err)
{
    if (!parse_address(server->address, server->options.port, out))
        return error_set(err, COMITY_USAGE, "'%s' is no address", server->address);
    if (server->options.may_listen_beyond || is_loopback(out))
        return COMITY_OK;
    error_set(err, COMITY_REFUSED, "'%s' is not an address of this machine alone", server->address);
    error_hint(err, "nobody has an account yet: make one on this machine first (comity serve --accounts)");
    return COMITY_REFUSED;
}

static void free_copies(struct http_server *server)
{
    for (size_t i = 0; server->names && i < server->options.n_names; i++)
        free(server->names[i]);
    free(server->names);
    free(server->address);
    free(server->spool_folder);
}

/* The options' strings, so that the caller need not keep them. */
static bool copy_options(struct http_server *server, const struct http_options *options)
{
    server->options = *options;
    server->options.n_names = 0;
    bool is_default = !options->address || strcmp(options->address, "localhost") == 0;
    server->address = strdup(is_default ? "127.0.0.1" : options->address);
    server->spool_folder = strdup(options->spool_folder ? options->spool_folder : "/tmp");
    server->names = calloc(options->n_names + 1, sizeof *server->names);
    bool is_whole = server->address && server->spool_folder && server->names;
    for (size_t i = 0; is_whole && i < options->n_names; i++) {
        server->names[i] = strdup(options->names[i]);
        is_whole = server->names[i] != NULL;
        server->options.n_names += is_whole;
    }
    server->options.names = (const char *const *)server->names;
    return is_whole;
}

/* Behind a proxy and on loopback alone everybody comes from one address: there is nothing to be told apart. */
static unsigned most_of_one_peer(const struct http_server *server, const union any_address *address)
{
    return is_loopback(address) || server->options.trusts_proxy ? 0 : (unsigned)MOST_OF_ONE_PEER;
}

static unsigned flags_of(const struct http_server *server, const union any_address *address)
{
    unsigned flags = (unsigned)MHD_USE_EPOLL_INTERNAL_THREAD | (unsigned)MHD_ALLOW_SUSPEND_RESUME;
    if (address->any.sa_family == AF_INET6)
        flags |= (unsigned)MHD_USE_IPv6;
    if (address->any.sa_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&address->six.sin6_addr))
        flags |= (unsigned)MHD_USE_DUAL_STACK;
    return server->certificates ? flags | (unsigned)MHD_USE_TLS : flags;
}

static enum comity_status listen_on(
    struct http_server *server, const union any_address *address, struct comity_error *err)
{
    static struct MHD_OptionItem tls[] = {{MHD_OPTION_HTTPS_CERT_CALLBACK, 0, (void *)(uintptr_t)on_handshake},
        {MHD_OPTION_HTTPS_PRIORITIES, 0, (void *)(uintptr_t)CERTIFICATE_PRIORITIES}, {MHD_OPTION_END, 0, NULL}};
    static struct MHD_OptionItem plain[] = {{MHD_OPTION_END, 0, NULL}};
    char port[16];
    unsigned threads = server->options.threads ? server->options.threads : parallel_processors();
    server->daemon = MHD_start_daemon(flags_of(server, address), server->options.port, NULL, NULL, on_request, server,
        MHD_OPTION_SOCK_ADDR, &address->any, MHD_OPTION_THREAD_POOL_SIZE, threads < 2 ? 2u : threads,
        MHD_OPTION_URI_LOG_CALLBACK, on_address, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
        MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_CONNECTION_LIMIT, (unsigned)MOST_CONNECTIONS,
        MHD_OPTION_PER_IP_CONNECTION_LIMIT, most_of_one_peer(server, address), MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_MEMORY, MHD_OPTION_ARRAY,
        server->certificates ? tls : plain, MHD_OPTION_END);
    if (server->daemon)
        return COMITY_OK;
    snprintf(port, sizeof port, "port %u", (unsigned)server->options.port);
    error_io(err, "listen on", port);
    error_hint(err, "is another server running there? choose another port");
    return COMITY_IO;
}

static void say(const struct http_server *server, const char *line)
{
    if (line[0] && server->options.say)
        server->options.say(server->options.context, line);
}

static enum comity_status open_tls(
    struct http_server *server, const struct http_options *options, struct comity_error *err)
{
    char warning[512];
    if (!options->tls_cert && !options->tls_key)
        return COMITY_OK;
    if (!options->tls_cert || !options->tls_key)
        return error_set(err, COMITY_USAGE, "TLS needs a certificate and its key, both");
    if (MHD_is_feature_supported(MHD_FEATURE_TLS) != MHD_YES)
        return error_set(err, COMITY_UNSUPPORTED, "the installed libmicrohttpd was built without TLS");
    enum comity_status status =
        certificates_open(options->tls_cert, options->tls_key, &server->certificates, warning, sizeof warning, err);
    if (status == COMITY_OK)
        say(server, warning);
    return status;
}

static enum comity_status start(struct http_server *server, struct comity_error *err)
{
    union any_address address;
    enum comity_status status = read_address(server, &address, err);
    if (status != COMITY_OK)
        return status;
    server->patience = patience_new(&PATIENCE);
    status = server->patience ? COMITY_OK : error_nomem(err);
    if (status == COMITY_OK)
        status = listen_on(server, &address, err);
    if (status != COMITY_OK)
        return status;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_BIND_PORT);
    server->port = info ? info->port : server->options.port;
    return COMITY_OK;
}

enum comity_status http_start(const struct http_options *options, struct http_server **out, struct comity_error *err)
{
    struct http_server *server = calloc(1, sizeof *server);
    if (!server)
        return error_nomem(err);
    enum comity_status status = copy_options(server, options) ? COMITY_OK : error_nomem(err);
    if (status == COMITY_OK)
        status = open_tls(server, options, err);
    if (status == COMITY_OK)
        status = start(server, err);
    if (status != COMITY_OK) {
        http_stop(server);
        return status;
    }
    *out = server;
    return COMITY_OK;
}

enum comity_status http_reload(struct http_server *server, struct comity_error *err)
{
    char warning[512];
    if (!server->certificates)
        return COMITY_OK;
    enum comity_status status = certificates_reload(server->certificates, warning, sizeof warning, err);
    if (status == COMITY_OK)
        say(server, warning);
    return status;
}

uint16_t http_port(const struct http_server *server)
{
    return server->port;
}

void http_stop(struct http_server *server)
{
    if (!server)
        return;
    if (server->daemon)
        MHD_stop_daemon(server->daemon);
    patience_free(server->patience);
    certificates_close(server->certificates);
    free_copies(server);
    free(server);
}
