/* RFC 1952 by zlib, RFC 8878 by libzstd: only what differs between the two is here. */
#include "read/unpack.h"

#include <stdlib.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

struct unpacker {
    enum packing packing;
    z_stream gzip;
    ZSTD_DStream *zstd;
};

/* Frames that a reader skips have sixteen magic numbers: RFC 8878, 3.1.2. */
static bool begins_zstd(const unsigned char *p)
{
    bool is_frame = p[0] == 0x28 && p[1] == 0xB5 && p[2] == 0x2F && p[3] == 0xFD;
    bool is_skipped = (p[0] & 0xF0) == 0x50 && p[1] == 0x2A && p[2] == 0x4D && p[3] == 0x18;
    return is_frame || is_skipped;
}

enum packing packing_of(struct slice first)
{
    const unsigned char *p = (const unsigned char *)first.ptr;
    if (first.len >= 2 && p[0] == 0x1F && p[1] == 0x8B)
        return PACKING_GZIP;
    return first.len >= 4 && begins_zstd(p) ? PACKING_ZSTD : PACKING_NONE;
}

const char *packing_name(enum packing packing)
{
    return packing == PACKING_ZSTD ? "zstd" : packing == PACKING_GZIP ? "gzip" : "plain";
}

struct unpacker *unpacker_new(enum packing packing)
{
    struct unpacker *unpacker = calloc(1, sizeof *unpacker);
    if (!unpacker)
        return NULL;
    unpacker->packing = packing;
    bool is_ready = packing == PACKING_ZSTD ? (unpacker->zstd = ZSTD_createDStream()) != NULL
                                            : inflateInit2(&unpacker->gzip, 15 + 16) == Z_OK;
    if (is_ready)
        return unpacker;
    free(unpacker);
    return NULL;
}

void unpacker_free(struct unpacker *unpacker)
{
    if (!unpacker)
        return;
    if (unpacker->packing == PACKING_GZIP)
        inflateEnd(&unpacker->gzip);
    ZSTD_freeDStream(unpacker->zstd);
    free(unpacker);
}

void unpacker_restart(struct unpacker *unpacker)
{
    if (unpacker->packing == PACKING_GZIP)
        inflateReset(&unpacker->gzip);
    else
        ZSTD_DCtx_reset(unpacker->zstd, ZSTD_reset_session_only);
}

static enum unpacked step_gzip(z_stream *z, struct slice in, size_t *used, char *out, size_t room, size_t *got)
{
    z->next_in = (Bytef *)in.ptr;
    z->avail_in = (uInt)in.len;
    z->next_out = (Bytef *)out;
    z->avail_out = (uInt)room;
    int answer = inflate(z, Z_NO_FLUSH);
    *used = in.len - z->avail_in;
    *got = room - z->avail_out;
    if (answer == Z_STREAM_END)
        return UNPACKED_MEMBER;
    if (answer == Z_MEM_ERROR)
        return UNPACKED_NOMEM;
    return answer == Z_OK || answer == Z_BUF_ERROR ? UNPACKED_SOME : UNPACKED_DAMAGED;
}

static enum unpacked step_zstd(ZSTD_DStream *z, struct slice in, size_t *used, char *out, size_t room, size_t *got)
{
    ZSTD_inBuffer from = {in.ptr, in.len, 0};
    ZSTD_outBuffer to = {out, room, 0};
    size_t answer = ZSTD_decompressStream(z, &to, &from);
    *used = from.pos;
    *got = to.pos;
    if (!ZSTD_isError(answer))
        return answer == 0 ? UNPACKED_MEMBER : UNPACKED_SOME;
    switch (ZSTD_getErrorCode(answer)) {
    case ZSTD_error_memory_allocation:
        return UNPACKED_NOMEM;
    case ZSTD_error_frameParameter_windowTooLarge:
        return UNPACKED_TOO_WIDE;
    default:
        return UNPACKED_DAMAGED;
    }
}

enum unpacked unpacker_step(
    struct unpacker *unpacker, struct slice in, size_t *used, char *out, size_t room, size_t *got)
{
    enum { MOST = 1 << 30 };
    room = room < MOST ? room : MOST;
    in.len = in.len < MOST ? in.len : MOST;
    return unpacker->packing == PACKING_GZIP ? step_gzip(&unpacker->gzip, in, used, out, room, got)
                                             : step_zstd(unpacker->zstd, in, used, out, room, got);
}
