/* Per source and country, the days are a chain of states: loaded once, twice, three or four times. Each day's evidence
 * is how many of its distinct rows stand a multiple of k times, against the share that does so by itself (6 to 21 %
 * in busy cities). The best chain (Viterbi 1967, with a cost for changing state) makes the blocks. */
#include "link/load.h"

#include "base/array.h"
#include "base/calendar.h"
#include "base/error.h"
#include "base/hash.h"
#include "base/order.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_TIMES = 4, ROUNDS = 3, LEAST_ROWS = 10 };

static const double odd_rows = 0.04;         /* of a block loaded k times: rows entered between the loads */
static const double cost_of_beginning = 9.2; /* −ln 0.0001 */
static const double cost_of_ending = 3.9;    /* −ln 0.02 */
static const double least_confidence = 0.99;

struct day {
    int32_t day;
    size_t begin, end; /* in rows */
    double n_distinct, n_multiples[MOST_TIMES + 1];
    uint8_t times;
};

/* The days of one source and country. */
struct series {
    uint32_t source;
    uint16_t country;
    size_t first_day, end_day;
    double base[MOST_TIMES + 1];
};

struct finder {
    const struct mentions *mentions;
    struct arena *arena;
    struct sort_item *rows; /* by source, country and day; then by content: key is the content */
    size_t n_rows;
    struct day *days;
    size_t n_days, room_days;
    struct series *series;
    size_t n_series, room_series;
    double source_base[MOST_TIMES + 1]; /* of the source in hand */
    struct load_result *out;
};

uint16_t mention_country(const struct mentions *mentions, size_t mention)
{
    const struct domain *domain = mentions->domain;
    if (domain->country >= 0) {
        const struct value *value = mention_value(mentions, mention, domain->country);
        if (value->type == VALUE_COUNTRY && value->state == VALUE_TYPED)
            return value->country.id;
    }
    if (domain->where >= 0) {
        const struct value *value = mention_value(mentions, mention, domain->where);
        if (value->type == VALUE_PLACE && value->state == VALUE_TYPED)
            return value->place.country;
    }
    return COUNTRY_NONE;
}

/* ---- rows, days, series ---- */

static uint64_t series_key(const struct mentions *mentions, uint32_t mention)
{
    const struct value *when = mention_value(mentions, mention, mentions->domain->when);
    uint64_t who = (uint64_t)mentions->source[mention] << 16 | mention_country(mentions, mention);
    return who << 32 | ((uint32_t)when->date.first ^ UINT32_C(0x80000000));
}

static bool end_day(struct finder *finder, uint64_t key, size_t begin, size_t end)
{
    struct day day = {.day = (int32_t)((uint32_t)key ^ UINT32_C(0x80000000)), .begin = begin, .end = end};
    sort_items(&finder->rows[begin], end - begin);
    for (size_t i = begin, j; i < end; i = j) {
        for (j = i + 1; j < end && finder->rows[j].key == finder->rows[i].key; j++) {
        }
        day.n_distinct++;
        for (size_t k = 2; k <= MOST_TIMES; k++)
            day.n_multiples[k] += (j - i) % k == 0;
    }
    uint32_t source = (uint32_t)(key >> 48);
    uint16_t country = (uint16_t)(key >> 32);
    struct series *last = finder->n_series ? &finder->series[finder->n_series - 1] : NULL;
    if (!ARRAY_ROOM(finder->days, finder->n_days, finder->room_days, 1))
        return false;
    finder->days[finder->n_days] = day;
    if (!last || last->source != source || last->country != country) {
        if (!ARRAY_ROOM(finder->series, finder->n_series, finder->room_series, 1))
            return false;
        last = &finder->series[finder->n_series++];
        *last = (struct series){.source = source, .country = country, .first_day = finder->n_days};
    }
    last->end_day = ++finder->n_days;
    return true;
}

