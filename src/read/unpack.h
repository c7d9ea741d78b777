/* unpack.h - gzip and zstd, piece by piece. Private to read/.
 *
 * Both are known by their first bytes, and both may consist of several members (zstd: frames) one behind the other.
 * Memory is that of the window that the format asks for, at most 128 MB (zstd's own limit).
 */
#ifndef READ_UNPACK_H
#define READ_UNPACK_H

#include "base/slice.h"

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_ZSTD };

enum { PACKING_LONGEST_MAGIC = 4 };
/* What the bytes begin as. At least PACKING_LONGEST_MAGIC of them should be there. */
enum packing packing_of(struct slice first);
/* "gzip", "zstd", for messages. */
const char *packing_name(enum packing packing);

struct unpacker;
/* Null when memory is out. */
struct unpacker *unpacker_new(enum packing packing);
void unpacker_free(struct unpacker *unpacker);
/* Gets ready for the next member. */
void unpacker_restart(struct unpacker *unpacker);

enum unpacked { UNPACKED_SOME, UNPACKED_MEMBER, UNPACKED_DAMAGED, UNPACKED_TOO_WIDE, UNPACKED_NOMEM };
/* Takes from `in` and writes up to `room` bytes to `out`: *used and *got say how much. UNPACKED_MEMBER: a member is
 * whole and its checksum right. UNPACKED_TOO_WIDE: the window that it asks for is past the limit. */
enum unpacked unpacker_step(
    struct unpacker *unpacker, struct slice in, size_t *used, char *out, size_t room, size_t *got);

#endif
