/* attachment.h - a file beside an entry, from the bytes that somebody sent to the bytes that somebody is given.
 *
 * Taking one: what it is follows from its content (kind.h); a picture loses what it tells beside the picture and gets a
 * thumbnail (picture.h); the bytes are on the disk (cabinet.h) before the row is (store/attachment.h), so that what is
 * acknowledged is there, and a crash leaves bytes without a row at most, which attachment_sweep removes later. A PDF is
 * kept as it came, with what it tells: it is only handed out as a download.
 *
 * Who may see or change an entry is the caller's business. Handing out: the bytes with the
 * name and the type that stand here, as `is_foreign` of struct http_response, so that nothing in them can run.
 *
 * Threads: each with a store handle of its own; the cabinet may be shared. One picture is cleaned at a time for each
 * cabinet. Messages are English sentences, for translation by the page.
 */
#ifndef FILES_ATTACHMENT_H
#define FILES_ATTACHMENT_H

#include "files/cabinet.h"
#include "files/kind.h"
#include "store/attachment.h"

/* What is offered. */
struct attachment_offer {
    uint64_t entry;
    struct slice name;   /* as the user calls it; made harmless (file_name.h) */
    struct slice note;   /* in the user's words; may be empty */
    bool keeps_original; /* also as it came, with its metadata: for readers of restricted fields */
};

/* Takes the bytes in; *out (texts in the arena) is what was kept. `caps` may be null. COMITY_INPUT (with a hint),
 * COMITY_LIMIT, COMITY_NOTFOUND (no such entry), COMITY_CONFLICT (it has it already), COMITY_IO, COMITY_NOMEM: nothing
 * is attached then. */
enum comity_status attachment_take(struct store *store, struct cabinet *cabinet, const struct attachment_offer *offer,
    struct slice bytes, const struct attachment_caps *caps, const struct reader *who, struct arena *arena,
    struct attachment *out, struct comity_error *err) COMITY_MUST_USE;
/* The same of an open file (struct http_file), which nobody else changes meanwhile. */
enum comity_status attachment_take_file(struct store *store, struct cabinet *cabinet,
    const struct attachment_offer *offer, int fd, const struct attachment_caps *caps, const struct reader *who,
    struct arena *arena, struct attachment *out, struct comity_error *err) COMITY_MUST_USE;

enum attachment_part {
    ATTACHMENT_KEPT,
    ATTACHMENT_THUMBNAIL, /* always a JPEG */
    ATTACHMENT_ORIGINAL
};
/* Appends the bytes of a part of what store_attachment() told. COMITY_NOTFOUND where it has no such part, also for a
 * reader who may not know of it; COMITY_CORRUPT when the file is not what was kept. */
enum comity_status attachment_read(struct cabinet *cabinet, const struct attachment *attachment,
    enum attachment_part part, struct buffer *out, struct comity_error *err) COMITY_MUST_USE;
/* The media type to hand it out with: "image/jpeg". */
const char *attachment_type(const struct attachment *attachment, enum attachment_part part);

/* Whether every file that a row names is there and is what was kept: COMITY_CORRUPT names the first that is not. Reads
 * all of them. */
enum comity_status attachment_verify(
    struct store *store, struct cabinet *cabinet, size_t *n_files, struct comity_error *err) COMITY_MUST_USE;
/* Removes files that no row names and that are older than a day: what was sent and then refused, or cut off by a crash.
 * `now`: seconds since 1970. COMITY_BUSY: try again later. */
enum comity_status attachment_sweep(struct store *store, struct cabinet *cabinet, int64_t now, size_t *n_removed,
    struct comity_error *err) COMITY_MUST_USE;

#endif
