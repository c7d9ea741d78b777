/* print.h - writing cells so that programs read them as they were meant. */
#ifndef CLI_PRINT_H
#define CLI_PRINT_H

#include "base/buffer.h"

/* Quoted where needed (RFC 4180); a text that a spreadsheet would run as a formula gets an apostrophe before it. */
void print_csv_cell(struct buffer *out, struct slice text);

#endif
