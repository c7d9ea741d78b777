/* sink.h - a file of rows that is being written: CSV, XLSX, JSON or NDJSON by the ending of its name.
 *
 * The first row is the header. In JSON it names the keys: "a.b" is the key b in an object a, and keys of one object
 * stand side by side; empty cells are null.
 */
#ifndef SIMULATE_SINK_H
#define SIMULATE_SINK_H

#include "base/slice.h"
#include "comity.h"

struct sink;

/* How a CSV looks, for whom the comma will not do. Zeroed: commas and decimal points. */
struct sink_style {
    char delimiter;
    bool has_decimal_comma; /* also in numbers that are written as text; a workbook's number cells have no mark */
};

/* `style` may be null. */
enum comity_status sink_open(
    const char *path, const struct sink_style *style, struct sink **out, struct comity_error *err) COMITY_MUST_USE;
/* The rows that follow stand in another sheet of this name, under the same header. Before any cell was written: the
 * first sheet has this name. Nothing but a workbook has sheets. */
void sink_sheet(struct sink *sink, const char *name);
/* Cells of the current row, one after another. */
void sink_text(struct sink *sink, struct slice text);
/* A number with so many decimals, without trailing zeros. */
void sink_number(struct sink *sink, double number, int decimals);
/* A day as a date cell of a workbook; elsewhere as YYYY-MM-DD. */
void sink_day(struct sink *sink, int32_t day);
void sink_end_row(struct sink *sink);
/* Closes and frees. Whatever failed before is told here; the file is then incomplete. */
enum comity_status sink_close(struct sink *sink, struct comity_error *err) COMITY_MUST_USE;

/* The number as sink_number writes it; returns its length. */
size_t sink_number_text(char *text, size_t size, double number, int decimals, bool has_decimal_comma);

#endif
