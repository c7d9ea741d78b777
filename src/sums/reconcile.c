/* Filling the cells of a series from events: first the cells that only events have are made, where the series should
 * have had one; then every entity and every row is put where it certainly is, and counted apart where it could be. */
#include "base/array.h"
#include "base/error.h"
#include "sums/cells.h"
#include "sums/concepts.h"
#include "sums/coverage.h"
#include "sums/grid.h"
#include "sums/levels.h"

#include <stdlib.h>

struct behind { /* one thing behind a cell */
    uint32_t cell;
    uint64_t id;
};
struct behinds {
    struct behind *list;
    size_t n, room;
};

struct joining {
    const struct sums_table *series;
    const struct events *events;
    const struct sums_options *options;
    const struct domain *domain;
    struct sums_table *out;
    struct concept_use use;
    struct level_use levels;
    struct coverage coverage;
    struct grid grid;
    struct map known;     /* hashes of the keys of all cells */
    struct map dimension; /* concept × dimension that the series has */
    struct map told;      /* country × concept that there are events of */
    size_t room;          /* of out->cells */
    struct behinds entities, mentions;
    int fields[N_CLAIM_FIELDS];
    struct comity_error *err;
};

/* ---- claims ---------------------------------------------------------------------------------------------------- */

static void entity_claim(const struct joining *j, size_t entity, struct claim *claim, double *half)
{
    const struct mentions *m = &j->events->chosen;
    const struct resolution *r = &j->events->resolution;
    const struct value *values[N_CLAIM_FIELDS];
    for (int f = 0; f < N_CLAIM_FIELDS; f++) {
        int field = j->fields[f];
        values[f] = field < 0 ? NULL : &m->columns[field].values[r->winner[field][entity]];
    }
    claim_read(j->domain, values, claim);
    *half = 0;
    if (claim->has_amount)
        *half = j->events->half[m->source[r->witness[j->fields[CLAIM_HOW_MUCH]][entity]] * j->domain->units->n_units +
                                claim->unit];
}

static void mention_claim(const struct joining *j, size_t i, struct claim *claim, double *half)
{
    const struct mentions *m = &j->events->chosen;
    const struct value *values[N_CLAIM_FIELDS];
    for (int f = 0; f < N_CLAIM_FIELDS; f++)
        values[f] = j->fields[f] < 0 ? NULL : mention_value(m, i, j->fields[f]);
    claim_read(j->domain, values, claim);
    *half = claim->has_amount ? j->events->half[m->source[i] * j->domain->units->n_units + claim->unit] : 0;
}

/* ---- the cells ------------------------------------------------------------------------------------------------- */

static uint64_t cell_hash(const struct sums_cell *cell)
{
    uint64_t hash = hash_u64((uint64_t)cell->place.level << 32 | place_number(&cell->place));
    hash = hash_u64(hash ^ ((uint64_t)cell->concept << 32 | cell->dimension));
    return hash_u64(hash ^ ((uint64_t)(uint32_t)cell->first_day << 32 | (uint32_t)cell->last_day));
}

static uint64_t dimension_key(uint32_t concept, uint32_t dimension)
{
    return (uint64_t)concept << 32 | dimension;
}

/* Adds a cell unless there is one with its key. */
static enum comity_status add_cell(struct joining *j, const struct sums_cell *cell)
{
    struct sums_table *out = j->out;
    bool is_new;
    if (!map_put(&j->known, cell_hash(cell), &is_new))
        return error_nomem(j->err);
    if (!is_new)
        return COMITY_OK;
    if (!ARRAY_ROOM(out->cells, out->n_cells, j->room, 1))
        return error_nomem(j->err);
    out->cells[out->n_cells++] = *cell;
    return COMITY_OK;
}

