/* Spreadsheets put cells on the clipboard with tabs between them, and in quotes where a cell has a tab, a quote or a
 * line end in it. */
#include "flow/paste.h"

#include "base/error.h"
#include "base/hash.h"
#include "value/quantity.h"

#include <stdio.h>

struct pasting {
    const struct paste_asking *asking;
    const struct entry_table *table;
    struct arena *arena;
    struct paste *out;
    struct comity_error *err;
};

/* ---- cells ------------------------------------------------------------------------------------------------------ */

static bool is_double_quote(struct slice text, size_t at)
{
    return at + 1 < text.len && text.ptr[at] == '"' && text.ptr[at + 1] == '"';
}

/* Where the quotes at the front close; 0: not before a tab or the end of a line. */
static size_t closing_quote(struct slice text)
{
    size_t at = 1;
    while (at < text.len && (text.ptr[at] != '"' || is_double_quote(text, at)))
        at += 1 + is_double_quote(text, at);
    char next = at + 1 < text.len ? text.ptr[at + 1] : '\n';
    return at < text.len && (next == '\t' || next == '\n' || next == '\r') ? at : 0;
}

/* The cell in quotes at the front; *is_quoted: there is one. */
static enum comity_status cut_quoted(struct pasting *p, struct slice *rest, struct slice *cell, bool *is_quoted)
{
    size_t end = rest->len && rest->ptr[0] == '"' ? closing_quote(*rest) : 0, n = 0;
    *is_quoted = end > 0;
    if (!end)
        return COMITY_OK;
    char *text = arena_alloc(p->arena, end);
    if (!text)
        return error_nomem(p->err);
    for (size_t at = 1; at < end; at++) {
        text[n++] = rest->ptr[at];
        at += is_double_quote(*rest, at);
    }
    *cell = slice_of(text, n);
    *rest = slice_of(rest->ptr + end + 1, rest->len - end - 1);
    return COMITY_OK;
}

static struct slice cut_plain(struct slice *rest)
{
    size_t n = 0;
    while (n < rest->len && rest->ptr[n] != '\t' && rest->ptr[n] != '\n' && rest->ptr[n] != '\r')
        n++;
    struct slice cell = slice_of(rest->ptr, n);
    *rest = slice_of(rest->ptr + n, rest->len - n);
    return cell;
}

/* Cuts off one line. */
static enum comity_status cut_row(struct pasting *p, struct slice *rest, struct paste_row *row)
{
    struct slice cells[PASTE_MOST_COLUMNS], whole = *rest;
    bool is_end = false, is_quoted;
    *row = (struct paste_row){.entry = PASTE_NO_ENTRY, .odd_column = -1};
    while (!is_end) {
        struct slice cell;
        if (row->n_cells == PASTE_MOST_COLUMNS)
            return error_set(p->err, COMITY_LIMIT, TELL("A row has more columns than can be read."));
        enum comity_status status = cut_quoted(p, rest, &cell, &is_quoted);
        if (status)
            return status;
        if (!is_quoted)
            cell = cut_plain(rest);
        cells[row->n_cells++] = slice_trim(cell);
        is_end = !rest->len || rest->ptr[0] != '\t';
        if (!is_end)
            *rest = slice_of(rest->ptr + 1, rest->len - 1);
    }
    row->raw = slice_of(whole.ptr, whole.len - rest->len);
    if (rest->len && rest->ptr[0] == '\r')
        *rest = slice_of(rest->ptr + 1, rest->len - 1);
    if (rest->len && rest->ptr[0] == '\n')
        *rest = slice_of(rest->ptr + 1, rest->len - 1);
    struct slice *kept = ARENA_ARRAY(p->arena, struct slice, row->n_cells);
    if (!kept)
        return error_nomem(p->err);
    memcpy(kept, cells, row->n_cells * sizeof *cells);
    row->cells = kept;
    return COMITY_OK;
}

static size_t n_told(const struct paste_row *row)
{
    size_t n = 0;
    for (size_t i = 0; i < row->n_cells; i++)
        n += row->cells[i].len > 0;
    return n;
}

/* ---- the header ------------------------------------------------------------------------------------------------- */

