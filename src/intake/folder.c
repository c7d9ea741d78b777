/* A file is told apart by size and times in nanoseconds; nothing here trusts a name. */
#include "intake/folder.h"

#include "base/array.h"
#include "base/error.h"
#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 17, MOST_SAME_NAMES = 10000 };

static int64_t ns_of(struct timespec time)
{
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static struct folder_file describe(const struct stat *info)
{
    return (struct folder_file){
        .size = (uint64_t)info->st_size, .modified_ns = ns_of(info->st_mtim), .changed_ns = ns_of(info->st_ctim)};
}

static bool is_same(const struct folder_file *a, const struct folder_file *b)
{
    return a->size == b->size && a->modified_ns == b->modified_ns && a->changed_ns == b->changed_ns;
}

static bool is_unfinished(struct slice name)
{
    static const char *const ends[] = {".part", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", "~"};
    if (name.len == 0 || name.ptr[0] == '.')
        return true;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (slice_ends_with(name, slice_from(ends[i])))
            return true;
    return false;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const struct folder_file *)a)->name.ptr, ((const struct folder_file *)b)->name.ptr);
}

/* Adds the entry if it is a file of ours. */
static enum comity_status add_entry(DIR *folder, const char *name, const char *pattern, struct arena *arena,
    struct folder_file **files, size_t *n, size_t *room, struct comity_error *err)
{
    struct stat info;
    if (is_unfinished(slice_from(name)) || fnmatch(pattern, name, FNM_CASEFOLD | FNM_PERIOD) != 0)
        return COMITY_OK;
    if (fstatat(dirfd(folder), name, &info, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(info.st_mode))
        return COMITY_OK;
    if (!ARRAY_ROOM(*files, *n, *room, 1))
        return error_nomem(err);
    struct folder_file *file = &(*files)[(*n)++];
    *file = describe(&info);
    file->name = arena_copy(arena, slice_from(name));
    return file->name.ptr ? COMITY_OK : error_nomem(err);
}

enum comity_status folder_list(const char *path, const char *pattern, struct arena *arena, struct folder_file **out,
    size_t *n, struct comity_error *err)
{
    struct folder_file *files = NULL;
    size_t room = 0;
    enum comity_status status = COMITY_OK;
    *out = NULL;
    *n = 0;
    DIR *folder = opendir(path);
    if (!folder) {
        status = error_io(err, "look into", path);
        error_hint(err, "make the folder, or correct 'folder' in the settings");
        return status;
    }
    for (struct dirent *entry; !status && (errno = 0, entry = readdir(folder));)
        status = add_entry(folder, entry->d_name, pattern, arena, &files, n, &room, err);
    if (!status && errno)
        status = error_io(err, "look into", path);
    closedir(folder);
    if (!status && *n) {
        qsort(files, *n, sizeof *files, compare_names);
        *out = ARENA_ARRAY(arena, struct folder_file, *n);
        if (*out)
            memcpy(*out, files, *n * sizeof *files);
        else
            status = error_nomem(err);
    }
    free(files);
    return status;
}

bool folder_has_rested(const struct folder_file *file, int64_t settle_ms)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t last = file->modified_ns > file->changed_ns ? file->modified_ns : file->changed_ns;
    return ns_of(now) - last >= settle_ms * 1000000;
}

/* ---- a copy ---------------------------------------------------------------------------------------------------- */

static enum comity_status is_changing(const struct folder_file *file, struct comity_error *err)
{
    error_set(err, COMITY_BUSY, "'%s' was changed while it was read; nothing of it was taken", file->name.ptr);
    error_hint(err, "it is taken when it has been left alone for a moment");
    return COMITY_BUSY;
}

static enum comity_status copy_bytes(
    int in, int out, const struct folder_file *file, const char *to, struct comity_error *err)
{
    char *piece = malloc(PIECE);
    uint64_t n_copied = 0;
    ssize_t n = 0;
    enum comity_status status = piece ? COMITY_OK : error_nomem(err);
    while (!status && n_copied <= file->size && (n = read(in, piece, PIECE)) > 0) {
        for (ssize_t at = 0, m; !status && at < n; at += m) {
            m = write(out, piece + at, (size_t)(n - at));
            if (m <= 0) {
                status = error_io(err, "write", to);
                error_hint(err, "make room on the disk; the file is tried again by itself");
                break;
            }
        }
        n_copied += (uint64_t)n;
    }
    if (!status && n < 0)
        status = error_io(err, "read", file->name.ptr);
    if (!status && n_copied != file->size)
        status = is_changing(file, err);
    free(piece);
    return status;
}

