/* Packets of a haul, and operations: drawn from the seed and the event alone, so that they are the same for all
 * sources.
 */
#include "simulate/parts.h"

#include "base/array.h"
#include "base/error.h"
#include "simulate/simulation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { OPERATION_DAYS = 3, SEARCHED = 400 };

/* ---- packets ----------------------------------------------------------------------------------------------------- */

static double step_of(const struct world *world, const struct event *event)
{
    const struct unit *unit = &world->domain->units->units[world->profile->concepts[event->concept].unit_id];
    bool is_weighed = slice_is(unit->dimension, "mass") || slice_is(unit->dimension, "volume");
    return !is_weighed && unit->to_base == 1 ? 1 : event->amount < 1 ? 0.001 : 0.01;
}

/* Amounts that add up to the haul; returns how many, 0 where it is too small to be parted. */
static unsigned draw_packets(
    const struct world *world, const struct simulate_options *options, uint32_t index, double amount[PARTS_MOST])
{
    const struct event *event = &world->events[index];
    struct random random = {hash_u64(hash_u64(options->seed ^ 0x7061636B657473u) + index)};
    double step = step_of(world, event), weights[PARTS_MOST], sum = 0, left = event->amount;
    unsigned n = 2 + (unsigned)random_below(&random, PARTS_MOST - 1);
    if (event->amount < 10 * n * step)
        return 0;
    for (unsigned p = 0; p < n; p++)
        sum += weights[p] = 0.3 + random_unit(&random);
    for (unsigned p = 0; p + 1 < n; p++) {
        amount[p] = round(event->amount * weights[p] / sum / step) * step;
        left -= amount[p];
    }
    amount[n - 1] = left;
    return n;
}

static struct random chance_of(
    const struct simulate_options *options, const struct profile_source *source, uint64_t purpose, uint32_t index)
{
    return (struct random){hash_seeded(source->code, strlen(source->code), hash_u64(options->seed ^ purpose) + index)};
}

static enum comity_status tell_packets(const struct world *world, const struct simulate_options *options,
    struct random random, struct account *account, struct comity_error *err)
{
    const struct telling whole = account->tellings[account->n_tellings - 1];
    struct random chance = chance_of(options, account->source, 0x7061727473u, whole.event);
    bool is_parted = random_chance(&chance, options->parts), is_beside = random_chance(&chance, options->beside);
    double amount[PARTS_MOST];
    unsigned n = is_parted || is_beside ? draw_packets(world, options, whole.event, amount) : 0;
    if (!n)
        return COMITY_OK;
    if (!ARRAY_ROOM(account->tellings, account->n_tellings, account->room, n))
        return error_nomem(err);
    account->n_tellings -= !is_beside;
    for (unsigned p = 0; p < n; p++) {
        struct event packet = world->events[whole.event];
        struct random same = random;
        struct telling told, *part = &account->tellings[account->n_tellings++];
        packet.amount = amount[p];
        tell_event(world, account->source, options, &packet, &same, &told);
        *part = whole;
        part->amount = told.amount;
        part->revised = told.revised;
        part->corrected = UINT8_MAX;
        part->part = (uint8_t)(p + 1);
    }
    return COMITY_OK;
}

/* ---- operations -------------------------------------------------------------------------------------------------- */

static bool belong_together(const struct world *world, const struct event *first, const struct event *other)
{
    return other->concept == first->concept && other->town != first->town &&
           world->towns[other->town].country == world->towns[first->town].country &&
           other->case_number != first->case_number;
}

static void gather_operation(const struct world *world, size_t first, size_t n_more, uint32_t *operation_of)
{
    for (size_t i = first + 1; i < world->n_events && i < first + SEARCHED && n_more; i++) {
        const struct event *event = &world->events[i];
        if (event->day > world->events[first].day + OPERATION_DAYS)
            break;
        if (operation_of[i] != i || !belong_together(world, &world->events[first], event))
            continue;
        operation_of[i] = (uint32_t)first;
        n_more--;
    }
}

enum comity_status parts_find_operations(const struct world *world, const struct simulate_options *options,
    uint32_t **operation_of, struct comity_error *err)
{
    *operation_of = NULL;
    if (options->operations <= 0)
        return COMITY_OK;
    uint32_t *of = malloc((world->n_events + 1) * sizeof *of);
    if (!of)
        return error_nomem(err);
    for (uint32_t i = 0; i < world->n_events; i++)
        of[i] = i;
    for (uint32_t i = 0; i < world->n_events; i++) {
        struct random random = {hash_u64(hash_u64(options->seed ^ 0x6F706572u) + i)};
        if (of[i] == i && random_chance(&random, options->operations))
            gather_operation(world, i, 1 + random_below(&random, 3), of);
    }
    *operation_of = of;
    return COMITY_OK;
}

