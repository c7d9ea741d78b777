/* One read() for each chunk: the kernel reads ahead, and a pipe is no special case. Packed members may follow each
 * other; what stands behind the last one is padding if it is zeros, and a fault otherwise. */
#include "read/bytes.h"

#include "base/error.h"
#include "read/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 128 * 1024 };

struct bytes {
    int fd; /* -1: memory, or elsewhere */
    bool owns_fd, is_begun, is_member_open;
    struct slice memory;        /* what is left of it */
    struct bytes_origin origin; /* elsewhere; without `read`: not */
    uint64_t done, total;
    char *chunk; /* file bytes that were read and not yet handed out */
    size_t at, filled;
    enum packing packing;
    struct unpacker *unpacker;
    uint64_t unpacked, most;
    char peeked[BYTES_MOST_PEEK];
    size_t n_peeked;
    enum comity_status fault; /* told at the next call */
    struct comity_error fault_detail;
    char *name;
};

/* Null when memory is out. */
static struct bytes *bytes_new(const char *name)
{
    struct bytes *bytes = calloc(1, sizeof *bytes);
    if (!bytes)
        return NULL;
    bytes->fd = -1;
    bytes->name = strdup(name);
    bytes->chunk = malloc(CHUNK);
    if (bytes->name && bytes->chunk)
        return bytes;
    bytes_close(bytes);
    return NULL;
}

static enum comity_status open_file(struct bytes *bytes, const char *path, struct comity_error *err)
{
    struct stat stat;
    bytes->owns_fd = strcmp(path, "-") != 0;
    bytes->fd = bytes->owns_fd ? open(path, O_RDONLY | O_CLOEXEC) : STDIN_FILENO;
    if (bytes->fd < 0 || fstat(bytes->fd, &stat))
        return error_io(err, "open", path);
    if (S_ISDIR(stat.st_mode))
        return error_set(err, COMITY_INPUT, "'%s' is a folder", path);
    bytes->total = S_ISREG(stat.st_mode) ? (uint64_t)stat.st_size : 0;
    return COMITY_OK;
}

enum comity_status bytes_open(const char *path, struct bytes **out, struct comity_error *err)
{
    struct bytes *bytes = bytes_new(strcmp(path, "-") ? path : "standard input");
    enum comity_status status = bytes ? open_file(bytes, path, err) : error_nomem(err);
    if (status)
        bytes_close(bytes);
    *out = status ? NULL : bytes;
    return status;
}

enum comity_status bytes_open_memory(struct slice memory, struct bytes **out, struct comity_error *err)
{
    *out = bytes_new("memory");
    if (!*out)
        return error_nomem(err);
    (*out)->memory = memory;
    (*out)->total = memory.len;
    return COMITY_OK;
}

enum comity_status bytes_open_from(
    const char *name, const struct bytes_origin *origin, struct bytes **out, struct comity_error *err)
{
    *out = bytes_new(name);
    if (!*out) {
        origin->close(origin->context);
        return error_nomem(err);
    }
    (*out)->origin = *origin;
    (*out)->total = origin->total;
    return COMITY_OK;
}

void bytes_close(struct bytes *bytes)
{
    if (!bytes)
        return;
    if (bytes->owns_fd && bytes->fd >= 0)
        close(bytes->fd);
    if (bytes->origin.close)
        bytes->origin.close(bytes->origin.context);
    unpacker_free(bytes->unpacker);
    free(bytes->chunk);
    free(bytes->name);
    free(bytes);
}

/* Bytes as they lie in the file. */
static enum comity_status read_plain(struct bytes *bytes, char *to, size_t room, size_t *got, struct comity_error *err)
{
    if (bytes->origin.read) {
        enum comity_status status = bytes->origin.read(bytes->origin.context, to, room, got, err);
        if (status)
            return status;
    } else if (bytes->fd < 0) {
        *got = room < bytes->memory.len ? room : bytes->memory.len;
        if (*got)
            memcpy(to, bytes->memory.ptr, *got);
        bytes->memory.ptr += *got;
        bytes->memory.len -= *got;
    } else {
        ssize_t n;
        do
            n = read(bytes->fd, to, room);
        while (n < 0 && errno == EINTR);
        if (n < 0)
            return error_io(err, "read", bytes->name);
        *got = (size_t)n;
    }
    bytes->done += *got;
    return COMITY_OK;
}

