/* model.h - frozen weights: what a level of a comparison is worth, how frequent values are, how likely a pair is at
 * all.
 *
 * For a pair: bits = prior + Σ weight(level) + rarity of equal values + joint correction. All in log2 of odds. The
 * model is read-only once trained and may be shared between threads.
 */
#ifndef LINK_MODEL_H
#define LINK_MODEL_H

#include "base/map.h"
#include "link/frame.h"
#include "link/link.h"

struct model_comparison {
    uint64_t field_hash; /* of the field's id: the model fits a domain whose compared fields have these */
    uint8_t type, n_levels;
    double m[N_PAIR_CLASSES][LINK_MOST_LEVELS], u[N_PAIR_CLASSES][LINK_MOST_LEVELS];
    double bits[N_PAIR_CLASSES][LINK_MOST_LEVELS];
    double most[N_PAIR_CLASSES][LINK_MOST_LEVELS]; /* to any two sources, with any lag: by model_settle */
    double rarity[LINK_MOST_LEVELS];               /* of equality: what rarity the level's weight stands for, in bits */
    double share[LINK_MOST_LEVELS];                /* of equality: of the mentions that have such a value */
    double nearness;                               /* of amounts: likewise for those within 5 % */
    double rare[UINT8_MAX + 1], near[UINT8_MAX + 1]; /* by quarter bits: what equality, and being within 5 %, is worth
                                                        beyond its level: by model_settle */
    struct map counts;                               /* hash of stratum and value → mentions; totals at value 0 */
};

struct model_source {
    uint64_t code_hash;
    uint8_t digits; /* of its amounts, where all have so few; else 0 */
    double twins;   /* of its mentions: how many have another beside them that is equal in day, place, kind and amount;
                       for training only, not kept */
    double twice;   /* the share of its mentions that tell again what it has told: the rate of true pairs within it */
};

/* What two sources have of their own: see relation.h. The first is the one whose code has the lower hash. */
struct model_relation {
    uint64_t first_hash, second_hash;
    double rate; /* of the mentions of the one that tells less, where both tell: how many the other tells too */
    double bits[LINK_MOST_COMPARISONS][LINK_MOST_LEVELS]; /* dates by lag */
    double rate_bits;                                     /* log2 of the odds of the rate: by model_settle */
};

struct link_model {
    unsigned n_comparisons;
    int when, where, what, amount;
    struct model_comparison comparisons[LINK_MOST_COMPARISONS];
    /* Date, place and concept of chance pairs go together more or less often than if they were independent. */
    double joint[N_PAIR_CLASSES][LINK_MOST_LEVELS][LINK_MOST_LEVELS][LINK_MOST_LEVELS];
    double rate;      /* the share of mentions that other sources tell too, where they speak of that country and time */
    double rate_bits; /* log2 of it: by model_settle */
    /* What a level may be worth with the rarest value, to any two sources: likewise. */
    double hoped[N_PAIR_CLASSES][LINK_MOST_COMPARISONS][LINK_MOST_LEVELS];
    struct around around;
    struct map together; /* hash of country, place, concept group and amount → mentions << 32 | days, of the source that
                            tells it most often */
    struct model_source *sources;
    size_t n_sources;
    struct model_relation *relations;
    size_t n_relations;
    bool has_converged;
};

/* Sets what follows from the weights and rates, after these were set: what a pair is then worth is a sum. */
void model_settle(struct link_model *model);

/* A model with the frequencies of the frame and no weights yet. */
enum comity_status model_count(
    const struct frame *frame, unsigned threads, struct link_model **out, struct comity_error *err) COMITY_MUST_USE;

/* -4·log2 of the frequency of a value in its stratum, shrunk towards its frequency at large. */
uint8_t model_rarity(const struct link_model *model, unsigned comparison, uint64_t stratum, uint64_t canon);
/* "3 of 23,388": how many mentions of the stratum have the value. */
void model_frequency(const struct link_model *model, unsigned comparison, uint64_t stratum, uint64_t canon,
    uint64_t *count, uint64_t *total);
/* 4·log2 of how much more often than by chance equal place, concept group and amount of this mention go together.
 * `key`: its count_together_key(). */
uint8_t model_together(const struct link_model *model, const struct frame *frame, size_t position, uint64_t key);
uint8_t model_nearness(
    const struct link_model *model, unsigned comparison, uint64_t stratum, const struct prepared *value);

/* Evidence of a pair in bits, with the chance that any of the many others around would look like it, but without the
 * rate of model_rate_bits(): the two make the log2 odds. */
double model_evidence(const struct link_model *model, const struct frame *frame, size_t a, size_t b, uint64_t vector);
/* log2 of how often a source tells an event twice, or how often two sources tell of one event: between two with a
 * relation the odds, since what one does not tell the other may. Needs frame_set_sources.
 */
double model_rate_bits(const struct link_model *model, const struct frame *frame, size_t a, size_t b);
/* The part of the evidence that belongs to no level of a field: rarity, and what belongs to no one field. */
double model_base_bits(const struct link_model *model, const struct frame *frame, size_t a, size_t b, uint64_t vector);
/* What a level of a comparison is worth between the sources of two positions, without its rarity. */
double model_level_bits(
    const struct link_model *model, const struct frame *frame, unsigned comparison, size_t a, size_t b, unsigned level);
/* log2 of how many others of its kind a mention of the pair has around, that it could be by chance. */
double model_density(const struct frame *frame, size_t a, size_t b);
/* model_evidence + model_rate_bits; NAN where the most that the pair could be worth to any two sources, by what all
 * sources have in common, is below `least`. */
double model_hopeful_bits(
    const struct link_model *model, const struct frame *frame, size_t a, size_t b, uint64_t vector, double least);
/* The rarity part of equality or nearness at a comparison's level. */
double model_rarity_bits(
    const struct link_model *model, const struct frame *frame, unsigned comparison, size_t a, size_t b, unsigned level);

/* Pattern counts for training. Above the comparisons, a vector holds what is known of the pair's chances: see
 * VECTOR_TOGETHER; the density class; and whether blocking proposes all pairs like it, on whatever days of the window
 * or, within a source, of whatever amounts (VECTOR_WINDOWED). `source` is the source of a pair within one, NO_SOURCE of
 * a pair across. */
struct pattern {
    uint64_t vector, count;
    uint64_t family; /* set when sorting: see struct family in train.c */
    uint32_t source;
    bool is_spread;
};
#define NO_SOURCE UINT32_MAX
enum { DENSITY_CLASSES = 8 };
/* log2 densities by two and a half bits. */
static inline unsigned density_class(float log2_density)
{
    unsigned class = (unsigned)(log2_density / 2.5f);
    return class < DENSITY_CLASSES ? class : DENSITY_CLASSES - 1;
}

/* u from a sample of the universe and exact frequencies, with the joint corrections. */
enum comity_status model_estimate_u(
    struct link_model *model, const struct frame *frame, unsigned threads) COMITY_MUST_USE;
/* m and rates by EM on the patterns, then the weights. Sorts the patterns. */
enum comity_status model_train(struct link_model *model, const struct frame *frame, unsigned threads,
    struct pattern *patterns, size_t n) COMITY_MUST_USE;

#endif