static enum comity_status gather(struct finder *finder)
{
    const struct mentions *mentions = finder->mentions;
    finder->rows = malloc((mentions->n + 1) * sizeof *finder->rows);
    if (!finder->rows)
        return COMITY_NOMEM;
    for (uint32_t i = 0; i < mentions->n; i++) {
        const struct value *when = mention_value(mentions, i, mentions->domain->when);
        if (when->type == VALUE_DATE && when->state == VALUE_TYPED)
            finder->rows[finder->n_rows++] = (struct sort_item){series_key(mentions, i), i};
    }
    sort_items(finder->rows, finder->n_rows);
    for (size_t i = 0, j; i < finder->n_rows; i = j) {
        uint64_t key = finder->rows[i].key;
        for (j = i; j < finder->n_rows && finder->rows[j].key == key; j++)
            finder->rows[j].key = mentions->content[finder->rows[j].payload];
        /* The next day's first key must not be taken for this one's: it is compared before it is overwritten. */
        if (!end_day(finder, key, i, j))
            return COMITY_NOMEM;
    }
    return COMITY_OK;
}

/* ---- how often rows stand k times by themselves ---- */

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median over days with enough rows: blocks do not move it unless they are most of the source. */
static double median_share(const struct finder *finder, size_t begin, size_t end, unsigned k, double *scratch)
{
    size_t n = 0;
    for (size_t d = begin; d < end; d++)
        if (finder->days[d].n_distinct >= LEAST_ROWS)
            scratch[n++] = finder->days[d].n_multiples[k] / finder->days[d].n_distinct;
    if (!n)
        return 0.1 / k;
    qsort(scratch, n, sizeof *scratch, compare_doubles);
    return fmin(scratch[n / 2], 0.4);
}

/* The share on the days that are held to be loaded once, shrunk to the source's; with room for busy days. */
static void set_base(const struct finder *finder, struct series *series)
{
    const double shrink = 30;
    for (unsigned k = 2; k <= MOST_TIMES; k++) {
        double n = shrink, multiples = shrink * finder->source_base[k];
        for (size_t d = series->first_day; d < series->end_day; d++)
            if (finder->days[d].times <= 1) {
                n += finder->days[d].n_distinct;
                multiples += finder->days[d].n_multiples[k];
            }
        series->base[k] = fmin(1.3 * multiples / n + 0.03, 0.7);
    }
}

/* ---- the chain of states ---- */

/* Log-likelihood ratio of "loaded k times" to "once". */
static double evidence(const struct series *series, const struct day *day, unsigned k)
{
    double base = series->base[k], multiples = day->n_multiples[k], rest = day->n_distinct - multiples;
    return multiples * log((1 - odd_rows) / base) + rest * log(odd_rows / (1 - base));
}

static enum comity_status find_states(struct finder *finder, const struct series *series)
{
    size_t n = series->end_day - series->first_day;
    uint8_t(*from)[MOST_TIMES + 1] = malloc((n + 1) * sizeof *from);
    if (!from)
        return COMITY_NOMEM;
    double score[MOST_TIMES + 1] = {0};
    for (unsigned k = 2; k <= MOST_TIMES; k++)
        score[k] = -cost_of_beginning;
    for (size_t d = 0; d < n; d++) {
        double next[MOST_TIMES + 1] = {0};
        for (unsigned k = 1; k <= MOST_TIMES; k++) {
            unsigned best = k;
            for (unsigned j = 1; j <= MOST_TIMES; j++) {
                double cost = j == k ? 0 : (j > 1 ? cost_of_ending : 0) + (k > 1 ? cost_of_beginning : 0);
                double kept = best == k ? 0 : (best > 1 ? cost_of_ending : 0) + (k > 1 ? cost_of_beginning : 0);
                if (score[j] - cost > score[best] - kept)
                    best = j;
            }
            double cost = best == k ? 0 : (best > 1 ? cost_of_ending : 0) + (k > 1 ? cost_of_beginning : 0);
            from[d][k] = (uint8_t)best;
            next[k] = score[best] - cost + (k > 1 ? evidence(series, &finder->days[series->first_day + d], k) : 0);
        }
        memcpy(score, next, sizeof score);
    }
    unsigned state = 1;
    for (unsigned k = 2; k <= MOST_TIMES; k++)
        if (score[k] > score[state])
            state = k;
    for (size_t d = n; d-- > 0; state = from[d][state])
        finder->days[series->first_day + d].times = (uint8_t)state;
    free(from);
    return COMITY_OK;
}

/* ---- judgements ---- */

