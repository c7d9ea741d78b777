/* link_story.h - a made-up world of events that two sources tell, with the truth beside: what linking is tested on.
 *
 * Customs and police each see some of the events. Some events have a twin: another event that agrees exactly in date,
 * place, drug and amount, and differs in what else is known. Values go missing, amounts are rounded, dates lag.
 */
#ifndef LINK_STORY_H
#define LINK_STORY_H

#include "link_world.h"

#include <math.h>

struct story_options {
    uint64_t seed;
    size_t n_events;
    double seen;     /* by each source */
    double twins;    /* events that have a twin */
    double nulls;    /* of each value but date, country and drug */
    double rounding; /* of amounts told, by up to 5 % */
    double lags;     /* of dates told, by 1 to 4 days */
};
static const struct story_options usual_story = {1, 20000, 0.75, 0.1, 0.15, 0.3, 0.25};

static inline double chance(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15u;
    return (double)(hash_u64(*state) >> 11) / 9007199254740992.0;
}

/* Small numbers more often than large ones. */
static inline uint32_t ranked(uint64_t *state, uint32_t n)
{
    double x = chance(state);
    return (uint32_t)(x * x * n);
}

static inline void story_event(uint64_t *state, int32_t n_days, struct value event[N_FIELDS])
{
    for (int f = 0; f < N_FIELDS; f++)
        event[f] = value_none();
    uint16_t country = (uint16_t)(1 + ranked(state, 8));
    uint32_t town = 1 + ranked(state, 60);
    double grams = exp(6 + 2.5 * (chance(state) + chance(state) + chance(state) - 1.5) * 2);
    event[DATE] = on_day(16000 + (int32_t)(chance(state) * n_days));
    event[COUNTRY] = in_country(country);
    event[PLACE] = at_place(country, (uint16_t)(country * 20 + town % 12), country * 1000u + town);
    event[DRUG] = of_drug(chance(state) < 0.5 ? COCAINE_HCL : chance(state) < 0.5 ? HEROIN : COCA_PASTE);
    event[AMOUNT] = weighing(round(grams) + 1, GRAM);
    event[TRANSPORT] = category(ranked(state, 10));
    event[HIDING] = category(ranked(state, 15));
    event[SITE] = category(ranked(state, 12));
    event[DESTINATION] = in_country((uint16_t)(1 + ranked(state, 30)));
}

static inline size_t story_tell(struct world *world, const struct story_options *o, uint64_t *state, uint32_t source,
    const struct value event[N_FIELDS])
{
    struct value told[N_FIELDS];
    memcpy(told, event, sizeof told);
    if (chance(state) < o->rounding) {
        double unit = pow(10, floor(log10(told[AMOUNT].quantity.amount)) - 1);
        told[AMOUNT].quantity.amount = round(told[AMOUNT].quantity.amount / unit) * unit;
    }
    if (source == 1)
        told[AMOUNT] = weighing(told[AMOUNT].quantity.amount / 1000, KILOGRAM);
    if (chance(state) < o->lags) {
        int32_t lag = 1 + (int32_t)(chance(state) * chance(state) * 4);
        told[DATE].date.first += lag;
        told[DATE].date.last += lag;
    }
    for (int f = PLACE; f < CASE; f++)
        if (f != DRUG && chance(state) < o->nulls)
            told[f] = value_none();
    return world_add(world, source, told);
}

/* Fills the world; returns the number of the event behind each mention. Some 30 events a day. */
static inline uint64_t *story_make(struct world *world, const struct story_options *o)
{
    uint64_t state = hash_u64(o->seed), *truth = malloc(2 * (o->n_events + 1) * sizeof *truth);
    struct value event[N_FIELDS], other[N_FIELDS];
    bool is_twin = false;
    for (size_t e = 0; e < o->n_events; e++) {
        story_event(&state, (int32_t)(1 + o->n_events / 30), other);
        if (is_twin)
            for (int f = TRANSPORT; f < N_FIELDS; f++)
                event[f] = other[f];
        else
            memcpy(event, other, sizeof event);
        for (uint32_t source = 0; source < 2; source++)
            if (chance(&state) < o->seen)
                truth[story_tell(world, o, &state, source, event)] = e + 1;
        is_twin = !is_twin && chance(&state) < o->twins;
    }
    return truth;
}

#endif
