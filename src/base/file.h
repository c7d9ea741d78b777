/* file.h - whole files: mapped for reading, written so that a crash leaves the old or the new one, never a half. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include "base/arena.h"
#include "comity.h"

struct file_map {
    const char *ptr; /* null when empty */
    size_t len;
};

/* Maps a file for reading. Release with file_unmap; a zeroed struct may be released too. */
enum comity_status file_map(struct file_map *map, const char *path, struct comity_error *err) COMITY_MUST_USE;
/* The same of an open file, which stays open; `name` is for messages. */
enum comity_status file_map_open(
    struct file_map *map, int fd, const char *name, struct comity_error *err) COMITY_MUST_USE;
void file_unmap(struct file_map *map);
/* The pages that were read leave this process's memory and come back when they are looked at again. After a pass over
 * the whole of a large file, of which little will be needed. */
void file_forget(const struct file_map *map);

/* Writes a temporary file beside `path`, syncs it and renames it over `path`. */
enum comity_status file_replace(const char *path, struct slice bytes, struct comity_error *err) COMITY_MUST_USE;

/* All of it; false with errno set. */
bool file_write_all(int fd, struct slice bytes);

/* Syncs the folder that `path` is in, so that a name made or taken away there outlives a power cut. */
void file_sync_folder_of(const char *path);

/* `folder` and `name` joined with one slash, in the arena. Null when memory is out. */
char *path_join(struct arena *arena, const char *folder, const char *name);

/* What stands behind the last slash. */
const char *path_name(const char *path);

#endif
