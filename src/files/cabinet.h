/* cabinet.h - where files lie: a folder beside the store, `<store>.files/`, for its owner only.
 *
 * A file is named by what it holds (the SHA-256, in hex, and perhaps ".thumb" or ".original"), so that what is equal is
 * kept once. It is written under a name that begins with a dot, synced, renamed, and never changes once it has its
 * name. cabinet_put returns when file and name are on the disk. What a crash left begins with a dot and is cleared when
 * the cabinet is next opened for writing and nobody writes.
 *
 * Nothing is removed but by cabinet_sweep: files that no row names, a day after they were last put. A backup copies the
 * folder while it is used: it holds an flock() on the folder `<store>-backup/`, and while it does nothing is removed.
 *
 * Threads: all of them may use one cabinet at once. The folder is made with the first file.
 */
#ifndef FILES_CABINET_H
#define FILES_CABINET_H

#include "base/buffer.h"
#include "store/store.h"

enum {
    CABINET_MOST_NAME = 93,   /* bytes of A-Z a-z 0-9 . _ - */
    CABINET_SWEEP_S = 86400,  /* what was put later than that is not swept */
    CABINET_SHA_TEXT = 64 + 1 /* with a NUL */
};

#define CABINET_ANY_SIZE UINT64_MAX

struct cabinet;

/* Beside this store. Opening for writing clears what crashes left. */
enum comity_status cabinet_open(
    const char *store_path, enum store_mode mode, struct cabinet **out, struct comity_error *err) COMITY_MUST_USE;
/* Null is allowed. */
void cabinet_close(struct cabinet *cabinet);

/* The SHA-256 (FIPS 180-4, through libsodium) in hex. */
void cabinet_sha(struct slice bytes, char text[CABINET_SHA_TEXT]);

/* Keeps the bytes under this name; durable on return. What lies there with this size already is kept as it is, and not
 * swept for a day. COMITY_IO when the disk is full: nothing is left then. */
enum comity_status cabinet_put(
    struct cabinet *cabinet, const char *name, struct slice bytes, struct comity_error *err) COMITY_MUST_USE;
/* Appends what lies under this name. COMITY_NOTFOUND; COMITY_CORRUPT when it has not this size (CABINET_ANY_SIZE:
 * whatever it has); COMITY_LIMIT over the buffer's cap. */
enum comity_status cabinet_get(struct cabinet *cabinet, const char *name, uint64_t size, struct buffer *out,
    struct comity_error *err) COMITY_MUST_USE;

/* Whether a name may lie in a cabinet. */
bool cabinet_name_is_sound(struct slice name);

/* Removes what `is_needed` does not know, if it was put more than CABINET_SWEEP_S before `now` (seconds since 1970).
 * Ask the store after calling this, not before: `is_needed` is called for one name at a time, while nothing is put.
 * COMITY_BUSY during a backup, or while somebody puts something: try again later. */
enum comity_status cabinet_sweep(struct cabinet *cabinet, int64_t now,
    bool (*is_needed)(void *context, struct slice name), void *context, size_t *n_removed,
    struct comity_error *err) COMITY_MUST_USE;

/* Only one picture is worked on at a time, whichever thread brings it: this bounds memory and processors. */
void cabinet_work_begin(struct cabinet *cabinet);
void cabinet_work_end(struct cabinet *cabinet);

#endif
