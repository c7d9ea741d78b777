/* format.h - what the readers of the formats share: the inside of `struct rows`. Private to read/.
 *
 * A format opens itself over the window (or, where it must seek, over the bytes), names the columns that it knows, and
 * then gives row after row.
 */
#ifndef READ_FORMAT_H
#define READ_FORMAT_H

#include "base/map.h"
#include "read/archive.h"
#include "read/rows.h"
#include "read/window.h"

enum { ROWS_MOST_CELLS = 65536, ROWS_MOST_LAYERS = 3 };

struct rows {
    struct rows_options options; /* as told */
    struct rows_options found;
    /* The file, and what is inside of it: each archive holds the bytes that follow. */
    struct bytes *layers[ROWS_MOST_LAYERS + 1];
    struct archive archives[ROWS_MOST_LAYERS];
    size_t n_layers, n_archives;
    struct bytes *bytes; /* the innermost layer */
    struct window window;
    struct slice memory; /* rows_open_memory */
    char *path;          /* rows_open of a file, else null */
    size_t n_tables;     /* a workbook's sheets that were opened so far, or 0 */
    struct slice table;  /* the name of the last of them */
    struct frame *frame;
    struct intern names; /* column name → column */
    struct slice *cells; /* room for the cells of one row */
    size_t room_cells;
    uint64_t n_rows;
    const char *foreign; /* see rows_foreign */
    uint64_t n_merged;   /* see rows_n_merged */
    const struct format *format;
    void *state;
    struct arena arena; /* texts of `found` */
};

struct format {
    enum comity_status (*open)(struct rows *rows, struct comity_error *err);
    /* Fills `row` but its number. Cells are set in rows->cells. */
    enum comity_status (*next)(struct rows *rows, struct row *row, bool *has_row, struct comity_error *err);
    void (*close)(struct rows *rows); /* takes a state that open() left half-made */
    void (*progress)(const struct rows *rows, uint64_t *done, uint64_t *total); /* may be null */
};
extern const struct format csv_format, json_format, xlsx_format, ods_format;

/* The archive that a workbook is. */
struct archive *rows_archive(struct rows *rows);
/* Keeps a row that stands above the header. */
enum comity_status rows_tell_title(struct rows *rows, const struct row *row, struct comity_error *err) COMITY_MUST_USE;

/* Adds a column under its name, or under "name (2)" when that is taken; a column without a name gets its number. */
enum comity_status rows_add_column(struct rows *rows, struct slice name, struct comity_error *err) COMITY_MUST_USE;
/* Makes room for n cells. */
enum comity_status rows_room_cells(struct rows *rows, size_t n, struct comity_error *err) COMITY_MUST_USE;
/* Names the columns by the cells of a header row, or 1, 2, 3 … when the file has none. */
enum comity_status rows_name_columns(
    struct rows *rows, const struct slice *cells, size_t n, struct comity_error *err) COMITY_MUST_USE;
/* Judges a row by its number of cells: pads it, forgives empty cells behind the last column, or sets row->fault (text
 * in `text`, which must stay as long as the row). */
enum comity_status rows_fit(
    struct rows *rows, struct row *row, char *text, size_t size, struct comity_error *err) COMITY_MUST_USE;

/* csv: the delimiter that the lines of `piece` agree on. */
char csv_guess_delimiter(struct slice piece, char quote);

#endif
