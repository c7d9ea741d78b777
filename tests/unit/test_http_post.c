/* What pages may send: which requests are let in, what becomes of their bodies, and what is left of those that end
 * before their end. Over a real socket. */
#include "unit.h"

#include "http/http.h"
#include "http_talk.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define OURS "Host: localhost\r\nSec-Fetch-Site: same-origin\r\n"
#define AS_FORM "Content-Type: application/x-www-form-urlencoded\r\n"
#define AS_PARTS "Content-Type: multipart/form-data; boundary=XyZ\r\n"
#define FIELD(name, value) "--XyZ\r\nContent-Disposition: form-data; name=\"" name "\"\r\n\r\n" value "\r\n"
#define FILE_OF(name, file, bytes)                                                                                     \
    "--XyZ\r\nContent-Disposition: form-data; name=\"" name "\"; filename=\"" file "\"\r\n"                            \
    "Content-Type: text/plain\r\n\r\n" bytes "\r\n"
#define END "--XyZ--\r\n"

enum { FORM_LIMIT = 3 << 20, MOST_FILE = 300000, MOST_FILES = 3 };

static char folder[64];
static uint16_t port, trusting_port;
static struct http_server *server, *trusting;

/* ---- a handler that says what it was given -------------------------------------------------------------------- */

static void show_files(const struct http_request *request, struct buffer *out)
{
    for (size_t i = 0; i < request->n_files; i++) {
        const struct http_file *file = &request->files[i];
        char first[5] = "";
        struct stat about;
        assert_true(read(file->fd, first, 4) >= 0);
        assert_int_equal(fstat(file->fd, &about), 0);
        assert_int_equal(about.st_nlink, 0);
        assert_int_equal(about.st_size, file->size);
        buffer_format(out, "file %.*s=%.*s (%.*s) %llu %s\n", SLICE_ARG(file->name), SLICE_ARG(file->file_name),
            SLICE_ARG(file->content_type), (unsigned long long)file->size, first);
    }
}

static void handle(void *context, const struct http_request *request, struct http_response *response)
{
    static const char *const methods[] = {"GET", "HEAD", "POST"};
    struct slice name, value;
    size_t at = 0;
    (void)context;
    if (slice_is(request->path, "/done")) {
        response->status = 303;
        response->location = "/form";
        response->set_cookie[0] = "__Host-session=abc; Path=/; Secure; HttpOnly; SameSite=Strict";
        response->set_cookie[1] = "seen=1";
        response->is_private = true;
        return;
    }
    if (slice_is(request->path, "/tired")) {
        response->status = 429;
        response->retry_after = 7;
        return;
    }
    if (slice_is(request->path, "/who")) {
        response->status = 401;
        response->www_authenticate = "Bearer";
        return;
    }
    buffer_format(&response->body, "%s %.*s peer %.*s%s%s body %zu\n", methods[request->method],
        SLICE_ARG(request->path), SLICE_ARG(request->peer), request->is_secure ? " secure" : "",
        request->is_same_origin ? " ours" : "", request->body.len);
    while (http_form_next(request, &at, &name, &value))
        buffer_format(&response->body, "%.*s=%.*s;\n", SLICE_ARG(name), SLICE_ARG(value));
    if (http_cookie(request, "a", &value))
        buffer_format(&response->body, "cookie [%.*s]\n", SLICE_ARG(value));
    show_files(request, &response->body);
}

static uint64_t limit(void *context, enum http_method method, struct slice path)
{
    (void)context;
    assert_int_equal(method, HTTP_POST);
    if (slice_is(path, "/small"))
        return 100;
    return slice_is(path, "/reading") ? 0 : FORM_LIMIT;
}

static int begin(void **state)
{
    static const char *const names[] = {"desk.example.org"};
    struct comity_error err;
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/comity-post-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    struct http_options options = {.handler = handle,
        .body_limit = limit,
        .most_file = MOST_FILE,
        .most_files = MOST_FILES,
        .spool_folder = folder,
        .names = names,
        .n_names = 1};
    if (http_start(&options, &server, &err) != COMITY_OK)
        return -1;
    options.trusts_proxy = true;
    if (http_start(&options, &trusting, &err) != COMITY_OK)
        return -1;
    port = http_port(server);
    trusting_port = http_port(trusting);
    return 0;
}

static size_t files_in_folder(void)
{
    size_t n = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));)
        n += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    closedir(dir);
    return n;
}

