/* kind.h - what a file is: by its bytes, never by its name or by what its sender calls it.
 *
 * The list is short on purpose: what is taken can be cleaned (pictures, files/picture.h) or is only ever handed out as
 * a download (PDF). Everything else is refused, with a hint that says how to bring it into one of these forms. Messages
 * of this folder that a person is to read are English sentences, for translation by the page.
 */
#ifndef FILES_KIND_H
#define FILES_KIND_H

#include "base/slice.h"
#include "comity.h"

enum file_kind { FILE_JPEG, FILE_PNG, FILE_WEBP, FILE_PDF, N_FILE_KINDS };

/* The most that a picture may measure. What it claims is looked at before anything is decoded, so that a few bytes
 * cannot ask for gigabytes. */
enum { PICTURE_MOST_PIXELS = 50 * 1000 * 1000, PICTURE_MOST_SIDE = 20 * 1000 };

/* What these bytes are. COMITY_INPUT, with a hint, when they are nothing that is taken: also a PDF that does not begin
 * with "%PDF-" or whose last kilobyte has no "%%EOF", since it was cut off or something stands around it. */
enum comity_status file_kind_of(struct slice bytes, enum file_kind *out, struct comity_error *err) COMITY_MUST_USE;

/* "jpeg", "png", "webp", "pdf": as the store calls it; and back, false when there is none of this name. */
const char *file_kind_name(enum file_kind kind);
bool file_kind_named(struct slice name, enum file_kind *out);
/* "image/jpeg" */
const char *file_kind_type(enum file_kind kind);
/* Of a file's name: ".jpg"; and whether a name ends like this kind (".jpg" or ".jpeg", without regard to case). */
const char *file_kind_ending(enum file_kind kind);
bool file_kind_has_ending(enum file_kind kind, struct slice name);
static inline bool file_kind_is_picture(enum file_kind kind)
{
    return kind != FILE_PDF;
}

#endif
