/* seal.h - bytes on their way into a file and out of it, in pieces, so that no piece can be altered, moved, left out or
 * added unnoticed, nor the end cut off. With a passphrase nobody can read them without it.
 *
 * A file begins with 16 bytes: "comity backup\n", the version of the format (1), and 0 or 1: whether it is encrypted.
 * Encrypted files go on with 64 bytes: the salt (16), the memory in KiB and the passes of Argon2id (4 bytes each,
 * little-endian), the header of the stream (24), and a check of the key (16 bytes of BLAKE2b, keyed with it, over all
 * before), by which a wrong passphrase is told from damage. Then pieces: the length of what is stored (4 bytes,
 * little-endian), and that. A piece is one byte (bit 0: compressed with zstd; bit 7: the last one) and its content, 256
 * KiB unpacked at most. Without a passphrase BLAKE2b-256 over the hash before (at first: the hash of the beginning) and
 * the piece follows it. Encrypted, the piece is one message of libsodium's secretstream (XChaCha20-Poly1305), bound to
 * the beginning; the last has its tag of the end.
 *
 * Memory: a megabyte or two, whatever the file's size; and for the passphrase, as long as it is worked on, 64 MiB.
 */
#ifndef KEEP_SEAL_H
#define KEEP_SEAL_H

#include "base/slice.h"
#include "comity.h"

#include <stdio.h>

struct seal_writer;
struct seal_reader;

/* Writes the beginning. `path`: for errors. An empty passphrase: not encrypted. The file stays the caller's. */
enum comity_status seal_writer_new(FILE *file, const char *path, struct slice passphrase, struct seal_writer **out,
    struct comity_error *err) COMITY_MUST_USE;
enum comity_status seal_write(
    struct seal_writer *writer, const void *bytes, size_t n, struct comity_error *err) COMITY_MUST_USE;
/* Writes the last piece and hands all to the system. Afterwards nothing can be written. */
enum comity_status seal_finish(struct seal_writer *writer, struct comity_error *err) COMITY_MUST_USE;
void seal_writer_free(struct seal_writer *writer);

/* Reads the beginning. COMITY_INPUT: no backup; COMITY_UNSUPPORTED: of a newer version; COMITY_LOGIN: encrypted, and
 * there is no passphrase; COMITY_REFUSED: the passphrase is wrong. */
enum comity_status seal_reader_new(FILE *file, const char *path, struct slice passphrase, struct seal_reader **out,
    struct comity_error *err) COMITY_MUST_USE;
/* Up to `room` bytes; 0 only at the end, which was then seen to be the end. COMITY_CORRUPT: altered or cut off. */
enum comity_status seal_read(
    struct seal_reader *reader, void *bytes, size_t room, size_t *n, struct comity_error *err) COMITY_MUST_USE;
bool seal_is_encrypted(const struct seal_reader *reader);
void seal_reader_free(struct seal_reader *reader);

/* An error of the disk, with what to do about it; `doing`: "write". Keeps COMITY_OK out. */
enum comity_status seal_io(struct comity_error *err, const char *doing, const char *path);

#endif
