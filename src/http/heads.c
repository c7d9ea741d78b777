/* heads.c - Fetch metadata (W3C) says who sends a request; the Origin header is what older browsers and plain HTTP have
 * instead. Cookies are read as RFC 6265 section 5.4 sends them. */
#include "http/heads.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>

static const char *const NAMES[N_HEADS] = {
    [HEAD_HOST] = "Host",
    [HEAD_ORIGIN] = "Origin",
    [HEAD_FETCH_SITE] = "Sec-Fetch-Site",
    [HEAD_AUTHORIZATION] = "Authorization",
    [HEAD_CONTENT_TYPE] = "Content-Type",
    [HEAD_CONTENT_LENGTH] = "Content-Length",
    [HEAD_CONTENT_ENCODING] = "Content-Encoding",
    [HEAD_TRANSFER_ENCODING] = "Transfer-Encoding",
    [HEAD_COOKIE] = "Cookie",
    [HEAD_USER_AGENT] = "User-Agent",
    [HEAD_ACCEPT_LANGUAGE] = "Accept-Language",
    [HEAD_IF_NONE_MATCH] = "If-None-Match",
    [HEAD_FORWARDED_FOR] = "X-Forwarded-For",
    [HEAD_FORWARDED_PROTO] = "X-Forwarded-Proto",
};
/* Those that a well-behaved client sends once. */
static const enum head SINGLE[] = {HEAD_HOST, HEAD_ORIGIN, HEAD_FETCH_SITE, HEAD_AUTHORIZATION, HEAD_CONTENT_TYPE,
    HEAD_CONTENT_LENGTH, HEAD_CONTENT_ENCODING, HEAD_TRANSFER_ENCODING};

/* ---- gathering ------------------------------------------------------------------------------------------------ */

/* A proxy that speaks HTTP/2 to the browser may hand cookies on in several lines (RFC 9113, 8.2.3). */
static void join_cookies(struct heads *heads, struct slice more)
{
    struct slice *cookies = &heads->of[HEAD_COOKIE];
    char *joined = arena_alloc(heads->arena, cookies->len + more.len + 2);
    if (!joined) {
        heads->is_out_of_memory = true;
        return;
    }
    memcpy(joined, cookies->ptr, cookies->len);
    memcpy(joined + cookies->len, "; ", 2);
    memcpy(joined + cookies->len + 2, more.ptr, more.len);
    *cookies = slice_of(joined, cookies->len + more.len + 2);
}

void heads_add(struct heads *heads, struct slice name, struct slice value)
{
    if (memchr(name.ptr, '\0', name.len) || (value.len && memchr(value.ptr, '\0', value.len)))
        heads->has_nul = true;
    for (size_t i = 0; i < N_HEADS; i++) {
        if (!slice_equal_nocase(name, slice_from(NAMES[i])))
            continue;
        bool is_more = heads->count[i]++ && i == HEAD_COOKIE && heads->of[i].len && value.len;
        if (is_more)
            join_cookies(heads, value);
        else
            heads->of[i] = value;
        return;
    }
}

static enum MHD_Result on_header(
    void *context, enum MHD_ValueKind kind, const char *name, size_t name_len, const char *value, size_t value_len)
{
    (void)kind;
    heads_add(context, slice_of(name, name_len), slice_of(value, value_len));
    return MHD_YES;
}

void heads_read(struct heads *heads, struct MHD_Connection *connection, struct arena *arena)
{
    memset(heads, 0, sizeof *heads);
    heads->arena = arena;
    MHD_get_connection_values_n(connection, MHD_HEADER_KIND, on_header, heads);
}

bool heads_are_sound(const struct heads *heads)
{
    if (heads->has_nul)
        return false;
    for (size_t i = 0; i < sizeof SINGLE / sizeof *SINGLE; i++)
        if (heads->count[SINGLE[i]] > 1)
            return false;
    if (!heads->count[HEAD_TRANSFER_ENCODING])
        return true;
    return !heads->count[HEAD_CONTENT_LENGTH] &&
           slice_equal_nocase(heads->of[HEAD_TRANSFER_ENCODING], SLICE("chunked"));
}

/* ---- addresses and hosts -------------------------------------------------------------------------------------- */

/* A copy that inet_pton can read; false when it is too long to be an address. */
static bool as_string(struct slice text, char out[INET6_ADDRSTRLEN])
{
    if (text.len == 0 || text.len >= INET6_ADDRSTRLEN)
        return false;
    memcpy(out, text.ptr, text.len);
    out[text.len] = '\0';
    return true;
}

static bool is_ipv4_loopback(struct slice host)
{
    char text[INET6_ADDRSTRLEN];
    struct in_addr address;
    return as_string(host, text) && inet_pton(AF_INET, text, &address) == 1 && ntohl(address.s_addr) >> 24 == 127;
}

static bool is_address(struct slice host)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr room;
    return as_string(host, text) && (inet_pton(AF_INET, text, &room) == 1 || inet_pton(AF_INET6, text, &room) == 1);
}

