/* Without stdio, whose buffers would keep a copy. */
#include "keep/passphrase.h"

#include "base/error.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

static enum comity_status read_line(struct passphrase *p, int fd, const char *path, struct comity_error *err)
{
    while (p->len < sizeof p->bytes) {
        ssize_t n = read(fd, p->bytes + p->len, sizeof p->bytes - p->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_io(err, "read", path);
        p->len += (size_t)n;
        if (n == 0 || memchr(p->bytes, '\n', p->len))
            break;
    }
    const char *end = memchr(p->bytes, '\n', p->len);
    if (end)
        p->len = (size_t)(end - p->bytes);
    if (p->len && p->bytes[p->len - 1] == '\r')
        p->len--;
    if (p->len >= PASSPHRASE_LEAST && p->len <= PASSPHRASE_MOST)
        return COMITY_OK;
    error_set(err, COMITY_INPUT, "the first line of '%s' is no passphrase: it needs %d to %d characters", path,
        PASSPHRASE_LEAST, PASSPHRASE_MOST);
    error_hint(err, "several words that nobody would put together; and keep a copy of it away from this machine");
    return COMITY_INPUT;
}

enum comity_status passphrase_read(struct passphrase *passphrase, const char *path, struct comity_error *err)
{
    passphrase->len = 0;
    if (!path)
        return COMITY_OK;
    bool is_input = strcmp(path, "-") == 0;
    int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_io(err, "open", path);
    enum comity_status status = read_line(passphrase, fd, is_input ? "standard input" : path, err);
    if (!is_input)
        close(fd);
    if (status)
        passphrase_forget(passphrase);
    return status;
}

void passphrase_forget(struct passphrase *passphrase)
{
    sodium_memzero(passphrase, sizeof *passphrase);
}
