/* cells.h - inside sums: what series, reconciling and comparing share. */
#ifndef SUMS_CELLS_H
#define SUMS_CELLS_H

#include "base/hash.h"
#include "sums/claim.h"

/* One contribution to a cell. */
struct piece {
    struct sums_cell cell; /* its key */
    uint64_t id, n_events;
    double amount, half, own;
};
/* By cell, then by id. */
void pieces_sort(struct piece *pieces, size_t n);

/* Level, period and span of most cells. */
void table_find_grain(struct sums_table *table);
bool source_copy(struct arena *arena, const struct source_info *from, struct source_info *to);
/* Half a unit of the last digit that the amount was printed with, in the base unit. */
double printed_half(const struct unit_table *units, const struct value *much);
/* The least of it by source × unit: the habit. `*half` is freed by the caller; null where the domain has no amounts. */
enum comity_status habits_find(
    const struct mentions *mentions, double **half, struct comity_error *err) COMITY_MUST_USE;

#endif
