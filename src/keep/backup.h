/* backup.h - a backup is one file that holds a store as it was at one moment, with its attachments
 * (docs/OPERATIONS.md).
 *
 * It is made while others read and write: a copy is taken within one snapshot, checked like `comity verify` does, and
 * written beside its final name; that file is read back from the disk, compared, and only then named. Whatever happens
 * before leaves no backup, and no trace once the next one is made. The copy needs the store's size of room beside it,
 * in `<store>-backup/`; it stands there and not beside the backup because it is not encrypted.
 *
 * Attachments are the files in `<store>.files/`, but for those with a dot in front; none of them changes once it is
 * there. The store is copied first, so that no attachment it knows can be missing.
 */
#ifndef KEEP_BACKUP_H
#define KEEP_BACKUP_H

#include "base/progress.h"
#include "base/slice.h"
#include "keep/room.h"

#include <stdio.h>

struct backup_options {
    const char *store_path;
    const char *out;                 /* a folder, for a name of its own; or a new file */
    struct slice passphrase;         /* empty: not encrypted */
    uint64_t keep;                   /* in a folder: backups of this store beyond so many are removed; 0: none is */
    unsigned wait_ms;                /* for another backup of this store */
    const struct progress *progress; /* stages "copy", "check", "write", "read back" */
};

/* What a backup tells of itself. */
struct backup_info {
    char path[KEEP_PATH];
    char made[24], program[24], domain[64];
    uint64_t schema, sequence, n_ledger;
    char ledger_head[65];
    uint64_t n_files, n_bytes; /* attachments; of the store and them, unpacked */
    uint64_t size;             /* of the backup */
    bool is_encrypted;
    uint64_t n_removed; /* older ones, when it was made */
};

enum comity_status backup_make(
    const struct backup_options *options, struct backup_info *info, struct comity_error *err) COMITY_MUST_USE;

/* Reads a backup from end to end, comparing every digest; writes nothing. Statuses as of seal_reader_new. */
enum comity_status backup_check(const char *path, struct slice passphrase, const struct progress *progress,
    struct backup_info *info, struct comity_error *err) COMITY_MUST_USE;
/* The same of an open file; `path`: for errors. */
enum comity_status backup_check_file(FILE *file, const char *path, struct slice passphrase,
    const struct progress *progress, struct backup_info *info, struct comity_error *err) COMITY_MUST_USE;

struct members_reader;
/* The first member of a backup: COMITY_UNSUPPORTED when its store is newer than this program. */
enum comity_status backup_read_about(struct members_reader *reader, const char *path, struct backup_info *info,
    struct comity_error *err) COMITY_MUST_USE;

#endif
