/* block.h - which pairs are worth comparing.
 *
 * A rule is a compound of parts (country, day, concept group …) that two mentions must share, within a window of days.
 * Rules follow from the roles and types of the domain's fields. A block in which a mention would meet too many others
 * is split by a further part; what is still too large is left out and told. A pair is proposed once: by the first slot
 * in which its keys meet. Costs are exact: counted from the blocks before any pair is compared.
 *
 * Pairs are gone through by positions, not by blocks: those of a piece stand close together in country and time, and so
 * does all that is read of them, which then is in the processor's caches.
 */
#ifndef LINK_BLOCK_H
#define LINK_BLOCK_H

#include "base/order.h"
#include "link/frame.h"

enum { BLOCK_MOST_RULES = 12, BLOCK_MOST_SLOTS = 16, BLOCK_MOST_PARTS = 4, BLOCK_PIECE = 2048 };

enum block_part {
    BLOCK_COUNTRY,
    BLOCK_DAY,
    BLOCK_GROUP, /* concept group */
    BLOCK_AREA,  /* subdivision */
    BLOCK_PLACE,
    BLOCK_AMOUNT, /* bins of 25 %, two overlapping sets of them: two slots */
    BLOCK_VALUE   /* + comparison: equal values of that field */
};

struct block_rule {
    char name[96];
    unsigned n_parts, parts[BLOCK_MOST_PARTS];
    unsigned n_splits, splits[2];
    int32_t window_days;  /* < 0: any */
    double most_partners; /* a block where a mention meets more on average is split */
    unsigned first_slot, n_slots;
    uint64_t n_pairs, n_cut_blocks;
};

struct block_slot {
    unsigned rule;
};

struct blocking {
    const struct frame *frame;
    unsigned n_rules, n_slots;
    struct block_rule rules[BLOCK_MOST_RULES];
    struct block_slot slots[BLOCK_MOST_SLOTS];
    /* All that is asked of a position when pairs are gone through, by position, in whole cache lines: by slot its
     * block, from 1, or 0: none; first and last day; by slot the next position of its block in the order of days, + 1,
     * or 0: none that is within the window of this or any before it. */
    uint32_t *rows, *memory; /* aligned, within what was allocated */
    unsigned stride;         /* n_slots in whole quads; behind them the days */
    unsigned next_at, row_words;
    int32_t most_days; /* the widest window */
    uint32_t *near;    /* by days apart, up to most_days + 1: bits of the slots whose window holds such a pair */
    uint32_t *by_day;  /* positions by first day, then position: by blocking_order, or null */
    size_t n_pieces;   /* of BLOCK_PIECE positions */
};

/* The rules of a domain, without keys. */
void blocking_rules(const struct frame *frame, struct blocking *out);
/* The key of a position's block before any is split; 0: in none. `slot` is of the rule. */
uint64_t block_key(const struct frame *frame, const struct block_rule *rule, unsigned slot, size_t position);
/* The key of its block when the one of `key` is split by a part. */
uint64_t block_key_within(const struct frame *frame, uint64_t key, unsigned part, size_t position);
/* Whether so many pairs among so many mentions are too many: then the block is split by the rule's part number
 * `n_split` or, when there is no such part, left out. */
static inline bool block_is_dense(const struct block_rule *rule, unsigned n_split, uint64_t n_pairs, size_t n)
{
    /* Beyond this many times most_partners a block that cannot be split any more is left out. */
    const double beyond_splitting = 4;
    double most = rule->most_partners * (rule->n_splits && n_split == rule->n_splits ? beyond_splitting : 1);
    return 2 * (double)n_pairs > most * (double)n;
}

/* A position and its day, for sort_uppers(). */
static inline uint64_t block_day_item(const struct frame *frame, size_t position)
{
    return (uint64_t)((uint32_t)frame->first[position] ^ UINT32_C(0x80000000)) << 32 | position;
}
/* Fills by_day. */
enum comity_status blocking_order(struct blocking *blocking) COMITY_MUST_USE;
/* Fills slots and rows. Release it whatever the status. */
enum comity_status blocking_build(const struct frame *frame, unsigned threads, struct blocking *out) COMITY_MUST_USE;
void blocking_release(struct blocking *blocking);

/* Calls pairs(context, a, b, n) for pairs of a position and others that are proposed, of those whose first in its block
 * is of the piece: once for each pair, some of one position at a time. `every`: an even part of these firsts, one in so
 * many; 1: all. `n_new`: null, or by rule, and counted up: pairs that no earlier rule had proposed. */
void blocking_propose(const struct blocking *blocking, size_t piece, size_t every,
    void (*pairs)(void *context, uint32_t a, const uint32_t *b, size_t n), void *context, uint64_t *n_new);

/* Whether the pair stands in a block of a rule with this window: then its like on other days would too. */
bool blocking_has_window(const struct blocking *blocking, int32_t window_days, uint32_t a, uint32_t b);

/* The key of a position for a part; 0 when it has none. `which` chooses the set of bins. */
uint64_t block_part_key(const struct frame *frame, unsigned part, unsigned which, size_t position);
/* The comparison whose values a part is of, -1 for none; and the key of such a value. */
int block_comparison(const struct frame *frame, unsigned part);
uint64_t block_value_key(unsigned part, unsigned which, const struct prepared *value);
/* Whether two positions stand within `days` of each other; any when negative. */
bool block_in_window(const struct frame *frame, int32_t days, size_t a, size_t b);
/* "country": the part in words. */
void block_part_name(const struct frame *frame, unsigned part, char *text, size_t size);

#endif
