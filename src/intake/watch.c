/* inotify. A folder that is mounted from another machine tells nothing of what happens there, and a queue can overflow:
 * events only spare waiting, and the regular look finds everything. */
#include "intake/folder.h"

#include "base/array.h"

#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

struct watch {
    int fd;
    struct watched {
        int number;
        size_t tag;
    } * folders;
    size_t n_folders, room_folders;
};

struct watch *watch_open(void)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (watch && (watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) < 0) {
        free(watch);
        return NULL;
    }
    return watch;
}

void watch_close(struct watch *watch)
{
    if (!watch)
        return;
    close(watch->fd);
    free(watch->folders);
    free(watch);
}

int watch_fd(const struct watch *watch)
{
    return watch->fd;
}

bool watch_add(struct watch *watch, const char *path, size_t tag)
{
    int number = inotify_add_watch(watch->fd, path,
        IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_MODIFY | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR);
    if (number < 0)
        return false;
    /* Two feeds may look into one folder, and a folder that is watched again keeps its number. */
    for (size_t i = 0; i < watch->n_folders; i++)
        if (watch->folders[i].number == number && watch->folders[i].tag == tag)
            return true;
    if (!ARRAY_ROOM(watch->folders, watch->n_folders, watch->room_folders, 1))
        return false;
    watch->folders[watch->n_folders++] = (struct watched){number, tag};
    return true;
}

static void forget(struct watch *watch, int number)
{
    size_t kept = 0;
    for (size_t i = 0; i < watch->n_folders; i++)
        if (watch->folders[i].number != number)
            watch->folders[kept++] = watch->folders[i];
    watch->n_folders = kept;
}

void watch_read(struct watch *watch, void (*told)(void *context, size_t tag, struct slice name, enum watch_event event),
    void *context)
{
    _Alignas(struct inotify_event) char bytes[16384];
    ssize_t n;
    while ((n = read(watch->fd, bytes, sizeof bytes)) > 0)
        for (ssize_t at = 0; at < n;) {
            const struct inotify_event *event = (const struct inotify_event *)(const void *)&bytes[at];
            struct slice name = event->len ? slice_from(event->name) : SLICE_EMPTY;
            enum watch_event what = event->mask & (IN_CLOSE_WRITE | IN_MOVED_TO) ? WATCH_WHOLE
                                    : event->mask & (IN_CREATE | IN_MODIFY)      ? WATCH_CHANGED
                                                                                 : WATCH_LOST;
            for (size_t i = 0; i < watch->n_folders; i++)
                if (watch->folders[i].number == event->wd || event->mask & IN_Q_OVERFLOW)
                    told(context, watch->folders[i].tag, name, what);
            if (event->mask & (IN_IGNORED | IN_DELETE_SELF | IN_MOVE_SELF))
                forget(watch, event->wd);
            at += (ssize_t)(sizeof *event + event->len);
        }
}
