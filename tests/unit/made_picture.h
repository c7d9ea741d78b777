/* made_picture.h - real pictures, made with the libraries that cameras' and scanners' programs use, with something in
 * every place where a picture can tell more than it shows: CANARY stands in each of them. */
#ifndef MADE_PICTURE_H
#define MADE_PICTURE_H

#include "base/buffer.h"

#include <stdio.h> /* jpeglib.h needs it and does not say so */

#include <jpeglib.h>
#include <png.h>
#include <stdlib.h>
#include <webp/decode.h>
#include <webp/encode.h>

#define CANARY "CANARY-4.60N-74.08W-serial-0815"

struct made_options {
    unsigned width, height;
    unsigned orientation;      /* of EXIF; 0: no EXIF */
    bool is_told;              /* metadata in all places */
    bool is_grey, has_inks;    /* JPEG */
    bool is_progressive;       /* JPEG, and PNG: interlaced */
    bool is_lossless, is_busy; /* WebP; noise */
    int png_colours, png_depth;
};

/* Corners of four colours: red, green, blue, white from the upper left on, by rows; or noise. */
static inline unsigned char *made_pixels(const struct made_options *o, unsigned channels)
{
    unsigned char *at = malloc((size_t)o->width * o->height * channels), *pixel = at;
    uint32_t noise = 1;
    for (unsigned y = 0; y < o->height; y++) {
        for (unsigned x = 0; x < o->width; x++, pixel += channels) {
            unsigned corner = (y >= o->height / 2) * 2 + (x >= o->width / 2);
            for (unsigned i = 0; i < channels; i++) {
                noise = noise * 1664525 + 1013904223;
                pixel[i] = o->is_busy ? (unsigned char)(noise >> 24) : corner == 3 || corner == i || i == 3 ? 255 : 0;
            }
        }
    }
    return at;
}

/* EXIF: the orientation, and a maker's note. */
static inline void made_exif(struct buffer *out, unsigned orientation)
{
    static const unsigned char head[] = {'I', 'I', '*', 0, 8, 0, 0, 0, 2, 0, /* the next: a maker, at 38 */
        0x0F, 0x01, 2, 0, sizeof CANARY, 0, 0, 0, 38, 0, 0, 0,               /* and how it was held */
        0x12, 0x01, 3, 0, 1, 0, 0, 0};
    buffer_add(out, head, sizeof head);
    buffer_add_byte(out, (char)orientation);
    buffer_add(out, "\0\0\0\0\0\0\0", 7);
    buffer_add(out, CANARY, sizeof CANARY);
}

static inline void made_marker(struct jpeg_compress_struct *out, int marker, const char *name, size_t len)
{
    struct buffer block;
    buffer_init(&block, 1 << 16);
    buffer_add(&block, name, len);
    buffer_add_string(&block, CANARY);
    jpeg_write_marker(out, marker, (const JOCTET *)block.ptr, (unsigned)block.len);
    buffer_release(&block);
}

static inline void made_jpeg_markers(struct jpeg_compress_struct *out, const struct made_options *o)
{
    struct buffer exif;
    buffer_init(&exif, 1 << 16);
    buffer_add(&exif, "Exif\0\0", 6);
    made_exif(&exif, o->orientation);
    if (o->orientation)
        jpeg_write_marker(out, JPEG_APP0 + 1, (const JOCTET *)exif.ptr, (unsigned)exif.len);
    buffer_release(&exif);
    if (!o->is_told)
        return;
    made_marker(out, JPEG_APP0 + 1, "http://ns.adobe.com/xap/1.0/\0", 29);
    made_marker(out, JPEG_APP0 + 2, "ICC_PROFILE\0\1\1", 14);
    made_marker(out, JPEG_APP0 + 13, "Photoshop 3.0\0", 14);
    made_marker(out, JPEG_APP0 + 7, "", 0);
    made_marker(out, JPEG_COM, "", 0);
}

