/* A list with digests. Sizes stand before the bytes, so that a reader knows how much room it needs before it begins. */
#include "keep/members.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 128 * 1024, SIZE_BYTES = 8 };

bool member_is_name(struct slice name)
{
    if (name.len == 0 || name.len > MEMBER_NAME || name.ptr[0] == '.')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                        c == '_' || c == '-';
        if (!is_plain)
            return false;
    }
    return true;
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static enum comity_status write_head(struct seal_writer *to, const struct member *member, struct comity_error *err)
{
    unsigned char head[2 + MEMBER_NAME + SIZE_BYTES];
    size_t len = strlen(member->name);
    head[0] = (unsigned char)member->kind;
    head[1] = (unsigned char)len;
    memcpy(head + 2, member->name, len);
    for (int i = 0; i < SIZE_BYTES; i++)
        head[2 + len + (size_t)i] = (unsigned char)(member->size >> (8 * i));
    return seal_write(to, head, 2 + len + SIZE_BYTES, err);
}

enum comity_status member_write_text(
    struct seal_writer *to, enum member_kind kind, struct slice text, struct comity_error *err)
{
    struct member member = {.kind = kind, .size = text.len};
    crypto_generichash(member.digest, MEMBER_DIGEST, (const unsigned char *)text.ptr, text.len, NULL, 0);
    enum comity_status status = write_head(to, &member, err);
    if (!status)
        status = seal_write(to, text.ptr, text.len, err);
    return status ? status : seal_write(to, member.digest, MEMBER_DIGEST, err);
}

struct pouring {
    struct seal_writer *to;
    const char *path;
    bool (*tell)(void *context, uint64_t n);
    void *context;
    crypto_generichash_state hash;
    unsigned char piece[PIECE];
};

static enum comity_status pour_all(struct pouring *pouring, int fd, uint64_t size, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    uint64_t left = size;
    while (!status) {
        ssize_t n = read(fd, pouring->piece, PIECE);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return seal_io(err, "read", pouring->path);
        if ((uint64_t)n > left || (n == 0 && left))
            return error_set(err, COMITY_CONFLICT, "'%s' changed while it was backed up", pouring->path);
        if (n == 0)
            return COMITY_OK;
        left -= (uint64_t)n;
        crypto_generichash_update(&pouring->hash, pouring->piece, (size_t)n);
        status = seal_write(pouring->to, pouring->piece, (size_t)n, err);
        if (!status && pouring->tell && !pouring->tell(pouring->context, (uint64_t)n))
            status = error_set(err, COMITY_CANCELLED, "stopped while '%s' was backed up", pouring->path);
    }
    return status;
}

static enum comity_status pour(struct pouring *pouring, int fd, struct member *member, struct comity_error *err)
{
    crypto_generichash_init(&pouring->hash, NULL, 0, MEMBER_DIGEST);
    enum comity_status status = write_head(pouring->to, member, err);
    if (!status)
        status = pour_all(pouring, fd, member->size, err);
    if (status)
        return status;
    crypto_generichash_final(&pouring->hash, member->digest, MEMBER_DIGEST);
    return seal_write(pouring->to, member->digest, MEMBER_DIGEST, err);
}

