/* Believable shapes, not believable facts: big towns have more events (Zipf), amounts are log-normal with many round
 * numbers, hauls of one case share their day, place and attributes. */
#include "simulate/world.h"

#include "base/array.h"
#include "base/error.h"
#include "value/place_list.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

enum { MOST_HAULS_OF_A_CASE = 4 };

struct making {
    struct world *world;
    const struct world_options *options;
    struct random random;
    double *concept_weights; /* cumulative */
    uint64_t n_cases;
    int32_t day;
};

/* The most populous settlements of each country, each weighed by its rank. */
static enum comity_status add_towns(struct world *world, struct settlement *largest, struct comity_error *err)
{
    const struct profile *profile = world->profile;
    size_t room = 0, weights_room = 0;
    double sum = 0;
    for (unsigned c = 0; c < profile->countries_count; c++) {
        const struct profile_country *country = &profile->countries[c];
        size_t n = gazetteer_largest(world->domain->gazetteer, country->id, largest, profile->towns);
        double harmonic = 0;
        for (size_t rank = 0; rank < n; rank++)
            harmonic += 1.0 / (double)(rank + 3);
        if (!ARRAY_ROOM(world->towns, world->n_towns, room, n) ||
            !ARRAY_ROOM(world->town_weights, world->n_towns, weights_room, n))
            return error_nomem(err);
        for (size_t rank = 0; rank < n; rank++) {
            sum += country->weight / (double)(rank + 3) / harmonic;
            world->towns[world->n_towns] =
                (struct town){country->id, largest[rank].subdivision, largest[rank].geonames};
            world->town_weights[world->n_towns++] = sum;
        }
    }
    return world->n_towns ? COMITY_OK
                          : error_set(err, COMITY_INPUT, "the gazetteer has no towns of the profile's countries");
}

static enum comity_status choose_towns(struct world *world, struct comity_error *err)
{
    struct settlement *largest = calloc(world->profile->towns + 1, sizeof *largest);
    if (!largest)
        return error_nomem(err);
    enum comity_status status = add_towns(world, largest, err);
    free(largest);
    return status;
}

static size_t category_count(const struct field *field)
{
    return field->spec.categories ? field->spec.categories->codes.count : 0;
}

/* By rank: the first of the table is the commonest. */
static uint16_t pick_ranked(struct random *random, size_t n)
{
    double u = random_unit(random);
    size_t at = (size_t)(exp(u * log((double)n + 1)) - 1);
    return (uint16_t)(at < n ? at : n - 1);
}

static void draw_attributes(struct making *making, struct event *event)
{
    const struct profile *profile = making->world->profile;
    const struct domain *domain = making->world->domain;
    for (unsigned i = 0; i < profile->attributes_count; i++) {
        const struct profile_attribute *attribute = &profile->attributes[i];
        const struct field *field = &domain->fields[attribute->field_id];
        if (field->spec.type == VALUE_CATEGORY) {
            event->attributes[i] = pick_ranked(&making->random, category_count(field));
        } else {
            size_t at = pick_ranked(&making->random, attribute->countries_count);
            event->attributes[i] = country_by_alpha2(domain->countries, slice_from(attribute->countries[at]));
        }
    }
}

/* Small amounts are weighed on small scales, large ones are often told in round numbers already at the scene. */
static double draw_amount(struct making *making, const struct profile_concept *concept, const struct unit *unit)
{
    double amount = concept->median * exp(concept->spread * random_normal(&making->random));
    bool is_counted = unit->to_base == 1 && !slice_is(unit->dimension, "mass") && !slice_is(unit->dimension, "volume");
    double step = is_counted ? 1 : amount < 1 ? 0.001 : 0.01;
    if (random_chance(&making->random, 0.25))
        step = pow(10, floor(log10(amount > 1e-6 ? amount : 1e-6)) - 0) / 2;
    if (is_counted && step < 1)
        step = 1;
    amount = round(amount / step) * step;
    return amount > 0 ? amount : step;
}

static void draw_haul(struct making *making, struct event *event)
{
    const struct profile *profile = making->world->profile;
    event->concept = (uint32_t)random_pick(&making->random, making->concept_weights, profile->concepts_count);
    const struct profile_concept *concept = &profile->concepts[event->concept];
    event->amount = draw_amount(making, concept, &making->world->domain->units->units[concept->unit_id]);
}

