/* bytes.h - where rows come from: a file, standard input or memory, with gzip taken off.
 *
 * gzip is known by its magic bytes, with any number of members. What could be read before a fault (a truncated
 * archive, a disk error) is handed out first; the next call then tells the fault.
 */
#ifndef READ_BYTES_H
#define READ_BYTES_H

#include "base/slice.h"
#include "comity.h"

struct bytes;

/* Opens a path, or standard input for "-". */
enum comity_status bytes_open(const char *path, struct bytes **out, struct comity_error *err) COMITY_MUST_USE;
/* Bytes in memory, which must stay. */
enum comity_status bytes_open_memory(struct slice memory, struct bytes **out, struct comity_error *err) COMITY_MUST_USE;
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
bool bytes_is_gzip(const struct bytes *bytes);
/* For messages: the path, or "standard input", or "memory". */
const char *bytes_name(const struct bytes *bytes);

#endif
