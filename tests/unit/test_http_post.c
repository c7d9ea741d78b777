/* What pages may send: which requests are let in, and what becomes of their cookies and plain forms. Over a real
 * socket. */
#include "unit.h"

#include "http_world.h"

/* ---- who is let in -------------------------------------------------------------------------------------------- */

static void a_post_must_come_from_our_own_pages(void **state)
{
    static const char *const foreign[] = {"Host: localhost\r\n", "Host: localhost\r\nSec-Fetch-Site: cross-site\r\n",
        "Host: localhost\r\nSec-Fetch-Site: same-site\r\n", "Host: localhost\r\nSec-Fetch-Site: none\r\n",
        "Host: localhost\r\nSec-Fetch-Site: cross-site\r\nOrigin: http://localhost\r\n",
        "Host: localhost\r\nOrigin: null\r\n", "Host: localhost\r\nOrigin: https://localhost\r\n",
        "Host: localhost\r\nOrigin: http://localhost.evil.example\r\n",
        "Host: localhost:81\r\nOrigin: http://localhost\r\n", "Host: localhost\r\nOrigin: http://\r\n",
        "Host: localhost\r\nAuthorization: Basic YTpi\r\n", "Host: localhost\r\nAuthorization: Bearer\r\n"};
    (void)state;
    for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
        post("/form", foreign[i], "");
        assert_reply(403, "another site");
    }
    post("/form", "Host: localhost\r\nOrigin: http://LOCALHOST\r\n", "");
    assert_reply(200, " ours");
    post("/form", OURS "Origin: null\r\n", "");
    assert_reply(200, " ours");
    post("/form", "Host: localhost\r\nAuthorization: bearer abc\r\nSec-Fetch-Site: cross-site\r\n", "");
    assert_reply(200, "POST /form");
    assert_null(strstr(talk_reply, " ours"));
    talk_ask(port, "GET /form", "Host: localhost\r\n", "", 0);
    assert_reply(200, "GET /form");
    assert_null(strstr(talk_reply, " ours"));
}

static void methods_are_those_of_the_path(void **state)
{
    (void)state;
    post("/reading", OURS, "");
    assert_reply(405, "Allow: GET, HEAD\r\n");
    talk_ask(port, "PUT /form", OURS, "", 0);
    assert_reply(405, "Allow: GET, HEAD, POST\r\n");
    talk_ask(port, "OPTIONS /reading", OURS, "", 0);
    assert_reply(405, "Allow: GET, HEAD\r\n");
    talk_ask(port, "HEAD /form", OURS, "", 0);
    assert_reply(200, NULL);
    assert_string_equal(talk_body(), "");
    talk_ask(port, "GET /form", OURS "Content-Length: 5\r\n", "a=b&c", 5);
    assert_reply(400, "only a POST");
}

static void names_are_answered_and_others_are_not(void **state)
{
    (void)state;
    post("/form", "Host: Desk.example.org:443\r\nSec-Fetch-Site: same-origin\r\n", "");
    assert_reply(200, NULL);
    static const char *const wrong[] = {"Host: other.example.org\r\n", "Host: desk.example.org.evil.example\r\n",
        "Host: desk.example.org@evil\r\n", "Host: 192.168.1.1\r\n", "Host: \r\n", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char headers[200];
        snprintf(headers, sizeof headers, "%sSec-Fetch-Site: same-origin\r\n", wrong[i]);
        post("/form", headers, "");
        assert_reply(421, NULL);
    }
}

static void contradicting_headers_are_refused(void **state)
{
    static const char *const wrong[] = {OURS "Host: 127.0.0.1\r\n", OURS "Sec-Fetch-Site: cross-site\r\n",
        OURS "Content-Length: 3\r\n", OURS "Transfer-Encoding: chunked\r\n", OURS "Transfer-Encoding: gzip\r\n",
        OURS AS_FORM AS_PARTS, OURS "Authorization: a\r\nAuthorization: b\r\n"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        post("/form", wrong[i], "");
        assert_reply(400, NULL);
    }
    post("/form", OURS AS_FORM "Content-Encoding: gzip\r\n", "a=1");
    assert_reply(415, "Content-Encoding");
}

