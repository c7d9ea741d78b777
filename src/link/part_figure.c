/* Figures are read once from the frame. How exact an amount is told follows from its own digits: nobody says 12.37 kg
 * who has rounded to kilograms. Places of the same settlement are one place; coarser ones count in the area that they
 * name.
 */
#include "link/part_figure.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/order.h"
#include "link/part.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- amounts ----------------------------------------------------------------------------------------------------- */

static bool is_multiple(double amount, double step)
{
    double n = amount / step, whole = n < 1e15 ? (double)(int64_t)(n + 0.5) : n;
    return n >= 0.5 && fabs(n - whole) < 1e-6 * (n > 1 ? n : 1);
}

/* The power of ten that the amount is a whole number of, no finer than 1e-6 of it. */
static double decimal_step(double amount)
{
    double step = power_of_ten((int)floor(log10(amount)));
    for (int i = 0; i < 7 && !is_multiple(amount, step); i++)
        step /= 10;
    return step;
}

/* An amount as figures tell it, by code: base units; 0 where none is told. */
struct told_amount {
    double amount, half, grain;
    uint32_t dimension;
};

/* Nobody rounds to less than two digits but by saying "some". */
static struct told_amount told_amount(const struct value *value, const struct unit *unit)
{
    const double most_rounded = 0.05;
    double amount = value->quantity.amount, step = decimal_step(amount), base = amount * unit->to_base;
    return (struct told_amount){.amount = base,
        .half = fmin(step / 2, most_rounded * amount) * unit->to_base,
        .grain = fmin((is_multiple(amount, 5 * step) ? 5 * step : step) * unit->to_base, base),
        .dimension = unit->dimension_id};
}

/* Null when memory is out. */
static struct told_amount *read_amounts(const struct frame *frame)
{
    const struct domain *domain = frame->mentions->domain;
    const struct column *column =
        frame->amount < 0 ? NULL : &frame->mentions->columns[frame->comparisons[frame->amount].field];
    struct told_amount *amounts = calloc(column ? column->n_values + 1u : 1, sizeof *amounts);
    for (uint32_t code = 0; amounts && column && code < column->n_values; code++) {
        const struct value *value = &column->values[code];
        if (value_is_typed(value) && value->quantity.amount > 0)
            amounts[code] = told_amount(value, &domain->units->units[value->quantity.unit]);
    }
    return amounts;
}

/* ---- the rest of a figure -----------------------------------------------------------------------------------------
 */

/* A place as figures tell it, by code. */
struct told_place {
    uint32_t settlement, subdivision, number;
};

static struct told_place told_place(const struct value *value)
{
    bool is_settlement = value->precision == PLACE_POINT || value->precision == PLACE_SETTLEMENT;
    uint64_t point = (uint64_t)(uint32_t)value->place.lat_e5 << 32 | (uint32_t)value->place.lon_e5;
    uint32_t settlement = value->place.geonames ? value->place.geonames : (uint32_t)hash_u64(point) | 1;
    return (struct told_place){is_settlement ? settlement : FIGURE_NO_PLACE, value->place.subdivision, 0};
}

/* Null when memory is out. */
static struct told_place *read_places(struct figures *figures)
{
    const struct frame *frame = figures->frame;
    const struct column *column =
        frame->where < 0 ? NULL : &frame->mentions->columns[frame->comparisons[frame->where].field];
    struct told_place *places = calloc(column ? column->n_values + 1u : 1, sizeof *places);
    struct map numbers = {0};
    bool is_good = places;
    for (uint32_t code = 0; column && is_good && code < column->n_values; code++) {
        if (!value_is_typed(&column->values[code]))
            continue;
        places[code] = told_place(&column->values[code]);
        bool is_new = false;
        uint64_t *number = places[code].settlement ? map_put(&numbers, places[code].settlement, &is_new) : NULL;
        is_good = number || !places[code].settlement;
        if (is_new && number)
            *number = ++figures->n_settlements;
        places[code].number = number ? (uint32_t)*number : 0;
        figures->n_subdivisions = places[code].subdivision >= figures->n_subdivisions ? places[code].subdivision + 1
                                                                                      : figures->n_subdivisions;
    }
    map_release(&numbers);
    if (!is_good)
        free(places);
    return is_good ? places : NULL;
}

