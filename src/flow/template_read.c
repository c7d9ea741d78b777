/* A template is known by its hidden sheet; where a program has saved only one sheet, by the row of keys. */
#include "base/error.h"
#include "base/json.h"
#include "flow/template.h"
#include "flow/template_marks.h"

#include <stdio.h>

enum { LOOKED_AT = 30, LEAST_KEYS = 3, RECIPE_CAP = 1 << 18 };

struct finding {
    const struct entry_table *table;
    struct slice bytes;
    struct arena *arena;
    struct template_found *out;
    struct slice sheet;  /* as the marks say */
    bool has_marks;      /* the hidden sheet is there */
    uint64_t key_line;   /* 0: there is no row of keys */
    uint64_t label_line; /* the row behind it, where that is a header; else 0 */
    bool is_of_other;    /* the marks are of another domain or form */
    struct slice other;  /* which */
    struct comity_error *err;
};

/* ---- the marks -------------------------------------------------------------------------------------------------- */

static bool keep_text(struct finding *f, struct slice text, struct slice *out)
{
    *out = arena_copy(f->arena, slice_trim(text));
    return out->ptr != NULL;
}

static bool read_mark(struct finding *f, struct slice name, struct slice value)
{
    const struct domain *domain = f->table->domain;
    bool is_domain = slice_is(name, TEMPLATE_DOMAIN), is_form = slice_is(name, TEMPLATE_FORM);
    f->has_marks = f->has_marks || slice_is(name, TEMPLATE_MARK);
    if (slice_is(name, TEMPLATE_SHEET))
        return keep_text(f, value, &f->sheet);
    if ((is_domain && !slice_equal(value, domain->id)) || (is_form && !slice_equal(value, domain->form->id))) {
        f->is_of_other = true;
        return keep_text(f, value, &f->other);
    }
    return true;
}

/* What cannot be opened has no marks; only memory is an error here. */
static enum comity_status open_or_none(struct finding *f, const struct rows_options *options, struct rows **rows)
{
    *rows = NULL;
    struct rows_options bounded = *options;
    bounded.most_unpacked = TEMPLATE_MOST_UNPACKED;
    enum comity_status status = rows_open_memory(f->bytes, &bounded, rows, NULL);
    return status == COMITY_NOMEM ? error_nomem(f->err) : COMITY_OK;
}

static enum comity_status read_marks(struct finding *f)
{
    struct rows_options options = {.sheet = SLICE(TEMPLATE_MARKS), .has_no_header = true};
    struct rows *rows;
    struct row row;
    bool has_row = true;
    enum comity_status status = open_or_none(f, &options, &rows);
    bool is_book = rows && (rows_found(rows)->format == ROWS_XLSX || rows_found(rows)->format == ROWS_ODS);
    while (is_book && !status && rows_next(rows, &row, &has_row, NULL) == COMITY_OK && has_row)
        if (row.n_cells >= 2 && !read_mark(f, slice_trim(row.cells[0]), slice_trim(row.cells[1])))
            status = error_nomem(f->err);
    rows_close(rows);
    return status;
}

/* ---- the rows of keys and labels -------------------------------------------------------------------------------- */

static size_t n_told(const struct row *row)
{
    size_t n = 0;
    for (size_t i = 0; i < row->n_cells; i++)
        n += slice_trim(row->cells[i]).len > 0;
    return n;
}

static bool is_key_row(const struct finding *f, const struct row *row)
{
    size_t n = 0;
    for (size_t i = 0; i < row->n_cells; i++)
        n += entry_table_find(f->table, slice_trim(row->cells[i])) >= 0;
    return n >= LEAST_KEYS && n * 2 > n_told(row);
}

static enum comity_status keep_keys(struct finding *f, const struct row *row)
{
    f->key_line = row->line;
    f->out->n = row->n_cells;
    f->out->column_of = ARENA_ARRAY(f->arena, int, row->n_cells + 1);
    if (!f->out->column_of)
        return error_nomem(f->err);
    for (size_t i = 0; i < row->n_cells; i++)
        f->out->column_of[i] = entry_table_find(f->table, slice_trim(row->cells[i]));
    return COMITY_OK;
}

