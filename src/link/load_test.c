/* What chance explains is learned from the data of each source and country; only what a state means is set here. */
#include "link/load_test.h"

#include "base/array.h"
#include "base/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ROUNDS: of learning what chance explains. LEAST_…: a block has so many distinct rows, of which so many stand again.
 * CHUNK: rows of the stretches that are laid side by side. WINDOW: days before and after one whose controls count. */
enum { ROUNDS = 3, LEAST_ROWS = 10, LEAST_MATCHED = 8, CHUNK = 25, WINDOW = 7, N_STATES = 7 };

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
    struct load_tally *tallies; /* of all pairings' days, one after another; borrowed */
    size_t n_tallies;
    double base[LOAD_MOST_TIMES][LOAD_STRATA];   /* of the pairing in hand */
    double usual_size;                           /* of the days that the base is from, as a row of them sees it */
    double common[LOAD_MOST_TIMES][LOAD_STRATA]; /* of all pairings */
};

/* ---- what chance explains ---------------------------------------------------------------------------------------- */

static void add_tally(struct load_tally *sum, const struct load_tally *tally)
{
    for (unsigned s = 0; s < LOAD_STRATA; s++) {
        sum->n[s] += tally->n[s];
        for (unsigned k = 0; k < LOAD_MOST_TIMES; k++)
            sum->hit[k][s] += tally->hit[k][s];
    }
}

/* In the order of shares, which are positive. */
static uint64_t share_bits(const struct load_tally *tally)
{
    double share = load_tally_matched(tally, 0) / load_tally_rows(tally);
    uint64_t bits;
    memcpy(&bits, &share, sizeof bits);
    return bits;
}

/* Stretches of some 25 rows of one series; returns how many. */
static size_t cut_chunks(const struct tester *tester, struct load_tally *chunks)
{
    size_t n = 0;
    const struct load_tally *tally = tester->tallies;
    for (size_t p = 0; p < tester->test->n_pairings; p++) {
        const struct load_series *from = tester->test->pairings[p].from->series;
        struct load_tally chunk = {0};
        for (size_t d = from->first_day; d < from->end_day; d++, tally++) {
            add_tally(&chunk, tally);
            if (load_tally_rows(&chunk) < CHUNK)
                continue;
            chunks[n++] = chunk;
            chunk = (struct load_tally){0};
        }
    }
    return n;
}