/* Cases are numbered as they come in the order of positions: codes of values tell which were imported first. */
struct case_numbers {
    uint32_t *of_code, n;
};

static bool case_numbers_make(const struct mentions *mentions, struct case_numbers *out)
{
    int field = mentions->domain->case_id;
    *out = (struct case_numbers){
        .of_code = calloc(field < 0 ? 1 : mentions->columns[field].n_values + 1u, sizeof(uint32_t))};
    return out->of_code != NULL;
}

static uint32_t read_case(const struct mentions *mentions, uint32_t mention, struct case_numbers *numbers)
{
    int field = mentions->domain->case_id;
    if (field < 0 || !value_is_typed(mention_value(mentions, mention, field)))
        return 0;
    uint32_t *number = &numbers->of_code[mentions->columns[field].code[mention]];
    if (!*number)
        *number = ++numbers->n;
    return *number;
}

/* Days only: what is dated to a month or a year has no neighbours. */
static bool is_dated(const struct frame *frame, size_t p)
{
    return frame->first[p] != NO_DAY && frame->last[p] - frame->first[p] <= 1;
}

/* By country, group and dimension; positions of a country stand in the order of days. */
static uint64_t stratum_key(const struct frame *frame, uint32_t p, uint32_t dimension)
{
    return (uint64_t)frame->country[p] << 48 | (uint64_t)frame->group[p] << 16 | (dimension & 0xFFFF);
}

/* What a figure is read from. */
struct told {
    struct told_amount *amounts; /* by code */
    struct told_place *places;   /* likewise */
    struct case_numbers cases;
};

static bool told_make(struct figures *figures, struct told *out)
{
    *out = (struct told){.amounts = read_amounts(figures->frame), .places = read_places(figures)};
    return case_numbers_make(figures->frame->mentions, &out->cases) && out->amounts && out->places;
}

static void told_release(struct told *told)
{
    free(told->amounts);
    free(told->places);
    free(told->cases.of_code);
}

static size_t read_figures(const struct frame *frame, struct told *told, struct figure *out, struct sort_item *order)
{
    size_t n = 0;
    for (uint32_t p = 0; p < (frame->amount < 0 ? 0 : frame->n); p++) {
        const uint32_t *codes = &frame->codes[(size_t)p * frame->n_comparisons];
        const struct told_amount *amount = &told->amounts[codes[(unsigned)frame->amount]];
        if (!amount->amount || !is_dated(frame, p) || !frame->country[p] || !frame->group[p])
            continue;
        struct figure figure = {.position = p,
            .source = frame->source[p],
            .day = frame->first[p],
            .amount = amount->amount,
            .half = amount->half,
            .grain = amount->grain};
        if (frame->where >= 0) {
            const struct told_place *place = &told->places[codes[(unsigned)frame->where]];
            figure.settlement = place->settlement;
            figure.settlement_number = place->number;
            figure.subdivision = place->subdivision;
        }
        figure.case_number = read_case(frame->mentions, frame->mention[p], &told->cases);
        order[n] = (struct sort_item){stratum_key(frame, p, amount->dimension), (uint32_t)n};
        out[n++] = figure;
    }
    return n;
}

/* ---- entities that two sources tell --------------------------------------------------------------------------------
 */

