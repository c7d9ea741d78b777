/* What chance explains is learned from the data of each source and country; only what a state means is set here. */
#include "link/load_test.h"

#include "base/array.h"
#include "base/calendar.h"

#include <math.h>
#include <stdlib.h>

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

struct tester {
    const struct load_table *table;
    const struct load_test *test;
    struct load_blocks *out;
    struct tally *tallies; /* of all pairings' days, one after another */
    size_t n_tallies;
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

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static float rows_of(const struct tally *tally)
{
    return tally->n[0] + tally->n[1] + tally->n[2];
}

static unsigned stratum_of(unsigned n_other_days)
{
    return n_other_days == 0 ? 0 : n_other_days <= 3 ? 1 : 2;
}

static void tally_same_day(const struct load_table *table, const struct load_day *day, struct tally *out)
{
    const struct load_row *rows = table->rows;
    for (size_t i = day->begin, j; i < day->end; i = j) {
        for (j = i + 1; j < day->end && rows[j].hash == rows[i].hash; j++) {
        }
        unsigned stratum = stratum_of(rows[i].n_days - 1u);
        out->n[stratum]++;
        out->hit[0][stratum] += j - i >= 2;
        for (size_t k = 2; k <= MOST_TIMES; k++)
            out->hit[k - 1][stratum] += (j - i) % k == 0;
    }
}

/* Whether such a row stands on the day. `*at` moves on: rows are asked for in the order of their hashes. */
static bool stands(const struct load_table *table, const struct load_day *day, size_t *at, uint64_t hash)
{
    if (!day)
        return false;
    if (*at < day->begin)
        *at = day->begin;
    while (*at < day->end && table->rows[*at].hash < hash)
        (*at)++;
    return *at < day->end && table->rows[*at].hash == hash;
}

/* A row that stands on the day that `behind` would have it copied from is a copy itself, and says nothing of whether
 * the originals of its day were copied on. */
static void tally_other_day(const struct load_table *table, const struct load_day *day, const struct load_day *there,
    const struct load_day *behind, bool is_one_series, struct tally *out)
{
    const struct load_row *rows = table->rows;
    size_t t = 0, b = 0;
    for (size_t i = day->begin, j; i < day->end; i = j) {
        for (j = i + 1; j < day->end && rows[j].hash == rows[i].hash; j++) {
        }
        bool is_matched = stands(table, there, &t, rows[i].hash);
        if (!is_matched && stands(table, behind, &b, rows[i].hash))
            continue;
        unsigned own = 1u + (is_matched && is_one_series);
        unsigned stratum = stratum_of(rows[i].n_days > own ? rows[i].n_days - own : 0);
        out->n[stratum]++;
        out->hit[0][stratum] += is_matched;
        out->hit[1][stratum] += is_matched;
    }
}

/* How many rows of a day stand on another one: what chance does in this season and country, busy or not. */
static void tally_control(
    const struct load_table *table, const struct load_day *day, const struct load_day *there, struct tally *out)
{
    const struct load_row *rows = table->rows;
    size_t t = 0;
    for (size_t i = day->begin, j; i < day->end; i = j) {
        for (j = i + 1; j < day->end && rows[j].hash == rows[i].hash; j++) {
        }
        bool is_matched = stands(table, there, &t, rows[i].hash);
        unsigned own = 1u + is_matched, stratum = stratum_of(rows[i].n_days > own ? rows[i].n_days - own : 0);
        out->control_n[stratum]++;
        out->control[stratum] += is_matched;
    }
}

/* The days around the one that the test looks at, but for the row's own and the one that it may be copied from. */
static void tally_controls(
    struct tester *tester, const struct load_pairing *pairing, const struct load_day *day, struct tally *out)
{
    static const int around[] = {-3, -2, -1, 1, 2, 3};
    struct load_shift shift = tester->test->shift, back = {-shift.days, -shift.months};
    int32_t there = load_shift_day(shift, day->day), behind = load_shift_day(back, day->day);
    for (size_t i = 0; i < sizeof around / sizeof *around; i++) {
        int32_t other = there + around[i];
        if (other != day->day && other != behind)
            tally_control(tester->table, day, load_table_day(tester->table, pairing->from, other), out);
    }
}

static void tally_pairing(struct tester *tester, const struct load_pairing *pairing, struct tally *out)
{
    const struct load_table *table = tester->table;
    struct load_shift shift = tester->test->shift, back = {-shift.days, -shift.months};
    bool is_one_series = pairing->from == pairing->into, is_same_day = is_one_series && load_shift_is_none(shift);
    for (size_t d = pairing->from->first_day; d < pairing->from->end_day; d++, out++) {
        const struct load_day *day = &table->days[d];
        *out = (struct tally){0};
        const struct load_day *there =
            is_same_day ? day : load_table_day(table, pairing->into, load_shift_day(shift, day->day));
        if (is_same_day)
            tally_same_day(table, day, out);
        else
            tally_other_day(table, day, there,
                is_one_series ? load_table_day(table, pairing->from, load_shift_day(back, day->day)) : NULL,
                is_one_series, out);
        out->size = is_same_day ? rows_of(out) : there ? (float)(there->end - there->begin) : 0;
        if (is_one_series && tester->test->view != LOAD_VIEW_CONTENT)
            tally_controls(tester, pairing, day, out);
    }
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

static double share_of(const struct tally *tally)
{
    return matched_of(tally, 0) / rows_of(tally);
}

static int by_share(const void *a, const void *b)
{
    double x = share_of(a), y = share_of(b);
    return (x > y) - (x < y);
}

/* Stretches of some 25 rows of one series; returns how many. */
static size_t cut_chunks(const struct tester *tester, struct tally *chunks)
{
    size_t n = 0;
    const struct tally *tally = tester->tallies;
    for (size_t p = 0; p < tester->test->n_pairings; p++) {
        const struct load_series *from = tester->test->pairings[p].from;
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
    if (!chunks)
        return false;
    size_t n = cut_chunks(tester, chunks);
    if (n)
        qsort(chunks, n, sizeof *chunks, by_share);
    for (size_t i = 0; i <= n / 2 && i < n; i++)
        add_tally(&sum, &chunks[i]);
    free(chunks);
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
static unsigned best_before(const struct tester *tester, const double score[N_STATES], unsigned to)
{
    unsigned best = to;
    for (unsigned from = 0; from < N_STATES; from++)
        if (is_open(tester, from) && score[from] - cost_of(from, to) > score[best] - cost_of(best, to))
            best = from;
    return best;
}

static bool find_states(const struct tester *tester, struct tally *days, size_t n)
{
    uint8_t(*before)[N_STATES] = malloc((n + 1) * sizeof *before);
    double score[N_STATES], next[N_STATES];
    if (!before)
        return false;
    for (unsigned state = 0; state < N_STATES; state++)
        score[state] = is_open(tester, state) ? -cost_of(0, state) : -INFINITY;
    for (size_t d = 0; d < n; d++) {
        for (unsigned state = 0; state < N_STATES; state++) {
            next[state] = -INFINITY;
            if (!is_open(tester, state))
                continue;
            unsigned from = before[d][state] = (uint8_t)best_before(tester, score, state);
            next[state] = score[from] - cost_of(from, state) + evidence(tester, &days[d], state);
        }
        memcpy(score, next, sizeof score);
    }
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
    struct load_block block = {.from = pairing->from,
        .into = pairing->into,
        .view = tester->test->view,
        .fields = tester->test->fields,
        .shift = tester->test->shift,
        .first_day = pairing->from->first_day + begin,
        .end_day = pairing->from->first_day + end,
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
    size_t n = pairing->from->end_day - pairing->from->first_day;
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

enum comity_status load_test_run(const struct load_table *table, const struct load_test *test, struct load_blocks *out)
{
    struct tester tester = {.table = table, .test = test, .out = out};
    for (size_t p = 0; p < test->n_pairings; p++)
        tester.n_tallies += test->pairings[p].from->end_day - test->pairings[p].from->first_day;
    tester.tallies = malloc((tester.n_tallies + 1) * sizeof *tester.tallies);
    bool has_memory = tester.tallies != NULL;
    struct tally *days = tester.tallies;
    for (size_t p = 0; has_memory && p < test->n_pairings; p++) {
        tally_pairing(&tester, &test->pairings[p], days);
        days += test->pairings[p].from->end_day - test->pairings[p].from->first_day;
    }
    has_memory = has_memory && test->n_pairings && learn_common(&tester);
    days = tester.tallies;
    for (size_t p = 0; has_memory && p < test->n_pairings; p++) {
        has_memory = search(&tester, &test->pairings[p], days);
        days += test->pairings[p].from->end_day - test->pairings[p].from->first_day;
    }
    free(tester.tallies);
    return has_memory || !test->n_pairings ? COMITY_OK : COMITY_NOMEM;
}