/* Files of this process that have no name any more and were in the folder. */
static size_t open_spools(void)
{
    char path[64], target[4096];
    size_t n = 0;
    DIR *dir = opendir("/proc/self/fd");
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        snprintf(path, sizeof path, "/proc/self/fd/%.20s", entry->d_name);
        ssize_t len = readlink(path, target, sizeof target - 1);
        target[len > 0 ? len : 0] = '\0';
        n += strncmp(target, folder, strlen(folder)) == 0;
    }
    closedir(dir);
    return n;
}

static bool wait_for_no_spools(void)
{
    for (int i = 0; i < 500 && open_spools(); i++)
        usleep(20000);
    return open_spools() == 0 && files_in_folder() == 0;
}

static int end(void **state)
{
    (void)state;
    bool is_clean = wait_for_no_spools();
    http_stop(server);
    http_stop(trusting);
    return rmdir(folder) == 0 && is_clean ? 0 : -1;
}

static void post(const char *path, const char *headers, const char *body)
{
    talk_post(port, path, headers, body, strlen(body));
}

static void assert_reply(int status, const char *text)
{
    if (talk_status() != status || (text && !strstr(talk_reply, text)))
        fail_msg("wanted %d and '%s', got: %.2000s", status, text ? text : "", talk_reply);
}

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

/* ---- forms with files ----------------------------------------------------------------------------------------- */

static void parts_become_fields_and_files(void **state)
{
    (void)state;
    post("/form", OURS AS_PARTS,
        FIELD("case", "A 1") FIELD("drug", "") FIELD("drug", "cocaine") FIELD("drug", "")
            FILE_OF("photo", "C:\\pictures\\a b.txt", "hello\r\n--Xy\r\n") FILE_OF("other", "", "")
                FILE_OF("photo", "../../etc/passwd", "") FIELD("note", "caf\xC3\xA9\r\n--XyA\r\n") END);
    assert_reply(200, "body 0\ncase=A 1;\ndrug=;\ndrug=cocaine;\ndrug=;\nnote=caf\xC3\xA9\r\n--XyA\r\n;\n"
                      "file photo=a b.txt (text/plain) 13 hell\nfile photo=passwd (text/plain) 0 \n");
    post("/form", OURS "Content-Type: multipart/form-data; boundary=\"XyZ\"\r\n", FIELD("a", "1") END);
    assert_reply(200, "a=1;");
    post("/form", OURS AS_PARTS, FIELD("a", "1") "--XyZ--");
    assert_reply(200, "a=1;");
}

/* However the line cuts it, the same form comes out. */
static void parts_do_not_depend_on_how_they_arrive(void **state)
{
    static const char form[] =
        FIELD("a", "") FIELD("a", "\r\n--X") FIELD("a", "12") FILE_OF("f", "x", "\r\n\r\n1") FIELD("a", "") END;
    static const char want[] = "a=;\na=\r\n--X;\na=12;\na=;\nfile f=x (text/plain) 5 \r\n\r\n\n";
    char head[400];
    (void)state;
    snprintf(head, sizeof head,
        "POST /form HTTP/1.1\r\nConnection: close\r\n" OURS AS_PARTS "Content-Length: %zu\r\n\r\n", sizeof form - 1);
    for (size_t cut = 1; cut < sizeof form - 1; cut += 3) {
        int s = talk_connect(port);
        assert_true(talk_send(s, head, strlen(head)) && talk_send(s, form, cut));
        usleep(2000);
        assert_true(talk_send(s, form + cut, sizeof form - 1 - cut));
        talk_read(s);
        assert_reply(200, want);
    }
    int s = talk_connect(port);
    assert_true(talk_send(s, head, strlen(head)));
    for (size_t i = 0; i < sizeof form - 1; i++)
        assert_true(talk_send(s, form + i, 1));
    talk_read(s);
    assert_reply(200, want);
}

