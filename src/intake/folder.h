/* folder.h - a watched folder: which files stand in it, taking a copy of one that is whole, and putting it away.
 *
 * Files whose names begin with "." or end like something that is being written (".part", ".tmp", ".filepart",
 * ".crdownload", "~") are nobody's yet; links are not followed, so that nobody can have a file read that is not in the
 * folder. What is read is a copy made while the file does not change: one that grows, shrinks or is replaced meanwhile
 * gives COMITY_BUSY and is left for later.
 */
#ifndef INTAKE_FOLDER_H
#define INTAKE_FOLDER_H

#include "base/arena.h"
#include "comity.h"

struct folder_file {
    struct slice name; /* terminated */
    uint64_t size;
    int64_t modified_ns, changed_ns; /* mtime, ctime */
};

/* The regular files that fit the pattern (as a shell's, upper and lower case alike), by name. */
enum comity_status folder_list(const char *path, const char *pattern, struct arena *arena, struct folder_file **out,
    size_t *n, struct comity_error *err) COMITY_MUST_USE;

/* Whether the file has rested for so long, by its own times. */
bool folder_has_rested(const struct folder_file *file, int64_t settle_ms);

/* Copies it to `to`, synced or not: it is only for reading. */
enum comity_status folder_copy(
    const char *path, const struct folder_file *file, const char *to, struct comity_error *err) COMITY_MUST_USE;

/* A name in the folder's `into` that is free: the file's own, or with a number behind it. */
enum comity_status folder_free_name(const char *path, struct slice name, const char *into, struct arena *arena,
    struct slice *out, struct comity_error *err) COMITY_MUST_USE;
/* Moves the file there, if it is still the one that was taken; another of its name stays where it is. */
enum comity_status folder_move(const char *path, const struct folder_file *file, const char *into,
    struct slice new_name, struct comity_error *err) COMITY_MUST_USE;
bool folder_has(const char *path, const char *into, struct slice name);

/* Makes a folder where there is none. */
enum comity_status folder_make(const char *path, struct comity_error *err) COMITY_MUST_USE;
/* Removes the files in it; folders stay, with what is in them emptied likewise, one level deep. */
void folder_empty(const char *path);

/* ---- being told of arrivals (inotify) -------------------------------------------------------------------------- */

struct watch;
enum watch_event {
    WATCH_CHANGED, /* written to, but not closed: not whole */
    WATCH_WHOLE,   /* closed after writing, or moved into place */
    WATCH_LOST     /* anything may have happened: look */
};
/* Null when the system has no more watches: then looking now and then must do. */
struct watch *watch_open(void);
void watch_close(struct watch *watch);
int watch_fd(const struct watch *watch);
/* False when it cannot be watched. */
bool watch_add(struct watch *watch, const char *path, size_t tag);
/* Hands out what has happened; never waits. */
void watch_read(struct watch *watch, void (*told)(void *context, size_t tag, struct slice name, enum watch_event event),
    void *context);

#endif
