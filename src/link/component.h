/* component.h - positions that likely pairs connect, solved by themselves.
 *
 * In log-odds: the two groups with the greatest gain are joined while it is positive and nothing else is likelier for
 * either (M. Sadinle, JASA 112 (2017) 600-612). The gain is three parts of the mean over all pairs between two groups
 * and one part of the strongest, with how often two sources tell of one event; and for each source that is in both, how
 * often it tells an event twice. So two rows of one source seldom meet in one cluster even where both agree with the
 * same row of another, and never where the two themselves say that they are two. A part of a group is no rival of it:
 * whichever of the two a row tells of, it is of that haul. Ties go to what stands first: so members stand in the order
 * of what they say, wherever they are. Cost: the square of the members in pairs compared; more than
 * COMPONENT_MOST_MEMBERS are cut at their weakest pairs.
 */
#ifndef LINK_COMPONENT_H
#define LINK_COMPONENT_H

#include "link/score.h"

struct position_pair {
    uint32_t a, b;
    uint8_t part; /* of two that are apart: which of them is a part of the other */
};
enum { PART_NONE, PART_A, PART_B };

enum { COMPONENT_MOST_MEMBERS = 300 };

struct component {
    const struct frame *frame;
    const struct link_model *model;
    const uint32_t *members; /* positions, in their canonical order; below, a member is a place in this list */
    size_t n_members;
    const uint32_t *unit;              /* by member: the first member that it is joined with by judgement */
    const struct position_pair *apart; /* members that never meet unless they are so joined; a below b, in order */
    size_t n_apart;
    const struct edge *edges; /* between members, better than even; looked at beyond COMPONENT_MOST_MEMBERS only */
    size_t n_edges;
};

/* The place of a number in an ascending list; SIZE_MAX when it is not in it. */
static inline size_t place_in(const uint32_t *list, size_t n, uint32_t number)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (list[middle] < number)
            low = middle + 1;
        else
            high = middle;
    }
    return low < n && list[low] == number ? low : SIZE_MAX;
}

/* The first of pairs in the order of `a` whose `a` is not below. */
static inline size_t first_pair_from(const struct position_pair *pairs, size_t n, uint32_t a)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (pairs[middle].a < a)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Fills cluster[n_members] with the first member of each one's cluster. `is_cut` tells that it was too large. */
enum comity_status component_solve(const struct component *component, uint32_t *cluster, bool *is_cut) COMITY_MUST_USE;

#endif
