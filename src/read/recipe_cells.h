/* recipe_cells.h - the cells that a recipe reads: those of the file, and those that it makes by split, join and
 * unpivot.
 *
 * A reference is a small number for a column name. References are resolved when the run begins, and again when the file
 * brings new columns (JSON). Private to read/.
 */
#ifndef READ_RECIPE_CELLS_H
#define READ_RECIPE_CELLS_H

#include "read/recipe_form.h"

struct cell_ref {
    struct slice name;
    ptrdiff_t column;              /* in the file, or */
    uint32_t made;                 /* of those that the recipe makes; INTERN_NONE: none of these */
    const struct yaml_texts *also; /* other names that the column may have; may be null */
    bool is_optional;              /* the file need not have it */
};

struct recipe_cells {
    const struct recipe *recipe;
    const struct rows *rows;
    size_t n_columns; /* when the references were resolved */
    struct cell_ref *refs;
    size_t n_refs, room_refs;
    struct intern made_names;
    struct slice *made;
    uint32_t unpivot_name, unpivot_value, unpivot_unit; /* the last: INTERN_NONE without one */
    struct arena scratch;                               /* joined cells of one row */
};

enum comity_status cells_init(struct recipe_cells *cells, const struct recipe *recipe, const struct rows *rows,
    struct comity_error *err) COMITY_MUST_USE;
void cells_release(struct recipe_cells *cells);

/* The reference of a column name. */
enum comity_status cells_ref(
    struct recipe_cells *cells, struct slice name, size_t *ref, struct comity_error *err) COMITY_MUST_USE;
/* The same for a column that may have other names, or not be there: then its cells are empty. */
enum comity_status cells_ref_also(struct recipe_cells *cells, struct slice name, const struct yaml_texts *also,
    bool is_optional, size_t *ref, struct comity_error *err) COMITY_MUST_USE;
/* Resolves all references. COMITY_INPUT when a column is not in the file, with the name that was probably meant. JSON
 * need not have all columns, but one at least. */
enum comity_status cells_resolve(struct recipe_cells *cells, struct comity_error *err) COMITY_MUST_USE;

/* Begins a row: makes split and joined cells; *n_parts is the number of mentions that it may yield. */
enum comity_status cells_begin_row(
    struct recipe_cells *cells, const struct row *row, size_t *n_parts, struct comity_error *err) COMITY_MUST_USE;
/* Goes to one part; false when a filter or an empty unpivoted cell leaves it out. The part behind those of the
 * unpivoted columns, if there is one, is the row as a whole. */
bool cells_set_part(struct recipe_cells *cells, const struct row *row, size_t part);
/* The name of the column that the part was unpivoted from, or empty. */
struct slice cells_part_name(const struct recipe_cells *cells, size_t part);

static inline bool cells_is_row_part(const struct recipe_cells *cells, size_t part)
{
    const struct yaml_unpivot *unpivot = cells->recipe->yaml->unpivot;
    return unpivot && part == unpivot->columns.n;
}
/* How many mentions a row may give at most. */
static inline size_t cells_most_parts(const struct recipe *recipe)
{
    const struct yaml_unpivot *unpivot = recipe->yaml->unpivot;
    return unpivot ? (size_t)unpivot->columns.n + recipe->has_row_part : 1;
}

static inline struct slice cells_get(const struct recipe_cells *cells, const struct row *row, size_t ref)
{
    const struct cell_ref *at = &cells->refs[ref];
    if (at->made != INTERN_NONE)
        return cells->made[at->made];
    return at->column >= 0 && (size_t)at->column < row->n_cells ? row->cells[at->column] : SLICE_EMPTY;
}

#endif
