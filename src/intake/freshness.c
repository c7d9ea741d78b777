/* Gaps are counted between days, not moments: files that come in one sitting are one arrival. */
#include "intake/freshness.h"

#include "base/calendar.h"
#include "base/error.h"

#include <stdlib.h>

enum { DAY_S = 86400 };
static const double high_quantile = 0.9;

const char *freshness_state_text(enum freshness_state state)
{
    static const char *const texts[N_FRESHNESS_STATES] = {
        "not known", "on time", "nothing to report, declared", "overdue"};
    return (size_t)state < N_FRESHNESS_STATES ? texts[state] : "";
}

static int compare_days(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;
    return x < y ? -1 : x > y;
}

static bool is_declared(const struct freshness_input *input, int32_t day)
{
    for (size_t i = 0; i < input->n_silences; i++)
        if (day >= input->silences[i].first_day && day <= input->silences[i].last_day)
            return true;
    return false;
}

/* Days of (from, to) that are not declared silent, and one for the step itself. */
static int32_t gap_between(const struct freshness_input *input, int32_t from, int32_t to)
{
    int32_t days = to - from;
    for (int32_t day = from + 1; day < to && input->n_silences; day++)
        days -= is_declared(input, day);
    return days;
}

static size_t find_gaps(const struct freshness_input *input, int32_t *gaps)
{
    size_t n = 0;
    for (size_t i = 1; i < input->n_arrivals; i++) {
        int32_t from = day_of_instant(input->arrivals[i - 1]), to = day_of_instant(input->arrivals[i]);
        if (to > from)
            gaps[n++] = gap_between(input, from, to);
    }
    qsort(gaps, n, sizeof *gaps, compare_days);
    return n;
}

static void learn_gaps(const struct freshness_input *input, const int32_t *gaps, size_t n, struct freshness *out)
{
    out->n_gaps = n;
    if (n >= FRESHNESS_LEAST_GAPS) {
        /* The lower of two middle ones, and the higher rank of the quantile: both are gaps that there were. */
        size_t high = (size_t)(high_quantile * (double)n);
        out->usual_s = (int64_t)gaps[(n - 1) / 2] * DAY_S;
        out->long_s = (int64_t)gaps[high < n ? high : n - 1] * DAY_S;
        out->allowed_s = out->long_s > out->usual_s * 3 / 2 ? out->long_s : out->usual_s * 3 / 2;
    }
    if (input->expect_s)
        out->allowed_s = input->expect_s;
}

static int64_t day_ends(int32_t day)
{
    return ((int64_t)day + 1) * DAY_S - 1;
}

/* Declared periods that have begun are signs of life up to their end. */
static int64_t last_sign(const struct freshness_input *input, struct freshness *out)
{
    int64_t sign = out->last_arrival;
    int32_t today = day_of_instant(input->now);
    for (size_t i = 0; i < input->n_silences; i++) {
        const struct silence *silence = &input->silences[i];
        if (silence->first_day > today)
            continue;
        if (silence->last_day >= today && (!out->declared || silence->last_day > out->declared->last_day))
            out->declared = silence;
        if (day_ends(silence->last_day) > sign)
            sign = day_ends(silence->last_day);
    }
    return sign;
}

enum comity_status freshness_of(const struct freshness_input *input, struct freshness *out, struct comity_error *err)
{
    int32_t *gaps = malloc((input->n_arrivals + 1) * sizeof *gaps);
    *out = (struct freshness){0};
    if (!gaps)
        return error_nomem(err);
    learn_gaps(input, gaps, find_gaps(input, gaps), out);
    free(gaps);
    if (input->n_arrivals)
        out->last_arrival = input->arrivals[input->n_arrivals - 1];
    int64_t sign = last_sign(input, out);
    if (sign && out->allowed_s)
        out->due = sign + out->allowed_s;
    if (out->declared)
        out->state = FRESHNESS_DECLARED;
    else if (!out->due)
        out->state = FRESHNESS_UNKNOWN;
    else
        out->state = input->now > out->due ? FRESHNESS_OVERDUE : FRESHNESS_ON_TIME;
    if (out->state == FRESHNESS_OVERDUE)
        out->late_s = input->now - out->due;
    return COMITY_OK;
}

/* ---- of a store's source --------------------------------------------------------------------------------------- */

static size_t pick_arrivals(const struct freshness_facts *facts, struct slice source, int64_t *arrivals)
{
    size_t n = 0;
    /* The store lists the newest first. */
    for (size_t i = facts->n_imports; i-- > 0;) {
        const struct import_row *import = &facts->imports[i];
        char when[INSTANT_TEXT];
        snprintf(when, sizeof when, "%.*s", SLICE_ARG(import->when));
        if (!import->is_undone && slice_equal(import->source_code, source) && instant_parse(when, &arrivals[n]))
            n++;
    }
    return n;
}

static size_t pick_silences(const struct freshness_facts *facts, struct slice source, struct silence *silences)
{
    size_t n = 0;
    for (size_t i = 0; i < facts->n_silences; i++)
        if (!facts->silences[i].is_undone && slice_equal(facts->silences[i].source, source))
            silences[n++] = facts->silences[i];
    return n;
}

static int compare_instants(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

enum comity_status freshness_of_source(const struct freshness_facts *facts, struct slice source, struct arena *arena,
    struct freshness *out, struct comity_error *err)
{
    int64_t *arrivals = ARENA_ARRAY(arena, int64_t, facts->n_imports + 1);
    struct silence *silences = ARENA_ARRAY(arena, struct silence, facts->n_silences + 1);
    if (!arrivals || !silences)
        return error_nomem(err);
    struct freshness_input input = {.arrivals = arrivals, .silences = silences, .now = facts->now};
    input.n_arrivals = pick_arrivals(facts, source, arrivals);
    input.n_silences = pick_silences(facts, source, silences);
    qsort(arrivals, input.n_arrivals, sizeof *arrivals, compare_instants);
    for (size_t i = 0; i < facts->n_feeds; i++)
        if (facts->feeds[i].is_active && slice_equal(facts->feeds[i].source, source) && facts->feeds[i].expect_s &&
            (!input.expect_s || facts->feeds[i].expect_s < input.expect_s))
            input.expect_s = facts->feeds[i].expect_s;
    return freshness_of(&input, out, err);
}

enum comity_status freshness_last_days(
    const struct mentions *mentions, int32_t today, struct arena *arena, int32_t **last_day, struct comity_error *err)
{
    int field = mentions->domain->when;
    *last_day = ARENA_ARRAY(arena, int32_t, mentions->n_sources + 1);
    if (!*last_day)
        return error_nomem(err);
    for (size_t s = 0; s < mentions->n_sources; s++)
        (*last_day)[s] = NO_RECORD_DAY;
    for (size_t i = 0; field >= 0 && i < mentions->n; i++) {
        const struct value *value = mention_value(mentions, i, field);
        int32_t *last = &(*last_day)[mentions->source[i]];
        if (value->state == VALUE_TYPED && value->date.first > *last && value->date.first <= today)
            *last = value->date.first;
    }
    return COMITY_OK;
}
