/* libcurl does HTTP, TLS and names; redirects are followed here, one by one, so that each can be looked at. */
#include "intake/fetch.h"

#include "base/buffer.h"
#include "base/error.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_REDIRECTS = 5, MOST_FDS = 8 };

struct transfer {
    struct transfer *next;
    CURL *easy;
    struct curl_slist *headers;
    FILE *file;
    char *path, *url, *ca, *proxy;
    uint64_t most_bytes, n_bytes;
    unsigned n_redirects;
    bool may_be_private, is_redirected, is_refused, is_over, has_write_error;
    int write_errno;
    size_t tag;
    char etag[256], modified[64];
    char told[CURL_ERROR_SIZE];
};

struct fetcher {
    CURLM *multi;
    struct transfer *transfers;
};

/* ---- addresses ------------------------------------------------------------------------------------------------- */

static bool is_private_v4(uint32_t a)
{
    return a >> 24 == 0 || a >> 24 == 10 || a >> 24 == 127 || a >> 20 == 0xAC1 || a >> 16 == 0xC0A8 ||
           a >> 16 == 0xA9FE || a >> 22 == 0x191 /* 100.64/10 */ || a >> 28 >= 14 || a >> 8 == 0xC00000;
}

bool fetch_is_private(const struct sockaddr *address)
{
    if (address->sa_family == AF_INET) {
        struct sockaddr_in four;
        memcpy(&four, address, sizeof four);
        return is_private_v4(ntohl(four.sin_addr.s_addr));
    }
    if (address->sa_family != AF_INET6)
        return true;
    struct sockaddr_in6 six;
    memcpy(&six, address, sizeof six);
    const uint8_t *b = six.sin6_addr.s6_addr;
    /* Mapped, and those translated by a gateway: what counts is the address inside. */
    static const uint8_t nat64[12] = {0, 0x64, 0xFF, 0x9B};
    if (IN6_IS_ADDR_V4MAPPED(&six.sin6_addr) || memcmp(b, nat64, sizeof nat64) == 0)
        return is_private_v4((uint32_t)b[12] << 24 | (uint32_t)b[13] << 16 | (uint32_t)b[14] << 8 | b[15]);
    return IN6_IS_ADDR_UNSPECIFIED(&six.sin6_addr) || IN6_IS_ADDR_LOOPBACK(&six.sin6_addr) || (b[0] & 0xFE) == 0xFC ||
           (b[0] == 0xFE && (b[1] & 0xC0) == 0x80) || b[0] == 0xFF;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct transfer *t = context;
    (void)purpose;
    if (t->is_redirected && !t->may_be_private && fetch_is_private(&address->addr)) {
        t->is_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

struct slice fetch_shown_address(struct arena *arena, const char *url)
{
    struct slice text = slice_from(url);
    ptrdiff_t scheme = slice_find(text, SLICE("://"));
    size_t host = scheme < 0 ? 0 : (size_t)scheme + 3;
    size_t end = strcspn(url, "?#"), authority_end = host + strcspn(url + host, "/?#");
    size_t from = host;
    for (size_t i = host; i < authority_end; i++)
        if (url[i] == '@')
            from = i + 1;
    struct buffer out;
    buffer_init(&out, 8192);
    buffer_add(&out, url, host);
    buffer_add(&out, url + from, end - from);
    buffer_add_string(&out, url[end] ? "?…" : "");
    struct slice shown = arena_copy(arena, buffer_slice(&out));
    buffer_release(&out);
    return shown;
}

/* The last part of the path, of letters that are safe in any folder. */
static void name_of(const char *url, char *name, size_t size)
{
    const char *path = strstr(url, "://");
    path = path ? strchr(path + 3, '/') : NULL;
    size_t len = path ? strcspn(path, "?#") : 0, at = 0, begin = 0;
    for (size_t i = 0; i < len; i++)
        if (path[i] == '/')
            begin = i + 1;
    for (size_t i = begin; i < len && at + 1 < size; i++) {
        char c = path[i];
        bool is_safe = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || strchr("-_.", c);
        name[at] = is_safe && (at || c != '.') ? c : '_';
        at++;
    }
    name[at] = '\0';
    if (!at)
        snprintf(name, size, "answer");
}

const char *fetch_rubbish(struct slice first, const char *type)
{
    static const char *const begins[] = {"<!doctype html", "<html", "<head", "<body"};
    if (first.len >= 3 && memcmp(first.ptr, "\xEF\xBB\xBF", 3) == 0)
        first = slice_of(first.ptr + 3, first.len - 3);
    first = slice_trim(first);
    if (!first.len)
        return "nothing at all";
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++) {
        size_t len = strlen(begins[i]);
        if (first.len >= len && slice_equal_nocase(slice_of(first.ptr, len), slice_from(begins[i])))
            return "a web page";
    }
    return type && strncmp(type, "text/html", 9) == 0 ? "a web page" : NULL;
}

/* ---- what libcurl calls ---------------------------------------------------------------------------------------- */

static size_t on_body(char *bytes, size_t one, size_t n, void *context)
{
    struct transfer *t = context;
    (void)one;
    if (t->n_bytes + n > t->most_bytes) {
        t->is_over = true;
        return 0;
    }
    if (fwrite(bytes, 1, n, t->file) != n) {
        t->has_write_error = true;
        t->write_errno = errno;
        return 0;
    }
    t->n_bytes += n;
    return n;
}

static void take_header(struct slice line, const char *name, char *out, size_t size)
{
    struct slice value = line;
    struct slice key = slice_cut(&value, ':');
    if (!slice_equal_nocase(slice_trim(key), slice_from(name)))
        return;
    value = slice_trim(value);
    /* What does not fit whole is worth nothing. */
    if (value.len < size)
        snprintf(out, size, "%.*s", SLICE_ARG(value));
}

static size_t on_header(char *bytes, size_t one, size_t n, void *context)
{
    struct transfer *t = context;
    struct slice line = slice_of(bytes, n);
    (void)one;
    if (slice_starts_with(line, SLICE("HTTP/")))
        t->etag[0] = t->modified[0] = '\0';
    take_header(line, "ETag", t->etag, sizeof t->etag);
    take_header(line, "Last-Modified", t->modified, sizeof t->modified);
    return n;
}

/* ---- beginning ------------------------------------------------------------------------------------------------- */

static void transfer_free(struct transfer *t)
{
    if (t->file) {
        fclose(t->file);
        unlink(t->path);
    }
    curl_slist_free_all(t->headers);
    curl_easy_cleanup(t->easy);
    free(t->path);
    free(t->url);
    free(t->ca);
    free(t->proxy);
    free(t);
}

static bool add_condition(struct transfer *t, const char *name, struct slice value)
{
    char line[320];
    if (!value.len)
        return true;
    snprintf(line, sizeof line, "%s: %.*s", name, SLICE_ARG(value));
    struct curl_slist *more = curl_slist_append(t->headers, line);
    t->headers = more ? more : t->headers;
    return more != NULL;
}

#define SET(option, value) (curl_easy_setopt(t->easy, (option), (value)) == CURLE_OK)

static bool set_up(struct transfer *t, int64_t timeout_ms)
{
    long stall_s = (long)((timeout_ms + 999) / 1000);
    return SET(CURLOPT_URL, t->url) && SET(CURLOPT_PRIVATE, t) && SET(CURLOPT_NOSIGNAL, 1L) &&
           SET(CURLOPT_PROTOCOLS_STR, strncmp(t->url, "https:", 6) == 0 ? "https" : "http,https") &&
           SET(CURLOPT_FOLLOWLOCATION, 0L) && SET(CURLOPT_USERAGENT, "comity/" COMITY_VERSION) &&
           SET(CURLOPT_ACCEPT_ENCODING, "") && SET(CURLOPT_PROXY, t->proxy ? t->proxy : "") &&
           (!t->ca || (SET(CURLOPT_CAINFO, t->ca) && SET(CURLOPT_CAPATH, NULL))) && SET(CURLOPT_SSL_VERIFYPEER, 1L) &&
           SET(CURLOPT_SSL_VERIFYHOST, 2L) && SET(CURLOPT_CONNECTTIMEOUT_MS, (long)timeout_ms) &&
           SET(CURLOPT_LOW_SPEED_LIMIT, 1L) && SET(CURLOPT_LOW_SPEED_TIME, stall_s) &&
           SET(CURLOPT_ERRORBUFFER, t->told) && SET(CURLOPT_WRITEFUNCTION, on_body) && SET(CURLOPT_WRITEDATA, t) &&
           SET(CURLOPT_HEADERFUNCTION, on_header) && SET(CURLOPT_HEADERDATA, t) &&
           SET(CURLOPT_OPENSOCKETFUNCTION, open_socket) && SET(CURLOPT_OPENSOCKETDATA, t) &&
           SET(CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)t->most_bytes) && SET(CURLOPT_HTTPHEADER, t->headers) &&
           SET(CURLOPT_FRESH_CONNECT, 1L) && SET(CURLOPT_FORBID_REUSE, 1L);
}

