/* marks.c - what the map draws. Points share a cell of a grid that follows the zoom, and becomes coarser until no more
 * marks than allowed are left; areas are marks of their own. Sites are put into cells, entities only counted. */
#include "view/scan.h"

#include "base/error.h"
#include "base/map.h"

#include <math.h>
#include <stdlib.h>

enum { LEAST_CAP = 300, MOST_COARSER = 24, CELLS_A_WORLD = 32 };

struct cell {
    uint32_t count, n_sites, site; /* site: the first of them */
    uint32_t entity;               /* the last index that was counted */
    double amount, lat, lon;       /* lat, lon: weighted sums in degrees × 100,000 */
    uint8_t precision;
};

struct marks_scan {
    struct scan *scan;
    uint32_t *site_count; /* by site */
    uint32_t *cell_of;    /* by site */
    struct cell *cells;
    size_t n_cells, cap;
    uint32_t *groups; /* by cell and group */
};

/* ---- cells --------------------------------------------------------------------------------------------------- */

/* What makes two sites one mark. `degrees` ≥ 360: all points together, and areas by country. */
static uint64_t cell_key(const struct site *site, double degrees)
{
    enum { POINT = 1, COUNTRY, SUBDIVISION, DISTRICT };
    if (site_is_point(site)) {
        uint64_t x = (uint64_t)floor((site->lon_e5 / 1e5 + 180) / degrees);
        uint64_t y = (uint64_t)floor((site->lat_e5 / 1e5 + 90) / degrees);
        return (uint64_t)POINT << 60 | (x & 0x3FFFFFFF) << 30 | (y & 0x3FFFFFFF);
    }
    if (degrees < 360 && site->precision == PLACE_DISTRICT && site->geonames)
        return (uint64_t)DISTRICT << 60 | site->geonames;
    if (degrees < 360 && site->precision != PLACE_COUNTRY && site->subdivision)
        return (uint64_t)SUBDIVISION << 60 | site->subdivision;
    return (uint64_t)COUNTRY << 60 | site->country;
}

/* Gives each site in use a cell; false when memory is out. *n_cells becomes cap + 1 when there are too many. */
static bool assign_cells(struct marks_scan *marks, struct map *map, double degrees)
{
    const struct view_class *class = marks->scan->class;
    map_clear(map);
    marks->n_cells = 0;
    for (size_t site = 1; site < class->n_sites; site++) {
        bool is_new = false;
        if (!marks->site_count[site])
            continue;
        uint64_t *cell = map_put(map, cell_key(&class->sites[site], degrees), &is_new);
        if (!cell)
            return false;
        if (is_new)
            *cell = marks->n_cells++;
        if (marks->n_cells > marks->cap)
            return true;
        marks->cell_of[site] = (uint32_t)*cell;
    }
    return true;
}

static bool find_cells(struct marks_scan *marks)
{
    struct map map = {0};
    double degrees = 360.0 / CELLS_A_WORLD / (double)(1u << marks->scan->query->zoom);
    bool is_good = true;
    for (int i = 0; i < MOST_COARSER && is_good; i++, degrees *= 2) {
        is_good = assign_cells(marks, &map, degrees);
        if (marks->n_cells <= marks->cap)
            break;
    }
    map_release(&map);
    return is_good;
}

/* ---- counting ------------------------------------------------------------------------------------------------ */

static void place_sites(struct marks_scan *marks)
{
    const struct view_class *class = marks->scan->class;
    for (size_t site = 1; site < class->n_sites; site++) {
        const struct site *from = &class->sites[site];
        if (!marks->site_count[site])
            continue;
        struct cell *cell = &marks->cells[marks->cell_of[site]];
        if (cell->n_sites++ == 0)
            cell->site = (uint32_t)site;
        cell->lat += (double)from->lat_e5 * marks->site_count[site];
        cell->lon += (double)from->lon_e5 * marks->site_count[site];
        cell->precision = from->precision > cell->precision ? from->precision : cell->precision;
    }
}

/* By slot: the group, and whether its amounts are of the leading dimension. A division for each entity would cost more
 * than everything else. */
static void split_slots(const struct marks_scan *marks, uint16_t *group, double *is_leading)
{
    const struct slots *slots = &marks->scan->view->slots;
    uint32_t step = slots->n_dimensions + 1, leading = marks->scan->out->leading_dimension + 1; /* 0: there is none */
    for (uint32_t slot = 0; slot < slots_count(slots); slot++) {
        group[slot] = (uint16_t)(slot / step);
        is_leading[slot] = slot % step == leading && leading > 0;
    }
}

static void count_cells(struct marks_scan *marks, const uint16_t *group, const double *is_leading)
{
    const struct scan *scan = marks->scan;
    const struct view_class *class = scan->class;
    uint32_t n_groups = scan->view->slots.n_groups + 1;
    for (size_t i = 0; i < scan->n_picked; i++) {
        uint32_t entity = scan->picked[i], slot = class->slot[entity];
        if (class->site[entity] == 0)
            continue;
        uint32_t number = marks->cell_of[class->site[entity]];
        struct cell *cell = &marks->cells[number];
        cell->count++;
        cell->entity = entity;
        cell->amount += is_leading[slot] * class->amount[entity];
        marks->groups[(size_t)number * n_groups + group[slot]]++;
    }
}