/* Every column of a template as it was written: what was rejected of one has its header, and no marks. */
static bool is_whole(const struct finding *f, size_t n_found)
{
    return n_found == f->table->n;
}

static bool has_digit(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9')
            return true;
    return false;
}

/* Below the keys stands the header, however people renamed it, unless somebody deleted it: data has a date or a number
 * where the keys say so. */
static bool has_data(const struct finding *f, const struct row *row)
{
    for (size_t i = 0; i < row->n_cells && i < f->out->n; i++) {
        int column = f->out->column_of[i];
        enum value_type type = column < 0 ? VALUE_TEXT : f->table->columns[column].place.input->field->spec.type;
        bool is_number = type == VALUE_DATE || type == VALUE_QUANTITY || type == VALUE_COUNT;
        if (is_number && has_digit(row->cells[i]))
            return true;
    }
    return false;
}

/* A few labels that are left make a header; a row of data has next to none. */
static enum comity_status is_label_row(struct finding *f, const struct row *row, bool *is_label)
{
    size_t n_found = 0;
    int *column_of = ARENA_ARRAY(f->arena, int, row->n_cells + 1);
    if (!column_of)
        return error_nomem(f->err);
    enum comity_status status =
        entry_table_match(f->table, row->cells, row->n_cells, LANGUAGE_EN, column_of, &n_found, f->err);
    if (f->key_line)
        *is_label = n_found >= LEAST_KEYS || !has_data(f, row);
    else
        *is_label = f->has_marks ? n_found >= LEAST_KEYS : is_whole(f, n_found);
    return status;
}

/* Without keys, a header of labels will do: a few where the marks say what the file is, else all. */
static enum comity_status look_at(struct finding *f, const struct row *row, bool *is_done)
{
    bool is_label = false;
    if (!f->key_line && is_key_row(f, row))
        return keep_keys(f, row);
    enum comity_status status = is_label_row(f, row, &is_label);
    *is_done = f->key_line || is_label;
    if (is_label)
        f->label_line = row->line;
    return status;
}

static enum comity_status look_through(struct finding *f, struct slice sheet)
{
    struct rows_options options = {.sheet = sheet, .has_no_header = true};
    struct rows *rows;
    struct row row;
    bool has_row = true, is_done = false;
    f->key_line = f->label_line = 0;
    enum comity_status status = open_or_none(f, &options, &rows);
    for (unsigned i = 0; rows && !status && !is_done && i < LOOKED_AT; i++) {
        if (rows_next(rows, &row, &has_row, NULL) != COMITY_OK || !has_row)
            break;
        /* Below a title a row has too many cells, which is no fault here. */
        if (row.cells && row.n_cells)
            status = look_at(f, &row, &is_done);
    }
    if (rows && (f->key_line || f->label_line) && rows_found(rows)->sheet.len &&
        !keep_text(f, rows_found(rows)->sheet, &f->out->options.sheet))
        status = error_nomem(f->err);
    rows_close(rows);
    return status;
}

/* ---- the columns ------------------------------------------------------------------------------------------------ */

static enum comity_status match_labels(struct finding *f)
{
    size_t n_found;
    struct template_found *out = f->out;
    out->column_of = ARENA_ARRAY(f->arena, int, out->n + 1);
    return out->column_of
               ? entry_table_match(f->table, out->headers, out->n, LANGUAGE_EN, out->column_of, &n_found, f->err)
               : error_nomem(f->err);
}

/* The columns as a reader names them, which is how a recipe calls them. */
static enum comity_status name_columns(struct finding *f)
{
    struct rows *rows;
    struct template_found *out = f->out;
    uint64_t header = f->label_line ? f->label_line : f->key_line;
    size_t n_keys = out->n;
    out->options.skip_lines = (uint32_t)(header - 1);
    enum comity_status status = rows_open_memory(f->bytes, &out->options, &rows, f->err);
    if (status)
        return status;
    out->n = rows_n_columns(rows);
    out->headers = ARENA_ARRAY(f->arena, struct slice, out->n + 1);
    bool is_good = out->headers != NULL;
    for (size_t i = 0; is_good && i < out->n; i++)
        is_good = (out->headers[i] = arena_copy(f->arena, rows_column_name(rows, i))).ptr != NULL;
    rows_close(rows);
    if (!is_good)
        return error_nomem(f->err);
    if (!f->key_line)
        return match_labels(f);
    if (out->n > n_keys) { /* columns that people added behind the last */
        int *wider = ARENA_ARRAY(f->arena, int, out->n + 1);
        if (!wider)
            return error_nomem(f->err);
        for (size_t i = 0; i < out->n; i++)
            wider[i] = i < n_keys ? out->column_of[i] : -1;
        out->column_of = wider;
    }
    return COMITY_OK;
}

