/* WebP: a RIFF file, of which only the chunks of the picture itself are kept (VP8, VP8L, ALPH); its extended head is
 * written anew. libwebp looks at the pixels when the thumbnail is made, and codes anew what must be turned. Bytes that
 * a chunk of image data has behind its last pixel stay: no decoder reads them, and they are served as a picture only.
 *
 * RIFF: a name of four letters, the size as 4 little-endian bytes, that many bytes, and one more where that is odd
 * (https://developers.google.com/speed/webp/docs/riff_container). */
#include "files/picture_form.h"

#include "base/error.h"
#include "files/exif.h"
#include "files/guard.h"
#include "files/turn.h"

#include <stdlib.h>
#include <webp/decode.h>
#include <webp/encode.h>

enum {
    RIFF_HEAD = 12,
    CHUNK_HEAD = 8,
    HAS_ALPHA = 0x10,
    EXTENDED = 10,
    FAST = 1 /* of 0 to 6, as libwebp counts effort */
};

struct chunks {
    struct slice image; /* of "VP8 " or "VP8L" */
    struct slice alpha, exif;
    bool is_lossless, is_moving;
};

static uint32_t size_at(struct slice bytes, size_t at)
{
    const unsigned char *b = (const unsigned char *)bytes.ptr + at;
    return (uint32_t)b[3] << 24 | (uint32_t)b[2] << 16 | (uint32_t)b[1] << 8 | b[0];
}

static void keep_first(struct slice *kept, struct slice body)
{
    if (!kept->ptr)
        *kept = body;
}

static void sort_chunk(struct chunks *chunks, struct slice name, struct slice body)
{
    if (slice_is(name, "VP8 ") || slice_is(name, "VP8L")) {
        if (!chunks->image.ptr)
            chunks->is_lossless = name.ptr[3] == 'L';
        keep_first(&chunks->image, body);
    } else if (slice_is(name, "ALPH")) {
        keep_first(&chunks->alpha, body);
    } else if (slice_is(name, "EXIF")) {
        keep_first(&chunks->exif, body);
    } else if (slice_is(name, "ANIM") || slice_is(name, "ANMF")) {
        chunks->is_moving = true;
    }
}

/* What stands behind the size that the head tells is not looked at. False when it is cut off or has no picture. */
static bool read_chunks(struct slice bytes, struct chunks *out)
{
    *out = (struct chunks){0};
    if (bytes.len < RIFF_HEAD || size_at(bytes, 4) < 4 || size_at(bytes, 4) > bytes.len - CHUNK_HEAD)
        return false;
    struct slice rest = slice_of(bytes.ptr + RIFF_HEAD, size_at(bytes, 4) - 4);
    while (rest.len >= CHUNK_HEAD) {
        size_t size = size_at(rest, 4), whole = size + size % 2;
        if (size > rest.len - CHUNK_HEAD)
            return false;
        sort_chunk(out, slice_of(rest.ptr, 4), slice_of(rest.ptr + CHUNK_HEAD, size));
        whole = whole > rest.len - CHUNK_HEAD ? size : whole;
        rest = slice_of(rest.ptr + CHUNK_HEAD + whole, rest.len - CHUNK_HEAD - whole);
    }
    return out->image.ptr && !(out->is_lossless && out->alpha.ptr);
}

/* ---- looking ------------------------------------------------------------------------------------------------------
 */

static enum comity_status of_code(VP8StatusCode code, struct comity_error *err)
{
    if (code == VP8_STATUS_OK)
        return COMITY_OK;
    /* We never stop it; that it was stopped is how it tells that there was no memory for rows. */
    bool is_memory = code == VP8_STATUS_OUT_OF_MEMORY || code == VP8_STATUS_USER_ABORT;
    return is_memory ? error_nomem(err) : picture_damaged(err);
}

static enum comity_status look(struct slice bytes, struct picture *out, struct comity_error *err)
{
    struct chunks chunks;
    WebPBitstreamFeatures features;
    bool is_whole = read_chunks(bytes, &chunks);
    if (chunks.is_moving) {
        error_set(err, COMITY_INPUT, TELL("This is a moving picture, which is not taken."));
        error_hint(err, TELL("Save it as JPEG or PNG and send that."));
        return COMITY_INPUT;
    }
    if (!is_whole)
        return picture_damaged(err);
    enum comity_status status = of_code(WebPGetFeatures((const uint8_t *)bytes.ptr, bytes.len, &features), err);
    if (status)
        return status;
    out->width = (unsigned)features.width;
    out->height = (unsigned)features.height;
    out->orientation = exif_orientation(chunks.exif);
    return COMITY_OK;
}

