/* Threads take the next piece from one atomic counter: uneven pieces balance by themselves. */
#include "base/parallel.h"

#include <sched.h>
#include <stdatomic.h>

enum { MOST_THREADS = 64 };

struct run {
    size_t n_pieces;
    enum comity_status (*work)(void *context, size_t piece);
    void *context;
    atomic_size_t next;
    atomic_bool has_failed;
    pthread_mutex_t lock;
    size_t failed_piece;
    enum comity_status status;
};

static void *run_pieces(void *argument)
{
    struct run *run = argument;
    while (!atomic_load(&run->has_failed)) {
        size_t piece = atomic_fetch_add(&run->next, 1);
        if (piece >= run->n_pieces)
            break;
        enum comity_status status = run->work(run->context, piece);
        if (status == COMITY_OK)
            continue;
        pthread_mutex_lock(&run->lock);
        if (!atomic_load(&run->has_failed) || piece < run->failed_piece) {
            run->failed_piece = piece;
            run->status = status;
        }
        atomic_store(&run->has_failed, true);
        pthread_mutex_unlock(&run->lock);
    }
    return NULL;
}

unsigned parallel_processors(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : (unsigned)count;
}

enum comity_status parallel_run(
    size_t n_pieces, unsigned n_threads, enum comity_status (*work)(void *context, size_t piece), void *context)
{
    struct run run = {.n_pieces = n_pieces, .work = work, .context = context, .status = COMITY_OK};
    pthread_t threads[MOST_THREADS];
    unsigned started = 0;
    if (n_threads == 0)
        n_threads = parallel_processors();
    if (n_threads > MOST_THREADS)
        n_threads = MOST_THREADS;
    if (n_threads > n_pieces)
        n_threads = (unsigned)n_pieces;
    pthread_mutex_init(&run.lock, NULL);
    while (started + 1 < n_threads && pthread_create(&threads[started], NULL, run_pieces, &run) == 0)
        started++;
    run_pieces(&run);
    for (unsigned i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    pthread_mutex_destroy(&run.lock);
    return run.status;
}

static void *run_aside(void *argument)
{
    struct parallel_aside *aside = argument;
    aside->status = aside->work(aside->context);
    return NULL;
}

void parallel_begin(
    struct parallel_aside *aside, unsigned n_threads, enum comity_status (*work)(void *context), void *context)
{
    *aside = (struct parallel_aside){.work = work, .context = context};
    if ((n_threads ? n_threads : parallel_processors()) > 1)
        aside->is_started = pthread_create(&aside->thread, NULL, run_aside, aside) == 0;
}

enum comity_status parallel_end(struct parallel_aside *aside)
{
    if (aside->is_done || !aside->work)
        return aside->status;
    if (aside->is_started)
        pthread_join(aside->thread, NULL);
    else
        aside->status = aside->work(aside->context);
    aside->is_done = true;
    return aside->status;
}
