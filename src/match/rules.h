/* rules.h - which pairs of records are worth comparing: rules, what each costs, and which to take.
 *
 * A rule asks two records to agree in one to three parts: a column's value, its beginning, one of its words, or a
 * number or day near the other. What a rule costs is counted before any pair is compared; what it finds of the true
 * pairs is estimated from pairs that other rules found. Rules are taken by gain for their cost until the target is
 * reached or the budget is spent.
 *
 * A block in which more records meet than `most_in_block` is split by further columns; what is still too large is left
 * out. Both are counted.
 */
#ifndef MATCH_RULES_H
#define MATCH_RULES_H

#include "match/likeness.h"

enum part_kind {
    PART_EQUAL,     /* the value */
    PART_BEGIN,     /* its first letters; of dates the year */
    PART_WORD,      /* one of its words */
    PART_TWO_WORDS, /* two of its rarest words */
    PART_NEAR       /* numbers within about 6 %, days within 8: two overlapping sets of bins */
};

struct rule_part {
    uint8_t column, kind, length; /* length: of PART_BEGIN */
    uint8_t keys;                 /* which of the part_keys; of kinds that have several keys none: RULE_SEVERAL */
};

enum { RULE_MOST_PARTS = 3, RULE_MOST_KEYS = 96, RULES_MOST = 512, RULES_MOST_TAKEN = 200, RULE_NAME = 120 };
enum { RULE_SEVERAL = UINT8_MAX };

struct rule {
    unsigned n_parts;
    struct rule_part parts[RULE_MOST_PARTS];
    bool has_one_key; /* for a record at most */
    double n_pairs;   /* cost: pairs in its blocks, counted exactly; estimated for files of over 200,000 records */
    double kept;      /* share of the records that stand in a block that is not too large */
    double recall;    /* share of the true pairs that it finds by itself, as estimated; < 0: not estimated */
    double gain;      /* of them, those that no rule before it finds */
    uint64_t n_new;   /* pairs that no rule before it proposed: known after they were compared */
    uint64_t n_split, n_left_out; /* blocks */
    unsigned rank;                /* of the rules chosen: taken as which, from 1 */
    bool is_chosen;
};

struct rules {
    const struct table *table;
    const struct likeness *likeness; /* by column */
    bool is_across;                  /* only pairs of different files */
    bool is_list;                    /* of rules that were asked for: what they cost is counted as they are indexed */
    uint32_t most_in_block;
    const uint32_t *copy_of; /* by position: where very many records are equal, all but the first are filed nowhere;
                                else itself. Null: none are. */
    uint64_t **part_keys;    /* of parts that have one key for each value: by code */
    unsigned n_part_keys;
    struct rule *rules;
    size_t n;
    double recall;  /* of the rules chosen, as estimated; < 0: not estimated */
    double n_pairs; /* their costs added up */
};

/* All rules that the columns offer, with their costs; `copy_of` as above. Release it whatever the status. */
enum comity_status rules_list(const struct table *table, const struct likeness *likeness, bool is_across,
    const uint32_t *copy_of, unsigned threads, struct rules *out, struct comity_error *err) COMITY_MUST_USE;
/* Only the rules of a list such as "surname+dob", "first_name:3+surname:4": all of them chosen, their costs not known
 * before the index is built. COMITY_USAGE for a column that is not there. */
enum comity_status rules_read(const struct table *table, const struct likeness *likeness, bool is_across,
    const struct slice *lines, size_t n_lines, struct rules *out, struct comity_error *err) COMITY_MUST_USE;
void rules_release(struct rules *rules);
/* The pairs of a block of so many records of the first file and of the others. */
static inline double rules_pairs(const struct rules *rules, double first, double others)
{
    double all = first + others;
    return rules->is_across ? first * others : all * (all - 1) / 2;
}
/* Two records meet in several blocks of a loose rule: of their meetings, so many are the first. */
double rule_share_of_meetings(const struct rule *rule);

/* A pair that is thought to be true, with the weight of its being so. */
struct rule_witness {
    uint32_t a, b;
    float weight;
};

/* Chooses up to a share of the true pairs of `target` (0 … 1) for no more than `most_pairs`. Without witnesses (n 0) by
 * what is usual. `n_true`: how many true pairs there may be (0: not known), so that no rule is taken that compares
 * thousands for one of them. */
enum comity_status rules_choose(struct rules *rules, const struct rule_witness *witnesses, size_t n_witnesses,
    double target, double most_pairs, double n_true, struct comity_error *err) COMITY_MUST_USE;

/* The keys under which a rule files a record; returns how many, 0 where it does not say enough. */
unsigned rule_keys(const struct rules *rules, const struct rule *rule, size_t position, uint64_t keys[RULE_MOST_KEYS]);
/* "surname, dob": the rule in words. */
void rule_name(const struct rules *rules, const struct rule *rule, char name[RULE_NAME]);

#endif
