/* members.h - what stands in a backup, one member after another: what it is of, the store, its attachments.
 *
 * A member is its kind (1 byte), the length of its name (1 byte), the name, its size (8 bytes, little-endian), its
 * bytes, and their BLAKE2b-256. Kinds: 1 about (lines of a word and what it is, no name), 2 store (an SQLite file, no
 * name), 3 file (an attachment, by name). They come in this order, files by name, each once; 0 ends them. All of it
 * goes through seal.h, which notices damage; the digests bind what is read from a backup to what was read from the disk
 * when it was made.
 */
#ifndef KEEP_MEMBERS_H
#define KEEP_MEMBERS_H

#include "keep/seal.h"

#include <stdint.h>

enum member_kind { MEMBER_END, MEMBER_ABOUT, MEMBER_STORE, MEMBER_FILE };
enum { MEMBER_NAME = 93, MEMBER_DIGEST = 32 };

/* Whether it may be an attachment's name: letters, digits, '.', '_' and '-', at most MEMBER_NAME, no dot in front. */
bool member_is_name(struct slice name);

struct member {
    enum member_kind kind;
    char name[MEMBER_NAME + 1]; /* empty but for files */
    uint64_t size;
    unsigned char digest[MEMBER_DIGEST]; /* when reading: once all was read */
};

/* ---- writing --------------------------------------------------------------------------------------------------- */

/* From memory. */
enum comity_status member_write_text(
    struct seal_writer *to, enum member_kind kind, struct slice text, struct comity_error *err) COMITY_MUST_USE;
/* From a file that does not change: COMITY_CONFLICT when it did. Fills *out. `tell` (may be null) hears of each piece;
 * when it gives false it is COMITY_CANCELLED. */
enum comity_status member_write_file(struct seal_writer *to, enum member_kind kind, const char *name, const char *path,
    bool (*tell)(void *context, uint64_t n), void *context, struct member *out,
    struct comity_error *err) COMITY_MUST_USE;
/* The end of all, and of the seal. */
enum comity_status members_finish(struct seal_writer *to, struct comity_error *err) COMITY_MUST_USE;

/* ---- reading --------------------------------------------------------------------------------------------------- */

struct members_reader;
/* `path`: for errors. The seal stays the caller's. */
enum comity_status members_reader_new(
    struct seal_reader *from, const char *path, struct members_reader **out, struct comity_error *err) COMITY_MUST_USE;
/* The next member; what was not read of the one before is passed over, and checked. MEMBER_END: that was all, and
 * nothing follows. Good until the next call. */
enum comity_status members_next(
    struct members_reader *reader, const struct member **out, struct comity_error *err) COMITY_MUST_USE;
/* Up to `room` bytes of the member at hand; 0 at its end, where its digest was found right. COMITY_CORRUPT. */
enum comity_status members_read(
    struct members_reader *reader, void *bytes, size_t room, size_t *n, struct comity_error *err) COMITY_MUST_USE;
void members_reader_free(struct members_reader *reader);

#endif
