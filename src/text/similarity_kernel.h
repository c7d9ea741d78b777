/* similarity_kernel.h - the code of the lanes for one width, included once for each width and kind of instructions.
 * It is no header to be read for its functions: similarity_lanes.h is.
 *
 * The includer defines LANE (the unsigned type of a lane), SIGNED_LANE, LANE_BITS, VECTOR_BYTES and KERNEL(name), which
 * makes names of its own. Vectors are those of GCC and clang; only any() needs instructions by name.
 *
 * same[i] holds for each lane a bit for each place of its text that equals letter i of the query: found by comparing,
 * so that symbols may be anything, or read from the block where it is a table of letters. With it Jaro's matching is:
 * the lowest free bit within the window. The order of the matched letters is found by walking through them once more,
 * the nth of the query against the nth of the text. Edits are Hyyrö's columns (similarity.c), a lane for a word.
 */
typedef LANE KERNEL(vector) __attribute__((vector_size(VECTOR_BYTES), may_alias));
typedef SIGNED_LANE KERNEL(mask) __attribute__((vector_size(VECTOR_BYTES), may_alias));
#define VECTOR KERNEL(vector)
#define MASK KERNEL(mask)
#define CONTEXT struct KERNEL(context)
#define MATCHES struct KERNEL(matches)
enum { KERNEL(LANES) = VECTOR_BYTES / sizeof(LANE), KERNEL(PARTS) = LANES_ROW_BYTES / VECTOR_BYTES };

/* What is the same for all blocks of a job. */
struct KERNEL(context) {
    struct lanes_job *job;
    size_t n_query, len, n_prefix;
    VECTOR bits[LANE_BITS], symbols[SIMILARITY_WORD], window[SIMILARITY_WORD];
    size_t row_of[SIMILARITY_WORD];     /* of each letter of the query, where blocks are tables of letters */
    MASK needed, gain[WINKLER_LETTERS]; /* matches needed without a prefix, and how many fewer by each letter of it */
    MASK least_matched;                 /* without which edits cannot be few enough */
    bool has_gate, has_edit_gate;
};

struct KERNEL(matches) {
    VECTOR same[SIMILARITY_WORD], hit[SIMILARITY_WORD];
    VECTOR taken;
    MASK matched, prefix, reach; /* counts; `reach`: matches and what the prefix saves of them */
};

LANES_INLINE VECTOR KERNEL(all)(uint64_t value)
{
    return (VECTOR){0} + (LANE)value;
}

LANES_INLINE MASK KERNEL(count)(size_t value)
{
    return (MASK){0} + (SIGNED_LANE)value;
}

static void KERNEL(begin_letters)(CONTEXT *context)
{
    for (size_t i = 0; i < context->n_query; i++) {
        context->symbols[i] = KERNEL(all)(context->job->query[i]);
        context->row_of[i] = lanes_row(context->job, i) * KERNEL(PARTS);
    }
}

static void KERNEL(begin_windows)(CONTEXT *context)
{
    size_t window = jaro_window(context->n_query, context->len);
    for (size_t i = 0; i < context->n_query; i++) {
        size_t low = i > window ? i - window : 0, high = i + window;
        uint64_t below = low < 64 ? ((uint64_t)1 << low) - 1 : UINT64_MAX;
        uint64_t upto = high < 63 ? ((uint64_t)2 << high) - 1 : UINT64_MAX;
        context->window[i] = KERNEL(all)(upto & ~below);
    }
}

static void KERNEL(begin_gate)(CONTEXT *context)
{
    const uint16_t *needed = context->job->needed;
    context->has_gate = needed[0] > 0;
    context->needed = KERNEL(count)(needed[0]);
    for (size_t i = 0; i < context->n_prefix; i++)
        context->gain[i] = KERNEL(count)(needed[i] - (size_t)needed[i + 1]);
}

/* Letters that stay are at most `limit` places away from where they were. Where Jaro's window holds that many, they
 * are all matched, and few matches tell that there are too many edits. */
static void KERNEL(begin_edit_gate)(CONTEXT *context)
{
    size_t limit = context->job->limit, longest = context->n_query > context->len ? context->n_query : context->len;
    context->has_edit_gate = jaro_window(context->n_query, context->len) >= limit;
    context->least_matched = KERNEL(count)(longest > limit ? longest - limit : 0);
}

