/* Intervals by Monte Carlo over the doubtful decisions. They are drawn one by one, not cluster by cluster: what two
 * draws of one entity do together is a sum, which is exact for counts and near enough for amounts. A draw joins few of
 * those that may be joined, and only these are gone through. The model's own error is common to all decisions of a
 * draw; without it many small doubts would average out and the interval be far too narrow. */
#include "flow/review.h"

#include "base/disjoint.h"
#include "base/error.h"
#include "base/map.h"
#include "base/parallel.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* Bits, after the calibration, by which the model is off as a whole from one set of data to another. */
static const double model_error = 2;
enum { CELLS_OF_ITEM = 3 }; /* over all, the group, the concept */
enum { PIECE_DRAWS = 10 };

/* What each draw asks of each item that touches what is chosen: by itself, since most are as they are shown. */
struct chance {
    uint64_t key;        /* of the item */
    double odds_against; /* that the two are one event, by the model as it is; with the sign of minus where the item is
                            joined */
};

/* The rest of it. */
struct touched {
    double amount;             /* the item's */
    uint32_t place_a, place_b; /* places of its entities, where they are apart */
    bool is_joined;            /* the item is */
};

struct drawing {
    const struct review *review;
    const struct resolution *resolution;
    const uint8_t *is_chosen;
    struct chance *chances;  /* by touched item */
    struct touched *touched; /* likewise */
    size_t n_touched;
    struct map place_of;        /* entity → its place among those that may be joined */
    uint32_t *entity, *item_of; /* by place; item_of: where its amount and cells stand */
    uint64_t *identity;         /* likewise */
    size_t n_places;
    uint32_t (*cells)[CELLS_OF_ITEM]; /* by touched item, then by dispute */
    struct map cell_of;               /* dimension and concept → cell */
    struct review_cell *found;
    size_t n_cells;
    double *sums; /* cell × draw */
};

/* One draw. By place: between draws each is its own parent, and no bit is set. The sums are by cell, of this draw
 * alone, so that threads do not write to one cache line. */
struct joining {
    uint32_t *parent, *keeper;
    uint64_t *is_joined; /* bits: with another one */
    size_t n_words;
    double *sums;
};

static bool is_chosen(const struct drawing *d, uint32_t entity)
{
    return !d->is_chosen || d->is_chosen[entity];
}

/* ---- setting up ------------------------------------------------------------------------------------------------ */

static enum comity_status cell_for(struct drawing *d, uint32_t dimension, uint32_t concept, uint32_t *out)
{
    bool is_new;
    uint64_t *at = map_put(&d->cell_of, ((uint64_t)dimension << 32 | concept) + 1, &is_new);
    if (!at)
        return COMITY_NOMEM;
    if (is_new) {
        *at = d->n_cells;
        d->found[d->n_cells++] = (struct review_cell){.dimension = dimension, .concept = concept};
    }
    *out = (uint32_t)*at;
    return COMITY_OK;
}

static enum comity_status set_cells(
    struct drawing *d, uint32_t dimension, uint32_t group, uint32_t concept, uint32_t *cells)
{
    cells[0] = cells[1] = cells[2] = UINT32_MAX;
    if (dimension == UINT32_MAX)
        return COMITY_OK;
    enum comity_status status = cell_for(d, dimension, CONCEPT_NONE, &cells[0]);
    if (!status && group != CONCEPT_NONE)
        status = cell_for(d, dimension, group, &cells[1]);
    if (!status && concept != group)
        status = cell_for(d, dimension, concept, &cells[2]);
    return status;
}

static enum comity_status place_for(struct drawing *d, uint32_t entity, uint64_t identity)
{
    bool is_new;
    uint64_t *at = map_put(&d->place_of, entity + UINT64_C(1), &is_new);
    if (!at)
        return COMITY_NOMEM;
    if (is_new) {
        *at = d->n_places;
        d->item_of[d->n_places] = UINT32_MAX;
        d->identity[d->n_places] = identity;
        d->entity[d->n_places++] = entity;
    }
    return COMITY_OK;
}

static uint32_t place_of(const struct drawing *d, uint32_t entity)
{
    return (uint32_t)*map_get(&d->place_of, entity + UINT64_C(1));
}

static enum comity_status touch(struct drawing *d, uint32_t number)
{
    const struct review_item *item = &d->review->items[number];
    if (!is_chosen(d, item->entity_a) && !is_chosen(d, item->entity_b))
        return COMITY_OK;
    uint32_t at = (uint32_t)d->n_touched++;
    d->chances[at] = (struct chance){item->key, item->is_joined ? -exp2(-item->bits) : exp2(-item->bits)};
    d->touched[at] = (struct touched){.amount = item->amount, .is_joined = item->is_joined};
    enum comity_status status = set_cells(d, item->dimension, item->group, item->concept, d->cells[at]);
    if (item->is_joined || status)
        return status;
    status = place_for(d, item->entity_a, item->identity_a);
    if (!status)
        status = place_for(d, item->entity_b, item->identity_b);
    if (status)
        return status;
    d->touched[at].place_a = place_of(d, item->entity_a);
    d->touched[at].place_b = place_of(d, item->entity_b);
    d->item_of[d->touched[at].place_b] = at;
    return COMITY_OK;
}

