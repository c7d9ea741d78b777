/* Who puts holds a shared flock() on the folder, who clears or sweeps an exclusive one: so that nobody takes away what
 * is being written, between threads and processes alike. Each call opens the folder anew, because a lock belongs to
 * what was opened. The kernel gives locks back when a process dies. */
#include "files/cabinet.h"

#include "base/error.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 4096, FOLDER_MODE = 0700, FILE_MODE = 0600 };

struct cabinet {
    char folder[PATH_ROOM], backup[PATH_ROOM], beside[PATH_ROOM]; /* beside: the folder that holds the store */
    enum store_mode mode;
    pthread_mutex_t work;
    atomic_bool is_synced; /* the folder's own name is on the disk */
};

/* ---- names --------------------------------------------------------------------------------------------------------
 */

bool cabinet_name_is_sound(struct slice name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
    if (!name.len || name.len > CABINET_MOST_NAME || name.ptr[0] == '.')
        return false;
    for (size_t i = 0; i < name.len; i++) {
        if (!memchr(letters, name.ptr[i], sizeof letters - 1))
            return false;
    }
    return true;
}

static enum comity_status check_name(const char *name, struct comity_error *err)
{
    return cabinet_name_is_sound(slice_from(name))
               ? COMITY_OK
               : error_set(err, COMITY_USAGE, "'%.100s' cannot lie in the folder of files", name);
}

