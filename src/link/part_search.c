/* Subsets are enumerated within small sets only; where many rows stand around, only whole bundles are tried, and chance
 * is counted accordingly. */
#include "link/part_search.h"

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/order.h"
#include "base/parallel.h"
#include "link/part.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_AROUND = 4096, MOST_SUBSET = 4, MOST_QUADRUPLES = 14, MOST_TRIPLES = 24, MOST_PAIRS = 60 };

/* How often an amount that one source tells is told in parts by another; in one bundle, and apart. */
static const double prior_bundle = 0.03, prior_apart = 0.002;
/* How often a line among others of its day, place and case is the total of some of them rather than of all. */
static const double own_some = 0.25;
/* Of sums that are told in parts: exact, and changed by rounding. */
static const double exact_share = 0.6, rounded_share = 0.35;
/* Sums of amounts below W lie at W with so much density, in units of 1/W. */
static const double chance_density = 0.5;

/* A figure that may be a part of W. */
struct candidate {
    uint32_t index; /* among figures */
    enum tie tie;
    int32_t days; /* from W */
    double rows;  /* of its source a day around it: figures_rate() */
};

struct searching {
    const struct figures *figures;
    struct part_hits *out;
    const struct figure *whole;
    int32_t day;      /* where W is looked for: its own but in decoys */
    uint32_t stratum; /* of the hints; UINT32_MAX: of none */
    uint32_t *hints;  /* by source of the stratum: where figures begin that are near enough, or were for the last W */
    struct candidate *gathered, *around; /* of one source; the same in order */
    size_t n_around;
    struct sort_item *items;     /* to sort them */
    const struct candidate *set; /* what subsets are taken of */
    size_t n_set;
    uint8_t place[MOST_PAIRS];  /* in the set, the largest amount first */
    double amounts[MOST_PAIRS]; /* in that order */
    double least_sum, most_sum; /* no other sum is W told in parts */
    size_t picked[MOST_SUBSET]; /* places in that order */
    double most_likeness;       /* that any figure has with the whole; NAN until asked for */
    struct likeness *likeness;  /* LIKENESS_SIZE of them, looked up once for many subsets */
    bool is_absence_known;
    double absence_of_whole, absence_of_parts; /* natural logarithms: see weigh_absence */
    double tried;                              /* subsets, so far in the set */
    double sets; /* sets as near as this one that chance would show; < 0: each subset by its own nearness */
    uint64_t n_sets;
    bool has_best;
    struct part_hit best;
    uint64_t best_turn; /* of what is equally likely, the one whose turn comes first is the best */
    uint32_t best_members[PART_MOST_LINES];
};

enum { LIKENESS_SIZE = 1024 };
struct likeness {
    uint32_t whole, figure; /* from 1; 0: empty */
    double of_two;
};

static const struct figure *figure_of(const struct searching *s, const struct candidate *c)
{
    return &s->figures->at[c->index];
}

static double amount_of(const struct searching *s, const struct candidate *c)
{
    return figure_of(s, c)->amount;
}

/* ---- evidence ---------------------------------------------------------------------------------------------------- */

/* How often a source tells of a haul so many days from another one. */
static double day_share(int32_t days)
{
    return days == 0 ? 0.7 : days == 1 ? 0.1 : 0.03;
}

static double place_share(enum tie tie)
{
    static const double shares[N_TIES] = {
        [TIE_PLACE] = 0.7, [TIE_VAGUE] = 0.5, [TIE_SUBDIVISION] = 0.04, [TIE_COUNTRY] = 0.02};
    return shares[tie];
}

