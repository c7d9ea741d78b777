/* table.h - records of any kind, made ready for matching: columns of small numbers with their distinct values.
 *
 * The matching engine knows no subject: it gets columns with a type each, and cells. Texts are folded, dates become
 * days, numbers numbers; an empty cell, or one that says that nothing is known, is code 0, "not told".
 *
 *     table_init(&table, columns, n); table_add(&table, file, cells) …; table_seal(&table)
 *
 * Sealing puts values and records into an order of what they say, so that nothing downstream can depend on the order
 * in which they came: positions count records in that order, `row` leads back. Read-only once sealed.
 */
#ifndef MATCH_TABLE_H
#define MATCH_TABLE_H

#include "base/map.h"
#include "comity.h"
#include "text/fold.h"

#define COLUMN_TYPE_TABLE(X)                                                                                           \
    X(NAME, "name")             /* of a person, a street, a town: spelled in several ways */                           \
    X(TEXT, "text")             /* several words: what counts is which of them are shared */                           \
    X(DATE, "date")             /* a day: 2016-01-18, 20160118, or days since 1970 */                                  \
    X(IDENTIFIER, "identifier") /* a number or code that may be mistyped */                                            \
    X(CATEGORY, "category")     /* one of a few words: equal or not */                                                 \
    X(NUMBER, "number")         /* a quantity: how far apart, relative to its size */                                  \
    X(COUNT, "count")           /* a whole number: how far apart */

enum column_type {
#define X(symbol, name) COLUMN_##symbol,
    COLUMN_TYPE_TABLE(X)
#undef X
        COLUMN_N_TYPES
};
/* "name"; and back, COLUMN_N_TYPES for what is no type. */
const char *column_type_name(enum column_type type);
enum column_type column_type_from_name(struct slice name);

enum { TABLE_MOST_COLUMNS = 15, TABLE_NO_DAY = INT32_MIN };

struct column_spec {
    struct slice name;
    enum column_type type;
};

/* What a cell was read as. Columns repeat themselves: to find that costs less than to fold and to find the value. */
struct known_cell {
    uint32_t code;
    uint8_t length;
    char text[27];
};

/* One column's distinct values. Code 0 is "not told". */
struct table_column {
    struct slice name;
    enum column_type type;
    uint32_t n_values;      /* with code 0 */
    struct slice *texts;    /* folded; dates as yyyymmdd, where it is a day; numbers as told */
    double *numbers;        /* NUMBER, COUNT; DATE: days since 1970, or TABLE_NO_DAY for what is no day (1999-02-31) */
    uint32_t *frequency[2]; /* by code: how many records have it; of file 0, and of all others */
    uint64_t n_told[2], n_unread;
    struct intern intern; /* while rows are added */
    struct known_cell *known;
};

struct table {
    size_t n, room;
    unsigned n_columns, n_files;
    struct table_column columns[TABLE_MOST_COLUMNS];
    uint32_t *codes; /* position × n_columns */
    uint16_t *file;
    uint64_t *row; /* by position: the number that table_add gave */
    struct folding folding;
    struct buffer *scratch;
    struct arena arena;
    bool is_sealed;
};

/* Release it whatever the status. */
enum comity_status table_init(struct table *table, const struct column_spec *columns, unsigned n_columns,
    struct comity_error *err) COMITY_MUST_USE;
void table_release(struct table *table);

/* Adds a record of file `file` (0 …) with a cell for each column. Its row is its number from 0 in order of adding. */
enum comity_status table_add(
    struct table *table, unsigned file, const struct slice *cells, struct comity_error *err) COMITY_MUST_USE;
enum comity_status table_seal(struct table *table, struct comity_error *err) COMITY_MUST_USE;

static inline uint32_t table_code(const struct table *table, size_t position, unsigned column)
{
    return table->codes[position * table->n_columns + column];
}

/* Rows are read in no order: what is asked for some rows before is there when it is needed. */
static inline void table_fetch(const struct table *table, size_t position)
{
    __builtin_prefetch(&table->codes[position * table->n_columns]);
}

#endif
