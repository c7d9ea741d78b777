/* PNG through libpng: decoded and coded anew, row by row, so that a picture of any size needs two rows of memory; only
 * an interlaced one must be held whole. Pixels, palette, transparency, gamma and sRGB's mark stay; every other chunk
 * goes, and an interlaced picture comes out without. Moving pictures (APNG) keep their first frame only. */
#include "files/picture_form.h"

#include "base/error.h"
#include "files/guard.h"

#include <png.h>
#include <stdlib.h>

enum {
    SIGNATURE = 8,
    CHUNK_FRAME = 12, /* length, name and checksum around a chunk's data */
    HEAD = 33,        /* signature and IHDR */
    MOST_INTERLACED = 256 << 20,
    MOST_CHUNK = 1 << 20,
    LAST_ROW_MORE = 1 << 15, /* bytes */
    PACKING = 4              /* zlib's level: half the time of 6, a few in a hundred more bytes */
};

struct work {
    struct guard guard;
    struct slice rest; /* not read yet */
    size_t budget;     /* how much of it may still be read */
    png_structp in, out;
    png_infop in_info, out_info;
    struct buffer *into;
    const struct picture *picture;
    struct shrink *small;
    unsigned char *row, *pixels;
    bool is_without_memory; /* why libpng, or zlib below it, may be about to fail */
};

/* ---- libpng's ways in and out -------------------------------------------------------------------------------------
 */

static void on_error(png_structp png, png_const_charp message)
{
    struct work *work = png_get_error_ptr(png);
    (void)message;
    guard_fail(&work->guard, work->is_without_memory ? COMITY_NOMEM : COMITY_INPUT);
}

static void on_warning(png_structp png, png_const_charp message)
{
    (void)png, (void)message;
}

static png_voidp give(png_structp png, png_alloc_size_t size)
{
    struct work *work = png_get_mem_ptr(png);
    void *at = malloc(size);
    work->is_without_memory = work->is_without_memory || !at;
    return at;
}

static void take_back(png_structp png, png_voidp at)
{
    (void)png;
    free(at);
}

static void read_some(png_structp png, png_bytep at, size_t len)
{
    struct work *work = png_get_io_ptr(png);
    if (len > work->rest.len || len > work->budget)
        guard_fail(&work->guard, COMITY_INPUT);
    work->budget -= len;
    memcpy(at, work->rest.ptr, len);
    work->rest = slice_of(work->rest.ptr + len, work->rest.len - len);
}

static void write_some(png_structp png, png_bytep at, size_t len)
{
    struct work *work = png_get_io_ptr(png);
    buffer_add(work->into, at, len);
    if (buffer_status(work->into) != COMITY_OK)
        guard_fail(&work->guard, buffer_status(work->into));
}

static void flush_nothing(png_structp png)
{
    (void)png;
}

/* Chunks that are not kept and may be long: not even unpacked. */
static void skip_chunks(png_structp png)
{
    static const png_byte names[] = "iCCP\0iTXt\0tEXt\0zTXt\0eXIf\0sPLT\0hIST\0tIME\0pCAL\0sCAL\0cHRM";
    png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, names, (int)(sizeof names / 5));
}

static void open_in(struct work *work)
{
    work->in = png_create_read_struct_2(PNG_LIBPNG_VER_STRING, work, on_error, on_warning, work, give, take_back);
    if (!work->in)
        guard_fail(&work->guard, COMITY_NOMEM);
    work->in_info = png_create_info_struct(work->in);
    if (!work->in_info)
        guard_fail(&work->guard, COMITY_NOMEM);
    png_set_read_fn(work->in, work, read_some);
    png_set_user_limits(work->in, PICTURE_MOST_SIDE, PICTURE_MOST_SIDE);
    png_set_chunk_malloc_max(work->in, MOST_CHUNK);
    skip_chunks(work->in);
    png_read_info(work->in, work->in_info);
}