void cabinet_sha(struct slice bytes, char text[CABINET_SHA_TEXT])
{
    unsigned char hash[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(hash, (const unsigned char *)bytes.ptr, bytes.len);
    sodium_bin2hex(text, CABINET_SHA_TEXT, hash, sizeof hash);
}

/* ---- the folder ---------------------------------------------------------------------------------------------------
 */

/* -1 with errno when there is none. */
static int open_folder(const char *path)
{
    return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static void sync_folder(const char *path)
{
    int fd = open_folder(path);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

/* Opens it, and makes it where it is not there yet. */
static enum comity_status need_folder(struct cabinet *cabinet, int *fd, struct comity_error *err)
{
    *fd = open_folder(cabinet->folder);
    if (*fd < 0 && errno == ENOENT && (mkdir(cabinet->folder, FOLDER_MODE) == 0 || errno == EEXIST))
        *fd = open_folder(cabinet->folder);
    if (*fd < 0)
        return error_io(err, "open", cabinet->folder);
    /* Whoever made it may not have come to this yet, so everybody does it once. */
    if (!atomic_load(&cabinet->is_synced)) {
        sync_folder(cabinet->beside);
        atomic_store(&cabinet->is_synced, true);
    }
    return COMITY_OK;
}

static bool lock(int fd, int how)
{
    int result;
    do
        result = flock(fd, how);
    while (result != 0 && errno == EINTR);
    return result == 0;
}

/* Calls `each` with every name in the folder, of which one kind only: dot names or the others. */
static void each_name(
    int folder, bool with_dot, void (*each)(void *context, int folder, const char *name), void *context)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *names = fd < 0 ? NULL : fdopendir(fd);
    if (!names) {
        if (fd >= 0)
            close(fd);
        return;
    }
    for (struct dirent *at = readdir(names); at; at = readdir(names)) {
        bool is_folder = strcmp(at->d_name, ".") == 0 || strcmp(at->d_name, "..") == 0;
        if (!is_folder && (at->d_name[0] == '.') == with_dot)
            each(context, folder, at->d_name);
    }
    closedir(names);
}

static void clear_name(void *context, int folder, const char *name)
{
    (void)context;
    unlinkat(folder, name, 0);
}

/* When somebody writes now, it is left to the next who opens. */
static void clear_leftovers(const struct cabinet *cabinet)
{
    int fd = open_folder(cabinet->folder);
    if (fd < 0)
        return;
    if (lock(fd, LOCK_EX | LOCK_NB))
        each_name(fd, true, clear_name, NULL);
    close(fd);
}

static bool path_fits(int len)
{
    return len > 0 && len < PATH_ROOM;
}

static enum comity_status name_folders(struct cabinet *cabinet, const char *store_path, struct comity_error *err)
{
    const char *slash = strrchr(store_path, '/');
    int beside = slash ? snprintf(cabinet->beside, PATH_ROOM, "%.*s", (int)(slash - store_path + 1), store_path)
                       : snprintf(cabinet->beside, PATH_ROOM, ".");
    if (path_fits(beside) && path_fits(snprintf(cabinet->folder, PATH_ROOM, "%s.files", store_path)) &&
        path_fits(snprintf(cabinet->backup, PATH_ROOM, "%s-backup", store_path)))
        return COMITY_OK;
    return error_set(err, COMITY_USAGE, "the path is too long: '%.200s'", store_path);
}

enum comity_status cabinet_open(
    const char *store_path, enum store_mode mode, struct cabinet **out, struct comity_error *err)
{
    struct cabinet *cabinet = calloc(1, sizeof *cabinet);
    *out = NULL;
    if (!cabinet)
        return error_nomem(err);
    cabinet->mode = mode;
    enum comity_status status = name_folders(cabinet, store_path, err);
    if (!status && sodium_init() < 0)
        status = error_set(err, COMITY_INTERNAL, "libsodium cannot be used");
    if (!status && pthread_mutex_init(&cabinet->work, NULL) != 0)
        status = error_nomem(err);
    if (status) {
        free(cabinet);
        return status;
    }
    if (mode == STORE_WRITE)
        clear_leftovers(cabinet);
    *out = cabinet;
    return COMITY_OK;
}

void cabinet_close(struct cabinet *cabinet)
{
    if (!cabinet)
        return;
    pthread_mutex_destroy(&cabinet->work);
    free(cabinet);
}

void cabinet_work_begin(struct cabinet *cabinet)
{
    pthread_mutex_lock(&cabinet->work);
}

void cabinet_work_end(struct cabinet *cabinet)
{
    pthread_mutex_unlock(&cabinet->work);
}

/* ---- putting ------------------------------------------------------------------------------------------------------
 */

static enum comity_status disk_failed(const char *verb, const char *name, struct comity_error *err)
{
    bool is_full = errno == ENOSPC || errno == EDQUOT || errno == EFBIG;
    enum comity_status status = error_io(err, verb, name);
    if (is_full)
        error_hint(err, "make room on the disk and try again; nothing that was acknowledged is lost");
    return status;
}

/* Writes and syncs under a name with a dot, then renames. */
static enum comity_status write_anew(
    struct cabinet *cabinet, int folder, const char *name, struct slice bytes, struct comity_error *err)
{
    char temporary[64];
    enum comity_status status = COMITY_OK;
    snprintf(temporary, sizeof temporary, ".%ld-%08x%08x", (long)getpid(), randombytes_random(), randombytes_random());
    int fd = openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (fd < 0)
        return disk_failed("create", cabinet->folder, err);
    bool is_written = file_write_all(fd, bytes) && fsync(fd) == 0;
    if (!is_written)
        status = disk_failed("write", name, err);
    if (close(fd) != 0 && is_written)
        status = disk_failed("close", name, err);
    if (!status && renameat(folder, temporary, folder, name) != 0)
        status = disk_failed("rename", name, err);
    if (status)
        unlinkat(folder, temporary, 0);
    return status;
}

/* Whether it lies there whole; if so, its time becomes now, which saves it from a sweep. */
static bool lies_there(int folder, const char *name, uint64_t size)
{
    struct stat info;
    return fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(info.st_mode) &&
           (uint64_t)info.st_size == size && utimensat(folder, name, NULL, AT_SYMLINK_NOFOLLOW) == 0;
}

static enum comity_status put_within(
    struct cabinet *cabinet, int folder, const char *name, struct slice bytes, struct comity_error *err)
{
    if (!lock(folder, LOCK_SH))
        return error_io(err, "lock", cabinet->folder);
    enum comity_status status =
        lies_there(folder, name, bytes.len) ? COMITY_OK : write_anew(cabinet, folder, name, bytes, err);
    /* Also where it was there: who renamed it may not have come to this yet. */
    if (!status && fsync(folder) != 0)
        status = disk_failed("write", cabinet->folder, err);
    return status;
}

enum comity_status cabinet_put(struct cabinet *cabinet, const char *name, struct slice bytes, struct comity_error *err)
{
    int folder = -1;
    enum comity_status status = check_name(name, err);
    if (!status && cabinet->mode != STORE_WRITE)
        status = error_set(err, COMITY_REFUSED, "'%s' was opened for reading only", cabinet->folder);
    if (!status)
        status = need_folder(cabinet, &folder, err);
    if (status)
        return status;
    status = put_within(cabinet, folder, name, bytes, err);
    close(folder);
    return status;
}

/* ---- getting ------------------------------------------------------------------------------------------------------
 */

static enum comity_status not_whole(const char *name, struct comity_error *err)
{
    error_set(err, COMITY_CORRUPT, "the file '%s' has not the size that it was kept with", name);
    error_hint(err, "bring it back from a backup");
    return COMITY_CORRUPT;
}

static enum comity_status read_all(
    int fd, const char *name, uint64_t size, struct buffer *out, struct comity_error *err)
{
    struct stat info;
    if (fstat(fd, &info) != 0)
        return error_io(err, "look at", name);
    if (!S_ISREG(info.st_mode) || (size != CABINET_ANY_SIZE && (uint64_t)info.st_size != size))
        return not_whole(name, err);
    size = (uint64_t)info.st_size;
    if (!buffer_reserve(out, size))
        return error_set(err, buffer_status(out), "the file '%s' does not fit into memory", name);
    for (uint64_t left = size; left;) {
        ssize_t n = read(fd, out->ptr + out->len, left);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? error_io(err, "read", name) : not_whole(name, err);
        out->len += (size_t)n;
        left -= (uint64_t)n;
    }
    out->ptr[out->len] = '\0';
    return COMITY_OK;
}

enum comity_status cabinet_get(
    struct cabinet *cabinet, const char *name, uint64_t size, struct buffer *out, struct comity_error *err)
{
    size_t before = out->len;
    int folder = open_folder(cabinet->folder);
    enum comity_status status = check_name(name, err);
    int fd = status || folder < 0 ? -1 : openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (!status && fd < 0)
        status = error_io(err, "open", name);
    if (!status)
        status = read_all(fd, name, size, out, err);
    if (status)
        out->len = before;
    if (fd >= 0)
        close(fd);
    if (folder >= 0)
        close(folder);
    return status;
}

/* ---- sweeping -----------------------------------------------------------------------------------------------------
 */

struct sweep {
    const struct cabinet *cabinet;
    int64_t now;
    bool (*is_needed)(void *context, struct slice name);
    void *context;
    size_t n_removed;
    bool is_backup_running;
};

static bool backup_is_running(const struct cabinet *cabinet)
{
    int fd = open_folder(cabinet->backup);
    if (fd < 0)
        return false;
    bool is_running = !lock(fd, LOCK_EX | LOCK_NB);
    close(fd);
    return is_running;
}

static void sweep_name(void *context, int folder, const char *name)
{
    struct sweep *sweep = context;
    struct stat info;
    if (sweep->is_backup_running || fstatat(folder, name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode) ||
        info.st_mtim.tv_sec > sweep->now - CABINET_SWEEP_S || sweep->is_needed(sweep->context, slice_from(name)))
        return;
    sweep->is_backup_running = backup_is_running(sweep->cabinet);
    if (!sweep->is_backup_running && unlinkat(folder, name, 0) == 0)
        sweep->n_removed++;
}

static enum comity_status sweep_within(struct sweep *sweep, int folder, struct comity_error *err)
{
    sweep->is_backup_running = backup_is_running(sweep->cabinet);
    if (!sweep->is_backup_running && !lock(folder, LOCK_EX | LOCK_NB))
        return error_set(err, COMITY_BUSY, "somebody is putting a file into '%s'", sweep->cabinet->folder);
    if (!sweep->is_backup_running)
        each_name(folder, false, sweep_name, sweep);
    if (sweep->is_backup_running)
        return error_set(err, COMITY_BUSY, "'%s' is being backed up", sweep->cabinet->folder);
    return COMITY_OK;
}

enum comity_status cabinet_sweep(struct cabinet *cabinet, int64_t now,
    bool (*is_needed)(void *context, struct slice name), void *context, size_t *n_removed, struct comity_error *err)
{
    struct sweep sweep = {.cabinet = cabinet, .now = now, .is_needed = is_needed, .context = context};
    *n_removed = 0;
    if (cabinet->mode != STORE_WRITE)
        return error_set(err, COMITY_REFUSED, "'%s' was opened for reading only", cabinet->folder);
    int folder = open_folder(cabinet->folder);
    if (folder < 0)
        return errno == ENOENT ? COMITY_OK : error_io(err, "open", cabinet->folder);
    enum comity_status status = sweep_within(&sweep, folder, err);
    close(folder);
    *n_removed = sweep.n_removed;
    return status;
}
