/* http_world.h - a server that says what it was given, for tests of what a request may bring. */
#ifndef HTTP_WORLD_H
#define HTTP_WORLD_H

#include "unit.h"

#include "http/http.h"
#include "http_talk.h"

#include <dirent.h>
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

static inline void show_files(const struct http_request *request, struct buffer *out)
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

static inline void handle(void *context, const struct http_request *request, struct http_response *response)
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

static inline uint64_t limit(void *context, enum http_method method, struct slice path)
{
    (void)context;
    assert_int_equal(method, HTTP_POST);
    if (slice_is(path, "/small"))
        return 100;
    return slice_is(path, "/reading") ? 0 : FORM_LIMIT;
}

static inline int begin(void **state)
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

static inline size_t files_in_folder(void)
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
static inline size_t open_spools(void)
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

static inline bool wait_for_no_spools(void)
{
    for (int i = 0; i < 500 && open_spools(); i++)
        usleep(20000);
    return open_spools() == 0 && files_in_folder() == 0;
}

static inline int end(void **state)
{
    (void)state;
    bool is_clean = wait_for_no_spools();
    http_stop(server);
    http_stop(trusting);
    return rmdir(folder) == 0 && is_clean ? 0 : -1;
}

static inline void post(const char *path, const char *headers, const char *body)
{
    talk_post(port, path, headers, body, strlen(body));
}

static inline void assert_reply(int status, const char *text)
{
    if (talk_status() != status || (text && !strstr(talk_reply, text)))
        fail_msg("wanted %d and '%s', got: %.2000s", status, text ? text : "", talk_reply);
}

#endif