enum comity_status fetcher_open(struct fetcher **out, struct comity_error *err)
{
    *out = NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return error_set(err, COMITY_INTERNAL, "libcurl cannot be used");
    struct fetcher *fetcher = calloc(1, sizeof *fetcher);
    CURLM *multi = curl_multi_init();
    if (!fetcher || !multi) {
        curl_multi_cleanup(multi);
        free(fetcher);
        curl_global_cleanup();
        return error_nomem(err);
    }
    fetcher->multi = multi;
    *out = fetcher;
    return COMITY_OK;
}

void fetcher_close(struct fetcher *fetcher)
{
    if (!fetcher)
        return;
    while (fetcher->transfers) {
        struct transfer *t = fetcher->transfers;
        fetcher->transfers = t->next;
        curl_multi_remove_handle(fetcher->multi, t->easy);
        transfer_free(t);
    }
    curl_multi_cleanup(fetcher->multi);
    free(fetcher);
    curl_global_cleanup();
}

static char *copied(const char *text, bool *failed)
{
    char *copy = text ? strdup(text) : NULL;
    *failed = *failed || (text && !copy);
    return copy;
}

enum comity_status fetcher_begin(struct fetcher *fetcher, const struct fetch_request *request, struct comity_error *err)
{
    struct transfer *t = calloc(1, sizeof *t);
    bool failed = false;
    if (!t)
        return error_nomem(err);
    t->url = copied(request->url, &failed);
    t->path = copied(request->path, &failed);
    t->ca = copied(request->ca, &failed);
    t->proxy = copied(request->proxy, &failed);
    t->most_bytes = request->most_bytes;
    t->may_be_private = request->may_be_private;
    t->tag = request->tag;
    t->easy = curl_easy_init();
    if (failed || !t->easy || !add_condition(t, "If-None-Match", request->etag) ||
        !add_condition(t, "If-Modified-Since", request->modified)) {
        transfer_free(t);
        return error_nomem(err);
    }
    t->file = fopen(t->path, "wbe");
    if (!t->file) {
        enum comity_status status = error_io(err, "write", t->path);
        transfer_free(t);
        return status;
    }
    if (!set_up(t, request->timeout_ms) || curl_multi_add_handle(fetcher->multi, t->easy) != CURLM_OK) {
        transfer_free(t);
        return error_nomem(err);
    }
    t->next = fetcher->transfers;
    fetcher->transfers = t;
    return COMITY_OK;
}

