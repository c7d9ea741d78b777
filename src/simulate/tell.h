/* tell.h - what one source says of a world: which events it sees, and with what faults. */
#ifndef SIMULATE_TELL_H
#define SIMULATE_TELL_H

#include "simulate/simulate.h"
#include "simulate/world.h"

/* One row of a source. */
struct telling {
    uint32_t event;       /* index in the world */
    int32_t day;          /* as told */
    double amount;        /* in the source's own unit, as told */
    double revised;       /* the later figure; equal to `amount` where nothing was revised */
    uint64_t number;      /* of the row in the source's books, from 1 */
    uint64_t case_number; /* the source's own */
    uint32_t nulls;       /* bit c: column c is empty */
};

struct account {
    const struct profile_source *source;
    struct telling *tellings; /* by day as told; a repeated period stands twice, under new numbers */
    size_t n_tellings, room;
    uint64_t n_repeated;
};

/* `first_repeated` … `last_repeated`: the days that are loaded twice, if the source is the one. */
enum comity_status account_make(const struct world *world, const struct profile_source *source,
    const struct simulate_options *options, int32_t first_repeated, int32_t last_repeated, struct account *out,
    struct comity_error *err) COMITY_MUST_USE;
void account_release(struct account *account);

/* The unit in which the source writes amounts of the event's concept; null when it has none. */
const struct profile_unit *account_unit(
    const struct world *world, const struct profile_source *source, const struct event *event);

#endif
