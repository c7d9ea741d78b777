/* frame.h - mentions made ready for linking: in an order of their own, with prepared values and their rarity.
 *
 * Positions count mentions by country, then first day, then what they say (content, ordinal, identity): nothing
 * downstream depends on the order in which they came in. What is compared with each other lies close together in
 * memory. Read-only once built; threads share it.
 */
#ifndef LINK_FRAME_H
#define LINK_FRAME_H

#include "base/map.h"
#include "domain/mentions.h"
#include "link/around.h"
#include "link/compare.h"

struct link_model;

enum { FRAME_WINDOW_DAYS = AROUND_WINDOW_DAYS, NO_DAY = INT32_MIN };
/* A pair is of one of two classes, which have their own weights and priors. */
enum pair_class { PAIR_WITHIN, PAIR_ACROSS, N_PAIR_CLASSES };

/* What is asked of a position when it is compared, in one cache line; tags and rarities by comparison, the rest zero.
 */
enum { FRAME_LANES = 16, FRAME_TAGS = 256, RARITY_NONE = UINT8_MAX };
struct frame_row {
    uint8_t tag[LINK_MOST_COMPARISONS];    /* 0: unobserved. Different tags are of values that mean different things */
    uint8_t rarity[LINK_MOST_COMPARISONS]; /* -4·log2 of the value's frequency where it stands; below RARITY_NONE */
    struct compared_place place;           /* if it is observed */
    struct compared_amount amount;         /* likewise */
};

/* Positions of a country. */
struct frame_country {
    size_t begin, end;
};

struct frame {
    const struct mentions *mentions;
    size_t n;
    unsigned n_comparisons;
    struct comparison comparisons[LINK_MOST_COMPARISONS];
    int when, where, what, amount;                    /* comparisons of these roles, or -1 */
    struct prepared *prepared[LINK_MOST_COMPARISONS]; /* by code of the column */
    /* By code: equal for values that mean the same, from 1 to n_ranks, 0: unobserved. Of the values that the frame was
     * built with; null in one of a few. */
    uint32_t *rank[LINK_MOST_COMPARISONS], n_ranks[LINK_MOST_COMPARISONS];
    uint32_t *mention;                              /* by position */
    uint32_t *codes;                                /* position × n_comparisons */
    struct frame_row *rows;                         /* by position */
    struct map numbers[LINK_MOST_COMPARISONS];      /* canonical number → tag, of the first that were met */
    bool is_tag_exact[LINK_MOST_COMPARISONS];       /* all have one, so that equal tags are of equal values */
    unsigned typed[LINK_MOST_COMPARISONS], n_typed; /* comparisons of which tags do not say all */
    uint8_t *levels[LINK_MOST_COMPARISONS]; /* by two tags, FRAME_TAGS of each, where they do; null: it is not known */
    uint8_t *nearness;                      /* by position: -4·log2 of how frequent amounts within 5 % of its are */
    uint8_t *together;                      /* by position: see model_together() */
    uint16_t *country;
    /* The greatest first, for who works on one after the other; null in one of a few. */
    struct frame_country *countries;
    size_t n_countries;
    uint32_t *group;       /* of the concept; 0 unknown */
    int32_t *first, *last; /* NO_DAY where no date is known */
    uint32_t *source;
    float *density[N_PAIR_CLASSES];    /* log2 of how many others of the class stand around: by the model */
    double *twice_bits;                /* by source: log2 of how often it tells an event twice */
    double *parted_bits;               /* by source: what clustering takes off for it besides, since it tells parts */
    uint8_t *digits;                   /* by source: how many digits it gives at most, 0: as many as there are */
    uint32_t *relation;                /* by source × source: see frame_relation() */
    double n_universe[N_PAIR_CLASSES]; /* pairs of one country within the window */
};

/* How many positions and prepared values there is room for, in a frame that grows. */
struct frame_room {
    size_t positions, values[LINK_MOST_COMPARISONS], n_values[LINK_MOST_COMPARISONS];
};

/* Builds all but rarity, of the mentions that are no repeated load (`copy_of` as in struct load_result; null: of all).
 * Release it whatever the status. */
enum comity_status frame_build(const struct mentions *mentions, const uint32_t *copy_of, unsigned threads,
    struct frame *out, struct comity_error *err) COMITY_MUST_USE;
/* The same of a few mentions, to explain a pair: positions are their places in the list. Density, rarity and sources
 * are set. */
enum comity_status frame_build_few(const struct mentions *mentions, const struct link_model *model,
    const uint32_t *list, size_t n, struct frame *out) COMITY_MUST_USE;
