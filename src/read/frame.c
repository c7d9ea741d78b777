/* A row is held back as long as it could be a total or a note; whatever comes behind it says that it was data. Held
 * rows are copies, one block of memory each. Without totals and footnotes asked for, rows pass through untouched. */
#include "read/frame.h"

#include "base/array.h"
#include "base/error.h"
#include "read/format.h"
#include "read/frame_sums.h"
#include "value/quantity.h"

#include <stdlib.h>

struct held {
    struct row row;
    char *fault, *note;
};

struct frame {
    struct rows *rows;
    struct frame_sums sums;
    ptrdiff_t label_column; /* of TOTALS_LABELLED; -1: not yet known */
    struct held *held;      /* first those that are data, then perhaps a total, then perhaps notes */
    size_t first, n_held, room_held;
    size_t n_ready;     /* of them, from `first` on: known to be data */
    bool has_candidate; /* the one behind the ready ones may be a total */
    struct held given;  /* the row that the caller has */
    bool is_over;
    size_t n_tables; /* as rows->n_tables when the last row came */
    struct slice sheet;
    struct frame_found found;
    size_t room_titles, room_footnotes, room_totals;
};

struct frame *frame_new(struct rows *rows)
{
    struct frame *frame = calloc(1, sizeof *frame);
    if (!frame)
        return NULL;
    frame->rows = rows;
    frame->label_column = -1;
    return frame;
}

static void let_go(struct held *held)
{
    free((void *)held->row.cells);
    *held = (struct held){0};
}

void frame_free(struct frame *frame)
{
    if (!frame)
        return;
    for (size_t i = frame->first; i < frame->n_held; i++)
        let_go(&frame->held[i]);
    let_go(&frame->given);
    frame_sums_release(&frame->sums);
    free(frame->held);
    free(frame->found.titles);
    free(frame->found.footnotes);
    free(frame->found.totals);
    free(frame);
}

const struct frame_found *frame_found(const struct frame *frame)
{
    return &frame->found;
}

/* ---- telling ------------------------------------------------------------------------------------------------- */

/* The cells that are not empty, on one line. */
static enum comity_status row_text(
    struct frame *frame, const struct row *row, struct slice *to, struct comity_error *err)
{
    struct buffer text;
    buffer_init(&text, FRAME_MOST_TEXT);
    for (size_t i = 0; i < row->n_cells; i++) {
        struct slice cell = slice_trim(row->cells[i]);
        if (!cell.len)
            continue;
        buffer_add_string(&text, text.len ? " | " : "");
        buffer_add_slice(&text, cell);
    }
    bool is_nomem = buffer_status(&text) == COMITY_NOMEM;
    *to = is_nomem ? SLICE_EMPTY : arena_copy(&frame->rows->arena, buffer_slice(&text));
    is_nomem |= text.len && !to->ptr;
    buffer_release(&text);
    return is_nomem ? error_nomem(err) : COMITY_OK;
}

static enum comity_status make_note(
    struct frame *frame, const struct row *row, struct frame_note *note, struct comity_error *err)
{
    *note = (struct frame_note){.sheet = frame->sheet, .line = row->line};
    return row_text(frame, row, &note->text, err);
}

enum comity_status frame_add_title(struct frame *frame, const struct row *row, struct comity_error *err)
{
    struct frame_found *found = &frame->found;
    struct frame_note note;
    if (found->n_titles == FRAME_MOST_NOTES) {
        found->n_more++;
        return COMITY_OK;
    }
    if (!ARRAY_ROOM(found->titles, found->n_titles, frame->room_titles, 1))
        return error_nomem(err);
    frame->sheet = frame->rows->table;
    enum comity_status status = make_note(frame, row, &note, err);
    if (!status && note.text.len)
        found->titles[found->n_titles++] = note;
    return status;
}

static enum comity_status add_footnote(struct frame *frame, const struct row *row, struct comity_error *err)
{
    struct frame_found *found = &frame->found;
    struct frame_note note;
    if (!ARRAY_ROOM(found->footnotes, found->n_footnotes, frame->room_footnotes, 1))
        return error_nomem(err);
    enum comity_status status = make_note(frame, row, &note, err);
    if (!status && note.text.len)
        found->footnotes[found->n_footnotes++] = note;
    return status;
}

