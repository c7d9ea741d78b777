/* merged.h - cells that are merged downward over several rows: their value goes to each row that they cover. Private to
 * read/.
 *
 * Only merges of one column are filled: a cell over several columns is a heading, or a layout. Merges are added in any
 * order before the rows that they begin in (xlsx: all of them, from a pass of its own; ods: as the cells come), rows
 * come in order. Memory grows with the merges of the sheet, 24 bytes each, and one text for each column that is being
 * filled.
 */
#ifndef READ_MERGED_H
#define READ_MERGED_H

#include "read/pieces.h"

enum { MERGED_MOST_OPEN = 256 }; /* columns that are filled at once; more is COMITY_LIMIT */

struct downward {
    uint64_t first, last; /* rows of the sheet */
    size_t column;
};
struct filling {
    size_t column;
    uint64_t last;
    struct buffer text;
};
struct merged {
    struct downward *list; /* from `next` on in order of their first row, once they are sorted */
    size_t n, room, next;
    bool is_sorted;
    struct filling *open; /* n_open that are being filled; buffers of all `room_open` are kept */
    size_t n_open, n_made, room_open;
};

void merged_release(struct merged *merged);
/* For the next sheet. */
void merged_clear(struct merged *merged);
enum comity_status merged_add(
    struct merged *merged, uint64_t first, uint64_t last, size_t column, struct comity_error *err) COMITY_MUST_USE;
/* Adds to the pieces of a row what lies over it and has no piece there; merges that begin in it are taken up. */
enum comity_status merged_fill(
    struct merged *merged, uint64_t row, struct pieces *pieces, struct comity_error *err) COMITY_MUST_USE;

#endif