static inline void made_jpeg(const struct made_options *o, struct buffer *into)
{
    struct jpeg_compress_struct out;
    struct jpeg_error_mgr errors;
    unsigned char *bytes = NULL;
    unsigned long len = 0;
    int channels = o->has_inks ? 4 : o->is_grey ? 1 : 3;
    unsigned char *pixels = made_pixels(o, (unsigned)channels);
    out.err = jpeg_std_error(&errors);
    jpeg_create_compress(&out);
    jpeg_mem_dest(&out, &bytes, &len);
    out.image_width = o->width;
    out.image_height = o->height;
    out.input_components = channels;
    out.in_color_space = o->has_inks ? JCS_CMYK : o->is_grey ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(&out);
    if (o->is_progressive)
        jpeg_simple_progression(&out);
    jpeg_start_compress(&out, TRUE);
    made_jpeg_markers(&out, o);
    for (unsigned y = 0; y < o->height; y++) {
        JSAMPROW row = pixels + (size_t)y * o->width * (unsigned)channels;
        jpeg_write_scanlines(&out, &row, 1);
    }
    jpeg_finish_compress(&out);
    jpeg_destroy_compress(&out);
    buffer_add(into, bytes, len);
    free(bytes);
    free(pixels);
}

/* ---- PNG ----------------------------------------------------------------------------------------------------------
 */

static inline void made_png_write(png_structp png, png_bytep at, size_t len)
{
    buffer_add(png_get_io_ptr(png), at, len);
}

static inline void made_png_flush(png_structp png)
{
    (void)png;
}

static inline void made_png_texts(png_structp png, png_infop info)
{
    char key[] = "Comment", text[] = CANARY;
    png_text texts[3] = {
        {.compression = PNG_TEXT_COMPRESSION_NONE, .key = key, .text = text, .text_length = sizeof text - 1},
        {.compression = PNG_TEXT_COMPRESSION_zTXt, .key = key, .text = text, .text_length = sizeof text - 1},
        {.compression = PNG_ITXT_COMPRESSION_NONE, .key = key, .text = text, .itxt_length = sizeof text - 1}};
    png_time when = {.year = 2026, .month = 11, .day = 28};
    struct buffer exif;
    png_unknown_chunk own = {
        .name = "caNa", .data = (png_bytep)text, .size = sizeof text - 1, .location = PNG_HAVE_IHDR};
    png_set_text(png, info, texts, 3);
    png_set_tIME(png, info, &when);
    png_set_pHYs(png, info, 3000, 3000, PNG_RESOLUTION_METER);
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_ALWAYS, NULL, 0);
    png_set_unknown_chunks(png, info, &own, 1);
    buffer_init(&exif, 1 << 16);
    made_exif(&exif, 6);
    png_set_eXIf_1(png, info, (png_uint_32)exif.len, (png_bytep)exif.ptr);
    buffer_release(&exif);
}

static inline void made_png_palette(png_structp png, png_infop info)
{
    png_color palette[256];
    png_byte alpha[256];
    for (int i = 0; i < 256; i++) {
        palette[i] = (png_color){(png_byte)i, (png_byte)(255 - i), 7};
        alpha[i] = (png_byte)i;
    }
    png_set_PLTE(png, info, palette, 256);
    png_set_tRNS(png, info, alpha, 256, NULL);
}

static inline void made_png(const struct made_options *o, struct buffer *into)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    int depth = o->png_depth ? o->png_depth : 8;
    png_set_write_fn(png, into, made_png_write, made_png_flush);
    png_set_IHDR(png, info, o->width, o->height, depth, o->png_colours,
        o->is_progressive ? PNG_INTERLACE_ADAM7 : PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    if (o->png_colours == PNG_COLOR_TYPE_PALETTE)
        made_png_palette(png, info);
    png_set_gAMA(png, info, 0.5);
    if (o->is_told)
        made_png_texts(png, info);
    png_write_info(png, info);
    size_t stride = png_get_rowbytes(png, info);
    unsigned char *pixels =
        made_pixels(&(struct made_options){.width = (unsigned)stride, .height = o->height, .is_busy = o->is_busy}, 1);
    png_bytepp rows = malloc(o->height * sizeof *rows);
    for (unsigned y = 0; y < o->height; y++)
        rows[y] = pixels + stride * y;
    png_write_image(png, rows);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    free(rows);
    free(pixels);
}

/* ---- WebP ---------------------------------------------------------------------------------------------------------
 */

static inline void made_chunk(struct buffer *out, const char *name, const void *body, size_t len)
{
    buffer_add(out, name, 4);
    buffer_add_u32(out, (uint32_t)len);
    buffer_add(out, body, len);
    if (len % 2)
        buffer_add_byte(out, '\0');
}

