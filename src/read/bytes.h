/* bytes.h - where rows come from: a file, standard input, memory, or a member of an archive, with gzip or zstd taken
 * off.
 *
 * Both are known by their magic bytes, with any number of members. What could be read before a fault (a truncated
 * archive, a disk error) is handed out first; the next call then tells the fault. What unpacks to far more than any
 * honest table does is refused (bytes_is_bomb).
 */
#ifndef READ_BYTES_H
#define READ_BYTES_H

#include "base/slice.h"
#include "comity.h"

#include <stdbool.h>

struct bytes;

/* Opens a path, or standard input for "-". */
enum comity_status bytes_open(const char *path, struct bytes **out, struct comity_error *err) COMITY_MUST_USE;
/* Bytes in memory, which must stay. */
enum comity_status bytes_open_memory(struct slice memory, struct bytes **out, struct comity_error *err) COMITY_MUST_USE;

/* Bytes from elsewhere: `read` gives up to `room` bytes, *got 0 only at the end; `close` is called once, also when
 * bytes_open_from fails. `total`: how many there are (0: not known). */
struct bytes_origin {
    enum comity_status (*read)(void *context, char *to, size_t room, size_t *got, struct comity_error *err);
    void (*close)(void *context);
    void *context;
    uint64_t total;
};
enum comity_status bytes_open_from(
    const char *name, const struct bytes_origin *origin, struct bytes **out, struct comity_error *err) COMITY_MUST_USE;

void bytes_close(struct bytes *bytes);

/* Up to `room` bytes into `to`; *got is 0 only at the end. */
enum comity_status bytes_read(
    struct bytes *bytes, char *to, size_t room, size_t *got, struct comity_error *err) COMITY_MUST_USE;

enum { BYTES_MOST_PEEK = 8 };
/* The first bytes, at most BYTES_MOST_PEEK, which will be read again. Only before the first bytes_read. */
enum comity_status bytes_peek(
    struct bytes *bytes, char first[BYTES_MOST_PEEK], size_t *got, struct comity_error *err) COMITY_MUST_USE;

/* Bytes of the file (as it lies there, compressed or not) consumed so far, and its size (0: not known). */
void bytes_progress(const struct bytes *bytes, uint64_t *done, uint64_t *total);
/* Whether gzip or zstd was taken off. */
bool bytes_is_packed(const struct bytes *bytes);
/* For messages: the path, or "standard input", or "memory". */
const char *bytes_name(const struct bytes *bytes);
/* Packed data may unpack to so many bytes; 0: to what bytes_is_bomb() lets pass. */
void bytes_bound(struct bytes *bytes, uint64_t most);

/* Whether this is more than honest data unpacks to: over 128 MB, and over 400 times the packed size. Nothing grows in
 * memory by it; the cap keeps a small file from filling the disk. Whoever has such data unpacks it first. */
bool bytes_is_bomb(uint64_t unpacked, uint64_t packed);
/* Tells so: `what` is "the gzip data", "the member 'x.csv'". */
enum comity_status bytes_bomb(
    const char *what, uint64_t unpacked, uint64_t packed, struct comity_error *err) COMITY_MUST_USE;

#endif