enum comity_status fetcher_wait(struct fetcher *fetcher, const int *fds, size_t n_fds, int64_t timeout_ms,
    bool *is_readable, struct comity_error *err)
{
    struct curl_waitfd waits[MOST_FDS];
    int n_running;
    if (is_readable)
        *is_readable = false;
    for (size_t i = 0; i < n_fds && i < MOST_FDS; i++)
        waits[i] = (struct curl_waitfd){.fd = fds[i], .events = CURL_WAIT_POLLIN};
    CURLMcode code = curl_multi_poll(fetcher->multi, waits, (unsigned)(n_fds < MOST_FDS ? n_fds : MOST_FDS),
        (int)(timeout_ms < 0         ? 0
              : timeout_ms > 3600000 ? 3600000
                                     : timeout_ms),
        NULL);
    if (code == CURLM_OK)
        code = curl_multi_perform(fetcher->multi, &n_running);
    for (size_t i = 0; code == CURLM_OK && is_readable && i < n_fds && i < MOST_FDS; i++)
        *is_readable = *is_readable || waits[i].revents;
    if (code == CURLM_OUT_OF_MEMORY)
        return error_nomem(err);
    return code == CURLM_OK ? COMITY_OK : error_set(err, COMITY_INTERNAL, "libcurl: %s", curl_multi_strerror(code));
}

