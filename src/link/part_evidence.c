/* Most sets are hopeless before it is asked how alike their circumstances are, which costs most. */
#include "link/part_evidence.h"

#include <math.h>
#include <stdlib.h>

/* How often an amount that one source tells is told in parts by another; in one bundle, and apart. */
static const double prior_bundle = 0.03, prior_apart = 0.002;
/* How often a line among others of its day, place and case is the total of some of them rather than of all. */
static const double own_some = 0.25;
/* Of sums that are told in parts: exact, and changed by rounding. */
static const double exact_share = 0.6, rounded_share = 0.35;
/* Sums of amounts below W lie at W with so much density, in units of 1/W. */
static const double chance_density = 0.5;

enum { LIKENESS_SIZE = 1024 };
struct part_likeness {
    uint32_t whole, figure; /* from 1; 0: empty */
    double of_two;
};

static double place_share(enum tie tie)
{
    static const double shares[N_TIES] = {
        [TIE_PLACE] = 0.7, [TIE_VAGUE] = 0.5, [TIE_SUBDIVISION] = 0.04, [TIE_COUNTRY] = 0.02};
    return shares[tie];
}

/* How much likelier the difference is in a sum that was told in parts than by chance; 0: rounding explains it not. */
static double ratio_of_difference(
    const struct part_evidence *e, const struct part_candidate *const *members, size_t n, double difference)
{
    const struct figure *w = e->whole;
    double grain = w->grain, half = w->half;
    for (size_t i = 0; i < n; i++) {
        const struct figure *member = part_candidate_figure(e->figures, members[i]);
        grain = member->grain < grain ? member->grain : grain;
        half += member->half;
    }
    if (fabs(difference) <= 1e-6 * w->amount)
        return exact_share / fmin(1, chance_density * grain / w->amount);
    if (fabs(difference) > half)
        return 0;
    return rounded_share * w->amount / (chance_density * (2 * half + grain));
}

/* Independent rows in an area as wide as the loosest of them: (rate · days)^n / n!. */
static double sets_by_chance(const struct part_candidate *const *members, size_t n, int32_t days)
{
    double rows = 0, sets = 1;
    for (size_t i = 0; i < n; i++)
        rows = members[i]->rows > rows ? members[i]->rows : rows;
    for (size_t i = 1; i <= n; i++)
        sets *= rows * (2 * days + 1) / (double)i;
    return fmax(sets, 1e-4);
}

/* How alike the circumstances of the members are with the whole's. */
static double mean_likeness(const struct part_evidence *e, const struct part_candidate *const *members, size_t n)
{
    uint32_t whole = (uint32_t)(e->whole - e->figures->at) + 1;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t figure = members[i]->index + 1;
        struct part_likeness *known = &e->likeness[figure % LIKENESS_SIZE];
        if (known->whole != whole || known->figure != figure)
            *known = (struct part_likeness){
                whole, figure, figures_likeness(e->figures, e->whole, part_candidate_figure(e->figures, members[i]))};
        sum += known->of_two / (double)n;
    }
    return sum;
}

/* That the whole is the total of its source's lines beside it. */
static double odds_of_total(const struct part_evidence *e)
{
    double share = e->figures->totalled[e->whole->source];
    return share / (1 - share);
}

/* Were they two, who tells of the one would tell of the other as often as it does of what this source tells. Parts of
 * one bundle come together or not at all, so that they count once; what stands apart counts each. */
static void weigh_absence(struct part_evidence *e, uint32_t source)
{
    const struct figures *figures = e->figures;
    const struct figure *w = e->whole;
    uint32_t begin = figures->of_entity[w->entity], end = figures->of_entity[w->entity + 1];
    e->absence_of_whole = source == w->source ? 0 : -log(1 - figures_overlap(figures, w->source, source));
    e->absence_of_parts = 0;
    for (uint32_t i = begin; i < end; i++) {
        uint32_t other = figures->at[figures->by_entity[i]].source;
        bool is_repeated = other == source;
        for (uint32_t b = begin; b < i && !is_repeated; b++)
            is_repeated = figures->at[figures->by_entity[b]].source == other;
        if (!is_repeated)
            e->absence_of_parts -= log(1 - figures_overlap(figures, source, other));
    }
    e->is_absence_known = true;
}

