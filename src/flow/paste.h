/* paste.h - rows that people paste from a spreadsheet, as entries: cells between tabs, with or without a header.
 *
 * With a header, columns are what it calls them (flow/entry_table.h); without one, those of the template in its order.
 * Rows with the same case number are one entry with a line each; so is a row that says nothing of a case, with the row
 * above it. Each entry is read by entry_read(), as the form would.
 *
 * A row that cannot be made part of an entry says why and is kept apart: nothing of it is lost. Pure; all texts live in
 * the arena or are the text's own.
 */
#ifndef FLOW_PASTE_H
#define FLOW_PASTE_H

#include "flow/entry_table.h"

enum { PASTE_MOST_ROWS = 200, PASTE_MOST_COLUMNS = 200, PASTE_NO_ENTRY = -1 };

struct paste_row {
    struct slice raw; /* as it stood, without the line's end */
    const struct slice *cells;
    size_t n_cells;
    int entry;         /* PASTE_NO_ENTRY: none */
    unsigned line;     /* of the entry's parts */
    const char *fault; /* why it is of no entry: English, marked for translation; null: nothing */
    int odd_column;    /* where another row of its case says something else: a column of the table; -1: nowhere */
};

struct paste_entry {
    struct entry_content content;
    struct entry_reading reading;
    struct slice title;
    size_t room; /* for cells, while they are gathered */
    size_t first_row, n_rows;
    bool has_conflict; /* its rows contradict each other: it is not to be submitted as it stands */
    uint64_t print[2]; /* a fingerprint of what it says, and of how many before it said the same */
};

struct paste {
    bool has_header;
    struct slice header; /* as it stood */
    const struct slice *headers;
    int *column_of; /* of each column: of the table, or -1 */
    size_t n_columns;
    size_t n_unknown; /* columns that mean nothing here */
    struct paste_row *rows;
    size_t n_rows;
    struct paste_entry *entries;
    size_t n_entries;
};

struct paste_asking {
    const struct entry_table *table;
    struct slice text;
    struct slice agency;    /* what stands under this key where a case does not say; empty: nothing */
    const char *agency_key; /* of the form's input for it; "": it has none */
    int64_t now;
    int language;
};
/* COMITY_LIMIT when there are more rows or columns than that. */
enum comity_status paste_read(const struct paste_asking *asking, struct arena *arena, struct paste *out,
    struct comity_error *err) COMITY_MUST_USE;

/* Rows of a table with its header, as text that paste_read() takes: what was uploaded goes the way of what is pasted.
 */
void paste_write_row(const struct slice *cells, size_t n, struct buffer *out);

#endif
