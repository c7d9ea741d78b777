/* What chance explains is learned from the data of each source and country; only what a state means is set here. */
#include "link/load_test.h"

#include "base/array.h"
#include "base/calendar.h"
#include "base/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    MOST_TIMES = 4,
    N_STRATA = 3,
    ROUNDS = 3,
    LEAST_ROWS = 10,
    LEAST_MATCHED = 8,
    CHUNK = 25,
    WINDOW = 7,
    N_STATES = 7
};

/* Rows that stand again in each stratum: hit[0] at all, hit[k − 1] a multiple of k times. */
struct tally {
    float n[N_STRATA], hit[MOST_TIMES][N_STRATA];
    float control_n[N_STRATA], control[N_STRATA]; /* the same question asked of days around, where no copies are */
    float size;                                   /* rows on the day that the test looks at */
    double by_chance[N_STRATA];                   /* at least this share stands again, by the controls around it */
    uint8_t state;
};

struct state {
    unsigned times;
    unsigned hit;     /* which of the tallies it speaks of */
    double share;     /* of the rows that were loaded again */
    double beginning; /* cost: −ln of how seldom it begins */
};
/* Of a whole load, one row in 25 may disagree: entered between the loads, corrected since. A part of a load is likelier
 * to be something else, so it must be surer. */
static const struct state states[N_STATES] = {
    {1, 0, 0, 0},
    {2, 1, 0.96, 9.2},
    {3, 2, 0.96, 9.2},
    {4, 3, 0.96, 9.2},
    {2, 0, 0.75, 13},
    {2, 0, 0.5, 13},
    {2, 0, 0.33, 13},
};
static const double cost_of_ending = 3.9; /* −ln 0.02 */
/* ln of the odds that it is one: 0.99; of a part more, since what comes in clumps by itself looks like one. */
static const double least_nats = 4.6, least_nats_of_part = 8;
static const double most_by_chance = 0.7;
/* Where two sources agree in everything as often as this, a copy cannot be told from two that tell the truth. */
static const double most_agreement = 0.5;

/* Where the rows of a day are looked for. */
struct place {
    int32_t day, there, behind; /* `behind`: the day that they would be copied from */
    uint8_t n_controls;         /* days around `there` that are asked, too */
};

struct tester {
    const struct load_table *table;
    const struct load_test *test;
    struct load_blocks *out;
    struct tally *tallies; /* of all pairings' days, one after another; borrowed */
    size_t n_tallies;
    struct place *places;                /* by day of the pairing in hand */
    uint16_t *marks;                     /* of its kinds, day by day */
    uint32_t *next;                      /* by day: where its next mark goes */
    double base[MOST_TIMES][N_STRATA];   /* of the pairing in hand */
    double usual_size;                   /* of the days that the base is from, as a row of them sees it */
    double common[MOST_TIMES][N_STRATA]; /* of all pairings */
};

int32_t load_shift_day(struct load_shift shift, int32_t day)
{
    if (!shift.months)
        return day + shift.days;
    struct civil civil = civil_from_day(day);
    int month = civil.year * 12 + (int)civil.month - 1 + shift.months;
    unsigned in_year = (unsigned)(month % 12) + 1, last = days_in_month(month / 12, in_year);
    return day_from_civil(month / 12, in_year, civil.day < last ? civil.day : last);
}