/* What WebPEncode wrote, within an extended file with all that it may carry. */
static inline void made_webp_wrap(const struct made_options *o, const uint8_t *bytes, size_t len, struct buffer *out)
{
    struct buffer body, exif;
    bool is_extended = memcmp(bytes + 12, "VP8X", 4) == 0;
    unsigned char head[10] = {(unsigned char)(0x2C | (is_extended ? bytes[20] : 0)), 0, 0, 0,
        (unsigned char)(o->width - 1), (unsigned char)((o->width - 1) >> 8), 0, (unsigned char)(o->height - 1),
        (unsigned char)((o->height - 1) >> 8), 0};
    size_t from = is_extended ? 30 : 12;
    buffer_init(&body, 1 << 24);
    buffer_init(&exif, 1 << 16);
    made_exif(&exif, o->orientation);
    made_chunk(&body, "VP8X", head, sizeof head);
    made_chunk(&body, "ICCP", CANARY, sizeof CANARY);
    buffer_add(&body, bytes + from, len - from);
    made_chunk(&body, "EXIF", exif.ptr, exif.len);
    made_chunk(&body, "XMP ", CANARY, sizeof CANARY);
    made_chunk(&body, "caNa", CANARY, sizeof CANARY);
    buffer_add_string(out, "RIFF");
    buffer_add_u32(out, (uint32_t)body.len + 4);
    buffer_add_string(out, "WEBP");
    buffer_add(out, body.ptr, body.len);
    buffer_release(&body);
    buffer_release(&exif);
}

/* With `png_colours` of RGBA it has an alpha channel that is not whole. */
static inline void made_webp(const struct made_options *o, struct buffer *out)
{
    bool has_alpha = o->png_colours == PNG_COLOR_TYPE_RGBA;
    unsigned char *pixels = made_pixels(o, has_alpha ? 4 : 3);
    uint8_t *bytes = NULL;
    int w = (int)o->width, h = (int)o->height;
    if (has_alpha)
        pixels[3] = 77;
    size_t len = has_alpha        ? WebPEncodeRGBA(pixels, w, h, w * 4, 90, &bytes)
                 : o->is_lossless ? WebPEncodeLosslessRGB(pixels, w, h, w * 3, &bytes)
                                  : WebPEncodeRGB(pixels, w, h, w * 3, 90, &bytes);
    if (o->is_told || o->orientation)
        made_webp_wrap(o, bytes, len, out);
    else
        buffer_add(out, bytes, len);
    WebPFree(bytes);
    free(pixels);
}

/* ---- looking at one -----------------------------------------------------------------------------------------------
 */

/* Its pixels as RGB (inks: CMYK; PNG: RGBA of 16 bits), decoded by the libraries, at malloc()ed memory. */
static inline unsigned char *shown_jpeg(struct slice bytes, unsigned *width, unsigned *height)
{
    struct jpeg_decompress_struct in;
    struct jpeg_error_mgr errors;
    in.err = jpeg_std_error(&errors);
    jpeg_create_decompress(&in);
    jpeg_mem_src(&in, (const unsigned char *)bytes.ptr, bytes.len);
    jpeg_read_header(&in, TRUE);
    in.out_color_space = in.num_components == 4 ? JCS_CMYK : JCS_RGB;
    jpeg_start_decompress(&in);
    size_t stride = (size_t)in.output_width * (unsigned)in.output_components;
    unsigned char *pixels = malloc(stride * in.output_height);
    while (in.output_scanline < in.output_height) {
        JSAMPROW row = pixels + stride * in.output_scanline;
        jpeg_read_scanlines(&in, &row, 1);
    }
    *width = in.output_width;
    *height = in.output_height;
    jpeg_finish_decompress(&in);
    jpeg_destroy_decompress(&in);
    return pixels;
}

static inline unsigned char *shown_png(struct slice bytes, unsigned *width, unsigned *height)
{
    png_image image = {.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_memory(&image, bytes.ptr, bytes.len))
        return NULL;
    image.format = PNG_FORMAT_LINEAR_RGB_ALPHA;
    unsigned char *pixels = malloc(PNG_IMAGE_SIZE(image));
    *width = image.width;
    *height = image.height;
    if (!png_image_finish_read(&image, NULL, pixels, 0, NULL)) {
        free(pixels);
        return NULL;
    }
    return pixels;
}

static inline unsigned char *shown_webp(struct slice bytes, unsigned *width, unsigned *height)
{
    int w = 0, h = 0;
    uint8_t *from = WebPDecodeRGB((const uint8_t *)bytes.ptr, bytes.len, &w, &h);
    *width = (unsigned)w;
    *height = (unsigned)h;
    unsigned char *pixels = from ? malloc((size_t)w * (size_t)h * 3) : NULL;
    if (pixels)
        memcpy(pixels, from, (size_t)w * (size_t)h * 3);
    WebPFree(from);
    return pixels;
}

#endif