static enum comity_status take_series(struct joining *j)
{
    enum comity_status status = COMITY_OK;
    for (size_t i = 0; i < j->series->n_cells && !status; i++) {
        const struct sums_cell *cell = &j->series->cells[i];
        status = add_cell(j, cell);
        if (!status && !map_put(&j->dimension, dimension_key(cell->concept, cell->dimension), NULL))
            status = error_nomem(j->err);
    }
    j->out->rows = malloc((j->series->n_rows + 1) * sizeof *j->out->rows);
    if (!j->out->rows)
        return error_nomem(j->err);
    for (size_t i = 0; i < j->series->n_rows; i++)
        j->out->rows[i] = j->series->rows[i];
    j->out->n_rows = j->series->n_rows;
    return status;
}

/* The cell where the series should have had a number for this claim, in a period that it covers. */
static enum comity_status add_expected(struct joining *j, const struct claim *claim, uint32_t concept,
    enum sums_level level, const struct covered *covered)
{
    struct sums_cell cell = {.place = claim_place_at(claim, level),
        .first_day = covered->first_day,
        .last_day = covered->last_day,
        .concept = concept,
        .dimension = claim->dimension};
    if (!claim->has_amount || !claim_place(claim, level) ||
        !map_get(&j->dimension, dimension_key(concept, claim->dimension)))
        return COMITY_OK;
    cell.is_wanted = sums_is_wanted(j->options->query, j->domain, &cell);
    return add_cell(j, &cell);
}

static enum comity_status expect(struct joining *j, const struct claim *claim)
{
    uint32_t concept = concept_use_next(&j->use, claim->concept, CONCEPT_NONE);
    bool is_covered = false;
    enum comity_status status = COMITY_OK;
    for (enum sums_level level = LEVEL_WORLD; level < N_LEVELS && !status; level++) {
        struct covered *covered = NULL;
        while (!status && (covered = coverage_next(&j->coverage, level, claim, covered)) != NULL) {
            covered->n_events++;
            is_covered |= covered->is_grain;
            if (concept != CONCEPT_NONE && covered->is_grain)
                status = add_expected(j, claim, concept, level, covered);
        }
    }
    j->out->events_left_out.n_outside += !is_covered || concept == CONCEPT_NONE;
    return status;
}

static enum comity_status expect_all(struct joining *j)
{
    struct sums_left_out *left = &j->out->events_left_out;
    enum comity_status status = COMITY_OK;
    for (size_t e = 0; e < j->events->resolution.n_entities && !status; e++) {
        struct claim claim;
        double half;
        if (resolution_whole(&j->events->resolution, e) != RESOLVE_NO_WHOLE)
            continue;
        entity_claim(j, e, &claim, &half);
        left->n_without_date += !claim.has_date;
        left->n_without_place += claim.has_date && !claim.country;
        left->n_without_concept += claim.has_date && !claim.has_concept;
        left->n_without_amount += claim.has_date && claim.has_concept && !claim.has_amount;
        if (claim.has_date && claim.has_concept)
            status = expect(j, &claim);
    }
    return status;
}

static int by_order(const void *left, const void *right)
{
    return cell_order(left, right);
}

static enum comity_status make_cells(struct joining *j)
{
    enum comity_status status = coverage_find(j->series, &j->coverage, j->err);
    if (!status)
        status = take_series(j);
    if (!status)
        status = expect_all(j);
    if (!status && j->out->n_cells)
        qsort(j->out->cells, j->out->n_cells, sizeof *j->out->cells, by_order);
    size_t n_countries = j->domain->countries ? country_count(j->domain->countries) : 1;
    return status ? status : grid_build(j->out->cells, j->out->n_cells, n_countries, &j->grid, j->err);
}

/* ---- putting claims into cells ----------------------------------------------------------------------------------- */

struct placing {
    struct joining *j;
    const struct claim *claim;
    double half;
    uint64_t id;
    bool is_entity;
    enum comity_status status;
};

static void add_amount(struct sum *sum, const struct placing *p)
{
    sum_add(sum, p->claim->amount, p->half, 0);
}

