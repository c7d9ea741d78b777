/* libjpeg reports through a table of functions. Four things are changed in it: an error jumps (guard.h), warnings are
 * not printed, a file that ends before its end is an error and no warning, and a file of very many scans is refused:
 * each costs a pass over the whole picture, and a few bytes can ask for thousands. */
#include "files/jpeg_guarded.h"

#include <jerror.h>
#include <string.h>

enum {
    MOST_SCANS = 100,
    MOST_SCANNED = 1000 * 1000 * 1000, /* pixels, over all scans: 20 of the largest picture; 10 are usual */
    MOST_MEMORY = 320 << 20            /* the coefficients of 50 million pixels at full colour */
};

static struct jpeg_guarded *guarded_of(j_common_ptr common)
{
    return common->client_data;
}

static void on_error(j_common_ptr common)
{
    switch (common->err->msg_code) {
    case JERR_OUT_OF_MEMORY:
        guard_fail(&guarded_of(common)->guard, COMITY_NOMEM);
    case JERR_NO_BACKING_STORE:
        guard_fail(&guarded_of(common)->guard, COMITY_LIMIT);
    default:
        guard_fail(&guarded_of(common)->guard, COMITY_INPUT);
    }
}

/* Warnings have a level of -1. */
static void on_message(j_common_ptr common, int level)
{
    if (level < 0 && common->err->msg_code == JWRN_JPEG_EOF)
        on_error(common);
}

static void say_nothing(j_common_ptr common)
{
    (void)common;
}

static void on_progress(j_common_ptr common)
{
    if (!common->is_decompressor)
        return;
    j_decompress_ptr in = (j_decompress_ptr)common;
    uint64_t n = (uint64_t)in->input_scan_number;
    if (n > MOST_SCANS || n * in->image_width * in->image_height > MOST_SCANNED)
        guard_fail(&guarded_of(common)->guard, COMITY_INPUT);
}

static void begin_errors(struct jpeg_guarded *jpeg)
{
    jpeg_std_error(&jpeg->errors);
    jpeg->errors.error_exit = on_error;
    jpeg->errors.emit_message = on_message;
    jpeg->errors.output_message = say_nothing;
}

void jpeg_guarded_open(struct jpeg_guarded *jpeg, struct slice bytes, bool keeps_exif)
{
    begin_errors(jpeg);
    jpeg->in.err = &jpeg->errors;
    jpeg->in.client_data = jpeg;
    jpeg_create_decompress(&jpeg->in);
    jpeg->in.mem->max_memory_to_use = MOST_MEMORY;
    jpeg->progress.progress_monitor = on_progress;
    jpeg->in.progress = &jpeg->progress;
    jpeg_mem_src(&jpeg->in, (const unsigned char *)bytes.ptr, bytes.len);
    if (keeps_exif)
        jpeg_save_markers(&jpeg->in, JPEG_APP0 + 1, 0xFFFF);
    jpeg_read_header(&jpeg->in, TRUE);
}

/* ---- writing into a buffer ----------------------------------------------------------------------------------------
 */

static void begin_piece(j_compress_ptr out)
{
    struct jpeg_guarded *jpeg = out->client_data;
    jpeg->destination.next_output_byte = jpeg->piece;
    jpeg->destination.free_in_buffer = sizeof jpeg->piece;
}

static void keep(struct jpeg_guarded *jpeg, size_t len)
{
    buffer_add(jpeg->into, jpeg->piece, len);
    if (buffer_status(jpeg->into) != COMITY_OK)
        guard_fail(&jpeg->guard, buffer_status(jpeg->into));
}

static boolean keep_piece(j_compress_ptr out)
{
    struct jpeg_guarded *jpeg = out->client_data;
    keep(jpeg, sizeof jpeg->piece);
    begin_piece(out);
    return TRUE;
}

static void keep_rest(j_compress_ptr out)
{
    struct jpeg_guarded *jpeg = out->client_data;
    keep(jpeg, sizeof jpeg->piece - jpeg->destination.free_in_buffer);
}

void jpeg_guarded_write_to(struct jpeg_guarded *jpeg, struct buffer *into)
{
    begin_errors(jpeg);
    jpeg->into = into;
    jpeg->destination.init_destination = begin_piece;
    jpeg->destination.empty_output_buffer = keep_piece;
    jpeg->destination.term_destination = keep_rest;
    jpeg->out.err = &jpeg->errors;
    jpeg->out.client_data = jpeg;
    jpeg_create_compress(&jpeg->out);
    jpeg->out.mem->max_memory_to_use = MOST_MEMORY;
    jpeg->out.dest = &jpeg->destination;
}

void jpeg_guarded_release(struct jpeg_guarded *jpeg)
{
    jpeg_destroy_compress(&jpeg->out);
    jpeg_destroy_decompress(&jpeg->in);
}
