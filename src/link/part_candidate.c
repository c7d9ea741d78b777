/* Most sources tell too little around W to be its parts, which is seen by amounts and days alone: so these stand
 * together (figures->told). Where too many stand around, what is nearest is looked through, or nothing. */
#include "link/part_candidate.h"

#include "base/hash.h"
#include "link/part.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_AROUND = 4096 };

/* Rounding takes at most 5 % off each amount (part_figure.c): no smaller sum is W told in parts. */
static const double least_of_whole = 0.9;
/* What is nearer to W may be W itself (is_about), and leaves next to nothing for other parts. */
static const double most_of_part = 0.98;

double part_candidates_sum(const struct figures *figures, const struct part_candidate *at, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += part_candidate_figure(figures, &at[i])->amount;
    return sum;
}

bool part_candidates_fall_short(
    const struct figures *figures, const struct figure *whole, const struct part_candidate *at, size_t n)
{
    return part_candidates_sum(figures, at, n) < least_of_whole * whole->amount;
}

/* ---- which may be parts ------------------------------------------------------------------------------------------ */

static bool is_own_line(const struct figure *w, const struct figure *c)
{
    bool has_cases = w->case_number && c->case_number;
    return w->source == c->source && part_is_of_bundle(w, c) && (!has_cases || w->case_number == c->case_number);
}

static bool is_about(double a, double b)
{
    return fabs(a - b) <= 0.02 * fmax(a, b);
}

/* Whether the source tells of W's entity by itself, so that what else it tells is no part: but for lines beside a
 * total. */
static bool tells_whole(const struct figures *figures, const struct figure *w, uint32_t source)
{
    for (uint32_t i = figures->of_entity[w->entity]; i < figures->of_entity[w->entity + 1]; i++) {
        const struct figure *other = &figures->at[figures->by_entity[i]];
        if (other->source == source && is_about(other->amount, w->amount))
            return true;
    }
    return false;
}

/* Whether W's source tells the other's event too, and by itself: then they are two to it. */
static bool is_told_as_two(const struct figures *figures, const struct figure *w, const struct figure *c)
{
    if (w->entity == c->entity)
        return false;
    for (uint32_t i = figures->of_entity[c->entity]; i < figures->of_entity[c->entity + 1]; i++) {
        const struct figure *other = &figures->at[figures->by_entity[i]];
        if (other->source == w->source && other->source != c->source && is_about(other->amount, c->amount))
            return true;
    }
    return false;
}

static bool may_be_part(const struct part_candidates *c, const struct figure *part)
{
    const struct figure *w = c->whole;
    /* What may be W itself, rounded, is no part of it. */
    if (part->position == w->position || w->amount - part->amount <= w->half + part->half)
        return false;
    if (c->day != w->day)
        return part->source != w->source || (part->day == c->day && part->settlement == w->settlement);
    return part->source == w->source ? is_own_line(w, part) : !is_told_as_two(c->figures, w, part);
}

/* Whether a source may tell parts of W at all. */
static bool may_tell_parts(const struct part_candidates *c, uint32_t source)
{
    bool is_decoy = c->day != c->whole->day; /* of other times: they have nothing in common but chance */
    return is_decoy || source == c->whole->source || !tells_whole(c->figures, c->whole, source);
}

/* ---- gathering --------------------------------------------------------------------------------------------------- */

/* The first of a source's figures on a day or later; most often just behind where it was for the last W. */
static uint32_t first_on(const struct figures *figures, const struct source_run *run, uint32_t hint, int32_t day)
{
    const int32_t *days = figures->told.day;
    while (hint > run->first && days[hint - 1] >= day)
        hint--;
    while (hint < run->end && days[hint] < day)
        hint++;
    return hint;
}

/* Whether all that may be parts of W by their amount are two or more and do not fall short of it, which most do. Four
 * sums side by side, so that none waits for the one before. */
static bool may_add_up(const struct part_candidates *c, uint32_t begin, uint32_t end)
{
    const double *amounts = c->figures->told.amount;
    double most = most_of_part * c->whole->amount, sums[4] = {0};
    uint32_t n[4] = {0}, i = begin;
    for (; i + 4 <= end; i += 4)
        for (unsigned k = 0; k < 4; k++) {
            sums[k] += amounts[i + k] <= most ? amounts[i + k] : 0;
            n[k] += amounts[i + k] <= most;
        }
    for (; i < end; i++) {
        sums[0] += amounts[i] <= most ? amounts[i] : 0;
        n[0] += amounts[i] <= most;
    }
    return n[0] + n[1] + n[2] + n[3] >= 2 &&
           (sums[0] + sums[1]) + (sums[2] + sums[3]) >= least_of_whole * c->whole->amount;
}

/* So many days before and behind W. */
struct reach {
    int32_t back, ahead;
};

