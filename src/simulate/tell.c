/* Each source sees whole cases, dates some of them late, rounds some amounts, leaves cells empty, and one of them loads
 * a period twice.
 */
#include "simulate/tell.h"

#include "base/array.h"
#include "base/error.h"

#include <math.h>
#include <stdlib.h>

struct hearing {
    const struct world *world;
    const struct simulate_options *options;
    struct account *account;
    struct random random;
};

const struct profile_unit *account_unit(
    const struct world *world, const struct profile_source *source, const struct event *event)
{
    const struct unit *units = world->domain->units->units;
    const struct unit *true_unit = &units[world->profile->concepts[event->concept].unit_id];
    for (unsigned i = 0; i < source->units_count; i++)
        if (units[source->units[i].unit_id].dimension_id == true_unit->dimension_id)
            return &source->units[i];
    return NULL;
}

static double rounded_to_digits(double amount, int digits)
{
    if (amount <= 0)
        return amount;
    double step = pow(10, floor(log10(amount)) - digits + 1);
    return round(amount / step) * step;
}

static double rounded_to_decimals(double amount, int decimals)
{
    double step = pow(10, -decimals), kept = round(amount / step) * step;
    return kept > 0 ? kept : step;
}

/* Most late dates are a day late, few a week. */
static int32_t draw_lag(struct hearing *hearing)
{
    if (!random_chance(&hearing->random, hearing->options->lag))
        return 0;
    return random_chance(&hearing->random, 0.6) ? 1 : 2 + (int32_t)random_below(&hearing->random, 4);
}

static uint32_t draw_nulls(struct hearing *hearing)
{
    const struct profile_source *source = hearing->account->source;
    uint32_t nulls = 0;
    for (unsigned c = 0; c < source->columns_count && c < 32; c++) {
        const char *what = source->columns[c].what;
        bool is_fixed = strcmp(what, "key") == 0 || strcmp(what, "case") == 0 || strcmp(what, "date") == 0 ||
                        strcmp(what, "country") == 0 || strcmp(what, "subdivision") == 0 ||
                        strcmp(what, "concept") == 0 || strcmp(what, "unit") == 0 || strcmp(what, "note") == 0;
        if (!is_fixed && random_chance(&hearing->random, hearing->options->nulls))
            nulls |= (uint32_t)1 << c;
    }
    return nulls;
}

static void draw_amount(
    struct hearing *hearing, const struct event *event, const struct profile_unit *unit, struct telling *telling)
{
    const struct unit *units = hearing->world->domain->units->units;
    const struct unit *true_unit = &units[hearing->world->profile->concepts[event->concept].unit_id];
    double amount = event->amount * true_unit->to_base / units[unit->unit_id].to_base;
    bool is_rounded = random_chance(&hearing->random, hearing->options->rounding);
    telling->amount = is_rounded ? rounded_to_digits(amount, 2) : amount;
    telling->amount = telling->revised = rounded_to_decimals(telling->amount, unit->decimals);
    if (!hearing->account->source->is_revised || !random_chance(&hearing->random, hearing->options->revisions))
        return;
    double first = amount * (1 + 0.05 * random_normal(&hearing->random));
    telling->revised = rounded_to_decimals(amount, unit->decimals);
    telling->amount = rounded_to_decimals(first > amount / 2 ? first : amount, unit->decimals);
}

static enum comity_status hear_event(struct hearing *hearing, uint32_t index, int32_t lag, struct comity_error *err)
{
    struct account *account = hearing->account;
    const struct event *event = &hearing->world->events[index];
    const struct profile_unit *unit = account_unit(hearing->world, account->source, event);
    if (!unit)
        return COMITY_OK;
    if (!ARRAY_ROOM(account->tellings, account->n_tellings, account->room, 1))
        return error_nomem(err);
    struct telling *telling = &account->tellings[account->n_tellings++];
    *telling = (struct telling){.event = index, .day = event->day + lag, .case_number = event->case_number};
    telling->nulls = draw_nulls(hearing);
    draw_amount(hearing, event, unit, telling);
    return COMITY_OK;
}

/* The hauls of a case stand together but for twins between them, so a case is decided by its number, not by its place.
 */
static enum comity_status hear_all(struct hearing *hearing, struct comity_error *err)
{
    const struct world *world = hearing->world;
    enum comity_status status = COMITY_OK;
    uint64_t seed = hearing->random.state;
    for (size_t i = 0; i < world->n_events && status == COMITY_OK; i++) {
        struct random of_case = {hash_u64(seed ^ world->events[i].case_number)};
        bool is_seen = random_chance(&of_case, hearing->options->seen);
        struct random whole = hearing->random;
        hearing->random = of_case;
        int32_t lag = draw_lag(hearing);
        hearing->random = whole;
        if (is_seen)
            status = hear_event(hearing, (uint32_t)i, lag, err);
    }
    return status;
}

static int by_day(const void *a, const void *b)
{
    const struct telling *x = a, *y = b;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    return x->event < y->event ? -1 : x->event > y->event;
}

/* Copies the rows of the period behind it, as a second load would. */
static enum comity_status load_twice(struct account *account, int32_t first, int32_t last, struct comity_error *err)
{
    size_t from = 0, to;
    while (from < account->n_tellings && account->tellings[from].day < first)
        from++;
    for (to = from; to < account->n_tellings && account->tellings[to].day <= last;)
        to++;
    size_t n = to - from;
    if (!ARRAY_ROOM(account->tellings, account->n_tellings, account->room, n))
        return error_nomem(err);
    memmove(account->tellings + to + n, account->tellings + to, (account->n_tellings - to) * sizeof *account->tellings);
    memcpy(account->tellings + to, account->tellings + from, n * sizeof *account->tellings);
    account->n_tellings += n;
    account->n_repeated = n;
    return COMITY_OK;
}

enum comity_status account_make(const struct world *world, const struct profile_source *source,
    const struct simulate_options *options, int32_t first_repeated, int32_t last_repeated, struct account *out,
    struct comity_error *err)
{
    struct hearing hearing = {.world = world, .options = options, .account = out};
    *out = (struct account){.source = source};
    hearing.random.state = hash_seeded(source->code, strlen(source->code), options->seed);
    enum comity_status status = hear_all(&hearing, err);
    if (status == COMITY_OK && out->n_tellings)
        qsort(out->tellings, out->n_tellings, sizeof *out->tellings, by_day);
    if (status == COMITY_OK && source->is_loaded_twice && last_repeated >= first_repeated)
        status = load_twice(out, first_repeated, last_repeated, err);
    for (size_t i = 0; i < out->n_tellings; i++)
        out->tellings[i].number = i + 1;
    if (status != COMITY_OK)
        account_release(out);
    return status;
}

void account_release(struct account *account)
{
    free(account->tellings);
    account->tellings = NULL;
    account->n_tellings = account->room = 0;
}