static double most_likeness(struct part_evidence *e)
{
    if (isnan(e->most_likeness))
        e->most_likeness = figures_likeness(e->figures, e->whole, e->whole);
    return e->most_likeness;
}

static bool is_better(const struct part_evidence *e, double log_odds, uint64_t turn)
{
    if (!e->has_best)
        return log_odds >= PART_LEAST_LOG_ODDS;
    return log_odds > e->best.log_odds || (log_odds == e->best.log_odds && turn < e->best_turn);
}

/* How often a whole is told in parts as these would tell it. */
static double share_of(const struct part_evidence *e, const struct part_set *set,
    const struct part_candidate *const *members, const struct part_hit *hit)
{
    uint32_t source = part_candidate_figure(e->figures, members[0])->source;
    if (set->kind == SUM_APART)
        return prior_apart;
    if (set->kind == SUM_OWN)
        return (hit->n == set->n ? 1 : own_some) * odds_of_total(e);
    const struct part_lag *lag = part_lag_of(&e->figures->overlaps, e->whole->source, source);
    return prior_bundle * place_share(hit->tie) * part_lag_share(lag, members[0]->days);
}

/* How many as near chance would show: lines beside a total are there anyhow, so that only the tries count. */
static double sets_of(
    const struct part_set *set, const struct part_candidate *const *members, const struct part_hit *hit)
{
    if (set->kind == SUM_APART)
        return sets_by_chance(members, hit->n, hit->days);
    return set->kind == SUM_OWN ? set->n_tried : set->by_chance * set->n_tried;
}

static void keep_best(
    struct part_evidence *e, const struct part_hit *hit, const struct part_candidate *const *members, uint64_t turn)
{
    e->has_best = true;
    e->best = *hit;
    e->best.whole = (uint32_t)(e->whole - e->figures->at);
    e->best_turn = turn;
    for (size_t i = 0; i < hit->n; i++)
        e->best_members[i] = members[i]->index;
}

void part_evidence_weigh(struct part_evidence *e, const struct part_set *set,
    const struct part_candidate *const *members, size_t n, double sum, uint64_t turn)
{
    double difference = sum - e->whole->amount, ratio = ratio_of_difference(e, members, n, difference);
    struct part_hit hit = {.n = n, .difference = difference, .kind = set->kind};
    bool is_own = set->kind == SUM_OWN;
    if (ratio <= 0)
        return;
    for (size_t i = 0; i < n; i++) {
        hit.tie = members[i]->tie > hit.tie ? members[i]->tie : hit.tie;
        hit.days = abs(members[i]->days) > hit.days ? abs(members[i]->days) : hit.days;
    }
    if (!e->is_absence_known)
        weigh_absence(e, part_candidate_figure(e->figures, members[0])->source);
    double sets = sets_of(set, members, &hit), n_absent = set->kind == SUM_APART ? (double)n : 1;
    double log_odds =
        log(share_of(e, set, members, &hit) * ratio / sets) + e->absence_of_whole + n_absent * e->absence_of_parts;
    /* Most are hopeless whatever their circumstances. */
    if (log_odds + (is_own ? 0 : most_likeness(e)) < (e->has_best ? e->best.log_odds : PART_LEAST_LOG_ODDS))
        return;
    double likeness = mean_likeness(e, members, n);
    hit.log_odds = log_odds + (is_own ? fmin(likeness, 0) : likeness);
    hit.accidents = sets * (set->kind == SUM_BUNDLE ? 2 * hit.days + 1 : 1) * exact_share / ratio;
    if (is_better(e, hit.log_odds, turn))
        keep_best(e, &hit, members, turn);
}

enum comity_status part_evidence_init(struct part_evidence *e, const struct figures *figures)
{
    *e = (struct part_evidence){.figures = figures, .likeness = calloc(LIKENESS_SIZE, sizeof *e->likeness)};
    return e->likeness ? COMITY_OK : COMITY_NOMEM;
}

void part_evidence_release(struct part_evidence *e)
{
    free(e->likeness);
    *e = (struct part_evidence){0};
}

void part_evidence_begin_whole(struct part_evidence *e, const struct figure *whole)
{
    e->whole = whole;
    e->most_likeness = NAN;
}
