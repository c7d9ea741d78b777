/* random.h - numbers that a seed decides: the same on every machine.
 *
 * SplitMix64 (Steele, Lea, Flood 2014), enough for simulation; never for secrets.
 */
#ifndef SIMULATE_RANDOM_H
#define SIMULATE_RANDOM_H

#include "base/hash.h"

#include <stdbool.h>
#include <stddef.h>

struct random {
    uint64_t state;
};

static inline uint64_t random_u64(struct random *random)
{
    uint64_t x = hash_u64(random->state);
    random->state += 0x9E3779B97F4A7C15u;
    return x;
}

/* In [0, 1). */
static inline double random_unit(struct random *random)
{
    return (double)(random_u64(random) >> 11) * 0x1p-53;
}

static inline bool random_chance(struct random *random, double probability)
{
    return random_unit(random) < probability;
}

/* In [0, n); n > 0. */
static inline size_t random_below(struct random *random, size_t n)
{
    return (size_t)(random_unit(random) * (double)n);
}

/* A standard normal deviate (Box and Muller 1958). */
double random_normal(struct random *random);

/* An index of `cumulative`, whose last element is the sum of all weights. */
size_t random_pick(struct random *random, const double *cumulative, size_t n);

#endif
