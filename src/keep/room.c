/* The lock is an flock() on the folder itself: it ends with the process, and leaves no file behind. */
#include "keep/room.h"

#include "base/calendar.h"
#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_AGAIN_MS = 50 };

enum comity_status keep_path(char path[KEEP_PATH], struct comity_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(path, KEEP_PATH, format, args);
    va_end(args);
    if (len >= 0 && len < KEEP_PATH)
        return COMITY_OK;
    return error_set(err, COMITY_USAGE, "the path is too long: '%.200s…'", path);
}

struct dirent *keep_read_folder(DIR *folder)
{
    errno = 0;
    return readdir(folder);
}

/* What a backup or a restoration makes in a room, and no other. */
static bool is_our_name(const char *name)
{
    return strcmp(name, "store") == 0 || strncmp(name, "store-", 6) == 0 || strcmp(name, "files") == 0;
}

enum clearing { ITS_FILES, ITS_FOLDERS_TOO, OUR_NAMES };

static void clear_folder(int fd, enum clearing what)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = copy < 0 ? NULL : fdopendir(copy);
    if (!folder) {
        if (copy >= 0)
            close(copy);
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (what == OUR_NAMES && !is_our_name(entry->d_name))
            continue;
        if (unlinkat(fd, entry->d_name, 0) == 0 || what == ITS_FILES)
            continue;
        int inner = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (inner < 0)
            continue;
        clear_folder(inner, ITS_FILES);
        close(inner);
        unlinkat(fd, entry->d_name, AT_REMOVEDIR);
    }
    closedir(folder);
}

/* A folder may bear this name by chance: what others put there is not ours to remove. */
static enum comity_status check_content(const struct room *room, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    int copy = openat(room->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = copy < 0 ? NULL : fdopendir(copy);
    if (!folder) {
        status = error_io(err, "look into", room->path);
        if (copy >= 0)
            close(copy);
        return status;
    }
    for (struct dirent *entry; !status && (entry = keep_read_folder(folder));) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 || is_our_name(entry->d_name))
            continue;
        status = error_set(
            err, COMITY_CONFLICT, "'%s' holds '%s', and is needed for work on the store", room->path, entry->d_name);
        error_hint(err, "move what is in it to another folder");
    }
    if (!status && errno)
        status = error_io(err, "look into", room->path);
    closedir(folder);
    return status;
}

void keep_remove_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    clear_folder(fd, ITS_FOLDERS_TOO);
    close(fd);
    rmdir(path);
}

bool room_is(const struct room *room, const char *folder)
{
    struct stat opened, named;
    return fstat(room->fd, &opened) == 0 && stat(folder, &named) == 0 && opened.st_ino == named.st_ino &&
           opened.st_dev == named.st_dev;
}

static enum comity_status try_once(struct room *room, bool *is_locked, struct comity_error *err)
{
    *is_locked = false;
    if (mkdir(room->path, 0700) != 0 && errno != EEXIST)
        return error_io(err, "create the folder", room->path);
    room->fd = open(room->path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (room->fd < 0)
        return errno == ENOENT ? COMITY_OK : error_io(err, "open the folder", room->path);
    if (flock(room->fd, LOCK_EX | LOCK_NB) == 0 &&
        room_is(room, room->path)) { /* who had it before may have taken it away */
        *is_locked = true;
        return COMITY_OK;
    }
    close(room->fd);
    room->fd = -1;
    return COMITY_OK;
}

enum comity_status room_open(struct room *room, const char *store_path, const char *suffix, const char *doing,
    unsigned wait_ms, struct comity_error *err)
{
    uint64_t until = clock_ms() + wait_ms;
    bool is_locked = false;
    enum comity_status status = keep_path(room->path, err, "%s%s", store_path, suffix);
    room->fd = -1;
    while (!status && !is_locked) {
        status = try_once(room, &is_locked, err);
        if (status || is_locked)
            break;
        if (clock_ms() >= until) {
            status = error_set(err, COMITY_BUSY, "%s of '%s' is under way already", doing, store_path);
            error_hint(err, "wait until it is done");
        }
        nanosleep(&(struct timespec){.tv_nsec = LOOK_AGAIN_MS * 1000 * 1000}, NULL);
    }
    if (!status)
        status = check_content(room, err);
    if (!status) {
        clear_folder(room->fd, OUR_NAMES);
        return COMITY_OK;
    }
    if (room->fd >= 0)
        close(room->fd);
    *room = (struct room){.fd = -1};
    return status;
}

void room_close(struct room *room)
{
    if (!room->path[0])
        return;
    clear_folder(room->fd, OUR_NAMES);
    rmdir(room->path);
    close(room->fd);
    *room = (struct room){.fd = -1};
}
