/* Each source sees whole cases, dates some of them late, rounds some amounts, leaves cells empty, and one of them loads
 * a period twice.
 */
#include "simulate/tell.h"

#include "base/array.h"
#include "base/error.h"
#include "simulate/parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct hearing {
    const struct world *world;
    const struct profile_source *source;
    const struct simulate_options *options;
    struct account *account;
    struct random random;
    const uint32_t *operation_of;
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

double amount_to_digits(double amount, int digits)
{
    if (amount <= 0)
        return amount;
    double step = pow(10, floor(log10(amount)) - digits + 1);
    return round(amount / step) * step;
}

double amount_to_decimals(double amount, int decimals)
{
    double step = pow(10, -decimals), kept = round(amount / step) * step;
    return kept > 0 ? kept : step;
}

/* Most late dates are a day late, few a week; a source of its own lag is days late as a rule and weeks at times. */
static int32_t draw_lag(struct hearing *hearing)
{
    if (hearing->source->lag_days)
        return (int32_t)(pow(random_unit(&hearing->random), 3) * (hearing->source->lag_days + 1));
    if (!random_chance(&hearing->random, hearing->options->lag))
        return 0;
    return random_chance(&hearing->random, 0.6) ? 1 : 2 + (int32_t)random_below(&hearing->random, 4);
}

static bool is_always_told(const char *what)
{
    static const char *const fixed[] = {"key", "case", "date", "country", "alpha3", "region", "subregion",
        "subdivision", "concept", "unit", "story", "note"};
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (strcmp(what, fixed[i]) == 0)
            return true;
    return false;
}

