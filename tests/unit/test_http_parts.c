/* Forms with files: what becomes of them, and what is left of those that end before their end. Over a real socket. */
#include "unit.h"

#include "http_world.h"

#include <signal.h>
#include <sys/resource.h>

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