/* How much likelier the difference is in a sum that was told in parts than by chance; 0: rounding explains it not. */
static double ratio_of_difference(
    const struct searching *s, const struct candidate *const *members, size_t n, double difference)
{
    const struct figure *w = s->whole;
    double grain = w->grain, half = w->half;
    for (size_t i = 0; i < n; i++) {
        const struct figure *member = figure_of(s, members[i]);
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
static double sets_by_chance(const struct candidate *const *members, size_t n, int32_t days)
{
    double rows = 0, sets = 1;
    for (size_t i = 0; i < n; i++)
        rows = members[i]->rows > rows ? members[i]->rows : rows;
    for (size_t i = 1; i <= n; i++)
        sets *= rows * (2 * days + 1) / (double)i;
    return fmax(sets, 1e-4);
}

/* How alike the circumstances of the members are with the whole's. */
static double mean_likeness(const struct searching *s, const struct candidate *const *members, size_t n)
{
    uint32_t whole = (uint32_t)(s->whole - s->figures->at) + 1;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t figure = members[i]->index + 1;
        struct likeness *known = &s->likeness[figure % LIKENESS_SIZE];
        if (known->whole != whole || known->figure != figure)
            *known = (struct likeness){whole, figure, figures_likeness(s->figures, s->whole, figure_of(s, members[i]))};
        sum += known->of_two / (double)n;
    }
    return sum;
}

/* That the whole is the total of its source's lines beside it. */
static double odds_of_total(const struct searching *s)
{
    double share = s->figures->totalled[s->whole->source];
    return share / (1 - share);
}

/* Were they two, who tells of the one would tell of the other as often as it does of what this source tells. Parts of
 * one bundle come together or not at all, so that they count once; what stands apart counts each. */
static void weigh_absence(struct searching *s, uint32_t source)
{
    const struct figures *figures = s->figures;
    const struct figure *w = s->whole;
    uint32_t begin = figures->of_entity[w->entity], end = figures->of_entity[w->entity + 1];
    s->absence_of_whole = source == w->source ? 0 : -log(1 - figures_overlap(figures, w->source, source));
    s->absence_of_parts = 0;
    for (uint32_t i = begin; i < end; i++) {
        uint32_t other = figures->at[figures->by_entity[i]].source;
        bool is_repeated = other == source;
        for (uint32_t b = begin; b < i && !is_repeated; b++)
            is_repeated = figures->at[figures->by_entity[b]].source == other;
        if (!is_repeated)
            s->absence_of_parts -= log(1 - figures_overlap(figures, source, other));
    }
    s->is_absence_known = true;
}

static double most_likeness(struct searching *s)
{
    if (isnan(s->most_likeness))
        s->most_likeness = figures_likeness(s->figures, s->whole, s->whole);
    return s->most_likeness;
}

static bool is_better(const struct searching *s, double log_odds, uint64_t turn)
{
    if (!s->has_best)
        return log_odds > 0;
    return log_odds > s->best.log_odds || (log_odds == s->best.log_odds && turn < s->best_turn);
}

static void weigh(struct searching *s, const struct candidate *const *members, size_t n, double sum, uint64_t turn)
{
    double difference = sum - s->whole->amount, ratio = ratio_of_difference(s, members, n, difference);
    struct part_hit hit = {.n = n, .difference = difference, .kind = SUM_BUNDLE};
    if (ratio <= 0)
        return;
    for (size_t i = 0; i < n; i++) {
        hit.tie = members[i]->tie > hit.tie ? members[i]->tie : hit.tie;
        hit.days = members[i]->days > hit.days ? members[i]->days : hit.days;
    }
    bool is_apart = s->sets < 0, is_own = figure_of(s, members[0])->source == s->whole->source;
    hit.kind = is_apart ? SUM_APART : is_own ? SUM_OWN : SUM_BUNDLE;
    double sets = is_apart ? sets_by_chance(members, n, hit.days) : is_own ? s->tried : s->sets * s->tried;
    double share = is_apart ? prior_apart
                   : is_own ? (n == s->n_set ? 1 : own_some) * odds_of_total(s)
                            : prior_bundle * day_share(hit.days) * place_share(hit.tie);
    if (!s->is_absence_known)
        weigh_absence(s, figure_of(s, members[0])->source);
    double log_odds =
        log(share * ratio / sets) + s->absence_of_whole + (is_apart ? (double)n : 1) * s->absence_of_parts;
    /* Most are hopeless whatever their circumstances. */
    if (log_odds + (is_own ? 0 : most_likeness(s)) < (s->has_best ? s->best.log_odds : 0))
        return;
    double likeness = mean_likeness(s, members, n);
    hit.log_odds = log_odds + (is_own ? fmin(likeness, 0) : likeness);
    hit.accidents = sets * exact_share / ratio;
    if (!is_better(s, hit.log_odds, turn))
        return;
    s->has_best = true;
    s->best = hit;
    s->best_turn = turn;
    for (size_t i = 0; i < n; i++)
        s->best_members[i] = members[i]->index;
}

/* ---- subsets ----------------------------------------------------------------------------------------------------- */

/* Rounding takes at most 5 % off each amount (part_figure.c): no smaller sum is W told in parts. */
static const double least_of_whole = 0.9;

/* When a subset's turn comes: by set, then how many they are, then which. */
static uint64_t turn_of(const struct searching *s, const uint8_t *places, size_t n)
{
    static_assert(MOST_PAIRS <= 1 << 6 && MOST_SUBSET * 6 + 3 <= 32, "places and their number in half a word");
    uint64_t turn = n;
    for (size_t i = 0; i < MOST_SUBSET; i++)
        turn = turn << 6 | (i < n ? places[i] : 0);
    return s->n_sets << 32 | turn;
}

static void weigh_picked(struct searching *s, size_t n)
{
    const struct candidate *members[MOST_SUBSET];
    uint8_t places[MOST_SUBSET];
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        uint8_t place = s->place[s->picked[i]];
        size_t at = i;
        for (; at > 0 && places[at - 1] > place; at--)
            places[at] = places[at - 1];
        places[at] = place;
    }
    for (size_t i = 0; i < n; i++) {
        members[i] = &s->set[places[i]];
        sum += amount_of(s, members[i]);
    }
    weigh(s, members, n, sum, turn_of(s, places, n));
}