enum comity_status template_find(const struct entry_table *table, struct slice bytes, struct arena *arena,
    struct template_found *out, struct comity_error *err)
{
    struct finding f = {.table = table, .bytes = bytes, .arena = arena, .out = out, .err = err};
    *out = (struct template_found){0};
    enum comity_status status = bytes.len ? read_marks(&f) : COMITY_OK;
    if (!status && f.has_marks && f.is_of_other) {
        error_set(
            err, COMITY_INPUT, "this is a template of '%.*s', which is another subject or form", SLICE_ARG(f.other));
        error_hint(err, "this store is of '%.*s'", SLICE_ARG(table->domain->id));
        return COMITY_INPUT;
    }
    if (!status && bytes.len)
        status = look_through(&f, f.sheet);
    if (!status && f.sheet.len && !f.key_line && !f.label_line)
        status = look_through(&f, SLICE_EMPTY); /* the sheet was renamed */
    out->is_template = !status && (f.key_line || f.label_line);
    return out->is_template ? name_columns(&f) : status;
}

/* ---- the recipe ------------------------------------------------------------------------------------------------- */

struct recipe_writing {
    const struct entry_table *table;
    const struct template_found *found;
    struct buffer out;
    struct arena arena;
};

/* What YAML takes for no character of a text although JSON does, and has to be escaped: U+007F to U+009F, U+FEFF, and
 * the last two of the plane. Returns how many bytes it has; 0: it is none of these. */
static size_t unprintable(struct slice text, unsigned *code)
{
    const unsigned char *at = (const unsigned char *)text.ptr;
    *code = 0;
    if (at[0] == 0x7F)
        *code = 0x7F;
    else if (text.len > 1 && at[0] == 0xC2 && at[1] < 0xA0)
        *code = at[1];
    else if (text.len > 2 && at[0] == 0xEF && at[1] == 0xBB && at[2] == 0xBF)
        *code = 0xFEFF;
    else if (text.len > 2 && at[0] == 0xEF && at[1] == 0xBF && at[2] >= 0xBE)
        *code = 0xFF40u + at[2];
    return !*code ? 0 : *code < 0x80 ? 1 : *code < 0x800 ? 2 : 3;
}

/* A text of JSON is one in YAML, but for these. */
static void text(struct recipe_writing *w, const char *before, struct slice value)
{
    struct buffer quoted;
    unsigned code;
    buffer_init(&quoted, RECIPE_CAP);
    json_text(&quoted, value);
    struct slice rest = buffer_slice(&quoted);
    buffer_add_string(&w->out, before);
    while (rest.len) {
        size_t n = unprintable(rest, &code);
        if (n)
            buffer_format(&w->out, "\\u%04x", code);
        else
            buffer_add_byte(&w->out, *rest.ptr);
        rest = slice_of(rest.ptr + (n ? n : 1), rest.len - (n ? n : 1));
    }
    w->out.failed = w->out.failed || quoted.failed;
    buffer_release(&quoted);
}

/* The header of a column; empty where the file has none. */
static struct slice header_of(const struct recipe_writing *w, const struct entry_column *column)
{
    for (size_t i = 0; i < w->found->n; i++)
        if (w->found->column_of[i] == (int)(column - w->table->columns))
            return w->found->headers[i];
    return SLICE_EMPTY;
}

static const struct entry_column *sibling(
    const struct recipe_writing *w, const struct entry_column *column, const char *suffix)
{
    for (size_t i = 0; i < w->table->n; i++) {
        const struct entry_column *other = &w->table->columns[i];
        if (other->place.input == column->place.input && other->place.line == column->place.line &&
            strcmp(other->suffix, suffix) == 0)
            return other;
    }
    return NULL;
}

