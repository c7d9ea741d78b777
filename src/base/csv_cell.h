/* csv_cell.h - a cell of a CSV file that people will open in a spreadsheet.
 *
 * In quotes where RFC 4180 wants them, and where a blank at an end would be lost. The caller writes commas and ends of
 * lines. What is wrong is told by the buffer.
 */
#ifndef BASE_CSV_CELL_H
#define BASE_CSV_CELL_H

#include "base/buffer.h"

/* A text that a spreadsheet would run as a formula (it begins with = + - @, also full-width, a tab or an end of line)
 * gets an apostrophe before it. */
void csv_text(struct buffer *out, struct slice text);

/* The same, but a plain signed number ("-1.5") is left as it is: for columns that hold numbers as texts. */
void csv_text_or_number(struct buffer *out, struct slice text);

#endif
