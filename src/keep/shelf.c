/* Names are enough: a folder of backups has no list beside it that could be lost. */
#include "keep/shelf.h"

#include "base/arena.h"
#include "base/calendar.h"
#include "base/error.h"
#include "base/file.h"
#include "base/slice.h"
#include "keep/seal.h"
#include "store/keep.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define ENDING ".comity-backup"
#define PART_ENDING ".comity-part"
enum { STAMP = 16, MOST_IN_A_SECOND = 99 }; /* "20261128T191541Z" */

/* ---- names ----------------------------------------------------------------------------------------------------- */

static void stamp_of(int64_t now, char stamp[STAMP + 1])
{
    char text[INSTANT_TEXT];
    size_t n = 0;
    instant_format(now, text);
    for (const char *at = text; *at && n < STAMP; at++)
        if (*at != '-' && *at != ':')
            stamp[n++] = *at;
    stamp[n] = '\0';
}

/* "20261128T191541Z" as seconds since 1970. */
static bool read_stamp(const char *at, int64_t *seconds)
{
    char text[INSTANT_TEXT];
    for (int i = 0; i < STAMP; i++) {
        bool is_digit = at[i] >= '0' && at[i] <= '9';
        if (i == 8 ? at[i] != 'T' : i == STAMP - 1 ? at[i] != 'Z' : !is_digit)
            return false;
    }
    snprintf(text, sizeof text, "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", at, at + 4, at + 6, at + 9, at + 11, at + 13);
    return instant_parse(text, seconds);
}

enum comity_status shelf_stem(const char *store_path, unsigned wait_ms, char stem[KEEP_PATH], struct comity_error *err)
{
    struct store *store = NULL;
    struct store_facts facts;
    enum comity_status status = store_open(store_path, STORE_READ, wait_ms, &store, err);
    if (!status)
        status = store_facts(store, &facts, err);
    store_close(store);
    return status ? status : keep_path(stem, err, "%s-%s", path_name(store_path), facts.identity);
}

/* Whether it is the name of a backup of this store, and of when. */
static bool is_ours(const char *name, const char *stem, int64_t *made)
{
    struct slice rest = slice_from(name), store = slice_from(stem);
    if (!slice_starts_with(rest, store) || rest.len < store.len + 1 + STAMP || rest.ptr[store.len] != '-')
        return false;
    const char *at = name + store.len + 1;
    if (!read_stamp(at, made))
        return false;
    at += STAMP;
    if (*at == '-') /* a second one within the second */
        for (at++; *at >= '0' && *at <= '9'; at++) {
        }
    return strcmp(at, ENDING) == 0;
}

/* Calls `each` with the name of every backup of the store that is in the folder. */
static enum comity_status each_of(const char *folder, const char *stem,
    bool (*each)(void *context, const char *name, int64_t made), void *context, struct comity_error *err)
{
    int64_t made;
    bool is_well = true;
    DIR *open_folder = opendir(folder);
    if (!open_folder)
        return error_io(err, "look into", folder);
    for (struct dirent *entry; is_well && (entry = keep_read_folder(open_folder));)
        if (is_ours(entry->d_name, stem, &made))
            is_well = each(context, entry->d_name, made);
    enum comity_status status = !is_well ? error_nomem(err) : errno ? error_io(err, "look into", folder) : COMITY_OK;
    closedir(open_folder);
    return status;
}

static bool note_newest(void *context, const char *name, int64_t made)
{
    int64_t *newest = context;
    (void)name;
    if (made > *newest)
        *newest = made;
    return true;
}

enum comity_status shelf_newest(const char *folder, const char *stem, int64_t *made, struct comity_error *err)
{
    *made = 0;
    return each_of(folder, stem, note_newest, made, err);
}

/* The n-th within its second. */
static enum comity_status nth_name(
    const char *folder, const char *stem, const char *stamp, int n, char path[KEEP_PATH], struct comity_error *err)
{
    return n == 1 ? keep_path(path, err, "%s/%s-%s" ENDING, folder, stem, stamp)
                  : keep_path(path, err, "%s/%s-%s-%02d" ENDING, folder, stem, stamp, n);
}

enum comity_status shelf_name(
    const char *folder, const char *stem, int64_t now, char path[KEEP_PATH], struct comity_error *err)
{
    char stamp[STAMP + 1];
    int64_t newest;
    enum comity_status status = shelf_newest(folder, stem, &newest, err);
    int n = newest < now ? 0 : MOST_IN_A_SECOND;
    stamp_of(now, stamp);
    /* The one behind the last of this second, also where those before it are gone. */
    for (; !status && n > 0; n--) {
        status = nth_name(folder, stem, stamp, n, path, err);
        if (access(path, F_OK) == 0)
            break;
    }
    if (!status && n == MOST_IN_A_SECOND)
        status = error_set(err, COMITY_CONFLICT, "too many backups in one second in '%s'", folder);
    return status ? status : nth_name(folder, stem, stamp, n + 1, path, err);
}

/* ---- how many are kept ----------------------------------------------------------------------------------------- */

struct names {
    struct arena arena;
    const char **list;
    size_t n, room;
};

static bool note_name(void *context, const char *name, int64_t made)
{
    struct names *names = context;
    (void)made;
    if (names->n == names->room) {
        size_t room = names->room ? 2 * names->room : 16;
        const char **more = realloc(names->list, room * sizeof *more);
        if (!more)
            return false;
        names->list = more;
        names->room = room;
    }
    const char *copy = arena_string(&names->arena, slice_from(name));
    if (copy)
        names->list[names->n++] = copy;
    return copy != NULL;
}

