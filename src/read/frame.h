/* frame.h - what stands around the rows of a sheet made for people: titles above, totals and notes below.
 *
 * Between a format and whoever reads its rows. Only what the options ask for is taken off, and whatever is taken off is
 * told: nothing of a file is lost. docs/decisions/0201 says how a total is known, and why an ordinary last row is not
 * taken for one.
 *
 * Totals by label: every row whose cell in a column is one of some words. Totals found out: the last row, when it is
 * labelled as a total, or when it has no text at all, leaves a column empty that every row above fills, and each of its
 * numbers is the sum of the rows above within 0.1 %; and rows in between that are labelled as totals and agree with the
 * rows since the last of them. Footnotes: rows behind the last one of the table that hold one text, in the first
 * column.
 *
 * Memory: at most FRAME_MOST_NOTES rows that could be notes are held back, and one that could be a total.
 */
#ifndef READ_FRAME_H
#define READ_FRAME_H

#include "base/slice.h"
#include "comity.h"

#include <stdbool.h>
#include <stdint.h>

enum { FRAME_MOST_NOTES = 200, FRAME_MOST_TOTALS = 1000, FRAME_MOST_TEXT = 4000 };

enum total_verdict { TOTAL_AGREES, TOTAL_ROUNDED, TOTAL_DIFFERS };

/* One number of a total row beside the sum of the rows that it speaks of. */
struct total_cell {
    struct slice column;
    double says, sum;
    enum total_verdict verdict;
};

struct total_row {
    struct slice sheet; /* empty where there are none */
    uint64_t line;
    struct slice text; /* its cells that are not empty, parted by " | " */
    bool is_part;      /* a subtotal: of the rows since the last total */
    enum total_verdict verdict;
    struct total_cell *cells;
    size_t n_cells;
};

struct frame_note {
    struct slice sheet;
    uint64_t line;
    struct slice text;
};

struct frame_found {
    struct frame_note *titles, *footnotes;
    struct total_row *totals;
    size_t n_titles, n_footnotes, n_totals;
    uint64_t n_more; /* titles and totals past the caps, only counted */
};

/* ---- within read/ -------------------------------------------------------------------------------------------- */

struct rows;
struct row;
struct frame;

/* Null when memory is out. Texts of what is found live as long as `rows`. */
struct frame *frame_new(struct rows *rows);
void frame_free(struct frame *frame);
/* The next row of data. */
enum comity_status frame_next(
    struct frame *frame, struct row *row, bool *has_row, struct comity_error *err) COMITY_MUST_USE;
enum comity_status frame_add_title(
    struct frame *frame, const struct row *row, struct comity_error *err) COMITY_MUST_USE;
const struct frame_found *frame_found(const struct frame *frame);

#endif
