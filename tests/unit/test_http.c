/* The seam over HTTP: what every response must carry, and what must be refused. */
#include "unit.h"

#include "http/disposition.h"
#include "http/form.h"
#include "http/http.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

/* ---- a handler to talk to ------------------------------------------------------------------------------------- */

static bool count_to_thousand(void *context, struct buffer *chunk)
{
    int *at = context;
    for (int i = 0; i < 100; i++)
        buffer_format(chunk, "%d\n", (*at)++);
    return *at < 1000;
}

static void free_count(void *context)
{
    free(context);
}

static void handle(void *context, const struct http_request *request, struct http_response *response)
{
    (void)context;
    response->type = "text/html; charset=utf-8";
    snprintf(response->etag, sizeof response->etag, "abc");
    if (slice_is(request->path, "/stream")) {
        int *at = calloc(1, sizeof *at);
        response->stream = (struct http_stream){count_to_thousand, free_count, at};
        return;
    }
    if (slice_is(request->path, "/brought")) {
        response->type = "application/pdf";
        response->file_name = "informe \"n\u00BA 7\".pdf";
        response->is_foreign = true;
    }
    if (slice_is(request->path, "/long"))
        for (int i = 0; i < 1000; i++)
            buffer_add_string(&response->body, "the same again ");
    buffer_add_slice(&response->body, request->path);
    buffer_add_byte(&response->body, '?');
    buffer_add_slice(&response->body, request->query);
}

static int start(void **state)
{
    struct http_server *server;
    struct http_options options = {.handler = handle};
    struct comity_error err;
    if (http_start(&options, &server, &err) != COMITY_OK)
        return -1;
    *state = server;
    return 0;
}

static int stop(void **state)
{
    http_stop(*state);
    return 0;
}

/* Sends raw bytes and reads until the server closes; returns what came, terminated. */
static size_t talk(const struct http_server *server, const char *sent, size_t len, char *text, size_t size)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(http_port(server))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(s, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(send(s, sent, len, 0), (ssize_t)len);
    size_t n = 0;
    ssize_t got;
    while (n + 1 < size && (got = recv(s, text + n, size - 1 - n, 0)) > 0)
        n += (size_t)got;
    close(s);
    text[n] = '\0';
    return n;
}

static char reply[1 << 20];

static size_t ask(void **state, const char *line, const char *headers)
{
    char sent[32768];
    int n = snprintf(sent, sizeof sent, "%s HTTP/1.1\r\nConnection: close\r\n%s\r\n", line, headers);
    assert_true(n > 0 && (size_t)n < sizeof sent);
    return talk(*state, sent, (size_t)n, reply, sizeof reply);
}

static const char *body(void)
{
    const char *at = strstr(reply, "\r\n\r\n");
    assert_non_null(at);
    return at + 4;
}

static void assert_status(int status)
{
    char want[16];
    snprintf(want, sizeof want, "HTTP/1.1 %d", status);
    assert_memory_equal(reply, want, strlen(want));
}

#define LOCAL "Host: localhost\r\n"

/* ---- what must hold ------------------------------------------------------------------------------------------- */

static void every_response_has_the_security_headers(void **state)
{
    static const char *const lines[] = {"GET /a", "POST /a", "GET /%zz", "GET /stream"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        ask(state, lines[i], LOCAL);
        assert_non_null(strstr(reply, "Content-Security-Policy: default-src 'none'; script-src 'self';"));
        assert_non_null(strstr(reply, "frame-ancestors 'none'"));
        assert_non_null(strstr(reply, "X-Content-Type-Options: nosniff"));
        assert_non_null(strstr(reply, "Referrer-Policy: no-referrer"));
        assert_non_null(strstr(reply, "Cross-Origin-Opener-Policy: same-origin"));
        assert_null(strstr(reply, "unsafe-inline"));
    }
}

static void what_somebody_brought_can_only_be_saved(void **state)
{
    ask(state, "GET /brought", LOCAL);
    assert_status(200);
    assert_non_null(strstr(reply, "Content-Security-Policy: sandbox; default-src 'none';"));
    assert_null(strstr(reply, "script-src"));
    assert_non_null(strstr(reply, "Content-Type: application/pdf\r\n"));
    assert_non_null(strstr(reply, "X-Content-Type-Options: nosniff"));
    assert_non_null(strstr(reply, "Cross-Origin-Resource-Policy: same-origin"));
    assert_non_null(strstr(reply, "Content-Disposition: attachment; filename=\"informe _n_ 7_.pdf\"; "
                                  "filename*=UTF-8''informe%20%22n%C2%BA%207%22.pdf\r\n"));
}

