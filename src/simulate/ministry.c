/* Events are sorted into cells; each cell draws what is planted in it; then files are written. */
#include "simulate/ministry.h"

#include "base/array.h"
#include "base/calendar.h"
#include "base/error.h"
#include "base/file.h"
#include "simulate/sink.h"
#include "simulate/tell.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define PLANT_TABLE(X)                                                                                                 \
    X(NONE, "none")                                                                                                    \
    X(DOUBLED, "doubled")                                                                                              \
    X(MISSING, "missing")                                                                                              \
    X(PART, "part")                                                                                                    \
    X(WRONG, "wrong")                                                                                                  \
    X(ROUNDED, "rounded")                                                                                              \
    X(INVENTED, "invented")
enum plant {
#define X(symbol, word) PLANT_##symbol,
    PLANT_TABLE(X)
#undef X
};
static const char *const PLANTS[] = {
#define X(symbol, word) word,
    PLANT_TABLE(X)
#undef X
};

enum { LEAST_STEPS = 100, LEAST_ROUNDED = 11 };

struct ministry_cell {
    uint16_t country, subdivision;
    int32_t month; /* months since year 0 */
    uint32_t concept;
    uint32_t event; /* one of them; for the unit */
    double amount;  /* in the unit that is printed */
    enum plant plant;
    double told, rounded, revised;
    bool is_told, is_dropped;
};
struct ministry {
    const struct world *world;
    const char *folder;
    const struct ministry_options *options;
    struct random random;
    struct ministry_cell *cells;
    size_t n_cells, room;
    uint64_t n_rows;
    struct arena arena;
    struct comity_error *err;
};

/* ---- cells ----------------------------------------------------------------------------------------------------- */

static const struct profile_unit *unit_of(const struct ministry *m, uint32_t event)
{
    return account_unit(m->world, &m->world->profile->sources[0], &m->world->events[event]);
}

static double step_of(const struct ministry *m, const struct ministry_cell *cell)
{
    return pow(10, -unit_of(m, cell->event)->decimals);
}

static double printed(double amount, double step)
{
    return round(amount / step) * step;
}

static double amount_in_unit(const struct ministry *m, uint32_t event)
{
    const struct unit *units = m->world->domain->units->units;
    const struct event *e = &m->world->events[event];
    return e->amount * units[m->world->profile->concepts[e->concept].unit_id].to_base /
           units[unit_of(m, event)->unit_id].to_base;
}

static int by_cell(const void *left, const void *right)
{
    const struct ministry_cell *a = left, *b = right;
    if (a->month != b->month)
        return a->month < b->month ? -1 : 1;
    if (a->country != b->country)
        return a->country < b->country ? -1 : 1;
    if (a->subdivision != b->subdivision)
        return a->subdivision < b->subdivision ? -1 : 1;
    if (a->concept != b->concept)
        return a->concept < b->concept ? -1 : 1;
    return (a->event > b->event) - (a->event < b->event);
}

static bool is_same(const struct ministry_cell *a, const struct ministry_cell *b)
{
    return a->month == b->month && a->country == b->country && a->subdivision == b->subdivision &&
           a->concept == b->concept;
}

static enum comity_status find_cells(struct ministry *m)
{
    const struct world *world = m->world;
    size_t n = 0;
    m->room = world->n_events + 1;
    m->cells = malloc(m->room * sizeof *m->cells);
    if (!m->cells)
        return error_nomem(m->err);
    for (uint32_t i = 0; i < world->n_events; i++) {
        struct civil civil = civil_from_day(world->events[i].day);
        const struct town *town = &world->towns[world->events[i].town];
        if (unit_of(m, i))
            m->cells[n++] = (struct ministry_cell){.country = town->country,
                .subdivision = town->subdivision,
                .month = civil.year * 12 + (int32_t)civil.month - 1,
                .concept = world->events[i].concept,
                .event = i,
                .amount = amount_in_unit(m, i)};
    }
    if (n)
        qsort(m->cells, n, sizeof *m->cells, by_cell);
    for (size_t i = 0; i < n; i++) {
        if (m->n_cells && is_same(&m->cells[m->n_cells - 1], &m->cells[i]))
            m->cells[m->n_cells - 1].amount += m->cells[i].amount;
        else
            m->cells[m->n_cells++] = m->cells[i];
    }
    return COMITY_OK;
}

