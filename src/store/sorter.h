/* sorter.h - puts any number of small records in order with fixed memory: sorted runs in an unlinked temporary file,
 * then one merge.
 *
 * A record is four numbers, compared one after another. Life: sorter_init, sorter_add …, sorter_finish, sorter_next
 * until *has_item is false; sorter_release at any time. Memory: about 16 MB while adding, 64 kB for each run (512,000
 * records) while reading.
 */
#ifndef STORE_SORTER_H
#define STORE_SORTER_H

#include "comity.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct sorter_item {
    uint64_t word[4];
};

struct sort_run {
    uint64_t at, end;          /* in the file, in items */
    struct sorter_item *items; /* a window of it */
    size_t next, n;
};

struct sorter {
    struct sorter_item *items;
    size_t n, room, next;
    FILE *file;
    struct sort_run *runs;
    size_t n_runs, room_runs;
    uint64_t n_total;
};

void sorter_init(struct sorter *sorter);
void sorter_release(struct sorter *sorter);
enum comity_status sorter_add(
    struct sorter *sorter, const struct sorter_item *item, struct comity_error *err) COMITY_MUST_USE;
enum comity_status sorter_finish(struct sorter *sorter, struct comity_error *err) COMITY_MUST_USE;
enum comity_status sorter_next(
    struct sorter *sorter, struct sorter_item *item, bool *has_item, struct comity_error *err) COMITY_MUST_USE;

#endif
