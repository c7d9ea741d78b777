/* TLS by the server itself: what is spoken, with which certificate, and what is said of files that will not do. The
 * certificates are made by openssl and looked at by curl; both are skipped over where they are not installed. */
#include "unit.h"

#include "http/certificate.h"
#include "http/http.h"
#include "http_talk.h"

static char folder[64];
static char said[1024];

static void note(void *context, const char *line)
{
    (void)context;
    snprintf(said, sizeof said, "%s", line);
}

static void handle(void *context, const struct http_request *request, struct http_response *response)
{
    (void)context;
    buffer_format(&response->body, "%s%s %zu\n", request->is_secure ? "secure" : "open",
        request->is_same_origin ? " ours" : "", request->body.len);
}

static uint64_t limit(void *context, enum http_method method, struct slice path)
{
    (void)context;
    (void)method;
    (void)path;
    return 1 << 20;
}

/* Runs in the folder; what it prints is in talk_reply. */
static int run(const char *format, const char *argument, unsigned port)
{
    char command[1000], all[1200];
    snprintf(command, sizeof command, "cd '%s' && ", folder);
    size_t n = strlen(command);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(command + n, sizeof command - n, format, argument, port);
#pragma GCC diagnostic pop
    snprintf(all, sizeof all, "( %s ) 2>&1", command);
    FILE *pipe = popen(all, "r");
    assert_non_null(pipe);
    size_t len = fread(talk_reply, 1, sizeof talk_reply - 1, pipe);
    talk_reply[len] = '\0';
    return pclose(pipe);
}

#define MAKE(days)                                                                                                     \
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout %1$s.key -out %1$s.pem "        \
    "-subj /CN=%1$s -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -days " days

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/comity-tls-XXXXXX");
    if (!mkdtemp(folder))
        return -1;
    if (run("openssl version && curl --version", "", 0) != 0)
        exit(77);
    return run(MAKE("90"), "first", 0) || run(MAKE("90"), "second", 0) || run(MAKE("3"), "soon", 0);
}

static int end(void **state)
{
    (void)state;
    return run("rm -r '%s'", folder, 0);
}

static const char *in_folder(char path[160], const char *name)
{
    snprintf(path, 160, "%s/%s", folder, name);
    return path;
}

static enum comity_status start(
    const char *cert, const char *key, struct http_server **server, struct comity_error *err)
{
    char cert_path[160], key_path[160];
    struct http_options options = {.handler = handle,
        .body_limit = limit,
        .tls_cert = in_folder(cert_path, cert),
        .tls_key = in_folder(key_path, key),
        .say = note};
    said[0] = '\0';
    *server = NULL;
    return http_start(&options, server, err);
}

static struct http_server *start_well(void)
{
    struct http_server *server;
    struct comity_error err;
    if (start("first.pem", "first.key", &server, &err) != COMITY_OK)
        fail_msg("%s", err.message);
    return server;
}

/* ---- what must hold ------------------------------------------------------------------------------------------- */

static void pages_come_over_tls(void **state)
{
    struct http_server *server = start_well();
    unsigned port = http_port(server);
    (void)state;
    assert_string_equal(said, "");
    assert_int_equal(run("curl -sS -i --cacert first.pem %shttps://localhost:%u/", "", port), 0);
    assert_non_null(strstr(talk_reply, "Strict-Transport-Security: max-age=31536000"));
    assert_non_null(strstr(talk_reply, "secure 0\n"));
    assert_int_equal(run("curl -sS --cacert first.pem -H 'Origin: https://localhost:%2$u' -d a=1 https://%1$s:%2$u/",
                         "localhost", port),
        0);
    assert_string_equal(talk_reply, "secure ours 3\n");
    assert_int_equal(
        run("head -c 500000 /dev/zero > body; curl -sS --cacert first.pem -H 'Sec-Fetch-Site: same-origin' "
            "-H 'Content-Type: text/plain' --data-binary @body %shttps://localhost:%u/",
            "", port),
        0);
    assert_string_equal(talk_reply, "secure ours 500000\n");
    /* Two requests, one line. */
    assert_int_equal(
        run("curl -sv --cacert first.pem %1$shttps://localhost:%2$u/ https://localhost:%2$u/ 2>&1 | grep -c Re-using",
            "", port),
        0);
    assert_string_equal(talk_reply, "1\n");
    http_stop(server);
}

static void nothing_older_or_weaker_is_spoken(void **state)
{
    struct http_server *server = start_well();
    unsigned port = http_port(server);
    (void)state;
    assert_int_equal(run("curl -sS --cacert first.pem --tls-max 1.2 %shttps://localhost:%u/", "", port), 0);
    assert_int_equal(run("curl -sS --cacert first.pem --tlsv1.3 %shttps://localhost:%u/", "", port), 0);
    assert_int_not_equal(run("curl -sS --cacert first.pem --ciphers DEFAULT@SECLEVEL=0 --tlsv1.0 --tls-max 1.1 "
                             "%shttps://localhost:%u/",
                             "", port),
        0);
    assert_int_not_equal(
        run("curl -sS --cacert first.pem --tls-max 1.2 --ciphers ECDHE-ECDSA-AES128-SHA %shttps://localhost:%u/", "",
            port),
        0);
    assert_int_not_equal(run("curl -sS %shttp://localhost:%u/", "", port), 0);
    assert_int_not_equal(run("curl -sS --cacert second.pem %shttps://localhost:%u/", "", port), 0);
    http_stop(server);
}

