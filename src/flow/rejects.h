/* rejects.h - the rows that could not be taken, in a file of the same format with a column `comity_reason`, to be
 * mended and imported again; and what would mend them, grouped.
 *
 * CSV gives CSV with the same delimiter, in UTF-8; JSON and NDJSON give NDJSON; workbooks give CSV. A row that could
 * not even be cut into cells stands verbatim in the first column (NDJSON: under `comity_raw`). The file appears under
 * its name when rejects_keep is called, not before.
 */
#ifndef FLOW_REJECTS_H
#define FLOW_REJECTS_H

#include "base/map.h"
#include "read/recipe.h"

#include <stdio.h>

struct reject_group {
    struct slice mend, example; /* what would mend it; the first reason */
    uint64_t n, first_line;
};

enum { REJECTS_PATH = 4096 };
struct rejects {
    char path[REJECTS_PATH], temporary[REJECTS_PATH + 16]; /* empty: only counted */
    FILE *file;
    bool is_csv;
    char delimiter;
    struct buffer line;
    struct intern mends;
    struct reject_group *groups; /* by number of its mend */
    size_t n_groups, room_groups;
    struct arena arena;
};

/* `path`: null when rows are to be counted only. */
enum comity_status rejects_init(
    struct rejects *rejects, const char *path, const struct rows *rows, struct comity_error *err) COMITY_MUST_USE;
/* Removes the file unless it was kept. */
void rejects_release(struct rejects *rejects);

enum comity_status rejects_add(struct rejects *rejects, struct recipe_run *run, const struct rows *rows,
    const struct row *row, struct slice reason, struct slice mend, struct comity_error *err) COMITY_MUST_USE;
/* Gives the file its name. *is_kept tells whether there is one. */
enum comity_status rejects_keep(struct rejects *rejects, bool *is_kept, struct comity_error *err) COMITY_MUST_USE;

/* `.csv` or `.ndjson`, for the name of the file. */
const char *rejects_extension(const struct rows *rows);

#endif
