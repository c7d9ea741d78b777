/* Plain POSIX. The folder is synced after the rename: otherwise the new name may be lost with the power. */
#include "base/file.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum comity_status file_map_open(struct file_map *map, int fd, const char *name, struct comity_error *err)
{
    struct stat info;
    *map = (struct file_map){0};
    if (fstat(fd, &info) != 0)
        return error_io(err, "look at", name);
    if (!S_ISREG(info.st_mode))
        return error_set(err, COMITY_USAGE, "'%s' is not a regular file", name);
    if (info.st_size == 0)
        return COMITY_OK;
    void *ptr = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (ptr == MAP_FAILED)
        return error_io(err, "map", name);
    *map = (struct file_map){ptr, (size_t)info.st_size};
    return COMITY_OK;
}

enum comity_status file_map(struct file_map *map, const char *path, struct comity_error *err)
{
    *map = (struct file_map){0};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_io(err, "open", path);
    enum comity_status status = file_map_open(map, fd, path, err);
    close(fd);
    return status;
}

void file_unmap(struct file_map *map)
{
    if (map->ptr)
        munmap((void *)map->ptr, map->len);
    *map = (struct file_map){0};
}

void file_forget(const struct file_map *map)
{
    if (map->ptr)
        madvise((void *)map->ptr, map->len, MADV_DONTNEED);
}

bool file_write_all(int fd, struct slice bytes)
{
    while (bytes.len) {
        ssize_t n = write(fd, bytes.ptr, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return false;
        bytes = slice_of(bytes.ptr + n, bytes.len - (size_t)n);
    }
    return true;
}

void file_sync_folder_of(const char *path)
{
    char folder[4096];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash)
        slash[slash == folder ? 1 : 0] = '\0';
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

enum comity_status file_replace(const char *path, struct slice bytes, struct comity_error *err)
{
    char temporary[4096];
    enum comity_status status = COMITY_OK;
    int len = snprintf(temporary, sizeof temporary, "%s.%ld.tmp", path, (long)getpid());
    if (len < 0 || (size_t)len >= sizeof temporary)
        return error_set(err, COMITY_USAGE, "the path is too long: '%s'", path);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return error_io(err, "create", temporary);
    bool is_written = file_write_all(fd, bytes) && fsync(fd) == 0;
    if (!is_written)
        status = error_io(err, "write", temporary);
    if (close(fd) != 0 && is_written)
        status = error_io(err, "close", temporary);
    if (status == COMITY_OK && rename(temporary, path) != 0)
        status = error_io(err, "rename", temporary);
    if (status == COMITY_OK)
        file_sync_folder_of(path);
    else
        unlink(temporary);
    return status;
}

char *path_join(struct arena *arena, const char *folder, const char *name)
{
    size_t a = strlen(folder), b = strlen(name);
    char *path = arena_alloc(arena, a + b + 2);
    if (!path)
        return NULL;
    memcpy(path, folder, a);
    if (a && folder[a - 1] != '/')
        path[a++] = '/';
    memcpy(path + a, name, b + 1);
    return path;
}

const char *path_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
