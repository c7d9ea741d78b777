/* parallel.h - running one function over many pieces of work on some threads.
 *
 * The result must not depend on the number of threads or on the order: each piece writes to a place of its own.
 */
#ifndef BASE_PARALLEL_H
#define BASE_PARALLEL_H

#include "comity.h"

#include <pthread.h>
#include <stdbool.h>

/* Calls work(context, piece) once for each piece in 0 … n_pieces-1, on up to n_threads threads (0: one for each
 * processor). Returns the status of the lowest-numbered piece that failed, or COMITY_OK; pieces behind a failure may
 * not have been run. If no thread can be started, the caller's does it all. */
enum comity_status parallel_run(size_t n_pieces, unsigned n_threads,
    enum comity_status (*work)(void *context, size_t piece), void *context) COMITY_MUST_USE;

/* Work on a thread of its own while the caller does something else: something that is wanted only later, for what the
 * caller does on one thread in the meantime. No more urgent and no less than that is, so that it comes to an end on a
 * busy machine, too.
 *
 *     struct parallel_aside aside;
 *     parallel_begin(&aside, n_threads, read_more, context);
 *     ... what does not touch what read_more() writes; whatever comes of it, then
 *     status = parallel_end(&aside);
 *
 * With one thread, or where none can be started, parallel_end() does it. `aside` must stay where it is. */
struct parallel_aside {
    enum comity_status (*work)(void *context);
    void *context;
    pthread_t thread;
    bool is_started, is_done;
    enum comity_status status;
};
void parallel_begin(
    struct parallel_aside *aside, unsigned n_threads, enum comity_status (*work)(void *context), void *context);
/* Its status, when it is done; at once when it never began (a struct of zeroes) or has ended before. */
enum comity_status parallel_end(struct parallel_aside *aside) COMITY_MUST_USE;

/* The number of processors that may be used, at least 1. */
unsigned parallel_processors(void);

#endif
