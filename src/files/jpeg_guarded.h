/* jpeg_guarded.h - libjpeg with its failures, its memory and its output under our hand. Private to src/files.
 *
 * Decoder and encoder in one struct, since copying coefficients needs both at once. Everything is done within
 * guard_run(); jpeg_guarded_release() afterwards in any case, also of a zeroed one. */
#ifndef FILES_JPEG_GUARDED_H
#define FILES_JPEG_GUARDED_H

#include "base/buffer.h"
#include "files/guard.h"

#include <stdio.h> /* jpeglib.h needs it and does not say so */

#include <jpeglib.h>

struct jpeg_guarded {
    struct guard guard;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    struct jpeg_destination_mgr destination;
    struct jpeg_decompress_struct in;
    struct jpeg_compress_struct out;
    struct buffer *into;
    unsigned char piece[1 << 12]; /* on its way into the buffer */
};

/* Reads the head of a file that stays in memory. `keeps_exif`: APP1 markers can be looked at afterwards. */
void jpeg_guarded_open(struct jpeg_guarded *jpeg, struct slice bytes, bool keeps_exif);
/* What is written goes to the end of `into`, up to its cap. */
void jpeg_guarded_write_to(struct jpeg_guarded *jpeg, struct buffer *into);
void jpeg_guarded_release(struct jpeg_guarded *jpeg);

#endif
