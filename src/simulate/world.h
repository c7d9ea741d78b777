/* world.h - the events of a simulated world, before anybody tells of them.
 *
 * An event is one haul (one concept and amount); a case has one or more. Events come in the order of their days, some
 * dozens a day: the world grows in years, not in density. Some events have a twin: another event that agrees with it
 * exactly in date, place, concept and amount, and in nothing else.
 */
#ifndef SIMULATE_WORLD_H
#define SIMULATE_WORLD_H

#include "simulate/profile.h"
#include "simulate/random.h"

struct world;
struct event;
/* Takes an event; `number` is its own, from 1. */
typedef enum comity_status (*world_taker)(
    void *state, const struct world *world, const struct event *event, uint64_t number, struct comity_error *err);

struct world_options {
    uint64_t seed;
    size_t n_events;
    int32_t first_day;
    int32_t last_day; /* of a world that ends before all events have happened; 0: none */
    double several;   /* the share of cases with more than one haul */
    double twins;     /* the share of events that have a twin */
    /* Where it is given, events go there one by one and are not kept: memory does not grow with them. */
    world_taker take;
    void *state;
};

struct town {
    uint16_t country, subdivision;
    uint32_t geonames;
};

struct event {
    uint64_t case_number; /* from 1 */
    int32_t day;
    uint32_t town;                                /* index in `towns` */
    uint32_t concept;                             /* index in the profile */
    double amount;                                /* in the concept's unit of the profile */
    uint16_t attributes[PROFILE_MOST_ATTRIBUTES]; /* category or country */
};

struct world {
    const struct profile *profile;
    const struct domain *domain;
    struct town *towns;
    double *town_weights; /* cumulative */
    size_t n_towns;
    struct event *events; /* by day; an event's number is its index + 1; null where they were taken */
    size_t n_events, room;
};

enum comity_status world_make(const struct domain *domain, const struct profile *profile,
    const struct world_options *options, struct world *out, struct comity_error *err) COMITY_MUST_USE;
/* Takes the events of a country and period out, as if nothing had happened there; the others stay as they were. Returns
 * how many went. */
size_t world_forget(struct world *world, uint16_t country, int32_t first, int32_t last);
void world_release(struct world *world);

#endif
