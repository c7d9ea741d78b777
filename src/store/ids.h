/* ids.h - ascending numbers in few bytes. Private to src/store.
 *
 * A list: unsigned LEB128 of each number less the one before. Runs: pairs of the distance from the end of the run
 * before and the length less one; numbers without gaps cost two or three bytes, however many they are.
 */
#ifndef STORE_IDS_H
#define STORE_IDS_H

#include "base/buffer.h"

/* One number off the front; false when there is none that is whole. */
bool ids_take(struct slice *rest, uint64_t *number);

/* Starts with the bytes as `rest`, the other members zeroed. */
struct id_runs {
    struct slice rest;
    uint64_t next, n_left;
};
bool id_runs_next(struct id_runs *runs, uint64_t *id);
/* `ids`: ascending, each once. */
void id_runs_write(struct buffer *out, const uint64_t *ids, size_t n);

#endif
