/* The three forms behind one face, and the limits before each of them. */
#include "files/picture_form.h"

#include "base/error.h"
#include "files/guard.h"
#include "files/turn.h"

static const struct picture_form *form_of(enum file_kind kind)
{
    static const struct picture_form *const forms[N_FILE_KINDS] = {
        [FILE_JPEG] = &picture_jpeg, [FILE_PNG] = &picture_png, [FILE_WEBP] = &picture_webp};
    return forms[kind];
}

enum comity_status picture_damaged(struct comity_error *err)
{
    return guard_tell(&(struct guard){.status = COMITY_INPUT}, err);
}

static enum comity_status check_size(const struct picture *picture, struct comity_error *err)
{
    if (!picture->width || !picture->height)
        return picture_damaged(err);
    if (picture->width <= PICTURE_MOST_SIDE && picture->height <= PICTURE_MOST_SIDE &&
        (uint64_t)picture->width * picture->height <= PICTURE_MOST_PIXELS)
        return COMITY_OK;
    error_set(err, COMITY_LIMIT, TELL("This picture has more than 50 million pixels, or a side of more than 20,000."));
    error_hint(err, TELL("Make it smaller and send it again."));
    return COMITY_LIMIT;
}

/* Width and height as stored. */
static enum comity_status look(struct slice bytes, enum file_kind kind, struct picture *out, struct comity_error *err)
{
    *out = (struct picture){.kind = kind, .orientation = 1};
    enum comity_status status = form_of(kind)->look(bytes, out, err);
    return status ? status : check_size(out, err);
}

enum comity_status picture_look(struct slice bytes, enum file_kind kind, struct picture *out, struct comity_error *err)
{
    enum comity_status status = look(bytes, kind, out, err);
    if (!status && turn_swaps(out->orientation)) {
        unsigned width = out->width;
        out->width = out->height;
        out->height = width;
    }
    return status;
}

enum comity_status picture_clean(struct slice bytes, enum file_kind kind, struct buffer *out, struct comity_error *err)
{
    struct picture seen;
    enum comity_status status = look(bytes, kind, &seen, err);
    return status ? status : form_of(kind)->clean(bytes, &seen, out, err);
}

/* Coarser until it is small enough; the coarsest will do in any case. */
static enum comity_status write_small(const struct shrink *small, struct buffer *out, struct comity_error *err)
{
    static const int qualities[] = {78, 60, 40, 25, 12};
    enum comity_status status = COMITY_OK;
    size_t before = out->len;
    for (size_t i = 0; !status && i < sizeof qualities / sizeof *qualities; i++) {
        out->len = before;
        status = picture_jpeg_write(small, qualities[i], out, err);
        if (out->len - before <= THUMBNAIL_MOST_BYTES)
            break;
    }
    return status;
}

enum comity_status picture_thumbnail(
    struct slice bytes, enum file_kind kind, struct buffer *out, struct comity_error *err)
{
    struct picture seen;
    struct shrink small = {0};
    enum comity_status status = look(bytes, kind, &seen, err);
    if (!status)
        status = form_of(kind)->shrink(bytes, &seen, &small, err);
    if (!status)
        status = write_small(&small, out, err);
    shrink_release(&small);
    return status;
}