/* The template's columns, in its order. */
static enum comity_status take_order(struct pasting *p)
{
    struct paste *out = p->out;
    out->n_columns = p->table->n;
    out->column_of = ARENA_ARRAY(p->arena, int, out->n_columns + 1);
    if (!out->column_of)
        return error_nomem(p->err);
    for (size_t i = 0; i < out->n_columns; i++)
        out->column_of[i] = (int)i;
    return COMITY_OK;
}

/* The keys of a template may stand above its labels: then they say it all, and the labels are passed over. */
static bool is_keys(const struct pasting *p, const struct paste_row *row)
{
    for (size_t i = 0; i < row->n_cells; i++)
        if (row->cells[i].len && entry_table_find(p->table, row->cells[i]) < 0)
            return false;
    return true;
}

static enum comity_status match_row(struct pasting *p, const struct paste_row *row, int **column_of, bool *is_header)
{
    size_t n_found;
    *column_of = ARENA_ARRAY(p->arena, int, row->n_cells + 1);
    if (!*column_of)
        return error_nomem(p->err);
    enum comity_status status =
        entry_table_match(p->table, row->cells, row->n_cells, p->asking->language, *column_of, &n_found, p->err);
    *is_header = status == COMITY_OK && entry_table_is_header(n_found, n_told(row));
    return status;
}

static enum comity_status take_header(struct pasting *p, const struct paste_row *row, bool *is_header)
{
    struct paste *out = p->out;
    int *column_of;
    enum comity_status status = match_row(p, row, &column_of, is_header);
    if (status != COMITY_OK)
        return status;
    if (!*is_header)
        return out->column_of ? COMITY_OK : take_order(p);
    if (out->has_header)
        return COMITY_OK; /* labels below keys */
    out->has_header = true;
    out->header = row->raw;
    out->headers = row->cells;
    out->column_of = column_of;
    out->n_columns = row->n_cells;
    for (size_t i = 0; i < row->n_cells; i++)
        out->n_unknown += column_of[i] < 0 && row->cells[i].len;
    return COMITY_OK;
}

/* ---- rows into entries ------------------------------------------------------------------------------------------ */

static const struct entry_column *column_at(const struct pasting *p, size_t cell)
{
    int column = cell < p->out->n_columns ? p->out->column_of[cell] : -1;
    return column < 0 ? NULL : &p->table->columns[column];
}

static struct slice cell_of(const struct pasting *p, const struct paste_row *row, const struct entry_column *column)
{
    for (size_t i = 0; column && i < row->n_cells; i++)
        if (column_at(p, i) == column)
            return row->cells[i];
    return SLICE_EMPTY;
}

static struct slice case_of(const struct pasting *p, const struct paste_row *row)
{
    return p->table->case_column < 0 ? SLICE_EMPTY : cell_of(p, row, &p->table->columns[p->table->case_column]);
}

static bool is_of_parts(const struct entry_column *column)
{
    return column->place.section->lines == FORM_PARTS;
}

/* Whether it says something of its line, and nothing of a case: then it goes on with the row above. */
static bool goes_on(const struct pasting *p, const struct paste_row *row)
{
    bool has_part = false;
    for (size_t i = 0; i < row->n_cells; i++) {
        const struct entry_column *column = column_at(p, i);
        if (!column || !row->cells[i].len)
            continue;
        if (!is_of_parts(column))
            return false;
        has_part = true;
    }
    return has_part;
}

static const char *fault_of(const struct pasting *p, const struct paste_row *row)
{
    bool says = false;
    for (size_t i = 0; i < row->n_cells; i++) {
        if (i >= p->out->n_columns && row->cells[i].len)
            return TELL("This row has more cells than there are columns.");
        if (row->cells[i].len > ENTRY_MOST_TEXT)
            return TELL("A cell of this row is too long.");
        says = says || (column_at(p, i) && row->cells[i].len);
    }
    return says ? NULL : TELL("Nothing of this row stands in a known column.");
}

