#include "read/pieces.h"

#include "base/array.h"
#include "base/error.h"

#include <stdlib.h>

void pieces_init(struct pieces *pieces)
{
    *pieces = (struct pieces){0};
    buffer_init(&pieces->text, 4 * (size_t)WINDOW_MOST);
}

void pieces_release(struct pieces *pieces)
{
    buffer_release(&pieces->text);
    free(pieces->list);
    *pieces = (struct pieces){0};
}

void pieces_clear(struct pieces *pieces)
{
    buffer_clear(&pieces->text);
    pieces->n = pieces->begun = 0;
}

void pieces_begin(struct pieces *pieces)
{
    pieces->begun = pieces->text.len;
}

bool pieces_end(struct pieces *pieces, size_t column)
{
    if (pieces->text.failed || !ARRAY_ROOM(pieces->list, pieces->n, pieces->room, 1))
        return false;
    pieces->list[pieces->n++] = (struct piece){column, pieces->begun, pieces->text.len - pieces->begun};
    return true;
}

enum comity_status pieces_lay(const struct pieces *pieces, struct rows *rows, size_t *n_cells, struct comity_error *err)
{
    size_t n = 0;
    for (size_t i = 0; i < pieces->n; i++)
        if (pieces->list[i].column >= n)
            n = pieces->list[i].column + 1;
    enum comity_status status = rows_room_cells(rows, n, err);
    if (status)
        return status;
    if (n)
        memset(rows->cells, 0, n * sizeof *rows->cells);
    for (size_t i = 0; i < pieces->n; i++) {
        const struct piece *piece = &pieces->list[i];
        rows->cells[piece->column] = slice_of(pieces->text.ptr + piece->at, piece->len);
    }
    *n_cells = n;
    return COMITY_OK;
}
