#include "link/part_overlap.h"

#include "base/array.h"
#include "base/hash.h"
#include "link/part.h"
#include "link/part_figure.h"

#include <stdlib.h>

/* What is usual counts for so many events; of fewer nothing is said. Rarer lags than that are not looked for, since
 * accidents grow with the days. */
static const double fewest_events = 20, rarest_lag = 0.02;

enum { MIDDLE_DAYS = 15, SAME_DAY = N_LAG_SPANS / 2 };
static const int32_t span_days[N_LAG_SPANS] = {16, 8, 6, 1, 1, 1, 6, 8, 16};
static const double usual[N_LAG_SPANS] = {0, 0, 0.06, 0.08, 0.72, 0.08, 0.06, 0, 0};

static unsigned span_of(int32_t days)
{
    int32_t apart = abs(days);
    unsigned spans = apart > MIDDLE_DAYS ? 4 : apart > PART_DAYS ? 3 : apart > 1 ? 2 : (unsigned)apart;
    return days < 0 ? SAME_DAY - spans : SAME_DAY + spans;
}

double part_lag_share(const struct part_lag *lag, int32_t days)
{
    return abs(days) <= PART_FAR_DAYS ? lag->share[span_of(days)] : 0;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

struct counting {
    const struct figures *figures;
    struct part_overlaps *out;
    struct map lags; /* pair of sources and span → pairs of figures that are not of one day */
};

static uint64_t lag_key(size_t pair, unsigned span)
{
    return hash_u64(pair * N_LAG_SPANS + span);
}

/* False where memory is out. */
static bool count_pair(struct counting *c, const struct figure *figure, const struct figure *other)
{
    size_t pair = figure->source * c->out->n_sources + other->source;
    int32_t days = other->day - figure->day;
    c->out->shared[pair]++;
    if (!days || abs(days) > PART_FAR_DAYS)
        return true;
    uint64_t *n = map_put(&c->lags, lag_key(pair, span_of(days)), NULL);
    if (n)
        ++*n;
    return n != NULL;
}

/* Each figure counts once for each other source of its entity. */
static bool count_entity(struct counting *c, const uint32_t *of_entity, size_t n)
{
    const struct figure *at = c->figures->at;
    bool is_good = true;
    for (size_t i = 0; i < n; i++)
        for (size_t e = 0; e < n && is_good; e++) {
            const struct figure *figure = &at[of_entity[i]], *other = &at[of_entity[e]];
            bool is_repeated = other->source == figure->source;
            for (size_t b = 0; b < e && !is_repeated; b++)
                is_repeated = at[of_entity[b]].source == other->source;
            is_good = is_repeated || count_pair(c, figure, other);
        }
    return is_good;
}

/* What is as rare as a slip of the pen is no lag. */
static struct part_lag lag_of(const uint64_t n[N_LAG_SPANS], double n_events)
{
    struct part_lag lag;
    for (unsigned s = 0; s < N_LAG_SPANS; s++) {
        double share = ((double)n[s] + usual[s] * fewest_events) / (n_events + fewest_events);
        lag.share[s] = usual[s] > 0 || share >= rarest_lag ? share / span_days[s] : 0;
    }
    lag.back = lag.share[0] > 0 ? PART_FAR_DAYS : lag.share[1] > 0 ? MIDDLE_DAYS : PART_DAYS;
    lag.ahead = lag.share[N_LAG_SPANS - 1] > 0   ? PART_FAR_DAYS
                : lag.share[N_LAG_SPANS - 2] > 0 ? MIDDLE_DAYS
                                                 : PART_DAYS;
    return lag;
}

static void learn_lag(const struct counting *c, size_t pair, struct part_lag *lag)
{
    struct part_overlaps *out = c->out;
    uint64_t counts[N_LAG_SPANS] = {[SAME_DAY] = out->shared[pair]};
    for (unsigned s = 0; s < N_LAG_SPANS; s++) {
        const uint64_t *n = map_get(&c->lags, lag_key(pair, s));
        counts[s] += n ? *n : 0;
        counts[SAME_DAY] -= n ? *n : 0;
    }
    *lag = lag_of(counts, out->shared[pair]);
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
        if (out->shared[pair] < fewest_events)
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
    struct counting c = {.figures = figures, .out = o};
    o->n_sources = n_sources;
    o->shared = calloc(n_pairs, sizeof *o->shared);
    o->number = calloc(n_pairs, sizeof *o->number);
    o->is_late = calloc(n_sources + 1, sizeof *o->is_late);
    bool is_good = o->shared && o->number && o->is_late;
    for (size_t e = 0; is_good && e < figures->frame->n; e++) {
        uint32_t n = figures->of_entity[e + 1] - figures->of_entity[e];
        if (n > 1)
            is_good = count_entity(&c, &figures->by_entity[figures->of_entity[e]], n);
    }
    is_good = is_good && learn_lags(&c);
    map_release(&c.lags);
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
