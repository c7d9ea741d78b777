/* Figures are read once from the frame. How exact an amount is told follows from its own digits: nobody says 12.37 kg
 * who has rounded to kilograms. Places of the same settlement are one place; coarser ones count in the area that they
 * name.
 */
#include "link/part_figure.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/order.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- amounts ----------------------------------------------------------------------------------------------------- */

static bool is_multiple(double amount, double step)
{
    double n = amount / step;
    return n >= 0.5 && fabs(n - round(n)) < 1e-6 * fmax(1, n);
}

/* The power of ten that the amount is a whole number of, no finer than 1e-6 of it. */
static double decimal_step(double amount)
{
    double step = pow(10, floor(log10(amount)));
    for (int i = 0; i < 7 && !is_multiple(amount, step); i++)
        step /= 10;
    return step;
}

/* Nobody rounds to less than two digits but by saying "some". */
static void set_exactness(struct figure *figure, double amount, double to_base)
{
    const double most_rounded = 0.05;
    double step = decimal_step(amount);
    figure->half = fmin(step / 2, most_rounded * amount) * to_base;
    figure->grain = (is_multiple(amount, 5 * step) ? 5 * step : step) * to_base;
    figure->grain = fmin(figure->grain, figure->amount);
}

static bool read_amount(const struct frame *frame, uint32_t mention, struct figure *figure, uint32_t *dimension)
{
    const struct domain *domain = frame->mentions->domain;
    const struct value *value = mention_value(frame->mentions, mention, domain->how_much);
    if (!value_is_typed(value) || value->quantity.amount <= 0)
        return false;
    const struct unit *unit = &domain->units->units[value->quantity.unit];
    figure->amount = value->quantity.amount * unit->to_base;
    *dimension = unit->dimension_id;
    set_exactness(figure, value->quantity.amount, unit->to_base);
    return true;
}

/* ---- the rest of a figure -----------------------------------------------------------------------------------------
 */

