/* Order: split, join (which may join split cells), unpivot, filter (which may look at all of them). References to the
 * columns that these steps read come first in `refs`, in the order of the recipe, so that a row walks them with a
 * counter. */
#include "read/recipe_cells.h"

#include "base/array.h"
#include "base/error.h"
#include "text/distance.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static enum comity_status make_names(struct recipe_cells *cells, struct comity_error *err)
{
    const struct recipe_yaml *yaml = cells->recipe->yaml;
    bool is_ok = true;
    for (unsigned i = 0; i < yaml->n_split; i++)
        for (unsigned j = 0; j < yaml->split[i].into.n; j++)
            is_ok &= intern_put(&cells->made_names, slice_from(yaml->split[i].into.list[j])) != INTERN_NONE;
    for (unsigned i = 0; i < yaml->n_join; i++)
        is_ok &= intern_put(&cells->made_names, slice_from(yaml->join[i].into)) != INTERN_NONE;
    if (yaml->unpivot) {
        cells->unpivot_name = intern_put(&cells->made_names, slice_from(yaml->unpivot->name));
        cells->unpivot_value = intern_put(&cells->made_names, slice_from(yaml->unpivot->value));
        is_ok &= cells->unpivot_name != INTERN_NONE && cells->unpivot_value != INTERN_NONE;
        if (yaml->unpivot->unit) {
            cells->unpivot_unit = intern_put(&cells->made_names, slice_from(yaml->unpivot->unit));
            is_ok &= cells->unpivot_unit != INTERN_NONE;
        }
    }
    cells->made = calloc(cells->made_names.count + 1, sizeof *cells->made);
    return is_ok && cells->made ? COMITY_OK : error_nomem(err);
}

static enum comity_status add_texts(
    struct recipe_cells *cells, const struct yaml_texts *texts, struct comity_error *err)
{
    enum comity_status status = COMITY_OK;
    size_t ref;
    for (unsigned i = 0; i < texts->n && !status; i++)
        status = cells_ref(cells, slice_from(texts->list[i]), &ref, err);
    return status;
}

/* The references of the steps; cells_begin_row and cells_set_part rely on their order. */
static enum comity_status add_step_refs(struct recipe_cells *cells, struct comity_error *err)
{
    const struct recipe_yaml *yaml = cells->recipe->yaml;
    enum comity_status status = COMITY_OK;
    size_t ref;
    for (unsigned i = 0; i < yaml->n_split && !status; i++)
        status = cells_ref(cells, slice_from(yaml->split[i].column), &ref, err);
    for (unsigned i = 0; i < yaml->n_join && !status; i++)
        status = add_texts(cells, &yaml->join[i].columns, err);
    if (yaml->unpivot && !status)
        status = add_texts(cells, &yaml->unpivot->columns, err);
    for (unsigned i = 0; i < yaml->n_filter && !status; i++)
        status = cells_ref(cells, slice_from(yaml->filter[i].column), &ref, err);
    return status;
}

enum comity_status cells_init(
    struct recipe_cells *cells, const struct recipe *recipe, const struct rows *rows, struct comity_error *err)
{
    *cells = (struct recipe_cells){.recipe = recipe, .rows = rows, .unpivot_unit = INTERN_NONE};
    enum comity_status status = make_names(cells, err);
    return status ? status : add_step_refs(cells, err);
}

void cells_release(struct recipe_cells *cells)
{
    free(cells->refs);
    free(cells->made);
    intern_release(&cells->made_names);
    arena_release(&cells->scratch);
}

enum comity_status cells_ref(struct recipe_cells *cells, struct slice name, size_t *ref, struct comity_error *err)
{
    return cells_ref_also(cells, name, NULL, false, ref, err);
}

enum comity_status cells_ref_also(struct recipe_cells *cells, struct slice name, const struct yaml_texts *also,
    bool is_optional, size_t *ref, struct comity_error *err)
{
    if (!ARRAY_ROOM(cells->refs, cells->n_refs, cells->room_refs, 1))
        return error_nomem(err);
    *ref = cells->n_refs;
    cells->refs[cells->n_refs++] = (struct cell_ref){name, -1, intern_get(&cells->made_names, name), also, is_optional};
    return COMITY_OK;
}

/* ---- resolving ----------------------------------------------------------------------------------------------- */