static void note_behind(struct placing *p, struct behinds *behinds, size_t cell)
{
    if (!ARRAY_ROOM(behinds->list, behinds->n, behinds->room, 1)) {
        p->status = error_nomem(p->j->err);
        return;
    }
    behinds->list[behinds->n++] = (struct behind){(uint32_t)cell, p->id};
}

/* Cells of one period, by dimension: `n` of them. */
static void put_within(struct placing *p, size_t first, size_t n)
{
    struct joining *j = p->j;
    bool is_told = false;
    for (size_t i = first; i < first + n; i++) {
        struct sums_cell *cell = &j->grid.cells[i];
        if (!p->claim->has_amount || cell->dimension != p->claim->dimension)
            continue;
        is_told = true;
        add_amount(p->is_entity ? &cell->once : &cell->plain, p);
        note_behind(p, p->is_entity ? &j->entities : &j->mentions, i);
    }
    for (size_t i = first; i < first + n && p->is_entity && !is_told; i++) {
        j->grid.cells[i].n_without_amount += !p->claim->has_amount;
        j->grid.cells[i].n_other_unit += p->claim->has_amount;
    }
}

static void put_possible(struct placing *p, size_t i)
{
    struct sums_cell *cell = &p->j->grid.cells[i];
    if (p->is_entity && p->claim->has_amount && cell->dimension == p->claim->dimension)
        add_amount(&cell->possible, p);
}

static bool is_same_period(const struct sums_cell *a, const struct sums_cell *b)
{
    return a->first_day == b->first_day && a->last_day == b->last_day;
}

/* `is_surely`: the place and the concept are those of the group. */
static void put_in_group(struct placing *p, const struct grid_group *group, bool is_surely)
{
    const struct grid *grid = &p->j->grid;
    size_t end = group->first + group->n, next;
    for (size_t i = grid_seek(grid, group, p->claim->first_day); i < end && !p->status; i = next) {
        const struct sums_cell *cell = &grid->cells[i];
        if (cell->first_day > p->claim->last_day)
            break;
        for (next = i + 1; next < end && is_same_period(cell, &grid->cells[next]);)
            next++;
        bool is_within = cell->first_day <= p->claim->first_day && p->claim->last_day <= cell->last_day;
        if (cell->last_day < p->claim->first_day)
            continue;
        if (is_surely && is_within)
            put_within(p, i, next - i);
        for (size_t k = i; k < next && !(is_surely && is_within); k++)
            put_possible(p, k);
    }
}

/* A cell that is the rest of its place has nothing of what is known more exactly. */
static uint32_t place_at(const struct placing *p, enum sums_level level)
{
    uint32_t place = p->j->grid.uses_level[level] ? claim_place(p->claim, level) : 0;
    bool is_known_finer = place && claim_level(p->claim) > level;
    return is_known_finer && level_use_is_rest(&p->j->levels, p->claim->country, level) ? 0 : place;
}

static void put_surely(struct placing *p)
{
    const struct concept_use *use = &p->j->use;
    uint32_t concept = CONCEPT_NONE;
    while ((concept = concept_use_next(use, p->claim->concept, concept)) != CONCEPT_NONE) {
        for (enum sums_level level = LEVEL_WORLD; level < N_LEVELS; level++) {
            uint32_t place = place_at(p, level);
            const struct grid_group *group = place ? grid_find(&p->j->grid, level, place, concept) : NULL;
            if (group)
                put_in_group(p, group, true);
        }
    }
}

static bool is_in_chain(const struct concept_use *use, uint32_t concept, uint32_t wanted)
{
    uint32_t at = CONCEPT_NONE;
    while ((at = concept_use_next(use, concept, at)) != CONCEPT_NONE)
        if (at == wanted)
            return true;
    return false;
}

/* Whether the claim could be in the place of a cell, not knowing it as exactly. */
static bool is_possible_place(const struct claim *claim, const struct sums_place *place, bool *is_same)
{
    uint32_t known = claim_place(claim, place->level);
    *is_same = known == place_number(place);
    if (known || place->level < LEVEL_SUBDIVISION)
        return *is_same;
    return place->level == LEVEL_SUBDIVISION || !claim->subdivision || !place->subdivision ||
           claim->subdivision == place->subdivision;
}

