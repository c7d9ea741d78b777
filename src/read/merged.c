/* A cursor over the merges in order of their rows, and a short list of those that lie over the row at hand. */
#include "read/merged.h"

#include "base/array.h"
#include "base/error.h"

#include <stdlib.h>

void merged_release(struct merged *merged)
{
    for (size_t i = 0; i < merged->n_made; i++)
        buffer_release(&merged->open[i].text);
    free(merged->open);
    free(merged->list);
    *merged = (struct merged){0};
}

void merged_clear(struct merged *merged)
{
    merged->n = merged->next = merged->n_open = 0;
}

enum comity_status merged_add(
    struct merged *merged, uint64_t first, uint64_t last, size_t column, struct comity_error *err)
{
    /* What was taken up already makes room: ods adds as it goes. */
    if (merged->next == merged->n)
        merged->n = merged->next = 0;
    if (!ARRAY_ROOM(merged->list, merged->n, merged->room, 1))
        return error_nomem(err);
    merged->list[merged->n++] = (struct downward){first, last, column};
    merged->is_sorted = merged->n == 1;
    return COMITY_OK;
}

static int by_row(const void *left, const void *right)
{
    const struct downward *a = left, *b = right;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    return (a->column > b->column) - (a->column < b->column);
}

static const struct piece *piece_in(const struct pieces *pieces, size_t column)
{
    for (size_t i = 0; i < pieces->n; i++)
        if (pieces->list[i].column == column)
            return &pieces->list[i];
    return NULL;
}

static bool add_piece(struct pieces *pieces, const struct filling *filling)
{
    pieces_begin(pieces);
    buffer_add_slice(&pieces->text, buffer_slice(&filling->text));
    return pieces_end(pieces, filling->column);
}

/* Whether a filling is over is seen at the row behind it; its buffer goes to the end, to be used again. */
static bool fill_row(struct merged *merged, uint64_t row, struct pieces *pieces)
{
    for (size_t i = merged->n_open; i-- > 0;) {
        struct filling *filling = &merged->open[i];
        if (filling->last < row) {
            struct filling over = *filling;
            *filling = merged->open[--merged->n_open];
            merged->open[merged->n_open] = over;
        } else if (!piece_in(pieces, filling->column) && !add_piece(pieces, filling)) {
            return false;
        }
    }
    return true;
}

static bool take_up(struct merged *merged, const struct downward *merge, const struct pieces *pieces)
{
    const struct piece *piece = piece_in(pieces, merge->column);
    if (!piece)
        return true;
    if (merged->n_open == merged->n_made) {
        if (!ARRAY_ROOM(merged->open, merged->n_made, merged->room_open, 1))
            return false;
        buffer_init(&merged->open[merged->n_made++].text, WINDOW_MOST);
    }
    struct filling *filling = &merged->open[merged->n_open++];
    filling->column = merge->column;
    filling->last = merge->last;
    buffer_clear(&filling->text);
    buffer_add_slice(&filling->text, slice_of(pieces->text.ptr + piece->at, piece->len));
    return !filling->text.failed;
}

enum comity_status merged_fill(struct merged *merged, uint64_t row, struct pieces *pieces, struct comity_error *err)
{
    if (merged->next < merged->n && !merged->is_sorted) {
        qsort(merged->list + merged->next, merged->n - merged->next, sizeof *merged->list, by_row);
        merged->is_sorted = true;
    }
    if (merged->n_open && !fill_row(merged, row, pieces))
        return error_nomem(err);
    for (; merged->next < merged->n && merged->list[merged->next].first <= row; merged->next++)
        if (merged->list[merged->next].first == row && !take_up(merged, &merged->list[merged->next], pieces))
            return error_nomem(err);
    if (merged->n_open <= MERGED_MOST_OPEN)
        return COMITY_OK;
    error_set(err, COMITY_LIMIT, "over row %llu more than %d columns are merged downward", (unsigned long long)row,
        MERGED_MOST_OPEN);
    error_hint(err, "leave `merged: fill` out");
    return COMITY_LIMIT;
}