static void malformed_parts_are_refused(void **state)
{
    static const char *const wrong[] = {FIELD("a", "1"), FIELD("a", "1") "--XyZ", FIELD("a", "1") "--XyZ-\r\n",
        "--XyZ\r\nContent-Disposition: form-data\r\n\r\n1\r\n" END, "--XyZ\r\n\r\n1\r\n" END, FIELD("a", "\xFF") END,
        FIELD("a\xFF", "1") END, FILE_OF("f", "a\x01", "1") END, FILE_OF("f", "\xFF", "1") END, "garbage",
        FIELD("a", "1") END "more",
        "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ==\r\n" END,
        "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Type: multipart/mixed; boundary=In\r\n\r\n"
        "--In\r\nContent-Disposition: file; filename=\"1\"\r\n\r\none\r\n"
        "--In\r\nContent-Disposition: file; filename=\"2\"\r\n\r\ntwo\r\n--In--\r\n" END};
    static const char *const types[] = {"multipart/form-data",
        "multipart/form-data; boundary=", "multipart/form-data; boundary=\"", "multipart/form-data; boundary=\"\"",
        "multipart/form-data; boundary=a b", "multipart/form-data; boundary=XyZ; charset=utf-8",
        "multipart/form-data; boundary=0123456789012345678901234567890123456789012345678901234567890123456789x"};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        post("/form", OURS AS_PARTS, wrong[i]);
        if (talk_status() != 400)
            fail_msg("%zu: %.300s", i, talk_reply);
    }
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char headers[300];
        snprintf(headers, sizeof headers, OURS "Content-Type: %s\r\n", types[i]);
        post("/form", headers, FIELD("a", "1") END);
        if (talk_status() != 400)
            fail_msg("%zu: %.300s", i, talk_reply);
    }
    talk_post(port, "/form", OURS AS_PARTS, FIELD("a", "x\0y") END, sizeof(FIELD("a", "x\0y") END) - 1);
    assert_reply(400, NULL);
    assert_true(wait_for_no_spools());
}

/* Forms that were bent at random: whatever they are, they are answered, and nothing stays. */
static void bent_parts_are_answered(void **state)
{
    static const char whole[] =
        FIELD("a", "1") FILE_OF("f", "x.txt", "hello\r\n--X") FIELD("b", "") FIELD("b", "2") END;
    static const char *const odd[] = {"\r\n", "--XyZ", "\r\n--XyZ\r\n", "\"", "name=", "\n\n", ": ", "--", "\r\n\r\n"};
    uint32_t seed = 7;
    (void)state;
    for (int round = 0; round < 1500; round++) {
        char bent[sizeof whole + 16];
        seed = seed * 1664525 + 1013904223;
        size_t at = (seed >> 8) % (sizeof whole - 1), len = sizeof whole - 1;
        const char *text = odd[(seed >> 4) % (sizeof odd / sizeof *odd)];
        size_t skipped = (seed >> 28) % 3 ? strlen(text) : 0;
        skipped = skipped < len - at ? skipped : len - at;
        memcpy(bent, whole, at);
        memcpy(bent + at, text, strlen(text));
        memcpy(bent + at + strlen(text), whole + at + skipped, len - at - skipped);
        talk_post(port, "/form", OURS AS_PARTS, bent, len + strlen(text) - skipped);
        assert_true(talk_status() == 200 || talk_status() == 400 || talk_status() == 413);
    }
    assert_true(wait_for_no_spools());
}

/* `files` files of `size` bytes each. */
static char *files_form(size_t files, size_t size, size_t *len)
{
    struct buffer form;
    buffer_init(&form, 64 << 20);
    for (size_t i = 0; i < files; i++) {
        buffer_format(&form, "--XyZ\r\nContent-Disposition: form-data; name=\"f\"; filename=\"%zu\"\r\n\r\n", i);
        for (size_t k = 0; k < size; k++)
            buffer_add_byte(&form, (char)(k % 7 ? k % 251 : '\r'));
        buffer_add_string(&form, "\r\n");
    }
    buffer_add_string(&form, END);
    return buffer_take(&form, len);
}

static void files_are_limited_in_size_and_number(void **state)
{
    static const struct {
        size_t files, size;
        int status;
    } cases[] = {{1, MOST_FILE, 200}, {1, MOST_FILE + 1, 413}, {3, 200000, 200}, {4, 10, 413}, {3, 0, 200}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t len;
        char *form = files_form(cases[i].files, cases[i].size, &len);
        talk_post(port, "/form", OURS AS_PARTS, form, len);
        free(form);
        assert_reply(cases[i].status, NULL);
        assert_true(wait_for_no_spools());
    }
}

