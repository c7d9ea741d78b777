/* Subsets are enumerated within small sets only; where many rows stand around, only whole bundles are tried, and chance
 * is counted accordingly. */
#include "link/part_search.h"

#include "base/array.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/order.h"
#include "base/parallel.h"
#include "link/part.h"

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

struct searching {
    const struct figures *figures;
    struct part_hits *out;
    const struct figure *whole;
    int32_t day;      /* where W is looked for: its own but in decoys */
    uint32_t *around; /* candidates of all sources */
    size_t n_around;
    struct sort_item *items;                        /* to sort them */
    const uint32_t *set;                            /* what subsets are taken of */
    double amounts[MOST_PAIRS], halves[MOST_PAIRS]; /* of the set */
    double most_behind[MOST_PAIRS + 1];             /* the largest amount from a place in it on */
    size_t n_set;
    double most_likeness;                      /* that any figure has with the whole */
    struct likeness *likeness;                 /* LIKENESS_SIZE of them, looked up once for many subsets */
    double absence_of_whole, absence_of_parts; /* natural logarithms: see weigh_absence */
    double tried;                              /* subsets, so far in the set */
    double sets; /* sets as near as this one that chance would show; < 0: each subset by its own nearness */
    bool has_best;
    struct part_hit best;
    uint32_t chosen[PART_MOST_LINES];
    uint32_t best_members[PART_MOST_LINES];
};

enum { LIKENESS_SIZE = 1024 };
struct likeness {
    uint32_t whole, figure; /* from 1; 0: empty */
    double of_two;
};

static const struct figure *figure_at(const struct searching *s, uint32_t i)
{
    return &s->figures->at[i];
}