static void cell_of(struct recipe_writing *w, const struct entry_column *column, const char *suffix, const char *before)
{
    const struct entry_column *other = sibling(w, column, suffix);
    struct slice header = other ? header_of(w, other) : SLICE_EMPTY;
    if (header.len)
        text(w, before, header);
}

/* As the form reads it: a day is a day, a name is no province for want of towns. */
static void write_field(struct recipe_writing *w, const struct entry_column *column, struct slice header)
{
    const struct form_input *input = column->place.input;
    text(w, "  - {field: ", input->field->id);
    text(w, ", column: ", header);
    if (column->is_needed)
        buffer_add_string(&w->out, ", required: yes");
    if (input->unit.len)
        text(w, ", unit: ", input->unit);
    else if (input->field->spec.type == VALUE_QUANTITY)
        cell_of(w, column, ENTRY_UNIT, ", unit_column: ");
    if (input->field->spec.type == VALUE_DATE)
        buffer_add_string(&w->out, ", period: day");
    if (input->field->spec.type == VALUE_PLACE) {
        buffer_add_string(&w->out, ", level: settlement");
        cell_of(w, column, ENTRY_SUBDIVISION, ", subdivision: ");
        cell_of(w, column, ENTRY_LATITUDE, ", latitude: ");
        cell_of(w, column, ENTRY_LONGITUDE, ", longitude: ");
    }
    buffer_add_string(&w->out, "}\n");
}

static enum comity_status write_fields(struct recipe_writing *w, struct comity_error *err)
{
    buffer_add_string(&w->out, "fields:\n");
    for (size_t i = 0; i < w->table->n; i++) {
        const struct entry_column *column = &w->table->columns[i];
        if (*column->suffix || column->place.section->lines == FORM_TOLD || column->place.input->index < 0)
            continue;
        struct slice header = header_of(w, column);
        if (header.len)
            write_field(w, column, header);
        else if (column->is_needed) {
            error_set(err, COMITY_INPUT, "the template has no column '%s' any more", column->key);
            error_hint(err, "it is needed: take a new template and copy the rows into it");
            return COMITY_INPUT;
        }
    }
    return COMITY_OK;
}

/* The made columns of a told section: "persons#2" for a line, "persons#" for all, "persons+" for their number. */
static void join_line(struct recipe_writing *w, const struct form_section *section, unsigned line, bool *has_any)
{
    const char *before = "[";
    for (size_t i = 0; i < w->table->n; i++) {
        const struct form_place *place = &w->table->columns[i].place;
        struct slice header = header_of(w, &w->table->columns[i]);
        if (place->section != section || place->line != line || !header.len)
            continue;
        if (*before == '[')
            buffer_add_string(&w->out, "  - {columns: ");
        text(w, before, header);
        before = ", ";
    }
    *has_any = *before != '[';
    if (*has_any)
        buffer_format(&w->out, "], with: \", \", into: \"%.*s#%u\"}\n", SLICE_ARG(section->id), line);
}

static void join_lines(struct recipe_writing *w, const struct form_section *section)
{
    bool has_line[ENTRY_TABLE_TOLD + 1] = {false}, has_any = false;
    for (unsigned line = 1; line <= ENTRY_TABLE_TOLD; line++) {
        join_line(w, section, line, &has_line[line]);
        has_any = has_any || has_line[line];
    }
    if (!has_any)
        return;
    const char *before = "[";
    buffer_add_string(&w->out, "  - {columns: ");
    for (unsigned line = 1; line <= ENTRY_TABLE_TOLD; line++) {
        if (!has_line[line])
            continue;
        buffer_format(&w->out, "%s\"%.*s#%u\"", before, SLICE_ARG(section->id), line);
        before = ", ";
    }
    buffer_format(&w->out, "], with: \"; \", into: \"%.*s#\"}\n", SLICE_ARG(section->id));
}

static bool counts(const struct entry_column *column, const struct form_section *section)
{
    return column->place.section == section && column->place.input->field->spec.type == VALUE_COUNT;
}

