/* XXH3 is compiled here once, inlined, so that no other file sees its header. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/hash.h"

uint64_t hash_bytes(const void *bytes, size_t len)
{
    return XXH3_64bits(len ? bytes : "", len);
}

uint64_t hash_seeded(const void *bytes, size_t len, uint64_t seed)
{
    return XXH3_64bits_withSeed(len ? bytes : "", len, seed);
}