static void read_place(const struct frame *frame, uint32_t mention, struct figure *figure)
{
    int field = frame->mentions->domain->where;
    if (field < 0)
        return;
    const struct value *value = mention_value(frame->mentions, mention, field);
    if (!value_is_typed(value))
        return;
    figure->subdivision = value->place.subdivision;
    if (value->precision == PLACE_POINT || value->precision == PLACE_SETTLEMENT)
        figure->settlement =
            value->place.geonames
                ? value->place.geonames
                : (uint32_t)hash_u64((uint64_t)(uint32_t)value->place.lat_e5 << 32 | (uint32_t)value->place.lon_e5) | 1;
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

static size_t read_figures(
    const struct frame *frame, struct case_numbers *cases, struct figure *out, struct sort_item *order)
{
    size_t n = 0;
    for (uint32_t p = 0; p < frame->n; p++) {
        uint32_t mention = frame->mention[p], dimension;
        struct figure figure = {.position = p, .source = frame->source[p], .day = frame->first[p]};
        if (!is_dated(frame, p) || !frame->country[p] || !frame->group[p] ||
            !read_amount(frame, mention, &figure, &dimension))
            continue;
        read_place(frame, mention, &figure);
        figure.case_number = read_case(frame->mentions, mention, cases);
        order[n] = (struct sort_item){stratum_key(frame, p, dimension), (uint32_t)n};
        out[n++] = figure;
    }
    return n;
}

/* ---- counting ---------------------------------------------------------------------------------------------------- */

static uint64_t area_key(const struct figure *figure, enum area area)
{
    uint64_t place = area == AREA_PLACE ? figure->settlement : area == AREA_SUBDIVISION ? figure->subdivision : 0;
    return hash_u64(hash_u64((uint64_t)figure->stratum << 32 | figure->source) ^ ((uint64_t)area << 60 | place));
}

static bool count(struct map *map, uint64_t key)
{
    uint64_t *n = map_put(map, key, NULL);
    if (n)
        (*n)++;
    return n != NULL;
}

static bool tells_area(const struct figure *figure, enum area area)
{
    return area == AREA_COUNTRY || (area == AREA_SUBDIVISION ? figure->subdivision : figure->settlement);
}

static bool count_areas(struct figures *figures)
{
    struct map rows = {0};
    bool is_good = true;
    for (size_t i = 0; is_good && i < figures->n; i++)
        for (enum area area = 0; is_good && area < N_AREAS; area++)
            is_good = !tells_area(&figures->at[i], area) || count(&rows, area_key(&figures->at[i], area));
    for (size_t i = 0; is_good && i < figures->n; i++)
        for (enum area area = 0; area < N_AREAS; area++)
            if (tells_area(&figures->at[i], area))
                figures->at[i].rows[area] = (float)*map_get(&rows, area_key(&figures->at[i], area));
    map_release(&rows);
    return is_good;
}

static uint64_t bundle_key(const struct figure *figure)
{
    uint64_t place = (uint64_t)figure->settlement << 32 | figure->subdivision;
    return hash_u64(area_key(figure, AREA_COUNTRY) ^ hash_u64(place) ^ ((uint64_t)(uint32_t)figure->day << 20));
}

/* Half a row is given to each side, so that a source of few rows is not taken to be without bundles. */
static bool find_bundled(struct figures *figures)
{
    size_t n_sources = figures->frame->mentions->n_sources, n = figures->n;
    struct sort_item *items = malloc((n + 1) * sizeof *items);
    double *told = figures->told = calloc(n_sources + 1, sizeof *told);
    double *bundled = figures->bundled = calloc(n_sources + 1, sizeof *bundled);
    bool is_good = items && told && bundled;
    for (size_t i = 0; is_good && i < n; i++) {
        items[i] = (struct sort_item){bundle_key(&figures->at[i]), (uint32_t)i};
        told[figures->at[i].source]++;
    }
    if (is_good)
        sort_items(items, n);
    for (size_t i = 0, j; is_good && i < n; i = j) {
        for (j = i + 1; j < n && items[j].key == items[i].key; j++) {
        }
        bundled[figures->at[items[i].payload].source] += j - i > 1 ? (double)(j - i) : 0;
    }
    for (size_t s = 0; is_good && s < n_sources; s++)
        bundled[s] = (bundled[s] + 0.5) / (told[s] + 1);
    free(items);
    return is_good;
}

/* Whether the greatest of some lines is the sum of the others, to the digit. */
static bool has_total(const struct figures *figures, const struct sort_item *lines, size_t n)
{
    double sum = 0, most = 0;
    for (size_t i = 0; i < n; i++) {
        sum += figures->at[lines[i].payload].amount;
        most = fmax(most, figures->at[lines[i].payload].amount);
    }
    return fabs(sum - 2 * most) <= 1e-6 * most;
}

/* Three lines or more, since two equal ones are no total and its part. Not all totals are exact; where few lines stand
 * together, what is usual counts for some more. */
static bool find_totalled(struct figures *figures)
{
    const double exact = 0.6, usual = 0.3, counts_for = 4;
    size_t n_sources = figures->frame->mentions->n_sources;
    struct sort_item *lines = malloc((figures->n + 1) * sizeof *lines);
    double *n_bundles = calloc(n_sources + 1, sizeof *n_bundles);
    figures->totalled = calloc(n_sources + 1, sizeof *figures->totalled);
    bool is_good = lines && n_bundles && figures->totalled;
    for (size_t i = 0; is_good && i < figures->n; i++)
        lines[i] = (struct sort_item){
            bundle_key(&figures->at[i]) ^ hash_u64(figures->at[i].case_number + UINT64_C(1)), (uint32_t)i};
    if (is_good)
        sort_items(lines, figures->n);
    for (size_t i = 0, j; is_good && i < figures->n; i = j) {
        uint32_t source = figures->at[lines[i].payload].source;
        for (j = i + 1; j < figures->n && lines[j].key == lines[i].key; j++) {
        }
        n_bundles[source] += j - i > 2;
        figures->totalled[source] += j - i > 2 && has_total(figures, &lines[i], j - i);
    }
    for (size_t s = 0; is_good && s < n_sources; s++)
        figures->totalled[s] =
            fmin(0.95, (figures->totalled[s] / exact + usual * counts_for) / (n_bundles[s] + counts_for));
    free(lines);
    free(n_bundles);
    return is_good;
}

static bool index_entities(struct figures *figures)
{
    size_t n = figures->frame->n;
    if (!figures->by_entity)
        figures->by_entity = malloc((figures->n + 1) * sizeof *figures->by_entity);
    if (!figures->of_entity)
        figures->of_entity = malloc((n + 2) * sizeof *figures->of_entity);
    if (!figures->by_entity || !figures->of_entity)
        return false;
    memset(figures->of_entity, 0, (n + 2) * sizeof *figures->of_entity);
    for (size_t i = 0; i < figures->n; i++)
        figures->of_entity[figures->at[i].entity + 2]++;
    for (size_t e = 2; e < n + 2; e++)
        figures->of_entity[e] += figures->of_entity[e - 1];
    for (size_t i = 0; i < figures->n; i++)
        figures->by_entity[figures->of_entity[figures->at[i].entity + 1]++] = (uint32_t)i;
    return true;
}

static uint64_t two_sources(uint32_t a, uint32_t b)
{
    return (uint64_t)a << 32 | b;
}

/* Each figure counts once for each other source of its entity. */
static bool find_shared(struct figures *figures)
{
    bool is_good = true;
    for (size_t i = 0; is_good && i < figures->n; i++) {
        const struct figure *figure = &figures->at[i];
        for (uint32_t e = figures->of_entity[figure->entity]; is_good && e < figures->of_entity[figure->entity + 1];
             e++) {
            uint32_t other = figures->at[figures->by_entity[e]].source;
            bool is_repeated = other == figure->source;
            for (uint32_t b = figures->of_entity[figure->entity]; b < e && !is_repeated; b++)
                is_repeated = figures->at[figures->by_entity[b]].source == other;
            if (!is_repeated)
                is_good = count(&figures->shared, two_sources(figure->source, other));
        }
    }
    return is_good;
}

double figures_overlap(const struct figures *figures, uint32_t source, uint32_t other)
{
    const uint64_t *n = map_get(&figures->shared, two_sources(source, other));
    return fmin(0.9, n ? (double)*n / (figures->told[source] + 1) : 0);
}

static bool number_strata(struct figures *figures, const struct figure *read, const struct sort_item *order, size_t n)
{
    figures->at = malloc((n + 1) * sizeof *figures->at);
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

static void find_circumstances(struct figures *figures)
{
    const struct domain *domain = figures->frame->mentions->domain;
    for (int f = 0; f < (int)domain->n_fields; f++) {
        enum value_type type = domain->fields[f].spec.type;
        bool is_kind = type == VALUE_CATEGORY || (type == VALUE_COUNTRY && f != domain->country);
        if (is_kind && domain->fields[f].is_compared)
            figures->circumstances[figures->n_circumstances++] = f;
    }
}

/* Parts of a haul seldom differ in a circumstance, and two hauls agree as often as its value is common. 0 stands for
 * what is not told. */
static bool weigh_circumstances(struct figures *figures)
{
    const double agree = 0.85, rarest = 0.05;
    const struct mentions *mentions = figures->frame->mentions;
    for (size_t i = 0; i < figures->n_circumstances; i++) {
        const struct column *column = &mentions->columns[figures->circumstances[i]];
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
    struct figure *read = malloc((frame->n + 1) * sizeof *read);
    struct sort_item *order = malloc((frame->n + 1) * sizeof *order);
    struct case_numbers cases;
    bool is_good = case_numbers_make(frame->mentions, &cases) && read && order;
    if (is_good) {
        size_t n = read_figures(frame, &cases, read, order);
        sort_items(order, n);
        is_good = number_strata(figures, read, order, n);
    }
    free(cases.of_code);
    free(read);
    free(order);
    return is_good;
}

enum comity_status figures_build(const struct frame *frame, struct figures *out)
{
    *out = (struct figures){.frame = frame};
    find_circumstances(out);
    bool is_good =
        list_figures(out) && weigh_circumstances(out) && count_areas(out) && find_bundled(out) && find_totalled(out);
    return is_good ? COMITY_OK : COMITY_NOMEM;
}

/* ---- entities ---------------------------------------------------------------------------------------------------- */

static bool is_changed(const struct figures *figures, const uint8_t *has_changed, size_t i, const uint32_t *cluster)
{
    const struct figure *figure = &figures->at[i];
    return has_changed[figure->entity] || has_changed[cluster[figure->position]];
}

/* Forwards and back: the day of the last figure of the stratum that has changed, on this side. */
static void spread_changes(
    const struct figures *figures, const uint8_t *has_changed, const uint32_t *cluster, int32_t days, uint8_t *is_due)
{
    for (size_t s = 0; s < figures->n_strata; s++) {
        size_t begin = figures->first_of_stratum[s], end = figures->first_of_stratum[s + 1];
        int64_t last = INT64_MIN / 2, next = INT64_MAX / 2;
        for (size_t i = begin; i < end; i++) {
            last = is_changed(figures, has_changed, i, cluster) ? figures->at[i].day : last;
            is_due[i] = figures->at[i].day - last <= days;
        }
        for (size_t i = end; i-- > begin;) {
            next = is_changed(figures, has_changed, i, cluster) ? figures->at[i].day : next;
            is_due[i] = is_due[i] || next - figures->at[i].day <= days;
        }
    }
}

enum comity_status figures_find_due(
    const struct figures *figures, const uint32_t *before, const uint32_t *cluster, int32_t days, uint8_t *is_due)
{
    size_t n = figures->frame->n;
    uint8_t *has_changed = calloc(n + 1, 1);
    if (!has_changed)
        return COMITY_NOMEM;
    for (size_t p = 0; p < n; p++)
        if (before[p] != cluster[p])
            has_changed[before[p]] = has_changed[cluster[p]] = 1;
    spread_changes(figures, has_changed, cluster, days, is_due);
    free(has_changed);
    return COMITY_OK;
}

enum comity_status figures_place(struct figures *figures, const uint32_t *cluster)
{
    bool is_first = !figures->by_entity;
    for (size_t i = 0; i < figures->n; i++)
        figures->at[i].entity = cluster[figures->at[i].position];
    return index_entities(figures) && (!is_first || find_shared(figures)) ? COMITY_OK : COMITY_NOMEM;
}

void figures_release(struct figures *figures)
{
    free(figures->at);
    free(figures->first_of_stratum);
    free(figures->by_entity);
    free(figures->of_entity);
    free(figures->bundled);
    free(figures->totalled);
    free(figures->told);
    map_release(&figures->shared);
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
    const struct mentions *mentions = figures->frame->mentions;
    uint32_t w = figures->frame->mention[whole->position], p = figures->frame->mention[part->position];
    double sum = 0;
    for (size_t i = 0; i < figures->n_circumstances; i++) {
        const struct column *column = &mentions->columns[figures->circumstances[i]];
        uint32_t a = column->code[w], b = column->code[p];
        if (figures->agrees[i][a] != 0 && figures->agrees[i][b] != 0)
            sum += a == b ? figures->agrees[i][a] : figures->differs[i][a];
    }
    return sum;
}
