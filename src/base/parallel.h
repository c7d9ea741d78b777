/* parallel.h - running one function over many pieces of work on some threads.
 *
 * The result must not depend on the number of threads or on the order: each piece writes to a place of its own.
 */
#ifndef BASE_PARALLEL_H
#define BASE_PARALLEL_H

#include "comity.h"

/* Calls work(context, piece) once for each piece in 0 … n_pieces-1, on up to n_threads threads (0: one for each
 * processor). Returns the status of the lowest-numbered piece that failed, or COMITY_OK; pieces behind a failure may
 * not have been run. If no thread can be started, the caller's does it all. */
enum comity_status parallel_run(size_t n_pieces, unsigned n_threads,
    enum comity_status (*work)(void *context, size_t piece), void *context) COMITY_MUST_USE;

/* The number of processors that may be used, at least 1. */
unsigned parallel_processors(void);

#endif
