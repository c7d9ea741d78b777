/* parts.c - what the post processor says becomes fields and files.
 *
 * It tells a part by its position within it: 0 begins one. But when the part's first bytes are not all there yet, it
 * says an empty beginning first and position 0 once more, which looks like an empty part and another one of the same
 * name: a form with repeated fields has just these. Fed byte by byte from each carriage return until the boundary or
 * the end of the part's headers must have passed, it has nothing of a part's bytes when their headers end: then the
 * empty beginning is said for every part, and only for its beginning. */
#include "http/parts.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PROCESSOR_BUFFER = 8192, MOST_NAME = 1024 };

static const struct refusal MALFORMED = {400, "the form is malformed\n", NULL, false, true};
static const struct refusal NO_MEMORY = {503, "out of memory: send it again in a while\n", NULL, false, true};
static const struct refusal TOO_MUCH = {413, "the fields of this form are more than is taken\n", NULL, false, true};
static const struct refusal FILE_TOO_LARGE = {413, "a file of this form is larger than is taken\n", NULL, false, true};
static const struct refusal TOO_MANY_FILES = {413, "these are more files than are taken\n", NULL, false, true};
static const struct refusal DISK_FULL = {507,
    "the server's disk has no room for what you send; nothing of it was kept: make room there and send it again\n",
    NULL, false, true};
static const struct refusal NO_SPOOL = {503,
    "the server cannot keep what you send; nothing of it was kept: its operator finds the reason in the log\n", NULL,
    false, true};

/* Always false, for the convenience of those who fail with it. */
static bool refuse(struct parts *parts, struct refusal refusal)
{
    if (!parts->refusal->status)
        *parts->refusal = refusal;
    return false;
}

/* ---- the boundary --------------------------------------------------------------------------------------------- */

/* RFC 2046's bchars, without the space. */
static bool is_boundary_character(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c && strchr("'()+_,-./:=?", c));
}

struct slice parts_boundary(struct slice content_type)
{
    ptrdiff_t at = slice_find(content_type, SLICE("boundary="));
    if (at < 0)
        return SLICE_EMPTY;
    /* It must stand last, as all clients have it: the post processor takes everything behind it. */
    size_t skipped = (size_t)at + sizeof "boundary=" - 1;
    struct slice boundary = slice_of(content_type.ptr + skipped, content_type.len - skipped);
    if (boundary.len > 2 && boundary.ptr[0] == '"' && boundary.ptr[boundary.len - 1] == '"')
        boundary = slice_of(boundary.ptr + 1, boundary.len - 2);
    for (size_t i = 0; i < boundary.len; i++)
        if (!is_boundary_character(boundary.ptr[i]))
            return SLICE_EMPTY;
    return boundary.len <= PARTS_MOST_BOUNDARY ? boundary : SLICE_EMPTY;
}

/* ---- spooling ------------------------------------------------------------------------------------------------- */

/* O_TMPFILE gives a file that never had a name; where the file system knows none, the name goes at once. */
static int open_nameless(const char *folder)
{
    char path[4096];
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL && errno != ENOENT))
        return fd;
    int n = snprintf(path, sizeof path, "%s/.comity-upload-XXXXXX", folder);
    if (n < 0 || (size_t)n >= sizeof path)
        return -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

static bool refuse_disk(struct parts *parts)
{
    bool is_full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    return refuse(parts, is_full ? DISK_FULL : NO_SPOOL);
}

