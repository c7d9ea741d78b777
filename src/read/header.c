#include "read/header.h"

#include "base/error.h"

void header_release(struct header *header)
{
    arena_release(&header->arena);
    *header = (struct header){0};
}

size_t header_rows(const struct rows *rows)
{
    size_t n = rows->options.has_no_header ? 1 : rows->options.header_rows;
    return n < 1 ? 1 : n > HEADER_MOST_ROWS ? HEADER_MOST_ROWS : n;
}

/* A cell on one line: its words, with single spaces where a line broke. */
static struct slice one_line(struct slice text, struct arena *arena)
{
    char *copy = arena_alloc(arena, text.len + 1);
    size_t n = 0;
    if (!copy)
        return SLICE_EMPTY;
    text = slice_trim(text);
    for (size_t i = 0; i < text.len; i++) {
        bool is_break = text.ptr[i] == '\n' || text.ptr[i] == '\r' || text.ptr[i] == '\t';
        if (!is_break)
            copy[n++] = text.ptr[i];
        else if (n && copy[n - 1] != ' ')
            copy[n++] = ' ';
    }
    copy[n] = '\0';
    return slice_of(copy, n);
}

enum comity_status header_add(
    struct header *header, const struct slice *cells, size_t n, uint64_t line, struct comity_error *err)
{
    struct slice *copies = ARENA_ARRAY(&header->arena, struct slice, n + 1);
    if (!copies)
        return error_nomem(err);
    for (size_t i = 0; i < n; i++) {
        copies[i] = one_line(cells[i], &header->arena);
        if (!copies[i].ptr)
            return error_nomem(err);
    }
    header->rows[header->n] = copies;
    header->n_cells[header->n] = n;
    header->lines[header->n++] = line;
    return COMITY_OK;
}

static struct slice cell_at(const struct header *header, size_t row, size_t column)
{
    return column < header->n_cells[row] ? header->rows[row][column] : SLICE_EMPTY;
}

/* Carries each merged cell of a row to the columns that it covers; false when the row has none. */
static bool carry_merged(
    struct header *header, size_t row, const struct merges *merges, struct slice *carried, size_t n)
{
    bool has_any = false;
    for (size_t i = 0; merges && i < merges->n; i++) {
        const struct merge *merge = &merges->list[i];
        if (merge->row != header->lines[row] || merge->last <= merge->first)
            continue;
        has_any = true;
        for (size_t column = merge->first; column <= merge->last && column < n; column++)
            carried[column] = cell_at(header, row, merge->first);
    }
    return has_any;
}

/* Whether a row below has a cell in this column. */
static bool has_below(const struct header *header, size_t row, size_t column)
{
    for (size_t i = row + 1; i < header->n; i++)
        if (cell_at(header, i, column).len)
            return true;
    return false;
}

static void carry_right(const struct header *header, size_t row, struct slice *carried, size_t n)
{
    struct slice group = SLICE_EMPTY;
    for (size_t column = 0; column < n; column++) {
        if (carried[column].len)
            group = has_below(header, row, column) ? carried[column] : SLICE_EMPTY;
        else if (has_below(header, row, column))
            carried[column] = group;
        else
            group = SLICE_EMPTY;
    }
}

static struct slice join(struct header *header, struct slice upper, struct slice lower)
{
    if (!upper.len || !lower.len || slice_equal(upper, lower))
        return lower.len ? lower : upper;
    char *text = arena_alloc(&header->arena, upper.len + lower.len + 4);
    if (!text)
        return SLICE_EMPTY;
    memcpy(text, upper.ptr, upper.len);
    memcpy(text + upper.len, " / ", 3);
    memcpy(text + upper.len + 3, lower.ptr, lower.len);
    text[upper.len + lower.len + 3] = '\0';
    return slice_of(text, upper.len + lower.len + 3);
}

enum comity_status header_join(
    struct header *header, const struct merges *merges, struct slice **names, size_t *n, struct comity_error *err)
{
    size_t most = 0;
    for (size_t i = 0; i < header->n; i++)
        most = header->n_cells[i] > most ? header->n_cells[i] : most;
    struct slice *joined = ARENA_ARRAY(&header->arena, struct slice, most + 1);
    struct slice *carried = ARENA_ARRAY(&header->arena, struct slice, most + 1);
    *names = joined;
    *n = most;
    if (!joined || !carried)
        return error_nomem(err);
    for (size_t row = 0; row < header->n; row++) {
        for (size_t column = 0; column < most; column++)
            carried[column] = cell_at(header, row, column);
        bool is_last = row + 1 == header->n;
        if (!carry_merged(header, row, merges, carried, most) && !is_last)
            carry_right(header, row, carried, most);
        for (size_t column = 0; column < most; column++) {
            bool is_needed = joined[column].len || carried[column].len;
            joined[column] = join(header, joined[column], carried[column]);
            if (is_needed && !joined[column].ptr)
                return error_nomem(err);
        }
    }
    return COMITY_OK;
}
