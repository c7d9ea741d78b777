#include "link/part_overlap.h"

#include "base/array.h"
#include "base/hash.h"
#include "link/part.h"
#include "link/part_figure.h"

#include <stdlib.h>

/* Of fewer events nothing is said of how late they are told; rarer lags are not looked for, since accidents grow with
 * the days. */
static const double fewest_events = 20, rarest_lag = 0.02;

static const int32_t span_days[N_FAR_SPANS] = {16, 8, 8, 16};

static unsigned span_of(int32_t days)
{
    return days > 0 ? 2 + (days > 15) : days >= -15;
}

static bool is_far(int32_t days)
{
    return abs(days) > PART_DAYS && abs(days) <= PART_FAR_DAYS;
}

double part_lag_share(const struct part_lag *lag, int32_t days)
{
    return is_far(days) ? lag->share[span_of(days)] : 0;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

struct counting {
    const struct figures *figures;
    struct part_overlaps *out;
    struct map far; /* pair of sources and span → pairs of figures */
};

static uint64_t far_key(size_t pair, unsigned span)
{
    return hash_u64(pair * N_FAR_SPANS + span);
}

/* False where memory is out. */
static bool count_pair(struct counting *c, const struct figure *figure, const struct figure *other)
{
    size_t pair = figure->source * c->out->n_sources + other->source;
    int32_t days = other->day - figure->day;
    c->out->shared[pair]++;
    if (!is_far(days))
        return true;
    uint64_t *n = map_put(&c->far, far_key(pair, span_of(days)), NULL);
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
static struct part_lag lag_of(const struct counting *c, size_t pair)
{
    struct part_lag lag = {.back = PART_DAYS, .ahead = PART_DAYS};
    double n_events = c->out->shared[pair];
    if (n_events < fewest_events)
        return lag;
    for (unsigned s = 0; s < N_FAR_SPANS; s++) {
        const uint64_t *n = map_get(&c->far, far_key(pair, s));
        double share = n ? (double)*n / n_events : 0;
        lag.share[s] = share >= rarest_lag ? share / span_days[s] : 0;
    }
    lag.back = lag.share[0] > 0 ? PART_FAR_DAYS : lag.share[1] > 0 ? 15 : PART_DAYS;
    lag.ahead = lag.share[3] > 0 ? PART_FAR_DAYS : lag.share[2] > 0 ? 15 : PART_DAYS;
    return lag;
}

static bool number_lags(const struct counting *c)
{
    struct part_overlaps *out = c->out;
    size_t n = 0, room = 0;
    for (size_t pair = 0; pair < out->n_sources * out->n_sources; pair++) {
        struct part_lag lag = lag_of(c, pair);
        if (lag.back == PART_DAYS && lag.ahead == PART_DAYS)
            continue;
        if (!ARRAY_ROOM(out->lags, n, room, 1))
            return false;
        out->lags[n++] = lag;
        out->number[pair] = (uint32_t)n;
        out->is_late[pair / out->n_sources] = out->is_late[pair % out->n_sources] = out->is_any_late = true;
    }
    return true;
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
    is_good = is_good && number_lags(&c);
    map_release(&c.far);
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
