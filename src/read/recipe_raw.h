/* recipe_raw.h - the verbatim record of a row, as JSON. Private to read/. */
#ifndef READ_RECIPE_RAW_H
#define READ_RECIPE_RAW_H

#include "base/buffer.h"
#include "read/rows.h"

/* `"name":` of each column, written once. Begins with buffer_init of `names`. */
struct recipe_raw {
    struct buffer names;
    size_t *name_ends;
    size_t n_names, room;
};

void raw_release(struct recipe_raw *raw);
/* Other rows come: their names are written anew. */
void raw_restart(struct recipe_raw *raw);
/* Appends an object of column → cell, in the order of the file. What goes wrong is told by the buffer. */
void raw_add(struct recipe_raw *raw, const struct rows *rows, const struct row *row, struct buffer *out);

#endif