static void hint_columns(const struct recipe_cells *cells, struct slice name, struct comity_error *err)
{
    char list[200] = "";
    size_t n = rows_n_columns(cells->rows), used = 0, best = SIZE_MAX;
    struct slice near = SLICE_EMPTY;
    for (size_t i = 0; i < n; i++) {
        struct slice column = rows_column_name(cells->rows, i);
        if (distance_is_nearer(name, column, &best))
            near = column;
        if (used + column.len + 3 < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%.*s", used ? ", " : "", SLICE_ARG(column));
    }
    if (near.len)
        error_hint(err, "did you mean '%.*s'?", SLICE_ARG(near));
    else
        error_hint(err, "the file has: %s", list);
}

/* The column under its name, or else under the first of its other names that the file has. */
static ptrdiff_t find_column(const struct rows *rows, const struct cell_ref *ref)
{
    ptrdiff_t column = rows_column(rows, ref->name);
    for (unsigned i = 0; column < 0 && ref->also && i < ref->also->n; i++)
        column = rows_column(rows, slice_from(ref->also->list[i]));
    return column;
}

enum comity_status cells_resolve(struct recipe_cells *cells, struct comity_error *err)
{
    const struct cell_ref *missing = NULL;
    size_t n_found = 0, n_needed = 0;
    enum row_format format = rows_found(cells->rows)->format;
    cells->n_columns = rows_n_columns(cells->rows);
    for (size_t i = 0; i < cells->n_refs; i++) {
        struct cell_ref *ref = &cells->refs[i];
        if (ref->made != INTERN_NONE)
            continue;
        ref->column = find_column(cells->rows, ref);
        if (ref->is_optional && ref->column < 0)
            continue;
        n_needed++;
        n_found += ref->column >= 0;
        if (ref->column < 0 && !missing)
            missing = ref;
    }
    bool is_sparse = format == ROWS_JSON || format == ROWS_NDJSON;
    if (!missing || (is_sparse && (n_found || !n_needed || !cells->n_columns)))
        return COMITY_OK;
    error_set(err, COMITY_INPUT, "the file has no column '%.*s' that the recipe '%.*s' reads", SLICE_ARG(missing->name),
        SLICE_ARG(cells->recipe->id));
    const char *foreign = rows_foreign(cells->rows);
    if (foreign)
        error_hint(err, "this seems to be %s, not a table", foreign);
    else
        hint_columns(cells, missing->name, err);
    return COMITY_INPUT;
}

/* ---- one row ------------------------------------------------------------------------------------------------- */

/* The last piece takes what is left. */
static void split_cell(struct recipe_cells *cells, const struct yaml_split *split, struct slice cell)
{
    struct slice at = slice_from(split->at);
    for (unsigned i = 0; i < split->into.n; i++) {
        ptrdiff_t found = i + 1 < split->into.n ? slice_find(cell, at) : -1;
        struct slice piece = found < 0 ? cell : slice_of(cell.ptr, (size_t)found);
        cell = found < 0 ? SLICE_EMPTY : slice_of(piece.ptr + piece.len + at.len, cell.len - piece.len - at.len);
        cells->made[intern_get(&cells->made_names, slice_from(split->into.list[i]))] = slice_trim(piece);
    }
}

/* Of at most nine digits, so that a sum of all cells of a row cannot overflow. */
static bool add_whole(struct slice cell, uint64_t *sum)
{
    uint64_t number = 0;
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.ptr[i] < '0' || cell.ptr[i] > '9')
            return false;
        number = number * 10 + (uint64_t)(cell.ptr[i] - '0');
    }
    *sum += number;
    return cell.len <= 9;
}

/* The sum of whole numbers; false where a cell is none, or all are empty: then they are joined, so that it is seen. */
static bool sum_cells(struct recipe_cells *cells, const struct row *row, const struct yaml_join *join, size_t first_ref,
    struct slice *out)
{
    char digits[24];
    uint64_t sum = 0;
    bool is_said = false;
    for (unsigned i = 0; i < join->columns.n; i++) {
        struct slice cell = slice_trim(cells_get(cells, row, first_ref + i));
        is_said = is_said || cell.len;
        if (!add_whole(cell, &sum))
            return false;
    }
    snprintf(digits, sizeof digits, "%llu", (unsigned long long)sum);
    *out = arena_copy(&cells->scratch, slice_from(digits));
    return is_said && out->ptr;
}