static void many_and_large_parts_are_limited(void **state)
{
    struct buffer form;
    (void)state;
    buffer_init(&form, 8 << 20);
    for (int i = 0; i < HTTP_MOST_FIELDS + 1; i++)
        buffer_add_string(&form, FIELD("n", "1"));
    buffer_add_string(&form, END);
    talk_post(port, "/form", OURS AS_PARTS, form.ptr, form.len);
    assert_reply(413, NULL);
    buffer_clear(&form);
    buffer_add_string(&form, FIELD("n", "1"));
    for (int i = 0; i < 3; i++) {
        buffer_add_string(&form, "--XyZ\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n");
        for (int k = 0; k < 100000; k++)
            buffer_add_byte(&form, 'x');
        buffer_add_string(&form, "\r\n");
    }
    buffer_add_string(&form, END);
    talk_post(port, "/form", OURS AS_PARTS, form.ptr, form.len);
    assert_reply(413, NULL);
    buffer_release(&form);
}

static void a_cut_line_leaves_nothing(void **state)
{
    size_t len;
    char head[400];
    char *form = files_form(2, 150000, &len);
    (void)state;
    snprintf(head, sizeof head, "POST /form HTTP/1.1\r\n" OURS AS_PARTS "Content-Length: %zu\r\n\r\n", len);
    for (int i = 0; i < 10; i++) {
        int s = talk_connect(port);
        assert_true(talk_send(s, head, strlen(head)) && talk_send(s, form, len - 1 - (size_t)i * 20000));
        for (int k = 0; k < 200 && !open_spools(); k++)
            usleep(5000);
        assert_true(open_spools() > 0);
        assert_int_equal(files_in_folder(), 0);
        struct linger hard = {.l_onoff = 1};
        if (i % 2)
            setsockopt(s, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        close(s);
        assert_true(wait_for_no_spools());
    }
    free(form);
}

/* The limit on the size of files that a process may write stands for a full disk: the same call fails. */
static void a_full_disk_is_told(void **state)
{
    struct rlimit before, tight;
    size_t len;
    char *form = files_form(1, 250000, &len);
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, SIG_IGN);
    tight = before;
    tight.rlim_cur = 100000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    talk_post(port, "/form", OURS AS_PARTS, form, len);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_reply(507, "make room");
    assert_true(wait_for_no_spools());
    talk_post(port, "/form", OURS AS_PARTS, form, len);
    assert_reply(200, "250000");
    free(form);
}

static void a_missing_folder_is_told(void **state)
{
    struct http_server *homeless;
    struct comity_error err;
    (void)state;
    struct http_options options = {
        .handler = handle, .body_limit = limit, .most_files = 1, .spool_folder = "/nowhere/at/all"};
    assert_int_equal(http_start(&options, &homeless, &err), COMITY_OK);
    const char *form = FILE_OF("f", "x", "1") END;
    talk_post(http_port(homeless), "/form", OURS AS_PARTS, form, strlen(form));
    assert_reply(503, "nothing of it was kept");
    http_stop(homeless);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_post_must_come_from_our_own_pages),
        cmocka_unit_test(methods_are_those_of_the_path),
        cmocka_unit_test(names_are_answered_and_others_are_not),
        cmocka_unit_test(contradicting_headers_are_refused),
        cmocka_unit_test(a_proxy_is_believed_only_where_it_is_trusted),
        cmocka_unit_test(cookies_are_found_among_odd_ones),
        cmocka_unit_test(answers_carry_cookies_and_are_kept_by_nobody),
        cmocka_unit_test(a_line_is_used_again),
        cmocka_unit_test(form_fields_are_decoded),
        cmocka_unit_test(malformed_forms_never_reach_the_pages),
        cmocka_unit_test(too_much_is_refused),
        cmocka_unit_test(what_is_announced_too_large_is_refused_at_once),
        cmocka_unit_test(bodies_in_chunks_are_taken_within_the_limit),
        cmocka_unit_test(chunks_without_end_are_cut_off),
        cmocka_unit_test(parts_become_fields_and_files),
        cmocka_unit_test(parts_do_not_depend_on_how_they_arrive),
        cmocka_unit_test(malformed_parts_are_refused),
        cmocka_unit_test(bent_parts_are_answered),
        cmocka_unit_test(files_are_limited_in_size_and_number),
        cmocka_unit_test(many_and_large_parts_are_limited),
        cmocka_unit_test(a_cut_line_leaves_nothing),
        cmocka_unit_test(a_full_disk_is_told),
        cmocka_unit_test(a_missing_folder_is_told),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
