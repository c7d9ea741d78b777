/* Amounts are gone through as they fall, by branch and bound. */
#include "link/part_subset.h"

#include <assert.h>
#include <math.h>

enum { MOST_QUADRUPLES = 14 };

static const struct figure *figure_of(const struct part_subsets *s, const struct part_candidate *c)
{
    return part_candidate_figure(s->evidence->figures, c);
}

/* When a subset's turn comes: by set, then how many they are, then which. */
static uint64_t turn_of(const struct part_subsets *s, const uint8_t *places, size_t n)
{
    static_assert(
        PART_MOST_PAIRS <= 1 << 6 && PART_MOST_SUBSET * 6 + 3 <= 32, "places and their number in half a word");
    uint64_t turn = n;
    for (size_t i = 0; i < PART_MOST_SUBSET; i++)
        turn = turn << 6 | (i < n ? places[i] : 0);
    return s->n_sets << 32 | turn;
}

static void weigh_picked(struct part_subsets *s, size_t n)
{
    const struct part_candidate *members[PART_MOST_SUBSET];
    uint8_t places[PART_MOST_SUBSET];
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t place = s->place[s->picked[i]];
        size_t at = i;
        for (; at > 0 && places[at - 1] > place; at--)
            places[at] = places[at - 1];
        places[at] = place;
    }
    for (size_t i = 0; i < n; i++) {
        members[i] = &s->set->at[places[i]];
        sum += figure_of(s, members[i])->amount;
    }
    part_evidence_weigh(s->evidence, s->set, members, n, sum, turn_of(s, places, n));
}

/* The first from a place on that is not more. */
static size_t first_at_most(const struct part_subsets *s, size_t from, double amount)
{
    size_t low = from, high = s->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->amounts[middle] > amount)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Sums of numbers in another order differ by a little. */
static double close_to(const struct part_subsets *s, double apart)
{
    double whole = s->evidence->whole->amount;
    return fmax(s->evidence->whole->half + apart, 1e-6 * whole) + 1e-9 * whole;
}

/* Amounts fall, so that what is too much stands in front, and nothing helps behind what is too little. `half`: what
 * rounding may have taken from those that are chosen. */
static void choose(struct part_subsets *s, size_t from, size_t n_chosen, size_t wanted, double sum, double half)
{
    size_t left = wanted - n_chosen - 1;
    double least_left = (double)left * s->amounts[s->n - 1];
    for (size_t i = first_at_most(s, from, s->most_sum - sum - least_left); i + left < s->n; i++) {
        if (sum + (double)(left + 1) * s->amounts[i] < s->least_sum)
            return;
        s->picked[n_chosen] = i;
        if (left)
            choose(s, i + 1, n_chosen + 1, wanted, sum + s->amounts[i], half + s->halves[i]);
        else if (fabs(sum + s->amounts[i] - s->evidence->whole->amount) <= close_to(s, half + s->halves[i]))
            weigh_picked(s, wanted);
    }
}

static double subsets(size_t n, size_t k)
{
    double ways = 1;
    for (size_t i = 0; i < k; i++)
        ways = ways * (double)(n - i) / (double)(i + 1);
    return ways;
}

static void order_set(struct part_subsets *s)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct figure *figure = figure_of(s, &s->set->at[i]);
        size_t at = i;
        for (; at > 0 && s->amounts[at - 1] < figure->amount; at--) {
            s->amounts[at] = s->amounts[at - 1];
            s->halves[at] = s->halves[at - 1];
            s->place[at] = s->place[at - 1];
        }
        s->amounts[at] = figure->amount;
        s->halves[at] = figure->half;
        s->place[at] = (uint8_t)i;
    }
}

/* What rounding may have taken from the whole and any k parts. */
static void set_sums(struct part_subsets *s, size_t k)
{
    double most_half = 0, whole = s->evidence->whole->amount;
    for (size_t i = 0; i < s->n; i++)
        most_half = s->halves[i] > most_half ? s->halves[i] : most_half;
    double apart = close_to(s, (double)k * most_half);
    s->least_sum = whole - apart;
    s->most_sum = whole + apart;
}

void part_subsets_try(struct part_subsets *s, struct part_set *set)
{
    size_t most = set->n <= MOST_QUADRUPLES     ? PART_MOST_SUBSET
                  : set->n <= PART_MOST_TRIPLES ? 3
                  : set->n <= PART_MOST_PAIRS   ? 2
                                                : 0;
    s->n_sets++;
    s->set = set;
    s->n = set->n;
    if (most)
        order_set(s);
    for (size_t k = 2; k <= most && k <= set->n; k++) {
        if (k == set->n && set->kind != SUM_APART)
            break; /* the whole bundle was tried first */
        set->n_tried += subsets(set->n, k);
        set_sums(s, k);
        choose(s, 0, 0, k, 0, 0);
    }
}

void part_subsets_try_all(struct part_subsets *s, struct part_set *set, const struct part_candidate *at, size_t n)
{
    const struct part_candidate *members[PART_MOST_LINES];
    if (n < 2 || n > PART_MOST_LINES)
        return;
    for (size_t i = 0; i < n; i++)
        members[i] = &at[i];
    set->n_tried++;
    double sum = part_candidates_sum(s->evidence->figures, at, n);
    part_evidence_weigh(s->evidence, set, members, n, sum, ++s->n_sets << 32);
}