static void a_proxy_is_believed_only_where_it_is_trusted(void **state)
{
    const char *forwarded = OURS "X-Forwarded-For: 1.2.3.4, 203.0.113.9\r\nX-Forwarded-Proto: https\r\n";
    (void)state;
    talk_ask(port, "GET /a", forwarded, "", 0);
    assert_reply(200, "peer 127.0.0.1 ours");
    assert_null(strstr(talk_reply, "Strict-Transport-Security"));
    talk_ask(trusting_port, "GET /a", forwarded, "", 0);
    assert_reply(200, "peer 203.0.113.9 secure ours");
    assert_non_null(strstr(talk_reply, "Strict-Transport-Security: max-age="));
    talk_ask(trusting_port, "GET /a", OURS "X-Forwarded-For: nonsense\r\nX-Forwarded-Proto: http\r\n", "", 0);
    assert_reply(200, "peer 127.0.0.1 ours");
    talk_ask(trusting_port, "GET /a", OURS "X-Forwarded-For: 1.2.3.4, 2001:db8::1\r\n", "", 0);
    assert_reply(200, "peer 2001:db8::1 ours");
    /* The scheme of an Origin is what the browser sees. */
    talk_post(trusting_port, "/form",
        "Host: desk.example.org\r\nX-Forwarded-Proto: https\r\nOrigin: https://desk.example.org\r\n", "", 0);
    assert_reply(200, "secure ours");
    talk_post(trusting_port, "/form",
        "Host: desk.example.org\r\nX-Forwarded-Proto: https\r\nOrigin: http://desk.example.org\r\n", "", 0);
    assert_reply(403, NULL);
}

/* Where there is a log-in, the server may listen beyond loopback; it is then also called by an address. */
static void beyond_loopback_addresses_are_names_too(void **state)
{
    static const struct {
        const char *address, *host;
        int status;
    } cases[] = {{"0.0.0.0", "192.168.1.1:8080", 200}, {"0.0.0.0", "[2001:db8::1]", 200},
        {"0.0.0.0", "evil.example", 421}, {"0.0.0.0", "desk.example.org", 421}, {"::", "192.168.1.1", 200},
        {"::", "[2001:db8::1]:80", 200}, {"127.0.0.1", "192.168.1.1", 421}, {"::", "192.168.1.1.evil.example", 421}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct http_server *open;
        struct comity_error err;
        char headers[200];
        struct http_options options = {
            .handler = handle, .address = cases[i].address, .may_listen_beyond = true, .body_limit = limit};
        if (http_start(&options, &open, &err) != COMITY_OK)
            fail_msg("%s", err.message);
        snprintf(headers, sizeof headers, "Host: %s\r\n", cases[i].host);
        talk_ask(http_port(open), "GET /a", headers, "", 0);
        assert_reply(cases[i].status, cases[i].status == 200 ? "peer 127.0.0.1 " : NULL);
        http_stop(open);
    }
}

/* One address gets a share of the connections and not all of them. */
static void one_peer_gets_its_share(void **state)
{
    enum { SHARE = 128, MORE = 8 };
    struct http_server *open;
    struct comity_error err;
    int held[SHARE];
    static const char asked[] = "GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n";
    (void)state;
    struct http_options options = {.handler = handle, .address = "0.0.0.0", .may_listen_beyond = true};
    assert_int_equal(http_start(&options, &open, &err), COMITY_OK);
    for (int i = 0; i < SHARE; i++) {
        held[i] = talk_connect(http_port(open));
        assert_true(talk_send(held[i], asked, sizeof asked - 1));
        assert_true(recv(held[i], talk_reply, 100, 0) > 0);
    }
    for (int i = 0; i < MORE; i++) {
        int s = talk_connect(http_port(open));
        assert_int_equal(talk_read(s), 0);
    }
    for (int i = 0; i < SHARE; i++)
        close(held[i]);
    http_stop(open);
}

static void headers_are_limited_and_without_nul(void **state)
{
    static char headers[19000];
    (void)state;
    snprintf(headers, sizeof headers, OURS "Cookie: ");
    memset(headers + strlen(headers), 'a', 10000);
    memcpy(headers + strlen(headers), "\r\n", 3);
    talk_ask(port, "GET /a", headers, "", 0);
    assert_reply(200, NULL);
    static char many[80000] = "GET /a HTTP/1.1\r\n" OURS "Cookie: ";
    memset(many + strlen(many), 'a', 60000);
    int s = talk_connect(port);
    talk_send(s, many, strlen(many));
    talk_send(s, "\r\n\r\n", 4);
    talk_read(s);
    assert_true(talk_status() == 431 || talk_status() == 0);
    static const char nul[] = "GET /a HTTP/1.1\r\nConnection: close\r\n" OURS "Cookie: a=1\0b\r\n\r\n";
    s = talk_connect(port);
    talk_send(s, nul, sizeof nul - 1);
    talk_read(s);
    assert_true(talk_status() == 400 || !strstr(talk_reply, "b]"));
}

