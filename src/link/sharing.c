/* Parts are packed into words of 32 bits, nearly always one; else words are sorted by one after the other, the last one
 * first, each sort keeping the order of the one before. */
#include "link/sharing.h"

#include "base/order.h"

enum { WORD_BITS = 32 };

static unsigned bits_of(uint32_t most)
{
    return most ? WORD_BITS - (unsigned)__builtin_clz(most) : 1;
}

struct sharing_part sharing_part_group(const struct frame *frame)
{
    struct sharing_part part = {.kind = SHARING_GROUP};
    for (size_t p = 0; p < frame->n; p++)
        part.most = frame->group[p] > part.most ? frame->group[p] : part.most;
    return part;
}

struct sharing_part sharing_part_any_group(const struct frame *frame)
{
    struct sharing_part part = sharing_part_group(frame);
    part.kind = SHARING_ANY_GROUP;
    part.most++;
    return part;
}

struct sharing_part sharing_part_value(const struct frame *frame, unsigned comparison)
{
    return (struct sharing_part){.kind = SHARING_VALUE,
        .comparison = comparison,
        .ranks = frame->rank[comparison],
        .most = frame->n_ranks[comparison]};
}

struct sharing_part sharing_part_day(const struct frame *frame)
{
    int32_t low = INT32_MAX, high = NO_DAY;
    for (size_t p = 0; p < frame->n; p++)
        if (frame->first[p] != NO_DAY) {
            low = frame->first[p] < low ? frame->first[p] : low;
            high = frame->first[p] > high ? frame->first[p] : high;
        }
    return (struct sharing_part){
        .kind = SHARING_DAY, .before = low - 1, .most = low <= high ? (uint32_t)((int64_t)high - low + 1) : 0};
}

void sharing_init(const struct frame *frame, const struct sharing_part *parts, unsigned n, struct sharing *out)
{
    unsigned room = 0;
    *out = (struct sharing){.frame = frame, .n_parts = n};
    for (unsigned i = 0; i < n; i++) {
        unsigned bits = bits_of(parts[i].most);
        if (bits > room) {
            out->n_words++;
            room = WORD_BITS;
        }
        room -= bits;
        out->parts[i] = parts[i];
        out->shift[i] = room;
        out->end_part[out->n_words - 1] = i + 1;
    }
}

/* 0 where one of its parts is none. */
static uint32_t word_of(const struct sharing *sharing, unsigned word, size_t p)
{
    uint32_t key = 0;
    for (unsigned i = word ? sharing->end_part[word - 1] : 0; i < sharing->end_part[word]; i++) {
        uint32_t number = sharing_number(sharing->frame, &sharing->parts[i], p);
        if (!number)
            return 0;
        key |= number << sharing->shift[i];
    }
    return key;
}

size_t sharing_list(const struct sharing *sharing, size_t begin, size_t end, uint64_t *items)
{
    size_t n = 0;
    for (size_t p = begin; p < end; p++) {
        bool has_all = true;
        uint32_t key = word_of(sharing, 0, p);
        for (unsigned word = 1; word < sharing->n_words; word++)
            has_all = has_all && word_of(sharing, word, p);
        if (has_all && key)
            items[n++] = (uint64_t)key << 32 | p;
    }
    return n;
}

static void set_word(const struct sharing *sharing, unsigned word, uint64_t *items, size_t n)
{
    for (size_t i = 0; i < n; i++)
        items[i] = (uint64_t)word_of(sharing, word, (uint32_t)items[i]) << 32 | (uint32_t)items[i];
}

void sharing_sort(const struct sharing *sharing, uint64_t *items, uint64_t *scratch, size_t n)
{
    for (unsigned word = sharing->n_words; word-- > 0;) {
        if (sharing->n_words > 1)
            set_word(sharing, word, items, n);
        sort_uppers(items, scratch, n);
    }
}

static bool is_equal(const struct sharing *sharing, uint64_t a, uint64_t b)
{
    bool is_equal = a >> 32 == b >> 32;
    for (unsigned word = 1; is_equal && word < sharing->n_words; word++)
        is_equal = word_of(sharing, word, (uint32_t)a) == word_of(sharing, word, (uint32_t)b);
    return is_equal;
}

size_t sharing_end(const struct sharing *sharing, const uint64_t *items, size_t begin, size_t n)
{
    size_t end = begin + 1;
    while (end < n && is_equal(sharing, items[begin], items[end]))
        end++;
    return end;
}