/* The judgement of a row that is a total becomes part of what is told, and the sums begin anew. */
static enum comity_status add_total(
    struct frame *frame, const struct row *row, struct total_judgement *judged, struct comity_error *err)
{
    struct frame_found *found = &frame->found;
    struct total_row total = {
        .sheet = frame->sheet, .line = row->line, .is_part = judged->is_part, .verdict = judged->verdict};
    frame_sums_end_part(&frame->sums);
    if (found->n_totals == FRAME_MOST_TOTALS) {
        found->n_more++;
        return COMITY_OK;
    }
    total.cells = ARENA_ARRAY(&frame->rows->arena, struct total_cell, judged->n_cells + 1);
    if (!total.cells || !ARRAY_ROOM(found->totals, found->n_totals, frame->room_totals, 1))
        return error_nomem(err);
    for (size_t i = 0; i < judged->n_cells; i++) {
        const struct judged_cell *cell = &judged->cells[i];
        total.cells[i] =
            (struct total_cell){arena_copy(&frame->rows->arena, rows_column_name(frame->rows, cell->column)),
                cell->says, cell->sum, cell->verdict};
        if (!total.cells[i].column.ptr)
            return error_nomem(err);
    }
    total.n_cells = judged->n_cells;
    enum comity_status status = row_text(frame, row, &total.text, err);
    if (!status)
        found->totals[found->n_totals++] = total;
    return status;
}

/* ---- holding back -------------------------------------------------------------------------------------------- */

