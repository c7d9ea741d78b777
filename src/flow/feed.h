/* feed.h - rows of a file, read with a recipe, into an import: one thread reads and types, the caller's stores.
 *
 * Between them stand three batches of a few thousand rows, so memory does not grow with the file. On one processor
 * everything runs in the caller's thread. The result is the same.
 */
#ifndef FLOW_FEED_H
#define FLOW_FEED_H

#include "base/progress.h"
#include "flow/rejects.h"
#include "store/store.h"

struct feed {
    struct rows *rows; /* what to read */
    struct recipe_run *run;
    struct rejects *rejects;
    struct store_import *import;
    const struct progress *progress;
};

/* Reads to the end. COMITY_CANCELLED when the progress said so. */
enum comity_status feed_all(struct feed *feed, struct comity_error *err) COMITY_MUST_USE;

#endif
