/* match_files.h - files as a table to be matched: which columns to compare, and as what, comes from a pack.
 *
 *     columns:
 *       surname: name
 *       born: date
 *
 * A pack says nothing else: how columns are compared follows from their types and from the data.
 */
#ifndef FLOW_MATCH_FILES_H
#define FLOW_MATCH_FILES_H

#include "base/progress.h"
#include "match/table.h"

struct match_pack {
    struct column_spec columns[TABLE_MOST_COLUMNS];
    unsigned n_columns;
    struct arena arena;
};

/* Reads a pack. COMITY_INPUT with the line for anything but columns of known types. Release it whatever the status. */
enum comity_status match_pack_load(const char *path, struct match_pack *out, struct comity_error *err) COMITY_MUST_USE;
/* The same of a text; `name` is for messages. */
enum comity_status match_pack_parse(
    struct slice text, const char *name, struct match_pack *out, struct comity_error *err) COMITY_MUST_USE;
void match_pack_release(struct match_pack *pack);

/* Reads the files one after another (any format of read/rows.h) and seals the table; `first_row` has n_files + 1
 * elements and tells the rows of each file. A row that cannot be read ends it with an error that says where: rows are
 * named by their numbers, none may be missing. Release the table whatever the status. */
enum comity_status match_files_read(const struct match_pack *pack, const char *const *paths, size_t n_files,
    const struct progress *progress, struct table *out, uint64_t *first_row, struct comity_error *err) COMITY_MUST_USE;

#endif