/* Makes `chunk` hold at least `least` unread bytes, or all that are left. */
static enum comity_status fill_chunk(struct bytes *bytes, size_t least, struct comity_error *err)
{
    size_t left = bytes->filled - bytes->at;
    if (left >= least)
        return COMITY_OK;
    memmove(bytes->chunk, bytes->chunk + bytes->at, left);
    bytes->at = 0;
    bytes->filled = left;
    while (bytes->filled < least) {
        size_t got = 0;
        enum comity_status status = read_plain(bytes, bytes->chunk + bytes->filled, CHUNK - bytes->filled, &got, err);
        if (status || !got)
            return status;
        bytes->filled += got;
    }
    return COMITY_OK;
}

/* ---- unpacking ----------------------------------------------------------------------------------------------- */

static enum packing chunk_packing(const struct bytes *bytes)
{
    return packing_of(slice_of(bytes->chunk + bytes->at, bytes->filled - bytes->at));
}

static enum comity_status begin(struct bytes *bytes, struct comity_error *err)
{
    enum comity_status status = fill_chunk(bytes, PACKING_LONGEST_MAGIC, err);
    if (status)
        return status;
    bytes->is_begun = true;
    bytes->packing = chunk_packing(bytes);
    if (!bytes->packing)
        return COMITY_OK;
    bytes->unpacker = unpacker_new(bytes->packing);
    bytes->is_member_open = true;
    return bytes->unpacker ? COMITY_OK : error_nomem(err);
}

static enum comity_status packing_fault(struct bytes *bytes, const char *what, struct comity_error *err)
{
    enum comity_status status = error_set(err, COMITY_INPUT, "the %s data %s near byte %llu",
        packing_name(bytes->packing), what, (unsigned long long)(bytes->done - (bytes->filled - bytes->at)));
    error_at(err, bytes->name, 0, 0);
    error_hint(err, "fetch the file again; it was cut or damaged on its way");
    return status;
}

void bytes_bound(struct bytes *bytes, uint64_t most)
{
    bytes->most = most;
}

bool bytes_is_bomb(uint64_t unpacked, uint64_t packed)
{
    enum { LEAST = 128 << 20, RATIO = 400 };
    return unpacked > LEAST && unpacked / RATIO > packed;
}

enum comity_status bytes_bomb(const char *what, uint64_t unpacked, uint64_t packed, struct comity_error *err)
{
    error_set(err, COMITY_LIMIT, "%s unpacks to more than 400 times its size: %llu bytes from %llu", what,
        (unsigned long long)unpacked, (unsigned long long)packed);
    error_hint(err, "this is hardly an honest file; if it is, unpack it first and import what comes out");
    return COMITY_LIMIT;
}

/* Between two members: is there another? */
static enum comity_status next_member(struct bytes *bytes, bool *is_over, struct comity_error *err)
{
    enum comity_status status = fill_chunk(bytes, PACKING_LONGEST_MAGIC, err);
    if (status)
        return status;
    *is_over = bytes->filled == bytes->at || bytes->chunk[bytes->at] == 0;
    if (*is_over)
        return COMITY_OK;
    if (chunk_packing(bytes) != bytes->packing)
        return packing_fault(bytes, "is followed by something else", err);
    unpacker_restart(bytes->unpacker);
    bytes->is_member_open = true;
    return COMITY_OK;
}

