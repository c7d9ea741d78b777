/* count.h - inside the model: what is counted of values, and under which keys. */
#ifndef LINK_COUNT_H
#define LINK_COUNT_H

#include "link/model.h"

/* The key of a value in a stratum; of value 0, of all that have one there. */
uint64_t count_key(uint64_t stratum, uint64_t canon);
/* The same stratum in all countries. */
uint64_t count_at_large(uint64_t stratum);
/* Amounts within 5 % have one bin; its number, and what stands for the one `shift` bins away. */
int64_t count_bin(const struct prepared *amount);
uint64_t count_bin_key(const struct prepared *amount, int64_t bin, int shift);
/* Stands for place, concept group and amount in its country; 0 where one of them is not told. */
uint64_t count_together_key(const struct frame *frame, size_t position);

#endif
