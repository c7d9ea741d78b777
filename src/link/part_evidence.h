/* part_evidence.h - inside parts and wholes: how much likelier a set of figures is W told in parts than an accident.
 *
 * The odds are  share · P(the difference | told in parts) / (λ · P(the difference | chance)) · circumstances · absence,
 * for each kind of sum with its own share and λ (docs/LINKING.md, section 6). Kept is the best set of a source; of what
 * is equally likely the one whose turn comes first, so that the order of trying shows nowhere.
 */
#ifndef LINK_PART_EVIDENCE_H
#define LINK_PART_EVIDENCE_H

#include "link/part.h"
#include "link/part_candidate.h"
#include "link/part_hit.h"

/* Candidates of one source that subsets are taken of. */
struct part_set {
    const struct part_candidate *at;
    size_t n;
    enum sum_kind kind;
    double by_chance; /* of a bundle: how many chance would show a day */
    double n_tried;   /* subsets, so far, but of what stands apart */
};

/* Natural logarithm: odds of 4 to 1. What is less likely is taken by nobody, and not kept. */
#define PART_LEAST_LOG_ODDS 1.39

/* Of one thread. */
struct part_evidence {
    const struct figures *figures;
    const struct figure *whole;
    bool has_best; /* of PART_LEAST_LOG_ODDS or more */
    struct part_hit best;
    uint64_t best_turn;
    uint32_t best_members[PART_MOST_LINES]; /* figures */
    double most_likeness;                   /* that any figure has with the whole; NAN until asked for */
    struct part_likeness *likeness;         /* looked up once for many subsets */
    bool is_absence_known;
    double absence_of_whole, absence_of_parts; /* natural logarithms */
};

/* Release it whatever the status. */
enum comity_status part_evidence_init(struct part_evidence *e, const struct figures *figures) COMITY_MUST_USE;
void part_evidence_release(struct part_evidence *e);
void part_evidence_begin_whole(struct part_evidence *e, const struct figure *whole);
/* Then for each source: what is weighed until the next one is all told by it. Forgets the best. */
static inline void part_evidence_begin_source(struct part_evidence *e)
{
    e->has_best = false;
    e->is_absence_known = false;
}
/* Weighs n ≤ PART_MOST_LINES members of a set, whose amounts have this sum. Turns differ. */
void part_evidence_weigh(struct part_evidence *e, const struct part_set *set,
    const struct part_candidate *const *members, size_t n, double sum, uint64_t turn);

#endif