/* The first from a place on that is not more. */
static size_t first_at_most(const struct searching *s, size_t from, double amount)
{
    size_t low = from, high = s->n_set;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (s->amounts[middle] > amount)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Amounts fall, so that what is too much stands in front, and nothing helps behind what is too little. */
static void choose(struct searching *s, size_t from, size_t n_chosen, size_t wanted, double sum)
{
    size_t left = wanted - n_chosen - 1;
    double least_left = (double)left * s->amounts[s->n_set - 1];
    for (size_t i = first_at_most(s, from, s->most_sum - sum - least_left); i + left < s->n_set; i++) {
        if (sum + (double)(left + 1) * s->amounts[i] < s->least_sum)
            return;
        s->picked[n_chosen] = i;
        if (left)
            choose(s, i + 1, n_chosen + 1, wanted, sum + s->amounts[i]);
        else
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

static void order_set(struct searching *s)
{
    for (size_t i = 0; i < s->n_set; i++) {
        double amount = amount_of(s, &s->set[i]);
        size_t at = i;
        for (; at > 0 && s->amounts[at - 1] < amount; at--) {
            s->amounts[at] = s->amounts[at - 1];
            s->place[at] = s->place[at - 1];
        }
        s->amounts[at] = amount;
        s->place[at] = (uint8_t)i;
    }
}

/* What rounding may have taken from the whole and the parts, and a little more than sums of numbers differ by. */
static void set_sums(struct searching *s, size_t k)
{
    double most_half = 0, whole = s->whole->amount;
    for (size_t i = 0; i < s->n_set; i++) {
        double half = figure_of(s, &s->set[i])->half;
        most_half = half > most_half ? half : most_half;
    }
    double apart = fmax(s->whole->half + (double)k * most_half, 1e-6 * whole) + 1e-9 * whole;
    s->least_sum = whole - apart;
    s->most_sum = whole + apart;
}

static void try_subsets(struct searching *s)
{
    size_t most = s->n_set <= MOST_QUADRUPLES ? MOST_SUBSET
                  : s->n_set <= MOST_TRIPLES  ? 3
                  : s->n_set <= MOST_PAIRS    ? 2
                                              : 0;
    s->n_sets++;
    if (most)
        order_set(s);
    for (size_t k = 2; k <= most && k <= s->n_set; k++) {
        if (k == s->n_set && s->sets >= 0)
            break; /* the whole bundle was tried first */
        s->tried += subsets(s->n_set, k);
        set_sums(s, k);
        choose(s, 0, 0, k, 0);
    }
}

static double sum_of(const struct searching *s, const struct candidate *set, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += amount_of(s, &set[i]);
    return sum;
}

static void try_whole(struct searching *s, const struct candidate *set, size_t n)
{
    const struct candidate *members[PART_MOST_LINES];
    if (n < 2 || n > PART_MOST_LINES)
        return;
    for (size_t i = 0; i < n; i++)
        members[i] = &set[i];
    s->tried++;
    weigh(s, members, n, sum_of(s, set, n), ++s->n_sets << 32);
}

static bool falls_short(const struct searching *s, const struct candidate *set, size_t n)
{
    return sum_of(s, set, n) < least_of_whole * s->whole->amount;
}

/* ---- what stands around ------------------------------------------------------------------------------------------ */

static bool is_of_bundle(const struct figure *a, const struct figure *b)
{
    return a->day == b->day && a->settlement == b->settlement && a->subdivision == b->subdivision;
}

static bool is_own_line(const struct figure *w, const struct figure *c)
{
    bool has_cases = w->case_number && c->case_number;
    return w->source == c->source && is_of_bundle(w, c) && (!has_cases || w->case_number == c->case_number);
}

static bool is_about(double a, double b)
{
    return fabs(a - b) <= 0.02 * fmax(a, b);
}

/* Whether the source tells of W's entity by itself, so that what else it tells is no part: but for lines beside a
 * total.
 */
static bool tells_whole(const struct figures *figures, const struct figure *w, uint32_t source)
{
    for (uint32_t i = figures->of_entity[w->entity]; i < figures->of_entity[w->entity + 1]; i++) {
        const struct figure *other = &figures->at[figures->by_entity[i]];
        if (other->source == source && is_about(other->amount, w->amount))
            return true;
    }
    return false;
}

/* Whether a source other than the part's tells of both: then they are two to it. */
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

static const double most_of_part = 0.98;

static bool may_be_part(const struct searching *s, const struct figure *c)
{
    const struct figure *w = s->whole;
    /* What may be W itself, rounded, is no part of it. */
    if (c->position == w->position || w->amount - c->amount <= w->half + c->half)
        return false;
    if (s->day != w->day)
        return c->source != w->source || (c->day == s->day && c->settlement == w->settlement);
    return c->source == w->source ? is_own_line(w, c) : !is_told_as_two(s->figures, w, c);
}

/* Whether a source may tell parts of W at all. */
static bool may_tell_parts(const struct searching *s, uint32_t source)
{
    bool is_decoy = s->day != s->whole->day; /* of other times: they have nothing in common but chance */
    return is_decoy || source == s->whole->source || !tells_whole(s->figures, s->whole, source);
}

/* The first of a source's figures on a day or later; most often just behind where it was for the last W. */
static uint32_t first_on(const struct figures *figures, const struct source_run *run, uint32_t hint, int32_t day)
{
    while (hint > run->first && figures->told[hint - 1].day >= day)
        hint--;
    while (hint < run->end && figures->told[hint].day < day)
        hint++;
    return hint;
}

/* Where figures of a source end that are no later than a day; `begin` where all that may be parts of W by their amount
 * are less than two or fall short of it, as most do. */
static uint32_t end_of_told(const struct searching *s, const struct source_run *run, uint32_t begin, int32_t last_day)
{
    const struct figure_told *told = s->figures->told;
    double most = most_of_part * s->whole->amount, sum = 0;
    uint32_t i = begin, n = 0;
    for (; i < run->end && told[i].day <= last_day; i++) {
        sum += told[i].amount <= most ? told[i].amount : 0;
        n += told[i].amount <= most;
    }
    return n < 2 || sum < least_of_whole * s->whole->amount ? begin : i;
}

/* What a source tells that may be parts of W; lines of W's own source stand beside it. */
static bool gather(struct searching *s, size_t run_number, int32_t days, enum tie loosest)
{
    const struct figures *figures = s->figures;
    const struct source_run *run = &figures->runs[run_number];
    uint32_t *hint = &s->hints[run_number - figures->first_run[s->whole->stratum]];
    double most = most_of_part * s->whole->amount;
    days = run->source == s->whole->source ? 0 : days;
    *hint = first_on(figures, run, *hint, s->day - days);
    s->n_around = 0;
    for (uint32_t i = *hint, end = end_of_told(s, run, *hint, s->day + days); i < end; i++) {
        const struct figure_told *told = &figures->told[i];
        if (told->amount > most)
            continue;
        const struct figure *c = &figures->at[told->figure];
        enum tie tie = figures_tie(s->whole, c);
        if (tie > loosest || !may_be_part(s, c))
            continue;
        if (s->n_around == MOST_AROUND)
            return false;
        s->gathered[s->n_around++] =
            (struct candidate){told->figure, tie, abs(c->day - s->day), figures_rate(figures, s->whole, c)};
    }
    return true;
}

/* By day, place and case, then figure. Places and cases are folded into few bits: should two of a day meet there, a
 * bundle is tried in pieces. */
static void sort_around(struct searching *s)
{
    for (size_t i = 0; i < s->n_around; i++) {
        const struct figure *c = figure_of(s, &s->gathered[i]);
        uint64_t place = hash_u64((uint64_t)c->settlement << 32 | c->subdivision) >> 42;
        uint64_t day = (uint32_t)(c->day - s->day + PART_DAYS), line = hash_u64(c->case_number) >> 44;
        s->items[i] = (struct sort_item){day << 42 | place << 20 | line, (uint32_t)i};
    }
    sort_items(s->items, s->n_around);
    for (size_t i = 0; i < s->n_around; i++)
        s->around[i] = s->gathered[s->items[i].payload];
}

/* ---- sets -------------------------------------------------------------------------------------------------------- */

/* All lines of each case first: that is one try each. */
static void try_bundle(struct searching *s, const struct candidate *set, size_t n)
{
    const struct figure *first = figure_of(s, &set[0]);
    if (falls_short(s, set, n))
        return;
    double rows = set[0].rows * (2 * set[0].days + 1);
    s->set = set;
    s->n_set = n;
    s->tried = 0;
    s->sets = rows * s->figures->bundled[first->source] / (double)n;
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && figure_of(s, &set[j])->case_number == figure_of(s, &set[i])->case_number; j++) {
        }
        if (j - i < n && figure_of(s, &set[i])->case_number)
            try_whole(s, &set[i], j - i);
    }
    try_whole(s, set, n);
    try_subsets(s);
}

/* What a source tells twice of one event counts once; returns how many are left. */
static size_t drop_repeated(const struct searching *s, struct candidate *set, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct figure *c = figure_of(s, &set[i]);
        bool is_repeated = false;
        for (size_t j = kept; j > 0 && !is_repeated; j--) {
            const struct figure *other = figure_of(s, &set[j - 1]);
            is_repeated = other->entity == c->entity && other->amount == c->amount && other->day == c->day;
        }
        if (!is_repeated)
            set[kept++] = set[i];
    }
    return kept;
}