/* Sets and lists entities. */
static bool index_entities(struct figures *figures, const uint32_t *cluster)
{
    size_t n = figures->frame->n;
    uint32_t *entity = malloc((figures->n + 1) * sizeof *entity);
    if (!figures->by_entity)
        figures->by_entity = malloc((figures->n + 1) * sizeof *figures->by_entity);
    if (!figures->of_entity)
        figures->of_entity = malloc((n + 2) * sizeof *figures->of_entity);
    bool is_ready = entity && figures->by_entity && figures->of_entity;
    if (is_ready)
        memset(figures->of_entity, 0, (n + 2) * sizeof *figures->of_entity);
    for (size_t i = 0; is_ready && i < figures->n; i++) {
        entity[i] = figures->at[i].entity = cluster[figures->at[i].position];
        figures->of_entity[entity[i] + 2]++;
    }
    for (size_t e = 2; is_ready && e < n + 2; e++)
        figures->of_entity[e] += figures->of_entity[e - 1];
    for (size_t i = 0; is_ready && i < figures->n; i++)
        figures->by_entity[figures->of_entity[entity[i] + 1]++] = (uint32_t)i;
    free(entity);
    return is_ready;
}

double figures_overlap(const struct figures *figures, uint32_t source, uint32_t other)
{
    return fmin(0.9, (double)part_shared(&figures->overlaps, source, other) / (figures->n_told[source] + 1));
}

static bool number_strata(struct figures *figures, const struct figure *read, const struct sort_item *order, size_t n)
{
    figures->at = calloc(n + 1, sizeof *figures->at);
    figures->first_of_stratum = malloc((n + 1) * sizeof *figures->first_of_stratum);
    if (!figures->at || !figures->first_of_stratum)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || order[i].key != order[i - 1].key)
            figures->first_of_stratum[figures->n_strata++] = (uint32_t)i;
        figures->at[i] = read[order[i].payload];
        figures->at[i].stratum = (uint32_t)figures->n_strata - 1;
    }
    figures->first_of_stratum[figures->n_strata] = (uint32_t)n;
    figures->n = n;
    return true;
}

static int by_number(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    return a < b ? -1 : a > b;
}

static void put_told(struct figures *figures, uint32_t place, uint32_t figure)
{
    figures->told.amount[place] = figures->at[figure].amount;
    figures->told.day[place] = figures->at[figure].day;
    figures->told.figure[place] = figure;
}

/* The figures of a stratum, counted by source and put behind each other; `next` is zero, before and after. */
static void order_stratum(struct figures *figures, size_t stratum, uint32_t *next, uint32_t *sources)
{
    uint32_t begin = figures->first_of_stratum[stratum], end = figures->first_of_stratum[stratum + 1], n = 0,
             at = begin;
    for (uint32_t i = begin; i < end; i++)
        if (next[figures->at[i].source]++ == 0)
            sources[n++] = figures->at[i].source;
    qsort(sources, n, sizeof *sources, by_number);
    struct source_run *runs = &figures->runs[figures->first_run[stratum]];
    for (uint32_t s = 0; s < n; s++) {
        runs[s] = (struct source_run){sources[s], at, at + next[sources[s]]};
        next[sources[s]] = at;
        at = runs[s].end;
    }
    for (uint32_t i = begin; i < end; i++)
        put_told(figures, next[figures->at[i].source]++, i);
    for (uint32_t s = 0; s < n; s++)
        next[sources[s]] = 0;
    figures->first_run[stratum + 1] = figures->first_run[stratum] + n;
}

static bool order_by_source(struct figures *figures)
{
    size_t n_sources = figures->frame->mentions->n_sources + 1;
    uint32_t *next = calloc(n_sources, sizeof *next), *sources = calloc(n_sources, sizeof *sources);
    struct figures_told *told = &figures->told;
    told->amount = malloc((figures->n + 1) * sizeof *told->amount);
    told->day = malloc((figures->n + 1) * sizeof *told->day);
    told->figure = malloc((figures->n + 1) * sizeof *told->figure);
    figures->runs = malloc((figures->n + 1) * sizeof *figures->runs);
    figures->first_run = calloc(figures->n_strata + 1, sizeof *figures->first_run);
    bool is_good = next && sources && told->amount && told->day && told->figure && figures->runs && figures->first_run;
    for (size_t s = 0; is_good && s < figures->n_strata; s++)
        order_stratum(figures, s, next, sources);
    free(next);
    free(sources);
    return is_good;
}

