/* picture.h - pictures without what they tell beside the picture.
 *
 * What is kept of a picture is made anew from its pixels: no EXIF, XMP or IPTC, no comment, no embedded thumbnail, no
 * colour profile (one can name a device, and hide anything), no text chunk and no time, nothing behind the end. A JPEG
 * keeps its coefficients bit for bit, a PNG its pixels, a WebP its image data. Only one thing changes: where the camera
 * was held askew (EXIF orientation), the pixels are turned, since the note that says so goes; a JPEG or WebP is then
 * coded anew at quality 92.
 *
 * Damaged and cut files are refused, pictures that move too. Sizes are bounded (files/kind.h), and so is memory: at
 * most about 450 MB for the largest JPEG that is taken, 35 MB for a usual one (12 million pixels), twice that where it
 * is turned. No call keeps anything; all are safe to call from several threads, if there is that much memory for each.
 *
 * Errors: COMITY_INPUT (damaged, cut off, or of a rare form), COMITY_LIMIT (too large), COMITY_NOMEM.
 */
#ifndef FILES_PICTURE_H
#define FILES_PICTURE_H

#include "base/buffer.h"
#include "files/kind.h"

enum {
    THUMBNAIL_SIDE = 320,         /* pixels of the long side, at most */
    THUMBNAIL_MOST_BYTES = 30000, /* aimed at: what is very busy becomes coarse */
    PICTURE_MOST_CLEANED = 64 << 20
};

struct picture {
    enum file_kind kind;
    unsigned width, height; /* as it is to be looked at: after turning */
    unsigned orientation;   /* of EXIF, 1 to 8: how it is stored now */
};

/* Reads the head only, and checks the limits. */
enum comity_status picture_look(
    struct slice bytes, enum file_kind kind, struct picture *out, struct comity_error *err) COMITY_MUST_USE;
/* Appends the picture without anything beside it, turned upright. `out` needs a cap of PICTURE_MOST_CLEANED. */
enum comity_status picture_clean(
    struct slice bytes, enum file_kind kind, struct buffer *out, struct comity_error *err) COMITY_MUST_USE;
/* Appends a small copy as JPEG, without anything beside it. For pictures that were cleaned: orientation is not looked
 * at. Looks at every pixel, so that it tells a damaged picture too. */
enum comity_status picture_thumbnail(
    struct slice bytes, enum file_kind kind, struct buffer *out, struct comity_error *err) COMITY_MUST_USE;

#endif