static struct slice country_code(const struct finder *finder, uint16_t country)
{
    if (!finder->mentions->domain->countries || country == COUNTRY_NONE)
        return SLICE_EMPTY;
    return slice_from(country_get(finder->mentions->domain->countries, country)->alpha2);
}

static bool is_refused(const struct judgement *judgements, size_t n, const struct judgement *load)
{
    for (size_t i = 0; i < n; i++) {
        const struct judgement *other = &judgements[i];
        if (other->kind == JUDGEMENT_REPEATED_LOAD && other->is_undone && !other->is_withdrawn &&
            slice_equal(other->source, load->source) &&
            (!other->country.len || slice_equal(other->country, load->country)) && other->first_day <= load->last_day &&
            load->first_day <= other->last_day)
            return true;
    }
    return false;
}

/* Equal rows of one day: first to last by ordinal, so that copies pair up the same way whatever the order. */
static int compare_copies(const struct mentions *mentions, uint32_t a, uint32_t b)
{
    if (mentions->ordinal[a] != mentions->ordinal[b])
        return mentions->ordinal[a] < mentions->ordinal[b] ? -1 : 1;
    return mentions->identity[a] < mentions->identity[b] ? -1 : mentions->identity[a] > mentions->identity[b];
}

static void sort_copies(const struct mentions *mentions, struct sort_item *rows, size_t n)
{
    for (size_t gap = n / 2; gap > 0; gap /= 2)
        for (size_t i = gap; i < n; i++)
            for (size_t j = i; j >= gap && compare_copies(mentions, rows[j].payload, rows[j - gap].payload) < 0;
                 j -= gap) {
                struct sort_item swap = rows[j];
                rows[j] = rows[j - gap];
                rows[j - gap] = swap;
            }
}

/* Row j of m equal ones is a copy of row j modulo m/k rounded up. */
static void apply_day(struct finder *finder, const struct day *day, uint32_t times, struct judgement *load)
{
    for (size_t i = day->begin, j; i < day->end; i = j) {
        for (j = i + 1; j < day->end && finder->rows[j].key == finder->rows[i].key; j++) {
        }
        size_t m = j - i, kept = (m + times - 1) / times;
        load->n_rows += (uint32_t)m;
        load->n_surplus += (uint32_t)(m - kept);
        if (m > 1)
            sort_copies(finder->mentions, &finder->rows[i], m);
        for (size_t c = kept; c < m; c++)
            finder->out->copy_of[finder->rows[i + c].payload] = finder->rows[i + c % kept].payload;
    }
}

static bool describe(struct finder *finder, struct judgement *load)
{
    char text[200], first[DAY_TEXT], last[DAY_TEXT];
    day_format(load->first_day, first);
    day_format(load->last_day, last);
    snprintf(text, sizeof text, "nearly all rows from %s to %s stand a multiple of %u times: %u rows too many of %u",
        first, last, (unsigned)load->times, (unsigned)load->n_surplus, (unsigned)load->n_rows);
    load->why = arena_copy(finder->arena, slice_from(text));
    load->who = SLICE("model");
    return load->why.ptr != NULL;
}

/* A run of days in one state, if it is sure enough. */
static enum comity_status judge_block(struct finder *finder, const struct series *series, size_t begin, size_t end,
    const struct judgement *judgements, size_t n_judgements)
{
    unsigned times = finder->days[begin].times;
    while (begin < end && evidence(series, &finder->days[begin], times) <= 0)
        begin++;
    while (end > begin && evidence(series, &finder->days[end - 1], times) <= 0)
        end--;
    double bits = -cost_of_beginning - log((double)finder->n_days), distinct = 0;
    for (size_t d = begin; d < end; d++) {
        bits += evidence(series, &finder->days[d], times);
        distinct += finder->days[d].n_distinct;
    }
    double confidence = 1 / (1 + exp(-bits));
    if (begin == end || distinct < LEAST_ROWS || confidence < least_confidence)
        return COMITY_OK;
    struct judgement load = {.kind = JUDGEMENT_REPEATED_LOAD,
        .source = finder->mentions->sources[series->source].code,
        .country = country_code(finder, series->country),
        .first_day = finder->days[begin].day,
        .last_day = finder->days[end - 1].day,
        .times = times,
        .confidence = fmin(confidence, 0.9999)};
    if (is_refused(judgements, n_judgements, &load))
        return COMITY_OK;
    for (size_t d = begin; d < end; d++)
        apply_day(finder, &finder->days[d], times, &load);
    struct load_result *out = finder->out;
    if (!describe(finder, &load) || !ARRAY_ROOM(out->loads, out->n_loads, out->room_loads, 1))
        return COMITY_NOMEM;
    out->loads[out->n_loads++] = load;
    return COMITY_OK;
}

