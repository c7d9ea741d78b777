/* Events are counted once for each two sources, by the first figure of each, so that who tells a haul in twenty lines
 * does not teach its lag twenty times. */
#include "link/part_overlap.h"

#include "base/array.h"
#include "base/hash.h"
#include "link/part.h"
#include "link/part_figure.h"

#include <assert.h>
#include <stdlib.h>

/* What is usual counts for so many events, and of fewer nothing is learned. */
static const double fewest_events = 20;
/* A lag that is rarer, or was seen less often, is not looked for: accidents grow with the days. */
static const double rarest_lag = 0.02;
enum { SELDOM_SEEN = 3 };

enum { MIDDLE_DAYS = 15, SAME_DAY = N_LAG_SPANS / 2, BEYOND = N_LAG_SPANS, N_KEYS };
static_assert(PART_DAYS == 7 && PART_FAR_DAYS == 31, "spans are of these days");
static const int32_t span_days[N_LAG_SPANS] = {16, 8, 6, 1, 1, 1, 6, 8, 16};
static const double usual[N_LAG_SPANS] = {0, 0, 0.06, 0.08, 0.72, 0.08, 0.06, 0, 0};

static unsigned span_of(int32_t days)
{
    int32_t apart = abs(days);
    if (apart > PART_FAR_DAYS)
        return BEYOND;
    unsigned spans = apart > MIDDLE_DAYS ? 4 : apart > PART_DAYS ? 3 : apart > 1 ? 2 : (unsigned)apart;
    return days < 0 ? SAME_DAY - spans : SAME_DAY + spans;
}

double part_lag_share(const struct part_lag *lag, int32_t days)
{
    unsigned span = span_of(days);
    return span == BEYOND ? 0 : lag->share[span];
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

struct counting {
    const struct figures *figures;
    struct part_overlaps *out;
    uint32_t *events; /* by source × source: that both tell, in one stratum */
    struct map lags;  /* pair of sources and span → events that they do not date on one day */
};

static uint64_t lag_key(size_t pair, unsigned span)
{
    return hash_u64(pair * N_KEYS + span);
}

/* False where memory is out. */
static bool count_lag(struct counting *c, size_t pair, int32_t days)
{
    c->events[pair]++;
    if (!days)
        return true;
    uint64_t *n = map_put(&c->lags, lag_key(pair, span_of(days)), NULL);
    if (n)
        ++*n;
    return n != NULL;
}

static bool is_first_of_source(const struct figure *at, const uint32_t *of_entity, size_t i)
{
    for (size_t b = 0; b < i; b++)
        if (at[of_entity[b]].source == at[of_entity[i]].source)
            return false;
    return true;
}

/* Each figure is shared once with each other source of its entity. */
static bool count_entity(struct counting *c, const uint32_t *of_entity, size_t n)
{
    const struct figure *at = c->figures->at;
    bool is_good = true;
    for (size_t e = 0; e < n; e++) {
        const struct figure *other = &at[of_entity[e]];
        if (!is_first_of_source(at, of_entity, e))
            continue;
        for (size_t i = 0; i < n && is_good; i++) {
            const struct figure *figure = &at[of_entity[i]];
            size_t pair = figure->source * c->out->n_sources + other->source;
            if (figure->source == other->source)
                continue;
            c->out->shared[pair]++;
            if (figure->stratum == other->stratum && is_first_of_source(at, of_entity, i))
                is_good = count_lag(c, pair, other->day - figure->day);
        }
    }
    return is_good;
}

static bool is_seen(const struct part_lag *lag, unsigned span)
{
    return lag->share[span] > 0;
}

/* Between the nearest days and a lag that was seen nothing is out of reach. */
static int32_t reach_of(struct part_lag *lag, unsigned middle, unsigned far)
{
    if (is_seen(lag, far) && !is_seen(lag, middle))
        lag->share[middle] = rarest_lag / span_days[middle];
    return is_seen(lag, far) ? PART_FAR_DAYS : is_seen(lag, middle) ? MIDDLE_DAYS : PART_DAYS;
}

/* What is as rare as a slip of the pen is no lag. */
static struct part_lag lag_of(const uint64_t n[N_LAG_SPANS], double n_events)
{
    struct part_lag lag;
    for (unsigned s = 0; s < N_LAG_SPANS; s++) {
        double share = ((double)n[s] + usual[s] * fewest_events) / (n_events + fewest_events);
        bool is_lag = usual[s] > 0 || (share >= rarest_lag && n[s] >= SELDOM_SEEN);
        lag.share[s] = is_lag ? share / span_days[s] : 0;
    }
    lag.back = reach_of(&lag, 1, 0);
    lag.ahead = reach_of(&lag, N_LAG_SPANS - 2, N_LAG_SPANS - 1);
    return lag;
}

static void learn_lag(const struct counting *c, size_t pair, struct part_lag *lag)
{
    struct part_overlaps *out = c->out;
    uint64_t counts[N_KEYS] = {[SAME_DAY] = c->events[pair]};
    for (unsigned s = 0; s < N_KEYS; s++) {
        const uint64_t *n = map_get(&c->lags, lag_key(pair, s));
        counts[s] += n ? *n : 0;
        counts[SAME_DAY] -= n ? *n : 0;
    }
    *lag = lag_of(counts, c->events[pair]);
    if (lag->back > PART_DAYS || lag->ahead > PART_DAYS)
        out->is_late[pair / out->n_sources] = out->is_late[pair % out->n_sources] = out->is_any_late = true;
}

static bool learn_lags(const struct counting *c)
{
    static const uint64_t none[N_LAG_SPANS];
    struct part_overlaps *out = c->out;
    size_t n = 0, room = 0;
    bool is_good = ARRAY_ROOM(out->lags, n, room, 1);
    if (is_good)
        out->lags[n++] = lag_of(none, 0);
    for (size_t pair = 0; is_good && pair < out->n_sources * out->n_sources; pair++) {
        if (c->events[pair] < fewest_events)
            continue;
        is_good = ARRAY_ROOM(out->lags, n, room, 1);
        if (is_good) {
            out->number[pair] = (uint32_t)n;
            learn_lag(c, pair, &out->lags[n++]);
        }
    }
    return is_good;
}

bool part_overlaps_count(struct part_overlaps *o, const struct figures *figures)
{
    size_t n_sources = figures->frame->mentions->n_sources, n_pairs = n_sources * n_sources + 1;
    struct counting c = {.figures = figures, .out = o, .events = calloc(n_pairs, sizeof *c.events)};
    o->n_sources = n_sources;
    o->shared = calloc(n_pairs, sizeof *o->shared);
    o->number = calloc(n_pairs, sizeof *o->number);
    o->is_late = calloc(n_sources + 1, sizeof *o->is_late);
    bool is_good = c.events && o->shared && o->number && o->is_late;
    for (size_t e = 0; is_good && e < figures->frame->n; e++) {
        uint32_t n = figures->of_entity[e + 1] - figures->of_entity[e];
        if (n > 1)
            is_good = count_entity(&c, &figures->by_entity[figures->of_entity[e]], n);
    }
    is_good = is_good && learn_lags(&c);
    free(c.events);
    map_release(&c.lags);
    if (!is_good)
        part_overlaps_release(o);
    return is_good;
}

void part_overlaps_release(struct part_overlaps *o)
{
    free(o->shared);
    free(o->number);
    free(o->lags);
    free(o->is_late);
    *o = (struct part_overlaps){0};
}