/* ---- cleaning -----------------------------------------------------------------------------------------------------
 */

static size_t padded(struct slice body)
{
    return CHUNK_HEAD + body.len + body.len % 2;
}

static void add_chunk(struct buffer *out, const char *name, struct slice body)
{
    buffer_add_string(out, name);
    buffer_add_u32(out, (uint32_t)body.len);
    buffer_add_slice(out, body);
    if (body.len % 2)
        buffer_add_byte(out, '\0');
}

static void add_u24(struct buffer *out, unsigned number)
{
    for (unsigned i = 0; i < 3; i++)
        buffer_add_byte(out, (char)(number >> 8 * i));
}

/* Needed for an alpha channel of its own only. */
static void add_extended_head(struct buffer *out, const struct picture *seen)
{
    buffer_add_string(out, "VP8X");
    buffer_add_u32(out, EXTENDED);
    buffer_add_u32(out, HAS_ALPHA);
    add_u24(out, seen->width - 1);
    add_u24(out, seen->height - 1);
}

static enum comity_status status_of(const struct buffer *out, struct comity_error *err)
{
    return buffer_status(out) ? guard_tell(&(struct guard){.status = buffer_status(out)}, err) : COMITY_OK;
}

/* The extended head that is gone may have said another size than the picture itself. */
static enum comity_status check_rewritten(struct slice bytes, const struct picture *seen, struct comity_error *err)
{
    struct picture now = {0};
    enum comity_status status = look(bytes, &now, err);
    if (!status && (now.width != seen->width || now.height != seen->height))
        status = picture_damaged(err);
    return status;
}

static enum comity_status rewrite(
    const struct chunks *chunks, const struct picture *seen, struct buffer *out, struct comity_error *err)
{
    size_t before = out->len;
    size_t alpha = chunks->alpha.ptr ? CHUNK_HEAD + EXTENDED + padded(chunks->alpha) : 0;
    buffer_add_string(out, "RIFF");
    buffer_add_u32(out, (uint32_t)(4 + alpha + padded(chunks->image)));
    buffer_add_string(out, "WEBP");
    if (alpha) {
        add_extended_head(out, seen);
        add_chunk(out, "ALPH", chunks->alpha);
    }
    add_chunk(out, chunks->is_lossless ? "VP8L" : "VP8 ", chunks->image);
    enum comity_status status = status_of(out, err);
    return status ? status : check_rewritten(slice_of(out->ptr + before, out->len - before), seen, err);
}

static int on_written(const uint8_t *bytes, size_t len, const WebPPicture *picture)
{
    struct buffer *out = picture->custom_ptr;
    buffer_add(out, bytes, len);
    return buffer_status(out) == COMITY_OK;
}

static enum comity_status encode_failed(const WebPPicture *made, const struct buffer *out, struct comity_error *err)
{
    enum comity_status status = status_of(out, err);
    if (status)
        return status;
    switch (made->error_code) {
    case VP8_ENC_ERROR_PARTITION0_OVERFLOW:
    case VP8_ENC_ERROR_PARTITION_OVERFLOW:
    case VP8_ENC_ERROR_FILE_TOO_BIG:
        return guard_tell(&(struct guard){.status = COMITY_LIMIT}, err);
    default: /* the pixels are sound: nothing but memory is left, whatever it says */
        return error_nomem(err);
    }
}

/* `rgba` is the turned picture. */
static enum comity_status encode(
    const unsigned char *rgba, unsigned width, unsigned height, struct buffer *out, struct comity_error *err)
{
    WebPConfig config;
    WebPPicture made;
    if (!WebPConfigPreset(&config, WEBP_PRESET_PHOTO, PICTURE_QUALITY) || !WebPPictureInit(&made))
        return error_set(err, COMITY_INTERNAL, "libwebp is of another version");
    config.method = FAST;
    made.width = (int)width;
    made.height = (int)height;
    made.writer = on_written;
    made.custom_ptr = out;
    bool is_done = WebPPictureImportRGBA(&made, rgba, (int)width * 4) && WebPEncode(&config, &made);
    enum comity_status status = is_done ? COMITY_OK : encode_failed(&made, out, err);
    WebPPictureFree(&made);
    return status;
}

