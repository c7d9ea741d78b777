/* hash.h - 64-bit hashes (XXH3). The values are stable: they may be stored. Not for secrets, nor against an enemy who
 * chooses the keys and gains by collisions; the ledger uses libsodium. */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/slice.h"

#include <stdint.h>

uint64_t hash_bytes(const void *bytes, size_t len);
/* The same with a seed, to chain or to separate uses. */
uint64_t hash_seeded(const void *bytes, size_t len, uint64_t seed);

static inline uint64_t hash_slice(struct slice text)
{
    return hash_bytes(text.ptr, text.len);
}

/* Mixes one number (the finaliser of SplitMix64). A bijection. */
static inline uint64_t hash_u64(uint64_t x)
{
    x += 0x9E3779B97F4A7C15u;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
    return x ^ (x >> 31);
}

#endif