static void no_name_breaks_the_header_of_a_download(void **state)
{
    static const struct {
        const char *name, *value;
    } cases[] = {
        {"sums.csv", "attachment; filename=\"sums.csv\""},
        {"a b;c.pdf", "attachment; filename=\"a b;c.pdf\""},
        {"50%.png", "attachment; filename=\"50_.png\"; filename*=UTF-8''50%25.png"},
        {"a\r\nSet-Cookie: x", "attachment; filename=\"a__Set-Cookie: x\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x"},
        {"\xE6\x8A\xA5.jpg", "attachment; filename=\"_.jpg\"; filename*=UTF-8''%E6%8A%A5.jpg"},
        {"", "attachment; filename=\"\""},
    };
    struct buffer out;
    (void)state;
    buffer_init(&out, 4096);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        buffer_clear(&out);
        disposition_format(&out, slice_from(cases[i].name));
        assert_string_equal(out.ptr, cases[i].value);
    }
    buffer_release(&out);
}

static void path_is_decoded_and_query_is_not(void **state)
{
    ask(state, "GET /caf%C3%A9%20x?a=%41&b=1+2", LOCAL);
    assert_status(200);
    assert_string_equal(body(), "/caf\xC3\xA9 x?a=%41&b=1+2");
}

static void only_get_and_head_are_answered(void **state)
{
    ask(state, "POST /a", LOCAL "Content-Length: 0\r\n");
    assert_status(405);
    assert_non_null(strstr(reply, "Allow: GET, HEAD"));
    ask(state, "HEAD /a", LOCAL);
    assert_status(200);
    assert_string_equal(body(), "");
}

static void foreign_host_names_get_nothing(void **state)
{
    ask(state, "GET /a", "Host: evil.example\r\n");
    assert_status(421);
    assert_null(strstr(body(), "/a?"));
    ask(state, "GET /a", "Host: 127.0.0.1:9999\r\n");
    assert_status(200);
}