static enum comity_status decode(
    struct slice bytes, const struct picture *seen, unsigned char *rgba, struct comity_error *err)
{
    WebPDecoderConfig config;
    size_t stride = (size_t)seen->width * 4;
    if (!WebPInitDecoderConfig(&config))
        return error_set(err, COMITY_INTERNAL, "libwebp is of another version");
    config.output.colorspace = MODE_RGBA;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = rgba;
    config.output.u.RGBA.stride = (int)stride;
    config.output.u.RGBA.size = stride * seen->height;
    return of_code(WebPDecode((const uint8_t *)bytes.ptr, bytes.len, &config), err);
}

/* The turned picture in memory of its own; null when there is none. */
static unsigned char *turned(const unsigned char *rgba, const struct picture *seen)
{
    struct pixels from = {rgba, seen->width, seen->height, 4};
    bool swaps = turn_swaps(seen->orientation);
    size_t stride = (size_t)(swaps ? seen->height : seen->width) * 4;
    unsigned height = swaps ? seen->width : seen->height;
    unsigned char *out = malloc(stride * height);
    for (unsigned y = 0; out && y < height; y++)
        turn_row(&from, seen->orientation, y, out + stride * y);
    return out;
}

static enum comity_status turn(
    struct slice bytes, const struct picture *seen, struct buffer *out, struct comity_error *err)
{
    bool swaps = turn_swaps(seen->orientation);
    unsigned char *rgba = malloc((size_t)seen->width * seen->height * 4), *upright = NULL;
    enum comity_status status = rgba ? decode(bytes, seen, rgba, err) : error_nomem(err);
    if (!status && !(upright = turned(rgba, seen)))
        status = error_nomem(err);
    free(rgba);
    if (!status)
        status = encode(upright, swaps ? seen->height : seen->width, swaps ? seen->width : seen->height, out, err);
    free(upright);
    return status;
}

static enum comity_status clean(
    struct slice bytes, const struct picture *seen, struct buffer *out, struct comity_error *err)
{
    struct chunks chunks;
    if (!read_chunks(bytes, &chunks))
        return picture_damaged(err);
    return seen->orientation == 1 ? rewrite(&chunks, seen, out, err) : turn(bytes, seen, out, err);
}

/* ---- thumbnails ---------------------------------------------------------------------------------------------------
 */

/* libwebp averages while it decodes, so that the whole is never held: down to twice the thumbnail. */
static unsigned brought_down(unsigned side, const struct picture *seen)
{
    unsigned long_side = seen->width > seen->height ? seen->width : seen->height;
    if (long_side <= 2 * THUMBNAIL_SIDE)
        return side;
    unsigned small = (unsigned)((uint64_t)side * 2 * THUMBNAIL_SIDE / long_side);
    return small ? small : 1;
}

static enum comity_status feed(const WebPDecBuffer *decoded, struct shrink *into, struct comity_error *err)
{
    if (!shrink_begin(into, (unsigned)decoded->width, (unsigned)decoded->height, THUMBNAIL_SIDE))
        return error_nomem(err);
    for (int y = 0; y < decoded->height; y++)
        shrink_row(into, decoded->u.RGBA.rgba + (size_t)y * (size_t)decoded->u.RGBA.stride, 4);
    return COMITY_OK;
}

static enum comity_status shrink(
    struct slice bytes, const struct picture *seen, struct shrink *into, struct comity_error *err)
{
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config))
        return error_set(err, COMITY_INTERNAL, "libwebp is of another version");
    config.output.colorspace = MODE_RGBA;
    config.options.use_scaling = 1;
    config.options.scaled_width = (int)brought_down(seen->width, seen);
    config.options.scaled_height = (int)brought_down(seen->height, seen);
    enum comity_status status = of_code(WebPDecode((const uint8_t *)bytes.ptr, bytes.len, &config), err);
    if (!status)
        status = feed(&config.output, into, err);
    WebPFreeDecBuffer(&config.output);
    return status;
}

const struct picture_form picture_webp = {look, clean, shrink};
