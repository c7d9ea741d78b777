/* room.h - a folder beside a store where a backup is made ready or a restored store is put together. One at a time: the
 * folder is locked, and what a crash left in it is cleared when it is next opened.
 *
 * Whoever removes attachments of a store must not do so while `<store>-backup/` is locked.
 */
#ifndef KEEP_ROOM_H
#define KEEP_ROOM_H

#include "comity.h"

#include <dirent.h>
#include <stdbool.h>

enum { KEEP_PATH = 4096 };

struct room {
    char path[KEEP_PATH]; /* empty: not open */
    int fd;
};

/* `<store_path><suffix>/`, readable by its owner only. COMITY_BUSY when somebody has it for longer than wait_ms;
 * `doing`: for that message: "a backup". COMITY_CONFLICT when something is in it that no backup or
 * restoration puts there. A zeroed struct may be closed. */
enum comity_status room_open(struct room *room, const char *store_path, const char *suffix, const char *doing,
    unsigned wait_ms, struct comity_error *err) COMITY_MUST_USE;
/* Whether `folder` is the room itself, under whatever path. */
bool room_is(const struct room *room, const char *folder);
/* Takes away what backups and restorations put there, and the folder itself. */
void room_close(struct room *room);

/* `format` into `path`. COMITY_USAGE when it is too long. */
enum comity_status keep_path(char path[KEEP_PATH], struct comity_error *err, const char *format, ...)
    COMITY_PRINTF(3, 4) COMITY_MUST_USE;
/* The next name of a folder; null: at its end errno is 0, after a failure it is not. */
struct dirent *keep_read_folder(DIR *folder);
/* Takes away a folder with the files in it; folders in it, too, when they hold only files. What cannot be removed
 * stays. */
void keep_remove_folder(const char *path);

#endif
