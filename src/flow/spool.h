/* spool.h - a file that can be read twice, and its hash: standard input is copied to an unlinked temporary file first,
 * so that nothing can be left behind. */
#ifndef FLOW_SPOOL_H
#define FLOW_SPOOL_H

#include "comity.h"

#include <stdio.h>
#include <sys/stat.h>

struct spool {
    FILE *copy;      /* of standard input, or null */
    char path[4096]; /* what to open */
    char hash[65];   /* BLAKE2b-256 of the bytes, hex */
    uint64_t n_bytes;
    char last_byte;
    struct stat was; /* of the file, before it was hashed */
};

/* `path` "-": standard input. */
enum comity_status spool_open(struct spool *spool, const char *path, struct comity_error *err) COMITY_MUST_USE;
/* Whether the file is still what was hashed. One that grew or was written anew while it was read is told as such,
 * whatever else came of reading it (`status`), unless it was stopped or memory was out: COMITY_BUSY. */
enum comity_status spool_check(
    const struct spool *spool, enum comity_status status, struct comity_error *err) COMITY_MUST_USE;
void spool_close(struct spool *spool);

/* BLAKE2b-256 of a text, hex. */
void spool_hash(const void *bytes, size_t len, char hash[65]);

#endif