/* ---- ending ---------------------------------------------------------------------------------------------------- */

static void fail(struct fetch_result *out, bool is_worth_retrying)
{
    out->outcome = FETCH_FAILED;
    out->is_worth_retrying = is_worth_retrying;
}

static bool is_line_trouble(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SSL_CONNECT_ERROR:
        return true;
    default:
        return false;
    }
}

/* What libcurl could not do, in our words where a person can do something about it. */
static void tell_transfer(struct transfer *t, CURLcode code, struct fetch_result *out)
{
    struct comity_error *err = &out->err;
    const char *detail = t->told[0] ? t->told : curl_easy_strerror(code);
    fail(out, is_line_trouble(code));
    if (t->is_refused) {
        error_set(err, COMITY_REFUSED, "the address leads on to one of this machine or network, which is not followed");
        error_hint(err, "write that address itself as the url, or allow it with 'private: yes'");
        out->is_worth_retrying = false;
    } else if (t->is_over || code == CURLE_FILESIZE_EXCEEDED) {
        error_set(err, COMITY_LIMIT, "the answer is longer than %llu bytes", (unsigned long long)t->most_bytes);
        error_hint(err, "raise 'most' of the feed if that is right");
    } else if (t->has_write_error) {
        errno = t->write_errno;
        error_io(err, "write", t->path);
        error_hint(err, "make room on the disk; the feed is asked again by itself");
    } else if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
        error_set(err, COMITY_REFUSED, "the server's certificate does not hold: %s", detail);
        error_hint(err, "name the authority's certificate with 'ca', if it has one of its own");
    } else if (code == CURLE_OUT_OF_MEMORY) {
        error_nomem(err);
    } else if (is_line_trouble(code)) {
        error_set(err, COMITY_IO, "the line failed after %llu bytes: %s", (unsigned long long)t->n_bytes, detail);
        error_hint(err, "nothing was taken in; the feed is asked again by itself");
    } else {
        error_set(err, COMITY_IO, "unable to fetch: %s", detail);
    }
}

static void tell_answer(long code, struct fetch_result *out)
{
    struct comity_error *err = &out->err;
    bool is_soon = code >= 500 || code == 408 || code == 425 || code == 429;
    fail(out, is_soon);
    error_set(err, is_soon ? COMITY_IO : COMITY_INPUT, "the server answered %ld%s", code,
        code == 401 || code == 403   ? ", access refused"
        : code == 404 || code == 410 ? ", there is nothing at this address"
        : code == 429                ? ", asked too often"
        : code >= 500                ? ", it has trouble of its own"
                                     : "");
    if (is_soon)
        error_hint(err, "the feed is asked again by itself");
    else
        error_hint(err, "has the address changed? try it in a browser");
}

