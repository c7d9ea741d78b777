/* frame_sums.h - running sums of a table's columns, and whether a row is their total. Private to read/. */
#ifndef READ_FRAME_SUMS_H
#define READ_FRAME_SUMS_H

#include "base/arena.h"
#include "read/frame.h"
#include "text/fold.h"
#include "value/value.h"

struct column_sum {
    double whole, part;          /* of the table, and since the last total */
    uint64_t n_filled, n_number; /* cells of the whole */
    uint64_t n_whole, n_part;    /* numbers that are not zero */
    struct slice first;          /* the first cell that was filled */
    bool is_constant;            /* all filled cells say the same */
};

struct frame_sums {
    struct column_sum *columns;
    size_t n_columns, room_columns;
    uint64_t n_rows; /* of the table, totals apart */
    size_t first_filled;
    bool is_wanted; /* without: only first_filled is kept */
    enum decimal_mark decimal;
    struct arena texts;
    struct judged_cell *cells; /* of the last judgement */
    size_t room_cells;
    struct folding folding;
    struct buffer words, folded; /* the words of totals, folded, a line each; a label */
    bool is_starved;             /* memory ran out: the last answer counts for nothing */
};

struct judged_cell {
    size_t column;
    double says, sum;
    enum total_verdict verdict;
};

/* Beside which sums a row was held, and what came of it. Good until the next judgement. */
struct total_judgement {
    bool is_part;
    enum total_verdict verdict;
    const struct judged_cell *cells;
    size_t n_cells;
    size_t n_evidence; /* cells that agree with a sum of at least two numbers */
};

void frame_sums_begin(struct frame_sums *sums, bool is_wanted, enum decimal_mark decimal);
/* For the next table. */
void frame_sums_clear(struct frame_sums *sums);
void frame_sums_release(struct frame_sums *sums);
/* A row of data. False when memory is out. */
bool frame_sums_add(struct frame_sums *sums, const struct row *row);
/* A total was seen: the next part begins. */
void frame_sums_end_part(struct frame_sums *sums);
/* The first column that was ever filled; 0 before any was. */
size_t frame_sums_first_filled(const struct frame_sums *sums);

/* Judges a row that is known to be a total, beside the part or the whole, whichever it is nearer to. */
void frame_sums_judge(struct frame_sums *sums, const struct row *row, struct total_judgement *judged);
/* Whether a row is a total (look at is_starved, too): frame.h says when. `is_last`: nothing but notes stands behind it.
 */
bool frame_sums_find_total(
    struct frame_sums *sums, const struct row *row, bool is_last, struct total_judgement *judged);

#endif