static uint32_t draw_nulls(struct hearing *hearing)
{
    const struct profile_source *source = hearing->source;
    uint32_t nulls = 0;
    for (unsigned c = 0; c < source->columns_count && c < 32; c++) {
        if (!is_always_told(source->columns[c].what) && random_chance(&hearing->random, hearing->options->nulls))
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
    int digits = hearing->source->digits ? (int)hearing->source->digits : 2;
    telling->amount = is_rounded || hearing->source->digits ? amount_to_digits(amount, digits) : amount;
    telling->amount = telling->revised = amount_to_decimals(telling->amount, unit->decimals);
    if (!hearing->source->is_revised || !random_chance(&hearing->random, hearing->options->revisions))
        return;
    double first = amount * (1 + 0.05 * random_normal(&hearing->random));
    telling->revised = amount_to_decimals(amount, unit->decimals);
    telling->amount = amount_to_decimals(first > amount / 2 ? first : amount, unit->decimals);
}

/* Whether a later export is to say it otherwise. Decided apart from the rest, so that editions change nothing else. */
static void draw_editions(struct hearing *hearing, uint32_t index, struct telling *telling)
{
    const struct simulate_options *options = hearing->options;
    const struct profile_source *source = hearing->source;
    unsigned n = options->editions ? options->editions : 1;
    struct random random = {hash_seeded(source->code, strlen(source->code), hash_u64(options->seed ^ 0xED) + index)};
    telling->first_edition = 1;
    telling->last_edition = (uint8_t)n;
    telling->corrected = UINT8_MAX;
    if (n < 2)
        return;
    if (random_chance(&random, options->late))
        telling->first_edition = (uint8_t)(2 + random_below(&random, n - 1));
    if (telling->first_edition < n && random_chance(&random, options->dropped))
        telling->last_edition = (uint8_t)(telling->first_edition + random_below(&random, n - telling->first_edition));
    if (!random_chance(&random, options->corrected))
        return;
    const struct profile_unit *unit = account_unit(hearing->world, source, &hearing->world->events[index]);
    telling->corrected = (uint8_t)(2 + random_below(&random, n - 1));
    if (telling->revised != telling->amount)
        return;
    double wrong = telling->revised * (1.1 + random_unit(&random));
    if (source->digits)
        wrong = amount_to_digits(wrong, (int)source->digits);
    telling->amount = amount_to_decimals(wrong, unit->decimals);
}

void tell_event(const struct world *world, const struct profile_source *source, const struct simulate_options *options,
    const struct event *event, struct random *random, struct telling *out)
{
    struct hearing hearing = {.world = world, .source = source, .options = options, .random = *random};
    *out =
        (struct telling){.day = event->day, .case_number = event->case_number, .first_edition = 1, .last_edition = 1};
    out->corrected = UINT8_MAX;
    out->nulls = draw_nulls(&hearing);
    draw_amount(&hearing, event, account_unit(world, source, event), out);
    *random = hearing.random;
}

static enum comity_status hear_event(struct hearing *hearing, uint32_t index, int32_t lag, struct comity_error *err)
{
    struct account *account = hearing->account;
    const struct event *event = &hearing->world->events[index];
    if (!account_unit(hearing->world, hearing->source, event))
        return COMITY_OK;
    if (!ARRAY_ROOM(account->tellings, account->n_tellings, account->room, 1))
        return error_nomem(err);
    struct telling *telling = &account->tellings[account->n_tellings++];
    struct random before = hearing->random;
    tell_event(hearing->world, hearing->source, hearing->options, event, &hearing->random, telling);
    telling->event = index;
    telling->day += lag;
    draw_editions(hearing, index, telling);
    return parts_tell(hearing->world, hearing->options, hearing->operation_of, before, account, err);
}

/* A newsroom tells of what is large for its kind: an event of three times the median half as often as the largest. */
static bool is_news(struct hearing *hearing, const struct event *event)
{
    double size = event->amount / hearing->world->profile->concepts[event->concept].median;
    return !hearing->source->prefers_large || random_chance(&hearing->random, size / (size + 3));
}

/* The hauls of a case stand together but for twins between them, so a case is decided by its number, not by its place.
 */
static enum comity_status hear_all(struct hearing *hearing, struct comity_error *err)
{
    const struct world *world = hearing->world;
    enum comity_status status = COMITY_OK;
    uint64_t seed = hearing->random.state;
    double seen = hearing->options->seen * (hearing->source->seen > 0 ? hearing->source->seen : 1);
    for (size_t i = 0; i < world->n_events && status == COMITY_OK; i++) {
        const uint32_t *operation_of = hearing->operation_of;
        struct random of_case = {hash_u64(seed ^ world->events[operation_of ? operation_of[i] : i].case_number)};
        bool is_seen = random_chance(&of_case, seen);
        struct random whole = hearing->random;
        hearing->random = of_case;
        int32_t lag = draw_lag(hearing);
        hearing->random = whole;
        const struct event *event = &world->events[i];
        if (is_seen && profile_source_sees(world->domain, hearing->source, world->towns[event->town].country) &&
            is_news(hearing, event))
            status = hear_event(hearing, (uint32_t)i, lag, err);
    }
    return status;
}

static int by_day(const void *a, const void *b)
{
    const struct telling *x = a, *y = b;
    if (x->day != y->day)
        return x->day < y->day ? -1 : 1;
    if (x->event != y->event)
        return x->event < y->event ? -1 : 1;
    return (int)x->part - (int)y->part;
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

static void fall_silent(struct account *account, struct period silent)
{
    size_t kept = 0;
    for (size_t i = 0; i < account->n_tellings; i++)
        if (!period_has(silent, account->tellings[i].day))
            account->tellings[kept++] = account->tellings[i];
    account->n_silenced = account->n_tellings - kept;
    account->n_tellings = kept;
}

enum comity_status account_make(const struct world *world, const struct profile_source *source,
    const struct simulate_options *options, const struct tell_periods *periods, struct account *out,
    struct comity_error *err)
{
    struct hearing hearing = {.world = world, .source = source, .options = options, .account = out};
    *out = (struct account){.source = source};
    hearing.operation_of = periods->operation_of;
    hearing.random.state = hash_seeded(source->code, strlen(source->code), options->seed);
    enum comity_status status = hear_all(&hearing, err);
    if (status == COMITY_OK && out->n_tellings)
        qsort(out->tellings, out->n_tellings, sizeof *out->tellings, by_day);
    if (status == COMITY_OK && source->is_loaded_twice && periods->repeated.last >= periods->repeated.first)
        status = load_twice(out, periods->repeated.first, periods->repeated.last, err);
    if (status == COMITY_OK && source->is_falling_silent)
        fall_silent(out, periods->silent);
    for (size_t i = 0; i < out->n_tellings; i++)
        out->tellings[i].number = i + 1;
    if (status != COMITY_OK)
        account_release(out);
    return status;
}

bool account_edition(const struct account *account, size_t i, unsigned edition, struct telling *out)
{
    *out = account->tellings[i];
    if (edition < out->first_edition || edition > out->last_edition)
        return false;
    if (edition >= out->corrected)
        out->amount = out->revised;
    if (account->source->has_running_numbers)
        out->number += (edition - 1) * account->n_tellings;
    return true;
}

void account_release(struct account *account)
{
    free(account->tellings);
    account->tellings = NULL;
    account->n_tellings = account->room = 0;
}
