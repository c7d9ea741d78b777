/* Memory that runs out while a form is taken: the client is told or cut off, it never gets half of what it sent taken
 * for the whole, and nothing stays behind. The allocations of the thread that answers are made to fail in turn, those
 * of libmicrohttpd too. */
#include "unit.h"

#include "failing_malloc.h"
#include "http/certificate.h"
#include "http/fields.h"
#include "http/heads.h"
#include "http/http.h"
#include "http_talk.h"

#include <stdatomic.h>

#define PART(name, more, value)                                                                                        \
    "--XyZ\r\nContent-Disposition: form-data; name=\"" name "\"" more "\r\n\r\n" value "\r\n"

static const char FORM[] = PART("a", "", "1") PART("b", "", "") PART("f", "; filename=\"x.txt\"", "hello")
    PART("g", "; filename=\"\"", "") PART("b", "", "2") "--XyZ--\r\n";
static const char HEADERS[] = "Host: localhost\r\nSec-Fetch-Site: same-origin\r\nCookie: a=1\r\nCookie: b=2\r\n"
                              "Content-Type: multipart/form-data; boundary=XyZ\r\n";

static atomic_long fail_at;
static atomic_bool has_failed;

/* The handler runs when all was taken; with the allocations from here on nothing is proved. */
static void handle(void *context, const struct http_request *request, struct http_response *response)
{
    (void)context;
    atomic_store(&has_failed, failing_malloc_stop());
    buffer_format(&response->body, "%zu fields %zu files %llu\n", request->n_fields, request->n_files,
        request->n_files ? (unsigned long long)request->files[0].size : 0ull);
}

static uint64_t limit(void *context, enum http_method method, struct slice path)
{
    (void)context;
    (void)method;
    (void)path;
    atomic_store(&has_failed, true);
    failing_malloc_after(atomic_load(&fail_at));
    return 1 << 20;
}

static void a_form_is_taken_whole_or_not_at_all(void **state)
{
    struct http_server *server;
    struct comity_error err;
    struct http_options options = {.handler = handle, .body_limit = limit, .most_files = 2};
    long n_refused = 0;
    (void)state;
    assert_int_equal(http_start(&options, &server, &err), COMITY_OK);
    atomic_store(&has_failed, true);
    for (long n = 0; atomic_load(&has_failed) && n < 1000; n++) {
        atomic_store(&fail_at, n);
        talk_post(http_port(server), "/", HEADERS, FORM, sizeof FORM - 1);
        if (talk_status() == 200) {
            /* libmicrohttpd does not tell when it has no memory for a file's name: such a file comes as a field. */
            const char *got = talk_body();
            assert_true(strcmp(got, "3 fields 1 files 5\n") == 0 || strcmp(got, "4 fields 0 files 0\n") == 0 ||
                        strcmp(got, "4 fields 1 files 5\n") == 0);
        } else {
            /* A part whose name got lost for want of memory looks like one without, which is 400. */
            assert_true(talk_status() == 503 || talk_status() == 400 || talk_status() == 0);
            n_refused++;
        }
    }
    assert_false(atomic_load(&has_failed));
#ifndef __SANITIZE_THREAD__
    assert_true(n_refused > 5);
#endif
    http_stop(server);
}

static void fields_and_headers_say_that_memory_is_out(void **state)
{
    (void)state;
    for (long n = 0;; n++) {
        struct arena arena = {0};
        struct fields fields = {0};
        struct heads heads = {.arena = &arena};
        failing_malloc_after(n);
        enum comity_status status = fields_read(&fields, &arena, SLICE("a=1&b=x+y%41&c"));
        heads_add(&heads, SLICE("Cookie"), SLICE("a=1"));
        heads_add(&heads, SLICE("Cookie"), SLICE("b=2"));
        bool failed = failing_malloc_stop();
        assert_true(status == COMITY_OK || (failed && status == COMITY_NOMEM));
        assert_true(status == COMITY_NOMEM || heads.is_out_of_memory || slice_is(heads.of[HEAD_COOKIE], "a=1; b=2"));
        arena_release(&arena);
        if (!failed)
            return;
        assert_true(status == COMITY_NOMEM || heads.is_out_of_memory);
    }
}

static void a_server_that_cannot_start_leaves_nothing(void **state)
{
    static const char *const names[] = {"a.example.org", "b.example.org"};
    struct comity_error err;
    (void)state;
    for (long n = 0; n < 2000; n++) {
        struct http_server *server = NULL;
        struct http_options options = {.handler = handle, .names = names, .n_names = 2};
        failing_malloc_after(n);
        enum comity_status status = http_start(&options, &server, &err);
        bool failed = failing_malloc_stop();
        assert_true((status == COMITY_OK) == (server != NULL));
        http_stop(server);
        if (!failed) {
            assert_int_equal(status, COMITY_OK);
            return;
        }
    }
    fail();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_form_is_taken_whole_or_not_at_all),
        cmocka_unit_test(fields_and_headers_say_that_memory_is_out),
        cmocka_unit_test(a_server_that_cannot_start_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