static enum comity_status search_series(
    struct finder *finder, struct series *series, const struct judgement *judgements, size_t n_judgements)
{
    enum comity_status status = COMITY_OK;
    for (int round = 0; status == COMITY_OK && round < ROUNDS; round++) {
        if (round == 0)
            memcpy(series->base, finder->source_base, sizeof series->base);
        else
            set_base(finder, series);
        status = find_states(finder, series);
    }
    for (size_t d = series->first_day, e; status == COMITY_OK && d < series->end_day; d = e) {
        for (e = d + 1; e < series->end_day && finder->days[e].times == finder->days[d].times; e++) {
        }
        if (finder->days[d].times > 1)
            status = judge_block(finder, series, d, e, judgements, n_judgements);
    }
    return status;
}

static enum comity_status search(struct finder *finder, const struct judgement *judgements, size_t n_judgements)
{
    double *scratch = malloc((finder->n_days + 1) * sizeof *scratch);
    enum comity_status status = scratch ? COMITY_OK : COMITY_NOMEM;
    for (size_t s = 0, e; status == COMITY_OK && s < finder->n_series; s = e) {
        for (e = s + 1; e < finder->n_series && finder->series[e].source == finder->series[s].source; e++) {
        }
        for (unsigned k = 2; k <= MOST_TIMES; k++)
            finder->source_base[k] =
                1.3 * median_share(finder, finder->series[s].first_day, finder->series[e - 1].end_day, k, scratch) +
                0.03;
        for (size_t i = s; status == COMITY_OK && i < e; i++)
            status = search_series(finder, &finder->series[i], judgements, n_judgements);
    }
    free(scratch);
    return status;
}

/* What a person has named as a repeated load holds, whatever the counts say. */
static void apply_named(struct finder *finder, const struct judgement *load)
{
    struct judgement counted = *load;
    for (size_t i = 0; i < finder->n_series; i++) {
        const struct series *series = &finder->series[i];
        if (!slice_equal(finder->mentions->sources[series->source].code, load->source) ||
            (load->country.len && !slice_equal(country_code(finder, series->country), load->country)))
            continue;
        for (size_t d = series->first_day; d < series->end_day; d++)
            if (finder->days[d].day >= load->first_day && finder->days[d].day <= load->last_day)
                apply_day(finder, &finder->days[d], load->times, &counted);
    }
}

enum comity_status loads_find(const struct mentions *mentions, const struct judgement *judgements, size_t n_judgements,
    struct arena *arena, struct load_result *out, struct comity_error *err)
{
    struct finder finder = {.mentions = mentions, .arena = arena, .out = out};
    *out = (struct load_result){.copy_of = malloc((mentions->n + 1) * sizeof *out->copy_of)};
    enum comity_status status = out->copy_of ? COMITY_OK : COMITY_NOMEM;
    for (uint32_t i = 0; status == COMITY_OK && i < mentions->n; i++)
        out->copy_of[i] = i;
    if (status == COMITY_OK && mentions->domain->when >= 0) {
        status = gather(&finder);
        if (status == COMITY_OK)
            status = search(&finder, judgements, n_judgements);
        for (size_t i = 0; status == COMITY_OK && i < n_judgements; i++)
            if (judgements[i].kind == JUDGEMENT_REPEATED_LOAD && judgements[i].is_by_person &&
                !judgements[i].is_undone && judgements[i].times > 1)
                apply_named(&finder, &judgements[i]);
    }
    free(finder.rows);
    free(finder.days);
    free(finder.series);
    return status == COMITY_OK ? COMITY_OK : error_nomem(err);
}

void loads_release(struct load_result *result)
{
    free(result->loads);
    free(result->copy_of);
    *result = (struct load_result){0};
}