/* Parts "[::1]:80" or "name:80". False when what stands behind the name is no port. */
static bool cut_host(struct slice host, struct slice *name)
{
    struct slice port = host;
    if (host.len && host.ptr[0] == '[') {
        ptrdiff_t end = slice_find(host, SLICE("]"));
        if (end < 0)
            return false;
        *name = slice_of(host.ptr, (size_t)end + 1);
        port = slice_of(host.ptr + end + 1, host.len - (size_t)end - 1);
        if (port.len && port.ptr[0] != ':')
            return false;
    } else {
        *name = slice_cut(&port, ':');
    }
    for (size_t i = 0; i < port.len; i++)
        if (port.ptr[i] != ':' && (port.ptr[i] < '0' || port.ptr[i] > '9'))
            return false;
    return true;
}

bool http_host_is_local(struct slice host)
{
    struct slice name;
    if (!cut_host(host, &name))
        return false;
    return slice_equal_nocase(name, SLICE("localhost")) || slice_is(name, "[::1]") || is_ipv4_loopback(name);
}

bool http_host_is_named(struct slice host, const char *const *names, size_t n_names)
{
    struct slice name;
    if (!cut_host(host, &name) || !name.len)
        return false;
    for (size_t i = 0; i < n_names; i++)
        if (slice_equal_nocase(name, slice_from(names[i])))
            return true;
    return false;
}

bool http_host_is_address(struct slice host, const char *address)
{
    struct slice name;
    if (!cut_host(host, &name))
        return false;
    if (name.len > 2 && name.ptr[0] == '[')
        name = slice_of(name.ptr + 1, name.len - 2);
    bool is_any = strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0;
    return is_any ? is_address(name) : slice_equal_nocase(name, slice_from(address));
}

/* ---- what follows --------------------------------------------------------------------------------------------- */

/* Whether an Origin is scheme://host. */
static bool is_origin(struct slice origin, bool is_secure, struct slice host)
{
    struct slice scheme = is_secure ? SLICE("https://") : SLICE("http://");
    if (!host.len || !slice_starts_with(origin, scheme))
        return false;
    return slice_equal_nocase(slice_of(origin.ptr + scheme.len, origin.len - scheme.len), host);
}

static bool is_same_origin(const struct heads *heads, bool is_secure)
{
    if (heads->count[HEAD_FETCH_SITE])
        return slice_is(heads->of[HEAD_FETCH_SITE], "same-origin");
    return is_origin(heads->of[HEAD_ORIGIN], is_secure, heads->of[HEAD_HOST]);
}

/* A proxy puts whom it has heard behind what it was told: the last is the one that it knows itself. */
static struct slice last_of(struct slice list)
{
    struct slice last = SLICE_EMPTY;
    while (list.len)
        last = slice_trim(slice_cut(&list, ','));
    return last;
}

void heads_tell(const struct heads *heads, bool trusts_proxy, bool is_tls, struct slice peer, struct http_request *out)
{
    bool is_proxied = trusts_proxy && (is_ipv4_loopback(peer) || slice_is(peer, "::1"));
    struct slice client = last_of(heads->of[HEAD_FORWARDED_FOR]);
    out->is_secure =
        is_tls || (is_proxied && slice_equal_nocase(last_of(heads->of[HEAD_FORWARDED_PROTO]), SLICE("https")));
    out->peer = is_proxied && is_address(client) ? client : peer;
    out->is_same_origin = is_same_origin(heads, out->is_secure);
    out->host = heads->of[HEAD_HOST];
    out->accept_language = heads->of[HEAD_ACCEPT_LANGUAGE];
    out->if_none_match = heads->of[HEAD_IF_NONE_MATCH];
    out->content_type = heads->of[HEAD_CONTENT_TYPE];
    out->authorization = heads->of[HEAD_AUTHORIZATION];
    out->user_agent = heads->of[HEAD_USER_AGENT];
    out->cookies = heads->of[HEAD_COOKIE];
}

bool http_is_bearer(const struct http_request *request)
{
    struct slice rest = request->authorization;
    return slice_equal_nocase(slice_cut(&rest, ' '), SLICE("Bearer")) && slice_trim(rest).len > 0;
}

bool http_cookie(const struct http_request *request, const char *name, struct slice *value)
{
    struct slice rest = http_is_bearer(request) ? SLICE_EMPTY : request->cookies;
    while (rest.len) {
        struct slice pair = slice_cut(&rest, ';');
        if (slice_find(pair, SLICE("=")) < 0 || !slice_is(slice_trim(slice_cut(&pair, '=')), name))
            continue;
        pair = slice_trim(pair);
        bool is_quoted = pair.len >= 2 && pair.ptr[0] == '"' && pair.ptr[pair.len - 1] == '"';
        *value = is_quoted ? slice_of(pair.ptr + 1, pair.len - 2) : pair;
        return true;
    }
    *value = SLICE_EMPTY;
    return false;
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