/* Two equal lines look like one that is told twice: so a bundle with such is tried with all of them before they are
 * dropped. Returns how many are left. */
static size_t try_repeated(struct searching *s, struct candidate *set, size_t n_all)
{
    struct candidate all[PART_MOST_LINES];
    size_t n = 0;
    for (size_t i = 0, j; i < n_all; i = j) {
        for (j = i + 1; j < n_all && is_of_bundle(figure_of(s, &set[j]), figure_of(s, &set[i])); j++) {
        }
        size_t n_told = j - i <= PART_MOST_LINES ? j - i : 0;
        memcpy(all, &set[i], n_told * sizeof *all);
        size_t n_kept = drop_repeated(s, &set[i], j - i);
        if (n_kept < n_told)
            try_bundle(s, all, n_told);
        memmove(&set[n], &set[i], n_kept * sizeof *set);
        n += n_kept;
    }
    return drop_repeated(s, set, n);
}

static void try_source(struct searching *s, struct candidate *set, size_t n_all)
{
    size_t n = try_repeated(s, set, n_all);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && is_of_bundle(figure_of(s, &set[i]), figure_of(s, &set[j])); j++) {
        }
        if (j - i > 1)
            try_bundle(s, &set[i], j - i);
    }
    if (n < 2 || figure_of(s, &set[0])->source == s->whole->source || n > MOST_TRIPLES || falls_short(s, set, n))
        return;
    s->set = set;
    s->n_set = n;
    s->sets = -1;
    try_subsets(s);
}

