/* parts.h - hauls told in parts, totals told beside their parts, operations told as one sum.
 *
 * A haul consists of two to four packets whose amounts add up to it. Which, is the event's own and not the source's:
 * two sources that tell a haul in parts tell of the same ones, each rounded as it rounds. A source tells a haul in
 * parts, or its total beside its parts, by a chance of its own for each haul. An operation is two to four hauls of one
 * concept and country within days, each at its own place; whoever sees one sees all of them, and half of the sources
 * tell only their sum.
 *
 * In truth.csv every part and every sum is an event of its own number, since a part is no second report of its whole:
 * with n events, part p (from 1) of event e (from 1) is n + 4(e − 1) + p, the sum of the operation that begins with e
 * is 5n + e. truth-parts.csv says which row tells a part of which event. Without the options nothing is drawn, so that
 * worlds stay what they were.
 */
#ifndef SIMULATE_PARTS_H
#define SIMULATE_PARTS_H

#include "simulate/tell.h"

enum { PARTS_MOST = 4, PARTS_SUM = PARTS_MOST + 1 };

struct simulation;

/* By event: the index of the first haul of its operation, or its own. Null where there are no operations. */
enum comity_status parts_find_operations(const struct world *world, const struct simulate_options *options,
    uint32_t **operation_of, struct comity_error *err) COMITY_MUST_USE;

/* What the source makes of the telling that stands last in its account: it stays, is told in parts, with parts, as a
 * sum, or falls away as told in a sum. `random` is what that telling was drawn with, so that the parts are rounded and
 * left empty as the whole is. */
enum comity_status parts_tell(const struct world *world, const struct simulate_options *options,
    const uint32_t *operation_of, struct random random, struct account *account,
    struct comity_error *err) COMITY_MUST_USE;

/* The number that truth.csv gives what a row tells of. */
uint64_t parts_event_number(const struct world *world, const struct telling *telling);

/* truth-parts.csv: source, key, event (the whole), note; where an option asks for parts. */
enum comity_status parts_write_truth(struct simulation *simulation, struct comity_error *err) COMITY_MUST_USE;

#endif
