/* matrix.h - the coverage matrix: source × country × period, and what each cell tells apart.
 *
 * Records; nothing to report, as the source declared; no record inside a coverage that was confirmed as complete
 * (nothing happened, as far as the source knows); and no record outside any (not known: nobody asked, or nobody
 * answered). Series of sums are not in it.
 */
#ifndef FLOW_MATRIX_H
#define FLOW_MATRIX_H

#include "flow/desk.h"

enum matrix_state { MATRIX_UNKNOWN, MATRIX_RECORDS, MATRIX_DECLARED, MATRIX_NOTHING, N_MATRIX_STATES };

/* "Nothing to report": what a source declared of days and a country ("": all). */
struct matrix_declaration {
    struct slice source, country;
    int32_t first_day, last_day;
};

struct matrix_cell {
    enum matrix_state state;
    uint64_t n;
};
struct matrix_row {
    struct slice source, source_title, country /* alpha-2, empty: none said */, country_label;
    uint64_t n;         /* records in all */
    uint64_t n_outside; /* of them, not dated within one of the periods */
    struct matrix_cell *cells;
};
struct matrix_period {
    int32_t first_day, last_day;
    char text[12]; /* "2018" or "2018-05" */
};
enum { MATRIX_MOST_PERIODS = 60 };
struct matrix {
    struct matrix_period periods[MATRIX_MOST_PERIODS];
    size_t n_periods;
    struct matrix_row *rows; /* by source code, then by the country's name */
    size_t n_rows;
};

struct matrix_options {
    int year; /* the months of this year; 0: years, at most the latest MATRIX_MOST_PERIODS */
    const struct matrix_declaration *declarations; /* null: none */
    size_t n_declarations;
};
/* Fills the declarations from what sources declared in the store. */
enum comity_status matrix_read_declarations(struct store *store, const struct reader *reader, struct arena *arena,
    struct matrix_options *options, struct comity_error *err) COMITY_MUST_USE;
/* Of what the reader may see of the snapshot. Texts point into the snapshot, the domain and the options. */
enum comity_status matrix_build(const struct snapshot *snapshot, const struct domain *domain,
    const struct reader *reader, const struct matrix_options *options, struct arena *arena, struct matrix *out,
    struct comity_error *err) COMITY_MUST_USE;

/* "records", "nothing to report", "nothing happened", "not known". */
const char *matrix_state_name(enum matrix_state state);

#endif
