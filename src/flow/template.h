/* template.h - the form as a workbook that people fill in, and such a workbook known again.
 *
 * The workbook has a sheet of entries, whose first row is hidden and holds the keys of the columns
 * (flow/entry_table.h); below it stand labels in a language, an example, and room. A sheet of help says how it is
 * filled in, a hidden one holds the lists that cells choose from, and a hidden one called "comity" what the file is:
 * the form, the domain with its version, the keys. So the file is known again in whatever language it was made, with
 * columns moved, renamed or left out, and after other programs have saved it.
 *
 * A filled one is read by a recipe that is made of the form (template_recipe), so that it is imported as any other
 * file.
 */
#ifndef FLOW_TEMPLATE_H
#define FLOW_TEMPLATE_H

#include "flow/entry_table.h"
#include "read/recipe.h"

enum {
    TEMPLATE_MOST_BYTES = 8 << 20,
    TEMPLATE_MOST_UNPACKED = 64 << 20,
    TEMPLATE_ROOM = 1000 /* rows with lists to choose from */
};

/* Writes a new one to `path`, over what is there. */
enum comity_status template_write(
    const struct entry_table *table, int language, const char *path, struct comity_error *err) COMITY_MUST_USE;
/* The same into memory. */
enum comity_status template_bytes(
    const struct entry_table *table, int language, struct buffer *out, struct comity_error *err) COMITY_MUST_USE;

/* What a file turned out to be. */
struct template_found {
    bool is_template;
    struct rows_options options; /* how to read its rows: the sheet, and what stands above the header */
    struct slice *headers;       /* of its columns */
    int *column_of;              /* what each means: a number of the table's columns, or -1 */
    size_t n;
};
/* Looks for the marks of a template in a file of these bytes; texts in the arena. One of another domain or form is
 * COMITY_INPUT; what cannot be opened as a table, or has no such marks, is none. */
enum comity_status template_find(const struct entry_table *table, struct slice bytes, struct arena *arena,
    struct template_found *out, struct comity_error *err) COMITY_MUST_USE;

struct template_source {
    struct slice code, title; /* who speaks; empty: "template", "Filled-in templates" */
};
/* The recipe of a template that was found. COMITY_INPUT when a needed column is not in it. */
enum comity_status template_recipe(const struct entry_table *table, const struct template_found *found,
    const struct template_source *source, struct recipe **out, struct comity_error *err) COMITY_MUST_USE;

#endif