static uint32_t commonest_group(const struct marks_scan *marks, size_t cell)
{
    const struct slots *slots = &marks->scan->view->slots;
    const uint32_t *counts = marks->groups + cell * (slots->n_groups + 1);
    uint32_t best = slots->n_groups;
    for (uint32_t group = 0; group < slots->n_groups; group++)
        if (counts[group] && (best == slots->n_groups || counts[group] > counts[best]))
            best = group;
    return best < slots->n_groups ? slots->group_node[best] : CONCEPT_NONE;
}

/* ---- marks --------------------------------------------------------------------------------------------------- */

static struct slice site_label(const struct scan *scan, const struct site *site)
{
    const struct domain *domain = view_domain(scan->view);
    int language = scan->out->language;
    struct slice label = SLICE_EMPTY;
    if (site->place_code) {
        const struct gazetteer *gazetteer = domain->fields[domain->where].spec.gazetteer;
        if (gazetteer && site->geonames && site->precision <= PLACE_DISTRICT)
            label = settlement_label(gazetteer, site->geonames, language);
        else if (gazetteer && site->precision == PLACE_SUBDIVISION && site->subdivision)
            label = subdivision_label(gazetteer, site->subdivision, language);
    }
    if (!label.len && site->precision == PLACE_COUNTRY && domain->countries)
        label = country_label(domain->countries, site->country, language);
    if (!label.len && site->place_code)
        label = scan->view->mentions->columns[domain->where].values[site->place_code].text;
    return label;
}

static void make_mark(const struct marks_scan *marks, size_t number, struct mark *out)
{
    const struct cell *cell = &marks->cells[number];
    const struct site *site = &marks->scan->class->sites[cell->site];
    bool is_one = cell->n_sites == 1;
    *out = (struct mark){.lat_e5 = is_one ? site->lat_e5 : (int32_t)lround(cell->lat / cell->count),
        .lon_e5 = is_one ? site->lon_e5 : (int32_t)lround(cell->lon / cell->count),
        .count = cell->count,
        .amount = cell->amount,
        .concept = commonest_group(marks, number),
        .precision = cell->precision,
        .entity = cell->count == 1 ? marks->scan->view->resolution->entity[cell->entity] : 0};
    if (is_one)
        out->label = site_label(marks->scan, site);
}

static int larger_mark(const void *a, const void *b)
{
    const struct mark *p = a, *q = b;
    if (p->count != q->count)
        return p->count > q->count ? -1 : 1;
    if (p->lat_e5 != q->lat_e5)
        return p->lat_e5 > q->lat_e5 ? -1 : 1;
    if (p->lon_e5 != q->lon_e5)
        return p->lon_e5 < q->lon_e5 ? -1 : 1;
    return (int)p->precision - (int)q->precision;
}

static bool make_marks(struct marks_scan *marks)
{
    struct answer *out = marks->scan->out;
    uint32_t n_groups = marks->scan->view->slots.n_groups + 1, n_slots = slots_count(&marks->scan->view->slots);
    uint16_t *group = ARENA_ARRAY(&out->arena, uint16_t, n_slots);
    double *is_leading = ARENA_ARRAY(&out->arena, double, n_slots);
    marks->cells = calloc(marks->n_cells + 1, sizeof *marks->cells);
    marks->groups = calloc((marks->n_cells + 1) * n_groups, sizeof *marks->groups);
    out->marks = ARENA_ARRAY(&out->arena, struct mark, marks->n_cells);
    if (!marks->cells || !marks->groups || !out->marks || !group || !is_leading)
        return false;
    place_sites(marks);
    split_slots(marks, group, is_leading);
    count_cells(marks, group, is_leading);
    for (size_t i = 0; i < marks->n_cells; i++)
        make_mark(marks, i, &out->marks[i]);
    out->n_marks = marks->n_cells;
    qsort(out->marks, out->n_marks, sizeof *out->marks, larger_mark);
    return true;
}

enum comity_status marks_answer(struct scan *scan)
{
    struct marks_scan marks = {.scan = scan, .cap = scan->options->mark_cap};
    marks.cap = marks.cap < LEAST_CAP ? LEAST_CAP : marks.cap;
    marks.site_count = calloc(2 * scan->class->n_sites, sizeof *marks.site_count);
    bool is_good = marks.site_count != NULL;
    if (is_good) {
        marks.cell_of = marks.site_count + scan->class->n_sites;
        for (size_t i = 0; i < scan->n_picked; i++)
            marks.site_count[scan->class->site[scan->picked[i]]]++;
        is_good = find_cells(&marks) && make_marks(&marks);
    }
    free(marks.site_count);
    free(marks.cells);
    free(marks.groups);
    return is_good ? COMITY_OK : error_nomem(scan->err);
}