static void sum_lines(struct recipe_writing *w, const struct form_section *section)
{
    const char *before = "  - {columns: [";
    for (size_t i = 0; i < w->table->n; i++) {
        struct slice header = header_of(w, &w->table->columns[i]);
        if (!counts(&w->table->columns[i], section) || !header.len)
            continue;
        text(w, before, header);
        before = ", ";
    }
    if (*before == ',')
        buffer_format(&w->out, "], sum: yes, into: \"%.*s+\"}\n", SLICE_ARG(section->id));
}

/* A section that is told becomes the count and the text of every row of the case. */
static bool is_told(const struct recipe_writing *w, const struct form_section *section, bool is_count)
{
    for (size_t i = 0; i < w->table->n; i++)
        if (w->table->columns[i].place.section == section && header_of(w, &w->table->columns[i]).len &&
            (!is_count || counts(&w->table->columns[i], section)))
            return section->lines == FORM_TOLD;
    return false;
}

static void write_joins(struct recipe_writing *w)
{
    const struct form *form = w->table->domain->form;
    size_t before = w->out.len;
    buffer_add_string(&w->out, "join:\n");
    size_t begun = w->out.len;
    for (size_t s = 0; s < form->n_sections; s++)
        if (form->sections[s].lines == FORM_TOLD) {
            join_lines(w, &form->sections[s]);
            sum_lines(w, &form->sections[s]);
        }
    if (w->out.len == begun)
        w->out.len = before;
}

static void write_told(struct recipe_writing *w)
{
    const struct domain *domain = w->table->domain;
    for (size_t s = 0; s < domain->form->n_sections; s++) {
        const struct form_section *section = &domain->form->sections[s];
        if (section->count >= 0 && is_told(w, section, true))
            buffer_format(&w->out, "  - {field: %.*s, column: \"%.*s+\"}\n",
                SLICE_ARG(domain->fields[section->count].id), SLICE_ARG(section->id));
        if (section->text >= 0 && is_told(w, section, false))
            buffer_format(&w->out, "  - {field: %.*s, column: \"%.*s#\"}\n",
                SLICE_ARG(domain->fields[section->text].id), SLICE_ARG(section->id));
    }
}

/* The example, in whatever language it was written. */
static void write_filter(struct recipe_writing *w)
{
    struct slice header = header_of(w, w->table->columns);
    if (!header.len)
        return;
    text(w, "filter:\n  - {column: ", header);
    for (int language = 0; language < N_LANGUAGES; language++)
        text(w, language ? ", " : ", not: [", entry_column_example(w->table, w->table->columns, language, &w->arena));
    buffer_add_string(&w->out, "]}\n");
}

static void write_head(struct recipe_writing *w, const struct template_source *source)
{
    const struct domain *domain = w->table->domain;
    text(w, "recipe: ", SLICE("template"));
    text(w, "\ndomain: ", domain->id);
    text(w, "\nsource: {code: ", source->code.len ? source->code : SLICE("template"));
    text(w, ", title: ",
        source->title.len  ? source->title
        : source->code.len ? source->code
                           : SLICE("Filled-in templates"));
    buffer_add_string(
        &w->out, ", kind: official, reliability: B, licence: own records, marking: \"TLP:GREEN\"}\nfile: {");
    buffer_format(&w->out, "skip: %u", w->found->options.skip_lines);
    if (w->found->options.sheet.len)
        text(w, ", sheet: ", w->found->options.sheet);
    buffer_add_string(&w->out, "}\n");
}

enum comity_status template_recipe(const struct entry_table *table, const struct template_found *found,
    const struct template_source *source, struct recipe **out, struct comity_error *err)
{
    struct recipe_writing w = {.table = table, .found = found};
    buffer_init(&w.out, RECIPE_CAP);
    write_head(&w, source);
    write_filter(&w);
    write_joins(&w);
    enum comity_status status = write_fields(&w, err);
    write_told(&w);
    if (!status && buffer_status(&w.out))
        status = error_nomem(err);
    if (!status)
        status = recipe_parse(buffer_slice(&w.out), "template", table->domain, out, err);
    buffer_release(&w.out);
    arena_release(&w.arena);
    return status;
}
