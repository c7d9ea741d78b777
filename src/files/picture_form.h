/* picture_form.h - what each form of picture can do. Private to src/files. */
#ifndef FILES_PICTURE_FORM_H
#define FILES_PICTURE_FORM_H

#include "files/picture.h"
#include "files/shrink.h"

enum { PICTURE_QUALITY = 92 }; /* of what must be coded anew */

struct picture_form {
    /* Width and height as stored, and the orientation. Limits are checked by the caller. */
    enum comity_status (*look)(struct slice bytes, struct picture *out, struct comity_error *err);
    enum comity_status (*clean)(
        struct slice bytes, const struct picture *seen, struct buffer *out, struct comity_error *err);
    /* Begins `into` and gives it all rows; released by the caller. */
    enum comity_status (*shrink)(
        struct slice bytes, const struct picture *seen, struct shrink *into, struct comity_error *err);
};

extern const struct picture_form picture_jpeg, picture_png, picture_webp;

/* The small picture as JPEG of this quality. */
enum comity_status picture_jpeg_write(
    const struct shrink *small, int quality, struct buffer *out, struct comity_error *err) COMITY_MUST_USE;

/* "damaged, or cut off" */
enum comity_status picture_damaged(struct comity_error *err) COMITY_MUST_USE;

#endif
