/* Drawn by trial: a source, country, shape and period are taken as they come and thrown away where there are too few
 * rows or another load is near. */
#include "simulate/plant.h"

#include "base/array.h"
#include "base/calendar.h"
#include "base/error.h"

#include <stdlib.h>
#include <string.h>

enum { LEAST_COPIES = 20, SHORTEST = 5, LONGEST = 45, ROOM_BETWEEN = 10, TRIALS = 500, LEAST_SHARED = 2 };

struct draw {
    struct planting *planting;
    struct random random;
    size_t *rows; /* of the account that is copied, in its order */
    size_t n_rows, room_rows;
};

const char *plant_shape_name(enum plant_shape shape)
{
    static const char *const names[N_PLANT_SHAPES] = {
#define X(symbol, text) text,
        PLANT_SHAPE_TABLE(X)
#undef X
    };
    return names[shape];
}

static uint16_t country_of(const struct world *world, const struct telling *telling)
{
    return world->towns[world->events[telling->event].town].country;
}

/* ---- where ------------------------------------------------------------------------------------------------------- */

/* The day as the copies have it; of a month that is shorter, its last day. */
static int32_t shifted(const struct planted *load, int32_t day)
{
    struct civil civil = civil_from_day(day);
    if (!load->months)
        return day + load->shift;
    int month = civil.year * 12 + (int)civil.month - 1 + load->months;
    unsigned in_year = (unsigned)(month % 12) + 1, last = days_in_month(month / 12, in_year);
    return day_from_civil(month / 12, in_year, civil.day < last ? civil.day : last);
}

static struct period touched(const struct planted *load)
{
    struct period there = {shifted(load, load->period.first), shifted(load, load->period.last)}, here = load->period;
    return (struct period){there.first < here.first ? there.first : here.first,
        (there.last > here.last ? there.last : here.last) + ROOM_BETWEEN};
}

static bool is_near(const struct planted *a, const struct planted *b)
{
    bool is_shared = a->source == b->source || a->source == b->copied_from || a->copied_from == b->source ||
                     a->copied_from == b->copied_from;
    struct period x = touched(a), y = touched(b);
    return is_shared && a->country == b->country && x.first <= y.last && y.first <= x.last;
}

static bool has_room(const struct planting *planting, const struct planted *load)
{
    for (unsigned i = 0; i < planting->n_loads; i++)
        if (is_near(&planting->loads[i], load))
            return false;
    return true;
}

/* The circumstances that both sources' layouts have: by these a row of the one can be told from the other's own words
 * about the event. */
static unsigned shared_circumstances(const struct profile_source *a, const struct profile_source *b)
{
    static const char *const common[] = {"key", "case", "date", "country", "subdivision", "place", "concept", "amount"};
    unsigned n = 0;
    for (unsigned c = 0; c < a->columns_count; c++) {
        bool is_common = a->columns[c].field_id < 0;
        for (size_t i = 0; i < sizeof common / sizeof *common; i++)
            is_common |= strcmp(a->columns[c].what, common[i]) == 0;
        for (unsigned d = 0; d < b->columns_count && !is_common; d++)
            n += strcmp(a->columns[c].what, b->columns[d].what) == 0;
    }
    return n;
}

static bool choose_sources(struct draw *draw, struct planted *load)
{
    const struct planting *planting = draw->planting;
    load->source = (unsigned)random_below(&draw->random, planting->n_accounts);
    load->copied_from =
        load->shape == PLANT_TWO_SOURCES ? (unsigned)random_below(&draw->random, planting->n_accounts) : load->source;
    const struct account *into = &planting->accounts[load->source], *from = &planting->accounts[load->copied_from];
    if (!into->n_tellings || !from->n_tellings)
        return false;
    if (load->shape != PLANT_TWO_SOURCES)
        return true;
    return into != from && shared_circumstances(into->source, from->source) >= LEAST_SHARED &&
           profile_source_sees(planting->world->domain, into->source, load->country);
}

static void choose_period(struct draw *draw, struct planted *load)
{
    const struct world *world = draw->planting->world;
    int32_t first = world->events[0].day, length = world->events[world->n_events - 1].day - first + 1;
    int32_t days = SHORTEST + (int32_t)random_below(&draw->random, LONGEST - SHORTEST);
    load->period.first = first + (int32_t)random_below(&draw->random, (size_t)length);
    load->period.last = load->period.first + days - 1;
}

/* A second load that is the same in all is known again by sources whose rows have no keys, and brings nothing. */
static void choose_file(struct draw *draw, struct planted *load)
{
    const struct profile_source *source = draw->planting->accounts[load->source].source;
    bool is_told_apart = !source->has_running_numbers || load->shape == PLANT_SHIFTED || load->shape == PLANT_RESPELLED;
    load->is_later = random_chance(&draw->random, 0.4) && is_told_apart && draw->planting->options->editions < 2;
}

/* ---- how --------------------------------------------------------------------------------------------------------- */

