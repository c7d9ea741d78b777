/* pieces.h - the cells of a row whose texts are made one after another (json, xlsx): offsets while the text grows,
 * slices when it is whole. */
#ifndef READ_PIECES_H
#define READ_PIECES_H

#include "read/format.h"

struct piece {
    size_t column, at, len;
};

struct pieces {
    struct buffer text; /* append the cell's text here, between pieces_begin and pieces_end */
    struct piece *list;
    size_t n, room;
    size_t begun;
};

void pieces_init(struct pieces *pieces);
void pieces_release(struct pieces *pieces);
/* Forgets the last row. */
void pieces_clear(struct pieces *pieces);
void pieces_begin(struct pieces *pieces);
/* False when memory is out. */
bool pieces_end(struct pieces *pieces, size_t column);
/* Lays the pieces into rows->cells: n_cells becomes the highest column + 1. */
enum comity_status pieces_lay(
    const struct pieces *pieces, struct rows *rows, size_t *n_cells, struct comity_error *err) COMITY_MUST_USE;

#endif
