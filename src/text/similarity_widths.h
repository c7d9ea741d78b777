/* similarity_widths.h - similarity_kernel.h for lanes of 8, 16, 32 and 64 bits. The includer has chosen VECTOR_BYTES
 * and the instructions; it gets run_8 … run_64. */
#define LANES_INLINE static inline __attribute__((always_inline))

#if defined(__x86_64__) && VECTOR_BYTES == 32
#define LANES_ANY(mask) (!_mm256_testz_si256((__m256i)(mask), (__m256i)(mask)))
#elif defined(__SSE2__) && VECTOR_BYTES == 16
#define LANES_ANY(mask) (_mm_movemask_epi8((__m128i)(mask)) != 0)
#else
typedef uint64_t lanes_words __attribute__((vector_size(VECTOR_BYTES)));
#define LANES_ANY(mask) ((((lanes_words)(mask))[0] | ((lanes_words)(mask))[1]) != 0)
#endif

/* Numbers that grow beyond a lane, as many as a vector holds of them. */
enum { LANES_WIDE_COUNT = VECTOR_BYTES / sizeof(int32_t) };
typedef int32_t lanes_wide __attribute__((vector_size(VECTOR_BYTES)));
typedef float lanes_real __attribute__((vector_size(VECTOR_BYTES)));
typedef uint16_t lanes_numbers __attribute__((vector_size(VECTOR_BYTES / 2)));

#define LANE uint8_t
#define SIGNED_LANE int8_t
#define LANE_BITS 8
#define KERNEL(name) name##_8
#include "text/similarity_kernel.h"
#undef LANE
#undef SIGNED_LANE
#undef LANE_BITS
#undef KERNEL

#define LANE uint16_t
#define SIGNED_LANE int16_t
#define LANE_BITS 16
#define KERNEL(name) name##_16
#include "text/similarity_kernel.h"
#undef LANE
#undef SIGNED_LANE
#undef LANE_BITS
#undef KERNEL

#define LANE uint32_t
#define SIGNED_LANE int32_t
#define LANE_BITS 32
#define KERNEL(name) name##_32
#include "text/similarity_kernel.h"
#undef LANE
#undef SIGNED_LANE
#undef LANE_BITS
#undef KERNEL

#define LANE uint64_t
#define SIGNED_LANE int64_t
#define LANE_BITS 64
#define KERNEL(name) name##_64
#include "text/similarity_kernel.h"
#undef LANE
#undef SIGNED_LANE
#undef LANE_BITS
#undef KERNEL
