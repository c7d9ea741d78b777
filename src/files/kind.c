/* Signatures at fixed places, in one table: those that are taken and, for the sake of the hint, those that people try
 * most often. */
#include "files/kind.h"

#include "base/error.h"

enum { PDF_TAIL = 1024 };

static const struct {
    const char *name, *type, *endings[3];
} kinds[N_FILE_KINDS] = {
    [FILE_JPEG] = {"jpeg", "image/jpeg", {".jpg", ".jpeg", ".jpe"}},
    [FILE_PNG] = {"png", "image/png", {".png"}},
    [FILE_WEBP] = {"webp", "image/webp", {".webp"}},
    [FILE_PDF] = {"pdf", "application/pdf", {".pdf"}},
};

static const char save_as_jpeg[] = TELL("Save it as JPEG or PNG and send that.");
static const char print_to_pdf[] = TELL("Save it as PDF and send that.");

/* Not taken, and what to do instead. */
static const struct {
    size_t at;
    struct slice bytes;
    const char *what, *hint;
} refused[] = {
    {4, {"ftyphei", sizeof "ftyphei" - 1}, TELL("This is a HEIC picture, which is not taken."), save_as_jpeg},
    {4, {"ftyphev", sizeof "ftyphev" - 1}, TELL("This is a HEIC picture, which is not taken."), save_as_jpeg},
    {4, {"ftypmif", sizeof "ftypmif" - 1}, TELL("This is a HEIF picture, which is not taken."), save_as_jpeg},
    {4, {"ftypavi", sizeof "ftypavi" - 1}, TELL("This is an AVIF picture, which is not taken."), save_as_jpeg},
    {0, {"GIF8", sizeof "GIF8" - 1}, TELL("This is a GIF picture, which is not taken."), save_as_jpeg},
    {0, {"II*\0", sizeof "II*\0" - 1}, TELL("This is a TIFF picture, which is not taken."), save_as_jpeg},
    {0, {"MM\0*", sizeof "MM\0*" - 1}, TELL("This is a TIFF picture, which is not taken."), save_as_jpeg},
    {0, {"BM", sizeof "BM" - 1}, TELL("This is a BMP picture, which is not taken."), save_as_jpeg},
    {0, {"PK\3\4", sizeof "PK\3\4" - 1}, TELL("This is an archive or an office document, which is not taken."),
        print_to_pdf},
    {0, {"\xD0\xCF\x11\xE0", sizeof "\xD0\xCF\x11\xE0" - 1}, TELL("This is an office document, which is not taken."),
        print_to_pdf},
    {0, {"{\\rtf", sizeof "{\\rtf" - 1}, TELL("This is a text document, which is not taken."), print_to_pdf},
};

static bool has_at(struct slice bytes, size_t at, struct slice what)
{
    return bytes.len >= at + what.len && memcmp(bytes.ptr + at, what.ptr, what.len) == 0;
}

static enum comity_status refuse(struct slice bytes, struct comity_error *err)
{
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (!has_at(bytes, refused[i].at, refused[i].bytes))
            continue;
        error_set(err, COMITY_INPUT, "%s", refused[i].what);
        error_hint(err, "%s", refused[i].hint);
        return COMITY_INPUT;
    }
    error_set(err, COMITY_INPUT, "%s",
        bytes.len ? TELL("This file is neither a picture nor a PDF.") : TELL("This file is empty."));
    error_hint(err, TELL("JPEG, PNG, WebP and PDF are taken; what the file's name says does not count."));
    return COMITY_INPUT;
}

static enum comity_status check_pdf(struct slice bytes, struct comity_error *err)
{
    size_t tail = bytes.len < PDF_TAIL ? bytes.len : PDF_TAIL;
    if (slice_find(slice_of(bytes.ptr + bytes.len - tail, tail), SLICE("%%EOF")) >= 0)
        return COMITY_OK;
    error_set(err, COMITY_INPUT, TELL("This PDF has no end: it was cut off, or something stands behind it."));
    error_hint(err, TELL("Send it again, or print it to a new PDF."));
    return COMITY_INPUT;
}

enum comity_status file_kind_of(struct slice bytes, enum file_kind *out, struct comity_error *err)
{
    *out = FILE_PDF;
    if (has_at(bytes, 0, SLICE("%PDF-")))
        return check_pdf(bytes, err);
    if (has_at(bytes, 0, SLICE("\xFF\xD8\xFF")))
        *out = FILE_JPEG;
    else if (has_at(bytes, 0, SLICE("\x89PNG\r\n\x1A\n")))
        *out = FILE_PNG;
    else if (has_at(bytes, 0, SLICE("RIFF")) && has_at(bytes, 8, SLICE("WEBP")))
        *out = FILE_WEBP;
    else
        return refuse(bytes, err);
    return COMITY_OK;
}

const char *file_kind_name(enum file_kind kind)
{
    return kinds[kind].name;
}

bool file_kind_named(struct slice name, enum file_kind *out)
{
    for (*out = 0; *out < N_FILE_KINDS; ++*out) {
        if (slice_is(name, kinds[*out].name))
            return true;
    }
    *out = FILE_PDF;
    return false;
}

const char *file_kind_type(enum file_kind kind)
{
    return kinds[kind].type;
}

const char *file_kind_ending(enum file_kind kind)
{
    return kinds[kind].endings[0];
}

bool file_kind_has_ending(enum file_kind kind, struct slice name)
{
    for (size_t i = 0; i < sizeof kinds->endings / sizeof *kinds->endings && kinds[kind].endings[i]; i++) {
        struct slice ending = slice_from(kinds[kind].endings[i]);
        if (name.len > ending.len && slice_equal_nocase(slice_of(name.ptr + name.len - ending.len, ending.len), ending))
            return true;
    }
    return false;
}