static void host_check_knows_the_names_of_this_machine(void **state)
{
    (void)state;
    static const char *const good[] = {"localhost", "LOCALHOST:80", "127.0.0.1", "127.8.9.1:1", "[::1]", "[::1]:8080"};
    static const char *const bad[] = {"", "localhost.evil.example", "127.0.0.1.evil.example", "10.0.0.1", "[::2]",
        "[::1]evil", "localhost:80x", "127.0.0.1@evil"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(http_host_is_local(slice_from(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(http_host_is_local(slice_from(bad[i])));
}

static void long_and_malformed_addresses_are_refused(void **state)
{
    static char line[HTTP_MOST_URI + 64];
    memset(line, 'a', sizeof line);
    memcpy(line, "GET /", 5);
    line[HTTP_MOST_URI + 10] = '\0';
    ask(state, line, LOCAL);
    assert_status(414);
    ask(state, "GET /%zz", LOCAL);
    assert_status(400);
    ask(state, "GET /%00", LOCAL);
    assert_status(400);
    ask(state, "GET /%4", LOCAL);
    assert_status(400);
    ask(state, "GET http://localhost/a", LOCAL);
    assert_status(400);
}

static void known_etag_gives_304_without_body(void **state)
{
    ask(state, "GET /a", LOCAL "If-None-Match: W/\"abc\"\r\n");
    assert_status(304);
    assert_string_equal(body(), "");
    ask(state, "GET /a", LOCAL "If-None-Match: W/\"other\"\r\n");
    assert_status(200);
}

static size_t unpack(const char *from, size_t len, char *to, size_t size)
{
    z_stream z = {
        .next_in = (Bytef *)(uintptr_t)from, .avail_in = (uInt)len, .next_out = (Bytef *)to, .avail_out = (uInt)size};
    assert_int_equal(inflateInit2(&z, 31), Z_OK);
    assert_int_equal(inflate(&z, Z_FINISH), Z_STREAM_END);
    inflateEnd(&z);
    return z.total_out;
}

static void text_is_packed_for_who_takes_it(void **state)
{
    static char plain[32768];
    size_t n = ask(state, "GET /long", LOCAL "Accept-Encoding: br, gzip;q=0.5\r\n");
    assert_non_null(strstr(reply, "Content-Encoding: gzip"));
    assert_non_null(strstr(reply, "Vary: Accept-Encoding"));
    size_t len = unpack(body(), n - (size_t)(body() - reply), plain, sizeof plain);
    assert_int_equal(len, 15 * 1000 + strlen("/long?"));
    ask(state, "GET /long", LOCAL "Accept-Encoding: gzip;q=0\r\n");
    assert_null(strstr(reply, "Content-Encoding"));
}

/* Joins the pieces of a chunked body in place; returns its length. */
static size_t join_chunks(char *at, char *to)
{
    size_t total = 0;
    for (;;) {
        size_t len = strtoul(at, &at, 16);
        if (len == 0)
            return total;
        memmove(to + total, at + 2, len);
        total += len;
        at += 2 + len + 2;
    }
}

static void a_stream_arrives_whole_plain_and_packed(void **state)
{
    static char joined[65536], plain[65536];
    ask(state, "GET /stream", LOCAL);
    size_t len = join_chunks(strstr(reply, "\r\n\r\n") + 4, joined);
    assert_int_equal(len, 10 * 2 + 90 * 3 + 900 * 4);
    ask(state, "GET /stream", LOCAL "Accept-Encoding: gzip\r\n");
    assert_non_null(strstr(reply, "Content-Encoding: gzip"));
    len = join_chunks(strstr(reply, "\r\n\r\n") + 4, joined);
    assert_int_equal(unpack(joined, len, plain, sizeof plain), 10 * 2 + 90 * 3 + 900 * 4);
    assert_memory_equal(plain, "0\n1\n2\n", 6);
}

static void only_loopback_addresses_are_listened_on(void **state)
{
    (void)state;
    static const char *const refused[] = {"0.0.0.0", "192.168.1.1", "::", "fe80::1"};
    struct http_server *server;
    struct comity_error err;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        struct http_options options = {.address = refused[i], .handler = handle};
        assert_int_equal(http_start(&options, &server, &err), COMITY_REFUSED);
    }
    struct http_options options = {.address = "nonsense", .handler = handle};
    assert_int_equal(http_start(&options, &server, &err), COMITY_USAGE);
}

static void a_taken_port_is_an_error(void **state)
{
    struct http_server *server;
    struct comity_error err;
    struct http_options options = {.port = http_port(*state), .handler = handle};
    assert_int_equal(http_start(&options, &server, &err), COMITY_IO);
    assert_non_null(strstr(err.message, "unable to listen"));
}

/* ---- the search form ------------------------------------------------------------------------------------------ */

static void assert_form(const char *form, const char *query)
{
    struct field fields[1] = {{.id = SLICE("date")}};
    struct domain domain = {.fields = fields, .n_fields = 1, .when = 0};
    struct arena arena = {0};
    struct slice out = SLICE_EMPTY;
    bool is_changed = form_to_query(slice_from(form), &domain, &arena, &out);
    assert_int_equal(is_changed, query != NULL);
    if (query) {
        assert_int_equal(out.len, strlen(query));
        assert_memory_equal(out.ptr, query, out.len);
    }
    arena_release(&arena);
}

static void form_fields_become_a_query(void **state)
{
    (void)state;
    assert_form("country=CO", NULL);
    assert_form("", NULL);
    assert_form("text=&from=&to=", "");
    assert_form("country=CO&text=&from=2016-01-01&to=", "country=CO&date=2016-01-01..");
    assert_form("from=2016-01-01&to=2016-02-01", "date=2016-01-01..2016-02-01");
    assert_form("text=a+b&from=&to=", "text=%22a+b%22");
    assert_form("text=say+%22x%22&to=", "text=%22say+%5C%22x%5C%22%22");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_response_has_the_security_headers),
        cmocka_unit_test(what_somebody_brought_can_only_be_saved),
        cmocka_unit_test(no_name_breaks_the_header_of_a_download),
        cmocka_unit_test(path_is_decoded_and_query_is_not),
        cmocka_unit_test(only_get_and_head_are_answered),
        cmocka_unit_test(foreign_host_names_get_nothing),
        cmocka_unit_test(host_check_knows_the_names_of_this_machine),
        cmocka_unit_test(long_and_malformed_addresses_are_refused),
        cmocka_unit_test(known_etag_gives_304_without_body),
        cmocka_unit_test(text_is_packed_for_who_takes_it),
        cmocka_unit_test(a_stream_arrives_whole_plain_and_packed),
        cmocka_unit_test(only_loopback_addresses_are_listened_on),
        cmocka_unit_test(a_taken_port_is_an_error),
        cmocka_unit_test(form_fields_become_a_query),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
