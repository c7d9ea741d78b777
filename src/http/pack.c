/* pack.c - zlib with gzip framing. A middle level: on a thin line the bytes count, on a small machine the time does. */
#include "http/pack.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <zlib.h>

enum { LEVEL = 5, GZIP_WINDOW = 15 + 16, MEMORY_LEVEL = 8, CHUNK_CAP = 16 << 20, BLOCK = 65536 };

static bool begin(z_stream *z)
{
    memset(z, 0, sizeof *z);
    return deflateInit2(z, LEVEL, Z_DEFLATED, GZIP_WINDOW, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK;
}

bool pack_buffer(struct buffer *body)
{
    z_stream z;
    if (body->len > UINT32_MAX / 2 || !begin(&z))
        return false;
    size_t most = deflateBound(&z, body->len);
    struct buffer packed;
    buffer_init(&packed, most + 1);
    bool is_done = buffer_reserve(&packed, most);
    if (is_done) {
        z.next_in = (Bytef *)(uintptr_t)body->ptr;
        z.avail_in = (uInt)body->len;
        z.next_out = (Bytef *)packed.ptr;
        z.avail_out = (uInt)most;
        is_done = deflate(&z, Z_FINISH) == Z_STREAM_END && z.total_out < body->len;
        packed.len = z.total_out;
    }
    deflateEnd(&z);
    if (!is_done) {
        buffer_release(&packed);
        return false;
    }
    buffer_release(body);
    *body = packed;
    return true;
}

/* ---- a body made while it is sent ----------------------------------------------------------------------------- */

struct flow {
    struct http_stream stream;
    struct buffer chunk; /* what the stream has made and nobody took yet */
    size_t taken;
    bool is_packed, is_at_end, has_z;
    z_stream z;
};

static void flow_free(void *context)
{
    struct flow *flow = context;
    if (flow->has_z)
        deflateEnd(&flow->z);
    if (flow->stream.release)
        flow->stream.release(flow->stream.context);
    buffer_release(&flow->chunk);
    free(flow);
}

/* Makes sure that the chunk holds something or the stream is at its end. False when the stream failed. */
static bool fill(struct flow *flow)
{
    while (flow->taken == flow->chunk.len && !flow->is_at_end) {
        buffer_clear(&flow->chunk);
        flow->taken = 0;
        flow->is_at_end = !flow->stream.more(flow->stream.context, &flow->chunk);
        if (flow->chunk.failed)
            return false;
    }
    return true;
}

static ssize_t pull_plain(struct flow *flow, char *to, size_t most)
{
    if (!fill(flow))
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size_t n = flow->chunk.len - flow->taken;
    if (n == 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    n = n < most ? n : most;
    memcpy(to, flow->chunk.ptr + flow->taken, n);
    flow->taken += n;
    return (ssize_t)n;
}

static ssize_t pull_packed(struct flow *flow, char *to, size_t most)
{
    flow->z.next_out = (Bytef *)to;
    flow->z.avail_out = (uInt)(most < BLOCK ? most : BLOCK);
    uInt room = flow->z.avail_out;
    while (flow->z.avail_out == room) {
        if (!fill(flow))
            return MHD_CONTENT_READER_END_WITH_ERROR;
        size_t n = flow->chunk.len - flow->taken;
        flow->z.next_in = (Bytef *)(n ? flow->chunk.ptr + flow->taken : to);
        flow->z.avail_in = (uInt)n;
        int result = deflate(&flow->z, flow->is_at_end ? Z_FINISH : Z_NO_FLUSH);
        flow->taken += n - flow->z.avail_in;
        if (result == Z_STREAM_END && flow->z.avail_out == room)
            return MHD_CONTENT_READER_END_OF_STREAM;
        if (result == Z_STREAM_ERROR)
            return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    return (ssize_t)(room - flow->z.avail_out);
}

static ssize_t on_pull(void *context, uint64_t position, char *to, size_t most)
{
    (void)position;
    struct flow *flow = context;
    return flow->is_packed ? pull_packed(flow, to, most) : pull_plain(flow, to, most);
}

struct MHD_Response *pack_stream(const struct http_stream *stream, bool is_packed)
{
    struct flow *flow = calloc(1, sizeof *flow);
    if (!flow) {
        stream->release(stream->context);
        return NULL;
    }
    flow->stream = *stream;
    buffer_init(&flow->chunk, CHUNK_CAP);
    flow->is_packed = is_packed;
    flow->has_z = is_packed && begin(&flow->z);
    struct MHD_Response *made = is_packed && !flow->has_z ? NULL
                                                          : MHD_create_response_from_callback(
                                                                MHD_SIZE_UNKNOWN, BLOCK, on_pull, flow, flow_free);
    if (!made)
        flow_free(flow);
    return made;
}
