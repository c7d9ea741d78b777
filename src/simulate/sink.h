/* sink.h - a file of rows that is being written: CSV or XLSX by the ending of its name. */
#ifndef SIMULATE_SINK_H
#define SIMULATE_SINK_H

#include "base/slice.h"
#include "comity.h"

struct sink;

enum comity_status sink_open(const char *path, struct sink **out, struct comity_error *err) COMITY_MUST_USE;
/* Cells of the current row, one after another. */
void sink_text(struct sink *sink, struct slice text);
/* A number with so many decimals, without trailing zeros. */
void sink_number(struct sink *sink, double number, int decimals);
/* A day as a date cell of a workbook; in CSV as YYYY-MM-DD. */
void sink_day(struct sink *sink, int32_t day);
void sink_end_row(struct sink *sink);
/* Closes and frees. Whatever failed before is told here; the file is then incomplete. */
enum comity_status sink_close(struct sink *sink, struct comity_error *err) COMITY_MUST_USE;

#endif
