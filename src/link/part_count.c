/* Counted within what one source tells in a stratum, which stands together and by days. */
#include "link/part_figure.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/order.h"

#include <math.h>
#include <stdlib.h>

struct counting {
    struct figures *figures;
    uint32_t *of_settlement, *of_subdivision; /* rows, by number; zero but within a run */
    struct sort_item *lines;
    double *n_bundles, *n_totals; /* by source: of three lines or more; of which one is the total */
};

/* ---- areas ------------------------------------------------------------------------------------------------------- */

static struct figure *figure_of(const struct counting *c, uint32_t place)
{
    return &c->figures->at[c->figures->told.figure[place]];
}

static void count_areas(const struct counting *c, const struct source_run *run)
{
    for (uint32_t i = run->first; i < run->end; i++) {
        c->of_settlement[figure_of(c, i)->settlement_number]++;
        c->of_subdivision[figure_of(c, i)->subdivision]++;
    }
    for (uint32_t i = run->first; i < run->end; i++) {
        struct figure *figure = figure_of(c, i);
        figure->rows[AREA_COUNTRY] = (float)(run->end - run->first);
        if (figure->subdivision)
            figure->rows[AREA_SUBDIVISION] = (float)c->of_subdivision[figure->subdivision];
        if (figure->settlement)
            figure->rows[AREA_PLACE] = (float)c->of_settlement[figure->settlement_number];
    }
    for (uint32_t i = run->first; i < run->end; i++)
        c->of_settlement[figure_of(c, i)->settlement_number] = c->of_subdivision[figure_of(c, i)->subdivision] = 0;
}

/* ---- bundles ----------------------------------------------------------------------------------------------------- */

/* Lines of one case stand together within those of one place; the halves tell places and cases. */
static uint64_t line_key(const struct figure *figure)
{
    uint64_t place = hash_u64((uint64_t)figure->settlement << 32 | figure->subdivision);
    return (place & ~(uint64_t)UINT32_MAX) | (uint32_t)hash_u64(figure->case_number + UINT64_C(1));
}

static bool is_of_place(const struct sort_item *a, const struct sort_item *b)
{
    return a->key >> 32 == b->key >> 32;
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

/* Three lines or more, since two equal ones are no total and its part. */
static void count_totals(struct counting *c, uint32_t source, const struct sort_item *lines, size_t n)
{
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && lines[j].key == lines[i].key; j++) {
        }
        c->n_bundles[source] += j - i > 2;
        c->n_totals[source] += j - i > 2 && has_total(c->figures, &lines[i], j - i);
    }
}

static void count_day(struct counting *c, uint32_t source, uint32_t first, uint32_t end)
{
    size_t n = end - first;
    for (size_t i = 0; i < n; i++)
        c->lines[i] =
            (struct sort_item){line_key(figure_of(c, first + (uint32_t)i)), c->figures->told.figure[first + i]};
    sort_items(c->lines, n);
    for (size_t i = 0, j; i < n; i = j) {
        for (j = i + 1; j < n && is_of_place(&c->lines[j], &c->lines[i]); j++) {
        }
        c->figures->bundled[source] += j - i > 1 ? (double)(j - i) : 0;
        count_totals(c, source, &c->lines[i], j - i);
    }
}

static void count_bundles(struct counting *c, const struct source_run *run)
{
    const int32_t *day = c->figures->told.day;
    for (uint32_t i = run->first, j; i < run->end; i = j) {
        for (j = i + 1; j < run->end && day[j] == day[i]; j++) {
        }
        if (j - i > 1)
            count_day(c, run->source, i, j);
    }
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

/* Half a row is given to each side, so that a source of few rows is not taken to be without bundles. Not all totals are
 * exact; where few lines stand together, what is usual counts for some more. */
static void take_shares(struct counting *c)
{
    const double exact = 0.6, usual = 0.3, counts_for = 4;
    struct figures *figures = c->figures;
    for (size_t s = 0; s < figures->frame->mentions->n_sources; s++) {
        figures->bundled[s] = (figures->bundled[s] + 0.5) / (figures->n_told[s] + 1);
        figures->totalled[s] =
            fmin(0.95, (c->n_totals[s] / exact + usual * counts_for) / (c->n_bundles[s] + counts_for));
    }
}

bool figures_count(struct figures *figures)
{
    size_t n_sources = figures->frame->mentions->n_sources + 1;
    struct counting c = {.figures = figures,
        .of_settlement = calloc(figures->n_settlements + 1u, sizeof *c.of_settlement),
        .of_subdivision = calloc(figures->n_subdivisions + 1u, sizeof *c.of_subdivision),
        .lines = malloc((figures->n + 1) * sizeof *c.lines),
        .n_bundles = calloc(n_sources, sizeof *c.n_bundles),
        .n_totals = calloc(n_sources, sizeof *c.n_totals)};
    figures->n_told = calloc(n_sources, sizeof *figures->n_told);
    figures->bundled = calloc(n_sources, sizeof *figures->bundled);
    figures->totalled = calloc(n_sources, sizeof *figures->totalled);
    bool is_good = c.of_settlement && c.of_subdivision && c.lines && c.n_bundles && c.n_totals && figures->n_told &&
                   figures->bundled && figures->totalled;
    for (uint32_t r = 0; is_good && r < figures->first_run[figures->n_strata]; r++) {
        const struct source_run *run = &figures->runs[r];
        figures->n_told[run->source] += run->end - run->first;
        count_areas(&c, run);
        count_bundles(&c, run);
    }
    if (is_good)
        take_shares(&c);
    free(c.of_settlement);
    free(c.of_subdivision);
    free(c.lines);
    free(c.n_bundles);
    free(c.n_totals);
    return is_good;
}