/* ---- planting -----------------------------------------------------------------------------------------------------
 */

static enum plant draw_plant(struct ministry *m)
{
    const struct ministry_options *o = m->options;
    const double shares[] = {o->doubled, o->missing, o->part, o->wrong, o->rounded};
    double luck = random_unit(&m->random);
    for (int i = 0; i < 5; i++) {
        if (luck < shares[i])
            return (enum plant)(PLANT_DOUBLED + i);
        luck -= shares[i];
    }
    return PLANT_NONE;
}

/* Factors keep away from whole numbers and their inverses, so that each difference is of one kind. */
static void tell_cell(struct ministry *m, struct ministry_cell *cell)
{
    double step = step_of(m, cell), amount = cell->amount;
    double luck = random_unit(&m->random);
    if (cell->plant == PLANT_DOUBLED)
        amount *= 2;
    else if (cell->plant == PLANT_PART)
        amount *= 1.15 + 0.70 * luck;
    else if (cell->plant == PLANT_WRONG)
        amount *= 0.55 + 0.30 * luck;
    cell->told = printed(amount, cell->plant == PLANT_ROUNDED ? 1 : step);
    cell->is_told = cell->plant != PLANT_MISSING;
}

static bool is_beside(const struct ministry_cell *a, const struct ministry_cell *b)
{
    return a->month == b->month && a->country == b->country;
}

/* Of each month of a country at least one cell is told. */
static void keep_one(struct ministry *m)
{
    for (size_t i = 0, end; i < m->n_cells; i = end) {
        bool has_one = false;
        for (end = i; end < m->n_cells && is_beside(&m->cells[i], &m->cells[end]); end++)
            has_one |= m->cells[end].plant != PLANT_MISSING;
        if (!has_one)
            m->cells[i].plant = PLANT_NONE;
    }
}

/* Of each concept some month is told as well, or the series would not know it. */
static void keep_concepts(struct ministry *m)
{
    for (uint32_t c = 0; c < m->world->profile->concepts_count; c++) {
        struct ministry_cell *first = NULL;
        bool has_one = false;
        for (size_t i = 0; i < m->n_cells && !has_one; i++) {
            if (m->cells[i].concept != c)
                continue;
            first = first ? first : &m->cells[i];
            has_one = m->cells[i].plant != PLANT_MISSING;
        }
        if (first && !has_one)
            first->plant = PLANT_NONE;
    }
}

static void plant(struct ministry *m)
{
    for (size_t i = 0; i < m->n_cells; i++) {
        enum plant drawn = draw_plant(m);
        bool is_seen = m->cells[i].amount >= LEAST_STEPS * step_of(m, &m->cells[i]);
        /* Rounding that changes a number by over a twentieth is a difference. */
        bool is_round = drawn == PLANT_ROUNDED && m->cells[i].amount < LEAST_ROUNDED;
        m->cells[i].plant = is_seen && !is_round ? drawn : PLANT_NONE;
    }
    keep_one(m);
    keep_concepts(m);
}

static bool has_cell(const struct ministry *m, const struct ministry_cell *wanted, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (is_same(&m->cells[i], wanted))
            return true;
    return false;
}

/* A cell of another subdivision of the same country, where nothing happened. */
static enum comity_status invent(struct ministry *m)
{
    size_t n = m->n_cells, n_tries = (size_t)ceil(m->options->invented * (double)n);
    for (size_t t = 0; t < n_tries; t++) {
        struct ministry_cell cell = m->cells[random_below(&m->random, n)];
        const struct town *town = &m->world->towns[random_below(&m->random, m->world->n_towns)];
        cell.subdivision = town->subdivision;
        cell.country = town->country;
        if (has_cell(m, &cell, m->n_cells))
            continue;
        cell.plant = PLANT_INVENTED;
        cell.amount = fmax(cell.amount, LEAST_STEPS * step_of(m, &cell));
        if (!ARRAY_ROOM(m->cells, m->n_cells, m->room, 1))
            return error_nomem(m->err);
        m->cells[m->n_cells++] = cell;
    }
    return COMITY_OK;
}

