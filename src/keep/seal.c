/* Pieces, so that a store of any size needs little memory and a damaged one is told early. Encryption is libsodium's
 * secretstream (XChaCha20-Poly1305) under a key by Argon2id (RFC 9106, its second recommended choice: 64 MiB, three
 * passes). Compression is done piece by piece: what is unpacked can never be larger than a piece. */
#include "keep/seal.h"

#include "base/error.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#define STREAM(name) crypto_secretstream_xchacha20poly1305_##name

enum {
    MAGIC = 14,
    FORMAT_VERSION = 1,
    PLAIN_HEAD = 16,
    SALT = crypto_pwhash_SALTBYTES,
    CHECK = 16,
    STREAM_HEAD = STREAM(HEADERBYTES),
    CHECK_AT = PLAIN_HEAD + SALT + 8 + STREAM_HEAD,
    SEALED_HEAD = CHECK_AT + CHECK,
    HASH = 32,
    PIECE = 256 * 1024,
    MORE = STREAM(ABYTES) > HASH ? STREAM(ABYTES) : HASH,
    STORED = 1 + PIECE + MORE, /* the most bytes of a stored piece */
    IS_PACKED = 1,
    IS_LAST = 0x80,
    ZSTD_LEVEL = 3,
    MEMORY_KIB = 64 * 1024,
    PASSES = 3,
    /* What is accepted of others' files, so that none can ask for the whole machine. */
    MOST_MEMORY_KIB = 1024 * 1024,
    MOST_PASSES = 16
};

static const char magic[MAGIC + 1] = "comity backup\n";

/* What both directions have in common. */
struct seal {
    FILE *file;
    char *path;
    bool is_sealed;
    unsigned char head[SEALED_HEAD];
    size_t head_len;
    unsigned char chain[HASH]; /* of the last piece */
    STREAM(state) stream;
    unsigned char *clear, *stored; /* 1 + PIECE + MORE bytes each */
};

struct seal_writer {
    struct seal seal;
    ZSTD_CCtx *zstd;
    unsigned char *piece; /* what is being gathered */
    size_t n;
};

struct seal_reader {
    struct seal seal;
    ZSTD_DCtx *zstd;
    unsigned char *piece; /* unpacked */
    size_t at, n;
    bool is_over;
};

static void put_u32(unsigned char *to, uint32_t number)
{
    for (int i = 0; i < 4; i++)
        to[i] = (unsigned char)(number >> (8 * i));
}

static uint32_t get_u32(const unsigned char *from)
{
    return from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 | (uint32_t)from[3] << 24;
}

enum comity_status seal_io(struct comity_error *err, const char *doing, const char *path)
{
    int saved = errno ? errno : EIO; /* stdio does not always tell */
    errno = saved;
    enum comity_status status = error_io(err, doing, path);
    if (saved == ENOSPC || saved == EDQUOT || saved == EFBIG)
        error_hint(err, "make room there, or choose another place, and try again; nothing that was there is lost");
    return status;
}

/* ---- what both directions share -------------------------------------------------------------------------------- */

static enum comity_status seal_init(struct seal *seal, FILE *file, const char *path, struct comity_error *err)
{
    if (sodium_init() < 0)
        return error_set(err, COMITY_INTERNAL, "libsodium cannot be used");
    seal->file = file;
    seal->path = strdup(path);
    seal->clear = malloc(STORED);
    seal->stored = malloc(STORED);
    return seal->path && seal->clear && seal->stored ? COMITY_OK : error_nomem(err);
}

static void seal_release(struct seal *seal)
{
    if (seal->clear)
        sodium_memzero(seal->clear, STORED);
    sodium_memzero(&seal->stream, sizeof seal->stream);
    free(seal->clear);
    free(seal->stored);
    free(seal->path);
}

static void start_chain(struct seal *seal)
{
    crypto_generichash(seal->chain, HASH, seal->head, seal->head_len, NULL, 0);
}

static void chain_next(const struct seal *seal, const unsigned char *piece, size_t n, unsigned char hash[HASH])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, HASH);
    crypto_generichash_update(&state, seal->chain, HASH);
    crypto_generichash_update(&state, piece, n);
    crypto_generichash_final(&state, hash, HASH);
}