enum comity_status member_write_file(struct seal_writer *to, enum member_kind kind, const char *name, const char *path,
    bool (*tell)(void *context, uint64_t n), void *context, struct member *out, struct comity_error *err)
{
    struct stat info;
    *out = (struct member){.kind = kind};
    snprintf(out->name, sizeof out->name, "%s", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return error_io(err, "open", path);
    struct pouring *pouring = malloc(sizeof *pouring);
    enum comity_status status = pouring ? COMITY_OK : error_nomem(err);
    if (!status && fstat(fd, &info) != 0)
        status = error_io(err, "look at", path);
    if (!status && !S_ISREG(info.st_mode))
        status = error_set(err, COMITY_USAGE, "'%s' is not a regular file", path);
    if (!status) {
        out->size = (uint64_t)info.st_size;
        pouring->to = to;
        pouring->path = path;
        pouring->tell = tell;
        pouring->context = context;
        status = pour(pouring, fd, out, err);
    }
    close(fd);
    free(pouring);
    return status;
}

enum comity_status members_finish(struct seal_writer *to, struct comity_error *err)
{
    unsigned char end = MEMBER_END;
    enum comity_status status = seal_write(to, &end, 1, err);
    return status ? status : seal_finish(to, err);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

struct members_reader {
    struct seal_reader *from;
    char *path;
    struct member member;
    uint64_t left;
    bool is_within, is_over;
    crypto_generichash_state hash;
};

enum comity_status members_reader_new(
    struct seal_reader *from, const char *path, struct members_reader **out, struct comity_error *err)
{
    struct members_reader *reader = calloc(1, sizeof *reader);
    *out = reader;
    if (!reader)
        return error_nomem(err);
    reader->from = from;
    reader->path = strdup(path);
    if (reader->path)
        return COMITY_OK;
    members_reader_free(reader);
    *out = NULL;
    return error_nomem(err);
}

/* The seal held, so it was written so: by a program with a fault, or by somebody who made it by hand. */
static enum comity_status malformed(const struct members_reader *reader, const char *what, struct comity_error *err)
{
    error_set(err, COMITY_CORRUPT, "'%s' is no whole backup: %s", reader->path, what);
    error_hint(err, "use another backup");
    return COMITY_CORRUPT;
}

static enum comity_status get(struct members_reader *reader, void *bytes, size_t n, struct comity_error *err)
{
    unsigned char *to = bytes;
    while (n) {
        size_t got;
        enum comity_status status = seal_read(reader->from, to, n, &got, err);
        if (status)
            return status;
        if (!got)
            return malformed(reader, "it ends within a member", err);
        to += got;
        n -= got;
    }
    return COMITY_OK;
}

static enum comity_status read_name(struct members_reader *reader, size_t len, char *name, struct comity_error *err)
{
    if (len > MEMBER_NAME)
        return malformed(reader, "a name is too long", err);
    enum comity_status status = get(reader, name, len, err);
    name[len] = '\0';
    return status;
}

/* In order, each once, and names that cannot lead out of a folder. */
static enum comity_status check_order(
    const struct members_reader *reader, const struct member *next, struct comity_error *err)
{
    const struct member *last = &reader->member;
    struct slice name = slice_from(next->name);
    bool is_file = next->kind == MEMBER_FILE;
    if (is_file ? !member_is_name(name) : name.len > 0)
        return malformed(reader, "a name will not do", err);
    bool is_next = is_file
                       ? last->kind == MEMBER_STORE || (last->kind == MEMBER_FILE && strcmp(last->name, next->name) < 0)
                       : next->kind == last->kind + 1;
    return is_next ? COMITY_OK : malformed(reader, "its members are not in order", err);
}

static enum comity_status read_head(struct members_reader *reader, enum member_kind kind, struct comity_error *err)
{
    unsigned char len, size[SIZE_BYTES];
    struct member next = {.kind = kind};
    enum comity_status status = get(reader, &len, 1, err);
    if (!status)
        status = read_name(reader, len, next.name, err);
    if (!status)
        status = get(reader, size, sizeof size, err);
    if (!status)
        status = check_order(reader, &next, err);
    if (status)
        return status;
    for (int i = 0; i < SIZE_BYTES; i++)
        next.size |= (uint64_t)size[i] << (8 * i);
    if (next.size > INT64_MAX)
        return malformed(reader, "a size will not do", err);
    reader->member = next;
    reader->left = next.size;
    reader->is_within = true;
    crypto_generichash_init(&reader->hash, NULL, 0, MEMBER_DIGEST);
    return COMITY_OK;
}

static enum comity_status read_end(struct members_reader *reader, struct comity_error *err)
{
    unsigned char more;
    size_t n;
    if (reader->member.kind < MEMBER_STORE)
        return malformed(reader, "there is no store in it", err);
    enum comity_status status = seal_read(reader->from, &more, 1, &n, err);
    if (!status && n)
        return malformed(reader, "something follows its end", err);
    reader->member = (struct member){0};
    reader->is_over = !status;
    return status;
}

static enum comity_status pass_over(struct members_reader *reader, struct comity_error *err)
{
    unsigned char piece[4096];
    enum comity_status status = COMITY_OK;
    size_t n = 1;
    while (!status && reader->is_within && n)
        status = members_read(reader, piece, sizeof piece, &n, err);
    return status;
}

enum comity_status members_next(struct members_reader *reader, const struct member **out, struct comity_error *err)
{
    unsigned char kind;
    *out = &reader->member;
    enum comity_status status = pass_over(reader, err);
    if (status || reader->is_over)
        return status;
    status = get(reader, &kind, 1, err);
    if (status)
        return status;
    if (kind > MEMBER_FILE)
        return malformed(reader, "it holds a member of an unknown kind", err);
    return kind == MEMBER_END ? read_end(reader, err) : read_head(reader, kind, err);
}

static enum comity_status check_digest(struct members_reader *reader, struct comity_error *err)
{
    unsigned char stored[MEMBER_DIGEST];
    enum comity_status status = get(reader, stored, sizeof stored, err);
    if (status)
        return status;
    reader->is_within = false;
    crypto_generichash_final(&reader->hash, reader->member.digest, MEMBER_DIGEST);
    return memcmp(stored, reader->member.digest, MEMBER_DIGEST) == 0
               ? COMITY_OK
               : malformed(reader, "a member is not what its digest says", err);
}

enum comity_status members_read(
    struct members_reader *reader, void *bytes, size_t room, size_t *n, struct comity_error *err)
{
    *n = 0;
    if (!reader->is_within)
        return COMITY_OK;
    if (!reader->left)
        return check_digest(reader, err);
    if (room > reader->left)
        room = (size_t)reader->left;
    enum comity_status status = seal_read(reader->from, bytes, room, n, err);
    if (!status && !*n)
        return malformed(reader, "it ends within a member", err);
    if (status)
        return status;
    crypto_generichash_update(&reader->hash, bytes, *n);
    reader->left -= *n;
    return COMITY_OK;
}

void members_reader_free(struct members_reader *reader)
{
    if (!reader)
        return;
    free(reader->path);
    free(reader);
}
