/* passphrase.h - what a backup is encrypted with, read from a file. Anew for each use, and forgotten after it. */
#ifndef KEEP_PASSPHRASE_H
#define KEEP_PASSPHRASE_H

#include "base/slice.h"
#include "comity.h"

enum { PASSPHRASE_LEAST = 12, PASSPHRASE_MOST = 1024 };

struct passphrase {
    char bytes[PASSPHRASE_MOST + 2];
    size_t len;
};

/* The first line of the file. `path` "-": standard input; null: none, and the passphrase is empty. COMITY_INPUT when it
 * is shorter than PASSPHRASE_LEAST bytes or too long. */
enum comity_status passphrase_read(
    struct passphrase *passphrase, const char *path, struct comity_error *err) COMITY_MUST_USE;
void passphrase_forget(struct passphrase *passphrase);

static inline struct slice passphrase_slice(const struct passphrase *passphrase)
{
    return slice_of(passphrase->bytes, passphrase->len);
}

#endif