static bool keep_best(struct searching *s)
{
    struct part_hits *out = s->out;
    if (!s->has_best)
        return true;
    if (!ARRAY_ROOM(out->at, out->n, out->room, 1) ||
        !ARRAY_ROOM(out->members, out->n_members, out->room_members, s->best.n))
        return false;
    s->best.whole = (uint32_t)(s->whole - s->figures->at);
    s->best.first = out->n_members;
    memcpy(out->members + out->n_members, s->best_members, s->best.n * sizeof *s->best_members);
    out->n_members += s->best.n;
    out->at[out->n++] = s->best;
    return true;
}

/* Where too many stand around, only the next day and no place that is known to be another. */
static bool search_source(struct searching *s, size_t run)
{
    s->has_best = false;
    s->is_absence_known = false;
    if (!may_tell_parts(s, s->figures->runs[run].source) ||
        (!gather(s, run, PART_DAYS, TIE_COUNTRY) && !gather(s, run, 1, TIE_VAGUE)))
        return true;
    if (s->n_around < 2 || falls_short(s, s->gathered, s->n_around))
        return true;
    sort_around(s);
    try_source(s, s->around, s->n_around);
    return keep_best(s);
}

static bool search_whole(struct searching *s)
{
    const uint32_t *runs = &s->figures->first_run[s->whole->stratum];
    bool is_good = true;
    if (s->stratum != s->whole->stratum) {
        s->stratum = s->whole->stratum;
        for (uint32_t run = runs[0]; run < runs[1]; run++)
            s->hints[run - runs[0]] = s->figures->runs[run].first;
    }
    s->most_likeness = NAN;
    s->n_sets = 0;
    for (uint32_t run = runs[0]; is_good && run < runs[1]; run++)
        is_good = search_source(s, run);
    return is_good;
}