static void a_new_certificate_is_taken_while_lines_are_open(void **state)
{
    char from[160], to[160];
    struct comity_error err;
    (void)state;
    assert_int_equal(run("%scp first.pem live.pem && cp first.key live.key", "", 0), 0);
    struct http_server *server;
    assert_int_equal(start("live.pem", "live.key", &server, &err), COMITY_OK);
    unsigned port = http_port(server);
    assert_int_equal(run("curl -sS --cacert first.pem %shttps://localhost:%u/", "", port), 0);
    /* A key without its certificate is refused, and the first stays. */
    assert_int_equal(rename(in_folder(from, "second.key"), in_folder(to, "live.key")), 0);
    assert_int_equal(http_reload(server, &err), COMITY_INPUT);
    assert_non_null(strstr(err.message, "is not that of the certificate"));
    assert_int_equal(run("curl -sS --cacert first.pem %shttps://localhost:%u/", "", port), 0);
    assert_int_equal(run("%scp second.pem live.pem", "", 0), 0);
    assert_int_equal(http_reload(server, &err), COMITY_OK);
    assert_int_equal(run("curl -sS --cacert second.pem %shttps://localhost:%u/", "", port), 0);
    assert_int_not_equal(run("curl -sS --cacert first.pem %shttps://localhost:%u/", "", port), 0);
    http_stop(server);
    assert_int_equal(run("%scp live.key second.key", "", 0), 0);
}

static void assert_fault(const char *cert, const char *key, enum comity_status status, const char *text)
{
    struct http_server *server;
    struct comity_error err = {0};
    assert_int_equal(start(cert, key, &server, &err), status);
    assert_null(server);
    if (!strstr(err.message, text))
        fail_msg("'%s' is not in '%s'", text, err.message);
}

static void files_that_will_not_do_are_told(void **state)
{
    (void)state;
    assert_fault("nowhere.pem", "first.key", COMITY_NOTFOUND, "nowhere.pem");
    assert_fault("first.pem", "nowhere.key", COMITY_NOTFOUND, "nowhere.key");
    assert_fault("first.pem", "second.key", COMITY_INPUT, "is not that of the certificate");
    assert_fault("first.key", "first.key", COMITY_INPUT, "is no certificate");
    assert_fault("first.pem", "first.pem", COMITY_INPUT, "is no private key");
    assert_int_equal(
        run("%sopenssl ec -aes128 -passout pass:secret -in first.key -out locked.key; : > empty", "", 0), 0);
    assert_fault("first.pem", "locked.key", COMITY_INPUT, "is no private key");
    assert_fault("empty", "first.key", COMITY_INPUT, "is no certificate");
    assert_fault(".", "first.key", COMITY_IO, "unable to read");
    assert_int_equal(run("%shead -c 2000000 /dev/zero > big", "", 0), 0);
    assert_fault("big", "first.key", COMITY_LIMIT, "too large");
    struct http_options options = {.handler = handle, .tls_cert = "first.pem"};
    struct http_server *server;
    struct comity_error err;
    assert_int_equal(http_start(&options, &server, &err), COMITY_USAGE);
}

static void what_keeps_clients_away_is_warned_of(void **state)
{
    struct http_server *server;
    struct comity_error err;
    (void)state;
    assert_int_equal(start("soon.pem", "soon.key", &server, &err), COMITY_OK);
    assert_non_null(strstr(said, "expires on 20"));
    http_stop(server);
    /* Of a day in the past. */
    assert_int_equal(run("%sopenssl req -new -key first.key -subj /CN=old -out old.csr && "
                         "printf 'default_ca=d\\n[d]\\ndatabase=old.db\\nserial=old.srl\\nnew_certs_dir=.\\n"
                         "policy=p\\ndefault_md=sha256\\n[p]\\ncommonName=supplied\\n' > old.conf && : > old.db && "
                         "echo 01 > old.srl && openssl ca -batch -config old.conf -selfsign -keyfile first.key "
                         "-in old.csr -out old.pem -startdate 20200101000000Z -enddate 20200201000000Z",
                         "", 0),
        0);
    assert_int_equal(start("old.pem", "first.key", &server, &err), COMITY_OK);
    assert_non_null(strstr(said, "has expired on 2020-02-01"));
    http_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pages_come_over_tls),
        cmocka_unit_test(nothing_older_or_weaker_is_spoken),
        cmocka_unit_test(a_new_certificate_is_taken_while_lines_are_open),
        cmocka_unit_test(files_that_will_not_do_are_told),
        cmocka_unit_test(what_keeps_clients_away_is_warned_of),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