/* The latest first. A second one within a second comes after the first by its number, which '.' would sort wrongly. */
static int by_time(const void *a, const void *b)
{
    const char *x = *(const char *const *)a, *y = *(const char *const *)b;
    size_t n = 0;
    while (x[n] && x[n] == y[n])
        n++;
    if (x[n] == '.' && y[n] == '-')
        return 1;
    if (x[n] == '-' && y[n] == '.')
        return -1;
    return (unsigned char)x[n] < (unsigned char)y[n] ? 1 : x[n] != y[n] ? -1 : 0;
}

enum comity_status shelf_prune(const char *folder, const char *stem, uint64_t keep, const char *made,
    uint64_t *n_removed, struct comity_error *err)
{
    struct names names = {0};
    char path[KEEP_PATH];
    *n_removed = 0;
    enum comity_status status = each_of(folder, stem, note_name, &names, err);
    if (!status && names.n)
        qsort(names.list, names.n, sizeof *names.list, by_time);
    for (size_t i = keep; !status && i < names.n; i++) {
        if (strcmp(names.list[i], path_name(made)) == 0)
            continue;
        status = keep_path(path, err, "%s/%s", folder, names.list[i]);
        if (!status && unlink(path) != 0 && errno != ENOENT)
            status = error_io(err, "remove the old backup", path);
        *n_removed += !status;
    }
    free(names.list);
    arena_release(&names.arena);
    return status;
}

/* ---- a file that is being written ------------------------------------------------------------------------------ */

/* Whoever still writes holds the lock. */
static void remove_if_left(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0)
        unlinkat(folder, name, 0);
    close(fd);
}

static void sweep(const char *folder)
{
    DIR *open_folder = opendir(folder);
    if (!open_folder)
        return;
    for (struct dirent *entry; (entry = readdir(open_folder));)
        if (entry->d_name[0] == '.' && slice_ends_with(slice_from(entry->d_name), SLICE(PART_ENDING)))
            remove_if_left(dirfd(open_folder), entry->d_name);
    closedir(open_folder);
}

void shelf_folder_of(const char *path, char folder[KEEP_PATH])
{
    size_t len = (size_t)(path_name(path) - path);
    if (len > 1)
        len--; /* without the slash, unless it is the root */
    snprintf(folder, KEEP_PATH, "%.*s", (int)len, path);
    if (!len)
        snprintf(folder, KEEP_PATH, ".");
}

static enum comity_status is_there(const char *path, struct comity_error *err)
{
    error_set(err, COMITY_CONFLICT, "'%s' is there already", path);
    error_hint(err, "give another name, or a folder; nothing is ever written over");
    return COMITY_CONFLICT;
}

enum comity_status part_open(struct part *part, const char *path, struct comity_error *err)
{
    char folder[KEEP_PATH];
    struct stat info;
    *part = (struct part){0};
    shelf_folder_of(path, folder);
    enum comity_status status = keep_path(part->final, err, "%s", path);
    if (!status)
        status = keep_path(part->path, err, "%s/.%s.%ld" PART_ENDING, folder, path_name(path), (long)getpid());
    if (!status && access(path, F_OK) == 0)
        status = is_there(path, err);
    if (status) {
        part->path[0] = '\0';
        return status;
    }
    sweep(folder);
    int fd = open(part->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        status = seal_io(err, "create", part->path);
        part->path[0] = '\0';
        return status;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0 || fstat(fd, &info) != 0 || info.st_nlink == 0) {
        close(fd); /* somebody swept at this very moment */
        return error_set(err, COMITY_BUSY, "another backup into '%s' is beginning", folder);
    }
    part->file = fdopen(fd, "w+");
    if (!part->file) {
        close(fd);
        return error_nomem(err);
    }
    return COMITY_OK;
}

enum comity_status part_sync(struct part *part, struct comity_error *err)
{
    errno = 0;
    if (fflush(part->file) != 0 || fsync(fileno(part->file)) != 0)
        return seal_io(err, "write", part->path);
    posix_fadvise(fileno(part->file), 0, 0, POSIX_FADV_DONTNEED);
    if (fseeko(part->file, 0, SEEK_SET) != 0)
        return seal_io(err, "read", part->path);
    return COMITY_OK;
}

enum comity_status shelf_rename(const char *from, const char *to, struct comity_error *err)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return COMITY_OK;
    if (errno == EEXIST)
        return is_there(to, err);
    /* A file system without it: a moment is left between looking and doing. */
    if ((errno == EINVAL || errno == ENOSYS) && access(to, F_OK) == 0)
        return is_there(to, err);
    if ((errno == EINVAL || errno == ENOSYS || errno == ENOENT) && rename(from, to) == 0)
        return COMITY_OK;
    return seal_io(err, "name", to);
}

enum comity_status part_keep(struct part *part, struct comity_error *err)
{
    enum comity_status status = shelf_rename(part->path, part->final, err);
    if (status)
        return status;
    part->path[0] = '\0';
    file_sync_folder_of(part->final);
    return COMITY_OK;
}

void part_close(struct part *part)
{
    if (part->path[0])
        unlink(part->path);
    if (part->file)
        fclose(part->file);
    *part = (struct part){0};
}
