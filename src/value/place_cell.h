/* place_cell.h - one cell of text as hits: the whole, its parts, its words. Private to place*.c. */
#ifndef VALUE_PLACE_CELL_H
#define VALUE_PLACE_CELL_H

#include "value/place_find.h"

struct place_cell {
    bool is_empty;
    bool is_dressing; /* nothing but words such as "airport": it belongs to what the other cell names */
    bool is_district; /* speaks of a second-level area */
    int n_unknown;    /* parts, of several, that gave nothing and are no dressing */
    unsigned classes; /* of the dressing of the whole, WORD_BIT */
};

/* Reads a cell into search->hits, which are emptied first. */
struct place_cell place_read_cell(struct place_search *search, struct slice raw);

#endif
