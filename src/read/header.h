/* header.h - the columns' names from one or more header rows. Private to read/.
 *
 *     Drugs seized 2016                          a title: skip: 1
 *     State | Cocaine |        | Heroin |        header_rows: 2
 *           | kg      | cases  | kg     | cases
 *
 * names the columns "State", "Cocaine / kg", "Cocaine / cases", "Heroin / kg", "Heroin / cases". A cell of an upper row
 * counts for all columns that it is merged over; where the file has no merged cells, for the empty ones to its right,
 * as long as there is a cell below it. Line breaks in a name become spaces. What repeats or is empty is named by
 * rows_add_column.
 */
#ifndef READ_HEADER_H
#define READ_HEADER_H

#include "read/format.h"

struct merge {
    uint64_t row;       /* the upper left cell's */
    size_t first, last; /* columns */
};
struct merges {
    struct merge *list;
    size_t n, room;
};

enum { HEADER_MOST_ROWS = 5 };
struct header {
    struct arena arena;
    struct slice *rows[HEADER_MOST_ROWS];
    size_t n_cells[HEADER_MOST_ROWS];
    uint64_t lines[HEADER_MOST_ROWS];
    size_t n;
};

void header_release(struct header *header);
/* How many header rows the options ask for, 1 to HEADER_MOST_ROWS. */
size_t header_rows(const struct rows *rows);
/* Adds a copy of a row's cells. */
enum comity_status header_add(struct header *header, const struct slice *cells, size_t n, uint64_t line,
    struct comity_error *err) COMITY_MUST_USE;
/* Joins the rows; the names live in the header. `merges` may be null or empty. */
enum comity_status header_join(struct header *header, const struct merges *merges, struct slice **names, size_t *n,
    struct comity_error *err) COMITY_MUST_USE;

#endif
