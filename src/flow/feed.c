/* A bounded queue of batches. The reading thread owns a batch until it is full, the storing one until it is written;
 * whoever fails sets `stop` and wakes the other. */
#include "flow/feed.h"

#include "base/array.h"
#include "base/error.h"
#include "base/parallel.h"

#include <pthread.h>
#include <stdlib.h>

enum { N_BATCHES = 3, BATCH_ROWS = 4096, BATCH_BYTES = 8 << 20, RAW_CAP = 256 << 20 };

struct batch {
    struct arena arena; /* texts of the rows */
    struct store_mention_row *rows;
    size_t n, room, n_bytes;
    bool is_full, is_last;
    uint64_t done, total;
};

struct queue {
    struct feed *feed;
    struct batch batches[N_BATCHES];
    struct buffer raw;
    pthread_mutex_t lock;
    pthread_cond_t turned;
    bool stop;
    enum comity_status status; /* of the reading side */
    struct comity_error err;
};

/* ---- reading -------------------------------------------------------------------------------------------------- */

static bool keep_text(struct batch *batch, struct slice from, struct slice *to)
{
    *to = from.len ? arena_copy(&batch->arena, from) : SLICE_EMPTY;
    batch->n_bytes += from.len;
    return !from.len || to->ptr;
}

static enum comity_status keep_readings(struct queue *q, struct batch *batch, const struct row *row,
    const struct reading *readings, size_t n, struct comity_error *err)
{
    buffer_clear(&q->raw);
    recipe_raw_json(q->feed->run, row, &q->raw);
    if (buffer_status(&q->raw))
        return error_set(err, buffer_status(&q->raw), "row %llu cannot be kept", (unsigned long long)row->number);
    if (!ARRAY_ROOM(batch->rows, batch->n, batch->room, n))
        return error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        struct store_mention_row *to = &batch->rows[batch->n++];
        *to = (struct store_mention_row){.content = readings[i].content, .row = row->number, .part = (uint32_t)i};
        if (!keep_text(batch, readings[i].key, &to->key) || !keep_text(batch, readings[i].packed, &to->packed) ||
            (i == 0 && !keep_text(batch, buffer_slice(&q->raw), &to->raw)))
            return error_nomem(err);
    }
    return COMITY_OK;
}

static enum comity_status read_row(
    struct queue *q, struct batch *batch, const struct row *row, struct comity_error *err)
{
    struct feed *feed = q->feed;
    enum reading_outcome outcome;
    const struct reading *readings;
    struct slice reason, mend;
    size_t n;
    enum comity_status status = recipe_read_row(feed->run, row, &outcome, &readings, &n, &reason, &mend, err);
    if (!status && outcome == READING_REJECTED)
        return rejects_add(feed->rejects, feed->run, feed->rows, row, reason, mend, err);
    return status || outcome != READING_OK || n == 0 ? status : keep_readings(q, batch, row, readings, n, err);
}

static enum comity_status fill(struct queue *q, struct batch *batch, struct comity_error *err)
{
    struct row row;
    bool has_row = true;
    enum comity_status status = COMITY_OK;
    arena_reset(&batch->arena);
    batch->n = batch->n_bytes = 0;
    /* Filtered and rejected rows fill no batch, but progress and cancelling must go on: hence the count of rows. */
    for (size_t i = 0;
         !status && has_row && i < 8 * BATCH_ROWS && batch->n < BATCH_ROWS && batch->n_bytes < BATCH_BYTES; i++) {
        status = rows_next(q->feed->rows, &row, &has_row, err);
        if (!status && has_row)
            status = read_row(q, batch, &row, err);
    }
    batch->is_last = !has_row;
    rows_progress(q->feed->rows, &batch->done, &batch->total);
    return status;
}

/* ---- storing -------------------------------------------------------------------------------------------------- */

static enum comity_status drain(struct queue *q, struct batch *batch, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    if (batch->n)
        status = store_import_add(q->feed->import, batch->rows, batch->n, err);
    if (!status && !progress_tell(q->feed->progress, "read", batch->done, batch->total))
        status = error_set(err, COMITY_CANCELLED, "the import was stopped");
    return status;
}

/* ---- the two together ------------------------------------------------------------------------------------------ */

static bool wait_for(struct queue *q, const struct batch *batch, bool is_full)
{
    pthread_mutex_lock(&q->lock);
    while (!q->stop && batch->is_full != is_full)
        pthread_cond_wait(&q->turned, &q->lock);
    bool goes_on = batch->is_full == is_full;
    pthread_mutex_unlock(&q->lock);
    return goes_on;
}

static void hand(struct queue *q, struct batch *batch, bool is_full)
{
    pthread_mutex_lock(&q->lock);
    batch->is_full = is_full;
    pthread_cond_signal(&q->turned);
    pthread_mutex_unlock(&q->lock);
}

static void stop(struct queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->stop = true;
    pthread_cond_signal(&q->turned);
    pthread_mutex_unlock(&q->lock);
}

static void *read_all(void *context)
{
    struct queue *q = context;
    bool is_last = false;
    for (size_t i = 0; !is_last; i++) {
        struct batch *batch = &q->batches[i % N_BATCHES];
        if (!wait_for(q, batch, false))
            break;
        q->status = fill(q, batch, &q->err);
        if (q->status) {
            stop(q);
            break;
        }
        is_last = batch->is_last;
        hand(q, batch, true);
    }
    return NULL;
}

static enum comity_status store_all(struct queue *q, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    bool is_last = false;
    for (size_t i = 0; !status && !is_last; i++) {
        struct batch *batch = &q->batches[i % N_BATCHES];
        if (!wait_for(q, batch, true))
            break;
        status = drain(q, batch, err);
        is_last = batch->is_last;
        hand(q, batch, false);
    }
    if (status)
        stop(q);
    return status;
}

static enum comity_status run_two(struct queue *q, struct comity_error *err)
{
    pthread_t reader;
    if (pthread_create(&reader, NULL, read_all, q) != 0)
        return error_nomem(err);
    enum comity_status status = store_all(q, err);
    pthread_join(reader, NULL);
    if (!status && q->status) {
        status = q->status;
        if (err)
            *err = q->err;
    }
    return status;
}

static enum comity_status run_one(struct queue *q, struct comity_error *err)
{
    struct batch *batch = &q->batches[0];
    enum comity_status status = COMITY_OK;
    while (!status && !batch->is_last) {
        status = fill(q, batch, err);
        if (!status)
            status = drain(q, batch, err);
    }
    return status;
}

enum comity_status feed_all(struct feed *feed, struct comity_error *err)
{
    struct queue q = {.feed = feed, .lock = PTHREAD_MUTEX_INITIALIZER, .turned = PTHREAD_COND_INITIALIZER};
    buffer_init(&q.raw, RAW_CAP);
    enum comity_status status = parallel_processors() > 1 ? run_two(&q, err) : run_one(&q, err);
    buffer_release(&q.raw);
    for (size_t i = 0; i < N_BATCHES; i++) {
        arena_release(&q.batches[i].arena);
        free(q.batches[i].rows);
    }
    pthread_mutex_destroy(&q.lock);
    pthread_cond_destroy(&q.turned);
    return status;
}
