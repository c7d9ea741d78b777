/* link.h - which mentions tell of the same event.
 *
 * repeated loads → block → compare → score → cluster → parts and wholes. Under one model version the partition is a
 * pure function of the mentions and the judgements: not of their order, of the number of threads, or of how they came
 * in. Memory is bounded by mentions and kept edges, never by compared pairs.
 */
#ifndef LINK_LINK_H
#define LINK_LINK_H

#include "base/progress.h"
#include "domain/judgement.h"
#include "domain/mentions.h"

struct link_model; /* frozen weights, value frequencies, blocking limits: link/model.h */

struct link_options {
    unsigned threads;                /* 0: one for each processor */
    const struct link_model *model;  /* null: train one */
    const struct progress *progress; /* may be null */
    bool is_plain; /* neither repeated loads nor parts of wholes are looked for, nor what judgements say of them */
};

/* What blocking cost and what came of it, for the screen and for docs/BENCHMARKS.md. */
struct link_rule_report {
    struct slice name;     /* "country, day, drug" */
    uint64_t n_pairs;      /* exact cost of the rule alone */
    uint64_t n_new_pairs;  /* marginal: not proposed by an earlier rule */
    uint64_t n_cut_blocks; /* blocks over the limit, which were split or left out */
};

struct link_result {
    uint32_t *cluster; /* by mention: the lowest mention index of its cluster */
    size_t n_mentions, n_clusters;
    struct judgement *loads; /* repeated loads that were found */
    size_t n_loads;
    struct judgement *parts; /* parts of wholes that were found: link/part.h */
    size_t n_parts;
    struct link_model *model; /* the one used; owned by the result when it was trained here */
    bool owns_model;
    struct link_rule_report *rules;
    size_t n_rules;
    uint64_t n_pairs, n_edges; /* compared; kept */
    uint64_t n_cut_components; /* groups of pairs too large to solve at once, cut at their weakest pairs */
    bool has_converged;        /* EM */
    struct arena arena;
};

enum comity_status link_run(const struct mentions *mentions, const struct judgement *judgements, size_t n_judgements,
    const struct link_options *options, struct link_result *out, struct comity_error *err) COMITY_MUST_USE;
void link_result_release(struct link_result *result);

/* The model as stable bytes and back, so that the store can keep it and `why` can use it. */
enum comity_status link_model_save(const struct link_model *model, struct buffer *out) COMITY_MUST_USE;
enum comity_status link_model_load(
    struct slice bytes, const struct domain *domain, struct link_model **out, struct comity_error *err) COMITY_MUST_USE;
void link_model_free(struct link_model *model);
/* Whether every source that tells reports was there when it was trained. */
bool link_model_knows(const struct link_model *model, const struct mentions *mentions);
uint64_t link_model_version(const struct link_model *model); /* hash of its bytes */

/* Why two mentions are, or are not, one event. */
enum link_verdict {
    LINK_TOGETHER,       /* in one cluster */
    LINK_REPEATED_LOAD,  /* in one cluster because a block was loaded more than once */
    LINK_JUDGED,         /* a person has said so */
    LINK_NEVER_COMPARED, /* no blocking rule proposed the pair: `nearest_rule` came nearest */
    LINK_PART,           /* one of them is a part of the other: `parts` */
    LINK_SCORED_TOO_LOW,
    LINK_CUT /* scored high enough, but clustering kept them apart: `rival`, or else `weakest_*`, says why */
};
struct link_reason {
    int field;          /* of the domain, or -1: the prior, the source, a judgement */
    struct slice level; /* in English: "same day", "2 days apart", "equal, and rare" */
    const char *words;  /* the level as a text to be translated, perhaps with a place for {n}: link/explain.h */
    double n, of;       /* what stands for {n}; `of` > 0: so many of so many have that value */
    double bits;        /* log2 of the Bayes factor */
};
/* The smallest change of one field that would move the pair over even odds, all else being equal. */
struct link_change {
    int field; /* -1: no single field would */
    const char *words;
    double n;
    double bits; /* of the pair then */
};
/* What is judged to be a part of what, and what else is a part of that: numbers of mentions, one of each event. */
enum { LINK_PARTS_NAMED = 8 };
struct link_parts {
    uint64_t part, whole; /* 0: none is */
    uint64_t others[LINK_PARTS_NAMED];
    size_t n_others;
    bool has_more;
};
struct link_explanation {
    enum link_verdict verdict;
    double bits, probability;
    struct link_reason reasons[DOMAIN_MOST_FIELDS + 4];
    size_t n_reasons;
    struct slice sentence;     /* in English; in other languages: link/explain.h */
    struct link_change change; /* for pairs that the model decides by themselves: TOGETHER and SCORED_TOO_LOW */
    bool has_change;           /* false where a change of fields is not what decides */
    bool is_one;               /* in one cluster */
    struct slice nearest_rule, missing; /* NEVER_COMPARED: the rule and the field that differed */
    size_t weakest_a, weakest_b;        /* CUT: mention indexes */
    double weakest_bits;
    bool has_rival;                         /* CUT: one of the two, `rival_of`, is likelier one event with a third, */
    size_t rival, rival_of;                 /* which cannot be one with both. Mention indexes, */
    uint64_t rival_number, rival_of_number; /* and their numbers */
    double rival_bits;       /* of rival and rival_of; where that is less than `bits`, others compete as well */
    struct link_parts parts; /* PART */
    struct slice load;       /* REPEATED_LOAD: the reason of the judgement, in English */
};
/* `cluster` as in link_result. Texts live in `arena`. */
enum comity_status link_explain(const struct mentions *mentions, const struct link_model *model,
    const struct judgement *judgements, size_t n_judgements, const uint32_t *cluster, size_t a, size_t b,
    struct arena *arena, struct link_explanation *out, struct comity_error *err) COMITY_MUST_USE;

/* Pairwise and B-cubed quality against truth labels (0: unlabelled, left out). Computed from a contingency table. */
struct link_quality {
    uint64_t n_mentions, n_true_pairs, n_found_pairs, n_right_pairs;
    double precision, recall, f1, b3_precision, b3_recall, b3_f1;
};
enum comity_status link_evaluate(
    const uint32_t *cluster, const uint64_t *truth, size_t n, struct link_quality *out) COMITY_MUST_USE;

#endif
