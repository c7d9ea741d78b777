/* The lanes in what every processor of the architecture has: 16 bytes at a time. */
#include "text/similarity_lanes.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define VECTOR_BYTES 16
#include "text/similarity_widths.h"

const struct lanes_set *lanes_baseline(void)
{
    static const struct lanes_set set = {"16 bytes", {run_8, run_16, run_32, run_64}};
    return &set;
}
