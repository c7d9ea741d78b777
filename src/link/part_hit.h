/* part_hit.h - inside parts and wholes: figures of one source that add up to another figure. */
#ifndef LINK_PART_HIT_H
#define LINK_PART_HIT_H

#include "link/part_figure.h"

/* Sums of a kind are as likely to be accidents as others of it: lines beside their total, a bundle that another source
 * tells, and what stands apart. */
enum sum_kind { SUM_OWN, SUM_BUNDLE, SUM_APART, N_SUM_KINDS };

struct part_hit {
    uint32_t whole; /* figures */
    enum sum_kind kind;
    size_t first, n;   /* members, in `members` */
    double log_odds;   /* natural logarithm */
    double accidents;  /* how many such sums chance would show here */
    double difference; /* sum of the parts less the whole, base unit */
    int32_t days;      /* the farthest part is so many days away */
    enum tie tie;      /* the loosest */
};

/* In the order of their wholes. Starts zeroed, ends with part_hits_release(). */
struct part_hits {
    struct part_hit *at;
    size_t n, room;
    uint32_t *members; /* figures */
    size_t n_members, room_members;
};

/* Behind the others, with members[hit->n]; false where memory is out. */
bool part_hits_add(struct part_hits *hits, const struct part_hit *hit, const uint32_t *members) COMITY_MUST_USE;
bool part_hits_append(struct part_hits *hits, const struct part_hits *more) COMITY_MUST_USE;
/* The first whose whole is not below, or n. */
size_t part_hits_first(const struct part_hits *hits, size_t whole);
void part_hits_release(struct part_hits *hits);

#endif