/* To other days of the same stratum: forwards, else backwards, else not at all. */
static bool move(struct searching *s, int32_t shift)
{
    const struct figures *figures = s->figures;
    int32_t last = figures->at[figures->first_of_stratum[s->whole->stratum + 1] - 1].day;
    int32_t first = figures->at[figures->first_of_stratum[s->whole->stratum]].day;
    s->day = s->whole->day + shift;
    if (s->day > last)
        s->day = s->whole->day - shift;
    return s->day >= first;
}

/* Figures are searched in pieces, each with hits of its own, which are then put behind each other. */
enum { PIECE_FIGURES = 4096 };
struct pieces {
    const struct figures *figures;
    int32_t shift_days;
    size_t every;
    const uint8_t *is_due;          /* null: all are */
    const struct part_hits *before; /* of those that are not */
    struct part_hits *hits;         /* by piece */
};

static bool add_hit(struct part_hits *out, const struct part_hits *from, const struct part_hit *hit)
{
    if (!ARRAY_ROOM(out->at, out->n, out->room, 1) ||
        !ARRAY_ROOM(out->members, out->n_members, out->room_members, hit->n))
        return false;
    out->at[out->n] = *hit;
    out->at[out->n++].first = out->n_members;
    memcpy(&out->members[out->n_members], &from->members[hit->first], hit->n * sizeof *out->members);
    out->n_members += hit->n;
    return true;
}