enum comity_status folder_copy(
    const char *path, const struct folder_file *file, const char *to, struct comity_error *err)
{
    struct arena arena = {0};
    struct stat info;
    int out = -1;
    char *from = path_join(&arena, path, file->name.ptr);
    if (!from) {
        arena_release(&arena);
        return error_nomem(err);
    }
    int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    enum comity_status status = in < 0 ? error_io(err, "open", from) : COMITY_OK;
    if (status)
        error_hint(err, "may the one who runs the intake read it?");
    if (!status && (out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) < 0)
        status = error_io(err, "write", to);
    if (!status && fstat(in, &info) != 0)
        status = error_io(err, "read", from);
    struct folder_file now = status ? *file : describe(&info);
    if (!status && !is_same(&now, file))
        status = is_changing(file, err);
    if (!status)
        status = copy_bytes(in, out, file, to, err);
    /* By the name, so that one put in its place is seen too. */
    if (!status && (lstat(from, &info) != 0 || (now = describe(&info), !is_same(&now, file))))
        status = is_changing(file, err);
    if (in >= 0)
        close(in);
    if (out >= 0 && close(out) != 0 && !status)
        status = error_io(err, "write", to);
    if (status && out >= 0)
        unlink(to);
    arena_release(&arena);
    return status;
}

/* ---- putting away ---------------------------------------------------------------------------------------------- */

enum comity_status folder_make(const char *path, struct comity_error *err)
{
    return mkdir(path, 0777) == 0 || errno == EEXIST ? COMITY_OK : error_io(err, "make the folder", path);
}

bool folder_has(const char *path, const char *into, struct slice name)
{
    struct arena arena = {0};
    struct stat info;
    char *folder = path_join(&arena, path, into), *file = arena_string(&arena, name);
    char *whole = folder && file ? path_join(&arena, folder, file) : NULL;
    bool is_there = whole && lstat(whole, &info) == 0;
    arena_release(&arena);
    return is_there;
}

enum comity_status folder_free_name(const char *path, struct slice name, const char *into, struct arena *arena,
    struct slice *out, struct comity_error *err)
{
    *out = name;
    for (unsigned i = 2; folder_has(path, into, *out); i++) {
        char *text = arena_alloc(arena, name.len + 12);
        if (!text)
            return error_nomem(err);
        if (i > MOST_SAME_NAMES)
            return error_set(err, COMITY_LIMIT, "there are too many files of the name '%.*s'", SLICE_ARG(name));
        snprintf(text, name.len + 12, "%.*s~%u", SLICE_ARG(name), i);
        *out = slice_from(text);
    }
    return COMITY_OK;
}

enum comity_status folder_move(
    const char *path, const struct folder_file *file, const char *into, struct slice new_name, struct comity_error *err)
{
    struct arena arena = {0};
    struct stat info;
    char *from = path_join(&arena, path, file->name.ptr), *folder = path_join(&arena, path, into);
    char *name = arena_string(&arena, new_name);
    char *to = folder && name ? path_join(&arena, folder, name) : NULL;
    enum comity_status status = from && to ? folder_make(folder, err) : error_nomem(err);
    if (!status && lstat(from, &info) == 0) {
        struct folder_file now = describe(&info);
        if (is_same(&now, file) && rename(from, to) != 0)
            status = error_io(err, "move", from);
    }
    arena_release(&arena);
    return status;
}

static void empty_level(const char *path, int depth)
{
    struct arena arena = {0};
    DIR *folder = opendir(path);
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        struct stat info;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *whole = path_join(&arena, path, entry->d_name);
        if (!whole || lstat(whole, &info) != 0)
            continue;
        if (!S_ISDIR(info.st_mode))
            unlink(whole);
        else if (depth > 0)
            empty_level(whole, depth - 1);
    }
    if (folder)
        closedir(folder);
    arena_release(&arena);
}

void folder_empty(const char *path)
{
    empty_level(path, 1);
}
