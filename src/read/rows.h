/* rows.h - files as a stream of rows: CSV, TSV, XLSX, ODS, JSON, NDJSON, GeoJSON, and gzip, zstd or ZIP around them.
 *
 * Memory does not grow with the file. A row's cells are UTF-8 slices that are good until the next call. Columns are
 * known by name (the header row, or the keys of JSON objects; nested keys joined with a dot). JSON may bring new keys
 * later: then columns are added at the end, and older rows simply have fewer cells.
 *
 * A row that cannot be read (an open quote at the end, bytes that are no text, too long) does not end the stream: it
 * comes with `fault` set and its raw text in `raw`, so that it can go to the rejects. Only I/O, memory, and a file that
 * is no such format at all end the stream with an error, which names file, line and column. A file with nothing in it
 * is such an error too.
 */
#ifndef READ_ROWS_H
#define READ_ROWS_H

#include "base/buffer.h"
#include "base/slice.h"
#include "comity.h"
#include "read/frame.h"
#include "value/value.h"

enum row_format { ROWS_AUTO, ROWS_CSV, ROWS_XLSX, ROWS_JSON, ROWS_NDJSON, ROWS_ODS };
/* "csv", for receipts and messages. */
const char *row_format_name(enum row_format format);

/* Rows that sum up others: none are looked for; found out; or those with a label in a column (frame.h). */
enum totals_mode { TOTALS_NO, TOTALS_AUTO, TOTALS_LABELLED };

/* Of cells of a workbook that are merged downward: the first row has the value; the same, but they are counted; or the
 * rows that they cover have it too. */
enum merged_mode { MERGED_FIRST, MERGED_COUNT, MERGED_FILL };

/* What the recipe or the sniffer says of the file. Zeroed: find out. */
struct rows_options {
    enum row_format format;
    char delimiter;        /* csv; 0: find out */
    char quote;            /* csv; 0: '"' */
    struct slice encoding; /* "utf-8", "latin-1", "windows-1252"; empty: find out */
    struct slice member;   /* of a ZIP archive: a name or a pattern; empty: the only one */
    struct slice sheet;    /* workbooks; empty: the first with rows. "*": all with the same header, one after another */
    uint32_t skip_lines;   /* lines (workbooks: rows) above the header */
    uint32_t header_rows;  /* 0: 1. More are joined: header.h */
    bool has_no_header;    /* columns are named 1, 2, 3 … */
    enum totals_mode totals;
    struct slice total_column; /* TOTALS_LABELLED: the column and its words, compared without case */
    const struct slice *total_labels;
    size_t n_total_labels;
    bool has_footnotes;        /* notes may stand behind the table */
    enum merged_mode merged;   /* workbooks */
    enum decimal_mark decimal; /* of the numbers that totals are compared with */
    uint64_t most_unpacked; /* bytes that packed data, or a member of an archive, may unpack to; 0: any honest number */
};

struct row {
    const struct slice *cells;
    size_t n_cells;
    uint64_t number;   /* of the data row, from 1 */
    uint64_t line;     /* where it begins, from 1 (workbooks: the sheet's row; json: the line) */
    struct slice raw;  /* csv, json: the bytes as they stood (as UTF-8), without the line end; workbooks: empty */
    const char *fault; /* null, or why the row could not be read; cells and raw may then be no UTF-8 */
    const char *note;  /* null, or what is odd about a row that was read: a cell that holds an error */
};

struct rows;

/* Opens a path, or standard input for "-". */
enum comity_status rows_open(
    const char *path, const struct rows_options *options, struct rows **out, struct comity_error *err) COMITY_MUST_USE;
/* The same over bytes in memory (tests, fuzzing, uploads); `bytes` must stay. */
enum comity_status rows_open_memory(struct slice bytes, const struct rows_options *options, struct rows **out,
    struct comity_error *err) COMITY_MUST_USE;
void rows_close(struct rows *rows);

/* The next row; *has_row is false at the end. */
enum comity_status rows_next(
    struct rows *rows, struct row *row, bool *has_row, struct comity_error *err) COMITY_MUST_USE;

size_t rows_n_columns(const struct rows *rows);
struct slice rows_column_name(const struct rows *rows, size_t column);
/* The column with this name (exact; else trimmed and without case), or -1. */
ptrdiff_t rows_column(const struct rows *rows, struct slice name);
/* What was found or told: format, delimiter, encoding, sheet. Slices live as long as `rows`. */
const struct rows_options *rows_found(const struct rows *rows);
/* Titles, totals and footnotes so far: all of them when the last row was read. */
const struct frame_found *rows_frame(const struct rows *rows);
/* With MERGED_COUNT: how many cells are merged downward below the header, as far as the file was read. */
uint64_t rows_n_merged(const struct rows *rows);
/* Null, or what the file seems to be rather than a table: "a YAML file", "a web page". It was read as a table all the
 * same. */
const char *rows_foreign(const struct rows *rows);
/* Bytes of the file consumed so far, and its size (0: not known), for progress. */
void rows_progress(const struct rows *rows, uint64_t *done, uint64_t *total);

#endif