/* One step over what the chunk holds. */
static enum comity_status unpack_some(struct bytes *bytes, char *to, size_t room, size_t *got, struct comity_error *err)
{
    size_t used = 0;
    enum comity_status status = fill_chunk(bytes, 1, err);
    if (status)
        return status;
    /* Without input the unpacker may still hold output. */
    bool is_out = bytes->at == bytes->filled;
    enum unpacked step = unpacker_step(
        bytes->unpacker, slice_of(bytes->chunk + bytes->at, bytes->filled - bytes->at), &used, to, room, got);
    bytes->at += used;
    bytes->unpacked += *got;
    if (step == UNPACKED_NOMEM)
        return error_nomem(err);
    if (step == UNPACKED_DAMAGED)
        return packing_fault(bytes, "is damaged", err);
    if (step == UNPACKED_TOO_WIDE)
        return packing_fault(bytes, "asks for a window of more than 128 MB (pack it without --long)", err);
    if (bytes_is_bomb(bytes->unpacked, bytes->done) || (bytes->most && bytes->unpacked > bytes->most))
        return bytes_bomb(
            bytes->packing == PACKING_GZIP ? "the gzip data" : "the zstd data", bytes->unpacked, bytes->done, err);
    bytes->is_member_open = step != UNPACKED_MEMBER;
    return is_out && !*got && bytes->is_member_open ? packing_fault(bytes, "ends early,", err) : COMITY_OK;
}

static enum comity_status read_packed(struct bytes *bytes, char *to, size_t room, size_t *got, struct comity_error *err)
{
    size_t filled = 0;
    while (filled < room) {
        enum comity_status status;
        bool is_over = false;
        size_t some = 0;
        if (!bytes->is_member_open) {
            status = next_member(bytes, &is_over, err);
            if (!status && is_over)
                break;
        } else {
            status = unpack_some(bytes, to + filled, room - filled, &some, err);
        }
        filled += some;
        if (status && !filled)
            return status;
        if (status) {
            bytes->fault = status;
            if (err)
                bytes->fault_detail = *err;
            break;
        }
    }
    *got = filled;
    return COMITY_OK;
}

/* ---- reading ------------------------------------------------------------------------------------------------- */

enum comity_status bytes_read(struct bytes *bytes, char *to, size_t room, size_t *got, struct comity_error *err)
{
    *got = 0;
    if (bytes->n_peeked) {
        *got = bytes->n_peeked < room ? bytes->n_peeked : room;
        memcpy(to, bytes->peeked, *got);
        bytes->n_peeked -= *got;
        memmove(bytes->peeked, bytes->peeked + *got, bytes->n_peeked);
        return COMITY_OK;
    }
    if (bytes->fault) {
        if (err)
            *err = bytes->fault_detail;
        return bytes->fault;
    }
    if (!bytes->is_begun) {
        enum comity_status status = begin(bytes, err);
        if (status)
            return status;
    }
    if (bytes->packing)
        return read_packed(bytes, to, room, got, err);
    size_t left = bytes->filled - bytes->at;
    if (!left)
        return read_plain(bytes, to, room, got, err);
    *got = left < room ? left : room;
    memcpy(to, bytes->chunk + bytes->at, *got);
    bytes->at += *got;
    return COMITY_OK;
}

enum comity_status bytes_peek(struct bytes *bytes, char first[BYTES_MOST_PEEK], size_t *got, struct comity_error *err)
{
    size_t n = 0, some;
    do {
        enum comity_status status = bytes_read(bytes, first + n, BYTES_MOST_PEEK - n, &some, err);
        if (status)
            return status;
        n += some;
    } while (some && n < BYTES_MOST_PEEK);
    memcpy(bytes->peeked, first, n);
    bytes->n_peeked = *got = n;
    return COMITY_OK;
}

void bytes_progress(const struct bytes *bytes, uint64_t *done, uint64_t *total)
{
    *done = bytes->done;
    *total = bytes->total;
}

bool bytes_is_packed(const struct bytes *bytes)
{
    return bytes->packing != PACKING_NONE;
}

const char *bytes_name(const struct bytes *bytes)
{
    return bytes->name;
}