/* The first of hits, which stand by their wholes, whose whole is not below. */
static size_t first_hit(const struct part_hits *hits, size_t whole)
{
    size_t low = 0, high = hits->n;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (hits->at[middle].whole < whole)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Hits of a figure from before, `*at` being the first of them or of one behind it. */
static bool keep_hits(const struct pieces *pieces, size_t figure, size_t *at, struct part_hits *out)
{
    bool is_good = true, is_kept = !pieces->is_due[figure];
    for (; is_good && *at < pieces->before->n && pieces->before->at[*at].whole == figure; ++*at)
        is_good = !is_kept || add_hit(out, pieces->before, &pieces->before->at[*at]);
    return is_good;
}

static enum comity_status search_piece(void *context, size_t piece)
{
    const struct pieces *pieces = context;
    const struct figures *figures = pieces->figures;
    struct searching s = {.figures = figures, .out = &pieces->hits[piece], .stratum = UINT32_MAX};
    size_t begin = piece * PIECE_FIGURES;
    size_t end = begin + PIECE_FIGURES < figures->n ? begin + PIECE_FIGURES : figures->n;
    size_t kept = pieces->is_due ? first_hit(pieces->before, begin) : 0;
    size_t n_sources = figures->frame->mentions->n_sources + 1;
    struct candidate *gathered = s.gathered = malloc(MOST_AROUND * sizeof *gathered);
    struct candidate *around = s.around = malloc(MOST_AROUND * sizeof *around);
    struct sort_item *items = s.items = malloc(MOST_AROUND * sizeof *items);
    struct likeness *likeness = s.likeness = calloc(LIKENESS_SIZE, sizeof *likeness);
    uint32_t *hints = s.hints = malloc(n_sources * sizeof *hints);
    bool is_good = gathered && around && items && likeness && hints;
    for (size_t i = begin; is_good && i < end; i++) {
        bool is_due = !pieces->is_due || pieces->is_due[i];
        s.whole = &figures->at[i];
        if (pieces->is_due)
            is_good = keep_hits(pieces, i, &kept, s.out);
        if (is_good && is_due && i % pieces->every == 0 && move(&s, pieces->shift_days))
            is_good = search_whole(&s);
    }
    free(around);
    free(items);
    free(likeness);
    free(hints);
    free(gathered);
    return is_good ? COMITY_OK : COMITY_NOMEM;
}

static bool append(struct part_hits *out, const struct part_hits *more)
{
    bool is_good = true;
    for (size_t i = 0; is_good && i < more->n; i++)
        is_good = add_hit(out, more, &more->at[i]);
    return is_good;
}

static enum comity_status search(struct pieces *pieces, unsigned threads, struct part_hits *out)
{
    size_t n_pieces = (pieces->figures->n + PIECE_FIGURES - 1) / PIECE_FIGURES;
    pieces->hits = calloc(n_pieces + 1, sizeof *pieces->hits);
    *out = (struct part_hits){0};
    enum comity_status status = pieces->hits ? parallel_run(n_pieces, threads, search_piece, pieces) : COMITY_NOMEM;
    for (size_t i = 0; pieces->hits && i < n_pieces; i++) {
        if (status == COMITY_OK && !append(out, &pieces->hits[i]))
            status = COMITY_NOMEM;
        parts_hits_release(&pieces->hits[i]);
    }
    free(pieces->hits);
    return status;
}

enum comity_status parts_search(
    const struct figures *figures, int32_t shift_days, size_t every, unsigned threads, struct part_hits *out)
{
    struct pieces pieces = {.figures = figures, .shift_days = shift_days, .every = every};
    return search(&pieces, threads, out);
}

enum comity_status parts_search_again(const struct figures *figures, const uint8_t *is_due,
    const struct part_hits *before, unsigned threads, struct part_hits *out)
{
    struct pieces pieces = {.figures = figures, .every = 1, .is_due = is_due, .before = before};
    return search(&pieces, threads, out);
}

void parts_hits_release(struct part_hits *hits)
{
    free(hits->at);
    free(hits->members);
    *hits = (struct part_hits){0};
}