/* The entry that a row belongs to: by its case number, or as the row above. */
static int entry_of(const struct pasting *p, size_t row)
{
    struct slice wanted = case_of(p, &p->out->rows[row]);
    if (!wanted.len)
        return row && goes_on(p, &p->out->rows[row]) ? p->out->rows[row - 1].entry : PASTE_NO_ENTRY;
    for (size_t i = 0; i < row; i++)
        if (p->out->rows[i].entry >= 0 && slice_equal_nocase(case_of(p, &p->out->rows[i]), wanted))
            return p->out->rows[i].entry;
    return PASTE_NO_ENTRY;
}

static struct slice text_of(struct arena *arena, const char *text)
{
    return arena_copy(arena, slice_from(text));
}

static bool add_cell(struct pasting *p, struct paste_entry *entry, const char *key, struct slice text)
{
    struct entry_content *content = &entry->content;
    if (content->n == entry->room) {
        size_t room = entry->room ? entry->room * 2 : 64;
        struct entry_cell *cells = ARENA_ARRAY(p->arena, struct entry_cell, room);
        if (!cells)
            return false;
        if (content->n)
            memcpy(cells, content->cells, content->n * sizeof *cells);
        content->cells = cells;
        entry->room = room;
    }
    struct slice copy = text_of(p->arena, key);
    content->cells[content->n] = (struct entry_cell){copy, text};
    content->n += copy.ptr != NULL;
    return copy.ptr != NULL;
}

/* What another row of the case said already must be the same. */
static bool put_once(struct pasting *p, struct paste_entry *entry, struct paste_row *row,
    const struct entry_column *column, struct slice text)
{
    struct slice said = entry_text(&entry->content, slice_from(column->key));
    if (!said.len)
        return add_cell(p, entry, column->key, text);
    if (!slice_equal_nocase(said, text)) {
        row->odd_column = (int)(column - p->table->columns);
        entry->has_conflict = true;
    }
    return true;
}

/* "12.5" and "kg" of two cells are one text of an entry. */
static struct slice with_unit(
    struct pasting *p, const struct paste_row *row, const struct entry_column *column, struct slice text)
{
    const struct entry_column *unit = column + 1;
    bool has_unit = column + 1 < p->table->columns + p->table->n && unit->place.input == column->place.input &&
                    strcmp(unit->suffix, ENTRY_UNIT) == 0;
    struct slice cell = has_unit ? cell_of(p, row, unit) : SLICE_EMPTY;
    double number;
    if (!cell.len || !number_parse(text, DECIMAL_AUTO, &number)) /* it may tell its unit itself */
        return text;
    char *both = arena_alloc(p->arena, text.len + cell.len + 1);
    if (!both)
        return SLICE_EMPTY;
    memcpy(both, text.ptr, text.len);
    both[text.len] = ' ';
    memcpy(both + text.len + 1, cell.ptr, cell.len);
    return slice_of(both, text.len + cell.len + 1);
}

static bool put_part(struct pasting *p, struct paste_entry *entry, const struct paste_row *row,
    const struct entry_column *column, struct slice text)
{
    char key[FORM_KEY + 32];
    struct form_place place = column->place;
    if (strcmp(column->suffix, ENTRY_UNIT) == 0)
        return true;
    place.line = row->line;
    form_key(&place, key);
    size_t len = strlen(key);
    snprintf(key + len, sizeof key - len, "%s", column->suffix);
    text = with_unit(p, row, column, text);
    return text.ptr && add_cell(p, entry, key, text);
}

static enum comity_status put_cells(struct pasting *p, struct paste_row *row)
{
    struct paste_entry *entry = &p->out->entries[row->entry];
    bool is_good = true;
    for (size_t i = 0; is_good && i < row->n_cells; i++) {
        const struct entry_column *column = column_at(p, i);
        if (!column || !row->cells[i].len)
            continue;
        is_good = is_of_parts(column) ? put_part(p, entry, row, column, row->cells[i])
                                      : put_once(p, entry, row, column, row->cells[i]);
    }
    return is_good ? COMITY_OK : error_nomem(p->err);
}

static int begin_entry(struct pasting *p, size_t row)
{
    p->out->entries[p->out->n_entries] = (struct paste_entry){.first_row = row};
    return (int)p->out->n_entries++;
}