/* Lines of W's own source stand beside it. */
static struct reach widest_reach(const struct part_candidates *c, uint32_t source)
{
    const struct part_lag *lag = part_lag_of(&c->figures->overlaps, c->whole->source, source);
    if (source == c->whole->source)
        return (struct reach){0};
    return (struct reach){lag->back, lag->ahead};
}

/* False where more stand around than are looked through. */
static bool gather(struct part_candidates *c, size_t run_number, struct reach reach, enum tie loosest)
{
    const struct figures *figures = c->figures;
    const struct source_run *run = &figures->runs[run_number];
    struct part_hint *hint = &c->hints[run_number - figures->first_run[c->whole->stratum]];
    double most = most_of_part * c->whole->amount;
    hint->begin = first_on(figures, run, hint->begin, c->day - reach.back);
    hint->end = first_on(figures, run, hint->end, c->day + reach.ahead + 1);
    c->n = 0;
    if (!may_add_up(c, hint->begin, hint->end))
        return true;
    for (uint32_t i = hint->begin; i < hint->end; i++) {
        if (figures->told.amount[i] > most)
            continue;
        uint32_t figure = figures->told.figure[i];
        const struct figure *part = &figures->at[figure];
        enum tie tie = figures_tie(c->whole, part);
        int32_t days = part->day - c->day;
        if (tie > (abs(days) > PART_DAYS ? TIE_VAGUE : loosest) || !may_be_part(c, part))
            continue;
        if (c->n == MOST_AROUND)
            return false;
        c->gathered[c->n++] = (struct part_candidate){figure, tie, days, figures_rate(figures, c->whole, part)};
    }
    return true;
}

/* By day, place and case, then figure. Places and cases are folded into few bits: should two of a day meet there, a
 * bundle is tried in pieces. */
static void sort(struct part_candidates *c)
{
    for (size_t i = 0; i < c->n; i++) {
        const struct figure *part = part_candidate_figure(c->figures, &c->gathered[i]);
        uint64_t place = hash_u64((uint64_t)part->settlement << 32 | part->subdivision) >> 42;
        uint64_t day = (uint32_t)(part->day - c->day + PART_FAR_DAYS), line = hash_u64(part->case_number) >> 44;
        c->items[i] = (struct sort_item){day << 42 | place << 20 | line, (uint32_t)i};
    }
    sort_items(c->items, c->n);
    for (size_t i = 0; i < c->n; i++)
        c->at[i] = c->gathered[c->items[i].payload];
}

static struct reach no_more_than(struct reach reach, int32_t days)
{
    return (struct reach){reach.back < days ? reach.back : days, reach.ahead < days ? reach.ahead : days};
}

/* Where too many stand around, not so far away; then only the next day and no place that is known to be another. */
void part_candidates_gather(struct part_candidates *c, size_t run)
{
    struct reach widest = widest_reach(c, c->figures->runs[run].source);
    bool is_far = widest.back > PART_DAYS || widest.ahead > PART_DAYS;
    bool is_gathered = may_tell_parts(c, c->figures->runs[run].source) &&
                       (gather(c, run, widest, TIE_COUNTRY) ||
                           (is_far && gather(c, run, no_more_than(widest, PART_DAYS), TIE_COUNTRY)) ||
                           gather(c, run, no_more_than(widest, 1), TIE_VAGUE));
    if (!is_gathered || c->n < 2 || part_candidates_fall_short(c->figures, c->whole, c->gathered, c->n))
        c->n = 0;
    else
        sort(c);
}

bool part_candidates_begin(struct part_candidates *c, const struct figure *whole, int32_t shift_days)
{
    const struct figures *figures = c->figures;
    const uint32_t *runs = &figures->first_run[whole->stratum];
    int32_t last = figures->at[figures->first_of_stratum[whole->stratum + 1] - 1].day;
    int32_t first = figures->at[figures->first_of_stratum[whole->stratum]].day;
    c->whole = whole;
    c->day = whole->day + shift_days > last ? whole->day - shift_days : whole->day + shift_days;
    for (uint32_t run = runs[0]; c->stratum != whole->stratum && run < runs[1]; run++)
        c->hints[run - runs[0]] = (struct part_hint){figures->runs[run].first, figures->runs[run].first};
    c->stratum = whole->stratum;
    return c->day >= first;
}

enum comity_status part_candidates_init(struct part_candidates *c, const struct figures *figures)
{
    *c = (struct part_candidates){.figures = figures,
        .at = malloc(MOST_AROUND * sizeof *c->at),
        .stratum = UINT32_MAX,
        .hints = malloc((figures->frame->mentions->n_sources + 1) * sizeof *c->hints),
        .gathered = malloc(MOST_AROUND * sizeof *c->gathered),
        .items = malloc(MOST_AROUND * sizeof *c->items)};
    return c->at && c->hints && c->gathered && c->items ? COMITY_OK : COMITY_NOMEM;
}

void part_candidates_release(struct part_candidates *c)
{
    free(c->at);
    free(c->hints);
    free(c->gathered);
    free(c->items);
    *c = (struct part_candidates){0};
}