static void find_circumstances(struct figures *figures)
{
    const struct frame *frame = figures->frame;
    for (unsigned c = 0; c < frame->n_comparisons; c++) {
        const struct comparison *comparison = &frame->comparisons[c];
        bool is_of_event = comparison->field == frame->mentions->domain->country;
        if (comparison->type == VALUE_CATEGORY || (comparison->type == VALUE_COUNTRY && !is_of_event))
            figures->circumstances[figures->n_circumstances++] = c;
    }
}

/* Parts of a haul seldom differ in a circumstance, and two hauls agree as often as its value is common. 0 stands for
 * what is not told. */
static bool weigh_circumstances(struct figures *figures)
{
    const double agree = 0.85, rarest = 0.05;
    const struct frame *frame = figures->frame;
    const struct mentions *mentions = frame->mentions;
    for (size_t i = 0; i < figures->n_circumstances; i++) {
        const struct column *column = &mentions->columns[frame->comparisons[figures->circumstances[i]].field];
        float *agrees = figures->agrees[i] = calloc(column->n_values + 1u, sizeof *agrees);
        float *differs = figures->differs[i] = calloc(column->n_values + 1u, sizeof *differs);
        if (!agrees || !differs)
            return false;
        for (uint32_t code = 0; code < column->n_values; code++) {
            double share = fmin(0.8, fmax(rarest, (double)column->frequency[code] / (double)(mentions->n + 1)));
            if (!value_is_typed(&column->values[code]))
                continue;
            agrees[code] = (float)log(agree / share);
            differs[code] = (float)log((1 - agree) / (1 - share));
        }
    }
    return true;
}

static bool list_figures(struct figures *figures)
{
    const struct frame *frame = figures->frame;
    struct figure *read = calloc(frame->n + 1, sizeof *read);
    struct sort_item *order = malloc((frame->n + 1) * sizeof *order);
    struct told told;
    bool is_good = told_make(figures, &told) && read && order;
    if (is_good) {
        size_t n = read_figures(frame, &told, read, order);
        sort_items(order, n);
        is_good = number_strata(figures, read, order, n);
    }
    told_release(&told);
    free(read);
    free(order);
    return is_good;
}

enum comity_status figures_read(const struct frame *frame, struct figures *out)
{
    *out = (struct figures){.frame = frame};
    return list_figures(out) ? COMITY_OK : COMITY_NOMEM;
}

enum comity_status figures_compare(struct figures *figures)
{
    find_circumstances(figures);
    bool is_good = order_by_source(figures) && weigh_circumstances(figures) && figures_count(figures);
    return is_good ? COMITY_OK : COMITY_NOMEM;
}

/* ---- entities ---------------------------------------------------------------------------------------------------- */

struct changes {
    const struct figures *figures;
    const uint32_t *cluster;
    const uint8_t *has_changed; /* by entity, before and after */
    uint8_t *is_due;
};

static bool is_changed(const struct changes *c, size_t i, bool is_of_late)
{
    const struct figure *figure = &c->figures->at[i];
    bool has_changed = c->has_changed[figure->entity] || c->has_changed[c->cluster[figure->position]];
    return has_changed && (!is_of_late || c->figures->overlaps.is_late[figure->source]);
}

/* From those that have changed to those so near (`are_late`: both of late sources): forwards and back, from the last
 * one on this side. */
static void spread_changes(const struct changes *c, int32_t days, bool are_late)
{
    const struct figure *at = c->figures->at;
    const bool *is_late = c->figures->overlaps.is_late;
    for (size_t s = 0; s < c->figures->n_strata; s++) {
        size_t begin = c->figures->first_of_stratum[s], end = c->figures->first_of_stratum[s + 1];
        int64_t last = INT64_MIN / 2, next = INT64_MAX / 2;
        for (size_t i = begin; i < end; i++) {
            last = is_changed(c, i, are_late) ? at[i].day : last;
            c->is_due[i] |= at[i].day - last <= days && (!are_late || is_late[at[i].source]);
        }
        for (size_t i = end; i-- > begin;) {
            next = is_changed(c, i, are_late) ? at[i].day : next;
            c->is_due[i] |= next - at[i].day <= days && (!are_late || is_late[at[i].source]);
        }
    }
}