/* The later editions: one with a digit less, one with other numbers. */
static void tell_editions(struct ministry *m, struct ministry_cell *cell)
{
    double step = step_of(m, cell);
    double luck = random_unit(&m->random);
    bool is_seen = cell->amount >= LEAST_STEPS * step;
    cell->rounded = printed(cell->told, step < 1 ? 10 * step : step);
    cell->revised = cell->is_told ? cell->told : printed(cell->amount, step);
    if (cell->is_told && is_seen && luck < m->options->revised)
        cell->revised = printed(cell->told * (1.02 + random_unit(&m->random)), step);
    else if (cell->is_told && is_seen && luck < m->options->revised + m->options->dropped)
        cell->is_dropped = true;
}

static enum comity_status make(struct ministry *m)
{
    enum comity_status status = find_cells(m);
    if (status || !m->n_cells)
        return status;
    plant(m);
    status = invent(m);
    for (size_t i = 0; i < m->n_cells; i++) {
        tell_cell(m, &m->cells[i]);
        tell_editions(m, &m->cells[i]);
    }
    return status;
}

/* ---- files ---------------------------------------------------------------------------------------------------------
 */

static enum comity_status open_file(
    struct ministry *m, const char *name, const char *const *headers, size_t n, struct sink **sink)
{
    const char *path = path_join(&m->arena, m->folder, name);
    *sink = NULL;
    if (!path)
        return error_nomem(m->err);
    enum comity_status status = sink_open(path, NULL, sink, m->err);
    if (status)
        return status;
    for (size_t i = 0; i < n; i++)
        sink_text(*sink, slice_from(headers[i]));
    sink_end_row(*sink);
    return COMITY_OK;
}

static void write_month(struct sink *sink, const struct ministry_cell *cell)
{
    char text[32];
    snprintf(text, sizeof text, "%04d-%02d", cell->month / 12, cell->month % 12 + 1);
    sink_text(sink, slice_from(text));
}

static struct slice concept_text(const struct ministry *m, uint32_t concept)
{
    const struct domain *domain = m->world->domain;
    return concept_label(
        domain->fields[domain->what].spec.concepts, m->world->profile->concepts[concept].concept_id, LANGUAGE_EN);
}

static void write_sum(struct ministry *m, struct sink *sink, const struct ministry_cell *cell, double amount)
{
    const struct domain *domain = m->world->domain;
    const struct profile_unit *unit = unit_of(m, cell->event);
    write_month(sink, cell);
    sink_text(sink, country_label(domain->countries, cell->country, LANGUAGE_EN));
    sink_text(sink, subdivision_label(domain->gazetteer, cell->subdivision, LANGUAGE_EN));
    sink_text(sink, concept_text(m, cell->concept));
    sink_number(sink, amount, unit->decimals);
    sink_text(sink, slice_from(unit->text));
    sink_text(sink, SLICE("SIMULATED"));
    sink_end_row(sink);
    m->n_rows++;
}

enum { FIRST_EDITION, ROUNDED_EDITION, REVISED_EDITION };

static bool edition_has(const struct ministry_cell *cell, int edition, double *amount)
{
    *amount = edition == FIRST_EDITION ? cell->told : edition == ROUNDED_EDITION ? cell->rounded : cell->revised;
    return edition == REVISED_EDITION ? !cell->is_dropped : cell->is_told;
}

static enum comity_status write_edition(struct ministry *m, const char *name, int edition)
{
    static const char *const headers[] = {"Month", "Country", "Province", "Substance", "Quantity", "Unit", "Note"};
    struct sink *sink;
    enum comity_status status = open_file(m, name, headers, sizeof headers / sizeof *headers, &sink);
    if (status)
        return status;
    for (size_t i = 0; i < m->n_cells; i++) {
        double amount;
        if (edition_has(&m->cells[i], edition, &amount))
            write_sum(m, sink, &m->cells[i], amount);
    }
    return sink_close(sink, m->err);
}