static void put_coarse_in(struct placing *p, uint32_t country)
{
    const struct grid *grid = &p->j->grid;
    for (uint32_t g = grid->country_first[country]; g < grid->country_first[country + 1] && !p->status; g++) {
        const struct grid_group *group = &grid->groups[grid->country_groups[g]];
        const struct sums_cell *cell = &grid->cells[group->first];
        bool is_same_place, is_place = is_possible_place(p->claim, &cell->place, &is_same_place);
        bool is_same_concept = is_in_chain(&p->j->use, p->claim->concept, cell->concept);
        bool is_concept = is_same_concept || concept_use_is_possible(&p->j->use, p->claim->concept, cell->concept);
        if (is_place && is_concept && !(is_same_place && is_same_concept))
            put_in_group(p, group, false);
    }
}

/* Only what is coarser than some cell needs the slow way. */
static bool is_coarse(const struct joining *j, const struct claim *claim)
{
    for (enum sums_level level = LEVEL_SUBDIVISION; level < N_LEVELS; level++)
        if (j->grid.uses_level[level] && !claim_place(claim, level))
            return true;
    return j->use.tree && j->use.nearest[claim->concept] == CONCEPT_NONE && j->use.has_below[claim->concept];
}

static void put_claim(struct placing *p)
{
    const struct sums_table *series = p->j->series;
    if (!p->claim->has_date || !p->claim->has_concept || p->claim->last_day < series->first_day ||
        p->claim->first_day > series->last_day)
        return;
    put_surely(p);
    if (!p->is_entity || !p->claim->has_amount || p->status || !is_coarse(p->j, p->claim))
        return;
    if (p->claim->country)
        put_coarse_in(p, p->claim->country);
    put_coarse_in(p, COUNTRY_NONE);
}

static enum comity_status put_all(struct joining *j)
{
    struct claim claim;
    struct placing p = {.j = j, .claim = &claim, .is_entity = true};
    for (size_t e = 0; e < j->events->resolution.n_entities && !p.status; e++) {
        if (resolution_whole(&j->events->resolution, e) != RESOLVE_NO_WHOLE)
            continue;
        p.id = j->events->resolution.entity[e];
        entity_claim(j, e, &claim, &p.half);
        put_claim(&p);
    }
    p.is_entity = false;
    for (size_t i = 0; i < j->events->chosen.n && !p.status; i++) {
        p.id = j->events->chosen.id[i];
        mention_claim(j, i, &claim, &p.half);
        put_claim(&p);
    }
    return p.status;
}

/* ---- what came of it --------------------------------------------------------------------------------------------- */

/* Ids by cell, in the order that they were met. `first` and `n` of each cell are given by the two members. */
static enum comity_status gather(struct joining *j, const struct behinds *behinds, bool is_entities, uint64_t **ids)
{
    uint32_t at = 0;
    *ids = malloc((behinds->n + 1) * sizeof **ids);
    if (!*ids)
        return error_nomem(j->err);
    for (size_t i = 0; i < j->out->n_cells; i++) {
        struct sums_cell *cell = &j->out->cells[i];
        *(is_entities ? &cell->first_entity : &cell->first_mention) = at;
        at += is_entities ? cell->once.n : cell->plain.n;
    }
    for (size_t i = 0; i < behinds->n; i++) {
        struct sums_cell *cell = &j->out->cells[behinds->list[i].cell];
        (*ids)[(*(is_entities ? &cell->first_entity : &cell->first_mention))++] = behinds->list[i].id;
    }
    for (size_t i = 0; i < j->out->n_cells; i++) {
        struct sums_cell *cell = &j->out->cells[i];
        if (is_entities)
            cell->first_entity -= cell->once.n;
        else
            cell->first_mention -= cell->plain.n;
    }
    return COMITY_OK;
}

