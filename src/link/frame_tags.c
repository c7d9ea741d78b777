/* Sixteen comparisons at once by tags and rarities, then those of which tags do not say all. */
#include "link/frame_tags.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* ---- tags ---- */

/* The first values that are met are numbered; of a field that has more, the others share what numbers there are. */
bool frame_tag(struct frame *frame, unsigned c, const struct prepared *value, uint8_t *tag)
{
    enum { MOST_TAGS = FRAME_TAGS - 1 };
    struct map *numbers = &frame->numbers[c];
    *tag = 0;
    if (!value->canon)
        return true;
    uint64_t *number = map_get(numbers, value->canon);
    if (!number && numbers->count < MOST_TAGS) {
        number = map_put(numbers, value->canon, NULL);
        if (!number)
            return false;
        *number = numbers->count;
    }
    *tag = (uint8_t)(number ? *number : 1 + value->canon % MOST_TAGS);
    frame->is_tag_exact[c] = frame->is_tag_exact[c] && number;
    return true;
}

/* Equal dates may be of a month, and equal places of a country. */
void frame_list_typed(struct frame *frame)
{
    frame->n_typed = 0;
    for (unsigned c = 0; c < frame->n_comparisons; c++)
        if (!frame->comparisons[c].is_code || !frame->is_tag_exact[c])
            frame->typed[frame->n_typed++] = c;
}

/* Whether values of one canonical number are alike in all that is compared, so that a tag stands for a value. */
static bool is_told_by_tag(const struct frame *frame, unsigned c)
{
    enum value_type type = frame->comparisons[c].type;
    return frame->is_tag_exact[c] && !frame->comparisons[c].is_code && (int)c != frame->when && type != VALUE_PLACE &&
           type != VALUE_QUANTITY;
}

/* Of few values all pairs are compared beforehand. */
bool frame_set_levels(struct frame *frame, unsigned c, size_t n_values)
{
    const struct prepared *of_tag[FRAME_TAGS] = {NULL};
    if (!is_told_by_tag(frame, c))
        return true;
    frame->levels[c] = calloc((size_t)FRAME_TAGS * FRAME_TAGS, 1);
    for (size_t code = 0; code < n_values; code++)
        of_tag[frame->prepared[c][code].tag] = &frame->prepared[c][code];
    for (size_t a = 1; frame->levels[c] && a < FRAME_TAGS && of_tag[a]; a++)
        for (size_t b = 1; b < FRAME_TAGS && of_tag[b]; b++)
            frame->levels[c][a * FRAME_TAGS + b] =
                (uint8_t)compare_prepared(&frame->comparisons[c], of_tag[a], of_tag[b]);
    return frame->levels[c] != NULL;
}

/* ---- comparing ---- */

static bool is_equal(int comparison, uint64_t vector)
{
    unsigned level = vector_level(vector, (unsigned)comparison);
    return level >= 1 && level <= LEVELS_EQUAL;
}

/* Sixteen comparisons at once, on any processor that the compiler knows: see "vector extensions" of GCC and Clang. */
typedef uint8_t lanes __attribute__((vector_size(FRAME_LANES)));
static_assert((int)FRAME_LANES > (int)LINK_MOST_COMPARISONS, "a lane for each comparison");
static_assert((int)CODE_OTHER == (int)LEVELS_EQUAL + 1, "what is no code is compared as one at first");
static_assert(sizeof(struct frame_row) == 64, "a cache line");

/* Of a row; the lanes behind the comparisons hold whatever follows. */
static lanes load(const struct frame_row *row, size_t at)
{
    lanes loaded;
    memcpy(&loaded, (const uint8_t *)row + at, sizeof loaded);
    return loaded;
}
static lanes tags_of(const struct frame_row *row)
{
    return load(row, offsetof(struct frame_row, tag));
}
static lanes rarities_of(const struct frame_row *row)
{
    return load(row, offsetof(struct frame_row, rarity));
}

static uint64_t in_order(uint64_t bytes)
{
    return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(bytes) : bytes;
}

/* Eight bytes of half a byte each, and back. */
static uint64_t pack(uint64_t bytes)
{
    bytes = (bytes | bytes >> 4) & UINT64_C(0x00FF00FF00FF00FF);
    bytes = (bytes | bytes >> 8) & UINT64_C(0x0000FFFF0000FFFF);
    return (bytes | bytes >> 16) & UINT64_C(0xFFFFFFFF);
}
static uint64_t unpack(uint64_t halves)
{
    uint64_t bytes = (halves | halves << 16) & UINT64_C(0x0000FFFF0000FFFF);
    bytes = (bytes | bytes << 8) & UINT64_C(0x00FF00FF00FF00FF);
    return (bytes | bytes << 4) & UINT64_C(0x0F0F0F0F0F0F0F0F);
}

