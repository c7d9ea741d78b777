/* JPEG through libjpeg-turbo. A picture that is stored upright is not decoded: its coefficients are copied into a new
 * file, which has no other marker than those that decoding needs. One that is not is decoded, turned and coded anew;
 * turning coefficients without loss cuts off or mixes up the edge where a side is no multiple of a block. */
#include "files/picture_form.h"

#include "base/error.h"
#include "files/exif.h"
#include "files/jpeg_guarded.h"
#include "files/turn.h"

#include <stdlib.h>

/* What the work of one call holds; released by the call. */
struct work {
    struct jpeg_guarded jpeg;
    struct slice bytes;
    struct picture *seen;
    const struct picture *picture;
    struct buffer *out;
    struct shrink *into;
    const struct shrink *small;
    int quality;
    unsigned char *pixels, *row, *rgb;
};

static enum comity_status run(struct work *work, guard_work *what, struct comity_error *err)
{
    bool is_done = guard_run(&work->jpeg.guard, what, work);
    jpeg_guarded_release(&work->jpeg);
    free(work->pixels);
    free(work->row);
    free(work->rgb);
    return is_done ? COMITY_OK : guard_tell(&work->jpeg.guard, err);
}

static unsigned char *room(struct work *work, size_t len)
{
    unsigned char *at = malloc(len ? len : 1);
    if (!at)
        guard_fail(&work->jpeg.guard, COMITY_NOMEM);
    return at;
}

/* ---- looking ------------------------------------------------------------------------------------------------------
 */

/* Grey, colour, or the four inks; nothing else is a picture that a browser shows. */
static void check_form(struct work *work)
{
    int n = work->jpeg.in.num_components;
    if (n != 1 && n != 3 && n != 4)
        guard_fail(&work->jpeg.guard, COMITY_INPUT);
}

static unsigned orientation_of(const struct jpeg_decompress_struct *in)
{
    for (jpeg_saved_marker_ptr marker = in->marker_list; marker; marker = marker->next) {
        struct slice block = slice_of((const char *)marker->data, marker->data_length);
        if (slice_starts_with(block, SLICE("Exif\0\0")))
            return exif_orientation(block);
    }
    return 1;
}

static void look_work(void *context)
{
    struct work *work = context;
    jpeg_guarded_open(&work->jpeg, work->bytes, true);
    check_form(work);
    work->seen->width = work->jpeg.in.image_width;
    work->seen->height = work->jpeg.in.image_height;
    work->seen->orientation = orientation_of(&work->jpeg.in);
}

static enum comity_status look(struct slice bytes, struct picture *out, struct comity_error *err)
{
    struct work work = {.bytes = bytes, .seen = out};
    return run(&work, look_work, err);
}

/* ---- cleaning -----------------------------------------------------------------------------------------------------
 */

/* libjpeg copies what the head says of dots per inch, and of its own version: whatever it says. */
static void forget_head(struct jpeg_compress_struct *out)
{
    out->JFIF_major_version = out->JFIF_minor_version = 1;
    out->density_unit = 0;
    out->X_density = out->Y_density = 1;
}

static void copy_work(void *context)
{
    struct work *work = context;
    struct jpeg_guarded *jpeg = &work->jpeg;
    jpeg_guarded_open(jpeg, work->bytes, false);
    check_form(work);
    jvirt_barray_ptr *coefficients = jpeg_read_coefficients(&jpeg->in);
    jpeg_guarded_write_to(jpeg, work->out);
    jpeg_copy_critical_parameters(&jpeg->in, &jpeg->out);
    forget_head(&jpeg->out);
    jpeg->out.optimize_coding = TRUE;
    if (jpeg->in.progressive_mode)
        jpeg_simple_progression(&jpeg->out);
    jpeg_write_coefficients(&jpeg->out, coefficients);
    jpeg_finish_compress(&jpeg->out);
    jpeg_finish_decompress(&jpeg->in);
}

/* The colours in which pixels are handed on: as many channels as there are components. */
static J_COLOR_SPACE plain_colours(const struct jpeg_decompress_struct *in)
{
    return in->num_components == 1 ? JCS_GRAYSCALE : in->num_components == 3 ? JCS_RGB : JCS_CMYK;
}

static void read_pixels(struct work *work)
{
    struct jpeg_decompress_struct *in = &work->jpeg.in;
    in->out_color_space = plain_colours(in);
    jpeg_start_decompress(in);
    size_t stride = (size_t)in->output_width * (unsigned)in->output_components;
    work->pixels = room(work, stride * in->output_height);
    while (in->output_scanline < in->output_height) {
        JSAMPROW row = work->pixels + stride * in->output_scanline;
        jpeg_read_scanlines(in, &row, 1);
    }
    jpeg_finish_decompress(in);
}