static size_t length_of(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static char *put_text(char **at, const char *text)
{
    size_t len = length_of(text);
    char *to = *at;
    if (!len)
        return NULL;
    memcpy(to, text, len);
    *at += len;
    return to;
}

static struct slice put_slice(char **at, struct slice text)
{
    char *to = *at;
    if (!text.len)
        return SLICE_EMPTY;
    memcpy(to, text.ptr, text.len);
    *at += text.len;
    return slice_of(to, text.len);
}

static enum comity_status hold(struct frame *frame, const struct row *row, struct comity_error *err)
{
    size_t size = row->n_cells * sizeof(struct slice) + row->raw.len + length_of(row->fault) + length_of(row->note) + 1;
    for (size_t i = 0; i < row->n_cells; i++)
        size += row->cells[i].len;
    if (frame->first == frame->n_held)
        frame->first = frame->n_held = 0;
    struct slice *cells = malloc(size);
    if (!cells || !ARRAY_ROOM(frame->held, frame->n_held, frame->room_held, 1)) {
        free(cells);
        return error_nomem(err);
    }
    struct held *held = &frame->held[frame->n_held++];
    char *at = (char *)(cells + row->n_cells);
    held->row = *row;
    held->row.cells = cells;
    for (size_t i = 0; i < row->n_cells; i++)
        cells[i] = put_slice(&at, row->cells[i]);
    held->row.raw = put_slice(&at, row->raw);
    held->row.fault = put_text(&at, row->fault);
    held->row.note = put_text(&at, row->note);
    return COMITY_OK;
}

/* Gives the first held row to the caller. */
static void give(struct frame *frame, struct row *row)
{
    frame->given = frame->held[frame->first++];
    frame->n_ready--;
    *row = frame->given.row;
}

/* Forgets the held row at `at`. */
static void drop(struct frame *frame, size_t at)
{
    let_go(&frame->held[at]);
    frame->n_held--;
    memmove(&frame->held[at], &frame->held[at + 1], (frame->n_held - at) * sizeof *frame->held);
}

static size_t n_pending(const struct frame *frame)
{
    return frame->n_held - frame->first - frame->n_ready;
}

/* Everything that is held back is data. A row that was labelled and agrees with its part of the table is not. */
static enum comity_status release(struct frame *frame, bool is_last, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    while (n_pending(frame) && !status) {
        size_t at = frame->first + frame->n_ready;
        const struct row *row = &frame->held[at].row;
        struct total_judgement judged = {0};
        bool is_total = frame->has_candidate && frame_sums_find_total(&frame->sums, row, is_last, &judged);
        frame->has_candidate = false;
        if (frame->sums.is_starved) {
            status = error_nomem(err);
        } else if (is_total) {
            status = add_total(frame, row, &judged, err);
            drop(frame, at);
        } else {
            status = frame_sums_add(&frame->sums, row) ? COMITY_OK : error_nomem(err);
            frame->n_ready++;
        }
    }
    return status;
}

/* ---- rows ---------------------------------------------------------------------------------------------------- */

static bool is_empty(const struct row *row)
{
    for (size_t i = 0; i < row->n_cells; i++)
        if (slice_trim(row->cells[i]).len)
            return false;
    return true;
}

/* One text, where the table's first column is. */
static bool is_note(const struct frame *frame, const struct row *row)
{
    size_t n = 0, at = 0;
    double number;
    for (size_t i = 0; i < row->n_cells; i++) {
        if (!slice_trim(row->cells[i]).len)
            continue;
        n++;
        at = i;
    }
    return n == 1 && at <= frame_sums_first_filled(&frame->sums) && rows_n_columns(frame->rows) > 1 &&
           !number_parse(slice_trim(row->cells[at]), frame->rows->options.decimal, &number);
}

static bool may_be_tail(const struct frame *frame, const struct row *row)
{
    if (row->fault || n_pending(frame) > FRAME_MOST_NOTES)
        return false;
    return is_empty(row) || (frame->rows->options.has_footnotes && is_note(frame, row));
}

/* The end of a table: the row that may be a total is judged, and what is left are notes. */
static enum comity_status end_table(struct frame *frame, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    size_t candidate = frame->first + frame->n_ready, at = candidate + frame->has_candidate;
    while (at < frame->n_held && !status) {
        status = add_footnote(frame, &frame->held[at].row, err);
        if (!status)
            drop(frame, at);
    }
    if (!status)
        status = release(frame, true, err);
    frame_sums_clear(&frame->sums);
    return status;
}

/* Whether the recipe says that this row is a total. */
static bool is_labelled(struct frame *frame, const struct row *row)
{
    const struct rows_options *options = &frame->rows->options;
    if (options->totals != TOTALS_LABELLED || row->fault)
        return false;
    if (frame->label_column < 0)
        frame->label_column = rows_column(frame->rows, options->total_column);
    if (frame->label_column < 0 || (size_t)frame->label_column >= row->n_cells)
        return false;
    struct slice cell = slice_trim(row->cells[frame->label_column]);
    for (size_t i = 0; i < options->n_total_labels; i++)
        if (slice_equal_nocase(cell, options->total_labels[i]))
            return true;
    return false;
}

/* Takes in one row of the file; *is_plain when it is data that can be given as it stands. */
static enum comity_status take(struct frame *frame, const struct row *row, bool *is_plain, struct comity_error *err)
{
    enum totals_mode mode = frame->rows->options.totals;
    enum comity_status status = COMITY_OK;
    if (is_labelled(frame, row)) {
        struct total_judgement judged = {0};
        status = release(frame, false, err);
        if (status)
            return status;
        frame_sums_judge(&frame->sums, row, &judged);
        if (frame->sums.is_starved)
            return error_nomem(err);
        return add_total(frame, row, &judged, err);
    }
    if (may_be_tail(frame, row))
        return hold(frame, row, err);
    status = release(frame, false, err);
    if (status)
        return status;
    bool is_candidate = mode == TOTALS_AUTO && !row->fault;
    *is_plain = !is_candidate && !frame->n_ready;
    if (!is_candidate && !frame_sums_add(&frame->sums, row))
        return error_nomem(err);
    if (*is_plain)
        return COMITY_OK;
    status = hold(frame, row, err);
    frame->has_candidate = !status && is_candidate;
    frame->n_ready += !status && !is_candidate;
    return status;
}

enum comity_status frame_next(struct frame *frame, struct row *row, bool *has_row, struct comity_error *err)
{
    struct rows *rows = frame->rows;
    const struct rows_options *options = &rows->options;
    if (!options->totals && !options->has_footnotes)
        return rows->format->next(rows, row, has_row, err);
    frame_sums_begin(&frame->sums, options->totals != TOTALS_NO, options->decimal);
    let_go(&frame->given);
    while (!frame->n_ready && !frame->is_over) {
        bool is_plain = false;
        enum comity_status status = rows->format->next(rows, row, has_row, err);
        bool is_end = !*has_row || frame->n_tables != rows->n_tables;
        if (!status && is_end)
            status = end_table(frame, err);
        frame->n_tables = rows->n_tables;
        frame->sheet = rows->table;
        frame->is_over = !*has_row;
        if (!status && *has_row)
            status = take(frame, row, &is_plain, err);
        if (status || is_plain)
            return status;
    }
    *has_row = frame->n_ready > 0;
    if (*has_row)
        give(frame, row);
    return COMITY_OK;
}