static uint64_t vector_of(lanes levels)
{
    uint64_t both[2];
    memcpy(both, &levels, sizeof both);
    return pack(in_order(both[0])) | pack(in_order(both[1])) << 32;
}
static lanes levels_of(uint64_t vector)
{
    uint64_t both[2] = {in_order(unpack(vector & UINT32_MAX)), in_order(unpack(vector >> 32))};
    lanes levels;
    memcpy(&levels, both, sizeof levels);
    return levels;
}

static lanes least_of(lanes a, lanes b)
{
    lanes is_a_more = (lanes)(a > b);
    return (a & ~is_a_more) | (b & is_a_more);
}

/* All as codes: true is all bits, that is, -1. */
static uint64_t compare_tags(const struct frame_row *a, const struct frame_row *b)
{
    static const lanes comparisons = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
    lanes tag_a = tags_of(a), tag_b = tags_of(b), rarity = least_of(rarities_of(a), rarities_of(b));
    lanes equal = LEVELS_EQUAL + (lanes)(rarity >= RARE_3) + (lanes)(rarity >= RARE_2) + (lanes)(rarity >= RARE_1);
    lanes is_equal = (lanes)(tag_a == tag_b), is_observed = (lanes)(tag_a != 0) & (lanes)(tag_b != 0);
    return vector_of(((equal & is_equal) | (CODE_OTHER & ~is_equal)) & is_observed & comparisons);
}

/* By what the rows have at hand where that is enough, which for most pairs it is. */
static unsigned compare_typed(const struct frame *frame, unsigned c, size_t a, size_t b)
{
    const struct frame_row *x = &frame->rows[a], *y = &frame->rows[b];
    if ((int)c == frame->when)
        return compare_days(frame->first[a], frame->last[a], frame->first[b], frame->last[b]);
    if (frame->comparisons[c].is_code && x->tag[c] != y->tag[c])
        return CODE_OTHER;
    if (frame->levels[c])
        return frame->levels[c][x->tag[c] * FRAME_TAGS + y->tag[c]];
    if ((int)c == frame->amount)
        return compare_amounts(&x->amount, &y->amount);
    if ((int)c == frame->where && x->tag[c] != y->tag[c])
        return compare_places(&x->place, &y->place);
    return compare_prepared(&frame->comparisons[c], frame_value(frame, c, a), frame_value(frame, c, b));
}

void frame_rarities(const struct frame *frame, size_t a, size_t b, uint64_t vector, uint8_t out[FRAME_LANES])
{
    lanes levels = levels_of(vector), is_equal = (lanes)(levels - 1 < LEVELS_EQUAL);
    lanes least = least_of(rarities_of(&frame->rows[a]), rarities_of(&frame->rows[b]));
    lanes rarity = (least & is_equal) | ~is_equal;
    memcpy(out, &rarity, sizeof rarity);
}

uint64_t frame_compare(const struct frame *frame, size_t a, size_t b)
{
    const struct frame_row *x = &frame->rows[a], *y = &frame->rows[b];
    uint64_t vector = compare_tags(x, y);
    for (unsigned i = 0; i < frame->n_typed; i++) {
        unsigned c = frame->typed[i], before = vector_level(vector, c);
        if (!before)
            continue;
        unsigned level = compare_typed(frame, c, a, b);
        if (level == LEVELS_EQUAL && frame->comparisons[c].type != VALUE_DATE)
            level = rarity_level(x->rarity[c] < y->rarity[c] ? x->rarity[c] : y->rarity[c]);
        vector ^= (uint64_t)(before ^ level) << (4 * c);
    }
    int rounded = frame->amount >= 0 ? frame_rounded(frame, a, b) : -1;
    if (rounded >= 0) {
        unsigned c = (unsigned)frame->amount, level = vector_level(vector, c);
        const struct compared_amount *va = &x->amount, *vb = &y->amount;
        unsigned digits = frame->digits[frame->source[rounded ? b : a]];
        unsigned found =
            level > LEVELS_EQUAL ? compare_rounded(rounded ? va : vb, rounded ? vb : va, digits, level) : level;
        vector ^= (uint64_t)(level ^ found) << (4 * c);
    }
    if (frame->where >= 0 && frame->amount >= 0 && is_equal(frame->where, vector) && is_equal(frame->amount, vector) &&
        frame->group[a] == frame->group[b]) {
        unsigned bits = ((frame->together[a] < frame->together[b] ? frame->together[a] : frame->together[b]) + 2u) / 4;
        vector |= (uint64_t)(bits < 15 ? bits : 15) << VECTOR_TOGETHER;
    }
    return vector;
}