static void write_turned(struct work *work, const struct pixels *pixels)
{
    struct jpeg_compress_struct *out = &work->jpeg.out;
    unsigned orientation = work->picture->orientation;
    bool swaps = turn_swaps(orientation);
    out->image_width = swaps ? pixels->height : pixels->width;
    out->image_height = swaps ? pixels->width : pixels->height;
    out->input_components = (int)pixels->channels;
    out->in_color_space = plain_colours(&work->jpeg.in);
    jpeg_set_defaults(out);
    jpeg_set_quality(out, PICTURE_QUALITY, TRUE);
    out->optimize_coding = TRUE;
    work->row = room(work, (size_t)out->image_width * pixels->channels);
    jpeg_start_compress(out, TRUE);
    while (out->next_scanline < out->image_height) {
        turn_row(pixels, orientation, out->next_scanline, work->row);
        jpeg_write_scanlines(out, &work->row, 1);
    }
    jpeg_finish_compress(out);
}

static void turn_work(void *context)
{
    struct work *work = context;
    jpeg_guarded_open(&work->jpeg, work->bytes, false);
    check_form(work);
    read_pixels(work);
    jpeg_guarded_write_to(&work->jpeg, work->out);
    write_turned(work, &(struct pixels){work->pixels, work->jpeg.in.output_width, work->jpeg.in.output_height,
                           (unsigned)work->jpeg.in.output_components});
}

static enum comity_status clean(
    struct slice bytes, const struct picture *seen, struct buffer *out, struct comity_error *err)
{
    struct work work = {.bytes = bytes, .picture = seen, .out = out};
    return run(&work, seen->orientation == 1 ? copy_work : turn_work, err);
}

/* ---- thumbnails ---------------------------------------------------------------------------------------------------
 */

/* libjpeg decodes at eighths of the size, for less work: the smallest that is no smaller than the thumbnail. */
static unsigned eighths(const struct picture *picture)
{
    unsigned side = picture->width > picture->height ? picture->width : picture->height, n = 1;
    while (n < 8 && (uint64_t)side * n < 8 * THUMBNAIL_SIDE)
        n++;
    return n;
}

/* Adobe's programs, and all others since, store the inks inverted: 255 is none. */
static void rgb_of_inks(const unsigned char *cmyk, unsigned width, unsigned char *rgb)
{
    for (unsigned x = 0; x < width; x++, cmyk += 4) {
        for (unsigned i = 0; i < 3; i++)
            *rgb++ = (unsigned char)(cmyk[i] * cmyk[3] / 255);
    }
}

static void shrink_work(void *context)
{
    struct work *work = context;
    struct jpeg_decompress_struct *in = &work->jpeg.in;
    jpeg_guarded_open(&work->jpeg, work->bytes, false);
    check_form(work);
    bool has_inks = in->num_components == 4;
    in->out_color_space = has_inks ? JCS_CMYK : JCS_RGB;
    in->scale_num = eighths(work->picture);
    in->scale_denom = 8;
    jpeg_start_decompress(in);
    work->row = room(work, (size_t)in->output_width * (unsigned)in->output_components);
    work->rgb = room(work, (size_t)in->output_width * 3);
    if (!shrink_begin(work->into, in->output_width, in->output_height, THUMBNAIL_SIDE))
        guard_fail(&work->jpeg.guard, COMITY_NOMEM);
    while (in->output_scanline < in->output_height) {
        jpeg_read_scanlines(in, &work->row, 1);
        if (has_inks)
            rgb_of_inks(work->row, in->output_width, work->rgb);
        shrink_row(work->into, has_inks ? work->rgb : work->row, 3);
    }
    jpeg_finish_decompress(in);
}

static enum comity_status shrink(
    struct slice bytes, const struct picture *seen, struct shrink *into, struct comity_error *err)
{
    struct work work = {.bytes = bytes, .picture = seen, .into = into};
    return run(&work, shrink_work, err);
}

static void write_work(void *context)
{
    struct work *work = context;
    struct jpeg_compress_struct *out = &work->jpeg.out;
    jpeg_guarded_write_to(&work->jpeg, work->out);
    out->image_width = work->small->width;
    out->image_height = work->small->height;
    out->input_components = 3;
    out->in_color_space = JCS_RGB;
    jpeg_set_defaults(out);
    jpeg_set_quality(out, work->quality, TRUE);
    out->optimize_coding = TRUE;
    work->rgb = room(work, (size_t)out->image_width * 3);
    jpeg_start_compress(out, TRUE);
    while (out->next_scanline < out->image_height) {
        shrink_read(work->small, out->next_scanline, work->rgb);
        jpeg_write_scanlines(out, &work->rgb, 1);
    }
    jpeg_finish_compress(out);
}

enum comity_status picture_jpeg_write(
    const struct shrink *small, int quality, struct buffer *out, struct comity_error *err)
{
    struct work work = {.small = small, .quality = quality, .out = out};
    return run(&work, write_work, err);
}

const struct picture_form picture_jpeg = {look, clean, shrink};