static void KERNEL(begin)(CONTEXT *context, struct lanes_job *job, bool has_prefix)
{
    context->job = job;
    context->n_query = job->query_len;
    context->len = job->len;
    size_t shortest = job->query_len < job->len ? job->query_len : job->len;
    context->n_prefix = !has_prefix ? 0 : shortest < WINKLER_LETTERS ? shortest : WINKLER_LETTERS;
    for (size_t j = 0; j < job->len; j++)
        context->bits[j] = KERNEL(all)((uint64_t)1 << j);
    KERNEL(begin_letters)(context);
    if (job->measure == LANES_LEVENSHTEIN || job->measure == LANES_OSA)
        return;
    KERNEL(begin_windows)(context);
    KERNEL(begin_gate)(context);
    KERNEL(begin_edit_gate)(context);
}

LANES_INLINE VECTOR KERNEL(same)(const CONTEXT *context, const VECTOR *rows, size_t i)
{
    VECTOR same = {0}, symbol = context->symbols[i];
    if (context->job->letter_rows)
        return rows[context->row_of[i]];
    if (sizeof(LANE) == 1 && context->job->query[i] > UINT8_MAX)
        return same;
    for (size_t j = 0; j < context->len; j++)
        same |= (VECTOR)(rows[j * KERNEL(PARTS)] == symbol) & context->bits[j];
    return same;
}

LANES_INLINE void KERNEL(match)(const CONTEXT *context, const VECTOR *rows, MATCHES *matches)
{
    VECTOR taken = {0};
    MASK matched = {0};
    for (size_t i = 0; i < context->n_query; i++) {
        VECTOR same = KERNEL(same)(context, rows, i);
        VECTOR free_ones = same & context->window[i] & ~taken;
        taken |= free_ones & -free_ones;
        MASK hit = free_ones != 0;
        matched -= hit;
        matches->same[i] = same;
        matches->hit[i] = (VECTOR)hit;
    }
    matches->taken = taken;
    matches->matched = matched;
}

LANES_INLINE void KERNEL(match_prefix)(const CONTEXT *context, MATCHES *matches)
{
    MASK run = {0}, prefix = {0}, reach = matches->matched;
    run = ~run;
    for (size_t i = 0; i < context->n_prefix; i++) {
        run &= (matches->same[i] & context->bits[i]) != 0;
        prefix -= run;
        reach += run & context->gain[i];
    }
    matches->prefix = prefix;
    matches->reach = reach;
}

LANES_INLINE MASK KERNEL(moved)(const CONTEXT *context, const MATCHES *matches)
{
    VECTOR rest = matches->taken;
    MASK moved = {0};
    for (size_t i = 0; i < context->n_query; i++) {
        VECTOR first = rest & -rest & matches->hit[i];
        rest ^= first;
        moved -= (MASK)matches->hit[i] & ((matches->same[i] & first) == 0);
    }
    return moved;
}

/* similarity_score.h says what is computed. */
#if LANE_BITS <= 16
typedef SIGNED_LANE KERNEL(few) __attribute__((vector_size(LANES_WIDE_COUNT * sizeof(LANE))));

LANES_INLINE lanes_wide KERNEL(widened)(const MASK *counts, size_t at)
{
    KERNEL(few) few;
    memcpy(&few, (const char *)counts + at * sizeof(LANE), sizeof few);
    return __builtin_convertvector(few, lanes_wide);
}

/* Texts within 16 symbols: all numbers fit 31 bits. The quotient of floats is at most one off, which what is left
 * over tells. */