/* ---- cookies -------------------------------------------------------------------------------------------------- */

static void assert_cookie(const char *headers, const char *shown)
{
    char all[1000];
    snprintf(all, sizeof all, OURS "%s", headers);
    talk_ask(port, "GET /a", all, "", 0);
    if (shown)
        assert_reply(200, shown);
    else
        assert_null(strstr(talk_reply, "cookie ["));
}

static void cookies_are_found_among_odd_ones(void **state)
{
    (void)state;
    assert_cookie("Cookie: a=1\r\n", "cookie [1]");
    assert_cookie("Cookie: b=2;a=1;c\r\n", "cookie [1]");
    assert_cookie("Cookie:   b=2 ;  a = 1 x ; a=3\r\n", "cookie [1 x]");
    assert_cookie("Cookie: a=\"q;a=2\r\n", "cookie [\"q]");
    assert_cookie("Cookie: a=\"q\"\r\n", "cookie [q]");
    assert_cookie("Cookie: aa=2; ba=3; a=\r\n", "cookie []");
    assert_cookie("Cookie: a=x=y\r\n", "cookie [x=y]");
    assert_cookie("Cookie: b=2\r\nCookie: a=5\r\n", "cookie [5]");
    assert_cookie("Cookie: ;;=;a\r\n", NULL);
    assert_cookie("Cookie: A=1\r\n", NULL);
    assert_cookie("", NULL);
    assert_cookie("Cookie: a=1\r\nAuthorization: Bearer x\r\n", NULL);
    assert_cookie("Cookie: a=1\r\nAuthorization: Basic x\r\n", "cookie [1]");
}

/* ---- what is answered ----------------------------------------------------------------------------------------- */

static void answers_carry_cookies_and_are_kept_by_nobody(void **state)
{
    (void)state;
    post("/done", OURS AS_FORM, "a=1");
    assert_reply(303, "Location: /form\r\n");
    assert_reply(303, "Cache-Control: no-store\r\n");
    assert_reply(303, "Set-Cookie: __Host-session=abc; Path=/; Secure; HttpOnly; SameSite=Strict\r\n");
    assert_reply(303, "Set-Cookie: seen=1\r\n");
    post("/tired", OURS, "");
    assert_reply(429, "Retry-After: 7\r\n");
    post("/who", OURS, "");
    assert_reply(401, "WWW-Authenticate: Bearer\r\n");
}

static void a_line_is_used_again(void **state)
{
    static const char both[] = "POST /form HTTP/1.1\r\n" OURS AS_FORM "Content-Length: 3\r\n\r\na=1"
                               "GET /second HTTP/1.1\r\n" OURS "Connection: close\r\n\r\n";
    (void)state;
    int s = talk_connect(port);
    assert_true(talk_send(s, both, sizeof both - 1));
    talk_read(s);
    assert_reply(200, "a=1;");
    assert_reply(200, "GET /second");
}

/* ---- plain forms ---------------------------------------------------------------------------------------------- */

static void form_fields_are_decoded(void **state)
{
    (void)state;
    post("/form", OURS AS_FORM, "a=1&b=x+y%26%3D&caf%C3%A9=%E2%82%AC&&empty=&bare&a=2");
    assert_reply(200, "body 52\na=1;\nb=x y&=;\ncaf\xC3\xA9=\xE2\x82\xAC;\nempty=;\nbare=;\na=2;\n");
    post("/form", OURS "Content-Type: Application/x-www-form-urlencoded ; charset=utf-8\r\n", "a=1");
    assert_reply(200, "a=1;");
    post("/form", OURS "Content-Type: application/json\r\n", "{\"a\":1}");
    assert_reply(200, "body 7\n");
    post("/form", OURS AS_FORM, "");
    assert_reply(200, "body 0\n");
}

static void malformed_forms_never_reach_the_pages(void **state)
{
    static const char *const wrong[] = {
        "a=%", "a=%4", "a=%zz", "%=1", "a=%00", "a=\xFF", "a=%FF", "%C3=1", "a=%ED%A0%80", "a=%C0%80", "ok=1&a=%C3"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        post("/form", OURS AS_FORM, wrong[i]);
        assert_reply(400, "malformed");
    }
    talk_post(port, "/form", OURS AS_FORM, "a=1\0b=2", 7);
    assert_reply(400, "malformed");
}

