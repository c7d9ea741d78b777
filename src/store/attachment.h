/* attachment.h - files beside entries, as the store keeps them: what they are, not their bytes.
 *
 * The bytes lie in a folder beside the store (files/cabinet.h) under the hash that stands here; they are written before
 * the row, so that no row is without its file. Use files/attachment.h, which does both.
 *
 * Each call is one short transaction, durable on return, that does not wait for an import (docs/decisions/0700). A row
 * is never removed: `is_removed` marks, and can be taken back. Adding, removing and restoring are lines of the ledger
 * with the entry, the hash and the size; never the file's name, which may say who is in it.
 */
#ifndef STORE_ATTACHMENT_H
#define STORE_ATTACHMENT_H

#include "store/store.h"

enum {
    ATTACHMENT_SHA = 64,        /* digits of a SHA-256 */
    ATTACHMENT_MOST_NAME = 120, /* bytes */
    ATTACHMENT_MOST_NOTE = 1000,
    ATTACHMENT_MOST_BYTES = 20 * 1000 * 1000, /* of one file, unless other caps are given */
    ATTACHMENT_MOST_PER_ENTRY = 20
};

struct attachment {
    uint64_t id, entry;
    struct slice name;   /* as it is handed out: UTF-8 without folders and control characters */
    struct slice kind;   /* "jpeg": files/kind.h */
    struct slice sha256; /* of what is kept, in hex: the file's name in the folder */
    uint64_t size;
    uint32_t width, height; /* 0: no picture */
    bool has_thumbnail;
    /* Of the file as it came, with all that it tells; empty and 0 where it was not to be kept, and for readers without
     * restricted fields. */
    struct slice original_sha256;
    uint64_t original_size;
    struct slice note; /* in the words of who attached it */
    struct slice when, who;
    bool is_removed;
};

/* What fits; 0 means what is said there. Null, where they are taken: all as 0. */
struct attachment_caps {
    uint64_t most_bytes;     /* of one file: ATTACHMENT_MOST_BYTES */
    uint64_t most_per_entry; /* that are not removed: ATTACHMENT_MOST_PER_ENTRY */
    uint64_t most_total;     /* bytes of all files of the store, removed ones too, since they stay: no limit */
};

/* Whether one more of this size would fit: before work is put into it. COMITY_LIMIT. */
enum comity_status store_attachment_fits(struct store *store, uint64_t entry, uint64_t size,
    const struct attachment_caps *caps, struct comity_error *err) COMITY_MUST_USE;
/* Adds a row; `id`, `who` and `is_removed` of `attachment` are not looked at; `when` is an instant (base/calendar.h).
 * COMITY_LIMIT; COMITY_NOTFOUND without such an entry; COMITY_CONFLICT when it has this very file already. */
enum comity_status store_attachment_add(struct store *store, const struct attachment *attachment,
    const struct attachment_caps *caps, const struct reader *who, uint64_t *id,
    struct comity_error *err) COMITY_MUST_USE;
/* Those of an entry (0: of all), oldest first. */
enum comity_status store_attachments(struct store *store, const struct reader *reader, uint64_t entry,
    bool with_removed, struct arena *arena, struct attachment **out, size_t *n,
    struct comity_error *err) COMITY_MUST_USE;
/* One, also where it was removed. COMITY_NOTFOUND. Who may see the entry is the caller's business. */
enum comity_status store_attachment(struct store *store, const struct reader *reader, uint64_t id, struct arena *arena,
    struct attachment *out, struct comity_error *err) COMITY_MUST_USE;
/* COMITY_NOTFOUND; COMITY_CONFLICT when it is so already. Restoring minds the caps. */
enum comity_status store_attachment_remove(
    struct store *store, uint64_t id, const struct reader *who, struct comity_error *err) COMITY_MUST_USE;
enum comity_status store_attachment_restore(struct store *store, uint64_t id, const struct attachment_caps *caps,
    const struct reader *who, struct comity_error *err) COMITY_MUST_USE;

#endif