/* True: the next address was asked, and there is no result yet. */
static bool follow(struct fetcher *fetcher, struct transfer *t, struct fetch_result *out)
{
    char *next = NULL;
    curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &next);
    bool is_https = next && strncmp(next, "https://", 8) == 0, was_https = strncmp(t->url, "https:", 6) == 0;
    bool is_http = next && strncmp(next, "http://", 7) == 0;
    fail(out, false);
    if (!next) {
        error_set(&out->err, COMITY_INPUT, "the server sends on, but does not say where to");
    } else if (!is_https && (was_https || !is_http)) {
        error_set(&out->err, COMITY_REFUSED, "the server sends on to '%.*s', which is not followed",
            (int)strcspn(next, "?#"), next);
        error_hint(&out->err, "from https only https is followed; write the right address into the settings");
    } else if (++t->n_redirects > MOST_REDIRECTS) {
        error_set(&out->err, COMITY_LIMIT, "the server sends on more than %d times", MOST_REDIRECTS);
    } else {
        char *url = strdup(next);
        rewind(t->file);
        if (url && ftruncate(fileno(t->file), 0) == 0) {
            free(t->url);
            t->url = url;
            t->n_bytes = 0;
            t->is_redirected = true;
            curl_multi_remove_handle(fetcher->multi, t->easy);
            if (SET(CURLOPT_URL, t->url) && SET(CURLOPT_PROTOCOLS_STR, is_https ? "https" : "http") &&
                curl_multi_add_handle(fetcher->multi, t->easy) == CURLM_OK)
                return true;
        } else {
            free(url);
        }
        error_nomem(&out->err);
    }
    return false;
}

static void keep_file(struct transfer *t, struct fetch_result *out)
{
    bool is_kept = fflush(t->file) == 0 && fsync(fileno(t->file)) == 0;
    is_kept = fclose(t->file) == 0 && is_kept;
    t->file = NULL;
    if (is_kept)
        return;
    fail(out, false);
    error_io(&out->err, "write", t->path);
    error_hint(&out->err, "make room on the disk; the feed is asked again by itself");
    unlink(t->path);
}

static void read_answer(struct transfer *t, struct fetch_result *out)
{
    char *type = NULL;
    curl_off_t after = 0;
    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
    curl_easy_getinfo(t->easy, CURLINFO_RETRY_AFTER, &after);
    out->retry_after_s = after > 0 ? (int64_t)after : 0;
    out->bytes = t->n_bytes;
    snprintf(out->etag, sizeof out->etag, "%s", t->etag);
    snprintf(out->modified, sizeof out->modified, "%s", t->modified);
    snprintf(out->type, sizeof out->type, "%.*s", (int)(sizeof out->type - 1), type ? type : "");
    name_of(t->url, out->name, sizeof out->name);
}

/* False: it goes on with another address. */
static bool end_transfer(struct fetcher *fetcher, struct transfer *t, CURLcode code, struct fetch_result *out)
{
    long status = 0;
    *out = (struct fetch_result){.tag = t->tag};
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    read_answer(t, out);
    if (code != CURLE_OK)
        tell_transfer(t, code, out);
    else if (status == 304)
        out->outcome = FETCH_SAME;
    else if (status == 200)
        keep_file(t, out);
    else if (status >= 300 && status < 400)
        return !follow(fetcher, t, out);
    else
        tell_answer(status, out);
    return true;
}

static void forget(struct fetcher *fetcher, struct transfer *t)
{
    struct transfer **at = &fetcher->transfers;
    while (*at != t)
        at = &(*at)->next;
    *at = t->next;
    curl_multi_remove_handle(fetcher->multi, t->easy);
    transfer_free(t);
}

bool fetcher_take(struct fetcher *fetcher, struct fetch_result *out)
{
    CURLMsg *message;
    int n_left;
    while ((message = curl_multi_info_read(fetcher->multi, &n_left))) {
        struct transfer *t = NULL;
        if (message->msg != CURLMSG_DONE)
            continue;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        if (!end_transfer(fetcher, t, code, out))
            continue;
        forget(fetcher, t);
        return true;
    }
    return false;
}