static int32_t days_from(const struct searching *s, const struct figure *part)
{
    return abs(part->day - s->day);
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
static double ratio_of_difference(const struct searching *s, const uint32_t *members, size_t n, double difference)
{
    const struct figure *w = s->whole;
    double grain = w->grain, half = w->half;
    for (size_t i = 0; i < n; i++) {
        grain = fmin(grain, figure_at(s, members[i])->grain);
        half += figure_at(s, members[i])->half;
    }
    if (fabs(difference) <= 1e-6 * w->amount)
        return exact_share / fmin(1, chance_density * grain / w->amount);
    if (fabs(difference) > half)
        return 0;
    return rounded_share * w->amount / (chance_density * (2 * half + grain));
}

/* Independent rows in an area as wide as the loosest of them: (rate · days)^n / n!. */
static double sets_by_chance(const struct searching *s, const uint32_t *members, size_t n, int32_t days)
{
    double rows = 0, sets = 1;
    for (size_t i = 0; i < n; i++)
        rows = fmax(rows, figures_rate(s->figures, s->whole, figure_at(s, members[i])) * (2 * days + 1));
    for (size_t i = 1; i <= n; i++)
        sets *= rows / (double)i;
    return fmax(sets, 1e-4);
}

/* How alike the circumstances of the members are with the whole's. */
static double mean_likeness(const struct searching *s, const uint32_t *members, size_t n)
{
    uint32_t whole = (uint32_t)(s->whole - s->figures->at) + 1;
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        struct likeness *known = &s->likeness[members[i] % LIKENESS_SIZE];
        if (known->whole != whole || known->figure != members[i] + 1)
            *known = (struct likeness){
                whole, members[i] + 1, figures_likeness(s->figures, s->whole, figure_at(s, members[i]))};
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

static void weigh(struct searching *s, const uint32_t *members, size_t n, double sum)
{
    double difference = sum - s->whole->amount, ratio = ratio_of_difference(s, members, n, difference);
    struct part_hit hit = {.n = n, .difference = difference, .kind = SUM_BUNDLE};
    if (ratio <= 0)
        return;
    for (size_t i = 0; i < n; i++) {
        enum tie tie = figures_tie(s->whole, figure_at(s, members[i]));
        int32_t days = days_from(s, figure_at(s, members[i]));
        hit.tie = tie > hit.tie ? tie : hit.tie;
        hit.days = days > hit.days ? days : hit.days;
    }
    bool is_apart = s->sets < 0, is_own = figure_at(s, members[0])->source == s->whole->source;
    hit.kind = is_apart ? SUM_APART : is_own ? SUM_OWN : SUM_BUNDLE;
    double sets = is_apart ? sets_by_chance(s, members, n, hit.days) : is_own ? s->tried : s->sets * s->tried;
    double share = is_apart ? prior_apart
                   : is_own ? (n == s->n_set ? 1 : own_some) * odds_of_total(s)
                            : prior_bundle * day_share(hit.days) * place_share(hit.tie);
    double log_odds =
        log(share * ratio / sets) + s->absence_of_whole + (is_apart ? (double)n : 1) * s->absence_of_parts;
    /* Most are hopeless whatever their circumstances. */
    double least = s->has_best ? s->best.log_odds : 0;
    if (log_odds + (is_own ? 0 : s->most_likeness) <= least)
        return;
    double likeness = mean_likeness(s, members, n);
    hit.log_odds = log_odds + (is_own ? fmin(likeness, 0) : likeness);
    hit.accidents = sets * exact_share / ratio;
    if (hit.log_odds <= least)
        return;
    s->has_best = true;
    s->best = hit;
    memcpy(s->best_members, members, n * sizeof *members);
}

/* ---- subsets ----------------------------------------------------------------------------------------------------- */

/* Rounding takes at most 5 % off each amount (part_figure.c): no sum outside of these is W told in parts. */
static const double least_of_whole = 0.9, most_of_whole = 1.11;

static void choose(struct searching *s, size_t from, size_t n_chosen, size_t wanted, double sum, double half)
{
    double whole = s->whole->amount, left = (double)(wanted - n_chosen - 1);
    for (size_t i = from; i + (wanted - n_chosen) <= s->n_set; i++) {
        double more = sum + s->amounts[i];
        if (sum + (left + 1) * s->most_behind[i] < least_of_whole * whole)
            return;
        if (more > most_of_whole * whole || more + left * s->most_behind[i + 1] < least_of_whole * whole)
            continue;
        s->chosen[n_chosen] = s->set[i];
        if (n_chosen + 1 < wanted)
            choose(s, i + 1, n_chosen + 1, wanted, more, half + s->halves[i]);
        else if (fabs(more - whole) <= fmax(half + s->halves[i], 1e-6 * whole))
            weigh(s, s->chosen, wanted, more);
    }
}

static double subsets(size_t n, size_t k)
{
    double ways = 1;
    for (size_t i = 0; i < k; i++)
        ways = ways * (double)(n - i) / (double)(i + 1);
    return ways;
}

static void try_subsets(struct searching *s)
{
    size_t most = s->n_set <= MOST_QUADRUPLES ? MOST_SUBSET
                  : s->n_set <= MOST_TRIPLES  ? 3
                  : s->n_set <= MOST_PAIRS    ? 2
                                              : 0;
    s->most_behind[most ? s->n_set : 0] = 0;
    for (size_t i = most ? s->n_set : 0; i-- > 0;) {
        s->amounts[i] = figure_at(s, s->set[i])->amount;
        s->halves[i] = figure_at(s, s->set[i])->half;
        s->most_behind[i] = fmax(s->amounts[i], s->most_behind[i + 1]);
    }
    for (size_t k = 2; k <= most && k <= s->n_set; k++) {
        if (k == s->n_set && s->sets >= 0)
            break; /* the whole bundle was tried first */
        s->tried += subsets(s->n_set, k);
        choose(s, 0, 0, k, 0, s->whole->half);
    }
}

static void try_whole(struct searching *s, const uint32_t *set, size_t n)
{
    double sum = 0;
    if (n < 2 || n > PART_MOST_LINES)
        return;
    for (size_t i = 0; i < n; i++)
        sum += figure_at(s, set[i])->amount;
    s->tried++;
    weigh(s, set, n, sum);
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

/* No part is nearly all of it. */
static const double most_of_part = 0.98;

static bool may_be_part(const struct searching *s, const struct figure *c)
{
    const struct figure *w = s->whole;
    /* What may be W itself, rounded, is no part of it. */
    if (c->position == w->position || w->amount - c->amount <= w->half + c->half)
        return false;
    if (s->day != w->day) /* decoys are of other times: they have nothing in common but chance */
        return c->source != w->source || (c->day == s->day && c->settlement == w->settlement);
    if (c->source == w->source)
        return is_own_line(w, c);
    return !tells_whole(s->figures, w, c->source) && !is_told_as_two(s->figures, w, c);
}

static size_t first_on(const struct figures *figures, uint32_t stratum, int32_t day)
{
    size_t low = figures->first_of_stratum[stratum], high = figures->first_of_stratum[stratum + 1];
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (figures->at[middle].day < day)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Where too many stand around, only the next day and no place that is known to be another. */
static bool gather(struct searching *s, int32_t days, enum tie loosest)
{
    const struct figures *figures = s->figures;
    size_t end = figures->first_of_stratum[s->whole->stratum + 1];
    s->n_around = 0;
    for (size_t i = first_on(figures, s->whole->stratum, s->day - days); i < end; i++) {
        const struct figure *c = &figures->at[i];
        if (c->day > s->day + days)
            break;
        /* The amount first: half of all are too large. */
        if (c->amount > most_of_part * s->whole->amount || figures_tie(s->whole, c) > loosest || !may_be_part(s, c))
            continue;
        if (s->n_around == MOST_AROUND)
            return false;
        s->around[s->n_around++] = (uint32_t)i;
    }
    return true;
}

/* By source, then day, place and case, then figure. Places and cases are folded into few bits: should two of a day meet
 * there, a bundle is tried in pieces. */
static void sort_around(struct searching *s)
{
    for (size_t i = 0; i < s->n_around; i++) {
        const struct figure *c = figure_at(s, s->around[i]);
        uint64_t place = hash_u64((uint64_t)c->settlement << 32 | c->subdivision) >> 42;
        uint64_t day = (uint32_t)(c->day - s->day + PART_DAYS), line = hash_u64(c->case_number) >> 44;
        s->items[i] = (struct sort_item){(uint64_t)c->source << 46 | day << 42 | place << 20 | line, s->around[i]};
    }
    sort_items(s->items, s->n_around);
    for (size_t i = 0; i < s->n_around; i++)
        s->around[i] = s->items[i].payload;
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
}

/* ---- sets -------------------------------------------------------------------------------------------------------- */

/* All lines of each case first: that is one try each. */
static void try_bundle(struct searching *s, const uint32_t *set, size_t n)
{
    const struct figure *first = figure_at(s, set[0]);
    double rows = figures_rate(s->figures, s->whole, first) * (2 * days_from(s, first) + 1);
    s->set = set;
    s->n_set = n;
    s->tried = 0;
    s->sets = rows * s->figures->bundled[first->source] / (double)n;
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && figure_at(s, set[j])->case_number == figure_at(s, set[i])->case_number; j++) {
        }
        if (j - i < n && figure_at(s, set[i])->case_number)
            try_whole(s, &set[i], j - i);
    }
    try_whole(s, set, n);
    try_subsets(s);
}

/* What a source tells twice of one event counts once; returns how many are left. */
static size_t drop_repeated(const struct searching *s, uint32_t *set, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        const struct figure *c = figure_at(s, set[i]);
        bool is_repeated = false;
        for (size_t j = kept; j > 0 && !is_repeated; j--) {
            const struct figure *other = figure_at(s, set[j - 1]);
            is_repeated = other->entity == c->entity && other->amount == c->amount && other->day == c->day;
        }
        if (!is_repeated)
            set[kept++] = set[i];
    }
    return kept;
}

/* Two equal lines look like one that is told twice: so a bundle with such is tried with all of them before they are
 * dropped. Returns how many are left. */
static size_t try_repeated(struct searching *s, uint32_t *set, size_t n_all)
{
    uint32_t all[PART_MOST_LINES];
    size_t n = 0;
    for (size_t i = 0, j; i < n_all; i = j) {
        for (j = i + 1; j < n_all && is_of_bundle(figure_at(s, set[j]), figure_at(s, set[i])); j++) {
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

static void try_source(struct searching *s, uint32_t *set, size_t n_all)
{
    size_t n = try_repeated(s, set, n_all);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && is_of_bundle(figure_at(s, set[i]), figure_at(s, set[j])); j++) {
        }
        if (j - i > 1)
            try_bundle(s, &set[i], j - i);
    }
    if (n < 2 || figure_at(s, set[0])->source == s->whole->source || n > MOST_TRIPLES)
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

static bool search_whole(struct searching *s)
{
    s->most_likeness = figures_likeness(s->figures, s->whole, s->whole);
    if (!gather(s, PART_DAYS, TIE_COUNTRY) && !gather(s, 1, TIE_VAGUE))
        return true;
    sort_around(s);
    for (size_t i = 0, j; i < s->n_around; i = j) {
        uint32_t source = figure_at(s, s->around[i])->source;
        for (j = i + 1; j < s->n_around && figure_at(s, s->around[j])->source == source; j++) {
        }
        s->has_best = false;
        if (j - i > 1) {
            weigh_absence(s, source);
            try_source(s, &s->around[i], j - i);
        }
        if (!keep_best(s))
            return false;
    }
    return true;
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
    struct searching s = {.figures = figures, .out = &pieces->hits[piece]};
    size_t begin = piece * PIECE_FIGURES;
    size_t end = begin + PIECE_FIGURES < figures->n ? begin + PIECE_FIGURES : figures->n;
    size_t kept = pieces->is_due ? first_hit(pieces->before, begin) : 0;
    uint32_t *around = s.around = malloc(MOST_AROUND * sizeof *around);
    struct sort_item *items = s.items = malloc(MOST_AROUND * sizeof *items);
    struct likeness *likeness = s.likeness = calloc(LIKENESS_SIZE, sizeof *likeness);
    bool is_good = around && items && likeness;
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
