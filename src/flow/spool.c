/* One pass: bytes are hashed while they are copied. The copy is opened again through /proc/self/fd, which gives each
 * reader a position of its own. */
#include "flow/spool.h"

#include "base/error.h"

#include <errno.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

enum { HASH = 32, PIECE = 1 << 16 };

void spool_hash(const void *bytes, size_t len, char hash[65])
{
    unsigned char out[HASH];
    crypto_generichash(out, HASH, bytes, len, NULL, 0);
    sodium_bin2hex(hash, 65, out, HASH);
}

static enum comity_status read_all(struct spool *spool, FILE *in, const char *name, struct comity_error *err)
{
    crypto_generichash_state state;
    char piece[PIECE];
    unsigned char out[HASH];
    size_t n;
    crypto_generichash_init(&state, NULL, 0, HASH);
    while ((n = fread(piece, 1, sizeof piece, in)) > 0) {
        crypto_generichash_update(&state, (const unsigned char *)piece, n);
        spool->n_bytes += n;
        spool->last_byte = piece[n - 1];
        if (spool->copy && fwrite(piece, 1, n, spool->copy) != n)
            return error_io(err, "write", "a temporary file");
    }
    if (ferror(in))
        return error_io(err, "read", name);
    if (spool->copy && fflush(spool->copy) != 0)
        return error_io(err, "write", "a temporary file");
    crypto_generichash_final(&state, out, HASH);
    sodium_bin2hex(spool->hash, sizeof spool->hash, out, HASH);
    return COMITY_OK;
}

static enum comity_status open_file(struct spool *spool, const char *path, struct comity_error *err)
{
    struct stat *info = &spool->was;
    if ((size_t)snprintf(spool->path, sizeof spool->path, "%s", path) >= sizeof spool->path)
        return error_set(err, COMITY_USAGE, "the path is too long: '%s'", path);
    FILE *in = fopen(path, "rbe");
    if (!in)
        return error_io(err, "open", path);
    enum comity_status status = COMITY_OK;
    if (fstat(fileno(in), info) == 0 && !S_ISREG(info->st_mode)) {
        status = error_set(err, COMITY_USAGE, "'%s' is not a regular file", path);
        error_hint(err, "a stream can be given as '-', standard input");
    }
    if (!status)
        status = read_all(spool, in, path, err);
    fclose(in);
    return status;
}

enum comity_status spool_open(struct spool *spool, const char *path, struct comity_error *err)
{
    spool->copy = NULL;
    spool->path[0] = spool->hash[0] = '\0';
    spool->n_bytes = 0;
    if (sodium_init() < 0)
        return error_set(err, COMITY_INTERNAL, "libsodium cannot be used");
    if (strcmp(path, "-") != 0)
        return open_file(spool, path, err);
    spool->copy = tmpfile();
    if (!spool->copy)
        return error_io(err, "create", "a temporary file");
    snprintf(spool->path, sizeof spool->path, "/proc/self/fd/%d", fileno(spool->copy));
    return read_all(spool, stdin, "standard input", err);
}

static bool is_changed(const struct spool *spool, const struct stat *now)
{
    const struct stat *was = &spool->was;
    return now->st_dev != was->st_dev || now->st_ino != was->st_ino || now->st_size != was->st_size ||
           (uint64_t)now->st_size != spool->n_bytes || now->st_mtim.tv_sec != was->st_mtim.tv_sec ||
           now->st_mtim.tv_nsec != was->st_mtim.tv_nsec;
}

enum comity_status spool_check(const struct spool *spool, enum comity_status status, struct comity_error *err)
{
    struct stat now;
    if (spool->copy || status == COMITY_NOMEM || status == COMITY_CANCELLED || stat(spool->path, &now) != 0 ||
        !is_changed(spool, &now))
        return status;
    error_set(err, COMITY_BUSY, "'%s' was changed while it was read: it had %llu bytes, now it has %llu", spool->path,
        (unsigned long long)spool->n_bytes, (unsigned long long)now.st_size);
    error_hint(err, "nothing was imported; wait until it is written to its end, then import it again");
    return COMITY_BUSY;
}

void spool_close(struct spool *spool)
{
    if (spool->copy)
        fclose(spool->copy);
    spool->copy = NULL;
}
