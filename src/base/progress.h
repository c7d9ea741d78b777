/* progress.h - telling a person how far long work is, and letting them stop it.
 *
 * Long functions take a `const struct progress *` that may be null. They call progress_tell() now and then (at most
 * some hundred times a second); a false answer asks them to stop: they undo what they have begun and return
 * COMITY_CANCELLED. The callback may run on another thread than the caller's, but never on two at once.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    /* `stage`: a word such as "read" or "score"; `total` 0: not known. False: please stop. */
    bool (*tell)(void *context, const char *stage, uint64_t done, uint64_t total);
    void *context;
};

static inline bool progress_tell(const struct progress *progress, const char *stage, uint64_t done, uint64_t total)
{
    return !progress || !progress->tell || progress->tell(progress->context, stage, done, total);
}

#endif
