/* kind.c, picture*.c, jpeg_guarded.c, exif.c, shrink.c, turn.c, file_name.c: bytes that somebody sent as a picture.
 * What is taken is of the same kind and size when it was cleaned, and tells nothing more. */
#include "files/exif.h"
#include "files/file_name.h"
#include "files/picture.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { WORTH_DECODING = 1 << 20 }; /* pixels: more only takes longer */

static void must(bool holds)
{
    if (!holds)
        abort();
}

/* What was cleaned is whole: each step of it works again. */
static void look_again(const struct picture *seen, const struct buffer *cleaned)
{
    struct picture again, small;
    struct buffer thumbnail;
    enum file_kind kind;
    buffer_init(&thumbnail, 1 << 20);
    must(file_kind_of(buffer_slice(cleaned), &kind, NULL) == COMITY_OK && kind == seen->kind);
    must(picture_look(buffer_slice(cleaned), kind, &again, NULL) == COMITY_OK);
    must(again.width == seen->width && again.height == seen->height && again.orientation == 1);
    if (picture_thumbnail(buffer_slice(cleaned), kind, &thumbnail, NULL) == COMITY_OK) {
        must(picture_look(buffer_slice(&thumbnail), FILE_JPEG, &small, NULL) == COMITY_OK);
        must(small.width <= THUMBNAIL_SIDE && small.height <= THUMBNAIL_SIDE);
    }
    buffer_release(&thumbnail);
}

static void take_picture(struct slice bytes, enum file_kind kind)
{
    struct picture seen;
    struct buffer cleaned;
    if (picture_look(bytes, kind, &seen, NULL) != COMITY_OK || (uint64_t)seen.width * seen.height > WORTH_DECODING)
        return;
    buffer_init(&cleaned, PICTURE_MOST_CLEANED);
    if (picture_clean(bytes, kind, &cleaned, NULL) == COMITY_OK)
        look_again(&seen, &cleaned);
    buffer_release(&cleaned);
}

static void take_name(struct slice bytes, enum file_kind kind)
{
    char name[FILE_NAME_MOST + 1];
    file_name_clean(bytes, kind, name);
    must(strlen(name) <= FILE_NAME_MOST && file_kind_has_ending(kind, slice_from(name)));
    must(!strpbrk(name, "/\\\r\n"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice bytes = slice_of((const char *)data, size);
    enum file_kind kind;
    unsigned orientation = exif_orientation(bytes);
    must(orientation >= 1 && orientation <= 8);
    if (file_kind_of(bytes, &kind, NULL) == COMITY_OK && file_kind_is_picture(kind))
        take_picture(bytes, kind);
    take_name(bytes, kind);
    return 0;
}