/* `sign` -1 takes it off again. */
static void add_control(struct load_tally *sum, const struct load_tally *tally, float sign)
{
    for (unsigned s = 0; s < LOAD_STRATA; s++) {
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
    struct load_tally *chunks = malloc((tester->n_tallies + 1) * sizeof *chunks), sum = {0};
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
    for (unsigned k = 0; k < LOAD_MOST_TIMES; k++)
        for (unsigned s = 0; s < LOAD_STRATA; s++)
            tester->common[k][s] =
                with_room(1.2 * (sum.hit[k][s] + prior_rows * prior / (k ? k : 1)) / (sum.n[s] + prior_rows), 0.45);
    return true;
}

/* The share on the days that are held to be loaded once, shrunk to the common one. */
static void learn_base(struct tester *tester, const struct load_tally *tallies, size_t n)
{
    const double shrink = 30;
    struct load_tally sum = {0};
    double sizes = 0;
    for (size_t d = 0; d < n; d++)
        if (!tallies[d].state) {
            add_tally(&sum, &tallies[d]);
            sizes += load_tally_rows(&tallies[d]) * tallies[d].size;
        }
    tester->usual_size = load_tally_rows(&sum) > 0 ? sizes / load_tally_rows(&sum) : 0;
    for (unsigned k = 0; k < LOAD_MOST_TIMES; k++)
        for (unsigned s = 0; s < LOAD_STRATA; s++)
            tester->base[k][s] =
                with_room((sum.hit[k][s] + shrink * tester->common[k][s]) / (sum.n[s] + shrink), most_by_chance);
}

/* Of each day, what the controls of the days around it say; a window moves along. */
static void learn_controls(struct load_tally *days, size_t n)
{
    const double prior_rows = 20;
    struct load_tally sum = {0};
    for (size_t d = 0, first = 0, end = 0; d < n; d++) {
        for (; end < n && end <= d + WINDOW; end++)
            add_control(&sum, &days[end], 1);
        for (; first + WINDOW < d; first++)
            add_control(&sum, &days[first], -1);
        for (unsigned s = 0; s < LOAD_STRATA; s++)
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
static double crowding(const struct tester *tester, const struct load_tally *day)
{
    const double ordinary = 3;
    double size = fmax(tester->usual_size, 2);
    return fmax(day->size / size / ordinary, 1);
}

/* The share that chance explains: for a multiple of k, as much less of what the controls say as it is seldomer. */
static double chance_of(const struct tester *tester, const struct load_tally *day, unsigned hit, unsigned stratum)
{
    const double *base = tester->base[hit];
    double seldom = hit > 1 ? base[stratum] / tester->base[0][stratum] : 1;
    double share = fmax(base[stratum], fmin(seldom, 1) * day->by_chance[stratum]);
    return fmin(crowding(tester, day) * share, most_by_chance);
}

static double evidence(const struct tester *tester, const struct load_tally *day, unsigned state)
{
    double sum = 0;
    unsigned hit = states[state].hit;
    for (unsigned s = 0; state && s < LOAD_STRATA; s++)
        if (day->n[s] > 0)
            sum += weigh(&states[state], chance_of(tester, day, hit, s), day->n[s], day->hit[hit][s]);
    return sum;
}

static double cost_of(unsigned from, unsigned to)
{
    return from == to ? 0 : (from ? cost_of_ending : 0) + states[to].beginning;
}

/* The score of leaving a state for another one, before that begins. */
static double leave(const double score[N_STATES], unsigned from)
{
    return score[from] - (from ? cost_of_ending : 0);
}

/* The best state to come from, and the best but that one: to begin a state costs the same from all. */
static void find_best(const double score[N_STATES], unsigned best[2])
{
    best[0] = leave(score, 1) > leave(score, 0);
    best[1] = !best[0];
    for (unsigned from = 2; from < N_STATES; from++) {
        if (leave(score, from) > leave(score, best[0])) {
            best[1] = best[0];
            best[0] = from;
        } else if (leave(score, from) > leave(score, best[1])) {
            best[1] = from;
        }
    }
}

/* The best way into `to`: it may have been in it. */
static unsigned best_before(const double score[N_STATES], const unsigned best[2], unsigned to)
{
    unsigned from = best[best[0] == to];
    return leave(score, from) - states[to].beginning > score[to] ? from : to;
}

/* Who begins a block with a day on which nothing stands again does better to begin it a day later: such states are not
 * weighed at all, and most days have no others. */
static bool is_idle_beginning(const struct load_tally *day, unsigned state, unsigned from)
{
    return state && !from && load_tally_rows(day) > 0 && load_tally_matched(day, states[state].hit) == 0;
}

/* No block is at hand, and none can begin here. */
static bool is_at_rest(const struct load_tally *day, const double score[N_STATES])
{
    bool is_once = true;
    for (unsigned state = 1; state < N_STATES; state++)
        is_once = is_once && score[state] == -INFINITY;
    return is_once && load_tally_rows(day) > 0 && load_tally_matched(day, 0) == 0;
}

/* Scores of the day; what cannot be is −INFINITY. */
static void step(
    const struct tester *tester, const struct load_tally *day, double score[N_STATES], uint8_t before[N_STATES])
{
    double next[N_STATES];
    unsigned best[2];
    find_best(score, best);
    for (unsigned state = 0; state < N_STATES; state++) {
        unsigned from = best_before(score, best, state);
        before[state] = (uint8_t)from;
        next[state] = is_open(tester, state) && !is_idle_beginning(day, state, from)
                          ? score[from] - cost_of(from, state) + evidence(tester, day, state)
                          : -INFINITY;
    }
    memcpy(score, next, sizeof next);
}

static bool find_states(const struct tester *tester, struct load_tally *days, size_t n)
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

static double evidence_of(const struct tester *tester, const struct load_tally *days, size_t n, unsigned state)
{
    double sum = 0;
    for (size_t d = 0; d < n; d++)
        sum += evidence(tester, &days[d], state);
    return sum;
}

/* Of days that are in states of as many times, the one state that explains them best. */
static unsigned state_of(const struct tester *tester, const struct load_tally *days, size_t n)
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
static unsigned times_of(const struct load_tally *sum, unsigned times)
{
    const double most = 0.6;
    for (unsigned k = LOAD_MOST_TIMES; k > 2 && times == 2; k--)
        if (load_tally_matched(sum, k - 1) >= most * load_tally_matched(sum, 0))
            return k;
    return times;
}

static void describe(const struct tester *tester, const struct load_tally *days, size_t n, struct load_block *block)
{
    unsigned hit = block->times > 2 ? block->times - 1 : 0;
    double by_chance = 0;
    struct load_tally sum = {0};
    for (size_t d = 0; d < n; d++) {
        add_tally(&sum, &days[d]);
        for (unsigned s = 0; s < LOAD_STRATA; s++)
            by_chance += days[d].n[s] * chance_of(tester, &days[d], hit, s);
    }
    block->n_distinct = load_tally_rows(&sum);
    block->n_matched = load_tally_matched(&sum, hit);
    block->share = block->n_matched / block->n_distinct;
    block->times = times_of(&sum, block->times);
    block->by_chance = by_chance / block->n_distinct;
}

/* A run of days in states of as many times, if it is sure enough. */
static bool judge(
    struct tester *tester, const struct load_pairing *pairing, const struct load_tally *days, size_t begin, size_t end)
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

static bool judge_days(
    struct tester *tester, const struct load_pairing *pairing, const struct load_tally *days, size_t n)
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

static bool has_enough(const struct load_tally *days, size_t n)
{
    double matched = 0;
    for (size_t d = 0; d < n; d++)
        matched += load_tally_matched(&days[d], 0);
    return matched >= LEAST_MATCHED;
}

static bool has_loads(const struct load_tally *days, size_t n)
{
    for (size_t d = 0; d < n; d++)
        if (days[d].state)
            return true;
    return false;
}

/* The first round goes by what all pairings have in common. Where the first two hold every day to be loaded once,
 * another learns nothing new. */
static bool search(struct tester *tester, const struct load_pairing *pairing, struct load_tally *days)
{
    size_t n = load_pairing_days(pairing);
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

void load_test_room_release(struct load_test_room *room)
{
    free(room->tallies);
    *room = (struct load_test_room){0};
}

static struct load_tally *make_tallies(struct load_test_room *room, size_t n)
{
    if (room->n >= n)
        return room->tallies;
    free(room->tallies);
    room->tallies = malloc(n * sizeof(struct load_tally));
    room->n = room->tallies ? n : 0;
    return room->tallies;
}

/* Each day of each pairing. */
static bool tally_all(struct tester *tester)
{
    const struct load_test *test = tester->test;
    struct load_tallier tallier;
    enum comity_status status = load_tallier_init(
        &tallier, tester->table, test->shift, test->view == LOAD_VIEW_CONTENT, test->pairings, test->n_pairings);
    struct load_tally *days = tester->tallies;
    for (size_t p = 0; status == COMITY_OK && p < test->n_pairings; p++) {
        load_tallier_run(&tallier, &test->pairings[p], days);
        days += load_pairing_days(&test->pairings[p]);
    }
    load_tallier_release(&tallier);
    return status == COMITY_OK;
}

enum comity_status load_test_run(
    const struct load_table *table, const struct load_test *test, struct load_test_room *room, struct load_blocks *out)
{
    struct tester tester = {.table = table, .test = test, .out = out};
    if (!test->n_pairings)
        return COMITY_OK;
    for (size_t p = 0; p < test->n_pairings; p++)
        tester.n_tallies += load_pairing_days(&test->pairings[p]);
    tester.tallies = make_tallies(room, tester.n_tallies + 1);
    bool has_memory = tester.tallies && tally_all(&tester) && learn_common(&tester);
    struct load_tally *days = tester.tallies;
    for (size_t p = 0; has_memory && p < test->n_pairings; p++) {
        has_memory = search(&tester, &test->pairings[p], days);
        days += load_pairing_days(&test->pairings[p]);
    }
    return has_memory ? COMITY_OK : COMITY_NOMEM;
}
