/* shelf.h - a folder of backups: their names, how many are kept, what a crash left.
 *
 * `<stem>-20261128T191541Z.comity-backup`, in UTC: in the order of their names they are in the order of time. The stem
 * is the store's file name with a part of its ledger's first hash: stores of one name may share a folder, and none
 * removes what is another's. Names without it, as earlier versions gave them, are nobody's and stay. What is being
 * written is called `.<name>.comity-part` and is locked, so that what nobody writes any more can be told and is taken
 * away.
 */
#ifndef KEEP_SHELF_H
#define KEEP_SHELF_H

#include "keep/room.h"

#include <stdio.h>

/* "comity.sqlite-1f0c9a27". */
enum comity_status shelf_stem(
    const char *store_path, unsigned wait_ms, char stem[KEEP_PATH], struct comity_error *err) COMITY_MUST_USE;
/* A name that is free in the folder, for a backup made now. */
enum comity_status shelf_name(
    const char *folder, const char *stem, int64_t now, char path[KEEP_PATH], struct comity_error *err) COMITY_MUST_USE;
/* When the newest backup of this store in the folder was made; 0: there is none. */
enum comity_status shelf_newest(
    const char *folder, const char *stem, int64_t *made, struct comity_error *err) COMITY_MUST_USE;
/* Removes all backups of this store but the newest `keep`, and never `made`, which clocks may have put among the old
 * ones; *n_removed: how many. */
enum comity_status shelf_prune(const char *folder, const char *stem, uint64_t keep, const char *made,
    uint64_t *n_removed, struct comity_error *err) COMITY_MUST_USE;

/* A file that becomes `path` once it is whole. */
struct part {
    FILE *file;
    char path[KEEP_PATH], final[KEEP_PATH];
};
/* Takes away what others left in that folder, and begins. COMITY_CONFLICT when `path` is there already. */
enum comity_status part_open(struct part *part, const char *path, struct comity_error *err) COMITY_MUST_USE;
/* Waits for the disk, and forgets what was written, so that it is read back from there. */
enum comity_status part_sync(struct part *part, struct comity_error *err) COMITY_MUST_USE;
/* Gives it its name. Never replaces a file: COMITY_CONFLICT. */
enum comity_status part_keep(struct part *part, struct comity_error *err) COMITY_MUST_USE;
/* Closes it; unless it was kept, nothing is left. A zeroed struct is fine. */
void part_close(struct part *part);

/* The folder that a file is in: "." where its path names none. */
void shelf_folder_of(const char *path, char folder[KEEP_PATH]);
/* rename() that never replaces: COMITY_CONFLICT. */
enum comity_status shelf_rename(const char *from, const char *to, struct comity_error *err) COMITY_MUST_USE;

#endif