static void write_event(struct ministry *m, struct sink *sink, uint32_t i)
{
    const struct domain *domain = m->world->domain;
    const struct event *event = &m->world->events[i];
    const struct town *town = &m->world->towns[event->town];
    const struct profile_unit *unit = unit_of(m, i);
    char text[32];
    snprintf(text, sizeof text, "E%08u", i + 1);
    sink_text(sink, slice_from(text));
    sink_day(sink, event->day);
    sink_text(sink, country_label(domain->countries, town->country, LANGUAGE_EN));
    sink_text(sink, subdivision_label(domain->gazetteer, town->subdivision, LANGUAGE_EN));
    sink_text(sink, settlement_label(domain->gazetteer, town->geonames, LANGUAGE_EN));
    sink_text(sink, concept_text(m, event->concept));
    /* Halves are rounded as the ministry rounds them. */
    sink_number(sink, printed(amount_in_unit(m, i), pow(10, -unit->decimals)), unit->decimals);
    sink_text(sink, slice_from(unit->text));
    sink_text(sink, SLICE("SIMULATED"));
    sink_end_row(sink);
    m->n_rows++;
}

static enum comity_status write_register(struct ministry *m)
{
    static const char *const headers[] = {
        "Entry", "Date", "Country", "Province", "Town", "Substance", "Quantity", "Unit", "Note"};
    struct sink *sink;
    enum comity_status status = open_file(m, "complete.csv", headers, sizeof headers / sizeof *headers, &sink);
    if (status)
        return status;
    for (uint32_t i = 0; i < m->world->n_events; i++)
        if (unit_of(m, i))
            write_event(m, sink, i);
    return sink_close(sink, m->err);
}

static void write_told(struct sink *sink, const struct ministry_cell *cell, int edition, int decimals)
{
    double amount;
    if (edition_has(cell, edition, &amount))
        sink_number(sink, amount, decimals);
    else
        sink_text(sink, SLICE_EMPTY);
}

static enum comity_status write_truth(struct ministry *m)
{
    static const char *const headers[] = {
        "month", "country", "subdivision", "concept", "unit", "true", "told", "rounded", "revised", "planted", "note"};
    const struct domain *domain = m->world->domain;
    struct sink *sink;
    enum comity_status status = open_file(m, "truth-sums.csv", headers, sizeof headers / sizeof *headers, &sink);
    if (status)
        return status;
    for (size_t i = 0; i < m->n_cells; i++) {
        const struct ministry_cell *cell = &m->cells[i];
        const struct profile_unit *unit = unit_of(m, cell->event);
        write_month(sink, cell);
        sink_text(sink, slice_from(country_get(domain->countries, cell->country)->alpha2));
        sink_text(sink, slice_from(subdivision_get(domain->gazetteer, cell->subdivision)->code));
        sink_text(sink, slice_from(m->world->profile->concepts[cell->concept].code));
        sink_text(sink, slice_from(unit->unit));
        sink_number(sink, cell->plant == PLANT_INVENTED ? 0 : cell->amount, 6);
        for (int edition = FIRST_EDITION; edition <= REVISED_EDITION; edition++)
            write_told(sink, cell, edition, unit->decimals);
        sink_text(sink, slice_from(PLANTS[cell->plant]));
        sink_text(sink, SLICE("SIMULATED"));
        sink_end_row(sink);
    }
    return sink_close(sink, m->err);
}

enum comity_status ministry_write(const struct world *world, const char *folder, uint64_t seed,
    const struct ministry_options *options, uint64_t *n_rows, struct comity_error *err)
{
    struct ministry m = {.world = world,
        .folder = folder,
        .options = options,
        .random = {hash_u64(seed ^ 0x6D696E6973747279u)},
        .err = err};
    enum comity_status status = make(&m);
    if (!status)
        status = write_register(&m);
    if (!status)
        status = write_edition(&m, "sums.csv", FIRST_EDITION);
    if (!status)
        status = write_edition(&m, "sums-rounded.csv", ROUNDED_EDITION);
    if (!status)
        status = write_edition(&m, "sums-revised.csv", REVISED_EDITION);
    if (!status)
        status = write_truth(&m);
    *n_rows += m.n_rows;
    free(m.cells);
    arena_release(&m.arena);
    return status;
}