static bool flush(struct parts *parts)
{
    const struct http_file *file = &parts->files[parts->n_files - 1];
    size_t done = 0;
    while (done < parts->spooled) {
        ssize_t n = write(file->fd, parts->spool + done, parts->spooled - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return refuse_disk(parts);
        done += (size_t)n;
    }
    parts->spooled = 0;
    return true;
}

static bool spool(struct parts *parts, struct slice bytes)
{
    struct http_file *file = &parts->files[parts->n_files - 1];
    file->size += bytes.len;
    if (parts->options.most_file && file->size > parts->options.most_file)
        return refuse(parts, FILE_TOO_LARGE);
    while (bytes.len) {
        size_t room = PARTS_SPOOL_BUFFER - parts->spooled;
        size_t n = bytes.len < room ? bytes.len : room;
        memcpy(parts->spool + parts->spooled, bytes.ptr, n);
        parts->spooled += n;
        bytes = slice_of(bytes.ptr + n, bytes.len - n);
        if (parts->spooled == PARTS_SPOOL_BUFFER && !flush(parts))
            return false;
    }
    return true;
}

/* ---- one part after another ----------------------------------------------------------------------------------- */

static bool end_file(struct parts *parts)
{
    struct http_file *file = &parts->files[parts->n_files - 1];
    if (!flush(parts))
        return false;
    if (lseek(file->fd, 0, SEEK_SET) != 0)
        return refuse_disk(parts);
    /* An input of a page that was left empty comes as a file without name and bytes. */
    if (!file->size && !file->file_name.len) {
        close(file->fd);
        parts->n_files--;
    }
    return true;
}

static bool end_field(struct parts *parts)
{
    struct slice value = arena_copy(parts->arena, buffer_slice(&parts->value));
    enum comity_status status = value.ptr ? fields_add(parts->fields, parts->arena, parts->name, value) : COMITY_NOMEM;
    if (status == COMITY_OK)
        return true;
    return refuse(parts, status == COMITY_LIMIT ? TOO_MUCH : status == COMITY_NOMEM ? NO_MEMORY : MALFORMED);
}

static bool end_part(struct parts *parts)
{
    if (!parts->is_open)
        return true;
    parts->is_open = false;
    return parts->is_file ? end_file(parts) : end_field(parts);
}

/* What stands behind the last slash of either kind: some old browsers send the whole path. */
static struct slice last_component(struct slice path)
{
    for (size_t i = path.len; i > 0; i--)
        if (path.ptr[i - 1] == '/' || path.ptr[i - 1] == '\\')
            return slice_of(path.ptr + i, path.len - i);
    return path;
}

/* A copy of a name that a client made up; false, with a refusal, when it can be none. */
static bool copy_name(struct parts *parts, struct slice name, struct slice *out)
{
    bool has_control = false;
    for (size_t i = 0; i < name.len; i++)
        has_control |= (unsigned char)name.ptr[i] < ' ' || name.ptr[i] == 0x7f;
    if (has_control || name.len > MOST_NAME || !fields_is_text(name))
        return refuse(parts, MALFORMED);
    *out = arena_copy(parts->arena, name);
    return out->ptr || refuse(parts, NO_MEMORY);
}

static bool begin_file(struct parts *parts, struct slice file_name, const char *type)
{
    struct http_file file = {.name = parts->name};
    bool is_nothing = !file_name.len;
    if (!copy_name(parts, last_component(file_name), &file.file_name) ||
        !copy_name(parts, slice_from(type), &file.content_type))
        return false;
    /* Room for one more than the most, which an input that was left empty needs. */
    if (parts->n_files >= parts->options.most_files + (is_nothing ? 1u : 0u))
        return refuse(parts, TOO_MANY_FILES);
    if (!parts->spool)
        parts->spool = malloc(PARTS_SPOOL_BUFFER);
    if (!parts->spool)
        return refuse(parts, NO_MEMORY);
    file.fd = open_nameless(parts->options.folder);
    if (file.fd < 0)
        return refuse_disk(parts);
    parts->files[parts->n_files++] = file;
    parts->spooled = 0;
    return true;
}

/* Only what needs no decoding: RFC 7578 section 4.7 has nothing else any more. */
static bool is_plain(const char *encoding)
{
    struct slice text = slice_from(encoding);
    return !text.len || slice_equal_nocase(text, SLICE("binary")) || slice_equal_nocase(text, SLICE("8bit")) ||
           slice_equal_nocase(text, SLICE("7bit"));
}

static bool begin_part(
    struct parts *parts, const char *name, const char *file_name, const char *type, const char *encoding)
{
    if (!name || !is_plain(encoding))
        return refuse(parts, MALFORMED);
    if (!copy_name(parts, slice_from(name), &parts->name))
        return false;
    buffer_clear(&parts->value);
    parts->received = 0;
    parts->has_any = true;
    parts->is_file = file_name != NULL;
    if (parts->is_file && !begin_file(parts, slice_from(file_name), type))
        return false;
    parts->is_open = true;
    return true;
}

static bool take(struct parts *parts, uint64_t position, struct slice bytes)
{
    /* It has lost count where a part hides in another (multipart/mixed, which RFC 7578 has done away with). */
    if (!parts->is_open || position != parts->received)
        return refuse(parts, MALFORMED);
    parts->received += bytes.len;
    if (parts->is_file)
        return spool(parts, bytes);
    buffer_add_slice(&parts->value, bytes);
    if (parts->value.failed)
        return refuse(parts, parts->value.over_cap ? TOO_MUCH : NO_MEMORY);
    return true;
}

static enum MHD_Result on_part(void *context, enum MHD_ValueKind kind, const char *name, const char *file_name,
    const char *type, const char *encoding, const char *bytes, uint64_t position, size_t len)
{
    (void)kind;
    struct parts *parts = context;
    if (parts->refusal->status)
        return MHD_NO;
    /* No bytes: a beginning, as is told at the head of this file. */
    bool is_good = len ? take(parts, position, slice_of(bytes, len))
                       : end_part(parts) && begin_part(parts, name, file_name, type, encoding);
    return is_good ? MHD_YES : MHD_NO;
}

/* ---- feeding -------------------------------------------------------------------------------------------------- */

void parts_begin(struct parts *parts, struct MHD_Connection *connection, struct slice boundary,
    const struct parts_options *options, struct arena *arena, struct fields *fields, struct refusal *refusal)
{
    *parts = (struct parts){.options = *options,
        .arena = arena,
        .fields = fields,
        .refusal = refusal,
        .boundary = boundary.len,
        .single = boundary.len + 4};
    buffer_init(&parts->value, HTTP_MOST_FIELD_BYTES);
    parts->files = ARENA_ARRAY(arena, struct http_file, options->most_files + 1);
    if (parts->files)
        parts->processor = MHD_create_post_processor(connection, PROCESSOR_BUFFER, on_part, parts);
    if (!parts->processor)
        refuse(parts, NO_MEMORY);
}

/* How much of the piece may be fed at once. */
static size_t next_bite(struct parts *parts, struct slice piece)
{
    if (piece.ptr[0] == '\r')
        parts->single = parts->boundary + 4;
    if (parts->single) {
        parts->single--;
        return 1;
    }
    const char *end = memchr(piece.ptr, '\r', piece.len);
    return end ? (size_t)(end - piece.ptr) : piece.len;
}

void parts_feed(struct parts *parts, struct slice piece)
{
    while (piece.len && !parts->refusal->status) {
        size_t n = next_bite(parts, piece);
        if (MHD_post_process(parts->processor, piece.ptr, n) != MHD_YES)
            refuse(parts, MALFORMED);
        piece = slice_of(piece.ptr + n, piece.len - n);
    }
}

void parts_end(struct parts *parts)
{
    enum MHD_Result is_whole = MHD_destroy_post_processor(parts->processor);
    parts->processor = NULL;
    if (is_whole != MHD_YES || !parts->has_any)
        refuse(parts, MALFORMED);
    else
        end_part(parts);
}

void parts_release(struct parts *parts)
{
    if (parts->processor)
        MHD_destroy_post_processor(parts->processor);
    parts->processor = NULL;
    for (size_t i = 0; i < parts->n_files; i++)
        close(parts->files[i].fd);
    parts->n_files = 0;
    parts->is_open = false;
    buffer_release(&parts->value);
    free(parts->spool);
    parts->spool = NULL;
}