LANES_INLINE void KERNEL(score_lanes)(const CONTEXT *context, const MATCHES *matches, MASK moved, uint16_t *numbers)
{
    int32_t sum = (int32_t)(context->n_query + context->len), product = (int32_t)(context->n_query * context->len);
    for (size_t at = 0; at < KERNEL(LANES); at += LANES_WIDE_COUNT) {
        lanes_wide matched = KERNEL(widened)(&matches->matched, at), swaps = KERNEL(widened)(&moved, at) >> 1;
        lanes_wide whole = 3 * product * matched - (matched == 0);
        lanes_wide part = matched * matched * sum + (matched - swaps) * product;
        lanes_wide above = 100 * KERNEL(widened)(&matches->prefix, at) * (whole - part);
        lanes_wide all = 1000 * part + ((10 * part > 7 * whole) & above);
        lanes_wide alike = __builtin_convertvector(
            __builtin_convertvector(all, lanes_real) / __builtin_convertvector(whole, lanes_real), lanes_wide);
        lanes_wide left = all - alike * whole;
        alike = alike + (left < 0) - (left >= whole);
        alike &= alike >= (int32_t)context->job->cutoff;
        lanes_numbers narrow = __builtin_convertvector(alike, lanes_numbers);
        memcpy(numbers + at, &narrow, sizeof narrow);
    }
}
#else
LANES_INLINE void KERNEL(score_lanes)(const CONTEXT *context, const MATCHES *matches, MASK moved, uint16_t *numbers)
{
    for (size_t lane = 0; lane < KERNEL(LANES); lane++) {
        struct common_letters c = {.len_a = context->n_query, .len_b = context->len};
        c.matched = (size_t)matches->matched[lane];
        c.moved = (size_t)moved[lane];
        c.prefix = (size_t)matches->prefix[lane];
        unsigned alike = score(&c);
        numbers[lane] = (uint16_t)(alike >= context->job->cutoff ? alike : 0);
    }
}
#endif

LANES_INLINE bool KERNEL(alike)(const CONTEXT *context, MATCHES *matches, uint16_t *numbers)
{
    KERNEL(match_prefix)(context, matches);
    if (context->has_gate && !LANES_ANY(matches->reach >= context->needed)) {
        memset(numbers, 0, KERNEL(LANES) * sizeof *numbers);
        return false;
    }
    KERNEL(score_lanes)(context, matches, KERNEL(moved)(context, matches), numbers);
    return true;
}

struct KERNEL(column) {
    VECTOR up, down, zero, same;
    MASK edits;
};

LANES_INLINE void KERNEL(begin_column)(const CONTEXT *context, struct KERNEL(column) * column)
{
    *column = (struct KERNEL(column)){.up = ~(VECTOR){0}, .edits = KERNEL(count)(context->len)};
}

LANES_INLINE void KERNEL(next_column)(struct KERNEL(column) * column, VECTOR same, VECTOR last, bool has_swaps)
{
    VECTOR zero = (((same & column->up) + column->up) ^ column->up) | same | column->down;
    if (has_swaps) {
        VECTOR crossed = ~column->zero & same;
        zero |= (crossed + crossed) & column->same;
    }
    VECTOR more = column->down | ~(zero | column->up), less = zero & column->up;
    column->edits -= (more & last) != 0;
    column->edits += (less & last) != 0;
    more = (more + more) | 1;
    less = less + less;
    column->up = less | ~(zero | more);
    column->down = zero & more;
    column->zero = zero;
    column->same = same;
}

/* Of letters that were compared already. */
LANES_INLINE MASK KERNEL(edits_of)(const CONTEXT *context, const VECTOR *same)
{
    struct KERNEL(column) column;
    KERNEL(begin_column)(context, &column);
    for (size_t i = 0; i < context->n_query; i++)
        KERNEL(next_column)(&column, same[i], context->bits[context->len - 1], true);
    return column.edits;
}

static void KERNEL(tell_edits)(const CONTEXT *context, MASK edits, uint16_t *numbers)
{
    SIGNED_LANE of_lane[KERNEL(LANES)];
    unsigned limit = context->job->limit;
    memcpy(of_lane, &edits, sizeof of_lane);
    for (size_t lane = 0; lane < KERNEL(LANES); lane++) {
        unsigned n = (unsigned)of_lane[lane];
        numbers[lane] = (uint16_t)(n <= limit ? n : limit + 1);
    }
}

