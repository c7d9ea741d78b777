/* fields.c, heads.c, parts.c: what a browser sends. The first byte chooses: a form, the headers of a request (lines of
 * name and value), or a content type. */
#include "http/fields.h"
#include "http/heads.h"
#include "http/parts.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* What is taken is text, and all of it is found again. */
static void read_form(struct slice text, struct arena *arena)
{
    struct fields fields = {0};
    struct slice name, value;
    size_t at = 0, n = 0;
    if (fields_read(&fields, arena, text) != COMITY_OK)
        return;
    must(fields.n <= HTTP_MOST_FIELDS && fields.bytes <= HTTP_MOST_FIELD_BYTES);
    struct http_request request = {.fields = fields.list, .n_fields = fields.n, .arena = arena};
    for (; http_form_next(&request, &at, &name, &value); n++) {
        must(fields_is_text(name) && fields_is_text(value));
        struct slice first;
        char *string = arena_string(arena, name);
        must(!string || http_form(&request, string, &first));
    }
    must(n == fields.n);
}

static void read_heads(struct slice text, struct arena *arena)
{
    struct heads heads = {.arena = arena};
    struct http_request request = {.arena = arena};
    struct slice value;
    while (text.len) {
        struct slice line = slice_cut(&text, '\n');
        struct slice name = slice_cut(&line, ':');
        if (name.len)
            heads_add(&heads, name, slice_trim(line));
    }
    bool is_sound = heads_are_sound(&heads);
    must(!is_sound || !heads.has_nul);
    heads_tell(&heads, true, false, SLICE("127.0.0.1"), &request);
    must(request.peer.len > 0);
    if (http_cookie(&request, "a", &value))
        must(!http_is_bearer(&request) && value.len <= request.cookies.len);
    static const char *const names[] = {"desk.example.org"};
    bool is_local = http_host_is_local(request.host), is_named = http_host_is_named(request.host, names, 1);
    must(!(is_local && is_named));
    must(!http_host_is_address(request.host, "::") || !is_named);
    http_takes_gzip(request.accept_language);
}

static void read_content_type(struct slice text)
{
    struct slice boundary = parts_boundary(text);
    must(boundary.len <= PARTS_MOST_BOUNDARY);
    must(!boundary.len || slice_find(boundary, SLICE("\"")) < 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    if (!size)
        return 0;
    struct slice text = slice_of((const char *)data + 1, size - 1);
    if (data[0] % 3 == 0)
        read_form(text, &arena);
    else if (data[0] % 3 == 1)
        read_heads(text, &arena);
    else
        read_content_type(text);
    arena_release(&arena);
    return 0;
}