static enum sums_verdict judge_side(const struct sums_cell *cell, struct sum side, uint8_t *times, bool *is_inverse)
{
    unsigned found = 1;
    *is_inverse = false;
    *times = 1;
    if (!cell->has_series)
        return SUMS_MISSING_SERIES;
    if (side.n) {
        enum sums_verdict verdict = sums_compare(cell->series, side, &found, is_inverse);
        *times = (uint8_t)found;
        return verdict;
    }
    if (cell->n_other_unit)
        return SUMS_NOT_COMPARABLE;
    return cell->series.amount == 0 ? SUMS_EQUAL : SUMS_MISSING_EVENTS;
}

static uint64_t subject_key(const struct sums_cell *cell)
{
    return (uint64_t)cell->place.country << 32 | cell->concept;
}

/* The countries and concepts that any event is told of, in whatever period of the series. */
static enum comity_status find_told(struct joining *j)
{
    for (size_t i = 0; i < j->out->n_cells; i++) {
        const struct sums_cell *cell = &j->out->cells[i];
        bool is_told = cell->once.n || cell->n_other_unit || cell->n_without_amount;
        if (is_told && !map_put(&j->told, subject_key(cell), NULL))
            return error_nomem(j->err);
    }
    return COMITY_OK;
}

static void judge(struct joining *j)
{
    for (size_t i = 0; i < j->out->n_cells; i++) {
        struct sums_cell *cell = &j->out->cells[i];
        cell->verdict = judge_side(cell, cell->once, &cell->times, &cell->is_inverse);
        cell->plain_verdict = judge_side(cell, cell->plain, &cell->plain_times, &cell->is_plain_inverse);
        const struct covered *covered = coverage_of(&j->coverage, cell);
        cell->is_silent = covered && !covered->n_events;
        cell->is_unheard = !map_get(&j->told, subject_key(cell));
    }
}

static enum comity_status list_totals(struct joining *j)
{
    size_t n_nodes = j->use.tree ? j->use.tree->n_nodes : 0;
    j->out->totals = ARENA_ARRAY(&j->out->arena, uint32_t, n_nodes + 1);
    if (!j->out->totals)
        return error_nomem(j->err);
    for (uint32_t node = 0; node < n_nodes; node++)
        if (j->use.is_total[node])
            j->out->totals[j->out->n_totals++] = node;
    return COMITY_OK;
}

enum comity_status sums_reconcile(const struct sums_table *series, const struct events *events,
    const struct sums_options *options, struct sums_table *out, struct comity_error *err)
{
    struct joining j = {
        .series = series, .events = events, .options = options, .domain = series->domain, .out = out, .err = err};
    *out = (struct sums_table){.domain = series->domain,
        .rows_left_out = series->rows_left_out,
        .edition = series->edition,
        .level = series->level,
        .period = series->period,
        .first_day = series->first_day,
        .last_day = series->last_day};
    claim_fields(j.domain, j.fields);
    enum comity_status status = source_copy(&out->arena, &series->series, &out->series) ? COMITY_OK : error_nomem(err);
    if (!status)
        status = concept_use_find(series, &j.use, err);
    if (!status)
        status = level_use_find(series, &j.levels, err);
    if (!status)
        status = list_totals(&j);
    if (!status)
        status = make_cells(&j);
    if (!status)
        status = put_all(&j);
    if (!status)
        status = gather(&j, &j.entities, true, &out->entities);
    if (!status)
        status = gather(&j, &j.mentions, false, &out->mentions);
    out->n_entities = j.entities.n;
    out->n_mentions = j.mentions.n;
    if (!status)
        status = find_told(&j);
    if (!status)
        judge(&j);
    concept_use_release(&j.use);
    level_use_release(&j.levels);
    coverage_release(&j.coverage);
    grid_release(&j.grid);
    map_release(&j.known);
    map_release(&j.dimension);
    map_release(&j.told);
    free(j.entities.list);
    free(j.mentions.list);
    if (status)
        sums_release(out);
    return status;
}