/* Adds a position behind the others, wherever it would belong, and sets all that is known of it; `room` starts zeroed
 * and stays with the frame. `values` by field; their texts must live as long as the frame. */
enum comity_status frame_add(struct frame *frame, const struct link_model *model, const struct value *values,
    uint32_t source, struct frame_room *room) COMITY_MUST_USE;
void frame_release(struct frame *frame);
/* Looks up what the model counted: how many mentions stand around each, and how rare each value is. */
enum comity_status frame_set_counts(
    struct frame *frame, const struct link_model *model, unsigned threads) COMITY_MUST_USE;
/* The same of one position. */
void frame_set_counts_at(struct frame *frame, const struct link_model *model, size_t position);
/* Looks up what the model has learned of each source. */
enum comity_status frame_set_sources(struct frame *frame, const struct link_model *model) COMITY_MUST_USE;

/* Country and first day, as a number in the order of positions; no date stands first. */
static inline uint64_t frame_order_key(uint16_t country, int32_t first_day)
{
    return (uint64_t)country << 32 | ((uint32_t)first_day ^ UINT32_C(0x80000000));
}

/* The stratum in which a value's frequency is counted: its country, for amounts with the group. */
uint64_t frame_stratum(const struct frame *frame, unsigned comparison, size_t position);
/* Whether strata of a comparison are of countries; else there is one. */
bool frame_has_strata(const struct frame *frame, unsigned comparison);

/* The relation of the sources of two positions: 0 for none, else its number in the model, and whether the first
 * position is of its second source. */
static inline uint32_t frame_relation(const struct frame *frame, size_t a, size_t b)
{
    return frame->relation ? frame->relation[frame->source[a] * frame->mentions->n_sources + frame->source[b]] : 0;
}
static inline uint32_t relation_index(uint32_t code)
{
    return code / 2 - 1;
}
static inline bool relation_is_turned(uint32_t code)
{
    return code & 1;
}

/* The one of two positions whose amount is rounded by habit: 0 the first, 1 the second, -1 none or both. */
static inline int frame_rounded(const struct frame *frame, size_t a, size_t b)
{
    if (!frame->digits || !frame->digits[frame->source[a]] == !frame->digits[frame->source[b]])
        return -1;
    return frame->digits[frame->source[b]] != 0;
}

/* The level of the dates of two positions with the sign of their relation. */
static inline unsigned frame_lag(const struct frame *frame, size_t a, size_t b, unsigned level)
{
    bool is_later = frame->first[b] > frame->last[a];
    if (level < DATE_1 || level > DATE_FAR)
        return level;
    return is_later != relation_is_turned(frame_relation(frame, a, b)) ? level : level + LAG_EARLIER;
}

static inline const struct prepared *frame_value(const struct frame *frame, unsigned comparison, size_t position)
{
    return &frame->prepared[comparison][frame->codes[position * frame->n_comparisons + comparison]];
}

/* Asks memory for what frame_compare() will look at. */
static inline void frame_ask_for(const struct frame *frame, size_t position)
{
    __builtin_prefetch(&frame->rows[position]);
    __builtin_prefetch(&frame->codes[position * frame->n_comparisons]);
}

static inline enum pair_class frame_class(const struct frame *frame, size_t a, size_t b)
{
    return frame->source[a] == frame->source[b] ? PAIR_WITHIN : PAIR_ACROSS;
}

/* The comparison vector of two positions: four bits for each comparison. Behind them, at VECTOR_TOGETHER, how many bits
 * less than by themselves equal place, concept group and amount say together: one gram in Cali is told every day,
 * though neither one gram nor Cali is common enough to say so. */
uint64_t frame_compare(const struct frame *frame, size_t a, size_t b);
/* Fills in, for each comparison, the lower rarity of two equal values, RARITY_NONE where they are not. */
void frame_rarities(const struct frame *frame, size_t a, size_t b, uint64_t vector, uint8_t out[FRAME_LANES]);
enum { VECTOR_TOGETHER = 56, VECTOR_DENSITY = 60, VECTOR_WINDOWED = 63 };

static inline unsigned vector_level(uint64_t vector, unsigned comparison)
{
    return (vector >> (4 * comparison)) & 15;
}

/* Which of the four levels of equality a rarity (in quarter bits) falls in. */
enum { RARE_3 = 4 * 5, RARE_2 = 4 * 9, RARE_1 = 4 * 13 };
static inline unsigned rarity_level(unsigned quarter_bits)
{
    return LEVELS_EQUAL - (quarter_bits >= RARE_3) - (quarter_bits >= RARE_2) - (quarter_bits >= RARE_1);
}

#endif
