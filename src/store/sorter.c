/* External merge sort (Knuth, TAOCP 3, 5.4). The next item is found by looking at the head of every run: there are ten
 * of them for 5,000,000 records, too few for a heap to pay. */
#include "store/sorter.h"

#include "base/array.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { RUN_ITEMS = 512 * 1024, WINDOW_ITEMS = 2048, FIRST_ROOM = 1024 };

static int compare(const void *left, const void *right)
{
    const struct sorter_item *a = left, *b = right;
    for (int i = 0; i < 4; i++) {
        if (a->word[i] != b->word[i])
            return a->word[i] < b->word[i] ? -1 : 1;
    }
    return 0;
}

void sorter_init(struct sorter *sorter)
{
    *sorter = (struct sorter){0};
}

void sorter_release(struct sorter *sorter)
{
    for (size_t i = 0; i < sorter->n_runs; i++)
        free(sorter->runs[i].items);
    free(sorter->runs);
    free(sorter->items);
    if (sorter->file)
        fclose(sorter->file);
    *sorter = (struct sorter){0};
}

static void sort_run_items(struct sorter *sorter)
{
    if (sorter->n)
        qsort(sorter->items, sorter->n, sizeof *sorter->items, compare);
}

static enum comity_status write_run(struct sorter *sorter, struct comity_error *err)
{
    uint64_t at = sorter->n_runs ? sorter->runs[sorter->n_runs - 1].end : 0;
    if (!ARRAY_ROOM(sorter->runs, sorter->n_runs, sorter->room_runs, 1))
        return error_nomem(err);
    if (!sorter->file && !(sorter->file = tmpfile()))
        return error_io(err, "create", "a temporary file");
    sort_run_items(sorter);
    if (fwrite(sorter->items, sizeof *sorter->items, sorter->n, sorter->file) != sorter->n)
        return error_io(err, "write", "a temporary file");
    sorter->runs[sorter->n_runs++] = (struct sort_run){.at = at, .end = at + sorter->n};
    sorter->n = 0;
    return COMITY_OK;
}

static bool items_grow(struct sorter *sorter)
{
    size_t room = sorter->room ? sorter->room * 2 : FIRST_ROOM;
    struct sorter_item *items = realloc(sorter->items, room * sizeof *items);
    if (!items)
        return false;
    sorter->items = items;
    sorter->room = room;
    return true;
}

enum comity_status sorter_add(struct sorter *sorter, const struct sorter_item *item, struct comity_error *err)
{
    if (sorter->n == RUN_ITEMS) {
        enum comity_status status = write_run(sorter, err);
        if (status)
            return status;
    }
    if (sorter->n == sorter->room && !items_grow(sorter))
        return error_nomem(err);
    sorter->items[sorter->n++] = *item;
    sorter->n_total++;
    return COMITY_OK;
}

static enum comity_status refill(struct sorter *sorter, struct sort_run *run, struct comity_error *err)
{
    uint64_t left = run->end - run->at;
    size_t n = left < WINDOW_ITEMS ? (size_t)left : WINDOW_ITEMS;
    run->next = run->n = 0;
    if (n == 0)
        return COMITY_OK;
    if (fseeko(sorter->file, (off_t)(run->at * sizeof *run->items), SEEK_SET) != 0 ||
        fread(run->items, sizeof *run->items, n, sorter->file) != n)
        return error_io(err, "read", "a temporary file");
    run->at += n;
    run->n = n;
    return COMITY_OK;
}

enum comity_status sorter_finish(struct sorter *sorter, struct comity_error *err)
{
    if (sorter->n_runs == 0) {
        sort_run_items(sorter);
        return COMITY_OK;
    }
    enum comity_status status = write_run(sorter, err);
    free(sorter->items);
    sorter->items = NULL;
    sorter->room = 0;
    if (!status && fflush(sorter->file) != 0)
        status = error_io(err, "write", "a temporary file");
    for (size_t i = 0; !status && i < sorter->n_runs; i++) {
        struct sort_run *run = &sorter->runs[i];
        run->items = malloc(WINDOW_ITEMS * sizeof *run->items);
        status = run->items ? refill(sorter, run, err) : error_nomem(err);
    }
    return status;
}

enum comity_status sorter_next(
    struct sorter *sorter, struct sorter_item *item, bool *has_item, struct comity_error *err)
{
    struct sort_run *least = NULL;
    if (sorter->n_runs == 0) {
        *has_item = sorter->next < sorter->n;
        if (*has_item)
            *item = sorter->items[sorter->next++];
        return COMITY_OK;
    }
    for (size_t i = 0; i < sorter->n_runs; i++) {
        struct sort_run *run = &sorter->runs[i];
        if (run->next < run->n && (!least || compare(&run->items[run->next], &least->items[least->next]) < 0))
            least = run;
    }
    *has_item = least != NULL;
    if (!least)
        return COMITY_OK;
    *item = least->items[least->next++];
    return least->next == least->n ? refill(sorter, least, err) : COMITY_OK;
}