/* The key of a passphrase with what the head says of salt, memory and passes. */
static enum comity_status derive(
    const unsigned char *head, struct slice passphrase, unsigned char key[STREAM(KEYBYTES)], struct comity_error *err)
{
    uint64_t kib = get_u32(head + PLAIN_HEAD + SALT), passes = get_u32(head + PLAIN_HEAD + SALT + 4);
    if (crypto_pwhash(key, STREAM(KEYBYTES), passphrase.ptr, passphrase.len, head + PLAIN_HEAD, passes,
            (size_t)kib * 1024, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return error_nomem(err);
    return COMITY_OK;
}

static void key_check(const unsigned char *head, const unsigned char key[STREAM(KEYBYTES)], unsigned char check[CHECK])
{
    crypto_generichash(check, CHECK, head, CHECK_AT, key, STREAM(KEYBYTES));
}

/* ---- writing --------------------------------------------------------------------------------------------------- */

static enum comity_status put(struct seal *seal, const void *bytes, size_t n, struct comity_error *err)
{
    errno = 0;
    return fwrite(bytes, 1, n, seal->file) == n ? COMITY_OK : seal_io(err, "write", seal->path);
}

static enum comity_status lock_head(struct seal *seal, struct slice passphrase, struct comity_error *err)
{
    unsigned char key[STREAM(KEYBYTES)], *at = seal->head + PLAIN_HEAD;
    randombytes_buf(at, SALT);
    put_u32(at + SALT, MEMORY_KIB);
    put_u32(at + SALT + 4, PASSES);
    enum comity_status status = derive(seal->head, passphrase, key, err);
    if (!status) {
        STREAM(init_push)(&seal->stream, at + SALT + 8, key);
        key_check(seal->head, key, seal->head + CHECK_AT);
    }
    sodium_memzero(key, sizeof key);
    return status;
}

static enum comity_status write_head(struct seal *seal, struct slice passphrase, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    seal->is_sealed = passphrase.len > 0;
    seal->head_len = seal->is_sealed ? SEALED_HEAD : PLAIN_HEAD;
    memcpy(seal->head, magic, MAGIC);
    seal->head[MAGIC] = FORMAT_VERSION;
    seal->head[MAGIC + 1] = seal->is_sealed;
    if (seal->is_sealed)
        status = lock_head(seal, passphrase, err);
    start_chain(seal);
    return status ? status : put(seal, seal->head, seal->head_len, err);
}

enum comity_status seal_writer_new(
    FILE *file, const char *path, struct slice passphrase, struct seal_writer **out, struct comity_error *err)
{
    struct seal_writer *writer = calloc(1, sizeof *writer);
    *out = NULL;
    if (!writer)
        return error_nomem(err);
    enum comity_status status = seal_init(&writer->seal, file, path, err);
    writer->piece = malloc(PIECE);
    writer->zstd = ZSTD_createCCtx();
    if (!status && !(writer->piece && writer->zstd))
        status = error_nomem(err);
    if (!status)
        status = write_head(&writer->seal, passphrase, err);
    if (status)
        seal_writer_free(writer);
    else
        *out = writer;
    return status;
}

/* The stored form of clear[0 … n): with its seal, or with its hash behind it. */
static size_t close_piece(struct seal *seal, size_t n, bool is_last)
{
    if (seal->is_sealed) {
        unsigned long long len;
        STREAM(push)
        (&seal->stream, seal->stored, &len, seal->clear, n, seal->head, seal->head_len,
            is_last ? STREAM(TAG_FINAL) : STREAM(TAG_MESSAGE));
        return (size_t)len;
    }
    memcpy(seal->stored, seal->clear, n);
    chain_next(seal, seal->stored, n, seal->chain);
    memcpy(seal->stored + n, seal->chain, HASH);
    return n + HASH;
}

static enum comity_status write_piece(struct seal_writer *writer, bool is_last, struct comity_error *err)
{
    struct seal *seal = &writer->seal;
    unsigned char length[4];
    size_t n = ZSTD_compressCCtx(writer->zstd, seal->clear + 1, PIECE, writer->piece, writer->n, ZSTD_LEVEL);
    if (ZSTD_isError(n) && ZSTD_getErrorCode(n) == ZSTD_error_memory_allocation)
        return error_nomem(err);
    bool is_packed = !ZSTD_isError(n) && n < writer->n;
    if (!is_packed)
        memcpy(seal->clear + 1, writer->piece, n = writer->n);
    seal->clear[0] = (unsigned char)((is_packed ? IS_PACKED : 0) | (is_last ? IS_LAST : 0));
    size_t stored = close_piece(seal, 1 + n, is_last);
    put_u32(length, (uint32_t)stored);
    writer->n = 0;
    enum comity_status status = put(seal, length, sizeof length, err);
    return status ? status : put(seal, seal->stored, stored, err);
}

enum comity_status seal_write(struct seal_writer *writer, const void *bytes, size_t n, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    const unsigned char *from = bytes;
    while (n && !status) {
        if (writer->n == PIECE)
            status = write_piece(writer, false, err);
        size_t part = n < PIECE - writer->n ? n : PIECE - writer->n;
        memcpy(writer->piece + writer->n, from, part);
        writer->n += part;
        from += part;
        n -= part;
    }
    return status;
}

enum comity_status seal_finish(struct seal_writer *writer, struct comity_error *err)
{
    enum comity_status status = write_piece(writer, true, err);
    errno = 0;
    return !status && fflush(writer->seal.file) != 0 ? seal_io(err, "write", writer->seal.path) : status;
}

void seal_writer_free(struct seal_writer *writer)
{
    if (!writer)
        return;
    if (writer->piece)
        sodium_memzero(writer->piece, PIECE);
    free(writer->piece);
    ZSTD_freeCCtx(writer->zstd);
    seal_release(&writer->seal);
    free(writer);
}

/* ---- reading --------------------------------------------------------------------------------------------------- */

static enum comity_status cut_off(const struct seal *seal, struct comity_error *err)
{
    error_set(err, COMITY_CORRUPT, "'%s' is cut off: its end is not there", seal->path);
    error_hint(err, "use another backup, or copy it anew from where it is whole");
    return COMITY_CORRUPT;
}

static enum comity_status altered(const struct seal *seal, struct comity_error *err)
{
    error_set(err, COMITY_CORRUPT, "'%s' is damaged: it is not what was written", seal->path);
    error_hint(err, "use another backup, or copy it anew from where it is whole");
    return COMITY_CORRUPT;
}

/* All of n bytes, or the file ends too early. */
static enum comity_status get(struct seal *seal, void *bytes, size_t n, struct comity_error *err)
{
    errno = 0;
    if (fread(bytes, 1, n, seal->file) == n)
        return COMITY_OK;
    return ferror(seal->file) ? seal_io(err, "read", seal->path) : cut_off(seal, err);
}

static enum comity_status check_magic(const struct seal *seal, struct comity_error *err)
{
    const unsigned char *head = seal->head;
    if (memcmp(head, magic, MAGIC) != 0)
        return error_set(err, COMITY_INPUT, "'%s' is not a backup that Comity made", seal->path);
    if (head[MAGIC] != FORMAT_VERSION) {
        error_set(err, COMITY_UNSUPPORTED, "'%s' was made by a newer Comity (format %d, this one knows %d)", seal->path,
            head[MAGIC], FORMAT_VERSION);
        error_hint(err, "use that version or a later one");
        return COMITY_UNSUPPORTED;
    }
    return head[MAGIC + 1] <= 1 ? COMITY_OK : altered(seal, err);
}

static enum comity_status unlock_head(struct seal *seal, struct slice passphrase, struct comity_error *err)
{
    unsigned char key[STREAM(KEYBYTES)], check[CHECK], *at = seal->head + PLAIN_HEAD;
    uint32_t kib = get_u32(at + SALT), passes = get_u32(at + SALT + 4);
    if (!passphrase.len) {
        error_set(err, COMITY_LOGIN, "'%s' is encrypted", seal->path);
        error_hint(err, "give --passphrase-file FILE");
        return COMITY_LOGIN;
    }
    if (kib < 8 || kib > MOST_MEMORY_KIB || !passes || passes > MOST_PASSES)
        return altered(seal, err);
    enum comity_status status = derive(seal->head, passphrase, key, err);
    if (!status) {
        key_check(seal->head, key, check);
        if (sodium_memcmp(check, seal->head + CHECK_AT, CHECK) != 0) {
            status = error_set(err, COMITY_REFUSED, "the passphrase does not open '%s'", seal->path);
            error_hint(err, "each backup opens with the passphrase it was made with");
        } else if (STREAM(init_pull)(&seal->stream, at + SALT + 8, key) != 0) {
            status = altered(seal, err);
        }
    }
    sodium_memzero(key, sizeof key);
    return status;
}

/* Who gives a passphrase trusts that only those who know it can have written the file. */
static enum comity_status not_sealed(const struct seal *seal, struct comity_error *err)
{
    error_set(err, COMITY_REFUSED, "'%s' is not encrypted, and a passphrase was given", seal->path);
    error_hint(err, "it may have been put in the place of one that is; without the passphrase it is read as it is");
    return COMITY_REFUSED;
}

static enum comity_status read_head(struct seal *seal, struct slice passphrase, struct comity_error *err)
{
    enum comity_status status = get(seal, seal->head, PLAIN_HEAD, err);
    if (status == COMITY_CORRUPT) /* too short for anything */
        return error_set(err, COMITY_INPUT, "'%s' is not a backup that Comity made", seal->path);
    if (!status)
        status = check_magic(seal, err);
    if (status)
        return status;
    seal->is_sealed = seal->head[MAGIC + 1];
    seal->head_len = seal->is_sealed ? SEALED_HEAD : PLAIN_HEAD;
    if (passphrase.len && !seal->is_sealed)
        return not_sealed(seal, err);
    if (seal->is_sealed)
        status = get(seal, seal->head + PLAIN_HEAD, SEALED_HEAD - PLAIN_HEAD, err);
    if (!status && seal->is_sealed)
        status = unlock_head(seal, passphrase, err);
    start_chain(seal);
    return status;
}

enum comity_status seal_reader_new(
    FILE *file, const char *path, struct slice passphrase, struct seal_reader **out, struct comity_error *err)
{
    struct seal_reader *reader = calloc(1, sizeof *reader);
    *out = NULL;
    if (!reader)
        return error_nomem(err);
    enum comity_status status = seal_init(&reader->seal, file, path, err);
    reader->piece = malloc(PIECE);
    reader->zstd = ZSTD_createDCtx();
    if (!status && !(reader->piece && reader->zstd))
        status = error_nomem(err);
    if (!status)
        status = read_head(&reader->seal, passphrase, err);
    if (status)
        seal_reader_free(reader);
    else
        *out = reader;
    return status;
}

/* From stored[0 … n) to clear; *len bytes. */
static enum comity_status open_piece(struct seal *seal, size_t n, size_t *len, struct comity_error *err)
{
    if (seal->is_sealed) {
        unsigned long long opened = 0;
        unsigned char tag = 0;
        if (STREAM(pull)(&seal->stream, seal->clear, &opened, &tag, seal->stored, n, seal->head, seal->head_len) != 0 ||
            opened == 0 || (tag == STREAM(TAG_FINAL)) != ((seal->clear[0] & IS_LAST) != 0))
            return altered(seal, err);
        *len = (size_t)opened;
        return COMITY_OK;
    }
    *len = n - HASH;
    chain_next(seal, seal->stored, *len, seal->chain);
    if (memcmp(seal->chain, seal->stored + *len, HASH) != 0)
        return altered(seal, err);
    memcpy(seal->clear, seal->stored, *len);
    return COMITY_OK;
}

static enum comity_status unpack(struct seal_reader *reader, size_t len, struct comity_error *err)
{
    const unsigned char *clear = reader->seal.clear;
    if (!(clear[0] & IS_PACKED)) {
        if (len - 1 > PIECE)
            return altered(&reader->seal, err);
        memcpy(reader->piece, clear + 1, reader->n = len - 1);
        return COMITY_OK;
    }
    size_t n = ZSTD_decompressDCtx(reader->zstd, reader->piece, PIECE, clear + 1, len - 1);
    if (ZSTD_isError(n))
        return ZSTD_getErrorCode(n) == ZSTD_error_memory_allocation ? error_nomem(err) : altered(&reader->seal, err);
    reader->n = n;
    return COMITY_OK;
}

static enum comity_status end_here(struct seal_reader *reader, struct comity_error *err)
{
    if (fgetc(reader->seal.file) != EOF)
        return altered(&reader->seal, err);
    reader->is_over = true;
    return ferror(reader->seal.file) ? seal_io(err, "read", reader->seal.path) : COMITY_OK;
}

static enum comity_status read_piece(struct seal_reader *reader, struct comity_error *err)
{
    struct seal *seal = &reader->seal;
    unsigned char length[4];
    size_t least = 1 + (seal->is_sealed ? (size_t)STREAM(ABYTES) : (size_t)HASH), len = 0;
    reader->at = reader->n = 0;
    enum comity_status status = get(seal, length, sizeof length, err);
    if (status)
        return status;
    size_t n = get_u32(length);
    if (n < least || n > STORED)
        return altered(seal, err);
    status = get(seal, seal->stored, n, err);
    if (!status)
        status = open_piece(seal, n, &len, err);
    if (!status && seal->clear[0] & ~(IS_PACKED | IS_LAST))
        status = altered(seal, err);
    if (!status)
        status = unpack(reader, len, err);
    return !status && seal->clear[0] & IS_LAST ? end_here(reader, err) : status;
}

enum comity_status seal_read(struct seal_reader *reader, void *bytes, size_t room, size_t *n, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    *n = 0;
    while (!status && reader->at == reader->n && !reader->is_over)
        status = read_piece(reader, err);
    if (status)
        return status;
    size_t part = reader->n - reader->at;
    if (part > room)
        part = room;
    memcpy(bytes, reader->piece + reader->at, part);
    reader->at += part;
    *n = part;
    return COMITY_OK;
}

bool seal_is_encrypted(const struct seal_reader *reader)
{
    return reader->seal.is_sealed;
}

void seal_reader_free(struct seal_reader *reader)
{
    if (!reader)
        return;
    if (reader->piece)
        sodium_memzero(reader->piece, PIECE);
    free(reader->piece);
    ZSTD_freeDCtx(reader->zstd);
    seal_release(&reader->seal);
    free(reader);
}
