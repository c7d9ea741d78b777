/* part_figure.h - inside parts and wholes: what is told, as numbers that can be added up.
 *
 * A figure is a position with an amount, a day and a country. Figures stand in the order of their neighbourhoods:
 * country, concept group and dimension (a stratum), then day, then position.
 */
#ifndef LINK_PART_FIGURE_H
#define LINK_PART_FIGURE_H

#include "base/map.h"
#include "link/frame.h"
#include "link/part_overlap.h"

#define FIGURE_NO_PLACE 0u

/* How near two figures stand, from the nearest. */
enum tie { TIE_PLACE, TIE_VAGUE, TIE_SUBDIVISION, TIE_COUNTRY, N_TIES };
/* Where rows are counted: as exact as both sides tell the place. */
enum area { AREA_PLACE, AREA_SUBDIVISION, AREA_COUNTRY, N_AREAS };

struct figure {
    uint32_t position, entity, source, stratum;
    int32_t day;
    uint32_t settlement, subdivision; /* FIGURE_NO_PLACE where not told */
    uint32_t settlement_number;       /* of those that are told, from 1 */
    uint32_t case_number;             /* 0: none told */
    double amount;                    /* base unit */
    double half;                      /* so much may have been rounded away */
    double grain;        /* the coarsest of 1 and 5 · 10^k that it is a multiple of: what chance would hit */
    float rows[N_AREAS]; /* of its source in the stratum, in its area of each width */
};

/* What is asked first of figures, of many at once: each in a column of its own. */
struct figures_told {
    double *amount;
    int32_t *day;
    uint32_t *figure;
};

/* What one source tells in a stratum: so much of `told`. */
struct source_run {
    uint32_t source, first, end;
};

struct figures {
    const struct frame *frame;
    struct figure *at;
    size_t n;
    uint32_t *first_of_stratum; /* n_strata + 1 */
    size_t n_strata;
    struct figures_told told; /* by stratum, source, then figure */
    struct source_run *runs;  /* by stratum, then source */
    uint32_t *first_run;      /* by stratum, n_strata + 1 */
    uint32_t n_settlements, n_subdivisions;
    uint32_t *by_entity; /* figures, by entity */
    uint32_t *of_entity; /* by entity (a position): where its figures begin in by_entity; one more behind them */
    struct part_overlaps overlaps;
    double *n_told;   /* by source: figures */
    double *bundled;  /* by source: the share of its figures that stand with others of its day and place */
    double *totalled; /* by source: of its lines of one day, place and case, the share of which one is the total */
    unsigned circumstances[LINK_MOST_COMPARISONS]; /* comparisons of categories and countries but that of the event */
    /* By circumstance and code: what it says that the other has the same value, and another one. */
    float *agrees[LINK_MOST_COMPARISONS], *differs[LINK_MOST_COMPARISONS];
    size_t n_circumstances;
};

/* Lists figures: what a position tells by itself. */
enum comity_status figures_read(const struct frame *frame, struct figures *out) COMITY_MUST_USE;
/* Then what they are by source and value; all but entities. */
enum comity_status figures_compare(struct figures *figures) COMITY_MUST_USE;
/* Inside figures_compare: fills in what is counted by source: n_told, bundled, totalled, and rows of each figure. */
bool figures_count(struct figures *figures);
/* Sets entities, as often as there are others. How often two sources tell of one event, and how late, is
 * counted the first time. */
enum comity_status figures_place(struct figures *figures, const uint32_t *cluster) COMITY_MUST_USE;
/* Fills is_due[n]: whether an entity has other members than it had among the figures that are looked through for each.
 * `before` and `cluster`: by position, and the figures are still placed by `before`. */
enum comity_status figures_find_due(
    const struct figures *figures, const uint32_t *before, const uint32_t *cluster, uint8_t *is_due) COMITY_MUST_USE;
void figures_release(struct figures *figures);

enum tie figures_tie(const struct figure *a, const struct figure *b);
/* Rows a day of `part`'s source around it, in the area that both tell; never 0. */
double figures_rate(const struct figures *figures, const struct figure *whole, const struct figure *part);
/* The share of what `source` tells that `other` tells, too. */
double figures_overlap(const struct figures *figures, uint32_t source, uint32_t other);
/* How much likelier the circumstances that both tell are of one haul than of two: a natural logarithm. */
double figures_likeness(const struct figures *figures, const struct figure *whole, const struct figure *part);

#endif