/* The other usual unit of the dimension: grams for kilograms, litres for millilitres. */
static void change_unit(const struct world *world, struct profile_unit *unit)
{
    static const struct {
        const char *unit, *other;
        int decimals;
    } others[] = {{"kg", "g", 1}, {"g", "kg", 4}, {"l", "ml", 0}, {"ml", "l", 3}};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        uint32_t other = profile_unit_find(world->domain, others[i].other);
        if (strcmp(unit->unit, others[i].unit) != 0 || other == UINT32_MAX)
            continue;
        *unit = (struct profile_unit){others[i].other, others[i].other, others[i].decimals, other};
        return;
    }
}

static void change_spelling(struct draw *draw, struct planted *load)
{
    static const char *const languages[] = {"en", "es", "fr", "pt", "ru"};
    struct profile_source *writer = &load->writer;
    unsigned changes = 1 + (unsigned)random_below(&draw->random, 7);
    if (changes & 1) {
        do {
            writer->language_number = language_number(languages[random_below(&draw->random, 5)]);
        } while (writer->language_number == draw->planting->accounts[load->source].source->language_number);
    } else {
        writer->is_upper_case = !writer->is_upper_case;
    }
    for (unsigned i = 0; changes & 2 && i < writer->units_count; i++)
        change_unit(draw->planting->world, &load->units[i]);
    if (changes & 4)
        load->digits = 2 + (unsigned)random_below(&draw->random, 2);
}

static void choose_shape(struct draw *draw, struct planted *load)
{
    double u = random_unit(&draw->random);
    load->times = 2;
    if (load->shape == PLANT_WHOLE)
        load->times = u < 0.6 ? 2 : u < 0.8 ? 3 : 4;
    if (load->shape == PLANT_SHIFTED && u < 0.5)
        load->shift = u < 0.25 ? 1 : -1;
    else if (load->shape == PLANT_SHIFTED)
        load->months = u < 0.75 ? 1 : -1;
}

/* Before anything is copied: `writer` points into the load, which has its final place by then. */
static void set_writer(struct draw *draw, struct planted *load)
{
    const struct profile_source *source = draw->planting->accounts[load->source].source;
    if (load->shape != PLANT_RESPELLED || source->units_count > PLANT_UNITS)
        return;
    load->has_writer = true;
    load->writer = *source;
    memcpy(load->units, source->units, source->units_count * sizeof *source->units);
    load->writer.units = load->units;
    change_spelling(draw, load);
}

/* ---- rows -------------------------------------------------------------------------------------------------------- */

static bool find_rows(struct draw *draw, const struct planted *load)
{
    const struct account *from = &draw->planting->accounts[load->copied_from];
    draw->n_rows = 0;
    for (size_t i = 0; i < from->n_tellings; i++) {
        const struct telling *telling = &from->tellings[i];
        if (telling->load || !period_has(load->period, telling->day) ||
            country_of(draw->planting->world, telling) != load->country)
            continue;
        if (!ARRAY_ROOM(draw->rows, draw->n_rows, draw->room_rows, 1))
            return false;
        draw->rows[draw->n_rows++] = i;
    }
    return true;
}

/* Which of the rows are copied at all. */
static void choose_rows(struct draw *draw, const struct planted *load)
{
    double share = 0.4 + 0.4 * random_unit(&draw->random);
    size_t n = draw->n_rows, kept = 0, skipped = n / 10 ? random_below(&draw->random, n / 10) : 0;
    size_t end = n - (n / 10 ? random_below(&draw->random, n / 10) : 0);
    for (size_t i = 0; i < n; i++) {
        bool is_kept = load->shape != PLANT_SAMPLE || random_chance(&draw->random, share);
        if (load->shape == PLANT_BLOCK)
            is_kept = i >= skipped && i < end;
        if (is_kept)
            draw->rows[kept++] = draw->rows[i];
    }
    draw->n_rows = kept;
}

/* What a row of one source leaves empty in another's layout: what it does not tell, and what it has no column for. */
static uint32_t foreign_nulls(
    const struct profile_source *from, const struct profile_source *into, const struct telling *telling)
{
    uint32_t nulls = 0;
    for (unsigned c = 0; c < into->columns_count && c < 32; c++) {
        bool is_told = into->columns[c].field_id < 0;
        for (unsigned d = 0; d < from->columns_count && d < 32; d++)
            if (strcmp(from->columns[d].what, into->columns[c].what) == 0)
                is_told = !(telling->nulls >> d & 1);
        if (!is_told)
            nulls |= (uint32_t)1 << c;
    }
    return nulls;
}