static void open_out(struct work *work)
{
    work->out = png_create_write_struct_2(PNG_LIBPNG_VER_STRING, work, on_error, on_warning, work, give, take_back);
    if (!work->out)
        guard_fail(&work->guard, COMITY_NOMEM);
    work->out_info = png_create_info_struct(work->out);
    if (!work->out_info)
        guard_fail(&work->guard, COMITY_NOMEM);
    png_set_write_fn(work->out, work, write_some, flush_nothing);
    png_set_compression_level(work->out, PACKING);
}

static enum comity_status run(struct work *work, guard_work *what, struct comity_error *err)
{
    bool is_done = guard_run(&work->guard, what, work);
    png_destroy_read_struct(&work->in, &work->in_info, NULL);
    png_destroy_write_struct(&work->out, &work->out_info);
    free(work->row);
    free(work->pixels);
    return is_done ? COMITY_OK : guard_tell(&work->guard, err);
}

static unsigned char *room(struct work *work, size_t len)
{
    unsigned char *at = malloc(len ? len : 1);
    if (!at)
        guard_fail(&work->guard, COMITY_NOMEM);
    return at;
}

/* ---- looking ------------------------------------------------------------------------------------------------------
 */

static unsigned number_at(struct slice bytes, size_t at)
{
    const unsigned char *b = (const unsigned char *)bytes.ptr + at;
    return (unsigned)b[0] << 24 | (unsigned)b[1] << 16 | (unsigned)b[2] << 8 | b[3];
}

/* Whether its chunks go on to the last one, IEND. */
static bool is_whole(struct slice bytes)
{
    size_t at = SIGNATURE;
    while (bytes.len - at >= CHUNK_FRAME) {
        size_t len = number_at(bytes, at);
        if (len > bytes.len - at - CHUNK_FRAME)
            return false;
        if (slice_equal(slice_of(bytes.ptr + at + 4, 4), SLICE("IEND")))
            return true;
        at += CHUNK_FRAME + len;
    }
    return false;
}

/* IHDR is the first chunk, at a fixed place. */
static enum comity_status look(struct slice bytes, struct picture *out, struct comity_error *err)
{
    if (bytes.len < HEAD || !slice_equal(slice_of(bytes.ptr + SIGNATURE, 8), SLICE("\0\0\0\15IHDR")) ||
        !is_whole(bytes))
        return picture_damaged(err);
    out->width = number_at(bytes, 16);
    out->height = number_at(bytes, 20);
    return COMITY_OK;
}

/* ---- cleaning -----------------------------------------------------------------------------------------------------
 */

static void copy_palette(struct work *work)
{
    png_colorp palette;
    png_bytep alpha;
    png_color_16p one;
    int n;
    if (png_get_PLTE(work->in, work->in_info, &palette, &n) &&
        png_get_color_type(work->in, work->in_info) == PNG_COLOR_TYPE_PALETTE)
        png_set_PLTE(work->out, work->out_info, palette, n);
    if (png_get_tRNS(work->in, work->in_info, &alpha, &n, &one))
        png_set_tRNS(work->out, work->out_info, alpha, n, one);
}

static void copy_colours(struct work *work)
{
    png_fixed_point gamma;
    int intent;
    if (png_get_gAMA_fixed(work->in, work->in_info, &gamma))
        png_set_gAMA_fixed(work->out, work->out_info, gamma);
    if (png_get_sRGB(work->in, work->in_info, &intent))
        png_set_sRGB(work->out, work->out_info, intent);
}

