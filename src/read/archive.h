/* archive.h - a ZIP archive: as an envelope around a data file, or as the outside of a workbook. Private to read/.
 *
 * A ZIP archive is read from its end, so it must be seekable: what comes through a pipe or out of another envelope is
 * first put into an unlinked temporary file of at most 4 GB. Members are then streamed.
 */
#ifndef READ_ARCHIVE_H
#define READ_ARCHIVE_H

#include "read/bytes.h"

#include <zip.h>

enum archive_kind { ARCHIVE_ENVELOPE, ARCHIVE_XLSX, ARCHIVE_ODS };

struct archive {
    zip_t *zip;    /* null: not open */
    uint64_t most; /* bytes of a member; 0: what bytes_is_bomb() lets pass */
};

/* Opens the archive at `path` (may be null), else in `memory`, else what is left of `bytes`. */
enum comity_status archive_open(struct archive *archive, const char *path, struct slice memory, struct bytes *bytes,
    struct comity_error *err) COMITY_MUST_USE;
void archive_close(struct archive *archive);

/* A workbook is no envelope, whatever its name is. */
enum archive_kind archive_kind(const struct archive *archive);

/* The member that holds the data. `wanted`: a name or a pattern with * and ?, compared without case with the whole path
 * and with its last part. Without it, the only member; folders and what programs hide are passed over, and where
 * several are left, the only one that is a table by its name. Otherwise COMITY_INPUT with a list of the members. */
enum comity_status archive_choose(
    const struct archive *archive, struct slice wanted, uint64_t *member, struct comity_error *err) COMITY_MUST_USE;

/* A member by its path, without case; COMITY_NOTFOUND when there is none. */
enum comity_status archive_find(
    const struct archive *archive, const char *path, uint64_t *member, struct comity_error *err) COMITY_MUST_USE;
/* Its name; good until archive_close. Empty where it has none. */
const char *archive_name(const struct archive *archive, uint64_t member);
/* Its bytes, unpacked; the archive must stay open. What is longer than any honest member is refused at once. */
enum comity_status archive_read(
    const struct archive *archive, uint64_t member, struct bytes **out, struct comity_error *err) COMITY_MUST_USE;

#endif
