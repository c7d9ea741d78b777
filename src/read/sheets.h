/* sheets.h - what the readers of workbooks share: choosing a sheet, its header, one sheet after another. Private to
 * read/.
 *
 * A kind of workbook opens its sheets by number and gives their rows in `pieces`; the rest is here.
 */
#ifndef READ_SHEETS_H
#define READ_SHEETS_H

#include "read/header.h"
#include "read/merged.h"
#include "read/pieces.h"
#include "read/xml.h"

enum { SHEET_MOST_COLUMNS = 16384 };

struct sheets {
    struct xml part;
    struct slice name;      /* of the open sheet */
    size_t sheet;           /* its number, from 0 */
    bool is_open, has_kept; /* has_kept: the row in `pieces` is data that was read to name the columns */
    struct pieces pieces;   /* one row */
    uint64_t row_number;    /* of it, in the sheet */
    struct merges merges;   /* of the header rows; filled where there is more than one of them */
    bool wants_merges;
    struct merged merged; /* of the data; filled with MERGED_FILL */
    uint64_t header_line; /* of the open sheet's last header row; 0: it has none */
    struct slice header;  /* the first sheet's header, to compare those of "*" */
    struct buffer joined;
    char fault[96], note[96]; /* of the row */
};

/* The state of a format begins with `struct sheets`. */
struct sheet_kind {
    /* Opens a sheet and sets `name`; *has_sheet is false when there are no more. */
    enum comity_status (*open)(struct rows *rows, size_t sheet, bool *has_sheet, struct comity_error *err);
    /* The next row that has a cell, into `pieces`, `row_number` and `note`. */
    enum comity_status (*next)(struct rows *rows, bool *has_row, struct comity_error *err);
};

void sheets_init(struct sheets *sheets, const struct rows *rows);
void sheets_release(struct sheets *sheets);
/* Opens the sheet that the options name, or the first with rows, and names the columns. */
enum comity_status sheets_begin(
    struct rows *rows, const struct sheet_kind *kind, struct comity_error *err) COMITY_MUST_USE;
enum comity_status sheets_next(struct rows *rows, const struct sheet_kind *kind, struct row *row, bool *has_row,
    struct comity_error *err) COMITY_MUST_USE;
/* Tells of a cell that is merged downward, before the row that it begins in is given, or, where they are only counted,
 * at any time. What begins in the header or above it is no data. */
enum comity_status sheets_add_merged(
    struct rows *rows, uint64_t first, uint64_t last, size_t column, struct comity_error *err) COMITY_MUST_USE;
void sheets_progress(const struct rows *rows, uint64_t *done, uint64_t *total);

/* Appends a number as a cell shows it: digits that are the shortest already stay as they are. */
void sheets_add_number(struct buffer *out, struct slice digits);

#endif