static void write_head(struct work *work)
{
    png_uint_32 width, height;
    int depth, colours;
    open_out(work);
    png_get_IHDR(work->in, work->in_info, &width, &height, &depth, &colours, NULL, NULL, NULL);
    png_set_IHDR(work->out, work->out_info, width, height, depth, colours, PNG_INTERLACE_NONE,
        PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    copy_palette(work);
    copy_colours(work);
    png_write_info(work->out, work->out_info);
}

/* With the last row, libpng unpacks whatever stands behind it to its very end: a few bytes of that are gigabytes. So
 * that row may take no more than it can need, with some more for the ends of stream and chunks. */
static void read_row(struct work *work, unsigned char *row, bool is_last)
{
    if (is_last)
        work->budget = 2 * png_get_rowbytes(work->in, work->in_info) + LAST_ROW_MORE;
    png_read_row(work->in, row, NULL);
}

static void copy_rows(struct work *work, unsigned height)
{
    work->row = room(work, png_get_rowbytes(work->in, work->in_info));
    for (unsigned y = 0; y < height; y++) {
        read_row(work, work->row, y + 1 == height);
        png_write_row(work->out, work->row);
    }
}

/* Whether libpng may read its last row now. The seventh pass has every other row, of which the last may be the last but
 * one; where there is but one row, the pass that is the last with pixels depends on the width. */
static bool may_be_last(unsigned y, unsigned height, int pass, int passes)
{
    return height == 1 || (pass + 1 == passes && y + 2 >= height);
}

/* Each pass lays its pixels between those of the passes before. */
static void copy_interlaced(struct work *work, unsigned height, int passes)
{
    size_t stride = png_get_rowbytes(work->in, work->in_info);
    if (stride * height > MOST_INTERLACED)
        guard_fail(&work->guard, COMITY_LIMIT);
    work->pixels = room(work, stride * height);
    memset(work->pixels, 0, stride * height);
    for (int pass = 0; pass < passes; pass++) {
        for (unsigned y = 0; y < height; y++)
            read_row(work, work->pixels + stride * y, may_be_last(y, height, pass, passes));
    }
    for (unsigned y = 0; y < height; y++)
        png_write_row(work->out, work->pixels + stride * y);
}

static void clean_work(void *context)
{
    struct work *work = context;
    open_in(work);
    write_head(work);
    unsigned height = png_get_image_height(work->in, work->in_info);
    int passes = png_set_interlace_handling(work->in);
    png_read_update_info(work->in, work->in_info);
    if (passes == 1)
        copy_rows(work, height);
    else
        copy_interlaced(work, height, passes);
    png_write_end(work->out, NULL);
}

static enum comity_status clean(
    struct slice bytes, const struct picture *seen, struct buffer *out, struct comity_error *err)
{
    struct work work = {.rest = bytes, .budget = bytes.len, .picture = seen, .into = out};
    return run(&work, clean_work, err);
}

/* ---- thumbnails ---------------------------------------------------------------------------------------------------
 */

/* Whatever it is, it comes as eight bits of red, green, blue and alpha. */
static void ask_for_rgba(png_structp png)
{
    png_set_expand(png);
    png_set_scale_16(png);
    png_set_gray_to_rgb(png);
    png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
}

static void shrink_work(void *context)
{
    struct work *work = context;
    open_in(work);
    if (png_get_interlace_type(work->in, work->in_info) != PNG_INTERLACE_NONE)
        guard_fail(&work->guard, COMITY_INPUT); /* it was not cleaned */
    ask_for_rgba(work->in);
    png_read_update_info(work->in, work->in_info);
    work->row = room(work, png_get_rowbytes(work->in, work->in_info));
    if (!shrink_begin(work->small, work->picture->width, work->picture->height, THUMBNAIL_SIDE))
        guard_fail(&work->guard, COMITY_NOMEM);
    for (unsigned y = 0; y < work->picture->height; y++) {
        read_row(work, work->row, y + 1 == work->picture->height);
        shrink_row(work->small, work->row, 4);
    }
}

static enum comity_status shrink(
    struct slice bytes, const struct picture *seen, struct shrink *into, struct comity_error *err)
{
    struct work work = {.rest = bytes, .budget = bytes.len, .picture = seen, .small = into};
    return run(&work, shrink_work, err);
}

const struct picture_form picture_png = {look, clean, shrink};