static void convert_amount(struct draw *draw, const struct planted *load, struct telling *copy)
{
    const struct world *world = draw->planting->world;
    const struct event *event = &world->events[copy->event];
    const struct profile_source *from = draw->planting->accounts[load->copied_from].source;
    const struct profile_source *into =
        load->has_writer ? &load->writer : draw->planting->accounts[load->source].source;
    const struct profile_unit *old = account_unit(world, from, event), *new = account_unit(world, into, event);
    const struct unit *units = world->domain->units->units;
    if (old != new)
        copy->amount =
            amount_to_decimals(copy->amount * units[old->unit_id].to_base / units[new->unit_id].to_base, new->decimals);
    if (load->digits)
        copy->amount = amount_to_decimals(amount_to_digits(copy->amount, (int)load->digits), new->decimals);
    copy->revised = copy->amount;
}

static bool copy_row(struct draw *draw, struct planted *load, size_t row)
{
    struct planting *planting = draw->planting;
    struct account *into = &planting->accounts[load->source];
    const struct profile_source *from = planting->accounts[load->copied_from].source;
    struct telling copy = planting->accounts[load->copied_from].tellings[row];
    if (!account_unit(planting->world, into->source, &planting->world->events[copy.event]))
        return true;
    if (!ARRAY_ROOM(into->tellings, into->n_tellings, into->room, 1))
        return false;
    copy.day = shifted(load, copy.day);
    copy.load = (uint16_t)(planting->n_loads + 1);
    copy.behind += into->n_tellings + 1 - copy.number;
    copy.number = into->n_tellings + 1;
    if (load->shape == PLANT_TWO_SOURCES) {
        copy.nulls = foreign_nulls(from, into->source, &copy);
        copy.case_number = UINT64_C(5000000) + copy.number;
    }
    convert_amount(draw, load, &copy);
    into->tellings[into->n_tellings++] = copy;
    load->n_more++;
    return true;
}

static enum comity_status copy_rows(struct draw *draw, struct planted *load, struct comity_error *err)
{
    struct planting *planting = draw->planting;
    for (unsigned time = 1; time < load->times; time++)
        for (size_t i = 0; i < draw->n_rows; i++)
            if (!copy_row(draw, load, draw->rows[i]))
                return error_nomem(err);
    load->n_rows = draw->n_rows;
    planting->n_more += load->n_more;
    planting->n_loads++;
    return COMITY_OK;
}

/* ---- loads ------------------------------------------------------------------------------------------------------- */

/* One trial: false where it came to nothing. */
static bool draw_load(struct draw *draw, struct planted *load)
{
    const struct profile *profile = draw->planting->world->profile;
    enum plant_shape shape = load->shape;
    *load = (struct planted){.shape = shape};
    load->country = profile->countries[random_below(&draw->random, profile->countries_count)].id;
    if (!choose_sources(draw, load))
        return false;
    choose_period(draw, load);
    choose_shape(draw, load);
    choose_file(draw, load);
    return has_room(draw->planting, load);
}

static enum comity_status plant_one(struct draw *draw, enum plant_shape shape, struct comity_error *err)
{
    struct planted *load = &draw->planting->loads[draw->planting->n_loads];
    for (int trial = 0; trial < TRIALS; trial++) {
        *load = (struct planted){.shape = shape};
        if (!draw_load(draw, load))
            continue;
        if (!find_rows(draw, load))
            return error_nomem(err);
        choose_rows(draw, load);
        if (draw->n_rows < LEAST_COPIES)
            continue;
        set_writer(draw, load);
        return copy_rows(draw, load, err);
    }
    return COMITY_OK;
}

enum comity_status planting_make(struct planting *planting, struct comity_error *err)
{
    struct draw draw = {.planting = planting, .random = {hash_u64(planting->options->seed ^ 0x6C6F616473u)}};
    unsigned n = planting->options->loads;
    enum comity_status status = COMITY_OK;
    if (!n || !planting->world->n_events)
        return COMITY_OK;
    planting->loads = calloc(n, sizeof *planting->loads);
    if (!planting->loads)
        return error_nomem(err);
    /* Every shape in turn from a random one on, so that a few loads are of many shapes. */
    size_t first = random_below(&draw.random, N_PLANT_SHAPES);
    for (unsigned i = 0; i < n && status == COMITY_OK; i++)
        status = plant_one(&draw, (enum plant_shape)((first + i) % N_PLANT_SHAPES), err);
    free(draw.rows);
    return status;
}

void planting_release(struct planting *planting)
{
    free(planting->loads);
    planting->loads = NULL;
    planting->n_loads = 0;
}

/* ---- files ------------------------------------------------------------------------------------------------------- */

const struct profile_source *planted_writer(
    const struct planting *planting, const struct profile_source *source, const struct telling *telling)
{
    if (!telling->load || !planting->loads[telling->load - 1].has_writer)
        return source;
    return &planting->loads[telling->load - 1].writer;
}

bool planted_later(const struct planting *planting, const struct telling *telling)
{
    return telling->load && planting->loads[telling->load - 1].is_later;
}

bool planting_has_later(const struct planting *planting, const struct account *account)
{
    for (unsigned i = 0; i < planting->n_loads; i++)
        if (planting->loads[i].is_later && &planting->accounts[planting->loads[i].source] == account)
            return true;
    return false;
}
