/* The lanes in AVX2, 32 bytes at a time. Only this file's functions are compiled for it, and they run only where the
 * processor says that it has it: one binary runs everywhere. Headers come before the pragma, so that none of their
 * functions is compiled here for a processor that others may not have. */
#include "text/similarity_lanes.h"

#ifdef __x86_64__
#include <immintrin.h>

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx2")
#endif

#define VECTOR_BYTES 32
#include "text/similarity_widths.h"

#ifdef __clang__
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif

const struct lanes_set *lanes_avx2(void)
{
    static const struct lanes_set set = {"AVX2", {run_8, run_16, run_32, run_64}};
    return __builtin_cpu_supports("avx2") ? &set : NULL;
}

#else

const struct lanes_set *lanes_avx2(void)
{
    return NULL;
}

#endif
