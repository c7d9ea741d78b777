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
    uint64_t behind;      /* a copy: by how many numbers it comes after the row whose words it repeats */
    uint64_t case_number; /* the source's own */
    uint32_t nulls;       /* bit c: column c is empty */
    uint16_t load;        /* the planted load that it is a copy by (plant.h), from 1; 0: none */
    /* In which exports of the source it stands, from 1; from `corrected` on with the amount `revised`. */
    uint8_t first_edition, last_edition, corrected;
    uint8_t part; /* 0: the haul; 1 … 4: a part of it; 5: the sum of its operation (simulate/parts.h) */
};

struct account {
    const struct profile_source *source;
    struct telling *tellings; /* by day as told; a repeated period stands twice, under new numbers */
    size_t n_tellings, room;
    uint64_t n_repeated;
    uint64_t n_silenced; /* rows that fell into the silence */
};

/* Days from the first to the last; none when the last is before the first. */
struct period {
    int32_t first, last;
};
static inline bool period_has(struct period period, int32_t day)
{
    return day >= period.first && day <= period.last;
}

/* `repeated`: the days that are loaded twice, `silent`: those of which nothing is said, if the source is the one. What
 * a source says depends on its code, the seed and the options, and on no other source. */
struct tell_periods {
    struct period repeated, silent;
    const uint32_t *operation_of; /* by event, or null: simulate/parts.h */
};
enum comity_status account_make(const struct world *world, const struct profile_source *source,
    const struct simulate_options *options, const struct tell_periods *periods, struct account *out,
    struct comity_error *err) COMITY_MUST_USE;
void account_release(struct account *account);

/* A telling as one edition of the source has it; false when it does not stand there. */
bool account_edition(const struct account *account, size_t i, unsigned edition, struct telling *out);

/* One telling of one event, for whoever streams; `random` is the source's. */
void tell_event(const struct world *world, const struct profile_source *source, const struct simulate_options *options,
    const struct event *event, struct random *random, struct telling *out);

/* Amounts as people round them: to so many digits (2: 1,300 for 1,265), or decimals, and never to nothing. */
double amount_to_digits(double amount, int digits);
double amount_to_decimals(double amount, int decimals);

/* The unit in which the source writes amounts of the event's concept; null when it has none. */
const struct profile_unit *account_unit(
    const struct world *world, const struct profile_source *source, const struct event *event);

#endif