static bool is_told_as_sum(
    const struct simulate_options *options, const struct profile_source *source, uint32_t operation)
{
    struct random chance = chance_of(options, source, 0x73756Du, operation);
    return random_chance(&chance, 0.5);
}

/* The sum of the hauls from `first` on; 0 where it stands alone. */
static double operation_sum(const struct world *world, const uint32_t *operation_of, uint32_t first)
{
    double sum = world->events[first].amount;
    bool has_more = false;
    for (size_t i = first + 1; i < world->n_events && i < (size_t)first + SEARCHED; i++) {
        sum += operation_of[i] == first ? world->events[i].amount : 0;
        has_more = has_more || operation_of[i] == first;
    }
    return has_more ? sum : 0;
}

static void tell_sum(const struct world *world, const struct simulate_options *options, struct random random,
    struct telling *telling, const struct profile_source *source, double sum)
{
    struct event all = world->events[telling->event];
    struct telling told;
    all.amount = sum;
    tell_event(world, source, options, &all, &random, &told);
    telling->amount = told.amount;
    telling->revised = told.revised;
    telling->corrected = UINT8_MAX;
    telling->part = PARTS_SUM;
}

enum comity_status parts_tell(const struct world *world, const struct simulate_options *options,
    const uint32_t *operation_of, struct random random, struct account *account, struct comity_error *err)
{
    struct telling *telling = &account->tellings[account->n_tellings - 1];
    uint32_t index = telling->event, operation = operation_of ? operation_of[index] : index;
    double sum = operation_of ? operation_sum(world, operation_of, operation) : 0;
    if (sum <= 0 || !is_told_as_sum(options, account->source, operation))
        return options->parts > 0 || options->beside > 0 ? tell_packets(world, options, random, account, err)
                                                         : COMITY_OK;
    if (operation == index)
        tell_sum(world, options, random, telling, account->source, sum);
    else
        account->n_tellings--;
    return COMITY_OK;
}

/* ---- truth ------------------------------------------------------------------------------------------------------- */

uint64_t parts_event_number(const struct world *world, const struct telling *telling)
{
    uint64_t n = world->n_events, event = telling->event;
    if (telling->part == 0)
        return event + 1;
    return telling->part == PARTS_SUM ? 5 * n + event + 1 : n + PARTS_MOST * event + telling->part;
}

static bool has_options(const struct simulate_options *options)
{
    return options->parts > 0 || options->beside > 0 || options->operations > 0;
}

/* The whole that a row tells a part of; 0: it tells a whole, or a haul that nobody sums up. */
static uint64_t whole_of(const struct simulation *simulation, const uint8_t *is_summed, const struct telling *telling)
{
    const uint32_t *operation_of = simulation->operation_of;
    if (telling->part == PARTS_SUM)
        return 0;
    if (telling->part)
        return telling->event + 1u;
    if (!operation_of || !is_summed[operation_of[telling->event]])
        return 0;
    return 5 * simulation->world.n_events + operation_of[telling->event] + 1;
}

static void write_rows(
    struct simulation *simulation, struct sink *sink, const struct account *account, const uint8_t *is_summed)
{
    char text[NUMBER_TEXT];
    for (size_t i = 0; i < account->n_tellings; i++) {
        uint64_t whole = whole_of(simulation, is_summed, &account->tellings[i]);
        if (!whole)
            continue;
        sink_text(sink, slice_from(account->source->code));
        scribe_number(text, account->source, 'R', account->tellings[i].number);
        sink_text(sink, slice_from(text));
        sink_number(sink, (double)whole, 0);
        sink_text(sink, SLICE("SIMULATED"));
        sink_end_row(sink);
    }
}

/* A haul is part of a sum only where somebody tells the sum. */
static uint8_t *find_summed(const struct simulation *simulation)
{
    uint8_t *is_summed = calloc(simulation->world.n_events + 1, 1);
    for (unsigned s = 0; is_summed && s < simulation->profile->sources_count; s++) {
        const struct account *account = &simulation->accounts[s];
        for (size_t i = 0; i < account->n_tellings; i++)
            is_summed[account->tellings[i].event] |= account->tellings[i].part == PARTS_SUM;
    }
    return is_summed;
}

enum comity_status parts_write_truth(struct simulation *simulation, struct comity_error *err)
{
    static const char *const headers[] = {"source", "key", "event", "note"};
    struct sink *sink = NULL;
    if (!has_options(simulation->options))
        return COMITY_OK;
    uint8_t *is_summed = find_summed(simulation);
    enum comity_status status =
        is_summed ? truth_open(simulation, "truth-parts.csv", headers, 4, &sink, err) : error_nomem(err);
    if (status == COMITY_OK) {
        for (unsigned s = 0; s < simulation->profile->sources_count; s++)
            if (simulation->is_wanted[s])
                write_rows(simulation, sink, &simulation->accounts[s], is_summed);
        status = sink_close(sink, err);
    }
    free(is_summed);
    return status;
}