/* What belongs to a row that cannot be read stays with it. */
static bool is_orphan(const struct pasting *p, size_t at)
{
    const struct paste_row *row = &p->out->rows[at];
    return at && p->out->rows[at - 1].fault && !case_of(p, row).len && goes_on(p, row);
}

static enum comity_status place_row(struct pasting *p, size_t at)
{
    struct paste_row *row = &p->out->rows[at];
    row->fault = fault_of(p, row);
    if (!row->fault && is_orphan(p, at))
        row->fault = TELL("The row above, to which this one belongs, cannot be read.");
    if (row->fault)
        return COMITY_OK;
    row->entry = entry_of(p, at);
    if (row->entry < 0)
        row->entry = begin_entry(p, at);
    struct paste_entry *entry = &p->out->entries[row->entry];
    if (entry->n_rows == p->table->domain->form->parts->most || entry->content.n > ENTRY_MOST_CELLS) {
        row->entry = PASTE_NO_ENTRY;
        row->fault = TELL("The case has more lines than the form holds.");
        entry->has_conflict = true; /* what was cut off would be missed by nobody */
        return COMITY_OK;
    }
    row->line = (unsigned)++entry->n_rows;
    return put_cells(p, row);
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

/* The same content twice is told twice; the same paste sent again is the same. */
static void take_print(struct pasting *p, size_t at)
{
    struct paste_entry *entry = &p->out->entries[at];
    uint64_t a = 0, b = 1, n = 0;
    for (size_t i = 0; i < entry->content.n; i++) {
        const struct entry_cell *cell = &entry->content.cells[i];
        a = hash_seeded(cell->text.ptr, cell->text.len, hash_seeded(cell->key.ptr, cell->key.len, a));
        b = hash_seeded(cell->text.ptr, cell->text.len, hash_seeded(cell->key.ptr, cell->key.len, b));
    }
    entry->print[0] = a;
    for (size_t i = 0; i < at; i++)
        n += p->out->entries[i].print[0] == a;
    entry->print[1] = hash_u64(b + n);
}

/* Goes on to the keys of one input. */
static bool order_input(
    struct pasting *p, const struct paste_entry *from, struct paste_entry *to, const struct form_place *place)
{
    static const char *const suffixes[] = {"", ENTRY_SUBDIVISION, ENTRY_LATITUDE, ENTRY_LONGITUDE};
    char key[FORM_KEY], full[FORM_KEY + 16];
    size_t n = place->input->field->spec.type == VALUE_PLACE ? sizeof suffixes / sizeof *suffixes : 1;
    bool is_good = true;
    form_key(place, key);
    for (size_t i = 0; is_good && i < n; i++) {
        snprintf(full, sizeof full, "%s%s", key, suffixes[i]);
        struct slice text = entry_text(&from->content, slice_from(full));
        if (text.len)
            is_good = add_cell(p, to, full, text);
    }
    return is_good;
}

/* In the order of the form, as its page would have sent it: the same words are the same content. */
static enum comity_status order_content(struct pasting *p, struct paste_entry *entry)
{
    const struct form *form = p->table->domain->form;
    struct paste_entry ordered = *entry;
    bool is_good = true;
    ordered.content = (struct entry_content){0};
    ordered.room = 0;
    for (size_t s = 0; s < form->n_sections; s++) {
        const struct form_section *section = &form->sections[s];
        unsigned last = section->lines == FORM_ONCE ? 1 : entry_lines(&entry->content, section);
        for (unsigned line = 1; line <= last; line++)
            for (size_t i = 0; is_good && i < section->n_inputs; i++)
                is_good = order_input(p, entry, &ordered,
                    &(struct form_place){section, &section->inputs[i], section->lines == FORM_ONCE ? 0 : line});
    }
    *entry = ordered;
    return is_good ? COMITY_OK : error_nomem(p->err);
}

static enum comity_status read_entry(struct pasting *p, size_t at)
{
    struct paste_entry *entry = &p->out->entries[at];
    const struct paste_asking *asking = p->asking;
    if (asking->agency.len && entry_table_find(p->table, slice_from(asking->agency_key)) >= 0 &&
        !entry_text(&entry->content, slice_from(asking->agency_key)).len &&
        !add_cell(p, entry, asking->agency_key, asking->agency))
        return error_nomem(p->err);
    enum comity_status ordered = order_content(p, entry);
    if (ordered != COMITY_OK)
        return ordered;
    struct entry_asking read = {.domain = p->table->domain,
        .content = &entry->content,
        .now = asking->now,
        .language = language_code(asking->language)};
    enum comity_status status = entry_read(&read, p->arena, &entry->reading, p->err);
    if (status != COMITY_OK)
        return status;
    entry->title = entry_title(&read, &entry->reading, p->arena);
    take_print(p, at);
    return entry->title.ptr ? COMITY_OK : error_nomem(p->err);
}

static bool is_example(const struct pasting *p, const struct paste_row *row)
{
    return entry_table_is_example(p->table, cell_of(p, row, p->table->columns), p->arena);
}

/* Rows that say nothing, the header and the example are none. */
static enum comity_status take_row(struct pasting *p, struct paste_row *row, bool *is_data)
{
    struct paste *out = p->out;
    bool is_header = false,
         may_be =
             !out->n_rows &&
             (!out->has_header || is_keys(p, &(struct paste_row){.cells = out->headers, .n_cells = out->n_columns}));
    enum comity_status status = COMITY_OK;
    *is_data = false;
    if (!n_told(row))
        return COMITY_OK;
    if (may_be)
        status = take_header(p, row, &is_header);
    *is_data = status == COMITY_OK && !is_header && !is_example(p, row);
    return status;
}

static enum comity_status cut_rows(struct pasting *p)
{
    struct slice rest = p->asking->text;
    enum comity_status status = COMITY_OK;
    while (rest.len && status == COMITY_OK) {
        struct paste_row row;
        bool is_data = false;
        status = cut_row(p, &rest, &row);
        if (status == COMITY_OK)
            status = take_row(p, &row, &is_data);
        if (status != COMITY_OK || !is_data)
            continue;
        if (p->out->n_rows == PASTE_MOST_ROWS)
            return error_set(p->err, COMITY_LIMIT, TELL("More than 200 rows are too many at once."));
        p->out->rows[p->out->n_rows++] = row;
    }
    return status;
}

enum comity_status paste_read(
    const struct paste_asking *asking, struct arena *arena, struct paste *out, struct comity_error *err)
{
    struct pasting p = {.asking = asking, .table = asking->table, .arena = arena, .out = out, .err = err};
    *out = (struct paste){0};
    out->rows = ARENA_ARRAY(arena, struct paste_row, PASTE_MOST_ROWS);
    out->entries = ARENA_ARRAY(arena, struct paste_entry, PASTE_MOST_ROWS);
    if (!out->rows || !out->entries)
        return error_nomem(err);
    enum comity_status status = cut_rows(&p);
    for (size_t i = 0; status == COMITY_OK && i < out->n_rows; i++)
        status = place_row(&p, i);
    for (size_t i = 0; status == COMITY_OK && i < out->n_entries; i++)
        status = read_entry(&p, i);
    return status;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static bool needs_quotes(struct slice cell)
{
    for (size_t i = 0; i < cell.len; i++)
        if (cell.ptr[i] == '\t' || cell.ptr[i] == '\n' || cell.ptr[i] == '\r')
            return true;
    return cell.len && cell.ptr[0] == '"';
}

static void write_cell(struct slice cell, struct buffer *out)
{
    if (!needs_quotes(cell)) {
        buffer_add_slice(out, cell);
        return;
    }
    buffer_add_byte(out, '"');
    for (size_t i = 0; i < cell.len; i++) {
        if (cell.ptr[i] == '"')
            buffer_add_byte(out, '"');
        buffer_add_byte(out, cell.ptr[i]);
    }
    buffer_add_byte(out, '"');
}

void paste_write_row(const struct slice *cells, size_t n, struct buffer *out)
{
    while (n && !cells[n - 1].len)
        n--;
    for (size_t i = 0; i < n; i++) {
        if (i)
            buffer_add_byte(out, '\t');
        write_cell(cells[i], out);
    }
    if (n)
        buffer_add_byte(out, '\n');
}