static void too_much_is_refused(void **state)
{
    size_t len = FORM_LIMIT + 1;
    char *big = calloc(1, len);
    (void)state;
    assert_non_null(big);
    memset(big, 'a', len);
    talk_post(port, "/form", OURS, big, len);
    assert_reply(413, "Connection: close");
    talk_post(port, "/small", OURS AS_FORM, big, 101);
    assert_reply(413, NULL);
    talk_post(port, "/small", OURS AS_FORM, big, 100);
    assert_reply(200, NULL);
    talk_post(port, "/form", OURS "Content-Type: text/csv\r\n", big, FORM_LIMIT);
    assert_reply(200, "body 3145728");
    talk_post(port, "/form", OURS AS_FORM, big, HTTP_MOST_FIELD_BYTES + 1);
    assert_reply(413, NULL);
    for (size_t i = 1; i < 2 * (HTTP_MOST_FIELDS + 1); i += 2)
        big[i] = '&';
    talk_post(port, "/form", OURS AS_FORM, big, 2 * HTTP_MOST_FIELDS);
    assert_reply(200, "a=;");
    talk_post(port, "/form", OURS AS_FORM, big, 2 * (HTTP_MOST_FIELDS + 1));
    assert_reply(413, NULL);
    free(big);
    post("/form", OURS "Content-Length: 99999999999999999999\r\n", "");
    assert_reply(413, NULL);
}

/* The refusal comes though nothing of the body was sent. */
static void what_is_announced_too_large_is_refused_at_once(void **state)
{
    (void)state;
    talk_ask(port, "POST /small", OURS "Content-Length: 5000000\r\nExpect: 100-continue\r\n", "", 0);
    assert_reply(413, NULL);
    assert_null(strstr(talk_reply, "100 Continue"));
}

static void bodies_in_chunks_are_taken_within_the_limit(void **state)
{
    (void)state;
    talk_ask(port, "POST /form", OURS AS_FORM "Transfer-Encoding: chunked\r\n",
        "3\r\na=1\r\n4;x=y\r\n&b=2\r\n0\r\n\r\n", 27);
    assert_reply(200, "a=1;\nb=2;");
    static char chunks[20 * 1024];
    size_t n = 0;
    for (int i = 0; i < 20; i++)
        n += (size_t)snprintf(chunks + n, sizeof chunks - n, "a\r\naaaaaaaaaa\r\n");
    n += (size_t)snprintf(chunks + n, sizeof chunks - n, "0\r\n\r\n");
    talk_ask(port, "POST /small", OURS AS_FORM "Transfer-Encoding: chunked\r\n", chunks, n);
    assert_reply(413, NULL);
    talk_ask(port, "POST /form", OURS AS_FORM "Transfer-Encoding: chunked\r\n", "zz\r\na=1\r\n0\r\n\r\n", 15);
    assert_reply(400, NULL);
}

/* One that never ends is cut off not long after its limit. */
static void chunks_without_end_are_cut_off(void **state)
{
    static char chunk[65536 + 16];
    (void)state;
    int s = talk_connect(port);
    const char *head = "POST /small HTTP/1.1\r\n" OURS AS_FORM "Transfer-Encoding: chunked\r\n\r\n";
    assert_true(talk_send(s, head, strlen(head)));
    int n = snprintf(chunk, sizeof chunk, "10000\r\n");
    memset(chunk + n, 'a', 65536);
    memcpy(chunk + n + 65536, "\r\n", 2);
    int sent = 0;
    while (sent < 10000 && talk_send(s, chunk, (size_t)n + 65538))
        sent++;
    assert_true(sent < 10000);
    close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_post_must_come_from_our_own_pages),
        cmocka_unit_test(methods_are_those_of_the_path),
        cmocka_unit_test(names_are_answered_and_others_are_not),
        cmocka_unit_test(contradicting_headers_are_refused),
        cmocka_unit_test(a_proxy_is_believed_only_where_it_is_trusted),
        cmocka_unit_test(beyond_loopback_addresses_are_names_too),
        cmocka_unit_test(one_peer_gets_its_share),
        cmocka_unit_test(headers_are_limited_and_without_nul),
        cmocka_unit_test(cookies_are_found_among_odd_ones),
        cmocka_unit_test(answers_carry_cookies_and_are_kept_by_nobody),
        cmocka_unit_test(a_line_is_used_again),
        cmocka_unit_test(form_fields_are_decoded),
        cmocka_unit_test(malformed_forms_never_reach_the_pages),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(what_is_announced_too_large_is_refused_at_once),
        cmocka_unit_test(bodies_in_chunks_are_taken_within_the_limit),
        cmocka_unit_test(chunks_without_end_are_cut_off),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