static bool make_room(struct drawing *d)
{
    size_t n = d->review->n + 1;
    d->chances = malloc(n * sizeof *d->chances);
    d->touched = malloc(n * sizeof *d->touched);
    d->cells = malloc((n + d->review->n_disputes) * sizeof *d->cells);
    d->entity = malloc(2 * n * sizeof *d->entity);
    d->item_of = malloc(2 * n * sizeof *d->item_of);
    d->identity = malloc(2 * n * sizeof *d->identity);
    d->found = calloc(CELLS_OF_ITEM * (n + d->review->n_disputes) + 1, sizeof *d->found);
    return d->chances && d->touched && d->cells && d->entity && d->item_of && d->identity && d->found;
}

static enum comity_status set_up(struct drawing *d)
{
    uint32_t entities;
    if (!make_room(d))
        return COMITY_NOMEM;
    enum comity_status status = cell_for(d, UINT32_MAX, CONCEPT_NONE, &entities);
    for (uint32_t i = 0; i < d->review->n && !status; i++)
        status = touch(d, i);
    for (size_t i = 0; i < d->review->n_disputes && !status; i++) {
        const struct review_dispute *dispute = &d->review->disputes[i];
        status = set_cells(d, dispute->dimension, dispute->group, dispute->concept, d->cells[d->review->n + i]);
    }
    if (status)
        return status;
    d->sums = malloc(d->n_cells * REVIEW_DRAWS * sizeof *d->sums);
    return d->sums ? COMITY_OK : COMITY_NOMEM;
}

/* ---- drawing --------------------------------------------------------------------------------------------------- */

static void add_amount(const struct joining *joining, const uint32_t *cells, double amount)
{
    for (int c = 0; c < CELLS_OF_ITEM; c++)
        if (cells[c] != UINT32_MAX)
            joining->sums[cells[c]] += amount;
}

static void change(const struct drawing *d, const struct joining *joining, uint32_t at, double n)
{
    joining->sums[0] += n;
    add_amount(joining, d->cells[at], n * d->touched[at].amount);
}

/* Of what the rows tell of one entity, each is as good as the other. */
static void draw_amounts(const struct drawing *d, const struct joining *joining, uint64_t drawn)
{
    for (size_t i = 0; i < d->review->n_disputes; i++) {
        const struct review_dispute *dispute = &d->review->disputes[i];
        uint32_t row = (uint32_t)(uncertain_chance_in(drawn, dispute->key) * dispute->n);
        if (is_chosen(d, dispute->entity))
            add_amount(joining, d->cells[d->review->n + i], d->review->changes[dispute->first + row]);
    }
}

static bool is_kept_before(const struct drawing *d, uint32_t x, uint32_t y)
{
    const uint32_t *first = d->resolution->first_member;
    uint32_t a = d->entity[x], b = d->entity[y];
    uint32_t n_a = first[a + 1] - first[a], n_b = first[b + 1] - first[b];
    return n_a != n_b ? n_a > n_b : d->identity[x] < d->identity[y];
}

static void join(const struct joining *joining, uint32_t a, uint32_t b)
{
    joining->is_joined[a / 64] |= UINT64_C(1) << a % 64;
    joining->is_joined[b / 64] |= UINT64_C(1) << b % 64;
    disjoint_join(joining->parent, a, b);
}

/* Goes through what is joined, ascending: start with *p = 0; false behind the last. */
static bool next_joined(const struct joining *joining, uint32_t *p)
{
    size_t word = *p / 64;
    if (word >= joining->n_words)
        return false;
    uint64_t bits = joining->is_joined[word] & ~UINT64_C(0) << *p % 64;
    while (!bits && ++word < joining->n_words)
        bits = joining->is_joined[word];
    if (bits)
        *p = (uint32_t)(64 * word) + (uint32_t)__builtin_ctzll(bits);
    return bits != 0;
}

/* Of what is joined in a draw one is kept, as review.c weighs it: the others are no more. */
static void drop_joined(const struct drawing *d, const struct joining *joining)
{
    for (uint32_t p = 0; next_joined(joining, &p); p++)
        joining->keeper[p] = UINT32_MAX;
    for (uint32_t p = 0; next_joined(joining, &p); p++) {
        uint32_t *keeper = &joining->keeper[disjoint_root(joining->parent, p)];
        if (*keeper == UINT32_MAX || is_kept_before(d, p, *keeper))
            *keeper = p;
    }
    for (uint32_t p = 0; next_joined(joining, &p); p++) {
        if (joining->keeper[disjoint_root(joining->parent, p)] == p || !is_chosen(d, d->entity[p]))
            continue;
        if (d->item_of[p] != UINT32_MAX)
            change(d, joining, d->item_of[p], -1);
        else
            joining->sums[0] -= 1; /* lost through a third that it is larger than: its amount is not at hand */
    }
}