static bool join_cells(
    struct recipe_cells *cells, const struct row *row, const struct yaml_join *join, size_t first_ref)
{
    /* Numbers beside each other would read as one. */
    struct slice with = join->sum && !join->with ? SLICE(" + ") : slice_from(join->with), *made;
    size_t len = 0, used = 0;
    made = &cells->made[intern_get(&cells->made_names, slice_from(join->into))];
    if (join->sum && sum_cells(cells, row, join, first_ref, made))
        return true;
    for (unsigned i = 0; i < join->columns.n; i++)
        len += cells_get(cells, row, first_ref + i).len + with.len;
    char *text = arena_alloc(&cells->scratch, len + 1);
    if (!text)
        return false;
    for (unsigned i = 0; i < join->columns.n; i++) {
        struct slice cell = slice_trim(cells_get(cells, row, first_ref + i));
        if (!cell.len)
            continue;
        if (used && with.len)
            memcpy(text + used, with.ptr, with.len);
        used += used ? with.len : 0;
        memcpy(text + used, cell.ptr, cell.len);
        used += cell.len;
    }
    *made = slice_of(text, used);
    return true;
}

enum comity_status cells_begin_row(
    struct recipe_cells *cells, const struct row *row, size_t *n_parts, struct comity_error *err)
{
    const struct recipe_yaml *yaml = cells->recipe->yaml;
    size_t ref = yaml->n_split;
    if (rows_n_columns(cells->rows) != cells->n_columns) {
        enum comity_status status = cells_resolve(cells, err);
        if (status)
            return status;
    }
    *n_parts = cells_most_parts(cells->recipe);
    if (!yaml->n_split && !yaml->n_join)
        return COMITY_OK;
    arena_reset(&cells->scratch);
    for (unsigned i = 0; i < yaml->n_split; i++)
        split_cell(cells, &yaml->split[i], cells_get(cells, row, i));
    for (unsigned i = 0; i < yaml->n_join; i++) {
        if (!join_cells(cells, row, &yaml->join[i], ref))
            return error_nomem(err);
        ref += yaml->join[i].columns.n;
    }
    return COMITY_OK;
}

static bool is_one_of(struct slice cell, const struct yaml_texts *texts)
{
    for (unsigned i = 0; i < texts->n; i++)
        if (slice_equal_nocase(cell, slice_trim(slice_from(texts->list[i]))))
            return true;
    return false;
}

static bool is_nothing(const struct recipe *recipe, struct slice cell)
{
    for (size_t i = 0; i < recipe->n_null_tokens; i++)
        if (slice_equal_nocase(cell, recipe->null_tokens[i]))
            return true;
    return !cell.len;
}

/* Makes the cells of an unpivoted column; false when it is left out. */
static bool set_unpivoted(struct recipe_cells *cells, const struct row *row, size_t first_ref, size_t part)
{
    const struct yaml_unpivot *unpivot = cells->recipe->yaml->unpivot;
    bool is_row = cells_is_row_part(cells, part);
    bool skips = !unpivot->skip_empty || *unpivot->skip_empty;
    struct slice cell = is_row ? SLICE_EMPTY : slice_trim(cells_get(cells, row, first_ref + part));
    if (!is_row && skips && is_nothing(cells->recipe, cell))
        return false;
    cells->made[cells->unpivot_name] = is_row ? SLICE_EMPTY : cells->recipe->part_names[part];
    cells->made[cells->unpivot_value] = cell;
    if (cells->unpivot_unit != INTERN_NONE)
        cells->made[cells->unpivot_unit] = is_row ? SLICE_EMPTY : cells->recipe->part_units[part];
    return true;
}

bool cells_set_part(struct recipe_cells *cells, const struct row *row, size_t part)
{
    const struct recipe_yaml *yaml = cells->recipe->yaml;
    size_t ref = yaml->n_split;
    for (unsigned i = 0; i < yaml->n_join; i++)
        ref += yaml->join[i].columns.n;
    if (yaml->unpivot) {
        if (!set_unpivoted(cells, row, ref, part))
            return false;
        ref += yaml->unpivot->columns.n;
    }
    for (unsigned i = 0; i < yaml->n_filter; i++) {
        const struct yaml_filter *filter = &yaml->filter[i];
        struct slice cell = slice_trim(cells_get(cells, row, ref + i));
        if (filter->equals.n ? !is_one_of(cell, &filter->equals) : is_one_of(cell, &filter->not ))
            return false;
    }
    return true;
}

struct slice cells_part_name(const struct recipe_cells *cells, size_t part)
{
    const struct yaml_unpivot *unpivot = cells->recipe->yaml->unpivot;
    return unpivot && part < unpivot->columns.n ? slice_from(unpivot->columns.list[part]) : SLICE_EMPTY;
}