static size_t n_days_of(const struct load_pairing *pairing)
{
    return pairing->from->series->end_day - pairing->from->series->first_day;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static float rows_of(const struct tally *tally)
{
    return tally->n[0] + tally->n[1] + tally->n[2];
}

static unsigned stratum_of(size_t n_other_days)
{
    return n_other_days == 0 ? 0 : n_other_days <= 3 ? 1 : 2;
}

enum { AROUND = 3 };

/* All but the row's own day and the one that it may be copied from. */
static uint8_t count_controls(const struct place *place)
{
    uint8_t n = 0;
    for (int32_t day = place->there - AROUND; day <= place->there + AROUND; day++)
        n += day != place->there && day != place->day && day != place->behind;
    return n;
}

static void find_places(struct tester *tester, const struct load_series *from)
{
    struct load_shift shift = tester->test->shift, back = {-shift.days, -shift.months};
    struct place *place = tester->places;
    for (size_t d = from->first_day; d < from->end_day; d++, place++) {
        int32_t day = tester->table->days[d].day;
        if (load_shift_is_none(shift)) {
            *place = (struct place){day, day, day, 2 * AROUND};
            continue;
        }
        *place = (struct place){day, load_shift_day(shift, day), load_shift_day(back, day), 0};
        place->n_controls = count_controls(place);
    }
}

/* Kinds lie by hash, tallies by day: what a kind says is marked first, in two bytes, and added up day by day after. */
enum { MARK_HITS = 2, MARK_ALONE = 6, MARK_MATCHED = 8, MARK_CONTROLS = 10, MARK_STRATUM = 3 };
enum { UNCOUNTED = N_STRATA };

static void mark_day(struct tester *tester, uint32_t day, unsigned mark)
{
    tester->marks[tester->next[day]++] = (uint16_t)mark;
}

static unsigned mark_same_day(const struct load_kind *kind, size_t n_days)
{
    unsigned hits = kind->n >= 2;
    for (uint32_t k = 2; kind->n > 1 && k <= MOST_TIMES; k++)
        hits |= (unsigned)(kind->n % k == 0) << (k - 1);
    return stratum_of(n_days - 1) | hits << MARK_HITS;
}

static unsigned mark_other_day(size_t n_other_days, bool is_matched)
{
    return stratum_of(n_other_days) | (is_matched ? 3u << MARK_HITS : 0);
}

/* How many rows of a day stand on another one: what chance does in this season and country, busy or not. */
static unsigned mark_controls(size_t n_days, unsigned n_matched)
{
    unsigned alone = stratum_of(n_days - 1), matched = n_matched ? stratum_of(n_days - 2) : 0;
    return alone << MARK_ALONE | matched << MARK_MATCHED | n_matched << MARK_CONTROLS;
}

/* `n_asked`: on how many days around. */
static void add_mark(struct tally *out, unsigned mark, unsigned n_asked)
{
    unsigned stratum = mark & MARK_STRATUM, hits = mark >> MARK_HITS & 15, n_matched = mark >> MARK_CONTROLS;
    if (stratum != UNCOUNTED)
        out->n[stratum]++;
    for (unsigned k = 0; hits && k < MOST_TIMES; k++)
        out->hit[k][stratum] += (float)(hits >> k & 1);
    if (n_asked)
        out->control_n[mark >> MARK_ALONE & MARK_STRATUM] += (float)(n_asked - n_matched);
    if (!n_matched)
        return;
    out->control_n[mark >> MARK_MATCHED & MARK_STRATUM] += (float)n_matched;
    out->control[mark >> MARK_MATCHED & MARK_STRATUM] += (float)n_matched;
}

/* There are no more kinds of a day than rows. */
static void begin_marks(struct tester *tester, const struct load_series *from)
{
    const struct load_day *days = tester->table->days;
    for (size_t d = from->first_day; d < from->end_day; d++)
        tester->next[d - from->first_day] = (uint32_t)(days[d].begin - days[from->first_day].begin);
}

static void add_marks(struct tester *tester, const struct load_series *from, bool has_controls, struct tally *out)
{
    const struct load_day *days = tester->table->days + from->first_day;
    for (size_t d = 0; d < from->end_day - from->first_day; d++) {
        out[d] = (struct tally){0};
        for (size_t i = days[d].begin - days[0].begin; i < tester->next[d]; i++)
            add_mark(&out[d], tester->marks[i], has_controls ? tester->places[d].n_controls : 0);
    }
}

/* Of the days of a run, which lie around one: a window that moves along, since later days look at later ones. */
struct window {
    const struct place *places;
    const struct load_kind *run;
    size_t n, low, behind;
};

static int32_t day_in(const struct window *window, size_t i)
{
    return window->places[window->run[i].day].day;
}

static bool stands_behind(struct window *window, const struct place *place)
{
    while (window->behind < window->n && day_in(window, window->behind) < place->behind)
        window->behind++;
    return window->behind < window->n && day_in(window, window->behind) == place->behind;
}

/* Whether the row stands `there`, and on how many of the days that are controls. */
static bool stands_there(struct window *window, const struct place *place, unsigned *n_controls)
{
    bool is_there = false;
    while (window->low < window->n && day_in(window, window->low) < place->there - AROUND)
        window->low++;
    *n_controls = 0;
    for (size_t i = window->low; i < window->n && day_in(window, i) <= place->there + AROUND; i++) {
        int32_t day = day_in(window, i);
        if (day == place->there)
            is_there = true;
        else
            *n_controls += day != place->day && day != place->behind;
    }
    return is_there;
}

/* A row that stands on the day that it would be copied from is a copy itself, and says nothing of whether the originals
 * of its day were copied on. */
static void mark_shifted(struct tester *tester, const struct load_kind *run, size_t n)
{
    struct window window = {.places = tester->places, .run = run, .n = n};
    for (size_t i = 0; i < n; i++) {
        const struct place *place = &tester->places[run[i].day];
        unsigned n_controls;
        bool is_there = stands_there(&window, place, &n_controls), is_behind = stands_behind(&window, place);
        unsigned mark = is_there || !is_behind ? mark_other_day(n - 1 - is_there, is_there) : UNCOUNTED;
        mark_day(tester, run[i].day, mark | mark_controls(n, n_controls));
    }
}

static void mark_repeated(struct tester *tester, const struct load_kind *run, size_t n)
{
    struct window window = {.places = tester->places, .run = run, .n = n};
    for (size_t i = 0; i < n; i++) {
        unsigned n_controls = 0;
        if (n > 1)
            (void)stands_there(&window, &tester->places[run[i].day], &n_controls);
        mark_day(tester, run[i].day, mark_same_day(&run[i], n) | mark_controls(n, n_controls));
    }
}

static void mark_one_series(struct tester *tester, const struct load_look *look)
{
    bool is_same_day = load_shift_is_none(tester->test->shift);
    for (size_t i = 0, end; i < look->n; i = end) {
        end = load_look_run(look, i);
        if (is_same_day)
            mark_repeated(tester, &look->kinds[i], end - i);
        else
            mark_shifted(tester, &look->kinds[i], end - i);
    }
}

/* Content has its day in it: it stands on no other one, and its values tell how common it is. */
static void mark_content(struct tester *tester, const struct load_look *look)
{
    for (size_t i = 0; i < look->n; i++)
        mark_day(tester, look->kinds[i].day, mark_same_day(&look->kinds[i], look->n_days[i]));
}

/* Both lie by hash, then by day. */
static void mark_across(struct tester *tester, const struct load_pairing *pairing)
{
    const struct load_look *from = pairing->from, *into = pairing->into;
    const struct load_day *days = &tester->table->days[into->series->first_day];
    size_t at = 0;
    for (size_t i = 0, end; i < from->n; i = end) {
        end = load_look_run(from, i);
        for (size_t k = i; k < end; k++) {
            const struct load_kind *kind = &from->kinds[k];
            int32_t there = tester->places[kind->day].there;
            while (at < into->n && (into->kinds[at].hash < kind->hash ||
                                       (into->kinds[at].hash == kind->hash && days[into->kinds[at].day].day < there)))
                at++;
            bool is_there =
                at < into->n && into->kinds[at].hash == kind->hash && days[into->kinds[at].day].day == there;
            mark_day(tester, kind->day, mark_other_day(end - i - 1, is_there));
        }
    }
}

/* Rows on the days that the test looks at; later days look at later ones. */
static void tally_sizes(struct tester *tester, const struct load_series *into, struct tally *out, size_t n)
{
    const struct load_day *days = tester->table->days;
    size_t at = into->first_day;
    for (size_t d = 0; d < n; d++) {
        while (at < into->end_day && days[at].day < tester->places[d].there)
            at++;
        bool is_there = at < into->end_day && days[at].day == tester->places[d].there;
        out[d].size = is_there ? (float)(days[at].end - days[at].begin) : 0;
    }
}

/* A copy on the same day is one of the distinct rows of the day. */
static void tally_own_sizes(struct tally *out, size_t n)
{
    for (size_t d = 0; d < n; d++)
        out[d].size = rows_of(&out[d]);
}

static void tally_pairing(struct tester *tester, const struct load_pairing *pairing, struct tally *out)
{
    bool is_one_series = pairing->from == pairing->into, is_content = tester->test->view == LOAD_VIEW_CONTENT;
    size_t n = n_days_of(pairing);
    find_places(tester, pairing->from->series);
    begin_marks(tester, pairing->from->series);
    if (!is_one_series)
        mark_across(tester, pairing);
    else if (is_content)
        mark_content(tester, pairing->from);
    else
        mark_one_series(tester, pairing->from);
    add_marks(tester, pairing->from->series, is_one_series && !is_content, out);
    if (is_one_series && load_shift_is_none(tester->test->shift))
        tally_own_sizes(out, n);
    else
        tally_sizes(tester, pairing->into->series, out, n);
}

/* ---- what chance explains ---------------------------------------------------------------------------------------- */

static void add_tally(struct tally *sum, const struct tally *tally)
{
    for (unsigned s = 0; s < N_STRATA; s++) {
        sum->n[s] += tally->n[s];
        for (unsigned k = 0; k < MOST_TIMES; k++)
            sum->hit[k][s] += tally->hit[k][s];
    }
}

static float matched_of(const struct tally *tally, unsigned hit)
{
    return tally->hit[hit][0] + tally->hit[hit][1] + tally->hit[hit][2];
}

/* In the order of shares, which are positive. */
static uint64_t share_bits(const struct tally *tally)
{
    double share = matched_of(tally, 0) / rows_of(tally);
    uint64_t bits;
    memcpy(&bits, &share, sizeof bits);
    return bits;
}

/* Stretches of some 25 rows of one series; returns how many. */
static size_t cut_chunks(const struct tester *tester, struct tally *chunks)
{
    size_t n = 0;
    const struct tally *tally = tester->tallies;
    for (size_t p = 0; p < tester->test->n_pairings; p++) {
        const struct load_series *from = tester->test->pairings[p].from->series;
        struct tally chunk = {0};
        for (size_t d = from->first_day; d < from->end_day; d++, tally++) {
            add_tally(&chunk, tally);
            if (rows_of(&chunk) < CHUNK)
                continue;
            chunks[n++] = chunk;
            chunk = (struct tally){0};
        }
    }
    return n;
}

static void add_control(struct tally *sum, const struct tally *tally, float sign)
{
    for (unsigned s = 0; s < N_STRATA; s++) {
        sum->control_n[s] += sign * tally->control_n[s];
        sum->control[s] += sign * tally->control[s];
    }
}

/* With some room, since busy days have more of it; never nothing. */
static double with_room(double share, double most)
{
    return fmin(1.3 * share + 0.015, most);
}

/* The share in ordinary time, before anything is known: that of the chunks up to the median, which loads do not move
 * unless they are most of the source. */
static bool learn_common(struct tester *tester)
{
    struct tally *chunks = malloc((tester->n_tallies + 1) * sizeof *chunks), sum = {0};
    struct sort_item *by_share = malloc((tester->n_tallies + 1) * sizeof *by_share);
    bool is_ready = chunks && by_share;
    size_t n = is_ready ? cut_chunks(tester, chunks) : 0;
    for (uint32_t i = 0; i < n; i++)
        by_share[i] = (struct sort_item){share_bits(&chunks[i]), i};
    if (n)
        sort_items(by_share, n);
    for (size_t i = 0; i <= n / 2 && i < n; i++)
        add_tally(&sum, &chunks[by_share[i].payload]);
    free(chunks);
    free(by_share);
    if (!is_ready)
        return false;
    const double prior_rows = 20, prior = 0.06;
    for (unsigned k = 0; k < MOST_TIMES; k++)
        for (unsigned s = 0; s < N_STRATA; s++)
            tester->common[k][s] =
                with_room(1.2 * (sum.hit[k][s] + prior_rows * prior / (k ? k : 1)) / (sum.n[s] + prior_rows), 0.45);
    return true;
}

/* The share on the days that are held to be loaded once, shrunk to the common one. */
static void learn_base(struct tester *tester, const struct tally *tallies, size_t n)
{
    const double shrink = 30;
    struct tally sum = {0};
    double sizes = 0;
    for (size_t d = 0; d < n; d++)
        if (!tallies[d].state) {
            add_tally(&sum, &tallies[d]);
            sizes += rows_of(&tallies[d]) * tallies[d].size;
        }
    tester->usual_size = rows_of(&sum) > 0 ? sizes / rows_of(&sum) : 0;
    for (unsigned k = 0; k < MOST_TIMES; k++)
        for (unsigned s = 0; s < N_STRATA; s++)
            tester->base[k][s] =
                with_room((sum.hit[k][s] + shrink * tester->common[k][s]) / (sum.n[s] + shrink), most_by_chance);
}

/* Of each day, what the controls of the days around it say; a window moves along. */
static void learn_controls(struct tally *days, size_t n)
{
    const double prior_rows = 20;
    struct tally sum = {0};
    for (size_t d = 0, first = 0, end = 0; d < n; d++) {
        for (; end < n && end <= d + WINDOW; end++)
            add_control(&sum, &days[end], 1);
        for (; first + WINDOW < d; first++)
            add_control(&sum, &days[first], -1);
        for (unsigned s = 0; s < N_STRATA; s++)
            days[d].by_chance[s] = with_room(sum.control[s] / (sum.control_n[s] + prior_rows), most_by_chance);
    }
}

/* ---- the chain of states ----------------------------------------------------------------------------------------- */

static bool is_open(const struct tester *tester, unsigned state)
{
    const struct load_pairing *pairing = tester->test->pairings;
    bool is_same_day = pairing->from == pairing->into && load_shift_is_none(tester->test->shift);
    if (states[state].times > 2)
        return is_same_day;
    return !tester->test->is_across || states[state].share == 0 || states[state].share > 0.5;
}

/* ln of how much likelier a state makes what stands again of the rows of a stratum than "loaded once" does. */
static double weigh(const struct state *state, double base, double n, double hit)
{
    /* Of a part, the other rows may stand again by chance. */
    double matched = state->share > 0.9 ? state->share : state->share + (1 - state->share) * base;
    double again = hit > 0 ? hit * log(matched / base) : 0;
    return again + (n > hit ? (n - hit) * log((1 - matched) / (1 - base)) : 0);
}

/* The more rows a day has, the likelier one of them is like another. Some days hold what is dated to no day, or a
 * month's rows: of a day that is many times the usual size, chance explains as many times more. */
static double crowding(const struct tester *tester, const struct tally *day)
{
    const double ordinary = 3;
    double size = fmax(tester->usual_size, 2);
    return fmax(day->size / size / ordinary, 1);
}

/* The share that chance explains: for a multiple of k, as much less of what the controls say as it is seldomer. */
static double chance_of(const struct tester *tester, const struct tally *day, unsigned hit, unsigned stratum)
{
    const double *base = tester->base[hit];
    double seldom = hit > 1 ? base[stratum] / tester->base[0][stratum] : 1;
    double share = fmax(base[stratum], fmin(seldom, 1) * day->by_chance[stratum]);
    return fmin(crowding(tester, day) * share, most_by_chance);
}

static double evidence(const struct tester *tester, const struct tally *day, unsigned state)
{
    double sum = 0;
    unsigned hit = states[state].hit;
    for (unsigned s = 0; state && s < N_STRATA; s++)
        if (day->n[s] > 0)
            sum += weigh(&states[state], chance_of(tester, day, hit, s), day->n[s], day->hit[hit][s]);
    return sum;
}

static double cost_of(unsigned from, unsigned to)
{
    return from == to ? 0 : (from ? cost_of_ending : 0) + states[to].beginning;
}

/* The best way into `to`. */
static unsigned best_before(const double score[N_STATES], unsigned to)
{
    unsigned best = to;
    for (unsigned from = 0; from < N_STATES; from++)
        if (score[from] > -INFINITY && score[from] - cost_of(from, to) > score[best] - cost_of(best, to))
            best = from;
    return best;
}

/* Who begins a block with a day on which nothing stands again does better to begin it a day later: such states are not
 * weighed at all, and most days have no others. */
static bool is_idle_beginning(const struct tally *day, unsigned state, unsigned from)
{
    return state && !from && rows_of(day) > 0 && matched_of(day, states[state].hit) == 0;
}

/* No block is at hand, and none can begin here. */
static bool is_at_rest(const struct tally *day, const double score[N_STATES])
{
    bool is_once = true;
    for (unsigned state = 1; state < N_STATES; state++)
        is_once = is_once && score[state] == -INFINITY;
    return is_once && rows_of(day) > 0 && matched_of(day, 0) == 0;
}

/* Scores of the day; what cannot be is −INFINITY. */
static void step(const struct tester *tester, const struct tally *day, double score[N_STATES], uint8_t before[N_STATES])
{
    double next[N_STATES];
    for (unsigned state = 0; state < N_STATES; state++) {
        unsigned from = best_before(score, state);
        before[state] = (uint8_t)from;
        next[state] = is_open(tester, state) && !is_idle_beginning(day, state, from)
                          ? score[from] - cost_of(from, state) + evidence(tester, day, state)
                          : -INFINITY;
    }
    memcpy(score, next, sizeof next);
}

static bool find_states(const struct tester *tester, struct tally *days, size_t n)
{
    uint8_t(*before)[N_STATES] = malloc((n + 1) * sizeof *before);
    double score[N_STATES];
    if (!before)
        return false;
    for (unsigned state = 0; state < N_STATES; state++)
        score[state] = is_open(tester, state) ? -cost_of(0, state) : -INFINITY;
    for (size_t d = 0; d < n; d++)
        if (is_at_rest(&days[d], score))
            before[d][0] = 0;
        else
            step(tester, &days[d], score, before[d]);
    unsigned last = 0;
    for (unsigned state = 1; state < N_STATES; state++)
        if (score[state] > score[last])
            last = state;
    for (size_t d = n; d-- > 0; last = before[d][last])
        days[d].state = (uint8_t)last;
    free(before);
    return true;
}

/* ---- blocks ------------------------------------------------------------------------------------------------------ */

static double evidence_of(const struct tester *tester, const struct tally *days, size_t n, unsigned state)
{
    double sum = 0;
    for (size_t d = 0; d < n; d++)
        sum += evidence(tester, &days[d], state);
    return sum;
}

/* Of days that are in states of as many times, the one state that explains them best. */
static unsigned state_of(const struct tester *tester, const struct tally *days, size_t n)
{
    unsigned best = days[0].state;
    for (unsigned state = 1; state < N_STATES; state++)
        if (is_open(tester, state) && states[state].times == states[best].times &&
            evidence_of(tester, days, n, state) - states[state].beginning >
                evidence_of(tester, days, n, best) - states[best].beginning)
            best = state;
    return best;
}

/* Where some rows were corrected between the loads, fewer stand a whole multiple of times: how often the block was
 * loaded is what most rows say. */
static unsigned times_of(const struct tally *sum, unsigned times)
{
    const double most = 0.6;
    for (unsigned k = MOST_TIMES; k > 2 && times == 2; k--)
        if (matched_of(sum, k - 1) >= most * matched_of(sum, 0))
            return k;
    return times;
}

static void describe(const struct tester *tester, const struct tally *days, size_t n, struct load_block *block)
{
    unsigned hit = block->times > 2 ? block->times - 1 : 0;
    double by_chance = 0;
    struct tally sum = {0};
    for (size_t d = 0; d < n; d++) {
        add_tally(&sum, &days[d]);
        for (unsigned s = 0; s < N_STRATA; s++)
            by_chance += days[d].n[s] * chance_of(tester, &days[d], hit, s);
    }
    block->n_distinct = rows_of(&sum);
    block->n_matched = matched_of(&sum, hit);
    block->share = block->n_matched / block->n_distinct;
    block->times = times_of(&sum, block->times);
    block->by_chance = by_chance / block->n_distinct;
}

/* A run of days in states of as many times, if it is sure enough. */
static bool judge(
    struct tester *tester, const struct load_pairing *pairing, const struct tally *days, size_t begin, size_t end)
{
    unsigned state = state_of(tester, days + begin, end - begin);
    while (begin < end && evidence(tester, &days[begin], state) <= 0)
        begin++;
    while (end > begin && evidence(tester, &days[end - 1], state) <= 0)
        end--;
    if (begin == end)
        return true;
    struct load_block block = {.from = pairing->from->series,
        .into = pairing->into->series,
        .view = tester->test->view,
        .fields = tester->test->fields,
        .shift = tester->test->shift,
        .first_day = pairing->from->series->first_day + begin,
        .end_day = pairing->from->series->first_day + end,
        .times = states[state].times};
    block.nats = evidence_of(tester, days + begin, end - begin, state) - states[state].beginning -
                 log((double)tester->table->n_days) - tester->test->log_n_tests;
    describe(tester, days + begin, end - begin, &block);
    bool is_sure = block.nats >= (states[state].share > 0.9 ? least_nats : least_nats_of_part) &&
                   block.n_distinct >= LEAST_ROWS && block.n_matched >= LEAST_MATCHED;
    if (is_sure && tester->test->is_across && block.by_chance > most_agreement)
        is_sure = false;
    if (!is_sure)
        return true;
    if (!ARRAY_ROOM(tester->out->at, tester->out->n, tester->out->room, 1))
        return false;
    tester->out->at[tester->out->n++] = block;
    return true;
}

static bool judge_days(struct tester *tester, const struct load_pairing *pairing, const struct tally *days, size_t n)
{
    bool has_memory = true;
    for (size_t d = 0, e; has_memory && d < n; d = e) {
        for (e = d + 1; e < n && states[days[e].state].times == states[days[d].state].times; e++) {
        }
        if (days[d].state)
            has_memory = judge(tester, pairing, days, d, e);
    }
    return has_memory;
}

static bool has_enough(const struct tally *days, size_t n)
{
    double matched = 0;
    for (size_t d = 0; d < n; d++)
        matched += matched_of(&days[d], 0);
    return matched >= LEAST_MATCHED;
}

static bool has_loads(const struct tally *days, size_t n)
{
    for (size_t d = 0; d < n; d++)
        if (days[d].state)
            return true;
    return false;
}

/* Where the first two rounds hold every day to be loaded once, another learns nothing new. */
static bool search(struct tester *tester, const struct load_pairing *pairing, struct tally *days)
{
    size_t n = n_days_of(pairing);
    bool has_found = has_enough(days, n);
    if (!has_found)
        return true;
    learn_base(tester, days, n);
    memcpy(tester->base, tester->common, sizeof tester->base);
    learn_controls(days, n);
    for (int round = 0; round < ROUNDS && (has_found || round < 2); round++) {
        if (round)
            learn_base(tester, days, n);
        if (!find_states(tester, days, n))
            return false;
        has_found = has_loads(days, n);
    }
    return judge_days(tester, pairing, days, n);
}

static size_t n_rows_of(const struct load_table *table, const struct load_series *series)
{
    return table->days[series->end_day - 1].end - table->days[series->first_day].begin;
}

void load_test_room_release(struct load_test_room *room)
{
    free(room->tallies);
    *room = (struct load_test_room){0};
}

static struct tally *make_tallies(struct load_test_room *room, size_t n)
{
    if (room->n >= n)
        return room->tallies;
    free(room->tallies);
    room->tallies = malloc(n * sizeof(struct tally));
    room->n = room->tallies ? n : 0;
    return room->tallies;
}

static bool make_room(struct tester *tester, struct load_test_room *room)
{
    const struct load_test *test = tester->test;
    size_t most_days = 0, most_rows = 0;
    for (size_t p = 0; p < test->n_pairings; p++) {
        size_t n = n_days_of(&test->pairings[p]), n_rows = n_rows_of(tester->table, test->pairings[p].from->series);
        tester->n_tallies += n;
        most_days = n > most_days ? n : most_days;
        most_rows = n_rows > most_rows ? n_rows : most_rows;
    }
    tester->tallies = make_tallies(room, tester->n_tallies + 1);
    tester->places = calloc(most_days + 1, sizeof *tester->places);
    tester->next = malloc((most_days + 1) * sizeof *tester->next);
    tester->marks = malloc((most_rows + 1) * sizeof *tester->marks);
    return tester->tallies && tester->places && tester->next && tester->marks;
}

enum comity_status load_test_run(
    const struct load_table *table, const struct load_test *test, struct load_test_room *room, struct load_blocks *out)
{
    struct tester tester = {.table = table, .test = test, .out = out};
    bool has_memory = make_room(&tester, room);
    struct tally *days = tester.tallies;
    for (size_t p = 0; has_memory && p < test->n_pairings; p++) {
        tally_pairing(&tester, &test->pairings[p], days);
        days += n_days_of(&test->pairings[p]);
    }
    has_memory = has_memory && test->n_pairings && learn_common(&tester);
    days = tester.tallies;
    for (size_t p = 0; has_memory && p < test->n_pairings; p++) {
        has_memory = search(&tester, &test->pairings[p], days);
        days += n_days_of(&test->pairings[p]);
    }
    free(tester.places);
    free(tester.next);
    free(tester.marks);
    return has_memory || !test->n_pairings ? COMITY_OK : COMITY_NOMEM;
}