enum comity_status figures_find_due(
    const struct figures *figures, const uint32_t *before, const uint32_t *cluster, uint8_t *is_due)
{
    size_t n = figures->frame->n;
    uint8_t *has_changed = calloc(n + 1, 1);
    const struct changes changes = {figures, cluster, has_changed, is_due};
    if (!has_changed)
        return COMITY_NOMEM;
    for (size_t p = 0; p < n; p++)
        if (before[p] != cluster[p])
            has_changed[before[p]] = has_changed[cluster[p]] = 1;
    memset(is_due, 0, figures->n);
    spread_changes(&changes, PART_DAYS, false);
    if (figures->overlaps.is_any_late)
        spread_changes(&changes, PART_FAR_DAYS, true);
    free(has_changed);
    return COMITY_OK;
}

enum comity_status figures_place(struct figures *figures, const uint32_t *cluster)
{
    bool is_counted = figures->overlaps.shared;
    return index_entities(figures, cluster) && (is_counted || part_overlaps_count(&figures->overlaps, figures))
               ? COMITY_OK
               : COMITY_NOMEM;
}

void figures_release(struct figures *figures)
{
    free(figures->at);
    free(figures->told.amount);
    free(figures->told.day);
    free(figures->told.figure);
    free(figures->runs);
    free(figures->first_run);
    free(figures->first_of_stratum);
    free(figures->by_entity);
    free(figures->of_entity);
    free(figures->bundled);
    free(figures->totalled);
    free(figures->n_told);
    part_overlaps_release(&figures->overlaps);
    for (size_t i = 0; i < figures->n_circumstances; i++) {
        free(figures->agrees[i]);
        free(figures->differs[i]);
    }
    *figures = (struct figures){0};
}

/* ---- two figures --------------------------------------------------------------------------------------------------
 */

enum tie figures_tie(const struct figure *a, const struct figure *b)
{
    bool is_subdivision_told = a->subdivision && b->subdivision;
    if (a->settlement && a->settlement == b->settlement)
        return TIE_PLACE;
    if (is_subdivision_told && a->subdivision != b->subdivision)
        return TIE_COUNTRY;
    if (a->settlement && b->settlement)
        return is_subdivision_told ? TIE_SUBDIVISION : TIE_COUNTRY;
    return TIE_VAGUE;
}

double figures_rate(const struct figures *figures, const struct figure *whole, const struct figure *part)
{
    const double least_days = 30;
    const struct figure *first = &figures->at[figures->first_of_stratum[part->stratum]];
    const struct figure *last = &figures->at[figures->first_of_stratum[part->stratum + 1] - 1];
    enum tie tie = figures_tie(whole, part);
    enum area area = tie == TIE_PLACE ? AREA_PLACE : tie == TIE_COUNTRY ? AREA_COUNTRY : AREA_SUBDIVISION;
    if (area == AREA_SUBDIVISION && (!whole->subdivision || !part->subdivision))
        area = AREA_COUNTRY;
    return (part->rows[area] + 1.0) / fmax(least_days, last->day - first->day + 1);
}

double figures_likeness(const struct figures *figures, const struct figure *whole, const struct figure *part)
{
    const struct frame *frame = figures->frame;
    const uint32_t *w = &frame->codes[(size_t)whole->position * frame->n_comparisons];
    const uint32_t *p = &frame->codes[(size_t)part->position * frame->n_comparisons];
    double sum = 0;
    for (size_t i = 0; i < figures->n_circumstances; i++) {
        uint32_t a = w[figures->circumstances[i]], b = p[figures->circumstances[i]];
        if (figures->agrees[i][a] != 0 && figures->agrees[i][b] != 0)
            sum += a == b ? figures->agrees[i][a] : figures->differs[i][a];
    }
    return sum;
}
