/* report.h - what came of laying sums side by side, in words, JSON and CSV: the same for the command line and the
 * pages.
 *
 * Amounts are in the unit that their dimension is shown in (kg). docs/SUMS.md lists the members and columns. */
#ifndef SUMS_REPORT_H
#define SUMS_REPORT_H

#include "base/buffer.h"
#include "sums/sums.h"

/* Which cells are told: those with one of these verdicts, counted once or (`plain:double`) in the plain sum. */
struct sums_only {
    uint32_t once, plain; /* bit by enum sums_verdict; both 0: all */
};
/* "part,over", "plain:double". COMITY_USAGE names what is no verdict and lists them. */
enum comity_status sums_only_read(struct slice text, struct sums_only *out, struct comity_error *err) COMITY_MUST_USE;

/* The wanted cells in an order: newest or oldest period first, or the largest difference first (by dimension). */
enum comity_status sums_pick(const struct sums_table *table, const struct sums_only *only, enum query_sort sort,
    uint32_t **indexes, size_t *n, struct comity_error *err) COMITY_MUST_USE;

struct sums_report {
    const struct sums_table *table;
    const struct reader *reader;
    int language;                /* of labels */
    const uint32_t *indexes;     /* the cells that are told */
    size_t n, n_all;             /* how many are told, and how many there would be */
    const struct slice *against; /* codes of the sources of the events */
    size_t n_against;
    uint64_t sequence;
    uint32_t most_ids; /* of rows behind a cell; more are only counted */
};

/* What one cell is, for people: "Bolívar, Colombia"; "2016-01", "2016-01-18", "2015-10-01..2016-09-30". */
void sums_place_label(const struct sums_table *table, const struct sums_cell *cell, int language, struct buffer *out);
void sums_period_label(const struct sums_cell *cell, struct buffer *out);
struct slice sums_concept_label(const struct sums_table *table, const struct sums_cell *cell, int language);
/* The shown unit of a cell's dimension, and what one of it is in the base unit. */
struct slice sums_unit(const struct sums_table *table, const struct sums_cell *cell, int language, double *to_base);

/* One plain English sentence about a cell, and one about the whole. */
void sums_sentence(const struct sums_table *table, const struct sums_cell *cell, struct buffer *out);
void sums_overall(const struct sums_table *table, const struct sums_summary *summary, struct buffer *out);
/* A query that finds the events of a cell: by their ids where they are few, otherwise by place, period and concept.
 * Empty where there is none. */
void sums_cell_query(const struct sums_report *report, const struct sums_cell *cell, struct buffer *out);

/* One object for a cell (a line of NDJSON); the whole as an object; the cells as CSV. */
void sums_cell_json(const struct sums_report *report, uint32_t index, struct buffer *out);
void sums_report_json(const struct sums_report *report, struct buffer *out);
void sums_report_csv(const struct sums_report *report, struct buffer *out);

#endif