static void part_again(const struct joining *joining)
{
    for (uint32_t p = 0; next_joined(joining, &p); p++)
        joining->parent[p] = p;
    memset(joining->is_joined, 0, joining->n_words * sizeof *joining->is_joined);
}

/* Of the items from `first` on, which are other than shown; without a branch, since chance cannot be foretold. */
enum { AT_ONCE = 256 };
static size_t list_changed(
    const struct drawing *d, uint32_t first, uint64_t drawn, double against, uint32_t changed[AT_ONCE])
{
    size_t n = 0;
    for (uint32_t at = first; at < first + AT_ONCE && at < d->n_touched; at++) {
        const struct chance *chance = &d->chances[at];
        bool is_one = uncertain_chance_in(drawn, chance->key) * (1 + fabs(chance->odds_against) * against) < 1;
        changed[n] = at;
        n += is_one != (signbit(chance->odds_against) != 0);
    }
    return n;
}

static void draw_once(struct drawing *d, const struct joining *joining, uint32_t draw)
{
    double against = exp2(-model_error * uncertain_normal(0, draw));
    uint64_t drawn = uncertain_draw(draw);
    memset(joining->sums, 0, d->n_cells * sizeof *joining->sums);
    uint32_t changed[AT_ONCE] = {0}; /* since the analyser cannot see that what is listed is filled */
    for (uint32_t first = 0; first < d->n_touched; first += AT_ONCE) {
        size_t n = list_changed(d, first, drawn, against, changed);
        for (size_t i = 0; i < n; i++) {
            const struct touched *touched = &d->touched[changed[i]];
            if (touched->is_joined)
                change(d, joining, changed[i], 1);
            else
                join(joining, touched->place_a, touched->place_b);
        }
    }
    drop_joined(d, joining);
    part_again(joining);
    draw_amounts(d, joining, drawn);
    for (size_t c = 0; c < d->n_cells; c++)
        d->sums[c * REVIEW_DRAWS + draw] = joining->sums[c];
}

/* Each draw writes to places of its own. */
static enum comity_status draw_piece(void *context, size_t piece)
{
    struct drawing *d = context;
    size_t room = d->n_places + 1;
    struct joining joining = {malloc(room * sizeof *joining.parent), malloc(room * sizeof *joining.keeper),
        calloc(room / 64 + 1, sizeof *joining.is_joined), room / 64 + 1, malloc(d->n_cells * sizeof *joining.sums)};
    bool is_ready = joining.parent && joining.keeper && joining.is_joined && joining.sums;
    for (uint32_t p = 0; is_ready && p < d->n_places; p++)
        joining.parent[p] = p;
    for (uint32_t i = 0; i < PIECE_DRAWS && is_ready; i++)
        draw_once(d, &joining, (uint32_t)piece * PIECE_DRAWS + i);
    free(joining.parent);
    free(joining.keeper);
    free(joining.is_joined);
    free(joining.sums);
    return is_ready ? COMITY_OK : COMITY_NOMEM;
}

static int compare_numbers(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void take_quantiles(struct drawing *d)
{
    for (size_t c = 0; c < d->n_cells; c++) {
        double *sums = &d->sums[c * REVIEW_DRAWS];
        qsort(sums, REVIEW_DRAWS, sizeof *sums, compare_numbers);
        d->found[c].low = fmin(sums[REVIEW_DRAWS / 20], 0);
        d->found[c].high = fmax(sums[REVIEW_DRAWS - 1 - REVIEW_DRAWS / 20], 0);
    }
}

enum comity_status review_intervals(const struct review *review, const struct resolution *resolution,
    const uint8_t *is_chosen, unsigned threads, struct review_intervals *out, struct comity_error *err)
{
    struct drawing d = {.review = review, .resolution = resolution, .is_chosen = is_chosen};
    *out = (struct review_intervals){0};
    enum comity_status status = set_up(&d);
    static_assert(REVIEW_DRAWS % PIECE_DRAWS == 0, "whole pieces");
    if (!status)
        status = parallel_run(REVIEW_DRAWS / PIECE_DRAWS, threads, draw_piece, &d);
    if (!status) {
        take_quantiles(&d);
        out->cells = d.found;
        out->n = d.n_cells;
        d.found = NULL;
    }
    free(d.chances);
    free(d.touched);
    free(d.cells);
    free(d.entity);
    free(d.item_of);
    free(d.identity);
    free(d.found);
    free(d.sums);
    map_release(&d.place_of);
    map_release(&d.cell_of);
    return status ? error_nomem(err) : COMITY_OK;
}

void review_intervals_release(struct review_intervals *intervals)
{
    free(intervals->cells);
    *intervals = (struct review_intervals){0};
}

const struct review_cell *review_cell_of(const struct review_intervals *intervals, uint32_t dimension, uint32_t concept)
{
    for (size_t i = 0; i < intervals->n; i++)
        if (intervals->cells[i].dimension == dimension && intervals->cells[i].concept == concept)
            return &intervals->cells[i];
    return NULL;
}