/* Two parts at a time: each waits for its own column before the next, so one fills the other's pauses. */
LANES_INLINE void KERNEL(two_edits)(
    const CONTEXT *context, const VECTOR *rows, const VECTOR *others, bool has_swaps, MASK edits[2])
{
    struct KERNEL(column) column, other;
    VECTOR last = context->bits[context->len - 1];
    KERNEL(begin_column)(context, &column);
    KERNEL(begin_column)(context, &other);
    for (size_t i = 0; i < context->n_query; i++) {
        KERNEL(next_column)(&column, KERNEL(same)(context, rows, i), last, has_swaps);
        KERNEL(next_column)(&other, KERNEL(same)(context, others, i), last, has_swaps);
    }
    edits[0] = column.edits;
    edits[1] = other.edits;
}

LANES_INLINE const VECTOR *KERNEL(part_rows)(const struct lanes_job *job, size_t part)
{
    return (const VECTOR *)job->rows + part / KERNEL(PARTS) * job->block_rows * KERNEL(PARTS) + part % KERNEL(PARTS);
}

LANES_INLINE void KERNEL(all_edits)(struct lanes_job *job, bool has_swaps)
{
    CONTEXT context;
    MASK edits[2];
    size_t n_parts = job->n_blocks * KERNEL(PARTS);
    KERNEL(begin)(&context, job, false);
    for (size_t part = 0; part < n_parts; part += 2) {
        size_t second = part + 1 < n_parts ? part + 1 : part;
        KERNEL(two_edits)(&context, KERNEL(part_rows)(job, part), KERNEL(part_rows)(job, second), has_swaps, edits);
        KERNEL(tell_edits)(&context, edits[1], job->numbers + second * KERNEL(LANES));
        KERNEL(tell_edits)(&context, edits[0], job->numbers + part * KERNEL(LANES));
    }
}

/* Lanes of this part of a block that are alike by letters or by edits. */
LANES_INLINE void KERNEL(join)(const CONTEXT *context, const VECTOR *rows, uint32_t first_lane)
{
    MATCHES matches;
    struct lanes_job *job = context->job;
    uint16_t alike[KERNEL(LANES)];
    SIGNED_LANE edits[KERNEL(LANES)];
    KERNEL(match)(context, rows, &matches);
    bool by_letters = KERNEL(alike)(context, &matches, alike);
    bool by_edits = job->has_edits && (!context->has_edit_gate || LANES_ANY(matches.matched >= context->least_matched));
    if (!by_letters && !by_edits)
        return;
    if (by_edits) {
        MASK counted = KERNEL(edits_of)(context, matches.same);
        memcpy(edits, &counted, sizeof edits);
    }
    for (uint32_t lane = 0; lane < KERNEL(LANES); lane++)
        if (alike[lane] >= job->cutoff || (by_edits && (unsigned)edits[lane] <= job->limit))
            job->hits[job->n_hits++] = first_lane + lane;
}

LANES_INLINE void KERNEL(all_alike)(struct lanes_job *job, bool has_prefix)
{
    CONTEXT context;
    MATCHES matches;
    KERNEL(begin)(&context, job, has_prefix);
    for (size_t part = 0; part < job->n_blocks * KERNEL(PARTS); part++) {
        KERNEL(match)(&context, KERNEL(part_rows)(job, part), &matches);
        KERNEL(alike)(&context, &matches, job->numbers + part * KERNEL(LANES));
    }
}

LANES_INLINE void KERNEL(all_joined)(struct lanes_job *job)
{
    CONTEXT context;
    KERNEL(begin)(&context, job, true);
    for (size_t part = 0; part < job->n_blocks * KERNEL(PARTS); part++)
        KERNEL(join)(&context, KERNEL(part_rows)(job, part), (uint32_t)(part * KERNEL(LANES)));
}

static void KERNEL(run)(struct lanes_job *job)
{
    switch (job->measure) {
    case LANES_JARO:
        KERNEL(all_alike)(job, false);
        break;
    case LANES_WINKLER:
        KERNEL(all_alike)(job, true);
        break;
    case LANES_LEVENSHTEIN:
        KERNEL(all_edits)(job, false);
        break;
    case LANES_OSA:
        KERNEL(all_edits)(job, true);
        break;
    case LANES_JOIN:
        KERNEL(all_joined)(job);
        break;
    }
}

#undef VECTOR
#undef MASK
#undef CONTEXT
#undef MATCHES