static enum comity_status add_event(struct making *making, const struct event *event, struct comity_error *err)
{
    struct world *world = making->world;
    if (world->n_events >= making->options->n_events)
        return COMITY_OK;
    if (making->options->take)
        return making->options->take(making->options->state, world, event, ++world->n_events, err);
    if (!ARRAY_ROOM(world->events, world->n_events, world->room, 1))
        return error_nomem(err);
    world->events[world->n_events++] = *event;
    return COMITY_OK;
}

static enum comity_status add_twin(struct making *making, const struct event *event, struct comity_error *err)
{
    struct event twin = *event;
    if (!random_chance(&making->random, making->options->twins))
        return COMITY_OK;
    twin.case_number = ++making->n_cases;
    draw_attributes(making, &twin);
    return add_event(making, &twin, err);
}

static enum comity_status add_case(struct making *making, struct comity_error *err)
{
    struct event event = {.case_number = ++making->n_cases, .day = making->day};
    enum comity_status status = COMITY_OK;
    size_t n = 1;
    event.town = (uint32_t)random_pick(&making->random, making->world->town_weights, making->world->n_towns);
    draw_attributes(making, &event);
    if (random_chance(&making->random, making->options->several))
        n = 2 + random_below(&making->random, MOST_HAULS_OF_A_CASE - 1);
    uint32_t before = UINT32_MAX;
    for (size_t i = 0; i < n && status == COMITY_OK; i++) {
        draw_haul(making, &event);
        if (event.concept == before)
            continue;
        before = event.concept;
        status = add_event(making, &event, err);
        if (status == COMITY_OK)
            status = add_twin(making, &event, err);
    }
    return status;
}

/* How many events a day has on the whole. A world with an end spreads what is left over the days that are left. */
static double daily_events(const struct making *making)
{
    const struct world_options *options = making->options;
    if (!options->last_day)
        return making->world->profile->events_per_day;
    return (double)(options->n_events - making->world->n_events) / (options->last_day - making->day + 1);
}

static enum comity_status add_days(struct making *making, struct comity_error *err)
{
    const struct world_options *options = making->options;
    struct world *world = making->world;
    enum comity_status status = COMITY_OK;
    for (making->day = options->first_day; world->n_events < options->n_events && status == COMITY_OK; making->day++) {
        if (options->last_day && making->day > options->last_day)
            break;
        double expected = daily_events(making) / (1 + options->twins) / (1 + 1.5 * options->several);
        long n = lround(expected + sqrt(expected) * random_normal(&making->random));
        if (options->last_day && making->day == options->last_day)
            n = LONG_MAX; /* whatever is left */
        for (long i = 0; i < n && world->n_events < options->n_events && status == COMITY_OK; i++)
            status = add_case(making, err);
    }
    return status;
}

enum comity_status world_make(const struct domain *domain, const struct profile *profile,
    const struct world_options *options, struct world *out, struct comity_error *err)
{
    struct making making = {.world = out, .options = options, .random = {hash_u64(options->seed)}};
    double sum = 0;
    *out = (struct world){.profile = profile, .domain = domain};
    making.concept_weights = calloc(profile->concepts_count, sizeof *making.concept_weights);
    enum comity_status status = making.concept_weights ? COMITY_OK : error_nomem(err);
    for (unsigned i = 0; status == COMITY_OK && i < profile->concepts_count; i++)
        making.concept_weights[i] = sum += profile->concepts[i].weight;
    if (status == COMITY_OK)
        status = choose_towns(out, err);
    if (status == COMITY_OK)
        status = add_days(&making, err);
    free(making.concept_weights);
    if (status != COMITY_OK)
        world_release(out);
    return status;
}

size_t world_forget(struct world *world, uint16_t country, int32_t first, int32_t last)
{
    size_t kept = 0, n = world->n_events;
    for (size_t i = 0; i < n; i++) {
        const struct event *event = &world->events[i];
        if (event->day < first || event->day > last || world->towns[event->town].country != country)
            world->events[kept++] = *event;
    }
    world->n_events = kept;
    return n - kept;
}

void world_release(struct world *world)
{
    free(world->towns);
    free(world->town_weights);
    free(world->events);
    *world = (struct world){0};
}
